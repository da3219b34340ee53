"""Cables: delay, rate, queue, loss, and what happens to packets that are on the way."""

from __future__ import annotations

import pytest

from ipsec_edu.core.causes import Cause
from ipsec_edu.net.cable import Cable
from ipsec_edu.trace.records import Hop
from tests.net.build import MS, break_it, datagrams, fates, g, get, pair, ping, run


def test_an_answer_takes_two_delays() -> None:
    world, _, _ = pair(delay_us=40 * MS)
    flow = ping(world, "A", "10.0.0.2", count=1)
    run(world, 2)
    assert flow.probes[0].answered_us == 1_080_000


def test_each_hop_is_recorded_once_with_both_ports() -> None:
    world, _, _ = pair()
    ping(world, "A", "10.0.0.2", count=1)
    run(world, 2)
    there, back = world.trace.hops
    assert isinstance(there, Hop)
    assert (there.sender, there.receiver, there.left_us, there.arrived_us) == (
        g("A"),
        g("B"),
        1_000_000,
        1_001_000,
    )
    assert (there.kind, there.flow, there.number, there.answer, there.size) == (
        "clear",
        "A>10.0.0.2",
        1,
        False,
        84,
    )
    assert back.answer and back.sender == g("B") and back.uid != there.uid


def test_packets_queue_behind_one_another_at_the_rate_of_the_cable() -> None:
    # 1000 bytes at 8 Mbit/s: 1 ms each; then 5 ms on the wire
    world, _, _ = pair(delay_us=5 * MS, rate_bps=8_000_000)
    flow = datagrams(world, "A", "10.0.0.2", interval_us=1, count=3, size=1000, start_us=0)
    run(world, 1)
    assert [probe.answered_us for probe in flow.probes] == [6000, 7000, 8000]
    assert [hop.left_us for hop in world.trace.hops] == [0, 1000, 2000]


def test_without_a_rate_they_do_not_wait() -> None:
    world, _, _ = pair(delay_us=5 * MS)
    flow = datagrams(world, "A", "10.0.0.2", interval_us=1, count=3, size=1000, start_us=0)
    run(world, 1)
    assert [probe.answered_us for probe in flow.probes] == [5000, 5001, 5002]


@pytest.mark.parametrize(("queue_bytes", "lost"), [(None, 0), (5000, 0), (3000, 2), (1000, 4)])
def test_what_the_queue_cannot_hold_is_dropped(queue_bytes: int | None, lost: int) -> None:
    world, _, _ = pair(rate_bps=8_000_000, queue_bytes=queue_bytes)
    flow = datagrams(world, "A", "10.0.0.2", interval_us=1, count=5, size=1000)
    run(world, 2)
    assert fates(flow).count("queue_full") == lost
    assert fates(flow).count("ok") == 5 - lost


def test_loss_is_random_but_the_same_for_the_same_seed() -> None:
    def lost(seed: int, percent: str) -> list[int]:
        world, _, _ = pair()
        world.rng.seed = seed
        break_it(world, f"0 loss {percent} {g('A')}")
        flow = datagrams(world, "A", "10.0.0.2", interval_us=MS, count=500, start_us=0)
        run(world, 2)
        assert set(fates(flow)) <= {"ok", "loss"}
        return [probe.number for probe in flow.probes if probe.cause is Cause.LOSS]

    assert lost(1, "20%") == lost(1, "20%")
    assert lost(1, "20%") != lost(2, "20%")
    assert 60 < len(lost(1, "20%")) < 140
    assert lost(1, "0%") == []
    assert len(lost(1, "100%")) == 500


# --- packets that are on the way when the fault strikes; 10 ms on the wire, the packet leaves at 1 s


