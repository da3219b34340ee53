"""A stage with a curtain tells nothing of the future, and draws a guess above the truth."""

# ruff: noqa: E501 - snippets of script read better on one line

from __future__ import annotations

import json
from typing import Any

import pytest

from ipsec_edu import Lab
from ipsec_edu.core.errors import ScenarioError
from ipsec_edu.run import Run
from ipsec_edu.views.curtain_data import curtain_data, guess_record
from ipsec_edu.views.stage_data import stage_data
from tests.views.page import open_stage, seek
from tests.views.test_stage_page import TEXT_BOXES

FAULTS = ["30 cut ASA1:GigabitEthernet0/1", "60 mend ASA1:GigabitEthernet0/1"]
CURTAIN_S = 33.0
LATEST = """() => Math.max(...[...document.querySelectorAll(".a-lanes rect, .a-top rect, .a-tint rect, .a-lists rect.hitbox")]
  .map((e) => e.getBoundingClientRect().right))"""


@pytest.fixture(scope="module")
def run() -> Run:
    return Lab.load("site-to-site").run(until=90, faults=FAULTS)


def times(value: Any, key: str = "") -> list[int]:
    """Every time in the records of a run, whatever it is called."""
    if isinstance(value, dict):
        return [t for k, v in value.items() if k not in ("until", "threshold") for t in times(v, k)]
    if isinstance(value, list):
        return [t for v in value for t in times(v, key)]
    wanted = ("at", "sent", "answered", "lost", "start", "end", "up", "down", "arrived", "log", "begun")
    return [value] if key in wanted and isinstance(value, int) else []


def test_what_is_behind_the_curtain_does_not_reach_the_page(run: Run) -> None:
    made = curtain_data(run, CURTAIN_S)
    assert made["until"] == 90_000_000 and made["curtain"] == 33_000_000
    assert max(times(made)) <= 33_000_001
    assert "mend" not in json.dumps([made["faults"], made["log"]])
    assert max(times(stage_data(run))) > 60_000_000, "the whole run would be caught"


def test_what_has_passed_is_the_same_run(run: Run) -> None:
    told, whole = curtain_data(run, CURTAIN_S), stage_data(run)
    assert told["flows"][0]["sent"] == [t for t in whole["flows"][0]["sent"] if t <= 33_000_000]
    assert [sa["id"] for sa in told["sas"]] == [sa["id"] for sa in whole["sas"] if sa["begun"] <= 33_000_000]


def test_a_curtain_outside_the_run_is_refused(run: Run) -> None:
    for at_s in (0, 90, 1000):
        with pytest.raises(ScenarioError, match="between 0 and 90 s"):
            curtain_data(run, at_s)


def test_the_widget_opens_its_curtain(run: Run) -> None:
    shown = run.stage(curtain=CURTAIN_S)
    assert shown.start == CURTAIN_S and shown.data["curtain"] == 33_000_000
    shown.request = {"id": 1, "faults": ["31 cut ASA1:GigabitEthernet0/1"]}
    assert shown.run.faults == ["31 cut ASA1:GigabitEthernet0/1", FAULTS[1]], "what is hidden stays"
    assert shown.data["curtain"] == 33_000_000
    shown.curtain = None
    assert "curtain" not in shown.data and shown.data["outages"][-1]["start"] == 31_000_000


def test_a_guess_stands_where_the_outage_begins(run: Run) -> None:
    assert guess_record(run, 12.5) == {"flow": 0, "start": 30_000_000, "end": 42_500_000}
    assert guess_record(run, 0) is None
    shown = run.stage(guess=12.5)
    assert shown.data["guess"]["end"] == 42_500_000
    shown.guess = None
    assert "guess" not in shown.data


@pytest.mark.browser
@pytest.mark.parametrize("width", [1024, 1600])
def test_nothing_is_drawn_and_nobody_gets_behind_the_curtain(chrome: Any, run: Run, width: int) -> None:
    page = open_stage(chrome, data=curtain_data(run, CURTAIN_S), width=width, start=CURTAIN_S)
    edge = page.evaluate(
        "window.stage.axis.x(33e6) + document.querySelector('.ie-axis svg').getBoundingClientRect().left"
    )
    assert page.evaluate(LATEST) <= edge + 4
    assert page.evaluate(TEXT_BOXES) == []
    assert "not told yet" in page.locator(".ie-axis").inner_text()
    assert "Nobody knows yet" in page.locator(".ie-say").inner_text()
    page.get_by_role("slider", name="Time").focus()
    for key in ("End", ".", "]", "Shift+ArrowRight"):
        page.keyboard.press(key)
        assert page.evaluate("window.stage.t") <= 33e6, key
    seek(page, 80)
    assert page.evaluate("window.stage.t") == 33e6
    page.evaluate("(d) => window.answer('data', d)", stage_data(run))
    seek(page, 80)
    assert page.evaluate("window.stage.t") == 80e6
    assert page.evaluate(LATEST) > edge + 100
    assert page.complaints == []


@pytest.mark.browser
@pytest.mark.parametrize("guess_s", [0.5, 12.5, 59.0, 500.0])
def test_the_guess_is_drawn_above_the_truth(chrome: Any, run: Run, guess_s: float) -> None:
    page = open_stage(chrome, data={**stage_data(run), "guess": guess_record(run, guess_s)})
    guess, truth = (
        page.locator(f".ie-axis .{name}").first.bounding_box() for name in ("a-guess", "a-bracket")
    )
    assert guess["y"] + guess["height"] < truth["y"]
    assert abs(guess["x"] - truth["x"]) < 3, "both begin where the outage begins"
    assert f"you said {guess_s:g} s" in page.locator(".ie-axis").inner_text()
    for t in (0, 33, 89):
        seek(page, t)
        assert page.evaluate(TEXT_BOXES) == []
    assert open_stage(chrome, data=stage_data(run)).locator(".a-guess").count() == 0
