"""The commands of IOS and IOS XE, one table per mode. Read a row as: what may be written, what it does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ipsec_edu.config import acl_actions as acl
from ipsec_edu.config import common_actions as common
from ipsec_edu.config import crypto_actions as crypto
from ipsec_edu.config import ios_actions as ios
from ipsec_edu.config.grammar import Rule
from ipsec_edu.config.ios_interface import LATER_INTERFACE
from ipsec_edu.config.ios_later import LATER_GLOBAL, LATER_MODES
from ipsec_edu.config.ios_routing import ROUTING_GLOBAL, ROUTING_INTERFACE, ROUTING_MODES
from ipsec_edu.config.rows import address, block, ignore, later, model, ports, remove, state

__all__ = ["MODES"]

S, D = address("s", "ios"), address("d", "ios")
SP, DP = ports("s"), ports("d")
TAIL = "[established | fragments] [log | log-input] [time-range <name:range>]"
STANDARD = (
    f"(permit | deny) {S.replace(' | <ip:snet> <wildcard:slen>', ' | <ip:snet> [<wildcard:slen>]')} [log]"
)
PFS = "[group1 | group2 | group5 | group14 | group15 | group16 | group19 | group20 | group21 | group24]"
SECONDS = "seconds <int 120-86400:seconds>"
KILOBYTES = "kilobytes (<int 2560-536870912:kilobytes> | disable)"
ROUTE_OPTION = (
    "[<int 1-255:distance> | name <name:label> | tag <int 1-4294967295:tag> | track <int "
    "1-1000:track> | permanent]"
)
OPTIONS = " ".join([ROUTE_OPTION] * 4)


def _extended(head: str, action: Callable[[Any, Any], Any]) -> list[Rule]:
    """Rows of an extended access list; `head` is what stands before ``permit``."""
    return [
        model(f"{head} (permit | deny) (tcp | udp) {S} {SP} {D} {DP} {TAIL}", action),
        model(f"{head} (permit | deny) icmp {S} {D} {TAIL}", action),
        model(f"{head} (permit | deny) icmp {S} {D} <name:icmp_type> [<int 0-255:icmp_code>] {TAIL}", action),
        model(f"{head} (permit | deny) <protocol> {S} {D} {TAIL}", action),
        model(f"{head} remark <line:remark>", action),
    ]


GLOBAL = [
    model("hostname <name>", common.hostname),
    model("interface <if>", common.interface, opens="interface"),
    model("interface range <line:range>", common.interface_range, opens="interface"),
    # routes, access lists, address translation
    model(
        f"ip route [vrf <name:vrf>] <ip> <mask> (<ip:next_hop> | <if> [<ip:next_hop>]) {OPTIONS}", ios.route
    ),
    model("ip access-list extended <name>", acl.acl, opens="extended access-list"),
    model("ip access-list standard <name>", acl.acl, opens="standard access-list"),
    *_extended("access-list (<int 100-199:number> | <int 2000-2699:number>)", acl.numbered_acl),
    model(f"access-list (<int 1-99:number> | <int 1300-1999:number>) {STANDARD}", acl.numbered_acl),
    model("access-list <int 1-2699:number> remark <line:remark>", acl.numbered_acl),
    *state(
        "ip access-list resequence and logging",
        "ip access-list (resequence | log-update | logging | persistent | match-local-traffic) *",
    ),
    model("object-group network <name>", acl.object_group, opens="object-group"),
    *block("object-group service <name>", "object-group of services"),
    model("ip nat inside source list <name:acl> interface <if> [overload]", ios.nat_overload),
    *state(
        "NAT with pools, route-maps or static addresses",
        "ip nat inside source list <name> pool <name:pool> *",
        "ip nat inside source route-map <name> (interface <if> | pool <name:pool>) *",
        "ip nat inside source static *",
        "ip nat inside destination *",
        "ip nat (pool | outside | translation | service | log | create | settings | portmap | source) *",
    ),
    # phase 1
    model("crypto isakmp policy <int 1-10000:priority>", crypto.policy, opens="isakmp-policy"),
    model("crypto isakmp key [0 | 6 | 7] <name:key> address <ip> [<mask>] [no-xauth]", ios.peer_key),
    *state(
        "keys for host names or IPv6",
        "crypto isakmp key [0 | 6 | 7] <name:key> hostname <name> [no-xauth]",
        "crypto isakmp key [0 | 6 | 7] <name:key> address ipv6 *",
    ),
    model(
        "crypto isakmp keepalive <int 10-3600:interval> [<int 2-60:retry>] [periodic | on-demand]",
        ios.keepalive,
    ),
    model("crypto isakmp identity (address | hostname | dn)", crypto.identity),
    model("crypto isakmp invalid-spi-recovery", ios.invalid_spi_recovery),
    model("crypto isakmp nat keepalive <int 5-3600:seconds>", crypto.nat_keepalive),
    model("crypto keyring <name> [vrf <name:vrf>]", ios.keyring, opens="keyring"),
    *later(
        "isakmp profiles", "crypto isakmp profile <name> [accounting <name:list>]", opens="isakmp-profile"
    ),
    *block("crypto isakmp client configuration group <name>", "Easy VPN (crypto isakmp client)"),
    *state(
        "Easy VPN (crypto isakmp client)",
        "crypto isakmp client *",
        "crypto isakmp xauth *",
        "crypto ipsec client *",
    ),
    *state(
        "crypto isakmp: other options",
        "crypto isakmp (enable | aggressive-mode disable | diagnose error | default policy | fragmentation)",
        "crypto isakmp peer *",
        "crypto call admission *",
    ),
    # phase 2
    model("crypto ipsec transform-set <name> <transform>+", crypto.transform_set, opens="transform-set"),
    model(f"crypto ipsec security-association lifetime ({SECONDS} | {KILOBYTES})", crypto.global_lifetime),
    model(
        "crypto ipsec security-association replay (window-size (64 | 128 | 256 | 512 | 1024) | disable)",
        crypto.replay_window,
    ),
    model("crypto ipsec nat-transparency udp-encapsulation", ios.nat_transparency),
    *state(
        "crypto ipsec df-bit, fragmentation, idle-time",
        "crypto ipsec (df-bit | fragmentation | optional | ipv4-deny) *",
        "crypto ipsec nat-transparency *",
        "crypto ipsec security-association idle-time <int 60-86400>",
        "crypto ipsec security-association multi-sn",
        "crypto ipsec security-association dummy *",
    ),
    *later("ipsec profiles (tunnel protection)", "crypto ipsec profile <name>", opens="ipsec-profile"),
    model(
        "crypto map <name> <int 1-65535:sequence> ipsec-isakmp dynamic <name:dynamic> [discover]",
        ios.crypto_map,
    ),
    model("crypto map <name> <int 1-65535:sequence> [ipsec-isakmp]", ios.crypto_map, opens="crypto-map"),
    *state(
        "crypto map with an ipsec profile",
        "crypto map <name> <int 1-65535:sequence> ipsec-isakmp profile <name:profile>",
    ),
    *block(
        "crypto map <name> <int 1-65535:sequence> (gdoi | ipsec-manual)\ncrypto gdoi group *",
        "GETVPN and manual keys",
    ),
    remove("crypto map <name>", ios.crypto_map, opens="crypto-map"),
    model("crypto map <name> local-address <if>", ios.local_address),
    *state(
        "crypto map: client, authorization, profile, redundancy",
        "crypto map <name> (client | isakmp | isakmp-profile | redundancy) *",
    ),
    model("crypto dynamic-map <name> <int 1-65535:sequence>", ios.dynamic_map, opens="dynamic-map"),
    *block(
        "crypto ikev2 (proposal | policy | keyring | profile | authorization | client | name-mangler) *",
        "IKEv2 (the model speaks IKEv1)",
    ),
    *state("IKEv2 (the model speaks IKEv1)", "crypto ikev2 *"),
    *block(
        "crypto (pki | ca) (trustpoint | certificate | profile | server | authenticate) *",
        "certificates (crypto pki)",
    ),
    *state(
        "certificates (crypto pki)",
        "crypto (pki | ca | key | engine | mib | provisioning | xauth | vpn | wui) *",
        "crypto logging *",
        "crypto ctcp *",
    ),
    *ROUTING_GLOBAL,
    *LATER_GLOBAL,
]

ISAKMP_POLICY = [
    model("encryption (des | 3des | aes [128 | 192 | 256])", crypto.policy_encryption),
    model("hash (sha | sha256 | sha384 | sha512 | md5)", crypto.policy_hash),
    model("authentication (pre-share | rsa-sig | rsa-encr)", crypto.policy_authentication),
    model("group (1 | 2 | 5 | 14 | 15 | 16 | 19 | 20 | 21 | 24)", crypto.policy_group),
    model("lifetime <int 60-86400:seconds>", crypto.policy_lifetime),
]

KEYRING = [
    model("pre-shared-key address <ip> [<mask>] key [0 | 6 | 7] <name:key>", ios.keyring_key),
    *state(
        "keys for host names or IPv6",
        "pre-shared-key hostname <name> key [0 | 6] <name:key>",
        "pre-shared-key address ipv6 *",
    ),
    *later("keyring with a local address", "local-address (<ip> | <if>) [<name:vrf>]"),
    *state("keys for RSA", "rsa-pubkey *"),
    *ignore("description <line>"),
]

TRANSFORM_SET = [model("mode (tunnel | transport [require])", crypto.transform_set_mode)]

MAP_SHARED = [
    model("set transform-set <name:transform_set>+", crypto.entry_transform_sets),
    model("match address <name:acl>", crypto.entry_match),
    model(f"set pfs {PFS}", crypto.entry_pfs),
    model(f"set security-association lifetime ({SECONDS} | {KILOBYTES})", crypto.entry_lifetime),
    model("set isakmp-profile <name:profile>", ios.entry_isakmp_profile),
    model(
        "reverse-route [static] [remote-peer <ip:gateway_address> [gateway | static]] [tag <int "
        "1-4294967295:tag>]",
        ios.entry_reverse_route,
    ),
    model(
        "set reverse-route (distance <int 1-255:distance> | tag <int 1-4294967295:tag> | gateway "
        "<ip:gateway_address>)",
        ios.entry_reverse_route_option,
    ),
    *state("IKEv2 (the model speaks IKEv1)", "set ikev2-profile <name>"),
    *state(
        "crypto map options (idle-time, ip access-group, responder-only, ...)",
        "set security-association (idle-time | level | replay | dummy | ecn | dfbit) *",
        "set ip access-group *",
        "set identity *",
        "set nat *",
        "responder-only",
        "qos *",
        "set df-bit *",
        "set mixed-mode",
    ),
    *ignore("description <line>"),
]

CRYPTO_MAP = [
    model("set peer <ip:peer>+ [default]", crypto.entry_peer),
    *state("peers by host name", "set peer <host> [dynamic] [default]"),
    *MAP_SHARED,
]

DYNAMIC_MAP = [*MAP_SHARED, *state("peers in a dynamic map", "set peer *")]

INTERFACE = [
    model("ip address <ip> <mask>", common.ip_address),
    *state("secondary addresses", "ip address <ip> <mask> secondary"),
    *state(
        "addresses from DHCP or PPP: none here, write a fixed one", "ip address (dhcp | negotiated | pool) *"
    ),
    model("ip unnumbered <if>", ios.interface_unnumbered),
    model("shutdown", common.shutdown),
    model("description <line:text>", common.description),
    model("mtu <int 64-9216:mtu>", ios.interface_mtu),
    model("ip mtu <int 68-9216:mtu>", ios.interface_ip_mtu),
    model("bandwidth <int 1-10000000:kbps>", common.bandwidth),
    model("delay <int 1-16777215:tens>", common.delay),
    model("encapsulation dot1Q <int 1-4094:vlan> [native]", common.vlan),
    model("vrf forwarding <name:vrf>", ios.interface_vrf),
    model("ip vrf forwarding <name:vrf>", ios.interface_vrf),
    model("crypto map <name> [redundancy <name:group> [stateful]]", ios.interface_crypto_map),
    model("ip access-group <name:acl> (in | out)", ios.interface_access_group),
    model("ip nat (inside | outside)", ios.interface_nat),
    model("ip verify unicast source reachable-via (rx | any) [allow-default]", ios.interface_verify),
    model("ip verify unicast reverse-path", ios.interface_verify),
    *ROUTING_INTERFACE,
    *LATER_INTERFACE,
]

ACCESS_LIST = [
    *_extended("[<int 1-2147483647:sequence>]", acl.acl_line),
    *state("access-list lines with evaluate or reflect", "(evaluate | dynamic) *"),
]

STANDARD_ACCESS_LIST = [
    model(f"[<int 1-2147483647:sequence>] {STANDARD}", acl.acl_line),
    model("[<int 1-2147483647:sequence>] remark <line:remark>", acl.acl_line),
]

OBJECT_GROUP = [
    model("host <ip>", acl.group_member),
    model("range <ip:low> <ip:high>", acl.group_member),
    model("group-object <name:member>", acl.group_member),
    model("<ip> <mask>", acl.group_member),
    *ignore("description <line>\nany"),
]

MODES: dict[str, list[Rule]] = {
    "global": GLOBAL,
    "interface": INTERFACE,
    "isakmp-policy": ISAKMP_POLICY,
    "keyring": KEYRING,
    "transform-set": TRANSFORM_SET,
    "crypto-map": CRYPTO_MAP,
    "dynamic-map": DYNAMIC_MAP,
    "extended access-list": ACCESS_LIST,
    "standard access-list": STANDARD_ACCESS_LIST,
    "object-group": OBJECT_GROUP,
    **ROUTING_MODES,
    **LATER_MODES,
}
