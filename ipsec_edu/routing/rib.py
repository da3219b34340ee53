"""The routing table: candidates from every source, the best valid one of each prefix installed.

A connected route is valid while its interface is up; a static route while the interface
it names is up, or while its next hop resolves through another installed route (recursion; RFC 1812,
5.2.4). Among the valid routes of a prefix the lowest administrative distance wins, then the lowest
metric, then the one that was entered first (there is no load sharing over equal routes).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ipsec_edu.core.addr import Prefix, mask_of

__all__ = ["CONNECTED", "STATIC", "Path", "Rib", "Route"]

CONNECTED, STATIC = "connected", "static"


@dataclass(frozen=True, slots=True)
class Route:
    """One way to a prefix, as a source offers it.

    Attributes
    ----------
    next_hop : int or None
        None: the destination itself is the neighbour.
    interface : str or None
        None: to be found by resolving `next_hop`.
    source : str
        ``connected``, ``static``, or a protocol's name.
    """

    prefix: Prefix
    next_hop: int | None = None
    interface: str | None = None
    source: str = STATIC
    distance: int = 1
    metric: int = 0
    name: str = ""


@dataclass(frozen=True, slots=True)
class Path:
    """Where a packet goes: the interface, and the neighbour (None: the destination itself)."""

    interface: str
    next_hop: int | None
    route: Route


class Rib:
    """The routing table of one device.

    Parameters
    ----------
    changed : callable, optional
        ``changed("add" or "del", route)`` for every route that is installed or leaves, deletions first.
    """

    def __init__(self, changed: Callable[[str, Route], object] | None = None) -> None:
        self._changed = changed
        self._candidates: dict[Route, None] = {}
        self._up: set[str] = set()
        self._installed: dict[Prefix, Route] = {}
        self._lengths: list[tuple[int, dict[int, Route]]] = []

    def __iter__(self) -> Iterator[Route]:
        """Iterate over the installed routes, by prefix."""
        return iter(sorted(self._installed.values(), key=lambda route: route.prefix))

    def add(self, *routes: Route) -> None:
        """Offer routes; one that is offered already stays as it is."""
        self._candidates.update(dict.fromkeys(routes))
        self._update()

    def remove(self, *routes: Route) -> None:
        """Withdraw routes (those that were never offered do not matter)."""
        for route in routes:
            self._candidates.pop(route, None)
        self._update()

    def replace(self, source: str, routes: Iterable[Route]) -> None:
        """Make `routes` all that `source` offers, in one step."""
        kept = [route for route in self._candidates if route.source != source]
        self._candidates = dict.fromkeys([*kept, *routes])
        self._update()

    def set_interface(self, name: str, up: bool) -> None:
        """Tell the table that an interface came up or went down."""
        if up != (name in self._up):
            (self._up.add if up else self._up.discard)(name)
            self._update()

    def candidates(self) -> tuple[Route, ...]:
        """Return every route on offer, valid or not."""
        return tuple(self._candidates)

    def get(self, prefix: Prefix) -> Route | None:
        """Return the installed route of exactly `prefix`."""
        return self._installed.get(prefix)

    def match(self, address: int) -> Route | None:
        """Return the installed route with the longest prefix that holds `address`."""
        for mask, networks in self._lengths:
            route = networks.get(address & mask)
            if route is not None:
                return route
        return None

    def lookup(self, address: int) -> Path | None:
        """Return where a packet to `address` goes, next hops resolved, or None."""
        return _resolve(self._lengths, address)

    def _update(self) -> None:
        """Install what is best now and report the differences."""
        before = self._installed
        self._installed, self._lengths = _settle(self._candidates, self._up)
        if self._changed is None:
            return
        for change, old, new in (("del", before, self._installed), ("add", self._installed, before)):
            for prefix in sorted(old):
                if new.get(prefix) != old[prefix]:
                    self._changed(change, old[prefix])


_Lengths = list[tuple[int, dict[int, Route]]]


def _settle(candidates: Iterable[Route], up: set[str]) -> tuple[dict[Prefix, Route], _Lengths]:
    """Return the installed routes: grown from the interfaces that are up, to a fixed point.

    A next hop may resolve through a route that itself must resolve first. Each round judges every
    candidate by the table of the round before; a table that does not settle (routes that
    validate and invalidate each other) is left as it is after as many rounds as there are candidates.
    """
    ranked = sorted(candidates, key=lambda route: (route.distance, route.metric))
    installed: dict[Prefix, Route] = {}
    lengths: _Lengths = []
    for _ in range(len(ranked) + 1):
        following: dict[Prefix, Route] = {}
        for route in ranked:
            if route.prefix not in following and _valid(route, lengths, up):
                following[route.prefix] = route
        if following == installed:
            break
        installed = following
        lengths = _by_length(installed)
    return installed, lengths


def _valid(route: Route, lengths: _Lengths, up: set[str]) -> bool:
    if route.interface is not None:
        return route.interface in up
    return route.next_hop is not None and _resolve(lengths, route.next_hop, avoid=route.prefix) is not None


def _by_length(installed: dict[Prefix, Route]) -> _Lengths:
    tables: dict[int, dict[int, Route]] = {}
    for prefix, route in installed.items():
        tables.setdefault(prefix.length, {})[prefix.network] = route
    return [(mask_of(length), tables[length]) for length in sorted(tables, reverse=True)]


def _resolve(lengths: _Lengths, address: int, avoid: Prefix | None = None) -> Path | None:
    """Follow next hops until a route names an interface; through `avoid` nothing resolves."""
    first: Route | None = None
    next_hop: int | None = None
    for _ in range(8):  # routers bound the depth of recursion likewise
        for mask, networks in lengths:
            route = networks.get(address & mask)
            if route is not None:
                break
        else:
            return None
        if route.prefix == avoid:
            return None
        first = first or route
        if route.interface is not None:
            if route.next_hop is not None:
                next_hop = route.next_hop
            return Path(route.interface, next_hop, first)
        assert route.next_hop is not None
        address = next_hop = route.next_hop
    return None
