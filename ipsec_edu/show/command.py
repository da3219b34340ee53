"""The exec command line of a device: `execute` a line, `complete` a line.

    >>> execute(state, "sh cry isa sa | i QM")          # doctest: +SKIP

A line is answered with what the device would print, complaints included; nothing raises.
"""

from __future__ import annotations

import re
from functools import cache

from ipsec_edu.show.grammar import LineError, Node, build, candidates, parse, tokens
from ipsec_edu.show.state import DeviceState
from ipsec_edu.show.tables import HELP_WORDS, TABLES

__all__ = ["complete", "execute", "prompt"]


def prompt(state: DeviceState) -> str:
    """Return what stands in front of the line: ``R1#``, ``ASA1# ``, ``PC1:~$ ``."""
    if state.platform == "linux":
        return f"{state.hostname}:~$ "
    return f"{state.hostname}# " if state.platform == "asa" else f"{state.hostname}#"


@cache
def _tree(platform: str) -> Node:
    """Return the command tree of a platform."""
    return build(TABLES[platform], HELP_WORDS)


def execute(state: DeviceState, line: str) -> str:
    """Return the text with which the device answers `line` (no prompt, no line end).

    Abbreviations, ``do`` in front, ``?`` at the end and output filters (``| include``) work
    as on the device. The caret of a complaint stands below the word as it looks behind the
    prompt.
    """
    if not state.powered:
        return f"% {state.hostname} does not answer: it has no power at this moment."
    line = line.strip("\r\n").expandtabs(1)
    body = line.lstrip()
    shift = len(line) - len(body)
    if body.lower().startswith("do "):
        shift, body = shift + 3, body[3:]
    if body.rstrip().endswith("?"):
        return _help(state, body.rstrip()[:-1], shift)
    command, bar, pipe = body.partition("|")
    if not command.strip():
        return "" if not bar else _complain(state, LineError("invalid", shift), body)
    try:
        handler, args = parse(_tree(state.platform), command, state)
        wanted = _filter(state, pipe, len(command) + 1) if bar else None
    except LineError as complaint:
        return _complain(state, LineError(complaint.kind, complaint.column + shift), command)
    text = handler(state, args)
    return _apply(text, *wanted) if wanted else text


def complete(state: DeviceState, line: str) -> list[str]:
    """Return the words that may stand in place of the last word of `line` (Tab), in order.

    After a blank these are all words that may follow. Words that stand for something
    (``A.B.C.D``) are left out, known names are not.
    """
    body = line[3:] if line.lower().startswith("do ") else line
    if "|" in body:
        filtered = body.rpartition("|")[2].strip().lower()
        return [word for word in _FILTERS[state.platform] if word.startswith(filtered)]
    tree = _tree(state.platform)
    words = [word for word, _ in candidates(tree, body, state)]
    typed = tokens(body)
    begun = typed[-1][0].lower() if typed and not body[-1:].isspace() else ""
    slots = [word for word, _ in candidates(tree, body[: len(body) - len(begun)], state)]
    names: list[str] = []
    if any(word.startswith("Interface name") for word in slots):
        known = [each.nameif or each.name for each in state.interfaces]
        names = [name for name in known if name.lower().startswith(begun)]
    return [word for word in words if word == word.lower() and word[0] != "<"] + names


def _help(state: DeviceState, begun: str, shift: int) -> str:
    """Return the list that ``?`` prints: words that begin so, or what may follow."""
    found = candidates(_tree(state.platform), begun, state)
    typed = tokens(begun)
    if not found:
        column = typed[-1][1] if typed else 0
        return _complain(state, LineError("invalid", column + shift), begun)
    if begun and not begun[-1:].isspace():
        return "  ".join(word for word, _ in found)
    width = max(len(word) for word, _ in found)
    return "\n".join(f"  {word:{width}}  {text}".rstrip() for word, text in found)


def _complain(state: DeviceState, complaint: LineError, line: str) -> str:
    """Return the platform's wording of a complaint."""
    if state.platform == "linux":
        return f"bash: {line.split()[0] if line.split() else line}: command not found"
    asa = state.platform == "asa"
    if complaint.kind == "invalid":
        caret = " " * (len(prompt(state)) + complaint.column) + "^"
        return f"{caret}\n{'ERROR: ' if asa else ''}% Invalid input detected at '^' marker."
    if complaint.kind == "incomplete":
        return "ERROR: % Incomplete command" if asa else "% Incomplete command."
    quoted = " ".join(line.split())
    return f'ERROR: % Ambiguous command:  "{quoted}"' if asa else f'% Ambiguous command:  "{quoted}"'


_FILTERS = {
    "ios": ("append", "begin", "count", "exclude", "include", "section"),
    "asa": ("begin", "exclude", "grep", "include"),
    "linux": ("grep",),
}
_NOT_MODELLED_FILTERS = {"append"}


def _filter(state: DeviceState, text: str, column: int) -> tuple[str, str]:
    """Return the output filter and its expression behind a bar at `column` - 1."""
    found = tokens(text)
    if not found:
        raise LineError("incomplete")
    typed, at = found[0]
    names = [name for name in _FILTERS[state.platform] if name.startswith(typed.lower())]
    if len(names) > 1:
        raise LineError("ambiguous")
    if not names or names[0] in _NOT_MODELLED_FILTERS:
        raise LineError("invalid", column + at)
    expression = text[at + len(typed) :].strip()
    if names[0] == "grep":
        if expression.startswith("-v"):
            return "exclude", expression[2:].strip()
        return "include", expression
    if not expression:
        raise LineError("incomplete")
    return names[0], expression


def _apply(text: str, name: str, expression: str) -> str:
    """Return the lines of `text` that pass an output filter."""
    try:
        wanted = re.compile(expression)
    except re.error:
        wanted = re.compile(re.escape(expression))
    lines = text.split("\n")
    hits = [wanted.search(line) is not None for line in lines]
    if name == "count":
        return f"Number of lines which match regexp = {sum(hits)}"
    if name == "begin":
        return "\n".join(lines[hits.index(True) :]) if any(hits) else ""
    if name == "section":
        return "\n".join(_section(lines, hits))
    return "\n".join(line for line, hit in zip(lines, hits, strict=True) if hit is (name == "include"))


def _section(lines: list[str], hits: list[bool]) -> list[str]:
    """Return each line that matches together with the lines indented below it."""
    kept: list[str] = []
    depth: int | None = None
    for line, hit in zip(lines, hits, strict=True):
        indent = len(line) - len(line.lstrip())
        if depth is not None and indent > depth:
            kept.append(line)
            continue
        depth = indent if hit else None
        if hit:
            kept.append(line)
    return kept
