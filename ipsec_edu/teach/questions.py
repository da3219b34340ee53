"""The questions that lessons ask before they show anything, each with the way to read its answer off a run.

They live here, not in the notebooks, so that neither the answer nor what speaks against a wrong one
stands in the cell that asks.
"""

from __future__ import annotations

from ipsec_edu.core.errors import ScenarioError
from ipsec_edu.lab import Lab
from ipsec_edu.run import Run
from ipsec_edu.teach.answers import AnswerBook
from ipsec_edu.teach.keying import BOTH, ingredients
from ipsec_edu.teach.lesson00 import CUT_S, cut_run
from ipsec_edu.teach.predict import Prediction
from ipsec_edu.teach.predict_path import predict_path
from ipsec_edu.teach.question import Question
from ipsec_edu.teach.questions01 import QUESTIONS_01
from ipsec_edu.teach.questions03 import QUESTIONS_03
from ipsec_edu.teach.questions04 import QUESTIONS_04
from ipsec_edu.teach.questions05 import QUESTIONS_05
from ipsec_edu.teach.questions06 import QUESTIONS_06
from ipsec_edu.teach.show import marks, name_of, outage
from ipsec_edu.teach.sightings import FAULTS, observe

__all__ = ["QUESTIONS", "Question", "ask"]


# --- lesson 00 -----------------------------------------------------------------------------


def _outage_s(run: Run) -> float:
    return outage(run, start_s=CUT_S).duration_s or 0.0


EARLIER = ("about five seconds shorter", "more than five seconds shorter", "exactly as long")


def _saved(run: Run) -> str:
    saved = _outage_s(cut_run()) - _outage_s(run)
    return EARLIER[2] if abs(saved) < 0.5 else EARLIER[1] if saved > 5.5 else EARLIER[0]


BELIEF = ("MM_ACTIVE, as if nothing had happened", "no SA at all", "a state that says it is waiting")


def _belief(run: Run) -> str:
    sas = run.at(41).device("ASA1").ike_sas
    return BELIEF[1] if not sas else BELIEF[0] if sas[0].up else BELIEF[2]


PATIENCE = ("longer, by about 20 s", "as long as before", "shorter")


def _patience(run: Run) -> str:
    more = _outage_s(run) - _outage_s(cut_run())
    return PATIENCE[1] if abs(more) < 0.5 else PATIENCE[0] if more > 0 else PATIENCE[2]


# --- lesson 02 -----------------------------------------------------------------------------


def _negotiation(run: Run) -> float:
    return float(sum(m.exchange in ("main", "quick") and not m.retransmission for m in run.messages))


def _first_encrypted(run: Run) -> str:
    return next(name_of(message) for message in run.messages if message.encrypted)


RECORDED = (
    "yes: the pre-shared key is the key",
    "yes: everything else crossed the wire",
    "no: an ingredient is missing",
)


def _recorded(run: Run) -> str:
    hidden = [name for name, _, _, who in ingredients(run) if who == BOTH]
    return RECORDED[2] if hidden else RECORDED[1]


SPI = ("outbound there too", "inbound", "nowhere: each side numbers its own")


def _spi(run: Run) -> str:
    out = next(sa.id for sa in run.sas if sa.node == "ASA1" and sa.kind == "esp-out")
    there = [sa.kind for sa in run.sas if sa.node == "ASA2" and sa.id == out]
    return SPI[2] if not there else SPI[0] if there[0] == "esp-out" else SPI[1]


def _lost_to_rekeying(run: Run) -> float:
    return float(marks(run, count=None)[1:].count("."))


TWINS = {
    "the keys differ": "psk-mismatch",
    "ASA2 does not listen": "ikev1-not-enabled",
    "the transform sets differ": "transform-set",
}
NO_TWIN = "none of them"


def _twin(_: Run) -> str:
    def states(name: str) -> list[str]:
        return [observe(name)[gateway] for gateway in ("ASA1", "ASA2")]

    wanted = states("udp-4500-blocked")
    return next((words for words, name in TWINS.items() if states(name) == wanted), NO_TWIN)


def _leaks(_: Run) -> float:
    return float(sum(observe(name)["in clear"] == "yes" for name in FAULTS))


PFS = ("R1, behind ASA1", "R2, behind ASA2", "either", "neither can")


def _who_begins(_: Run) -> str:
    seen = observe("pfs-one-side")
    ways = (seen["pings"] != "all lost", seen["other way"] == "comes up")
    return {(True, False): PFS[0], (False, True): PFS[1], (True, True): PFS[2]}.get(ways, PFS[3])


