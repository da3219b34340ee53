"""What all parts of the stage's data share: names as indices, cables by their ports, pairs of gateways."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ipsec_edu.views.judge import Judge, port_name
from ipsec_edu.views.stage_types import StageRun

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
        self._pair_index: dict[tuple[str, str], int] = {}

    def node(self, name: str | None) -> int:
        """Return the number of a device, -1 for none and for one that is not on the map."""
        return self.index.get(name or "", -1)

    def indices(self, names: Iterable[str]) -> list[int]:
        """Return the numbers of those of `names` that are on the map."""
        return [self.index[name] for name in names if name in self.index]

    def link(self, sender: str, receiver: str) -> tuple[int, int]:
        """Return (cable, 1 if it runs from its end a to its end b) between two ports, (-1, 1) for none."""
        return self.links_by_port.get((sender, receiver), (-1, 1))

    def pair(self, one: str, other: str, local: int, remote: int) -> int:
        """Return the number of the pair of two devices; its path is the way between the two addresses."""
        a, b = sorted((one, other), key=lambda name: self.index[name])
        if (a, b) not in self._pair_index:
            if one != a:
                local, remote = remote, local
            steps = self.judge.way(a, b, None, local, remote) or self.judge.way(a, b, None) or []
            self._pair_index[a, b] = len(self.pairs)
            path = [[step.link, int(step.forward)] for step in steps]
            self.pairs.append({"a": self.index[a], "b": self.index[b], "path": path})
        return self._pair_index[a, b]
