"""A rail on the map is an SA: it has a card, takes the focus, and leads to the inspector."""

from __future__ import annotations

from typing import Any

import pytest

from ipsec_edu import Lab
from tests.views.page import open_stage, seek

pytestmark = pytest.mark.browser

RAIL = "g[data-key^='rail']"
CLEAR = ["30 clear-ike ASA1"]


@pytest.fixture(scope="module")
def run() -> Any:
    return Lab.load("site-to-site").run(faults=CLEAR)


def shown(page: Any) -> list[str]:
    """The names of the rails that can be pointed at."""
    return list(
        page.evaluate(
            f"""[...document.querySelectorAll("{RAIL}")].filter((e) => e.style.display !== 'none')
            .map((e) => e.getAttribute('aria-label'))"""
        )
    )


def test_each_gateway_has_its_own_half_of_each_sa(chrome: Any, run: Any) -> None:
    page = open_stage(chrome, run, start=20)
    names = shown(page)
    assert len(names) == 4 and len([n for n in names if n.startswith("ASA1: ESP")]) == 2
    assert all(name.endswith(", up") for name in names)
    seek(page, 30.005)
    assert all(name.startswith("ASA2") and "held in vain" in name for name in shown(page))
    seek(page, 0.5)
    assert shown(page) == [], "no SA, no rail"


def test_the_card_of_a_rail_is_the_card_of_its_sa(chrome: Any, run: Any) -> None:
    page = open_stage(chrome, run, start=20)
    rail = page.locator(RAIL).first
    line = rail.locator(".hitrail").get_attribute("d")
    x, y = (float(v) for v in line.split("L")[0][1:].split())
    box = page.evaluate("window.stage.mapSvg.getBoundingClientRect().toJSON()")
    page.mouse.move(box["x"] + x + 60, box["y"] + y)
    card = page.locator(".ie-card").inner_text()
    esp = [sa for sa in run.sas if sa.node == "ASA1" and sa.kind != "ike"][:2]
    spis = [sa.id.upper().replace("0X", "0x") for sa in esp]
    assert all(spi in card for spi in spis), "its own SPI, and that of the other direction"
    cookies = esp[0].ike_id
    assert f"{cookies[:16]} {cookies[16:]}" in card
    assert "started it" in card and "packets arrived" in card and "30.000 s" in card
    same = page.locator(".a-lane [data-sa].same, [data-sa].same").count()
    assert same >= 4, "its other places: the other half, two bars"
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    assert page.locator("[data-sa].same").count() == 0


def test_a_rail_is_reached_by_keys_and_opens_the_inspector(chrome: Any, run: Any) -> None:
    page = open_stage(chrome, run, start=20)
    page.locator("g[aria-label^='ASA1, gateway']").focus()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
        if page.evaluate("document.activeElement.dataset.key").startswith("rail"):
            break
    assert page.evaluate("document.activeElement.dataset.key").startswith("rail")
    assert "ESP" in page.locator(".ie-card").inner_text()
    page.keyboard.press("Enter")
    assert page.evaluate("window.stage.panels.open") == "inspect"
    assert page.complaints == []


def test_the_focus_stays_on_the_map_when_an_sa_ends(chrome: Any, run: Any) -> None:
    page = open_stage(chrome, run, start=20)
    page.evaluate(f"""document.querySelector("{RAIL}").focus()""")
    seek(page, 0.5)
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith("ASA")
