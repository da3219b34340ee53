"""Link state advertisements of OSPF version 2 (RFC 2328, appendix A.4): router, network, AS-external."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

from ipsec_edu.core.errors import WireError
from ipsec_edu.wire.reader import Reader

__all__ = [
    "EXTERNAL_LSA",
    "HEADER_SIZE",
    "INITIAL_SEQUENCE",
    "LS_INFINITY",
    "MAX_AGE",
    "MAX_SEQUENCE",
    "NETWORK_LSA",
    "ROUTER_LSA",
    "STUB",
    "TO_ROUTER",
    "TRANSIT",
    "ExternalLsa",
    "Key",
    "Lsa",
    "LsaBody",
    "LsaHeader",
    "NetworkLsa",
    "OpaqueLsa",
    "RouterLink",
    "RouterLsa",
    "fletcher",
    "parse_header",
    "parse_lsa",
]

ROUTER_LSA, NETWORK_LSA, EXTERNAL_LSA = 1, 2, 5
"""LS types (3 and 4, summaries of other areas, are carried and not read)."""
TO_ROUTER, TRANSIT, STUB = 1, 2, 3
"""Types of a router's link: to another router, to a network with a designated router, to a network's end."""
MAX_AGE = 3600
"""Seconds; an LSA this old is on its way out (RFC 2328, appendix B)."""
INITIAL_SEQUENCE, MAX_SEQUENCE = 0x80000001, 0x7FFFFFFF
"""Sequence numbers are signed: the first is the lowest (RFC 2328, 12.1.6)."""
LS_INFINITY = 0xFFFFFF
"""The metric of what cannot be reached."""
HEADER_SIZE = 20

_HEADER = struct.Struct("!HBBIIIHH")
_LINK = struct.Struct("!IIBBH")
_CHECKSUM_AT = 14  # from behind the age, which the checksum leaves out

Key = tuple[int, int, int]
"""What names an LSA: type, link state ID, advertising router."""


def fletcher(data: bytes) -> int:
    """Return the checksum of an LSA without its age field, checksum bytes zero (RFC 905, annex B)."""
    low, high = _sums(data)
    first = ((len(data) - _CHECKSUM_AT - 1) * low - high) % 255 or 255
    second = 510 - low - first
    return first << 8 | (second - 255 if second > 255 else second)


def _sums(data: bytes) -> tuple[int, int]:
    """Return the two running sums of Fletcher's checksum, modulo 255."""
    low = high = 0
    for byte in data:
        low += byte
        high += low
    return low % 255, high % 255


@dataclass(frozen=True, slots=True)
class LsaHeader:
    """The 20 bytes that name an LSA and this instance of it; `age` in seconds, `length` in bytes."""

    age: int
    options: int
    type: int
    ls_id: int
    router: int
    sequence: int
    checksum: int
    length: int

    @property
    def key(self) -> Key:
        """What the instances of one LSA have in common."""
        return self.type, self.ls_id, self.router

    def pack(self) -> bytes:
        """Return the bytes."""
        return _HEADER.pack(
            self.age,
            self.options,
            self.type,
            self.ls_id,
            self.router,
            self.sequence,
            self.checksum,
            self.length,
        )


@dataclass(frozen=True, slots=True)
class RouterLink:
    """One link of a router.

    `link_id` and `data` are, by type: `TO_ROUTER` the neighbour's router ID and the own address; `TRANSIT`
    the designated router's address and the own address; `STUB` network and mask. `tos`: other TOS's metrics.
    """

    type: int
    link_id: int
    data: int
    metric: int
    tos: bytes = b""


