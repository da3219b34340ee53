"""Statements about IPsec as experiments: run, measured, judged, and run again with the mechanism off."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ipsec_edu.core.errors import ScenarioError

__all__ = ["HOLDS", "HOLDS_IF", "MISLEADING", "Claim", "ClaimResult", "Finding", "claim", "registered", "run"]

HOLDS = "holds"
HOLDS_IF = "holds if"
MISLEADING = "misleading"


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
        verdict = (
            f"{self.claim.verdict} {self.claim.condition}" if self.claim.condition else self.claim.verdict
        )
        return "\n".join(
            [
                f"{self.claim.number}. {self.claim.text}",
                f"   {'ok  ' if self.ok else 'FAIL'} {verdict}",
                f"   measured  {_words(self.finding.measured)}",
                f"   control   {_words(self.finding.control)}",
            ]
        )


def _words(measured: dict[str, Any]) -> str:
    """Return measurements as ``name value, name value``; a group of them in brackets."""
    return ", ".join(f"{name} {_word(value)}" for name, value in measured.items())


def _word(value: object) -> str:
    """Return one measurement for a reader."""
    if isinstance(value, dict):
        return f"({_words(value)})"
    if isinstance(value, list):
        return " ".join(map(str, value)) or "none"
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
    from ipsec_edu.claims import access, basics, services, site  # noqa: F401 - importing registers

    return dict(sorted(_claims.items()))


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
