"""The words of an error about a line: what the device would print, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from ipsec_edu.config.context import Context
from ipsec_edu.config.grammar import Failure, Grammar, Match
from ipsec_edu.config.text import odd_character

__all__ = ["explain", "misspelt_opener"]

_OPENERS = (
    "interface",
    "crypto",
    "router",
    "access-list",
    "object",
    "object-group",
    "tunnel-group",
    "hostname",
    "route-map",
)


def misspelt_opener(word: str) -> str:
    """Return the command that opens a mode and that `word` misspells, or ""."""
    if word.lower() in _OPENERS:
        return ""
    return next(iter(get_close_matches(word.lower(), _OPENERS, 1, 0.75)), "")


def explain(ctx: Context, grammars: Mapping[str, Grammar], failure: Failure, no: bool) -> str:
    """Return what the device would print, and what the writer can do next."""
    mark = "ERROR: " if ctx.settings.platform == "asa" else ""
    if failure.kind == "incomplete":
        return f"{mark}% Incomplete command. Then follows {_listed(failure.expected)}."
    if failure.kind == "ambiguous":
        return (
            f'{mark}% Ambiguous command: "{ctx.line.text}". It may mean {_listed(failure.expected)}: '
            "write more letters."
        )
    index = failure.index + no
    word = ctx.words[index].text if index < len(ctx.words) else ""
    note = odd_character(ctx.line.text) or failure.note
    near = get_close_matches(word.lower(), failure.keywords, 1, 0.7)
    if not note and near and not near[0].startswith(word.lower()):
        note = f"did you mean `{near[0]}`?"
    if failure.index == 0 and not odd_character(ctx.line.text):
        known = [
            mode
            for mode, grammar in grammars.items()
            if mode not in ("block", "lost", "global")
            and isinstance(grammar.match(ctx.line.text, ctx.words[no:]), Match)
        ]
        opener = misspelt_opener(word)
        if known:
            note = f"this command belongs below {_listed(known)}: open that first"
        elif opener:
            note = f"did you mean `{opener}`?"
        elif not note:
            note = (
                f"`{word}` begins no command that is known here; correct it, or load the text with "
                "lenient=True to skip it"
            )
    elif not note:
        note = f"`{word}` cannot stand here; expected {_listed(failure.expected)}"
    return f"{mark}% Invalid input detected at '^' marker. {note}"


def _listed(names: Sequence[str], limit: int = 8) -> str:
    shown = [f"`{name}`" if " " not in name else name for name in names[:limit]]
    if len(names) > limit:
        shown.append("...")
    return " or ".join(shown) if len(shown) < 3 else ", ".join(shown[:-1]) + " or " + shown[-1]
