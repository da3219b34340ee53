"""OSPF version 2 packets (RFC 2328, appendix A.3), null authentication.

Packets are immutable, so that a router can send the same Hello for hours; bytes are made when
somebody looks.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, ClassVar

from ipsec_edu.core.errors import WireError
from ipsec_edu.wire import ospf_lsa
from ipsec_edu.wire.ipv4 import checksum
from ipsec_edu.wire.ospf_lsa import Key, Lsa, LsaHeader
from ipsec_edu.wire.reader import Reader

if TYPE_CHECKING:
    from ipsec_edu.wire.packet import Packet

__all__ = [
    "ALL_DR_ROUTERS",
    "ALL_SPF_ROUTERS",
    "OSPF",
    "DatabaseDescription",
    "Hello",
    "LinkStateAck",
    "LinkStateRequest",
    "LinkStateUpdate",
    "OspfBody",
    "OspfPacket",
    "OspfType",
    "unpack",
]

OSPF = 89
"""IP protocol number."""
ALL_SPF_ROUTERS, ALL_DR_ROUTERS = 0xE0000005, 0xE0000006
"""Multicast destinations 224.0.0.5 (every OSPF router) and 224.0.0.6 (designated router and backup)."""

_HEAD = struct.Struct("!BBHIIHH")
_HEADER_SIZE = 24
_HELLO = struct.Struct("!IHBBIII")
_DESCRIPTION = struct.Struct("!HBBI")
_LINK_LOCAL_SIGNALLING = 0x10  # option bit L: a block follows that the length does not count (RFC 5613)


class OspfType(IntEnum):
    """Packet types."""

    HELLO = 1
    DATABASE_DESCRIPTION = 2
    LS_REQUEST = 3
    LS_UPDATE = 4
    LS_ACK = 5


@dataclass(frozen=True, slots=True)
class Hello:
    """I am here, these are my timers (seconds), and these are the router IDs I hear.

    `hello_s` is 0 where hellos are faster than one a second. `dr` and `bdr` are addresses, 0 for none.
    """

    mask: int
    hello_s: int
    dead_s: int
    options: int = 2
    priority: int = 1
    dr: int = 0
    bdr: int = 0
    neighbors: tuple[int, ...] = ()
    type: ClassVar[OspfType] = OspfType.HELLO

    @property
    def size(self) -> int:
        """Bytes on the wire."""
        return 20 + 4 * len(self.neighbors)

    def pack(self) -> bytes:
        """Return the bytes."""
        head = _HELLO.pack(
            self.mask, self.hello_s, self.options, self.priority, self.dead_s, self.dr, self.bdr
        )
        return head + struct.pack(f"!{len(self.neighbors)}I", *self.neighbors)


@dataclass(frozen=True, slots=True)
class DatabaseDescription:
    """Headers of what I have; `flags` are I (4), M (2) and MS (1)."""

    mtu: int
    flags: int
    sequence: int
    headers: tuple[LsaHeader, ...] = ()
    options: int = 2
    type: ClassVar[OspfType] = OspfType.DATABASE_DESCRIPTION
    INITIAL: ClassVar[int] = 4
    MORE: ClassVar[int] = 2
    MASTER: ClassVar[int] = 1

    @property
    def size(self) -> int:
        """Bytes on the wire."""
        return 8 + 20 * len(self.headers)

    def pack(self) -> bytes:
        """Return the bytes."""
        head = _DESCRIPTION.pack(self.mtu, self.options, self.flags, self.sequence)
        return head + b"".join(header.pack() for header in self.headers)


@dataclass(frozen=True, slots=True)
class LinkStateRequest:
    """Send me these LSAs."""

    keys: tuple[Key, ...]
    type: ClassVar[OspfType] = OspfType.LS_REQUEST

    @property
    def size(self) -> int:
        """Bytes on the wire."""
        return 12 * len(self.keys)

    def pack(self) -> bytes:
        """Return the bytes."""
        return b"".join(struct.pack("!III", *key) for key in self.keys)


@dataclass(frozen=True, slots=True)
class LinkStateUpdate:
    """Whole LSAs."""

    lsas: tuple[Lsa, ...]
    type: ClassVar[OspfType] = OspfType.LS_UPDATE

    @property
    def size(self) -> int:
        """Bytes on the wire."""
        return 4 + sum(lsa.size for lsa in self.lsas)

    def pack(self) -> bytes:
        """Return the bytes."""
        return struct.pack("!I", len(self.lsas)) + b"".join(lsa.pack() for lsa in self.lsas)


@dataclass(frozen=True, slots=True)
class LinkStateAck:
    """These LSAs arrived."""

    headers: tuple[LsaHeader, ...]
    type: ClassVar[OspfType] = OspfType.LS_ACK

    @property
    def size(self) -> int:
        """Bytes on the wire."""
        return 20 * len(self.headers)

    def pack(self) -> bytes:
        """Return the bytes."""
        return b"".join(header.pack() for header in self.headers)


OspfBody = Hello | DatabaseDescription | LinkStateRequest | LinkStateUpdate | LinkStateAck


@dataclass(frozen=True, slots=True)
class OspfPacket:
    """An OSPF packet; it stands behind an IPv4 header of protocol 89."""

    router_id: int
    area: int
    body: OspfBody

    @property
    def size(self) -> int:
        """Bytes on the wire, behind the IPv4 header."""
        return _HEADER_SIZE + self.body.size

    @property
    def type(self) -> OspfType:
        """What kind of packet it is."""
        return self.body.type

    def pack(self, packet: Packet | None = None) -> bytes:
        """Return the bytes with their checksum (which no IPv4 header goes into)."""
        body = self.body.pack()
        fields = 2, self.body.type, _HEADER_SIZE + len(body), self.router_id, self.area
        # the checksum leaves out the authentication field, 8 bytes of zero here
        total = checksum(_HEAD.pack(*fields, 0, 0) + body)
        return _HEAD.pack(*fields, total, 0) + bytes(8) + body


def unpack(data: bytes, source: int = 0, destination: int = 0) -> OspfPacket | None:
    """Read an OSPF packet; None where it is authenticated, which is not modelled.

    Raises
    ------
    WireError
        Where version, type, length or checksum is wrong, or the content does not fit the length.
    """
    if len(data) < _HEADER_SIZE:
        raise WireError(f"OSPF: {len(data)} bytes are no packet; the header alone has 24")
    version, kind, length, router_id, area, _, authentication = _HEAD.unpack_from(data)
    if version != 2:
        raise WireError(f"OSPF: version {version}; only version 2 runs over IPv4")
    if not _HEADER_SIZE <= length <= len(data):
        raise WireError(f"OSPF: length {length} announced, {len(data)} bytes there")
    if authentication:
        return None
    if checksum(data[:16] + data[_HEADER_SIZE:length]):
        raise WireError("OSPF: wrong checksum; the packet was altered on the way")
    parse = _BODIES.get(kind)
    if parse is None:
        raise WireError(f"OSPF: there is no packet type {kind}")
    reader = Reader(data[_HEADER_SIZE:length], "OSPF packet")
    body = parse(reader)
    reader.done()
    if length < len(data) and not getattr(body, "options", 0) & _LINK_LOCAL_SIGNALLING:
        raise WireError(f"OSPF: {len(data) - length} bytes left over behind the length {length}")
    return OspfPacket(router_id, area, body)


def _hello(reader: Reader) -> Hello:
    mask, hello_s, options, priority, dead_s, dr, bdr = _HELLO.unpack(reader.take(_HELLO.size))
    neighbors = tuple(reader.u32() for _ in range(reader.left // 4))
    return Hello(mask, hello_s, dead_s, options, priority, dr, bdr, neighbors)


def _description(reader: Reader) -> DatabaseDescription:
    mtu, options, flags, sequence = _DESCRIPTION.unpack(reader.take(_DESCRIPTION.size))
    return DatabaseDescription(mtu, flags, sequence, _headers(reader), options)


def _headers(reader: Reader) -> tuple[LsaHeader, ...]:
    headers = []
    while reader.left:
        headers.append(ospf_lsa.parse_header(reader))
    return tuple(headers)


def _request(reader: Reader) -> LinkStateRequest:
    keys = []
    while reader.left:
        keys.append((reader.u32(), reader.u32(), reader.u32()))
    return LinkStateRequest(tuple(keys))


def _update(reader: Reader) -> LinkStateUpdate:
    count = reader.u32()
    if count * ospf_lsa.HEADER_SIZE > reader.left:
        raise WireError(f"OSPF: {count} LSAs announced, {reader.left} bytes there")
    return LinkStateUpdate(tuple(ospf_lsa.parse_lsa(reader) for _ in range(count)))


_BODIES: dict[int, Callable[[Reader], OspfBody]] = {
    OspfType.HELLO: _hello,
    OspfType.DATABASE_DESCRIPTION: _description,
    OspfType.LS_REQUEST: _request,
    OspfType.LS_UPDATE: _update,
    OspfType.LS_ACK: lambda reader: LinkStateAck(_headers(reader)),
}
