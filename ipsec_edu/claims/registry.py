"""Statements about IPsec as experiments: run, measured, judged, and run again with the mechanism off."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ipsec_edu.core.errors import ScenarioError

__all__ = [
    "HOLDS",
    "HOLDS_IF",
    "MISLEADING",
    "Claim",
    "ClaimResult",
    "Finding",
    "claim",
    "numbers_of",
    "registered",
    "run",
]

HOLDS = "holds"
HOLDS_IF = "holds if"
MISLEADING = "misleading"
_BEFORE_CONDITION = {HOLDS: ", ", HOLDS_IF: " ", MISLEADING: ": "}
_UNITS = ("s", "%")


@dataclass(frozen=True, slots=True)
class Finding:
    """What an experiment saw.

    Attributes
    ----------
    measured : dict
        The observables with the mechanism at work, ready for JSON.
    control : dict
        The same observables with the mechanism off.
    ok : bool
        The verdict agrees with `measured`.
    control_fails : bool
        The statement's observable is absent in `control`; otherwise the experiment would
        prove nothing.
    """

    measured: dict[str, Any]
    control: dict[str, Any]
    ok: bool
    control_fails: bool


@dataclass(frozen=True, slots=True)
class Claim:
    """A numbered statement, our verdict on it, and the experiment that earns the verdict."""

    number: int
    text: str
    verdict: str
    condition: str
    experiment: Callable[[], Finding]


@dataclass(frozen=True, slots=True)
class ClaimResult:
    """A claim after its experiment."""

    claim: Claim
    finding: Finding

    @property
    def ok(self) -> bool:
        """True where the verdict was measured and the control failed as it must."""
        return self.finding.ok and self.finding.control_fails

    def to_json(self) -> dict[str, Any]:
        """Return the result as ``ipsec-edu claims --json`` prints it."""
        return {
            "claim": self.claim.number,
            "verdict": self.claim.verdict,
            "condition": self.claim.condition,
            "measured": self.finding.measured,
            "control": self.finding.control,
            "ok": self.ok,
            "text": self.claim.text,
        }

    def text(self) -> str:
        """Return the result for a reader, a few lines."""
        verdict = self.claim.verdict
        if self.claim.condition:
            verdict += _BEFORE_CONDITION[verdict] + self.claim.condition
        return "\n".join(
            [
                *_wrapped(f"{self.claim.number}. ", [self.claim.text]),
                *_wrapped(f"   {'ok  ' if self.ok else 'FAIL'} ", [verdict]),
                *_wrapped("   measured  ", _lines(self.finding.measured)),
                *_wrapped("   control   ", _lines(self.finding.control)),
            ]
        )


COLUMNS = 100


def _wrapped(head: str, lines: Sequence[str]) -> list[str]:
    """Return lines of at most `COLUMNS`: the first begins with `head`, all are indented as far."""
    indent = " " * len(head)
    wrapped: list[str] = []
    for line in lines:
        first = indent if wrapped else head
        wrapped += textwrap.wrap(
            line, COLUMNS, initial_indent=first, subsequent_indent=indent + "  ", break_on_hyphens=False
        )
    return wrapped


def _lines(measured: dict[str, Any]) -> list[str]:
    """Return measurements in one line, or a line for each where they are groups."""
    if not any(isinstance(value, dict) for value in measured.values()):
        return [_words(measured)]
    lines = []
    for name, value in measured.items():
        if not isinstance(value, dict):
            lines.append(_words({name: value}))
        elif all(isinstance(part, dict) for part in value.values()):
            lines += [f"{name}, {line}" for line in _lines(value)]
        else:
            lines.append(f"{name}: {_words(value)}")
    return lines


def _words(measured: dict[str, Any]) -> str:
    """Return measurements as ``name value, name value``; a group of them in brackets.

    A unit at the end of a name stands behind the value: ``outage s`` is printed as ``outage 4.0 s``.
    """
    parts = []
    for name, value in measured.items():
        what, _, unit = name.rpartition(" ")
        if what and unit in _UNITS and isinstance(value, int | float):
            parts.append(f"{what} {_word(value)} {unit}")
        else:
            never = value is None and unit in _UNITS
            parts.append(f"{what.removesuffix(' after') if never else name} {_word(value)}")
    return ", ".join(parts)


def _word(value: object) -> str:
    """Return one measurement for a reader."""
    if isinstance(value, dict):
        return f"({_words(value)})"
    if isinstance(value, list):
        return " ".join(map(str, value)) or "none"
    if value is None:
        return "never"
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)


_claims: dict[int, Claim] = {}


def claim(
    number: int, text: str, verdict: str, condition: str = ""
) -> Callable[[Callable[[], Finding]], Callable[[], Finding]]:
    """Register the decorated experiment as the one that judges statement `number`."""

    def register(experiment: Callable[[], Finding]) -> Callable[[], Finding]:
        if number in _claims:
            raise ValueError(f"claim {number} is registered twice")
        _claims[number] = Claim(number, text, verdict, condition, experiment)
        return experiment

    return register


def registered() -> dict[int, Claim]:
    """Return every claim that has an experiment, by number."""
    from ipsec_edu.claims import (  # noqa: F401 - importing registers
        access,
        asymmetry,
        basics,
        components,
        convergence,
        identity,
        links,
        services,
        site,
    )

    return dict(sorted(_claims.items()))


def numbers_of(words: Sequence[str]) -> list[int]:
    """Return the statements that ``21``, ``8-29`` or both name, each once, in the order given.

    Raises
    ------
    ScenarioError
        Something else, a range that runs backwards, or one in which no statement has an experiment.
    """
    numbers: dict[int, None] = {}
    for word in words:
        match = re.fullmatch(r"(\d{1,9})(?:-(\d{1,9}))?", word)
        if match is None:
            raise ScenarioError(f"claims are numbers or ranges such as 8-29, not {word!r}")
        first = int(match[1])
        if match[2] is None:
            numbers[first] = None
            continue
        last = int(match[2])
        within = [number for number in registered() if first <= number <= last]
        if not within:
            existing = ", ".join(map(str, registered()))
            raise ScenarioError(f"no experiment for a statement in {word}; there are {existing}")
        numbers.update(dict.fromkeys(within))
    return list(numbers)


def run(numbers: Sequence[int] = ()) -> list[ClaimResult]:
    """Run the experiments of `numbers` (all where empty) and return their results in that order.

    Raises
    ------
    ScenarioError
        There is no experiment for a number.
    """
    claims = registered()
    unknown = [str(number) for number in numbers if number not in claims]
    if unknown:
        existing = ", ".join(str(number) for number in claims)
        raise ScenarioError(f"no experiment for statement {', '.join(unknown)}; there are {existing}")
    return [ClaimResult(claims[number], claims[number].experiment()) for number in numbers or claims]
