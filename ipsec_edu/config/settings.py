"""What a device's configuration means: the one model that both grammars write into.

Names that refer to other parts (an access list in a crypto map) stay names here, because
a device accepts them in any order and even when they never appear; `config.wiring`
resolves them, `config.check` reports those that lead nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ipsec_edu.core.acl import Acl
from ipsec_edu.core.addr import Prefix
from ipsec_edu.ike.settings import Dpd, IkePolicy, TransformSet

__all__ = [
    "CryptoMapEntry",
    "DeviceSettings",
    "InterfaceSettings",
    "Keepalive",
    "NatRule",
    "PeerKey",
    "StaticRoute",
    "TunnelGroup",
]


@dataclass(slots=True)
class InterfaceSettings:
    """One interface; `name` is canonical (``GigabitEthernet0/1``)."""

    name: str
    address: int | None = None
    length: int = 0
    shutdown: bool = False
    mtu: int = 1500
    ip_mtu: int | None = None
    nameif: str | None = None
    security_level: int | None = None
    crypto_map: str | None = None
    access_in: str | None = None
    access_out: str | None = None
    nat: str | None = None
    """IOS ``inside`` or ``outside``."""
    description: str = ""
    bandwidth_kbps: int | None = None
    delay_10us: int | None = None
    encapsulation_vlan: int | None = None
    unnumbered: str | None = None
    vrf: str | None = None

    @property
    def prefix(self) -> Prefix | None:
        """The connected network, or None without an address."""
        return None if self.address is None else Prefix.of(self.address, self.length)


@dataclass(frozen=True, slots=True)
class StaticRoute:
    """``ip route``, ``route NAMEIF``, Linux ``ip route add``."""

    prefix: Prefix
    next_hop: int | None
    interface: str | None = None
    """Canonical interface name (an ASA's nameif is already resolved by `wiring`: kept in `nameif`)."""
    nameif: str | None = None
    distance: int = 1
    name: str | None = None
    tag: int | None = None
    track: int | None = None
    vrf: str | None = None


@dataclass(frozen=True, slots=True)
class PeerKey:
    """IOS ``crypto isakmp key`` or a keyring's ``pre-shared-key``."""

    peer: Prefix
    key: str
    keyring: str | None = None


@dataclass(frozen=True, slots=True)
class Keepalive:
    """``crypto isakmp keepalive`` (IOS) or ``isakmp keepalive`` (ASA tunnel-group)."""

    dpd: Dpd


@dataclass(slots=True)
class TunnelGroup:
    """ASA ``tunnel-group``; `dpd` None means the platform's default."""

    name: str
    type: str | None = None
    key: str | None = None
    dpd: Dpd | None = None


@dataclass(slots=True)
class CryptoMapEntry:
    """One sequence of a crypto map, complete or not (the device accepts both)."""

    name: str
    sequence: int
    acl: str | None = None
    peers: list[int] = field(default_factory=list)
    transform_sets: list[str] = field(default_factory=list)
    pfs_group: int | None = None
    lifetime_s: int | None = None
    lifetime_kb: int | None = None
    lifetime_kb_disabled: bool = False
    connection: str = "bidirectional"
    phase1_mode: str = "main"
    reverse_route: str | None = None
    """``dynamic`` (with the SA), ``static``, or None."""
    default_peer: int | None = None
    dynamic_map: str | None = None
    isakmp_profile: str | None = None


@dataclass(frozen=True, slots=True)
class NatRule:
    """One translation rule; interface names are canonical names (IOS: inside/outside roles, None).

    `kind` is ``identity`` (twice NAT of a thing to itself: the exemption), ``interface-pat``
    (dynamic to the egress interface's address), ``exempt-acl`` (``nat (inside) 0
    access-list``), ``ios-overload`` (``ip nat inside source list``).
    """

    kind: str
    section: int
    """ASA order: 1 twice NAT, 2 object NAT, 3 after-auto."""
    inside: str | None = None
    """nameif, or None."""
    outside: str | None = None
    source: tuple[Prefix, ...] = ()
    destination: tuple[Prefix, ...] = ()
    acl: str | None = None
    interface: str | None = None
    text: str = ""
    source_object: str = ""
    destination_object: str = ""


@dataclass(slots=True)
class DeviceSettings:
    """Everything that a device's text says, defaults of the platform filled in.

    `lines` keeps the configuration in device order for ``show running-config``:
    top-level commands with the commands below them.
    """

    platform: str
    """``ios``, ``asa``, ``linux``."""
    hostname: str = ""
    interfaces: dict[str, InterfaceSettings] = field(default_factory=dict)
    routes: list[StaticRoute] = field(default_factory=list)
    acls: dict[str, Acl] = field(default_factory=dict)
    ike_policies: dict[int, IkePolicy] = field(default_factory=dict)
    ike_enabled: set[str] = field(default_factory=set)
    """ASA: nameifs on which IKEv1 listens (IOS listens everywhere)."""
    identity: str = "address"
    keys: list[PeerKey] = field(default_factory=list)
    tunnel_groups: dict[str, TunnelGroup] = field(default_factory=dict)
    keepalive: Dpd | None = None
    """IOS global keepalive."""
    transform_sets: dict[str, TransformSet] = field(default_factory=dict)
    crypto_maps: dict[str, dict[int, CryptoMapEntry]] = field(default_factory=dict)
    crypto_map_local: dict[str, str] = field(default_factory=dict)
    """IOS ``crypto map NAME local-address IF``."""
    lifetime_s: int | None = None
    lifetime_kb: int | None = None
    replay_window: int = 64
    """0: disabled."""
    invalid_spi_recovery: bool = False
    nat: list[NatRule] = field(default_factory=list)
    permit_vpn: bool = True
    same_security_inter: bool = False
    same_security_intra: bool = False
    inspect_icmp: bool = False
    nat_traversal: bool = True
    nat_keepalive_s: int = 20
    lines: list[tuple[str, list[str]]] = field(default_factory=list)
