"""The routing table: longest prefix, validity, distance, recursion."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ipsec_edu.core.addr import Prefix, parse_ip
from ipsec_edu.routing.rib import CONNECTED, Rib, Route


def connected(prefix: str, interface: str) -> Route:
    return Route(Prefix.parse(prefix), None, interface, CONNECTED, 0)


def static(prefix: str, via: str | None = None, interface: str | None = None, distance: int = 1) -> Route:
    return Route(Prefix.parse(prefix), parse_ip(via) if via else None, interface, distance=distance)


def table(*routes: Route, up: str = "") -> tuple[Rib, list[str]]:
    log: list[str] = []
    rib = Rib(lambda change, route: log.append(f"{change} {route.prefix} {route.source}"))
    for name in up.split():
        rib.set_interface(name, True)
    rib.add(*routes)
    return rib, log


def way(rib: Rib, address: str) -> tuple[str, str | None] | None:
    path = rib.lookup(parse_ip(address))
    if path is None:
        return None
    return path.interface, None if path.next_hop is None else str(Prefix(path.next_hop, 32))[:-3]


def test_the_longest_prefix_wins() -> None:
    rib, _ = table(
        connected("10.0.0.0/24", "a"),
        connected("10.0.1.0/24", "b"),
        static("10.0.0.0/8", "10.0.1.9"),
        static("0.0.0.0/0", "10.0.0.9"),
        up="a b",
    )
    assert way(rib, "10.0.0.5") == ("a", None)
    assert way(rib, "10.9.9.9") == ("b", "10.0.1.9")
    assert way(rib, "8.8.8.8") == ("a", "10.0.0.9")


def test_without_a_match_there_is_no_way() -> None:
    rib, _ = table(connected("10.0.0.0/24", "a"), up="a")
    assert way(rib, "10.0.1.1") is None


def test_a_connected_route_lives_and_dies_with_its_interface() -> None:
    rib, log = table(connected("10.0.0.0/24", "a"))
    assert way(rib, "10.0.0.1") is None
    rib.set_interface("a", True)
    rib.set_interface("a", True)
    assert way(rib, "10.0.0.1") == ("a", None)
    rib.set_interface("a", False)
    assert way(rib, "10.0.0.1") is None
    assert log == ["add 10.0.0.0/24 connected", "del 10.0.0.0/24 connected"]


def test_a_static_route_dies_with_the_way_to_its_next_hop() -> None:
    rib, log = table(connected("10.0.0.0/24", "a"), static("0.0.0.0/0", "10.0.0.9"), up="a")
    log.clear()
    rib.set_interface("a", False)
    assert way(rib, "8.8.8.8") is None
    assert log == ["del 0.0.0.0/0 static", "del 10.0.0.0/24 connected"]


def test_a_static_route_that_names_its_interface_needs_no_connected_route() -> None:
    rib, _ = table(static("0.0.0.0/0", "10.0.0.9", "a"), up="a")
    assert way(rib, "8.8.8.8") == ("a", "10.0.0.9")
    rib.set_interface("a", False)
    assert way(rib, "8.8.8.8") is None


def test_a_floating_route_takes_over_and_steps_back() -> None:
    rib, log = table(
        connected("10.0.0.0/24", "a"),
        connected("10.0.1.0/24", "b"),
        static("0.0.0.0/0", "10.0.1.9", distance=200),
        static("0.0.0.0/0", "10.0.0.9"),
        up="a b",
    )
    assert way(rib, "8.8.8.8") == ("a", "10.0.0.9")
    log.clear()
    rib.set_interface("a", False)
    assert way(rib, "8.8.8.8") == ("b", "10.0.1.9")
    assert log == ["del 0.0.0.0/0 static", "del 10.0.0.0/24 connected", "add 0.0.0.0/0 static"]
    rib.set_interface("a", True)
    assert way(rib, "8.8.8.8") == ("a", "10.0.0.9")


def test_next_hops_resolve_through_other_routes() -> None:
    rib, _ = table(
        static("172.16.0.0/16", "192.168.0.1"),
        static("192.168.0.0/24", "10.0.0.9"),
        connected("10.0.0.0/24", "a"),
        up="a",
    )
    assert way(rib, "172.16.1.1") == ("a", "10.0.0.9")
    rib.remove(static("192.168.0.0/24", "10.0.0.9"))
    assert way(rib, "172.16.1.1") is None


def test_nothing_resolves_through_itself() -> None:
    rib, _ = table(static("10.1.0.0/16", "10.1.0.1"), up="a")
    assert way(rib, "10.1.2.3") is None
    rib, _ = table(static("10.1.0.0/16", "10.2.0.1"), static("10.2.0.0/16", "10.1.0.1"), up="a")
    assert list(rib) == []


def test_a_source_can_replace_all_its_routes_at_once() -> None:
    rib, log = table(connected("10.0.0.0/24", "a"), up="a")
    first = Route(Prefix.parse("10.5.0.0/16"), parse_ip("10.0.0.2"), "a", "ospf", 110, 20)
    second = Route(Prefix.parse("10.6.0.0/16"), parse_ip("10.0.0.2"), "a", "ospf", 110, 20)
    rib.replace("ospf", [first])
    log.clear()
    rib.replace("ospf", [first, second])
    rib.replace("ospf", [second])
    assert log == ["add 10.6.0.0/16 ospf", "del 10.5.0.0/16 ospf"]
    assert rib.get(first.prefix) is None and rib.get(second.prefix) == second


def test_distance_then_metric_then_the_order_of_the_sources_decide() -> None:
    def best(*routes: Route) -> Route | None:
        return table(*routes, up="a b")[0].get(Prefix.parse("10.0.0.0/8"))

    prefix = Prefix.parse("10.0.0.0/8")
    near = Route(prefix, None, "a", "ospf", 110, 10)
    far = Route(prefix, None, "b", "ospf", 110, 20)
    other = Route(prefix, None, "b", "eigrp", 90, 99999)
    rival = Route(prefix, None, "b", "isis", 110, 10)
    assert best(far, near) == near
    assert best(near, far, other) == other
    assert best(near, rival) == near
    assert best(rival, near) == rival


PREFIX = Prefix.parse("10.0.0.0/8")
FIRST, SECOND = static("10.0.0.0/8", "192.0.2.9"), static("10.0.0.0/8", "198.51.100.9")
LINKS = connected("192.0.2.0/24", "a"), connected("198.51.100.0/24", "b")


def spread(rib: Rib, sources: int = 256) -> list[int]:
    """How many of so many source addresses go by ``a``, by ``b``, and so on."""
    paths = [rib.lookup(parse_ip("10.1.2.3"), parse_ip("172.16.0.0") + n) for n in range(sources)]
    names = [path.interface for path in paths if path is not None]
    return [names.count(name) for name in sorted(set(names))]


def test_equal_routes_share_the_load_by_source_and_destination() -> None:
    rib, log = table(*LINKS, SECOND, FIRST, up="a b")
    assert rib.all_of(PREFIX) == (FIRST, SECOND) and rib.get(PREFIX) == FIRST
    assert list(rib)[:2] == [FIRST, SECOND]
    assert log.count("add 10.0.0.0/8 static") == 2
    for_a, for_b = spread(rib)
    assert for_a + for_b == 256 and abs(for_a - for_b) < 64
    pairs = [(parse_ip("10.1.2.3") + n, parse_ip("172.16.0.1")) for n in range(64)]
    ways = {path.interface for pair in pairs if (path := rib.lookup(*pair))}
    assert ways == {"a", "b"}, "the destination matters as well"
    assert all(rib.lookup(*pair) == rib.lookup(*pair) for pair in pairs), "a flow keeps to its path"


def test_what_is_not_equal_does_not_share() -> None:
    floating = static("10.0.0.0/8", "198.51.100.9", distance=5)
    again = Route(PREFIX, FIRST.next_hop, name="the same way once more")
    stranger = Route(PREFIX, SECOND.next_hop, source="rri")
    for other in (floating, again, stranger):
        rib, _ = table(*LINKS, FIRST, other, up="a b")
        assert rib.all_of(PREFIX) == (FIRST,)
        assert spread(rib) == [256]
        path = rib.lookup(PREFIX.network)
        assert path is not None and not path.shared
    rib, _ = table(connected("10.0.0.0/8", "a"), connected("10.0.0.0/8", "b"), up="a b")
    assert len(rib.all_of(PREFIX)) == 1


def test_a_path_that_dies_leaves_its_load_to_the_others() -> None:
    rib, log = table(*LINKS, FIRST, SECOND, up="a b")
    log.clear()
    rib.set_interface("b", False)
    assert spread(rib) == [256]
    assert log == ["del 10.0.0.0/8 static", "del 198.51.100.0/24 connected"]
    log.clear()
    rib.set_interface("b", True)
    assert len(spread(rib)) == 2
    assert log == ["add 10.0.0.0/8 static", "add 198.51.100.0/24 connected"]


def test_so_many_paths_are_installed_at_most() -> None:
    routes = [static("10.0.0.0/8", f"192.0.2.{n}") for n in range(1, 7)]
    rib, _ = table(LINKS[0], *routes, up="a")
    assert rib.all_of(PREFIX) == tuple(routes[:4])
    single = Rib(maximum_paths=1)
    single.set_interface("a", True)
    single.add(LINKS[0], *reversed(routes))
    assert single.all_of(PREFIX) == (routes[0],)


def test_an_asa_shares_over_the_gateways_of_one_interface_only() -> None:
    by_a = [static("10.0.0.0/8", f"192.0.2.{n}", "a") for n in (8, 9)]
    by_b = static("10.0.0.0/8", "198.51.100.9", "b")
    asa, ios = Rib(across_interfaces=False), Rib()
    for rib in (asa, ios):
        rib.set_interface("a", True)
        rib.set_interface("b", True)
        rib.add(by_a[0], by_b, by_a[1])
    assert asa.all_of(PREFIX) == tuple(by_a)
    assert ios.all_of(PREFIX) == (*by_a, by_b)


def choices(salt: int) -> list[int]:
    rib = Rib(salt=salt)
    for name in "ab":
        rib.set_interface(name, True)
    rib.add(*LINKS, FIRST, SECOND)
    paths = [rib.lookup(parse_ip("10.1.2.3"), source) for source in range(64)]
    return [path.next_hop or 0 for path in paths if path is not None]


def test_devices_of_different_salt_choose_differently() -> None:
    assert choices(1) == choices(1)
    agreed = sum(one == other for one, other in zip(choices(1), choices(2), strict=True))
    assert 16 < agreed < 48, "neither alike nor opposite"


def test_a_next_hop_behind_equal_paths_is_reached_by_all_of_them() -> None:
    far = static("172.31.0.0/16", "10.0.0.1")
    rib, _ = table(*LINKS, FIRST, SECOND, far, up="a b")
    ways = [rib.lookup(parse_ip("172.31.0.1"), source) for source in range(64)]
    assert {way.interface for way in ways if way is not None} == {"a", "b"}
    assert all(way is not None and way.route == far and way.shared for way in ways)
    rib.remove(SECOND)
    alone = rib.lookup(parse_ip("172.31.0.1"), 1)
    assert alone is not None and not alone.shared


@settings(deadline=None, max_examples=150, derandomize=True)
@given(
    st.lists(st.tuples(st.integers(0, 0xFFFFFFFF), st.integers(0, 32), st.sampled_from("ab")), max_size=12),
    st.lists(st.integers(0, 0xFFFFFFFF), min_size=1, max_size=6),
)
def test_a_lookup_agrees_with_a_search_through_all_routes(
    entries: list[tuple[int, int, str]], addresses: list[int]
) -> None:
    routes = [Route(Prefix.of(network, length), None, name) for network, length, name in entries]
    rib, _ = table(*routes, up="a")
    for address in [*addresses, *(route.prefix.network for route in routes)]:
        fitting = [route for route in routes if route.interface == "a" and route.prefix.contains(address)]
        expected = max((route.prefix for route in fitting), key=lambda prefix: prefix.length, default=None)
        found = rib.match(address)
        assert (found.prefix if found else None) == expected


@settings(deadline=None, max_examples=80, derandomize=True)
@given(
    st.lists(
        st.tuples(st.integers(0, 7), st.integers(0, 7), st.sampled_from([None, "a", "b"]), st.integers(1, 3)),
        max_size=8,
    ),
    st.lists(st.tuples(st.sampled_from("ab"), st.booleans()), max_size=6),
)
def test_any_set_of_routes_settles_and_reports_exactly_its_changes(
    entries: list[tuple[int, int, str | None, int]], flaps: list[tuple[str, bool]]
) -> None:
    present: set[Route] = set()

    def changed(change: str, route: Route) -> None:
        (present.add if change == "add" else present.remove)(route)

    rib = Rib(changed)
    for network, next_hop, interface, distance in entries:
        prefix = Prefix(10 << 24 | network << 16, 16)
        rib.add(Route(prefix, 10 << 24 | next_hop << 16 | 1, interface, distance=distance))
    for name, up in flaps:
        rib.set_interface(name, up)
        assert present == set(rib)
        for route in present:
            rib.lookup(route.prefix.network)
