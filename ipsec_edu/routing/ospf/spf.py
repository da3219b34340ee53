"""Shortest paths and the routes along them (RFC 2328, 16.1 and 16.4)."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ipsec_edu.core.addr import Prefix, prefix_length
from ipsec_edu.routing.ospf.events import NextHop, OspfRoute
from ipsec_edu.wire.ospf_lsa import (
    EXTERNAL_LSA,
    LS_INFINITY,
    NETWORK_LSA,
    ROUTER_LSA,
    STUB,
    TO_ROUTER,
    TRANSIT,
    ExternalLsa,
    Key,
    Lsa,
    NetworkLsa,
    RouterLsa,
)

__all__ = ["Attachment", "Node", "Vertex", "routes", "shortest_paths"]

NETWORK, ROUTER = 0, 1
Vertex = tuple[int, int]
"""`NETWORK` and the designated router's address, or `ROUTER` and its ID; networks first, so that of equal
costs none is missed (16.1, step 3)."""
Hops = frozenset[NextHop]


@dataclass(frozen=True, slots=True)
class Attachment:
    """An interface of the root that is up; `neighbors` gives the address of each adjacent router ID."""

    name: str
    address: int
    prefix: Prefix
    neighbors: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Node:
    """A vertex of the tree: what the way to it costs, and the next hops."""

    cost: int
    hops: Hops


class _Graph:
    """The database as a graph."""

    def __init__(self, lsas: Mapping[Key, Lsa]) -> None:
        self.routers: dict[int, RouterLsa] = {}
        self.networks: dict[int, NetworkLsa] = {}
        for key in sorted(lsas):
            body = lsas[key].body
            if isinstance(body, RouterLsa):
                self.routers[key[2]] = body
            elif isinstance(body, NetworkLsa):
                self.networks[key[1]] = body

    def edges(self, vertex: Vertex) -> Iterator[tuple[Vertex, int, int]]:
        """Yield where one can go from `vertex`, at what cost, and the link's data (own address)."""
        kind, name = vertex
        if kind == NETWORK:
            for router in self.networks[name].routers:
                yield (ROUTER, router), 0, 0
            return
        for link in self.routers[name].links:
            if link.type == TO_ROUTER:
                yield (ROUTER, link.link_id), link.metric, link.data
            elif link.type == TRANSIT:
                yield (NETWORK, link.link_id), link.metric, link.data

    def leads_back(self, vertex: Vertex, to: Vertex) -> bool:
        """Tell whether `vertex` exists and names `to`: any link will do, not this very one (16.1, 2b)."""
        known = vertex[1] in (self.routers if vertex[0] == ROUTER else self.networks)
        return known and any(other == to for other, _, _ in self.edges(vertex))

    def address_on(self, router: int, network: int) -> int | None:
        """Return the address that a router has on a network."""
        for link in self.routers[router].links:
            if link.type == TRANSIT and link.link_id == network:
                return link.data
        return None


def shortest_paths(
    lsas: Mapping[Key, Lsa], root: int, attachments: tuple[Attachment, ...]
) -> dict[Vertex, Node]:
    """Return the shortest-path tree: Dijkstra's algorithm, all equal ways kept."""
    graph = _Graph(lsas)
    start: Vertex = (ROUTER, root)
    if root not in graph.routers:
        return {}
    own = {attachment.address: attachment for attachment in attachments}
    tree: dict[Vertex, Node] = {}
    best: dict[Vertex, Node] = {start: Node(0, frozenset())}
    heap: list[tuple[int, Vertex]] = [(0, start)]
    while heap:
        cost, vertex = heapq.heappop(heap)
        if vertex in tree or best[vertex].cost != cost:
            continue
        node = tree[vertex] = best[vertex]
        for other, metric, data in graph.edges(vertex):
            if other in tree or not graph.leads_back(other, vertex):
                continue
            hops = _hops(graph, vertex, node, other, own.get(data), vertex == start)
            known, total = best.get(other), cost + metric
            if not hops or (known is not None and known.cost < total):
                continue
            if known is not None and known.cost == total:
                best[other] = Node(total, known.hops | hops)
            else:
                best[other] = Node(total, hops)
                heapq.heappush(heap, (total, other))
    return tree


def _hops(
    graph: _Graph, parent: Vertex, node: Node, vertex: Vertex, link: Attachment | None, at_root: bool
) -> Hops:
    """Return the next hops to `vertex` by `parent` (16.1.1)."""
    if at_root:
        if link is None:
            return frozenset()
        if vertex[0] == NETWORK:
            return frozenset({NextHop(link.name, None)})
        address = link.neighbors.get(vertex[1])
        return frozenset() if address is None else frozenset({NextHop(link.name, address)})
    if parent[0] == NETWORK:
        address = graph.address_on(vertex[1], parent[1])
        return frozenset(NextHop(hop.interface, address) if hop.address is None else hop for hop in node.hops)
    return node.hops


_Found = dict[Prefix, Node]


