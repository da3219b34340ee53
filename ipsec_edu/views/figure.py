"""The time axis of a run as a static figure, for print and for pages without scripts.

The same marks as on the stage, in ink on white: what is hollow, dashed or crossed there is
hollow, dashed or crossed here, so nothing depends on colour.
"""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, Any

from ipsec_edu.core.units import to_s
from ipsec_edu.views.figure_ink import DOUBT, DOUBT_SOFT, EDGE, INK, INK2, LOSS, SAFE
from ipsec_edu.views.figure_ledger import draw_ledger, ledger_flows
from ipsec_edu.views.stage_data import stage_data
from ipsec_edu.views.stage_types import StageRun

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["figure"]

A4_WIDTH_IN = 7.6
_ENDS = {
    "up": "down",
    "mend": "cut",
    "mend-out": "cut-out",
    "no-shutdown": "shutdown",
    "boot": "crash",
    "loss 0%": "loss",
}
_NAMES = {"ike": "IKE SA", "esp-in": "ESP in", "esp-out": "ESP out", "ah-in": "AH in", "ah-out": "AH out"}


def figure(run: StageRun) -> Figure:
    """Return the lanes of `run` as a matplotlib figure, A4 wide.

    Parameters
    ----------
    run : Run
        What to draw.

    Returns
    -------
    matplotlib.figure.Figure
        Not registered with pyplot: show it by returning it from a cell, or save it.
    """
    data = stage_data(run)
    rows = _rows(data)
    height = sum(row[1] for row in rows)
    drawn = _figure_class()(figsize=(A4_WIDTH_IN, 0.62 + height * 0.27), layout="constrained")
    axes = drawn.add_subplot()
    axes.set_xlim(0, to_s(data["until"]))
    axes.set_ylim(height, 0)
    ticks: list[tuple[float, str]] = []
    y = 0.0
    for label, size, draw in rows:
        draw(axes, y, size)
        ticks.append((y + size / 2, label))
        axes.axhline(y, color="#d9dde3", linewidth=0.6, zorder=0)
        y += size
    for start, end in _windows(data):
        axes.axvspan(start, end, color=LOSS, alpha=0.06, zorder=0, linewidth=0)
    axes.set_yticks([t for t, _ in ticks], [label for _, label in ticks])
    axes.tick_params(axis="y", length=0, labelsize=8)
    axes.tick_params(axis="x", labelsize=8, top=True, labeltop=True, bottom=False, labelbottom=False)
    axes.grid(axis="x", linestyle=":", linewidth=0.5, color="#d9dde3")
    for side in ("left", "right", "bottom"):
        axes.spines[side].set_visible(False)
    axes.set_title(f"{data['lab']['name']}: {data['lab']['title']} (seconds)", fontsize=9, loc="left")
    return drawn


@lru_cache(maxsize=1)
def _figure_class() -> type[Figure]:
    """Make the class of a figure that shows itself in a cell, with or without pyplot."""
    from matplotlib.figure import Figure

    class RunFigure(Figure):
        def _repr_png_(self) -> bytes:
            picture = BytesIO()
            self.savefig(picture, format="png", dpi=144)
            return picture.getvalue()

        def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, Any], ...]:
            # Shown at the width it has on paper, whatever the resolution.
            size = {"width": round(self.get_figwidth() * 96)}
            return {"image/png": self._repr_png_()}, {"image/png": size}

    return RunFigure


def _rows(data: dict[str, Any]) -> list[tuple[str, float, Any]]:
    """Return (label, height, draw) of each lane, in the order of the stage."""
    rows: list[tuple[str, float, Any]] = [("faults", 1.5, lambda axes, y, h: _faults(axes, data, y))]
    for flow in data["flows"]:
        rows.append((flow["label"], 1.1, lambda axes, y, h, flow=flow: _flow(axes, flow, y)))
    for f, label in ledger_flows(data):
        rows.append((label, 1.9, lambda axes, y, h, f=f: draw_ledger(axes, data, f, y)))
    for node in data["gateways"]:
        name = data["nodes"][node]["label"]
        for kind in ("ike", "esp-out", "esp-in", "ah-out", "ah-in"):
            sas = [sa for sa in data["sas"] if sa["node"] == node and sa["kind"] == kind]
            if sas:
                label = f"{name}   {_NAMES[kind]}"
                rows.append((label, 0.75, lambda axes, y, h, sas=sas: _bars(axes, data, sas, y, h)))
    for track in data["tracks"]:
        label = f"{data['nodes'][track['node']]['label']}   {track['label']}"
        rows.append((label, 0.75, lambda axes, y, h, track=track: _track(axes, track, y, h)))
    rows.append(("IKE messages", 1.4, lambda axes, y, h: _messages(axes, data, y, h)))
    return rows


