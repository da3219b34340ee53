"""What an IKE core tells its driver: typed results, drained after each call."""

from __future__ import annotations

from dataclasses import dataclass, field

from ipsec_edu.core.acl import Selector
from ipsec_edu.ike.settings import ChildPolicy, TransformSet

__all__ = [
    "ChildDown",
    "ChildSa",
    "ChildUp",
    "DpdStep",
    "IkeDown",
    "IkeEvent",
    "IkeStarted",
    "IkeUp",
    "Liveness",
    "Notice",
    "SendDatagram",
    "Stepped",
]


class Liveness:
    """When ESP last came from and went to a peer.

    The data plane writes these fields, dead-peer detection reads them: an assignment per
    packet instead of a timer per packet.
    """

    __slots__ = ("heard_us", "sent_us")

    def __init__(self, now_us: int) -> None:
        self.heard_us = now_us
        self.sent_us = -1


@dataclass(frozen=True, slots=True)
class SendDatagram:
    """Send `data` (ISAKMP; the driver's `marker` says whether it carries the non-ESP marker already).

    The remaining fields describe the message for the trace.
    """

    local: int
    local_port: int
    remote: int
    remote_port: int
    data: bytes
    """UDP payload; on port 4500 it starts with the four zero bytes."""
    exchange: str
    number: int
    payloads: tuple[str, ...]
    notify: str | None
    retransmission: bool
    encrypted: bool
    cookies: tuple[bytes, bytes]
    message_id: int
    clear: bytes
    """The ISAKMP message without encryption (and without the marker)."""
    sequence: int | None = None
    """DPD sequence number."""
    keepalive: bool = False
    """True for the one-byte NAT keepalive, which is no ISAKMP message."""


@dataclass(frozen=True, slots=True)
class IkeStarted:
    """A phase-1 SA came into being (nothing agreed yet)."""

    ike_id: str
    """The initiator's cookie in hex: unique, and known before the responder answers."""
    local: int
    peer: int
    initiator: bool


@dataclass(frozen=True, slots=True)
class IkeUp:
    """Phase 1 is complete at this end."""

    ike_id: str
    cookies: tuple[bytes, bytes]
    local: int
    peer: int
    initiator: bool
    transform: str
    """``aes 256, sha, group 5, psk``."""


@dataclass(frozen=True, slots=True)
class IkeDown:
    """A phase-1 SA is gone; `reason` as in `trace.records.SaRecord`."""

    ike_id: str
    local: int
    peer: int
    reason: str


@dataclass(slots=True)
class ChildSa:
    """A pair of IPsec SAs as negotiated; the data plane builds its SAs from it."""

    uid: int
    ike_id: str
    local: int
    peer: int
    initiator: bool
    policy: ChildPolicy
    selector: Selector
    transform: TransformSet
    inbound_spi: int
    outbound_spi: int
    protocol: str
    """``esp`` or ``ah`` (a bundle is two `ChildSa` with the same `uid`)."""
    inbound_keys: tuple[bytes, bytes]
    """Encryption key (GCM: with its 4-byte salt) and integrity key."""
    outbound_keys: tuple[bytes, bytes]
    lifetime_s: int
    lifetime_kb: int | None
    pfs_group: int | None
    udp_ports: tuple[int, int] | None
    """Local and remote port where ESP travels in UDP, else None."""
    liveness: Liveness
    begun_us: int
    replaces: int | None = None
    """`uid` of the child that this one rekeys."""


@dataclass(frozen=True, slots=True)
class ChildUp:
    """Install SAs: ``both``, or first ``in`` and later ``out`` (a responder that installs inbound at QM2)."""

    child: ChildSa
    direction: str


@dataclass(frozen=True, slots=True)
class ChildDown:
    """Remove both SAs of a child."""

    child: ChildSa
    reason: str


@dataclass(frozen=True, slots=True)
class DpdStep:
    """Dead-peer detection moved: ``probe``, ``answered``, ``dead``."""

    ike_id: str
    peer: int
    event: str
    number: int
    limit: int
    heard_us: int
    dead_us: int


@dataclass(frozen=True, slots=True)
class Stepped:
    """A state machine took `symbol` (legal) or refused it (state unchanged)."""

    machine: str
    sa_id: str
    before: str
    symbol: str
    action: str
    after: str
    legal: bool
    rule: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Something worth a line in the device's log.

    `code` is one of the names listed in ``ike/notices.py``; `show.log` knows how each
    platform words it.
    """

    code: str
    peer: int
    details: dict[str, object] = field(default_factory=dict)


IkeEvent = SendDatagram | IkeStarted | IkeUp | IkeDown | ChildUp | ChildDown | DpdStep | Stepped | Notice
