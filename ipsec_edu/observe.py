"""From the stopped devices of a simulation to what ``show`` reads: one device at one moment."""

from __future__ import annotations

from collections import Counter
from copy import copy
from typing import TYPE_CHECKING

from ipsec_edu.config.device import BuiltDevice
from ipsec_edu.config.running import running_config
from ipsec_edu.core.causes import Cause
from ipsec_edu.core.units import MS, SECOND
from ipsec_edu.ike.sa import IkeSa
from ipsec_edu.ike.tables import asa_state, ios_state
from ipsec_edu.ipsec.sa import InboundSa, OutboundSa
from ipsec_edu.ipsec.spd import SpdRule
from ipsec_edu.net.node import Node
from ipsec_edu.observe_ospf import ospf_state
from ipsec_edu.show.state import (
    DeviceState,
    EchoResult,
    FlowState,
    IkeSaState,
    InterfaceState,
    IpsecSaState,
    RouteState,
)
from ipsec_edu.wire.icmp import Echo
from ipsec_edu.wire.packet import ICMP, UDP, Packet, RawPayload
from ipsec_edu.wire.udp import UdpDatagram

if TYPE_CHECKING:
    from ipsec_edu.simulation import Simulation

__all__ = ["device_state"]

PING_TIMEOUT_US = 2 * SECOND
"""IOS and ASA wait two seconds for each echo, unless told otherwise."""


def device_state(simulation: Simulation, name: str) -> DeviceState:
    """Return what the device `name` of `simulation` knows now."""
    device = simulation.devices[name]
    node = device.node
    booted = [p.at_us for p in simulation.trace.power if p.node == name and p.up]
    boot_us = booted[-1] if booted else 0
    state = DeviceState(
        settings=device.settings,
        now_us=simulation.now_us,
        boot_us=boot_us,
        powered=node.powered,
        interfaces=_interfaces(device),
        routes=_routes(node),
        log=[line for line in simulation.trace.log if line.node == name and line.at_us >= boot_us],
        drops=_drops(simulation, name, boot_us),
        running_config=running_config(device.settings),
    )
    if device.gateway is not None:
        state.ike_sas = _ike_sas(device, simulation.now_us)
        state.flows = _flows(device, simulation.now_us)
        state.sessions_total = device.gateway.sessions_total
        state.sessions_peak = device.gateway.sessions_peak
        state.tunnels_total, state.tunnels_peak = _tunnels(simulation, name, boot_us)
    if device.tracker is not None:
        state.probes = [copy(probe) for probe in device.tracker.core.probes.values()]
        state.tracks = [copy(tracked) for tracked in device.tracker.core.objects.values()]
    if device.bfd is not None:
        state.bfd = [copy(session) for session in device.bfd.core.sessions.values()]
    if device.ospf is not None:
        state.ospf = ospf_state(device.ospf.core, simulation.now_us)
        for route in state.routes:
            found = state.ospf.routes.get(route.prefix) if route.source == "ospf" else None
            route.kind = found.kind.upper() if found is not None and found.kind != "intra" else ""
    state.acl_hits = _acl_hits(device, state.flows)
    if device.nat is not None:
        state.nat_hits = _nat_hits(device)
    state.ping = lambda destination, source, count, size: _ping(
        simulation, node, destination, source, count, size
    )
    state.probe = lambda interface, protocol, source, destination: _probe(
        simulation, node, interface, protocol, source, destination
    )
    return state


def _interfaces(device: BuiltDevice) -> list[InterfaceState]:
    return [
        InterfaceState(
            name=interface.name,
            address=interface.address,
            length=interface.length,
            up=interface.up,
            line_protocol=interface.up,
            shutdown=not interface.admin_up,
            nameif=interface.nameif,
            security_level=interface.security_level if interface.nameif else None,
            mtu=interface.mtu,
        )
        for interface in device.node.interfaces.values()
    ]


def _routes(node: Node) -> list[RouteState]:
    return [
        RouteState(
            route.prefix,
            route.next_hop,
            route.interface,
            route.source,
            route.distance,
            route.metric,
            node.route_since_us.get(route, 0),
        )
        for route in node.rib
    ]


