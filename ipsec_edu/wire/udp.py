"""UDP (RFC 768)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from ipsec_edu.core.errors import WireError
from ipsec_edu.wire.bfd import BFD_PORT
from ipsec_edu.wire.ipv4 import UDP, transport_checksum
from ipsec_edu.wire.seen import SEEN_BFD, SEEN_CLEAR, SEEN_IKE, Seen

if TYPE_CHECKING:
    from ipsec_edu.wire.packet import Packet

__all__ = ["HEADER_SIZE", "UdpDatagram", "unpack"]

HEADER_SIZE = 8

_IKE_PORTS = (500, 4500)

_HEAD = struct.Struct("!HHHH")


class UdpDatagram:
    """A datagram; never changed in place, since copies of a packet share it."""

    __slots__ = ("data", "destination_port", "seen", "size", "source_port")

    data: bytes

    def __init__(self, source_port: int, destination_port: int, data: bytes) -> None:
        self.source_port = source_port
        self.destination_port = destination_port
        self.data = data
        self.size = HEADER_SIZE + len(data)
        """Bytes on the wire, the header included."""
        self.seen = _seen(source_port, destination_port)
        """What it looks like to somebody on the wire (`net.kind.kind_of`)."""

    def with_ports(self, source_port: int, destination_port: int) -> UdpDatagram:
        """Return the same datagram between other ports, as NAT makes it."""
        return UdpDatagram(source_port, destination_port, self.data)

    def pack(self, packet: Packet) -> bytes:
        """Return header and data; the checksum includes the addresses of `packet`."""
        size = self.size
        source_port, destination_port, data = self.source_port, self.destination_port, self.data
        words = source_port + destination_port + size
        total = transport_checksum(packet.source, packet.destination, UDP, size, data, words)
        # 0 would say "no checksum", so its other spelling is sent.
        return _HEAD.pack(source_port, destination_port, size, total or 0xFFFF) + data


def _seen(source_port: int, destination_port: int) -> Seen:
    """Judge a datagram by its ports."""
    if source_port in _IKE_PORTS or destination_port in _IKE_PORTS:
        return SEEN_IKE
    return SEEN_BFD if destination_port == BFD_PORT else SEEN_CLEAR


def unpack(data: bytes, source: int, destination: int) -> UdpDatagram:
    """Read a datagram between the addresses given (WireError where length or checksum is wrong)."""
    if len(data) < HEADER_SIZE:
        raise WireError(f"UDP: {len(data)} bytes are no datagram; at least 8 are needed")
    source_port, destination_port, size, total = _HEAD.unpack_from(data)
    if size != len(data):
        raise WireError(f"UDP: the length field says {size}, but {len(data)} bytes are there")
    if total and transport_checksum(source, destination, UDP, size, data):
        raise WireError("UDP: wrong checksum; datagram or addresses were altered on the way")
    return UdpDatagram(source_port, destination_port, data[HEADER_SIZE:])
