"""Two runs held against each other: four differences, and what the stage draws of them.

Counting begins at the first fault of either run (at 0 where neither has one): before it two runs
of one lab are alike, and the first packet that every tunnel costs belongs to neither's outage.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ipsec_edu.config.running import running_config
from ipsec_edu.core.errors import ScenarioError
from ipsec_edu.core.units import to_s
from ipsec_edu.views.stage_data import fault_record, stage_data

if TYPE_CHECKING:
    from ipsec_edu.run import Run
    from ipsec_edu.teach.panel import Panel

__all__ = [
    "Comparison",
    "Difference",
    "compared_from_us",
    "differences",
    "outage_us",
    "outages_of",
    "returned_us",
    "sas_built",
    "settings_of_one",
]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that was counted in both runs."""

    name: str
    """``outage``, ``packets lost``, ``SAs built``, ``IKE messages``."""
    unit: str
    """``s``, or empty for a count."""
    a: float
    b: float
    open_a: bool = False
    """True where A's value was still growing when the run ended."""
    open_b: bool = False

    @property
    def delta(self) -> float:
        """B - A."""
        return round(self.b - self.a, 6)

    def words(self, value: float, still: bool = False) -> str:
        """Return a value as it is printed: one digit for seconds, none for a count."""
        text = f"{value:.1f} {self.unit}" if self.unit else f"{value:g}"
        return f"{text}, not over" if still else text

    def __str__(self) -> str:
        sign = "+" if self.delta > 0 else "−"
        change = f"{sign}{self.words(abs(self.delta))}" if self.differs else "no difference"
        return (
            f"{self.name}: A {self.words(self.a, self.open_a)}, B {self.words(self.b, self.open_b)}, {change}"
        )

    @property
    def differs(self) -> bool:
        """False where both would be printed alike."""
        return self.words(self.a, self.open_a) != self.words(self.b, self.open_b)


def compared_from_us(*runs: Run) -> int:
    """Return the time from which runs are compared: that of the first fault of any."""
    return min((fault_record(text)["at"] for run in runs for text in run.faults), default=0)


def outages_of(run: Run, flow: str, since_us: int) -> list[tuple[int, int | None]]:
    """Return (begin, end) of the outages of a flow after `since_us`."""
    return [
        (max(outage.start_us, since_us), outage.end_us)
        for outage in run.ledger()
        if outage.flow == flow and (outage.end_us is None or outage.end_us > since_us)
    ]


def outage_us(run: Run, flow: str, since_us: int) -> int:
    """Return how long a flow was out after `since_us`, in all, in microseconds."""
    gaps = outages_of(run, flow, since_us)
    return sum((run.until_us if end is None else end) - begin for begin, end in gaps)


def _worst_flow(a: Run, b: Run, since_us: int) -> str:
    """Return the flow that was out longest in both together; the first of equals, empty if there is none."""
    flows = [name for name in a.flows if name in b.flows]
    return max(flows, key=lambda f: outage_us(a, f, since_us) + outage_us(b, f, since_us), default="")


def returned_us(run: Run, flow: str, since_us: int) -> int | None:
    """Return when `flow` was answered again after its last outage; None if it had none or is still out."""
    gaps = outages_of(run, flow, since_us)
    return gaps[-1][1] if gaps else None


def sas_built(run: Run, since_us: int) -> int:
    """Count SAs that came up; one that both ends hold is one."""
    return len(
        {
            (sa.kind.partition("-")[0], sa.id)
            for sa in run.sas
            if sa.up_us is not None and sa.up_us >= since_us
        }
    )


def differences(a: Run, b: Run) -> list[Difference]:
    """Return what two runs of one length differ in: outage, packets lost, SAs built, IKE messages.

    The outage is that of the flow which was out longest; packets are those of all flows; a
    retransmission is a message too. A value is `open` where the outage had not ended with the run.

    Raises
    ------
    ScenarioError
        The runs do not end at the same time.
    """
    if a.until_us != b.until_us:
        raise ScenarioError(
            f"one run ends at {to_s(a.until_us):g} s, the other at {to_s(b.until_us):g} s: "
            "run both with the same until"
        )
    since = compared_from_us(a, b)
    flow = _worst_flow(a, b, since)

    def lost(run: Run) -> int:
        probes = (probe for probes in run.flows.values() for probe in probes)
        return sum(p.answered_us is None and p.lost_us is not None and p.sent_us >= since for p in probes)

    def still_out(run: Run) -> bool:
        return any(end is None for _, end in outages_of(run, flow, since))

    def sent(run: Run) -> int:
        return sum(message.at_us >= since for message in run.messages)

    out = [still_out(run) for run in (a, b)]
    return [
        Difference(
            "outage",
            "s",
            to_s(outage_us(a, flow, since)),
            to_s(outage_us(b, flow, since)),
            out[0],
            out[1],
        ),
        Difference("packets lost", "", lost(a), lost(b)),
        Difference("SAs built", "", sas_built(a, since), sas_built(b, since)),
        Difference("IKE messages", "", sent(a), sent(b)),
    ]


