"""Who noticed a failure, when, and how: a run's lanes in words, and runs held side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from ipsec_edu.core.addr import format_ip
from ipsec_edu.core.errors import ScenarioError
from ipsec_edu.core.units import to_s, to_us
from ipsec_edu.ledger.routing import ADJACENT
from ipsec_edu.net.faults import parse_fault
from ipsec_edu.run import Run
from ipsec_edu.teach.panel import Panel, table
from ipsec_edu.teach.show import marks

__all__ = [
    "Sighting",
    "first_fault_us",
    "gave_up_s",
    "negotiation",
    "noticed",
    "outcome_s",
    "pings",
    "sightings_of",
]

MEND = frozenset({"up", "mend", "mend-out", "no-shutdown", "boot"})
"""Faults that make good what another one did."""


class Sighting(NamedTuple):
    """One thing that somebody noticed."""

    at_us: int
    who: str
    what: str
    kind: str
    """``carrier``, ``routing``, ``dpd``, ``told``, ``sa``."""


def first_fault_us(run: Run) -> int:
    """Return when `run` was broken first (ScenarioError where it was not)."""
    if not run.faults:
        raise ScenarioError("nothing was broken in this run; give it a fault, as in '60 cut GW2:Ethernet0/1'")
    return min(parse_fault(text).at_us for text in run.faults)


def gave_up_s(run: Run, node: str) -> float | None:
    """Return how many seconds after the first fault `node` declared its peer dead; None if it did not."""
    since = first_fault_us(run)
    dead = (step.at_us for step in run.trace.dpd if (step.node, step.event) == (node, "dead"))
    at_us = next((at for at in dead if at >= since), None)
    return None if at_us is None else round(to_s(at_us - since), 3)


def negotiation(run: Run, since_s: float) -> int:
    """Return how many messages of Main and Quick Mode were sent from `since_s` on, repetitions left out."""
    wanted = ("main", "aggressive", "quick")
    return sum(
        m.exchange in wanted and not m.retransmission and m.at_us >= to_us(since_s) for m in run.messages
    )


def outcome_s(run: Run) -> float | None:
    """Return how long the flow was out after the first fault, all gaps together; None: it still is."""
    since = first_fault_us(run)
    gaps = [gap for gap in run.ledger(next(iter(run.flows))) if gap.end_us is None or gap.end_us > since]
    if any(gap.end_us is None for gap in gaps):
        return None
    return to_s(sum((gap.end_us or 0) - max(gap.start_us, since) for gap in gaps))


def sightings_of(run: Run) -> list[Sighting]:
    """Return what anybody noticed from the first fault on, in order of time.

    A device that lost its own power notices nothing.
    """
    since = first_fault_us(run)
    found = [*_carriers(run, since), *_neighbours(run, since), *_peers(run, since), *_told(run, since)]
    return sorted(found, key=lambda one: (one.at_us, one.who))


def noticed(run: Run, *, faults: bool = True) -> Panel:
    """Return who noticed what in `run`, when, and how, as a table.

    Parameters
    ----------
    run : Run
        A run with at least one fault.
    faults : bool
        Whether the faults themselves, which nobody sees, stand in the table too.
    """
    rows = [(one.at_us, one.who, one.what) for one in _merged(sightings_of(run))]
    if faults:
        broken = [parse_fault(text) for text in run.faults]
        rows += [(f.at_us, "", f"*{f.text.partition(' ')[2]}*") for f in broken]
    rows += _ends(run)
    rows.sort(key=lambda row: (row[0], row[1] != ""))
    return table(("t (s)", "who", "notices what"), [(f"{to_s(at):.3f}", who, what) for at, who, what in rows])


def pings(runs: Mapping[str, Run], *, first_s: float = 55.0, count: int = 50) -> Panel:
    """Return each run's pings from `first_s` on as a router prints them, and its outage."""
    rows = []
    for name, run in runs.items():
        before = sum(probe.sent_us < to_us(first_s) for probe in next(iter(run.flows.values())))
        seconds = outcome_s(run)
        words = "not over" if seconds is None else f"{seconds:.1f} s"
        rows.append((name, f"`{marks(run, count=None)[before : before + count]}`", words))
    return table(("", f"pings from {first_s:g} s on", "outage"), rows)


def _carriers(run: Run, since: int) -> Iterator[Sighting]:
    dark = {(power.node, power.at_us) for power in run.trace.power if not power.up}
    lit: dict[str, bool] = {}
    for port in run.trace.ports:
        was, lit[port.port] = lit.get(port.port, True), port.carrier
        node, _, name = port.port.partition(":")
        if port.at_us < since or was == port.carrier or (node, port.at_us) in dark:
            continue
        if port.carrier:
            yield Sighting(port.at_us, node, f"**{name} is up** again", "light")
        else:
            yield Sighting(port.at_us, node, f"**{name} lost its carrier**: interface down", "carrier")


def _neighbours(run: Run, since: int) -> Iterator[Sighting]:
    for step in run.trace.states:
        machine = step.machine.lower().split("-")[0].split()[0]
        content = ADJACENT.get(machine)
        if step.at_us < since or content is None or step.before.upper() == step.after.upper():
            continue
        if step.before.upper() == content:
            yield Sighting(step.at_us, step.node, f"**{machine.upper()} lost** a neighbour", "routing")
        elif step.after.upper() == content:
            yield Sighting(step.at_us, step.node, f"{machine.upper()} has the neighbour back", "routing-up")


def _peers(run: Run, since: int) -> Iterator[Sighting]:
    for step in run.trace.dpd:
        if step.event == "dead" and step.at_us >= since:
            words = f"**dead-peer detection gives {format_ip(step.peer)} up** after {step.number} questions"
            yield Sighting(step.at_us, step.node, words, "dpd")


def _told(run: Run, since: int) -> Iterator[Sighting]:
    for sa in run.sas:
        if sa.kind == "ike" and sa.reason == "delete" and sa.down_us is not None and sa.down_us >= since:
            yield Sighting(sa.down_us, sa.node, "is told by a Delete", "told")
        if sa.kind == "esp-out" and sa.up_us is not None and sa.up_us >= since:
            yield Sighting(sa.up_us, sa.node, f"new SAs with {format_ip(sa.peer)}", "sa")


def _merged(found: Iterable[Sighting]) -> Iterator[Sighting]:
    """Join what several devices noticed within a tenth of a second."""
    waiting: list[Sighting] = []
    for one in found:
        twin = next((w for w in waiting if w.what == one.what and one.at_us - w.at_us < 100_000), None)
        if twin is None:
            waiting.append(one)
        elif one.who not in twin.who.split(", "):
            waiting[waiting.index(twin)] = twin._replace(who=f"{twin.who}, {one.who}")
    yield from waiting


def _ends(run: Run) -> list[tuple[int, str, str]]:
    """Return when the first flow was answered again, after each of its gaps."""
    since = first_fault_us(run)
    flow = next(iter(run.flows))
    source = flow.partition(">")[0]
    return [
        (gap.end_us, source, "is answered again")
        for gap in run.ledger(flow)
        if gap.end_us is not None and gap.end_us > since
    ]
