"""Two routers: from the first Hello to routes, and every way in which that ends or never begins."""

from dataclasses import replace

import pytest

from ipsec_edu.core.units import MS, SECOND
from ipsec_edu.routing.ospf.events import AdjacencyChanged, External
from ipsec_edu.routing.settings import Throttle
from ipsec_edu.wire.ospf import Hello, OspfType
from tests.routing.ospf.fake_net import SLOW, Net, Segment, lan, loopback, p2p, pair, settings

AT_ONCE = Throttle(0, 0, 0)
"""LSAs are announced as they change, so that tests see what they are about."""


def joined(one, other, **more):
    """Two routers on one cable, whose interfaces are given."""
    routers = {
        "r1": settings(1, one, loopback("10.255.0.1"), **more),
        "r2": settings(2, other, loopback("10.255.0.2"), **more),
    }
    return Net(routers, [Segment(("r1", "e"), ("r2", "e"))])


def test_an_adjacency_goes_through_every_state_and_brings_routes():
    net = joined(p2p("e", "10.0.0.1/30"), p2p("e", "10.0.0.2/30")).run(10)
    assert net.changes("r1") == [
        "Down>Init Hello Received",
        "Init>2-Way 2-Way Received",
        "2-Way>ExStart AdjOK, adjacency wanted",
        "ExStart>Exchange Negotiation Done",
        "Exchange>Loading Exchange Done",
        "Loading>Full Loading Done",
    ]
    assert net.routes("r1") == {"10.255.0.2/32": ("intra", 11, ["e 10.0.0.2"])}
    assert net.routes("r2") == {"10.255.0.1/32": ("intra", 11, ["e 10.0.0.1"])}
    assert net.agree() and not net.illegal()
    quiet = joined(p2p("e", "10.0.0.1/30", passive=True), p2p("e", "10.0.0.2/30")).run(10)
    assert quiet.changes("r1") == quiet.changes("r2") == [] and quiet.routes("r1") == {}


def test_the_higher_router_id_leads_the_exchange():
    net = pair().run(5)
    assert net.neighbor("r2", "a").master and not net.neighbor("r1", "a").master


def test_a_hello_that_changes_nothing_is_the_same_object_and_only_moves_the_dead_timer():
    net = pair().run(20)
    hellos = [event for _, who, event in net.sent if who == "r1" and isinstance(event.packet.body, Hello)][
        -8:
    ]
    assert len({id(event) for event in hellos}) == 2  # one for each interface
    core, neighbor = net.cores["r1"], net.neighbor("r1", "a")
    core.receive("a", neighbor.address, 0xE0000005, neighbor.last_hello, net.now_us + 7)
    assert neighbor.dead_us == net.now_us + 7 + 4 * SECOND and core.drain() == []
    neighbor.last_hello = None  # the long way comes to the same
    hello = [event.packet for _, who, event in net.sent if who == "r2" and event.interface == "a"][-1]
    core.receive("a", neighbor.address, 0xE0000005, hello, net.now_us + 9)
    assert neighbor.dead_us == net.now_us + 9 + 4 * SECOND and core.drain() == []


def test_packets_that_are_packed_and_read_again_make_the_same_run():
    def story(eager):
        net = pair(kind=lan, eager=eager).run(12)
        net.unplug("r1", "a")
        net.run(8)
        return [(at, who, event) for at, who, event in net.log]

    assert story(True) == story(False)


def test_a_run_is_a_function_of_its_seed():
    def story(seed):
        net = pair(seed=seed)
        for segment in net.segments:
            segment.loss, segment.double, segment.jitter = 0.2, 0.1, 0.01
        net.run(40)
        return net.log

    assert story(5) == story(5)
    assert story(5) != story(6)


# who does not agree


@pytest.mark.parametrize(
    ("kind", "change", "reason"),
    [
        (p2p, {"hello_ms": 2000}, "hello"),
        (p2p, {"dead_ms": 5000}, "dead"),
        (p2p, {"area": 1}, "area"),
        (lan, {"length": 24}, "mask"),
    ],
)
def test_routers_that_do_not_agree_never_become_neighbours(kind, change, reason):
    one, other = kind("e", "10.0.0.1/30"), kind("e", "10.0.0.2/30")
    net = joined(one, replace(other, **change)).run(20)
    assert net.state("r1", "e") == net.state("r2", "e") == "none"
    assert net.mismatches("r1") == net.mismatches("r2") == {reason}
    assert net.cores["r1"].interfaces["e"].mismatches[reason] >= 10
    assert net.routes("r1") == {}
    agreed = joined(replace(one, **change), replace(other, **change)).run(20)
    assert agreed.state("r1", "e") == "Full" and agreed.mismatches("r1") == set()


