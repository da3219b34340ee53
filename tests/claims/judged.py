"""Each experiment is run once for all tests that look at it."""

from __future__ import annotations

from functools import cache

from ipsec_edu.claims import ClaimResult, run
from ipsec_edu.claims.registry import Finding

__all__ = ["judged", "seen"]


@cache
def judged(number: int) -> ClaimResult:
    """The result of statement `number`."""
    return run([number])[0]


def seen(number: int) -> Finding:
    """What its experiment saw."""
    return judged(number).finding
