"""A packet in flight: a slotted object whose bytes are made when somebody looks.

Nobody looks at most packets of a run, so the fields travel and `wire` packs them on
demand. Encapsulation makes a new `Packet` that keeps the `uid` and the flow of the one it
carries: for the books it is the same packet.
"""

from __future__ import annotations

from typing import Protocol

__all__ = ["AH", "ESP", "ICMP", "IPIP", "UDP", "Packet", "Payload"]

ICMP, IPIP, UDP, ESP, AH = 1, 4, 17, 50, 51


class Payload(Protocol):
    """What stands behind the IPv4 header."""

    @property
    def size(self) -> int:
        """Bytes on the wire."""

    def pack(self, packet: Packet) -> bytes:
        """Return the bytes; `packet` is the header in front (checksums, AH)."""


class Packet:
    """An IPv4 packet.

    Parameters
    ----------
    source, destination : int
        Addresses.
    protocol : int
        The next-layer protocol.
    payload : Payload
        What follows the header.
    """

    __slots__ = (
        "answer",
        "destination",
        "dont_fragment",
        "flow",
        "fragment",
        "identification",
        "more_fragments",
        "number",
        "payload",
        "protocol",
        "raw",
        "source",
        "tos",
        "ttl",
        "uid",
    )

    def __init__(
        self, source: int, destination: int, protocol: int, payload: Payload, ttl: int = 255
    ) -> None:
        self.source = source
        self.destination = destination
        self.protocol = protocol
        self.payload = payload
        self.ttl = ttl
        self.tos = 0
        self.identification = 0
        self.dont_fragment = False
        self.more_fragments = False
        self.fragment = 0
        """Fragment offset in units of 8 bytes."""
        self.uid = 0
        self.flow = ""
        self.number = 0
        self.answer = False
        self.raw: bytes | None = None
        """Bytes that stand for the packet where an attacker, or a corrupting link, altered it."""

    @property
    def size(self) -> int:
        """Total length in bytes, header included."""
        return 20 + self.payload.size

    def inherit(self, other: Packet) -> None:
        """Take the identity (uid, flow) of the packet that is carried or answered."""
        self.uid = other.uid
        self.flow = other.flow
        self.number = other.number
        self.answer = other.answer
