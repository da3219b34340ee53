"""``packet-tracer``: one made-up packet walked through an ASA's decisions, phase by phase.

The walk reads configuration, routes and live SAs; its last question, *is there a tunnel for
this*, is answered DROP as long as there is none. The real command wakes IKE while it asks, so
that the second try says ALLOW; `DeviceState.probe`, where there is one, does the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ipsec_edu.config.settings import CryptoMapEntry, NatRule
from ipsec_edu.core.acl import AclEntry, Selector
from ipsec_edu.core.addr import Prefix, format_ip, parse_ip
from ipsec_edu.show.grammar import Args
from ipsec_edu.show.state import DeviceState, FlowState, InterfaceState, RouteState
from ipsec_edu.show.system import entry_words
from ipsec_edu.show.words import mask

__all__ = ["packet_tracer"]

_ACL_DROP = "(acl-drop) Flow is denied by configured rule"
_NUMBERS = {"icmp": 1, "tcp": 6, "udp": 17}


@dataclass(slots=True)
class _Packet:
    """The packet on its way; translation changes it."""

    protocol: int
    source: int
    destination: int
    sport: int = 0
    dport: int = 0


@dataclass(slots=True)
class _Trace:
    """The text so far, and how the walk ended."""

    detailed: bool
    lines: list[str] = field(default_factory=list)
    number: int = 0
    reason: str | None = None
    egress: InterfaceState | None = None

    def phase(
        self,
        kind: str,
        subtype: str = "",
        config: list[str] | None = None,
        more: list[str] | None = None,
        rule: list[str] | None = None,
        drop: str | None = None,
    ) -> bool:
        """Add a phase; with `drop` (a reason) it is the last one. Return True while the packet lives."""
        self.number += 1
        self.lines += [f"Phase: {self.number}", f"Type: {kind}", f"Subtype: {subtype}"]
        self.lines += [f"Result: {'DROP' if drop else 'ALLOW'}", "Config:", *(config or [])]
        self.lines += ["Additional Information:", *(more or [])]
        if self.detailed and rule:
            self.lines += [" Forward Flow based lookup yields rule:", *rule]
        self.lines.append("")
        self.reason = drop
        return drop is None


def packet_tracer(protocol_name: str, state: DeviceState, args: Args) -> str:
    """``packet-tracer input IF icmp SRC TYPE CODE DST [detailed]``, or ``tcp|udp SRC PORT DST PORT``."""
    ingress = state.interface(args["nameif"])
    if ingress is None or ingress.nameif is None:
        names = ", ".join(each.nameif for each in state.interfaces if each.nameif)
        return f"ERROR: % Invalid interface name: the interfaces here are {names}"
    protocol = _NUMBERS[protocol_name]
    packet = _Packet(protocol, parse_ip(args["source"]), parse_ip(args["destination"]))
    if protocol != 1:
        packet.sport, packet.dport = int(args["sport"]), int(args["dport"])
    trace = _Trace("detailed" in args)
    _walk(state, trace, ingress, packet)
    if state.probe is not None:
        state.probe(ingress.name, protocol, parse_ip(args["source"]), parse_ip(args["destination"]))
    return "\n".join(["", *trace.lines, *_result(trace, ingress)])


def _result(trace: _Trace, ingress: InterfaceState) -> list[str]:
    """Return the block at the end."""
    lines = ["Result:"]
    for side, interface in (("input", ingress), ("output", trace.egress)):
        if interface is not None:
            up = "up" if interface.up and not interface.shutdown else "down"
            line_up = "up" if up == "up" and interface.line_protocol else "down"
            lines += [f"{side}-interface: {interface.nameif or interface.name}"]
            lines += [f"{side}-status: {up}", f"{side}-line-status: {line_up}"]
    lines.append(f"Action: {'drop' if trace.reason else 'allow'}")
    if trace.reason:
        lines.append(f"Drop-reason: {trace.reason}")
    return [*lines, ""]


def _walk(state: DeviceState, trace: _Trace, ingress: InterfaceState, packet: _Packet) -> None:
    """Ask the questions in the ASA's order until one says DROP."""
    if not ingress.up or ingress.shutdown:
        trace.reason = "(interface-down) Interface is down"
        return
    real_source, real_destination = packet.source, packet.destination
    rule = _nat_rule(state, ingress, packet)
    if not _route(state, trace, packet, rule):
        return
    assert trace.egress is not None
    if rule is not None and rule.kind == "identity" and rule.destination_object:
        where = f"NAT divert to egress interface {trace.egress.nameif}"
        same = f"{format_ip(packet.destination)}/{packet.dport}"
        trace.phase("UN-NAT", "static", [rule.text], [where, f"Untranslate {same} to {same}"])
    if not _access_list(state, trace, ingress, packet):
        return
    if rule is not None:
        _translate(trace, rule, packet)
    trace.phase("IP-OPTIONS")
    if packet.protocol == 1 and state.settings.inspect_icmp:
        trace.phase("INSPECT", "np-inspect", ["policy-map global_policy", "  inspect icmp"])
    if not _spoof_check(state, trace, ingress, packet) or not _encrypt(state, trace, packet):
        return
    if rule is not None:
        trace.phase("NAT", "rpf-check", [rule.text])
    if _inner_flow(state, trace.egress, packet) is not None:
        trace.phase("VPN", "ipsec-tunnel-flow")
    ends = f"{format_ip(real_source)} to {format_ip(real_destination)}"
    trace.phase("FLOW-CREATION", more=[f"New flow from {ends} created, packet dispatched to next module"])


