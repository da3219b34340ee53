"""A packet in flight: a slotted object whose bytes are made when somebody looks.

Nobody looks at most packets of a run, so the fields travel and `wire` packs them on
demand. Encapsulation makes a new `Packet` that keeps the `uid` and the flow of the one it
carries: for the books it is the same packet. Payloads are shared between copies of a
packet and never changed in place.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ipsec_edu.wire import icmp, ospf, udp
from ipsec_edu.wire.ipv4 import AH, ESP, HEADER_SIZE, ICMP, IPIP, UDP, pack_header, parse_header

__all__ = ["AH", "DECODERS", "ESP", "ICMP", "IPIP", "UDP", "Packet", "Payload", "RawPayload", "decode"]


class Payload(Protocol):
    """What stands behind the IPv4 header."""

    @property
    def size(self) -> int:
        """Bytes on the wire."""

    def pack(self, packet: Packet) -> bytes:
        """Return the bytes; `packet` is the header in front (checksums, AH)."""


class RawPayload:
    """Bytes of a protocol that is not modelled, or that nobody has parsed yet."""

    __slots__ = ("data",)

    def __init__(self, data: bytes) -> None:
        self.data = data

    @property
    def size(self) -> int:
        """Bytes on the wire."""
        return len(self.data)

    def pack(self, packet: Packet) -> bytes:
        """Return the bytes."""
        return self.data


DECODERS: dict[int, Callable[[bytes, int, int], Payload | None]] = {
    ICMP: lambda data, source, destination: icmp.unpack(data),
    UDP: udp.unpack,
    ospf.OSPF: ospf.unpack,
}
"""Reader per protocol: (data, source, destination) to a payload, or None to keep the bytes."""


def decode(protocol: int, data: bytes, source: int, destination: int) -> Payload:
    """Read what stands behind a header (WireError where it is malformed)."""
    reader = DECODERS.get(protocol)
    payload = None if reader is None else reader(data, source, destination)
    return RawPayload(data) if payload is None else payload


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
        """A whole packet in bytes, whose payload replaces `payload`: what an attacker or a bad link left.

        The header that counts stays the fields', because routers go on rewriting it."""

    @property
    def size(self) -> int:
        """Total length in bytes, header included."""
        if self.raw is not None:
            return len(self.raw)
        return HEADER_SIZE + self.payload.size

    def inherit(self, other: Packet) -> None:
        """Take the identity (uid, flow) of the packet that is carried or answered."""
        self.uid = other.uid
        self.flow = other.flow
        self.number = other.number
        self.answer = other.answer

    def copy(self) -> Packet:
        """Return a packet of its own with equal fields and the same payload."""
        twin = Packet.__new__(Packet)  # the constructor would set every field, only to be set again
        twin.source = self.source
        twin.destination = self.destination
        twin.protocol = self.protocol
        twin.payload = self.payload
        twin.ttl = self.ttl
        twin.tos = self.tos
        twin.identification = self.identification
        twin.dont_fragment = self.dont_fragment
        twin.more_fragments = self.more_fragments
        twin.fragment = self.fragment
        twin.uid = self.uid
        twin.flow = self.flow
        twin.number = self.number
        twin.answer = self.answer
        twin.raw = self.raw
        return twin

    def carried(self, source: int, destination: int, protocol: int, payload: Payload) -> Packet:
        """Return a packet with a header of its own around `payload`, in which this one travels.

        It has this one's identity and type of service.
        """
        outer = Packet.__new__(Packet)
        outer.source = source
        outer.destination = destination
        outer.protocol = protocol
        outer.payload = payload
        outer.ttl = 255
        outer.tos = self.tos
        outer.identification = 0
        outer.dont_fragment = False
        outer.more_fragments = False
        outer.fragment = 0
        outer.uid = self.uid
        outer.flow = self.flow
        outer.number = self.number
        outer.answer = self.answer
        outer.raw = None
        return outer

    def pack(self) -> bytes:
        """Return the whole packet in bytes, made anew (routers change the header's TTL)."""
        body = self.body()
        return self.header(HEADER_SIZE + len(body)) + body

    def body(self) -> bytes:
        """Return the bytes behind the header."""
        return self.payload.pack(self) if self.raw is None else self.raw[HEADER_SIZE:]

    def header(self, length: int) -> bytes:
        """Return the 20 bytes of the header for a packet of `length` bytes."""
        return pack_header(
            self.source,
            self.destination,
            self.protocol,
            length,
            ttl=self.ttl,
            tos=self.tos,
            identification=self.identification,
            dont_fragment=self.dont_fragment,
            more_fragments=self.more_fragments,
            fragment=self.fragment,
        )

    @classmethod
    def parse(cls, data: bytes) -> Packet:
        """Read a packet (WireError where header, ICMP or UDP is malformed).

        A payload whose protocol has no reader in `DECODERS`, and every fragment, stays
        `RawPayload`. Bytes behind the total length are a link's padding and are left out.
        """
        head = parse_header(data)
        body = data[HEADER_SIZE : head.length]
        payload: Payload
        if head.more_fragments or head.fragment:
            payload = RawPayload(body)
        else:
            payload = decode(head.protocol, body, head.source, head.destination)
        packet = cls(head.source, head.destination, head.protocol, payload, head.ttl)
        packet.tos = head.tos
        packet.identification = head.identification
        packet.dont_fragment = head.dont_fragment
        packet.more_fragments = head.more_fragments
        packet.fragment = head.fragment
        return packet

    def altered(self, body: bytes) -> Packet:
        """Return this packet with `body` behind its header: what a forger or a bad link leaves.

        Header fields and identity stay; receivers see only the bytes.
        """
        twin = self.copy()
        twin.payload = RawPayload(body)
        twin.raw = None
        return twin
