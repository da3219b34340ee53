"""Lesson 03: who notices a failure, read off runs; exercises that know each typical wrong idea."""

from __future__ import annotations

from pathlib import Path

import pytest

from ipsec_edu import Lab, teach
from ipsec_edu.core.errors import ScenarioError
from ipsec_edu.run import Run
from ipsec_edu.teach.lesson03 import HAMMERS, answers_at_gw1, half_cut, hammered
from ipsec_edu.teach.noticing import gave_up_s, noticed, outcome_s, pings, sightings_of
from ipsec_edu.teach.questions import QUESTIONS

LAB = Lab.load("backbone")
RUNS = {name: hammered(name) for name in HAMMERS}
PLUG = "GW1:Ethernet0/1"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def truth(key: str, run: Run) -> object:
    return QUESTIONS[key].truth(run)


def says(exercise: object, answer: object) -> tuple[bool, str]:
    verdict = exercise.check(answer)  # type: ignore[attr-defined]
    return verdict.ok, verdict.message


# --- who noticed ------------------------------------------------------------------------------


def test_three_hammers_cost_the_same_pings() -> None:
    rows = str(pings(RUNS)).splitlines()[1:]
    assert len({row.split("`")[1] for row in rows}) == 1
    assert len({outcome_s(run) for run in RUNS.values()}) == 1
    earlier = LAB.run(until=120, faults=["60 crash GW2", "80 boot GW2"])
    assert outcome_s(earlier) != outcome_s(RUNS["gateway"]), "the equality is a choice of faults, no law"


def kinds(run: Run) -> list[tuple[str, str]]:
    return [(one.who, one.kind) for one in sightings_of(run)]


def test_and_are_noticed_by_others_in_another_order() -> None:
    seen = {name: kinds(run) for name, run in RUNS.items()}
    assert [kind for _, kind in seen["backbone"]][:3] == ["dpd", "dpd", "routing"]
    assert "routing" not in {kind for _, kind in seen["access link"]}, "GW2 speaks no OSPF"
    assert seen["gateway"][:2] == [("PC2", "carrier"), ("PE2", "carrier")], "GW2 itself notices nothing"
    assert ("GW2", "dpd") not in seen["gateway"]


def test_the_table_tells_faults_only_if_it_may() -> None:
    told, untold = (str(noticed(RUNS["gateway"], faults=told)) for told in (True, False))
    assert "crash GW2" in told and "crash GW2" not in untold
    assert "P1, P2" in str(noticed(RUNS["backbone"])), "what two see at once is one line"
    assert str(noticed(RUNS["backbone"])).rstrip().endswith("is answered again")


def test_a_run_without_a_fault_has_nothing_to_notice() -> None:
    with pytest.raises(ScenarioError, match="nothing was broken"):
        noticed(LAB.run(until=30))


# --- questions --------------------------------------------------------------------------------


def test_with_default_timers_the_gateways_are_first_and_with_fast_hellos_the_routers() -> None:
    assert truth("03.first", RUNS["backbone"]) == "the two gateways"
    fast = LAB.variant("fast-hellos").run(until=120, faults=list(HAMMERS["backbone"]))
    assert truth("03.first", fast) == "the routers beside the cut"


def test_one_router_further_out_the_three_hammers_look_different() -> None:
    assert truth("03.tell", RUNS["backbone"]) == "ping PE2, the last router before it"
    assert answers_at_gw1("ping 198.51.100.5") == ("`.....`", "`!!!!!`", "`UUUUU`")
    assert len(set(answers_at_gw1("show crypto isakmp sa"))) == 1
    assert answers_at_gw1("show logging", 80)[0] == "new lines: 1", "later it logs"


@pytest.mark.parametrize(("cut_s", "least", "most"), [(65, 10, 11), (66, 19, 20)])
def test_luck_decides_how_long_a_silent_cut_is_not_noticed(cut_s: float, least: float, most: float) -> None:
    run = LAB.run(until=100, faults=[f"{cut_s} cut GW2:Ethernet0/1"])
    assert least < truth("03.silent", run) < most  # type: ignore[operator]
    assert gave_up_s(LAB.run(until=100, faults=["60 loss 0% GW2:Ethernet0/1"]), "GW1") is None


def test_a_pulled_cable_makes_ike_no_faster_and_the_return_slower() -> None:
    pulled, cut = (
        LAB.run(until=130, faults=[f"60 {out} {PLUG}", f"100 {back} {PLUG}"])
        for out, back in (("down", "up"), ("cut", "mend"))
    )
    assert truth("03.pulled", pulled) == "when dead-peer detection gives up, as before"
    assert gave_up_s(pulled, "GW1") == gave_up_s(cut, "GW1")
    assert truth("03.sooner", pulled) == "as long as before, or longer"
    assert (outcome_s(pulled) or 0) > (outcome_s(cut) or 0) > 0
    deaf = LAB.configure("GW1", "no crypto isakmp keepalive")
    assert truth("03.pulled", deaf.run(until=130, faults=pulled.faults)) == "never"
    cleared = LAB.run(until=130, faults=["60 clear-ike GW1"])
    assert truth("03.pulled", cleared) == "at once: the interface is down", "the reading is not a constant"


