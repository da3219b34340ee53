"""The commands of IOS about OSPF, route maps, prefix lists, tracking and BFD, one table per mode."""

from __future__ import annotations

from ipsec_edu.config import ospf_actions as ospf
from ipsec_edu.config import policy_actions as policy
from ipsec_edu.config import track_actions as track
from ipsec_edu.config.grammar import Rule
from ipsec_edu.config.rows import block, ignore, model, state

__all__ = ["ROUTING_GLOBAL", "ROUTING_INTERFACE", "ROUTING_MODES"]

_MILLISECONDS = "<int 0-600000:start> <int 1-600000:hold> <int 1-600000:maximum>"
_REDISTRIBUTED = " ".join(
    [
        "[subnets | metric <int 0-16777214:metric> | metric-type (1 | 2) | tag <int 0-4294967295:tag> | "
        "route-map <name:route_map>]"
    ]
    * 5
)
_DEFAULT = " ".join(["[always | metric <int 0-16777214:metric> | metric-type (1 | 2)]"] * 3)
_SCHEDULE = " ".join(
    [
        "[life (forever | <int 0-2147483647:life>) | start-time (now | pending | after <time:after>) | "
        "ageout <int 0-2073600:ageout>]"
    ]
    * 3
)

ROUTING_GLOBAL = [
    model("router ospf <int 1-65535:process>", ospf.process, opens="router-ospf"),
    *block("router ospf <int 1-65535:process> vrf <name>", "OSPF in a VRF"),
    model("route-map <name> [(permit | deny) [<int 0-65535:sequence>]]", policy.route_map, opens="route-map"),
    model(
        "ip prefix-list <name> [seq <int 1-4294967294:sequence>] (permit | deny) <prefix slash> "
        "[ge <int 1-32:ge>] [le <int 1-32:le>]",
        policy.prefix_list,
    ),
    *ignore("ip prefix-list <name> description <line>\nip prefix-list sequence-number"),
    model(
        "track <int 1-1000:number> (ip sla | rtr) <int 1-2147483647:sla> [reachability | state]",
        track.track,
        opens="track",
    ),
    model("track <int 1-1000:number> interface <if> line-protocol", track.track, opens="track"),
    model("track <int 1-1000:number> ip route <ip> <mask> reachability", track.track, opens="track"),
    model("track <int 1-1000:number> ip route <prefix slash> reachability", track.track, opens="track"),
    model("track <int 1-1000:number> list boolean (and | or)", track.track, opens="track"),
    model("track <int 1-1000:number>", track.track_known, opens="track"),
    *block(
        "track <int 1-1000:number> interface <if> (ip | ipv6) routing\n"
        "track <int 1-1000:number> ip route <ip> <mask> metric threshold\n"
        "track <int 1-1000:number> list threshold (percentage | weight)\n"
        "track <int 1-1000:number> (stub-object | application | leaf | ipv6) *",
        "track: thresholds, IP routing of an interface",
    ),
    *state("track: timers and resolution", "track (timer | resolution) *"),
    model("ip sla [monitor] <int 1-2147483647:number>", track.sla, opens="ip-sla"),
    model(f"ip sla [monitor] schedule <int 1-2147483647:number> {_SCHEDULE}", track.sla_schedule),
    *state(
        "ip sla at a time of day, reactions, responder",
        "ip sla [monitor] schedule <int 1-2147483647:number> [life (forever | <int 0-2147483647:life>)] "
        "start-time <time> [<name:month> <int 1-31:day>] [ageout <int 0-2073600:ageout>] [recurring]",
        "ip sla (enable | responder | reaction-configuration | reaction-trigger | logging | low-memory | "
        "apm | ethernet-monitor | group | reset | restart | server) *",
    ),
]

ROUTING_INTERFACE = [
    model("ip ospf <int 1-65535:process> area <area>", ospf.interface_area),
    model("ip ospf network (broadcast | point-to-point)", ospf.interface_network_type),
    *state(
        "OSPF network types non-broadcast and point-to-multipoint",
        "ip ospf network (point-to-multipoint [non-broadcast] | non-broadcast)",
    ),
    model("ip ospf cost <int 1-65535:value>", ospf.interface_option("cost")),
    model("ip ospf priority <int 0-255:value>", ospf.interface_option("priority")),
    model("ip ospf hello-interval <int 1-65535:value>", ospf.interface_option("hello_s")),
    model(
        "ip ospf dead-interval (<int 1-65535:dead> | minimal hello-multiplier <int 3-20:multiplier>)",
        ospf.interface_dead,
    ),
    model("ip ospf retransmit-interval <int 1-65535:value>", ospf.interface_option("retransmit_s")),
    model("ip ospf transmit-delay <int 1-65535:value>", ospf.interface_option("transmit_delay_s")),
    model("ip ospf mtu-ignore", ospf.interface_mtu_ignore),
    model("ip ospf bfd [disable]", ospf.interface_bfd),
    *state(
        "OSPF details",
        "ip ospf (authentication | authentication-key | message-digest-key | database-filter | "
        "demand-circuit | flood-reduction | lls | prefix-suppression | resync-timeout | ttl-security | "
        "fast-reroute | multi-area | name | shutdown) *",
        "ip ospf <int 1-65535:process> area <area> secondaries none",
    ),
    model(
        "bfd interval <int 50-9999:interval> min_rx <int 1-9999:min_rx> multiplier <int 3-50:multiplier>",
        ospf.bfd_interval,
    ),
    *state("BFD: echo, templates", "bfd (echo | template | jitter | neighbor | check-ctrl-plane-failure) *"),
]

