"""Route maps, prefix lists, tracking, ``ip sla``, reverse-path checks, and peers with a default."""

from __future__ import annotations

import pytest

from ipsec_edu.config import check_device, running_config
from ipsec_edu.config.filtering import hang_filters
from ipsec_edu.config.routing import route_map, sla_probes, tracked_objects
from ipsec_edu.config.routing_settings import PrefixLine, RouteMapLine, Schedule
from ipsec_edu.config.wiring import crypto_policies
from ipsec_edu.core.addr import Prefix, parse_ip
from ipsec_edu.lab import Lab
from ipsec_edu.routing.policy import Verdict
from ipsec_edu.routing.rib import Route
from ipsec_edu.routing.settings import SlaEcho, TrackedObject
from tests.config.helpers import R1, error, ios, pointed_at, problems
from tests.net.build import chain, fates, get, ping, run
from tests.net.build import route as net_route

G0, G1 = "GigabitEthernet0/0", "GigabitEthernet0/1"
SLA = "ip sla 1\n icmp-echo 10.8.0.2 source-interface g0/1\n frequency 3\n timeout 1000\n threshold 500\n"
NOW = "ip sla schedule 1 life forever start-time now\n"


def judged(text: str, prefix: str, tag: int = 0, interface: str | None = None) -> Verdict | None:
    """What the route map M makes of a static route."""
    return route_map(ios(text), "M").judge(Route(Prefix.parse(prefix), None, interface), tag)


# --- route maps and lists ----------------------------------------------------------------


def test_a_route_map_is_permit_10_unless_it_says_otherwise():
    assert ios("route-map M").route_maps == {"M": {10: RouteMapLine("M", 10)}}
    assert ios("route-map M deny 20").route_maps["M"][20].permit is False
    assert ios("route-map M deny 20\nroute-map M permit 20").route_maps["M"][20].permit is True


def test_a_route_map_is_taken_away_as_a_whole_or_by_sequence():
    text = "route-map M permit 10\n description one\nroute-map M deny 20\n"
    assert list(ios(text + "no route-map M permit 10").route_maps["M"]) == [20]
    assert ios(text + "no route-map M").route_maps == {}
    assert "description one" not in running_config(ios(text + "no route-map M permit 10"))
    assert "description one" in running_config(ios(text))


def test_what_stands_below_a_sequence_stays_when_its_verdict_changes():
    text = "route-map M permit 10\n description one\nroute-map M deny 10\n"
    assert "route-map M deny 10\n description one\n" in running_config(ios(text))


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ("match ip address A 7", "access_lists", ["A", "7"]),
        ("match ip address prefix-list P Q", "prefix_lists", ["P", "Q"]),
        ("match tag 5 6", "tags", [5, 6]),
        ("match interface g0/1", "interfaces", [G1]),
        ("set metric 30", "set_metric", 30),
        ("set metric-type type-1", "set_metric_type", 1),
        ("set tag 9", "set_tag", 9),
    ],
)
def test_a_clause_is_set_and_taken_away(line, field, value):
    head = "route-map M permit 10\n "
    assert getattr(ios(head + line).route_maps["M"][10], field) == value
    assert ios(f"{head}{line}\n no {line}").route_maps["M"][10] == RouteMapLine("M", 10)
    short = " ".join(line.split()[: 3 if line.startswith("match ip") else 2])
    assert ios(f"{head}{line}\n no {short}").route_maps["M"][10] == RouteMapLine("M", 10)


def test_one_of_several_is_taken_away():
    entry = ios("route-map M\n match tag 5 6\n match ip address A B\n no match tag 5\n no match ip address A")
    assert (entry.route_maps["M"][10].tags, entry.route_maps["M"][10].access_lists) == ([6], ["B"])


def test_lines_of_a_prefix_list_get_numbers_and_are_taken_away():
    text = "ip prefix-list P permit 10.0.0.0/8 le 24\nip prefix-list P deny 0.0.0.0/0 ge 8\n"
    assert ios(text).prefix_lists["P"] == [
        PrefixLine(5, True, Prefix.parse("10.0.0.0/8"), None, 24),
        PrefixLine(10, False, Prefix(0, 0), 8, None),
    ]
    assert ios(text + text).prefix_lists == ios(text).prefix_lists
    assert [x.sequence for x in ios(text + "no ip prefix-list P seq 5").prefix_lists["P"]] == [10]
    assert [x.sequence for x in ios(text + "no ip prefix-list P deny 0.0.0.0/0 ge 8").prefix_lists["P"]] == [
        5
    ]
    assert len(ios(text + "no ip prefix-list P permit 10.0.0.0/8").prefix_lists["P"]) == 2
    assert ios(text + "no ip prefix-list P").prefix_lists == {}


