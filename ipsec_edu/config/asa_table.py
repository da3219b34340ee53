"""The commands of an ASA, one table per mode. Read a row as: what may be written, what it does."""

from __future__ import annotations

from ipsec_edu.config import acl_actions as acl
from ipsec_edu.config import asa_actions as asa
from ipsec_edu.config import asa_nat as nat
from ipsec_edu.config import common_actions as common
from ipsec_edu.config import crypto_actions as crypto
from ipsec_edu.config.grammar import Rule
from ipsec_edu.config.rows import address, block, ignore, later, model, ports, remove, state

__all__ = ["MODES"]

S, D = address("s", "asa"), address("d", "asa")
SP, DP = ports("s"), ports("d")
LOG = "[log [disable | default | <int 0-7:level> [interval <int 1-600:interval>]]]"
TAIL = f"{LOG} [time-range <name:range>] [inactive]"
ENTRY = "access-list <name> [line <int 1-100000:line>] [extended]"
PFS = "[group1 | group2 | group5 | group14 | group15 | group16 | group19 | group20 | group21 | group24]"
LIFETIME = "(seconds <int 120-2147483647:seconds> | kilobytes (<int 10-2147483647:kilobytes> | unlimited))"
MAP = "crypto map <name> <int 1-65535:sequence>"
DYNAMIC = "crypto dynamic-map <name> <int 1-65535:sequence>"
NAT_OPTIONS = "[no-proxy-arp] [route-lookup] [unidirectional] [inactive] [description <line>]"
DESTINATION = "[destination static <name:dmapped> <name:dreal>]"


def _map_rows(head: str) -> list[Rule]:
    """Rows that a crypto map and a dynamic map share."""
    return [
        model(f"{head} match address <name:acl>", crypto.entry_match),
        model(f"{head} set peer <ip:peer>+", crypto.entry_peer),
        model(f"{head} set ikev1 transform-set <name:transform_set>+", crypto.entry_transform_sets),
        model(f"{head} set transform-set <name:transform_set>+", crypto.entry_transform_sets),
        model(f"{head} set pfs {PFS}", crypto.entry_pfs),
        model(f"{head} set security-association lifetime {LIFETIME}", crypto.entry_lifetime),
        model(f"{head} set reverse-route [dynamic]", asa.entry_reverse_route),
        model(
            f"{head} set connection-type (bidirectional | originate-only | answer-only)", asa.entry_connection
        ),
        model(f"{head} set [ikev1] phase1-mode (main | aggressive {PFS})", asa.entry_phase1),
        *state(
            "crypto map options (nat-t-disable, trustpoint, ikev2, tfc-packets, ...)",
            f"{head} set nat-t-disable",
            f"{head} set trustpoint *",
            f"{head} set tfc-packets *",
            f"{head} set df-bit *",
            f"{head} set validate-icmp-errors",
            f"{head} set ikev2 *",
        ),
    ]


