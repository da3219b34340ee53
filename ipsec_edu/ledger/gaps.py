"""The gaps of a flow, and what a gap is divided into."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ipsec_edu.core.units import to_s
from ipsec_edu.trace.records import Probe

__all__ = ["Outage", "Part", "outages_of"]


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of an outage: ``detect``, ``re-route``, ``wait``, ``negotiate`` or ``first packet``."""

    name: str
    start_us: int
    end_us: int

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return to_s(self.end_us - self.start_us)


@dataclass(frozen=True, slots=True)
class Outage:
    """A gap in a flow: from the sending of the first unanswered packet to that of the next answered one.

    `end_us` is None while it lasts at the end of the run; `parts` then reach the end of the run.
    """

    flow: str
    start_us: int
    end_us: int | None
    lost: int
    parts: tuple[Part, ...] = ()

    @property
    def duration_s(self) -> float | None:
        """Length in seconds, None for one that did not end."""
        return None if self.end_us is None else to_s(self.end_us - self.start_us)


def outages_of(name: str, probes: Sequence[Probe], until_us: int) -> list[Outage]:
    """Return the gaps of one flow, without parts. A packet still in flight at the end is not lost."""
    gaps: list[Outage] = []
    first: Probe | None = None
    lost = 0
    for probe in probes:
        if probe.lost_us is not None and probe.answered_us is None:
            first = first or probe
            lost += 1
        elif probe.answered_us is not None and first is not None:
            gaps.append(Outage(name, first.sent_us, probe.sent_us, lost))
            first, lost = None, 0
    if first is not None:
        gaps.append(Outage(name, first.sent_us, None, lost))
    return gaps
