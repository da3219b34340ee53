"""The outage ledger: each gap in a flow, split into what it was spent on.

The boundaries come from the run's records, never from timers. Parts follow each other without
gap or overlap, so they sum to the outage exactly. In the order in which they are looked for:

============  ===============================================  =================================
part          it ends with                                     if there is such a record
============  ===============================================  =================================
detect        the first reaction on the way: no carrier, a     and routing healed the way
              neighbour lost, a route withdrawn
wait          the repair of a cable or device of the way       and routing had work left after it
re-route      the last route change that made the way whole    and it was not a repair alone
detect        the end of the SAs that the flow used            where it came after all that
wait          the departure of the message that was answered   and new SAs were needed
negotiate     the moment when the new SA could carry packets   and new SAs were needed
re-route      the last route that came because of the new SA   and packets died until then
first packet  the departure of the packet that got through     always, if anything of this was
============  ===============================================  =================================

What ends before its forerunner has no length and is left out: dead-peer detection that gave the SAs
up while routing still searched costs nothing by itself, only the wait and the negotiation after it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from ipsec_edu.ledger.gaps import Outage, Part, outages_of
from ipsec_edu.ledger.routing import later_route, routing_story
from ipsec_edu.ledger.tunnel import holder_on_the_way, tunnel_story
from ipsec_edu.ledger.ways import Way, ways_of
from ipsec_edu.trace.recorder import Trace
from ipsec_edu.trace.records import Probe

__all__ = ["Outage", "Part", "holder_on_the_way", "ledger_of", "outages_of"]


def ledger_of(trace: Trace, until_us: int, ends: Mapping[str, set[int]] | None = None) -> list[Outage]:
    """Return every gap of every flow of a run, with its parts.

    Parameters
    ----------
    trace : Trace
        What the run left.
    until_us : int
        Its end in microseconds, to which a gap reaches that did not end.
    ends : mapping of str to set of int, optional
        The addresses of each flow's two ends, as integers, so that routes to elsewhere are told from
        those that matter.
    """
    gaps = [gap for name, probes in trace.probes.items() for gap in outages_of(name, probes, until_us)]
    around = [_neighbours(trace.probes[gap.flow], gap) for gap in gaps]
    ways = ways_of(trace.hops, [(p.flow, p.number) for pair in around for p in pair if p is not None])
    split = []
    for gap, (last, first) in zip(gaps, around, strict=True):
        before, after = (_way(ways, probe) for probe in (last, first))
        end = until_us if gap.end_us is None else gap.end_us
        since = gap.start_us if last is None else last.sent_us
        # The first packet through may have overtaken the repair: it was sent before, and came after.
        through = end if first is None or first.answered_us is None else first.answered_us
        marks = _marks(gap, trace, before, after, (since, end, through), (ends or {}).get(gap.flow, set()))
        split.append(replace(gap, parts=tuple(_parts(gap.start_us, end, marks))))
    return split


def _neighbours(probes: list[Probe], gap: Outage) -> tuple[Probe | None, Probe | None]:
    """Return the last packet that got through before the gap, and the first after it."""
    last = None
    for probe in probes:
        if probe.answered_us is None:
            continue
        if probe.sent_us < gap.start_us:
            last = probe
        elif probe.sent_us == gap.end_us:
            return last, probe
    return last, None


def _way(ways: Mapping[tuple[str, int], Way], probe: Probe | None) -> Way | None:
    return None if probe is None else ways[probe.flow, probe.number]


def _parts(start: int, end: int, marks: list[tuple[str, int | None]]) -> Iterator[Part]:
    """Yield a part for each mark that lies after the one before it."""
    at = start
    for name, mark in marks:
        upto = at if mark is None else min(mark, end)
        if upto > at:
            yield Part(name, at, upto)
            at = upto


def _marks(
    gap: Outage,
    trace: Trace,
    before: Way | None,
    after: Way | None,
    times: tuple[int, int, int],
    ends: set[int],
) -> list[tuple[str, int | None]]:
    """Return (part, when it ends): the table at the head of this module.

    `times` are those of the last packet before the gap, of the end of the gap, and of the moment by
    which the packet that ended it was through.
    """
    since, end, through = times
    ended = gap.end_us is not None
    tunnel = tunnel_story(gap.flow, trace, before, after, gap.start_us, end, ended=ended)
    outer = {
        address
        for sa in trace.sas
        for way in (before, after)
        if way is not None and (sa.node, sa.id) in way.seals.values()
        for address in (sa.local, sa.peer)
    }
    by = through if tunnel.answered_us is None else tunnel.answered_us
    routing = routing_story(trace, before, after, ends | outer, since, gap.start_us, by)
    if not ended:
        noticed = routing.noticed_us if tunnel.killed_us is None else tunnel.killed_us
        return [("detect", noticed), ("wait", end)]
    marks: list[tuple[str, int | None]] = []
    if tunnel.moved and tunnel.killed_us is not None:
        # Routing could not help the old peer; to the new one it counts from the change of peers.
        marks = [("detect", tunnel.killed_us), ("re-route", routing.whole_us)]
    elif routing.whole_us is not None:
        repaired = routing.repaired_us
        marks = [
            ("detect", routing.noticed_us),
            ("wait", repaired if repaired is not None and repaired < routing.whole_us else None),
            ("re-route", routing.whole_us),
        ]
    marks.append(("detect", tunnel.killed_us))
    if tunnel.up_us is not None:
        marks += [("wait", tunnel.heard_us), ("negotiate", tunnel.up_us)]
        if after is not None and _died_after(trace.probes[gap.flow], tunnel.up_us, end):
            marks.append(("re-route", later_route(trace, after, ends, tunnel.up_us, end)))
    elif routing.whole_us is None:
        marks.append(("wait", routing.repaired_us))
    healed = any(mark is not None for _, mark in marks)
    return [*marks, ("first packet" if healed else "wait", end)]


def _died_after(probes: list[Probe], up: int, end: int) -> bool:
    """Tell whether a packet was sent, and lost, with the SAs in place."""
    return any(up < probe.sent_us < end and probe.lost_us is not None for probe in probes)
