"""The exercises of lessons 00 and 02: right answers are done, each typical wrong idea is told what it did."""

from __future__ import annotations

from pathlib import Path

import pytest

from ipsec_edu import teach
from ipsec_edu.teach.mysteries import Mystery


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def says(exercise: object, answer: object) -> tuple[bool, str]:
    verdict = exercise.check(answer)  # type: ignore[attr-defined]
    return verdict.ok, verdict.message


# 00.mend


def tries_after_the_cut() -> list[float]:
    run = teach.cut_run()
    return [m.at_us / 1e6 for m in run.messages if teach.name_of(m) == "MM1" and m.at_us > 30e6]


def test_mending_in_the_second_before_a_retransmission_saves_an_interval() -> None:
    lost = [t for t in tries_after_the_cut() if t < 60]
    ok, message = says(teach.mend_in_time, lost[-1] - 0.5)
    assert ok and "saved" in message


def test_mending_early_but_after_that_retransmission_saves_nothing() -> None:
    ok, message = says(teach.mend_in_time, 55)
    assert not ok and "saved 0.000 s" in message and "either way" in message


@pytest.mark.parametrize("early", [4.0, 8.5])
def test_mending_in_haste_leaves_time(early: float) -> None:
    lost = [t for t in tries_after_the_cut() if t < 60]
    ok, message = says(teach.mend_in_time, lost[-1] - early)
    assert not ok and "time left" in message


def test_mending_before_anybody_noticed_is_another_story() -> None:
    ok, message = says(teach.mend_in_time, 33)
    assert not ok and "before dead-peer detection gave up" in message


@pytest.mark.parametrize("answer", [10, 30, 60, 75])
def test_a_time_outside_the_cut_is_no_answer(answer: float) -> None:
    ok, message = says(teach.mend_in_time, answer)
    assert not ok and "between the two" in message


# 02


def test_the_state_names_what_is_awaited() -> None:
    ok, message = says(teach.read_the_state, "MM5")
    assert ok and "MM_WAIT_MSG6" in message
    assert "waits for" in says(teach.read_the_state, "MM6")[1]
    assert "received" in says(teach.read_the_state, "MM4")[1]
    assert not any(says(teach.read_the_state, wrong)[0] for wrong in ("MM1", "MM2", "MM3", "MM4", "MM6"))


def test_the_proof_travels_in_five_and_six() -> None:
    assert says(teach.where_is_the_hash, "5 and 6")[0]
    assert "web say so" in says(teach.where_is_the_hash, "4")[1]
    assert "web say so" in says(teach.where_is_the_hash, "3 and 4")[1]
    assert "agree on algorithms" in says(teach.where_is_the_hash, "1 and 2")[1]


LIFETIME_S = 250


def test_a_lifetime_for_three_pairs() -> None:
    ok, message = says(teach.three_pairs, LIFETIME_S)
    assert ok, message
    assert "0 pings lost" in message


def test_a_long_lifetime_never_bites() -> None:
    ok, message = says(teach.three_pairs, 28000)
    assert not ok and "One pair" in message


def test_a_short_lifetime_makes_too_many_pairs() -> None:
    ok, message = says(teach.three_pairs, 120)
    assert not ok and "more than three" in message


def test_a_lifetime_below_the_devices_least_is_refused_as_it_refuses() -> None:
    verdict = teach.three_pairs.check(30)
    assert not verdict.ok and "refuses" in verdict.message and "^" in repr(verdict)


def test_forward_secrecy_on_both_sides_repairs_it() -> None:
    ok, message = says(teach.repair_pfs, "ASA1\ncrypto map CMAP 10 set pfs group5")
    assert ok and "whoever begins" in message


def test_giving_forward_secrecy_up_is_not_the_repair() -> None:
    ok, message = says(teach.repair_pfs, "ASA2\nno crypto map CMAP 10 set pfs")
    assert not ok and "bought peace" in message


def test_another_group_is_still_a_fault() -> None:
    ok, message = says(teach.repair_pfs, "ASA1\ncrypto map CMAP 10 set pfs group2")
    assert not ok and "group" in message


def test_a_line_that_changes_nothing_leaves_the_trap() -> None:
    ok, message = says(
        teach.repair_pfs, "ASA1\ncrypto map CMAP 10 set security-association lifetime seconds 3600"
    )
    assert not ok and "R2 begins" in message and "insists" in message


def test_taking_the_map_away_is_worse_than_down() -> None:
    ok, message = says(teach.repair_pfs, "ASA1\nno crypto map CMAP interface OUTSIDE")
    assert not ok and "in clear" in message


def test_a_typing_error_is_shown_as_the_device_prints_it() -> None:
    verdict = teach.repair_pfs.check("ASA1\ncrypto mpa CMAP 10 set pfs group5")
    assert not verdict.ok and "Invalid input" in repr(verdict)


# 02.mystery


def test_everybody_gets_a_network_of_their_own_and_keeps_it() -> None:
    names = {
        name: Mystery(name)._fault for name in ("Ann", "Bob", "Cem", "Dörte", "Eve", "Finn", "Gül", "Hugo")
    }
    assert len(set(names.values())) > 3
    assert names == {name: Mystery(name)._fault for name in names}
    assert "lifetimes-differ" not in names.values(), "it works, so there is nothing to find"


def test_a_wrong_name_is_told_what_speaks_against_it() -> None:
    mystery = teach.mystery("Ann")
    exercise = mystery.exercise()
    assert exercise.check(mystery._fault).ok
    other = next(name for name in teach.FAULTS if name != mystery._fault)
    verdict = exercise.check(other)
    assert not verdict.ok and "speaks against it" in verdict.message
    assert verdict.evidence is not None and other in verdict.evidence.text
    assert mystery._fault not in repr(verdict), "the answer is not given away"


def test_a_mystery_shows_what_an_engineer_could_see() -> None:
    mystery = teach.mystery("Ann")
    assert set(mystery.pings()) <= {".", "!"}
    assert mystery._fault not in str(mystery.messages())
    assert "#" in str(mystery.show("ASA1", "show crypto ikev1 sa"))