_OSPF = [
    model("router-id <ip>", ospf.router_id),
    model("network <ip> <wildcard or-mask> area <area>", ospf.network),
    model("passive-interface (default | <if>)", ospf.passive_interface),
    model(f"redistribute (static | connected) {_REDISTRIBUTED}", ospf.redistribute),
    *state(
        "redistribution between routing protocols",
        "redistribute (rip | ospf <int 1-65535> | eigrp <int 1-65535> | bgp <name> | isis | odr | mobile | "
        "maximum-prefix) *",
    ),
    model(f"default-information originate {_DEFAULT}", ospf.default_information),
    *state(
        "default-information with a route-map",
        f"default-information originate {_DEFAULT} route-map <name>",
    ),
    model("auto-cost reference-bandwidth <int 1-4294967:value>", ospf.value("reference_mbps")),
    model(f"timers throttle spf {_MILLISECONDS}", ospf.throttle_spf),
    model(f"timers throttle lsa [all] {_MILLISECONDS}", ospf.throttle_lsa),
    model("timers lsa arrival <int 0-600000:value>", ospf.value("lsa_arrival_ms")),
    model("default-metric <int 1-16777214:value>", ospf.value("default_metric")),
    model("distance <int 1-255:value>", ospf.value("distance")),
    model("maximum-paths <int 1-32:value>", ospf.value("maximum_paths")),
    model("log-adjacency-changes [detail]", ospf.log_adjacency),
    model("bfd all-interfaces", ospf.bfd_all_interfaces),
    *state("OSPF area types, ranges and authentication", "area <area> *"),
    *state(
        "OSPF details",
        "distance ospf *",
        "distance <int 1-255> <ip> *",
        "timers pacing *",
        "timers spf *",
        "(summary-address | neighbor | max-metric | nsf | ispf | mpls | capability | distribute-list | "
        "prefix-suppression | nsr | ignore | domain-id | discard-route | max-lsa | queue-depth | compatible "
        "| ttl-security | fast-reroute | microloop) *",
        "shutdown",
    ),
]

_ROUTE_MAP = [
    model("match ip address <name:acl>+", policy.match_address),
    model("match ip address prefix-list <name:list>+", policy.match_address),
    model("match tag <int 0-4294967295:tag>+", policy.match_tag),
    model("match interface <if>+", policy.match_interface),
    model("set metric <int 0-4294967295:metric>", policy.set_metric),
    model("set metric-type (type-1 | type-2)", policy.set_metric_type),
    model("set tag <int 0-4294967295:tag>", policy.set_tag),
    *state(
        "route-map clauses other than address, tag, interface, metric",
        "match ip (next-hop | route-source | redistribution-source | flowspec | multicast) *",
        "match (additional-paths | as-path | clns | community | extcommunity | ipv6 | length | "
        "local-preference | mdt-group | metric | mpls-label | policy-list | route-type | rpki | "
        "security-group | source-protocol | track | vlan) *",
        "set metric <int 0-4294967295:metric> <int 0-4294967295:delay> *",
        "set metric-type (internal | external)",
        "set (as-path | automatic-tag | clns | comm-list | community | dampening | default | extcomm-list | "
        "extcommunity | global | interface | ip | ipv6 | level | local-preference | mpls-label | nlri | "
        "origin | traffic-index | vrf | weight) *",
        "continue [<int 0-65535>]",
    ),
    *ignore("description <line>"),
]

_TRACK = [
    model("delay up <int 0-180:up> [down <int 0-180:down>]", track.track_delay),
    model("delay down <int 0-180:down> [up <int 0-180:up>]", track.track_delay),
    model("object <int 1-1000:object> [not]", track.track_object),
    *state(
        "track: default state, thresholds, VRF",
        "default-state *",
        "ip vrf <name>",
        "threshold *",
        "object <int 1-1000:object> weight <int 1-255:weight>",
    ),
]

_IP_SLA = [
    model(
        "icmp-echo <ip:destination> [source-ip <ip:source> | source-interface <if>]",
        track.sla_echo,
    ),
    model(
        "type echo protocol ipIcmpEcho <ip:destination> [source-ipaddr <ip:source> | source-interface <if>]",
        track.sla_echo,
    ),
    model("frequency <int 1-604800:value>", track.sla_value("frequency_s")),
    model("timeout <int 0-604800000:value>", track.sla_value("timeout_ms")),
    model("threshold <int 0-60000:value>", track.sla_value("threshold_ms")),
    *state(
        "ip sla operations other than icmp-echo to an address",
        "icmp-echo <host> *",
        "(udp-jitter | udp-echo | tcp-connect | icmp-jitter | path-echo | path-jitter | dns | dhcp | http | "
        "ftp) *",
        "type (udpEcho | tcpConnect | pathEcho | jitter | dns | http | ftp | dhcp) *",
        "vrf <name>",
        "(request-data-size | tos | data-pattern | verify-data | history | paths-of-statistics-kept) *",
    ),
    *ignore("tag <line>\nowner <line>"),
]

ROUTING_MODES: dict[str, list[Rule]] = {
    "router-ospf": _OSPF,
    "route-map": _ROUTE_MAP,
    "track": _TRACK,
    "ip-sla": _IP_SLA,
}
