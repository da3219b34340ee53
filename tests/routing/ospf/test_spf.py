"""Routes from a database: costs, equal ways, networks, what is announced from outside."""

from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from ipsec_edu.core.addr import Prefix, mask_of
from ipsec_edu.routing.ospf.events import NextHop
from ipsec_edu.routing.ospf.spf import ROUTER, Attachment, routes, shortest_paths
from ipsec_edu.wire.ospf_lsa import (
    LS_INFINITY,
    STUB,
    TO_ROUTER,
    TRANSIT,
    ExternalLsa,
    Lsa,
    NetworkLsa,
    RouterLink,
    RouterLsa,
)
from tests.routing.ospf.fake_net import ip


class World:
    """Routers 1, 2, ... joined by point-to-point links; router n has 10.255.0.n."""

    def __init__(self, *links):
        self.links: dict[int, list[RouterLink]] = {}
        self.ports: dict[int, list[Attachment]] = {}
        self.others = []
        for index, (one, there, other, *back) in enumerate(links):
            for me, cost, you, side in ((one, there, other, 1), (other, (back or [there])[0], one, 2)):
                address = ip(f"10.0.{index}.{side}")
                self._router(me).append(RouterLink(TO_ROUTER, you, address, cost))
                port = Attachment(
                    f"e{index}", address, Prefix.of(address, 30), {you: ip(f"10.0.{index}.{3 - side}")}
                )
                self.ports[me].append(port)

    def _router(self, number):
        self.ports.setdefault(number, [])
        host = RouterLink(STUB, ip(f"10.255.0.{number}"), 0xFFFFFFFF, 0)
        return self.links.setdefault(number, [host])

    def external(self, router, prefix, metric=20, metric_type=2, forward="0.0.0.0", tag=0):
        where = Prefix.parse(prefix)
        body = ExternalLsa(where.mask, metric, metric_type, ip(forward), tag)
        self.others.append(Lsa.make(where.network, router, 1, body))
        return self

    def stub(self, router, prefix, cost):
        where = Prefix.parse(prefix)
        self._router(router).append(RouterLink(STUB, where.network, where.mask, cost))
        return self

    def network(self, prefix, dr, **ports):
        """A network: r1=(address, cost), r2=...; `dr` is a router's number."""
        where = Prefix.parse(prefix)
        ends = {int(name[1:]): (ip(address), cost) for name, (address, cost) in ports.items()}
        ruler = ends[dr][0]
        for number, (address, cost) in ends.items():
            self._router(number).append(RouterLink(TRANSIT, ruler, address, cost))
            self.ports[number].append(Attachment("lan", address, where))
        self.others.append(Lsa.make(ruler, dr, 1, NetworkLsa(where.mask, tuple(ends))))
        return self

    def lsas(self) -> Mapping:
        made = [Lsa.make(n, n, 1, RouterLsa(tuple(links))) for n, links in self.links.items()]
        return {lsa.key: lsa for lsa in [*made, *self.others]}

    def routes(self, root=1, most=4):
        found = routes(self.lsas(), root, tuple(self.ports[root]), most)
        return {
            str(route.prefix): (
                route.kind,
                route.metric,
                [hop.interface for hop in route.hops],
            )
            for route in found
        }


def test_the_cheapest_way_is_taken_and_costs_are_those_of_the_direction():
    world = World((1, 10, 2), (2, 10, 3), (1, 30, 3))
    assert world.routes()["10.255.0.3/32"] == ("intra", 20, ["e0"])
    assert World((1, 10, 2), (2, 25, 3), (1, 30, 3)).routes()["10.255.0.3/32"] == ("intra", 30, ["e2"])
    there_and_back = World((1, 10, 2, 99), (1, 50, 2))
    assert there_and_back.routes(1)["10.255.0.2/32"] == ("intra", 10, ["e0"])
    assert there_and_back.routes(2)["10.255.0.1/32"] == ("intra", 50, ["e1"])


def test_equal_ways_are_all_kept_up_to_the_maximum():
    diamond = World((1, 10, 2), (1, 10, 3), (2, 10, 4), (3, 10, 4), (1, 20, 4))
    assert diamond.routes()["10.255.0.4/32"] == ("intra", 20, ["e0", "e1", "e4"])
    assert diamond.routes(most=2)["10.255.0.4/32"] == ("intra", 20, ["e0", "e1"])
    assert diamond.routes(most=1)["10.255.0.4/32"] == ("intra", 20, ["e0"])
    uneven = World((1, 10, 2), (1, 11, 3), (2, 10, 4), (3, 10, 4))
    assert uneven.routes()["10.255.0.4/32"] == ("intra", 20, ["e0"])


