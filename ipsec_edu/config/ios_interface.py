"""The commands of an IOS interface without effect here: tunnels, NHRP, HSRP, routing, trifles."""

from __future__ import annotations

from ipsec_edu.config.rows import ignore, later, state

__all__ = ["LATER_INTERFACE"]

_ALLOW = "[allow-default]"

LATER_INTERFACE = [
    *later(
        "tunnels (GRE, mGRE, VTI)",
        "tunnel source (<if> | <ip>)",
        "tunnel source dynamic",
        "tunnel destination (<ip> | dynamic | <host>)",
        "tunnel mode gre (multipoint | ip)",
        "tunnel mode ipsec ipv4",
        "tunnel key <int 0-4294967295>",
        "tunnel vrf <name>",
        "tunnel protection ipsec profile <name> [shared] [isakmp-profile <name:ike>]",
        "if-state nhrp",
        "ip tcp adjust-mss <int 500-1460>",
    ),
    *later(
        "NHRP",
        "ip nhrp network-id <int 1-4294967295>",
        "ip nhrp authentication <name 8:nhrp_key>",
        "ip nhrp holdtime <int 1-65535>",
        "ip nhrp map multicast (dynamic | <ip>)",
        "ip nhrp map <ip> [<mask>] <ip:nbma>",
        "ip nhrp nhs (<ip> | dynamic) [nbma <ip:nbma> [multicast]] [priority <int 0-255>] [cluster <int "
        "0-10:cluster>]",
        "ip nhrp shortcut",
        "ip nhrp redirect [timeout <int 1-65535>]",
        "ip nhrp registration (no-unique | timeout <int 1-65535>)",
        "ip nhrp (server-only | group <name> | map group <name> service-policy output <name:policy> | "
        "max-send * | interest * | use * | record | responder * | attribute *)",
    ),
    *later(
        "HSRP",
        "standby [<int 0-4095>] ip [<ip>] [secondary]",
        "standby [<int 0-4095>] priority <int 0-255:priority>",
        "standby version (1 | 2)",
        "standby [<int 0-4095>] preempt [delay [minimum <int 0-3600:minimum>] [reload <int 0-3600:reload>] "
        "[sync <int 0-3600:sync>]]",
        "standby [<int 0-4095>] track (<int 1-1000:object> | <if>) [decrement <int 1-255:decrement> | "
        "shutdown | <int 1-255:old>]",
        "standby [<int 0-4095>] name <name>",
        "standby [<int 0-4095>] timers [msec] <int 1-255000:hello> [msec] <int 1-255000:hold>",
        "standby delay [minimum <int 0-10000:minimum>] [reload <int 0-10000:reload>]",
    ),
    *state(
        "HSRP details",
        "standby [<int 0-4095>] (authentication | mac-address | use-bia | follow | ipv6) *",
        "standby use-bia *",
        "standby bfd",
    ),
    *state("VRRP and GLBP", "vrrp *", "glbp *"),
    *later(
        "EIGRP",
        "ip summary-address eigrp <int 1-65535> <ip> <mask> [<int 1-255:distance>]",
        "ip split-horizon [eigrp <int 1-65535>]",
        "ip next-hop-self eigrp <int 1-65535>",
        "ip (hello-interval | hold-time) eigrp <int 1-65535> <int 1-65535:seconds>",
        "ip bandwidth-percent eigrp <int 1-65535> <int 1-999999:percent>",
        "ip authentication (mode | key-chain) eigrp *",
    ),
    *state("keepalive on an interface", "keepalive [<int 0-32767:interval>] [<int 1-255:retry>]"),
    *state(
        "other tunnel modes and options",
        "tunnel mode *",
        "tunnel path-mtu-discovery *",
        "tunnel bandwidth *",
        "tunnel *",
    ),
    *state("IPv6", "ipv6 *"),
    *state(
        "encapsulation of serial links, ISL",
        "encapsulation (ppp | frame-relay | hdlc | isl) *",
        "ppp *",
        "pppoe *",
        "pppoe-client *",
        "frame-relay *",
        "dialer *",
        "encapsulation dot1Q <int 1-4094> second-dot1q *",
    ),
    *state(
        "switch ports, bundles and bridge groups",
        "switchport *",
        "channel-group *",
        "bridge-group *",
        "spanning-tree *",
        "storm-control *",
        "xconnect *",
        "service instance *",
    ),
    *state(
        "QoS, zones, multicast, MPLS",
        "service-policy *",
        "zone-member *",
        "ip pim *",
        "ip igmp *",
        "mpls *",
        "ip policy *",
        "rate-limit *",
        "priority *",
    ),
    *state(
        "inspection and other filters",
        "ip inspect *",
        "ip verify source *",
        f"ip verify unicast source reachable-via (rx | any) {_ALLOW} <int 1-2699:acl>",
        f"ip verify unicast source reachable-via (rx | any) {_ALLOW} allow-self-ping {_ALLOW}",
        "ip verify unicast notification *",
        "ip flow *",
        "ip urlfilter *",
        "ip ips *",
        "ip admission *",
    ),
    *ignore(
        """
        (arp | auto | carrier-delay | cdp | clock | cts | dampening | down-when-looped | duplex) *
        (fair-queue | fhrp | flowcontrol | full-duplex | half-duplex | hold-queue | isis | lldp) *
        (load-interval | logging | logical-channel | mac-address | macro | max-reserved-bandwidth) *
        (mdix | media-type | mop | negotiation | nmsp | ntp | peer | physical-layer) *
        (port-security | power | random-detect | serial | snmp | speed | transmit-interface) *
        (trust | tx-ring-limit | udld | vrrs) *
        ip (accounting | cef | directed-broadcast | helper-address | irdp | load-sharing) *
        ip (local-proxy-arp | mask-reply | nbar | proxy-arp | redirects | rip | route-cache | rtp) *
        ip (unreachables | virtual-reassembly) *
        """
    ),
]
