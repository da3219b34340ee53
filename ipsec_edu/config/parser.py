"""From text to settings, the way ``configure terminal`` does it: line by line, mode by mode.

Typed text has no indentation, so modes end by meaning: a line that the current mode does
not know and an outer mode knows leaves the mode. Indentation only helps inside blocks
whose commands have no effect here (``line vty``), where any word may stand.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from typing import Any

from ipsec_edu.config.grammar import Failure, Grammar, Match, Rule, words_of
from ipsec_edu.config.settings import DeviceSettings, Lines
from ipsec_edu.config.slots import Word
from ipsec_edu.config.text import Line, odd_character, read
from ipsec_edu.core.errors import ConfigError, IpsecEduError, Problem

__all__ = ["Context", "Parsed", "Refusal", "grammar_of", "new_settings", "parse"]

_EXEC = re.compile(
    r"(sh|sho|show|ping|trace|traceroute|deb|debug|undebug|un|u|cle|clear|copy|wr|wri|write|reload|conf|config|configure|en|enable|"
    r"disable|term|terminal|packet-tracer|dir|more|telnet|ssh|erase|logout|login|changeto|yes|y|capture|test)\b(?!-)",
    re.IGNORECASE,
)
_OPENERS = ("interface", "crypto", "router", "access-list", "object", "object-group", "tunnel-group", "hostname", "route-map")


class Refusal(Exception):
    """A command that fits the grammar and is refused all the same; `place` names the slot at fault."""

    def __init__(self, message: str, place: str = "") -> None:
        self.place = place
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Parsed:
    """What `parse` returns: the settings, and everything that it has to say about the text."""

    settings: DeviceSettings
    problems: list[Problem]


@dataclass(slots=True)
class _Frame:
    """An open mode: its name, the object that it edits, and under which commands its lines are kept."""

    mode: str
    target: Any = None
    openers: tuple[str, ...] = ()
    indent: int = -1


@cache
def grammar_of(platform: str) -> dict[str, Grammar]:
    """Return the compiled command tables of a platform, one grammar per mode (made once)."""
    if platform == "ios":
        from ipsec_edu.config.ios_table import MODES
    elif platform == "asa":
        from ipsec_edu.config.asa_table import MODES
    elif platform == "linux":
        from ipsec_edu.config.linux import MODES
    else:
        raise IpsecEduError(f"there is no grammar for platform {platform!r}: use ios, asa or linux")
    anything = {"block": (Rule("<line>", "ignore"),)}
    return {mode: Grammar(rules, platform) for mode, rules in {**MODES, **anything}.items()}


def new_settings(platform: str) -> DeviceSettings:
    """Return the settings of a device that has no configuration yet."""
    grammar_of(platform)
    settings = DeviceSettings(platform)
    if platform == "asa":
        settings.identity = "auto"
    return settings


@dataclass(slots=True)
class Context:
    """What an action may use: the settings, the object of the current mode, and ways to complain."""

    settings: DeviceSettings
    file: str
    problems: list[Problem] = field(default_factory=list)
    frames: list[_Frame] = field(default_factory=lambda: [_Frame("global")])
    line: Line = field(default_factory=lambda: Line(0, "", 0, "", 0))
    words: list[Word] = field(default_factory=list)
    told: set[str] = field(default_factory=set)
    checks: list[Callable[[], None]] = field(default_factory=list)
    hostname_line: int = 0
    others: list[int] = field(default_factory=list)
    """Lines on which another device begins."""
    exec_lines: list[Line] = field(default_factory=list)
    lost: list[tuple[int, list[int]]] = field(default_factory=list)
    """Unreadable openers: line, and the lines below that were not read."""
    ended: bool = False
    output: bool = False

    @property
    def target(self) -> Any:
        """The object that the current mode edits."""
        return self.frames[-1].target

    def report(self, severity: str, message: str, word: int | None = None) -> None:
        """Add a problem about the current line; `word` is the index of the word at fault."""
        column = 0
        if word is not None:
            if word < len(self.words):
                column = self.line.shift + self.words[word].column
            else:
                column = self.line.shift + len(self.line.text) + 2
        text = self.line.raw.split("\n")[0]
        self.problems.append(Problem(self.file, self.line.number, column, severity, text, message))

    def warn(self, message: str, word: int | None = None) -> None:
        """Add a warning about the current line."""
        self.report("warning", message, word)

    def not_modelled(self, label: str) -> None:
        """Say once per device that a kind of command is understood and has no effect here."""
        if label not in self.told:
            self.told.add(label)
            self.report("not-modelled", f"{label}: understood, not modelled; it stays in the configuration without effect")

    def at_end(self, check: Callable[[], None]) -> None:
        """Run `check` when the whole text is read, with the current line as the place to blame."""
        line, words = self.line, self.words

        def later() -> None:
            self.line, self.words = line, words
            check()

        self.checks.append(later)

    def kept(self, depth: int | None = None) -> list[Lines]:
        """Return the dictionaries in which lines of the current mode without effect are kept."""
        level: list[Lines] = [self.settings.lines]
        for frame in self.frames[1:depth]:
            level = [lines.setdefault(opener, {}) for lines in level for opener in frame.openers]
        return level

    def keep(self, text: str) -> None:
        """Keep a line without effect for ``show running-config``, or take it away if it says ``no``."""
        for lines in self.kept():
            if text.startswith("no "):
                gone = [old for old in lines if old == text[3:] or old.startswith(text[3:] + " ")]
                for old in gone:
                    del lines[old]
                if gone:
                    continue
            else:
                lines.pop("no " + text, None)
            lines.setdefault(text, {})

    def forget(self, text: str) -> None:
        """Take away what is kept below a command that is deleted (``no crypto map VPN``)."""
        for lines in self.kept():
            for old in [old for old in lines if (old + " ").startswith(text + " ")]:
                del lines[old]


def parse(
    text: str,
    platform: str,
    file: str = "<text>",
    *,
    base: DeviceSettings | None = None,
    lenient: bool = False,
) -> Parsed:
    """Read configuration text and merge it over `base`.

    Parameters
    ----------
    text : str
        Configuration as a device prints it or people type it; any text at all is safe.
    platform : str
        ``ios``, ``asa`` or ``linux`` (lines of ``ip addr add`` and so on).
    file : str
        The name that problems carry.
    base : DeviceSettings, optional
        What the device has already; it is not changed.
    lenient : bool
        Report what cannot be read as warnings instead of raising.

    Returns
    -------
    Parsed
        The settings and all problems, in the order of the text.

    Raises
    ------
    ConfigError
        Unless `lenient`: if any line cannot be read or is refused; carries all problems.
    """
    from ipsec_edu.config.resolve import resolve

    grammars = grammar_of(platform)
    settings = copy.deepcopy(base) if base is not None else new_settings(platform)
    if settings.platform != platform:
        raise IpsecEduError(f"the base settings are of platform {settings.platform!r}, the text of {platform!r}")
    ctx = Context(settings, file)
    source = read(text, platform)
    for line in source.lines:
        ctx.line, ctx.words = line, []
        _feed(ctx, grammars, line)
        if ctx.others:
            break
    _report_groups(ctx)
    for check in ctx.checks:
        try:
            check()
        except Refusal as refusal:
            ctx.report("error", str(refusal))
    resolve(settings)
    ctx.problems += [Problem(file, n.line, n.column, n.severity, n.text, n.message) for n in source.notes]
    problems = sorted(ctx.problems, key=lambda problem: problem.line)
    if lenient:
        problems = [_softened(problem) for problem in problems]
    elif any(problem.severity == "error" for problem in problems):
        raise ConfigError(problems)
    return Parsed(settings, problems)


def _softened(problem: Problem) -> Problem:
    if problem.severity != "error":
        return problem
    return Problem(problem.file, problem.line, problem.column, "warning", problem.text, problem.message)


def _feed(ctx: Context, grammars: dict[str, Grammar], line: Line) -> None:
    """Apply one line: a command of an open mode, an exec command, or a problem."""
    if line.block:
        ctx.keep(line.text)
        return
    ctx.words = words = words_of(line.text)
    first = words[0].text.lower()
    if line.prompt == "exec" or first == "do" or (first == "end" and len(words) == 1):
        if first == "end":
            ctx.ended = True
        else:
            ctx.exec_lines.append(line)
            ctx.output, ctx.ended = True, False
        if first != "do":
            del ctx.frames[1:]
        return
    if first == "exit" and len(words) == 1:
        if len(ctx.frames) > 1:
            ctx.frames.pop()
        return
    no = first == "no" and len(words) > 1
    body = words[1:] if no else words
    found = _find(ctx, grammars, body, no)
    if isinstance(found, tuple):
        depth, match = found
        if ctx.ended:
            ctx.report("error", "stands after `end`: a device would not read it; type `configure terminal` first, or take `end` away", 0)
            return
        ctx.output = False
        del ctx.frames[depth + 1 :]
        _apply(ctx, match)
        return
    _unknown(ctx, grammars, found, line, no)


def _find(ctx: Context, grammars: dict[str, Grammar], body: list[Word], no: bool) -> tuple[int, Match] | list[tuple[int, Failure]]:
    """Return the innermost open mode that knows the line, or why none does."""
    failures: list[tuple[int, Failure]] = []
    in_block = ctx.frames[-1].mode == "block" and ctx.line.indent > ctx.frames[-1].indent
    for partial in ((False, True) if no else (False,)):
        failures = []
        for depth in range(len(ctx.frames) - 1, -1, -1):
            frame = ctx.frames[depth]
            if frame.mode in ("block", "lost"):
                inside = grammars["block"].match(ctx.line.text, ctx.words) if in_block else None
                if isinstance(inside, Match):
                    return depth, inside
                continue
            result = grammars[frame.mode].match(ctx.line.text, body, no=no, partial=partial)
            if isinstance(result, Match):
                return depth, result
            failures.append((depth, result))
    return failures


def _apply(ctx: Context, match: Match) -> None:
    rule = match.rule
    if rule.kind in ("state", "later"):
        ctx.not_modelled(rule.label)
    openers: tuple[str, ...] = (match.text,)
    target = None
    if rule.action is not None:
        try:
            target = rule.action(ctx, match)
        except Refusal as refusal:
            ctx.report("error", str(refusal), match.places.get(refusal.place, 0) + match.no)
            if not rule.opens or match.no:
                return
        if isinstance(target, tuple):       # several objects are edited at once (interface range)
            openers, target = target
    elif not (match.no and rule.opens):
        ctx.keep(match.text)
    if rule.opens and match.no:
        ctx.forget(match.text[3:])
    elif rule.opens:
        ctx.frames.append(_Frame(rule.opens, target, openers, ctx.line.indent))
    elif rule.label == "exit" and len(ctx.frames) > 1:
        ctx.frames.pop()


def _unknown(ctx: Context, grammars: dict[str, Grammar], failures: list[tuple[int, Failure]], line: Line, no: bool) -> None:
    """Decide what a line is that no open mode knows: block content, exec output, prose or an error."""
    first = ctx.words[0].text.lower()
    near = get_close_matches(first, _OPENERS, 1, 0.75) if first not in _OPENERS else []
    if ctx.frames[-1].mode == "block" and not near:
        ctx.keep(" ".join(word.text for word in ctx.words))
        return
    if ctx.output or ctx.ended:
        ctx.exec_lines.append(line)
        return
    if _EXEC.match(line.text) and not no and all(failure.index == 0 for _, failure in failures):
        ctx.exec_lines.append(line)
        ctx.output = True
        return
    if ctx.frames[-1].mode == "lost" and not near:
        ctx.lost[-1][1].append(line.number)
        return
    depth, failure = max(failures, key=lambda item: (item[1].index, item[0])) if failures else (0, Failure(0, "invalid"))
    ctx.report("error", _explain(ctx, grammars, failure, no), failure.index + no)
    if near or (failure.index == 0 and line.indent == 0 and len(ctx.frames) == 1):
        ctx.lost.append((line.number, []))
        del ctx.frames[1:]
        ctx.frames.append(_Frame("lost", None, (), line.indent))


def _explain(ctx: Context, grammars: dict[str, Grammar], failure: Failure, no: bool) -> str:
    """Return what the device would print, and what the writer can do next."""
    mark = "ERROR: " if ctx.settings.platform == "asa" else ""
    if failure.kind == "incomplete":
        return f"{mark}% Incomplete command. Then follows {_listed(failure.expected)}."
    if failure.kind == "ambiguous":
        return f'{mark}% Ambiguous command: "{ctx.line.text}". It may mean {_listed(failure.expected)}: write more letters.'
    index = failure.index + no
    word = ctx.words[index].text if index < len(ctx.words) else ""
    note = odd_character(ctx.line.text) or failure.note
    if failure.index == 0 and not note:
        known = [mode for mode, grammar in grammars.items() if mode not in ("block", "lost", "global")
                 and isinstance(grammar.match(ctx.line.text, ctx.words[no:]), Match)]
        near = get_close_matches(word.lower(), _OPENERS, 1, 0.75)
        if known:
            note = f"this command belongs below {_listed(known)}: open that first"
        elif near:
            note = f"did you mean `{near[0]}`?"
        else:
            note = f"`{word}` begins no command that is known here; correct it, or load the text with lenient=True to skip it"
    elif not note:
        note = f"`{word}` cannot stand here; expected {_listed(failure.expected)}"
    return f"{mark}% Invalid input detected at '^' marker. {note}"


def _listed(names: list[str], limit: int = 8) -> str:
    shown = [f"`{name}`" if " " not in name else name for name in names[:limit]]
    if len(names) > limit:
        shown.append("...")
    return " or ".join(shown) if len(shown) < 3 else ", ".join(shown[:-1]) + " or " + shown[-1]


def _report_groups(ctx: Context) -> None:
    """Add one notice per group of skipped lines: exec commands, lines below an unreadable opener."""
    if ctx.exec_lines:
        ctx.line, ctx.words = ctx.exec_lines[0], []
        ctx.warn(f"{len(ctx.exec_lines)} line(s) are exec commands, their output or text after `end`: skipped")
    for number, skipped in ctx.lost:
        if skipped:
            ctx.problems.append(
                Problem(ctx.file, skipped[0], 0, "error", "",
                        f"{len(skipped)} line(s) below line {number}, which cannot be read, were not read either: correct line {number}")
            )
