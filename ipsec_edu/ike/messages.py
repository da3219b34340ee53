"""Between payloads and datagrams: encryption, padding, the non-ESP marker, HASH over the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from ipsec_edu.core.errors import WireError
from ipsec_edu.ike.crypto import BLOCK_BYTES
from ipsec_edu.ike.events import SendDatagram
from ipsec_edu.ike.sa import IkeSa
from ipsec_edu.wire.isakmp import (
    HEADER_BYTES,
    Hash,
    Header,
    Notification,
    Payload,
    labels,
    pack_header,
    pack_payloads,
    unpack_payloads,
)
from ipsec_edu.wire.isakmp_values import EXCHANGE_NAME, Exchange, Flag, notify_name

if TYPE_CHECKING:
    from ipsec_edu.ike.core import IkeCore

__all__ = ["MARKER", "Received", "find", "keepalive_datagram", "open_sealed", "rest_after_hash", "send"]

MARKER = bytes(4)
"""In front of IKE on port 4500, where ESP has its SPI (RFC 3948, 2.2)."""

P = TypeVar("P")


@dataclass(slots=True)
class Received:
    """An ISAKMP message on its way in (without the marker)."""

    data: bytes
    header: Header
    local: int
    local_port: int
    remote: int
    remote_port: int
    payloads: list[Payload] = field(default_factory=list)
    plain: bytes = b""
    """Header and decrypted payloads, with padding."""
    end: int = 0
    """Where in `plain` the payloads end."""
    last_block: bytes = b""


def find(payloads: Sequence[Payload], kind: type[P]) -> P | None:
    """Return the first payload of a type."""
    for payload in payloads:
        if isinstance(payload, kind):
            return payload
    return None


def send(
    core: IkeCore,
    sa: IkeSa,
    exchange: Exchange,
    number: int,
    payloads: Sequence[Payload],
    *,
    iv: bytes | None = None,
    message_id: int = 0,
    sequence: int | None = None,
) -> tuple[SendDatagram, bytes]:
    """Pack, encrypt if there is an `iv`, and queue a message; return it and its last cipher block."""
    chain = pack_payloads(payloads)
    first = payloads[0].type if payloads else 0
    last_block = b""
    flags = 0
    wire = chain
    if iv is not None:
        assert sa.keys is not None
        flags = Flag.ENCRYPTION
        block = BLOCK_BYTES[sa.keys.cipher]
        padding = -len(chain) % block
        if core.profile.full_block_padding and not padding:
            padding = block
        chain += bytes(padding)
        wire = core.crypto.encrypt(sa.keys.cipher, sa.keys.cipher_key, iv, chain)
        last_block = wire[-block:]
    header = pack_header(
        Header(sa.cookie_i, sa.cookie_r, first, exchange, flags, message_id, HEADER_BYTES + len(chain))
    )
    notification = find(payloads, Notification)
    data = header + wire
    datagram = SendDatagram(
        local=sa.local,
        local_port=sa.local_port,
        remote=sa.peer,
        remote_port=sa.remote_port,
        data=MARKER + data if sa.floated else data,
        exchange=EXCHANGE_NAME[exchange],
        number=number,
        payloads=labels(payloads),
        notify=notify_name(notification.notify) if notification else None,
        retransmission=False,
        encrypted=iv is not None,
        cookies=sa.cookies,
        message_id=message_id,
        clear=header + chain,
        sequence=sequence,
    )
    core.events.append(datagram)
    return datagram, last_block


def open_sealed(core: IkeCore, sa: IkeSa, message: Received, iv: bytes) -> None:
    """Decrypt and parse `message` in place.

    Raises
    ------
    WireError
        Where the length is no multiple of the block, or the plaintext is no chain of payloads: what
        a wrong key looks like.
    """
    assert sa.keys is not None
    block = BLOCK_BYTES[sa.keys.cipher]
    body = message.data[HEADER_BYTES:]
    if not body or len(body) % block:
        raise WireError(f"encrypted part of {len(body)} bytes is not a multiple of {block}")
    plain = core.crypto.decrypt(sa.keys.cipher, sa.keys.cipher_key, iv, body)
    message.plain = message.data[:HEADER_BYTES] + plain
    message.payloads, message.end = unpack_payloads(message.header.next_payload, message.plain, HEADER_BYTES)
    if len(message.plain) - message.end > 2 * block:
        raise WireError("more padding than a message can need: wrong key?")
    message.last_block = body[-block:]


def rest_after_hash(message: Received) -> tuple[bytes, bytes]:
    """Return HASH and the bytes that it protects (WireError where the first payload is no HASH)."""
    first = message.payloads[0] if message.payloads else None
    if not isinstance(first, Hash):
        raise WireError("the first payload is not HASH")
    start = HEADER_BYTES + 4 + len(first.data)
    return first.data, message.plain[start : message.end]


def keepalive_datagram(sa: IkeSa) -> SendDatagram:
    """Return the one byte that keeps a translation alive (RFC 3948, 2.3)."""
    return SendDatagram(
        sa.local,
        sa.local_port,
        sa.peer,
        sa.remote_port,
        b"\xff",
        exchange="",
        number=0,
        payloads=(),
        notify=None,
        retransmission=False,
        encrypted=False,
        cookies=sa.cookies,
        message_id=0,
        clear=b"",
        keepalive=True,
    )
