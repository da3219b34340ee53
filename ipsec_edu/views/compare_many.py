"""Three or four runs held against each other: their numbers, and their lanes on one axis.

Counted as in `compare_data`: from the first fault of any of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ipsec_edu.core.errors import ScenarioError
from ipsec_edu.core.units import to_s
from ipsec_edu.views.compare_data import compared_from_us, outage_us, outages_of, sas_built
from ipsec_edu.views.stage_data import stage_data

if TYPE_CHECKING:
    from ipsec_edu.run import Run
    from ipsec_edu.teach.panel import Panel

__all__ = ["MOST_RUNS", "Comparisons"]

MOST_RUNS = 4
_LETTERS = "ABCD"


class Comparisons:
    """Several runs; what `Run.compare` returns for more than two.

    Parameters
    ----------
    runs : sequence of Run
        Three or four, of one length.
    names : sequence of str
        One for each (default: their variants where those tell them apart, else variants and faults).

    Attributes
    ----------
    measures : list of dict
        For each run ``outage`` (seconds of the flow that was out longest in all), ``over`` (whether it
        had ended with the run), ``packets lost``, ``SAs built``, ``IKE messages``.

    Raises
    ------
    ScenarioError
        There are more runs, they do not end at the same time, or the names are not as many.
    """

    def __init__(self, runs: Sequence[Run], names: Sequence[str] = ()) -> None:
        if len(runs) > MOST_RUNS:
            raise ScenarioError(f"{len(runs)} runs are too many for one stage: compare at most {MOST_RUNS}")
        ends = sorted({to_s(run.until_us) for run in runs})
        if len(ends) > 1:
            raise ScenarioError(
                f"the runs end at {', '.join(f'{end:g} s' for end in ends)}: run all with the same until"
            )
        if any(names) and len(names) != len(runs):
            raise ScenarioError(f"give {len(runs)} names, one for each run")
        self.runs = list(runs)
        self.names = list(names) if any(names) else _names(runs)
        since = compared_from_us(*runs)
        flows = [name for name in runs[0].flows if all(name in run.flows for run in runs)]
        flow = max(flows, key=lambda f: sum(outage_us(run, f, since) for run in runs), default="")
        self.measures = [_measures(run, flow, since) for run in runs]

    def notes(self) -> list[str]:
        """Return the numbers of each run in words."""
        return [
            f"outage {m['outage']:.1f} s{'' if m['over'] else ', not over'}, {m['packets lost']} lost, "
            f"{m['SAs built']} SAs, {m['IKE messages']} IKE messages"
            for m in self.measures
        ]

    def data(self) -> dict[str, Any]:
        """Return the last run as `stage_data`, with the others under the key ``several``."""
        others = [stage_data(run) for run in self.runs[:-1]]
        for other in others:
            del other["ladder"]  # the panels show the last run
        several = {"names": self.names, "notes": self.notes(), "runs": others}
        return {**stage_data(self.runs[-1]), "several": several}

    def table(self) -> Panel:
        """Return the numbers as a table, one row for each run."""
        from ipsec_edu.teach.panel import table

        rows = [
            [letter, name, f"{m['outage']:.1f} s{'' if m['over'] else ', not over'}",
             *(str(m[key]) for key in ("packets lost", "SAs built", "IKE messages"))]
            for letter, name, m in zip(_LETTERS, self.names, self.measures, strict=False)
        ]  # fmt: skip
        return table(["", "run", "outage", "packets lost", "SAs built", "IKE messages"], rows)

    def stage(self, *, start: float = 0.0) -> Any:
        """Return the lanes of all runs on one axis, with the map of one of them on demand, as a widget."""
        from ipsec_edu.views.stage import stage

        return stage(self.runs[-1], start=start, comparison=self)

    def __repr__(self) -> str:
        lines = zip(_LETTERS, self.names, self.notes(), strict=False)
        return "\n".join(f"{letter} {name}: {note}" for letter, name, note in lines)

    def _ipython_display_(self) -> None:
        from ipsec_edu.teach.widgets import show_widget

        show_widget(self.stage, repr(self))


def _names(runs: Sequence[Run]) -> list[str]:
    variants = [getattr(run.lab, "variant_name", None) or "" for run in runs]
    if len(set(variants)) == len(runs):
        return [name or "as it is" for name in variants]
    faults = [", ".join(run.faults) or "no fault" for run in runs]
    return [", ".join(filter(None, both)) for both in zip(variants, faults, strict=True)]


def _measures(run: Run, flow: str, since_us: int) -> dict[str, Any]:
    probes = [probe for probes in run.flows.values() for probe in probes]
    return {
        "outage": to_s(outage_us(run, flow, since_us)),
        "over": all(end is not None for _, end in outages_of(run, flow, since_us)),
        "packets lost": sum(
            p.answered_us is None and p.lost_us is not None and p.sent_us >= since_us for p in probes
        ),
        "SAs built": sas_built(run, since_us),
        "IKE messages": sum(message.at_us >= since_us for message in run.messages),
    }
