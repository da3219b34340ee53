"""The routing table: candidates from every source, the best valid ones of each prefix installed.

A connected route is valid while its interface is up; a static route while the interface
it names is up, or while its next hop resolves through another installed route (recursion; RFC 1812,
5.2.4). Among the valid routes of a prefix the lowest administrative distance wins, then the lowest
metric, then the source that was entered first. Equal routes of that one source share the load
(connected ones never do): each pair of source and destination address keeps to one of them, as with
per-destination sharing in CEF, so the packets of a flow stay in order.
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
    tag: int = 0
    """What a route map can match (``ip route ... tag``)."""


@dataclass(frozen=True, slots=True)
class Path:
    """Where a packet goes: the interface, and the neighbour (None: the destination itself)."""

    interface: str
    next_hop: int | None
    route: Route
    shared: bool = False
    """Whether packets from another source address may go another way."""


_Lengths = list[tuple[int, dict[int, tuple[Route, ...]]]]
"""Netmasks, longest first, each with its networks and their routes."""

_DEPTH = 8
"""How often a next hop may resolve through another route; routers bound it likewise."""


class Rib:
    """The routing table of one device.

    Parameters
    ----------
    changed : callable, optional
        ``changed("add" or "del", route)`` for every route that is installed or leaves, deletions first.
    salt : int
        What makes this device choose among equal paths otherwise than its neighbours do. Devices of equal
        salt choose alike, and then the second in a row sends everything one way ("polarization").
    maximum_paths : int
        So many equal routes of a prefix are installed at most; an attribute too, for those to come.
    across_interfaces : bool
        Whether equal routes may leave by different interfaces. An ASA without traffic zones forbids it.
    """

    def __init__(
        self,
        changed: Callable[[str, Route], object] | None = None,
        salt: int = 0,
        *,
        maximum_paths: int = 4,
        across_interfaces: bool = True,
    ) -> None:
        self._changed = changed
        self._salt = salt
        self.maximum_paths = maximum_paths
        self._across_interfaces = across_interfaces
        self._candidates: dict[Route, None] = {}
        self._up: set[str] = set()
        self._installed: dict[Prefix, tuple[Route, ...]] = {}
        self._lengths: _Lengths = []

    def __iter__(self) -> Iterator[Route]:
        """Iterate over the installed routes, by prefix; equal ones by next hop."""
        for prefix in sorted(self._installed):
            yield from self._installed[prefix]

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
        """Return the installed route of exactly `prefix`, the first of several."""
        return next(iter(self.all_of(prefix)), None)

    def all_of(self, prefix: Prefix) -> tuple[Route, ...]:
        """Return all installed routes of exactly `prefix`: those that share the load."""
        return self._installed.get(prefix, ())

    def match(self, address: int) -> Route | None:
        """Return the installed route with the longest prefix that holds `address`, the first of several."""
        return next(iter(_longest(self._lengths, address)), None)

    def lookup(self, address: int, source: int = 0) -> Path | None:
        """Return where a packet from `source` to `address` goes, next hops resolved, or None."""
        first: Route | None = None
        next_hop: int | None = None
        target, shared = address, False
        for depth in range(_DEPTH):
            routes = _longest(self._lengths, target)
            if not routes:
                return None
            route = routes[0]
            if len(routes) > 1:
                # Another salt for each step of a recursion, or equal paths behind equal paths would lie idle.
                route = routes[_share(source, address, self._salt + depth, len(routes))]
                shared = True
            first = first or route
            if route.next_hop is not None:
                target = next_hop = route.next_hop
            if route.interface is not None:
                return Path(route.interface, next_hop, first, shared)
        return None

    def _update(self) -> None:
        """Install what is best now and report the differences."""
        before = self._installed
        self._installed, self._lengths = self._settle()
        if self._changed is None:
            return
        for change, old, new in (("del", before, self._installed), ("add", self._installed, before)):
            for prefix in sorted(old):
                for route in old[prefix]:
                    if route not in new.get(prefix, ()):
                        self._changed(change, route)

    def _settle(self) -> tuple[dict[Prefix, tuple[Route, ...]], _Lengths]:
        """Return the installed routes: grown from the interfaces that are up, to a fixed point.

        A next hop may resolve through a route that itself must resolve first. Each round judges every
        candidate by the table of the round before; a table that does not settle (routes that
        validate and invalidate each other) is left as it is after as many rounds as there are candidates.
        """
        ranked = sorted(self._candidates, key=lambda route: (route.distance, route.metric))
        installed: dict[Prefix, tuple[Route, ...]] = {}
        lengths: _Lengths = []
        for _ in range(len(ranked) + 1):
            valid: dict[Prefix, list[Route]] = {}
            for route in ranked:
                chosen = valid.setdefault(route.prefix, [])
                if (not chosen or self._shares(chosen, route)) and _valid(route, lengths, self._up):
                    chosen.append(route)
            following = {
                prefix: tuple(sorted(chosen, key=_in_order)[: self.maximum_paths])
                for prefix, chosen in valid.items()
                if chosen
            }
            if following == installed:
                break
            installed = following
            lengths = _by_length(installed)
        return installed, lengths

    def _shares(self, chosen: list[Route], route: Route) -> bool:
        """Tell whether `route` may share the load with the routes that were `chosen` before it."""
        best = chosen[0]
        return (
            route.source == best.source != CONNECTED
            and (route.distance, route.metric) == (best.distance, best.metric)
            and (self._across_interfaces or route.interface == best.interface)
            and all(
                (route.next_hop, route.interface) != (other.next_hop, other.interface) for other in chosen
            )
        )


def _in_order(route: Route) -> tuple[int, str]:
    """Equal routes stand in an order that does not depend on who came first, so choices are stable."""
    return route.next_hop or 0, route.interface or ""


def _share(source: int, destination: int, salt: int, count: int) -> int:
    """Return which of `count` equal paths the packets from `source` to `destination` take.

    Cisco does not publish the hash of CEF. This one multiplies the fields with odd constants and
    mixes the product (the finalizer of MurmurHash3), so addresses that differ in one bit share evenly.
    """
    mixed = (source * 0x9E3779B1 ^ destination * 0x85EBCA77 ^ salt * 0xC2B2AE3D) & 0xFFFFFFFF
    mixed = (mixed ^ mixed >> 16) * 0x85EBCA6B & 0xFFFFFFFF
    mixed = (mixed ^ mixed >> 13) * 0xC2B2AE35 & 0xFFFFFFFF
    return (mixed ^ mixed >> 16) % count


def _valid(route: Route, lengths: _Lengths, up: set[str]) -> bool:
    if route.interface is not None:
        return route.interface in up
    return route.next_hop is not None and _resolves(lengths, route.next_hop, route.prefix, _DEPTH)


def _resolves(lengths: _Lengths, next_hop: int, avoid: Prefix, depth: int) -> bool:
    """Tell whether one way at least leads from `next_hop` to an interface, and not through `avoid`."""
    for route in _longest(lengths, next_hop) if depth else ():
        if route.prefix == avoid:
            return False
        if route.interface is not None:
            return True
        if route.next_hop is not None and _resolves(lengths, route.next_hop, avoid, depth - 1):
            return True
    return False


def _by_length(installed: dict[Prefix, tuple[Route, ...]]) -> _Lengths:
    tables: dict[int, dict[int, tuple[Route, ...]]] = {}
    for prefix, routes in installed.items():
        tables.setdefault(prefix.length, {})[prefix.network] = routes
    return [(mask_of(length), tables[length]) for length in sorted(tables, reverse=True)]


def _longest(lengths: _Lengths, address: int) -> tuple[Route, ...]:
    """Return the routes of the longest prefix that holds `address`."""
    for mask, networks in lengths:
        routes = networks.get(address & mask)
        if routes is not None:
            return routes
    return ()
