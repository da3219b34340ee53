"""What all parts of the stage's data share: names as indices, cables by their ports, pairs of gateways."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ipsec_edu.trace.records import Message
from ipsec_edu.views.judge import Judge, port_name
from ipsec_edu.views.stage_types import StageRun
from ipsec_edu.views.stage_ways import PairEnds, first_path

__all__ = ["Context"]


class Context:
    """One run on its way to the browser; `pairs` grows as tunnels and negotiations turn up."""

    def __init__(self, run: StageRun) -> None:
        self.run = run
        self.trace = run.trace
        self.layout = run.lab.layout
        self.judge = Judge(run)
        self.names = list(self.layout["nodes"])
        self.index = {name: i for i, name in enumerate(self.names)}
        self.flow_index = {name: i for i, name in enumerate(self.trace.probes)}
        self.links_by_port: dict[tuple[str, str], tuple[int, int]] = {}
        for i, link in enumerate(self.layout["links"]):
            a, b = (port_name(end["node"], end["interface"]) for end in (link["a"], link["b"]))
            self.links_by_port[a, b] = (i, 1)
            self.links_by_port[b, a] = (i, 0)
        self.probes: dict[tuple[str, int], list[int]] = {}
        """The dead-peer probe, [n, limit], that a device sent at a moment."""
        for event in self.trace.dpd:
            if event.event == "probe":
                self.probes.setdefault((event.node, event.at_us), [event.number, event.limit])
        self.pairs: list[dict[str, Any]] = []
        self.pair_ends: list[PairEnds] = []
        """Names and addresses of each pair, in the order of `pairs`."""
        self._pair_index: dict[PairEnds, int] = {}
        self.sa_pairs = self._pairs_of_sas()
        """The pair of each SA, -1 where its peer is not on the map."""
        self._cookie_pairs = {
            sa.id: pair
            for sa, pair in zip(self.trace.sas, self.sa_pairs, strict=True)
            if sa.kind == "ike" and pair >= 0
        }

    def node(self, name: str | None) -> int:
        """Return the number of a device, -1 for none and for one that is not on the map."""
        return self.index.get(name or "", -1)

    def indices(self, names: Iterable[str]) -> list[int]:
        """Return the numbers of those of `names` that are on the map."""
        return [self.index[name] for name in names if name in self.index]

    def link(self, sender: str, receiver: str) -> tuple[int, int]:
        """Return (cable, 1 if it runs from its end a to its end b) between two ports, (-1, 1) for none."""
        return self.links_by_port.get((sender, receiver), (-1, 1))

    def _pairs_of_sas(self) -> list[int]:
        """Return the pair of each SA: as its first holder sees it, for NAT may show the other end another."""
        found: list[int] = []
        for i, sa in enumerate(self.trace.sas):
            peer = self.judge.peer_node(i)
            known = next((found[k] for k in self.judge.partners(i) if k < i), -1)
            if known < 0 and sa.node in self.index and peer in self.index and peer != sa.node:
                known = self.pair(sa.node, peer or "", sa.local, sa.peer, sa.begun_us)
            found.append(known)
        return found

    def pair_of_message(self, message: Message) -> int:
        """Return the pair of an ISAKMP message, -1 if one of its ends is not on the map."""
        known = self._cookie_pairs.get(b"".join(message.cookies).hex())
        if known is not None:
            return known
        other = message.receiver if message.receiver in self.index else self.judge.owner(message.remote)
        if other not in self.index or message.sender not in self.index or other == message.sender:
            return -1
        return self.pair(message.sender, other or "", message.local, message.remote, message.at_us)

    def pair(self, one: str, other: str, local: int, remote: int, now_us: int) -> int:
        """Return the number of the pair of two addresses; its path is the way from one to the other.

        Two tunnels between the same devices but other addresses are two pairs, for they may go other ways.
        """
        a, b = sorted((one, other), key=lambda name: self.index[name])
        if one != a:
            local, remote = remote, local
        ends = PairEnds(a, b, local, remote)
        if ends not in self._pair_index:
            self._pair_index[ends] = len(self.pairs)
            self.pair_ends.append(ends)
            path = first_path(self.judge, ends, now_us)
            self.pairs.append({"a": self.index[a], "b": self.index[b], "path": path})
        return self._pair_index[ends]
