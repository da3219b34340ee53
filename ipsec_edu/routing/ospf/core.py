"""The OSPF core of one device: what it hears, what it wants to be sent, which routes it found.

No clock, no socket, no randomness: every entry takes the time, `deadline` says when `expire` is wanted,
`drain` hands over what happened, in order. Nothing that comes over the network makes it raise. A router that
crashes is a core thrown away; the new one starts its sequence numbers over (RFC 2328, 13.4).
"""

from __future__ import annotations

from dataclasses import dataclass

from ipsec_edu.core.addr import Prefix, format_ip
from ipsec_edu.core.timers import Timer, Timers
from ipsec_edu.routing.ospf import exchange, flooding
from ipsec_edu.routing.ospf.backoff import Backoff
from ipsec_edu.routing.ospf.events import Event, External, OspfRoute, RoutesChanged, Send
from ipsec_edu.routing.ospf.interface import Interface
from ipsec_edu.routing.ospf.lsdb import Entry, Lsdb
from ipsec_edu.routing.ospf.neighbor import Neighbor
from ipsec_edu.routing.ospf.origination import Originator
from ipsec_edu.routing.ospf.spf import Attachment, routes
from ipsec_edu.routing.ospf.tables import InterfaceInput, InterfaceState, NeighborInput, NeighborState
from ipsec_edu.routing.settings import OspfSettings
from ipsec_edu.wire.ospf import (
    ALL_DR_ROUTERS,
    DatabaseDescription,
    Hello,
    LinkStateAck,
    LinkStateRequest,
    LinkStateUpdate,
    OspfBody,
    OspfPacket,
)
from ipsec_edu.wire.ospf_lsa import Lsa, LsaHeader

__all__ = ["OspfCore", "SpfStatistics"]

_OVERHEAD = 20 + 24 + 4  # IPv4, OSPF, the number of LSAs


@dataclass(slots=True)
class SpfStatistics:
    """How often routes were computed, and when last; `due_us`: when next, if asked for."""

    runs: int = 0
    last_us: int | None = None
    due_us: int | None = None


