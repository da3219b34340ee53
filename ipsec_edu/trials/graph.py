"""What the graph of cables alone predicts: single points of failure, smallest cuts, what stays connected.

It knows nothing of routes, timers, peers and keys. That is what it is for: where a run comes out
otherwise, one of those is why.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ipsec_edu.trials.failures import Failure, ends_of

if TYPE_CHECKING:
    from ipsec_edu.lab import Lab

__all__ = ["Graph"]


class Graph:
    """The lab's devices and cables as a networkx multigraph; cables are keyed by their number."""

    def __init__(self, lab: Lab) -> None:
        import networkx as nx

        self._nx = nx
        self.whole: Any = nx.MultiGraph()
        self.whole.add_nodes_from(lab.topology.nodes)
        for number, link in enumerate(lab.topology.links):
            self.whole.add_edge(link.a.partition(":")[0], link.b.partition(":")[0], number)
        self.ends = {flow: ends for flow, ends in ends_of(lab).items() if ends[1] is not None}
        """Flows whose two ends are known devices."""

    def without(self, failures: Sequence[Failure]) -> Any:
        """Return the graph that is left."""
        left = self.whole.copy()
        for failure in failures:
            if failure.link is None:
                left.remove_node(failure.target)
            else:
                left.remove_edges_from([edge for edge in left.edges(keys=True) if edge[2] == failure.link])
        return left

    def way(self, flow: str, failures: Sequence[Failure]) -> list[str] | None:
        """Return a way between the ends of `flow` that is left, None if there is none."""
        source, destination = self.ends[flow]
        left = self.without(failures)
        if source in left and destination in left and self._nx.has_path(left, source, destination):
            return list(self._nx.shortest_path(left, source, destination))
        return None

    def single_points(self, flow: str, failures: Sequence[Failure]) -> list[Failure]:
        """Return those failures that alone disconnect the ends of `flow`.

        These are the bridges and articulation points of the graph, as far as they lie between the ends.
        """
        simple: Any = self._nx.Graph(self.whole)
        joints = set(self._nx.articulation_points(simple))
        bridges = {frozenset(edge[:2]) for edge in self._nx.bridges(self.whole)}
        return [
            failure
            for failure in failures
            if (failure.target in joints if failure.link is None else frozenset(failure.touches) in bridges)
            and self.way(flow, [failure]) is None
        ]

    def smallest_cut(self, flow: str) -> list[int]:
        """Return the fewest cables, other than single points of failure, whose loss disconnects the ends.

        Empty where only single points of failure can.
        """
        nx = self._nx
        source, destination = self.ends[flow]
        bridges = {frozenset(edge[:2]) for edge in nx.bridges(self.whole)}
        # A cable counts 1, a bridge more than all cables together; parallel cables add up.
        far_more = self.whole.number_of_edges() + 1
        flowing: Any = nx.Graph()
        flowing.add_nodes_from(self.whole)
        for a, b, _ in self.whole.edges(keys=True):
            weight = far_more if frozenset((a, b)) in bridges else 1
            before = flowing[a][b]["capacity"] if flowing.has_edge(a, b) else 0
            flowing.add_edge(a, b, capacity=before + weight)
        if source == destination or not nx.has_path(flowing, source, destination):
            return []
        value, (near, _) = nx.minimum_cut(flowing, source, destination)
        if value >= far_more:
            return []
        return sorted(key for a, b, key in self.whole.edges(keys=True) if (a in near) is not (b in near))
