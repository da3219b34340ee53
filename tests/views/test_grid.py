"""More devices than a map can show: cells, counts, and the one that was chosen."""

# ruff: noqa: E501 - snippets of script read better on one line

from __future__ import annotations

from typing import Any

import pytest

from ipsec_edu import Run
from ipsec_edu.views.stage_data import stage_data
from ipsec_edu.views.state_at import state_at
from tests.views.fixture_states import hub_run
from tests.views.large_lab import hub_and_spokes
from tests.views.page import open_stage, seek
from tests.views.test_stage_page import TEXT_BOXES

pytestmark = pytest.mark.browser
FAULTS = ["20 crash HUB", "45 boot HUB"]
MOMENTS = (0.5, 1.5, 10.0, 25.0, 32.0, 36.0, 44.0, 48.0, 59.0)
STATES = "() => [...document.querySelectorAll('[role=gridcell]')].map((e) => e.dataset.state)"
PATHS = "() => [...document.querySelectorAll('.g-marks path')].filter((e) => e.style.display !== 'none').map((e) => e.dataset.state)"
NAME = "() => document.activeElement.getAttribute('aria-label')"


@pytest.fixture(scope="module")
def run() -> Run:
    """Sixty devices; two hundred take longer to run and look the same."""
    return hub_and_spokes(60, until_s=60).run(until=60, faults=FAULTS, fidelity="model")


@pytest.fixture(scope="module")
def data(run: Run) -> dict[str, Any]:
    return stage_data(run)


@pytest.fixture
def page(chrome: Any, data: dict[str, Any]) -> Any:
    opened = open_stage(chrome, data=data)
    yield opened
    opened.context.close()


def test_every_cell_says_what_the_records_say(page: Any, run: Run) -> None:
    names = [n for n in run.lab.layout["nodes"] if n != "internet"]
    seen = set()
    for t in MOMENTS:
        seek(page, t)
        now = state_at(run, round(t * 1e6))
        for name, state in zip(names, page.evaluate(STATES), strict=True):
            seen.add(state)
            said = {"lost": "none"}.get(state, state)
            assert said == now.gateways[name].state, f"{name} at {t} s"
    assert seen == {"none", "negotiating", "up", "stale", "lost", "off"}, "every state occurs"


def test_one_path_for_each_state_and_counts_in_words(page: Any) -> None:
    seek(page, 10)
    assert page.evaluate(PATHS) == ["up"]
    assert "59 of 59 spokes up" in page.locator(".ie-map").inner_text()
    assert "All 59 spokes are up" in page.locator(".ie-say").inner_text()
    seek(page, 32)
    paths = page.evaluate(PATHS)
    assert len(paths) == len(set(paths)) > 1
    counts = page.evaluate(
        "() => { const c = window.stage.model.crowd; let k = 0; while (c.times[k + 1] <= window.stage.t) k++; return c.counts[k]; }"
    )
    assert sum(counts.values()) == 59
    assert f"{counts['stale']} of 59 spokes still believe" in page.locator(".ie-map").inner_text()
    assert page.locator("[role=gridcell]").count() == 60


def test_arrows_walk_the_grid_and_enter_opens_the_inspector(page: Any) -> None:
    seek(page, 10)
    page.locator("[data-key=dev2]").focus()
    assert page.evaluate(NAME).startswith("S001")
    page.keyboard.press("ArrowRight")
    assert page.evaluate(NAME).startswith("S002")
    page.keyboard.press("ArrowDown")
    per_row = page.evaluate("window.stage.map.perRow")
    assert page.evaluate(NAME).startswith(f"S{2 + per_row:03}")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(NAME).startswith("HUB")
    page.keyboard.press("ArrowRight")
    assert page.locator("[role=gridcell][tabindex='0']").count() == 1, "one stop for the Tab key"
    page.keyboard.press("Enter")
    assert page.locator(".ie-panel.ie-inspect").count() == 1
    assert page.locator(".ie-panel .who option:checked").inner_text() == "S001"


def test_slash_finds_by_name_and_by_address(page: Any) -> None:
    page.locator("[data-key=dev2]").focus()
    page.keyboard.press("/")
    page.keyboard.type("S04")
    assert "S040, 1 of 10" in page.locator(".g-find").inner_text()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.evaluate(NAME).startswith("S041")
    page.keyboard.press("/")
    page.keyboard.type("198.18.1.18")
    page.keyboard.press("Escape")
    assert page.evaluate(NAME).startswith("S017")
    assert "S017 (chosen)" in page.locator(".ie-axis").inner_text()
    page.keyboard.press("/")
    page.keyboard.type("nobody")
    assert "no such device" in page.locator(".g-find").inner_text()


def test_a_device_of_the_grid_can_be_broken(page: Any) -> None:
    seek(page, 10)
    box = page.locator("[data-key=dev0]").bounding_box()
    page.mouse.click(box["x"] + 20, box["y"] + 20)
    assert "10 crash HUB" in page.get_by_role("menu", name="Faults for HUB").inner_text()
    page.keyboard.press("Escape")
    assert page.requests == []
    assert page.evaluate(NAME).startswith("HUB")


@pytest.mark.parametrize("width", [760, 1024, 1600])
@pytest.mark.parametrize("font", ["DejaVu Sans", "Liberation Sans"])
def test_no_texts_touch(chrome: Any, data: dict[str, Any], width: int, font: str) -> None:
    page = open_stage(chrome, data=data, width=width, font=font)
    for t in MOMENTS:
        seek(page, t)
        assert page.evaluate(TEXT_BOXES) == [], t
    seek(page, 32, (28, 36))
    assert page.evaluate(TEXT_BOXES) == []
    assert page.complaints == []
    page.context.close()


def test_few_devices_keep_their_map(chrome: Any) -> None:
    page = open_stage(chrome, hub_run())
    assert page.locator("[role=gridcell]").count() == 0
    assert page.locator(".g-find:visible").count() == 0
    assert page.locator(".ie-map [role=button]").count() > 5
