"""Lesson 04: the price of each design, read off runs; exercises that know each typical wrong idea."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from ipsec_edu import Lab, teach
from ipsec_edu.run import Run
from ipsec_edu.teach.lesson04 import CUT, LINK_1, LINK_2, forms_on, identity_less
from ipsec_edu.teach.predict_path import PathPrediction
from ipsec_edu.teach.questions import QUESTIONS, ask

LAB = Lab.load("access-links")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@cache
def played(variant: str | None = None, *more: str, until: float = 110) -> Run:
    return LAB.variant(variant).run(until=until, faults=[CUT, *more])


def truth(key: str, run: Run) -> object:
    return QUESTIONS[key].truth(run)


def says(exercise: object, answer: object) -> tuple[bool, str]:
    verdict = exercise.check(answer)  # type: ignore[attr-defined]
    return verdict.ok, verdict.message


def slow() -> Lab:
    lab = LAB
    for node in ("HUB", "P1", "P2", "P3"):
        lab = lab.configure(node, lab.control_lines(node, {"hello": 10, "dead": 40}))
    return lab


# --- questions --------------------------------------------------------------------------------


def test_one_identity_costs_no_message_and_two_cost_nine() -> None:
    assert truth("04.messages", played()) == 0
    assert truth("04.identities", played("multiple-identities")) == 9


def test_and_slow_routing_costs_nine_in_the_same_design() -> None:
    assert truth("04.slow", slow().run(until=110, faults=[CUT])) == 9
    patient = slow()
    for node in ("HUB", "SPOKE"):
        patient = patient.configure(node, patient.control_lines(node, {"retry": 9}))
    assert truth("04.slow", patient.run(until=110, faults=[CUT])) == 0, "it is the order that counts"


def test_the_way_is_a_question_that_is_drawn() -> None:
    assert truth("04.way", played()) == "PC1 > SPOKE > P3 > P2 > HUB > PC2"
    assert truth("04.way", LAB.run(until=110)) == "PC1 > SPOKE > P3 > P1 > HUB > PC2"
    question = ask("04.way")
    assert isinstance(question, PathPrediction)
    gate = question.gate(lambda: "stage", of=played())
    question.commit("PC1 > SPOKE > P3 > P1 > HUB > PC2")
    assert "part after P3" in gate.verdict


def test_the_same_pair_behind_two_doors() -> None:
    assert truth("04.spis", played()) == "the same pair under both"
    apart = played("interface-maps")
    assert truth("04.spis", apart) == "a pair under link 1, none under link 2"


def test_a_link_that_the_spoke_does_not_know_waits_for_the_crew() -> None:
    mend = f"140 mend {LINK_1}"
    assert truth("04.maps", played("interface-maps", mend, until=170)).startswith("until link 1")  # type: ignore[attr-defined]
    assert truth("04.maps", played("multiple-identities", mend, until=170)).startswith("about")  # type: ignore[attr-defined]
    assert truth("04.maps", played(None, mend, until=170)) == "not at all"


def test_the_table_of_designs_gets_better_downwards() -> None:
    rows = str(teach.designs()).splitlines()[1:]
    out = [float(row.split(" s ")[0].split()[-1]) for row in rows]
    assert out == sorted(out, reverse=True) and out[0] > 80 > 20 > out[-2] > out[-1]
    assert rows[-1].split()[-2:] == ["0", "0"]


def test_without_the_map_the_answers_leave_in_clear() -> None:
    friday = teach.uncovered().run(until=110, faults=[CUT])
    assert truth("04.leak", friday) == "by link 2 in clear"
    assert truth("04.leak", played()) == "by link 2 in ESP: the SAs belong to the loopback"
    shut = teach.uncovered().configure("HUB", "interface Ethernet0/2\n shutdown")
    assert truth("04.leak", shut.run(until=110, faults=[CUT])) == "HUB drops them: no crypto map, no SA"
    assert forms_on(friday, LINK_2) == {"clear"} and "**in clear**" in str(teach.forms_seen(friday))
    assert "45 00 00 64" in str(teach.leaked(friday)), "an IPv4 header and a ping, for everybody to read"


# --- exercises --------------------------------------------------------------------------------

SPOKE_KNOWS_A_LINK = """SPOKE
crypto isakmp key Lab-Only-Key address 203.0.113.1
crypto map VPN 10 ipsec-isakmp
 no set peer 192.0.2.1
 set peer 203.0.113.1
"""


def test_without_the_line_nothing_works_at_all() -> None:
    run = identity_less().run(until=30)
    assert not any(probe.answered_us for probe in run.flows["PC1>PC2"])


@pytest.mark.parametrize(
    ("answer", "ok", "told"),
    [
        ("HUB\ncrypto map VPN local-address Loopback0", True, "speak as one"),
        ("HUB\ncrypto map VPN local-address lo0", True, "0 negotiation messages"),
        ("HUB\ncrypto map VPN local-address Ethernet0/1", False, "lives on a link that can die"),
        ("HUB\ncrypto map VPN local-address Loopback1", False, "no address on Loopback1"),
        ("SPOKE\ncrypto map VPN local-address Ethernet0/1", False, "No ping was answered"),
        ("HUB\ninterface Loopback0\n crypto map VPN", False, "No ping was answered"),
        (SPOKE_KNOWS_A_LINK, False, "tied SPOKE to the address of one link"),
    ],
)
def test_writing_the_identity(answer: str, ok: bool, told: str) -> None:
    verdict = says(teach.write_the_identity, answer)
    assert verdict[0] is ok and told in verdict[1]


@pytest.mark.parametrize(
    ("answer", "ok", "told"),
    [
        ("HUB\ninterface Ethernet0/2\n crypto map VPN", True, "All in ESP"),
        ("HUB\ninterface Loopback0\n crypto map VPN", False, "no packet *leaves* by it"),
        ("HUB\ninterface Ethernet0/2\n shutdown", False, "no spare now"),
        ("SPOKE\ninterface Ethernet0/1\n crypto map VPN", False, "still leave by link 2 in clear"),
    ],
)
def test_covering_the_spare_link(answer: str, ok: bool, told: str) -> None:
    verdict = says(teach.cover_the_spare, answer)
    assert verdict[0] is ok and told in verdict[1]


def test_finding_the_careful_provider() -> None:
    assert says(teach.name_the_dropper, "P2")[0]
    assert "does what it was told" in says(teach.name_the_dropper, "HUB")[1]
    assert "one device nearer" in says(teach.name_the_dropper, "P3")[1]
    assert "hears nothing" in says(teach.name_the_dropper, "SPOKE")[1]
    assert not any(says(teach.name_the_dropper, wrong)[0] for wrong in ("HUB", "P3", "SPOKE"))


LIST = "P2\nip access-list extended CUSTOMER\n "


@pytest.mark.parametrize(
    ("answer", "ok", "told"),
    [
        (f"{LIST}permit ip host 192.0.2.1 any", True, "still filters"),
        (f"{LIST}permit ip any any", False, "lets everything pass"),
        (f"{LIST}permit esp any any", False, "until the keys wear out"),
        (f"{LIST}permit ip host 192.0.2.2 any", False, "come from 192.0.2.1"),
        ("P2\ninterface Ethernet0/1\n no ip access-group CUSTOMER in", False, "any source address"),
        ("HUB\nno crypto map VPN local-address Loopback0", False, "not even before the cut"),
    ],
)
def test_writing_to_the_provider(answer: str, ok: bool, told: str) -> None:
    verdict = says(teach.open_the_filter, answer)
    assert verdict[0] is ok and told in verdict[1]
