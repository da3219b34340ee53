"""A run behind a curtain, and a guess beside the truth: what the stage draws around a prediction.

Behind the curtain nothing is hidden, because nothing is there: the page gets a run that was
stopped at the curtain, on an axis that is as long as the whole run. So no view, no hover card, no
list for a screen reader and no look at the page's source can tell what has not been committed to.
"""

from __future__ import annotations

from typing import Any

from ipsec_edu.core.errors import ScenarioError
from ipsec_edu.core.units import to_s, to_us
from ipsec_edu.views.stage_data import fault_record, stage_data
from ipsec_edu.views.stage_types import StageOutage, StageRun

__all__ = ["curtain_data", "guess_record", "longest_outage", "rerun"]


def rerun(run: Any, *, lab: Any = None, until_us: int | None = None, faults: list[str] | None = None) -> Any:
    """Play `run` again with another lab, another end or other faults; seed, fidelity and strangers stay."""
    stranger = getattr(run, "on_world", None)
    return (run.lab if lab is None else lab).run(
        until=to_s(run.until_us if until_us is None else until_us),
        faults=list(run.faults) if faults is None else faults,
        seed=run.seed,
        **({"fidelity": run.fidelity} if hasattr(run, "fidelity") else {}),
        **({"on_world": stranger} if stranger is not None else {}),
    )


def curtain_data(run: Any, at_s: float) -> dict[str, Any]:
    """Return the first `at_s` seconds of `run` as `stage_data`, on the axis of the whole run.

    Raises
    ------
    ScenarioError
        The curtain does not hang inside the run.
    """
    at_us = to_us(at_s)
    if not 0 < at_us < run.until_us:
        raise ScenarioError(
            f"a curtain at {at_s:g} s hides nothing or all; choose a time inside the run, "
            f"between 0 and {to_s(run.until_us):g} s"
        )
    told = [text for text in run.faults if fault_record(text)["at"] <= at_us]
    # What lasts ends with the run: one microsecond more, so that it still lasts at the curtain.
    made = stage_data(rerun(run, until_us=at_us + 1, faults=told))
    return {**made, "until": run.until_us, "curtain": at_us}


def longest_outage(run: StageRun) -> StageOutage | None:
    """Return the outage that a question about "the outage" means: the longest, the first of equals."""

    def length(outage: StageOutage) -> int:
        return (run.until_us if outage.end_us is None else outage.end_us) - outage.start_us

    return max(run.ledger(), key=length, default=None)


def guess_record(run: StageRun, seconds: float) -> dict[str, Any] | None:
    """Return the learner's guess at the longest outage of `run`; None where there is none to stand above."""
    outage = longest_outage(run)
    if outage is None or not seconds > 0:
        return None
    flows = list(run.trace.probes)
    start = outage.start_us
    return {
        "flow": flows.index(outage.flow) if outage.flow in flows else 0,
        "start": start,
        "end": start + to_us(seconds),
    }
