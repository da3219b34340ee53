"""The routing table as IOS and the ASA print it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from ipsec_edu.core.addr import Prefix, format_ip, parse_ip
from ipsec_edu.show.grammar import Args
from ipsec_edu.show.state import DeviceState, RouteState
from ipsec_edu.show.words import age, mask

__all__ = ["asa_route", "ios_route"]

_IOS_CODES = """\
Codes: L - local, C - connected, S - static, R - RIP, M - mobile, B - BGP
       D - EIGRP, EX - EIGRP external, O - OSPF, IA - OSPF inter area
       N1 - OSPF NSSA external type 1, N2 - OSPF NSSA external type 2
       E1 - OSPF external type 1, E2 - OSPF external type 2
       i - IS-IS, su - IS-IS summary, L1 - IS-IS level-1, L2 - IS-IS level-2
       ia - IS-IS inter area, * - candidate default, U - per-user static route
       o - ODR, P - periodic downloaded static route, H - NHRP, l - LISP
       a - application route
       + - replicated route, % - next hop override, p - overrides from PfR
"""
_ASA_CODES = """\
Codes: L - local, C - connected, S - static, R - RIP, M - mobile, B - BGP
       D - EIGRP, EX - EIGRP external, O - OSPF, IA - OSPF inter area
       N1 - OSPF NSSA external type 1, N2 - OSPF NSSA external type 2
       E1 - OSPF external type 1, E2 - OSPF external type 2, V - VPN
       i - IS-IS, su - IS-IS summary, L1 - IS-IS level-1, L2 - IS-IS level-2
       ia - IS-IS inter area, * - candidate default, U - per-user static route
       o - ODR, P - periodic downloaded static route, + - replicated route"""
_CODES = {
    "connected": "C",
    "local": "L",
    "static": "S",
    "rri": "S",
    "rip": "R",
    "bgp": "B",
    "eigrp": "D",
    "ospf": "O",
    "nhrp": "H",
}
"""Source of a route to its letter; RRI is an ordinary static route on IOS, an ASA says V."""
_AGED = {"rip", "bgp", "eigrp", "ospf", "nhrp"}
"""Sources whose routes show how old they are."""

_OSPF_TYPES = {"": "intra area", "E1": "extern 1", "E2": "extern 2"}


def _routes(state: DeviceState, args: Args) -> list[RouteState]:
    """Return the wanted routes in address order, with the local /32 beside each connected network."""
    routes = list(state.routes)
    if not any(route.source == "local" for route in routes):
        for route in state.routes:
            own = state.interface(route.interface) if route.interface else None
            subnet = route.source == "connected" and route.prefix.length < 32
            if subnet and own is not None and own.address is not None:
                routes.append(RouteState(Prefix(own.address, 32), None, route.interface, "local", 0))
    wanted = args.get("source")
    if wanted is not None:
        names = {"connected": {"connected"}, "static": {"static", "rri"}}.get(wanted, {wanted})
        routes = [route for route in routes if route.source in names]
    return sorted(routes, key=lambda route: (route.prefix.network, route.prefix.length))


def _code(route: RouteState) -> str:
    """Return ``S``, ``O E2``; with an asterisk for a default route: ``S*``, ``O*E2``."""
    letter = _CODES.get(route.source, "S")
    default = "*" if route.prefix.length == 0 else ""
    return f"{letter}{default or ' '}{route.kind}" if route.kind else letter + default


def _gateway(routes: Iterable[RouteState]) -> str:
    """Return the line about the gateway of last resort."""
    for route in routes:
        if route.prefix.length == 0:
            via = "0.0.0.0" if route.next_hop is None else format_ip(route.next_hop)
            return f"Gateway of last resort is {via} to network 0.0.0.0"
    return "Gateway of last resort is not set"


def _classful(prefix: Prefix) -> Prefix:
    """Return the class A, B or C network that holds `prefix` (the prefix itself where it is larger)."""
    first = prefix.network >> 24
    natural = 8 if first < 128 else 16 if first < 192 else 24 if first < 224 else 32
    return Prefix.of(prefix.network, min(natural, prefix.length))


def ios_route(state: DeviceState, args: Args) -> str:
    """``show ip route [connected | static | ospf | eigrp | A.B.C.D]``."""
    routes = _routes(state, args)
    if "ip" in args:
        return _ios_entry(state, args["ip"])
    lines = [] if "source" in args else [_IOS_CODES, _gateway(routes), ""]
    for parent, members in groupby(routes, key=lambda route: _classful(route.prefix)):
        lines += _ios_group(parent, list(members), state.now_us)
    return "\n".join(lines)


def _ios_group(parent: Prefix, routes: list[RouteState], now_us: int) -> Iterator[str]:
    """Yield the routes of one classful network, with its heading if it is subnetted."""
    prefixes = sorted({route.prefix for route in routes})
    lengths = {prefix.length for prefix in prefixes}
    subnetted = any(prefix != parent for prefix in prefixes)
    if subnetted and len(lengths) == 1:
        yield f"      {format_ip(parent.network)}/{lengths.pop()} is subnetted, {len(prefixes)} subnets"
    elif subnetted:
        count = f"{len(prefixes)} subnets, {len(lengths)} masks"
        yield f"      {parent} is variably subnetted, {count}"
    bare = subnetted and len({prefix.length for prefix in prefixes}) == 1
    for prefix, paths in groupby(routes, key=lambda route: route.prefix):
        name = format_ip(prefix.network) if bare else str(prefix)
        for at, route in enumerate(paths):
            code = _code(route)
            head = f"{code:9}{name}" if subnetted else f"{code:6}{name}"
            yield (head if at == 0 else " " * len(head)) + _ios_path(route, now_us)


def _ios_path(route: RouteState, now_us: int) -> str:
    """Return what stands behind the prefix."""
    if route.source in ("connected", "local") or route.next_hop is None:
        return f" is directly connected, {route.interface or 'Null0'}"
    text = f" [{route.distance}/{route.metric}] via {format_ip(route.next_hop)}"
    if route.source in _AGED:
        text += f", {age(now_us - route.since_us)}"
        text += f", {route.interface}" if route.interface else ""
    return text


def _ios_entry(state: DeviceState, address: str) -> str:
    """Return ``show ip route A.B.C.D``: the one entry that a packet to that address would take."""
    wanted = parse_ip(address)
    routes = [route for route in _routes(state, {}) if route.prefix.contains(wanted)]
    best = max((route.prefix.length for route in routes), default=0)
    paths = [route for route in routes if route.prefix.length == best]
    if not paths or best == 0:
        return "% Network not in table" if not paths else "% Subnet not in table"
    first = paths[0]
    name = {"rri": "static", "local": "connected"}.get(first.source, first.source)
    note = " (connected, via interface)" if name == "connected" else ""
    if name == "ospf" and state.ospf is not None:
        name = f"ospf {state.ospf.settings.process}"
        note = f", type {_OSPF_TYPES[first.kind]}"
    lines = [f"Routing entry for {first.prefix}"]
    lines.append(f'  Known via "{name}", distance {first.distance}, metric {first.metric}{note}')
    lines.append("  Routing Descriptor Blocks:")
    for at, route in enumerate(paths):
        target = "directly connected" if route.next_hop is None else format_ip(route.next_hop)
        out = f", via {route.interface}" if route.interface else ""
        lines.append(f"  {'*' if at == 0 else ' '} {target}{out}")
        lines.append(f"      Route metric is {route.metric}, traffic share count is 1")
    return "\n".join(lines)


def asa_route(state: DeviceState, args: Args) -> str:
    """``show route [connected | static | ospf]``; routes of reverse route injection have the code V."""
    routes = _routes(state, args)
    lines = ["", _ASA_CODES, _gateway(routes), ""]
    for prefix, paths in groupby(routes, key=lambda route: route.prefix):
        for at, route in enumerate(paths):
            code = "V" if route.source == "rri" else _code(route)
            head = f"{code:9}{mask(prefix)}"
            lines.append((head if at == 0 else " " * len(head)) + _asa_path(state, route))
    return "\n".join(lines)


def _asa_path(state: DeviceState, route: RouteState) -> str:
    out = state.nameif(route.interface)
    if route.source == "rri":
        return f" connected by VPN (advertised), {out}"
    if route.source in ("connected", "local") or route.next_hop is None:
        return f" is directly connected, {out or 'Null0'}"
    aged = f", {age(state.now_us - route.since_us)}" if route.source in _AGED else ""
    return f" [{route.distance}/{route.metric}] via {format_ip(route.next_hop)}{aged}, {out}"