QUESTIONS: dict[str, Question] = {
    "00.outage": Question("For how many seconds are R1's pings lost?", _outage_s, unit="s", preset=30),
    "00.earlier": Question(
        "Mended at 55 s instead of 60 s, the outage is ...",
        _saved,
        EARLIER,
        why={
            EARLIER[0]: "Something must happen in the time that is saved. Nothing did.",
            EARLIER[1]: "The ledger moves in steps, and this was too small for one.",
            EARLIER[2]: "ASA1 had its next try planned, and did not know of the crew.",
        },
    ),
    "00.belief": Question(
        "What does ASA1 print in the middle of the cut?",
        _belief,
        BELIEF,
        why={
            BELIEF[0]: "Nobody has told it anything else yet.",
            BELIEF[1]: "It deletes its SAs when it gives its peer up, and it has not yet.",
            BELIEF[2]: "It waits for an answer, but shows that nowhere: the SA is up until it is given up.",
        },
    ),
    "00.patience": Question(
        "With threshold 30 on both firewalls, and the same cut, the outage is ...",
        _patience,
        PATIENCE,
        why={
            PATIENCE[0]: "Detection would take longer. It did not come to that.",
            PATIENCE[1]: "Look at the SAs of the two runs.",
            PATIENCE[2]: "The fibre came back before anybody gave up, and the old SAs went on.",
        },
    ),
    **QUESTIONS_01,
    "02.messages": Question(
        "How many messages do the firewalls exchange before ASA1 can encrypt a ping?",
        _negotiation,
        unit="messages",
        preset=4,
    ),
    "02.clear": Question(
        "Which is the first message that the stranger cannot read?",
        _first_encrypted,
        ("MM1", "MM3", "MM5", "QM1"),
        why={
            "MM1": "Nothing is agreed yet, so there is nothing to encrypt with.",
            "MM3": "MM3 carries what the key will be made of; the key comes after it.",
            "MM5": "Both have the other's value by then, so both have the key.",
            "QM1": "Quick Mode is encrypted too, but it is not the first.",
        },
    ),
    "02.recorded": Question(
        "With the recording and the pre-shared key, can he decrypt yesterday's pings?",
        _recorded,
        RECORDED,
        why={
            RECORDED[0]: "It is one ingredient of SKEYID, and it encrypts nothing by itself.",
            RECORDED[1]: "Look for the row that says what never crosses the wire.",
            RECORDED[2]: "It is the one that never crosses the wire.",
        },
    ),
    "02.spi": Question(
        "ASA1's **outbound** SPI: where do you find the same number on ASA2?",
        _spi,
        SPI,
        why={
            SPI[0]: "An SA has one direction: what leaves here arrives there.",
            SPI[1]: "One SA, two ends: what leaves here arrives there.",
            SPI[2]: "The number travels in each packet, and the receiver must know it.",
        },
    ),
    "02.rekey": Question(
        "How many pings are lost to changes of keys in this run (the very first ping not counted)?",
        _lost_to_rekeying,
        unit="pings",
        preset=3,
    ),
    "02.twins": Question(
        "A filter on the path drops UDP 4500. Which of these networks shows the same two states?",
        _twin,
        (*TWINS, NO_TWIN),
        why={
            "the keys differ": "Both times the answer to MM5 is missing, for different reasons.",
            "ASA2 does not listen": "Then MM1 finds nobody, and ASA1 waits for MM2.",
            "the transform sets differ": "They are talked about in Quick Mode, when phase 1 is complete.",
            NO_TWIN: "Compare the columns ASA1 and ASA2.",
        },
    ),
    "02.leak": Question(
        "In how many of the fifteen networks do R1's pings leave ASA1 towards the Internet in clear?",
        _leaks,
        unit="networks",
    ),
    "02.pfs-way": Question(
        "Who must send the first packet, so that this tunnel comes up?",
        _who_begins,
        PFS,
        why={
            PFS[0]: "ASA1 offers what ASA2 will not take.",
            PFS[1]: "ASA2 offers more than ASA1 asks for, and ASA1 takes it.",
            PFS[2]: "Try both ways: the table did.",
            PFS[3]: "One of the two offers is good enough for its receiver.",
        },
    ),
    **QUESTIONS_05,
    **QUESTIONS_06,
    **QUESTIONS_03,
    **QUESTIONS_04,
}


def ask(key: str, *, answers: AnswerBook | None = None) -> Prediction:
    """Return the question `key` as a prediction (ScenarioError where there is none)."""
    if key not in QUESTIONS:
        raise ScenarioError(f"there is no question {key!r}; there are {', '.join(QUESTIONS)}")
    question = QUESTIONS[key]
    if question.lab:

        def way(run: Run) -> list[str]:
            return str(question.truth(run)).split(" > ")

        lab, preset = Lab.load(question.lab), str(question.preset)
        return predict_path(key, question.text, lab, preset=preset, judge=way, answers=answers)
    return Prediction(
        key,
        question.text,
        options=question.options,
        unit=question.unit,
        preset=None if question.options else question.preset,
        why=question.why,
        judge=question.truth,
        answers=answers,
    )
