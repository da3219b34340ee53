"""The commands of a Linux host that a lab's ``exec`` lists hold (iproute2)."""

from __future__ import annotations

from dataclasses import replace

from ipsec_edu.config.context import Context, RefusalError
from ipsec_edu.config.grammar import Match, Rule
from ipsec_edu.config.rows import ignore, model, state
from ipsec_edu.config.settings import InterfaceSettings, StaticRoute
from ipsec_edu.core.addr import Prefix, format_ip

__all__ = ["MODES"]


def _interface(ctx: Context, name: str) -> InterfaceSettings:
    return ctx.settings.interfaces.setdefault(name, InterfaceSettings(name))


def hostname(ctx: Context, m: Match) -> None:
    """``hostname PC1``."""
    ctx.settings.hostname = m["name"]


def add_address(ctx: Context, m: Match) -> None:
    """``ip addr add A/B dev IF``."""
    address, length = m["address"]
    target = _interface(ctx, m["dev"])
    if target.address not in (None, address) and not m.has("replace"):
        ctx.not_modelled("a second address on one interface")
        return
    target.address, target.length = address, length


def delete_address(ctx: Context, m: Match) -> None:
    """``ip addr del A/B dev IF``, ``ip addr flush dev IF``."""
    target = _interface(ctx, m["dev"])
    if "address" in m.values and m["address"][0] != target.address:
        raise RefusalError(f"{target.name} does not have this address", "address")
    target.address, target.length = None, 0


def add_route(ctx: Context, m: Match) -> None:
    """``ip route add PREFIX via A [dev IF]``."""
    prefix: Prefix = m["prefix"]
    if "via" not in m.values and "dev" not in m.values:
        raise RefusalError("a route needs `via ADDRESS` or `dev INTERFACE`", "prefix")
    same = [old for old in ctx.settings.routes if old.prefix == prefix]
    if same and not m.has("replace"):
        raise RefusalError(f"a route to {prefix} exists already: use `ip route replace`", "prefix")
    for old in same:
        ctx.settings.routes.remove(old)
    ctx.settings.routes.append(StaticRoute(prefix, m.get("via"), m.get("dev")))


def delete_route(ctx: Context, m: Match) -> None:
    """``ip route del PREFIX [via A]``."""
    same = [r for r in ctx.settings.routes if r.prefix == m["prefix"] and m.get("via") in (None, r.next_hop)]
    if not same:
        via = f" via {format_ip(m['via'])}" if "via" in m.values else ""
        raise RefusalError(f"there is no route to {m['prefix']}{via}", "prefix")
    ctx.settings.routes[:] = [replace(r) for r in ctx.settings.routes if r not in same]


def set_link(ctx: Context, m: Match) -> None:
    """``ip link set IF up | down | mtu N``."""
    target = _interface(ctx, m["dev"])
    if m.has("up") or m.has("down"):
        target.shutdown = m.has("down")
    if "mtu" in m.values:
        target.mtu = m["mtu"]


GLOBAL = [
    model("hostname <name>", hostname),
    model(
        "ip address (add | replace) <prefix host:address> [broadcast <name:brd> | brd <name:brd>] "
        "dev <name:dev>",
        add_address,
    ),
    model("ip address delete <prefix host:address> dev <name:dev>", delete_address),
    model("ip address flush [dev] <name:dev>", delete_address),
    model(
        "ip route (add | replace) <prefix> [via <ip:via>] [dev <name:dev>] [metric <int 0-4294967295>]",
        add_route,
    ),
    model("ip route delete <prefix> [via <ip:via>] [dev <name:dev>]", delete_route),
    model("ip link set [dev] <name:dev> [up | down] [mtu <int 68-65535:mtu>] [up | down]", set_link),
    *ignore("ip (link | address | route) show *\nip neigh *\nsleep *\ntrue *\necho *\nset *"),
    *state(
        "other commands of a host",
        "sysctl *",
        "ip (rule | tunnel | xfrm | netns | vrf | maddress | nexthop | -6 | -4 | -br) *",
        "ip link (add | delete) *",
        "sh *",
        "bash *",
        "apk *",
        "apt *",
        "apt-get *",
        "ethtool *",
        "tc *",
        "iptables *",
        "nft *",
        "ping *",
        "iperf3 *",
        "ifconfig *",
        "route *",
        "dhclient *",
        "modprobe *",
    ),
]

MODES: dict[str, list[Rule]] = {"global": GLOBAL}
