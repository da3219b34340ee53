"""What the commands that only IOS has do to the settings."""

from __future__ import annotations

from ipsec_edu.config.context import Context, RefusalError
from ipsec_edu.config.crypto_actions import entry
from ipsec_edu.config.grammar import Match
from ipsec_edu.config.settings import CryptoMapEntry, NatRule, PeerKey, StaticRoute
from ipsec_edu.core.addr import ANY, Prefix, format_ip
from ipsec_edu.ike.settings import Dpd

__all__ = [
    "crypto_map",
    "dynamic_map",
    "entry_isakmp_profile",
    "entry_reverse_route",
    "entry_reverse_route_option",
    "interface_access_group",
    "interface_crypto_map",
    "interface_ip_mtu",
    "interface_mtu",
    "interface_nat",
    "interface_unnumbered",
    "interface_verify",
    "interface_vrf",
    "invalid_spi_recovery",
    "keepalive",
    "keyring",
    "keyring_key",
    "local_address",
    "nat_overload",
    "nat_transparency",
    "peer_key",
    "route",
]

DPD_RETRIES = 5
"""IOS sends five aggressive retries; the count cannot be configured."""
DPD_RETRY_S = 2


def _unusable(m: Match) -> bool:
    return m.pick("6", "7") is not None


def _store_key(ctx: Context, m: Match, ring: str | None) -> None:
    peer = Prefix.of(m["ip"], m.get("mask", 0 if m["ip"] == 0 else 32))  # 0.0.0.0 alone means everyone
    keys = ctx.settings.keys
    keys[:] = [old for old in keys if (old.peer, old.keyring) != (peer, ring)]
    if m.no:
        return
    if _unusable(m):
        ctx.warn(
            f"a key of type {m.pick('6', '7')} is encrypted for another device: type the plain key, or the "
            "tunnel cannot come up",
            m.places["key"],
        )
        ctx.keep(m.text)
        return
    keys.append(PeerKey(peer, m["key"], ring))


def peer_key(ctx: Context, m: Match) -> None:
    """``crypto isakmp key KEY address A [MASK]``."""
    _store_key(ctx, m, None)


def keyring(ctx: Context, m: Match) -> str | None:
    """``crypto keyring NAME``: its keys are flattened into one list."""
    name = m["name"]
    if m.no:
        ctx.settings.keys[:] = [key for key in ctx.settings.keys if key.keyring != name]
        return None
    if "vrf" in m.values:
        ctx.not_modelled("VRF")
    return str(name)


def keyring_key(ctx: Context, m: Match) -> None:
    """``pre-shared-key address A [MASK] key KEY``."""
    _store_key(ctx, m, ctx.target)


def keepalive(ctx: Context, m: Match) -> None:
    """``crypto isakmp keepalive N [N] [periodic | on-demand]``: on-demand unless it says periodic."""
    mode = "periodic" if m.has("periodic") else "on-demand"
    ctx.settings.keepalive = (
        None if m.no else Dpd(mode, m["interval"], m.get("retry", DPD_RETRY_S), DPD_RETRIES)
    )


def invalid_spi_recovery(ctx: Context, m: Match) -> None:
    """``crypto isakmp invalid-spi-recovery``."""
    ctx.settings.invalid_spi_recovery = not m.no


def nat_transparency(ctx: Context, m: Match) -> None:
    """``no crypto ipsec nat-transparency udp-encapsulation``: no NAT traversal."""
    ctx.settings.nat_traversal = not m.no


# --- crypto maps -----------------------------------------------------------------------


def _map_entry(maps: dict[str, dict[int, CryptoMapEntry]], m: Match) -> CryptoMapEntry | None:
    name, sequence = m["name"], m.get("sequence")
    if not m.no:
        return maps.setdefault(name, {}).setdefault(sequence, CryptoMapEntry(name, sequence))
    if sequence is None:
        maps.pop(name, None)
    else:
        maps.get(name, {}).pop(sequence, None)
        if not maps.get(name):
            maps.pop(name, None)
    return None


def crypto_map(ctx: Context, m: Match) -> CryptoMapEntry | None:
    """``crypto map NAME N ipsec-isakmp [dynamic NAME]``."""
    found = _map_entry(ctx.settings.crypto_maps, m)
    if found is None:
        if m["name"] not in ctx.settings.crypto_maps:
            ctx.settings.crypto_map_local.pop(m["name"], None)
            for interface in ctx.settings.interfaces.values():
                if interface.crypto_map == m["name"]:
                    interface.crypto_map = None
    elif "dynamic" in m.values:
        found.dynamic_map = m["dynamic"]
    return found


def dynamic_map(ctx: Context, m: Match) -> CryptoMapEntry | None:
    """``crypto dynamic-map NAME N``."""
    return _map_entry(ctx.settings.dynamic_maps, m)


def local_address(ctx: Context, m: Match) -> None:
    """``crypto map NAME local-address Loopback0``: one identity on all interfaces of the map."""
    if m.no:
        ctx.settings.crypto_map_local.pop(m["name"], None)
    else:
        ctx.settings.crypto_map_local[m["name"]] = m["if"]


