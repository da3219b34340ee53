"""Lesson 05: timers decide; the exercises know which idea leads to which network."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from ipsec_edu import Lab, ScenarioError, teach
from ipsec_edu.run import Run
from ipsec_edu.teach import questions05
from ipsec_edu.teach.questions import QUESTIONS

LINK = "HUB:Ethernet0/1"
BOTH = "interface range Ethernet0/1 - 2"
TIMERS, CLIENT = " bfd interval 50 min_rx 50 multiplier 3", " ip ospf bfd"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def truth(key: str, run: Run) -> object:
    return QUESTIONS[key].truth(run)


def lab() -> Lab:
    return Lab.load("access-links")


@cache
def cut(hello: int, dead: int) -> Run:
    return teach.tuned(lab(), hello=hello, dead=dead).run(until=120, faults=[f"60.5 cut {LINK}"])


# the questions


def test_the_fate_of_the_sas_depends_on_which_clock_is_faster() -> None:
    assert truth("05.defaults", cut(10, 40)) == "they die, and new ones are built"
    assert truth("05.defaults", cut(1, 4)) == "nothing: routing heals the path first"
    lonely = lab().variant("single-link").run(until=120, faults=[f"60.5 cut {LINK}"])
    assert truth("05.defaults", lonely) == "they die, and the traffic never returns"


def test_only_the_second_number_is_a_guarantee() -> None:
    assert truth("05.knob", cut(1, 4)) == "the second: wait longer for each answer"
    assert questions05._safe(10, 8) and not questions05._safe(30, 2)
    assert not questions05._safe(10, 2), "the knob must be turned at all"


def test_a_faster_detector_makes_the_outage_longer() -> None:
    faults = [f"40 cut {LINK}"]

    def lasted(lab: Lab) -> float:
        return float(str(truth("05.faster", lab.run(until=60, faults=faults))))

    hasty = lasted(teach.other_daemon(lab(), delay_s=1, timeout_s=3))
    alone = lasted(teach.without_dpd(lab()))
    assert hasty > alone + 2
    assert lasted(teach.other_daemon(lab(), delay_s=10, timeout_s=30)) == alone


def test_bfd_costs_its_three_intervals_and_what_routing_adds() -> None:
    slow = teach.tuned(lab(), hello=10, dead=40)
    faults = [f"60.5 cut {LINK}"]
    cured = teach.fine(teach.with_bfd(slow), 0.02, 57).run(until=62, faults=faults)
    assert 120 <= float(str(truth("05.bfd", cured))) <= 260
    assert not teach.died(cured)
    bare = teach.fine(slow, 0.02, 57).run(until=62, faults=faults)
    assert float(str(truth("05.bfd", bare))) > 1000


@pytest.mark.parametrize(
    ("network", "fault", "answer"),
    [
        ("point-to-point", "shutdown", "the end that lost its carrier; the other waits"),
        ("broadcast", "shutdown", "both, at once"),
        ("point-to-point", "cut", "neither: nobody told OSPF"),
    ],
)
def test_which_end_notices(network: str, fault: str, answer: str) -> None:
    run = teach.parallel_links(network).run(until=50, faults=[f"40.25 {fault} GW1:Ethernet0/1"])
    assert truth("05.half", run) == answer


def test_the_graph_passes_what_identities_do_not() -> None:
    counts = [truth("05.chaos", lab().variant(name).run(until=1)) for name in (None, "interface-maps")]
    assert counts == [0, 3]


# what did dead-peer detection cost?


@pytest.mark.parametrize(
    ("answer", "ok", "idea"),
    [
        (8, True, "`wait` and `negotiate`"),
        (36, False, "whole outage"),
        (27, False, "routing"),
        (1, False, "Which parts"),
    ],
)
def test_the_price_of_impatience(answer: float, ok: bool, idea: str) -> None:
    verdict = teach.impatience.check(answer)
    assert verdict.ok is ok and idea in verdict.message


# as patient as routing is slow


@pytest.mark.parametrize(
    ("answer", "ok", "idea"),
    [
        (9, True, "45 to 55 s"),
        (8, False, "Sometimes"),
        (4, False, "They die"),
        (10, False, "Go down"),
        (60, False, "from 2 to 10"),
    ],
)
def test_the_smallest_patience(answer: float, ok: bool, idea: str) -> None:
    verdict = teach.patient_retry.check(answer)
    assert verdict.ok is ok and idea in verdict.message


# BFD at the hub


@pytest.mark.parametrize("where", [BOTH, "interface Ethernet0/1"])
def test_two_lines_are_enough(where: str) -> None:
    verdict = teach.bfd_at_the_hub.check(f"HUB\n{where}\n{TIMERS}\n{CLIENT}")
    assert verdict.ok and "No timer of OSPF" in verdict.message


@pytest.mark.parametrize(
    ("lines", "idea"),
    [
        (f"{BOTH}\n{TIMERS}", "a **client**"),
        (f"{BOTH}\n{CLIENT}", "no timers for it"),
        (f"interface Ethernet0/2\n{TIMERS}\n{CLIENT}", "the other one"),
        ("interface Ethernet0/1\n ip ospf dead-interval 2", "no neighbours any more"),
        (f"{BOTH}\n ip ospf dead-interval 2", "does not even work"),
        (f"{BOTH}\n no crypto map VPN", "does not even work"),
        ("crypto isakmp keepalive 10 2 periodic", "OSPF's own timer"),
        (f"{BOTH}\n bfd interval 5 min_rx 50 multiplier 3", "refuses the line"),
    ],
)
def test_other_lines_are_told_what_they_did(lines: str, idea: str) -> None:
    verdict = teach.bfd_at_the_hub.check(f"HUB\n{lines}")
    assert not verdict.ok and idea in verdict.message


# the flap game


@pytest.mark.parametrize("values", [{"hello": 1, "dead": 4}, {"hello": 5, "dead": 10}])
def test_timers_that_win(values: dict[str, int]) -> None:
    assert teach.flap(**values).ok


def test_a_slow_hello_holds_traffic_off_the_bad_link() -> None:
    assert "hold-down" in teach.flap(hello=5, dead=10).message
    assert "hold-down" not in teach.flap(hello=1, dead=4).message


@pytest.mark.parametrize(
    ("values", "idea"),
    [
        ({}, "SAs died"),
        ({"retry": 4}, "has never seen a failure"),
        ({"retry": 60}, "goes unnoticed"),
        ({"hello": 2, "dead": 8}, "too long over it"),
    ],
)
def test_timers_that_lose_are_told_why(values: dict[str, int], idea: str) -> None:
    verdict = teach.flap(**values)
    assert not verdict.ok and idea in verdict.message


@pytest.mark.parametrize("values", [{"hello": 0}, {"dead": 10}, {"keepalive": 5}, {"retry": 1}])
def test_timers_that_no_device_takes(values: dict[str, int]) -> None:
    with pytest.raises(ScenarioError, match=r"whole number|above hello"):
        teach.flap(**values)


# the labs behind it


def test_sliders_begin_where_the_lab_stands() -> None:
    edge = teach.tuned(lab(), dead=20, retry=5)
    assert {control.name: control.value for control in edge.controls} == {
        "hello": 1,
        "dead": 20,
        "keepalive": 10,
        "retry": 5,
    }
    faults = [f"60.05 cut {LINK}"]
    assert not teach.died(edge.run(until=90, faults=faults))
    assert teach.died(teach.tuned(edge, retry=4).run(until=90, faults=faults)), "one step over the line"
