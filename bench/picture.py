"""The stage in a real JupyterLab in a real browser: from a click to a changed picture, and scrubbing.

Wall time, measured inside the page. A click goes to the kernel, which runs the lab again, and ends
with the first animation frame in which the lane of pings is another one. A scrubbing step is a
key press on the playhead, with layout; it goes nowhere.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from bench.measure import Row

__all__ = ["CUT", "REMOVE", "in_jupyterlab", "rows"]

ROOT = Path(__file__).resolve().parent.parent
CELL = "from ipsec_edu import Lab\nLab.load('site-to-site').run(until=120).stage()"
CLICKS_PER_ROUND, STEPS = 4, 200

PRELUDE = """root => {
  const lane = () => [...root.querySelectorAll('[role=list]')]
    .map(list => list.getAttribute('aria-label')).find(name => name.startsWith('Pings'));
  window.clicked = act => new Promise(resolve => {
    const before = lane(), start = performance.now();
    const look = () => lane() === before ? requestAnimationFrame(look) : resolve(performance.now() - start);
    act();
    requestAnimationFrame(look);
  });
}"""
CUT = """root => {
  const playhead = root.querySelector('[role=slider][aria-label=Time]');
  const press = (el, key, more = {}) =>
    el.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more }));
  press(playhead, 'Home');
  for (let i = 0; i < 3; i++) press(playhead, 'ArrowRight', { shiftKey: true });
  const link = root.querySelector('[aria-label^="Link ASA1 GigabitEthernet0/1"]');
  press(link, 'Enter');
  return window.clicked(() => press(root.querySelector('[role=menu] [role=menuitem]'), 's'));
}"""
REMOVE = """root => window.clicked(() => root.querySelector('[aria-label^="Fault:"]').dispatchEvent(
  new KeyboardEvent('keydown', { key: 'Delete', bubbles: true, cancelable: true })))"""
SCRUB = """([root, steps]) => {
  const playhead = root.querySelector('[role=slider][aria-label=Time]'), spent = [];
  const press = (key) =>
    playhead.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
  press('Home');
  for (let i = 0; i < steps; i++) {
    const start = performance.now();
    press(i && i % 100 === 0 ? 'Home' : 'ArrowRight');
    root.getBoundingClientRect();
    spent.push(performance.now() - start);
  }
  return spent;
}"""


def p95(values: list[float]) -> float:
    """Return the 95th percentile."""
    return quantiles(values, n=20)[-1]


@contextmanager
def in_jupyterlab() -> Iterator[tuple[Any, Any, Any]]:
    """Open a notebook with one stage in JupyterLab: the page, the element of the stage, the server."""
    from playwright.sync_api import sync_playwright

    from tests.browser.jupyter import CHROMIUM_FLAGS, LabServer, Notebook, write_notebook
    from tests.tools import find_browser

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "notebooks").mkdir()
        server = LabServer(folder, folder / "notebooks")
        path = folder / "notebooks" / "stage.ipynb"
        write_notebook(path, CELL)
        try:
            server.start(ROOT)
            with sync_playwright() as playwright:
                chromium = playwright.chromium.launch(
                    executable_path=find_browser() or None, headless=True, args=CHROMIUM_FLAGS
                )
                page = chromium.new_context(viewport={"width": 1400, "height": 1000}).new_page()
                notebook = Notebook(page, server)
                notebook.open(path.name)
                notebook.run_all()
                root = notebook.stage().element_handle()
                page.evaluate(PRELUDE, root)
                yield page, root, server
                chromium.close()
        finally:
            server.stop()


def measure(rounds: int) -> tuple[list[float], list[float]]:
    """Return the milliseconds of all clicks and of all scrubbing steps."""
    clicks: list[float] = []
    with in_jupyterlab() as (page, root, _):
        for _ in range(CLICKS_PER_ROUND * rounds + 2):
            clicks += [page.evaluate(CUT, root), page.evaluate(REMOVE, root)]
        steps: list[float] = page.evaluate(SCRUB, [root, STEPS])
    return clicks[2:], steps


def rows(rounds: int) -> Iterator[Row]:
    """Yield the rows of this race; none where there is no browser."""
    if find_spec("playwright") is None:
        return
    from tests.tools import find_browser

    if find_browser() is None:
        print("picture: no browser here (sudo apt install chromium)", file=sys.stderr)
        return
    clicks, steps = measure(rounds)
    yield Row(
        "JupyterLab: from a click to the changed picture, 95th percentile",
        p95(clicks),
        "ms",
        100,
        False,
        f"median {median(clicks):.0f} ms of {len(clicks)} clicks",
    )
    yield Row(
        "JupyterLab: one scrubbing step, 95th percentile",
        p95(steps),
        "ms",
        16,
        False,
        f"median {median(steps):.1f} ms of {len(steps)} steps",
    )