def test_what_lies_behind_equal_ways_has_them_too():
    world = World((1, 10, 2), (1, 10, 3), (2, 10, 4), (3, 10, 4), (4, 5, 5))
    assert world.routes()["10.255.0.5/32"] == ("intra", 25, ["e0", "e1"])


def test_a_link_that_only_one_end_names_is_not_used():
    world = World((1, 10, 2))
    assert "10.255.0.2/32" in world.routes()
    world.links[2] = [link for link in world.links[2] if link.type != TO_ROUTER]
    assert world.routes() == {}


def test_a_link_that_only_one_end_names_is_used_where_a_parallel_one_leads_back():
    world = World((1, 10, 2), (1, 20, 2))
    world.links[2] = [link for link in world.links[2] if link.data != ip("10.0.0.2")]
    assert world.routes(1)["10.255.0.2/32"] == ("intra", 10, ["e0"])
    assert world.routes(2)["10.255.0.1/32"] == ("intra", 20, ["e1"])


def test_a_link_without_an_adjacent_neighbour_gives_no_next_hop():
    world = World((1, 10, 2))
    port = world.ports[1][0]
    lone = Attachment(port.name, port.address, port.prefix)
    assert routes(world.lsas(), 1, (lone,), 4) == ()
    assert routes(world.lsas(), 1, (), 4) == ()
    assert len(routes(world.lsas(), 1, (port,), 4)) == 1


def test_a_network_is_crossed_at_the_cost_of_who_sends_into_it():
    world = World().network("10.9.0.0/24", 3, r1=("10.9.0.1", 5), r2=("10.9.0.2", 7), r3=("10.9.0.3", 9))
    found = routes(world.lsas(), 1, tuple(world.ports[1]), 4)
    assert [(str(r.prefix), r.metric, r.hops) for r in found] == [
        ("10.255.0.2/32", 5, (NextHop("lan", ip("10.9.0.2")),)),
        ("10.255.0.3/32", 5, (NextHop("lan", ip("10.9.0.3")),)),
    ]
    behind = world.network("10.8.0.0/24", 2, r2=("10.8.0.2", 3), r4=("10.8.0.4", 1))
    assert behind.routes()["10.8.0.0/24"] == ("intra", 8, ["lan"])
    assert behind.routes()["10.255.0.4/32"] == ("intra", 8, ["lan"])


def test_own_networks_are_not_learned_however_they_are_announced():
    world = World((1, 10, 2)).stub(2, "10.0.0.0/30", 10).stub(2, "10.7.0.0/16", 3)
    assert set(world.routes()) == {"10.255.0.2/32", "10.7.0.0/16"}
    assert world.external(2, "10.0.0.0/30").routes().keys() == {"10.255.0.2/32", "10.7.0.0/16"}


def test_a_stub_of_two_routers_is_reached_by_the_nearer_or_by_both():
    world = World((1, 10, 2), (1, 10, 3)).stub(2, "10.7.0.0/16", 5).stub(3, "10.7.0.0/16", 5)
    assert world.routes()["10.7.0.0/16"] == ("intra", 15, ["e0", "e1"])
    nearer = World((1, 10, 2), (1, 10, 3)).stub(2, "10.7.0.0/16", 6).stub(3, "10.7.0.0/16", 5)
    assert nearer.routes()["10.7.0.0/16"] == ("intra", 15, ["e1"])


# from outside


def star():
    return World((1, 10, 2), (1, 20, 3))


def test_type_2_counts_what_is_outside_and_then_who_is_nearer():
    assert star().external(2, "10.7.0.0/16", 20).routes()["10.7.0.0/16"] == ("e2", 20, ["e0"])
    lower = star().external(2, "10.7.0.0/16", 20).external(3, "10.7.0.0/16", 19)
    assert lower.routes()["10.7.0.0/16"] == ("e2", 19, ["e1"])
    equal = star().external(2, "10.7.0.0/16", 20).external(3, "10.7.0.0/16", 20)
    assert equal.routes()["10.7.0.0/16"] == ("e2", 20, ["e0"])
    level = World((1, 10, 2), (1, 10, 3)).external(2, "0.0.0.0/0", 1).external(3, "0.0.0.0/0", 1)
    assert level.routes()["0.0.0.0/0"] == ("e2", 1, ["e0", "e1"])


