"""LAN segments: who owns an address, and who believes it."""

from __future__ import annotations

import pytest

from ipsec_edu.net.segment import Segment
from tests.net.build import MS, break_it, fates, g, get, ip, lan, new_world, node, ping, run


def test_frames_reach_the_owner_and_nobody_else() -> None:
    world = lan("A", "B", "C")
    flow = ping(world, "A", "10.0.0.2", count=1)
    run(world, 2)
    assert fates(flow) == ["ok"]
    assert [hop.receiver for hop in world.trace.hops] == ["LAN:eth1", g("B"), "LAN:eth2", g("A")]


def test_an_address_that_nobody_owns_is_no_neighbour_and_the_sender_learns_it() -> None:
    world = lan("A", "B")
    flow = ping(world, "A", "10.0.0.9", count=1)
    run(world, 2)
    assert fates(flow) == ["no_neighbour"]
    assert flow.probes[0].where == "LAN"


def test_on_a_direct_cable_too() -> None:
    world = new_world()
    node(world, "A", g0="10.0.0.1/24")
    node(world, "B", g0="10.0.0.2/24")
    world.connect(g("A"), g("B"))
    wrong, right = ping(world, "A", "10.0.0.9", count=1), ping(world, "A", "10.0.0.2", count=1)
    run(world, 2)
    assert (fates(wrong), fates(right)) == (["no_neighbour"], ["ok"])


@pytest.mark.parametrize(
    ("fault", "cause", "where"),
    [
        ("down", "no_neighbour", "LAN"),  # the switch sees the port go down and forgets
        (
            "shutdown",
            "link_down",
            "B:GigabitEthernet0/0",
        ),  # the far end keeps carrier: the switch knows nothing
        ("cut", "link_cut", "LAN:eth2"),  # neighbours go on believing
        ("cut-out", "link_cut", "B:GigabitEthernet0/0"),  # only its answers vanish
    ],
)
def test_how_an_owner_vanishes_decides_the_cause(fault: str, cause: str, where: str) -> None:
    world = lan("A", "B")
    flow = ping(world, "A", "10.0.0.2", count=2)
    break_it(world, f"1.5 {fault} B:g0/0")
    run(world, 3)
    assert fates(flow) == ["ok", cause]
    assert flow.probes[1].where == where


def test_a_crashed_owner_stays_in_the_neighbours_tables() -> None:
    world = lan("A", "B")
    flow = ping(world, "A", "10.0.0.2", count=3)
    break_it(world, "1.5 crash B", "2.5 boot B")
    run(world, 5)
    assert fates(flow) == ["ok", "node_down", "ok"]
    assert get(world, "A").interfaces["GigabitEthernet0/0"].up  # behind the switch: carrier stays


def test_an_owner_that_was_cut_from_the_start_is_found_and_its_frames_die_on_the_cable() -> None:
    world = lan("A", "B")
    flow = ping(world, "A", "10.0.0.2", count=2)
    break_it(world, "0 cut B:g0/0", "1.5 mend B:g0/0")
    run(world, 3)
    assert fates(flow) == ["link_cut", "ok"]


def test_who_takes_an_address_over_is_believed_if_he_is_heard() -> None:
    def taken_over(cut: bool) -> list[str]:
        world = lan("A", "B", "C")
        virtual = ip("10.0.0.100")
        first, second = (get(world, name) for name in "BC")
        first.take_address(first.interfaces["GigabitEthernet0/0"], virtual)
        flow = ping(world, "A", "10.0.0.100", count=3)
        faults = ["1.5 cut B:g0/0"]
        if cut:
            faults.append("1.5 cut-out C:g0/0")
        break_it(world, *faults)
        world.clock.at(2_500_000, second.take_address, second.interfaces["GigabitEthernet0/0"], virtual)
        run(world, 5)
        return fates(flow)

    assert taken_over(cut=False) == ["ok", "link_cut", "ok"]
    assert taken_over(cut=True) == ["ok", "link_cut", "link_cut"]


def test_a_crashed_switch_takes_the_carrier_from_everybody() -> None:
    world = lan("A", "B")
    flow = ping(world, "A", "10.0.0.2", count=3)
    break_it(world, "1.5 crash LAN", "2.5 boot LAN")
    run(world, 5)
    assert fates(flow) == ["ok", "no_route", "ok"]


def two_switches(ring: bool) -> tuple[list[str], int]:
    world = lan("A", "B")
    first = world.devices["LAN"]
    assert isinstance(first, Segment)
    other = Segment("LAN2", world)
    node(world, "C", g0="10.0.0.3/24")
    for port in ("up", "up2"):
        first.add_port(port)
        other.add_port(port)
    other.add_port("eth3")
    world.connect(g("C"), "LAN2:eth3", delay_us=MS)
    world.connect("LAN:up", "LAN2:up", delay_us=MS)
    if ring:
        world.connect("LAN:up2", "LAN2:up2", delay_us=MS)
    there = ping(world, "A", "10.0.0.3", count=1)
    nobody = ping(world, "C", "10.0.0.77", count=1)
    run(world, 3)
    return fates(there) + fates(nobody), len(world.trace.hops)


def test_switches_can_be_cabled_to_each_other_even_in_a_ring() -> None:
    assert two_switches(ring=False)[0] == ["ok", "no_neighbour"]
    assert two_switches(ring=True)[0] == ["ok", "no_neighbour"]


def test_a_multicast_frame_reaches_everybody_else_once() -> None:
    from ipsec_edu.wire.packet import UDP, Packet
    from ipsec_edu.wire.udp import UdpDatagram

    world = lan("A", "B", "C")
    heard: list[str] = []
    for name in "BC":
        get(world, name).udp[1985] = lambda packet, interface: (
            heard.append(interface.device.name),
            world.deliver(packet),
        )
    sender = get(world, "A")
    group = ip("224.0.0.2")
    hello = world.originate(Packet(0, group, UDP, UdpDatagram(1985, 1985, b"hello"), ttl=1))
    sender.send_out(hello, sender.interfaces["GigabitEthernet0/0"], group)
    run(world, 1)
    assert heard == ["B", "C"]