def routes(
    lsas: Mapping[Key, Lsa], root: int, attachments: tuple[Attachment, ...], most: int
) -> tuple[OspfRoute, ...]:
    """Return the routes to everything but the own networks, by prefix.

    Parameters
    ----------
    lsas : mapping of Key to Lsa
        The database, without what reached MaxAge.
    root : int
        The own router ID.
    attachments : tuple of Attachment
        Interfaces that are up; their order breaks ties when there are more than `most` ways.
    most : int
        Next hops per route.
    """
    tree = shortest_paths(lsas, root, attachments)
    inside = _inside(lsas, tree)
    for attachment in attachments:
        hop = frozenset({NextHop(attachment.name, None)})
        inside[attachment.prefix] = Node(0, hop)
    outside = _outside(lsas, root, tree, inside)
    order = {attachment.name: index for index, attachment in enumerate(attachments)}

    def ranked(hops: Hops) -> tuple[NextHop, ...]:
        return tuple(sorted(hops, key=lambda hop: (order[hop.interface], hop.address or 0))[:most])

    own = {attachment.prefix for attachment in attachments}
    own |= {Prefix(attachment.address, 32) for attachment in attachments}
    found = [
        OspfRoute(prefix, "intra", node.cost, ranked(node.hops))
        for prefix, node in inside.items()
        if prefix not in own
    ]
    found += [
        OspfRoute(prefix, f"e{way.metric_type}", way.printed, ranked(way.hops), way.tag)
        for prefix, way in outside.items()
        if prefix not in inside and prefix not in own
    ]
    return tuple(sorted(found, key=lambda route: route.prefix))


def _offer(found: _Found, prefix: Prefix, cost: int, hops: Hops) -> None:
    """Keep the cheapest way to a prefix; equal ones join."""
    known = found.get(prefix)
    if known is None or cost < known.cost:
        found[prefix] = Node(cost, hops)
    elif cost == known.cost:
        found[prefix] = Node(cost, known.hops | hops)


def _inside(lsas: Mapping[Key, Lsa], tree: Mapping[Vertex, Node]) -> _Found:
    """Return the ways to the networks of the area: those between routers, then the stubs."""
    found: _Found = {}
    for key, lsa in lsas.items():
        if key[0] == NETWORK_LSA and isinstance(lsa.body, NetworkLsa):
            node, prefix = tree.get((NETWORK, key[1])), _prefix(key[1], lsa.body.mask)
            if node is not None and prefix is not None:
                _offer(found, prefix, node.cost, node.hops)
    for key, lsa in lsas.items():
        node = tree.get((ROUTER, key[2])) if key[0] == ROUTER_LSA else None
        if node is None or not node.hops or not isinstance(lsa.body, RouterLsa):
            continue  # the root has no hops: its stubs are its own networks
        for link in lsa.body.links:
            prefix = _prefix(link.link_id, link.data) if link.type == STUB else None
            if prefix is not None:
                _offer(found, prefix, node.cost + link.metric, node.hops)
    return found


def _prefix(network: int, mask: int) -> Prefix | None:
    """Return the prefix, None where the mask has holes (some router is broken)."""
    try:
        length = prefix_length(mask)
    except ValueError:
        return None
    return Prefix(network & mask, length)


@dataclass(frozen=True, slots=True)
class _Way:
    """A way to an external destination: `rank` orders them (16.4, step 6)."""

    rank: tuple[int, int, int]
    metric_type: int
    printed: int
    tag: int
    hops: Hops


def _outside(
    lsas: Mapping[Key, Lsa], root: int, tree: Mapping[Vertex, Node], inside: _Found
) -> dict[Prefix, _Way]:
    """Return the best ways to what is announced from outside."""
    found: dict[Prefix, _Way] = {}
    for key in sorted(lsas):
        body = lsas[key].body
        if key[0] != EXTERNAL_LSA or key[2] == root or not isinstance(body, ExternalLsa):
            continue
        prefix = _prefix(key[1], body.mask)
        exit_ = _exit(body, tree.get((ROUTER, key[2])), inside)
        if prefix is None or exit_ is None or body.metric >= LS_INFINITY:
            continue
        if body.metric_type == 1:
            rank, printed = (1, exit_.cost + body.metric, 0), exit_.cost + body.metric
        else:
            rank, printed = (2, body.metric, exit_.cost), body.metric
        known = found.get(prefix)
        if known is None or rank < known.rank:
            found[prefix] = _Way(rank, body.metric_type, printed, body.tag, exit_.hops)
        elif rank == known.rank:
            found[prefix] = _Way(rank, body.metric_type, printed, known.tag, known.hops | exit_.hops)
    return found


def _exit(body: ExternalLsa, border: Node | None, inside: _Found) -> Node | None:
    """Return the way out of the area: to the border router, or to the forwarding address it names."""
    if border is None or not border.hops:
        return None
    if body.forward == 0:
        return border
    holding = [prefix for prefix in inside if prefix.contains(body.forward)]
    if not holding:
        return None
    node = inside[max(holding, key=lambda prefix: prefix.length)]
    return Node(
        node.cost,
        frozenset(NextHop(hop.interface, hop.address or body.forward) for hop in node.hops),
    )
