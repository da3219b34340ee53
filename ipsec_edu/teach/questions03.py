"""The questions of lesson 03: who notices a broken link, when, and what that decides."""

from __future__ import annotations

from ipsec_edu.lab import Lab
from ipsec_edu.run import Run
from ipsec_edu.teach.lesson03 import CALLS, HAMMERS, LISTENER, answers_at_gw1
from ipsec_edu.teach.noticing import first_fault_us, gave_up_s, outcome_s, sightings_of
from ipsec_edu.teach.question import Question

__all__ = ["QUESTIONS_03"]

FIRST = ("the routers beside the cut", "the two gateways", "neither: only PC1 sees it")


def _first(run: Run) -> str:
    seen = [one for one in sightings_of(run) if one.kind in ("routing", "carrier", "dpd")]
    return FIRST[2] if not seen else FIRST[1] if seen[0].kind == "dpd" else FIRST[0]


LINES = tuple(CALLS)
NONE_OF_THEM = "none: GW1 cannot tell them apart"


def _line(_: Run) -> str:
    """Return the one command whose answers differ for all three hammers."""
    for words, command in CALLS.items():
        if len(set(answers_at_gw1(command))) == len(HAMMERS):
            return words
    return NONE_OF_THEM


def _given_up(run: Run) -> float:
    return gave_up_s(run, "GW1") or 0.0


PULLED = ("at once: the interface is down", "when dead-peer detection gives up, as before", "never")


def _pulled(run: Run) -> str:
    lost = gave_up_s(run, "GW1")
    ended = [sa.down_us for sa in run.sas if sa.node == "GW1" and sa.down_us is not None]
    if ended and min(ended) - first_fault_us(run) < 1_000_000:
        return PULLED[0]
    return PULLED[2] if lost is None else PULLED[1]


SOONER = ("shorter by about as much as detection takes", "as long as before, or longer")


def _sooner(run: Run) -> str:
    silent = Lab.load("backbone").run(
        until=run.until_us / 1e6,
        faults=[line.replace(" down ", " cut ").replace(" up ", " mend ") for line in run.faults],
    )
    return SOONER[0] if (outcome_s(run) or 1e9) < (outcome_s(silent) or 0) - 5 else SOONER[1]


def _blind(run: Run) -> float:
    return outcome_s(run) or 0.0


SINK = ("about as soon as GW1", "later than GW1, but before the run ends", "not at all")


def _sink(run: Run) -> str:
    one, other = gave_up_s(run, "GW1"), gave_up_s(run, LISTENER)
    if other is None:
        return SINK[2]
    return SINK[1] if one is not None and other > one + 5 else SINK[0]


BROWN = ("routing: it takes the longer path", "dead-peer detection: it builds new SAs", "nobody")


def _brown(run: Run) -> str:
    kinds = {one.kind for one in sightings_of(run)}
    return BROWN[0] if "routing" in kinds else BROWN[1] if "dpd" in kinds else BROWN[2]


QUESTIONS_03: dict[str, Question] = {
    "03.first": Question(
        "A fibre in the middle of the provider's network dies silently. Who finds out **first**?",
        _first,
        FIRST,
        why={
            FIRST[0]: "They are nearest. But OSPF waits for forty seconds without a Hello, by default.",
            FIRST[1]: "They know least, and they ask most often.",
            FIRST[2]: "PC1 sees it first. Somebody has to do something about it, too.",
        },
    ),
    "03.tell": Question(
        "You sit at GW1, ten seconds into the outage. Which line gives you a **different answer for each** "
        "of the three hammers?",
        _line,
        (*LINES, NONE_OF_THEM),
        why={
            LINES[0]: "It prints what GW1 believes, and GW1 believes the same three times.",
            LINES[1]: "GW1 has logged nothing yet; when it does, it is the same line three times.",
            LINES[2]: "GW2 is silent three times; why, it cannot tell you.",
            LINES[3]: "The last router before GW2 answers, is silent, or is known to be unreachable.",
            NONE_OF_THEM: "GW1 can ask somebody nearer to the trouble.",
        },
    ),
    "03.silent": Question(
        "`crypto isakmp keepalive 10 2 periodic`, and GW2's access link is cut silently at 60 s. How many "
        "seconds later does GW1 give GW2 up?",
        _given_up,
        unit="s",
        preset=20,
    ),
    "03.pulled": Question(
        "The plug is pulled out of GW1's **own** outside interface, and the interface goes down at once. "
        "When do GW1's SAs go?",
        _pulled,
        PULLED,
        why={
            PULLED[0]: "The interface tells routing. Nobody tells IKE.",
            PULLED[1]: "IKE speaks with a peer, not with a cable.",
            PULLED[2]: "GW1 goes on asking, even if the question cannot leave.",
        },
    ),
    "03.sooner": Question(
        "Compare the two **outages**: the link is whole again at 100 s in both. With the plug pulled, it is",
        _sooner,
        SOONER,
        why={
            SOONER[0]: "Nothing that IKE does began any earlier.",
            SOONER[1]: "Look at the last seconds: which message was lost although the plug was in again?",
        },
    ),
    "03.crash": Question(
        "ASA2 loses power at 30 s and is back, with the same configuration, at 40 s. A switch lies between, "
        "so ASA1's light stays on. For how many seconds are R1's pings lost?",
        _blind,
        unit="s",
        preset=10,
    ),
    "03.sink": Question(
        "Both gateways ask on demand. PC1 sends, PC2 only listens. The link is cut. When does GW2 notice?",
        _sink,
        SINK,
        why={
            SINK[0]: "GW1 has something to send. What has GW2?",
            SINK[1]: "No timer runs at GW2 that could go off later.",
            SINK[2]: "On demand means: when there is something to send. GW2 never has anything.",
        },
    ),
    "03.brown": Question(
        "No cut this time: the link in the core loses every fifth packet, in each direction. Who does "
        "something about it?",
        _brown,
        BROWN,
        why={
            BROWN[0]: "It would have to miss four Hellos in a row.",
            BROWN[1]: "It would have to miss five answers in a row.",
            BROWN[2]: "Each timer is restarted by the packets that do arrive.",
        },
    ),
}
