"""From text to settings, the way ``configure terminal`` does it: line by line, mode by mode.

Typed text has no indentation, so modes end by meaning: a line that the current mode does
not know and an outer mode knows leaves the mode. Indentation only helps inside blocks
whose commands have no effect here (``line vty``), where any word may stand.
"""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from functools import cache

from ipsec_edu.config.context import Context, Frame, RefusalError
from ipsec_edu.config.explain import explain, misspelt_opener
from ipsec_edu.config.grammar import Failure, Grammar, IncompleteError, Match, Rule, words_of
from ipsec_edu.config.resolve import resolve
from ipsec_edu.config.settings import DeviceSettings
from ipsec_edu.config.slots import Word
from ipsec_edu.config.text import Line, read
from ipsec_edu.core.errors import ConfigError, IpsecEduError, Problem

__all__ = ["Parsed", "grammar_of", "new_settings", "parse"]

_EXEC = re.compile(
    r"(sh|sho|show|ping|trace|traceroute|deb|debug|undebug|un|u|cle|clear|copy|wr|wri|write|reload|conf|config|configure|en|enable|"
    r"disable|term|terminal|packet-tracer|dir|more|telnet|ssh|erase|logout|login|changeto|yes|y|capture|test)\b(?!-)",
    re.IGNORECASE,
)

