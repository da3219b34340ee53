"""OSPF and BFD: each command, its ``no``, its error; and what the routing side is given of them."""

from __future__ import annotations

import pytest

from ipsec_edu.config import running_config
from ipsec_edu.config.routing import bfd_timers, ospf_settings
from ipsec_edu.config.routing_settings import OspfArea, OspfOptions, OspfProcess, RedistributeLine
from ipsec_edu.core.addr import Prefix, parse_ip
from ipsec_edu.routing.rib import Route
from ipsec_edu.routing.settings import BfdTimers, DefaultInformation, OspfInterface, OspfSettings, Throttle
from tests.config.helpers import error, ios, pointed_at, problems

LINK = "interface GigabitEthernet0/0\n ip address 10.1.0.1 255.255.255.0\n"
ALL = "router ospf 1\n network 0.0.0.0 255.255.255.255 area 0\n"


def process(lines: str) -> OspfProcess:
    """What the lines below ``router ospf 1`` leave."""
    return ios("router ospf 1\n " + lines.replace("\n", "\n ")).ospf[1]


def options(lines: str) -> OspfOptions:
    """What the lines below an interface leave of its ``ip ospf``."""
    return ios("interface g0/0\n " + lines.replace("\n", "\n ")).interfaces["GigabitEthernet0/0"].ospf


def built(text: str) -> OspfSettings:
    """What the OSPF core of the device is given."""
    found = ospf_settings(ios(text))
    assert found is not None
    return found


def on(text: str, name: str = "GigabitEthernet0/0") -> OspfInterface:
    """What the OSPF core is told of one interface."""
    return next(interface for interface in built(text).interfaces if interface.name == name)


# --- the process -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ("router-id 192.0.2.1", "router_id", parse_ip("192.0.2.1")),
        ("network 10.1.0.0 0.0.255.255 area 0", "networks", [OspfArea(Prefix.parse("10.1.0.0/16"), 0)]),
        ("network 10.1.0.9 0.0.0.0 area 0.0.1.0", "networks", [OspfArea(Prefix.parse("10.1.0.9/32"), 256)]),
        ("network 10.1.0.0 255.255.0.0 area 0", "networks", [OspfArea(Prefix.parse("10.1.0.0/16"), 0)]),
        ("passive-interface default", "passive_default", True),
        ("passive-interface g0/1", "exceptions", ["GigabitEthernet0/1"]),
        ("default-information originate", "default_information", DefaultInformation()),
        ("default-metric 15", "default_metric", 15),
        ("auto-cost reference-bandwidth 1000", "reference_mbps", 1000),
        ("timers throttle spf 10 100 1000", "spf", Throttle(10, 100, 1000)),
        ("timers throttle lsa 0 100 1000", "lsa", Throttle(0, 100, 1000)),
        ("timers throttle lsa all 0 100 1000", "lsa", Throttle(0, 100, 1000)),
        ("timers lsa arrival 80", "lsa_arrival_ms", 80),
        ("distance 115", "distance", 115),
        ("maximum-paths 2", "maximum_paths", 2),
        ("log-adjacency-changes detail", "log_adjacency", "detail"),
        ("bfd all-interfaces", "bfd_all", True),
    ],
)
def test_a_line_of_the_process_is_set_and_taken_away(line, field, value):
    assert getattr(process(line), field) == value
    assert getattr(OspfProcess(1), field) != value
    fresh = "" if field == "log_adjacency" else getattr(OspfProcess(1), field)
    gone = "off" if field == "log_adjacency" else fresh
    assert getattr(process(f"{line}\nno {line}"), field) == gone


@pytest.mark.parametrize(
    "short", ["no router-id", "no timers throttle spf", "no distance", "no default-metric"]
)
def test_no_need_not_repeat_the_value(short):
    text = "router-id 1.1.1.1\ntimers throttle spf 10 100 1000\ndistance 115\ndefault-metric 5"
    assert process(f"{text}\n{short}") != process(text)


def test_options_of_redistribute_stand_in_any_order():
    one = process("redistribute static subnets metric 5 metric-type 1 tag 9 route-map RRI")
    other = process("redistribute static route-map RRI tag 9 metric-type 1 metric 5 subnets")
    assert one == other
    assert one.redistribute == {"static": RedistributeLine(True, 5, 1, 9, "RRI")}
    assert process("redistribute static subnets\nno redistribute static").redistribute == {}
    left = process("redistribute static subnets metric 5\nno redistribute static metric 5").redistribute
    assert left == {"static": RedistributeLine(subnets=True)}


