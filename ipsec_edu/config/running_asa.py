"""The sections of an ASA's running-config."""

from __future__ import annotations

from collections.abc import Iterator

from ipsec_edu.config.crypto_actions import LIFETIME_NONE_S, REPLAY_WINDOW
from ipsec_edu.config.settings import CryptoMapEntry, DeviceSettings, InterfaceSettings, TunnelGroup
from ipsec_edu.core.addr import Prefix, format_ip, mask_of

__all__ = ["ASA_ORDER", "asa_sections"]

Section = tuple[str, str, list[str]]
"""Where it stands (a beginning listed in the order), its first line, the lines below."""

ASA_ORDER = (
    "hostname",
    "*",
    "enable",
    "names",
    "name ",
    "interface",
    "banner",
    "ftp mode",
    "clock",
    "dns",
    "domain-name",
    "same-security-traffic",
    "object network",
    "object service",
    "object-group",
    "access-list",
    "pager",
    "logging",
    "mtu",
    "failover",
    "monitor-interface",
    "icmp",
    "asdm",
    "arp",
    "nat ",
    "object-nat",
    "nat-after",
    "access-group",
    "router",
    "route-map",
    "prefix-list",
    "route ",
    "timeout",
    "aaa",
    "dynamic-access-policy-record",
    "user-identity",
    "http",
    "snmp-server",
    "sla monitor",
    "sysopt",
    "crypto ipsec",
    "crypto dynamic-map",
    "crypto map",
    "crypto ca",
    "crypto isakmp identity",
    "crypto ikev2",
    "crypto ikev1",
    "crypto",
    "track",
    "telnet",
    "ssh",
    "console",
    "dhcpd",
    "threat-detection",
    "ntp",
    "webvpn",
    "group-policy",
    "username",
    "tunnel-group",
    "class-map",
    "policy-map",
    "service-policy",
    "prompt",
    "call-home",
)
"""The order in which an ASA prints its commands; ``*`` is everything else."""


def _one(key: str, text: str) -> Section:
    return key, text, []


def asa_sections(settings: DeviceSettings, hide_keys: bool) -> Iterator[Section]:
    """Yield everything that the settings model, as printed."""
    if settings.hostname:
        yield _one("hostname", f"hostname {settings.hostname}")
    for interface in settings.interfaces.values():
        yield "interface", f"interface {interface.name}", list(_interface(interface))
    for on, word in ((settings.same_security_inter, "inter"), (settings.same_security_intra, "intra")):
        if on:
            yield _one("same-security-traffic", f"same-security-traffic permit {word}-interface")
    for thing in settings.objects.values():
        yield "object network", f"object network {thing.name}", [thing.text] if thing.text else []
    for name, members in settings.object_groups.items():
        yield (
            "object-group",
            f"object-group network {name}",
            [_member(settings, member) for member in members],
        )
    for name, lines in settings.acl_lines.items():
        for line in lines:
            yield _one("access-list", f"access-list {name} {line.text}")
    yield from _per_nameif(settings)
    for rule in settings.nat:
        if rule.section == 2:
            yield "object-nat", f"object network {rule.source_object}", [rule.text]
        else:
            yield _one("nat " if rule.section == 1 else "nat-after", rule.text)
    for route in settings.routes:
        prefix = f"{format_ip(route.prefix.network)} {format_ip(route.prefix.mask)}"
        track = f" track {route.track}" if route.track is not None else ""
        yield _one(
            "route ",
            f"route {route.nameif} {prefix} {format_ip(route.next_hop or 0)} {route.distance}{track}",
        )
    if not settings.permit_vpn:
        yield _one("sysopt", "no sysopt connection permit-vpn")
    yield from _crypto(settings)
    for group in settings.tunnel_groups.values():
        yield from _tunnel_group(group, hide_keys)
    if settings.inspect_icmp:
        yield "policy-map", "policy-map global_policy", ["class inspection_default", "inspect icmp"]


def _interface(interface: InterfaceSettings) -> Iterator[str]:
    if interface.description:
        yield f"description {interface.description}"
    if interface.shutdown:
        yield "shutdown"
    if interface.encapsulation_vlan is not None:
        yield f"vlan {interface.encapsulation_vlan}"
    if interface.delay_10us is not None:
        yield f"delay {interface.delay_10us}"
    yield f"nameif {interface.nameif}" if interface.nameif else "no nameif"
    yield (
        f"security-level {interface.security_level}"
        if interface.security_level is not None
        else "no security-level"
    )
    if interface.address is None:
        yield "no ip address"
    else:
        standby = f" standby {format_ip(interface.standby)}" if interface.standby is not None else ""
        yield f"ip address {format_ip(interface.address)} {format_ip(mask_of(interface.length))}{standby}"


def _member(settings: DeviceSettings, member: Prefix | str) -> str:
    if isinstance(member, Prefix):
        if member.length == 32:
            return f"network-object host {format_ip(member.network)}"
        return f"network-object {format_ip(member.network)} {format_ip(member.mask)}"
    return f"group-object {member}" if member in settings.object_groups else f"network-object object {member}"


def _per_nameif(settings: DeviceSettings) -> Iterator[Section]:
    for interface in settings.interfaces.values():
        if interface.nameif is None:
            continue
        if interface.mtu != 1500:
            yield _one("mtu", f"mtu {interface.nameif} {interface.mtu}")
        for name, direction in ((interface.access_in, "in"), (interface.access_out, "out")):
            if name is not None:
                yield _one("access-group", f"access-group {name} {direction} interface {interface.nameif}")
    if settings.access_global is not None:
        yield _one("access-group", f"access-group {settings.access_global} global")