def test_on_a_point_to_point_link_the_mask_does_not_matter():
    net = joined(p2p("e", "10.0.0.1/30"), p2p("e", "10.0.0.2/24")).run(10)
    assert net.state("r1", "e") == "Full"


def test_a_router_with_the_smaller_mtu_stays_in_exstart():
    small, large = p2p("e", "10.0.0.1/30", mtu=1400), p2p("e", "10.0.0.2/30")
    net = joined(small, large).run(30)
    assert net.state("r1", "e") == "ExStart" and net.state("r2", "e") in ("ExStart", "Exchange")
    assert net.mismatches("r1") == {"mtu"} and net.routes("r1") == net.routes("r2") == {}
    ignored = joined(replace(small, mtu_ignore=True), large).run(30)
    assert ignored.state("r1", "e") == "Full" and ignored.mismatches("r1") == set()


def test_two_routers_with_one_router_id_do_not_talk():
    net = Net(
        {"r1": settings(1, p2p("e", "10.0.0.1/30")), "r2": settings(1, p2p("e", "10.0.0.2/30"))},
        [Segment(("r1", "e"), ("r2", "e"))],
    ).run(10)
    assert net.mismatches("r1") == {"router-id"} and net.state("r1", "e") == "none"


# how it ends


def test_silence_ends_an_adjacency_after_the_dead_interval():
    net = pair(lsa=AT_ONCE).run(60)
    start = net.now_us
    net.run(0.5)
    net.segments[0].cut = True
    net.run(10)
    changes = net.events(AdjacencyChanged, "r1", start)
    assert [event.reason for _, _, event in changes] == ["Dead timer expired"]
    assert changes[0][0] - start == 4 * SECOND + MS  # from the last Hello, which took a millisecond
    assert net.moved_us("r1", start) == 4 * SECOND + 51 * MS
    assert net.via("r1", "10.255.0.2/32") == ["b 10.0.2.2"]
    alive = pair().run(70)
    assert alive.via("r1", "10.255.0.2/32") == ["a 10.0.1.2"]


def test_carrier_loss_at_both_ends_moves_both_at_once():
    net = pair().run(60)
    start = net.now_us
    net.unplug("r1", "a")
    net.unplug("r2", "a")
    net.run(2)
    assert net.moved_us("r1", start) == 50 * MS
    assert net.moved_us("r2", start) == 50 * MS
    assert net.changes("r1", start) == ["Full>Down Interface down or detached"]


def test_carrier_loss_at_one_end_of_parallel_links_is_half_noticed():
    # the other end still passes the check for a link back: any link between the two routers will do
    net = pair().run(60)
    start = net.now_us
    net.unplug("r1", "a")
    net.run(3)
    assert net.moved_us("r1", start) == 50 * MS and net.via("r1", "10.255.0.2/32") == ["b 10.0.2.2"]
    assert net.via("r2", "10.255.0.1/32") == ["a 10.0.1.1"]
    net.run(3)
    assert 3 * SECOND < net.moved_us("r2", start) < 5 * SECOND
    assert net.via("r2", "10.255.0.1/32") == ["b 10.0.2.1"]
    # of type broadcast the network LSA names the link, and both move
    net = pair(kind=lan).run(60)
    start = net.now_us
    net.unplug("r1", "a")
    net.run(3)
    assert net.moved_us("r1", start) == 50 * MS and net.moved_us("r2", start) < 60 * MS
    assert net.via("r2", "10.255.0.1/32") == ["b 10.0.2.1"]


def test_without_another_way_the_other_end_notices_after_the_dead_interval():
    net = pair().run(60)
    net.unplug("r1", "b")
    net.unplug("r2", "b")
    net.run(60)
    net.unplug("r1", "a")
    net.run(2)
    assert net.routes("r1") == {}
    assert net.via("r2", "10.255.0.1/32") == ["a 10.0.1.1"]  # nobody could tell it
    net.run(3)
    assert net.routes("r2") == {}


