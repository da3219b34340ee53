"""LSAs reach everybody, the newest wins, and what is withdrawn disappears everywhere."""

from dataclasses import replace

import pytest

from ipsec_edu.core.addr import Prefix
from ipsec_edu.core.units import SECOND
from ipsec_edu.routing.ospf.events import External, RoutesChanged
from ipsec_edu.routing.ospf.lsdb import compare
from ipsec_edu.routing.ospf.neighbor import Neighbor
from ipsec_edu.routing.settings import Throttle
from ipsec_edu.wire.ospf import DatabaseDescription, LinkStateAck, LinkStateUpdate, OspfPacket
from ipsec_edu.wire.ospf_lsa import MAX_SEQUENCE, ExternalLsa, Lsa, LsaHeader, OpaqueLsa
from tests.routing.ospf.fake_net import Net, Segment, ip, lan, loopback, p2p, pair, settings

AT_ONCE = Throttle(0, 0, 0)


def externals(count, metric=20):
    return tuple(External(Prefix(0x0A800000 + (i << 8), 24), metric) for i in range(count))


def campus(seed=1, **trouble):
    """Three routers on a network, two more in a ring behind them."""
    routers = {
        "r1": settings(1, lan("e", "10.0.0.1/24"), p2p("x", "10.1.0.1/30"), loopback("10.255.0.1")),
        "r2": settings(2, lan("e", "10.0.0.2/24"), p2p("x", "10.1.1.1/30"), loopback("10.255.0.2")),
        "r3": settings(3, lan("e", "10.0.0.3/24"), loopback("10.255.0.3")),
        "r4": settings(4, p2p("x", "10.1.0.2/30"), p2p("y", "10.1.2.1/30"), loopback("10.255.0.4")),
        "r5": settings(5, p2p("x", "10.1.1.2/30"), p2p("y", "10.1.2.2/30"), loopback("10.255.0.5")),
    }
    segments = [
        Segment(("r1", "e"), ("r2", "e"), ("r3", "e")),
        Segment(("r1", "x"), ("r4", "x")),
        Segment(("r2", "x"), ("r5", "x")),
        Segment(("r4", "y"), ("r5", "y")),
    ]
    for segment in segments:
        for name, value in trouble.items():
            setattr(segment, name, value)
    return Net(routers, segments, seed)


@pytest.mark.parametrize("seed", range(4))
def test_databases_become_equal_in_spite_of_loss_doubles_and_disorder(seed):
    net = campus(seed, loss=0.2, double=0.1, jitter=0.05).run(20)
    net.do("r5", "redistribute", externals(30))
    net.do("r3", "redistribute", externals(3, metric=5))
    net.run(60)
    for segment in net.segments:  # a Hello may still be lost, which is no fault of the flooding
        segment.loss = 0.0
    net.run(60)
    assert net.agree() and len(net.cores["r1"].lsdb) == 5 + 1 + 33
    assert {f"10.255.0.{i}/32" for i in (2, 3, 4, 5)} <= set(net.routes("r1"))
    assert net.routes("r4")["10.128.0.0/24"][:2] == ("e2", 5)


def test_without_repetition_a_lost_lsa_would_stay_lost(monkeypatch):
    def lose():
        net = pair().run(60)
        net.segments[0].cut = net.segments[1].cut = True
        net.do("r2", "redistribute", externals(1))
        net.run(1)
        net.segments[0].cut = net.segments[1].cut = False
        start = net.now_us
        net.run(20)
        return net, net.moved_us("r1", start)

    net, moved_us = lose()
    assert net.agree() and moved_us == 4 * SECOND + 51_000  # RxmtInterval is 5 s
    monkeypatch.setattr(Neighbor, "_retransmit", lambda self, now_us: None)
    net, moved_us = lose()
    assert not net.agree() and moved_us is None


def test_an_lsa_is_repeated_until_it_is_acknowledged_and_not_afterwards():
    net = pair().run(60)
    net.do("r2", "redistribute", externals(1))
    net.run(0)
    assert len(net.neighbor("r2", "a").retransmissions) == 2  # and bit E of the router LSA
    start = net.now_us
    net.run(30)
    sent = [
        who for at, who, event in net.sent if at >= start and isinstance(event.packet.body, LinkStateUpdate)
    ]
    # r2 sends by both links; r1 takes the first and sends it on by the other, where the two cross
    assert len(sent) == 3 and net.neighbor("r2", "a").retransmissions == {}
    acks = [
        at - start for at, _, event in net.sent if at >= start and isinstance(event.packet.body, LinkStateAck)
    ]
    assert acks and max(acks) <= 1.01 * SECOND