def settings_of_one(a: Run, b: Run) -> list[str]:
    """Return the configuration lines that only `a` has, each with its devices: ``line (ASA1, ASA2)``."""
    nodes: dict[str, list[str]] = {}
    mine, other = getattr(a.lab, "settings", {}), getattr(b.lab, "settings", {})
    for node in mine:
        if node not in other or mine[node] is other[node]:
            continue
        there = set(map(str.strip, running_config(other[node]).splitlines()))
        for line in map(str.strip, running_config(mine[node]).splitlines()):
            if line not in there and node not in nodes.setdefault(line, []):
                nodes[line].append(node)
    return [f"{line} ({', '.join(names)})" for line, names in nodes.items() if names]


class Comparison:
    """Two runs side by side; what `Run.compare` returns.

    Parameters
    ----------
    a, b : Run
        Of one length.
    names : pair of str
        What to call them beside their letters (default: the names of their variants, if they differ).
    fork_us : int, optional
        Faults that both have are shared up to here: moving one moves it in both. Default: all.

    Attributes
    ----------
    differences : list of Difference
    """

    def __init__(self, a: Run, b: Run, names: Sequence[str] = ("", ""), fork_us: int | None = None) -> None:
        if len(names) != 2:
            raise ScenarioError("give two names, one for each run, e.g. names=('stateless', 'stateful')")
        self.a = a
        self.b = b
        designs = [getattr(run.lab, "variant_name", None) or "" for run in (a, b)]
        if not any(names) and designs[0] != designs[1]:
            names = designs
        self.names = (names[0], names[1])
        self.fork_us = b.until_us if fork_us is None else fork_us
        self.differences = differences(a, b)

    def data(self) -> dict[str, Any]:
        """Return B as `stage_data`, with A and the differences under the key ``compare``."""
        since = compared_from_us(self.a, self.b)
        flow = _worst_flow(self.a, self.b, since)
        kept = stage_data(self.a)
        del kept["ladder"]  # the panels show B
        returns = [returned_us(run, flow, since) for run in (self.a, self.b)]
        return {
            **stage_data(self.b),
            "compare": {
                "a": kept,
                "names": list(self.names),
                "fork": self.fork_us,
                "since": since,
                "settings": [settings_of_one(self.a, self.b), settings_of_one(self.b, self.a)],
                "returns": [-1 if at is None else at for at in returns],
                "differences": [
                    {
                        "name": d.name,
                        "a": d.a,
                        "b": d.b,
                        "words": [d.words(d.a, d.open_a), d.words(d.b, d.open_b)],
                        "delta": d.words(abs(d.delta)) if d.differs else "",
                        "less": d.delta < 0,
                    }
                    for d in self.differences
                ],
            },
        }

    def table(self) -> Panel:
        """Return the differences as a table."""
        from ipsec_edu.teach.panel import table

        rows = []
        for d in self.differences:
            sign = "+" if d.delta > 0 else "−"
            change = f"{sign}{d.words(abs(d.delta))}" if d.differs else "no difference"
            rows.append([d.name, d.words(d.a, d.open_a), d.words(d.b, d.open_b), change])
        heads = [f"{letter} {name}".strip() for letter, name in zip("AB", self.names, strict=True)]
        return table(["", *heads, "B − A"], rows)

    def stage(self, *, start: float = 0.0) -> Any:
        """Return both runs on one stage, a widget for a notebook."""
        from ipsec_edu.views.stage import stage

        return stage(self.b, start=start, comparison=self)

    def __repr__(self) -> str:
        return "\n".join(str(d) for d in self.differences)

    def _ipython_display_(self) -> None:
        from ipsec_edu.teach.widgets import show_widget

        show_widget(self.stage, repr(self))