class OspfCore:
    """OSPF as one device speaks it.

    Parameters
    ----------
    settings : OspfSettings
        The process and its interfaces; all of them are down until `interface_up`.

    Attributes
    ----------
    interfaces : dict of str to Interface
        By name, in the order of the configuration.
    lsdb : Lsdb
        The link state database; iterate for its entries.
    routes : tuple of OspfRoute
        What SPF found last.
    spf : SpfStatistics
        Of the route computation.
    """

    def __init__(self, settings: OspfSettings) -> None:
        self.settings = settings
        self.events: list[Event] = []
        self.timers = Timers()
        self.interfaces = {one.name: Interface(self, one) for one in settings.interfaces}
        self.lsdb = Lsdb(settings.router_id, self.timers, self._aged)
        self.originator = Originator(self)
        self.routes: tuple[OspfRoute, ...] = ()
        self.spf = SpfStatistics()
        self._spf_timer = Timer(self._compute)
        self._spf_backoff = Backoff(settings.spf)
        self._attached: tuple[Attachment, ...] = ()
        # what the machines leave to be done when an input is dealt with
        self.dirty = False
        self.elections: dict[Interface, None] = {}
        self.loading: dict[Neighbor, None] = {}
        self.acks: dict[tuple[Interface, int], list[LsaHeader]] = {}
        self._updates: dict[tuple[Interface, int], list[Lsa]] = {}

    # what a driver calls

    def interface_up(self, name: str, now_us: int) -> None:
        """An interface can carry packets (nothing happens where it could already, or is not OSPF's)."""
        interface = self.interfaces.get(name)
        if interface is not None and interface.state is InterfaceState.DOWN:
            interface.up(now_us)
            self._finish(now_us)

    def interface_down(self, name: str, now_us: int) -> None:
        """An interface lost its link."""
        interface = self.interfaces.get(name)
        if interface is not None and interface.state is not InterfaceState.DOWN:
            interface.step(InterfaceInput.INTERFACE_DOWN, now_us)
            self._finish(now_us)

    def receive(self, interface: str, source: int, destination: int, packet: OspfPacket, now_us: int) -> None:
        """Take a packet that came in by `interface`."""
        port = self.interfaces.get(interface)
        if port is None:
            return
        neighbor = port.neighbors.get(source)
        if neighbor is not None and neighbor.last_hello is packet:
            neighbor.dead_us = now_us + port.dead_us
            return
        if self._acceptable(port, source, destination, packet):
            if isinstance(packet.body, Hello):
                port.receive_hello(source, packet, packet.body, now_us)
            elif neighbor is not None and neighbor.router_id == packet.router_id:
                self._dispatch(neighbor, packet.body, now_us)
            self._finish(now_us)

    def redistribute(self, externals: tuple[External, ...], now_us: int) -> None:
        """Make `externals` all that is announced from outside OSPF."""
        self.originator.redistribute(externals)
        self.dirty = True
        self._finish(now_us)

    def neighbor_lost(self, interface: str, address: int, reason: str, now_us: int) -> None:
        """Somebody who knows better (BFD) says that a neighbour is gone."""
        port = self.interfaces.get(interface)
        neighbor = None if port is None else port.neighbors.get(address)
        if neighbor is not None:
            neighbor.step(NeighborInput.KILL_NBR, now_us, reason)
            self._finish(now_us)

    def deadline(self) -> int | None:
        """Return the earliest time at which `expire` wants to be called, None for never."""
        return self.timers.next_us()

    def expire(self, now_us: int) -> None:
        """Do what is due."""
        self.timers.run(now_us)
        self._finish(now_us)

    def drain(self) -> list[Event]:
        """Return what happened since the last call, in order."""
        events, self.events = self.events, []
        return events

    # receiving

    def _acceptable(self, port: Interface, source: int, destination: int, packet: OspfPacket) -> bool:
        """Tell whether a packet is for this interface (RFC 2328, 8.2)."""
        settings = port.settings
        if not port.speaks or (destination == ALL_DR_ROUTERS and not port.rules):
            return False
        if packet.area != settings.area:
            detail = f"area {format_ip(packet.area)} there, {format_ip(settings.area)} here"
            port.mismatch(source, "area", detail)
            return False
        if packet.router_id == self.settings.router_id:
            port.mismatch(source, "router-id", f"{format_ip(packet.router_id)} is also ours")
            return False
        if not port.point_to_point and not Prefix.of(settings.address, settings.length).contains(source):
            port.mismatch(source, "mask", f"{format_ip(source)} is not on this network")
            return False
        return True

    def _dispatch(self, neighbor: Neighbor, body: OspfBody, now_us: int) -> None:
        if isinstance(body, DatabaseDescription):
            exchange.receive(neighbor, body, now_us)
        elif isinstance(body, LinkStateRequest):
            flooding.receive_request(self, neighbor, body, now_us)
        elif isinstance(body, LinkStateUpdate):
            flooding.receive_update(self, neighbor, body, now_us)
        elif isinstance(body, LinkStateAck):
            flooding.receive_ack(self, neighbor, body, now_us)

    # what the machines call

    def send(self, interface: Interface, destination: int, body: OspfBody) -> None:
        """Send a packet."""
        packet = OspfPacket(self.settings.router_id, interface.settings.area, body)
        self.events.append(Send(interface.settings.name, destination, packet))

    def queue_lsa(self, interface: Interface, destination: int, entry: Entry, now_us: int) -> None:
        """Send an LSA, in one packet with others that go the same way now."""
        aged = entry.older(interface.settings.transmit_delay_s, now_us)
        self._updates.setdefault((interface, destination), []).append(aged)

    def install(self, lsa: Lsa, now_us: int, flooded: bool) -> Entry:
        """Take an LSA into the database, and see to the routes."""
        entry, changed = self.lsdb.install(lsa, now_us, flooded)
        if changed:
            self._request_spf(now_us)
        return entry

    def announce(self, lsa: Lsa, now_us: int) -> None:
        """Install an LSA on our own account and flood it."""
        flooding.flood(self, self.install(lsa, now_us, flooded=False), now_us)

    def _aged(self, entry: Entry, now_us: int) -> None:
        """An LSA is due for its refresh, or too old (RFC 2328, 14)."""
        if entry.lsa.header.router == self.settings.router_id and not entry.flooded:
            self.originator.refresh(entry.key, now_us)
        else:
            self.announce(entry.lsa.aged(entry.age(now_us)), now_us)

    # what follows every input

    def _finish(self, now_us: int) -> None:
        """Hold elections, announce what changed, send what was gathered."""
        while self.elections or self.loading or self.dirty:
            elections, self.elections = self.elections, {}
            for interface in elections:
                interface.settle(now_us)
            loading, self.loading = self.loading, {}
            for neighbor in loading:
                neighbor.progress(now_us)
            if self.dirty:
                self.dirty = False
                self.originator.review(now_us)
        if self.lsdb.dying and flooding.sweep(self):
            self.originator.review(now_us)
        if self._updates:
            self._send_updates()
        if self.acks:
            self._send_acks()

    def _send_updates(self) -> None:
        updates, self._updates = self._updates, {}
        for (interface, destination), lsas in updates.items():
            if not interface.speaks:
                continue
            room, batch = interface.settings.mtu - _OVERHEAD, list[Lsa]()
            for lsa in {lsa.key: lsa for lsa in lsas}.values():
                if batch and lsa.size > room:
                    self.send(interface, destination, LinkStateUpdate(tuple(batch)))
                    room, batch = interface.settings.mtu - _OVERHEAD, []
                room -= lsa.size
                batch.append(lsa)
            self.send(interface, destination, LinkStateUpdate(tuple(batch)))

    def _send_acks(self) -> None:
        acks, self.acks = self.acks, {}
        for (interface, destination), headers in acks.items():
            most = interface.room(20)
            for start in range(0, len(headers) if interface.speaks else 0, most):
                self.send(interface, destination, LinkStateAck(tuple(headers[start : start + most])))

    # routes

    def _request_spf(self, now_us: int) -> None:
        if self._spf_timer.at_us is None:
            self.spf.due_us = self._spf_backoff.when(now_us)
            self.timers.arm(self._spf_timer, self.spf.due_us)

    def unchanged(self, now_us: int) -> None:
        """The own router LSA is as it was; neighbours may still have come and gone since the last SPF."""
        if self._attached != self._attachments():
            self._request_spf(now_us)

    def _attachments(self) -> tuple[Attachment, ...]:
        return tuple(
            _attachment(interface)
            for interface in self.interfaces.values()
            if interface.state is not InterfaceState.DOWN
        )

    def _compute(self, now_us: int) -> None:
        self._spf_backoff.ran(now_us)
        self.spf.runs += 1
        self.spf.last_us, self.spf.due_us = now_us, None
        self._attached = self._attachments()
        settings = self.settings
        found = routes(self.lsdb.alive(), settings.router_id, self._attached, settings.maximum_paths)
        if found != self.routes:
            self.routes = found
            self.events.append(RoutesChanged(found))


def _attachment(interface: Interface) -> Attachment:
    settings = interface.settings
    neighbors = {
        neighbor.router_id: neighbor.address
        for neighbor in interface.neighbors.values()
        if neighbor.state is NeighborState.FULL
    }
    prefix = Prefix.of(settings.address, settings.length)
    return Attachment(settings.name, settings.address, prefix, neighbors)
