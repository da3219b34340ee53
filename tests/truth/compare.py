"""Facts beside what the simulator does, row by row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from ipsec_edu.core.units import to_s, to_us
from ipsec_edu.run import Run
from tests.truth.facts import CUTS, FAILURES, GIVES_UP, RETRANSMISSIONS_S, Cut, Spread
from tests.truth.lab import BEGINS_S, build

__all__ = [
    "CUT_S",
    "FAULTY",
    "Row",
    "absent",
    "all_rows",
    "cut_rows",
    "cut_run",
    "failure",
    "intervals",
    "within",
]

CUT_S = 20.2
"""When the wire is cut; without traffic the last answer came at 16.9 s, as in the first measured run."""


FAULTY: dict[str, dict[str, object]] = {
    "psk": {"key": "another"},
    "ike-proposal": {"ike": "aes128-sha256-modp2048"},
    "esp-proposal": {"esp": "3des-md5"},
    "selectors": {"they": 99},
}
"""What the responder is told otherwise."""


@dataclass(frozen=True, slots=True)
class Row:
    """One number: how far `simulated` lies outside what was measured, and how far it may."""

    what: str
    measured: str
    simulated: float
    off: float
    allowed: float

    @property
    def ok(self) -> bool:
        return self.off <= self.allowed


def within(what: str, spread: Spread | tuple[float, float], simulated: float, allowed: float = 0.3) -> Row:
    """Compare with the smallest and the largest that were measured."""
    least, most = spread[0], spread[-1] if len(spread) == 2 else spread[2]
    off = max(least - simulated, simulated - most, 0.0)
    text = " / ".join(f"{value:g}" for value in spread[:3])
    return Row(what, text, simulated, off, allowed)


def intervals(
    what: str, measured: tuple[float, ...], simulated: list[float], allowed: float
) -> Iterator[Row]:
    """Compare lists of times one by one; a missing or surplus one is as wrong as can be."""
    if len(simulated) != len(measured):
        yield Row(
            f"{what}, how many", str(len(measured)), len(simulated), abs(len(simulated) - len(measured)), 0
        )
    for number, (fact, value) in enumerate(zip(measured, simulated, strict=False), 1):
        yield Row(f"{what} {number}", f"{fact:g}", value, abs(value - fact), allowed)


def cut_run(cut: Cut, **changed: object) -> Run:
    """Play the network of the facts with this cut; `changed` overrides gw1's profile."""
    delay_s, timeout_s = cut.dpd
    dpd = {"dpd_delay_s": delay_s, "dpd_timeout_s": timeout_s}
    # A crypto map would begin again with the next packet, which the measured daemon without a trap policy
    # does not: where nothing is to come back, the pings end before they could ask for it.
    pings_s = cut.lasts_s + 200 if cut.back else min(10.0, cut.lasts_s)
    lab = build(
        gw1={**dpd, "dead_peer_action": cut.action, **changed},
        gw2={**dpd, "dead_peer_action": "clear"},
        count=10 if not cut.traffic else round((CUT_S + pings_s) / 0.1),
    )
    faults = [f"{CUT_S} cut gw1:Ethernet0/1", f"{CUT_S + cut.lasts_s} mend gw1:Ethernet0/1"]
    length_s = CUT_S + max(cut.lasts_s + 60, cut.dead.most + 60)
    return lab.run(length_s, faults, fidelity="model")


