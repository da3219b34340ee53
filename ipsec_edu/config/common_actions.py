"""What hostname and interface commands do to the settings, on both platforms."""

from __future__ import annotations

import re
from typing import Any

from ipsec_edu.config.context import Context, RefusalError
from ipsec_edu.config.grammar import Match
from ipsec_edu.config.names import canonical_interface
from ipsec_edu.config.settings import InterfaceSettings
from ipsec_edu.core.addr import Prefix, format_ip, mask_of

__all__ = [
    "bandwidth",
    "delay",
    "description",
    "hostname",
    "interface",
    "interface_range",
    "ip_address",
    "shutdown",
    "vlan",
]


def hostname(ctx: Context, m: Match) -> None:
    """``hostname R1``; a second, different one begins another device."""
    if m.no:
        ctx.settings.hostname = ""
        return
    name = m["name"]
    if ctx.hostname_line and name != ctx.settings.hostname:
        ctx.others.append(ctx.line.number)
        ctx.report(
            "error",
            f"here begins another device: {ctx.settings.hostname} from line {ctx.hostname_line}, {name} "
            "from line "
            f"{ctx.line.number}; load each into its own node (split_devices cuts the text)",
            m.places["name"],
        )
        return
    ctx.settings.hostname, ctx.hostname_line = name, ctx.line.number


def interface(ctx: Context, m: Match) -> Any:
    """``interface GigabitEthernet0/1``."""
    name = m["if"]
    if m.no:
        ctx.settings.interfaces.pop(name, None)
        return None
    found = ctx.settings.interfaces.setdefault(name, InterfaceSettings(name))
    return (f"interface {name}",), [found]


def interface_range(ctx: Context, m: Match) -> Any:
    """``interface range GigabitEthernet0/1 - 3, Ethernet0/0``."""
    names: list[str] = []
    for part in m["range"].split(","):
        match = re.match(
            r"\s*([A-Za-z-]+)\s*([\d/]*?)(\d+)\s*(?:-\s*(?:[A-Za-z-]+\s*[\d/]*?)?(\d+))?\s*\Z", part, re.ASCII
        )
        if match is None:
            raise RefusalError(
                f"{part.strip()!r} is not a range: write `interface range GigabitEthernet0/1 - 3`", "range"
            )
        low, high = int(match[3]), int(match[4] or match[3])
        if high < low or high - low > 255:
            raise RefusalError(
                f"{part.strip()!r}: a range goes from a lower number to a higher one, at most 256 interfaces",
                "range",
            )
        try:
            names += [
                canonical_interface(f"{match[1]}{match[2]}{n}", ctx.settings.platform)
                for n in range(low, high + 1)
            ]
        except ValueError as error:
            raise RefusalError(str(error), "range") from None
    found = [ctx.settings.interfaces.setdefault(name, InterfaceSettings(name)) for name in names]
    return tuple(f"interface {name}" for name in names), found


def ip_address(ctx: Context, m: Match) -> None:
    """``ip address A MASK [standby B]``; other forms (dhcp, secondary) are not modelled."""
    ctx.forget("ip address" if m.no else "ip address dhcp")
    if "standby" in m.values:
        ctx.not_modelled("standby addresses (ASA failover)")
    for target in ctx.target:
        target.standby = None
        if m.no:
            target.address, target.length = None, 0
            continue
        address, length = m["ip"], m["mask"]
        network = Prefix.of(address, length)
        broadcast = network.network | ~mask_of(length) & 0xFFFFFFFF
        if length < 31 and address in (network.network, broadcast):
            raise RefusalError(
                f"Bad mask /{length} for address {format_ip(address)}: it names the network or its broadcast",
                "mask",
            )
        other = next(
            (
                i
                for i in ctx.settings.interfaces.values()
                if i is not target
                and i.prefix is not None
                and i.vrf == target.vrf
                and length
                and (i.prefix.covers(network) or network.covers(i.prefix))
            ),
            None,
        )
        if other is not None:
            raise RefusalError(
                f"{format_ip(network.network)} overlaps with {other.name}: give one of the two another "
                "network",
                "ip",
            )
        target.address, target.length, target.unnumbered = address, length, None
        target.standby = m.get("standby")


def shutdown(ctx: Context, m: Match) -> None:
    """``shutdown``; a text in which it is missing means an interface that is up."""
    for target in ctx.target:
        target.shutdown = not m.no


def description(ctx: Context, m: Match) -> None:
    """``description TEXT``."""
    for target in ctx.target:
        target.description = "" if m.no else m["text"]


def bandwidth(ctx: Context, m: Match) -> None:
    """``bandwidth N`` in kilobits per second."""
    for target in ctx.target:
        target.bandwidth_kbps = None if m.no else m["kbps"]


def delay(ctx: Context, m: Match) -> None:
    """``delay N`` in tens of microseconds."""
    for target in ctx.target:
        target.delay_10us = None if m.no else m["tens"]


def vlan(ctx: Context, m: Match) -> None:
    """``vlan N`` (ASA), ``encapsulation dot1Q N`` (IOS)."""
    for target in ctx.target:
        target.encapsulation_vlan = None if m.no else m["vlan"]
