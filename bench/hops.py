"""Packets over a chain of four cables, against bare SimPy timeouts and against ns.py."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from importlib.util import find_spec
from statistics import median

import simpy

from bench.measure import Row, best_of, race, timed
from bench.tunnel import GCM, GW1, GW2, LAN1, LAN2, OUTSIDE, make_tunnel
from ipsec_edu.core.addr import ANY, Prefix
from ipsec_edu.ipsec.stack import Accepted, IpsecStack, Protected
from ipsec_edu.net.flows import DatagramFlow
from ipsec_edu.net.interface import Interface
from ipsec_edu.net.node import Node, Reroute
from ipsec_edu.net.world import World
from ipsec_edu.routing.rib import Route
from ipsec_edu.trace.recorder import Trace
from ipsec_edu.wire.packet import ESP, Packet

__all__ = ["rows"]

CABLES = 4
PACKETS = 5_000
INTERVAL_US = 100
DELAY_US = 1_000
RATE_BPS = 1_000_000_000
SIZE = 128


def timeouts() -> float:
    """SimPy alone: one process that waits, again and again."""
    env = simpy.Environment()
    count = PACKETS * CABLES

    def wait() -> Generator[simpy.Event, None, None]:
        for _ in range(count):
            yield env.timeout(1)

    env.process(wait())
    return timed(env.run, count)


def chain(stacks: tuple[IpsecStack, IpsecStack] | None = None) -> World:
    """Build host, router, router, router, host; the outer routers are gateways if there are `stacks`."""
    world = World(1, Trace())
    nodes = [Node(f"N{i}", world) for i in range(CABLES + 1)]
    networks = [LAN1, Prefix.of(GW1, 24), Prefix.of(GW2, 24), LAN2]
    for i, network in enumerate(networks):
        left = {1: GW1}.get(i, network.network + 10)
        right = {2: GW2}.get(i, network.network + 20)
        nodes[i].add_interface(Interface(nodes[i], OUTSIDE, left, network.length))
        nodes[i + 1].add_interface(Interface(nodes[i + 1], "in", right, network.length))
        world.connect(f"N{i}:{OUTSIDE}", f"N{i + 1}:in", delay_us=DELAY_US, rate_bps=RATE_BPS)
        nodes[i].rib.add(Route(ANY, right))
    if stacks is not None:
        protect(nodes[1], stacks[0])
        unprotect(nodes[3], stacks[1])
    return world


def protect(node: Node, stack: IpsecStack) -> None:
    """Encrypt what leaves by the outside interface."""

    def output(packet: Packet, interface: Interface) -> Packet | Reroute | None:
        outcome = stack.outbound(packet, interface.name, node.world.clock.now_us)
        return Reroute(outcome.packet) if isinstance(outcome, Protected) else packet

    node.on_output.append(output)


def unprotect(node: Node, stack: IpsecStack) -> None:
    """Decrypt the ESP that is addressed to this node, and send the content on."""

    def receive(packet: Packet, interface: Interface) -> None:
        outcome = stack.inbound(packet, node.world.clock.now_us)
        assert isinstance(outcome, Accepted), outcome
        node.process(outcome.packet, interface, decrypted=True)

    node.protocols[ESP] = receive


def run_chain(stacks: tuple[IpsecStack, IpsecStack] | None = None) -> float:
    """Send the packets; return seconds per hop, and insist that all of them arrived."""
    world = chain(stacks)
    source = world.devices["N0"]
    assert isinstance(source, Node)
    flow = DatagramFlow(
        "N0>N4", source, LAN2.network + 20, interval_us=INTERVAL_US, start_us=0, count=PACKETS, size=SIZE
    )
    seconds = timed(lambda: world.clock.run_until(PACKETS * INTERVAL_US + 1_000_000), PACKETS * CABLES)
    arrived = sum(probe.answered_us is not None for probe in flow.probes)
    assert arrived == PACKETS, f"{arrived} of {PACKETS} packets arrived: {world.trace.books}"
    assert len(world.trace.hops) == PACKETS * CABLES
    return seconds


def ns_chain() -> float:
    """The same chain in ns.py: a port and a wire per cable, one generator, one sink."""
    from ns.packet.dist_generator import DistPacketGenerator
    from ns.packet.sink import PacketSink
    from ns.port.port import Port
    from ns.port.wire import Wire

    env = simpy.Environment()
    source = DistPacketGenerator(
        env, "N0", lambda: INTERVAL_US / 1e6, lambda: SIZE, finish=PACKETS * INTERVAL_US / 1e6
    )
    element = source
    for i in range(CABLES):
        port, wire = Port(env, RATE_BPS, element_id=i), Wire(env, lambda: DELAY_US / 1e6)
        element.out, port.out = port, wire
        element = wire
    sink = PacketSink(env)
    element.out = sink
    seconds = timed(lambda: env.run(until=PACKETS * INTERVAL_US / 1e6 + 1))
    arrived: int = sum(sink.packets_received.values())
    assert arrived >= PACKETS - 1, f"{arrived} packets arrived"
    return seconds / (arrived * CABLES)


def rows(rounds: int) -> Iterator[Row]:
    """Yield the rows of this race."""
    contestants = {
        "timeouts": timeouts,
        "structured": run_chain,
        "esp in flight": lambda: run_chain(make_tunnel(GCM, "bytes")),
        "real bytes": lambda: run_chain(make_tunnel(GCM, "eager")),
    }
    if find_spec("ns") is not None:
        contestants["ns.py"] = ns_chain
    times = race(contestants, rounds)
    rate = {name: 1 / median(values) / 1000 for name, values in times.items()}
    detail = f"{rate['structured']:.0f} k hops/s, {rate['timeouts']:.0f} k timeouts/s"
    yield Row(
        "routed packet-hops with trace, per bare SimPy timeout",
        best_of(times, "structured", "timeouts"),
        "x",
        0.25,
        True,
        detail,
    )
    yield Row(
        "the same through an ESP tunnel, every packet really encrypted and decrypted (AES-GCM)",
        best_of(times, "real bytes", "timeouts"),
        "x",
        0.12,
        True,
        f"{rate['real bytes']:.0f} k hops/s; bytes on demand: {rate['esp in flight']:.0f} k hops/s",
    )
    if "ns.py" in times:
        yield Row(
            "routed packet-hops with trace, against ns.py on the same chain",
            best_of(times, "structured", "ns.py"),
            "x",
            4,
            True,
            f"ns.py: {rate['ns.py']:.0f} k hops/s",
        )
