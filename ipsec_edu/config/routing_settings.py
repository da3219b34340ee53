"""What a configuration says about routing: OSPF, route maps, prefix lists, tracking, BFD.

Names stay names here, as in `config.settings`; `config.routing` resolves them. None means "not
typed": the platform's default holds.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ipsec_edu.core.addr import Prefix, format_ip
from ipsec_edu.routing.settings import DefaultInformation, Throttle

__all__ = [
    "LSA_THROTTLE",
    "OspfArea",
    "OspfOptions",
    "OspfProcess",
    "PrefixLine",
    "RedistributeLine",
    "RouteMapLine",
    "SPF_THROTTLE",
    "Schedule",
    "SlaOperation",
    "TrackLine",
]

SPF_THROTTLE = Throttle()
LSA_THROTTLE = Throttle(0, 5000, 5000)
"""``timers throttle`` where it is not typed."""


@dataclass(slots=True)
class OspfOptions:
    """The ``ip ospf ...`` lines of an interface."""

    process: int | None = None
    """``ip ospf N area A``: the process that the interface belongs to without a ``network`` line."""
    area: int = 0
    network_type: str | None = None
    cost: int | None = None
    priority: int | None = None
    hello_s: int | None = None
    dead_s: int | None = None
    """None: four times the hello interval."""
    hello_multiplier: int | None = None
    """``dead-interval minimal hello-multiplier N``: dead after a second, N hellos in it."""
    retransmit_s: int | None = None
    transmit_delay_s: int | None = None
    mtu_ignore: bool = False
    bfd: bool | None = None
    """``ip ospf bfd [disable]``; None: as the process says."""


@dataclass(frozen=True, slots=True)
class OspfArea:
    """``network A WILDCARD area N``: interfaces with an address in `prefix` belong to `area`."""

    prefix: Prefix
    area: int


@dataclass(frozen=True, slots=True)
class RedistributeLine:
    """``redistribute static | connected`` with its options."""

    subnets: bool = False
    """Without it only classful networks are taken along."""
    metric: int | None = None
    metric_type: int = 2
    tag: int = 0
    route_map: str | None = None


@dataclass(slots=True)
class OspfProcess:
    """``router ospf N``.

    `exceptions` are the interfaces that are not as ``passive-interface default`` (or its absence) says.
    """

    process: int
    router_id: int | None = None
    networks: list[OspfArea] = field(default_factory=list)
    passive_default: bool = False
    exceptions: list[str] = field(default_factory=list)
    redistribute: dict[str, RedistributeLine] = field(default_factory=dict)
    """By source, ``static`` or ``connected``."""
    default_information: DefaultInformation | None = None
    default_metric: int | None = None
    reference_mbps: int = 100
    spf: Throttle = SPF_THROTTLE
    lsa: Throttle = LSA_THROTTLE
    lsa_arrival_ms: int = 1000
    distance: int = 110
    maximum_paths: int = 4
    log_adjacency: str = ""
    """"" as by default (on), ``detail``, ``off``."""
    bfd_all: bool = False

    def is_passive(self, interface: str) -> bool:
        """Tell whether the process sends nothing on `interface`."""
        return (interface in self.exceptions) != self.passive_default


@dataclass(frozen=True, slots=True)
class PrefixLine:
    """One line of ``ip prefix-list``; without `ge` and `le` the length must be the prefix's own."""

    sequence: int
    permit: bool
    prefix: Prefix
    ge: int | None = None
    le: int | None = None


@dataclass(slots=True)
class RouteMapLine:
    """One sequence of a route map, names of lists unresolved."""

    name: str
    sequence: int
    permit: bool = True
    access_lists: list[str] = field(default_factory=list)
    prefix_lists: list[str] = field(default_factory=list)
    tags: list[int] = field(default_factory=list)
    interfaces: list[str] = field(default_factory=list)
    set_metric: int | None = None
    set_metric_type: int | None = None
    set_tag: int | None = None

    @property
    def title(self) -> str:
        """The line that opens it."""
        return f"route-map {self.name} {'permit' if self.permit else 'deny'} {self.sequence}"


@dataclass(frozen=True, slots=True)
class Schedule:
    """``ip sla schedule``: without ``start-time`` the operation waits for ever."""

    life_s: int | None = 3600
    """How long it runs; None: ``forever``. An hour is the device's default."""
    start_s: int | None = None
    """Seconds from now; None: ``pending``."""
    ageout_s: int = 0


@dataclass(slots=True)
class SlaOperation:
    """``ip sla N``; `destination` None: it has no ``icmp-echo``."""

    number: int
    destination: int | None = None
    source: int | None = None
    interface: str | None = None
    frequency_s: int = 60
    timeout_ms: int = 5000
    threshold_ms: int = 5000
    schedule: Schedule | None = None


@dataclass(slots=True)
class TrackLine:
    """``track N ...``; `kind` as in `routing.settings.TrackedObject`."""

    number: int
    kind: str
    sla: int = 0
    state: bool = False
    """``ip sla N state``: an answer above the threshold counts as down."""
    interface: str = ""
    prefix: Prefix | None = None
    objects: list[int] = field(default_factory=list)
    """Numbers; negative: not."""
    up_delay_s: int = 0
    down_delay_s: int = 0

    @property
    def title(self) -> str:
        """The line that opens it."""
        if self.kind == "sla":
            what = f"ip sla {self.sla}" + ("" if self.state else " reachability")
        elif self.kind == "interface":
            what = f"interface {self.interface} line-protocol"
        elif self.prefix is not None:
            what = f"ip route {format_ip(self.prefix.network)} {format_ip(self.prefix.mask)} reachability"
        else:
            what = f"list boolean {self.kind}"
        return f"track {self.number} {what}"