def _windows(data: dict[str, Any]) -> list[tuple[float, float]]:
    spans = []
    faults = sorted(data["faults"], key=lambda fault: int(fault["at"]))
    for i, fault in enumerate(faults):
        action = fault["action"]
        if action in _ENDS or action == "clear-ike":
            continue
        ends = [
            later["at"]
            for later in faults[i + 1 :]
            if later["target"] == fault["target"] and action.startswith(_ENDS.get(later["action"], "-"))
        ]
        spans.append((to_s(fault["at"]), to_s(min(ends, default=data["until"]))))
    return spans


def _faults(axes: Axes, data: dict[str, Any], y: float) -> None:
    for start, end in _windows(data):
        axes.barh(
            y + 1.15, end - start, 0.35, start, facecolor="none", edgecolor=LOSS, hatch="////", linewidth=0.8
        )
    used: list[tuple[float, float]] = []
    for fault in data["faults"]:
        at = to_s(fault["at"])
        text = f"{fault['action']} {fault['target']}".replace("GigabitEthernet", "G").replace(":", " ")
        width = len(text) * 0.0105 * to_s(data["until"])
        right = at + width > to_s(data["until"])
        span = (at - width, at) if right else (at, at + width)
        low = any(a < span[1] and span[0] < b for a, b in used)
        used.append(span)
        axes.plot([at, at], [y + 0.15, y + 1.32], color=LOSS, linewidth=1.4)
        axes.annotate(
            text, (at, y + (0.82 if low else 0.42)), (-3 if right else 3, 0), textcoords="offset points",
            fontsize=7.5, color=LOSS, weight="bold", va="center", ha="right" if right else "left",
        )  # fmt: skip


def _flow(axes: Axes, flow: dict[str, Any], y: float) -> None:
    good = [to_s(t) for t, answer in zip(flow["sent"], flow["answered"], strict=True) if answer >= 0]
    bad = [to_s(t) for t, lost in zip(flow["sent"], flow["lost"], strict=True) if lost >= 0]
    axes.vlines(good, y + 0.45, y + 0.95, color=INK2, linewidth=1.0)
    axes.plot(
        bad,
        [y + 0.55] * len(bad),
        linestyle="none",
        marker="x",
        markersize=3.6,
        color=LOSS,
        markeredgewidth=1.0,
    )


def _bars(axes: Axes, data: dict[str, Any], sas: list[dict[str, Any]], y: float, h: float) -> None:
    until = to_s(data["until"])
    for sa in sas:
        end = until if sa["down"] < 0 else to_s(sa["down"])
        begun = to_s(sa["begun"])
        ready = end if sa["up"] < 0 else to_s(sa["up"])
        middle = y + h / 2
        axes.plot([begun, ready], [middle, middle], color=SAFE, linestyle=":", linewidth=2)
        if sa["up"] < 0:
            continue
        at = ready
        for start_us, end_us, _ in sa["stale"]:
            start, stop = to_s(start_us), to_s(end_us)
            _bar(axes, at, start, middle, sa["kind"])
            axes.barh(
                middle,
                stop - start,
                h * 0.62,
                start,
                facecolor=DOUBT_SOFT,
                edgecolor=DOUBT,
                linestyle="--",
                linewidth=0.9,
            )
            at = stop
        _bar(axes, at, end, middle, sa["kind"])
        if sa["down"] >= 0:
            axes.plot([end, end], [y + 0.08, y + h - 0.08], color=INK, linewidth=1.6)


def _bar(axes: Axes, start: float, end: float, middle: float, kind: str) -> None:
    if end > start:
        axes.barh(middle, end - start, 0.47, start, color=INK2 if kind == "ike" else SAFE, linewidth=0)


def _track(axes: Axes, track: dict[str, Any], y: float, h: float) -> None:
    for start, end, text in track["spans"]:
        a, b = to_s(start), to_s(end)
        axes.barh(y + h / 2, b - a, h * 0.62, a, facecolor="white", edgecolor=EDGE, linewidth=0.8)
        axes.text(a, y + h / 2, f" {text}", va="center", fontsize=7, color=INK, clip_on=True)


def _messages(axes: Axes, data: dict[str, Any], y: float, h: float) -> None:
    middle = y + h / 2
    axes.plot([0, to_s(data["until"])], [middle, middle], color="#d9dde3", linewidth=0.6)
    for message in data["messages"]:
        pair = next((p for p in data["pairs"] if {p["a"], p["b"]} == {message["from"], message["to"]}), None)
        sign = -1 if pair is None or pair["a"] == message["from"] else 1
        at, lost = to_s(message["at"]), message["arrived"] < 0
        axes.plot([at, at], [middle, middle + sign * 0.42], color=LOSS if lost else INK, linewidth=1.0)
        if lost:
            axes.plot(
                [at], [middle + sign * 0.5], marker="x", markersize=3.6, color=LOSS, markeredgewidth=1.0
            )
