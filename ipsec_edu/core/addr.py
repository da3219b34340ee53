"""IPv4 addresses and prefixes as integers.

Inside the simulation an address is an ``int`` and a prefix a pair of ints, because a
routed hop is dominated by such comparisons; text appears only where people read it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["ANY", "Prefix", "format_ip", "mask_of", "parse_ip", "prefix_length"]

_DOTTED = re.compile(r"(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\Z", re.ASCII)


def parse_ip(text: str) -> int:
    """Return the dotted-quad `text` as an unsigned 32-bit integer (ValueError if it is none)."""
    match = _DOTTED.match(text)
    if match is None:
        raise ValueError(f"{text!r} is not an IPv4 address")
    value = 0
    for octet in match.groups():
        if int(octet) > 255:
            raise ValueError(f"{text!r} is not an IPv4 address: {octet} is above 255")
        value = value << 8 | int(octet)
    return value


def format_ip(address: int) -> str:
    """Return the integer `address` as a dotted quad."""
    return f"{address >> 24}.{address >> 16 & 255}.{address >> 8 & 255}.{address & 255}"


def mask_of(length: int) -> int:
    """Return the netmask of a prefix `length` (0 to 32) as an integer."""
    return 0xFFFFFFFF << (32 - length) & 0xFFFFFFFF


def prefix_length(mask: int) -> int:
    """Return the length of a contiguous netmask (ValueError if it has holes)."""
    inverted = ~mask & 0xFFFFFFFF
    if inverted & (inverted + 1):
        raise ValueError(f"{format_ip(mask)} is not a netmask")
    return 32 - inverted.bit_length()


class Prefix(NamedTuple):
    """A network: integer address (host bits zero) and length in bits."""

    network: int
    length: int

    @classmethod
    def parse(cls, text: str) -> Prefix:
        """Read ``10.0.0.0/8`` or a bare address (a /32); host bits are cleared."""
        address, _, length = text.partition("/")
        bits = int(length) if length else 32
        if not 0 <= bits <= 32:
            raise ValueError(f"{text!r}: a prefix length is 0 to 32")
        return cls.of(parse_ip(address), bits)

    @classmethod
    def of(cls, address: int, length: int) -> Prefix:
        """Return the prefix of `length` bits that holds `address`."""
        return cls(address & mask_of(length), length)

    @property
    def mask(self) -> int:
        """The netmask as an integer."""
        return mask_of(self.length)

    def contains(self, address: int) -> bool:
        """Tell whether `address` lies inside."""
        return address & mask_of(self.length) == self.network

    def covers(self, other: Prefix) -> bool:
        """Tell whether every address of `other` lies inside."""
        return self.length <= other.length and self.contains(other.network)

    def __str__(self) -> str:
        return f"{format_ip(self.network)}/{self.length}"


ANY = Prefix(0, 0)
