"""The stage's judgement of a tunnel: whether what a gateway believes about an SA is true.

An SA is *stale* while a gateway holds it and a packet sent on it cannot reach a peer that
holds it too. No ``show`` command says this, because no device knows it; the stage does,
because it sees every device and every cable.

Reachability is judged on the cables, not on routing tables: there is a way of working cables
and powered devices between the interfaces that own the two addresses, and only routers,
switches and clouds are passed through.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from ipsec_edu.core.addr import format_ip
from ipsec_edu.trace.records import PortChange, SaRecord
from ipsec_edu.views.stage_types import StageRun

__all__ = ["DOWN_REASONS", "Judge", "Stale", "port_name"]

TRANSIT = {"router", "switch", "cloud", "bridge"}
MIRROR = {"ike": "ike", "esp-in": "esp-out", "esp-out": "esp-in", "ah-in": "ah-out", "ah-out": "ah-in"}
DOWN_REASONS = {"path": "path is dead", "peer": "peer does not hold it"}


class Stale(NamedTuple):
    """A span of time during which an SA is held in vain; `why` is ``path`` or ``peer``."""

    start_us: int
    end_us: int
    why: str


class _Step(NamedTuple):
    link: int
    forward: bool
    node: str
    out_port: str
    in_port: str


def port_name(node: str, interface: str) -> str:
    """Return the name of a port as faults and records spell it."""
    return f"{node}:{interface}"


class Judge:
    """Answers questions about truth at a moment; pure, built once per run."""

    def __init__(self, run: StageRun) -> None:
        layout = run.lab.layout
        self.until_us = run.until_us
        self.kinds = {name: node["kind"] for name, node in layout["nodes"].items()}
        self.sas = run.trace.sas
        self._steps: dict[str, list[_Step]] = defaultdict(list)
        self._address_port: dict[str, str] = {}
        self._address_node: dict[str, str] = {}
        for index, link in enumerate(layout["links"]):
            a, b = (port_name(end["node"], end["interface"]) for end in (link["a"], link["b"]))
            self._steps[link["a"]["node"]].append(_Step(index, True, link["b"]["node"], a, b))
            self._steps[link["b"]["node"]].append(_Step(index, False, link["a"]["node"], b, a))
            for end, port in ((link["a"], a), (link["b"], b)):
                if "address" in end:
                    self._address_port[end["address"]] = port
                    self._address_node[end["address"]] = end["node"]
        for name, node in layout["nodes"].items():
            for address in node.get("addresses", ()):
                self._address_node.setdefault(address, name)
        self._ports: dict[str, list[PortChange]] = defaultdict(list)
        for change in run.trace.ports:
            self._ports[change.port].append(change)
        self._power: dict[str, list[tuple[int, bool]]] = defaultdict(list)
        for power in run.trace.power:
            self._power[power.node].append((power.at_us, power.up))
        self._by_id: dict[tuple[str, str], list[int]] = defaultdict(list)
        for index, sa in enumerate(self.sas):
            self._by_id[sa.kind, sa.id].append(index)
        changes = {c.at_us for c in run.trace.ports} | {p.at_us for p in run.trace.power}
        self._changes = sorted(changes)

    def owner(self, address: int) -> str | None:
        """Return the device that owns an address, None for a stranger."""
        return self._address_node.get(format_ip(address))

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

    def powered(self, node: str, now_us: int) -> bool:
        """Tell whether a device has power."""
        history = self._power.get(node, [])
        place = bisect_right(history, now_us, key=lambda entry: entry[0])
        return history[place - 1][1] if place else True

    def port(self, port: str, now_us: int) -> PortChange | None:
        """Return the last change of a port, None if it never changed (then it is up)."""
        history = self._ports.get(port, [])
        place = bisect_right(history, now_us, key=lambda change: change.at_us)
        return history[place - 1] if place else None

    def passes(self, out_port: str, in_port: str, now_us: int) -> bool:
        """Tell whether a frame that leaves `out_port` arrives at `in_port` (random loss aside)."""
        leaving, arriving = self.port(out_port, now_us), self.port(in_port, now_us)
        if leaving is not None and (not leaving.carrier or leaving.cut_out):
            return False
        return arriving is None or (arriving.carrier and not arriving.cut_in)

    def way(
        self, source: str, target: str, now_us: int | None, local: int = 0, remote: int = 0
    ) -> list[_Step] | None:
        """Return the cables from `source` to `target`, None if there is no working way.

        `now_us` None asks for the way when everything works. An address that belongs to an
        interface on the map ties its end of the way to that interface.
        """
        first, last = self._address_port.get(format_ip(local)), self._address_port.get(format_ip(remote))
        first = first if first is not None and first.startswith(source + ":") else None
        last = last if last is not None and last.startswith(target + ":") else None
        if now_us is not None and not (self.powered(source, now_us) and self.powered(target, now_us)):
            return None
        came: dict[str, _Step] = {}
        queue = deque([source])
        while queue:
            node = queue.popleft()
            for step in self._steps[node]:
                if (
                    step.node in came
                    or step.node == source
                    or (node == source and first not in (None, step.out_port))
                ):
                    continue
                if now_us is not None and not self.passes(step.out_port, step.in_port, now_us):
                    continue
                if step.node == target:
                    if last in (None, step.in_port):
                        return [*self._unwind(came, node), step]
                    continue
                if self.kinds[step.node] in TRANSIT and (now_us is None or self.powered(step.node, now_us)):
                    came[step.node] = step
                    queue.append(step.node)
        return None

    def _unwind(self, came: dict[str, _Step], node: str) -> list[_Step]:
        steps: list[_Step] = []
        while node in came:
            step = came[node]
            steps.append(step)
            node = step.out_port.partition(":")[0]
        return steps[::-1]

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
        nodes = [self.sas[i].node for i in holders]
        return None if any(self._carried(sa, node, now_us) for node in nodes) else "path"

    def _carried(self, sa: SaRecord, peer: str, now_us: int) -> bool:
        there = sa.kind.endswith("in") or self.way(sa.node, peer, now_us, sa.local, sa.peer) is not None
        back = sa.kind.endswith("out") or self.way(peer, sa.node, now_us, sa.peer, sa.local) is not None
        return there and back

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
        yield from self._changes
        for partner in self.partners(index):
            yield self._begun(partner)
            yield self._end(self.sas[partner])


def _between(moments: Iterable[int], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the spans between `start` and `end` that `moments` cut."""
    cuts = sorted({start, end, *(m for m in moments if start < m < end)})
    yield from pairwise(cuts)
