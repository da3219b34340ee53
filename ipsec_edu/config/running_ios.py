"""The sections of an IOS running-config."""

from __future__ import annotations

from collections.abc import Iterator

from ipsec_edu.config.crypto_actions import REPLAY_WINDOW, default_policy
from ipsec_edu.config.running_routing import interface_routing, interface_verify, routing_sections
from ipsec_edu.config.settings import CryptoMapEntry, DeviceSettings, InterfaceSettings, StaticRoute
from ipsec_edu.core.addr import Prefix, format_ip, mask_of
from ipsec_edu.ike.settings import IkePolicy, TransformSet

__all__ = ["IOS_ORDER", "ios_sections"]

Section = tuple[str, str, list[str]]
"""Where it stands (a beginning listed in the order), its first line, the lines below."""

IOS_ORDER = (
    "version",
    "service",
    "hostname",
    "boot",
    "vrf definition",
    "ip vrf",
    "logging",
    "enable",
    "aaa",
    "clock",
    "*",
    "ip dhcp",
    "ip domain",
    "ip cef",
    "ipv6 unicast",
    "multilink",
    "crypto pki",
    "license",
    "username",
    "redundancy",
    "object-group",
    "track",
    "ip tcp",
    "class-map",
    "policy-map",
    "crypto ikev2",
    "crypto keyring",
    "crypto isakmp policy",
    "crypto isakmp key",
    "crypto isakmp identity",
    "crypto isakmp invalid",
    "crypto isakmp keepalive",
    "crypto isakmp nat",
    "crypto isakmp",
    "crypto ipsec security-association",
    "crypto ipsec",
    "crypto ipsec transform-set",
    "crypto ipsec nat-transparency",
    "crypto ipsec profile",
    "crypto gdoi",
    "crypto dynamic-map",
    "crypto map",
    "interface",
    "router",
    "ip forward",
    "ip http",
    "ip nat",
    "ip route",
    "ip access-list",
    "ip prefix-list",
    "ip sla",
    "access-list",
    "ipv6",
    "route-map",
    "snmp",
    "control-plane",
    "banner",
    "line",
    "ntp",
)
"""The order in which IOS prints its commands; ``*`` is everything else."""


def _one(key: str, text: str) -> Section:
    return key, text, []


def ios_sections(settings: DeviceSettings, hide_keys: bool) -> Iterator[Section]:
    """Yield everything that the settings model, as printed (defaults are not printed)."""
    if settings.hostname:
        yield _one("hostname", f"hostname {settings.hostname}")
    for name, members in settings.object_groups.items():
        yield "object-group", f"object-group network {name}", [_member(member) for member in members]
    yield from _phase1(settings, hide_keys)
    yield from _phase2(settings)
    for interface in settings.interfaces.values():
        yield "interface", f"interface {interface.name}", list(_interface(interface))
    for rule in settings.nat:
        yield _one("ip nat", rule.text)
    for route in settings.routes:
        yield _one("ip route", _route(route))
    yield from _access_lists(settings)
    yield from routing_sections(settings)


def _member(member: Prefix | str) -> str:
    if isinstance(member, str):
        return f"group-object {member}"
    if member.length == 32:
        return f"host {format_ip(member.network)}"
    return f"{format_ip(member.network)} {format_ip(member.mask)}"