def test_a_gateway_that_was_away_for_ten_seconds_costs_more_than_ten() -> None:
    office = Lab.load("site-to-site")
    reboot = office.run(until=90, faults=["30 crash ASA2", "40 boot ASA2"])
    assert truth("03.crash", reboot) == pytest.approx(17, abs=1)
    assert reboot.drops["invalid_spi"] >= 4
    cut = office.run(until=90, faults=["30 cut ASA2:GigabitEthernet0/1", "40 mend ASA2:GigabitEthernet0/1"])
    assert truth("03.crash", cut) == pytest.approx(10, abs=1), "with its memory it would have cost ten"


def test_a_listener_that_asks_on_demand_never_asks() -> None:
    cut = ["60 cut GW2:Ethernet0/1"]
    camera = teach.deaf_listener()
    assert truth("03.sink", camera.run(until=160, faults=cut)) == "not at all"
    asking = camera.configure("GW2", "crypto isakmp keepalive 10 2 periodic")
    assert truth("03.sink", asking.run(until=160, faults=cut)) == "about as soon as GW1"


def test_the_modes_side_by_side() -> None:
    periodic, on_demand, off, asa = str(teach.dpd_modes()).splitlines()[1:]
    assert "GW1 3, GW2 3" in periodic and periodic.count("after the cut") == 2
    assert "GW2 0" in on_demand and on_demand.count("never") == 1
    assert off.count("never") == 2
    assert "ASA2 0" in asa and asa.count("after the cut") == 2, "it asks only when it hears nothing"


def test_a_brown_out_is_noticed_by_nobody_and_a_cut_by_somebody() -> None:
    assert truth("03.brown", LAB.run(until=160, faults=["60 loss 20% P1:Ethernet0/2"])) == "nobody"
    assert truth("03.brown", RUNS["backbone"]) != "nobody"


# --- exercises --------------------------------------------------------------------------------


def test_everybody_gets_a_hammer_and_is_told_what_speaks_against_a_wrong_one() -> None:
    learners = [teach.hammer(name) for name in ("Ann", "Bob", "Cem", "Eve", "Finn", "Gül", "Hugo")]
    assert {learner._name for learner in learners} == set(HAMMERS)
    for learner in learners:
        exercise = learner.exercise()
        assert exercise.check(learner._name).ok
        for other in set(HAMMERS) - {learner._name}:
            ok, message = says(exercise, other)
            assert not ok and "ping 198.51.100.5" in message and learner._name not in message
        assert not exercise.check("the Moon").ok
    assert "fault" not in str(learners[0].show("GW1", "show crypto isakmp sa"))


def test_the_interval_counts_once_and_the_retries_five_times() -> None:
    ok, message = says(teach.keepalive_for, 20)
    assert ok and "29.9" in message
    assert "Count the interval once" in says(teach.keepalive_for, 21)[1]
    assert "You forgot the questions" in says(teach.keepalive_for, 30)[1]
    assert "asks more often than it must" in says(teach.keepalive_for, 10)[1]
    assert "No cut is found" in says(teach.keepalive_for, 500)[1]
    assert "whole seconds" in says(teach.keepalive_for, 19.5)[1]
    assert "refuses the line" in says(teach.keepalive_for, 3)[1]
    assert not any(says(teach.keepalive_for, wrong)[0] for wrong in (3, 10, 19, 19.5, 21, 30, 500))


@pytest.mark.parametrize(
    ("answer", "ok", "told"),
    [
        ("GW2\ncrypto isakmp keepalive 10 2 periodic", True, "without a packet of its own"),
        ("GW1\ncrypto isakmp keepalive 10 2 periodic", False, "Nothing about dead-peer detection is negot"),
        ("GW2\ncrypto isakmp keepalive 12 2", False, "still asks *on demand*"),
        ("GW2\nno crypto isakmp keepalive", False, "does not ask at all"),
        ("GW2\ncrypto isakmp keepalive 60 5 periodic", False, "Ask more often"),
    ],
)
def test_waking_the_listener(answer: str, ok: bool, told: str) -> None:
    verdict = says(teach.wake_the_listener, answer)
    assert verdict[0] is ok and told in verdict[1]


def test_a_half_cut_never_ends_by_itself() -> None:
    run = half_cut()
    assert outcome_s(run) is None and run.drops["invalid_spi"] > 50
    assert ("GW1", "told") in kinds(run), "the Delete came through, by the strand that lives"


@pytest.mark.parametrize(
    ("answer", "ok", "told"),
    [
        ("GW2\ncrypto isakmp invalid-spi-recovery", True, "throws its ghosts away"),
        ("GW1\ncrypto isakmp invalid-spi-recovery", False, "wrong gateway"),
        ("GW1\ncrypto isakmp keepalive 10 3 periodic", False, "their SPI is one that it has deleted"),
        ("GW2\nno crypto isakmp keepalive", False, "nobody notices that either"),
        ("GW2\ncrypto isakmp keepalive 60 5 periodic", False, "this time"),
        ("GW1\ninterface Ethernet0/1\n no crypto map VPN", False, "in clear"),
    ],
)
def test_ending_the_half_cut(answer: str, ok: bool, told: str) -> None:
    verdict = says(teach.mend_half_cut, answer)
    assert verdict[0] is ok and told in verdict[1]
