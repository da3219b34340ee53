"""From a stopped OSPF core to what its ``show`` commands read."""

from __future__ import annotations

from ipsec_edu.routing.ospf.core import OspfCore
from ipsec_edu.show.ospf_state import LsaState, OspfInterfaceState, OspfNeighborState, OspfState

__all__ = ["ospf_state"]


def ospf_state(core: OspfCore, now_us: int) -> OspfState:
    """Return what the process knows now."""
    interfaces = list(core.interfaces.values())
    return OspfState(
        settings=core.settings,
        interfaces=[
            OspfInterfaceState(
                one.settings, one.state.value, one.dr, one.bdr, one.hello_timer.at_us if one.speaks else None
            )
            for one in interfaces
        ],
        neighbors=[
            OspfNeighborState(
                router_id=neighbor.router_id,
                address=neighbor.address,
                interface=one.settings.name,
                state=neighbor.state.value,
                priority=neighbor.priority,
                dead_us=neighbor.dead_us,
                dr=neighbor.dr,
                bdr=neighbor.bdr,
                options=neighbor.options,
                changes=neighbor.changes,
                up_us=neighbor.up_since_us,
                retransmissions=len(neighbor.retransmissions),
            )
            for one in interfaces
            for neighbor in one.neighbors.values()
        ],
        lsas=[LsaState(entry.lsa, entry.age(now_us)) for entry in core.lsdb],
        routes={route.prefix: route for route in core.routes},
        spf_runs=core.spf.runs,
        spf_us=core.spf.last_us,
    )