def _crypto(settings: DeviceSettings) -> Iterator[Section]:
    for ts in settings.transform_sets.values():
        cipher = f"esp-{ts.esp_encryption or 'null'}"
        if ts.esp_encryption == "aes" and ts.esp_key_bits != 128:
            cipher += f"-{ts.esp_key_bits}"
        integrity = {
            "md5": "esp-md5-hmac",
            "sha1": "esp-sha-hmac",
            "sha256": "esp-sha256-hmac",
            None: "esp-none",
        }[ts.esp_integrity]
        yield _one("crypto ipsec", f"crypto ipsec ikev1 transform-set {ts.name} {cipher} {integrity}")
        if ts.mode == "transport":
            yield _one("crypto ipsec", f"crypto ipsec ikev1 transform-set {ts.name} mode transport")
    if settings.lifetime_s is not None:
        yield _one(
            "crypto ipsec", f"crypto ipsec security-association lifetime seconds {settings.lifetime_s}"
        )
    if settings.lifetime_kb is not None:
        yield _one(
            "crypto ipsec",
            f"crypto ipsec security-association lifetime kilobytes {settings.lifetime_kb or 'unlimited'}",
        )
    if settings.replay_window != REPLAY_WINDOW:
        size = f"window-size {settings.replay_window}" if settings.replay_window else "disable"
        yield _one("crypto ipsec", f"crypto ipsec security-association replay {size}")
    for word, maps in (("dynamic-map", settings.dynamic_maps), ("map", settings.crypto_maps)):
        for entries in maps.values():
            for _, entry in sorted(entries.items()):
                for text in _entry(entry):
                    yield _one(f"crypto {word}", f"crypto {word} {entry.name} {entry.sequence} {text}")
    for interface in settings.interfaces.values():
        if interface.crypto_map is not None and interface.nameif is not None:
            yield _one("crypto map", f"crypto map {interface.crypto_map} interface {interface.nameif}")
    if settings.identity != "auto":
        yield _one("crypto isakmp identity", f"crypto isakmp identity {settings.identity}")
    if not settings.nat_traversal:
        yield _one("crypto isakmp identity", "no crypto isakmp nat-traversal")
    elif settings.nat_keepalive_s != 20:
        yield _one("crypto isakmp identity", f"crypto isakmp nat-traversal {settings.nat_keepalive_s}")
    for name in sorted(settings.ike_enabled):
        yield _one("crypto ikev1", f"crypto ikev1 enable {name}")
    for priority, policy in sorted(settings.ike_policies.items()):
        cipher = policy.encryption + (f"-{policy.key_bits}" if policy.key_bits > 128 else "")
        lifetime = "none" if policy.lifetime_s == LIFETIME_NONE_S else str(policy.lifetime_s)
        hash_word = "sha" if policy.hash == "sha1" else policy.hash
        yield (
            "crypto ikev1",
            f"crypto ikev1 policy {priority}",
            [
                f"authentication {policy.authentication}",
                f"encryption {cipher}",
                f"hash {hash_word}",
                f"group {policy.group}",
                f"lifetime {lifetime}",
            ],
        )


def _entry(entry: CryptoMapEntry) -> Iterator[str]:
    if entry.dynamic_map is not None:
        yield f"ipsec-isakmp dynamic {entry.dynamic_map}"
    if entry.acl is not None:
        yield f"match address {entry.acl}"
    if entry.pfs_group is not None:
        yield f"set pfs group{entry.pfs_group}"
    if entry.connection != "bidirectional":
        yield f"set connection-type {entry.connection}"
    if entry.peers:
        yield "set peer " + " ".join(format_ip(peer) for peer in entry.peers)
    if entry.phase1_mode != "main":
        yield f"set ikev1 phase1-mode {entry.phase1_mode}"
    if entry.transform_sets:
        yield "set ikev1 transform-set " + " ".join(entry.transform_sets)
    if entry.lifetime_s is not None:
        yield f"set security-association lifetime seconds {entry.lifetime_s}"
    if entry.lifetime_kb is not None or entry.lifetime_kb_disabled:
        yield (
            "set security-association lifetime kilobytes "
            f"{'unlimited' if entry.lifetime_kb_disabled else entry.lifetime_kb}"
        )
    if entry.reverse_route is not None:
        yield "set reverse-route" + (" dynamic" if entry.reverse_route == "dynamic" else "")


def _tunnel_group(group: TunnelGroup, hide_keys: bool) -> Iterator[Section]:
    if group.type is not None:
        yield _one("tunnel-group", f"tunnel-group {group.name} type {group.type}")
    lines = []
    if group.key is not None:
        lines.append(f"ikev1 pre-shared-key {'*****' if hide_keys else group.key}")
    if group.peer_id_validate != "req":
        lines.append(f"peer-id-validate {group.peer_id_validate}")
    if group.dpd is not None and group.dpd.mode == "off":
        lines.append("isakmp keepalive disable")
    elif group.dpd is not None:
        lines.append(f"isakmp keepalive threshold {group.dpd.interval_s:g} retry {group.dpd.retry_s:g}")
    if lines:
        yield "tunnel-group", f"tunnel-group {group.name} ipsec-attributes", lines
