"""The exec command ``ping``: one echo after the other, each waited for."""

from __future__ import annotations

from collections.abc import Callable

from ipsec_edu.core.causes import Cause
from ipsec_edu.core.units import MS
from ipsec_edu.net.node import Node
from ipsec_edu.wire.icmp import Echo
from ipsec_edu.wire.packet import ICMP, Packet

__all__ = ["Pinger"]

_MARKS = {
    Cause.NO_ROUTE: "U",
    Cause.NO_NEIGHBOUR: "U",
    Cause.PORT_CLOSED: "U",
    Cause.MTU_DF: "M",
    Cause.TTL: "&",
}
"""What a Cisco device prints for an ICMP error that came back; silence is a dot."""
_SLICE_US = 10 * MS


class Pinger:
    """Sends echoes from `node` and plays the simulation on until each is decided.

    Parameters
    ----------
    destination, source : int, int or None
        Addresses; without a source the interface it leaves by gives one.
    size : int
        Bytes of the IP packet.
    timeout_us : int
        How long an echo is waited for.
    """

    def __init__(self, node: Node, destination: int, source: int | None, size: int, timeout_us: int) -> None:
        self.node = node
        self.destination = destination
        self.source = source
        self.size = max(size, 28)
        self.timeout_us = timeout_us
        self.name = f"ping {len(node.world.flows)}"
        self.identifier = 0x8000 | len(node.world.flows)
        self._number = 0
        self._answered_us: int | None = None
        self._mark: str | None = None
        node.world.flows[self.name] = self

    def ping(self, play_until: Callable[[int], object]) -> tuple[int | None, str]:
        """Send one echo; return its round-trip time in microseconds (None: none) and its mark."""
        clock = self.node.world.clock
        self._number += 1
        self._answered_us = None
        self._mark = None
        sent_us = clock.now_us
        payload = Echo(True, self.identifier, self._number, self.size - 28)
        packet = Packet(self.source or 0, self.destination, ICMP, payload)
        self.node.send(self.node.world.originate(packet, self.name, self._number))
        while not self._decided() and clock.now_us < sent_us + self.timeout_us:
            play_until(min(clock.now_us + _SLICE_US, sent_us + self.timeout_us))
        answered_us = self._answered_us
        return (None, self._mark or ".") if answered_us is None else (answered_us - sent_us, "!")

    def _decided(self) -> bool:
        return self._answered_us is not None or self._mark is not None

    def delivered(self, packet: Packet, now_us: int) -> None:
        """Take notice of the answer."""
        if packet.answer and packet.number == self._number and self._answered_us is None:
            self._answered_us = now_us

    def lost(self, packet: Packet, where: str, cause: Cause, now_us: int) -> None:
        """A device that rejects says so with an ICMP error; everything else is silence."""
        if packet.number == self._number and not packet.answer:
            self._mark = _MARKS.get(cause)
