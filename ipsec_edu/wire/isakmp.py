"""ISAKMP messages (RFC 2408, section 3): bytes to payloads and back, exactly.

A message is a header and a chain of payloads, each of which announces the type of the next.
Where a message is encrypted, the header stays clear and the chain is followed by zero padding; so
`unpack_payloads` says how many bytes the chain took, and `pack` and `unpack` are for messages without
encryption.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, NamedTuple

from ipsec_edu.core.errors import WireError
from ipsec_edu.wire.isakmp_sa import (
    Attribute,
    Proposal,
    SecurityAssociation,
    Transform,
    unpack_attributes,
)
from ipsec_edu.wire.isakmp_values import PAYLOAD_NAME, Flag, PayloadType

__all__ = [
    "HEADER_BYTES",
    "NO_COOKIE",
    "Attribute",
    "Delete",
    "Hash",
    "Header",
    "Identification",
    "KeyExchange",
    "NatD",
    "NatOa",
    "Nonce",
    "Notification",
    "Payload",
    "Proposal",
    "Raw",
    "SecurityAssociation",
    "Transform",
    "VendorId",
    "labels",
    "pack",
    "pack_header",
    "pack_payloads",
    "unpack",
    "unpack_attributes",
    "unpack_header",
    "unpack_payloads",
]

HEADER_BYTES = 28
NO_COOKIE = bytes(8)
_HEADER = struct.Struct(">8s8sBBBBII")
_GENERIC = struct.Struct(">BBH")
_read_header, _read_generic = _HEADER.unpack_from, _GENERIC.unpack_from
_make = tuple.__new__  # half the cost of a named tuple's own constructor
_ENCRYPTION = int(Flag.ENCRYPTION)
_MAX_PAYLOADS = 64
_LABELS: dict[int, str] = {int(kind): name for kind, name in PAYLOAD_NAME.items()}


class Header(NamedTuple):
    """The 28 bytes in front of every message; `length` counts them too."""

    initiator_cookie: bytes
    responder_cookie: bytes
    next_payload: int
    exchange: int
    flags: int
    message_id: int
    length: int
    version: int = 0x10

    @property
    def encrypted(self) -> bool:
        """Tell whether everything after the header is encrypted."""
        return bool(self.flags & _ENCRYPTION)

    @property
    def cookies(self) -> bytes:
        """CKY-I | CKY-R."""
        return self.initiator_cookie + self.responder_cookie


@dataclass(slots=True)
class _Opaque:
    """A payload that is nothing but data."""

    type: ClassVar[int] = PayloadType.NONE
    data: bytes

    def body(self) -> bytes:
        """Return the payload without its generic header."""
        return self.data


class KeyExchange(_Opaque):
    """KE: a Diffie-Hellman public value."""

    __slots__ = ()
    type = PayloadType.KE


class Hash(_Opaque):
    """HASH."""

    __slots__ = ()
    type = PayloadType.HASH


class Nonce(_Opaque):
    """Nonce (8 to 256 bytes)."""

    __slots__ = ()
    type = PayloadType.NONCE


class VendorId(_Opaque):
    """Vendor ID: what its sender can do, or who it is."""

    __slots__ = ()
    type = PayloadType.VENDOR


class NatD(_Opaque):
    """NAT-D: hash of an address and port as the sender sees it."""

    __slots__ = ()
    type = PayloadType.NAT_D


class NatOa(_Opaque):
    """NAT-OA: an original address; carried, never used here."""

    __slots__ = ()
    type = PayloadType.NAT_OA


@dataclass(slots=True)
class Identification:
    """ID: who, or (phase 2) which traffic."""

    type: ClassVar[int] = PayloadType.ID
    id_type: int
    protocol: int
    port: int
    data: bytes

    def body(self) -> bytes:
        """Return the payload without its generic header (``ID_b``)."""
        return struct.pack(">BBH", self.id_type, self.protocol, self.port) + self.data

    @classmethod
    def parse(cls, data: bytes) -> Identification:
        """Read the body."""
        if len(data) < 4:
            raise WireError("ID payload: shorter than its fixed part")
        return cls(data[0], data[1], data[2] << 8 | data[3], data[4:])


@dataclass(slots=True)
class Notification:
    """N: an error or a piece of status."""

    type: ClassVar[int] = PayloadType.NOTIFY
    protocol: int
    notify: int
    spi: bytes = b""
    data: bytes = b""
    doi: int = 1

    def body(self) -> bytes:
        """Return the payload without its generic header."""
        return (
            struct.pack(">IBBH", self.doi, self.protocol, len(self.spi), self.notify) + self.spi + self.data
        )

    @classmethod
    def parse(cls, data: bytes) -> Notification:
        """Read the body."""
        if len(data) < 8 or len(data) < 8 + data[5]:
            raise WireError("N payload: truncated")
        doi, protocol, size, notify = struct.unpack_from(">IBBH", data)
        return cls(protocol, notify, data[8 : 8 + size], data[8 + size :], doi)


@dataclass(slots=True)
class Delete:
    """D: the sender no longer receives on these SPIs (or has forgotten these cookies)."""

    type: ClassVar[int] = PayloadType.DELETE
    protocol: int
    spis: tuple[bytes, ...]
    doi: int = 1

    def body(self) -> bytes:
        """Return the payload without its generic header."""
        size = len(self.spis[0]) if self.spis else 0
        return struct.pack(">IBBH", self.doi, self.protocol, size, len(self.spis)) + b"".join(self.spis)

    @classmethod
    def parse(cls, data: bytes) -> Delete:
        """Read the body."""
        if len(data) < 8:
            raise WireError("D payload: truncated")
        doi, protocol, size, count = struct.unpack_from(">IBBH", data)
        if len(data) != 8 + size * count or (count and not size) or (size and not count):
            raise WireError("D payload: its length does not fit the number of SPIs")
        return cls(protocol, tuple(data[8 + n * size : 8 + (n + 1) * size] for n in range(count)), doi)


@dataclass(slots=True)
class Raw:
    """A payload of a type that is not modelled, kept as it came."""

    type: int
    data: bytes

    def body(self) -> bytes:
        """Return the payload without its generic header."""
        return self.data


Payload = (
    SecurityAssociation
    | KeyExchange
    | Identification
    | Hash
    | Nonce
    | Notification
    | Delete
    | VendorId
    | NatD
    | NatOa
    | Raw
)

_READERS: dict[int, Callable[[bytes], Payload]] = {
    **{kind: partial(Raw, kind) for kind in range(256)},
    **{kind.type: kind for kind in (KeyExchange, Hash, Nonce, VendorId, NatD, NatOa)},
    **{kind.type: kind.parse for kind in (SecurityAssociation, Identification, Notification, Delete)},
}


def labels(payloads: Sequence[Payload]) -> tuple[str, ...]:
    """Return the short names of payloads, in order: ``("SA", "VID")``."""
    return tuple([_LABELS.get(payload.type) or f"P{payload.type}" for payload in payloads])


def pack_payloads(payloads: Sequence[Payload]) -> bytes:
    """Return the chain of payloads (its first type belongs in the header)."""
    parts = []
    last = len(payloads) - 1
    for index, payload in enumerate(payloads):
        body = payload.body()
        parts.append(_GENERIC.pack(payloads[index + 1].type if index < last else 0, 0, 4 + len(body)))
        parts.append(body)
    return b"".join(parts)


def unpack_payloads(first: int, data: bytes, start: int = 0) -> tuple[list[Payload], int]:
    """Read a chain of payloads.

    Parameters
    ----------
    first : int
        Type of the first payload, from the header.
    data : bytes
        Where the chain is.
    start : int
        Where in `data` it begins.

    Returns
    -------
    list of Payload, int
        The payloads, and the position behind them (padding may follow).

    Raises
    ------
    WireError
        Where a length, a reserved field or a content is impossible.
    """
    payloads: list[Payload] = []
    kind, position, size = first, start, len(data)
    while kind:
        if position + 4 > size:
            raise WireError(f"payload {len(payloads) + 1}: truncated at byte {position}")
        following, reserved, length = _read_generic(data, position)
        end = position + length
        if reserved or length < 4 or end > size:
            raise _bad_header(len(payloads) + 1, reserved, length)
        payloads.append(_READERS[kind](data[position + 4 : end]))
        if len(payloads) > _MAX_PAYLOADS:
            raise WireError(f"more than {_MAX_PAYLOADS} payloads in one message")
        kind, position = following, end
    return payloads, position


def _bad_header(number: int, reserved: int, length: int) -> WireError:
    """Say what is wrong with the generic header of the payload of this number."""
    if reserved:
        return WireError(f"payload {number}: reserved byte is {reserved}, not zero")
    return WireError(f"payload {number}: length {length} does not fit in the message")


def pack_header(header: Header) -> bytes:
    """Return the 28 bytes of a header."""
    icookie, rcookie, following, exchange, flags, message_id, length, version = header
    return _HEADER.pack(icookie, rcookie, following, version, exchange, flags, message_id, length)


def unpack_header(data: bytes) -> Header:
    """Read the header and check it against the length of `data` (WireError where it does not fit)."""
    if len(data) < HEADER_BYTES:
        raise WireError(f"ISAKMP: {len(data)} bytes are less than a header")
    icookie, rcookie, following, version, exchange, flags, message_id, length = _read_header(data)
    if version >> 4 != 1:
        raise WireError(f"ISAKMP: version {version >> 4}.{version & 15} is not 1.0 (IKEv2?)")
    if length != len(data):
        raise WireError(f"ISAKMP: the header says {length} bytes, {len(data)} came")
    if icookie == NO_COOKIE:
        raise WireError("ISAKMP: the initiator cookie is zero")
    return _make(Header, (icookie, rcookie, following, exchange, flags, message_id, length, version))


def pack(header: Header, payloads: Sequence[Payload]) -> bytes:
    """Return a message without encryption; the header's length and next payload are filled in."""
    chain = pack_payloads(payloads)
    first = payloads[0].type if payloads else 0
    icookie, rcookie, _, exchange, flags, message_id, _, version = header
    length = HEADER_BYTES + len(chain)
    return _HEADER.pack(icookie, rcookie, first, version, exchange, flags, message_id, length) + chain


def unpack(data: bytes) -> tuple[Header, list[Payload]]:
    """Read a message without encryption (WireError where it is malformed, or encrypted)."""
    header = unpack_header(data)
    _, _, first, _, flags, _, _, _ = header  # in one step: a named tuple's fields are slow one by one
    if flags & _ENCRYPTION:
        raise WireError("ISAKMP: the message is encrypted; decrypt what follows the header first")
    payloads, position = unpack_payloads(first, data, HEADER_BYTES)
    if position != len(data):
        raise WireError(f"ISAKMP: {len(data) - position} bytes behind the last payload")
    return header, payloads
