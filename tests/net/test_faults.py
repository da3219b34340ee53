"""Faults: the line, the names in it, and exactly what each one does."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipsec_edu.core.errors import ScenarioError
from ipsec_edu.net.faults import ACTIONS, NODE_ACTIONS, Fault, parse_fault, resolve
from ipsec_edu.net.interface import Interface
from tests.net.build import break_it, chain, fates, g, get, lan, pair, ping, run

PORT = "GigabitEthernet0/0"

# --- the line


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("30 down R:G0/0", "30 down R:G0/0"),
        ("30.0  down   R:G0/0", "30 down R:G0/0"),
        (".5 DOWN R:G0/0", "0.5 down R:G0/0"),
        ("0.0000014 cut R:G0/0", "0.000001 cut R:G0/0"),
        ("0.0000015 cut R:G0/0", "0.000002 cut R:G0/0"),
        ("10 loss 20% R:G0/0", "10 loss 20% R:G0/0"),
        ("10 loss 0.5 R:G0/0", "10 loss 0.5% R:G0/0"),
        ("60 crash R", "60 crash R"),
    ],
)
def test_a_line_has_one_canonical_form(text: str, canonical: str) -> None:
    assert parse_fault(text).text == canonical
    assert parse_fault(canonical) == parse_fault(text)


@settings(deadline=None, max_examples=80, derandomize=True)
@given(
    st.integers(0, 10**14),
    st.sampled_from(ACTIONS),
    st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,8}", fullmatch=True),
    st.integers(0, 10**8),
)
def test_every_fault_survives_being_written_and_read(at_us: int, action: str, name: str, loss: int) -> None:
    target = name if action in NODE_ACTIONS else f"{name}:{PORT}"
    fault = Fault(at_us, action, target, loss / 10**6 if action == "loss" else None)
    assert parse_fault(fault.text) == fault


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "AT ACTION TARGET"),
        ("30 down", "AT ACTION TARGET"),
        ("-1 down R:G0/0", "'-1' is no time; give seconds"),
        ("nan down R:G0/0", "no time"),
        ("1e9 down R:G0/0", "no time"),
        ("30s down R:G0/0", "no time"),
        ("٣ down R:G0/0", "no time"),
        ("30 dwn R:G0/0", "did you mean down"),
        ("30 explode R:G0/0", "there are down, up, cut"),
        ("30 loss R:G0/0", "no loss; give 0% to 100%"),
        ("30 loss 101% R:G0/0", "no loss"),
        ("30 loss 20%", "one target"),
        ("30 down R:G0/0 now", "one target"),
        ("30 down R", "NODE:INTERFACE"),
        ("30 down R:", "NODE:INTERFACE"),
        ("30 crash R:G0/0", "leave out what follows the colon"),
    ],
)
def test_a_bad_line_gets_one_clear_error(text: str, says: str) -> None:
    with pytest.raises(ScenarioError, match=says) as caught:
        parse_fault(text)
    assert "\n" not in str(caught.value)


@settings(deadline=None, max_examples=150, derandomize=True)
@given(st.text(max_size=40))
def test_no_text_makes_it_fail_otherwise(text: str) -> None:
    try:
        parse_fault(text)
    except ScenarioError:
        pass


# --- the names


@pytest.mark.parametrize(
    "target", ["R:GigabitEthernet0/0", "r:g0/0", "R:gi0/0", "R:Gig0/0", "R:gigabitethernet0/0", "R:inside"]
)
def test_interfaces_may_be_abbreviated(target: str) -> None:
    world = chain()
    get(world, "R").interfaces[PORT].nameif = "INSIDE"
    assert resolve(parse_fault(f"1 cut {target}"), world).text == f"1 cut R:{PORT}"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1 cut X:g0/0", r"no node 'X'.*there are A, R, B"),
        ("1 crash RR", r"did you mean R\?"),
        ("1 cut A:g0/7", r"A has no interface 'g0/7'.*there is GigabitEthernet0/0"),
        ("1 cut R:GigabitEthernet0/2", "did you mean GigabitEthernet0/"),
        ("1 clear-ike A", "no IKE runs on A"),
        ("1 cut A:Loopback0", "no cable is plugged into A:Loopback0"),
        ("1 cut R:e0/0", "could be Ethernet0/0 or Eth0/0"),
    ],
)
def test_a_name_that_leads_nowhere_gets_one_clear_error(text: str, says: str) -> None:
    world = chain()
    a, r = get(world, "A"), get(world, "R")
    a.add_interface(Interface(a, "Loopback0", virtual=True))
    for name in ("Ethernet0/0", "Eth0/0"):
        r.add_interface(Interface(r, name))
    if "A has no" in says:
        del a.interfaces["Loopback0"], a.ports["Loopback0"]
    with pytest.raises(ScenarioError, match=says):
        resolve(parse_fault(text), world)


def test_if_one_fault_is_impossible_none_is_scheduled() -> None:
    world = chain()
    with pytest.raises(ScenarioError):
        break_it(world, "1 crash R", "2 crash X")
    run(world, 3)
    assert world.trace.faults == []


# --- what each one does: A - B, a ping per second, fault at 1.5 s, mended at 2.5 s


@pytest.mark.parametrize(
    ("fault", "mend", "second_ping", "a_up", "b_up", "answer_lost"),
    [
        (None, None, "ok", True, True, False),
        ("down A:g0/0", "up A:g0/0", "no_route", False, False, False),
        ("down B:g0/0", "up A:g0/0", "no_route", False, False, False),  # one cable, two ends
        ("cut A:g0/0", "mend B:g0/0", "link_cut", True, True, False),
        ("cut-out A:g0/0", "mend-out A:g0/0", "link_cut", True, True, False),
        ("cut-out B:g0/0", "mend-out B:g0/0", "link_cut", True, True, True),
        ("cut-out B:g0/0", "mend A:g0/0", "link_cut", True, True, True),
        ("shutdown A:g0/0", "no-shutdown A:g0/0", "no_route", False, True, False),
        ("shutdown B:g0/0", "no-shutdown B:g0/0", "link_down", True, False, False),
        ("crash B", "boot B", "no_route", False, False, False),  # cabled directly: A loses carrier
        ("loss 100% B:g0/0", "loss 0% A:g0/0", "loss", True, True, False),
        ("mend A:g0/0", "up A:g0/0", "ok", True, True, False),  # mending what is whole
        ("boot A", "no-shutdown A:g0/0", "ok", True, True, False),
    ],
)
def test_each_fault_does_this_and_its_end_undoes_it(
    fault: str | None, mend: str | None, second_ping: str, a_up: bool, b_up: bool, answer_lost: bool
) -> None:
    world, first, second = pair()
    flow = ping(world, "A", "10.0.0.2", count=3)
    if fault and mend:
        break_it(world, f"1.5 {fault}", f"2.5 {mend}")
    run(world, 2.1)
    assert (first.interfaces[PORT].up, second.interfaces[PORT].up) == (a_up, b_up)
    assert flow.probes[1].answer_lost is answer_lost
    run(world, 5)
    assert fates(flow) == ["ok", second_ping, "ok"]


def test_mending_one_direction_leaves_the_other_cut() -> None:
    world, _, _ = pair()
    flow = ping(world, "A", "10.0.0.2", count=2)
    break_it(world, "0.1 cut A:g0/0", "1.5 mend-out A:g0/0")
    run(world, 3)
    assert [probe.answer_lost for probe in flow.probes] == [False, True]


def test_a_silent_cut_leaves_routes_alone_and_a_pulled_cable_does_not() -> None:
    def changes(action: str) -> list[tuple[str, str, str]]:
        world = chain()
        break_it(world, f"1 {action} B:g0/0")
        run(world, 2)
        return [(route.node, route.change, route.prefix) for route in world.trace.routes if route.at_us]

    assert changes("cut") == []
    assert changes("down") == [
        ("R", "del", "10.2.0.0/24"),
        ("B", "del", "0.0.0.0/0"),
        ("B", "del", "10.2.0.0/24"),
    ]


def test_a_crashed_node_sends_nothing_and_boots_with_its_configuration() -> None:
    world = lan("A", "B")
    flow = ping(world, "A", "10.0.0.2", count=6)
    break_it(world, "1.5 shutdown A:g0/0", "2.5 crash A", "4.5 boot A")
    run(world, 10)
    assert [probe.sent_us // 10**6 for probe in flow.probes] == [1, 2, 5, 6]  # 3 and 4 were never sent
    assert [probe.number for probe in flow.probes] == [1, 2, 3, 4]
    assert fates(flow) == ["ok", "no_route", "ok", "ok"]  # the shutdown was never saved
    assert [(change.node, change.up, change.at_us) for change in world.trace.power] == [
        ("A", False, 2_500_000),
        ("A", True, 4_500_000),
    ]


def test_an_answer_on_its_way_to_a_crashed_node_dies_there() -> None:
    world = lan("A", "B")
    flow = ping(world, "A", "10.0.0.2", count=1)
    break_it(world, "1.003 crash A")
    run(world, 2)
    assert fates(flow) == ["node_down"] and flow.probes[0].answer_lost


def test_clear_ike_asks_the_node_unless_it_is_dark() -> None:
    world = chain()
    cleared: list[int] = []
    get(world, "R").clear_ike = lambda: cleared.append(world.clock.now_us)
    break_it(world, "1 clear-ike R", "2 crash R", "3 clear-ike R", "4 boot R", "5 clear-ike R")
    run(world, 6)
    assert cleared == [1_000_000, 5_000_000]


def test_faults_of_one_instant_keep_their_order_and_come_before_packets() -> None:
    def fate(*faults: str) -> list[str]:
        world, _, _ = pair()
        flow = ping(world, "A", "10.0.0.2", count=1)  # sent at 1 s
        break_it(world, *faults)
        run(world, 2)
        return fates(flow)

    assert fate("1 cut A:g0/0") == ["link_cut"]
    assert fate("1 cut A:g0/0", "1 mend A:g0/0") == ["ok"]
    assert fate("1 mend A:g0/0", "1 cut A:g0/0") == ["link_cut"]


def test_faults_and_port_changes_are_recorded_when_they_take_effect() -> None:
    world, _, _ = pair()
    break_it(world, "3 up A:g0/0", "1 cut-out A:g0/0", "2 loss 20% B:g0/0", "3 shutdown A:g0/0")
    run(world, 5)
    assert [(fault.at_us, fault.text) for fault in world.trace.faults] == [
        (1_000_000, f"1 cut-out {g('A')}"),
        (2_000_000, f"2 loss 20% {g('B')}"),
        (3_000_000, f"3 up {g('A')}"),
        (3_000_000, f"3 shutdown {g('A')}"),
    ]
    later = [change for change in world.trace.ports if change.at_us]
    assert [(c.port, c.carrier, c.cut_out, c.cut_in, c.loss_percent) for c in later] == [
        (g("A"), True, True, False, 0),
        (g("B"), True, False, True, 0),
        (g("A"), True, True, False, 20),
        (g("B"), True, False, True, 20),
        (g("A"), False, True, False, 20),
    ]
