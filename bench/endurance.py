"""The stage over a long time, in a real JupyterLab in a real browser.

A fault is dragged for five seconds: how many runs were asked for and finished, how long after the
release the last picture comes, and whether any work is left. Then two hundred further runs: what
grows in the page (heap after a forced collection, elements) and in the kernel (memory).
"""

# ruff: noqa: E501 - snippets of script read better on one line

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from time import monotonic
from typing import Any

from bench.measure import Row
from bench.picture import CUT, REMOVE, in_jupyterlab

__all__ = ["rows"]

DRAG_S, WARM_UP, RUNS = 5.0, 30, 200
WATCH = """root => {
  const stage = root.parentElement.stage, watch = (window.watched = { asked: 0, finished: 0, last: 0 });
  const send = stage.send.bind(stage), receive = stage.receive.bind(stage);
  stage.send = (wish) => { watch.asked++; send(wish); };
  stage.receive = (...data) => { watch.finished++; receive(...data); requestAnimationFrame(() => { watch.last = performance.now(); }); };
  document.addEventListener('pointerup', () => { watch.released = performance.now(); }, true);
}"""
LEFT = """root => {
  const stage = root.parentElement.stage;
  return { ...window.watched, pending: !!(stage.waiting || stage.next || stage.drag) };
}"""


def drag(page: Any, root: Any) -> dict[str, Any]:
    """Drag the first fault to and fro for `DRAG_S` seconds; return what was asked, and when it was over."""
    page.evaluate(CUT, root)
    page.evaluate(WATCH, root)
    box = root.query_selector("[data-chip='0'] .a-chipbox").bounding_box()
    x, y = box["x"] + 20, box["y"] + 9
    page.mouse.move(x, y)
    page.mouse.down()
    start, step = monotonic(), 0
    while monotonic() - start < DRAG_S:
        step += 1
        page.mouse.move(x + 120 * ((step % 80) / 40 - 1 if step % 80 < 40 else 1 - (step % 80 - 40) / 40), y)
    page.mouse.up()
    page.wait_for_timeout(1500)
    left: dict[str, Any] = page.evaluate(LEFT, root)
    page.evaluate(REMOVE, root)
    return left | {"moves": step, "after_ms": left["last"] - left["released"]}


def weigh(page: Any, session: Any, server: Any) -> dict[str, float]:
    """Return what the page and the kernel hold now."""
    for _ in range(3):
        session.send("HeapProfiler.collectGarbage")
    heap = session.send("Runtime.getHeapUsage")["usedSize"]
    counters = session.send("Memory.getDOMCounters")
    return {
        "heap_mb": heap / 1e6,
        "nodes": counters["nodes"],
        "listeners": counters["jsEventListeners"],
        "kernel_mb": kernel_mb(server.process.pid),
    }


def kernel_mb(parent: int) -> float:
    """Return the resident memory of the kernel that a server has started, in megabytes (Linux; else 0)."""
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
            command = (status.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if int(fields["PPid"]) == parent and b"ipykernel" in command:
            return int(fields["VmRSS"].split()[0]) / 1000
    return 0.0


def measure() -> tuple[dict[str, Any], dict[str, float], dict[str, float]]:
    """Return what the drag left, and what page and kernel held before and after the runs."""
    with in_jupyterlab() as (page, root, server):
        left = drag(page, root)
        session = page.context.new_cdp_session(page)
        session.send("HeapProfiler.enable")
        for _ in range(WARM_UP // 2):
            page.evaluate(CUT, root)
            page.evaluate(REMOVE, root)
        before = weigh(page, session, server)
        for _ in range(RUNS // 2):
            page.evaluate(CUT, root)
            page.evaluate(REMOVE, root)
        return left, before, weigh(page, session, server)


def rows(rounds: int) -> Iterator[Row]:
    """Yield the rows of this race; none where there is no browser."""
    if find_spec("playwright") is None:
        return
    from tests.tools import find_browser

    if find_browser() is None:
        print("endurance: no browser here (sudo apt install chromium)", file=sys.stderr)
        return
    del rounds
    left, before, after = measure()
    what = f"{left['moves']} moves, {left['asked']} runs asked for, {left['finished']} finished"
    yield Row(
        "JupyterLab: from the release of a fault dragged for 5 s to the last picture",
        max(0.0, left["after_ms"]),
        "ms",
        200,
        False,
        what,
    )
    yield Row(
        "JupyterLab: requests without an answer after that",
        left["asked"] - left["finished"] + left["pending"],
        "",
        0,
        False,
        what,
    )
    for key, words, unit, goal in (
        ("heap_mb", "heap of the page", "MB", 3),
        ("nodes", "elements in the page", "", 200),
        ("kernel_mb", "memory of the kernel", "MB", 10),
    ):
        detail = (
            f"{before[key]:.1f} before, {after[key]:.1f} after"
            if unit
            else f"{before[key]:.0f} before, {after[key]:.0f} after"
        )
        yield Row(
            f"JupyterLab: growth of the {words} over {RUNS} runs",
            after[key] - before[key],
            unit,
            goal,
            False,
            detail,
        )
