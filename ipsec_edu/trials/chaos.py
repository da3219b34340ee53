"""The worst case finder: every single and double failure, run, ranked, and held against the graph."""

from __future__ import annotations

import math
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ipsec_edu.core.errors import IpsecEduError, ScenarioError
from ipsec_edu.core.units import to_s, to_us
from ipsec_edu.lab import Lab
from ipsec_edu.trials.batch import run_batch
from ipsec_edu.trials.failures import Failure, combinations, covered_by, failures_of
from ipsec_edu.trials.graph import Graph
from ipsec_edu.trials.measures import flow_measures
from ipsec_edu.trials.progress import progress_for
from ipsec_edu.trials.reasons import why_it_lives, why_it_stays_out

if TYPE_CHECKING:
    from ipsec_edu.run import Run

__all__ = ["Chaos", "Trial", "chaos"]

EARLIEST_S = 30
"""When things fail, unless the first packets come through later than `SETTLE_S` before."""
SETTLE_S = 5


@dataclass(frozen=True, slots=True)
class Trial:
    """One failure, single or double, and what it did.

    Attributes
    ----------
    failures : tuple of Failure
        What failed.
    flows : dict
        Per flow: ``outage_s``, ``longest_outage_s``, ``recovered``, ``sent``, ``answered``, ``lost``.
    connected : dict of str to bool
        Per flow, what the graph alone says: is a way over cables left?
    differs : str
        The flow about which graph and run disagree most, empty where they agree.
    why : str
        The reason, from the records of the run.
    replay : str
        The command that shows this run.
    """

    failures: tuple[Failure, ...]
    faults: tuple[str, ...]
    flows: dict[str, dict[str, Any]]
    connected: dict[str, bool]
    differs: str
    why: str
    replay: str
    adds: bool = True
    """False for a double that is no worse than one of its two alone."""

    @property
    def outage_s(self) -> float:
        """How long the worst flow was out, all its gaps together."""
        return _badness(self.flows)[0]

    @property
    def lost(self) -> int:
        """Packets lost by all flows."""
        return _badness(self.flows)[1]

    @property
    def recovered(self) -> bool:
        """False where a flow is still out when the run ends."""
        return all(one["recovered"] for one in self.flows.values())

    @property
    def words(self) -> str:
        """What failed."""
        return " + ".join(failure.words for failure in self.failures)