@pytest.mark.parametrize(
    ("rules", "passing"),
    [
        ("permit 10.0.0.0/8", ["10.0.0.0/8"]),
        ("permit 10.0.0.0/8 le 16", ["10.0.0.0/8", "10.1.0.0/16"]),
        ("permit 10.0.0.0/8 ge 16", ["10.1.0.0/16", "10.1.1.0/24"]),
        ("permit 10.0.0.0/8 ge 16 le 16", ["10.1.0.0/16"]),
        ("permit 0.0.0.0/0 le 32", ["10.0.0.0/8", "10.1.0.0/16", "10.1.1.0/24", "192.168.0.0/24"]),
    ],
)
def test_a_prefix_list_looks_at_the_length(rules, passing):
    text = f"ip prefix-list P {rules}\nroute-map M\n match ip address prefix-list P"
    prefixes = ("10.0.0.0/8", "10.1.0.0/16", "10.1.1.0/24", "192.168.0.0/24")
    assert [prefix for prefix in prefixes if judged(text, prefix)] == passing


@pytest.mark.parametrize(
    ("rules", "passing"),
    [
        ("access-list 7 permit 10.0.0.0 0.255.255.255", ["10.0.0.0/8", "10.1.0.0/16"]),
        (
            "access-list 7 deny 10.0.0.0 0.0.255.255\naccess-list 7 permit any",
            ["10.1.0.0/16", "192.168.0.0/24"],
        ),
        ("access-list 107 permit ip 10.0.0.0 0.255.255.255 host 255.255.0.0", ["10.1.0.0/16"]),
        ("access-list 107 permit ip any 255.255.0.0 0.0.255.255", ["10.1.0.0/16", "192.168.0.0/24"]),
    ],
)
def test_an_access_list_looks_at_the_network_and_an_extended_one_at_the_mask(rules, passing):
    number = rules.split()[1]
    text = f"{rules}\nroute-map M\n match ip address {number}"
    prefixes = ("10.0.0.0/8", "10.1.0.0/16", "192.168.0.0/24")
    assert [prefix for prefix in prefixes if judged(text, prefix)] == passing


def test_names_that_lead_nowhere():
    assert judged("", "10.0.0.0/8") is None  # a route map that is not there lets nothing through
    assert judged("route-map M", "10.0.0.0/8") == Verdict()
    assert judged("route-map M\n match ip address prefix-list P", "10.0.0.0/8") == Verdict()
    assert judged("route-map M\n match ip address 7", "10.0.0.0/8") == Verdict()


def test_sequences_are_tried_in_order_and_set_what_they_say():
    text = (
        "route-map M permit 20\n set metric 7\n set metric-type type-1\n set tag 9\n"
        "route-map M deny 10\n match tag 5\n"
    )
    assert judged(text, "10.0.0.0/8", tag=5) is None
    assert judged(text, "10.0.0.0/8", tag=6) == Verdict(7, 1, 9)
    only = "route-map M\n match interface g0/1"
    assert judged(only, "10.0.0.0/8", interface=G1) == Verdict()
    assert judged(only, "10.0.0.0/8", interface=G0) is None


