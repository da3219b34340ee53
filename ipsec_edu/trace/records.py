"""What a run leaves behind: typed records, in simulated microseconds.

Every view (stage, ladder, ``show`` history, ledger, capture, JSON) reads these and nothing
else. Records of rare things are dataclasses; the hops of packets, of which there are many,
are plain tuples (`Hop`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ipsec_edu.core.causes import Cause

__all__ = [
    "ChildKeys",
    "Drop",
    "DpdEvent",
    "FaultEvent",
    "Hop",
    "IkeKeys",
    "LogLine",
    "Message",
    "PortChange",
    "PowerChange",
    "Probe",
    "RouteChange",
    "SaRecord",
    "StateChange",
    "Tampering",
]


@dataclass(slots=True)
class Probe:
    """One packet of a flow: an echo request and its answer, or a one-way datagram."""

    flow: str
    number: int
    sent_us: int
    answered_us: int | None = None
    lost_us: int | None = None
    cause: Cause | None = None
    where: str | None = None
    """Device or ``NODE:INTERFACE`` at which it, or its answer, died."""
    answer_lost: bool = False
    """True where the request arrived and the answer died."""


class Hop(NamedTuple):
    """One packet over one cable; `arrived_us` is None where it died on the way."""

    uid: int
    kind: str
    """``clear``, ``esp``, ``ah``, ``ike``, ``ospf``, ``bfd``."""
    flow: str
    number: int
    answer: bool
    sender: str
    """``NODE:INTERFACE`` that it left."""
    receiver: str
    left_us: int
    arrived_us: int | None
    size: int
    """Bytes of the outermost IP packet."""
    spi: int
    sequence: int


@dataclass(slots=True)
class Drop:
    """A packet's end by any cause but delivery."""

    at_us: int
    where: str
    cause: Cause
    uid: int
    kind: str
    flow: str
    number: int
    answer: bool
    text: str
    """The packet in a few words, addresses included."""


@dataclass(slots=True)
class Message:
    """One ISAKMP datagram as it was sent."""

    at_us: int
    sender: str
    receiver: str
    local: int
    remote: int
    exchange: str
    """``main``, ``aggressive``, ``quick``, ``informational``."""
    number: int
    """1 for the first message of its exchange."""
    payloads: tuple[str, ...]
    """``SA KE NONCE ID HASH N D VID NAT-D`` in wire order (decrypted)."""
    notify: str | None
    """The notify's name: ``R-U-THERE``, ``NO-PROPOSAL-CHOSEN`` ..."""
    size: int
    """ISAKMP length in bytes, without the non-ESP marker."""
    retransmission: bool
    encrypted: bool
    cookies: tuple[bytes, bytes]
    message_id: int
    port: int
    """Local UDP port, 500 or 4500."""
    wire: bytes
    clear: bytes
    """The same message with the encryption taken off (equal to `wire` if there is none)."""
    uid: int = 0
    arrived_us: int | None = None
    cause: Cause | None = None
    where: str | None = None
    sequence: int | None = None
    """DPD sequence number."""


@dataclass(slots=True)
class SaRecord:
    """One SA as one device holds it, from the first thought of it to its end."""

    node: str
    kind: str
    """``ike``, ``esp-in``, ``esp-out``, ``ah-in``, ``ah-out``."""
    local: int
    peer: int
    id: str
    """``0x5e6f7081``; for an IKE SA the cookie pair in hex, without a blank."""
    initiator: bool
    begun_us: int
    """When negotiation began at this device."""
    up_us: int | None = None
    down_us: int | None = None
    reason: str | None = None
    """``dpd delete expired rekeyed replaced crash failed cleared invalid-spi peer-gone``."""
    ike_id: str = ""
    """The cookie pair of the IKE SA under which it was made."""
    selector: str = ""
    """``192.168.1.0/24 192.168.2.0/24``: local and remote proxy of an IPsec SA."""
    transform: str = ""


@dataclass(slots=True)
class LogLine:
    """A line of a device's log, as it prints it."""

    at_us: int
    node: str
    text: str


@dataclass(slots=True)
class RouteChange:
    """A route that came or went."""

    at_us: int
    node: str
    change: str
    prefix: str
    via: str
    source: str


@dataclass(slots=True)
class StateChange:
    """One step of a protocol's state machine, legal or not."""

    at_us: int
    node: str
    machine: str
    sa_id: str
    before: str
    symbol: str
    action: str
    after: str
    legal: bool
    rule: str


@dataclass(slots=True)
class DpdEvent:
    """Dead-peer detection at one device: ``probe`` n of `limit`, ``answered``, ``dead``."""

    at_us: int
    node: str
    peer: int
    event: str
    number: int
    limit: int
    heard_us: int
    """When the peer was last heard."""
    dead_us: int
    """When the device will give up if nothing arrives."""


@dataclass(slots=True)
class PortChange:
    """An interface or its cable: ``up``, ``down`` (no carrier), ``cut`` ... by fault."""

    at_us: int
    port: str
    carrier: bool
    cut_out: bool
    cut_in: bool
    loss_percent: float


@dataclass(slots=True)
class PowerChange:
    """A device that crashed or booted."""

    at_us: int
    node: str
    up: bool


@dataclass(slots=True)
class FaultEvent:
    """A fault as it took effect."""

    at_us: int
    text: str


@dataclass(slots=True)
class Tampering:
    """What an attacker on a cable did to, or with, one packet."""

    at_us: int
    """When he did it: sent a packet of his own, or let an altered or delayed one go on."""
    port: str
    """``NODE:INTERFACE`` in front of which he sits."""
    trick: str
    """In words, packet number included."""
    uid: int
    """Of the packet that goes on, so that its end can be found."""


@dataclass(slots=True)
class IkeKeys:
    """What one device computed for one IKE SA, and out of what: only a simulator can show this.

    Names as in RFC 2409, section 5; `hash_name` is the hash whose HMAC is the prf.
    """

    at_us: int
    node: str
    cookies: tuple[bytes, bytes]
    hash_name: str
    cipher: str
    group: int
    psk: bytes
    nonce_i: bytes
    nonce_r: bytes
    public_i: bytes
    public_r: bytes
    private: bytes
    """This device's own exponent."""
    shared: bytes
    """g^xy."""
    skeyid: bytes
    skeyid_d: bytes
    skeyid_a: bytes
    skeyid_e: bytes
    cipher_key: bytes
    iv: bytes
    """Of the first encrypted message."""


@dataclass(slots=True)
class ChildKeys:
    """The keys of one pair of IPsec SAs at one device: (encryption key with GCM's salt, integrity key)."""

    at_us: int
    node: str
    cookie: bytes
    """The initiator's cookie of the IKE SA."""
    protocol: str
    """``esp`` or ``ah``."""
    inbound_spi: int
    outbound_spi: int
    inbound: tuple[bytes, bytes]
    outbound: tuple[bytes, bytes]
    pfs_group: int | None
