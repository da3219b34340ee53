"""The exec commands of each platform, as data.

A row says which words, which handler, what ``?`` prints, and which options may follow in any
order. Whoever adds a `show` command writes a function (state, args) -> text and a row here.
"""

from __future__ import annotations

from functools import partial

from ipsec_edu.show import (
    asa_policy,
    asa_session,
    asa_vpn,
    bfd,
    ios_crypto,
    ios_policy,
    ios_session,
    linux,
    ospf,
    ospf_database,
    ping,
    routes,
    system,
    tracer,
    tracking,
)
from ipsec_edu.show.grammar import Args, Command
from ipsec_edu.show.state import DeviceState

__all__ = ["HELP_WORDS", "TABLES"]


def _nothing(state: DeviceState, args: Args) -> str:
    """Accept a line that changes nothing that could be shown."""
    return ""


def _frozen(advice: str, state: DeviceState, args: Args) -> str:
    """Say that a moment of a run cannot be changed, and what to do instead."""
    return f"% This console shows a moment of a run, which cannot be changed. {advice}"


_CONFIGURE = partial(_frozen, "Change the configuration of the lab (lab.configure) and run again.")
_CLEAR = partial(_frozen, 'Add the fault "SECONDS clear-ike DEVICE" and run again.')
_DEBUG = partial(_frozen, "What happened is in `show logging`, the ladder and run.messages.")


def _only(source: str, state: DeviceState, args: Args) -> str:
    """Return the routes of one source."""
    show = routes.asa_route if state.platform == "asa" else routes.ios_route
    return show(state, {"source": source})


_COMMON = (
    Command("enable", _nothing, "Turn on privileged commands"),
    Command("exit", _nothing, "Exit from the EXEC"),
    Command("configure terminal", _CONFIGURE, "Configure from the terminal"),
    Command("write memory", _nothing, "Write to NV memory"),
    Command("clear crypto <what:line>", _CLEAR),
    Command("debug <what:line>", _DEBUG, "Debugging functions (see also 'undebug')"),
    Command("undebug all", _nothing, "Disable debugging"),
    Command("show clock", system.clock, "Display the system clock"),
    Command("show logging", system.logging, "Show the contents of logging buffers"),
    Command("show running-config", system.running_config, "Current operating configuration"),
    Command("show version", system.version, "System hardware and software status"),
)

IOS = (
    *_COMMON,
    Command(
        "ping <ip>",
        ping.ping,
        "",
        ("source <source:origin>", "repeat <repeat:number>", "size <size:number>"),
    ),
    Command(
        "ping ip <ip>",
        ping.ping,
        "IP echo",
        ("source <source:origin>", "repeat <repeat:number>", "size <size:number>"),
    ),
    Command("terminal length <number>", _nothing, "Set number of lines on a screen"),
    Command("terminal monitor", _nothing, "Copy debug output to the current terminal line"),
    Command("show access-lists", system.access_lists, "List access lists"),
    Command("show access-lists <acl:word>", system.access_lists),
    Command("show crypto engine connections active", ios_session.engine, "Show active connections"),
    Command(
        "show crypto ipsec sa",
        ios_crypto.ipsec_sa,
        "IPSEC SA table",
        ("detail", "peer <ip>", "interface <interface>"),
    ),
    Command("show crypto ipsec security-association lifetime", ios_policy.lifetime, "Show default lifetimes"),
    Command("show crypto ipsec transform-set", ios_policy.transform_set, "Crypto transform sets"),
    Command("show crypto isakmp key", ios_policy.isakmp_key, "Show ISAKMP preshared keys"),
    Command("show crypto isakmp policy", ios_policy.isakmp_policy, "Show ISAKMP protection suite policy"),
    Command("show crypto isakmp sa", ios_crypto.isakmp_sa, "Show ISAKMP Security Associations", ("detail",)),
    Command("show crypto map", ios_policy.crypto_map, "Crypto maps", ("tag <tag:word>",)),
    Command("show crypto session", ios_session.session, "Show crypto sessions (tunnels)", ("detail",)),
    Command("show ip access-lists", system.access_lists, "List IP access lists"),
    Command("show ip access-lists <acl:word>", system.access_lists),
    Command(
        "show ip interface brief", system.interface_brief, "Brief summary of IP status and configuration"
    ),
    Command("show ip ospf", ospf.process, "OSPF information"),
    Command("show ip ospf database", ospf_database.database, "Database summary"),
    Command("show ip ospf interface", ospf.interface, "Interface information"),
    Command("show ip ospf interface <interface>", ospf.interface),
    Command("show ip ospf interface brief", ospf.interface_brief, "Display summarized state of interfaces"),
    Command("show ip ospf neighbor", ospf.neighbor, "Neighbor list"),
    Command("show ip ospf neighbor <interface>", ospf.neighbor),
    Command("show ip ospf neighbor detail", ospf.neighbor_detail, "Detail of all neighbors"),
    Command("show ip protocols", ospf_database.protocols, "IP routing protocol process parameters"),
    Command("show ip route", routes.ios_route, "IP routing table"),
    Command("show ip route <ip>", routes.ios_route),
    Command("show ip route connected", partial(_only, "connected"), "Connected"),
    Command("show ip route eigrp", partial(_only, "eigrp"), "EIGRP routes"),
    Command("show ip route ospf", partial(_only, "ospf"), "OSPF routes"),
    Command("show ip route track-table", tracking.track_table, "Show static tracking table"),
    Command("show ip route static", partial(_only, "static"), "Static routes"),
    Command("show ip sla statistics", tracking.sla_statistics, "IP SLA statistics"),
    Command("show ip sla statistics <number>", tracking.sla_statistics),
    Command("show ip sla summary", tracking.sla_summary, "IP SLA statistics summary"),
    Command("show bfd neighbors", bfd.neighbors, "BFD neighbors"),
    Command("show bfd neighbors details", bfd.details, "Detailed information"),
    Command("show running-config interface <interface>", system.running_interface),
    Command("show track", tracking.track, "Tracking information"),
    Command("show track <number>", tracking.track),
    Command("show track brief", tracking.track_brief, "Brief tracking information"),
)

