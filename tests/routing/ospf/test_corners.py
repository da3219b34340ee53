"""What happens seldom: repeated and misplaced packets, routers that come late, names that clash."""

from dataclasses import replace

from ipsec_edu.core.addr import Prefix
from ipsec_edu.core.units import SECOND
from ipsec_edu.routing.ospf import flooding
from ipsec_edu.routing.ospf.events import AdjacencyChanged, External, Send
from ipsec_edu.routing.ospf.tables import InterfaceState, NeighborState
from ipsec_edu.wire.ospf import (
    ALL_DR_ROUTERS,
    ALL_SPF_ROUTERS,
    DatabaseDescription,
    Hello,
    LinkStateAck,
    LinkStateRequest,
    LinkStateUpdate,
    OspfPacket,
)
from ipsec_edu.wire.ospf_lsa import ExternalLsa, Lsa
from tests.routing.ospf.fake_net import SLOW, office, pair


def hear(net, name, other, body, interface="a", destination=ALL_SPF_ROUTERS):
    """Let a router hear `body` from another; return what it sends at once."""
    packet = OspfPacket(net.settings[other].router_id, 0, body)
    core = net.cores[name]
    core.drain()
    core.receive(interface, net.port(other, interface).address, destination, packet, net.now_us)
    return [event.packet.body for event in core.drain() if isinstance(event, Send)]


def descriptions(net, name):
    """The descriptions that a router sent by link a."""
    return [
        event.packet.body
        for _, who, event in net.sent
        if (who, event.interface) == (name, "a") and isinstance(event.packet.body, DatabaseDescription)
    ]


def test_a_description_that_comes_again_is_answered_again_by_who_does_not_lead():
    net = pair().run(3)
    last = descriptions(net, "r2")[-1]
    assert hear(net, "r1", "r2", last) == [descriptions(net, "r1")[-1]]
    assert hear(net, "r2", "r1", descriptions(net, "r1")[-1]) == []  # the leader does not care
    assert net.state("r1", "a") == net.state("r2", "a") == "Full"
    net.run(10)  # after the dead interval the answer is forgotten, and they begin anew
    hear(net, "r1", "r2", last)
    assert net.state("r1", "a") == "ExStart"


def test_a_description_out_of_order_starts_the_exchange_again_and_it_succeeds():
    net = pair().run(10)
    start = net.now_us
    good = descriptions(net, "r2")[-1]
    hear(net, "r1", "r2", replace(good, sequence=good.sequence + 7))
    assert net.state("r1", "a") == "ExStart"
    net.run(20)
    assert net.state("r1", "a") == net.state("r2", "a") == "Full" and net.agree()
    assert "Full>ExStart SeqNumberMismatch" in net.changes("r2", start)


def test_a_request_for_what_nobody_has_starts_the_exchange_again():
    net = pair().run(10)
    assert len(hear(net, "r1", "r2", LinkStateRequest(((1, 1, 1),)))) == 1
    assert net.state("r1", "a") == "Full"
    hear(net, "r1", "r2", LinkStateRequest(((1, 1, 1), (5, 1, 1))))
    assert net.state("r1", "a") == "ExStart"
    net.run(20)
    assert net.state("r1", "a") == net.state("r2", "a") == "Full"


def test_an_instance_that_is_no_newer_than_ours_cannot_answer_our_request():
    net = pair().run(10)
    neighbor = net.neighbor("r1", "a")
    lsa = net.cores["r1"].lsdb.get((1, 2, 2)).lsa
    hear(net, "r1", "r2", LinkStateUpdate((lsa, lsa)))
    assert neighbor.state is NeighborState.FULL
    neighbor.requests[lsa.key] = lsa.header
    hear(net, "r1", "r2", LinkStateUpdate((lsa, lsa)))
    assert neighbor.state is NeighborState.EXSTART


def test_the_end_of_an_lsa_that_we_never_had_is_acknowledged_and_forgotten():
    net = pair().run(10)
    old = Lsa.make(0x0B000000, 9, 0x80000005, ExternalLsa(0xFF000000, 1), age=3600)
    assert hear(net, "r1", "r2", LinkStateUpdate((old,))) == [LinkStateAck((old.header,))]
    assert net.cores["r1"].lsdb.get(old.key) is None
    # while databases are exchanged it is kept: somebody may be about to bring an older instance
    net.neighbor("r1", "b").state = NeighborState.EXCHANGE
    hear(net, "r1", "r2", LinkStateUpdate((old,)))
    assert old.key in net.cores["r1"].lsdb.dying
    net.neighbor("r1", "b").retransmissions.clear()
    assert not flooding.sweep(net.cores["r1"])
    net.neighbor("r1", "b").state = NeighborState.FULL
    assert flooding.sweep(net.cores["r1"]) and net.cores["r1"].lsdb.get(old.key) is None


