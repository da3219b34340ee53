"""A network of many: designated router, backup, and what happens when they go."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipsec_edu.core.units import SECOND
from ipsec_edu.routing.ospf.election import Candidate, elect
from ipsec_edu.routing.ospf.tables import InterfaceState, NeighborState
from ipsec_edu.routing.settings import Throttle
from ipsec_edu.wire.ospf import ALL_DR_ROUTERS, LinkStateUpdate
from tests.routing.ospf.fake_net import ip, office


def candidate(number, priority=1, dr=0, bdr=0):
    return Candidate(number, number, priority, dr, bdr)


@pytest.mark.parametrize(
    ("own", "others", "elected"),
    [
        (candidate(1), [], (1, 0)),  # alone
        (candidate(3), [candidate(1), candidate(2)], (3, 2)),  # the highest router ID
        (
            candidate(3),
            [candidate(1, 9), candidate(2)],
            (1, 1),
        ),  # the priority first; r1 will say who is backup
        (candidate(3), [candidate(1, dr=1), candidate(2, bdr=2)], (1, 2)),  # who rules stays
        (candidate(3, 255), [candidate(1, dr=1), candidate(2, bdr=2)], (1, 2)),  # whatever the priority
        (candidate(3), [candidate(1, dr=1)], (1, 3)),  # no backup: the best of the others
        (candidate(3, bdr=3), [candidate(1), candidate(2)], (3, 2)),  # the backup takes over, another follows
        (candidate(3, 0), [candidate(1), candidate(2)], (2, 2)),
        (candidate(3, 0), [candidate(1, 0), candidate(2, 0)], (0, 0)),  # nobody may
        (candidate(1), [candidate(2, dr=2), candidate(3, dr=3)], (3, 1)),  # two halves that meet
        (candidate(3, dr=3), [candidate(2, 5, dr=2), candidate(1)], (2, 3)),  # ... and one steps back
    ],
)
def test_an_election_goes_as_the_rfc_says(own, others, elected):
    assert elect(own, others) == elected


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["", "dr", "bdr"])), min_size=1, max_size=6))
def test_only_who_may_rule_is_elected_and_not_twice_where_it_is_ourselves(rows):
    everybody = [
        candidate(number, priority, number if claim == "dr" else 0, number if claim == "bdr" else 0)
        for number, (priority, claim) in enumerate(rows, 1)
    ]
    own, *others = everybody
    dr, bdr = elect(own, others)
    may = {one.address for one in everybody if one.priority}
    assert {dr, bdr} - {0} <= may
    assert bool(dr) == bool(may)
    assert not own.address == dr == bdr


def roles(net):
    return {name: core.interfaces["e"].state for name, core in net.cores.items()}


def test_four_routers_elect_and_only_the_elected_are_adjacent_to_all():
    net = office(4).run(30)
    assert roles(net) == {
        "r1": InterfaceState.DROTHER,
        "r2": InterfaceState.DROTHER,
        "r3": InterfaceState.BACKUP,
        "r4": InterfaceState.DR,
    }
    assert net.state("r1", "e", "r2") == "2-Way"
    assert net.state("r1", "e", "r3") == net.state("r1", "e", "r4") == "Full"
    assert net.agree() and not net.illegal()
    assert net.via("r1", "10.255.0.2/32") == ["e 10.0.0.2"]  # straight, although not adjacent
    assert len(net.cores["r1"].lsdb) == 5  # four routers, one network


def test_nobody_elects_before_the_waiting_time_is_over():
    net = office(3).run(3.9)
    assert set(roles(net).values()) == {InterfaceState.WAITING}
    net.run(0.2)
    assert InterfaceState.WAITING not in roles(net).values()


def test_priority_decides_and_zero_never_rules():
    net = office(4, priorities={2: 200, 4: 0}.items()).run(30)
    assert roles(net)["r2"] is InterfaceState.DR and roles(net)["r3"] is InterfaceState.BACKUP
    assert roles(net)["r4"] is InterfaceState.DROTHER
    none = office(3, priorities={1: 0, 2: 0, 3: 0}.items()).run(30)
    assert set(roles(none).values()) == {InterfaceState.DROTHER}
    assert none.state("r1", "e", "r2") == "2-Way" and none.routes("r1") == {}


def test_a_newcomer_of_higher_priority_does_not_take_over():
    net = office(4, priorities={4: 255}.items())
    net.down.add(("r4", "e"))
    net.boot("r4")
    net.run(30)
    assert roles(net)["r3"] is InterfaceState.DR
    net.plug("r4", "e")
    net.run(30)
    assert roles(net)["r3"] is InterfaceState.DR and roles(net)["r4"] is InterfaceState.DROTHER
    assert net.agree()


def test_the_backup_takes_over_when_the_designated_router_is_gone():
    net = office(4, lsa=Throttle(0, 0, 0)).run(60)
    start = net.now_us
    net.crash("r4")
    net.run(10)
    assert roles(net)["r3"] is InterfaceState.DR and roles(net)["r2"] is InterfaceState.BACKUP
    steps = [
        event.symbol
        for at, _, event in net.log
        if at >= start and getattr(event, "machine", "") == "ospf-interface"
    ]
    assert "ELECTED_DR" in steps
    assert net.state("r1", "e", "r2") == net.state("r1", "e", "r3") == "Full"
    assert net.via("r1", "10.255.0.2/32") == ["e 10.0.0.2"] and "10.255.0.4/32" not in net.routes("r1")
    moved = net.moved_us("r1", start)
    assert 3 * SECOND < moved < 5 * SECOND
    # when it returns it is nobody special
    net.boot("r4")
    net.run(30)
    assert roles(net)["r3"] is InterfaceState.DR and roles(net)["r4"] is InterfaceState.DROTHER
    assert net.agree()


def test_the_backup_rules_without_a_new_exchange_with_anybody():
    net = office(3).run(30)
    start = net.now_us
    net.unplug("r3", "e")
    net.run(10)
    assert roles(net)["r2"] is InterfaceState.DR
    changes = net.changes("r1", start)
    assert changes == ["Full>Down Dead timer expired"]  # that to the old backup stayed Full throughout


def test_ordinary_routers_speak_to_the_elected_who_tell_everybody():
    net = office(4).run(60)
    start = net.now_us
    net.unplug("r1", "lo0")
    net.run(2)
    updates = [
        (who, event.destination)
        for at, who, event in net.sent
        if at >= start and isinstance(event.packet.body, LinkStateUpdate)
    ]
    assert updates == [("r1", ALL_DR_ROUTERS), ("r4", 0xE0000005)]
    assert net.agree() and "10.255.0.1/32" not in net.routes("r2")


def test_the_network_is_a_stub_until_somebody_is_adjacent():
    net = office(2).run(3)
    assert {entry.key[0] for entry in net.cores["r1"].lsdb} == {1}
    net.run(30)
    assert (2, ip("10.0.0.2"), 2) in {entry.key for entry in net.cores["r1"].lsdb}
    net.unplug("r1", "e")
    net.run(60)
    assert {entry.key[0] for entry in net.cores["r2"].lsdb if entry.key[2] == 2} == {1}  # flushed


def test_neighbours_in_two_way_exchange_nothing():
    net = office(4).run(30)
    bystander = net.neighbor("r1", "e", "r2")
    assert bystander.state is NeighborState.TWO_WAY and bystander.last_sent is None
    assert net.neighbor("r1", "e", "r4").last_sent is not None