_PROMPT_ONLY = re.compile(r"(conf\w*\s+t\w*|config|configure|en|enable)\s*\Z", re.IGNORECASE)
"""Commands of the prompt that the configuration could read as the beginning of its own."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """What `parse` returns: the settings, and everything that it has to say about the text."""

    settings: DeviceSettings
    problems: list[Problem]


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
    grammars = grammar_of(platform)
    settings = copy.deepcopy(base) if base is not None else new_settings(platform)
    if settings.platform != platform:
        raise IpsecEduError(
            f"the base settings are of platform {settings.platform!r}, the text of {platform!r}"
        )
    ctx = Context(settings, file)
    source = read(text, platform)
    for line in source.lines:
        ctx.line, ctx.words = line, []
        _feed(ctx, grammars, line)
        if ctx.others:
            break
    _report_groups(ctx)
    for check in ctx.checks:
        check()
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
        if line.text.startswith("banner") and ctx.frames[-1].mode != "block":
            del ctx.frames[1:]
        ctx.keep(line.text)
        return
    ctx.words = words = words_of(line.text)
    ctx.output = ctx.output and line.prompt != "config"
    first = words[0].text.lower()
    if (
        line.prompt == "exec"
        or first == "do"
        or _PROMPT_ONLY.match(line.text)
        or (first == "end" and len(words) == 1)
    ):
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
            ctx.report(
                "error",
                "stands after `end`: a device would not read it; type `configure terminal` first, or take "
                "`end` away",
                0,
            )
            return
        ctx.output = False
        del ctx.frames[depth + 1 :]
        _apply(ctx, match)
        return
    _unknown(ctx, grammars, found, line, no)


def _find(
    ctx: Context, grammars: dict[str, Grammar], body: list[Word], no: bool
) -> tuple[int, Match] | list[tuple[int, Failure]]:
    """Return the innermost open mode that knows the line, or why none does."""
    failures: list[tuple[int, Failure]] = []
    in_block = ctx.frames[-1].mode == "block" and ctx.line.indent > ctx.frames[-1].indent
    for depth in range(len(ctx.frames) - 1, -1, -1):
        frame = ctx.frames[depth]
        if frame.mode in ("block", "lost"):
            inside = grammars["block"].match(ctx.line.text, ctx.words) if in_block else None
            if isinstance(inside, Match):
                return depth, inside
            continue
        result = grammars[frame.mode].match(ctx.line.text, body, no=no)
        if no and isinstance(result, Failure):  # `no set peer`: what is taken away need not be repeated
            result = grammars[frame.mode].match(ctx.line.text, body, no=no, partial=True)
        if isinstance(result, Match) and result.rule.kind in ("state", "ignore") and _half_known(failures):
            return failures  # a slip in this mode is not a command without effect further out
        if isinstance(result, Match):
            spelt_out = _spelt_out(result, body)
            better = None if spelt_out else _spelt_out_further_out(ctx, grammars, body, no, depth)
            return better or (depth, result)
        failures.append((depth, result))
    return failures


def _half_known(failures: list[tuple[int, Failure]]) -> bool:
    """Tell whether an inner mode knows the first words of the line, so that it must be meant there."""
    return any(failure.index >= 2 or failure.kind == "ambiguous" for _, failure in failures)


def _spelt_out(match: Match, body: list[Word]) -> bool:
    """Tell whether the line writes its first two words in full (``ip route``, not ``ip rou``)."""
    typed = [word.text.lower() for word in body[:2]]
    return typed == [word.lower() for word in match.words[: len(typed)]]


def _spelt_out_further_out(
    ctx: Context, grammars: dict[str, Grammar], body: list[Word], no: bool, below: int
) -> tuple[int, Match] | None:
    """Return an outer mode's command that the line writes in full.

    Below an interface ``ip route`` could abbreviate ``ip route-cache``; people mean the
    global command, and so does a device's own printed text.
    """
    for depth in range(below - 1, -1, -1):
        mode = ctx.frames[depth].mode
        result = grammars[mode].match(ctx.line.text, body, no=no) if mode in grammars else None
        if isinstance(result, Match) and _spelt_out(result, body):
            return depth, result
    return None


def _apply(ctx: Context, match: Match) -> None:
    rule = match.rule
    if rule.kind in ("state", "later"):
        ctx.not_modelled(rule.label)
    openers: tuple[str, ...] = (match.text,)
    target = None
    if rule.action is not None:
        try:
            target = rule.action(ctx, match)
        except RefusalError as refusal:
            ctx.report("error", str(refusal), match.places.get(refusal.place, 0) + match.no)
            if rule.opens and not match.no:
                _lose(ctx)
            return
        except IncompleteError as missing:
            ctx.report("error", f"% Incomplete command: what follows `no` needs {missing}", len(ctx.words))
            return
        if isinstance(target, tuple):  # several objects are edited at once (interface range)
            openers, target = target
    elif not (match.no and rule.opens):
        ctx.keep(match.text)
    if rule.opens and match.no:
        ctx.forget(match.text[3:])
    elif rule.opens:
        ctx.frames.append(Frame(rule.opens, target, openers, ctx.line.indent))
    elif rule.label == "exit" and len(ctx.frames) > 1:
        ctx.frames.pop()


def _unknown(
    ctx: Context, grammars: dict[str, Grammar], failures: list[tuple[int, Failure]], line: Line, no: bool
) -> None:
    """Decide what a line is that no open mode knows: block content, exec output, prose or an error."""
    first = ctx.words[0].text.lower()
    near = misspelt_opener(first)
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
    _, failure = (
        max(failures, key=lambda item: (item[1].index, item[0])) if failures else (0, Failure(0, "invalid"))
    )
    ctx.report("error", explain(ctx, grammars, failure, no), failure.index + no)
    if near or (failure.index == 0 and line.indent == 0 and len(ctx.frames) == 1):
        del ctx.frames[1:]
        _lose(ctx)


def _lose(ctx: Context) -> None:
    """Open a mode whose lines are skipped, because its opener cannot be read or is refused."""
    ctx.lost.append((ctx.line.number, []))
    ctx.frames.append(Frame("lost", None, (), ctx.line.indent))


def _report_groups(ctx: Context) -> None:
    """Add one notice per group of skipped lines: exec commands, lines below an unreadable opener."""
    if ctx.exec_lines:
        ctx.line, ctx.words = ctx.exec_lines[0], []
        ctx.warn(
            f"{len(ctx.exec_lines)} line(s) are exec commands, their output or text after `end`: skipped"
        )
    for number, skipped in ctx.lost:
        if skipped:
            ctx.problems.append(
                Problem(
                    ctx.file,
                    skipped[0],
                    0,
                    "error",
                    "",
                    f"{len(skipped)} line(s) below line {number}, which cannot be read, were not read "
                    f"either: correct line {number}",
                )
            )
