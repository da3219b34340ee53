"""What a router says about itself: its own LSAs (RFC 2328, 12.4 and 13.4)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ipsec_edu.core.addr import mask_of
from ipsec_edu.core.timers import Timer
from ipsec_edu.core.units import SECOND
from ipsec_edu.routing.ospf.backoff import Backoff
from ipsec_edu.routing.ospf.events import External
from ipsec_edu.routing.ospf.tables import InterfaceState, NeighborState
from ipsec_edu.wire.ospf_lsa import (
    EXTERNAL_LSA,
    INITIAL_SEQUENCE,
    MAX_AGE,
    MAX_SEQUENCE,
    NETWORK_LSA,
    ROUTER_LSA,
    STUB,
    TO_ROUTER,
    TRANSIT,
    ExternalLsa,
    Key,
    Lsa,
    LsaBody,
    NetworkLsa,
    RouterLink,
    RouterLsa,
)

if TYPE_CHECKING:
    from ipsec_edu.routing.ospf.core import OspfCore
    from ipsec_edu.routing.ospf.interface import Interface

__all__ = ["Originator"]

_OVERTAKE_US = 5 * SECOND
"""An LSA of ours that comes back to us is overtaken at once only so often (MinLSInterval)."""
_FULL = NeighborState.FULL


class Originator:
    """Keeps the own LSAs in the database as the state of the router wants them."""

    def __init__(self, core: OspfCore) -> None:
        self._core = core
        self._externals: dict[Key, ExternalLsa] = {}
        self._backoff: dict[Key, Backoff] = {}
        self._timers: dict[Key, Timer] = {}
        self._overtaken_us: dict[Key, int] = {}

    def redistribute(self, externals: Iterable[External]) -> None:
        """Make `externals` all that is announced from outside."""
        router = self._core.settings.router_id
        kept = {external.prefix: external for external in externals}
        names = _link_state_ids(kept.values())
        self._externals = {
            (EXTERNAL_LSA, names[external], router): ExternalLsa(
                external.prefix.mask, external.metric, external.metric_type, external.forward, external.tag
            )
            for external in kept.values()
        }

    def wanted(self) -> dict[Key, LsaBody]:
        """Return the own LSAs as they should be now."""
        core = self._core
        router = core.settings.router_id
        wanted: dict[Key, LsaBody] = {}
        links: list[RouterLink] = []
        for interface in core.interfaces.values():
            links += _links(interface)
            routers = _adjacent(interface)
            if interface.state is InterfaceState.DR and routers:
                key = NETWORK_LSA, interface.settings.address, router
                wanted[key] = NetworkLsa(mask_of(interface.settings.length), (router, *routers))
        flags = RouterLsa.BORDER if self._externals else 0
        return {(ROUTER_LSA, router, router): RouterLsa(tuple(links), flags), **wanted, **self._externals}

    def review(self, now_us: int) -> None:
        """Announce what changed (as soon as the throttle lets it), flush what is no longer so."""
        core, wanted = self._core, self.wanted()
        router = core.settings.router_id
        for entry in core.lsdb:
            key = entry.key
            if key[2] == router and key not in wanted and key not in core.lsdb.dying:
                self._flush(entry.lsa, now_us)
        for key, body in wanted.items():
            if self._differs(key, body):
                self._ask(key, now_us)
            elif key[0] == ROUTER_LSA:
                core.unchanged(now_us)

    def _differs(self, key: Key, body: LsaBody) -> bool:
        entry = self._core.lsdb.get(key)
        return entry is None or key in self._core.lsdb.dying or entry.flooded or entry.lsa.body != body

    def _ask(self, key: Key, now_us: int) -> None:
        timer = self._timers.get(key)
        if timer is None:
            timer = self._timers[key] = Timer(lambda now_us: self._due(key, now_us))
            self._backoff[key] = Backoff(self._core.settings.lsa)
        if timer.at_us is None:
            self._core.timers.arm(timer, self._backoff[key].when(now_us))

    def _due(self, key: Key, now_us: int) -> None:
        body = self.wanted().get(key)
        if body is None:
            return
        if self._differs(key, body):
            self._originate(key, body, now_us)
        elif key[0] == ROUTER_LSA:
            self._core.unchanged(now_us)

    def _originate(self, key: Key, body: LsaBody, now_us: int, after: int | None = None) -> None:
        """Install and flood the next instance; `after` is a sequence number that it must exceed."""
        core = self._core
        entry = core.lsdb.get(key)
        if after is None and entry is not None:
            after = entry.lsa.header.sequence
        if after == MAX_SEQUENCE:
            # the numbers start over only after the last one is gone everywhere (12.1.6)
            if entry is not None and key not in core.lsdb.dying:
                self._flush(entry.lsa, now_us)
            return
        sequence = INITIAL_SEQUENCE if after is None else (after + 1) & 0xFFFFFFFF
        backoff = self._backoff.setdefault(key, Backoff(core.settings.lsa))
        backoff.ran(now_us)
        core.announce(Lsa.make(key[1], key[2], sequence, body), now_us)

    def refresh(self, key: Key, now_us: int) -> None:
        """An own LSA is half an hour old: say it again (12.4, event 1)."""
        body = self.wanted().get(key)
        if body is not None:
            self._originate(key, body, now_us)

    def owns(self, lsa: Lsa) -> bool:
        """Tell whether an LSA that came from elsewhere is ours (13.4)."""
        header, core = lsa.header, self._core
        if header.router == core.settings.router_id:
            return True
        addresses = {interface.settings.address for interface in core.interfaces.values()}
        return header.type == NETWORK_LSA and header.ls_id in addresses

    def overtake(self, lsa: Lsa, now_us: int) -> bool:
        """Outdo an instance of an own LSA that is newer than ours, or flush it (13.4).

        False where that was done a moment ago: somebody else uses our router ID, and who always answers at
        once would race with him for ever. Then the throttle decides when.
        """
        key, sequence = lsa.key, lsa.header.sequence
        body = self.wanted().get(key)
        if body is None or sequence == MAX_SEQUENCE:
            self._flush(lsa, now_us)
            return True
        last_us = self._overtaken_us.get(key)
        if last_us is not None and now_us - last_us < _OVERTAKE_US:
            self._core.dirty = True
            return False
        self._overtaken_us[key] = now_us
        self._originate(key, body, now_us, after=sequence)
        return True

    def _flush(self, lsa: Lsa, now_us: int) -> None:
        """Take an LSA out of everybody's database, by premature aging (14.1)."""
        self._core.announce(lsa.aged(MAX_AGE), now_us)


