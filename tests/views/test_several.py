"""Three or four runs: their numbers, their lanes over each other, a map of the one that is asked for."""

from __future__ import annotations

from typing import Any

import pytest

from ipsec_edu import Lab, Run, ScenarioError
from ipsec_edu.views.compare_data import Comparison
from ipsec_edu.views.compare_many import Comparisons
from tests.views.page import open_stage, seek
from tests.views.test_stage_page import TEXT_BOXES

CUT = "40 cut HUB:Ethernet0/1"


@pytest.fixture(scope="module")
def runs() -> list[Run]:
    lab = Lab.load("access-links")
    second = lab.variant("multiple-identities")
    return [lab.run(), lab.run(faults=[CUT]), second.run(faults=[CUT]), lab.run(faults=["40 crash P1"])]


def test_two_runs_are_compared_as_ever(runs: list[Run]) -> None:
    a, b = runs[:2]
    assert isinstance(a.compare(b), Comparison)
    assert a.compare(b, ("quiet", "cut")).names == ("quiet", "cut")
    assert a.compare(b, names=("quiet", "cut")).names == ("quiet", "cut")


def test_the_numbers_of_three_agree_with_those_of_two(runs: list[Run]) -> None:
    several = runs[0].compare(*runs[1:3], names=("a", "b", "c"))
    assert isinstance(several, Comparisons)
    two = {d.name: d.b for d in runs[0].compare(runs[1]).differences}
    assert {name: several.measures[1][name] for name in two} == two
    assert several.measures[0]["outage"] == 0 < several.measures[1]["outage"]
    assert repr(several).count("\n") == 2 and "b: outage 4.0 s, 4 lost" in repr(several)


def test_what_cannot_be_compared_is_refused(runs: list[Run]) -> None:
    with pytest.raises(ScenarioError, match="at most 4"):
        runs[0].compare(*runs[1:], runs[1])
    with pytest.raises(ScenarioError, match="same until"):
        runs[0].compare(runs[1], Lab.load("access-links").run(until=60))
    with pytest.raises(ScenarioError, match="3 names"):
        runs[0].compare(runs[1], runs[2], names=("a", "b"))


@pytest.mark.browser
@pytest.mark.parametrize("width", [1024, 1600])
def test_lanes_of_four_on_one_axis_and_a_map_on_demand(chrome: Any, runs: list[Run], width: int) -> None:
    data = runs[0].compare(*runs[1:]).data()
    page = open_stage(chrome, data=data, width=width, live=False)
    keys = page.evaluate("window.stage.axis.rows.map((r) => r.key)")
    assert [key for key in keys if key.startswith("head")] == ["headA", "headB", "headC", "headD"]
    assert len(keys) == len(set(keys)) and all(f"{side}faults" in keys for side in "ABCD")
    assert not page.locator(".ie-map").is_visible()
    for t in (5, 41.5, 80):
        seek(page, t)
        assert page.evaluate(TEXT_BOXES) == [], t
    assert page.locator(".ie-say").inner_text().endswith("A 1, B 5, C 13, D 2")
    page.get_by_role("button", name="Map B").click()
    assert page.locator(".cmp-map svg").first.is_visible()
    seek(page, 41.5)
    assert page.locator(".cmp-map .m-stale").count() >= 4, "the map of B, in which the tunnel is in vain"
    page.get_by_role("button", name="Map A").click()
    assert page.locator(".cmp-map .m-stale:visible").count() == 0
    page.get_by_role("button", name="Map A").click()
    assert not page.locator(".ie-map").is_visible()
    assert page.complaints == []
