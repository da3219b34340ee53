"""The outage ledger where it is looked at: stacked bars on the stage, and in the static figure."""

from __future__ import annotations

from typing import Any

import pytest

from ipsec_edu.run import Run
from ipsec_edu.views.figure import figure
from ipsec_edu.views.figure_ledger import ledger_flows
from ipsec_edu.views.stage_data import stage_data
from tests.lab.two_paths import reroute, two_paths
from tests.views.page import open_stage, seek

ALL = ["detect", "re-route", "wait", "negotiate", "first packet"]
LANES = """() => [...document.querySelectorAll('.a-list[data-lane^="ledger"]')].map((list) => ({
  name: list.getAttribute("aria-label"),
  items: [...list.querySelectorAll("[role=listitem]")].map((item) => item.getAttribute("aria-label")),
}))"""
BARS = """() => [...document.querySelectorAll(".a-part")].map((bar) => ({
  kind: bar.classList[1], height: bar.height.baseVal.value,
}))"""
TOUCHING = """() => {
  const lanes = [...document.querySelectorAll(".a-lane")].filter((lane) => lane.querySelector(".a-part"));
  const texts = lanes.flatMap((lane) => [...lane.querySelectorAll("text")]);
  const boxes = texts.map((text) => [text.textContent, text.getBoundingClientRect()]);
  const frame = document.querySelector(".ie").getBoundingClientRect(), bad = [];
  boxes.forEach(([a, p], i) => {
    if (p.left < frame.left || p.right > frame.right) bad.push(a + " is outside");
    for (const [b, q] of boxes.slice(i + 1))
      if (p.left < q.right && q.left < p.right && p.top + 3 < q.bottom - 3 && q.top + 3 < p.bottom - 3)
        bad.push(`${a} touches ${b}`);
  });
  return boxes.length ? bad : ["no text"];
}"""


@pytest.fixture(scope="module")
def slow() -> Run:
    """Routing that is slower than dead-peer detection: an outage with every part, in two flows."""
    return two_paths().run(until=120, faults=reroute(30, 50, 56.4))


def test_the_stage_is_told_every_part(slow: Run) -> None:
    outages = [outage for outage in stage_data(slow)["outages"] if outage["start"] > 2_000_000]
    assert [outage["flow"] for outage in outages] == [0, 1]
    for outage in outages:
        assert [part["name"] for part in outage["parts"]] == ALL
        assert sum(part["end"] - part["start"] for part in outage["parts"]) == outage["end"] - outage["start"]


def test_the_figure_gives_each_flow_that_was_out_a_lane(slow: Run) -> None:
    assert [label for _, label in ledger_flows(stage_data(slow))] == ["outage R1 → R2", "outage R2 → R1"]
    words = {text.get_text() for text in figure(slow).axes[0].texts}
    assert {"detect 20.00 s", "detect 19.50 s", "32.00 s, 32 lost"} <= words
    assert any("re-route 6.40 s" in text and "negotiate" in text for text in words)
    calm = two_paths().run(until=20)
    assert [label for _, label in ledger_flows(stage_data(calm))] == ["outage R1 → R2"]


@pytest.mark.browser
def test_a_flow_that_was_out_has_a_bar_of_its_own_with_every_part_in_words(chrome: Any, slow: Run) -> None:
    page = open_stage(chrome, slow)
    lanes = page.evaluate(LANES)
    assert [lane["name"].split(":")[0] for lane in lanes] == ["Outage of R1 to R2", "Outage of R2 to R1"]
    for lane in lanes:
        assert all(name in lane["items"][-1] or name in lane["items"][0] for name in ALL)
    bars = page.evaluate(BARS)
    height = {bar["kind"]: bar["height"] for bar in bars}
    assert height["ink"] == height["safe"] > height["doubt"] == height["hollow"] > height["thin"]
    assert page.complaints == []
    page.close()


@pytest.mark.browser
@pytest.mark.parametrize("width", [760, 1024, 1600])
def test_no_part_is_written_over_another(chrome: Any, slow: Run, width: int) -> None:
    for run in (slow, two_paths().run(until=63, faults=reroute(30, 50, 56.4))):
        page = open_stage(chrome, run, width=width)
        for window in ((0, 60), (28, 60), (50, 59), (0, run.until_us / 1e6)):
            seek(page, 40, window)
            assert page.evaluate(TOUCHING) == [], (width, window)
        page.close()