@dataclass(frozen=True, slots=True)
class RouterLsa:
    """What a router is joined to. `flags`: bits V, E, B and the unused byte behind them, as 16 bits."""

    links: tuple[RouterLink, ...]
    flags: int = 0
    type: ClassVar[int] = ROUTER_LSA
    BORDER: ClassVar[int] = 0x0200
    """Bit E: the router announces external routes."""

    @property
    def size(self) -> int:
        """Bytes on the wire."""
        return 4 + sum(12 + len(link.tos) for link in self.links)

    def pack(self) -> bytes:
        """Return the bytes."""
        parts = [struct.pack("!HH", self.flags, len(self.links))]
        for link in self.links:
            parts.append(_LINK.pack(link.link_id, link.data, link.type, len(link.tos) // 4, link.metric))
            parts.append(link.tos)
        return b"".join(parts)


@dataclass(frozen=True, slots=True)
class NetworkLsa:
    """The routers (IDs) that are adjacent to the designated router of a network."""

    mask: int
    routers: tuple[int, ...]
    type: ClassVar[int] = NETWORK_LSA

    @property
    def size(self) -> int:
        """Bytes on the wire."""
        return 4 + 4 * len(self.routers)

    def pack(self) -> bytes:
        """Return the bytes."""
        return struct.pack(f"!{1 + len(self.routers)}I", self.mask, *self.routers)


@dataclass(frozen=True, slots=True)
class ExternalLsa:
    """A route from outside OSPF; `metric_type` 1 or 2; `forward` 0: send to the router that says so."""

    mask: int
    metric: int
    metric_type: int = 2
    forward: int = 0
    tag: int = 0
    tos: bytes = b""
    type: ClassVar[int] = EXTERNAL_LSA

    @property
    def size(self) -> int:
        """Bytes on the wire."""
        return 16 + len(self.tos)

    def pack(self) -> bytes:
        """Return the bytes."""
        metric = self.metric | (0x80000000 if self.metric_type == 2 else 0)
        return struct.pack("!IIII", self.mask, metric, self.forward, self.tag) + self.tos


@dataclass(frozen=True, slots=True)
class OpaqueLsa:
    """An LSA of a type that is carried and not read."""

    type: int
    data: bytes

    @property
    def size(self) -> int:
        """Bytes on the wire."""
        return len(self.data)

    def pack(self) -> bytes:
        """Return the bytes."""
        return self.data


LsaBody = RouterLsa | NetworkLsa | ExternalLsa | OpaqueLsa


@dataclass(frozen=True)
class Lsa:
    """An LSA: header and body. `make` computes checksum and length."""

    header: LsaHeader
    body: LsaBody

    @classmethod
    def make(
        cls, ls_id: int, router: int, sequence: int, body: LsaBody, age: int = 0, options: int = 2
    ) -> Lsa:
        """Return the LSA with checksum and length as they must be (options default: bit E)."""
        blank = LsaHeader(age, options, body.type, ls_id, router, sequence, 0, HEADER_SIZE + body.size)
        checksum = fletcher(blank.pack()[2:] + body.pack())
        return cls(replace(blank, checksum=checksum), body)

    @property
    def key(self) -> Key:
        """What the instances of one LSA have in common."""
        return self.header.key

    @property
    def size(self) -> int:
        """Bytes on the wire."""
        return self.header.length

    @cached_property
    def intact(self) -> bool:
        """Whether the checksum is right."""
        return bool(self.header.checksum) and _sums(self.pack()[2:]) == (0, 0)

    def aged(self, age: int) -> Lsa:
        """Return the same instance at another age."""
        return self if age == self.header.age else Lsa(replace(self.header, age=age), self.body)

    def pack(self) -> bytes:
        """Return the bytes."""
        return self.header.pack() + self.body.pack()


def parse_header(reader: Reader) -> LsaHeader:
    """Read an LSA header (WireError where it is cut short)."""
    header = LsaHeader(*_HEADER.unpack(reader.take(HEADER_SIZE)))
    if header.length < HEADER_SIZE:
        raise WireError(f"OSPF: an LSA cannot be {header.length} bytes long; the header alone has 20")
    return header


def parse_lsa(reader: Reader) -> Lsa:
    """Read an LSA (WireError where a length disagrees with the content).

    A wrong checksum is not an error of the packet: see `Lsa.intact` (RFC 2328, 13, step 1).
    """
    header = parse_header(reader)
    with reader.restrict(header.length - HEADER_SIZE, "OSPF LSA"):
        body: LsaBody
        if header.type == ROUTER_LSA:
            body = _router(reader)
        elif header.type == NETWORK_LSA:
            mask = reader.u32()
            body = NetworkLsa(mask, tuple(reader.u32() for _ in range(reader.left // 4)))
        elif header.type == EXTERNAL_LSA:
            body = _external(reader)
        else:
            body = OpaqueLsa(header.type, reader.rest())
    return Lsa(header, body)


def _router(reader: Reader) -> RouterLsa:
    flags, count = reader.u16(), reader.u16()
    links = []
    for _ in range(count):
        link_id, data, kind, tos, metric = _LINK.unpack(reader.take(_LINK.size))
        links.append(RouterLink(kind, link_id, data, metric, reader.take(4 * tos)))
    return RouterLsa(tuple(links), flags)


def _external(reader: Reader) -> ExternalLsa:
    mask, metric, forward, tag = struct.unpack("!IIII", reader.take(16))
    if metric >> 24 & 0x7F:
        raise WireError("OSPF: the first metric of an external LSA must be that of TOS 0")
    if reader.left % 12:
        raise WireError("OSPF: the metrics of other TOS take 12 bytes each in an external LSA")
    return ExternalLsa(mask, metric & 0xFFFFFF, 2 if metric >> 31 else 1, forward, tag, reader.rest())
