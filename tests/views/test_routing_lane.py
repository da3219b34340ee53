"""Routes on the stage: a lane per device, rails over the cables that packets are sent over, no hellos."""

from __future__ import annotations

from typing import Any

import pytest

from ipsec_edu import Lab, Run
from ipsec_edu.views.stage_data import stage_data
from tests.lab.two_paths import two_paths
from tests.views.page import open_stage, seek
from tests.views.test_stage_page import TEXT_BOXES

RAILS = """() => [...document.querySelectorAll('.m-rail')]
  .filter((e) => e.style.display !== 'none').map((e) => e.getAttribute('d'))"""
TURN = ["30 down GW1:GigabitEthernet0/1"]


@pytest.fixture(scope="module")
def turned() -> Run:
    return two_paths().run(until=60, faults=TURN)


@pytest.fixture(scope="module")
def ospf() -> Run:
    return Lab.load("access-links").run(until=60, faults=["30 cut HUB:Ethernet0/1"])


def test_a_pair_knows_the_ways_that_its_packets_take(turned: Run) -> None:
    pair = stage_data(turned)["pairs"][0]
    assert pair["path"] == [[1, 1]]
    assert [(forward, path) for at, forward, path in pair["ways"] if at >= 30e6] == [
        (1, [[2, 1]]),
        (0, [[2, 1]]),
    ]
    quiet = stage_data(two_paths().run(until=60))["pairs"][0]
    assert "ways" not in quiet, "without the fault they never turn"


def test_hellos_do_not_reach_the_page(ospf: Run) -> None:
    told = stage_data(ospf)["hops"]["kind"].count("ospf")
    hellos = sum(h.kind == "ospf" and h.sequence == 1 for h in ospf.trace.hops)
    others = sum(h.kind == "ospf" and h.sequence != 1 for h in ospf.trace.hops)
    assert hellos > 100 and told == others > 0
    dead = sum(drop.kind == "ospf" for drop in ospf.trace.drops)
    shipped = [drop for drop in stage_data(ospf)["drops"] if drop["kind"] == "ospf"]
    assert dead > 10 > len(shipped), "a hello that dies is no news either"


@pytest.mark.browser
def test_rails_follow_the_new_way(chrome: Any) -> None:
    lab = two_paths()
    lab.layout["nodes"]["GW1"]["y"] = 0.3
    page = open_stage(chrome, lab.run(until=60, faults=TURN))
    seek(page, 20)
    before = page.evaluate(RAILS)
    links = page.evaluate(
        "[20e6, 50e6].map((t) => { window.stage.seek(t); return window.stage.map.now[0].links; })"
    )
    assert links == [[1, 1], [2, 2]]
    assert len(before) == 4 and page.complaints == []


@pytest.mark.browser
@pytest.mark.parametrize("width", [1024, 1600])
def test_a_lane_per_device_and_the_words_of_a_change(chrome: Any, ospf: Run, width: int) -> None:
    page = open_stage(chrome, ospf, width=width)
    keys = page.evaluate("window.stage.axis.rows.map((r) => r.key)")
    lanes = [key for key in keys if key.startswith("routes")]
    assert 1 <= len(lanes) <= 8
    cards = page.evaluate(
        "[...document.querySelectorAll('[data-card]')].map((e) => e.dataset.card).join('\\n')"
    )
    assert "now via" in cards and "(ospf)" in cards
    at = next(c["at"] for c in page.evaluate("window.stage.model.reroutes") if c["at"] > 30e6) / 1e6
    seek(page, at + 0.5)
    assert "now reaches" in page.locator(".ie-say").inner_text()
    seek(page, 25)
    assert "now reaches" not in page.locator(".ie-say").inner_text(), "no news, no sentence"
    for t in (6, 20, 31, at + 0.1, 50):
        seek(page, t)
        assert page.evaluate(TEXT_BOXES) == [], t


@pytest.mark.browser
def test_without_changes_there_is_no_lane(chrome: Any) -> None:
    page = open_stage(chrome, Lab.load("two-routers").run(until=20))
    assert not any(k.startswith("routes") for k in page.evaluate("window.stage.axis.rows.map((r) => r.key)"))