def _links(interface: Interface) -> list[RouterLink]:
    """Return what the router LSA says about an interface (12.4.1)."""
    settings, state = interface.settings, interface.state
    if state is InterfaceState.DOWN:
        return []
    if state is InterfaceState.LOOPBACK:
        return [RouterLink(STUB, settings.address, 0xFFFFFFFF, settings.cost)]
    mask = mask_of(settings.length)
    stub = RouterLink(STUB, settings.address & mask, mask, settings.cost)
    if state is InterfaceState.POINT_TO_POINT:
        links = [
            RouterLink(TO_ROUTER, router, settings.address, settings.cost) for router in _adjacent(interface)
        ]
        return [*links, stub]
    if state is InterfaceState.DR:
        attached = bool(_adjacent(interface))
    else:
        designated = interface.neighbors.get(interface.dr)
        attached = designated is not None and designated.state is _FULL
    if attached and state is not InterfaceState.WAITING:
        return [RouterLink(TRANSIT, interface.dr, settings.address, settings.cost)]
    return [stub]


def _adjacent(interface: Interface) -> tuple[int, ...]:
    """Return the router IDs of the neighbours that are Full, in order."""
    return tuple(
        sorted(neighbor.router_id for neighbor in interface.neighbors.values() if neighbor.state is _FULL)
    )


def _link_state_ids(externals: Iterable[External]) -> dict[External, int]:
    """Name each external by its network; of several with the same network all but one by host bits.

    (RFC 2328, appendix E: the one that keeps the network's name is the shortest, or a host, which has no
    host bits.)
    """
    names: dict[External, int] = {}
    taken: set[int] = set()
    for external in sorted(externals, key=lambda one: (one.prefix.length != 32, one.prefix.length)):
        network = external.prefix.network
        name = network if network not in taken else network | (~external.prefix.mask & 0xFFFFFFFF)
        taken.add(network)
        names[external] = name
    return names
