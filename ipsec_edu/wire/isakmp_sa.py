"""The SA payload of ISAKMP: proposals, transforms and attributes inside each other (RFC 2408, 3.3 to 3.6)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from ipsec_edu.core.errors import WireError
from ipsec_edu.wire.isakmp_values import PayloadType

__all__ = ["Attribute", "Proposal", "SecurityAssociation", "Transform", "unpack_attributes"]

_FIXED = struct.Struct(">II")
_PROPOSAL = struct.Struct(">BBHBBBB")
_TRANSFORM = struct.Struct(">BBHBBH")
_PAIR = struct.Struct(">HH")
_pack_pair, _read_pair = _PAIR.pack, _PAIR.unpack_from
_read_fixed, _read_proposal = _FIXED.unpack_from, _PROPOSAL.unpack_from
_read_transform = _TRANSFORM.unpack_from
_IS_PROPOSAL, _IS_TRANSFORM = int(PayloadType.PROPOSAL), int(PayloadType.TRANSFORM)
_make = tuple.__new__  # half the cost of the named tuple's own constructor, on the hottest lines here


class Attribute(NamedTuple):
    """One attribute of a transform: 2-byte value (`length` 0, "TV") or `length` bytes ("TLV")."""

    type: int
    value: int
    length: int = 0

    def pack(self) -> bytes:
        """Return the attribute's bytes."""
        if self.length:
            return _pack_pair(self.type, self.length) + self.value.to_bytes(self.length, "big")
        return _pack_pair(self.type | 0x8000, self.value)

    @classmethod
    def fitting(cls, kind: int, value: int) -> Attribute:
        """Return the short form where the value fits in 2 bytes, else four bytes of TLV."""
        return cls(kind, value) if value < 0x10000 else cls(kind, value, 4)


_EVERYDAY = (128, 192, 256, 3600, 10800, 28800, 43200)
"""Values beyond 31 that many proposals carry: key lengths in bits, lifetimes in seconds."""


class _ShortForms(dict[int, Attribute]):
    """Short attributes by their four bytes as a number.

    Nearly all attributes come from a small vocabulary (RFC 2407 and 2409 number their values from 1), which
    is made here once; any other is made when it is read, and not kept.
    """

    def __init__(self) -> None:
        for kind in range(1, 16):
            for value in (*range(32), *_EVERYDAY):
                self[0x80000000 | kind << 16 | value] = Attribute(kind, value)

    def __missing__(self, word: int) -> Attribute:
        if word < 0x80000000:
            raise KeyError(word)  # the head of a long one
        return _make(Attribute, (word >> 16 & 0x7FFF, word & 0xFFFF, 0))


_short = _ShortForms().__getitem__
_ROWS = {4 * count: struct.Struct(f">{count}I").unpack_from for count in range(33)}
"""Readers of short attributes in a row, by the bytes that they take."""


class Transform(NamedTuple):
    """One transform of a proposal."""

    number: int
    id: int
    attributes: tuple[Attribute, ...]

    def get(self, kind: int, default: int = 0) -> int:
        """Return the value of the first attribute of this type."""
        for attribute in self.attributes:
            if attribute.type == kind:
                return attribute.value
        return default


class Proposal(NamedTuple):
    """One proposal; two of the same number form a bundle (AH and ESP)."""

    number: int
    protocol: int
    spi: bytes
    transforms: tuple[Transform, ...]


@dataclass(slots=True)
class SecurityAssociation:
    """SA: what is offered, or the one thing that was chosen."""

    type: ClassVar[int] = PayloadType.SA
    proposals: tuple[Proposal, ...]
    doi: int = 1
    situation: int = 1

    def body(self) -> bytes:
        """Return the payload without its generic header (``SAi_b``)."""
        parts = [_FIXED.pack(self.doi, self.situation)]
        for index, proposal in enumerate(self.proposals):
            more = _IS_PROPOSAL if index + 1 < len(self.proposals) else 0
            parts.append(_pack_proposal(proposal, more))
        return b"".join(parts)

    @classmethod
    def parse(cls, data: bytes) -> SecurityAssociation:
        """Read the body."""
        if len(data) < 8:
            raise WireError("SA payload: shorter than DOI and situation")
        doi, situation = _read_fixed(data)
        return cls(_parse_proposals(data, 8), doi, situation)


