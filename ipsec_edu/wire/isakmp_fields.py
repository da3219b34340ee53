"""ISAKMP messages for the eye: every field with its name, its value in words, and where its bytes are."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field

from ipsec_edu.core.addr import format_ip
from ipsec_edu.wire.isakmp import HEADER_BYTES, unpack_header, unpack_payloads
from ipsec_edu.wire.isakmp_values import (
    ATTRIBUTES,
    PAYLOAD_NAME,
    TRANSFORMS,
    VENDOR_IDS,
    Exchange,
    Flag,
    IdType,
    PayloadType,
    Protocol,
    notify_name,
)

__all__ = ["Field", "fields"]

_VENDOR_NAME = {
    value: {"NAT-T": "RFC 3947 (NAT traversal)", "DPD": "RFC 3706 (dead-peer detection)"}.get(name, name)
    for name, value in VENDOR_IDS.items()
}
_TITLE = {
    PayloadType.SA: "Security Association",
    PayloadType.KE: "Key Exchange",
    PayloadType.ID: "Identification",
    PayloadType.HASH: "Hash",
    PayloadType.NONCE: "Nonce",
    PayloadType.NOTIFY: "Notification",
    PayloadType.DELETE: "Delete",
    PayloadType.VENDOR: "Vendor ID",
    PayloadType.NAT_D: "NAT-D",
    PayloadType.NAT_OA: "NAT-OA",
}
_EXCHANGE = {
    Exchange.MAIN: "Identity Protection (Main Mode)",
    Exchange.AGGRESSIVE: "Aggressive",
    Exchange.INFORMATIONAL: "Informational",
    Exchange.QUICK: "Quick Mode",
}
_PROTOCOL = {Protocol.ISAKMP: "ISAKMP", Protocol.AH: "AH", Protocol.ESP: "ESP", Protocol.IPCOMP: "IPCOMP"}


@dataclass(slots=True)
class Field:
    """A field or a group of fields; `offset` and `length` are bytes of the message."""

    name: str
    value: str
    offset: int
    length: int
    children: list[Field] = field(default_factory=list)

    def leaves(self) -> list[Field]:
        """Return the fields that have no parts."""
        return [self] if not self.children else [leaf for child in self.children for leaf in child.leaves()]


def fields(message: bytes, decrypted: bool = False) -> list[Field]:
    """Take an ISAKMP message apart.

    Parameters
    ----------
    message : bytes
        The message without the non-ESP marker.
    decrypted : bool
        Whether what follows the header is plaintext although the header says encrypted
        (`SendDatagram.clear`).

    Returns
    -------
    list of Field
        Header, payloads, padding (or one field of ciphertext); together they cover every byte once.

    Raises
    ------
    WireError
        Where the message is malformed.
    """
    header = unpack_header(message)
    groups = [_header(message)]
    if header.encrypted and not decrypted:
        size = len(message) - HEADER_BYTES
        groups.append(Field("Encrypted", f"{size} bytes of ciphertext", HEADER_BYTES, size))
        return groups
    unpack_payloads(header.next_payload, message, HEADER_BYTES)  # raises where it is malformed
    kind, position = header.next_payload, HEADER_BYTES
    while kind:
        following, _, length = struct.unpack_from(">BBH", message, position)
        groups.append(_payload(kind, message, position, length))
        kind, position = following, position + length
    if position < len(message):
        size = len(message) - position
        groups.append(Field("Padding", f"{size} bytes", position, size))
    return groups


def _type_name(kind: int) -> str:
    name = _TITLE.get(PayloadType(kind)) if kind in _TITLE else None
    return f"{name} ({kind})" if name else "none (0)" if not kind else f"type {kind}"


def _number(data: bytes, offset: int, length: int) -> int:
    return int.from_bytes(data[offset : offset + length], "big")


def _header(data: bytes) -> Field:
    flags = data[19]
    names = [flag.name.lower() for flag in Flag if flags & flag]
    exchange = data[18]
    text = _EXCHANGE.get(Exchange(exchange)) if exchange in _EXCHANGE else None
    parts = [
        Field("Initiator cookie", data[:8].hex(), 0, 8),
        Field("Responder cookie", data[8:16].hex(), 8, 8),
        Field("Next payload", _type_name(data[16]), 16, 1),
        Field("Version", f"{data[17] >> 4}.{data[17] & 15}", 17, 1),
        Field("Exchange type", f"{text or 'unknown'} ({exchange})", 18, 1),
        Field("Flags", f"0x{flags:02x} {', '.join(names) or 'none'}", 19, 1),
        Field("Message ID", f"0x{_number(data, 20, 4):08x}", 20, 4),
        Field("Length", str(_number(data, 24, 4)), 24, 4),
    ]
    return Field("ISAKMP header", text or f"exchange {exchange}", 0, HEADER_BYTES, parts)


def _generic(data: bytes, at: int) -> list[Field]:
    return [
        Field("Next payload", _type_name(data[at]), at, 1),
        Field("Reserved", str(data[at + 1]), at + 1, 1),
        Field("Payload length", str(_number(data, at + 2, 2)), at + 2, 2),
    ]


def _payload(kind: int, data: bytes, at: int, length: int) -> Field:
    title = _TITLE.get(PayloadType(kind), f"Payload {kind}") if kind in _TITLE else f"Payload {kind}"
    body, size = at + 4, length - 4
    reader = _BODY.get(kind)
    summary, parts = reader(data, body, size) if reader else _opaque(kind, data, body, size)
    return Field(title, summary, at, length, [*_generic(data, at), *parts])


def _opaque(kind: int, data: bytes, at: int, size: int) -> tuple[str, list[Field]]:
    content = data[at : at + size]
    summary = f"{size} bytes"
    if kind == PayloadType.VENDOR:
        summary = _VENDOR_NAME.get(content, "unknown")
    name = (
        {PayloadType.VENDOR: "Vendor ID", PayloadType.KE: "Public value"}.get(PayloadType(kind), "Data")
        if kind in PAYLOAD_NAME
        else "Data"
    )
    return summary, [Field(name, content.hex(), at, size)] if size else []


def _sa(data: bytes, at: int, size: int) -> tuple[str, list[Field]]:
    parts = [
        Field("Domain of interpretation", "IPsec (1)" if _number(data, at, 4) == 1 else "?", at, 4),
        Field("Situation", "identity only (1)" if _number(data, at + 4, 4) == 1 else "?", at + 4, 4),
    ]
    end, at, count = at + size, at + 8, 0
    while at < end:
        length = _number(data, at + 2, 2)
        parts.append(_proposal(data, at, length))
        at += length
        count += 1
    return f"{count} proposal{'s' if count != 1 else ''}", parts


def _proposal(data: bytes, at: int, length: int) -> Field:
    number, protocol, spi_size, count = data[at + 4 : at + 8]
    name = _PROTOCOL.get(Protocol(protocol), "?") if protocol in _PROTOCOL else str(protocol)
    parts = [
        *_generic(data, at),
        Field("Proposal number", str(number), at + 4, 1),
        Field("Protocol", f"{name} ({protocol})", at + 5, 1),
        Field("SPI size", str(spi_size), at + 6, 1),
        Field("Transforms", str(count), at + 7, 1),
    ]
    if spi_size:
        parts.append(Field("SPI", f"0x{data[at + 8 : at + 8 + spi_size].hex()}", at + 8, spi_size))
    inner = at + 8 + spi_size
    while inner < at + length:
        size = _number(data, inner + 2, 2)
        parts.append(_transform(data, inner, size, protocol))
        inner += size
    return Field(f"Proposal {number}", name, at, length, parts)


def _transform(data: bytes, at: int, length: int, protocol: int) -> Field:
    number, kind = data[at + 4], data[at + 5]
    name = TRANSFORMS.get(protocol, {}).get(kind, str(kind))
    parts = [
        *_generic(data, at),
        Field("Transform number", str(number), at + 4, 1),
        Field("Transform ID", f"{name} ({kind})", at + 5, 1),
        Field("Reserved", str(_number(data, at + 6, 2)), at + 6, 2),
    ]
    inner, words = at + 8, []
    while inner < at + length:
        attribute = _attribute(data, inner, protocol)
        parts.append(attribute)
        words.append(attribute.value)
        inner += attribute.length
    return Field(f"Transform {number}", ", ".join([name, *words]), at, length, parts)


def _attribute(data: bytes, at: int, protocol: int) -> Field:
    kind, value = _number(data, at, 2), _number(data, at + 2, 2)
    length = 4
    if not kind & 0x8000:
        length += value
        value = _number(data, at + 4, value)
    name, values = ATTRIBUTES.get(protocol, {}).get(kind & 0x7FFF, (f"Attribute {kind & 0x7FFF}", {}))
    return Field(name, values.get(value, str(value)), at, length)


def _identification(data: bytes, at: int, size: int) -> tuple[str, list[Field]]:
    kind, content = data[at], data[at + 4 : at + size]
    name = IdType(kind).name if kind in IdType._value2member_map_ else "?"
    text = content.hex()
    if kind == IdType.IPV4_ADDR and len(content) == 4:
        text = format_ip(_number(content, 0, 4))
    elif kind in (IdType.IPV4_ADDR_SUBNET, IdType.IPV4_ADDR_RANGE) and len(content) == 8:
        joint = "/" if kind == IdType.IPV4_ADDR_SUBNET else "-"
        text = format_ip(_number(content, 0, 4)) + joint + format_ip(_number(content, 4, 4))
    elif kind in (IdType.FQDN, IdType.USER_FQDN):
        text = content.decode("ascii", "replace")
    return text, [
        Field("ID type", f"{name} ({kind})", at, 1),
        Field("Protocol", str(data[at + 1]), at + 1, 1),
        Field("Port", str(_number(data, at + 2, 2)), at + 2, 2),
        Field("Identification", text, at + 4, size - 4),
    ]


def _notification(data: bytes, at: int, size: int) -> tuple[str, list[Field]]:
    spi_size, kind = data[at + 5], _number(data, at + 6, 2)
    parts = [
        Field("Domain of interpretation", str(_number(data, at, 4)), at, 4),
        Field("Protocol", str(data[at + 4]), at + 4, 1),
        Field("SPI size", str(spi_size), at + 5, 1),
        Field("Notify type", f"{notify_name(kind)} ({kind})", at + 6, 2),
    ]
    if spi_size:
        parts.append(Field("SPI", f"0x{data[at + 8 : at + 8 + spi_size].hex()}", at + 8, spi_size))
    rest = size - 8 - spi_size
    if rest:
        start = at + 8 + spi_size
        dpd = notify_name(kind).startswith("R-U-THERE")
        text = f"sequence number {_number(data, start, rest)}" if dpd else data[start : start + rest].hex()
        parts.append(Field("Notification data", text, start, rest))
    return notify_name(kind), parts


def _delete(data: bytes, at: int, size: int) -> tuple[str, list[Field]]:
    protocol, spi_size, count = data[at + 4], data[at + 5], _number(data, at + 6, 2)
    name = _PROTOCOL.get(Protocol(protocol), "?") if protocol in _PROTOCOL else str(protocol)
    parts = [
        Field("Domain of interpretation", str(_number(data, at, 4)), at, 4),
        Field("Protocol", f"{name} ({protocol})", at + 4, 1),
        Field("SPI size", str(spi_size), at + 5, 1),
        Field("Number of SPIs", str(count), at + 6, 2),
    ]
    for index in range(count):
        start = at + 8 + index * spi_size
        parts.append(Field("SPI", f"0x{data[start : start + spi_size].hex()}", start, spi_size))
    return f"{name}, {count} SPI{'s' if count != 1 else ''}", parts


_BODY: dict[int, Callable[[bytes, int, int], tuple[str, list[Field]]]] = {
    PayloadType.SA: _sa,
    PayloadType.ID: _identification,
    PayloadType.NOTIFY: _notification,
    PayloadType.DELETE: _delete,
}
