"""A run as one HTML file that needs neither kernel nor network, and says something even without scripts.

The file holds the stage's script and the runs, both deflated, because a mail, a course page and a
memory stick like small files. Until the script has drawn the stage, and where scripts are off, the
reader sees a summary in words and the time axis as a figure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from html import escape, unescape
from io import StringIO
from typing import TYPE_CHECKING

from ipsec_edu.core.units import to_s
from ipsec_edu.views.assets import script, style
from ipsec_edu.views.curtain_data import rerun
from ipsec_edu.views.figure import figure
from ipsec_edu.views.inspect_data import inspector_data
from ipsec_edu.views.packing import compact, deflated, pack
from ipsec_edu.views.stage_data import stage_data
from ipsec_edu.views.summary import summary_html

if TYPE_CHECKING:
    from ipsec_edu.run import Run

__all__ = ["export_html", "offered_faults"]

BREAK_AT_S = 30.0
"""When the faults on offer happen in an exported page, if the run itself has none."""

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>@TITLE@</title>
<style>
body { margin: 12px; background: #fff; color: #1a1e26; font: 14px/1.45 system-ui, sans-serif; }
@media (prefers-color-scheme: dark) { body { background: #212121; color: #eef1f5; } }
#still svg { max-width: 100%; height: auto; background: #fff; }
#still figure { margin: 12px 0; }
.heard { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
</style>
</head>
<body>
<main>
<div id="stage"></div>
<section id="still" aria-label="The run in words and as a figure">
<h1>@TITLE@</h1>
@SUMMARY@
<figure>@FIGURE@</figure>
<p id="why">This page plays when scripts are on.</p>
</section>
</main>
<script type="text/plain" id="code">@CODE@</script>
<script type="text/plain" id="runs">@RUNS@</script>
<script>
"use strict";
const SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;,=>?@^_`{|}~";
(async () => {
  const inflate = async (id) => {
    const [length, text] = document.getElementById(id).textContent.split(" ");
    const bytes = new DataView(new ArrayBuffer((text.length / 5) * 4));
    for (let i = 0; i < text.length; i += 5) {
      let value = 0;
      for (let k = i; k < i + 5; k++) value = value * 85 + SIGNS.indexOf(text[k]);
      bytes.setUint32((i / 5) * 4, value);
    }
    const packed = new Blob([bytes.buffer.slice(0, +length)]).stream();
    return new Response(packed.pipeThrough(new DecompressionStream("deflate"))).text();
  };
  const code = JSON.parse(await inflate("code"));
  window.ipsecEduRuns = JSON.parse(await inflate("runs"));
  const style = document.createElement("style");
  style.textContent = code.style;
  document.head.append(style);
  const module = document.createElement("script");
  module.type = "module";
  module.textContent = code.script;
  document.body.append(module);
})().catch((error) => {
  document.getElementById("why").textContent =
    "This browser cannot unpack the interactive page (it needs DecompressionStream): " + error;
});
</script>
</body>
</html>
"""
_MOUNT = """
const stored = new StoredRuns(window.ipsecEduRuns);
const values = { data: stored.run(0), live: false, error: null, request: null, start: @START@, stored };
const model = { get: (name) => values[name], set() {}, on() {}, off() {}, save_changes() {}, send() {} };
const el = document.getElementById("stage");
render({ model, el });
window.stage = el.stage;
const title = document.querySelector("#still h1");
title.className = "heard";
document.querySelector("main").prepend(title);
document.getElementById("still").remove();
"""


def export_html(run: Run, faults: Iterable[Sequence[str]] | None = None, *, start: float = 0.0) -> str:
    """Return the stage as one HTML file that plays and scrubs without kernel and network.

    Parameters
    ----------
    run : Run
        What the page shows first.
    faults : iterable of lists of str, optional
        Further runs that the reader may choose by breaking things; each entry is the whole list of
        faults of one run (default: `offered_faults`; an empty list: none).
    start : float
        Where the playhead stands at first, in seconds.

    Raises
    ------
    ScenarioError
        A fault is not possible in this lab, or `start` lies outside the run.
    """
    run.at(start)
    runs = [run]
    known = {tuple(run.faults)}
    for wanted in offered_faults(run) if faults is None else faults:
        other = rerun(run, faults=list(wanted))
        if tuple(other.faults) not in known:
            known.add(tuple(other.faults))
            runs.append(other)
    made = [{**stage_data(r), "inspector": inspector_data(r)} for r in runs]
    first = made[0]
    parts = {
        "TITLE": escape(f"{first['lab']['name']}: {first['lab']['title']}"),
        "SUMMARY": summary_html(first),
        "FIGURE": _svg(run),
        "CODE": deflated(
            compact({"script": script() + _MOUNT.replace("@START@", json.dumps(start)), "style": style()})
        ),
        "RUNS": deflated(compact(pack(made))),
    }
    return re.sub("@([A-Z]+)@", lambda found: parts[found[1]], _PAGE)


def offered_faults(run: Run) -> list[list[str]]:
    """Return the lists of faults whose runs an exported page holds besides `run`.

    None at all; each fault that the lab offers, alone, at the time of the first fault of `run`; and
    the faults of `run` without one of them, so that the reader can take it away.
    """
    at = min(BREAK_AT_S, round(to_s(run.until_us) / 4, 1))
    if run.faults:
        at = float(run.faults[0].split()[0])
    lists: list[list[str]] = [[]]
    lists += [[f"{at:g} {action} {target}"] for action, target, _ in run.lab.offers]
    lists += [[f for f in run.faults if f != gone] for gone in run.faults]
    return lists


def _svg(run: Run) -> str:
    """Return the figure of `run` as an SVG element, without what only an editor of drawings needs."""
    import matplotlib

    picture = StringIO()
    drawn = figure(run)
    # Text stays text: it can be read aloud, and found. The salt makes equal runs equal files.
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "ipsec-edu"}):
        drawn.savefig(picture, format="svg", metadata={"Date": None})
    text = picture.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    text = re.sub(r' id="(?:figure|axes|line2d|patch|text|xtick|ytick|matplotlib)[\w.]*"', "", text)
    text = re.sub(r"\s*\n\s*", " ", text).replace("> <", "><").replace(' z "', 'z"')
    text = re.sub(r"<g>(<[^<>]*/>)</g>", r"\1", text)
    head, end, marks = _styles_once(text).partition("</style>")
    marks = re.sub(r"\d+\.\d{2,}", lambda number: f"{float(number[0]):.1f}", marks)
    return (head + end + marks).replace("<svg", '<svg role="img" aria-label="The time axis of the run"', 1)


def _styles_once(svg: str) -> str:
    """Replace every style in an element by a class, because most of them occur a hundred times."""
    found = re.findall(r' style="([^"]*)"', svg)
    names = {style: f"figure-{n}" for n, style in enumerate(dict.fromkeys(found))}
    svg = re.sub(r' style="([^"]*)"', lambda style: f' class="{names[style[1]]}"', svg)
    rules = "".join(f"#still .{name}{{{unescape(style)}}}" for style, name in names.items())
    return svg.replace("</style>", f"{rules}</style>", 1).replace("*{stroke", "#still svg *{stroke", 1)