def test_type_1_adds_the_way_and_beats_type_2():
    world = star().external(2, "10.7.0.0/16", 20, 1).external(3, "10.7.0.0/16", 11, 1)
    assert world.routes()["10.7.0.0/16"] == ("e1", 30, ["e0"])
    nearer = star().external(2, "10.7.0.0/16", 20, 1).external(3, "10.7.0.0/16", 9, 1)
    assert nearer.routes()["10.7.0.0/16"] == ("e1", 29, ["e1"])
    mixed = star().external(2, "10.7.0.0/16", 1, 2).external(3, "10.7.0.0/16", 500, 1)
    assert mixed.routes()["10.7.0.0/16"] == ("e1", 520, ["e1"])


def test_what_is_inside_is_preferred_to_what_is_outside():
    world = star().stub(3, "10.7.0.0/16", 500).external(2, "10.7.0.0/16", 1, 1)
    assert world.routes()["10.7.0.0/16"] == ("intra", 520, ["e1"])


def test_an_external_route_needs_a_way_to_its_router_and_a_metric_below_infinity():
    assert "10.7.0.0/16" not in star().external(9, "10.7.0.0/16").routes()
    assert "10.7.0.0/16" not in star().external(2, "10.7.0.0/16", LS_INFINITY).routes()
    assert "10.7.0.0/16" in star().external(2, "10.7.0.0/16", LS_INFINITY - 1).routes()
    assert "10.7.0.0/16" not in star().external(1, "10.7.0.0/16").routes()  # our own


def test_a_forwarding_address_is_where_the_packets_go():
    world = star().external(2, "10.7.0.0/16", 20, 2, "10.0.1.2")
    assert world.routes()["10.7.0.0/16"] == ("e2", 20, ["e1"])  # on our own link to router 3
    beyond = star().stub(3, "10.6.0.0/16", 1).external(2, "10.7.0.0/16", 20, 1, "10.6.0.9")
    assert beyond.routes()["10.7.0.0/16"] == ("e1", 41, ["e1"])
    nowhere = star().external(2, "10.7.0.0/16", 20, 2, "192.0.2.1")
    assert "10.7.0.0/16" not in nowhere.routes()


def test_a_mask_with_holes_is_passed_over():
    world = star()
    world.others.append(Lsa.make(0x0A070000, 2, 1, ExternalLsa(0xFF00FF00, 20)))
    assert set(world.routes()) == {"10.255.0.2/32", "10.255.0.3/32"}


def test_a_tag_travels():
    found = routes(star().external(2, "0.0.0.0/0", 1, tag=77).lsas(), 1, tuple(star().ports[1]), 4)
    assert [route.tag for route in found] == [77, 0, 0]


# against the definition

edges = st.lists(
    st.tuples(st.integers(1, 6), st.integers(1, 9), st.integers(1, 6), st.integers(1, 9)).filter(
        lambda edge: edge[0] != edge[2]
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(edges)
def test_costs_are_those_of_the_definition_and_every_next_hop_lies_on_a_shortest_way(links):
    world = World((1, 5, 2), *links)
    far = 10**6
    cost = {(a, b): 0 if a == b else far for a in range(1, 7) for b in range(1, 7)}
    for one, there, other, back in links:
        cost[one, other] = min(cost[one, other], there)
        cost[other, one] = min(cost[other, one], back)
    cost[1, 2], cost[2, 1] = min(cost[1, 2], 5), min(cost[2, 1], 5)
    straight = dict(cost)
    for k in range(1, 7):
        for a in range(1, 7):
            for b in range(1, 7):
                cost[a, b] = min(cost[a, b], cost[a, k] + cost[k, b])
    tree = shortest_paths(world.lsas(), 1, tuple(world.ports[1]))
    assert {v[1]: node.cost for v, node in tree.items() if v[0] == ROUTER} == {
        b: cost[1, b] for b in range(1, 7) if cost[1, b] < far
    }
    for (_, router), node in tree.items():
        first = {
            you
            for port in world.ports[1]
            for you, address in port.neighbors.items()
            if NextHop(port.name, address) in node.hops
        }
        wanted = {
            you
            for you in range(2, 7)
            if router != 1 and straight[1, you] + cost[you, router] == cost[1, router] < far
        }
        assert first == wanted


def test_the_mask_of_a_prefix_is_what_the_lsa_says():
    assert Prefix(0, 0).mask == mask_of(0) == 0
    assert star().external(2, "0.0.0.0/0", 1).routes()["0.0.0.0/0"] == ("e2", 1, ["e0"])
