"""A device that speaks IP: receives, forwards, answers; everything else hangs on its hooks.

The way of a packet, with the hooks in capitals::

    cable -> ON_INPUT -> for us? -> reassembly -> PROTOCOLS, UDP
                      -> TTL, route -> ON_FORWARD -> ON_OUTPUT -> MTU -> cable
    send() ------------> LOCAL_OUTPUT -> route -----> ON_OUTPUT -> MTU -> cable

A hook that returns None has ended the packet (`World.drop`) or taken it over. One that returns
`Reroute(packet)` wants it routed anew, as a crypto map does with the packet it made.
"""

from __future__ import annotations

from collections.abc import Callable
from zlib import crc32

from ipsec_edu.core.addr import format_ip
from ipsec_edu.core.causes import Cause
from ipsec_edu.net import unreachable
from ipsec_edu.net.device import Device
from ipsec_edu.net.fragments import fragment
from ipsec_edu.net.hooks import ForwardHook, Handler, InputHook, LocalHook, OutputHook, Reroute
from ipsec_edu.net.interface import Interface, Port
from ipsec_edu.net.local import deliver
from ipsec_edu.net.paths import Paths
from ipsec_edu.net.reassembly import Reassembler
from ipsec_edu.net.segment import announce, announce_all
from ipsec_edu.net.unreachable import error_about
from ipsec_edu.net.world import World
from ipsec_edu.routing.rib import CONNECTED, Rib, Route
from ipsec_edu.trace.records import RouteChange
from ipsec_edu.wire.ipv4 import HEADER_SIZE
from ipsec_edu.wire.packet import Packet

__all__ = ["Node", "Reroute"]

_MAX_REROUTES = 8
"""A packet encapsulated more often at one device is encapsulated for ever."""

_MULTICAST = 0xE0000000


