"""Lesson 00: the exercise, and the run that it varies; the solution is in docs/teachers.md."""

from __future__ import annotations

from ipsec_edu.core.units import to_s
from ipsec_edu.lab import Lab
from ipsec_edu.run import Run
from ipsec_edu.teach.answers import Answer
from ipsec_edu.teach.check import Exercise, Verdict, number, wrong
from ipsec_edu.teach.show import ledger, outage

__all__ = ["cut_run", "mend_in_time"]

CUT = "ASA1:GigabitEthernet0/1"
CUT_S = 30.0
MEND_S = 60.0


def cut_run(mend_s: float = MEND_S, until_s: float = 90.0) -> Run:
    """Return the run of lesson 00: a silent cut at 30 s, mended at `mend_s`."""
    faults = [f"{CUT_S:g} cut {CUT}", f"{mend_s:g} mend {CUT}"]
    return Lab.load("site-to-site").run(until=until_s, faults=faults)


def _mend(answer: Answer) -> Verdict:
    """Judge a time of mending: it must save an interval of retransmission, and not by haste."""
    mend_s = number(answer)
    if not CUT_S < mend_s < MEND_S:
        return wrong(
            f"The link is cut at {CUT_S:g} s and was mended at {MEND_S:g} s; choose a time between the two."
        )
    run, before = cut_run(mend_s), outage(cut_run(), start_s=CUT_S)
    after = outage(run, start_s=CUT_S)
    saved = (before.duration_s or 0) - (after.duration_s or 0)
    tries = [
        to_s(m.at_us)
        for m in run.messages
        if m.exchange == "main" and m.number == 1 and m.at_us > CUT_S * 1e6
    ]
    proof = ledger(run, start_s=CUT_S)
    if not tries:
        return wrong(
            "No MM1 left ASA1: you mended before dead-peer detection gave up, the SAs survived, and the "
            "outage "
            "is as long as the cut. That saves more, but it is not what a repair crew gets to choose. "
            "Mend later.",
            proof,
        )
    heard = max(tries)
    missed = [t for t in tries if t < mend_s]
    if saved < 1:
        return wrong(
            f"You mended {MEND_S - mend_s:g} s earlier and saved {saved:.3f} s. ASA1 had sent MM1 into "
            "the dead link at "
            f"{max(missed):.3f} s and waits for its next retransmission; that one leaves at {heard:.3f} s "
            "either way.",
            proof,
        )
    if heard - mend_s > 1:
        return wrong(
            f"It saves {saved:.3f} s, but there is time left: the MM1 that gets through leaves only at "
            f"{heard:.3f} s. "
            "Mend as late as you can without missing it.",
            proof,
        )
    return Verdict(
        True, f"Mended at {mend_s:g} s, MM1 leaves at {heard:.3f} s and is heard: {saved:.3f} s saved.", proof
    )


mend_in_time = Exercise(
    "00.mend",
    "The crew is late anyway. Choose the **latest** second at which mending the link still makes the "
    "outage "
    "shorter than it was (within one second).",
    _mend,
    unit="s",
    hints=(
        "Open the ladder or `messages(run)`: what does ASA1 send after it has given up, and how often?",
        "A mend helps if it comes before one of those messages leaves. Which is the last one that was "
        "still lost?",
    ),
)
