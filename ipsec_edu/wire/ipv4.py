"""The IPv4 header (RFC 791) and the Internet checksum (RFC 1071)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from ipsec_edu.core.errors import WireError

__all__ = [
    "AH",
    "ESP",
    "HEADER_SIZE",
    "ICMP",
    "IPIP",
    "UDP",
    "Ipv4Header",
    "checksum",
    "pack_header",
    "parse_header",
    "transport_checksum",
]

ICMP, IPIP, UDP, ESP, AH = 1, 4, 17, 50, 51
HEADER_SIZE = 20

_HEADER = struct.Struct("!BBHHHBBHII")
_DF, _MF = 0x4000, 0x2000


def checksum(data: bytes) -> int:
    """Return the Internet checksum of `data`: the complement of the ones' complement sum.

    A ones' complement sum of 16-bit words is the number modulo 65535, so one big integer
    division does the work of the loop that is usually shown.
    """
    if len(data) & 1:
        data += b"\0"
    number = int.from_bytes(data, "big")
    folded = number % 0xFFFF
    if folded == 0 and number:
        folded = 0xFFFF
    return folded ^ 0xFFFF


def transport_checksum(
    source: int, destination: int, protocol: int, size: int, data: bytes, words: int = 0
) -> int:
    """Return the checksum of UDP and TCP, which includes addresses, protocol and size (RFC 768).

    Parameters
    ----------
    source, destination, protocol, size : int
        The pseudo header; `size` is that of header and data in bytes.
    data : bytes
        What is summed up behind it.
    words : int
        Sum of 16-bit words that are not in `data` (a header that is not packed yet).
    """
    number = int.from_bytes(data, "big")
    if len(data) & 1:
        number <<= 8
    # The pseudo header is never all zero, so that no sum is: see `checksum`.
    return ((source + destination + protocol + size + words + number) % 0xFFFF or 0xFFFF) ^ 0xFFFF


@dataclass(slots=True)
class Ipv4Header:
    """The fields of a parsed header; `fragment` counts 8-byte units, `length` is the total length."""

    tos: int
    length: int
    identification: int
    dont_fragment: bool
    more_fragments: bool
    fragment: int
    ttl: int
    protocol: int
    source: int
    destination: int


def pack_header(
    source: int,
    destination: int,
    protocol: int,
    length: int,
    *,
    ttl: int = 255,
    tos: int = 0,
    identification: int = 0,
    dont_fragment: bool = False,
    more_fragments: bool = False,
    fragment: int = 0,
) -> bytes:
    """Return 20 bytes with the right checksum; `length` is the total length in bytes."""
    if length > 0xFFFF:
        raise WireError(f"IPv4: a packet of {length} bytes is longer than 65535; send less data")
    flags = (_DF if dont_fragment else 0) | (_MF if more_fragments else 0) | fragment
    # `checksum` of the header, without the detour by its bytes: the sum of its 16-bit words modulo 65535.
    words = 0x4500 + tos + length + identification + flags + (ttl << 8) + protocol + source + destination
    total = (words % 0xFFFF or 0xFFFF) ^ 0xFFFF
    return _HEADER.pack(0x45, tos, length, identification, flags, ttl, protocol, total, source, destination)


def parse_header(data: bytes, *, whole: bool = True) -> Ipv4Header:
    """Read the header in front of `data`.

    Parameters
    ----------
    data : bytes
        An IPv4 packet, or (`whole` False) the beginning of one, as an ICMP error quotes it.

    Raises
    ------
    WireError
        Not IPv4, with options, cut short, or with a wrong header checksum.
    """
    if len(data) < HEADER_SIZE:
        raise WireError(f"IPv4: {len(data)} bytes are no header; at least 20 are needed")
    fields = _HEADER.unpack_from(data)
    first, tos, length, identification, flags, ttl, protocol, _, source, destination = fields
    if first >> 4 != 4:
        raise WireError(f"IPv4: the version field says {first >> 4}; only version 4 is modelled")
    if first & 15 != 5:
        raise WireError(f"IPv4: a header of {(first & 15) * 4} bytes; headers with options are not modelled")
    if length < HEADER_SIZE or (whole and length > len(data)):
        raise WireError(f"IPv4: total length {length}, but {len(data)} bytes are there")
    if int.from_bytes(data[:HEADER_SIZE], "big") % 0xFFFF:  # `checksum` of a number that is not zero
        raise WireError("IPv4: wrong header checksum; the header was altered on the way")
    return Ipv4Header(
        tos,
        length,
        identification,
        bool(flags & _DF),
        bool(flags & _MF),
        flags & 0x1FFF,
        ttl,
        protocol,
        source,
        destination,
    )
