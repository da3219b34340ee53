"""What the OSPF commands read: the process of one device at one moment, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field

from ipsec_edu.core.addr import Prefix
from ipsec_edu.routing.ospf.events import OspfRoute
from ipsec_edu.routing.settings import OspfInterface, OspfSettings
from ipsec_edu.wire.ospf_lsa import Lsa

__all__ = ["LsaState", "OspfInterfaceState", "OspfNeighborState", "OspfState"]


@dataclass(slots=True)
class OspfNeighborState:
    """One neighbour; `state` as RFC 2328 spells it (``2-Way``, ``Full``)."""

    router_id: int
    address: int
    interface: str
    state: str
    priority: int = 1
    dead_us: int = 0
    """When it is given up."""
    dr: int = 0
    bdr: int = 0
    """Addresses, as its last Hello said; 0: none."""
    options: int = 2
    changes: int = 0
    up_us: int | None = None
    """Since when it is Full."""
    retransmissions: int = 0
    """LSAs that it has not acknowledged yet."""


@dataclass(slots=True)
class OspfInterfaceState:
    """One interface of the process; `state` as RFC 2328 spells it (``Waiting``, ``DR Other``)."""

    settings: OspfInterface
    state: str
    dr: int = 0
    bdr: int = 0
    """Addresses, 0: none."""
    hello_us: int | None = None
    """When the next Hello goes; None: none goes."""


@dataclass(slots=True)
class LsaState:
    """One LSA of the database, with its age in seconds."""

    lsa: Lsa
    age_s: int


@dataclass(slots=True)
class OspfState:
    """The OSPF process."""

    settings: OspfSettings
    interfaces: list[OspfInterfaceState] = field(default_factory=list)
    neighbors: list[OspfNeighborState] = field(default_factory=list)
    lsas: list[LsaState] = field(default_factory=list)
    """By type, link state ID and advertising router."""
    routes: dict[Prefix, OspfRoute] = field(default_factory=dict)
    """What SPF found."""
    spf_runs: int = 0
    spf_us: int | None = None
    """When SPF ran last."""