def _drops(simulation: Simulation, name: str, since_us: int) -> dict[Cause, int]:
    return dict(
        Counter(
            drop.cause
            for drop in simulation.trace.drops
            if drop.where.partition(":")[0] == name and drop.at_us >= since_us
        )
    )


def _acl_hits(device: BuiltDevice, flows: list[FlowState]) -> dict[tuple[str, int], int]:
    """Packets per access-list line: those a filter decided on, and those a crypto map claimed."""
    hits = Counter(device.filtering.hits) if device.filtering is not None else Counter()
    for flow in flows:
        acl = device.settings.acls.get(flow.acl_name)
        for index, line in enumerate(acl.entries if acl else ()):
            if line.permit and line.selector() == flow.selector:
                hits[flow.acl_name, index] += flow.encaps + flow.errors.get(Cause.NO_SA_PENDING, 0)
    return dict(hits)


def _nat_hits(device: BuiltDevice) -> dict[int, tuple[int, int]]:
    """Packets that each rule translated; the rules are known by their place in the configuration."""
    assert device.nat is not None
    hits = {rule.text: rule.hits for rule in device.nat.rules}
    back: Counter[str] = Counter()
    for entry in device.nat.translations:
        if entry.rule is not None:
            back[entry.rule.text] += entry.hits
    return {
        index: (hits.get(rule.text, 0), back[rule.text]) for index, rule in enumerate(device.settings.nat)
    }


def _ike_sas(device: BuiltDevice, now_us: int) -> list[IkeSaState]:
    gateway = device.gateway
    assert gateway is not None
    return [_ike_sa(device.settings.platform, sa, now_us) for sa in gateway.core.ike_sas]


def _ike_sa(platform: str, sa: IkeSa, now_us: int) -> IkeSaState:
    policy = sa.policy
    state = IkeSaState(
        peer=sa.peer,
        local=sa.local,
        initiator=sa.initiator,
        state=(asa_state if platform == "asa" else ios_state)(sa.state, sa.mode),
        up=sa.up,
        mode=sa.mode,
        peer_port=sa.remote_port,
        local_port=sa.local_port,
        lifetime_s=sa.lifetime_s,
        remaining_s=int(sa.remaining_s(now_us)),
        dpd=sa.peer_dpd and sa.dpd_settings.mode != "off",
        nat_t=sa.nat,
        cookies=sa.cookies,
        conn_id=0 if sa.failed else 1000 + sa.number if platform == "ios" else sa.number,
        status="ACTIVE (deleted)" if sa.failed else "ACTIVE",
        rekeying=sa.renewing,
        begun_us=sa.created_us,
        up_us=sa.up_us,
    )
    if policy is not None:
        state.encryption, state.key_bits, state.hash = policy.encryption, policy.key_bits, policy.hash
        state.group, state.auth = policy.group, policy.authentication
    return state


def _flows(device: BuiltDevice, now_us: int) -> list[FlowState]:
    gateway = device.gateway
    assert gateway is not None
    stack = gateway.stack
    flows: list[FlowState] = []
    for interface in stack.spd.interfaces:
        for match in stack.spd.rules_of(interface):
            rule, policy = match.rule, match.policy
            inbound = [sa for sa in stack.sad.inbound.values() if sa.rule is rule]
            outbound = [sa for chain in reversed(rule.chains) for sa in chain]
            entry = device.settings.crypto_maps.get(policy.name, {}).get(policy.sequence)
            acl_name = (entry.acl if entry else None) or ""
            peer = (
                (outbound or inbound)[0].peer
                if outbound or inbound
                else gateway.core.peers.current(policy, rule.selector)
            )
            newest = outbound[0] if outbound else None
            flows.append(
                FlowState(
                    crypto_map=policy.name,
                    sequence=policy.sequence,
                    interface=interface,
                    local=policy.local,
                    selector=rule.selector,
                    current_peer=peer,
                    peer_port=newest.udp_ports[1] if newest and newest.udp_ports else 500,
                    local_port=newest.udp_ports[0] if newest and newest.udp_ports else 500,
                    acl_name=acl_name,
                    acl_text=_acl_text(device, acl_name, rule),
                    encaps=rule.encaps,
                    encrypt=rule.encaps,
                    digest=rule.encaps,
                    decaps=rule.decaps,
                    decrypt=rule.decaps,
                    verify=rule.decaps,
                    send_errors=rule.send_errors,
                    recv_errors=rule.recv_errors,
                    errors=dict(rule.errors),
                    bytes_out=rule.bytes_out,
                    bytes_in=rule.bytes_in,
                    inbound=[_sa(sa, now_us) for sa in reversed(inbound)],
                    outbound=[_sa(sa, now_us) for sa in outbound],
                    pfs_group=newest.child.pfs_group if newest else policy.pfs_group,
                    path_mtu=(
                        newest.path_mtu
                        if newest and newest.path_mtu
                        else device.node.interfaces[interface].mtu
                    ),
                    media_mtu=device.node.interfaces[interface].mtu,
                    up_us=rule.up_us,
                    originates=not rule.learned,
                )
            )
    return flows


