"""Lesson 06: one route, three lines; the exercises know which line makes which network."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from ipsec_edu import Lab, teach
from ipsec_edu.run import Run
from ipsec_edu.teach import lesson06, wayback
from ipsec_edu.teach.questions import QUESTIONS

KEY, PEER = lesson06.KEY, lesson06.PEER
ONLY_SECOND = f"{KEY}\ncrypto map VPN 10 ipsec-isakmp\n no set peer 203.0.113.1\n set peer 203.0.113.5"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def truth(key: str, run: Run) -> object:
    return QUESTIONS[key].truth(run)


@cache
def back(*spoke: str) -> Run:
    """The way back moved, with lines typed into the spoke."""
    lab = Lab.load("asymmetric-routing").configure("HUB-A", wayback.MOVED)
    for lines in spoke:
        lab = lab.configure("SPOKE-A", lines)
    return lab.run(until=40)


@cache
def variant(name: str | None) -> Run:
    return Lab.load("asymmetric-routing").variant(name).run(until=40)


# the questions


def test_a_key_alone_brings_phase_one_and_no_answer() -> None:
    assert truth("06.key", back(KEY)) == "phase 1 comes up, and the answers are still dropped"
    assert truth("06.key", back()) == "nothing changes: the spoke still refuses MM1"
    assert truth("06.key", back(KEY, PEER)) == "everything works: it was the key"


def test_the_pair_that_came_up_last_is_used() -> None:
    assert truth("06.pair", back(KEY, PEER)) == "the second: it came up last"
    assert truth("06.pair", variant(None)) == "the first: it is the pair that it built itself"


def test_without_a_map_the_answers_are_readable() -> None:
    assert truth("06.leak", variant("no-map")) == "PC2's answers, in clear"
    assert truth("06.leak", variant("no-key")) == "nothing: without a map nothing may leave"
    assert truth("06.leak", variant("second-sa")) == "ESP: the SAs are there, and are used"


def test_one_identity_needs_one_pair_however_crooked_the_way() -> None:
    links = Lab.load("access-links")
    crooked = links.configure("HUB", "interface Ethernet0/2\n ip ospf cost 5").run(until=30)
    assert truth("06.more", crooked) == 0
    assert "P2" in teach.way_of_answers(crooked) and "P1" not in teach.way_of_answers(crooked)
    assert "P1" in teach.way_of_answers(links.run(until=30))
    assert wayback.pairs_up(back(KEY, PEER)) - 1 == 1, "two identities need one pair more"


def test_overtaking_is_refused_where_it_exceeds_the_window() -> None:
    assert truth("06.overtaken", teach.long_way_home()) == pytest.approx(0.54 / 0.005, abs=2)
    for calm in (
        teach.long_way_home(0.02),
        teach.long_way_home(0.005, 128),
        teach.long_way_home(0.005, variant="fast-hellos"),
    ):
        assert truth("06.overtaken", calm) == 0


# what it shows


def test_the_pieces_of_the_database_are_told_apart() -> None:
    silent, healthy = teach.pieces(back()).text, teach.pieces(back(KEY, PEER)).text
    assert silent.splitlines()[-1].split()[2:4] == ["-", "-"], "nothing in the second piece"
    assert healthy.count("0x") == 4


def test_the_outcomes_differ_in_a_column_each() -> None:
    text = teach.outcomes_back(("a", back()), ("b", back(KEY)), ("c", variant("no-map"))).text
    assert "NO-PROPOSAL-CHOSEN" in text and "INVALID-ID-INFORMATION" in text and text.count("**yes**") == 1


# whose piece?


def test_the_piece_is_the_second_links_inbound() -> None:
    exercise = teach.whose_piece()
    right = "Ethernet0/1, inbound"
    assert exercise.check(right).ok
    spi = exercise.task.split("`")[1]
    assert any(sa.id.lower() == spi.lower() and sa.kind == "esp-in" for sa in variant("second-sa").sas)


@pytest.mark.parametrize(
    ("answer", "idea"),
    [
        ("Ethernet1/1, inbound", "still counting"),
        ("Ethernet1/1, outbound", "comes **in**"),
        ("Ethernet0/1, outbound", "comes **in**"),
        ("somewhere", "one of the four"),
    ],
)
def test_another_piece_is_told_why_not(answer: str, idea: str) -> None:
    verdict = teach.whose_piece().check(answer)
    assert not verdict.ok and idea in verdict.message


# one pair again


@pytest.mark.parametrize(
    ("answer", "note"),
    [
        ("HUB-A\ncrypto map VPN local-address Ethernet1/1", "Pull that cable and the tunnel is gone"),
        (f"HUB-A\nno {wayback.MOVED}", "breaks it again"),
        (f"SPOKE-A\n{ONLY_SECOND}", "does no harm"),
    ],
)
def test_what_cures_it(answer: str, note: str) -> None:
    verdict = teach.one_pair_again.check(answer)
    assert verdict.ok and note in verdict.message


@pytest.mark.parametrize(
    ("answer", "idea"),
    [
        (f"SPOKE-A\n{KEY}", "one of two lines"),
        (f"SPOKE-A\n{KEY}\n{PEER}", "**one** pair"),
        ("HUB-A\ncrypto map VPN local-address Ethernet0/1", "the spoke must know it"),
        ("HUB-A\ninterface Ethernet0/1\n no crypto map VPN", "in clear"),
        ("HUB-A\ncrypto isakmp keepalive 20 3", "Still no answer"),
        ("HUB-A\ncrypto map VPN local-adress Ethernet1/1", "refuses the line"),
        ("HUB-A", "nothing was typed"),
    ],
)
def test_other_lines_are_told_what_they_did(answer: str, idea: str) -> None:
    verdict = teach.one_pair_again.check(answer)
    assert not verdict.ok and idea in verdict.message


# which line is wrong?


@pytest.mark.parametrize("fault", lesson06.CASES)
def test_every_case_is_silent_and_can_be_told(fault: str) -> None:
    run = lesson06._case(fault)
    assert "!" not in teach.marks(run, count=None)
    others = [lesson06._case(other) for other in lesson06.CASES if other != fault]

    def signs(run: Run) -> tuple[str, frozenset[str]]:
        states = teach.console(run, 35, "HUB-A", "show crypto isakmp sa").text
        facilities = {line.text.split(":")[0] for line in run.log if line.node == "SPOKE-A"}
        return states, frozenset(facilities)

    assert signs(run) not in [signs(other) for other in others]


def test_each_learner_gets_a_case_and_the_wrong_names_a_reason() -> None:
    names = [f"learner {n}" for n in range(40)]
    cases = [teach.silent_way_back(name) for name in names]
    faults = {case._fault for case in cases}
    assert len(faults) == len(lesson06.CASES), "neighbours get different ones"
    assert teach.silent_way_back(names[0])._fault == cases[0]._fault
    exercise = cases[0].exercise()
    assert exercise.check(cases[0]._fault).ok
    for other in lesson06.CASES.keys() - {cases[0]._fault}:
        verdict = exercise.check(other)
        assert not verdict.ok and lesson06.SPEAKS[other] in verdict.message
    assert "QM_IDLE" in cases[0].show("HUB-A", "show crypto isakmp sa").text
    assert "MM1" in cases[0].messages().text


# a window


@pytest.mark.parametrize(
    ("size", "ok", "idea"),
    [
        (256, True, "135 packets overtake"),
        (128, False, "difference of the paths"),
        (64, False, "difference of the paths"),
        (512, False, "half of that"),
        (135, False, "takes 64"),
    ],
)
def test_the_smallest_window(size: float, ok: bool, idea: str) -> None:
    verdict = teach.choose_window.check(size)
    assert verdict.ok is ok and idea in verdict.message