def test_what_is_withdrawn_disappears_everywhere():
    net = campus().run(30)
    net.do("r5", "redistribute", externals(2))
    net.run(10)
    key = (5, 0x0A800000, 5)
    assert all(core.lsdb.get(key) for core in net.cores.values())
    assert "10.128.0.0/24" in net.routes("r3")
    net.do("r5", "redistribute", externals(2)[1:])
    net.run(5)
    assert not any(core.lsdb.get(key) for core in net.cores.values())
    assert all(core.lsdb.get((5, 0x0A800100, 5)) for core in net.cores.values())
    assert "10.128.0.0/24" not in net.routes("r3") and "10.128.1.0/24" in net.routes("r3")
    ages = [
        lsa.header.age
        for _, _, event in net.sent
        for lsa in getattr(event.packet.body, "lsas", ())
        if lsa.key == key
    ]
    assert max(ages) == 3600 and net.agree()


def test_what_was_withdrawn_can_come_back():
    net = pair(lsa=AT_ONCE).run(20)
    for offered in (externals(1), (), externals(1)):
        net.do("r2", "redistribute", offered)
        net.run(5)
    assert "10.128.0.0/24" in net.routes("r1") and net.agree()


def test_a_second_instance_within_a_second_is_not_taken_until_it_is_repeated():
    def second(**more):
        net = pair(lsa=AT_ONCE, **more).run(20)
        net.do("r2", "redistribute", externals(1, metric=1))
        net.run(0.5)
        net.do("r2", "redistribute", externals(1, metric=2))
        start = net.now_us
        net.run(20)
        assert net.routes("r1")["10.128.0.0/24"][1] == 2
        return [at - start for at, _, _ in net.events(RoutesChanged, "r1", start + 1)]

    # router 2 repeats all that waits, 5 s after the first instance
    assert second() == [4_551_000]
    assert second(lsa_arrival_ms=0) == [51_000]


def test_who_sends_an_old_instance_gets_the_new_one():
    net = pair(lsa=AT_ONCE).run(20)
    net.do("r2", "redistribute", externals(1, metric=1))
    net.run(3)
    old = net.cores["r1"].lsdb.get((5, 0x0A800000, 2)).lsa
    net.do("r2", "redistribute", externals(1, metric=2))
    net.run(10)
    start = net.now_us
    source = net.neighbor("r1", "a").address
    for _ in range(2):
        net.do("r1", "receive", "a", source, 0xE0000005, OspfPacket(2, 0, LinkStateUpdate((old,))))
    answers = [event for at, who, event in net.sent if at >= start and who == "r1" and event.packet.type == 4]
    assert [lsa.body.metric for event in answers for lsa in event.packet.body.lsas] == [2]  # and once
    assert net.cores["r1"].lsdb.get(old.key).lsa.body.metric == 2


def header(**fields):
    given = {"age": 10, "sequence": 0x80000005, "checksum": 7, **fields}
    return LsaHeader(options=2, type=1, ls_id=1, router=1, length=24, **given)


@pytest.mark.parametrize(
    ("newer", "older"),
    [
        ({"sequence": 0x80000006}, {}),
        ({"sequence": 1}, {"sequence": 0xFFFFFFFF}),
        ({"sequence": MAX_SEQUENCE}, {"sequence": 0x80000001, "age": 3600}),
        ({"checksum": 8}, {"age": 1}),
        ({"age": 3600}, {"age": 0}),
        ({"age": 10}, {"age": 911}),
    ],
)
def test_which_of_two_instances_is_newer(newer, older):
    assert compare(header(**newer), header(**older)) == 1
    assert compare(header(**older), header(**newer)) == -1


def test_instances_that_differ_in_age_by_less_than_a_quarter_of_an_hour_are_the_same():
    assert compare(header(), header()) == compare(header(age=10), header(age=910)) == 0


def give(net, lsa):
    """Let r1 hear an LSA from r2."""
    source = net.neighbor("r1", "a").address
    net.do("r1", "receive", "a", source, 0xE0000005, OspfPacket(2, 0, LinkStateUpdate((lsa,))))
    return net.cores["r1"].lsdb.get(lsa.key)