def entry_isakmp_profile(ctx: Context, m: Match) -> None:
    """``set isakmp-profile NAME``."""
    entry(ctx, m).isakmp_profile = None if m.no else m["profile"]
    ctx.not_modelled("isakmp profiles")


def entry_reverse_route(ctx: Context, m: Match) -> None:
    """``reverse-route [static] [remote-peer A] [tag N]``; without ``static`` the route follows the SA."""
    edited = entry(ctx, m)
    edited.reverse_route = None if m.no else "static" if m.has("static") else "dynamic"
    edited.reverse_route_gateway = None if m.no else m.get("gateway_address", edited.reverse_route_gateway)
    if "tag" in m.values or m.no:
        edited.reverse_route_tag = None if m.no else m["tag"]


def entry_reverse_route_option(ctx: Context, m: Match) -> None:
    """``set reverse-route distance N | tag N | gateway A``."""
    edited = entry(ctx, m)
    if "distance" in m.words:
        edited.reverse_route_distance = None if m.no else m["distance"]
    elif "tag" in m.words:
        edited.reverse_route_tag = None if m.no else m["tag"]
    else:
        edited.reverse_route_gateway = None if m.no else m["gateway_address"]


# --- interfaces ------------------------------------------------------------------------


def interface_crypto_map(ctx: Context, m: Match) -> None:
    """``crypto map NAME`` on an interface: one map."""
    if m.has("redundancy"):
        ctx.not_modelled("crypto map with redundancy")
    for target in ctx.target:
        target.crypto_map = None if m.no else m["name"]


def interface_access_group(ctx: Context, m: Match) -> None:
    """``ip access-group NAME in``."""
    for target in ctx.target:
        if m.has("in"):
            target.access_in = None if m.no else m["acl"]
        else:
            target.access_out = None if m.no else m["acl"]


def interface_nat(ctx: Context, m: Match) -> None:
    """``ip nat inside``."""
    for target in ctx.target:
        target.nat = None if m.no else m.pick("inside", "outside")


def interface_mtu(ctx: Context, m: Match) -> None:
    """``mtu N``."""
    for target in ctx.target:
        target.mtu = 1500 if m.no else m["mtu"]


def interface_ip_mtu(ctx: Context, m: Match) -> None:
    """``ip mtu N``."""
    for target in ctx.target:
        target.ip_mtu = None if m.no else m["mtu"]


def interface_unnumbered(ctx: Context, m: Match) -> None:
    """``ip unnumbered Loopback0``."""
    for target in ctx.target:
        if not m.no and m["if"] == target.name:
            raise RefusalError("an interface cannot borrow its own address", "if")
        target.unnumbered = None if m.no else m["if"]
        target.address, target.length = None, 0


def interface_verify(ctx: Context, m: Match) -> None:
    """``ip verify unicast source reachable-via rx | any [allow-default]``; older: ``reverse-path``."""
    for target in ctx.target:
        target.verify = None if m.no else "any" if m.has("any") else "rx"
        target.verify_default = not m.no and m.has("allow-default")


def interface_vrf(ctx: Context, m: Match) -> None:
    """``vrf forwarding NAME``: takes the address off the interface, as the device does."""
    ctx.not_modelled("VRF")
    for target in ctx.target:
        vrf = None if m.no else m["vrf"]
        if vrf != target.vrf:
            target.vrf, target.address, target.length = vrf, None, 0


# --- routes and address translation ------------------------------------------------------


def route(ctx: Context, m: Match) -> None:
    """``ip route [vrf V] A MASK (IF [A] | A)``, then distance, name, tag and track in any order."""
    prefix = Prefix.of(m["ip"], m["mask"])
    if prefix.network != m["ip"]:
        raise RefusalError(
            f"%Inconsistent address and mask: the network is {format_ip(prefix.network)}", "ip"
        )
    if "vrf" in m.values:
        ctx.not_modelled("VRF")
    new = StaticRoute(
        prefix,
        m.get("next_hop"),
        m.get("if"),
        None,
        m.get("distance", 1),
        m.get("label"),
        m.get("tag"),
        m.get("track"),
        m.get("vrf"),
    )
    routes = ctx.settings.routes
    routes[:] = [
        old
        for old in routes
        if (old.prefix, old.vrf) != (prefix, new.vrf)
        or (
            not (m.no and new.next_hop is None and new.interface is None)
            and (old.next_hop, old.interface) != (new.next_hop, new.interface)
        )
    ]
    if not m.no:
        routes.append(new)


def nat_overload(ctx: Context, m: Match) -> None:
    """``ip nat inside source list NAME interface IF overload``: comes before the crypto map."""
    rule = NatRule(
        "ios-overload",
        1,
        destination=(ANY,),
        source=(ANY,),
        acl=m.get("acl"),
        interface=m.get("if"),
        text=f"ip nat inside source list {m.get('acl')} interface {m.get('if')} overload",
    )
    rules = ctx.settings.nat
    rules[:] = [old for old in rules if old.acl != rule.acl]
    if not m.no:
        rules.append(rule)
