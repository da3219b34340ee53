"""A Linux host: ``ip addr`` and ``ip route``."""

from __future__ import annotations

from ipsec_edu.core.addr import format_ip
from ipsec_edu.show.grammar import Args
from ipsec_edu.show.state import DeviceState, RouteState

__all__ = ["hostname", "ip_addr", "ip_route"]


def ip_addr(state: DeviceState, args: Args) -> str:
    """``ip addr``."""
    lines = []
    for number, each in enumerate(state.interfaces, 1):
        if each.name == "lo":
            flags, state_word = "LOOPBACK,UP,LOWER_UP", "UNKNOWN"
        elif each.shutdown:
            flags, state_word = "BROADCAST,MULTICAST", "DOWN"
        elif each.up:
            flags, state_word = "BROADCAST,MULTICAST,UP,LOWER_UP", "UP"
        else:
            flags, state_word = "NO-CARRIER,BROADCAST,MULTICAST,UP", "DOWN"
        head = f"{number}: {each.name}: <{flags}> mtu {each.mtu} qdisc fq_codel state {state_word}"
        lines.append(f"{head} group default qlen 1000")
        kind = "loopback" if each.name == "lo" else "ether"
        brd = "00:00:00:00:00:00" if each.name == "lo" else "ff:ff:ff:ff:ff:ff"
        lines.append(f"    link/{kind} {each.mac or '00:00:00:00:00:00'} brd {brd}")
        if each.address is not None:
            scope = "host" if each.name == "lo" else "global"
            lines.append(f"    inet {format_ip(each.address)}/{each.length} scope {scope} {each.name}")
            lines.append("       valid_lft forever preferred_lft forever")
    return "\n".join(lines)


def _route(state: DeviceState, route: RouteState) -> str:
    target = "default" if route.prefix.length == 0 else str(route.prefix)
    text = target
    if route.next_hop is not None:
        text += f" via {format_ip(route.next_hop)}"
    if route.interface is not None:
        text += f" dev {route.interface}"
    if route.source == "connected":
        text += " proto kernel scope link"
        own = state.interface(route.interface or "")
        if own is not None and own.address is not None:
            text += f" src {format_ip(own.address)}"
    return text


def ip_route(state: DeviceState, args: Args) -> str:
    """``ip route``."""
    routes = sorted(state.routes, key=lambda route: (route.prefix.network, route.prefix.length))
    return "\n".join(_route(state, route) for route in routes if route.source != "local")


def hostname(state: DeviceState, args: Args) -> str:
    """``hostname``."""
    return state.hostname
