"""Test traffic: pings and one-way datagrams, and the fate of each of their packets.

A packet counts as lost when it, or its answer, was dropped for a cause; there is no
waiting time after which a sender gives up. One that is still on its way when the run ends is neither
answered nor lost. A node without power sends nothing.
"""

from __future__ import annotations

from ipsec_edu.core.causes import Cause
from ipsec_edu.core.errors import ScenarioError
from ipsec_edu.core.units import SECOND
from ipsec_edu.net.node import Node
from ipsec_edu.trace.records import Probe
from ipsec_edu.wire.icmp import Echo
from ipsec_edu.wire.ipv4 import HEADER_SIZE
from ipsec_edu.wire.packet import ICMP, UDP, Packet, Payload
from ipsec_edu.wire.udp import UdpDatagram

__all__ = ["DatagramFlow", "PingFlow"]

_HEADERS = HEADER_SIZE + 8
_MAX_SIZE = 65535


class _Flow:
    """Sends packet after packet and keeps a `Probe` of each; subclasses know what to send.

    Parameters
    ----------
    name : str
        ``R1>R2``; unique in the world.
    source : Node
        Who sends.
    destination : int
        To which address.
    interval_us, start_us : int
        When: at ``start_us``, and every `interval_us` after that.
    count : int or None
        How many; None for as long as the run lasts.
    size : int
        Bytes of the IP packet.
    dont_fragment : bool
        The DF bit.
    source_address : int or None
        Address to send from; None for that of the interface it leaves by.

    Raises
    ------
    ScenarioError
        A second flow of this name, a size that no packet can have, an interval of 0.
    """

    def __init__(
        self,
        name: str,
        source: Node,
        destination: int,
        *,
        interval_us: int = SECOND,
        start_us: int = SECOND,
        count: int | None = None,
        size: int = 84,
        dont_fragment: bool = False,
        source_address: int | None = None,
    ) -> None:
        self.name = name
        self.source = source
        self.destination = destination
        self.interval_us = interval_us
        self.start_us = start_us
        self.count = count
        self.size = size
        self.dont_fragment = dont_fragment
        self.source_address = source_address
        world = source.world
        if name in world.flows:
            raise ScenarioError(f"there are two flows called {name}: give one of them another name")
        if not _HEADERS <= size <= _MAX_SIZE:
            raise ScenarioError(
                f"flow {name}: size {size} is impossible; use {_HEADERS} to {_MAX_SIZE} bytes"
            )
        if interval_us <= 0 or start_us < 0:
            raise ScenarioError(f"flow {name}: the interval must be above 0 and the start not negative")
        world.flows[name] = self
        self.identifier = len(world.flows)
        """ICMP identifier, or what distinguishes the UDP source port."""
        self.probes: list[Probe] = []
        world.trace.probes[name] = self.probes
        self._ticks = 0
        self._next = (self._tick, ())
        world.clock.at(start_us, self._tick)

    def delivered(self, packet: Packet, now_us: int) -> None:
        """Take notice of a packet of this flow, or its answer, that was received."""
        raise NotImplementedError

    def lost(self, packet: Packet, where: str, cause: Cause, now_us: int) -> None:
        """Note the first death of a packet, or of its answer."""
        probe = self.probes[packet.number - 1]
        if probe.lost_us is None and probe.answered_us is None:
            probe.lost_us = now_us
            probe.cause = cause
            probe.where = where
            probe.answer_lost = packet.answer

    def _answered(self, packet: Packet, now_us: int) -> None:
        probe = self.probes[packet.number - 1]
        if probe.answered_us is None and probe.lost_us is None:
            probe.answered_us = now_us

    def _tick(self) -> None:
        """Send one packet, if the sender is alive, and see to the next."""
        self._ticks += 1
        world = self.source.world
        clock = world.clock
        if self.count is None or self._ticks < self.count:
            clock.push(clock.now_us + self.interval_us, self._next)
        if not self.source.powered:
            return
        number = len(self.probes) + 1
        protocol, payload = self._payload(number)
        packet = Packet(self.source_address or 0, self.destination, protocol, payload)
        packet.dont_fragment = self.dont_fragment
        self.probes.append(Probe(self.name, number, clock.now_us))
        self.source.send(world.originate(packet, self.name, number))

    def _payload(self, number: int) -> tuple[int, Payload]:
        raise NotImplementedError


class PingFlow(_Flow):
    """Echo requests; answered when the reply is back. Options as in `DatagramFlow`."""

    def delivered(self, packet: Packet, now_us: int) -> None:
        """Take notice of a request that arrived (of no interest) or a reply that is back."""
        if packet.answer:
            self._answered(packet, now_us)

    def _payload(self, number: int) -> tuple[int, Payload]:
        return ICMP, Echo(True, self.identifier & 0xFFFF, number & 0xFFFF, self.size - _HEADERS)


class DatagramFlow(_Flow):
    """UDP one way; ``answered`` means received.

    The node that owns the destination address when the flow is made listens on `port`.
    """

    def __init__(
        self,
        name: str,
        source: Node,
        destination: int,
        *,
        interval_us: int = SECOND,
        start_us: int = SECOND,
        count: int | None = None,
        size: int = 84,
        dont_fragment: bool = False,
        source_address: int | None = None,
        port: int = 5001,
    ) -> None:
        super().__init__(
            name,
            source,
            destination,
            interval_us=interval_us,
            start_us=start_us,
            count=count,
            size=size,
            dont_fragment=dont_fragment,
            source_address=source_address,
        )
        self.port = port
        ports = 49152 + self.identifier % 16384, port
        self._datagram = UdpDatagram(*ports, bytes(size - _HEADERS))
        """What every packet carries: payloads are never changed in place, so one will do."""
        world = source.world
        for device in world.devices.values():
            if isinstance(device, Node) and device.owns(destination):
                device.udp.setdefault(port, lambda packet, interface: world.deliver(packet))

    def delivered(self, packet: Packet, now_us: int) -> None:
        """Take notice of a datagram that arrived."""
        self._answered(packet, now_us)

    def _payload(self, number: int) -> tuple[int, Payload]:
        return UDP, self._datagram