def _tunnels(simulation: Simulation, name: str, boot_us: int) -> tuple[int, int]:
    """Return how many IPsec SA pairs came up since boot, and the most at one time."""
    steps: list[tuple[int, int]] = []
    for sa in simulation.trace.sas:
        if sa.node == name and sa.kind.endswith("-in") and sa.up_us is not None and sa.up_us >= boot_us:
            steps.append((sa.up_us, 1))
            if sa.down_us is not None:
                steps.append((sa.down_us, -1))
    now = peak = 0
    for _, step in sorted(steps):
        now += step
        peak = max(peak, now)
    return sum(step > 0 for _, step in steps), peak


def _acl_text(device: BuiltDevice, acl_name: str, rule: SpdRule) -> str:
    acl = device.settings.acls.get(acl_name)
    for line in acl.entries if acl else ():
        if line.permit and line.selector() == rule.selector:
            return line.text
    return ""


def _sa(sa: InboundSa | OutboundSa, now_us: int) -> IpsecSaState:
    age_s = (now_us - sa.created_us) // SECOND
    state = IpsecSaState(
        spi=sa.spi,
        transform=sa.child.transform,
        protocol=sa.protocol,
        conn_id=2000 + 2 * sa.child_uid - isinstance(sa, InboundSa),
        lifetime_s=sa.lifetime_s,
        remaining_s=max(0, sa.lifetime_s - age_s),
        lifetime_kb=sa.lifetime_kb,
        remaining_kb=sa.remaining_kb,
        pfs_group=sa.child.pfs_group,
        udp_ports=sa.child.udp_ports,
        packets=sa.packets,
    )
    if isinstance(sa, InboundSa):
        state.replay_window = sa.window.size
        state.replay_bitmap = sa.window.bitmap
        state.sequence = sa.window.highest
    else:
        state.sequence = sa.sequence
    return state


def _ping(
    simulation: Simulation, node: Node, destination: int, source: int | None, count: int, size: int
) -> list[EchoResult]:
    """Send echoes one after the other, as the exec command does, and play on until each is decided."""
    from ipsec_edu.net.pinger import Pinger

    pinger = Pinger(node, destination, source, size, PING_TIMEOUT_US)
    return [EchoResult(rtt_us, mark) for rtt_us, mark in (pinger.ping(simulation.run) for _ in range(count))]


def _probe(
    simulation: Simulation, node: Node, interface: str, protocol: int, source: int, destination: int
) -> None:
    """Let a packet arrive at `interface`, as packet-tracer does; play on until what it started is settled."""
    found = next(
        (
            i
            for i in node.interfaces.values()
            if interface.lower() in (i.name.lower(), (i.nameif or "").lower())
        ),
        None,
    )
    if found is None:
        return
    payload = (
        Echo(True, 1, 1)
        if protocol == ICMP
        else UdpDatagram(1024, 1024, bytes(8))
        if protocol == UDP
        else RawPayload(bytes(8))
    )
    packet = Packet(source, destination, protocol, payload)
    simulation.world.originate(packet)
    node.receive(packet, found, destination)
    simulation.run(simulation.now_us + 500 * MS)
