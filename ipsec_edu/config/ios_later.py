"""The commands of IOS without effect here: subjects of other labs word by word, the rest as it is."""

from __future__ import annotations

from ipsec_edu.config.grammar import Rule
from ipsec_edu.config.rows import block, ignore, later, state

__all__ = ["LATER_GLOBAL", "LATER_MODES"]

REDISTRIBUTE = (
    "redistribute (static | connected | rip | ospf <int 1-65535> | eigrp <int 1-65535> | bgp <int 1-65535>) *"
)
EXIT = Rule(
    "(exit-address-family | exit-af-interface | exit-af-topology | exit-vrf | exit-service-family)",
    "ignore",
    label="exit",
)

LATER_GLOBAL = [
    *later("OSPF", "router ospf <int 1-65535> [vrf <name>]", opens="router-ospf"),
    *later("EIGRP", "router eigrp <name>", opens="router-eigrp"),
    *block("router (bgp | rip | isis | odr | lisp) *", "BGP, RIP and IS-IS"),
    *later("VRF", "vrf definition <name>", "ip vrf <name>", opens="vrf"),
    *later(
        "track and ip sla",
        "track <int 1-1000> ip sla <int 1-2147483647:sla> [reachability | state]",
        "track <int 1-1000> rtr <int 1-2147483647:sla> [reachability | state]",
        "track <int 1-1000> interface <if> (line-protocol | ip routing)",
        "track <int 1-1000> ip route <ip> <mask> (reachability | metric threshold)",
        "track <int 1-1000> list boolean (and | or)",
        opens="track",
    ),
    *later("track and ip sla", "ip sla <int 1-2147483647>", opens="ip-sla"),
    *later(
        "track and ip sla",
        "ip sla schedule <int 1-2147483647> [life (forever | <int 0-2147483647:life>)] [start-time *]",
        "ip sla (enable | responder | monitor | reaction-configuration | logging) *",
    ),
    *later("route-map", "route-map <name> [(permit | deny) [<int 0-65535:sequence>]]", opens="route-map"),
    *later(
        "prefix-list",
        "ip prefix-list <name> [seq <int 1-4294967294>] (permit | deny) <prefix> [ge <int 1-32>] [le <int "
        "1-32:le>]",
        "ip prefix-list <name> description <line>",
    ),
    *block(
        "redundancy\ncontrol-plane *\nline *\narchive\nevent manager applet *\nvlan "
        "*\nvtp *\nparser view *\nmacro *\ncall-home\n"
        "ip dhcp pool *\nip sla key-chain *\nlicense *\nsubscriber *\nvoice *\ndial-peer "
        "*\ntelephony-service\nsip-ua\nappfw *\nmemory *\n"
        "monitor session *\nservice-template *\nzone security *\nzone-pair security *\nradius server "
        "*\ntacacs server *\naaa group server *\n"
        "flow exporter *\nflow monitor *\nflow record *\nvstack\ntransceiver *\nprofile *\nkey chain "
        "*\nbfd-template *"
    ),
    *block("class-map *\npolicy-map *", "QoS (class-map, policy-map)"),
    *block("redundancy inter-device\nipc zone default", "stateful failover (redundancy inter-device)"),
    *state("IPv6", "ipv6 *"),
    *state("multicast", "ip pim *", "ip igmp *", "ip multicast-routing *", "ip mroute *"),
    *state(
        "MPLS and layer-2 services",
        "mpls *",
        "l2tp-class *",
        "pseudowire-class *",
        "bridge *",
        "xconnect *",
        "spanning-tree *",
    ),
    *state("policy routing", "ip local policy *"),
    *state("ip routing", "ip routing *"),
    *ignore(
        """
        (aaa | access-session | alias | arp | avb | banner | boot) *
        (boot-end-marker | boot-start-marker | buffers | card | cdp | cef | clock) *
        (config-register | controller | diagnostic | dialer | dialer-list | dot11) *
        (dot1x | enable | errdisable | ethernet | exception | file | frame-relay | ftp-server) *
        (gateway | hw-module | identity | isdn | lacp | lldp | logging | login | mac) *
        (mac-address-table | max-task-time | md-list | mls | mmi | module | multilink | nat64) *
        (netconf | netconf-yang | network-clock-participate | network-clock-select | ntp) *
        (partition | platform | port-channel | power | privilege | process | prompt | qos) *
        (resource | restconf | scheduler | secure | security | service | snmp | snmp-server) *
        (sntp | stackwise-virtual | switch | system | table-map | telemetry | tftp-server | udld) *
        (username | version | vpdn | vpdn-group | wsma | x25) *
        ip (admission | as-path | auth-proxy | bootp | cef | classless | community-list) *
        ip (default-gateway | default-network | dhcp | domain | domain-list | domain-lookup) *
        ip (domain-name | explicit-path | finger | flow-cache | flow-export | forward-protocol) *
        ip (ftp | gratuitous-arps | host | http | icmp | inspect | ips | name-server) *
        ip (options | radius | rcmd | scp | source-route | ssh | subnet-zero | tacacs) *
        ip (tcp | telnet | tftp | virtual-reassembly) *
        """
    ),
]

_OSPF = [
    *later(
        "OSPF",
        "network <ip> <wildcard> area <name:area>",
        "router-id <ip>",
        "passive-interface (default | <if>)",
        REDISTRIBUTE,
        "default-information originate [always] [metric <int 0-16777214>] [metric-type (1 | 2)] [route-map "
        "<name>]",
        "auto-cost reference-bandwidth <int 1-4294967>",
        "timers (throttle | lsa | pacing | spf) *",
        "area <name> *",
        "default-metric <int 1-16777214>",
    ),
    *state(
        "OSPF details",
        "log-adjacency-changes *",
        "(distance | summary-address | neighbor | max-metric | maximum-paths | nsf | ispf | bfd | mpls | "
        "capability | "
        "distribute-list | prefix-suppression | nsr | ignore | domain-id | discard-route | max-lsa | "
        "queue-depth | redistribute | compatible) *",
    ),
]

