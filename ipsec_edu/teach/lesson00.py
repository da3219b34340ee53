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


def _first_messages(run: Run) -> list[float]:
    """Return when ASA1 sent MM1 after the cut, first time and again, in seconds."""
    after = [m for m in run.messages if m.exchange == "main" and m.number == 1 and to_s(m.at_us) > CUT_S]
    return [to_s(message.at_us) for message in after]


def _mend(answer: Answer) -> Verdict:
    """Judge a time of mending: it must save an interval of retransmission, and not by haste."""
    mend_s = number(answer)
    if not CUT_S < mend_s < MEND_S:
        return wrong(f"Cut at {CUT_S:g} s, mended at {MEND_S:g} s; choose a time between the two.")
    first, run = cut_run(), cut_run(mend_s)
    saved_s = (outage(first, start_s=CUT_S).duration_s or 0) - (outage(run, start_s=CUT_S).duration_s or 0)
    proof = ledger(run, start_s=CUT_S)
    tries = _first_messages(run)
    if not tries:
        return wrong(
            "No MM1 left ASA1: you mended before dead-peer detection gave up, so the SAs survived and the "
            "outage is as long as the cut. That saves more, but a later time saves something too.",
            proof,
        )
    last_lost_s = max(at_s for at_s in _first_messages(first) if at_s < MEND_S)
    if mend_s > last_lost_s:
        return wrong(
            f"You mended {MEND_S - mend_s:g} s earlier and saved {saved_s:.3f} s. ASA1 had sent MM1 into the "
            f"dead link at {last_lost_s:.3f} s; its next try leaves at {max(tries):.3f} s either way.",
            proof,
        )
    if last_lost_s - mend_s > 1:
        return wrong(
            f"It saves {saved_s:.3f} s, but there is time left: of the tries that were lost at first, "
            "a later one could still be caught.",
            proof,
        )
    done = f"Mended at {mend_s:g} s, MM1 leaves at {max(tries):.3f} s and is heard: {saved_s:.3f} s saved."
    return Verdict(True, done, proof)


mend_in_time = Exercise(
    "00.mend",
    "The crew is late anyway. Choose the **latest** time, to the second, at which mending the link still "
    "makes the outage shorter than it was.",
    _mend,
    unit="s",
    hints=(
        "Look at `teach.messages(run)`: what does ASA1 send after it has given up, and how often?",
        "Mending helps if it comes before one of those messages. Which is the last one that was lost?",
    ),
)
