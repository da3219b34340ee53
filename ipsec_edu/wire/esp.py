"""The layout of ESP (RFC 4303, section 2): where its fields are, nothing about keys.

::

    SPI (4) | sequence (4) | IV | payload | padding | pad length (1) | next header (1) | ICV
                                 <------------- encrypted ---------------------------->
    <------------------------- under the ICV ------------------------------------------>
"""

from __future__ import annotations

import struct

from ipsec_edu.core.errors import WireError

__all__ = ["FIXED", "add_trailer", "bounds", "head", "peek", "strip_trailer"]

FIXED = 8
"""Bytes of SPI and sequence number."""

_HEAD = struct.Struct("!II")
_PADDING = bytes(range(1, 256))


def head(spi: int, sequence: int) -> bytes:
    """Return the first 8 bytes."""
    return _HEAD.pack(spi, sequence)


def peek(data: bytes) -> tuple[int, int]:
    """Return SPI and sequence number, which are readable for everybody."""
    if len(data) < FIXED:
        raise WireError(f"ESP: {len(data)} bytes hold no SPI and sequence number; at least 8 are needed")
    spi, sequence = _HEAD.unpack_from(data)
    return spi, sequence


def bounds(data: bytes, iv_size: int, icv_size: int) -> tuple[int, int]:
    """Return where the ciphertext begins and where the ICV does (WireError where there is no room)."""
    start, stop = FIXED + iv_size, len(data) - icv_size
    if stop - start < 2:
        raise WireError(f"ESP: {len(data)} bytes leave no room for a payload; was it cut short?")
    return start, stop


def add_trailer(body: bytes, next_header: int, align: int) -> bytes:
    """Return `body` with padding 1, 2, 3 ..., pad length and next header, aligned."""
    pad = -(len(body) + 2) % align
    return b"".join((body, _PADDING[:pad], bytes((pad, next_header))))


def strip_trailer(plain: bytes) -> tuple[bytes, int]:
    """Return body and next header of a decrypted payload (WireError where the padding is wrong)."""
    if len(plain) < 2:
        raise WireError("ESP: a decrypted payload without trailer")
    pad = plain[-2]
    end = len(plain) - 2 - pad
    if end < 0 or plain[end:-2] != _PADDING[:pad]:
        raise WireError(f"ESP: the padding is not 1, 2, 3 ... ({pad} bytes announced): wrong key, or not ESP")
    return plain[:end], plain[-1]