def test_default_information_takes_its_options():
    line = "default-information originate metric-type 1 always metric 3"
    assert process(line).default_information == DefaultInformation(True, 3, 1)


def test_exceptions_from_passive_are_the_other_way_round_behind_default():
    text = "passive-interface default\nno passive-interface g0/1"
    assert process(text).exceptions == ["GigabitEthernet0/1"]
    assert not process(text).is_passive("GigabitEthernet0/1")
    assert process(text).is_passive("GigabitEthernet0/2")
    assert process(text + "\npassive-interface g0/1").exceptions == []
    assert process("passive-interface g0/1\npassive-interface default").exceptions == []


def test_without_the_process_nothing_runs_it():
    text = ALL + LINK + " ip ospf 1 area 0\n"
    assert ios(text).ospf
    gone = ios("no router ospf 1", ios(text))
    assert (gone.ospf, gone.interfaces["GigabitEthernet0/0"].ospf.process) == ({}, None)


def test_an_interface_that_names_a_process_makes_it():
    assert list(ios(LINK + " ip ospf 7 area 0").ospf) == [7]
    assert ios(LINK).ospf == {}


@pytest.mark.parametrize(
    ("text", "word", "said"),
    [
        ("router ospf 1\n network 10.0.0.0 0.255.255.255", "", "Incomplete"),
        ("router ospf 1\n network 10.0.0.0 0.255.0.255 area 0", "0.255.0.255", "wildcard with holes"),
        ("router ospf 1\n network 10.0.0.0 0.255.255.255 area x", "x", "an area"),
        ("router ospf 1\n redistribute static subnest", "subnest", "did you mean `subnets`"),
        ("router ospf 1\n redistribute statik", "statik", "did you mean `static`"),
        ("router ospf 1\n passiv-interface default", "passiv-interface", "passive-interface"),
        ("router ospf 1\n router-id 0.0.0.0", "0.0.0.0", "not allowed"),
        ("router ospf 1\n timers throttle spf 10 100", "", "Incomplete"),
        ("router ospf 0", "0", "1 to 65535"),
        ("interface g0/0\n ip ospf cost 70000", "70000", "1 to 65535"),
        ("interface g0/0\n ip ospf helo-interval 1", "helo-interval", "did you mean `hello-interval`"),
        ("interface g0/0\n ip ospf dead-interval minimal hello-multiplier 2", "2", "3 to 20"),
        ("interface g0/0\n bfd interval 50 min_rx 50", "", "Incomplete"),
        ("interface g0/0\n bfd interval 50 min-rx 50 multiplier 3", "min-rx", "min_rx"),
        ("interface g0/0\n ip verify unicast source reachable-via tx", "tx", "`rx` or `any`"),
    ],
)
def test_a_slip_is_pointed_at(text, word, said):
    problem = error(text, "ios")
    assert said in problem.message
    assert pointed_at(problem) == word


def test_lenient_reading_goes_on_behind_a_slip():
    found = problems(
        "router ospf 1\n redistribute statik\n router-id 0.0.0.0\n network 10.0.0.0 x area 0", "ios"
    )
    assert [(p.severity, p.line) for p in found] == [("warning", 2), ("warning", 3), ("warning", 4)]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("router ospf 1\nrouter ospf 2", "a second OSPF process"),
        (
            "router ospf 1\n network 10.0.0.0 0.0.0.255 area 0\n network 10.0.1.0 0.0.0.255 area 1",
            "second OSPF area",
        ),
        ("interface g0/0\n ip ospf network non-broadcast", "network types non-broadcast"),
        ("interface g0/0\n ip ospf authentication message-digest", "OSPF details"),
        ("router ospf 1\n distance ospf external 120", "OSPF details"),
        ("router ospf 1\n redistribute eigrp 100 subnets", "between routing protocols"),
        ("router ospf 1\n default-information originate always route-map X", "with a route-map"),
        ("router ospf 1 vrf BLUE\n network 10.0.0.0 0.0.0.255 area 0", "OSPF in a VRF"),
    ],
)
def test_what_is_not_modelled_is_said_and_kept(text, label):
    (problem,) = problems(text, "ios")
    assert problem.severity == "not-modelled" and label in problem.message
    last = text.splitlines()[-1]
    assert last in running_config(ios(text)).splitlines()


