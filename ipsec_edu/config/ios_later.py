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
    *later("EIGRP", "router eigrp <name>", opens="router-eigrp"),
    *block("router (bgp | rip | isis | odr | lisp) *", "BGP, RIP and IS-IS"),
    *later("VRF", "vrf definition <name>", "ip vrf <name>", opens="vrf"),
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
