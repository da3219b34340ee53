"""Sliders beside the stage that edit configuration, and show the line they write.

A slider may move faster than runs are made: the newest value wins, older ones are skipped.
"""

from __future__ import annotations

import asyncio
import html
from typing import Any

from ipsec_edu.core.errors import IpsecEduError

__all__ = ["apply_controls", "controls", "lines_of"]

SETTLE_S = 0.03
"""A value that stands for so long is run; a newer one replaces it."""


def lines_of(lab: Any, values: dict[str, Any]) -> dict[str, str]:
    """Return, per device, the configuration text that the controls write at `values`."""
    nodes = {node: None for control in lab.controls for node in control.nodes}
    texts = {node: lab.control_lines(node, values) for node in nodes}
    return {node: text for node, text in texts.items() if text}


def apply_controls(lab: Any, values: dict[str, Any]) -> Any:
    """Return `lab` with the lines of its controls typed in (ConfigError where a device refuses one)."""
    for node, text in lines_of(lab, values).items():
        lab = lab.configure(node, text)
    return lab


class _Latest:
    """Calls a function with the newest value only, once the event loop has time for it."""

    def __init__(self, call: Any) -> None:
        self._call = call
        self._handle: asyncio.TimerHandle | None = None

    def __call__(self) -> None:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # no loop: a plain script or a test
            self._call()
            return
        if self._handle is not None:
            self._handle.cancel()
        self._handle = loop.call_later(SETTLE_S, self._call)


def controls(stage: Any, lab: Any = None) -> Any:
    """Return the lab's controls as a box of widgets that drive `stage`.

    Parameters
    ----------
    stage : Stage
        What ``run.stage()`` returned.
    lab : Lab, optional
        Where the configuration starts from (default: the lab of the stage's run).

    Returns
    -------
    ipywidgets.VBox
        One row per control, below them the configuration lines that they write.
    """
    import ipywidgets as widgets

    from ipsec_edu.teach.keeper import key_keeper

    base = stage.run.lab if lab is None else lab
    values: dict[str, Any] = {control.name: control.value for control in base.controls}
    code = widgets.HTML()

    def show_lines() -> None:
        by_text: dict[str, list[str]] = {}
        for node, text in lines_of(base, values).items():
            by_text.setdefault(text, []).append(node)
        blocks = [
            f"<div style='font-size:12px;opacity:.75;margin-top:4px'>{html.escape(', '.join(nodes))}</div>"
            f"<pre style='margin:0;font-size:12px;line-height:1.35'>{html.escape(text)}</pre>"
            for text, nodes in by_text.items()
        ]
        code.value = "".join(blocks)

    def run() -> None:
        try:
            stage.rerun(lab=apply_controls(base, values))
        except IpsecEduError as error:
            stage.fail(error)

    soon = _Latest(run)

    def changed(name: str) -> Any:
        def handler(change: Any) -> None:
            values[name] = change["new"]
            show_lines()
            soon()

        return handler

    rows = []
    for control in base.controls:
        row = _widget(widgets, control)
        row.observe(changed(control.name), names="value")
        rows.append(row)
    show_lines()
    return widgets.VBox([*rows, code, key_keeper()])


def _widget(widgets: Any, control: Any) -> Any:
    """Return the widget of one control: a choice, a whole number or a fraction."""
    label = control.label + (f" ({control.unit})" if control.unit else "")
    common = {"description": label, "style": {"description_width": "initial"}, "layout": {"width": "420px"}}
    if control.options:
        return widgets.Dropdown(options=list(control.options), value=control.value, **common)
    whole = all(float(x).is_integer() for x in (control.min, control.max, control.step, control.value))
    number = int if whole else float
    kind = widgets.IntSlider if whole else widgets.FloatSlider
    limits = {key: number(getattr(control, key)) for key in ("value", "min", "max", "step")}
    return kind(**limits, continuous_update=True, **common)
