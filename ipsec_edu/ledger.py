"""The outage ledger: each gap in a flow, split into what it was spent on.

The boundaries come from the run's records, never from timers: when a gateway gave its SAs
up, when the message that was finally answered left, when the new SAs could carry traffic.
Parts follow each other without gap or overlap, so they sum to the outage exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ipsec_edu.core.units import to_s
from ipsec_edu.trace.recorder import Trace
from ipsec_edu.trace.records import Probe, SaRecord

__all__ = ["Outage", "Part", "outages_of", "split"]


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of an outage: ``detect wait negotiate first packet`` (and more in other labs)."""

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

    `end_us` is None while it lasts at the end of the run; `parts` then reach `until_us`.
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


def split(outage: Outage, trace: Trace, gateway: str | None, until_us: int) -> Outage:
    """Return `outage` with its parts; `gateway` is the device that encrypts the flow's packets."""
    end = until_us if outage.end_us is None else outage.end_us
    marks = _marks(outage.start_us, end, trace, gateway, ended=outage.end_us is not None)
    parts: list[Part] = []
    at = outage.start_us
    for name, mark in marks:
        mark = min(max(mark, at), end)
        if mark > at:
            parts.append(Part(name, at, mark))
            at = mark
    return Outage(outage.flow, outage.start_us, outage.end_us, outage.lost, tuple(parts))


def _marks(start: int, end: int, trace: Trace, gateway: str | None, *, ended: bool) -> list[tuple[str, int]]:
    """Return (part, its end) in order of time; the last one ends with the outage."""
    sas = [sa for sa in trace.sas if sa.node == gateway]
    gone = [
        sa.down_us
        for sa in sas
        if sa.kind != "ike"
        and sa.down_us is not None
        and start < sa.down_us <= end
        and sa.reason != "rekeyed"
    ]
    fresh = [
        sa for sa in sas if sa.kind.endswith("-out") and sa.up_us is not None and start < sa.up_us <= end
    ]
    marks: list[tuple[str, int]] = []
    if gone:
        marks.append(("detect", min(gone)))
    if fresh and ended:
        last = max(fresh, key=lambda sa: sa.up_us or 0)
        up = last.up_us or end
        marks.append(("wait", _heard_first(last, trace, start, up)))
        marks.append(("negotiate", up))
        marks.append(("first packet", end))
        return marks
    healed = [port.at_us for port in trace.ports if start < port.at_us <= end] + [
        p.at_us for p in trace.power if start < p.at_us <= end and p.up
    ]
    if ended and healed:
        marks.append(("wait", max(healed)))
        marks.append(("first packet", end))
    else:
        marks.append(("wait", end))
    return marks


def _heard_first(sa: SaRecord, trace: Trace, start: int, up: int) -> int:
    """Return when the first message of the negotiation that made `sa` left for good.

    That is the transmission that was answered: of phase 1's first message where phase 1 was
    built in this outage too, else of Quick Mode's.
    """
    ike = next((s for s in trace.sas if s.kind == "ike" and s.node == sa.node and s.id == sa.ike_id), None)
    phase1_too = ike is not None and ike.up_us is not None and ike.up_us > start
    exchanges = ("main", "aggressive") if phase1_too else ("quick",)
    sent = [
        message.at_us
        for message in trace.messages
        if message.number == 1
        and message.exchange in exchanges
        and message.arrived_us is not None
        and start <= message.at_us <= up
        and (message.cookies[0].hex() == sa.ike_id[:16])
    ]
    return max(sent, default=sa.begun_us)