def _best(routes: list[RouteState], destination: int) -> RouteState | None:
    """Return the longest match."""
    found = [route for route in routes if route.prefix.contains(destination)]
    return max(found, key=lambda route: route.prefix.length, default=None)


def _route(state: DeviceState, trace: _Trace, packet: _Packet, rule: NatRule | None) -> bool:
    """Find the egress interface."""
    route = _best(state.routes, packet.destination)
    egress = state.interface(route.interface) if route is not None and route.interface else None
    if route is None or egress is None:
        trace.reason = "(no-route) No route to host"
        return False
    trace.egress = egress
    hop = packet.destination if route.next_hop is None else route.next_hop
    more = [f"found next-hop {format_ip(hop)} using egress ifc  {egress.nameif or egress.name}"]
    return trace.phase("ROUTE-LOOKUP", "Resolve Egress Interface", more=more)


def _matches(prefixes: tuple[Prefix, ...], address: int) -> bool:
    return not prefixes or any(prefix.contains(address) for prefix in prefixes)


def _nat_rule(state: DeviceState, ingress: InterfaceState, packet: _Packet) -> NatRule | None:
    """Return the first translation rule for the packet: sections in order, rules as they stand."""
    route = _best(state.routes, packet.destination)
    egress = state.interface(route.interface) if route is not None and route.interface else None
    out = egress.nameif if egress is not None else None
    for rule in sorted(state.settings.nat, key=lambda each: each.section):
        if rule.inside not in (None, "any", ingress.nameif) or rule.outside not in (None, "any", out):
            continue
        if rule.kind == "exempt-acl":
            acl = state.settings.acls.get(rule.acl or "")
            entry = acl.lookup(packet.source, packet.destination, packet.protocol) if acl else None
            if entry is not None and entry.permit:
                return rule
        elif _matches(rule.source, packet.source) and _matches(rule.destination, packet.destination):
            return rule
    return None


def _translate(trace: _Trace, rule: NatRule, packet: _Packet) -> None:
    """Apply the rule: an exemption leaves the packet as it is, interface PAT gives it our address."""
    old = f"{format_ip(packet.source)}/{packet.sport}"
    if rule.kind != "interface-pat":
        trace.phase("NAT", "", [rule.text], [f"Static translate {old} to {old}"])
        return
    if trace.egress is not None and trace.egress.address is not None:
        packet.source = trace.egress.address
    new = f"{format_ip(packet.source)}/{packet.sport}"
    head = [f"object network {rule.source_object}"] if rule.source_object else []
    trace.phase("NAT", "", [*head, rule.text], [f"Dynamic translate {old} to {new}"])


def _access_list(state: DeviceState, trace: _Trace, ingress: InterfaceState, packet: _Packet) -> bool:
    """Ask the interface's access list, else the security levels."""
    settings = state.settings.interfaces.get(ingress.name)
    names = (settings.access_in if settings else None, state.settings.access_global)
    lists = [state.settings.acls[name] for name in names if name in state.settings.acls]
    ports = packet.sport, packet.dport
    for acl in lists:
        for at, entry in enumerate(acl.entries):
            if entry.matches(packet.source, packet.destination, packet.protocol, *ports):
                where = "global" if acl.name == names[1] else f"in interface {ingress.nameif}"
                return _ruled(trace, acl.name, where, entry, state.acl_hits.get((acl.name, at), 0))
    if lists:
        return trace.phase("ACCESS-LIST", "", ["Implicit Rule"], drop=_ACL_DROP)
    assert trace.egress is not None
    inner, outer = ingress.security_level or 0, trace.egress.security_level or 0
    same = ingress is trace.egress
    free = state.settings.same_security_intra if same else state.settings.same_security_inter
    allowed = inner > outer if inner != outer else free
    return trace.phase("ACCESS-LIST", "", ["Implicit Rule"], drop=None if allowed else _ACL_DROP)


