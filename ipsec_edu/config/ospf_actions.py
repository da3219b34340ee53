"""What the OSPF and BFD commands of IOS do to the settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ipsec_edu.config.context import Context, RefusalError
from ipsec_edu.config.grammar import Match
from ipsec_edu.config.routing_settings import (
    LSA_THROTTLE,
    SPF_THROTTLE,
    OspfArea,
    OspfProcess,
    RedistributeLine,
)
from ipsec_edu.core.addr import Prefix
from ipsec_edu.routing.settings import BfdTimers, DefaultInformation, Throttle

__all__ = [
    "bfd_all_interfaces",
    "bfd_interval",
    "default_information",
    "interface_area",
    "interface_bfd",
    "interface_dead",
    "interface_mtu_ignore",
    "interface_network_type",
    "interface_option",
    "log_adjacency",
    "network",
    "passive_interface",
    "process",
    "redistribute",
    "router_id",
    "throttle_lsa",
    "throttle_spf",
    "value",
]


def _process(ctx: Context, number: int) -> OspfProcess:
    """Return the process, made if need be; only one is modelled."""
    found = ctx.settings.ospf.setdefault(number, OspfProcess(number))
    if len(ctx.settings.ospf) > 1:
        ctx.not_modelled("a second OSPF process")
    return found


def process(ctx: Context, m: Match) -> OspfProcess | None:
    """``router ospf N``; taking it away takes its interfaces out of it, too."""
    number = m["process"]
    if not m.no:
        return _process(ctx, number)
    ctx.settings.ospf.pop(number, None)
    for interface in ctx.settings.interfaces.values():
        if interface.ospf.process == number:
            interface.ospf.process, interface.ospf.area = None, 0
    return None


def _areas(ctx: Context, process: OspfProcess) -> None:
    areas = {line.area for line in process.networks}
    areas |= {
        interface.ospf.area
        for interface in ctx.settings.interfaces.values()
        if interface.ospf.process == process.process
    }
    if len(areas) > 1:
        ctx.not_modelled("a second OSPF area")


def router_id(ctx: Context, m: Match) -> None:
    """``router-id A``."""
    if not m.no and not m["ip"]:
        raise RefusalError("% OSPF: router-id 0.0.0.0 is not allowed: write an address of this router", "ip")
    ctx.target.router_id = None if m.no else m["ip"]


def network(ctx: Context, m: Match) -> None:
    """``network A WILDCARD area N``; a mask instead of the wildcard is turned round, as on the device."""
    prefix = Prefix.of(m["ip"], m["wildcard"])
    networks = ctx.target.networks
    networks[:] = [line for line in networks if line.prefix != prefix]
    if not m.no:
        networks.append(OspfArea(prefix, m["area"]))
        _areas(ctx, ctx.target)


def passive_interface(ctx: Context, m: Match) -> None:
    """``[no] passive-interface IF | default``; the default forgets what was said of single interfaces."""
    edited: OspfProcess = ctx.target
    if m.has("default"):
        edited.passive_default = not m.no
        edited.exceptions.clear()
        return
    name = m["if"]
    edited.exceptions[:] = [other for other in edited.exceptions if other != name]
    if m.no == edited.passive_default:
        edited.exceptions.append(name)


def redistribute(ctx: Context, m: Match) -> None:
    """``redistribute static | connected`` with options in any order; ``no`` with options takes only those."""
    lines: dict[str, RedistributeLine] = ctx.target.redistribute
    source = m.pick("static", "connected") or ""
    changes: dict[str, Any] = {}
    if m.has("subnets"):
        changes["subnets"] = True
    for name in ("metric", "tag", "route_map"):
        if name in m.values:
            changes[name] = m[name]
    if m.has("metric-type"):
        changes["metric_type"] = 2 if m.has("2") else 1
    if not m.no:
        lines[source] = replace(lines.get(source, RedistributeLine()), **changes)
        if not lines[source].subnets:
            ctx.warn("% Only classful networks will be redistributed: for longer prefixes write `subnets`")
    elif not changes:
        lines.pop(source, None)
    elif source in lines:
        fresh = RedistributeLine()
        lines[source] = replace(lines[source], **{name: getattr(fresh, name) for name in changes})


def default_information(ctx: Context, m: Match) -> None:
    """``default-information originate [always] [metric N] [metric-type N]``."""
    fresh = DefaultInformation(m.has("always"), m.get("metric", 1), 1 if m.has("1") else 2)
    ctx.target.default_information = None if m.no else fresh


def throttle_spf(ctx: Context, m: Match) -> None:
    """``timers throttle spf START HOLD MAX`` in milliseconds."""
    ctx.target.spf = SPF_THROTTLE if m.no else Throttle(m["start"], m["hold"], m["maximum"])


def throttle_lsa(ctx: Context, m: Match) -> None:
    """``timers throttle lsa [all] START HOLD MAX`` in milliseconds."""
    ctx.target.lsa = LSA_THROTTLE if m.no else Throttle(m["start"], m["hold"], m["maximum"])


def value(name: str) -> Callable[[Context, Match], None]:
    """Return the action of a line of the process that sets one number; ``no`` brings the default back."""

    def set_value(ctx: Context, m: Match) -> None:
        setattr(ctx.target, name, getattr(OspfProcess(0), name) if m.no else m["value"])

    return set_value


def log_adjacency(ctx: Context, m: Match) -> None:
    """``[no] log-adjacency-changes [detail]``: on by default."""
    ctx.target.log_adjacency = "off" if m.no else "detail" if m.has("detail") else ""


def bfd_all_interfaces(ctx: Context, m: Match) -> None:
    """``bfd all-interfaces``."""
    ctx.target.bfd_all = not m.no


# --- interfaces ------------------------------------------------------------------------


def interface_area(ctx: Context, m: Match) -> None:
    """``ip ospf N area A``: makes the process, if there is none."""
    for target in ctx.target:
        target.ospf.process = None if m.no else m["process"]
        target.ospf.area = 0 if m.no else m["area"]
    if not m.no:
        _areas(ctx, _process(ctx, m["process"]))


def interface_network_type(ctx: Context, m: Match) -> None:
    """``ip ospf network broadcast | point-to-point``."""
    ctx.forget("ip ospf network")
    for target in ctx.target:
        target.ospf.network_type = None if m.no else m.pick("broadcast", "point-to-point")


def interface_option(name: str) -> Callable[[Context, Match], None]:
    """Return the action of an ``ip ospf`` line that sets one number."""

    def set_option(ctx: Context, m: Match) -> None:
        for target in ctx.target:
            setattr(target.ospf, name, None if m.no else m["value"])

    return set_option


def interface_dead(ctx: Context, m: Match) -> None:
    """``ip ospf dead-interval N | minimal hello-multiplier N``."""
    for target in ctx.target:
        target.ospf.dead_s = None if m.no else m.get("dead")
        target.ospf.hello_multiplier = None if m.no else m.get("multiplier")


def interface_mtu_ignore(ctx: Context, m: Match) -> None:
    """``ip ospf mtu-ignore``."""
    for target in ctx.target:
        target.ospf.mtu_ignore = not m.no


def interface_bfd(ctx: Context, m: Match) -> None:
    """``ip ospf bfd [disable]``."""
    for target in ctx.target:
        target.ospf.bfd = None if m.no else not m.has("disable")


def bfd_interval(ctx: Context, m: Match) -> None:
    """``bfd interval N min_rx N multiplier N``, milliseconds."""
    for target in ctx.target:
        target.bfd = None if m.no else BfdTimers(m["interval"], m["min_rx"], m["multiplier"])
