"""Sweeps: one lab over a grid of settings, faults, designs and seeds."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipsec_edu.core.errors import ScenarioError
from ipsec_edu.lab import Lab
from ipsec_edu.trials.batch import run_batch
from ipsec_edu.trials.grid import Point, configured, designs_of, points_of
from ipsec_edu.trials.measures import LABELS, measures
from ipsec_edu.trials.progress import progress_for

if TYPE_CHECKING:
    from ipsec_edu.run import Run

__all__ = ["Pivot", "Sweep", "sweep"]

ROWS_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Pivot:
    """A measure over two settings: the mean of all rows of each cell, None where there is none."""

    x: str
    y: str
    value: str
    columns: list[Any]
    index: list[Any]
    cells: list[list[float | None]]
    """A list per value of `y`."""


@dataclass(frozen=True)
class Sweep:
    """What a sweep found.

    Attributes
    ----------
    rows : list of dict
        One per run, in the order of the grid: settings, ``faults``, ``seed``, then the measures.
    complete : bool
        False where it was stopped; the rows are then those that were finished.
    labels : dict of str to str
        Names with units, for axes.
    """

    rows: list[dict[str, Any]]
    complete: bool
    labels: dict[str, str]
    _points: list[Point] = field(repr=False)
    _designs: dict[str | None, Lab] = field(repr=False)
    _until: float | None = field(repr=False)

    @property
    def columns(self) -> list[str]:
        """All column names, in order of their first appearance."""
        return list({name: None for row in self.rows for name in row})

    def run(self, row: int) -> Run:
        """Return the run behind a row in full: for its stage, its ledger, a capture."""
        if not -len(self.rows) <= row < len(self.rows):
            raise ScenarioError(f"there is no row {row}; rows are 0 to {len(self.rows) - 1}")
        point = self._points[row]
        return configured(self._designs, point).run(self._until, point.faults, point.seed)

    def to_csv(self, file: str | Path | None = None) -> str:
        """Return the rows as CSV, and write them to `file` if one is named."""
        text = io.StringIO()
        writer = csv.DictWriter(text, self.columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows)
        if file is not None:
            try:
                Path(file).write_text(text.getvalue(), encoding="utf-8")
            except OSError as error:
                raise ScenarioError(f"{file} cannot be written ({error.strerror})") from None
        return text.getvalue()

    def to_pandas(self) -> Any:
        """Return the rows as a pandas DataFrame (ScenarioError where pandas is not installed)."""
        try:
            pandas = import_module("pandas")
        except ImportError:
            raise ScenarioError("pandas is not installed: pip install pandas, or use .rows") from None
        return pandas.DataFrame(self.rows)

    def pivot(self, x: str, y: str, value: str) -> Pivot:
        """Return the mean of `value` for every pair of `x` and `y`.

        Raises
        ------
        ScenarioError
            No such column, or one that holds no numbers.
        """
        for name in (x, y, value):
            if name not in self.columns:
                raise ScenarioError(f"there is no column {name!r}; there are {', '.join(self.columns)}")
        columns, index = ([*dict.fromkeys(row[name] for row in self.rows)] for name in (x, y))
        found: dict[tuple[Any, Any], list[float]] = {}
        for row in self.rows:
            if not isinstance(row[value], int | float):
                raise ScenarioError(f"column {value!r} holds {row[value]!r}, which is no number")
            found.setdefault((row[x], row[y]), []).append(float(row[value]))
        cells = [
            [sum(hits) / len(hits) if (hits := found.get((a, b))) else None for a in columns] for b in index
        ]
        return Pivot(x, y, value, columns, index, cells)

    def figure(self, x: str, y: str, value: str = "outage_s", *, mark: str | None = "sas_lost") -> Any:
        """Return a heat map of `value` over `x` and `y`, the value written in each cell.

        Parameters
        ----------
        x, y, value : str
            Columns.
        mark : str or None
            A measure; a line is drawn between the cells where it is 0 and those where it is more.
        """
        from ipsec_edu.views.heatmap import heatmap

        marked = self.pivot(x, y, mark) if mark is not None and mark in self.columns else None
        return heatmap(self.pivot(x, y, value), marked, self.labels)

    def _repr_html_(self) -> str:
        head = "".join(
            f'<th scope="col" style="text-align:left">{escape(self.labels.get(name, name))}</th>'
            for name in self.columns
        )
        body = "".join(
            "<tr>"
            + "".join(f"<td>{escape(_plain(row.get(name, '')))}</td>" for name in self.columns)
            + "</tr>"
            for row in self.rows[:ROWS_SHOWN]
        )
        more = len(self.rows) - ROWS_SHOWN
        tail = f"<p>and {more} more rows: <code>.rows</code>, <code>.to_csv()</code></p>" if more > 0 else ""
        state = "" if self.complete else ", stopped before the end"
        caption = f'<caption style="text-align:left">{len(self.rows)} runs{state}</caption>'
        return (
            '<div style="overflow-x:auto"><table style="margin-left:0">'
            f"{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>{tail}"
        )

    def __repr__(self) -> str:
        state = "" if self.complete else ", stopped before the end"
        return f"<Sweep: {len(self.rows)} runs{state}; columns {', '.join(self.columns)}>"


def _plain(value: Any) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def sweep(
    lab: Lab | str,
    *,
    settings: Mapping[str, Any] | None = None,
    faults: Sequence[str] | Sequence[Sequence[str]] | Mapping[str, Sequence[str]] = (),
    seeds: int | Iterable[int] = 1,
    variants: Sequence[str | None] | None = None,
    until: float | None = None,
    measure: Callable[[Run], Mapping[str, Any]] = measures,
    executor: Any = None,
    progress: bool | Callable[[int, int], object] = True,
    fidelity: str = "model",
) -> Sweep:
    """Run `lab` for every combination and measure each run.

    Parameters
    ----------
    lab : Lab or str
        The lab, or its name.
    settings : mapping of str to list
        By name of a control of the lab: its values. By name of a device: configuration texts to type in
        (a mapping gives them short names). By any other name that a fault speaks of: what to
        put there, as ``{"link": ["Ethernet0/1", "Ethernet0/2"]}`` for ``"30 cut HUB:{link}"``.
    faults : list of str, list of lists, or mapping of str to list
        One scenario, several, or several with names.
    seeds : int or iterable of int
        So many seeds from 1 on, or these.
    variants : list of str or None, optional
        Designs of the lab (None: the base).
    until : float, optional
        Length of each run in simulated seconds.
    measure : callable
        Makes a row of a run (default: outage, packets, messages, SAs, parts of the ledger).
    executor : optional
        Any ``concurrent.futures`` executor, a Dask client, or ``"in-process"``; default: a process per core.
    progress : bool or callable
        A bar or a line, nothing, or a function that is given (done, total).
    fidelity : {"model", "bytes", "eager"}
        As in `Lab.run`; ``model`` is the fastest and leaves the same trace.

    Returns
    -------
    Sweep
        Rows in the order of the grid. Interrupted (Ctrl-C, the notebook's stop button), those that
        are finished, with ``complete`` False.

    Raises
    ------
    ScenarioError
        A setting or fault that means nothing here, or a point that cannot be run, with its name.
    """
    base = Lab.load(lab) if isinstance(lab, str) else lab
    designs = designs_of(base, variants)
    points = points_of(base, designs, settings or {}, faults, seeds)
    shared = designs, until, measure, fidelity
    meter = progress_for(progress, len(points))
    results = run_batch(_measured, shared, points, lambda point: point.name, executor, meter)
    rows, done = [], []
    for point, result in zip(points, results, strict=True):
        if result is not None:
            rows.append(_keys(point, variants is not None, bool(faults)) | result)
            done.append(point)
    units = {c.name: f"{c.label} ({c.unit})" if c.unit else c.label for c in base.controls}
    return Sweep(rows, len(done) == len(points), LABELS | units, done, designs, until)


def _keys(point: Point, with_variant: bool, with_faults: bool) -> dict[str, Any]:
    row: dict[str, Any] = {"variant": point.variant or "base"} if with_variant else {}
    row |= dict(point.settings)
    if with_faults:
        row["faults"] = point.label
    return row | {"seed": point.seed}


def _measured(shared: Any, point: Point) -> dict[str, Any]:
    """Run one point; the work of a worker."""
    designs, until, measure, fidelity = shared
    run = configured(designs, point).run(until, point.faults, point.seed, fidelity=fidelity)
    return dict(measure(run))