@dataclass(frozen=True)
class Chaos:
    """What the worst case finder found.

    Attributes
    ----------
    trials : list of Trial
        Worst first: by outage, then by packets lost, then in the order of the topology.
    complete : bool
        False where it was stopped.
    at, until : float
        When things fail and when the run ends, in seconds.
    """

    lab: Lab
    trials: list[Trial]
    complete: bool
    at: float
    until: float
    seed: int
    mode: str
    single_points: dict[str, list[Failure]]
    smallest_cuts: dict[str, list[str]]
    total: int = field(default=0)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The trials as a tidy table."""
        return [
            {
                "rank": rank,
                "failures": trial.words,
                "count": len(trial.failures),
                "outage_s": trial.outage_s,
                "lost": trial.lost,
                "recovered": trial.recovered,
                "connected": all(trial.connected.values()),
                "adds": trial.adds,
                "agrees": not trial.differs,
                "why": trial.why,
                "replay": trial.replay,
            }
            for rank, trial in enumerate(self.trials, 1)
        ]

    @property
    def differences(self) -> list[Trial]:
        """The trials that came out other than the graph says."""
        return [trial for trial in self.trials if trial.differs]

    def run(self, rank: int) -> Run:
        """Return the run of the trial at `rank` (1 is the worst), for its stage and its ledger."""
        if not 1 <= rank <= len(self.trials):
            raise ScenarioError(f"there is no rank {rank}; ranks are 1 to {len(self.trials)}")
        return self.lab.run(self.until, self.trials[rank - 1].faults, self.seed)

    def text(self, top: int = 20, *, everything: bool = False) -> str:
        """Return tables for people, `top` rows of each; only commands are wider than 100 columns.

        Doubles that are no worse than one of their two alone are left out, unless `everything` is wanted.
        """
        from ipsec_edu.trials.chaos_text import text

        return text(self, top, everything=everything)

    def to_dict(self) -> dict[str, Any]:
        """Return what ``chaos --json`` prints."""
        from ipsec_edu.trials.chaos_text import to_dict

        return to_dict(self)

    def _repr_html_(self) -> str:
        from ipsec_edu.trials.chaos_text import html

        return html(self)

    def __repr__(self) -> str:
        return self.text()


def chaos(
    lab: Lab | str,
    *,
    at: float | None = None,
    until: float | None = None,
    seed: int = 1,
    mode: str = "cut",
    singles: bool = False,
    executor: Any = None,
    progress: bool | Callable[[int, int], object] = True,
    words: Sequence[str] | None = None,
) -> Chaos:
    """Let everything in `lab` fail, alone and in pairs, and rank what happens.

    Every cable fails, and every device that is not an end of a flow, at `at` and for good.

    Parameters
    ----------
    lab : Lab or str
        The lab, or its name.
    at : float, optional
        When, in seconds (default: 30, or later if the first packets come through later).
    until : float, optional
        End of the run in seconds (default: the lab's).
    seed : int
        Of every run.
    mode : {"cut", "down", "both"}
        How cables fail: silently, with loss of carrier, or each in its turn.
    singles : bool
        Leave the doubles out.
    executor, progress
        As for `ipsec_edu.sweep`.
    words : sequence of str, optional
        How a command line names this lab (default: its name or folder, and its variant).

    Returns
    -------
    Chaos
        Ranked trials, what the graph predicts, and where the two differ.

    Raises
    ------
    ScenarioError
        Nothing gets through even without a failure, or an impossible time or mode.
    """
    base = Lab.load(lab) if isinstance(lab, str) else lab
    failures = failures_of(base, mode)
    calm = base.run(until, (), seed, fidelity="model")
    at_us = _settled(calm) if at is None else to_us(at) if math.isfinite(at) else -1
    if not 0 <= at_us < calm.until_us:
        raise ScenarioError(
            f"things fail between 0 and {to_s(calm.until_us):g} s, the end; choose another --at"
        )
    every = combinations(failures, singles=singles)
    points = [combination for combination in every if covered_by(combination) is None]
    command = _command(base, words)
    shared = base, to_s(calm.until_us), to_s(at_us), seed
    meter = progress_for(progress, len(points))
    found = run_batch(
        _tried, shared, points, lambda point: " + ".join(f.words for f in point), executor, meter
    )
    results = dict(zip(points, found, strict=True))
    options = [f"--until {to_s(calm.until_us):g}"] if until is not None else []
    options += [f"--seed {seed}"] if seed != 1 else []
    trials = []
    for combination in every:
        result = results[covered_by(combination) or combination]
        if result is None:
            continue
        faults = tuple(failure.line(f"{to_s(at_us):g}") for failure in combination)
        shown = [f"--fault {shlex.quote(line)}" for line in faults]
        replay = " ".join(["ipsec-edu run", command, *options, *shown])
        flows, connected, differs, why = result
        adds = all(_worse(flows, results[(part,)]) for part in combination) if combination[1:] else True
        trials.append(Trial(combination, faults, flows, connected, differs, why, replay, adds))
    trials.sort(key=lambda trial: (-trial.outage_s, -trial.lost))
    graph = Graph(base)
    links = base.topology.links
    return Chaos(
        base,
        trials,
        len(trials) == len(every),
        to_s(at_us),
        to_s(calm.until_us),
        seed,
        mode,
        {flow: graph.single_points(flow, failures) for flow in graph.ends},
        {flow: [f"{links[i].a} - {links[i].b}" for i in graph.smallest_cut(flow)] for flow in graph.ends},
        len(every),
    )


def _badness(flows: dict[str, dict[str, Any]]) -> tuple[float, int]:
    """Return what trials are ranked by: the outage of the worst flow, the packets that all lost."""
    outage = max((float(one["outage_s"]) for one in flows.values()), default=0.0)
    return outage, sum(int(one["lost"]) for one in flows.values())


def _worse(flows: dict[str, dict[str, Any]], single: Any) -> bool:
    """Tell whether a double is worse than one of its singles (True where that was not run)."""
    return single is None or _badness(flows) > _badness(single[0])


def _settled(calm: Run) -> int:
    """Return when to break things: every flow that works has got through by then."""
    firsts = [
        next((p.answered_us for p in probes if p.answered_us is not None), None)
        for probes in calm.flows.values()
    ]
    known = [first for first in firsts if first is not None]
    if not known:
        raise ScenarioError(
            f"in lab {calm.lab.name} no packet is answered even without a failure; "
            f"see 'ipsec-edu run {calm.lab.name}'"
        )
    return max(EARLIEST_S, math.ceil(to_s(max(known))) + SETTLE_S) * 1_000_000


def _command(lab: Lab, words: Sequence[str] | None) -> str:
    """Return how the command line names `lab`."""
    if words is None:
        try:
            same = lab.folder is not None and Lab.load(lab.folder).variant(lab.variant_name) == lab
            bundled = same and Lab.load(lab.name).folder == lab.folder
        except IpsecEduError:
            bundled = False
        words = [lab.name if bundled or lab.folder is None else str(lab.folder)]
        words += ["--variant", lab.variant_name] if lab.variant_name else []
    return " ".join(shlex.quote(word) for word in words)


def _tried(shared: Any, failures: tuple[Failure, ...]) -> tuple[Any, ...]:
    """Run one combination: measures per flow, the graph's word, the flow that differs, and why."""
    lab, until, at, seed = shared
    run = lab.run(until, [failure.line(f"{at:g}") for failure in failures], seed, fidelity="model")
    at_us = to_us(at)
    graph = Graph(lab)
    flows = {name: flow_measures(run, name, at_us) for name in run.flows}
    ways = {name: graph.way(name, failures) for name in graph.ends}
    # Only a flow that worked before can tell anything.
    worked = [
        name for name in ways if any(p.answered_us is not None and p.sent_us < at_us for p in run.flows[name])
    ]
    wrong = [name for name in worked if flows[name]["recovered"] != (ways[name] is not None)]
    why, differs = "", max(wrong, key=lambda name: flows[name]["outage_s"], default="")
    if differs:
        way = ways[differs]
        why = why_it_lives(run, differs, at_us) if way is None else why_it_stays_out(run, differs, at_us, way)
    return flows, {name: way is not None for name, way in ways.items()}, differs, why
