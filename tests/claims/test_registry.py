"""Claims: numbered once, run by number, and never passed without a control that fails."""

from __future__ import annotations

import json

import pytest

from ipsec_edu import claims
from ipsec_edu.claims.registry import HOLDS, HOLDS_IF, MISLEADING, Claim, ClaimResult, Finding, claim
from ipsec_edu.cli import main
from ipsec_edu.core.errors import ScenarioError


def result(*, ok: bool = True, control_fails: bool = True) -> ClaimResult:
    finding = Finding({"answered": 19}, {"answered": 0}, ok, control_fails)
    return ClaimResult(Claim(99, "Statement.", HOLDS_IF, "it does", lambda: finding), finding)


def test_a_result_is_ok_only_if_its_control_failed() -> None:
    assert result().ok
    assert not result(ok=False).ok
    assert not result(control_fails=False).ok, "an experiment that cannot fail proves nothing"


def test_the_json_has_the_documented_keys() -> None:
    told = result().to_json()
    assert {"claim", "verdict", "condition", "measured", "control", "ok"} <= set(told)
    assert (told["claim"], told["verdict"], told["ok"]) == (99, "holds if", True)


def test_the_text_says_what_was_measured() -> None:
    text = result(ok=False).text()
    assert "99. Statement." in text and "FAIL" in text and "answered 19" in text and "answered 0" in text
    assert "FAIL" not in result().text()


def test_an_unknown_number_is_told_which_exist() -> None:
    with pytest.raises(ScenarioError, match="no experiment for statement 999; there are 1, 2, 3"):
        claims.run([1, 999])


def test_a_number_is_given_once() -> None:
    claims.registered()
    with pytest.raises(ValueError, match="twice"):
        claim(1, "again", HOLDS)(lambda: Finding({}, {}, True, True))


def test_verdicts_are_the_three_words_and_conditions_stand_where_they_must() -> None:
    for one in claims.registered().values():
        assert one.verdict in (HOLDS, HOLDS_IF, MISLEADING)
        assert one.condition or one.verdict == HOLDS
        assert one.text.endswith(".")


def test_numbers_and_ranges_name_statements_once_each() -> None:
    assert claims.numbers_of([]) == []
    assert claims.numbers_of(["21", "8-11", "10"]) == [21, 8, 9, 10, 11]
    assert claims.numbers_of(["28-4711"]) == [28, 29], "of a range, those that exist"
    assert claims.numbers_of(["999"]) == [999], "a single number is judged when it is run"


@pytest.mark.parametrize("word", ["one", "8-", "-3", "8-9-10", "8,9", "12-8", "900-999", ""])
def test_what_is_no_range_is_told_so(word: str) -> None:
    with pytest.raises(ScenarioError, match=r"ranges such as 8-29|no experiment for a statement in"):
        claims.numbers_of([word])


def test_the_command_line_takes_a_range(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["claims", "18-19", "16", "--json"]) == 0
    assert [one["claim"] for one in json.loads(capsys.readouterr().out)] == [18, 19, 16]
    assert main(["claims", "30-20"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_units_stand_behind_values_and_groups_on_lines_of_their_own() -> None:
    finding = Finding({"A": {"outage s": 4.0, "lost %": 3}, "B": {"noticed after s": None}}, {}, True, True)
    text = ClaimResult(Claim(99, "Statement.", MISLEADING, "why", lambda: finding), finding).text()
    assert "measured  A: outage 4.0 s, lost 3 %\n             B: noticed never" in text
    assert "misleading: why" in text


def test_long_lines_are_wrapped_at_a_hundred_columns() -> None:
    finding = Finding({f"a long name of number {n}": n for n in range(20)}, {"off": 0}, True, True)
    lines = (
        ClaimResult(Claim(99, "Statement " * 20 + ".", HOLDS, "", lambda: finding), finding)
        .text()
        .splitlines()
    )
    assert max(map(len, lines)) <= 100
    assert [line[:13] for line in lines if "number 19" in line] == [" " * 13]