GLOBAL = [
    model("hostname <name>", common.hostname),
    model("interface <if>", common.interface, opens="interface"),
    model("mtu <name:nameif> <int 64-9198:mtu>", asa.mtu),
    model("same-security-traffic permit (inter-interface | intra-interface)", asa.same_security),
    # routes
    model(
        "route <name:nameif> <ip> <mask> <ip:next_hop> [<int 1-255:distance>] [track <int 1-500:track> | "
        "tunneled]",
        asa.route,
    ),
    # objects, access lists, address translation
    model("object network <name>", acl.network_object, opens="object-network"),
    model("object-group network <name>", acl.object_group, opens="object-group"),
    model(f"{ENTRY} (permit | deny) (tcp | udp) {S} {SP} {D} {DP} {TAIL}", acl.asa_acl_line),
    model(
        f"{ENTRY} (permit | deny) icmp {S} {D} [<name:icmp_type> [<int 0-255:icmp_code>]] {TAIL}",
        acl.asa_acl_line,
    ),
    model(f"{ENTRY} (permit | deny) <protocol> {S} {D} {TAIL}", acl.asa_acl_line),
    model(
        f"{ENTRY} (permit | deny) (object-group | object) <name:service_group> {S} {D} *", acl.asa_acl_line
    ),
    model(
        f"{ENTRY} (permit | deny) (tcp | udp | icmp) {S} {D} object-group <name:service_group> *",
        acl.asa_acl_line,
    ),
    model("access-list <name> [line <int 1-100000:line>] remark <line:remark>", acl.asa_acl_line),
    *state("standard access-lists of an ASA", "access-list <name> standard (permit | deny) *"),
    model("clear configure access-list <name>", acl.asa_acl_remove),
    model(
        "access-group <name:acl> (in | out) interface <name:nameif> [per-user-override | control-plane]",
        asa.access_group,
    ),
    model("access-group <name:acl> global", asa.access_group),
    model(
        "nat <pair 2> [after-auto] [<int 1-2147483647:position>] source static <name:real> <name:mapped> "
        f"{DESTINATION} {NAT_OPTIONS}",
        nat.nat,
    ),
    model(
        "nat <pair 2> [after-auto] [<int 1-2147483647:position>] source dynamic <name:real> interface "
        f"{DESTINATION} {NAT_OPTIONS}",
        nat.nat,
    ),
    model("nat <pair 1> 0 access-list <name:acl>", nat.nat_exempt),
    *state(
        "NAT before version 8.3 (nat with an id, global, static)",
        "nat <pair 1> <int 0-2147483647> *",
        "global <pair 1> *",
        "static <pair 2> *",
    ),
    *state(
        "NAT to a pool or a service",
        "nat <pair 2> [after-auto] [<int 1-2147483647>] source dynamic <name> (pat-pool | <name:pool>) *",
        "nat <pair 2> [after-auto] [<int 1-2147483647>] source static <name> <name:mapped> "
        "[destination static <name> <name:other>] service <name> <name:service> *",
    ),
    # phase 1
    model("crypto (ikev1 | isakmp) enable <name:nameif>", asa.ike_enable),
    model("crypto (ikev1 | isakmp) policy <int 1-65535:priority>", crypto.policy, opens="ikev1-policy"),
    model(
        "crypto (ikev1 | isakmp) identity (address | hostname | auto | key-id <name:key_id>)", crypto.identity
    ),
    model("crypto (ikev1 | isakmp) nat-traversal [<int 10-3600:seconds>]", crypto.nat_keepalive),
    *state(
        "crypto isakmp am-disable, disconnect-notify, reload-wait",
        "crypto (ikev1 | isakmp) (am-disable | disconnect-notify | reload-wait)",
        "crypto ikev1 limit *",
        "crypto isakmp ipsec-over-tcp *",
        "crypto ikev1 ipsec-over-tcp *",
    ),
    model("tunnel-group <name> type (ipsec-l2l | remote-access | ipsec-ra | webvpn)", asa.tunnel_group),
    model("tunnel-group <name> ipsec-attributes", asa.tunnel_group, opens="tunnel-group-ipsec"),
    model("clear configure tunnel-group <name>", asa.tunnel_group_remove),
    remove("tunnel-group <name>", asa.tunnel_group_remove),
    *state(
        "tunnel-group: general and remote-access attributes",
        "tunnel-group <name> (general-attributes | webvpn-attributes | ppp-attributes)",
        opens="block",
    ),
    *state("tunnel-group-map", "tunnel-group-map *"),
    *block("group-policy <name> attributes", "group-policy"),
    *state("group-policy", "group-policy <name> (internal | external) *"),
    # phase 2
    model("crypto ipsec [ikev1] transform-set <name> <transform>+", crypto.transform_set),
    remove("crypto ipsec [ikev1] transform-set <name>", crypto.transform_set),
    model("crypto ipsec [ikev1] transform-set <name> mode (transport | tunnel)", crypto.transform_set_mode),
    model(f"crypto ipsec security-association lifetime {LIFETIME}", crypto.global_lifetime),
    model(
        "crypto ipsec security-association replay (window-size (64 | 128 | 256 | 512 | 1024) | disable)",
        crypto.replay_window,
    ),
    *state(
        "crypto ipsec df-bit, fragmentation, pmtu-aging",
        "crypto ipsec security-association pmtu-aging *",
        "crypto ipsec df-bit *",
        "crypto ipsec fragmentation *",
        "crypto ipsec inner-routing-lookup",
    ),
    *_map_rows(MAP),
    model(f"{MAP} ipsec-isakmp dynamic <name:dynamic>", asa.entry_dynamic),
    model(f"{MAP} ipsec-isakmp", crypto.entry),
    model("crypto map <name> interface <name:nameif>", asa.crypto_map_interface),
    model("clear configure crypto map <name> [<int 1-65535:sequence>]", asa.crypto_map_remove),
    remove("crypto map <name> [<int 1-65535:sequence>]", asa.crypto_map_remove),
    remove("crypto dynamic-map <name> [<int 1-65535:sequence>]", asa.dynamic_map_remove),
    *_map_rows(DYNAMIC),
    *block(
        "crypto ikev2 policy <int 1-65535>\ncrypto ipsec ikev2 ipsec-proposal <name>\ncrypto ipsec profile "
        "<name>",
        "IKEv2 (the model speaks IKEv1)",
    ),
    *state("IKEv2 (the model speaks IKEv1)", "crypto ikev2 *"),
    *block(
        "crypto ca (trustpoint | certificate chain | trustpool) *\ncrypto key *", "certificates (crypto ca)"
    ),
    *state("certificates (crypto ca)", "crypto ca *"),
    *state("crypto engine options", "crypto engine *"),
    model("sysopt connection permit-vpn", asa.permit_vpn),
    *state("sysopt", "sysopt *"),
    # inspection
    model("policy-map <name:policy>", lambda ctx, m: None, opens="policy-map"),
    *block("policy-map type *\nclass-map *\ntcp-map <name>"),
    *ignore("service-policy *"),
    # subjects of other labs
    *later(
        "ASA failover",
        "failover",
        "failover lan interface <name> <if>",
        "failover interface ip <name> <ip> <mask> standby <ip:other>",
        "failover lan unit (primary | secondary)",
        "failover link <name> [<if>]",
        "failover polltime [unit | interface] [msec] <int 1-999> [holdtime [msec] <int 1-999:hold>]",
        "monitor-interface <name>",
    ),
    *ignore("failover key *\nfailover ipsec *"),
    *state("ASA failover: active/active and extras", "failover *"),
    *later("OSPF", "router ospf <int 1-65535>", opens="router-ospf"),
    *later("EIGRP", "router eigrp <int 1-65535>", opens="router-eigrp"),
    *block("router bgp *\nrouter rip\nroute-map *", "BGP, RIP, route-map"),
    *state("prefix-list", "prefix-list *"),
    *later(
        "SLA monitor and track",
        "track <int 1-500> rtr <int 1-2147483647:sla> reachability",
        "sla monitor schedule <int 1-2147483647> *",
    ),
    *later("SLA monitor and track", "sla monitor <int 1-2147483647>", opens="sla"),
    *state("IPv6", "ipv6 *"),
    *block(
        "object service <name>\nobject-group (service | protocol | icmp-type | user | security) <name> *",
        "object and object-group of services",
    ),
    *block(
        "context <name>\nfailover group <int 1-2>\ncluster group <name>", "multiple contexts and clustering"
    ),
    *state(
        "multiple contexts and clustering",
        "mode multiple *",
        "changeto *",
        "admin-context *",
        "mac-address auto *",
        "cluster *",
    ),
    *state("names for addresses", "name <ip> <name> *"),
    *state("transparent mode", "firewall transparent"),
    *block(
        "webvpn\naaa-server *\nldap attribute-map *\nuser-identity *\ndynamic-access-policy-record "
        "*\ntls-proxy *\ncall-home *\nprofile *"
    ),
    *ignore(
        """
        (aaa | anyconnect | arp | asdm | auth-prompt | banner | boot | call-home | checkheaps) *
        (clock | console | crashinfo | cts | dhcpd | dhcprelay | dns | dns-group | domain-name) *
        (enable | established | file | flow-export | fragment | http | icmp | ip-client) *
        (jumbo-frame | license | logging | management-access | names | no-arp | ntp | pager) *
        (passwd | password | privilege | prompt | quota | resource | service | smtp-server | snmp) *
        (snmp-server | ssh | ssl | telnet | terminal | threat-detection | timeout | url-list) *
        (user-identity | username | version | vpdn | vpn-addr-assign | vpn-sessiondb | vpnclient) *
        (xlate) *
        ftp (mode) *
        ip (audit | verify) *
        ip local pool *
        """
    ),
]

