"""All that a `show` command may read: one device at one moment, as plain data.

The run's side fills it from the stopped device, the commands only read it; so the text
can be tested without a network, and a network without text. Times are simulated
microseconds, addresses integers, names canonical (``GigabitEthernet0/1``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ipsec_edu.config.settings import DeviceSettings
from ipsec_edu.core.acl import Selector
from ipsec_edu.core.addr import Prefix
from ipsec_edu.core.causes import Cause
from ipsec_edu.ike.settings import TransformSet
from ipsec_edu.routing.bfd import Session
from ipsec_edu.routing.tracking import ObjectState, ProbeState
from ipsec_edu.show.ospf_state import OspfState
from ipsec_edu.trace.records import LogLine

__all__ = [
    "DeviceState",
    "EchoResult",
    "FlowState",
    "IkeSaState",
    "InterfaceState",
    "IpsecSaState",
    "Ping",
    "Probe",
    "RouteState",
]


@dataclass(slots=True)
class InterfaceState:
    """One interface as it is now.

    `up` is what the cable gives (carrier, and not shut down), `line_protocol` what remains
    after keepalives; here they differ only where somebody says so.
    """

    name: str
    address: int | None = None
    length: int = 0
    up: bool = True
    line_protocol: bool = True
    shutdown: bool = False
    nameif: str | None = None
    security_level: int | None = None
    mtu: int = 1500
    mac: str = ""
    """``02:00:00:00:00:01``; empty where the simulation has none."""


@dataclass(slots=True)
class RouteState:
    """One installed route.

    `source` is ``connected local static rri ospf eigrp rip bgp nhrp``; several routes with
    the same prefix and source share the load.
    """

    prefix: Prefix
    next_hop: int | None
    interface: str | None
    source: str = "static"
    distance: int = 1
    metric: int = 0
    since_us: int = 0
    kind: str = ""
    """OSPF: ``E1``, ``E2``, empty within the area."""


@dataclass(slots=True)
class IkeSaState:
    """One phase-1 SA, complete or half-open.

    Attributes
    ----------
    state : str
        The word of this platform: ``MM_KEY_EXCH``, ``QM_IDLE`` (IOS), ``MM_WAIT_MSG4``,
        ``MM_ACTIVE`` (ASA).
    up : bool
        Phase 1 is complete.
    status : str
        IOS: ``ACTIVE``, ``ACTIVE (deleted)``, ``STDBY``.
    encryption, key_bits, hash, group, auth
        As in `ike.settings.IkePolicy`; `encryption` is empty while nothing is agreed.
    lifetime_s, remaining_s : int
        Agreed, and left until hard expiry.
    conn_id : int
        IOS: 1001 and up, 0 for a dead attempt. ASA: the row number and session index.
    """

    peer: int
    local: int
    initiator: bool
    state: str
    up: bool = False
    mode: str = "main"
    """``main`` or ``aggressive``."""
    peer_port: int = 500
    local_port: int = 500
    encryption: str = ""
    key_bits: int = 0
    hash: str = ""
    group: int = 0
    auth: str = "pre-share"
    lifetime_s: int = 86400
    remaining_s: int = 86400
    dpd: bool = False
    nat_t: bool = False
    cookies: tuple[bytes, bytes] = (bytes(8), bytes(8))
    conn_id: int = 0
    status: str = "ACTIVE"
    rekeying: bool = False
    version: int = 1
    begun_us: int = 0
    up_us: int | None = None


@dataclass(slots=True)
class IpsecSaState:
    """One IPsec SA of one direction; `remaining_kb` None where the volume does not count."""

    spi: int
    transform: TransformSet
    protocol: str = "esp"
    """``esp`` or ``ah``."""
    conn_id: int = 0
    lifetime_s: int = 3600
    remaining_s: int = 3600
    lifetime_kb: int | None = 4608000
    remaining_kb: int | None = 4608000
    replay_window: int = 64
    """0: no replay detection."""
    replay_bitmap: int = 1
    """Bit n set: sequence number (highest - n) was seen; outbound SAs leave it at 1."""
    sequence: int = 0
    """Last sequence number sent, or the highest one received."""
    packets: int = 0
    """Protected, or accepted, by this SA alone (the counters of a flow outlive its SAs)."""
    pfs_group: int | None = None
    udp_ports: tuple[int, int] | None = None
    """Local and remote port where ESP travels in UDP."""
    status: str = "ACTIVE"


@dataclass(slots=True)
class FlowState:
    """One selector of one crypto map entry on one interface: what `show crypto ipsec sa` lists.

    A crypto map that waits for its first packet has a flow too, with zeros and no SAs
    (IOS lists it, ASA does not).

    Attributes
    ----------
    acl_name, acl_text : str
        The access list, and the whole line where the device prints another one than the
        selector says (``access-list LAN1_LAN2 extended permit ip ...``); empty: made from it.
    encaps, encrypt, digest, decaps, decrypt, verify : int
        Packets.
    errors : dict of Cause to int
        Every packet that this flow's SAs or the lack of them killed.
    bytes_out, bytes_in : int
        Plain bytes protected and unprotected (ASA session statistics).
    inbound, outbound : list of IpsecSaState
        Newest first; two of each during a rekey.
    """

    crypto_map: str
    sequence: int
    interface: str
    local: int
    selector: Selector
    current_peer: int | None = None
    peer_port: int = 500
    local_port: int = 500
    acl_name: str = ""
    acl_text: str = ""
    encaps: int = 0
    encrypt: int = 0
    digest: int = 0
    decaps: int = 0
    decrypt: int = 0
    verify: int = 0
    send_errors: int = 0
    recv_errors: int = 0
    errors: dict[Cause, int] = field(default_factory=dict)
    bytes_out: int = 0
    bytes_in: int = 0
    inbound: list[IpsecSaState] = field(default_factory=list)
    outbound: list[IpsecSaState] = field(default_factory=list)
    pfs_group: int | None = None
    path_mtu: int = 1500
    media_mtu: int = 1500
    up_us: int | None = None
    """When the first SA of the present session came up."""
    originates: bool = True
    """False: the flow was made by a responder out of a dynamic map."""


@dataclass(frozen=True, slots=True)
class EchoResult:
    """One echo of a ping: `rtt_us` None means no answer; `mark` is what the device prints for it."""

    rtt_us: int | None
    mark: str = "."
    """``.`` silence, ``U`` unreachable, ``M`` too big for a link, ``&`` time exceeded."""


Ping = Callable[[int, int | None, int, int], list[EchoResult]]
"""``ping(destination, source, count, size)``: send echoes from the device, return one result each."""
Probe = Callable[[str, int, int, int], None]
"""``probe(interface, protocol, source, destination)``: let such a packet arrive (packet-tracer wakes IKE)."""


@dataclass(slots=True)
class DeviceState:
    """A device at `now_us`."""

    settings: DeviceSettings
    now_us: int = 0
    boot_us: int = 0
    powered: bool = True
    interfaces: list[InterfaceState] = field(default_factory=list)
    routes: list[RouteState] = field(default_factory=list)
    ike_sas: list[IkeSaState] = field(default_factory=list)
    flows: list[FlowState] = field(default_factory=list)
    log: list[LogLine] = field(default_factory=list)
    """Since boot, oldest first."""
    drops: dict[Cause, int] = field(default_factory=dict)
    """Packets that died in this device since boot."""
    acl_hits: dict[tuple[str, int], int] = field(default_factory=dict)
    """Access list and entry (from 0) to packets that met it."""
    nat_hits: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Index into ``settings.nat`` to (translated, untranslated) packets."""
    sessions_total: int = 0
    """VPN sessions (phase-1 SAs that came up) since boot."""
    sessions_peak: int = 0
    tunnels_total: int = 0
    """Pairs of IPsec SAs that came up since boot, and the most at one time."""
    tunnels_peak: int = 0
    probes: list[ProbeState] = field(default_factory=list)
    """IP SLA operations that are scheduled, by number."""
    tracks: list[ObjectState] = field(default_factory=list)
    """Tracked objects, by number."""
    bfd: list[Session] = field(default_factory=list)
    ospf: OspfState | None = None
    """None where no OSPF runs."""
    running_config: str = ""
    """The text of ``show running-config``, as `config.running_config` prints it."""
    ping: Ping | None = None
    probe: Probe | None = None

    @property
    def platform(self) -> str:
        """``ios``, ``asa`` or ``linux``."""
        return self.settings.platform

    @property
    def hostname(self) -> str:
        """The configured name, else what the factory gives."""
        return self.settings.hostname or {"ios": "Router", "asa": "ciscoasa"}.get(self.platform, "host")

    def interface(self, name: str) -> InterfaceState | None:
        """Return the interface called `name` (canonical, or an ASA's nameif in any case)."""
        for interface in self.interfaces:
            if name == interface.name or (interface.nameif or "").lower() == name.lower():
                return interface
        return None

    def nameif(self, name: str | None) -> str:
        """Return the name by which this platform speaks of interface `name`."""
        found = self.interface(name) if name else None
        return (found.nameif or found.name) if found else (name or "")