ASA = (
    *_COMMON,
    Command(
        "packet-tracer input <nameif:word> icmp <source:ip> <type:number> <code:number> <destination:ip>",
        partial(tracer.packet_tracer, "icmp"),
        "",
        ("detailed",),
    ),
    Command(
        "packet-tracer input <nameif:word> icmp <source:ip> <type:number> <code:number> "
        "<identifier:number> <destination:ip>",
        partial(tracer.packet_tracer, "icmp"),
        "",
        ("detailed",),
    ),
    Command(
        "packet-tracer input <nameif:word> tcp <source:ip> <sport:number> <destination:ip> <dport:number>",
        partial(tracer.packet_tracer, "tcp"),
        "",
        ("detailed",),
    ),
    Command(
        "packet-tracer input <nameif:word> udp <source:ip> <sport:number> <destination:ip> <dport:number>",
        partial(tracer.packet_tracer, "udp"),
        "",
        ("detailed",),
    ),
    Command("ping <ip>", ping.ping, "", ("repeat <repeat:number>", "size <size:number>")),
    Command("ping <source:interface> <ip>", ping.ping, "", ("repeat <repeat:number>", "size <size:number>")),
    Command("terminal pager <number>", _nothing, "Set page line count"),
    Command("show access-list", system.access_lists, "Show hit counters for access policies"),
    Command("show access-list <acl:word>", system.access_lists),
    Command("show asp drop", asa_policy.asp_drop, "Show packets or flows dropped"),
    Command("show crypto ikev1 sa", asa_vpn.ikev1_sa, "Show IKEv1 runtime SA", ("detail",)),
    Command("show crypto ipsec sa", asa_vpn.ipsec_sa, "Show IPsec SAs", ("detail", "peer <ip>")),
    Command("show crypto isakmp sa", asa_vpn.isakmp_sa, "Show IKE runtime SAs", ("detail",)),
    Command("show interface ip brief", system.interface_brief, "Brief summary of IP status"),
    Command("show ipsec sa", asa_vpn.ipsec_sa, "Show IPsec SAs", ("detail", "peer <ip>")),
    Command("show isakmp sa", asa_vpn.isakmp_sa, "Show IKE runtime SAs", ("detail",)),
    Command("show nat", asa_policy.nat, "Show NAT policies and counters"),
    Command("show route", routes.asa_route, "Show routing table"),
    Command("show route connected", partial(_only, "connected"), "Connected"),
    Command("show route ospf", partial(_only, "ospf"), "OSPF"),
    Command("show route static", partial(_only, "static"), "Static"),
    Command("show running-config <line>", system.running_config),
    Command("show vpn-sessiondb", asa_session.session_summary, "Show VPN session database"),
    Command("show vpn-sessiondb detail l2l", asa_session.session_detail, "IPsec LAN-to-LAN sessions"),
    Command("show vpn-sessiondb l2l", asa_session.session_list, "IPsec LAN-to-LAN sessions"),
    Command("show vpn-sessiondb summary", asa_session.session_summary, "VPN session summary"),
)

LINUX = (
    Command("hostname", linux.hostname),
    Command("ip address", linux.ip_addr),
    Command("ip address show", linux.ip_addr),
    Command("ip route", linux.ip_route),
    Command("ip route show", linux.ip_route),
    Command("ping <ip>", ping.ping_linux, "", ("-c <number>",)),
    Command("ping -c <number> <ip>", ping.ping_linux),
)

TABLES: dict[str, tuple[Command, ...]] = {"ios": IOS, "asa": ASA, "linux": LINUX}

HELP_WORDS = {
    "bfd": "BFD protocol info",
    "clear": "Reset functions",
    "configure": "Enter configuration mode",
    "connections": "Show crypto engine connections",
    "crypto": "Encryption module",
    "detail": "Show details",
    "detailed": "Show detailed trace",
    "engine": "Show crypto engine info",
    "icmp": "Enter this keyword if the trace packet is ICMP",
    "ikev1": "Show IKEv1",
    "input": "Ingress interface on which to trace packet",
    "interface": "Interface",
    "ip": "IP information",
    "ipsec": "Show IPSEC policy",
    "isakmp": "Show ISAKMP",
    "packet-tracer": "Trace packets in F1 data path",
    "peer": "Peer",
    "ping": "Send echo messages",
    "repeat": "Specify repeat count",
    "security-association": "Show parameters for IPSec security associations",
    "show": "Show running system information",
    "size": "Specify datagram size",
    "sla": "IP Service Level Agreement (SLA)",
    "source": "Specify source address or name",
    "tag": "Crypto map tag",
    "tcp": "Enter this keyword if the trace packet is TCP",
    "terminal": "Set terminal line parameters",
    "udp": "Enter this keyword if the trace packet is UDP",
    "vpn-sessiondb": "VPN session database",
    "write": "Write running configuration to memory",
}
"""What ``?`` says about a keyword that leads to several commands."""
