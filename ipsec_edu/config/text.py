"""From pasted text to lines: what a terminal, an editor or a web page left in it is taken off.

Nothing here knows a command; the result is a list of `Line` in which banners and
certificates are one line each, and notes about what was changed on the way.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

__all__ = ["Line", "Note", "Source", "odd_character", "read", "split_devices"]


@dataclass(frozen=True, slots=True)
class Note:
    """A remark about the text itself (same fields as a `Problem` without its file)."""

    line: int
    column: int
    severity: str
    text: str
    message: str


@dataclass(frozen=True, slots=True)
class Line:
    """One command as typed.

    Attributes
    ----------
    number : int
        The line in the text, from 1.
    text : str
        The command without prompt and trailing comment.
    shift : int
        How many characters stood before `text` (for the caret).
    raw : str
        The whole line as it stood in the text.
    indent : int
        Blanks before the command (0 after a prompt).
    prompt : str
        ``exec``, ``config`` or "" - which prompt stood before it.
    block : bool
        A banner or certificate: `text` has several lines and is kept as it is.
    """

    number: int
    text: str
    shift: int
    raw: str
    indent: int
    prompt: str = ""
    block: bool = False


@dataclass(slots=True)
class Source:
    """The lines of a text and the notes about it."""

    lines: list[Line] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


_MORE = re.compile(r"\s*(--\s?More\s?--|<--- More --->)[ \x08\r]*", re.IGNORECASE)
_ENTITIES = {"&#x20;": " ", "&nbsp;": " ", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&amp;": "&", "\\_": "_"}
_TAGS = re.compile(r"</?(?:code|pre|p|br|div|span|b|i|em|strong|td|tr|li)\b[^>]*>", re.IGNORECASE)
_TYPOGRAPHY = {
    "\u2018": "'",
    "\u2019": "'",
    "\u201c": '"',
    "\u201d": '"',
    "\u00a0": " ",
    "\u2007": " ",
    "\u202f": " ",
    "\u2013": "-",
    "\u2014": "-",
    "\u2011": "-",
    "\u200b": "",
    "\u200e": "",
    "\u3000": " ",
}
_PROMPT = re.compile(r"\s*([A-Za-z][\w.\-]*(?:/[\w\-]+)*)(\((?:config|cfg)[^)\s]*\))?([#>])[ \t]*")
_HEADER = re.compile(
    r"\s*(Building configuration|Current configuration|Using \d+ out of|ASA Version|PIX "
    r"Version|Cryptochecksum|"
    r"Enter configuration commands|\[OK\]|Startup configuration|Translating )",
    re.IGNORECASE,
)
_RULER = re.compile(
    r"\s*(\.{2,}|\u2026|[-=*_~+]{2,}|[<\[(]?\s*(snip|output omitted|omitted|truncated)\b.*)\s*\Z",
    re.IGNORECASE,
)
_BANNER = re.compile(
    r"\s*banner(?:\s+(?:motd|login|exec|incoming|slip-ppp|prompt-timeout|asdm))?\s+(?=\S)", re.IGNORECASE
)
_CERTIFICATE = re.compile(r"\s*certificate\s+(?:ca|self-signed|rollover|[0-9A-Fa-f]+)\b", re.IGNORECASE)
_HEX = re.compile(r"\s*(?:[0-9A-Fa-f]{2,8}\s+)*[0-9A-Fa-f]{2,8}\s*\Z")
_FREE_TEXT = re.compile(
    r"\s*(?:no\s+)?(?:desc\w*|(?:access-list\s+\S+\s+)?(?:\d+\s+)?remark|banner|title|contact)\b",
    re.IGNORECASE,
)
_SECRET_BEFORE = {
    "key",
    "pre-shared-key",
    "password",
    "secret",
    "0",
    "5",
    "6",
    "7",
    "8",
    "9",
    "key-string",
    "md5",
}
_TEMPLATE = re.compile(
    r"\{\{.*?\}\}|\{%|<xsl:|%\(\w+\)s|(?<!\S)%[sd](?!\S)|\$\{\w+\}|(?<=\s)\$[A-Z][A-Z_]{2,}\b"
)

_OTHER_SYSTEMS = (
    (
        "Junos",
        re.compile(
            r"^\s*set (?:system|interfaces|security|routing-options|protocols)\s|^system \{|^interfaces \{",
            re.M,
        ),
    ),
    (
        "IOS XR",
        re.compile(
            r"^!! IOS XR|^RP/0/\S*:|^router static\s*$|^interface (?:MgmtEth|HundredGigE)\d/\d/", re.M
        ),
    ),
    ("NX-OS", re.compile(r"^feature \w|^!Command: show running-config|^vrf context \S|^vdc \S+ id \d", re.M)),
    (
        "Arista EOS",
        re.compile(
            r"^! device: .*EOS|^transceiver qsfp default-mode|^! Command: show running-config\s*\n! device:",
            re.M,
        ),
    ),
    ("FTD", re.compile(r"^NGFW Version|^: Hardware: .*FTD", re.M)),
    ("FortiOS", re.compile(r"^config (?:system|firewall|vpn) \w+", re.M)),
    ("Huawei VRP", re.compile(r"^sysname \S|^undo \w", re.M)),
    ("strongSwan", re.compile(r"^conn \S+\s*$|^connections \{", re.M)),
)
_IOS_MARKS = re.compile(
    r"^(?:Building configuration|crypto isakmp key .* address |version 1\d\.\d|boot-start-marker)", re.M
)
_ASA_MARKS = re.compile(
    r"^(?:ASA Version|: Saved|\s+nameif \S|tunnel-group \S+ type|object network \S)", re.M
)


def odd_character(text: str) -> str:
    """Name the first character outside ASCII, or return "" (for an error message)."""
    for character in text:
        if ord(character) > 126 or (ord(character) < 32 and character != "\t"):
            name = unicodedata.name(character, "a control character")
            shown = character if character.isprintable() else "it"
            return (
                f"character {shown} (U+{ord(character):04X}, {name.lower()}) is not one that the device "
                "can read"
            )
    return ""


def _backspaced(text: str) -> str:
    while "\x08" in text:
        shorter = re.sub(r"[^\x08]\x08", "", text)
        text = shorter if shorter != text else text.replace("\x08", "")
    return text


def _tidy(number: int, raw: str, source: Source, seen: set[str]) -> str:
    """Return a line without what pagers, word processors and web pages put in; note it once per kind."""
    text = _backspaced(_MORE.sub("", raw)).replace("\x07", "").replace("\x00", "")
    plain = text
    for character, replacement in _TYPOGRAPHY.items():
        plain = plain.replace(character, replacement)
    if (
        plain != text
        and "typography" not in seen
        and not _FREE_TEXT.match(plain)
        and not plain.lstrip().startswith("!")
    ):
        seen.add("typography")
        column = next(i for i, c in enumerate(text) if c in _TYPOGRAPHY) + 1
        source.notes.append(
            Note(
                number,
                column,
                "warning",
                text,
                "typographic quotes, dashes or blanks were read as plain ones",
            )
        )
    text = plain
    if "&" in text or "\\_" in text or "<" in text:
        for entity, replacement in _ENTITIES.items():
            plain = plain.replace(entity, replacement)
        plain = _TAGS.sub("", plain)
        if plain != text and "markup" not in seen:
            seen.add("markup")
            source.notes.append(
                Note(number, 0, "warning", text, "remains of a web page (HTML, Markdown) were taken off")
            )
    return plain.rstrip().replace("\t", " ")


def _cut_comment(text: str, number: int, source: Source) -> str:
    """Return the command without a comment at its end (keys and descriptions may hold the sign)."""
    if _FREE_TEXT.match(text):
        return text
    for match in re.finditer(r"(?<=\s)(!|//|#)(?=\s|\w|$)", text):
        before = text[: match.start()].split()
        if not before or before[-1].lower() in _SECRET_BEFORE:
            continue
        if match[1] != "!":
            if not re.match(r"(//|#)\s", text[match.start() :]):
                continue
            source.notes.append(
                Note(
                    number,
                    match.start() + 1,
                    "warning",
                    text,
                    f"read as a comment from `{match[1]}` on (the device would not)",
                )
            )
        return text[: match.start()].rstrip()
    return text


def _take_banner(rows: list[str], i: int, opener: str, start: int, platform: str) -> tuple[str, int]:
    """Return a banner as one text and the index of the first row after it."""
    head, body = opener[:start].rstrip(), opener[start:]
    delimiter = "^C" if body.startswith("^C") else body[0]
    first, found, _ = body[len(delimiter) :].partition(delimiter)
    collected = [first]
    i += 1
    while not found and i < len(rows):
        part, found, _ = rows[i].partition(delimiter)
        collected.append(part)
        i += 1
    inner = "\n".join(collected).replace("\x03", "")
    return f"{' '.join(head.split())} ^C{inner}^C", i


def _take_certificate(rows: list[str], i: int) -> tuple[str, int]:
    text = [" ".join(rows[i].split())]
    i += 1
    while i < len(rows) and (not rows[i].strip() or _HEX.match(rows[i])):
        if rows[i].strip():
            text.append("  " + " ".join(rows[i].split()))
        i += 1
    if i < len(rows) and rows[i].strip().lower() == "quit":
        i += 1
    return "\n".join([*text, "  quit"]), i


def _recognise(text: str, platform: str, rows: list[str], source: Source) -> None:
    """Report text that is not meant for this platform at all."""

    def where(position: int) -> tuple[int, str]:
        number = text.count("\n", 0, position) + 1
        return number, rows[number - 1]

    for system, marks in _OTHER_SYSTEMS:
        match = marks.search(text)
        if match:
            number, raw = where(match.start())
            source.notes.append(
                Note(
                    number,
                    1,
                    "error",
                    raw,
                    f"this looks like a configuration of {system}; only IOS, IOS XE and ASA can be read",
                )
            )
            return
    other = (
        (_ASA_MARKS, _IOS_MARKS, "an ASA", "IOS")
        if platform == "ios"
        else (_IOS_MARKS, _ASA_MARKS, "an IOS router", "ASA")
    )
    match = other[0].search(text)
    if match and not other[1].search(text):
        number, raw = where(match.start())
        source.notes.append(
            Note(
                number,
                1,
                "error",
                raw,
                f"this looks like a configuration of {other[2]}, but the device is of kind {other[3]}: "
                "change one of the two",
            )
        )


def split_devices(text: str) -> list[tuple[str, str]]:
    """Cut a paste of several routers at their ``hostname`` lines.

    Returns
    -------
    list of (str, str)
        Name and text of each device; text before the first ``hostname`` belongs to the first.
    """
    marks = list(
        re.finditer(r"^(?:[\w.\-]+(?:\([^)\s]*\))?[#>][ \t]*)?[ \t]*hostname[ \t]+(\S+)", text, re.M | re.I)
    )
    cuts = [mark for n, mark in enumerate(marks) if n == 0 or mark[1] != marks[n - 1][1]]
    if not cuts:
        return [("", text)]
    ends = [mark.start() for mark in cuts[1:]] + [len(text)]
    starts = [0, *ends[:-1]]
    return [(mark[1], text[start:end]) for mark, start, end in zip(cuts, starts, ends, strict=True)]


def read(text: str, platform: str) -> Source:
    """Return the command lines of `text`, with notes about everything that was taken off or skipped."""
    text = text.replace("\ufeff", "").replace("\r\n", "\n").replace("\r", "\n")
    rows = text.split("\n")
    source = Source()
    seen: set[str] = set()
    _recognise(text, platform, rows, source)
    rulers: list[int] = []
    i = 0
    while i < len(rows):
        number, raw = i + 1, rows[i]
        banner = _BANNER.match(raw) if platform == "ios" else None
        if banner:
            block, i = _take_banner(rows, i, raw, banner.end(), platform)
            source.lines.append(Line(number, block.strip(), 0, raw, len(raw) - len(raw.lstrip()), "", True))
            continue
        if _CERTIFICATE.match(raw) and i + 1 < len(rows) and _HEX.match(rows[i + 1]) and rows[i + 1].strip():
            block, i = _take_certificate(rows, i)
            source.lines.append(Line(number, block, 0, raw, max(1, len(raw) - len(raw.lstrip())), "", True))
            continue
        i += 1
        line = _tidy(number, raw, source, seen)
        body = line.lstrip()
        if (
            not body
            or body[0] in "!#"
            or (body[0] == ":" and platform == "asa")
            or body.startswith(("//", "```"))
        ):
            continue
        if _HEADER.match(line):
            continue
        if _RULER.match(line):
            rulers.append(number)
            continue
        prompt = _PROMPT.match(line)
        kind, shift = "", len(line) - len(body)
        if prompt and (prompt[2] or prompt[3] == ">" or platform):
            kind, shift = ("config" if prompt[2] else "exec"), prompt.end()
            body = line[shift:]
            if not body or body[0] == "!":
                continue
        template = _TEMPLATE.search(body)
        if template and "template" not in seen and not _FREE_TEXT.match(body):
            seen.add("template")
            column = shift + template.start() + 1
            source.notes.append(
                Note(
                    number,
                    column,
                    "error",
                    line,
                    f"`{template[0]}`: this is a template, not a configuration; fill it in first",
                )
            )
        body = _cut_comment(body, number, source)
        if body:
            source.lines.append(Line(number, body, shift, line, 0 if kind else shift, kind))
    if rulers:
        source.notes.append(
            Note(
                rulers[0],
                0,
                "warning",
                rows[rulers[0] - 1],
                f"{len(rulers)} line(s) are rulers or omissions, not commands: something may be missing here",
            )
        )
    return source
