"""BFD on a device (RFC 5881): control packets over UDP, sessions for whoever wants to know of a neighbour."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ipsec_edu.core.causes import Cause
from ipsec_edu.core.errors import WireError
from ipsec_edu.net.driver import CoreDriver
from ipsec_edu.net.interface import Interface
from ipsec_edu.net.node import Node
from ipsec_edu.net.tracking import Say
from ipsec_edu.routing.bfd import BfdCore, BfdEvent, BfdStep, SendControl, SessionChanged
from ipsec_edu.routing.settings import BfdTimers
from ipsec_edu.trace.records import StateChange
from ipsec_edu.wire.bfd import BFD_PORT, TTL, BfdControl, unpack
from ipsec_edu.wire.packet import UDP, Packet
from ipsec_edu.wire.udp import UdpDatagram

__all__ = ["BfdProcess"]

_SOURCE_PORTS = 49152
"""Source ports are taken from here on, one a session (RFC 5881, section 4)."""


class BfdProcess:
    """BFD on one node.

    Parameters
    ----------
    node : Node
        The device.
    timers : mapping of str to BfdTimers
        By interface; on others there are no sessions.
    say : callable
        Told of sessions that come up and go down, for the log.
    jitter : callable, optional
        Draws the jitter of each packet (`BfdCore`); None: packets go exactly at their interval.

    Attributes
    ----------
    listeners : list
        ``listener(interface name, peer address, up)`` for every session that comes up or goes down.
    """

    def __init__(
        self,
        node: Node,
        timers: Mapping[str, BfdTimers],
        say: Say,
        jitter: Callable[[], float] | None = None,
    ) -> None:
        self.node = node
        self.timers = timers
        self.listeners: list[Callable[[str, int, bool], object]] = []
        self._say = say
        self._jitter = jitter
        self._datagrams: dict[tuple[int, BfdControl], UdpDatagram] = {}
        node.udp[BFD_PORT] = self._receive
        node.on_power.append(self._power)
        self._start()

    def _start(self) -> None:
        self.core = BfdCore(self._jitter)
        self._driver: CoreDriver[BfdEvent] = CoreDriver(self.core, self.node.world.clock, self._handle)

    def _power(self, up: bool) -> None:
        if up:
            self._start()
        else:
            self._driver.stop()

    def open(self, interface: str, peer: int) -> None:
        """Watch the neighbour `peer` from now on, if the interface has timers."""
        known = self.node.interfaces.get(interface)
        if interface in self.timers and known is not None and known.address is not None:
            now_us = self.node.world.clock.now_us
            self.core.open(interface, known.address, peer, self.timers[interface], now_us)
            self._driver.pump()

    def close(self, interface: str, peer: int) -> None:
        """Watch the neighbour no more."""
        self.core.close(interface, peer)
        self._driver.pump()

    def _receive(self, packet: Packet, interface: Interface) -> None:
        datagram, world = packet.payload, self.node.world
        if not isinstance(datagram, UdpDatagram) or packet.ttl != TTL:
            world.drop(packet, interface.label, Cause.MALFORMED)
            return
        try:
            control = unpack(datagram.data)
        except WireError:
            world.drop(packet, interface.label, Cause.MALFORMED)
            return
        world.deliver(packet)
        self.core.receive(control, interface.name, packet.source, world.clock.now_us)
        self._driver.pump()

    def _handle(self, event: BfdEvent) -> None:
        if isinstance(event, SendControl):
            self._send(event)
        elif isinstance(event, BfdStep):
            self._note(event)
        else:
            self._changed(event)

    def _send(self, event: SendControl) -> None:
        interface = self.node.interfaces[event.interface]
        if not interface.up:
            return
        key = event.peer, event.packet
        datagram = self._datagrams.get(key)
        if datagram is None:  # hundreds of equal packets follow each other
            port = _SOURCE_PORTS + event.packet.mine % 0x4000
            datagram = self._datagrams[key] = UdpDatagram(port, BFD_PORT, event.packet.pack())
        packet = Packet(event.local, event.peer, UDP, datagram, TTL)
        packet.tos = 0xC0
        self.node.send_out(self.node.world.originate(packet), interface, event.peer)

    def _changed(self, event: SessionChanged) -> None:
        details = {"discriminator": event.discriminator, "reason": event.reason}
        self._say(self.node.name, "bfd_up" if event.up else "bfd_down", details)
        for listener in self.listeners:
            listener(event.interface, event.peer, event.up)

    def _note(self, event: BfdStep) -> None:
        self.node.world.trace.states.append(
            StateChange(
                self.node.world.clock.now_us,
                self.node.name,
                "bfd",
                event.subject,
                event.before,
                event.symbol,
                event.action,
                event.after,
                True,
                event.rule,
            )
        )
