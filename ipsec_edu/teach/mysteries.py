"""A broken network whose fault the learner must name."""

from __future__ import annotations

import hashlib

from ipsec_edu.teach.answers import Answer
from ipsec_edu.teach.check import Exercise, Verdict, wrong
from ipsec_edu.teach.panel import Panel, table
from ipsec_edu.teach.show import console, marks, messages
from ipsec_edu.teach.sightings import FAULTS, differences, fault_run

__all__ = ["Mystery", "mystery"]


class Mystery:
    """A broken network whose fault is not told; which one depends on who asks.

    Parameters
    ----------
    learner : str
        Any name; the same name gives the same network again.
    """

    def __init__(self, learner: str, number: int = 1) -> None:
        digest = hashlib.sha256(f"{learner}/{number}".encode()).digest()
        hidden = [fault for fault in FAULTS if fault != "lifetimes-differ"]
        self._fault = hidden[int.from_bytes(digest[:4], "big") % len(hidden)]
        self._run = fault_run(self._fault)

    def messages(self) -> Panel:
        """Return the ISAKMP messages."""
        return messages(self._run)

    def show(self, node: str, command: str, at_s: float = 5.0) -> Panel:
        """Return what `node` answers to `command` at `at_s` seconds."""
        return console(self._run, at_s, node, command)

    def pings(self) -> str:
        """Return R1's pings as the router prints them."""
        return marks(self._run, count=20)

    def exercise(self) -> Exercise:
        """Return the question that goes with the network."""
        return Exercise(
            "02.mystery",
            "Which of the fifteen is it?",
            self._judge,
            options=FAULTS,
            hints=(
                "Begin with `pings()` and `messages()`: which message is the last?",
                "Then `show` on both gateways: state, counters, log.",
            ),
        )

    def _judge(self, answer: Answer) -> Verdict:
        """Judge a name; a wrong one learns which sighting speaks against it."""
        if answer == self._fault:
            return Verdict(True, f"It is `{self._fault}`.")
        told = differences(self._fault, str(answer)) if answer in FAULTS else {}
        if not told:
            return wrong("Choose one of the fifteen names.")
        rows = [(f"`{key}`", mine, theirs) for key, (mine, theirs) in list(told.items())[:1]]
        return wrong(
            f"Not `{answer}`: one thing that you can see speaks against it.",
            table(("look at", "here", f"in `{answer}`"), rows),
        )


def mystery(learner: str = "", number: int = 1) -> Mystery:
    """Return a broken network for `learner`; see `Mystery`."""
    return Mystery(learner, number)
