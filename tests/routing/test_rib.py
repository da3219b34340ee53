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


def test_among_equals_distance_then_metric_then_order_decide() -> None:
    def best(*routes: Route) -> Route | None:
        return table(*routes, up="a b")[0].get(Prefix.parse("10.0.0.0/8"))

    prefix = Prefix.parse("10.0.0.0/8")
    near = Route(prefix, None, "a", "ospf", 110, 10)
    far = Route(prefix, None, "b", "ospf", 110, 20)
    other = Route(prefix, None, "b", "eigrp", 90, 99999)
    twin = Route(prefix, None, "b", "ospf", 110, 10)
    assert best(far, near) == near
    assert best(near, far, other) == other
    assert best(near, twin) == near
    assert best(twin, near) == twin


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
