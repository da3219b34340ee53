"""What an OSPF core asks its driver to do, and tells it."""

from __future__ import annotations

from dataclasses import dataclass

from ipsec_edu.core.addr import Prefix
from ipsec_edu.wire.ospf import OspfPacket

__all__ = [
    "AdjacencyChanged",
    "Event",
    "External",
    "Mismatch",
    "NextHop",
    "OspfRoute",
    "RoutesChanged",
    "Send",
    "Stepped",
]


@dataclass(frozen=True, slots=True)
class External:
    """A route from outside OSPF that this router announces (an AS-external LSA)."""

    prefix: Prefix
    metric: int = 20
    metric_type: int = 2
    tag: int = 0
    forward: int = 0
    """Forwarding address; 0: send to the router that announces it."""


@dataclass(frozen=True, slots=True)
class NextHop:
    """One of the equal ways to a destination; `address` None: the destination is on the interface."""

    interface: str
    address: int | None


@dataclass(frozen=True, slots=True)
class OspfRoute:
    """A route as SPF found it.

    `kind` is ``intra``, ``e1`` or ``e2``; `metric` as ``show ip route`` prints it.
    """

    prefix: Prefix
    kind: str
    metric: int
    hops: tuple[NextHop, ...]
    tag: int = 0


@dataclass(frozen=True, slots=True)
class Send:
    """Send `packet` by `interface` to `destination` (a neighbour, 224.0.0.5 or 224.0.0.6), TTL 1."""

    interface: str
    destination: int
    packet: OspfPacket


@dataclass(frozen=True, slots=True)
class RoutesChanged:
    """These are all routes of OSPF from now on (those to the router's own networks left out)."""

    routes: tuple[OspfRoute, ...]


@dataclass(frozen=True, slots=True)
class AdjacencyChanged:
    """A neighbour went from one state to another, for the log; states as RFC 2328 spells them."""

    interface: str
    router_id: int
    address: int
    before: str
    after: str
    reason: str
    """``Loading Done``, ``Dead timer expired``, ``Interface down or detached``, ``BFD node down`` ..."""


@dataclass(frozen=True, slots=True)
class Stepped:
    """One step of a state machine: ``ospf-neighbor`` or ``ospf-interface``, of `subject`."""

    machine: str
    subject: str
    before: str
    symbol: str
    action: str
    after: str
    legal: bool
    rule: str


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A packet was ignored because the two ends do not agree.

    `reason` is ``area``, ``hello``, ``dead``, ``mask``, ``mtu``, ``options`` or ``router-id``; `detail` says
    who has what.
    """

    interface: str
    source: int
    reason: str
    detail: str


Event = Send | RoutesChanged | AdjacencyChanged | Stepped | Mismatch
