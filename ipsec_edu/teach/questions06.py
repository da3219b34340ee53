"""The questions of lesson 06, each with the way to read its answer off a run."""

from __future__ import annotations

from ipsec_edu.run import Run
from ipsec_edu.teach.question import Question
from ipsec_edu.teach.wayback import clear_answers, pairs_up, replayed

__all__ = ["QUESTIONS_06"]

KEY = (
    "everything works: it was the key",
    "phase 1 comes up, and the answers are still dropped",
    "nothing changes: the spoke still refuses MM1",
)


def _with_key(run: Run) -> str:
    up = [sa for sa in run.sas if sa.node == "HUB-A" and sa.kind == "ike" and sa.up_us is not None]
    if len(up) < 2:
        return KEY[2]
    return KEY[0] if pairs_up(run) > 1 else KEY[1]


PAIR = (
    "the first: it is the pair that it built itself",
    "the second: it came up last",
    "both, packet by packet",
)


def _pair(run: Run) -> str:
    out = [int(sa.id, 16) for sa in run.sas if (sa.node, sa.kind) == ("SPOKE-A", "esp-out")]
    last = run.until_us - 5_000_000
    used = {
        hop.spi
        for hop in run.trace.hops
        if hop.sender == "SPOKE-A:Ethernet0/1" and hop.kind == "esp" and hop.left_us > last
    }
    return PAIR[2] if len(used) > 1 else PAIR[0] if used == {out[0]} else PAIR[1]


LEAK = (
    "nothing: without a map nothing may leave",
    "ESP: the SAs are there, and are used",
    "PC2's answers, in clear",
)


def _leak(run: Run) -> str:
    left = {hop.kind for hop in run.trace.hops if hop.sender == "HUB-A:Ethernet0/1" and hop.answer}
    return LEAK[2] if clear_answers(run) else LEAK[1] if left else LEAK[0]


def _more(run: Run) -> float:
    return float(pairs_up(run, "HUB") - 1)


QUESTIONS_06: dict[str, Question] = {
    "06.key": Question(
        "You type the key for the hub's second address into SPOKE-A. What happens?",
        _with_key,
        KEY,
        why={
            KEY[0]: "It was **a** key. Look at the last message that is new.",
            KEY[1]: "A key says who may speak. Which traffic with whom is another line.",
            KEY[2]: "Main Mode picks the key by the sender's address, and now there is one.",
        },
    ),
    "06.pair": Question(
        "Two pairs of SAs fit PC1's pings. On which pair does SPOKE-A send them?",
        _pair,
        PAIR,
        why={
            PAIR[0]: "Compare `current_peer` before and after.",
            PAIR[1]: "Nobody moved the way there. The SA moved it.",
            PAIR[2]: "A map entry has one current peer.",
        },
    ),
    "06.leak": Question(
        "A stranger listens on the hub's second link. What does he see of PC2's answers?",
        _leak,
        LEAK,
        why={
            LEAK[0]: "A missing map forbids nothing. It protects nothing.",
            LEAK[1]: "They belong to the other interface, and nobody asks there.",
            LEAK[2]: "The route chose the door. At this door stands nobody who encrypts.",
        },
    ),
    "06.more": Question(
        "How many pairs of SAs are there **more** than with both ways on one link?",
        _more,
        unit="pairs",
        preset=1,
    ),
    "06.overtaken": Question(
        "How many packets does GW2 refuse as replays when the traffic returns to the short path?",
        lambda run: float(replayed(run)),
        unit="packets",
        preset=0,
    ),
}
