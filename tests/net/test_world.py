"""The books balance and a run is a function of its inputs, whatever is built and broken."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipsec_edu.core.errors import LabError, ScenarioError
from ipsec_edu.net.faults import parse_fault, schedule
from ipsec_edu.net.interface import Interface
from ipsec_edu.net.segment import Segment
from ipsec_edu.net.world import World
from ipsec_edu.trace.recorder import Trace
from ipsec_edu.trace.records import Drop
from ipsec_edu.wire.packet import ICMP, Packet, RawPayload
from tests.net.build import chain, datagrams, fates, get, ip, new_world, node, pair, ping, route, run

FAULTS = (
    "down",
    "up",
    "cut",
    "mend",
    "cut-out",
    "mend-out",
    "shutdown",
    "no-shutdown",
    "crash",
    "boot",
    "loss",
)

fault_plan = st.lists(
    st.tuples(st.integers(0, 3_000_000), st.sampled_from(FAULTS), st.integers(0, 1000), st.integers(0, 100)),
    max_size=12,
)
cable_plan = st.lists(
    st.tuples(
        st.integers(0, 400_000),  # delay
        st.sampled_from([None, 16_000, 1_000_000]),  # rate
        st.sampled_from([None, 300]),  # queue
        st.sampled_from([0, 0, 30]),  # loss
        st.sampled_from([1500, 1500, 68]),  # mtu
    ),
    min_size=5,
    max_size=5,
)


def play(
    cables: list[tuple[int, int | None, int | None, int, int]], faults: list[tuple[int, str, int, int]]
) -> World:
    """A and B on a segment with R; R to S by a cable and a spare one; C behind S; defaults that loop."""
    world = World(7, Trace())
    segment = Segment("LAN", world)
    for name, address in (("A", "10.0.0.1/24"), ("B", "10.0.0.2/24")):
        node(world, name, g0=address).rib.add(route("0.0.0.0/0", "10.0.0.254"))
    r = node(world, "R", g0="10.0.0.254/24", g1="10.1.0.1/30", g2="10.2.0.1/30")
    s = node(world, "S", g0="10.3.0.254/24", g1="10.1.0.2/30", g2="10.2.0.2/30")
    node(world, "C", g0="10.3.0.1/24").rib.add(route("0.0.0.0/0", "10.3.0.254"))
    for here, there in ((r, "10.1.0.2"), (s, "10.1.0.1")):
        here.rib.add(
            route("0.0.0.0/0", there), route("0.0.0.0/0", there.replace("10.1", "10.2"), distance=200)
        )
    ends = [
        ("A:GigabitEthernet0/0", "LAN:1"),
        ("B:GigabitEthernet0/0", "LAN:2"),
        ("R:GigabitEthernet0/0", "LAN:3"),
        ("R:GigabitEthernet0/1", "S:GigabitEthernet0/1"),
        ("S:GigabitEthernet0/0", "C:GigabitEthernet0/0"),
    ]
    for number in "123":
        segment.add_port(number)
    for (first, second), (delay, rate, queue, loss, mtu) in zip(ends, cables, strict=True):
        world.connect(first, second, delay_us=delay, rate_bps=rate, queue_bytes=queue, loss_percent=loss)
        for port in (world.port(first), world.port(second)):
            if isinstance(port, Interface):
                port.mtu = mtu
    world.connect("R:GigabitEthernet0/2", "S:GigabitEthernet0/2", delay_us=5)
    ports = [port for device in world.devices.values() for port in device.ports.values()]
    lines = []
    for at_us, action, which, percent in faults:
        target = (
            list(world.devices)[which % len(world.devices)]
            if action in ("crash", "boot")
            else ports[which % len(ports)].label
        )
        lines.append(f"{at_us / 1e6:.6f} {action} {f'{percent}% ' if action == 'loss' else ''}{target}")
    schedule(map(parse_fault, lines), world)
    for source, destination, size in (
        ("A", "10.3.0.1", 84),
        ("C", "10.0.0.2", 200),
        ("B", "10.0.0.1", 84),
        ("A", "99.9.9.9", 84),
    ):
        ping(world, source, destination, interval_us=170_000, start_us=10, size=size)
    datagrams(world, "B", "10.3.0.1", interval_us=130_000, start_us=0, size=300)
    return world


@settings(deadline=None, max_examples=50, derandomize=True)
@given(cable_plan, fault_plan)
def test_the_books_balance_at_every_moment(
    cables: list[tuple[int, int | None, int | None, int, int]], faults: list[tuple[int, str, int, int]]
) -> None:
    world = play(cables, faults)
    for until_s in (0, 0.3, 1, 2, 3):
        run(world, until_s)
    run(world, 3)
    for probes in world.trace.probes.values():
        for probe in probes:
            assert (probe.lost_us is None) == (probe.cause is None) == (probe.where is None)
            assert probe.lost_us is None or probe.answered_us is None
    for records in (
        world.trace.drops,
        world.trace.faults,
        world.trace.ports,
        world.trace.routes,
        world.trace.power,
    ):
        moments = [record.at_us for record in records]
        assert moments == sorted(moments)


@settings(deadline=None, max_examples=15, derandomize=True)
@given(cable_plan, fault_plan)
def test_the_same_inputs_leave_the_same_trace_however_the_run_is_divided(
    cables: list[tuple[int, int | None, int | None, int, int]], faults: list[tuple[int, str, int, int]]
) -> None:
    once, twice = play(cables, faults), play(cables, faults)
    run(once, 2)
    for until_s in (0.5, 0.5, 1.234567, 2):
        run(twice, until_s)
    assert once.trace == twice.trace


def test_another_seed_loses_other_packets_and_nothing_else_changes() -> None:
    def lost(seed: int) -> list[str]:
        world = chain(seed)
        world.cables[0].set_loss(30)
        flow = ping(world, "A", "10.2.0.1", count=50)
        run(world, 100)
        return fates(flow)

    assert lost(1) == lost(1)
    assert lost(1) != lost(2)


def test_a_packet_that_gets_lost_uncounted_is_noticed() -> None:
    world, _, _ = pair()
    world.originate(Packet(1, 2, ICMP, RawPayload(b"")))
    with pytest.raises(AssertionError, match="0 packets exist, but the books say 1"):
        world.check_books()
    world.holders.append(lambda: 1)
    world.check_books()


def test_every_packet_on_a_cable_is_counted() -> None:
    world, _, _ = pair(delay_us=10_000_000)
    ping(world, "A", "10.0.0.2")
    run(world, 5.5)
    assert world.in_flight() == 5


def test_drops_are_recorded_in_words_and_listeners_hear_of_them() -> None:
    world = chain()
    heard: list[str] = []
    world.on_drop.append(lambda packet, where, cause: heard.append(f"{where} {cause}"))
    ping(world, "A", "192.0.2.1", count=1)
    run(world, 2)
    drop = world.trace.drops[0]
    assert drop == Drop(
        1_001_000, "R", drop.cause, 1, "clear", "A>192.0.2.1", 1, False, "10.1.0.1 > 192.0.2.1 echo request 1"
    )
    assert heard == ["R no_route"]


def test_hops_are_left_out_on_request() -> None:
    world = World(1, Trace(), record_hops=False)
    node(world, "A", g0="10.0.0.1/24")
    node(world, "B", g0="10.0.0.2/24")
    world.connect("A:GigabitEthernet0/0", "B:GigabitEthernet0/0")
    flow = ping(world, "A", "10.0.0.2", count=1)
    run(world, 2)
    assert fates(flow) == ["ok"] and world.trace.hops == []


def test_names_are_unique_and_must_exist() -> None:
    world = new_world()
    node(world, "A", g0="10.0.0.1/24")
    with pytest.raises(LabError, match="two devices are called A"):
        node(world, "A")
    with pytest.raises(LabError, match="no A:eth0"):
        world.connect("A:eth0", "A:GigabitEthernet0/0")
    with pytest.raises(ScenarioError):
        ping(world, "A", "10.0.0.2", size=0)
    assert get(world, "A").owns(ip("10.0.0.1"))
