"""Every statement's experiment earns its verdict, and its control fails."""

from __future__ import annotations

import json

import pytest

from ipsec_edu.claims import ClaimResult, registered, run

NUMBERS = list(registered())


@pytest.fixture(scope="module")
def results() -> dict[int, ClaimResult]:
    return {result.claim.number: result for result in run()}


def test_the_first_statements_have_experiments() -> None:
    assert {1, 2, 3, 4, 5, 6, 7, 10, 20} <= set(NUMBERS)


@pytest.mark.parametrize("number", NUMBERS)
def test_the_verdict_is_measured(results: dict[int, ClaimResult], number: int) -> None:
    assert results[number].finding.ok, results[number].text()


@pytest.mark.parametrize("number", NUMBERS)
def test_the_control_fails(results: dict[int, ClaimResult], number: int) -> None:
    assert results[number].finding.control_fails, results[number].text()
    assert results[number].finding.measured != results[number].finding.control


@pytest.mark.parametrize("number", NUMBERS)
def test_the_result_is_json_and_repeats(results: dict[int, ClaimResult], number: int) -> None:
    told = json.dumps(results[number].to_json(), sort_keys=True)
    if number != 7:  # sixteen runs; its parts are repeated by the others
        assert json.dumps(run([number])[0].to_json(), sort_keys=True) == told


def test_verdicts_as_published(results: dict[int, ClaimResult]) -> None:
    assert {number: result.claim.verdict for number, result in results.items()} == {
        1: "holds if",
        2: "holds if",
        3: "holds if",
        4: "holds",
        5: "misleading",
        6: "holds if",
        7: "holds if",
        10: "holds",
        20: "holds",
    }
