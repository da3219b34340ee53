"""States are told apart by their attributes alone, as on grey paper; axe over compare, grid, compact."""

# ruff: noqa: E501 - snippets of script read better on one line

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ipsec_edu import Lab
from ipsec_edu.views.compare_data import Comparison
from ipsec_edu.views.stage_data import stage_data
from tests.views.fixture_states import STATES, state_run
from tests.views.large_lab import hub_and_spokes
from tests.views.page import open_stage, seek
from tests.views.test_axe import objections  # noqa: F401 - a fixture

pytestmark = pytest.mark.browser
FAULTS = ["30 cut ASA1:GigabitEthernet0/1", "60 mend ASA1:GigabitEthernet0/1"]
MARKS = """(dashes) => {
  const seen = new Set();
  for (const el of document.querySelectorAll(".m-rails *, .m-breaks *, .m-ports .m-port, .m-off, .m-clocks *")) {
    if (el.style.display === "none" || !el.getClientRects().length) continue;
    const s = getComputedStyle(el), at = el.tagName === "path" && el.closest(".m-breaks") ? el.getAttribute("d") : "";
    // Where it lies counts too (one half or both, above or below), the colour does not.
    const box = el.getBBox();
    seen.add([el.tagName, s.fill !== "none", s.stroke !== "none", dashes ? s.strokeDasharray : "", s.strokeLinecap, s.strokeWidth, at, Math.round(box.width / 40), Math.round(box.y / 4),
      el.classList.contains("hollow"), el.closest(".off") !== null].join("|"));
  }
  return [...seen].sort().join("\\n");
}"""
CELLS = """() => [...document.querySelectorAll('.g-marks path')].filter((e) => e.style.display !== 'none').map((e) => {
  const s = getComputedStyle(e), one = e.getAttribute('d').split('M').slice(1, 4).map((d) => d.replace(/[-\\d.]+/g, '')).join('M');
  return [e.dataset.state, [s.fill === 'none', s.fill === s.stroke, s.strokeDasharray, s.strokeLinecap, one].join('|')];
})"""


def test_every_state_of_the_map_differs_without_its_colours(chrome: Any) -> None:
    page = open_stage(chrome)
    marks: dict[str, list[str]] = {True: [], False: []}  # type: ignore[dict-item]
    for name in STATES:
        page.evaluate("(d) => window.answer('data', d)", stage_data(state_run(name)))
        seek(page, 10)
        for dashes in (True, False):
            marks[dashes].append(page.evaluate(MARKS, dashes))  # type: ignore[index]
    named = dict(zip(STATES, marks[True], strict=True))  # type: ignore[index]
    same = [(a, b) for i, a in enumerate(STATES) for b in STATES[i + 1 :] if named[a] == named[b]]
    assert same == []
    assert "15px" in named["silent-cut"] and "15px" not in named["up"], "what is held in vain is dashed"
    assert marks[False] != marks[True], "the dash is part of what tells states apart"  # type: ignore[index]


def test_every_state_of_a_cell_differs_without_its_colours(chrome: Any) -> None:
    run = hub_and_spokes(60, until_s=60).run(
        until=60, faults=["20 crash HUB", "30 crash S001"], fidelity="model"
    )
    page = open_stage(chrome, run)
    found: dict[str, str] = {}
    for t in (0.5, 1.5, 10, 25, 32, 36):
        seek(page, t)
        found |= dict(page.evaluate(CELLS))
    assert set(found) == {"none", "negotiating", "up", "stale", "lost", "off"}
    assert len(set(found.values())) == len(found)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_over_compare_grid_compact_and_a_question(chrome: Any, objections: Any, theme: str) -> None:  # noqa: F811
    lab = Lab.load("site-to-site")
    a, b = lab.run(faults=FAULTS[:1]), lab.run(faults=FAULTS)
    crowd = hub_and_spokes(60, until_s=40).run(until=40, faults=["20 crash HUB"], fidelity="model")
    verdict = {"guess": "R1 > R2", "truth": "R1 > ASA1", "paths": [["R1", "R2"], ["R1", "ASA1"]]}
    pages = {
        "compare": {"data": Comparison(a, b).data()},
        "grid": {"run": crowd},
        "compact": {"run": b, "compact": True},
        "narrow": {"run": b, "width": 460},
        "verdict": {"data": {**stage_data(b), "verdict": verdict}},
        "question": {"run": b},
    }
    found = {}
    for name, options in pages.items():
        page = open_stage(chrome, theme=theme, start=32.0, reduced_motion="reduce", **options)
        if name == "question":
            page.evaluate("window.answer('sketch', ['R1'])")
        found[name] = objections(page)
        page.context.close()
    assert found == {name: [] for name in pages}


def test_axe_over_an_exported_page(chrome: Any, objections: Any, tmp_path: Path) -> None:  # noqa: F811
    Lab.load("site-to-site").run(until=60, faults=FAULTS[:1]).export_html(tmp_path / "run.html", faults=[])
    page = chrome.new_context(reduced_motion="reduce").new_page()
    page.goto((tmp_path / "run.html").as_uri())
    page.locator(".ie").wait_for()
    page.wait_for_function("window.stage && window.stage.model")
    assert objections(page) == []
    page.context.close()