class Node(Device):
    """A router, firewall or host.

    Parameters
    ----------
    name : str
        The name in the lab.
    world : World
        Where it stands.
    platform : str
        ``ios``, ``asa`` or ``linux``.

    Attributes
    ----------
    rib : Rib
        The routing table; offer static routes to it.
    on_input, on_forward, on_output, local_output : list
        Hooks: ``(packet, interface)``; ``(packet, inbound, outbound, decrypted)``;
        ``(packet, interface)``; ``(packet)``. Empty by default.
    protocols, udp : dict
        Handlers ``(packet, interface)`` by IP protocol and by local UDP port. A handler ends the packet with
        `World.deliver` or `World.drop`.
    on_icmp_error : list
        Handlers ``(packet, interface)`` that see ICMP errors addressed to this node (path MTU).
    on_echo_reply : list
        Handlers ``(packet, interface)`` that see the answers to echoes this node sent.
    on_route_change : list
        ``listener("add" or "del", route)``, inside the table's update: it must not change the table.
    echo_replies : bool
        Whether it answers pings.
    answers_any_interface : bool
        Whether a packet may address an interface other than the one it came in by. An ASA refuses that.
    route_since_us : dict
        When each installed route was installed, in microseconds.
    clear_ike : callable or None
        Set where IKE runs: forget all SAs and tell nobody.
    """

    def __init__(self, name: str, world: World, platform: str = "linux") -> None:
        super().__init__(name, world)
        self.platform = platform
        self.interfaces: dict[str, Interface] = {}
        self.on_input: list[InputHook] = []
        self.on_forward: list[ForwardHook] = []
        self.on_output: list[OutputHook] = []
        self.local_output: list[LocalHook] = []
        self.protocols: dict[int, Handler] = {}
        self.udp: dict[int, Handler] = {}
        self.on_icmp_error: list[Handler] = []
        self.on_echo_reply: list[Handler] = []
        self.on_route_change: list[Callable[[str, Route], object]] = []
        self.echo_replies = True
        self.answers_any_interface = platform != "asa"
        self.clear_ike: Callable[[], object] | None = None
        self.route_since_us: dict[Route, int] = {}
        self.rib = Rib(self._route_changed, crc32(name.encode()), across_interfaces=platform != "asa")
        self._local: dict[int, Interface] = {}
        self._paths = Paths(self.rib, self.interfaces)
        self._identification = 0
        self._reassembler = Reassembler(name, world)

    def add_interface(self, interface: Interface) -> Interface:
        """Fit an interface; a loopback comes up at once, others with their cable."""
        self.interfaces[interface.name] = interface
        self.ports[interface.name] = interface
        prefix = interface.prefix
        if prefix is not None:
            self.rib.add(Route(prefix, None, interface.name, CONNECTED, 0))
        self.readdress()
        interface.refresh()
        return interface

    def readdress(self) -> None:
        """Take notice of changed interface addresses (`Interface.secondary`)."""
        self._local = {}
        for interface in self.interfaces.values():
            for address in (interface.address, *interface.secondary):
                if address is not None:
                    self._local.setdefault(address, interface)

    def take_address(self, interface: Interface, address: int) -> None:
        """Answer for a further address from now on, and announce it on the segment."""
        if not interface.owns(address):
            interface.secondary.append(address)
            self.readdress()
        announce(interface, address)

    def release_address(self, interface: Interface, address: int) -> None:
        """Answer for `address` no more (nobody is told)."""
        if address in interface.secondary:
            interface.secondary.remove(address)
            self.readdress()

    def owns(self, address: int) -> bool:
        """Tell whether `address` is one of this node's."""
        return address in self._local

    # --- the way of a packet -------------------------------------------------------------

    def receive(self, packet: Packet, port: Port, next_hop: int) -> None:
        """Take a packet off a cable."""
        interface: Interface = port  # type: ignore[assignment]  # nodes have no other ports
        for hook in self.on_input:
            taken = hook(packet, interface)
            if taken is None:
                return
            packet = taken
        self.process(packet, interface)

    def process(self, packet: Packet, interface: Interface, *, decrypted: bool = False) -> None:
        """Deliver here or forward a packet that came by `interface` and passed its input hooks.

        A packet out of a tunnel enters here too, `decrypted`.
        """
        destination = packet.destination
        local = self._local.get(destination)
        if local is not None or destination >= _MULTICAST:
            if local is None or local is interface or self.answers_any_interface:
                deliver(self, packet, interface, self._reassembler)
            else:
                self.world.drop(packet, interface.label, Cause.ACL)
            return
        if packet.ttl <= 1:
            self.reject(packet, Cause.TTL, unreachable.TIME_EXCEEDED, 0)
            return
        packet.ttl -= 1
        path = self._paths.get(destination) or self._paths.find(destination, packet.source)
        if path is None:
            self.reject(packet, Cause.NO_ROUTE, unreachable.UNREACHABLE, unreachable.NET_UNREACHABLE)
            return
        outbound, next_hop = path
        for hook in self.on_forward:
            passed = hook(packet, interface, outbound, decrypted)
            if passed is None:
                return
            packet = passed
        if self.on_output:
            self._output(packet, outbound, next_hop)
        else:
            self.transmit(packet, outbound, next_hop)

    def send(self, packet: Packet) -> None:
        """Send a packet of our own (already in the books); an empty source address is filled in."""
        for hook in self.local_output:
            taken = hook(packet)
            if taken is None:
                return
            packet = taken
        local = self._local.get(packet.destination)
        if local is not None:
            packet.source = packet.source or packet.destination
            deliver(self, packet, local, self._reassembler)
            return
        path = self._paths.get(packet.destination) or self._paths.find(packet.destination, packet.source)
        if path is None:
            self.world.drop(packet, self.name, Cause.NO_ROUTE)
            return
        outbound, next_hop = path
        if not packet.source:
            packet.source = self.source_for(outbound)
        if self.on_output:
            self._output(packet, outbound, next_hop)
        else:
            self.transmit(packet, outbound, next_hop)

    def send_out(self, packet: Packet, interface: Interface, next_hop: int) -> None:
        """Send a packet of our own by `interface` to a neighbour or a multicast group, unrouted."""
        if not packet.source:
            packet.source = self.source_for(interface)
        self._output(packet, interface, next_hop)

    def transmit(self, packet: Packet, interface: Interface, next_hop: int) -> None:
        """Put a packet on the cable of `interface`, in fragments where it is larger than the MTU."""
        size = packet.payload.size + HEADER_SIZE
        if size > interface.mtu:
            self._divide(packet, interface, next_hop)
            return
        peer = interface.peer
        if (
            peer is not None
            and next_hop != peer.address
            and next_hop < _MULTICAST
            and not peer.owns(next_hop)
        ):
            self.neighbour_missing(packet, interface.label)
            return
        out = interface.out
        if out is not None:
            out.send(packet, next_hop, size)
        else:
            self.world.drop(packet, interface.label, Cause.LINK_DOWN)

    def neighbour_missing(self, packet: Packet, where: str) -> None:
        """Give up a packet whose next hop nobody owns, and say so to its sender."""
        kind, code = unreachable.UNREACHABLE, unreachable.HOST_UNREACHABLE
        self.reject(packet, Cause.NO_NEIGHBOUR, kind, code, where=where)

    def reject(
        self, packet: Packet, cause: Cause, type: int, code: int, *, mtu: int = 0, where: str | None = None
    ) -> None:
        """Drop `packet` here and send its sender an ICMP error, where one may be sent.

        Parameters
        ----------
        packet : Packet
            The packet to drop.
        cause : Cause
            For the books.
        type, code : int
            Of the ICMP error (`net.unreachable`).
        mtu : int
            Next-hop MTU in bytes of a "fragmentation needed".
        where : str, optional
            Place of death if not the device itself.
        """
        error = None if packet.source in self._local else error_about(packet, type, code, mtu)
        self.world.drop(packet, where or self.name, cause)
        if error is not None:
            self.send(self.world.originate(error))

    def source_for(self, interface: Interface) -> int:
        """Return the address to send from by `interface` (0 if the node has none)."""
        if interface.address is not None:
            return interface.address
        return next(iter(self._local), 0)

    def _output(self, packet: Packet, interface: Interface, next_hop: int) -> None:
        """Run the output hooks, route anew as often as they ask for it, transmit."""
        for _ in range(_MAX_REROUTES):
            for hook in self.on_output:
                result = hook(packet, interface)
                if result is packet:
                    continue
                if result is None:
                    return
                if isinstance(result, Reroute):
                    packet = result.packet
                    break
                packet = result
            else:
                self.transmit(packet, interface, next_hop)
                return
            path = self._paths.get(packet.destination) or self._paths.find(packet.destination, packet.source)
            if path is None:
                break
            interface, next_hop = path
        self.world.drop(packet, self.name, Cause.NO_ROUTE)

    def _divide(self, packet: Packet, interface: Interface, next_hop: int) -> None:
        """Send a packet that is too large, in fragments if it may be divided (RFC 791, RFC 1191)."""
        if packet.dont_fragment:
            kind, code = unreachable.UNREACHABLE, unreachable.FRAGMENTATION_NEEDED
            self.reject(packet, Cause.MTU_DF, kind, code, mtu=interface.mtu, where=interface.label)
            return
        if not packet.identification:
            packet.identification = self._next_identification()
        parts = fragment(packet, interface.mtu)
        self.world.divide(len(parts))
        for part in parts:
            self.transmit(part, interface, next_hop)

    def _next_identification(self) -> int:
        self._identification = self._identification % 0xFFFF + 1
        return self._identification

    # --- state ---------------------------------------------------------------------------

    def port_changed(self, port: Port, up: bool) -> None:
        """Let routes follow the interface; announce our addresses on a segment that is back."""
        self.world.record_port(port)
        self.rib.set_interface(port.name, up)
        if up and isinstance(port, Interface):
            announce_all(port)
        for listener in self.on_port_change:
            listener(port, up)

    def forget(self) -> None:
        """Lose what waits for reassembly, with the power."""
        self._reassembler.abandon_all(Cause.NODE_DOWN)

    def held(self) -> int:
        """Return how many fragments wait here."""
        return self._reassembler.held()

    def _route_changed(self, change: str, route: Route) -> None:
        self._paths.forget()
        now_us = self.world.clock.now_us
        if change == "add":
            self.route_since_us[route] = now_us
        else:
            self.route_since_us.pop(route, None)
        via = format_ip(route.next_hop) if route.next_hop is not None else route.interface or ""
        self.world.trace.routes.append(
            RouteChange(now_us, self.name, change, str(route.prefix), via, route.source)
        )
        for listener in self.on_route_change:
            listener(change, route)
