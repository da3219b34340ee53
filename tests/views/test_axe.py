"""The stage for everyone: what axe-core objects to, and what is left when the system chooses the colours."""

# ruff: noqa: E501 - snippets of script read better on one line

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ipsec_edu import Lab
from ipsec_edu.views.inspect_data import inspector_data
from ipsec_edu.views.stage_data import stage_data
from tests.views.page import open_stage

pytestmark = pytest.mark.browser

FAULTS = ["30 cut ASA1:GigabitEthernet0/1", "60 mend ASA1:GigabitEthernet0/1"]
GRAVE = ("serious", "critical")


@pytest.fixture(scope="module")
def data() -> dict[str, Any]:
    run = Lab.load("site-to-site").run(faults=FAULTS)
    return {**stage_data(run), "inspector": inspector_data(run)}


@pytest.fixture(scope="module")
def objections() -> Callable[..., list[str]]:
    """Everything serious or critical that axe-core finds on a page, with all its rules or some."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()

    def ask(page: Any, rules: tuple[str, ...] = ()) -> list[str]:
        options: dict[str, Any] = {"resultTypes": ["violations"], "elementRef": False}
        if rules:
            options["runOnly"] = {"type": "rule", "values": list(rules)}
        found = axe.run(page, options=options).response["violations"]
        return [
            f"{v['id']}: {node['html'][:90]}" for v in found if v["impact"] in GRAVE for node in v["nodes"]
        ]

    return ask


def open_menu(page: Any) -> None:
    page.get_by_role("button", name="ASA1, gateway").focus()
    page.keyboard.press("Enter")
    page.locator(".ie-menu").wait_for()


def open_messages(page: Any) -> None:
    page.locator("[data-panel=messages]").click()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator(".mg-hex i").first.wait_for()


def open_inspector(page: Any) -> None:
    page.locator("[data-panel=inspect]").click()
    page.locator(".c-entry pre").first.wait_for()


def open_tables(page: Any) -> None:
    page.get_by_role("tab", name="SAs").click()


def open_list(page: Any) -> None:
    page.locator(".ie-log summary").click()
    page.locator(".ie-log tbody tr").first.wait_for()


STATES: dict[str, list[Callable[[Any], Any]]] = {
    "closed": [],
    "menu": [open_menu],
    "list": [lambda page: page.keyboard.press("Escape"), open_list],
    "messages": [open_messages],
    "inspector": [open_inspector],
    "tables": [open_tables],
    "error": [lambda page: page.evaluate("window.stage.showError({ title: 'It was not accepted.', text: 'crypto foo\\n       ^', hint: 'Write crypto map.' })")],
    "keys": [lambda page: page.locator("button.keys").click()],
}  # fmt: skip
"""States of the stage, each reached from the one before."""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_any_state(chrome: Any, data: Any, objections: Any, theme: str) -> None:
    # A dialog that fades in has little contrast for a moment.
    page = open_stage(chrome, data=data, theme=theme, live=False, start=41.5, reduced_motion="reduce")
    found = {}
    for name, steps in STATES.items():
        for step in steps:
            step(page)
        # The theme changes colours only.
        found[name] = objections(page, () if theme == "light" else ("color-contrast",))
    assert found == {name: [] for name in STATES}
    page.evaluate(
        "document.querySelector('button.next').removeAttribute('aria-label'); document.querySelector('button.next').removeAttribute('title')"
    )
    assert [text.split(":")[0] for text in objections(page)] == ["button-name"], "a fault would be found"
    page.context.close()


def test_the_list_of_events_scrolls_by_keyboard_and_time_stands(chrome: Any, data: Any) -> None:
    page = open_stage(chrome, data=data, live=False, start=41.5)
    open_list(page)
    page.get_by_role("region", name="Everything that happened").focus()
    page.keyboard.press("End")
    page.wait_for_function("document.activeElement.scrollTop > 50")
    assert page.evaluate("window.stage.t") == 41.5e6
    page.locator("[role=slider].a-playhead").focus()
    page.keyboard.press("End")
    assert page.evaluate("window.stage.t") == 120e6, "elsewhere the same key goes to the end of the run"
    page.context.close()


COLOURS = """() => {
  const colours = new Set();
  for (const el of document.querySelectorAll(".ie, .ie *")) {
    if (el.closest("defs") || !el.getClientRects().length) continue;
    const style = getComputedStyle(el), svg = el instanceof SVGElement;
    for (const value of svg ? [style.fill, style.stroke] : [style.color, style.backgroundColor]) {
      if (/^rgb\\(/.test(value)) colours.add(value);
    }
  }
  return [...colours];
}"""
SYSTEM = """() => ["Canvas", "CanvasText", "GrayText", "Highlight", "HighlightText", "ButtonFace", "ButtonText", "Field", "FieldText"].map((name) => {
  const el = document.body.appendChild(document.createElement("i"));
  el.style.color = name;
  const colour = getComputedStyle(el).color;
  el.remove();
  return colour;
})"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_forced_colours_are_the_only_ones_and_states_stay_apart(chrome: Any, data: Any, scheme: str) -> None:
    page = open_stage(chrome, data=data, live=False, start=41.5, theme=scheme, forced_colors="active", color_scheme=scheme)  # fmt: skip
    open_messages(page)
    assert set(page.evaluate(COLOURS)) <= set(page.evaluate(SYSTEM))
    shape = "(s) => { const c = getComputedStyle(document.querySelector(s)); return [c.fill === c.stroke || c.stroke === 'none', c.strokeDasharray !== 'none']; }"
    assert page.evaluate(shape, ".a-esp") == [True, False], "up: filled"
    assert page.evaluate(shape, ".a-stale") == [False, True], "stale: hollow and dashed"
    shaded = "() => [...new Set([...document.querySelectorAll('.mg-hex i')].map((i) => getComputedStyle(i).backgroundColor))].length"
    assert page.evaluate(shaded) > 1, "encrypted bytes are told from plain ones"
    page.context.close()
    plain = open_stage(chrome, data=data, live=False, start=41.5, theme=scheme, color_scheme=scheme)
    assert not set(plain.evaluate(COLOURS)) <= set(plain.evaluate(SYSTEM)), (
        "without forced colours there are others"
    )
    plain.context.close()
