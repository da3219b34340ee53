"""The stage's judgement of a tunnel: whether what a gateway believes about an SA is true.

An SA is *stale* while a gateway holds it and a packet sent on it cannot reach a peer that
holds it too. No ``show`` command says this, because no device knows it; the stage does,
because it sees every device and every cable.

Where a packet goes is what the routing tables of the moment say, not what the cables would allow:
while nobody has noticed that a cable is dead, packets die on it, however many others there are. Each
direction is judged by its own way. A run without routes on record is judged by its cables alone.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from ipsec_edu.trace.records import PortChange, SaRecord
from ipsec_edu.views.cabling import Cabling, Step, port_name
from ipsec_edu.views.routed_ways import RoutedWays
from ipsec_edu.views.stage_types import StageRun

__all__ = ["DOWN_REASONS", "Judge", "Stale", "port_name"]

MIRROR = {"ike": "ike", "esp-in": "esp-out", "esp-out": "esp-in", "ah-in": "ah-out", "ah-out": "ah-in"}
DOWN_REASONS = {"path": "path is dead", "peer": "peer does not hold it"}


class Stale(NamedTuple):
    """A span of time during which an SA is held in vain; `why` is ``path`` or ``peer``."""

    start_us: int
    end_us: int
    why: str


class Judge:
    """Answers questions about truth at a moment; pure, built once per run."""

    def __init__(self, run: StageRun) -> None:
        self.until_us = run.until_us
        self.sas = run.trace.sas
        self.cabling = Cabling(run)
        self.routed = RoutedWays(run, self.cabling)
        self._by_id: dict[tuple[str, str], list[int]] = defaultdict(list)
        for index, sa in enumerate(self.sas):
            self._by_id[sa.kind, sa.id].append(index)
        self._changes = sorted({*self.cabling.changes, *self.routed.times})

    def owner(self, address: int) -> str | None:
        """Return the device that owns an address, None for a stranger."""
        return self.cabling.owner(address)

    def powered(self, node: str, now_us: int) -> bool:
        """Tell whether a device has power."""
        return self.cabling.powered(node, now_us)

    def port(self, port: str, now_us: int) -> PortChange | None:
        """Return the last change of a port, None if it never changed (then it is up)."""
        return self.cabling.port(port, now_us)

    def passes(self, out_port: str, in_port: str, now_us: int) -> bool:
        """Tell whether a frame that leaves `out_port` arrives at `in_port` (random loss aside)."""
        return self.cabling.passes(out_port, in_port, now_us)

    def peer_node(self, index: int) -> str | None:
        """Return the device at the other end of SA number `index`: its owner, else who holds the mirror."""
        owner = self.owner(self.sas[index].peer)
        if owner is not None:
            return owner
        partners = self.partners(index)
        return self.sas[partners[0]].node if partners else None

    def partners(self, index: int) -> list[int]:
        """Return the numbers of the same SA as other devices hold it."""
        sa = self.sas[index]
        found = self._by_id.get((MIRROR.get(sa.kind, sa.kind), sa.id), [])
        return [i for i in found if self.sas[i].node != sa.node]

    def way(
        self, source: str, target: str, now_us: int, local: int = 0, remote: int = 0, inner: int = 0
    ) -> list[Step] | None:
        """Return the cables over which a packet from `source` reaches `target` now, None if it does not.

        `local` and `remote` are the addresses in its header, `inner` the one that a translating device
        which owns `remote` puts in its place.
        """
        if not self.routed.known:
            return self.cabling.shortest(source, target, now_us, local, remote)
        steps = self.routed.way(source, target, local, remote, now_us, inner)
        return steps if steps is not None and self.cabling.works(source, steps, now_us) else None

    def why_stale(self, index: int, now_us: int) -> str | None:
        """Return why SA number `index` is stale at a moment (``path``, ``peer``), None if it is not."""
        sa = self.sas[index]
        if sa.up_us is None or not sa.up_us <= now_us < self._end(sa):
            return None
        peer = self.peer_node(index)
        if peer is None:
            return None
        holders = [i for i in self.partners(index) if self._begun(i) <= now_us < self._end(self.sas[i])]
        if not holders:
            return "peer"
        return None if any(self._carried(sa, self.sas[i], now_us) for i in holders) else "path"

    def _carried(self, mine: SaRecord, theirs: SaRecord, now_us: int) -> bool:
        """Tell whether packets pass in the direction, or both, that this SA is for."""
        there = mine.kind.endswith("in") or self._passes(mine, theirs, now_us)
        return there and (mine.kind.endswith("out") or self._passes(theirs, mine, now_us))

    def _passes(self, sender: SaRecord, receiver: SaRecord, now_us: int) -> bool:
        ends = sender.local, sender.peer, receiver.local
        return self.way(sender.node, receiver.node, now_us, *ends) is not None

    def _begun(self, index: int) -> int:
        return self.sas[index].begun_us

    def _end(self, sa: SaRecord) -> int:
        return self.until_us + 1 if sa.down_us is None else sa.down_us

    def stale_spans(self, index: int) -> list[Stale]:
        """Return when and why SA number `index` is stale, in order of time."""
        sa = self.sas[index]
        if sa.up_us is None:
            return []
        spans: list[Stale] = []
        for start, end in _between(self._moments(index), sa.up_us, min(self._end(sa), self.until_us)):
            why = self.why_stale(index, start)
            if why is None:
                continue
            if spans and spans[-1].end_us == start and spans[-1].why == why:
                spans[-1] = Stale(spans[-1].start_us, end, why)
            else:
                spans.append(Stale(start, end, why))
        return spans

    def _moments(self, index: int) -> Iterator[int]:
        first = bisect_right(self._changes, self.sas[index].begun_us)
        yield from self._changes[first:]
        for partner in self.partners(index):
            yield self._begun(partner)
            yield self._end(self.sas[partner])


def _between(moments: Iterable[int], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the spans between `start` and `end` that `moments` cut."""
    cuts = sorted({start, end, *(m for m in moments if start < m < end)})
    yield from pairwise(cuts)