def cut_rows(name: str, run: Run) -> list[Row]:
    """Return everything that is known about a cut beside what `run` did."""
    cut = CUTS[name]

    def after(at_us: int | None) -> float:
        assert at_us is not None
        return to_s(at_us) - CUT_S

    cut_us = to_us(CUT_S)
    sent = [m for m in run.messages if m.sender == "gw1" and m.at_us > cut_us]
    own = [sa for sa in run.sas if sa.node == "gw1"]
    died = [sa.down_us for sa in own if sa.kind == "ike" and sa.reason == "dpd"]
    asked = [after(m.at_us) for m in sent if m.notify == "R-U-THERE"]
    begun = [after(m.at_us) for m in sent if (m.exchange, m.number) == ("main", 1)]
    # The age of the last news at the cut differs from run to run, so the first question has some play.
    rows = list(intervals("R-U-THERE", cut.asked_s, asked[: len(cut.asked_s)], 1.0))
    gaps = [later - earlier for earlier, later in pairwise(asked)]
    worst = max(gaps, key=lambda gap: abs(gap - cut.dpd[0]))
    rows.append(
        Row(
            f"R-U-THERE, gaps ({len(gaps)}), the worst",
            f"{cut.dpd[0]:g}",
            worst,
            abs(worst - cut.dpd[0]),
            0.05,
        )
    )
    rows.append(within("declared dead", cut.dead, after(died[0] if died else run.until_us)))
    if cut.begins_s:
        measured = tuple(at - cut.begins_s[0] for at in cut.begins_s[1:])
        repeated = [at - begun[0] for at in begun[1:]]
        rows.append(within("Main Mode 1", cut.dead, begun[0] if begun else -1.0))
        rows += intervals("Main Mode 1 repeated", measured, repeated, 0.15)
    else:
        rows.append(Row("Main Mode 1, how many", "0", len(begun), len(begun), 0))
    if cut.back:
        mended_us = cut_us + to_us(cut.lasts_s)
        up = [sa.up_us for sa in own if sa.kind == "esp-out" and (sa.up_us or 0) > mended_us]
        rows.append(within("SA back after mending", cut.back, after(up[0]) - cut.lasts_s if up else 0.0))
    if cut.outage:
        longest = max((o.end_us or run.until_us) - o.start_us for o in run.ledger("ping"))
        rows.append(within("ping outage", cut.outage, to_s(longest)))
    if cut.given_up:
        failed = [sa.down_us for sa in own if sa.kind == "ike" and sa.reason == "failed"]
        rows.append(within("given up for good", cut.given_up, after(failed[0]) if failed else 0.0))
    return rows


def absent(**profile: object) -> list[Row]:
    """An initiator whose messages nobody answers."""
    run = build(gw1=profile, count=1).run(200, ["0 crash gw2"])
    first, *again = [to_s(m.at_us) for m in run.messages if m.sender == "gw1"]
    attempt = next(sa for sa in run.sas if sa.kind == "ike")
    rows = list(intervals("Main Mode 1 repeated", RETRANSMISSIONS_S, [at - first for at in again], 0.1))
    assert attempt.down_us is not None
    return [*rows, within("given up", GIVES_UP, to_s(attempt.down_us) - first)]


def failure(name: str) -> tuple[Run, list[Row]]:
    """A negotiation that cannot succeed, and what is known about it in numbers."""
    fact = FAILURES[name]
    run = build(different=FAULTY[name], count=1).run(200)
    sent = [m for m in run.messages if m.sender == "gw1"]
    rows = [
        Row("messages", str(fact.messages), len(run.messages), abs(len(run.messages) - fact.messages), 0),
    ]
    if fact.retransmissions_s:
        first = next(m for m in sent if m.number == 5)
        again = [to_s(m.at_us - first.at_us) for m in sent if m.retransmission]
        rows += intervals("Main Mode 5 repeated", fact.retransmissions_s, again, 0.1)
    ike = next(sa for sa in run.sas if sa.node == "gw1" and sa.kind == "ike")
    ended_us = run.messages[-1].at_us if fact.phase1_stays else ike.down_us
    assert ended_us is not None
    rows.append(within("the attempt ends", fact.ends, to_s(ended_us) - BEGINS_S))
    return run, rows


def all_rows() -> Iterator[tuple[str, list[Row]]]:
    """Play everything that has numbers."""
    yield "no answer at all", absent()
    for name in FAULTY:
        yield name, failure(name)[1]
    for name, cut in CUTS.items():
        yield name, cut_rows(name, cut_run(cut))