INTERFACE = [
    model("nameif <name>", asa.nameif),
    model("security-level <int 0-100:level>", asa.security_level),
    model("ip address <ip> <mask> [standby <ip:standby>]", common.ip_address),
    *state("ip address dhcp: no lease here, write a fixed address", "ip address (dhcp | pppoe) *"),
    model("shutdown", common.shutdown),
    model("description <line:text>", common.description),
    model("delay <int 1-16777215:tens>", common.delay),
    model("vlan <int 1-4094:vlan>", common.vlan),
    *later(
        "OSPF",
        "ospf (hello-interval | dead-interval | cost | priority) <int 0-65535>",
        "ospf network point-to-point non-broadcast",
    ),
    *later("EIGRP", "(hello-interval | hold-time) eigrp <int 1-65535> <int 1-65535:seconds>"),
    *state("OSPF details", "ospf *"),
    *state(
        "switch ports, bundles and bridge groups",
        "switchport *",
        "channel-group *",
        "bridge-group *",
        "member-interface *",
    ),
    *state("IPv6", "ipv6 *"),
    *state("policy routing", "policy-route *"),
    *ignore(
        """
        (authentication | cts | duplex | flowcontrol | igmp | lacp | mac-address) *
        (management-only | nve | pim | speed | summary-address | zone-member) *
        """
    ),
]

