"""Who is designated router and who is its backup (RFC 2328, 9.4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

__all__ = ["Candidate", "elect"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A router on the network: who it is, and whom its last Hello names as `dr` and `bdr` (addresses)."""

    address: int
    router_id: int
    priority: int
    dr: int
    bdr: int


def elect(own: Candidate, others: Iterable[Candidate]) -> tuple[int, int]:
    """Return the addresses of the designated router and the backup as `own` sees them, 0 for none."""
    eligible = [other for other in others if other.priority]
    dr, bdr = _round(own, eligible)
    was = own.address == own.dr, own.address == own.bdr
    if was != (own.address == dr, own.address == bdr):
        # with a new role of its own a router counts once more, so that nobody holds both (step 4)
        dr, bdr = _round(replace(own, dr=dr, bdr=bdr), eligible)
    return dr, bdr


def _round(own: Candidate, eligible: list[Candidate]) -> tuple[int, int]:
    everybody = [*eligible, own] if own.priority else eligible
    no_dr = [one for one in everybody if one.dr != one.address]
    bdr = _best([one for one in no_dr if one.bdr == one.address]) or _best(no_dr)
    dr = _best([one for one in everybody if one.dr == one.address]) or bdr
    return dr, bdr


def _best(candidates: list[Candidate]) -> int:
    """Return the address of the highest priority, ties to the highest router ID."""
    if not candidates:
        return 0
    return max(candidates, key=lambda one: (one.priority, one.router_id)).address