def test_a_plain_process_has_nothing_to_say():
    assert problems(LINK + ALL + " redistribute static subnets", "ios") == []
    (problem,) = problems("router ospf 1\n redistribute static", "ios")
    assert problem.severity == "warning" and "Only classful networks" in problem.message


# --- interfaces ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ("ip ospf 1 area 0.0.0.5", "area", 5),
        ("ip ospf network point-to-point", "network_type", "point-to-point"),
        ("ip ospf cost 20", "cost", 20),
        ("ip ospf priority 0", "priority", 0),
        ("ip ospf hello-interval 1", "hello_s", 1),
        ("ip ospf dead-interval 4", "dead_s", 4),
        ("ip ospf dead-interval minimal hello-multiplier 4", "hello_multiplier", 4),
        ("ip ospf retransmit-interval 2", "retransmit_s", 2),
        ("ip ospf transmit-delay 3", "transmit_delay_s", 3),
        ("ip ospf mtu-ignore", "mtu_ignore", True),
        ("ip ospf bfd", "bfd", True),
        ("ip ospf bfd disable", "bfd", False),
    ],
)
def test_a_line_of_the_interface_is_set_and_taken_away(line, field, value):
    assert getattr(options(line), field) == value
    assert options(f"{line}\nno {line}") == OspfOptions()
    shorter = line.rsplit(" ", 1)[0] if field not in ("mtu_ignore", "bfd") else line
    assert options(f"{line}\nno {shorter}") == OspfOptions()


def test_a_range_sets_every_interface():
    found = ios("interface range g0/0 - 1\n ip ospf cost 5\n bfd interval 50 min_rx 60 multiplier 3")
    assert [i.ospf.cost for i in found.interfaces.values()] == [5, 5]
    assert bfd_timers(found) == dict.fromkeys(found.interfaces, BfdTimers(50, 60, 3))
    assert bfd_timers(ios("interface g0/0\n no bfd interval", found)).keys() == {"GigabitEthernet0/1"}


def test_one_kind_of_network_replaces_another():
    text = "ip ospf network non-broadcast\nip ospf network point-to-point"
    assert "non-broadcast" not in running_config(ios("interface g0/0\n " + text.replace("\n", "\n ")))
    assert options(text).network_type == "point-to-point"


# --- what the routing side is given ------------------------------------------------------


def test_the_defaults_of_the_platform():
    assert on(LINK + ALL) == OspfInterface("GigabitEthernet0/0", parse_ip("10.1.0.1"), 24)
    assert built(LINK + ALL) == OspfSettings(1, parse_ip("10.1.0.1"), (on(LINK + ALL),))


def test_without_a_process_or_an_address_there_is_no_ospf():
    assert ospf_settings(ios(LINK)) is None
    assert ospf_settings(ios(ALL)) is None
    assert ospf_settings(ios(LINK + ALL)) is not None


def test_the_router_id_is_the_highest_loopback_then_the_highest_address():
    loop = "interface Loopback{}\n ip address {} 255.255.255.255\n"
    other = "interface g0/1\n ip address 203.0.113.1 255.255.255.0\n"
    assert built(LINK + other + ALL).router_id == parse_ip("203.0.113.1")
    assert built(LINK + other + " shutdown\n" + ALL).router_id == parse_ip("10.1.0.1")
    loops = loop.format(0, "9.9.9.9") + loop.format(1, "9.9.9.8")
    assert built(loops + LINK + other + ALL).router_id == parse_ip("9.9.9.9")
    assert built(loops + LINK + ALL + " router-id 1.1.1.1").router_id == parse_ip("1.1.1.1")


@pytest.mark.parametrize(
    ("name", "kind", "cost"),
    [
        ("GigabitEthernet0/0", "broadcast", 1),
        ("FastEthernet0/0", "broadcast", 1),
        ("Ethernet0/1", "broadcast", 10),
        ("Serial1/1:0", "point-to-point", 64),
        ("Loopback0", "loopback", 1),
        ("GigabitEthernet0/0.10", "broadcast", 1),
    ],
)
def test_network_type_and_cost_follow_the_kind_of_interface(name, kind, cost):
    text = f"interface {name}\n ip address 10.1.0.1 255.255.255.0\n"
    assert (on(text + ALL, name).network_type, on(text + ALL, name).cost) == (kind, cost)