IKEV1_POLICY = [
    model("authentication (pre-share | rsa-sig | crack)", crypto.policy_authentication),
    model("encryption (des | 3des | aes | aes-192 | aes-256)", crypto.policy_encryption),
    model("hash (sha | md5)", crypto.policy_hash),
    model("group (1 | 2 | 5 | 14)", crypto.policy_group),
    model("lifetime (<int 120-2147483647:seconds> | none)", crypto.policy_lifetime),
]

TUNNEL_GROUP_IPSEC = [
    model("[ikev1] pre-shared-key <name:key>", asa.tunnel_group_key),
    model(
        "isakmp keepalive (threshold (<int 10-3600:threshold> | infinite) [retry <int 2-10:retry>] | retry "
        "<int 2-10:retry> | disable)",
        asa.tunnel_group_keepalive,
    ),
    model("peer-id-validate (req | cert | nocheck)", asa.peer_id_validate),
    *state(
        "tunnel-group: trust-point, chain, user-authentication",
        "[ikev1] trust-point *",
        "chain",
        "ikev1 user-authentication *",
        "[ikev1] radius-sdi-xauth",
    ),
    *state("IKEv2 (the model speaks IKEv1)", "ikev2 *"),
]

OBJECT_NETWORK = [
    model("subnet <ip> <mask>", acl.object_address),
    model("host <ip>", acl.object_address),
    model("range <ip:low> <ip:high>", acl.object_address),
    model("fqdn [v4] <name:fqdn>", acl.object_address),
    model("nat <pair 2> dynamic interface [dns]", nat.object_nat),
    model(
        "nat <pair 2> static <name:mapped> [dns | no-proxy-arp | route-lookup | net-to-net]", nat.object_nat
    ),
    *state("NAT to a pool or a service", "nat <pair 2> (static | dynamic) *"),
    *ignore("description <line>"),
]

OBJECT_GROUP = [
    model("network-object <ip> <mask>", acl.group_member),
    model("network-object host <ip>", acl.group_member),
    model("network-object object <name:member>", acl.group_member),
    model("group-object <name:member>", acl.group_member),
    *ignore("description <line>"),
]

POLICY_MAP = [
    model("inspect icmp", asa.inspect_icmp),
    *ignore(
        "class <name>\nparameters\ninspect *\nset *\nmessage-length *\nno-check *\npolice *\npriority "
        "*\nshape *\ndescription <line>\nmatch *\nuser-statistics *"
    ),
]

ROUTER_OSPF = [
    *later(
        "OSPF",
        "network <ip> <mask> area <name:area>",
        "router-id <ip>",
        "redistribute (static | connected) *",
        "passive-interface <name>",
        "default-information originate [always] *",
        "area <name> *",
    ),
    *state(
        "OSPF details",
        "(log-adj-changes | timers | distance | auto-cost | neighbor | summary-address | nsf | compatible | "
        "distribute-list) *",
    ),
]

ROUTER_EIGRP = [
    *later(
        "EIGRP",
        "network <ip> [<mask>]",
        "eigrp router-id <ip>",
        "eigrp stub *",
        "auto-summary",
        "passive-interface <name>",
        "redistribute (static | connected | ospf) *",
        "default-metric *",
    ),
    *state(
        "EIGRP details", "(distance | variance | neighbor | default-information | distribute-list | eigrp) *"
    ),
]

SLA = [
    *later(
        "SLA monitor and track",
        "type echo protocol ipicmpecho <ip> interface <name>",
        "frequency <int 1-604800>",
        "timeout <int 0-604800000>",
        "num-packets <int 1-100>",
        "threshold <int 0-2147483647>",
        "request-data-size <int 0-16384>",
        "tos <int 0-255>",
    ),
]

MODES: dict[str, list[Rule]] = {
    "global": GLOBAL,
    "interface": INTERFACE,
    "ikev1-policy": IKEV1_POLICY,
    "tunnel-group-ipsec": TUNNEL_GROUP_IPSEC,
    "object-network": OBJECT_NETWORK,
    "object-group": OBJECT_GROUP,
    "policy-map": POLICY_MAP,
    "router-ospf": ROUTER_OSPF,
    "router-eigrp": ROUTER_EIGRP,
    "sla": SLA,
}
