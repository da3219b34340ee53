"""Test traffic and the records of its packets."""

from __future__ import annotations

import pytest

from ipsec_edu.core.errors import ScenarioError
from ipsec_edu.net.flows import PingFlow
from tests.net.build import MS, break_it, chain, datagrams, fates, get, ip, pair, ping, run


def test_pings_leave_every_second_from_one_second_on_and_are_numbered_from_one() -> None:
    world, _, _ = pair()
    flow = ping(world, "A", "10.0.0.2")
    run(world, 3.5)
    assert [(probe.number, probe.sent_us, probe.answered_us) for probe in flow.probes] == [
        (1, 1_000_000, 1_002_000),
        (2, 2_000_000, 2_002_000),
        (3, 3_000_000, 3_002_000),
    ]
    assert world.trace.probes == {"A>10.0.0.2": flow.probes}


def test_a_packet_that_is_still_on_its_way_is_neither_answered_nor_lost() -> None:
    world, _, _ = pair(delay_us=100 * MS)
    flow = ping(world, "A", "10.0.0.2")
    run(world, 1.15)
    assert fates(flow) == ["on its way"] and world.trace.books.in_flight == 1
    run(world, 1.2)
    assert fates(flow) == ["ok"]


def test_a_count_and_an_interval_are_kept() -> None:
    world, _, _ = pair()
    flow = datagrams(world, "A", "10.0.0.2", interval_us=1500, start_us=7, count=3)
    run(world, 3)
    assert [probe.sent_us for probe in flow.probes] == [7, 1507, 3007]


def test_a_lost_answer_is_told_from_a_lost_request() -> None:
    world = chain()
    flow = ping(world, "A", "10.2.0.1", count=2)
    break_it(world, "0.5 cut-out B:g0/0", "1.5 mend B:g0/0", "1.5 cut-out R:g0/1")
    run(world, 5)
    assert [(probe.where, probe.answer_lost) for probe in flow.probes] == [
        ("B:GigabitEthernet0/0", True),
        ("R:GigabitEthernet0/1", False),
    ]


def test_the_identifier_is_the_flow_and_the_sequence_the_packet() -> None:
    world, first, _ = pair()
    seen: list[tuple[int, int, int]] = []
    first.interfaces["GigabitEthernet0/0"].tap(
        lambda packet, outgoing, now_us: (
            seen.append((packet.payload.identifier, packet.payload.sequence, packet.size))
            if outgoing
            else None
        )
    )
    ping(world, "A", "10.0.0.2", count=2, size=100)
    PingFlow("other", first, ip("10.0.0.2"), count=1, start_us=5_000_000)
    run(world, 9)
    assert seen == [(1, 1, 100), (1, 2, 100), (2, 1, 84)]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"size": 27}, "use 28 to 65535"),
        ({"size": 70000}, "use 28 to 65535"),
        ({"interval_us": 0}, "interval must be above 0"),
        ({"start_us": -1}, "start not negative"),
    ],
)
def test_an_impossible_flow_is_refused(options: dict[str, int], says: str) -> None:
    world, _, _ = pair()
    with pytest.raises(ScenarioError, match=says):
        ping(world, "A", "10.0.0.2", **options)


def test_two_flows_need_two_names() -> None:
    world, _, _ = pair()
    ping(world, "A", "10.0.0.2")
    with pytest.raises(ScenarioError, match=r"two flows called A>10\.0\.0\.2"):
        ping(world, "A", "10.0.0.2")


def test_a_source_address_can_be_chosen() -> None:
    world = chain()
    r = get(world, "R")
    flow = ping(world, "R", "10.2.0.1", count=1, source_address=ip("10.1.0.254"))
    world.clock.run_until(0)
    sources: list[int] = []
    r.interfaces["GigabitEthernet0/1"].tap(lambda packet, outgoing, now_us: sources.append(packet.source))
    run(world, 2)
    assert fates(flow) == ["ok"] and sources[0] == ip("10.1.0.254")