def _phase1(settings: DeviceSettings, hide_keys: bool) -> Iterator[Section]:
    rings: dict[str, list[str]] = {}
    for key in settings.keys:
        shown = "*****" if hide_keys else key.key
        mask = f" {format_ip(key.peer.mask)}" if key.peer.length < 32 else ""
        if key.keyring is None:
            typed = f"0 {shown}" if shown in ("0", "6", "7") else shown
            yield _one(
                "crypto isakmp key", f"crypto isakmp key {typed} address {format_ip(key.peer.network)}{mask}"
            )
        else:
            typed = f"0 {shown}" if shown in ("0", "6", "7") else shown
            rings.setdefault(key.keyring, []).append(
                f"pre-shared-key address {format_ip(key.peer.network)}{mask} key {typed}"
            )
    for name, lines in rings.items():
        yield "crypto keyring", f"crypto keyring {name}", lines
    for priority, policy in sorted(settings.ike_policies.items()):
        yield "crypto isakmp policy", f"crypto isakmp policy {priority}", list(_policy(policy))
    if settings.identity != "address":
        yield _one("crypto isakmp identity", f"crypto isakmp identity {settings.identity}")
    if settings.invalid_spi_recovery:
        yield _one("crypto isakmp invalid", "crypto isakmp invalid-spi-recovery")
    if settings.keepalive is not None:
        dpd = settings.keepalive
        retry = f" {dpd.retry_s:g}" if dpd.retry_s != 2 else ""
        mode = " periodic" if dpd.mode == "periodic" else ""
        yield _one("crypto isakmp keepalive", f"crypto isakmp keepalive {dpd.interval_s:g}{retry}{mode}")
    if settings.nat_keepalive_s != 20:
        yield _one("crypto isakmp nat", f"crypto isakmp nat keepalive {settings.nat_keepalive_s}")
    if not settings.nat_traversal:
        yield _one("crypto ipsec nat-transparency", "no crypto ipsec nat-transparency udp-encapsulation")


def _policy(policy: IkePolicy) -> Iterator[str]:
    fresh = default_policy("ios", policy.priority)
    if policy.encryption != fresh.encryption:
        yield f"encr {policy.encryption}" + (f" {policy.key_bits}" if policy.key_bits > 128 else "")
    if policy.hash != fresh.hash:
        yield f"hash {policy.hash}"
    if policy.authentication != fresh.authentication:
        yield f"authentication {policy.authentication}"
    if policy.group != fresh.group:
        yield f"group {policy.group}"
    if policy.lifetime_s != fresh.lifetime_s:
        yield f"lifetime {policy.lifetime_s}"


def _transforms(ts: TransformSet) -> str:
    words = []
    suffix = {
        "md5": "md5-hmac",
        "sha1": "sha-hmac",
        "sha256": "sha256-hmac",
        "sha384": "sha384-hmac",
        "sha512": "sha512-hmac",
    }
    if ts.ah_integrity is not None:
        words.append(f"ah-{suffix[ts.ah_integrity]}")
    if ts.esp_encryption is not None:
        cipher = "gcm" if ts.esp_encryption == "aes-gcm" else ts.esp_encryption
        words.append(f"esp-{cipher}" + (f" {ts.esp_key_bits}" if ts.esp_key_bits > 128 else ""))
    if ts.esp_integrity is not None:
        words.append(f"esp-{suffix[ts.esp_integrity]}")
    return " ".join(words)


def _phase2(settings: DeviceSettings) -> Iterator[Section]:
    association = "crypto ipsec security-association"
    if settings.lifetime_s is not None:
        yield _one(association, f"{association} lifetime seconds {settings.lifetime_s}")
    if settings.lifetime_kb is not None:
        yield _one(association, f"{association} lifetime kilobytes {settings.lifetime_kb or 'disable'}")
    if settings.replay_window != REPLAY_WINDOW:
        yield _one(
            association,
            f"{association} replay "
            + (f"window-size {settings.replay_window}" if settings.replay_window else "disable"),
        )
    for ts in settings.transform_sets.values():
        yield (
            "crypto ipsec transform-set",
            f"crypto ipsec transform-set {ts.name} {_transforms(ts)}",
            [f"mode {ts.mode}"],
        )
    for entries in settings.dynamic_maps.values():
        for sequence, entry in sorted(entries.items()):
            yield "crypto dynamic-map", f"crypto dynamic-map {entry.name} {sequence}", list(_entry(entry))
    for name, local in settings.crypto_map_local.items():
        yield _one("crypto map", f"crypto map {name} local-address {local}")
    for entries in settings.crypto_maps.values():
        for sequence, entry in sorted(entries.items()):
            dynamic = f" dynamic {entry.dynamic_map}" if entry.dynamic_map else ""
            yield (
                "crypto map",
                f"crypto map {entry.name} {sequence} ipsec-isakmp{dynamic}",
                list(_entry(entry)),
            )


