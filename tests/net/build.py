"""Small worlds for the tests of this folder."""

from __future__ import annotations

from ipsec_edu.core.addr import Prefix, parse_ip
from ipsec_edu.core.units import SECOND
from ipsec_edu.net.faults import parse_fault, schedule
from ipsec_edu.net.flows import DatagramFlow, PingFlow
from ipsec_edu.net.interface import Interface
from ipsec_edu.net.node import Node
from ipsec_edu.net.segment import Segment
from ipsec_edu.net.world import World
from ipsec_edu.routing.rib import Route
from ipsec_edu.trace.recorder import Trace

MS = 1000


def ip(text: str) -> int:
    return parse_ip(text)


def new_world(seed: int = 1) -> World:
    return World(seed, Trace())


def node(world: World, name: str, platform: str = "ios", **interfaces: str) -> Node:
    """A node; interfaces as ``g0="10.0.0.1/24"`` become ``GigabitEthernet0/0``."""
    made = Node(name, world, platform)
    for short, text in interfaces.items():
        address, _, length = text.partition("/")
        virtual = short.startswith("lo")
        full = f"Loopback{short[2:]}" if virtual else f"GigabitEthernet0/{short[1:]}"
        made.add_interface(Interface(made, full, ip(address), int(length), virtual=virtual))
    return made


def route(prefix: str, via: str | None = None, interface: str | None = None, distance: int = 1) -> Route:
    return Route(Prefix.parse(prefix), ip(via) if via else None, interface, distance=distance)


def g(name: str, number: int = 0) -> str:
    return f"{name}:GigabitEthernet0/{number}"


def pair(delay_us: int = MS, **cable: object) -> tuple[World, Node, Node]:
    """A - B, directly cabled: 10.0.0.1 and 10.0.0.2."""
    world = new_world()
    first, second = node(world, "A", g0="10.0.0.1/24"), node(world, "B", g0="10.0.0.2/24")
    world.connect(g("A"), g("B"), delay_us=delay_us, **cable)  # type: ignore[arg-type]
    return world, first, second


def chain(seed: int = 1, delay_us: int = MS, platform: str = "ios") -> World:
    """A - R - B: 10.1.0.0/24 and 10.2.0.0/24, hosts .1, router .254."""
    world = new_world(seed)
    node(world, "A", g0="10.1.0.1/24").rib.add(route("0.0.0.0/0", "10.1.0.254"))
    node(world, "R", platform, g0="10.1.0.254/24", g1="10.2.0.254/24")
    node(world, "B", g0="10.2.0.1/24").rib.add(route("0.0.0.0/0", "10.2.0.254"))
    world.connect(g("A"), g("R"), delay_us=delay_us)
    world.connect(g("R", 1), g("B"), delay_us=delay_us)
    return world


def lan(*hosts: str, delay_us: int = MS) -> World:
    """Hosts on one segment ``LAN``: 10.0.0.1, 10.0.0.2, ..."""
    world = new_world()
    segment = Segment("LAN", world)
    for number, host in enumerate(hosts, 1):
        node(world, host, g0=f"10.0.0.{number}/24")
        segment.add_port(f"eth{number}")
        world.connect(g(host), f"LAN:eth{number}", delay_us=delay_us)
    return world


def get(world: World, name: str) -> Node:
    found = world.devices[name]
    assert isinstance(found, Node)
    return found


def ping(world: World, source: str, destination: str, **options: object) -> PingFlow:
    return PingFlow(f"{source}>{destination}", get(world, source), ip(destination), **options)  # type: ignore[arg-type]


def datagrams(world: World, source: str, destination: str, **options: object) -> DatagramFlow:
    name = f"{source}>{destination} udp"
    return DatagramFlow(name, get(world, source), ip(destination), **options)  # type: ignore[arg-type]


def break_it(world: World, *faults: str) -> None:
    schedule([parse_fault(fault) for fault in faults], world)


def run(world: World, until_s: float) -> World:
    """Play on, and insist that the books balance."""
    world.clock.run_until(round(until_s * SECOND))
    world.check_books()
    return world


def fates(flow: PingFlow | DatagramFlow) -> list[str]:
    """``ok``, the cause, or ``on its way``, packet by packet."""
    return [
        "ok" if probe.answered_us is not None else (probe.cause.value if probe.cause else "on its way")
        for probe in flow.probes
    ]
