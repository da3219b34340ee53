"""A router with two equal routes: each pair of addresses keeps to one, and all of them use both."""

from __future__ import annotations

from ipsec_edu import Lab
from ipsec_edu.net.flows import DatagramFlow
from ipsec_edu.net.world import World
from tests.net.build import break_it, fates, g, get, ip, new_world, node, route, run

BY_S, BY_T = route("10.2.9.0/24", "10.8.0.2"), route("10.2.9.0/24", "10.9.0.2")
S, T = g("S"), g("T")


def two_ways(platform: str = "ios") -> World:
    """A - R, and two equal ways from R to 10.2.9.1, a loopback of B: by S and by T."""
    world = new_world()
    node(world, "A", g0="10.1.0.1/24").rib.add(route("0.0.0.0/0", "10.1.0.254"))
    r = node(world, "R", platform, g0="10.1.0.254/24", g1="10.8.0.1/24", g2="10.9.0.1/24")
    r.rib.add(BY_S, BY_T)
    node(world, "S", g0="10.8.0.2/24", g1="10.2.0.2/24").rib.add(route("10.2.9.0/24", "10.2.0.1"))
    node(world, "T", g0="10.9.0.2/24", g1="10.2.1.2/24").rib.add(route("10.2.9.0/24", "10.2.1.1"))
    node(world, "B", g0="10.2.0.1/24", g1="10.2.1.1/24", lo0="10.2.9.1/32")
    for left, right in (("A", "R"), ("R1", "S"), ("R2", "T"), ("S1", "B"), ("T1", "B1")):
        ends = [g(end[0], int(end[1:] or 0)) for end in (left, right)]
        world.connect(*ends, delay_us=1000)
    return world


def flows_from(world: World, count: int = 8) -> list[DatagramFlow]:
    """Flows of as many source addresses to the one destination, a packet a second each."""
    return [
        DatagramFlow(f"A{n}", get(world, "A"), ip("10.2.9.1"), source_address=ip(f"10.1.0.{n}"))
        for n in range(2, 2 + count)
    ]


def ways(world: World, second: int) -> dict[str, str]:
    """Where the packet that each flow sent in this second went behind R."""
    return {
        hop.flow: hop.receiver
        for hop in world.trace.hops
        if hop.sender.startswith("R:") and hop.left_us // 1_000_000 == second
    }


def test_a_pair_of_addresses_keeps_to_its_path_and_all_pairs_use_both() -> None:
    world = two_ways()
    flows = flows_from(world)
    run(world, 4.5)
    assert all(set(fates(flow)) == {"ok"} for flow in flows)
    assert set(ways(world, 1).values()) == {S, T}
    assert ways(world, 1) == ways(world, 2) == ways(world, 4)


def test_one_route_leaves_no_choice() -> None:
    world = two_ways()
    get(world, "R").rib.remove(BY_T)
    flows_from(world)
    run(world, 4.5)
    assert set(ways(world, 1).values()) == {S}


def test_an_asa_does_not_share_over_two_interfaces() -> None:
    world = two_ways("asa")
    r = get(world, "R")
    r.rib.remove(BY_S, BY_T)
    named = [
        route("10.2.9.0/24", "10.8.0.2", "GigabitEthernet0/1"),
        route("10.2.9.0/24", "10.9.0.2", "GigabitEthernet0/2"),
    ]
    r.rib.add(*named)
    flows_from(world)
    run(world, 4.5)
    assert set(ways(world, 1).values()) == {S}


def test_flows_move_when_their_path_dies_and_come_back_when_it_lives() -> None:
    world = two_ways()
    flows = flows_from(world)
    break_it(world, f"2.5 down {T}", f"4.5 up {T}")
    run(world, 6.5)
    assert all(set(fates(flow)) == {"ok"} for flow in flows)
    assert set(ways(world, 3).values()) == {S}
    assert ways(world, 5) == ways(world, 2) != ways(world, 3)


def test_packets_without_a_source_address_keep_to_one_path() -> None:
    world = two_ways()
    flow = DatagramFlow("R", get(world, "R"), ip("10.2.9.1"))
    run(world, 6.5)
    assert set(fates(flow)) == {"ok"}
    assert len({way for second in range(1, 7) for way in ways(world, second).values()}) == 1


TOPOLOGY = """
name: twice
topology:
  nodes:
    r1: {kind: cisco_iol, startup-config: r1.cfg}
    far: {kind: cisco_iol, startup-config: far.cfg}
  links:
    - endpoints: ["r1:Ethernet0/1", "far:Ethernet0/1"]
    - endpoints: ["r1:Ethernet0/2", "far:Ethernet0/2"]
"""
LINKS = """
hostname {name}
interface Ethernet0/1
 ip address 10.1.0.{last} 255.255.255.0
 no shutdown
interface Ethernet0/2
 ip address 10.2.0.{last} 255.255.255.0
 no shutdown
"""
LOOPBACK = """
interface Loopback{n}
 ip address 192.0.2.{n} 255.255.255.255
"""
FLOW = """
[[flow]]
name = "{n}"
from = "r1"
to = "192.0.2.{n}"
"""
FIRST, SECOND = (f"ip route 192.0.2.0 255.255.255.0 10.{n}.0.2" for n in (1, 2))


def configured(*routes: str) -> tuple[list[str], set[str]]:
    """What r1 prints of its static routes, and by which interfaces its pings to eight addresses leave."""
    r1 = LINKS.format(name="r1", last=1) + "\n".join(routes) + "\n"
    far = LINKS.format(name="far", last=2) + "".join(LOOPBACK.format(n=n) for n in range(1, 9))
    flows = "".join(FLOW.format(n=n) for n in range(1, 9))
    lab = Lab.from_texts(TOPOLOGY, {"r1": r1, "far": far}, flows, name="twice")
    run = lab.run(until=4)
    assert all(probe.answered_us for probes in run.flows.values() for probe in probes[:3])
    printed = run.at(4).show("r1", "show ip route static").splitlines()
    return [line for line in printed if "via" in line], {
        hop.sender for hop in run.trace.hops if hop.sender.startswith("r1:") and not hop.answer
    }


def test_two_lines_of_configuration_share_the_load() -> None:
    assert configured(FIRST, SECOND) == (
        ["S     192.0.2.0/24 [1/0] via 10.1.0.2", "                   [1/0] via 10.2.0.2"],
        {"r1:Ethernet0/1", "r1:Ethernet0/2"},
    )
    assert configured(FIRST, f"{SECOND} 5") == (
        ["S     192.0.2.0/24 [1/0] via 10.1.0.2"],
        {"r1:Ethernet0/1"},
    )