def test_another_router_at_a_neighbours_address_is_another_neighbour():
    net = pair().run(10)
    start = net.now_us
    core, source = net.cores["r1"], net.port("r2", "a").address
    hello = replace(net.neighbor("r1", "a").last_hello, router_id=99)
    assert isinstance(hello.body, Hello)
    net.do("r1", "receive", "a", source, ALL_SPF_ROUTERS, hello)
    assert net.changes("r1", start)[0] == "Full>Down Neighbor has another router ID"
    assert [one.router_id for one in core.interfaces["a"].neighbors.values()] == [99]


def test_a_router_that_finds_a_designated_router_does_not_wait():
    ports = {**SLOW, "hello_ms": 2000}
    net = office(3)
    for name, one in net.settings.items():
        net.settings[name] = replace(
            one,
            interfaces=tuple(replace(port, **ports) if port.name == "e" else port for port in one.interfaces),
        )
    net.down.add(("r3", "e"))
    for name in ("r1", "r2", "r3"):
        net.boot(name)
    net.run(39)
    assert net.cores["r1"].interfaces["e"].state is InterfaceState.WAITING  # nobody to be found
    net.run(40)
    start = net.now_us
    net.plug("r3", "e")
    net.run(10)
    full = [at for at, _, event in net.events(AdjacencyChanged, "r3", start) if event.after == "Full"]
    assert len(full) == 2 and max(full) - start <= 9 * SECOND < 40 * SECOND


def test_ordinary_routers_do_not_listen_to_what_is_meant_for_the_elected():
    net = office(4).run(30)
    new = Lsa.make(0x0B000000, 9, 0x80000001, ExternalLsa(0xFF000000, 1))
    hear(net, "r1", "r4", LinkStateUpdate((new,)), "e", ALL_DR_ROUTERS)
    assert net.cores["r1"].lsdb.get(new.key) is None
    hear(net, "r1", "r4", LinkStateUpdate((new,)), "e", ALL_SPF_ROUTERS)
    assert net.cores["r1"].lsdb.get(new.key) is not None


def test_networks_of_one_name_and_different_length_do_not_overwrite_each_other():
    net = pair().run(10)
    wanted = ("10.0.0.0/8", "10.0.0.0/16", "10.0.0.0/24", "10.0.0.0/32", "0.0.0.0/0")
    net.do("r2", "redistribute", tuple(External(Prefix.parse(text)) for text in wanted))
    net.run(20)
    assert {text for text, route in net.routes("r1").items() if route[0] == "e2"} == set(wanted)
    net.do("r2", "redistribute", (External(Prefix.parse("10.0.0.0/16")),))
    net.run(20)
    assert {text for text, route in net.routes("r1").items() if route[0] == "e2"} == {"10.0.0.0/16"}
    assert net.agree()


def test_an_adjacency_that_comes_back_before_anybody_was_told_is_used_again():
    net = pair().run(60)
    outside = tuple(External(Prefix.parse(text)) for text in ("10.6.0.0/16", "10.7.0.0/16"))
    net.do("r2", "redistribute", outside[:1])
    net.run(60)
    for end in ("r1", "r2"):
        net.unplug(end, "lo0")  # now the router LSAs must wait 5 s for their next change
    net.run(1.2)
    for end in ("r1", "r2"):
        net.do(end, "neighbor_lost", "a", net.neighbor(end, "a").address, "BFD node down")
    net.run(0.1)
    net.do("r2", "redistribute", outside)  # makes r1 compute, and notice that link a is no way
    net.run(0.5)
    assert net.via("r1", "10.6.0.0/16") == ["b 10.0.2.2"] and net.state("r1", "a") != "Full"
    before = net.databases()["r1"]
    net.run(20)
    assert net.state("r1", "a") == "Full" and net.databases()["r1"] == before
    assert net.via("r1", "10.6.0.0/16") == ["a 10.0.1.2"]


def test_a_hello_seen_before_counts_anew_after_the_neighbour_forgot_us():
    net = pair().run(10)
    neighbor = net.neighbor("r1", "a")
    full = neighbor.last_hello
    hear(net, "r1", "r2", replace(full.body, neighbors=()))
    assert neighbor.state is NeighborState.INIT
    net.cores["r1"].receive("a", neighbor.address, ALL_SPF_ROUTERS, full, net.now_us)
    assert neighbor.state is NeighborState.EXSTART
