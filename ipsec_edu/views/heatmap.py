"""A measure over two settings as a picture: a value in each cell, and a line where something begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ipsec_edu.views.figure import _figure_class
from ipsec_edu.views.figure_ink import INK, INK2, LOSS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ipsec_edu.trials.sweep import Pivot

__all__ = ["heatmap"]

CELL_IN = 0.62, 0.42
SURROUND_IN = 2.3, 1.5
WORDS = {"sas_lost": "thick line: beyond it SAs die"}


def heatmap(values: Pivot, mark: Pivot | None, labels: dict[str, str]) -> Any:
    """Return the figure; `mark` draws a line between cells where it is 0 and where it is more.

    The colours (cividis) differ in lightness as well, and each cell carries its number.
    """
    from numpy import asarray

    rows, columns = len(values.index), len(values.columns)
    size = (
        max(4.2, SURROUND_IN[0] + CELL_IN[0] * columns),
        max(2.6, SURROUND_IN[1] + CELL_IN[1] * rows),
    )
    drawn = _figure_class()(figsize=size, layout="constrained")
    axes = drawn.add_subplot()
    numbers = [[float("nan") if cell is None else cell for cell in row] for row in values.cells]
    image = axes.imshow(numbers, cmap="cividis", origin="lower", aspect="auto")
    for y, row in enumerate(values.cells):
        for x, cell in enumerate(row):
            text = "not run" if cell is None else _number(cell)
            ink = INK if cell is None else _ink_on(image.to_rgba(asarray([cell]))[0])
            axes.text(x, y, text, ha="center", va="center", fontsize=8, color=ink)
    axes.set_xticks(range(columns), [str(value) for value in values.columns], fontsize=8)
    axes.set_yticks(range(rows), [str(value) for value in values.index], fontsize=8)
    axes.set_xlabel(labels.get(values.x, values.x), fontsize=9)
    axes.set_ylabel(labels.get(values.y, values.y), fontsize=9)
    axes.tick_params(length=0)
    drawn.colorbar(image, ax=axes, label=labels.get(values.value, values.value))
    if mark is not None and _boundary(axes, mark):
        words = WORDS.get(mark.value, f"thick line: beyond it {labels.get(mark.value, mark.value)} > 0")
        axes.set_title(words, fontsize=9, loc="left", color=INK2)
    return drawn


def _ink_on(colour: Any) -> str:
    """Return white or ink, whichever contrasts more (WCAG's relative luminance)."""
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in map(float, colour[:3])
    )
    return "white" if 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.179 else INK


def _number(value: float) -> str:
    return f"{value:.0f}" if float(value).is_integer() else f"{value:.1f}"


def _boundary(axes: Axes, mark: Pivot) -> bool:
    """Draw the edges between cells without and with a count; return whether there is any."""
    edges = []
    for y, row in enumerate(mark.cells):
        for x, cell in enumerate(row):
            right = row[x + 1] if x + 1 < len(row) else None
            above = mark.cells[y + 1][x] if y + 1 < len(mark.cells) else None
            if _differ(cell, right):
                edges.append([(x + 0.5, y - 0.5), (x + 0.5, y + 0.5)])
            if _differ(cell, above):
                edges.append([(x - 0.5, y + 0.5), (x + 0.5, y + 0.5)])
    for (x0, y0), (x1, y1) in edges:
        axes.plot([x0, x1], [y0, y1], color="white", linewidth=5.5, solid_capstyle="projecting")
    for (x0, y0), (x1, y1) in edges:
        axes.plot([x0, x1], [y0, y1], color=LOSS, linewidth=2.8, solid_capstyle="projecting")
    return bool(edges)


def _differ(a: float | None, b: float | None) -> bool:
    return a is not None and b is not None and (a > 0) != (b > 0)