@pytest.mark.parametrize(
    ("faults", "fate"),
    [
        ([], "ok"),
        (["1.005 down A:g0/0"], "link_down"),
        (["1.005 down A:g0/0", "1.006 up A:g0/0"], "link_down"),  # plugged back in before it would arrive
        (["1.005 cut A:g0/0"], "link_cut"),
        (["1.005 cut A:g0/0", "1.006 mend A:g0/0"], "link_cut"),
        (["1.005 cut-out A:g0/0"], "link_cut"),
        (["1.005 cut-out B:g0/0"], "ok"),  # the other direction
        (["1.005 cut-out B:g0/0", "1.006 cut A:g0/0"], "link_cut"),
        (["0.5 down A:g0/0", "0.6 up A:g0/0"], "ok"),  # over before it left
        (["0.5 cut A:g0/0", "0.6 mend A:g0/0"], "ok"),
        (["1.010 cut A:g0/0"], "link_cut"),  # a fault comes before the packets of its instant
        (["1.010001 cut A:g0/0"], "ok"),
        (["1.005 shutdown A:g0/0"], "ok"),  # what is on the wire goes on
        (["1.005 shutdown B:g0/0"], "link_down"),  # but nobody receives it
        (["1.005 crash B"], "node_down"),
        (["1.005 loss 100% A:g0/0"], "ok"),  # decided when it set out
    ],
)
def test_a_packet_on_the_wire(faults: list[str], fate: str) -> None:
    world, _, _ = pair(delay_us=10 * MS)
    flow = datagrams(world, "A", "10.0.0.2", count=1)
    break_it(world, *faults)
    run(world, 2)
    assert fates(flow) == [fate]
    hop = world.trace.hops[0]
    assert (hop.arrived_us is not None) == (fate == "ok")
    if fate != "ok":
        assert flow.probes[0].lost_us == 1_010_000  # when it would have arrived


# --- ten packets of 1 ms each, handed over at 1 s: at 1.0045 s five wait, one is half sent


@pytest.mark.parametrize(
    ("faults", "arrive", "cause"),
    [
        (["1.0045 shutdown A:g0/0"], 4, "link_down"),
        (["1.0045 crash A"], 4, "node_down"),
        (["1.0045 cut A:g0/0", "1.0046 mend A:g0/0"], 9, "link_cut"),  # only the one on the wire
        (["1.0045 down A:g0/0", "1.0046 up A:g0/0"], 4, "link_down"),  # the queue is flushed
        (["1.0045 cut A:g0/0"], 4, "link_cut"),
    ],
)
def test_packets_in_the_queue(faults: list[str], arrive: int, cause: str) -> None:
    world, _, _ = pair(delay_us=0, rate_bps=8_000_000)
    flow = datagrams(world, "A", "10.0.0.2", count=10, size=1000, interval_us=1)
    break_it(world, *faults)
    run(world, 2)
    assert fates(flow).count("ok") == arrive
    assert fates(flow).count(cause) == 10 - arrive


def test_a_flushed_queue_does_not_delay_what_comes_later() -> None:
    world, _, _ = pair(delay_us=0, rate_bps=8_000)  # one second per packet of 1000 bytes
    datagrams(world, "A", "10.0.0.2", count=10, size=1000, interval_us=1)
    late = ping(world, "A", "10.0.0.2", start_us=2_000_000, count=1)
    break_it(world, "1.5 shutdown A:g0/0", "1.6 no-shutdown A:g0/0")
    run(world, 5)
    assert fates(late) == ["ok"]


def test_a_tap_sees_both_directions_until_it_is_removed() -> None:
    world, first, _ = pair()
    seen: list[tuple[int, bool, int]] = []
    remove = first.interfaces["GigabitEthernet0/0"].tap(
        lambda packet, outgoing, now_us: seen.append((packet.number, outgoing, now_us))
    )
    ping(world, "A", "10.0.0.2")
    run(world, 1.5)
    remove()
    run(world, 3)
    assert seen == [(1, True, 1_000_000), (1, False, 1_002_000)]


def test_a_stranger_can_inject_a_packet_and_the_books_still_balance() -> None:
    world, _, second = pair()
    from ipsec_edu.wire.icmp import Echo
    from ipsec_edu.wire.packet import ICMP, Packet

    forged = Packet(
        get(world, "A").interfaces["GigabitEthernet0/0"].address or 0, 0x0A000002, ICMP, Echo(True, 9, 9)
    )
    second.interfaces["GigabitEthernet0/0"].inject(forged)
    run(world, 1)
    assert world.trace.books.sent == world.trace.books.delivered == 2  # it and the answer to A


def test_a_port_takes_one_cable() -> None:
    _, first, second = pair()
    with pytest.raises(ValueError, match="A:GigabitEthernet0/0 has a cable already"):
        Cable(first.interfaces["GigabitEthernet0/0"], second.interfaces["GigabitEthernet0/0"])
