"""What the worst case finder prints: text to a width, JSON, and a table for a notebook."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ipsec_edu.trials.chaos import Chaos, Trial

__all__ = ["html", "text", "to_dict"]

WIDTH = 100
HEADINGS = ("rank", "outage", "lost", "the run", "the graph", "what failed")
ROW = "{:>4}  {:>9}  {:>5}  {:<9}  {:<9}  {}"
FAILED_FROM = 46
"""Column at which what failed begins."""
_SENTENCE = 60
"""Characters from which on a cell is no longer a name or a figure."""
ROWS_IN_NOTEBOOK = 40


def text(chaos: Chaos, top: int, *, everything: bool) -> str:
    """Return head, ranking, commands, the graph's prediction, and the differences."""
    ranked = [(rank, one) for rank, one in enumerate(chaos.trials, 1) if everything or one.adds]
    parts = [
        _head(chaos),
        _ranking(chaos, ranked, top),
        _commands(ranked[:top]),
        _graph(chaos),
        _differences(chaos, top, everything=everything),
    ]
    return "\n\n".join("\n".join(part) for part in parts)


def _head(chaos: Chaos) -> Iterator[str]:
    variant = f", variant {chaos.lab.variant_name}" if chaos.lab.variant_name else ""
    done = "" if chaos.complete else f" (stopped: {chaos.total - len(chaos.trials)} are not run)"
    count = len(chaos.trials)
    yield f"{chaos.lab.name}{variant}: {count} failures at {chaos.at:g} s, run to {chaos.until:g} s{done}"
    how = {"cut": "cut silently", "down": "pulled", "both": "cut silently and pulled"}[chaos.mode]
    yield f"cables are {how}, devices lose power, for good; every flow is counted from the failure on"


def _ranking(chaos: Chaos, ranked: list[tuple[int, Trial]], top: int) -> Iterator[str]:
    yield ROW.format(*HEADINGS)
    for rank, trial in ranked[:top]:
        first, *more = textwrap.wrap(trial.words, WIDTH - FAILED_FROM, break_on_hyphens=False)
        yield ROW.format(rank, f"{trial.outage_s:.1f} s", trial.lost, _fate(trial), _graph_word(trial), first)
        yield from (" " * FAILED_FROM + line for line in more)
    if len(ranked) > top:
        yield f"and {len(ranked) - top} more: --top {len(ranked)}"
    if len(chaos.trials) > len(ranked):
        yield f"{len(chaos.trials) - len(ranked)} doubles no worse than one of their two alone: --all"


def _fate(trial: Trial) -> str:
    if not trial.recovered:
        return "stays out"
    return "back" if trial.outage_s else "unharmed"


def _graph_word(trial: Trial) -> str:
    if not trial.connected:
        return "?"
    return "connected" if all(trial.connected.values()) else "cut"


def _commands(ranked: list[tuple[int, Trial]]) -> Iterator[str]:
    yield "To play one again:"
    for rank, trial in ranked:
        yield f"{rank:>4}  {trial.replay}"


def _graph(chaos: Chaos) -> Iterator[str]:
    yield "What the graph of cables alone predicts:"
    for flow, points in chaos.single_points.items():
        names = ", ".join(failure.words for failure in points) or "none"
        yield from _wrapped(f"{flow}: single points of failure: {names}")
        cut = chaos.smallest_cuts[flow]
        if cut:
            verb = f"{len(cut)} cables, {' and '.join(cut)}" if len(cut) > 1 else cut[0]
            yield from _wrapped(f"{flow}: smallest cut besides: {verb}")
        else:
            yield from _wrapped(f"{flow}: nothing else can disconnect its ends")


