"""Fragmentation (RFC 791, 2.3) without making bytes."""

from __future__ import annotations

from ipsec_edu.wire.ipv4 import HEADER_SIZE
from ipsec_edu.wire.packet import Packet

__all__ = ["UNIT", "Fragment", "fragment"]

UNIT = 8
"""Fragment offsets count in so many bytes."""


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
    room = (mtu - HEADER_SIZE) // UNIT * UNIT
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
        part.fragment = packet.fragment + offset // UNIT
        part.more_fragments = packet.more_fragments or offset + room < total
        parts.append(part)
    return parts
