"""What moves, what does not for those who want no motion, and what is left on paper."""

# ruff: noqa: E501 - snippets of script read better on one line

from __future__ import annotations

from typing import Any

import pytest

from tests.views.page import open_stage, seek

pytestmark = pytest.mark.browser
SHOWN = """(selector) => [...document.querySelectorAll(selector)].filter((e) => e.style.display !== 'none').length"""
PLAY_OVER = """(from) => new Promise((resolve) => {
  const stage = window.stage, seen = [];
  stage.seek(from);
  stage.pace = 1;
  stage.play();
  const look = () => {
    seen.push(document.querySelectorAll('.m-stale.part').length);
    if (seen.length < 45) return requestAnimationFrame(look);
    stage.pause();
    resolve([seen, document.querySelectorAll('.m-stale.part').length]);
  };
  requestAnimationFrame(look);
})"""


def test_a_rail_breaks_once_when_belief_and_truth_part(chrome: Any) -> None:
    page = open_stage(chrome)
    seen, left = page.evaluate(PLAY_OVER, 29.9e6)
    assert max(seen) == 4 and seen[-1] == 0 and left == 0
    assert max(page.evaluate(PLAY_OVER, 34e6)[0]) == 0, "what was broken before does not break again"
    seek(page, 29.9)
    seek(page, 31)
    assert page.evaluate(SHOWN, ".m-stale.part") == 0, "a paused stage is still"


def test_reduced_motion_puts_packets_in_the_middle_with_an_arrow(chrome: Any) -> None:
    place = "() => document.querySelector('.m-packets .m-esp').getAttribute('transform')"
    calm, lively = open_stage(chrome, reduced_motion="reduce"), open_stage(chrome)
    places = []
    for page in (calm, lively):
        for t in (24.005, 24.015):
            seek(page, t)
            places.append(page.evaluate(place))
        places.append(page.evaluate(SHOWN, ".m-packets .m-open"))
    assert places[0] == places[1] and places[2] == 1
    assert places[3] != places[4] and places[5] == 0


def test_a_lost_mark_leads_to_its_moment(chrome: Any) -> None:
    page = open_stage(chrome)
    seek(page, 34.5)
    lost = page.evaluate("+document.querySelector('.m-packets .m-cross[data-lost]').dataset.lost")
    page.locator(".m-packets .m-cross[data-lost]").first.click(force=True)
    assert page.evaluate("window.stage.t") == lost < 34.5e6


def test_paper_gets_the_axis_alone_in_ink(chrome: Any) -> None:
    page = open_stage(chrome)
    seek(page, 20)
    fill = "() => getComputedStyle(document.querySelector('.a-esp')).fill"
    assert page.locator(".ie-map").is_visible() and page.evaluate(fill) != "rgb(0, 0, 0)"
    page.emulate_media(media="print")
    assert page.locator(".ie-axis").is_visible()
    for gone in (".ie-map", ".ie-now", ".ie-tools", ".ie-log"):
        assert not page.locator(gone).is_visible(), gone
    assert page.evaluate("() => getComputedStyle(document.querySelector('.a-fog')).display") == "none"
    assert page.evaluate(fill) == "rgb(0, 0, 0)"
    assert page.locator(".ie").bounding_box()["width"] <= 190 / 25.4 * 96 + 1
    hidden = "() => [...document.querySelectorAll('.a-past text')].filter((e) => getComputedStyle(e).visibility === 'hidden').length"
    assert page.evaluate(hidden) == 0
    page.emulate_media(media="screen")
    assert page.evaluate(hidden) > 0


def test_the_same_sa_is_outlined_wherever_it_is_held(chrome: Any) -> None:
    page = open_stage(chrome)
    bar = page.locator("[data-sa='0x1a2b3c4d']").first
    assert page.locator(".same").count() == 0
    box = bar.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    outlined = page.evaluate("[...document.querySelectorAll('.same')].map((e) => e.dataset.sa)")
    assert outlined == ["0x1a2b3c4d"] * 2, "at both ends"
    card = page.locator(".ie-card").inner_text()
    assert "0x5E6F7081" in card and "packets arrived" in card
    page.mouse.move(box["x"], 5)
    assert page.locator(".same").count() == 0
