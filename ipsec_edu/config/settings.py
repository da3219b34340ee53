"""What a device's configuration means: the one model that both grammars write into.

Names that refer to other parts (an access list in a crypto map) stay names here, because
a device accepts them in any order and even when they never appear; `config.wiring`
resolves them, `config.check` reports those that lead nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ipsec_edu.config.routing_settings import (
    OspfOptions,
    OspfProcess,
    PrefixLine,
    RouteMapLine,
    SlaOperation,
    TrackLine,
)
from ipsec_edu.core.acl import Acl
from ipsec_edu.core.addr import ANY, Prefix
from ipsec_edu.ike.settings import Dpd, IkePolicy, TransformSet
from ipsec_edu.routing.settings import BfdTimers

__all__ = [
    "AclLine",
    "Address",
    "CryptoMapEntry",
    "DeviceSettings",
    "InterfaceSettings",
    "Keepalive",
    "Lines",
    "NatRule",
    "NetworkObject",
    "PeerKey",
    "StaticRoute",
    "TunnelGroup",
]


Address = Prefix | str
"""Where an address stands: a prefix, or the name of an object or object-group."""

Lines = dict[str, "Lines"]
"""Commands with the commands below them, as printed: ``{"line vty 0 4": {"login local": {}}}``."""


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
    standby: int | None = None
    """ASA ``ip address A MASK standby B``: the other unit's address."""
    ospf: OspfOptions = field(default_factory=OspfOptions)
    bfd: BfdTimers | None = None
    verify: str | None = None
    """``ip verify unicast source reachable-via``: ``rx`` or ``any``; None: sources are not checked."""
    verify_default: bool = False
    """``allow-default``: the default route counts as a way back."""

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
    peer_id_validate: str = "req"
    """``req``, ``cert`` or ``nocheck``: must the peer's ID equal its address?"""


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
    reverse_route_gateway: int | None = None
    reverse_route_tag: int | None = None
    reverse_route_distance: int | None = None


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


@dataclass(frozen=True, slots=True)
class NetworkObject:
    """ASA ``object network``: `text` is its address line (``subnet 10.0.0.0 255.0.0.0``)."""

    name: str
    prefixes: tuple[Prefix, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class AclLine:
    """One line of an access list before names are resolved (`Acl` holds the result).

    `ports` are alternatives of inclusive ranges; an empty tuple means any.
    """

    sequence: int
    text: str
    """As printed, without the list's name and the sequence number."""
    permit: bool = True
    protocol: int = 0
    source: Address = ANY
    destination: Address = ANY
    source_ports: tuple[tuple[int, int], ...] = ()
    destination_ports: tuple[tuple[int, int], ...] = ()
    active: bool = True
    """False: a remark, ``inactive``, or a condition that is not modelled; matches nothing."""


@dataclass(slots=True)
class DeviceSettings:
    """Everything that a device's text says, defaults of the platform filled in.

    `lines` keeps what was understood but has no effect here, for ``show running-config``
    (`config.running` prints it in device order together with everything else).
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
    """``address``, ``hostname``, ``dn``; ASA also ``auto``: the address with pre-shared keys."""
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
    """0: no volume limit (``disable``)."""
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
    lines: Lines = field(default_factory=dict)
    objects: dict[str, NetworkObject] = field(default_factory=dict)
    object_groups: dict[str, list[Address]] = field(default_factory=dict)
    acl_lines: dict[str, list[AclLine]] = field(default_factory=dict)
    """What `acls` is made of: lines with names of objects."""
    standard_acls: set[str] = field(default_factory=set)
    """Names of the IOS access lists that match the source only."""
    dynamic_maps: dict[str, dict[int, CryptoMapEntry]] = field(default_factory=dict)
    ospf: dict[int, OspfProcess] = field(default_factory=dict)
    """By number; the first one is modelled."""
    route_maps: dict[str, dict[int, RouteMapLine]] = field(default_factory=dict)
    prefix_lists: dict[str, list[PrefixLine]] = field(default_factory=dict)
    tracks: dict[int, TrackLine] = field(default_factory=dict)
    slas: dict[int, SlaOperation] = field(default_factory=dict)
    access_global: str | None = None
    """ASA ``access-group NAME global``."""