@pytest.mark.parametrize(
    ("text", "word", "said"),
    [
        ("ip prefix-list P permit 10.0.0.0/8 ge 8", "8", "len < ge-value <= le-value"),
        ("ip prefix-list P permit 10.0.0.0/8 ge 24 le 16", "16", "len < ge-value <= le-value"),
        ("ip prefix-list P permit 10.0.0.0", "10.0.0.0", "write the length"),
        ("ip prefix-list P permit 10.0.0.0/40", "10.0.0.0/40", "0 to 32"),
        ("route-map M\n match ip adress 7", "adress", "did you mean `address`"),
        ("route-map M\n set metric-type 1", "1", "expected `type-1`, `type-2`"),
        ("track 1 ip sla 1\ntrack 1 ip sla 2", "1", "delete old config first"),
        ("track 1", "1", "does not exist"),
        ("track 1 ip route 10.0.0.1 255.0.0.0 reachability", "10.0.0.1", "Inconsistent"),
        ("track 1 list boolean xor", "xor", "did you mean `or`"),
        ("track 1 list boolean and\n object 1", "1", "object of itself"),
        ("track 1 ip sla 1\n object 2", "2", "only a list has objects"),
        ("track 1 ip sla 1\n delay", "", "Incomplete"),
        ("track 1 ip sla 1\n delay down 200", "200", "0 to 180"),
        ("ip sla 1\n icmp-echo 10.0.0.300", "10.0.0.300", "above 255"),
        ("ip sla 1\n frequency 0", "0", "1 to 604800"),
        ("ip sla schedule 5 life forever start-time now", "5", "% Entry 5 is not configured"),
        ("ip sla 1\nip sla schedule 1 life forver", "forver", "did you mean `forever`"),
    ],
)
def test_a_slip_is_pointed_at(text, word, said):
    problem = error(text, "ios")
    assert said in problem.message
    assert pointed_at(problem) == word


# --- tracking ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("track 1 ip sla 4 reachability", TrackedObject(1, "sla", sla=4)),
        ("track 1 rtr 4 reachability", TrackedObject(1, "sla", sla=4)),
        ("track 1 ip sla 4 state", TrackedObject(1, "sla", sla=4, state=True)),
        ("track 1 ip sla 4", TrackedObject(1, "sla", sla=4, state=True)),
        ("track 1 interface se0:0 line-protocol", TrackedObject(1, "interface", interface="Serial0:0")),
        (
            "track 1 ip route 10.0.0.0 255.0.0.0 reachability",
            TrackedObject(1, "route", network=parse_ip("10.0.0.0"), length=8),
        ),
        (
            "track 1 ip route 10.0.0.0/8 reachability",
            TrackedObject(1, "route", network=parse_ip("10.0.0.0"), length=8),
        ),
        ("track 1 list boolean and\n object 2\n object 3 not", TrackedObject(1, "and", objects=(2, -3))),
        ("track 1 list boolean or\n object 2\n no object 2", TrackedObject(1, "or")),
        (
            "track 1 ip sla 4 reachability\n delay down 5 up 30",
            TrackedObject(1, "sla", sla=4, up_delay_s=30, down_delay_s=5),
        ),
        (
            "track 1 ip sla 4 reachability\n delay up 30 down 5\n no delay up 30",
            TrackedObject(1, "sla", sla=4, down_delay_s=5),
        ),
        ("track 1 ip sla 4 reachability\n delay up 30\n no delay", TrackedObject(1, "sla", sla=4)),
        ("track 1 ip sla 4 reachability\ntrack 1\n delay up 3", TrackedObject(1, "sla", sla=4, up_delay_s=3)),
    ],
)
def test_what_is_tracked(text, wanted):
    assert tracked_objects(ios(text)) == (wanted,)
    assert tracked_objects(ios("no track 1", ios(text))) == ()


def test_tracked_objects_are_modelled_on_routes_with_their_distance():
    (route,) = ios("ip route 0.0.0.0 0.0.0.0 198.51.100.1 250 track 1").routes
    assert (route.distance, route.track) == (250, 1)
    assert problems("ip route 0.0.0.0 0.0.0.0 198.51.100.1 250 track 1", "ios") == []


def test_a_probe_runs_when_it_is_scheduled():
    (probe,) = sla_probes(ios(SLA + NOW))
    assert probe == SlaEcho(1, parse_ip("10.8.0.2"), None, G1, 3, 1000, 0.0, 500, None)
    assert sla_probes(ios(SLA)) == ()
    assert sla_probes(ios(SLA + "ip sla schedule 1 life forever")) == ()
    assert sla_probes(ios(SLA + NOW + "no ip sla schedule 1")) == ()
    assert ios(SLA + NOW + "no ip sla 1").slas == {}


