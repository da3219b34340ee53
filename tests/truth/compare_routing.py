"""Facts about lost ways beside what the simulator does: spreads beside spreads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from ipsec_edu.core.units import to_s, to_us
from ipsec_edu.run import Run
from tests.truth.facts import Spread
from tests.truth.facts_routing import Links
from tests.truth.routing_lab import build_parallel

__all__ = ["WHOLE_SECONDS", "SpreadRow", "links_rows", "links_runs", "outage", "same", "spread"]

PHASES = (0.02, 0.34, 0.66, 0.98, 0.2, 0.5)
"""Age of gw1's last hello at the fault, in hello intervals: the runs of a spread."""
MENDED = (0.62, 0.02, 0.34, 0.98, 0.62, 0.22)
"""The same age when the link is mended."""
SHIFTS = (0.68, 0.36, 0.64, 0.32, 0.5, 0.8)
"""By how many hello intervals gw2's hellos come later than gw1's, run by run."""
APART_S = 0.005
"""Between two commands that pull two cables."""
NOISE_S = 0.3
"""What a busy machine adds to a time."""
LINK_A, LINK_B = "192.0.2.", "198.51.100."


WHOLE_SECONDS = (
    "The daemon stamps signs of life in whole seconds, so its verdict came up to a second early or late; "
    "the simulator's clock is exact."
)
ARRIVAL = (
    "An LSA that comes within a second of the one before is discarded and comes again after 5 s. Which runs "
    "that met was a matter of milliseconds between the real routers; here every run of a case has the same "
    "order."
)
EXCHANGE = (
    "Both wait for a designated router (4 s), and a database description that comes before the neighbour is "
    "ready comes again after 5 s: 9.0 s where gw2's carrier returns 5 ms before gw1's, as played here, and "
    "4.0 s the other way round. What some real runs took beyond that is not explained."
)


@dataclass(frozen=True, slots=True)
class SpreadRow:
    """One fact: how far the simulated runs lie outside what was measured, and the reverse (`unreached`)."""

    what: str
    measured: str
    simulated: str
    off: float = 0
    allowed: float = 0
    unreached: float = 0
    because: str = ""
    """Why it differs, where that is known and stands on the page."""

    @property
    def ok(self) -> bool:
        return self.off <= self.allowed and self.unreached <= NOISE_S


