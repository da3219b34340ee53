"""What a node remembers of its routing table: where its packets went last time."""

from __future__ import annotations

from ipsec_edu.net.interface import Interface
from ipsec_edu.routing.rib import Rib

__all__ = ["Paths"]

Way = tuple[Interface, int]
"""The outgoing interface, and the neighbour."""

_LIMIT = 4096
"""So many destinations are remembered at most, whoever sends to them."""


class Paths(dict[int, Way]):
    """Where destinations lead that have one path; where they have equal ones, `find` knows them by source.

    Usage: ``paths.get(destination) or paths.find(destination, source)``.

    Parameters
    ----------
    rib : Rib
        The routing table; whoever changes it calls `forget`.
    interfaces : dict
        The node's interfaces by name.
    """

    def __init__(self, rib: Rib, interfaces: dict[str, Interface]) -> None:
        super().__init__()
        self._rib = rib
        self._interfaces = interfaces
        self._shared: dict[tuple[int, int], Way] = {}

    def find(self, destination: int, source: int) -> Way | None:
        """Look a destination up in the routing table, and remember the answer until it changes."""
        known = self._shared.get((source, destination))
        if known is not None:
            return known
        path = self._rib.lookup(destination, source)
        interface = self._interfaces.get(path.interface) if path is not None else None
        if path is None or interface is None:
            return None
        if len(self) + len(self._shared) >= _LIMIT:
            self.forget()
        way = (interface, destination if path.next_hop is None else path.next_hop)
        if path.shared:
            self._shared[source, destination] = way
        else:
            self[destination] = way
        return way

    def forget(self) -> None:
        """Begin anew: a route came or went."""
        self.clear()
        self._shared.clear()
