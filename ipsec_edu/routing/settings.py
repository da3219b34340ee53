"""What the routing side of a device is told: OSPF, BFD, object tracking. Defaults are the platforms'.

`config.routing` makes these out of a configuration; the protocol cores and their drivers read them.
"""

from __future__ import annotations

from dataclasses import dataclass

from ipsec_edu.routing.policy import RouteMap

__all__ = [
    "BROADCAST",
    "LOOPBACK",
    "POINT_TO_POINT",
    "BfdTimers",
    "DefaultInformation",
    "OspfInterface",
    "OspfSettings",
    "Redistribution",
    "SlaEcho",
    "Throttle",
    "TrackedObject",
]

BROADCAST, POINT_TO_POINT, LOOPBACK = "broadcast", "point-to-point", "loopback"


@dataclass(frozen=True, slots=True)
class Throttle:
    """Back-off of a computation that is asked for again and again (``timers throttle spf``).

    The first request waits `initial_ms`; each further one within the hold time doubles the wait, from
    `hold_ms` up to `maximum_ms`; a quiet period of twice the last wait starts over.
    """

    initial_ms: int = 50
    hold_ms: int = 200
    maximum_ms: int = 5000


@dataclass(frozen=True, slots=True)
class BfdTimers:
    """``bfd interval TX min_rx RX multiplier N`` on an interface (RFC 5880, section 6.8)."""

    interval_ms: int
    min_rx_ms: int
    multiplier: int


@dataclass(frozen=True, slots=True)
class OspfInterface:
    """One interface that OSPF runs on.

    Attributes
    ----------
    network_type : str
        `BROADCAST`, `POINT_TO_POINT` or `LOOPBACK` (advertised as a host route, no packets).
    cost : int
        Of sending by this interface.
    hello_ms, dead_ms : int
        HelloInterval and RouterDeadInterval; below a second with ``dead-interval minimal``.
    passive : bool
        Advertised, but no packet is sent or taken.
    bfd : bool
        Whether adjacencies follow a BFD session.
    """

    name: str
    address: int
    length: int
    area: int = 0
    network_type: str = BROADCAST
    cost: int = 1
    hello_ms: int = 10_000
    dead_ms: int = 40_000
    priority: int = 1
    passive: bool = False
    mtu: int = 1500
    mtu_ignore: bool = False
    retransmit_s: int = 5
    transmit_delay_s: int = 1
    bfd: bool = False


@dataclass(frozen=True, slots=True)
class Redistribution:
    """``redistribute SOURCE``: routes of that source in the routing table become external routes."""

    source: str
    """``static`` (reverse-route injection included) or ``connected``."""
    metric: int = 20
    metric_type: int = 2
    tag: int = 0
    route_map: RouteMap | None = None


@dataclass(frozen=True, slots=True)
class DefaultInformation:
    """``default-information originate``; without `always` only while a default route is installed."""

    always: bool = False
    metric: int = 1
    metric_type: int = 2


@dataclass(frozen=True, slots=True)
class OspfSettings:
    """One OSPF process (one area per process is modelled).

    Attributes
    ----------
    interfaces : tuple of OspfInterface
        In the order of the configuration.
    log_adjacency, log_detail : bool
        ``log-adjacency-changes``, on unless told not to; ``detail``: every step, not only up and down.
    """

    process: int
    router_id: int
    interfaces: tuple[OspfInterface, ...]
    spf: Throttle = Throttle()
    lsa: Throttle = Throttle(0, 5000, 5000)
    lsa_arrival_ms: int = 1000
    redistribute: tuple[Redistribution, ...] = ()
    default_information: DefaultInformation | None = None
    distance: int = 110
    maximum_paths: int = 4
    log_adjacency: bool = True
    log_detail: bool = False


@dataclass(frozen=True, slots=True)
class SlaEcho:
    """``ip sla N`` with ``icmp-echo``, scheduled: a probe now and then."""

    number: int
    destination: int
    source: int | None = None
    """Source address; None: that of the outgoing interface."""
    interface: str | None = None
    """``source-interface``."""
    frequency_s: int = 60
    timeout_ms: int = 5000
    start_s: float = 0.0
    threshold_ms: int = 5000
    """A slower answer counts as down for an object that tracks ``state``, not ``reachability``."""
    life_s: int | None = None
    """Seconds after which the probes end; None: never."""


@dataclass(frozen=True, slots=True)
class TrackedObject:
    """``track N``: something that is up or down, with delays before either is believed.

    `kind` is ``sla`` (`sla` names the probe), ``interface`` (`interface` has line protocol), ``route`` (a
    route to `network`/`length` is installed), or ``and``/``or`` over `objects` (numbers; negative: not).
    """

    number: int
    kind: str
    sla: int = 0
    interface: str = ""
    network: int = 0
    length: int = 0
    objects: tuple[int, ...] = ()
    up_delay_s: int = 0
    down_delay_s: int = 0
    state: bool = False
    """With ``sla``: whether an answer above the probe's threshold counts as down."""