def test_a_probe_ends_after_an_hour_unless_it_is_told_to_go_on():
    assert ios(SLA + "ip sla schedule 1 start-time now").slas[1].schedule == Schedule(3600, 0)
    later = "ip sla schedule 1 start-time after 00:01:30 life 60"
    assert ios(SLA + later).slas[1].schedule == Schedule(60, 90)
    assert ios(SLA + NOW).slas[1].schedule == Schedule(None, 0)


def test_values_of_a_probe_fall_back_to_the_defaults():
    found = ios(SLA + " no frequency\n no timeout\n no threshold\n no icmp-echo").slas[1]
    assert (found.frequency_s, found.timeout_ms, found.threshold_ms, found.destination) == (
        60,
        5000,
        5000,
        None,
    )


def test_the_older_words_mean_the_same():
    older = "ip sla monitor 1\n type echo protocol ipIcmpEcho 10.8.0.2 source-ipaddr 10.8.0.1\n"
    newer = "ip sla 1\n icmp-echo 10.8.0.2 source-ip 10.8.0.1\n"
    assert ios(older + "ip sla monitor schedule 1 start-time now") == ios(
        newer + "ip sla schedule 1 start-time now"
    )


# --- what check says ---------------------------------------------------------------------

WHOLE = (
    "interface g0/1\n ip address 10.8.0.1 255.255.255.0\n bfd interval 50 min_rx 50 multiplier 3\n"
    "router ospf 1\n network 10.8.0.0 0.0.0.255 area 0\n bfd all-interfaces\n"
    " redistribute static subnets route-map M\n"
    "ip prefix-list P permit 10.0.0.0/8\naccess-list 7 permit any\n"
    "route-map M\n match ip address prefix-list P\nroute-map M permit 20\n match ip address 7\n"
    "track 1 ip sla 1 reachability\ntrack 2 list boolean or\n object 1\n"
    "ip route 0.0.0.0 0.0.0.0 10.8.0.2 track 1\n" + SLA + NOW
)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("subnets route-map M", "subnets route-map N", 'refers to route-map "N", which is not defined'),
        ("prefix-list P\n", "prefix-list Q\n", "it matches everything"),
        ("match ip address 7", "match ip address 8", "it matches everything"),
        (" object 1", " object 9", 'track 2 refers to track "9"'),
        (" object 1\n", "", "list without objects"),
        ("track 1 ip sla 1 r", "track 1 ip sla 2 r", 'track 1 refers to ip sla "2"'),
        ("10.8.0.2 track 1", "10.8.0.2 track 3", 'refers to track "3"'),
        (NOW, "", "is not scheduled"),
        ("life forever ", "", "ends after 3600 s"),
        ("timeout 1000", "timeout 5000", "shorter than timeout"),
        (" icmp-echo 10.8.0.2 source-interface g0/1\n", "", "no `icmp-echo`"),
        ("source-interface g0/1", "source-interface g0/2", "did you mean GigabitEthernet0/1"),
        ("network 10.8.0.0", "network 10.9.0.0", "matches no interface address"),
        ("network 10.8.0.0", "network 10.9.0.0", "runs on no interface"),
        (" bfd interval 50", " ip ospf cost 5\n no bfd interval 50", "there is no `bfd interval`"),
        (" bfd all-interfaces\n", "", "nothing uses it"),
        (" bfd all-interfaces\n", " passive-interface g0/7\n", "passive-interface names GigabitEthernet0/7"),
    ],
)
def test_near_misses(old, new, said):
    def about(text: str) -> str:
        return " | ".join(p.message for p in check_device(ios(text), "x"))

    assert said in about(WHOLE.replace(old, new))
    assert about(WHOLE) == ""


def test_ospf_options_without_ospf_and_a_second_area_are_said():
    base = "interface g0/0\n ip address 10.1.0.1 255.255.255.0\n ip ospf cost 5\n"
    other = "interface g0/1\n ip address 10.2.0.1 255.255.255.0\n"
    only = base + "router ospf 1\n network 10.1.0.0 0.0.0.255 area 0\n"
    two = other + only + " network 10.2.0.0 0.0.0.255 area 1\n"

    def about(text: str) -> str:
        return " | ".join(p.message for p in check_device(ios(text), "x"))

    assert "no `network` line matches its address" in about(base)
    assert "only area" in about(two)
    assert about(only) == ""