def test_a_damaged_lsa_and_one_of_an_unknown_type_are_passed_over():
    net = pair().run(20)
    good = Lsa.make(0x0B000000, 9, 0x80000001, ExternalLsa(0xFF000000, 1))
    damaged = Lsa(replace(good.header, ls_id=0x0C000000), good.body)
    assert give(net, damaged) is None
    assert give(net, Lsa.make(1, 9, 0x80000001, OpaqueLsa(10, b"\0\0\0\1"))) is None
    assert give(net, Lsa.make(1, 9, 0x80000001, OpaqueLsa(3, bytes(8)))) is not None
    assert give(net, good) is not None and net.neighbor("r1", "a").state.value == "Full"


def test_an_lsa_of_an_earlier_life_that_nobody_announces_any_more_is_flushed():
    net = pair().run(60)
    ghost = Lsa.make(0x0B000000, 1, 0x80000009, ExternalLsa(0xFF000000, 1))
    give(net, ghost)
    net.run(5)
    assert net.cores["r1"].lsdb.get(ghost.key) is None and net.cores["r2"].lsdb.get(ghost.key) is None
    other = Lsa.make(0x0B000000, 9, 0x80000009, ExternalLsa(0xFF000000, 1))
    give(net, other)
    net.run(5)
    assert net.cores["r2"].lsdb.get(other.key) is not None


def test_sequence_numbers_start_over_only_after_the_last_one_is_gone():
    net = pair(lsa=AT_ONCE).run(60)
    key = (1, 1, 1)
    last = Lsa.make(1, 1, MAX_SEQUENCE, net.cores["r1"].lsdb.get(key).lsa.body)
    net.cores["r1"].announce(last, net.now_us)
    net.do("r1", "expire")
    net.run(3)
    assert net.cores["r2"].lsdb.get(key).lsa.header.sequence == MAX_SEQUENCE
    net.unplug("r1", "lo0")
    net.run(5)
    assert net.cores["r2"].lsdb.get(key).lsa.header.sequence == 0x80000001
    assert "10.255.0.1/32" not in net.routes("r2") and net.agree()


def test_a_large_database_is_described_and_sent_in_packets_that_fit():
    net = pair(ports={"mtu": 600})
    net.crash("r1")
    net.do("r2", "redistribute", externals(150))
    net.run(20)
    net.boot("r1")
    net.run(20)
    assert net.agree() and len(net.cores["r1"].lsdb) == 152
    assert len(net.routes("r1")) == 151
    sizes = [event.packet.size + 20 for _, _, event in net.sent]
    assert max(sizes) <= 600
    parts = [event for _, _, event in net.sent if isinstance(event.packet.body, DatabaseDescription)]
    assert len(parts) > 12
    whole = pair()
    whole.crash("r1")
    whole.do("r2", "redistribute", externals(150))
    whole.run(20)
    whole.boot("r1")
    whole.run(20)
    assert 600 < max(event.packet.size + 20 for _, _, event in whole.sent) <= 1500


def test_two_routers_with_one_router_id_do_not_race():
    ports = {
        "r1": (1, "10.0.1.1/30", None),
        "m": (7, "10.0.1.2/30", "10.0.2.1/30"),
        "r2": (1, None, "10.0.2.2/30"),
    }
    routers = {}
    for name, (number, a, b) in ports.items():
        interfaces = [p2p(port, text) for port, text in (("a", a), ("b", b)) if text]
        routers[name] = settings(number, *interfaces, loopback(ip_of(name)))
    net = Net(routers, [Segment(("r1", "a"), ("m", "a")), Segment(("m", "b"), ("r2", "b"))]).run(120)
    updates = [event for _, _, event in net.sent if isinstance(event.packet.body, LinkStateUpdate)]
    assert 20 < len(updates) < 400  # they fight, at the pace of the throttle


def ip_of(name):
    return {"r1": "10.255.0.1", "m": "10.255.0.7", "r2": "10.255.0.2"}[name]


def test_a_database_that_lost_a_neighbour_forgets_what_waited_for_its_acknowledgment():
    net = pair().run(60)
    for segment in net.segments:
        segment.cut = True
    net.do("r2", "redistribute", externals(1))
    net.run(1)
    net.do("r2", "redistribute", ())
    assert net.cores["r2"].lsdb.dying
    net.run(10)
    assert net.state("r2", "a") == "none" and not net.cores["r2"].lsdb.dying
    assert ip("10.128.0.0") == 0x0A800000
