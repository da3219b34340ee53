"""ICMP (RFC 792): the echo behind `ping`, and the errors that routers send back."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from ipsec_edu.core.errors import WireError
from ipsec_edu.wire.ipv4 import HEADER_SIZE, checksum
from ipsec_edu.wire.seen import SEEN_CLEAR

if TYPE_CHECKING:
    from ipsec_edu.wire.packet import Packet, Payload

__all__ = ["FRAGMENTATION_NEEDED", "TIME_EXCEEDED", "UNREACHABLE", "Echo", "IcmpError", "pattern", "unpack"]

UNREACHABLE, TIME_EXCEEDED = 3, 11
"""ICMP types."""
FRAGMENTATION_NEEDED = 4
"""Code of `UNREACHABLE`: too big and DF set (RFC 1191)."""

_ECHO_REPLY, _ECHO_REQUEST = 0, 8
_HEAD = struct.Struct("!BBHHH")
_COUNTING = bytes(range(256))


def pattern(length: int) -> bytes:
    """Return `length` bytes of the filling that a ping carries here: 00 01 02 ..."""
    return (_COUNTING * (length // 256 + 1))[:length]


def _sealed(kind: int, code: int, high: int, low: int, data: bytes) -> bytes:
    total = checksum(_HEAD.pack(kind, code, 0, high, low) + data)
    return _HEAD.pack(kind, code, total, high, low) + data


class Echo:
    """An echo request or reply.

    Parameters
    ----------
    request : bool
        True for type 8, False for type 0.
    identifier, sequence : int
        As the sender chose them; the reply repeats them.
    data : bytes or int
        What is carried, or how many bytes of `pattern`: 56 makes the usual 84-byte ping
        packet, 72 the 100-byte packet of IOS.
    """

    __slots__ = ("_data", "identifier", "request", "sequence", "size")
    seen = SEEN_CLEAR

    def __init__(self, request: bool, identifier: int, sequence: int, data: bytes | int = 56) -> None:
        self.request = request
        self.identifier = identifier
        self.sequence = sequence
        self._data = data
        self.size = 8 + (data if isinstance(data, int) else len(data))

    @property
    def data(self) -> bytes:
        """The bytes that the reply must bring back."""
        return pattern(self._data) if isinstance(self._data, int) else self._data

    def reply(self) -> Echo:
        """Return the answer to this request."""
        return Echo(False, self.identifier, self.sequence, self._data)

    def with_identifier(self, identifier: int) -> Echo:
        """Return the same message with another identifier, as NAT makes it."""
        return Echo(self.request, identifier, self.sequence, self._data)

    def pack(self, packet: Packet) -> bytes:
        """Return the message with its checksum."""
        kind = _ECHO_REQUEST if self.request else _ECHO_REPLY
        return _sealed(kind, 0, self.identifier & 0xFFFF, self.sequence & 0xFFFF, self.data)


class IcmpError:
    """An error message that quotes the packet it is about.

    Parameters
    ----------
    type, code : int
        ``3, 4`` is "fragmentation needed", ``11, 0`` "time exceeded in transit".
    mtu : int
        The next hop's MTU in bytes (RFC 1191), 0 where the code has none.
    original : bytes
        The offending packet; header and the first 8 bytes behind it are quoted.
    """

    __slots__ = ("code", "mtu", "original", "size", "type")
    seen = SEEN_CLEAR

    def __init__(self, type: int, code: int, mtu: int, original: bytes) -> None:
        self.type = type
        self.code = code
        self.mtu = mtu
        self.original = original[: HEADER_SIZE + 8]
        self.size = 8 + len(self.original)

    def pack(self, packet: Packet) -> bytes:
        """Return the message with its checksum."""
        return _sealed(self.type, self.code, 0, self.mtu, self.original)


def unpack(data: bytes) -> Payload | None:
    """Read an ICMP message; None where its type is not modelled (WireError where it is broken)."""
    if len(data) < _HEAD.size:
        raise WireError(f"ICMP: {len(data)} bytes are no message; at least 8 are needed")
    if checksum(data):
        raise WireError("ICMP: wrong checksum; the message was altered on the way")
    kind, code, _, high, low = _HEAD.unpack_from(data)
    body = data[_HEAD.size :]
    if kind in (_ECHO_REQUEST, _ECHO_REPLY) and code == 0:
        length = len(body)
        return Echo(kind == _ECHO_REQUEST, high, low, length if body == pattern(length) else body)
    if kind in (UNREACHABLE, TIME_EXCEEDED) and high == 0 and len(body) <= HEADER_SIZE + 8:
        return IcmpError(kind, code, low, body)
    return None