# --- reverse-path checks -----------------------------------------------------------------


def asked(line: str, lines: str = "", back: str = "") -> str:
    """A pings B through R, whose first interface checks sources; `back` is R's route to A's other address."""
    world = chain()
    router = get(world, "R")
    settings = ios(f"interface g0/0\n ip address 10.1.0.254 255.255.255.0\n {line}\n{lines}")
    hang_filters(router, settings)
    for text in filter(None, back.split(";")):
        prefix, via = text.split()
        router.rib.add(net_route(prefix, via))
    sender = get(world, "A")
    sender.take_address(sender.interfaces[G0], parse_ip("192.0.2.9"))
    flow = ping(world, "A", "10.2.0.1", count=1, source_address=parse_ip("192.0.2.9"))
    run(world, 3)
    return fates(flow)[0]


@pytest.mark.parametrize(
    ("mode", "back", "fate"),
    [
        ("rx", "192.0.2.0/24 10.1.0.1", "ok"),
        ("rx", "192.0.2.0/24 10.2.0.1", "acl"),
        ("any", "192.0.2.0/24 10.2.0.1", "passed"),
        ("rx", "0.0.0.0/0 10.1.0.1", "acl"),
        ("rx allow-default", "0.0.0.0/0 10.1.0.1", "ok"),
        ("any", "0.0.0.0/0 10.2.0.1", "acl"),
        ("rx", "192.0.2.0/24 10.1.0.1;192.0.2.0/24 10.2.0.1", "passed"),
    ],
)
def test_a_packet_passes_where_its_source_could_be_reached(mode, back, fate):
    line = f"ip verify unicast source reachable-via {mode}"
    found = asked(line, back=back)
    assert found == fate if fate != "passed" else found != "acl"
    assert asked("description unchecked", back=back) != "acl"


OLDER = "interface g0/0\n ip verify unicast reverse-path"


def test_the_older_form_is_strict():
    (new,) = ios("interface g0/0\n ip verify unicast source reachable-via rx").interfaces.values()
    (old,) = ios(OLDER).interfaces.values()
    assert old == new
    (gone,) = ios(
        "interface g0/0\n ip verify unicast reverse-path\n no ip verify unicast"
    ).interfaces.values()
    assert gone.verify is None


# --- peers -------------------------------------------------------------------------------


def test_a_default_peer_reaches_the_policy():
    two = R1.replace(" set peer 203.0.113.2", " set peer 203.0.113.2{}\n set peer 203.0.113.3")
    ((with_default, _),) = crypto_policies(ios(two.format(" default")))
    ((without, _),) = crypto_policies(ios(two.format("")))
    assert (with_default.default_peer, without.default_peer) == (True, False)
    assert with_default.peers == without.peers == (parse_ip("203.0.113.2"), parse_ip("203.0.113.3"))


# --- what the device is built of -----------------------------------------------------------


def test_a_route_that_follows_nothing_is_not_offered_and_on_an_asa_the_word_has_no_effect():
    one = (
        "topology:\n  nodes:\n    X: {{kind: {}}}\n    H: {{kind: linux}}\n"
        "  links:\n    - endpoints: ['X:{}', 'H:eth1']\n"
    )
    port = "interface g0/0\n{} ip address 10.1.0.1 255.255.255.0\n no shutdown\n"
    tracked = "ip route 0.0.0.0 0.0.0.0 10.1.0.2 track 1"
    free = "ip route 192.168.0.0 255.255.0.0 10.1.0.2"

    def routes(kind: str, text: str) -> str:
        lab = Lab.from_texts(one.format(kind, "GigabitEthernet0/0"), {"X": text})
        return lab.run(until=2).at(1).show("X", "show ip route" if kind == "cisco_iol" else "show route")

    shown = routes("cisco_iol", port.format("") + tracked + "\n" + free)
    assert "192.168.0.0/16" in shown and "S*" not in shown
    watched = "\ntrack 1 interface g0/0 line-protocol\n"
    assert "S*" in routes("cisco_iol", port.format("") + tracked + watched)
    asa_port = port.format(" nameif outside\n security-level 0\n")
    assert "S*" in routes("cisco_asav", asa_port + "route outside 0.0.0.0 0.0.0.0 10.1.0.2 1 track 1")
