"""What the commands that only an ASA has do to the settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ipsec_edu.config.context import Context, RefusalError
from ipsec_edu.config.crypto_actions import entry
from ipsec_edu.config.grammar import Match
from ipsec_edu.config.settings import DeviceSettings, InterfaceSettings, StaticRoute, TunnelGroup
from ipsec_edu.core.addr import Prefix, format_ip
from ipsec_edu.ike.settings import Dpd

__all__ = [
    "access_group",
    "crypto_map_remove",
    "crypto_map_interface",
    "dynamic_map_remove",
    "entry_connection",
    "entry_dynamic",
    "entry_phase1",
    "entry_reverse_route",
    "ike_enable",
    "inspect_icmp",
    "mtu",
    "named",
    "nameif",
    "peer_id_validate",
    "permit_vpn",
    "route",
    "same_security",
    "security_level",
    "tunnel_group",
    "tunnel_group_keepalive",
    "tunnel_group_key",
    "tunnel_group_remove",
]

DPD_RETRIES = 3
"""An ASA retransmits R-U-THERE three times; the count cannot be configured."""


def named(settings: DeviceSettings, name: str) -> InterfaceSettings | None:
    """Return the interface with this nameif; case does not matter, as on the device."""
    wanted = name.lower()
    return next(
        (i for i in settings.interfaces.values() if i.nameif is not None and i.nameif.lower() == wanted), None
    )


def _on_interface(ctx: Context, m: Match, place: str, apply: Callable[[InterfaceSettings], None]) -> None:
    """Run `apply` on the interface named in the line, now or once the whole text is read."""
    name, word = m[place], m.places.get(place, 0) + m.no
    found = named(ctx.settings, name)
    if found is not None:
        apply(found)
        return

    def at_end() -> None:
        interface = named(ctx.settings, name)
        if interface is not None:
            apply(interface)
        elif not m.no:
            known = ", ".join(i.nameif for i in ctx.settings.interfaces.values() if i.nameif) or "none"
            ctx.report(
                "error",
                f'no interface has the name "{name}" (names: {known}): write `nameif {name}` on one',
                word,
            )

    ctx.at_end(at_end)


# --- interfaces ------------------------------------------------------------------------


def nameif(ctx: Context, m: Match) -> None:
    """``nameif outside``: also sets the security level, inside 100 and all others 0."""
    for interface in ctx.target:
        old = interface.nameif
        if m.no:
            interface.nameif, interface.security_level = None, None
            interface.crypto_map = interface.access_in = interface.access_out = None
            if old is not None:
                ctx.settings.ike_enabled.discard(old)
                ctx.settings.routes[:] = [route for route in ctx.settings.routes if route.nameif != old]
            continue
        other = named(ctx.settings, m["name"])
        if other is not None and other is not interface:
            raise RefusalError(f"{other.name} has this name already", "name")
        interface.nameif = m["name"]
        if interface.security_level is None:
            interface.security_level = 100 if m["name"].lower() == "inside" else 0
        if old is not None and old != m["name"]:
            _rename(ctx.settings, old, m["name"])


def _rename(settings: DeviceSettings, old: str, new: str) -> None:
    if old in settings.ike_enabled:
        settings.ike_enabled.remove(old)
        settings.ike_enabled.add(new)
    settings.routes[:] = [replace(r, nameif=new) if r.nameif == old else r for r in settings.routes]
    settings.nat[:] = [
        replace(
            r, inside=new if r.inside == old else r.inside, outside=new if r.outside == old else r.outside
        )
        for r in settings.nat
    ]


def security_level(ctx: Context, m: Match) -> None:
    """``security-level 100``."""
    for interface in ctx.target:
        interface.security_level = (0 if interface.nameif else None) if m.no else m["level"]


def mtu(ctx: Context, m: Match) -> None:
    """``mtu outside 1400``."""

    def apply(interface: InterfaceSettings) -> None:
        interface.mtu = 1500 if m.no else m["mtu"]

    _on_interface(ctx, m, "nameif", apply)


def access_group(ctx: Context, m: Match) -> None:
    """``access-group NAME in interface outside``, ``access-group NAME global``."""
    if m.has("global"):
        ctx.settings.access_global = None if m.no else m["acl"]
        return

    def apply(interface: InterfaceSettings) -> None:
        if m.has("in"):
            interface.access_in = None if m.no else m["acl"]
        else:
            interface.access_out = None if m.no else m["acl"]

    _on_interface(ctx, m, "nameif", apply)


def route(ctx: Context, m: Match) -> None:
    """``route outside 0 0 198.51.100.254 1``."""
    prefix = Prefix.of(m["ip"], m["mask"])
    if prefix.network != m["ip"]:
        raise RefusalError(f"address and mask do not fit: the network is {format_ip(prefix.network)}", "ip")
    routes = ctx.settings.routes

    def apply(interface: InterfaceSettings) -> None:
        new = StaticRoute(
            prefix,
            m.get("next_hop"),
            interface.name,
            interface.nameif,
            m.get("distance", 1),
            track=m.get("track"),
        )
        same = [
            old
            for old in routes
            if (old.prefix, old.nameif) == (prefix, interface.nameif) and new.next_hop in (None, old.next_hop)
        ]
        for old in same:
            routes.remove(old)
        if not m.no:
            routes.append(new)

    if m.has("tunneled") or "track" in m.values:
        ctx.not_modelled("route with track or tunneled")
    _on_interface(ctx, m, "nameif", apply)


def same_security(ctx: Context, m: Match) -> None:
    """``same-security-traffic permit inter-interface``."""
    if m.has("inter-interface"):
        ctx.settings.same_security_inter = not m.no
    else:
        ctx.settings.same_security_intra = not m.no


def permit_vpn(ctx: Context, m: Match) -> None:
    """``sysopt connection permit-vpn``: on unless negated."""
    ctx.settings.permit_vpn = not m.no


def inspect_icmp(ctx: Context, m: Match) -> None:
    """``inspect icmp`` in a policy class: echo replies come back through the firewall."""
    ctx.settings.inspect_icmp = not m.no
    if not m.no:
        ctx.keep("class inspection_default")


# --- crypto ----------------------------------------------------------------------------


def ike_enable(ctx: Context, m: Match) -> None:
    """``crypto ikev1 enable outside``."""

    def apply(interface: InterfaceSettings) -> None:
        assert interface.nameif is not None
        if m.no:
            ctx.settings.ike_enabled.discard(interface.nameif)
        else:
            ctx.settings.ike_enabled.add(interface.nameif)

    _on_interface(ctx, m, "nameif", apply)


def crypto_map_interface(ctx: Context, m: Match) -> None:
    """``crypto map CMAP interface outside``: one map per interface."""

    def apply(interface: InterfaceSettings) -> None:
        interface.crypto_map = None if m.no else m["name"]

    _on_interface(ctx, m, "nameif", apply)


def crypto_map_remove(ctx: Context, m: Match) -> None:
    """``no crypto map CMAP 10`` or ``clear configure crypto map CMAP``."""
    _remove(ctx.settings.crypto_maps, m)
    if m["name"] not in ctx.settings.crypto_maps:
        for interface in ctx.settings.interfaces.values():
            if interface.crypto_map == m["name"]:
                interface.crypto_map = None


def dynamic_map_remove(ctx: Context, m: Match) -> None:
    """``no crypto dynamic-map DYN 10``."""
    _remove(ctx.settings.dynamic_maps, m)


def _remove(maps: dict[str, dict[int, Any]], m: Match) -> None:
    entries = maps.get(m["name"], {})
    if "sequence" in m.values:
        entries.pop(m["sequence"], None)
    else:
        entries.clear()
    if not entries:
        maps.pop(m["name"], None)


def entry_connection(ctx: Context, m: Match) -> None:
    """``set connection-type answer-only``."""
    word = m.pick("bidirectional", "originate-only", "answer-only")
    entry(ctx, m).connection = "bidirectional" if m.no or word is None else word


def entry_phase1(ctx: Context, m: Match) -> None:
    """``set ikev1 phase1-mode aggressive``."""
    entry(ctx, m).phase1_mode = "aggressive" if m.has("aggressive") and not m.no else "main"


def entry_reverse_route(ctx: Context, m: Match) -> None:
    """``set reverse-route [dynamic]``: without the word the routes stand as soon as the map does."""
    entry(ctx, m).reverse_route = None if m.no else "dynamic" if m.has("dynamic") else "static"


def entry_dynamic(ctx: Context, m: Match) -> None:
    """``crypto map CMAP 65535 ipsec-isakmp dynamic DYN``."""
    entry(ctx, m).dynamic_map = None if m.no else m["dynamic"]


# --- tunnel groups ---------------------------------------------------------------------


def tunnel_group(ctx: Context, m: Match) -> TunnelGroup | None:
    """``tunnel-group PEER type ipsec-l2l``, ``tunnel-group PEER ipsec-attributes``."""
    name, groups = m["name"], ctx.settings.tunnel_groups
    if m.no:
        if m.has("ipsec-attributes") and name in groups:
            groups[name] = TunnelGroup(name, groups[name].type)
        else:
            groups.pop(name, None)
        return None
    if m.has("type"):
        kind = m.pick("ipsec-l2l", "ipsec-ra", "remote-access", "webvpn") or "ipsec-l2l"
        if kind != "ipsec-l2l":
            ctx.not_modelled(f"tunnel-group of type {kind}")
        groups.setdefault(name, TunnelGroup(name)).type = kind
        return groups[name]
    builtin = name in ("DefaultL2LGroup", "DefaultRAGroup")
    if name not in groups and not builtin:
        _want_type(ctx, m, name)
    return groups.setdefault(name, TunnelGroup(name, "ipsec-l2l" if builtin else None))


def tunnel_group_remove(ctx: Context, m: Match) -> None:
    """``no tunnel-group PEER``, ``clear configure tunnel-group PEER``."""
    ctx.settings.tunnel_groups.pop(m["name"], None)


def _want_type(ctx: Context, m: Match, name: str) -> None:
    """Ask at the end of the text for the ``type`` line that the device wants first."""
    word = m.places["name"]

    def at_end() -> None:
        if ctx.settings.tunnel_groups.get(name, TunnelGroup(name)).type is None:
            ctx.report(
                "error",
                f'tunnel group "{name}" does not exist: write `tunnel-group {name} type ipsec-l2l` first',
                word,
            )

    ctx.at_end(at_end)


def tunnel_group_key(ctx: Context, m: Match) -> None:
    """``ikev1 pre-shared-key KEY``."""
    key = None if m.no else m["key"]
    if key is not None and not key.strip("*"):
        ctx.warn(
            "a printed configuration hides the key; type the real one, or the tunnel cannot come up",
            m.places["key"],
        )
        key = ctx.target.key
    ctx.target.key = key


def tunnel_group_keepalive(ctx: Context, m: Match) -> None:
    """``isakmp keepalive threshold 10 retry 2``, ``threshold infinite``, ``disable``."""
    if m.no:
        ctx.target.dpd = None
    elif m.has("disable") or m.has("infinite"):
        ctx.target.dpd = Dpd("off")
    else:
        ctx.target.dpd = Dpd("semi-periodic", m.get("threshold", 10), m.get("retry", 2), DPD_RETRIES)


def peer_id_validate(ctx: Context, m: Match) -> None:
    """``peer-id-validate nocheck``."""
    ctx.target.peer_id_validate = (None if m.no else m.pick("req", "cert", "nocheck")) or "req"