def _entry(entry: CryptoMapEntry) -> Iterator[str]:
    for peer in entry.peers:
        yield f"set peer {format_ip(peer)}" + (" default" if peer == entry.default_peer else "")
    if entry.lifetime_s is not None:
        yield f"set security-association lifetime seconds {entry.lifetime_s}"
    if entry.lifetime_kb is not None or entry.lifetime_kb_disabled:
        yield (
            "set security-association lifetime kilobytes "
            f"{'disable' if entry.lifetime_kb_disabled else entry.lifetime_kb}"
        )
    if entry.transform_sets:
        yield "set transform-set " + " ".join(entry.transform_sets)
    if entry.pfs_group is not None:
        yield f"set pfs group{entry.pfs_group}"
    if entry.isakmp_profile is not None:
        yield f"set isakmp-profile {entry.isakmp_profile}"
    if entry.reverse_route_distance is not None:
        yield f"set reverse-route distance {entry.reverse_route_distance}"
    if entry.reverse_route is None:
        if entry.reverse_route_gateway is not None:
            yield f"set reverse-route gateway {format_ip(entry.reverse_route_gateway)}"
        if entry.reverse_route_tag is not None:
            yield f"set reverse-route tag {entry.reverse_route_tag}"
    if entry.acl is not None:
        yield f"match address {entry.acl}"
    if entry.reverse_route is not None:
        static = " static" if entry.reverse_route == "static" else ""
        gateway = (
            f" remote-peer {format_ip(entry.reverse_route_gateway)}"
            if entry.reverse_route_gateway is not None
            else ""
        )
        tag = f" tag {entry.reverse_route_tag}" if entry.reverse_route_tag is not None else ""
        yield f"reverse-route{static}{gateway}{tag}"


def _interface(interface: InterfaceSettings) -> Iterator[str]:
    if interface.description:
        yield f"description {interface.description}"
    if interface.bandwidth_kbps is not None:
        yield f"bandwidth {interface.bandwidth_kbps}"
    if interface.encapsulation_vlan is not None:
        yield f"encapsulation dot1Q {interface.encapsulation_vlan}"
    if interface.vrf is not None:
        yield f"vrf forwarding {interface.vrf}"
    if interface.mtu != 1500:
        yield f"mtu {interface.mtu}"
    if interface.unnumbered is not None:
        yield f"ip unnumbered {interface.unnumbered}"
    elif interface.address is None:
        yield "no ip address"
    else:
        yield f"ip address {format_ip(interface.address)} {format_ip(mask_of(interface.length))}"
    if interface.ip_mtu is not None:
        yield f"ip mtu {interface.ip_mtu}"
    for name, direction in ((interface.access_in, "in"), (interface.access_out, "out")):
        if name is not None:
            yield f"ip access-group {name} {direction}"
    if interface.nat is not None:
        yield f"ip nat {interface.nat}"
    yield from interface_verify(interface)
    yield from interface_routing(interface)
    if interface.delay_10us is not None:
        yield f"delay {interface.delay_10us}"
    if interface.shutdown:
        yield "shutdown"
    if interface.crypto_map is not None:
        yield f"crypto map {interface.crypto_map}"


def _route(route: StaticRoute) -> str:
    words = [
        "ip route",
        *(["vrf", route.vrf] if route.vrf else []),
        format_ip(route.prefix.network),
        format_ip(route.prefix.mask),
    ]
    words += [route.interface] if route.interface else []
    words += [format_ip(route.next_hop)] if route.next_hop is not None else []
    words += [str(route.distance)] if route.distance != 1 else []
    words += ["tag", str(route.tag)] if route.tag is not None else []
    words += ["name", route.name] if route.name else []
    words += ["track", str(route.track)] if route.track is not None else []
    return " ".join(words)


def _access_lists(settings: DeviceSettings) -> Iterator[Section]:
    for name, lines in settings.acl_lines.items():
        entries = [line.sequence for line in lines if not line.text.startswith("remark")]
        regular = entries == [10 * n for n in range(1, len(entries) + 1)]
        if name.isdigit() and regular and lines:
            for line in lines:
                yield _one("access-list", f"access-list {name} {line.text}")
        else:
            kind = "standard" if name in settings.standard_acls else "extended"
            yield (
                "ip access-list",
                f"ip access-list {kind} {name}",
                [f"{line.sequence} {line.text}" for line in lines],
            )