_EIGRP_SHARED = [
    *later(
        "EIGRP",
        "network <ip> [<wildcard or-mask>]",
        "eigrp router-id <ip>",
        "router-id <ip>",
        "eigrp stub *",
        "auto-summary",
        "passive-interface (default | <if>)",
        REDISTRIBUTE,
        "default-metric *",
        "shutdown",
    ),
    *state(
        "EIGRP details",
        "(distance | variance | metric | distribute-list | eigrp | neighbor | offset-list | traffic-share | "
        "timers | maximum-paths | bfd | nsf | summary-metric | "
        "default-information | soft-sia | maximum-prefix | summary-aggregate | remote-neighbors | "
        "redistribute) *",
        "log-neighbor-changes",
    ),
]

LATER_MODES: dict[str, list[Rule]] = {
    "router-ospf": _OSPF,
    "router-eigrp": [
        *later(
            "EIGRP",
            "address-family ipv4 [unicast] [vrf <name>] (autonomous-system | as) <int 1-65535>",
            opens="eigrp-af",
        ),
        *block("address-family *\nservice-family *", "EIGRP details"),
        *_EIGRP_SHARED,
    ],
    "eigrp-af": [
        *later("EIGRP", "af-interface (default | <if>)", opens="eigrp-af-interface"),
        *later("EIGRP", "topology base", opens="eigrp-topology"),
        EXIT,
        *_EIGRP_SHARED,
    ],
    "eigrp-af-interface": [
        EXIT,
        *later(
            "EIGRP",
            "hello-interval <int 1-65535>",
            "hold-time <int 1-65535>",
            "split-horizon",
            "next-hop-self *",
            "passive-interface",
            "shutdown",
            "summary-address <ip> <mask> *",
            "summary-address <prefix> *",
            "bandwidth-percent <int 1-999999>",
        ),
        *state(
            "EIGRP details",
            "authentication *",
            "bfd *",
            "add-paths *",
            "dampening-change *",
            "dampening-interval *",
            "stub-site *",
        ),
    ],
    "eigrp-topology": [EXIT, *_EIGRP_SHARED],
    "vrf": [
        EXIT,
        *later("VRF", "rd *", "address-family (ipv4 | ipv6) [unicast]", "description <line>", "vnet *"),
        *state("route targets", "route-target *", "import *", "export *", "maximum *", "mdt *", "bgp *"),
    ],
    "track": later(
        "track and ip sla",
        "delay [up <int 0-180:up>] [down <int 0-180:down>]",
        "object <int 1-1000> *",
        "default-state *",
        "ip vrf <name>",
        "threshold *",
    ),
    "ip-sla": later(
        "track and ip sla",
        "icmp-echo (<ip> | <host>) [source-ip <ip:source> | source-interface <if>]",
        "type echo protocol ipicmpecho <ip> *",
        "frequency <int 1-604800>",
        "timeout <int 0-604800000>",
        "threshold <int 0-60000>",
        "tag <name>",
        "owner <name>",
        "vrf <name>",
        "tos <int 0-255>",
        "request-data-size <int 0-16384>",
        "history *",
        "udp-jitter *",
        "udp-echo *",
        "tcp-connect *",
        "icmp-jitter *",
        "verify-data",
        "data-pattern *",
    ),
    "route-map": [
        *later(
            "route-map",
            "match ip address [prefix-list] <name>+",
            "match tag <int 0-4294967295:tag>+",
            "match interface <if>",
            "match ip next-hop *",
            "match route-type *",
            "match metric *",
            "match source-protocol *",
            "set tag <int 0-4294967295>",
            "set metric *",
            "set metric-type *",
            "set ip next-hop *",
            "continue *",
            "description <line>",
        ),
        *state("route-map details", "match *", "set *"),
    ],
    "isakmp-profile": [
        *later(
            "isakmp profiles",
            "keyring <name>",
            "match identity address <ip> [<mask>] [<name:vrf>]",
            "match identity (host | group | user) *",
            "local-address (<if> | <ip>) [<name:vrf>]",
            "keepalive <int 10-3600> retry <int 2-60:retry>",
            "self-identity (address | fqdn | user-fqdn <name>)",
            "initiate mode aggressive",
            "vrf <name>",
            "description <line>",
        ),
        *state(
            "isakmp profiles: clients and certificates",
            "(client | virtual-template | isakmp | ca | accounting | qos-group | match) *",
        ),
    ],
    "ipsec-profile": [
        *later(
            "ipsec profiles (tunnel protection)",
            "set transform-set <name>+",
            "set pfs [group1 | group2 | group5 | group14 | group15 | group16 | group19 | group20 | group21 "
            "| group24]",
            "set security-association lifetime (seconds <int 120-86400> | kilobytes (<int 2560-536870912> | "
            "disable))",
            "set isakmp-profile <name>",
            "set security-association (idle-time | replay | level | dummy | ecn | dfbit) *",
            "responder-only",
            "description <line>",
            "set identity *",
            "set reverse-route *",
            "reverse-route *",
            "set mixed-mode",
        ),
        *state("IKEv2 (the model speaks IKEv1)", "set ikev2-profile <name>"),
    ],
}
