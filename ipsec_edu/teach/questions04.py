"""The questions of lesson 04: what the loss of one of two access links costs, in each design."""

from __future__ import annotations

from ipsec_edu.run import Run
from ipsec_edu.teach.lesson04 import CUT_S, LINK_2, forms_on
from ipsec_edu.teach.noticing import first_fault_us, negotiation, outcome_s
from ipsec_edu.teach.predict_path import path_taken
from ipsec_edu.teach.question import Question

__all__ = ["QUESTIONS_04"]

LATER_S = 70.0
"""When routing has settled after the cut at 60 s."""


def _negotiated(run: Run) -> float:
    return float(negotiation(run, first_fault_us(run) / 1e6))


def _way(run: Run) -> str:
    return " > ".join(path_taken(run, "PC1>PC2", LATER_S))


SPIS = ("the same pair under both", "a pair of its own under each", "a pair under link 1, none under link 2")


def _spis(run: Run) -> str:
    flows = run.at(CUT_S - 1).device("HUB").flows
    pairs = [{sa.spi for sa in flow.inbound + flow.outbound} for flow in flows]
    if len(pairs) < 2 or not all(pairs):
        return SPIS[2]
    return SPIS[0] if pairs[0] == pairs[1] else SPIS[1]


MAPS = ("about as long as with two identities", "until link 1 is mended, and a little longer", "not at all")


def _maps(run: Run) -> str:
    seconds = outcome_s(run)
    if seconds is None or seconds >= 60:
        return MAPS[1]
    return MAPS[2] if seconds < 5 else MAPS[0]


LEAK = (
    "HUB drops them: no crypto map, no SA",
    "by link 2 in ESP: the SAs belong to the loopback",
    "by link 2 in clear",
)


def _leak(run: Run) -> str:
    forms = forms_on(run, LINK_2, LATER_S)
    return LEAK[2] if "clear" in forms else LEAK[1] if "esp" in forms else LEAK[0]


QUESTIONS_04: dict[str, Question] = {
    "04.messages": Question(
        "Link 1 is cut silently at 60 s. How many messages of Main and Quick Mode follow?",
        _negotiated,
        unit="messages",
        preset=9,
    ),
    "04.way": Question(
        "And by which way goes the ping that PC1 sends ten seconds after the cut?",
        _way,
        preset="PC1 > SPOKE > P3 > P1 > HUB > PC2",
        lab="access-links",
    ),
    "04.spis": Question(
        "All is well. `show crypto ipsec sa` on HUB has a paragraph for each of the two interfaces. What "
        "stands there?",
        _spis,
        SPIS,
        why={
            SPIS[0]: "One identity, one piece of the database, two doors.",
            SPIS[1]: "That is so where each interface is an identity of its own.",
            SPIS[2]: "Link 2 carries nothing now. But the SAs are not link 1's.",
        },
    ),
    "04.identities": Question(
        "The same cut. How many messages of Main and Quick Mode follow now?",
        _negotiated,
        unit="messages",
        preset=18,
    ),
    "04.maps": Question(
        "HUB has two links and a crypto map on both. SPOKE was never told of the second address. Link 1 is "
        "cut at 60 s and mended at 140 s. How long are the pings out?",
        _maps,
        MAPS,
        why={
            MAPS[0]: "The next peer in the list would help. There is none in the list.",
            MAPS[1]: "SPOKE calls the one address that it knows.",
            MAPS[2]: "Only one address of HUB is known, and it is the dead link's.",
        },
    ),
    "04.leak": Question(
        "A colleague installed link 2 and forgot `crypto map VPN` there. Link 1 dies. How do PC2's answers "
        "leave HUB?",
        _leak,
        LEAK,
        why={
            LEAK[
                0
            ]: "A router without a crypto map forwards. It has a route, and no reason to drop anything.",
            LEAK[
                1
            ]: "The SAs do. But who would hand them a packet? That is the map's job, where packets leave.",
            LEAK[2]: "The route leads there, and nothing on that interface says *protect*.",
        },
    ),
    "04.slow": Question(
        "One identity again, but the provider runs OSPF with its defaults, 10 and 40 s. The same cut. How "
        "many messages of Main and Quick Mode follow?",
        _negotiated,
        unit="messages",
        preset=0,
    ),
}
