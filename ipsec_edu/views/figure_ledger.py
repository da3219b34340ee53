"""The outage ledger in the static figure: a bar for each outage, a lane for each flow that was out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ipsec_edu.core.units import to_s
from ipsec_edu.views.figure_ink import DOUBT, DOUBT_SOFT, EDGE, INK, INK2, LOSS, SAFE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_ledger", "ledger_flows"]

LEDGERS = 3
"""Flows whose outages get a lane, as on the stage: those that lost most."""
STYLES: dict[str, dict[str, Any]] = {
    "detect": {"facecolor": DOUBT_SOFT, "edgecolor": DOUBT},
    "negotiate": {"facecolor": SAFE, "edgecolor": SAFE},
    "re-route": {"facecolor": INK, "edgecolor": INK},
    "first packet": {"facecolor": EDGE, "edgecolor": EDGE},
}
HOLLOW: dict[str, Any] = {"facecolor": "white", "edgecolor": EDGE, "linestyle": "--"}
HEIGHTS = {"first packet": 0.2, "negotiate": 0.62, "re-route": 0.62}
LETTER, LISTED = 0.0088, 0.0078
"""Width of a letter of 7 points as a part of the axis: with air about it in a bar, bare beside it."""


def ledger_flows(data: dict[str, Any]) -> list[tuple[int, str]]:
    """Return (flow, label of its lane) of the flows that get one."""
    lost = dict.fromkeys(range(len(data["flows"])), 0)
    for outage in data["outages"]:
        lost[outage["flow"]] = lost.get(outage["flow"], 0) + outage["lost"]
    worst = sorted((f for f in lost if lost[f]), key=lambda f: -lost[f])[:LEDGERS]
    several = len(data["flows"]) > 1
    return [
        (f, f"outage {data['flows'][f]['name'].replace('>', ' → ')}" if several and f >= 0 else "outage")
        for f in sorted(worst)
    ]


def draw_ledger(axes: Axes, data: dict[str, Any], flow: int, y: float) -> None:
    """Draw the outages of one flow; parts too short for their name are listed beside the bar."""
    until = to_s(data["until"])
    outages = [outage for outage in data["outages"] if outage["flow"] == flow]
    spans = [(to_s(o["start"]), until if o["end"] < 0 else to_s(o["end"])) for o in outages]
    taken = list(spans)
    for outage, (start, end) in zip(outages, spans, strict=True):
        beside = [_part(axes, part, y, until) for part in outage["parts"]]
        _beside(axes, _lines([words for words in beside if words]), (start, end), taken, y, until)
        axes.plot(
            [start, start, end, end], [y + 0.85, y + 0.98, y + 0.98, y + 0.85], color=LOSS, linewidth=1.2
        )
        if (end - start) / until > 0.03:
            total = f"{end - start:.2f} s, {outage['lost']} lost"
            at = (start + end) / 2
            axes.text(at, y + 1.4, total, ha="center", va="center", fontsize=8, color=LOSS, weight="bold")


def _part(axes: Axes, part: dict[str, Any], y: float, until: float) -> str:
    """Draw one part; return its words if they found no room in it."""
    start, end = to_s(part["start"]), to_s(part["end"])
    name, length = part["name"], end - start
    style = STYLES.get(name, HOLLOW)
    axes.barh(y + 0.42, length, HEIGHTS.get(name, 0.5), start, linewidth=0.9, **style)
    words = f"{name} {length:.2f} s"
    if length / until <= LETTER * len(words) or name == "first packet":
        return words
    color = "white" if style["facecolor"] in (INK, SAFE) else INK
    axes.text((start + end) / 2, y + 0.43, words, ha="center", va="center", fontsize=7, color=color)
    return ""


def _lines(words: list[str]) -> list[str]:
    """Return a short list as one line, a long one as two."""
    if len(words) < 3:
        return [", ".join(words)] if words else []
    half = (len(words) + 1) // 2
    return [", ".join(words[:half]), ", ".join(words[half:])]


def _beside(
    axes: Axes,
    lines: list[str],
    bar: tuple[float, float],
    taken: list[tuple[float, float]],
    y: float,
    until: float,
) -> None:
    """Write what a bar has no room for to its right, or to its left, if nothing else stands there."""
    width = LISTED * max(map(len, lines), default=0) * until
    for at, span, side in (
        (bar[1], (bar[1] + 0.01 * until, bar[1] + 0.01 * until + width), "left"),
        (bar[0], (bar[0] - 0.01 * until - width, bar[0] - 0.01 * until), "right"),
    ):
        free = not any(a < span[1] and span[0] < b for a, b in taken)
        if lines and free and span[0] >= 0 and span[1] <= until and (bar[1] - bar[0]) / until > 0.03:
            offset = 4 if side == "left" else -4
            axes.annotate(
                "\n".join(lines), (at, y + 0.43), (offset, 0), textcoords="offset points",
                fontsize=7, color=INK2, va="center", ha=side,
            )  # fmt: skip
            taken.append(span)
            return
