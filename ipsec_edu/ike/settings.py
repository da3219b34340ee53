"""What an IKE core is configured with: plain frozen data, no text, no devices."""

from __future__ import annotations

from dataclasses import dataclass, field

from ipsec_edu.core.acl import Selector
from ipsec_edu.core.addr import Prefix

__all__ = ["ChildPolicy", "Dpd", "IkePolicy", "IkeSettings", "PeerSettings", "TransformSet"]


@dataclass(frozen=True, slots=True)
class IkePolicy:
    """One phase-1 proposal (``crypto isakmp policy``, ``crypto ikev1 policy``)."""

    priority: int
    encryption: str = "des"
    """``des 3des aes``."""
    key_bits: int = 0
    """128, 192, 256 for aes, else 0."""
    hash: str = "sha1"
    """``md5 sha1 sha256 sha384 sha512``."""
    authentication: str = "rsa-sig"
    """``pre-share``, or ``rsa-sig`` (offered, never usable here)."""
    group: int = 1
    lifetime_s: int = 86400


@dataclass(frozen=True, slots=True)
class TransformSet:
    """One phase-2 transform set."""

    name: str
    esp_encryption: str | None = None
    """``des 3des aes aes-gcm null``, or None where the set has no ESP."""
    esp_key_bits: int = 0
    esp_integrity: str | None = None
    """``md5 sha1 sha256 sha384 sha512`` or None."""
    ah_integrity: str | None = None
    mode: str = "tunnel"
    """``tunnel`` or ``transport``."""


@dataclass(frozen=True, slots=True)
class Dpd:
    """Dead-peer detection towards one peer.

    Attributes
    ----------
    mode : str
        ``off``; ``periodic`` (IOS: every interval); ``on-demand`` (IOS: only with something
        to send); ``semi-periodic`` (ASA: after interval_s of silence); ``timeout``
        (strongSwan: probe every interval_s of silence, dead timeout_s after the last news).
    """

    mode: str = "off"
    interval_s: float = 10
    retry_s: float = 2
    retries: int = 3
    timeout_s: float = 0
    """Only for ``timeout``; 0 means the retransmission schedule decides."""


@dataclass(frozen=True, slots=True)
class PeerSettings:
    """Whom we may talk IKE with: matched by source address, longest prefix first."""

    peer: Prefix
    psk: bytes | None
    dpd: Dpd = Dpd()
    mode: str = "main"
    """``main`` or ``aggressive``: what we begin."""
    identity: str = "address"
    """``address`` or ``hostname``: what our ID payload says."""
    peer_identity: str | None = None
    """The ID we insist on (an address or FQDN as text), None: the peer's address, "" : any."""


@dataclass(frozen=True, slots=True)
class ChildPolicy:
    """One crypto map entry: which traffic, to whom, how protected.

    `name` and `sequence` are the map's; `selectors` the permit lines of its access list.
    """

    name: str
    sequence: int
    local: int
    """Our address for IKE and ESP (the interface's, or that of ``local-address``)."""
    interface: str
    peers: tuple[int, ...]
    selectors: tuple[Selector, ...]
    transform_sets: tuple[TransformSet, ...]
    pfs_group: int | None = None
    lifetime_s: int = 3600
    lifetime_kb: int | None = 4608000
    connection: str = "bidirectional"
    """``bidirectional``, ``originate-only``, ``answer-only``."""
    default_peer: bool = False
    """``set peer A default``: the first peer is tried again before the next of the list."""


@dataclass(frozen=True, slots=True)
class IkeSettings:
    """Everything that one device's IKE core knows about the world.

    `listening` are the local addresses on which IKE is enabled.
    """

    hostname: str
    platform: str
    """``ios``, ``asa``, ``strongswan``: names the default profile (`ike.profile`)."""
    listening: tuple[int, ...]
    policies: tuple[IkePolicy, ...] = ()
    peers: tuple[PeerSettings, ...] = ()
    children: tuple[ChildPolicy, ...] = ()
    nat_traversal: bool = True
    nat_keepalive_s: int = 20
    invalid_spi_recovery: bool = False
    overrides: dict[str, object] = field(default_factory=dict)
    """Named values of the profile that this device changes."""
