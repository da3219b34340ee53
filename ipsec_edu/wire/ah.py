"""The layout of AH (RFC 4302, section 2), and which bytes its ICV covers.

::

    next header (1) | payload length (1) | reserved (2) | SPI (4) | sequence (4) | ICV

The ICV covers the IP header too, except the fields that routers change: those count as zero.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from ipsec_edu.core.errors import WireError
from ipsec_edu.wire.ipv4 import AH

__all__ = ["FIXED", "AhParts", "head", "immutable_header", "peek", "split"]

FIXED = 12
"""Bytes in front of the ICV."""

_HEAD = struct.Struct("!BBHII")
_IPV4 = struct.Struct("!BBHHHBBHII")


class AhParts(NamedTuple):
    """An AH packet cut at its seams."""

    next_header: int
    spi: int
    sequence: int
    icv: bytes
    body: bytes


def head(next_header: int, spi: int, sequence: int, icv_size: int) -> bytes:
    """Return the 12 bytes in front of the ICV; the length field counts 4-byte words, less two."""
    return _HEAD.pack(next_header, (FIXED + icv_size) // 4 - 2, 0, spi, sequence)


def peek(data: bytes) -> tuple[int, int]:
    """Return SPI and sequence number."""
    if len(data) < FIXED:
        raise WireError(f"AH: {len(data)} bytes are no header; at least 12 are needed")
    _, _, _, spi, sequence = _HEAD.unpack_from(data)
    return spi, sequence


def split(data: bytes, icv_size: int) -> AhParts:
    """Cut an AH packet whose ICV has `icv_size` bytes (WireError where the length field disagrees)."""
    spi, sequence = peek(data)
    size = (data[1] + 2) * 4
    if size != FIXED + icv_size or size > len(data):
        raise WireError(f"AH: {size} bytes announced, {FIXED + icv_size} needed, {len(data)} there")
    return AhParts(data[0], spi, sequence, data[FIXED:size], data[size:])


def immutable_header(source: int, destination: int, length: int, identification: int) -> bytes:
    """Return the IPv4 header as the ICV sees it.

    TOS, flags, fragment offset, TTL and checksum are zero (RFC 4302, 3.3.3.1.1.1). The
    addresses are not: that is why AH and address translation exclude each other.
    """
    return _IPV4.pack(0x45, 0, length, identification, 0, 0, AH, 0, source, destination)