def _ruled(trace: _Trace, name: str, where: str, entry: AclEntry, hits: int) -> bool:
    """Add the phase of an access-list line."""
    config = [f"access-group {name} {where}"]
    config.append(f"access-list {name} extended {entry_words(entry, 'asa')} ")
    rule = [
        f" in  domain=permit, deny={'false' if entry.permit else 'true'}",
        f"\thits={hits}",
        f"\tsrc ip/id={_net(entry.source)}, port={entry.source_ports[0]}",
        f"\tdst ip/id={_net(entry.destination)}, port={entry.destination_ports[0]}",
    ]
    return trace.phase("ACCESS-LIST", "log", config, rule=rule, drop=None if entry.permit else _ACL_DROP)


def _net(prefix: Prefix) -> str:
    return mask(prefix).replace(" ", ", mask=")


def _entries(state: DeviceState, interface: InterfaceState) -> list[CryptoMapEntry]:
    """Return the crypto map entries on an interface, lowest sequence first."""
    settings = state.settings.interfaces.get(interface.name)
    entries = state.settings.crypto_maps.get(settings.crypto_map or "", {}) if settings else {}
    return [entries[sequence] for sequence in sorted(entries)]


def _protecting(
    state: DeviceState, interface: InterfaceState, source: int, destination: int, packet: _Packet
) -> tuple[CryptoMapEntry, AclEntry] | None:
    """Return the crypto map entry and access-list line that protect a packet between these addresses."""
    for entry in _entries(state, interface):
        acl = state.settings.acls.get(entry.acl or "")
        line = acl.lookup(source, destination, packet.protocol, packet.sport, packet.dport) if acl else None
        if line is not None:
            return (entry, line) if line.permit else None
    return None


def _flow_of(
    state: DeviceState, interface: InterfaceState, entry: CryptoMapEntry, wanted: Selector
) -> FlowState | None:
    """Return the flow with live SAs that carries `wanted`."""
    for flow in state.flows:
        own = (flow.interface, flow.crypto_map, flow.sequence) == (interface.name, entry.name, entry.sequence)
        if own and flow.outbound and flow.selector.covers(wanted):
            return flow
    return None


def _selector(packet: _Packet) -> Selector:
    ends = Prefix(packet.source, 32), Prefix(packet.destination, 32)
    return Selector(*ends, packet.protocol, packet.sport, packet.dport)


def _inner_flow(state: DeviceState, egress: InterfaceState, packet: _Packet) -> FlowState | None:
    """Return the flow that will carry the packet, or None where it leaves in clear."""
    found = _protecting(state, egress, packet.source, packet.destination, packet)
    return _flow_of(state, egress, found[0], _selector(packet)) if found else None


def _encrypt(state: DeviceState, trace: _Trace, packet: _Packet) -> bool:
    """Ask the crypto map of the egress interface; no phase at all where the packet leaves in clear."""
    assert trace.egress is not None
    found = _protecting(state, trace.egress, packet.source, packet.destination, packet)
    if found is None:
        return True
    flow = _flow_of(state, trace.egress, found[0], _selector(packet))
    line = found[1]
    rule = [
        f" out domain=encrypt, deny={'false' if flow else 'true'}",
        f"\thits={flow.encaps if flow else 0}",
        f"\tsrc ip/id={_net(line.source)}, port=0",
        f"\tdst ip/id={_net(line.destination)}, port=0",
    ]
    return trace.phase("VPN", "encrypt", rule=rule, drop=None if flow else _ACL_DROP)


def _spoof_check(state: DeviceState, trace: _Trace, ingress: InterfaceState, packet: _Packet) -> bool:
    """Refuse a clear packet that should have come through a tunnel (RFC 4301, 5.2)."""
    if _protecting(state, ingress, packet.destination, packet.source, packet) is None:
        return True
    return trace.phase("VPN", "ipsec-tunnel-flow", drop="(ipsec-spoof) IPSEC Spoof detected")
