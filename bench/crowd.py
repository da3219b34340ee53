"""Two hundred devices on the stage, in a real browser.

Is a playing stage fluent? Wall time between animation frames, measured inside the page while it plays over the death of the hub
and its return; and the time of a scrubbing step. The page holds nothing but the stage.
"""

# ruff: noqa: E501 - records and snippets of script read better on one line

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.util import find_spec
from statistics import median, quantiles
from time import perf_counter
from typing import Any

from bench.measure import Row

__all__ = ["DEVICES", "PLAY_FRAMES", "rows"]

DEVICES, PLAY_S = 200, 6
FAULTS = ["30 crash HUB", "70 boot HUB"]
PLAY_FRAMES = """seconds => new Promise((resolve) => {
  const stage = window.stage, spent = [];
  stage.seek(20e6);
  stage.pace = 10;
  stage.play();
  let last = performance.now();
  const first = last;
  const frame = (now) => {
    spent.push(now - last);
    last = now;
    if (now - first < seconds * 1000) return requestAnimationFrame(frame);
    stage.pause();
    resolve([spent.slice(1), stage.t]);
  };
  requestAnimationFrame(frame);
})"""
SCRUB = """steps => {
  const spent = [], playhead = document.querySelector('[role=slider][aria-label=Time]');
  window.stage.seek(0);
  for (let i = 0; i < steps; i++) {
    const start = performance.now();
    playhead.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true, cancelable: true }));
    document.querySelector('.ie').getBoundingClientRect();
    spent.push(performance.now() - start);
  }
  return spent;
}"""


def p95(values: list[float]) -> float:
    """Return the 95th percentile."""
    return quantiles(values, n=20)[-1]


def measure(devices: int = DEVICES) -> tuple[list[float], list[float], float, float]:
    """Return milliseconds between frames, of scrubbing steps, of the run, and where the playhead came to (s)."""
    from tests.views.large_lab import hub_and_spokes
    from tests.views.page import browser, open_stage

    lab = hub_and_spokes(devices)
    start = perf_counter()
    run: Any = lab.run(until=120, faults=FAULTS, fidelity="model")
    took = (perf_counter() - start) * 1000
    with browser() as chrome:
        page = open_stage(chrome, run, width=1400)
        frames, reached = page.evaluate(PLAY_FRAMES, PLAY_S)
        steps = page.evaluate(SCRUB, 120)
    return frames, steps, took, reached / 1e6


def rows(rounds: int) -> Iterator[Row]:
    """Yield the rows of this race; none where there is no browser."""
    if find_spec("playwright") is None:
        return
    from tests.tools import find_browser

    if find_browser() is None:
        print("crowd: no browser here (sudo apt install chromium)", file=sys.stderr)
        return
    del rounds
    frames, steps, took, reached = measure()
    yield Row(
        f"{DEVICES} devices: between two frames while it plays, 95th percentile",
        p95(frames),
        "ms",
        33.4,
        False,
        f"median {median(frames):.1f} ms of {len(frames)} frames, from 20 s to {reached:.0f} s of a run made in {took:.0f} ms",
    )
    yield Row(
        f"{DEVICES} devices: one scrubbing step, 95th percentile",
        p95(steps),
        "ms",
        16,
        False,
        f"median {median(steps):.1f} ms of {len(steps)} steps",
    )