def spread(
    what: str, measured: Spread, simulated: Sequence[float], allowed: float = NOISE_S, because: str = ""
) -> SpreadRow:
    """Compare the least and the most that were measured with those of the simulated runs."""
    runs = sorted(round(value, 3) for value in simulated)
    least, most = runs[0], runs[-1]
    row = SpreadRow(
        what,
        " / ".join(f"{value:g}" for value in measured[:3]),
        " / ".join(f"{round(value, 2):g}" for value in (least, runs[len(runs) // 2], most)),
        round(max(measured.least - least, most - measured.most, 0.0), 3),
        allowed,
        round(max(least - measured.least, measured.most - most, 0.0), 3),
    )
    return row if row.ok else replace(row, because=because)


def same(what: str, measured: object, simulated: Sequence[object]) -> SpreadRow:
    """Compare what every measured run did with what every simulated one did."""
    differ = [value for value in simulated if value != measured]
    text = ", ".join(dict.fromkeys(str(value) for value in simulated))
    return SpreadRow(what, str(measured), text, len(differ))


def links_runs(
    fact: Links, hello: tuple[int, int] | None = None, network: str | None = None, **changed: object
) -> tuple[tuple[float, float, Run], ...]:
    """Play the fault with hellos of several ages; return when the link was lost, when mended, and the run.

    `hello`, `network` and `changed` (the gateways' profile) alter what was measured, for the controls.
    """
    hello_s, dead_s = hello or fact.hello
    delay_s, timeout_s = fact.dpd
    habits = {"dpd_delay_s": delay_s, "dpd_timeout_s": timeout_s, "dead_peer_action": fact.action}
    begins_s, hold_s, after_s = (16, 9, 11) if hello_s == 1 else (30, 80, 12)
    found = []
    for phase, mended, shift in zip(PHASES, MENDED, SHIFTS, strict=True):
        at_s = round(begins_s + phase * hello_s, 3)
        mended_s = round(begins_s + hold_s + mended * hello_s, 3)
        end_s = mended_s + after_s
        lab = build_parallel(
            network or fact.network,
            hello_s,
            dead_s,
            every_s=0.02 if hello_s == 1 else 0.05,
            pings_s=(at_s - 3, end_s - 0.5),
            profile={**habits, **changed},
        )
        late = [f"0.001 shutdown gw2:Ethernet0/{n}" for n in (1, 2)]
        late += [f"{shift * hello_s:g} no-shutdown gw2:Ethernet0/{n}" for n in (1, 2)]
        run = lab.run(end_s, [*late, *faults(fact.fault, at_s, mended_s)], fidelity="model")
        found.append((at_s, mended_s, run))
    return tuple(found)


def faults(fault: str, at_s: float, mended_s: float) -> list[str]:
    """Return the loss of link A, and its return (of two, gw1 is the first to lose it, gw2 to get it)."""
    if fault == "silent":
        return [f"{at_s} cut gw1:Ethernet0/1", f"{mended_s} mend gw1:Ethernet0/1"]
    losers = ("gw1", "gw2") if fault == "carrier2" else ("gw1",)
    return [
        *(f"{at_s + APART_S * n:g} down {who}:Ethernet0/1" for n, who in enumerate(losers)),
        *(f"{mended_s + APART_S * n:g} up {who}:Ethernet0/1" for n, who in enumerate(reversed(losers))),
    ]


def moved(run: Run, node: str, after_s: float, via: str) -> float:
    """Return how long after `after_s` the route to the other loopback went to link `via`."""
    for change in run.routes:
        here = change.node == node and change.change == "add" and change.prefix.startswith("10.255.0.")
        if here and change.via.startswith(via) and change.at_us >= to_us(after_s):
            return to_s(change.at_us) - after_s
    return to_s(run.until_us) - after_s


def outage(run: Run, at_s: float) -> float | None:
    """Return how long the pings stayed away: from the first that was lost to the next that was answered.

    None where none was answered any more.
    """
    probes = [p for p in run.flows["ping"] if p.sent_us >= to_us(at_s) - to_us(0.2)]
    lost = [p.sent_us for p in probes if p.lost_us is not None]
    if not lost:
        return 0.0
    back = [p.sent_us for p in probes if p.sent_us > lost[-1] and p.answered_us is not None]
    return to_s(back[0] - lost[0]) if back else None


@cache
def links_rows(fact: Links, **changed: Any) -> list[SpreadRow]:
    """Return everything that is known about a lost link beside what the simulator did."""
    runs = links_runs(fact, **changed)
    # Three runs do not fill the range that the age of the last hello makes: one hello interval of play.
    phase_s = fact.hello[0] + 0.1
    outages = [outage(run, at_s) for at_s, _, run in runs]
    silent = fact.fault == "silent"
    waits = silent or (fact.fault, fact.network) == ("carrier1", "point-to-point")
    gw1, gw2 = ([moved(run, node, at_s, LINK_B) for at_s, _, run in runs] for node in ("gw1", "gw2"))
    kept = [all(sa.down_us is None for sa in run.sas) for _, _, run in runs]
    back = [max(moved(run, node, end_s, LINK_A) for node in ("gw1", "gw2")) for _, end_s, run in runs]
    returns = EXCHANGE if fact.fault == "carrier2" else ARRIVAL if fact.network == "broadcast" else ""
    rows = [
        _outage_row(fact, outages, phase_s if waits and fact.same_sas else NOISE_S),
        spread("gw1's route moved", fact.gw1, gw1, phase_s if silent else NOISE_S),
        spread("gw2's route moved", fact.gw2, gw2, phase_s if waits else NOISE_S),
        same("same cookies and SPIs", yes(fact.same_sas), [yes(value) for value in kept]),
        spread("route back", fact.back, back, phase_s, returns),
    ]
    if fact.outage is not None:
        lost = [
            sum(p.lost_us is not None for p in run.flows["ping"] if p.sent_us > to_us(end_s))
            for _, end_s, run in runs
        ]
        rows.append(same("pings lost at the return", 0, lost))
    return rows


def _outage_row(fact: Links, outages: Sequence[float | None], allowed: float) -> SpreadRow:
    if fact.outage is None or None in outages:
        measured = "never" if fact.outage is None else "yes"
        return same("pings come back", measured, ["never" if o is None else "yes" for o in outages])
    because = "" if fact.same_sas else WHOLE_SECONDS
    return spread("ping outage", fact.outage, [o for o in outages if o is not None], allowed, because)


def yes(value: bool) -> str:
    """Return ``yes`` or ``no``."""
    return "yes" if value else "no"
