"""Three lanes instead of all: asked for, or on a page that has no room."""

from __future__ import annotations

from typing import Any

import pytest

from ipsec_edu import Lab
from tests.views.page import open_stage, seek
from tests.views.test_stage_page import TEXT_BOXES

pytestmark = pytest.mark.browser
LANES = "() => window.stage.axis.rows.map((row) => row.key)"
HEIGHT = "() => document.querySelector('.ie').getBoundingClientRect().height"
MOMENTS = (0.0, 1.104, 24.0, 34.0, 41.5, 45.2, 62.1, 119.0)


def test_three_lanes_in_238_pixels(chrome: Any) -> None:
    page = open_stage(chrome, compact=True)
    assert page.evaluate(LANES) == ["faults", "flow0", "sa1"]
    assert abs(page.evaluate(HEIGHT) - 238) < 1
    assert not page.locator(".ie-map").is_visible()
    assert open_stage(chrome).evaluate(HEIGHT) > 500, "all lanes take more"


def test_sentence_and_keys_are_as_ever(chrome: Any) -> None:
    page = open_stage(chrome, compact=True)
    seek(page, 41.5)
    assert "R-U-THERE 2 of 3 is unanswered" in page.locator(".ie-say").inner_text()
    page.get_by_role("slider", name="Time").focus()
    page.keyboard.press("End")
    assert page.evaluate("window.stage.t") == 120e6
    page.keyboard.press("[")
    assert page.evaluate("window.stage.t") < 63e6
    page.keyboard.press("i")
    assert page.locator(".ie-inspect").is_visible()
    chip = page.get_by_role("slider", name="Fault: silent cut")
    chip.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "window.stage.waiting === null && window.stage.model.data.faults[0].at === 30100000"
    )
    summary = page.locator(".ie-log summary")
    summary.focus()
    assert summary.bounding_box()["height"] > 10, "who comes by keyboard finds the list"


@pytest.mark.parametrize(
    ("width", "map_there"), [(1024, True), (690, True), (615, True), (520, True), (440, False)]
)
def test_a_narrow_page_gets_three_lanes_and_then_no_map(chrome: Any, width: int, map_there: bool) -> None:
    page = open_stage(chrome, width=width)
    assert (len(page.evaluate(LANES)) == 3) == (width < 560)
    assert page.locator(".ie-map").is_visible() == map_there
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.set_viewport_size({"width": 1100, "height": 800})
    page.wait_for_function("window.stage.axis.rows.length > 3")


@pytest.mark.parametrize("font", ["DejaVu Sans", "Liberation Sans"])
@pytest.mark.parametrize("width", [380, 500, 690, 1024])
def test_no_texts_touch(chrome: Any, width: int, font: str) -> None:
    page = open_stage(chrome, width=width, font=font, compact=width > 700)
    for t in MOMENTS:
        seek(page, t)
        assert [x for x in page.evaluate(TEXT_BOXES) if x != "hardly any text"] == [], t
    assert page.complaints == []


def test_the_widget_and_the_run_take_the_word() -> None:
    run = Lab.load("site-to-site").run(until=20)
    assert run.stage(compact=True).compact is True
    assert run.stage().compact is False
