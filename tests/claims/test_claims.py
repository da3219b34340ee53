"""Every statement's experiment earns its verdict, and its control fails."""

from __future__ import annotations

import json

import pytest

from ipsec_edu.claims import registered, run
from tests.claims.judged import judged

pytestmark = pytest.mark.xdist_group("claims")
NUMBERS = list(registered())
MANY_RUNS = {7, 25, 27, 28, 29}
"""A second or more each; what they are made of is repeated by the others."""


def test_statements_1_to_29_have_experiments() -> None:
    assert set(NUMBERS) == set(range(1, 30))


@pytest.mark.parametrize("number", NUMBERS)
def test_the_verdict_is_measured(number: int) -> None:
    assert judged(number).finding.ok, judged(number).text()


@pytest.mark.parametrize("number", NUMBERS)
def test_the_control_fails(number: int) -> None:
    assert judged(number).finding.control_fails, judged(number).text()
    assert judged(number).finding.measured != judged(number).finding.control


@pytest.mark.parametrize("number", NUMBERS)
def test_the_result_is_json_and_repeats(number: int) -> None:
    told = json.dumps(judged(number).to_json(), sort_keys=True)
    if number not in MANY_RUNS:
        assert json.dumps(run([number])[0].to_json(), sort_keys=True) == told


@pytest.mark.parametrize("number", NUMBERS)
def test_the_text_fits_a_hundred_columns(number: int) -> None:
    lines = judged(number).text().splitlines()
    assert max(map(len, lines)) <= 100
    assert lines[0].startswith(f"{number}. ") and any(line.startswith("   control ") for line in lines)
    assert "  ok   " in judged(number).text() and "{" not in judged(number).text()


def test_verdicts_as_published() -> None:
    assert {number: claim.verdict for number, claim in registered().items()} == {
        1: "holds if",
        2: "holds if",
        3: "holds if",
        4: "holds",
        5: "misleading",
        6: "holds if",
        7: "holds if",
        8: "holds if",
        9: "holds if",
        10: "holds",
        11: "holds if",
        12: "holds if",
        13: "holds if",
        14: "holds",
        15: "misleading",
        16: "holds",
        17: "holds",
        18: "holds",
        19: "holds",
        20: "holds",
        21: "holds if",
        22: "holds if",
        23: "holds",
        24: "holds if",
        25: "holds if",
        26: "misleading",
        27: "holds if",
        28: "holds",
        29: "holds",
    }
