"""The way of a packet at a moment, as the routing tables of that moment send it.

A cable that exists is not yet a way: while a router does not know that the cable behind it is dead, it
goes on sending there. So the tables are put together again from the routes that came and went
(`Trace.routes`), and a packet is handed from device to device as each of them would. Each direction
has a way of its own.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from zlib import crc32

from ipsec_edu.core.addr import Prefix, parse_ip
from ipsec_edu.routing.rib import Rib, Route
from ipsec_edu.trace.records import RouteChange
from ipsec_edu.views.cabling import Cabling, Step, port_name
from ipsec_edu.views.stage_types import StageRun

__all__ = ["RoutedWays"]

_MOST_HOPS = 64
"""A packet that is handed on more often goes in a circle."""


class RoutedWays:
    """Routing tables and the ways that follow from them; pure, built once per run."""

    def __init__(self, run: StageRun, cabling: Cabling) -> None:
        self._cabling = cabling
        self._changes: dict[str, list[RouteChange]] = defaultdict(list)
        for change in run.trace.routes:
            self._changes[change.node].append(change)
        self.times = sorted({change.at_us for change in run.trace.routes})
        """When any table changed. Empty: the run has no routes on record, and nothing here is known."""
        self._tables: dict[tuple[str, int], Rib] = {}
        self._ways: dict[tuple[str, str, int, int, int, int], list[Step] | None] = {}

    @property
    def known(self) -> bool:
        """Whether the run recorded any route."""
        return bool(self.times)

    def way(
        self, source: str, target: str, local: int, remote: int, now_us: int, inner: int = 0
    ) -> list[Step] | None:
        """Return the cables that a packet from `local` to `remote` is sent over, None if it is sent nowhere.

        Whether they work is another question (`Cabling.works`).

        Parameters
        ----------
        source, target : str
            Devices.
        local, remote : int
            Addresses in the packet's header.
        now_us : int
            The moment.
        inner : int
            The address that a device in between, which owns `remote`, translates it to; 0 for none.
        """
        key = (source, target, local, remote, now_us, inner)
        if key not in self._ways:
            self._ways[key] = self._walk(source, target, local, remote, now_us, inner)
        return self._ways[key]

    def _walk(
        self, source: str, target: str, local: int, remote: int, now_us: int, inner: int
    ) -> list[Step] | None:
        node = source
        steps: list[Step] = []
        for _ in range(_MOST_HOPS):
            if node == target:
                return steps
            if inner and self._cabling.owner(remote) == node:
                remote, inner = inner, 0
            path = self._table(node, now_us).lookup(remote, local)
            if path is None:
                return None
            hop = remote if path.next_hop is None else path.next_hop
            leg = self._cabling.across(port_name(node, path.interface), hop, now_us)
            if leg is None:
                return None
            steps += leg
            node = leg[-1].node
        return None

    def _table(self, node: str, now_us: int) -> Rib:
        """Return the table of a device as it was; equal routes are chosen among as the device does."""
        changes = self._changes[node]
        count = bisect_right(changes, now_us, key=lambda change: change.at_us)
        table = self._tables.get((node, count))
        if table is None:
            routes: dict[tuple[str, str, str], None] = {}
            for change in changes[:count]:
                key = (change.prefix, change.via, change.source)
                if change.change == "add":
                    routes[key] = None
                else:
                    routes.pop(key, None)
            table = self._tables[node, count] = _table_of(crc32(node.encode()), list(routes))
        return table


def _table_of(salt: int, routes: list[tuple[str, str, str]]) -> Rib:
    """Return a table of routes that were all installed, so nothing is left to choose or to validate."""
    table = Rib(salt=salt, maximum_paths=len(routes) or 1)
    offered = []
    for text, via, source in routes:
        prefix, hop = Prefix.parse(text), _address(via)
        offered.append(Route(prefix, hop, None if hop is not None else via, source))
        if hop is None:
            table.set_interface(via, True)
    table.add(*offered)
    return table


def _address(via: str) -> int | None:
    try:
        return parse_ip(via)
    except ValueError:
        return None