def _pack_proposal(proposal: Proposal, more: int) -> bytes:
    number, protocol, spi, transforms = proposal
    chunks = [spi]
    following, last = _IS_TRANSFORM, len(transforms) - 1
    for index, (t_number, identifier, attributes) in enumerate(transforms):
        packed = b"".join(
            [
                attribute.pack() if attribute[2] else _pack_pair(attribute[0] | 0x8000, attribute[1])
                for attribute in attributes
            ]
        )
        if index == last:
            following = 0
        chunks.append(_TRANSFORM.pack(following, 0, 8 + len(packed), t_number, identifier, 0))
        chunks.append(packed)
    body = b"".join(chunks)
    return _PROPOSAL.pack(more, 0, 8 + len(body), number, protocol, len(spi), len(transforms)) + body


def _parse_proposals(data: bytes, position: int) -> tuple[Proposal, ...]:
    proposals = []
    size, more = len(data), _IS_PROPOSAL
    while more:
        if more != _IS_PROPOSAL or position + 8 > size:
            raise _misplaced("proposal", more, _IS_PROPOSAL)
        more, reserved, length, number, protocol, spi_size, count = _read_proposal(data, position)
        start, position = position + 8, position + length
        if reserved or length < 12 or position > size:
            raise _bad_length("proposal", length)
        if start + spi_size > position:
            raise WireError("proposal: the SPI is longer than the proposal")
        spi = data[start : start + spi_size]
        transforms = _parse_transforms(data, start + spi_size, position)
        if len(transforms) != count:
            raise WireError(f"proposal: {count} transforms announced, {len(transforms)} there")
        proposals.append(_make(Proposal, (number, protocol, spi, transforms)))
    if position != size:
        raise WireError(f"SA payload: {size - position} bytes behind the last proposal")
    return tuple(proposals)


def _parse_transforms(data: bytes, position: int, end: int) -> tuple[Transform, ...]:
    transforms = []
    more = _IS_TRANSFORM
    while more:
        if more != _IS_TRANSFORM or position + 8 > end:
            raise _misplaced("transform", more, _IS_TRANSFORM)
        more, reserved, length, number, identifier, zero = _read_transform(data, position)
        start, position = position + 8, position + length
        if reserved or length < 8 or position > end:
            raise _bad_length("transform", length)
        if zero:
            raise WireError("transform: reserved field is not zero")
        attributes = _parse_attributes(data, start, position)
        transforms.append(_make(Transform, (number, identifier, attributes)))
    if position != end:
        raise WireError(f"proposal: {end - position} bytes behind the last transform")
    return tuple(transforms)


def _misplaced(what: str, kind: int, wanted: int) -> WireError:
    """Say why no proposal or transform can begin here."""
    problem = "truncated" if kind == wanted else f"type {kind} announced in its place"
    return WireError(f"{what}: {problem}")


def _bad_length(what: str, length: int) -> WireError:
    """Say what is wrong with the header of a proposal or transform."""
    return WireError(f"{what}: bad length {length} or reserved byte")


def _parse_attributes(data: bytes, position: int, end: int) -> tuple[Attribute, ...]:
    row = _ROWS.get(end - position)
    if row is not None:
        try:  # nearly always all of them are short
            return tuple(map(_short, row(data, position)))
        except KeyError:
            pass
    attributes: list[Attribute] = []
    while position < end:
        if position + 4 > end:
            raise WireError("attribute: truncated")
        kind, value = _read_pair(data, position)
        position += 4
        if kind >= 0x8000:
            attributes.append(_make(Attribute, (kind - 0x8000, value, 0)))
            continue
        if not value or position + value > end:
            raise WireError("attribute: bad length")
        attributes.append(Attribute(kind, int.from_bytes(data[position : position + value], "big"), value))
        position += value
    return tuple(attributes)


def unpack_attributes(data: bytes) -> tuple[Attribute, ...]:
    """Read attributes that stand outside of a transform (RESPONDER-LIFETIME has some)."""
    return _parse_attributes(data, 0, len(data))
