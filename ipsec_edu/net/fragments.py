"""Fragmentation and reassembly (RFC 791, 2.3 and 3.2; RFC 815), without making bytes."""

from __future__ import annotations

from collections.abc import Iterator

from ipsec_edu.wire.ipv4 import HEADER_SIZE
from ipsec_edu.wire.packet import DECODERS, Packet, Payload, RawPayload

__all__ = ["Fragment", "Reassembly", "fragment"]

_UNIT = 8


class Fragment:
    """A part of another packet's payload, cut out when somebody looks at the bytes."""

    __slots__ = ("offset", "size", "whole")

    def __init__(self, whole: Packet, offset: int, size: int) -> None:
        self.whole = whole
        self.offset = offset
        self.size = size

    def pack(self, packet: Packet) -> bytes:
        """Return the bytes."""
        return self.whole.payload.pack(self.whole)[self.offset : self.offset + self.size]


def fragment(packet: Packet, mtu: int) -> list[Packet]:
    """Return `packet` as fragments of at most `mtu` bytes, in order; `packet` itself stays whole."""
    room = (mtu - HEADER_SIZE) // _UNIT * _UNIT
    if room <= 0:
        raise ValueError(f"an MTU of {mtu} bytes has no room for a fragment; 28 is the least")
    whole, base = packet, 0
    if isinstance(packet.payload, Fragment):  # a fragment is divided again
        whole, base = packet.payload.whole, packet.payload.offset
    total = packet.payload.size
    parts = []
    for offset in range(0, total, room):
        part = packet.copy()
        part.raw = None
        part.payload = Fragment(whole, base + offset, min(room, total - offset))
        part.fragment = packet.fragment + offset // _UNIT
        part.more_fragments = packet.more_fragments or offset + room < total
        parts.append(part)
    return parts


class Reassembly:
    """The fragments of one packet as they come in, in any order, perhaps twice."""

    __slots__ = ("_last", "parts")

    def __init__(self) -> None:
        self.parts: dict[int, Packet] = {}
        self._last: Packet | None = None

    def add(self, part: Packet) -> bool:
        """Take a fragment; False where one with this offset is there already."""
        if part.fragment in self.parts:
            return False
        self.parts[part.fragment] = part
        if not part.more_fragments:
            self._last = part
        return True

    def complete(self) -> Packet | None:
        """Return the whole packet, or None while a part is missing (WireError: not readable)."""
        if self._last is None:
            return None
        expected = 0
        for part in self._ordered():
            if part.fragment * _UNIT != expected:
                return None
            expected += part.payload.size
        first = self.parts[0]
        whole = first.copy()
        whole.fragment, whole.more_fragments = 0, False
        whole.payload = self._payload(first, expected)
        return whole

    def _ordered(self) -> Iterator[Packet]:
        return iter(sorted(self.parts.values(), key=lambda part: part.fragment))

    def _payload(self, first: Packet, total: int) -> Payload:
        """Return the payload: the object that was cut up, or what the joined bytes say."""
        payloads = [part.payload for part in self._ordered()]
        origin = first.payload.whole if isinstance(first.payload, Fragment) else None
        ours = all(isinstance(payload, Fragment) and payload.whole is origin for payload in payloads)
        if origin is not None and ours and origin.payload.size == total:
            return origin.payload
        data = b"".join(part.payload.pack(part) for part in self._ordered())
        decode = DECODERS.get(first.protocol)
        decoded = decode(data, first.source, first.destination) if decode else None
        return decoded or RawPayload(data)
