"""The cables of a run at a moment: what works, who owns an address, where a frame comes out."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Sequence
from typing import NamedTuple

from ipsec_edu.core.addr import format_ip
from ipsec_edu.trace.records import PortChange
from ipsec_edu.views.stage_types import StageRun

__all__ = ["Cabling", "Step", "port_name"]

BRIDGES = {"switch", "cloud", "bridge"}
TRANSIT = {"router", *BRIDGES}


class Step(NamedTuple):
    """One cable of a way: its number, whether it is passed from its end a, where it leads, its ports."""

    link: int
    forward: bool
    node: str
    out_port: str
    in_port: str


def port_name(node: str, interface: str) -> str:
    """Return the name of a port as faults and records spell it."""
    return f"{node}:{interface}"


class Cabling:
    """Answers questions about cables, ports and power; pure, built once per run."""

    def __init__(self, run: StageRun) -> None:
        layout = run.lab.layout
        self.kinds = {name: node["kind"] for name, node in layout["nodes"].items()}
        self.steps: dict[str, list[Step]] = defaultdict(list)
        self.address_port: dict[str, str] = {}
        self.address_node: dict[str, str] = {}
        for index, link in enumerate(layout["links"]):
            a, b = (port_name(end["node"], end["interface"]) for end in (link["a"], link["b"]))
            self.steps[link["a"]["node"]].append(Step(index, True, link["b"]["node"], a, b))
            self.steps[link["b"]["node"]].append(Step(index, False, link["a"]["node"], b, a))
            for end, port in ((link["a"], a), (link["b"], b)):
                if "address" in end:
                    self.address_port[end["address"]] = port
                    self.address_node[end["address"]] = end["node"]
        for name, node in layout["nodes"].items():
            for address in node.get("addresses", ()):
                self.address_node.setdefault(address, name)
        self._ports: dict[str, list[PortChange]] = defaultdict(list)
        for change in run.trace.ports:
            self._ports[change.port].append(change)
        self._power: dict[str, list[tuple[int, bool]]] = defaultdict(list)
        for power in run.trace.power:
            self._power[power.node].append((power.at_us, power.up))
        self.changes = {c.at_us for c in run.trace.ports} | {p.at_us for p in run.trace.power}

    def owner(self, address: int) -> str | None:
        """Return the device that owns an address, None for a stranger."""
        return self.address_node.get(format_ip(address))

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

    def works(self, source: str, steps: Sequence[Step], now_us: int) -> bool:
        """Tell whether a packet passes every cable and device of a way."""
        return self.powered(source, now_us) and all(
            self.passes(step.out_port, step.in_port, now_us) and self.powered(step.node, now_us)
            for step in steps
        )

    def across(self, port: str, hop: int, now_us: int) -> list[Step] | None:
        """Return the cables from a port to the device that owns the address `hop`, bridges between them.

        Working cables are preferred; where there are none, those that a packet would die on. An address
        that nobody on the map owns is a virtual one: whoever is there answers for it.
        """
        owner = self.owner(hop)
        return self._across(port, owner, now_us) or self._across(port, owner, None)

    def _across(self, port: str, owner: str | None, now_us: int | None) -> list[Step] | None:
        source = port.partition(":")[0]
        came: dict[str, Step] = {}
        queue = deque([source])
        while queue:
            node = queue.popleft()
            for step in self.steps[node]:
                first = node == source and step.out_port != port
                if first or step.node in came or step.node == source:
                    continue
                if now_us is not None and not self.works(node, [step], now_us):
                    continue
                if self.kinds[step.node] in BRIDGES:
                    came[step.node] = step
                    queue.append(step.node)
                elif owner in (None, step.node):
                    return [*_unwind(came, node), step]
        return None

    def shortest(
        self, source: str, target: str, now_us: int | None, local: int = 0, remote: int = 0
    ) -> list[Step] | None:
        """Return some way of cables from `source` to `target`, routing aside; None if there is none.

        `now_us` None asks for the way when everything works. An address that belongs to an
        interface on the map ties its end of the way to that interface.
        """
        first, last = self.address_port.get(format_ip(local)), self.address_port.get(format_ip(remote))
        first = first if first is not None and first.startswith(source + ":") else None
        last = last if last is not None and last.startswith(target + ":") else None
        if now_us is not None and not (self.powered(source, now_us) and self.powered(target, now_us)):
            return None
        came: dict[str, Step] = {}
        queue = deque([source])
        while queue:
            node = queue.popleft()
            for step in self.steps[node]:
                tied = node == source and first not in (None, step.out_port)
                if step.node in came or step.node == source or tied:
                    continue
                if now_us is not None and not self.passes(step.out_port, step.in_port, now_us):
                    continue
                if step.node == target:
                    if last in (None, step.in_port):
                        return [*_unwind(came, node), step]
                    continue
                if self.kinds[step.node] in TRANSIT and (now_us is None or self.powered(step.node, now_us)):
                    came[step.node] = step
                    queue.append(step.node)
        return None


def _unwind(came: dict[str, Step], node: str) -> list[Step]:
    steps: list[Step] = []
    while node in came:
        step = came[node]
        steps.append(step)
        node = step.out_port.partition(":")[0]
    return steps[::-1]