def test_a_mended_link_is_back_within_a_hello_and_on_a_lan_after_the_waiting_time():
    def back_s(kind):
        net = pair(kind=kind, lsa=AT_ONCE, ports={**SLOW, "hello_ms": 2000}).run(100)
        for end in ("r1", "r2"):
            net.unplug(end, "a")
        net.run(60.3)
        assert net.via("r1", "10.255.0.2/32") == ["b 10.0.2.2"]
        start = net.now_us
        for end in ("r1", "r2"):
            net.plug(end, "a")
        net.run(60)
        full = net.events(AdjacencyChanged, "r1", start)[-1]
        assert full[2].after == "Full" and net.via("r1", "10.255.0.2/32") == ["a 10.0.1.2"]
        return (full[0] - start) / SECOND

    assert back_s(p2p) <= 2.1
    assert 40 <= back_s(lan) <= 52


def test_somebody_who_knows_better_can_end_an_adjacency():
    net = pair().run(60)
    start = net.now_us
    net.segments[0].cut = True
    for end in ("r1", "r2"):
        net.do(end, "neighbor_lost", "a", net.neighbor(end, "a").address, "BFD node down")
    net.run(1)
    assert net.changes("r1", start) == ["Full>Down BFD node down"]
    assert net.moved_us("r1", start) == 50 * MS
    net.do("r1", "neighbor_lost", "a", 12345, "BFD node down")  # nobody
    assert net.changes("r1", start) == ["Full>Down BFD node down"]


def test_a_router_that_restarts_is_taken_back_and_overtakes_its_old_lsas():
    net = pair(lsa=AT_ONCE).run(30)
    net.do("r2", "redistribute", (External(prefix("10.8.0.0/16")),))
    net.run(10)
    before = {key: sequence for key, sequence, _ in net.databases()["r1"]}
    net.crash("r2")
    net.run(1)
    start = net.now_us
    net.boot("r2")  # sooner than its neighbour noticed
    net.run(10)
    assert "Full>Init 1-Way" in net.changes("r1", start)
    assert net.state("r1", "a") == net.state("r2", "b") == "Full" and net.agree()
    after = {key: sequence for key, sequence, _ in net.databases()["r2"]}
    assert after[1, 2, 2] > before[1, 2, 2]
    assert (5, 0x0A080000, 2) in before and (5, 0x0A080000, 2) not in after  # flushed: no longer announced
    assert net.via("r1", "10.255.0.2/32") == ["a 10.0.1.2"]
    # negative control: without the old LSAs at the neighbours it starts at the first number
    fresh = pair(lsa=AT_ONCE)
    fresh.run(0.5)
    assert {key: sequence for key, sequence, _ in fresh.databases()["r2"]}[1, 2, 2] == 0x80000001


def prefix(text):
    from ipsec_edu.core.addr import Prefix

    return Prefix.parse(text)


def test_fast_hellos_find_a_silent_link_within_a_second():
    net = pair(ports={"hello_ms": 250, "dead_ms": 1000}).run(60)
    assert net.state("r1", "a") == "Full"
    hello = net.cores["r1"].interfaces["a"].hello()
    assert (hello.hello_s, hello.dead_s) == (0, 1)
    start = net.now_us
    net.segments[0].cut = True
    net.run(3)
    assert 0.75 * SECOND <= net.moved_us("r1", start) - 50 * MS <= 1.01 * SECOND


def test_what_show_reads_is_there():
    net = pair(kind=lan).run(20)
    core = net.cores["r1"]
    interface, neighbor = core.interfaces["a"], net.neighbor("r1", "a")
    assert interface.state.value in ("DR", "Backup") and {interface.dr, interface.bdr} == {
        0x0A000101,
        0x0A000102,
    }
    assert (neighbor.router_id, neighbor.address, neighbor.priority) == (2, 0x0A000102, 1)
    assert 3000 <= neighbor.dead_time_ms(net.now_us) <= 4000
    assert 0 < neighbor.up_since_us < net.now_us and neighbor.changes >= 5
    assert len(neighbor.retransmissions) == 0 and core.spf.runs >= 1 and core.spf.last_us < net.now_us
    assert [entry.key[0] for entry in core.lsdb] == [1, 1, 2, 2]
    assert all(0 <= entry.age(net.now_us) <= 20 for entry in core.lsdb)
    assert {type_.name for type_ in (event.packet.type for _, _, event in net.sent)} == {
        type_.name for type_ in OspfType
    }
