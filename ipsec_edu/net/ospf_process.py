"""OSPF on a device: carries a core's packets, offers its routes, feeds it interfaces and external routes."""

from __future__ import annotations

from ipsec_edu.core.addr import Prefix
from ipsec_edu.core.causes import Cause
from ipsec_edu.core.errors import WireError
from ipsec_edu.net.bfd_process import BfdProcess
from ipsec_edu.net.driver import CoreDriver
from ipsec_edu.net.interface import Interface, Port
from ipsec_edu.net.node import Node
from ipsec_edu.net.redistribution import externals
from ipsec_edu.net.tracking import Say
from ipsec_edu.routing.ospf.core import OspfCore
from ipsec_edu.routing.ospf.events import AdjacencyChanged, Event, Mismatch, RoutesChanged, Send, Stepped
from ipsec_edu.routing.rib import Route
from ipsec_edu.routing.settings import OspfSettings
from ipsec_edu.trace.records import StateChange
from ipsec_edu.wire.ospf import OSPF, OspfPacket, unpack
from ipsec_edu.wire.packet import Packet

__all__ = ["OspfProcess"]

SOURCE = "ospf"
"""What the routes are called in the routing table."""
_PRECEDENCE = 0xC0
"""Type of service of routing traffic: precedence 6, internetwork control."""
_TALKING = ("2-Way", "ExStart", "Exchange", "Loading", "Full")
"""States of a neighbour that BFD watches."""


class OspfProcess:
    """OSPF on one node.

    Parameters
    ----------
    node : Node
        The device.
    settings : OspfSettings
        Its process.
    say : callable
        Told of adjacencies, and of packets that do not fit, for the log.
    bfd : BfdProcess, optional
        Watches neighbours on interfaces whose settings ask for it.
    eager : bool
        Make and read the bytes of every packet.
    """

    def __init__(
        self,
        node: Node,
        settings: OspfSettings,
        say: Say,
        bfd: BfdProcess | None = None,
        *,
        eager: bool = False,
    ) -> None:
        self.node = node
        self.settings = settings
        self._say = say
        self._bfd = bfd
        self._eager = eager
        self._watched = {one.name for one in settings.interfaces if one.bfd}
        self._reviewing = False
        self._mismatched: set[tuple[str, int, str]] = set()
        node.protocols[OSPF] = self._receive
        node.on_port_change.append(self._port_changed)
        node.on_power.append(self._power)
        node.on_route_change.append(self._route_changed)
        if bfd is not None:
            bfd.listeners.append(self._bfd_changed)
        self._start()

    # --- life ----------------------------------------------------------------------------

    def _start(self) -> None:
        """Begin with an empty database: at the start of the run and after each boot."""
        clock = self.node.world.clock
        self.core = OspfCore(self.settings)
        self._driver: CoreDriver[Event] = CoreDriver(self.core, clock, self._handle)
        self._mismatched.clear()
        for interface in self.node.interfaces.values():
            if interface.up:
                self.core.interface_up(interface.name, clock.now_us)
        self._review_soon()
        self._driver.pump()

    def _power(self, up: bool) -> None:
        if up:
            self._start()
        else:
            self._driver.stop()
            self.node.rib.replace(SOURCE, ())

    def _port_changed(self, port: Port, up: bool) -> None:
        if self.node.powered:
            now_us = self.node.world.clock.now_us
            (self.core.interface_up if up else self.core.interface_down)(port.name, now_us)
            self._driver.pump()

    # --- packets -------------------------------------------------------------------------

    def _receive(self, packet: Packet, interface: Interface) -> None:
        payload, world = packet.payload, self.node.world
        ospf: OspfPacket | None
        if isinstance(payload, OspfPacket) and not self._eager:
            ospf = payload
        else:
            try:
                ospf = unpack(packet.body())
            except WireError:
                ospf = None
            if ospf is None:
                world.drop(packet, interface.label, Cause.MALFORMED)
                return
        world.deliver(packet)
        self.core.receive(interface.name, packet.source, packet.destination, ospf, world.clock.now_us)
        self._driver.pump()

    def _send(self, event: Send) -> None:
        interface = self.node.interfaces[event.interface]
        if not interface.up:
            return
        packet = Packet(interface.address or 0, event.destination, OSPF, event.packet, 1)
        packet.tos = _PRECEDENCE
        self.node.send_out(self.node.world.originate(packet), interface, event.destination)

    # --- what the core says --------------------------------------------------------------

    def _handle(self, event: Event) -> None:
        match event:
            case Send():
                self._send(event)
            case RoutesChanged():
                self._install(event)
            case AdjacencyChanged():
                self._adjacency_changed(event)
            case Stepped():
                self._note(event)
            case Mismatch():
                self._mismatch(event)

    def _install(self, event: RoutesChanged) -> None:
        distance = self.settings.distance
        self.node.rib.replace(
            SOURCE,
            [
                Route(route.prefix, hop.address, hop.interface, SOURCE, distance, route.metric, tag=route.tag)
                for route in event.routes
                for hop in route.hops
            ],
        )

    def _adjacency_changed(self, event: AdjacencyChanged) -> None:
        settings = self.settings
        if settings.log_adjacency:
            details = {"process": settings.process, "change": event, "detail": settings.log_detail}
            self._say(self.node.name, "ospf_adjacency", details)
        if self._bfd is not None and event.interface in self._watched:
            talking = event.after in _TALKING
            (self._bfd.open if talking else self._bfd.close)(event.interface, event.address)

    def _bfd_changed(self, interface: str, peer: int, up: bool) -> None:
        """BFD lost a neighbour: so does OSPF, without waiting for its dead interval."""
        if not up and interface in self._watched:
            self.core.neighbor_lost(interface, peer, "BFD node down", self.node.world.clock.now_us)
            self._driver.pump()

    def _note(self, event: Stepped) -> None:
        self.node.world.trace.states.append(
            StateChange(
                self.node.world.clock.now_us,
                self.node.name,
                event.machine,
                event.subject,
                event.before,
                event.symbol,
                event.action,
                event.after,
                event.legal,
                event.rule,
            )
        )

    def _mismatch(self, event: Mismatch) -> None:
        """Report a packet that does not fit, once for each sender and reason."""
        key = event.interface, event.source, event.reason
        if key not in self._mismatched:
            self._mismatched.add(key)
            self._say(self.node.name, "ospf_mismatch", {"mismatch": event})

    # --- routes from outside OSPF --------------------------------------------------------

    def _route_changed(self, change: str, route: Route) -> None:
        if route.source != SOURCE:
            self._review_soon()

    def _review_soon(self) -> None:
        """Look at the routing table once it has settled: within this instant, not inside its update."""
        wanted = self.settings.redistribute or self.settings.default_information
        if wanted and not self._reviewing:
            self._reviewing = True
            clock = self.node.world.clock
            clock.at(clock.now_us, self._review)

    def _review(self) -> None:
        self._reviewing = False
        if self.node.powered:
            own = {Prefix.of(one.address, one.length) for one in self.settings.interfaces}
            found = externals(self.settings, self.node.rib, own)
            self.core.redistribute(found, self.node.world.clock.now_us)
            self._driver.pump()