def _differences(chaos: Chaos, top: int, *, everything: bool) -> Iterator[str]:
    found = [trial for trial in chaos.differences if everything or trial.adds]
    ranks = {id(trial): rank for rank, trial in enumerate(chaos.trials, 1)}
    slow = [
        trial.outage_s for trial in chaos.trials if trial.outage_s and not trial.differs and trial.recovered
    ]
    if slow:
        yield from _wrapped(
            f"{len(slow)} failures that the graph passes cost {min(slow):.1f} to {max(slow):.1f} s until the "
            "traffic is back: the graph knows no time.",
            "",
        )
    if not chaos.differences:
        yield "Otherwise graph and run agree." if slow else "Graph and run agree."
        return
    yield f"Where the two differ ({len(chaos.differences)} of {len(chaos.trials)}), and why:"
    for trial in sorted(found, key=lambda one: len(one.failures))[:top]:
        said = "connected" if trial.connected[trial.differs] else "cut"
        came = "comes back" if trial.flows[trial.differs]["recovered"] else "stays out"
        head = f"{ranks[id(trial)]}  {trial.words}: the graph says {said}, {trial.differs} {came}: "
        yield from _wrapped(head + trial.why)
    hidden = len(chaos.differences) - min(len(found), top)
    if hidden:
        yield f"and {hidden} more, doubles of these among them: --json lists them"


def _wrapped(line: str, indent: str = "  ") -> list[str]:
    return textwrap.wrap(
        line, WIDTH, initial_indent=indent, subsequent_indent=indent * 2, break_on_hyphens=False
    )


def to_dict(chaos: Chaos) -> dict[str, Any]:
    """Return the documented keys; times in simulated seconds."""
    return {
        "lab": chaos.lab.name,
        "variant": chaos.lab.variant_name,
        "seed": chaos.seed,
        "at": chaos.at,
        "until": chaos.until,
        "mode": chaos.mode,
        "complete": chaos.complete,
        "graph": {
            flow: {
                "single_points": [f"{point.action} {point.target}" for point in points],
                "smallest_cut": chaos.smallest_cuts[flow],
            }
            for flow, points in chaos.single_points.items()
        },
        "trials": [
            {
                "rank": rank,
                "faults": list(trial.faults),
                "outage_s": trial.outage_s,
                "lost": trial.lost,
                "recovered": trial.recovered,
                "flows": trial.flows,
                "connected": trial.connected,
                "adds": trial.adds,
                "differs": trial.differs or None,
                "why": trial.why or None,
                "replay": trial.replay,
            }
            for rank, trial in enumerate(chaos.trials, 1)
        ],
    }


def _cell(text: str) -> str:
    """Return a table's cell; only sentences break."""
    wrap = "white-space:nowrap;" if len(text) < _SENTENCE else "min-width:22em;"
    return f'<td style="text-align:left;{wrap}">{escape(text)}</td>'


def html(chaos: Chaos) -> str:
    """Return ranking and prediction for a notebook; the reasons stand beside their rows."""
    names = (
        "rank",
        "outage (s)",
        "packets lost",
        "the run",
        "the graph",
        "what failed",
        "where they differ: why",
    )
    head = "".join(f'<th scope="col" style="text-align:left">{name}</th>' for name in names)
    body = ""
    ranked = [(rank, trial) for rank, trial in enumerate(chaos.trials, 1) if trial.adds]
    for rank, trial in ranked[:ROWS_IN_NOTEBOOK]:
        cells = (
            str(rank), f"{trial.outage_s:.1f}", str(trial.lost), _fate(trial), _graph_word(trial),
            trial.words, trial.why,
        )  # fmt: skip
        body += "<tr>" + "".join(map(_cell, cells)) + "</tr>"
    caption = (
        f'<caption style="text-align:left">{"<br>".join(escape(line) for line in _head(chaos))}</caption>'
    )
    said: list[str] = []
    for line in _graph(chaos):  # wrapped for a terminal: what is indented more belongs to the line above
        if line.startswith("    ") and said:
            said[-1] += f" {line.strip()}"
        else:
            said.append(line.strip())
    below = "".join(f"<p>{escape(line)}</p>" for line in said)
    more = len(chaos.trials) - len(ranked[:ROWS_IN_NOTEBOOK])
    tail = f"<p>and {more} more in <code>.rows</code></p>" if more > 0 else ""
    return (
        '<div style="overflow-x:auto"><table style="margin-left:0">'
        f"{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>{tail}{below}"
    )