def test_the_cost_comes_from_bandwidth_unless_it_is_typed():
    assert on(LINK + " bandwidth 2000\n" + ALL).cost == 50
    assert on(LINK + ALL + " auto-cost reference-bandwidth 10000").cost == 10
    assert on(LINK + " bandwidth 2000\n ip ospf cost 7\n" + ALL).cost == 7
    assert on(LINK + " bandwidth 1\n" + ALL).cost == 65535


def test_the_dead_interval_follows_the_hello_interval_unless_it_is_typed():
    def times(lines: str) -> tuple[int, int]:
        found = on(LINK + lines + ALL)
        return found.hello_ms, found.dead_ms

    assert times("") == (10_000, 40_000)
    assert times(" ip ospf hello-interval 1\n") == (1000, 4000)
    assert times(" ip ospf dead-interval 8\n ip ospf hello-interval 1\n") == (1000, 8000)
    assert times(" ip ospf dead-interval minimal hello-multiplier 4\n") == (250, 1000)


def test_a_loopback_is_a_host_unless_it_is_said_to_be_a_network():
    text = "interface Loopback0\n ip address 10.9.0.1 255.255.255.0\n"
    assert on(text + ALL, "Loopback0").network_type == "loopback"
    text += " ip ospf network point-to-point\n"
    assert on(text + ALL, "Loopback0").network_type == "point-to-point"


def test_the_interface_command_wins_over_network_and_longer_prefixes_over_shorter():
    two = "router ospf 1\n network 10.0.0.0 0.255.255.255 area 5\n network 10.1.0.0 0.0.0.255 area 6\n"
    assert on(LINK + two).area == 6
    assert on(LINK + " ip ospf 1 area 7\n" + two).area == 7
    assert on(LINK + "router ospf 1\n network 10.0.0.0 0.255.255.255 area 5").area == 5


def test_bfd_needs_its_timers_and_somebody_who_asks_for_it():
    timers = " bfd interval 50 min_rx 50 multiplier 3\n"
    every = ALL + " bfd all-interfaces"
    assert on(LINK + timers + every).bfd
    assert on(LINK + timers + " ip ospf bfd\n" + ALL).bfd
    assert not on(LINK + timers + ALL).bfd
    assert not on(LINK + timers + " ip ospf bfd disable\n" + every).bfd
    assert not on(LINK + every).bfd


def test_mtu_priority_and_the_rest_reach_the_interface():
    lines = " ip mtu 1400\n ip ospf priority 0\n ip ospf mtu-ignore\n ip ospf retransmit-interval 2\n"
    found = on(LINK + lines + ALL + " passive-interface g0/0")
    assert (found.mtu, found.priority, found.mtu_ignore, found.retransmit_s) == (1400, 0, True, 2)
    assert found.passive and not on(LINK + ALL).passive
    assert not built(LINK + ALL + " no log-adjacency-changes").log_adjacency


def test_without_subnets_only_classful_networks_pass():
    def passing(line: str) -> list[str]:
        (found,) = built(LINK + ALL + " " + line).redistribute
        prefixes = ("10.0.0.0/8", "10.1.0.0/16", "172.16.0.0/16", "192.168.1.0/24", "192.168.1.4/30")
        routes = {text: Route(Prefix.parse(text)) for text in prefixes}
        return [
            text
            for text, route in routes.items()
            if found.route_map is None or found.route_map.judge(route) is not None
        ]

    assert passing("redistribute static") == ["10.0.0.0/8", "172.16.0.0/16", "192.168.1.0/24"]
    assert len(passing("redistribute static subnets")) == 5


def test_the_metric_of_external_routes():
    def metric(lines: str, source: str = "static") -> int:
        text = LINK + ALL + f" redistribute {source} subnets {lines}"
        return built(text).redistribute[0].metric

    assert metric("") == 20
    assert metric("metric 5") == 5
    assert metric("\n default-metric 15") == 15
    assert metric("metric 5\n default-metric 15") == 5
    assert metric("\n default-metric 15", "connected") == 0
