"""The state machines of IKEv1 as tables: these rows run, are drawn, and are read by students.

How to read them. A machine is in one state; an input either has a row for that state, or is illegal
there and changes nothing. An action is a method of the class that owns the machine (`phase1`, `phase2`,
`dpd`). An action may find that the message it was given is not what it should be (a wrong hash, an
unknown identity); then the row is not taken, and what it found is the next input.

The four phase-1 tables would repeat many rows, so those common to every living SA are added by
`_living`. They share one alphabet of states: a state has the same name, and the same words on a Cisco
device, whoever is in it.

Retransmission is an input like any other: what a device repeats, and that it gives up, is visible in
the table; the *times* are not, they are data of the platform (`profile`).
"""

from __future__ import annotations

from enum import Enum

from ipsec_edu.core.fsm import Table, Transition

__all__ = [
    "AGGRESSIVE_INITIATOR",
    "AGGRESSIVE_RESPONDER",
    "ASA_STATE",
    "DPD",
    "IOS_STATE",
    "MAIN_INITIATOR",
    "MAIN_RESPONDER",
    "QUICK_INITIATOR",
    "QUICK_RESPONDER",
    "TABLES",
    "DpdInput",
    "DpdState",
    "Phase1Input",
    "Phase1State",
    "QuickInput",
    "QuickState",
    "asa_state",
    "ios_state",
]


class Phase1State(Enum):
    """Where an IKE SA stands."""

    START = "start"
    WAIT_MM2 = "offer sent"
    WAIT_MM3 = "offer accepted"
    WAIT_MM4 = "public value sent"
    WAIT_MM5 = "keys derived (responder)"
    WAIT_MM6 = "identity sent"
    WAIT_AM2 = "aggressive offer sent"
    WAIT_AM3 = "aggressive answer sent"
    UP = "up"
    GONE = "gone"


class Phase1Input(Enum):
    """What can happen to an IKE SA."""

    BEGIN = "traffic needs it"
    MM1 = "message 1: SA"
    MM2 = "message 2: SA"
    MM3 = "message 3: KE, nonce"
    MM4 = "message 4: KE, nonce"
    MM5 = "message 5: ID, HASH"
    MM6 = "message 6: ID, HASH"
    AM1 = "aggressive message 1"
    AM2 = "aggressive message 2"
    AM3 = "aggressive message 3"
    DUPLICATE = "the same message again"
    MALFORMED = "malformed message"
    NO_PROPOSAL = "no acceptable proposal"
    NO_KEY = "no pre-shared key"
    BAD_HASH = "wrong HASH"
    BAD_IDENTITY = "wrong identity"
    REFUSED = "peer refuses the offer"
    RETRANSMIT = "no answer yet"
    GIVE_UP = "no answer at all"
    SOFT = "lifetime nearly over"
    EXPIRE = "lifetime over"
    DELETE = "peer deletes"
    DEAD = "peer is dead"
    REPLACED = "peer starts afresh"
    TERMINATE = "orderly end"
    CLEAR = "state erased"


class QuickState(Enum):
    """Where a Quick Mode exchange stands."""

    START = "start"
    WAIT_QM2 = "offer sent"
    WAIT_QM3 = "answer sent"
    DONE = "done"
    GONE = "gone"


class QuickInput(Enum):
    """What can happen to a Quick Mode exchange."""

    BEGIN = "traffic needs it"
    QM1 = "message 1: HASH, SA, nonce"
    QM2 = "message 2: HASH, SA, nonce"
    QM3 = "message 3: HASH"
    DUPLICATE = "the same message again"
    MALFORMED = "malformed message"
    BAD_HASH = "wrong HASH"
    NO_PROPOSAL = "no acceptable proposal"
    NO_SELECTOR = "no entry for this traffic"
    REFUSED = "peer refuses"
    RETRANSMIT = "no answer yet"
    GIVE_UP = "no answer at all"
    END = "the IKE SA is gone"


class DpdState(Enum):
    """What we think of the peer."""

    QUIET = "nothing to worry about"
    PROBING = "asked, no answer yet"
    DEAD = "dead"


class DpdInput(Enum):
    """What can happen to that thought."""

    SILENCE = "silent for too long"
    RETRY = "still silent"
    ACK = "R-U-THERE-ACK"
    HEARD = "anything valid arrives"
    GIVE_UP = "silent to the end"


_S, _I = Phase1State, Phase1Input
_Rows = dict[tuple[Phase1State, Phase1Input], Transition]

_RETRY = "RFC 2408 5.1"
_KEYS = "RFC 2409 5.4"


def _living(rows: _Rows, initiator: bool) -> _Rows:
    """Add the rows that every state of a living SA has."""
    states = {row.next_state for row in rows.values() if isinstance(row.next_state, Phase1State)} - {_S.GONE}
    for state in sorted(states, key=list(_S).index):
        assert isinstance(state, Phase1State)
        rows[state, _I.DUPLICATE] = Transition("repeat_answer", state, _RETRY)
        rows[state, _I.TERMINATE] = Transition("say_goodbye", _S.GONE, "RFC 2408 3.15")
        rows[state, _I.CLEAR] = Transition("forget", _S.GONE, "operator")
        rows[state, _I.REPLACED] = Transition("forget", _S.GONE, "RFC 2407 4.6.3.3")
        if state is _S.UP:
            continue
        rows[state, _I.MALFORMED] = Transition("complain", state, "RFC 2408 5.4")
        rows[state, _I.GIVE_UP] = Transition("fail", _S.GONE, _RETRY)
        rows[state, _I.RETRANSMIT] = Transition("repeat_request", state, _RETRY)
        rows[state, _I.DEAD] = Transition("forget", _S.GONE, "RFC 3706 5.4")
        if initiator:
            rows[state, _I.REFUSED] = Transition("accept_refusal", _S.GONE, "RFC 2408 5.4")
    rows[_S.UP, _I.SOFT] = Transition("renew", _S.UP, "RFC 2409 5.5")
    rows[_S.UP, _I.EXPIRE] = Transition("expire", _S.GONE, "RFC 2409 appendix A")
    rows[_S.UP, _I.DELETE] = Transition("forget", _S.GONE, "RFC 2408 3.15")
    rows[_S.UP, _I.DEAD] = Transition("mourn", _S.GONE, "RFC 3706 5.4")
    return rows


MAIN_INITIATOR = Table[Phase1State, Phase1Input](
    "Main Mode, initiator",
    _living(
        {
            (_S.START, _I.BEGIN): Transition("send_offer", _S.WAIT_MM2, "RFC 2409 5.4"),
            (_S.WAIT_MM2, _I.MM2): Transition("send_public_value", _S.WAIT_MM4, "RFC 2409 5.4"),
            (_S.WAIT_MM2, _I.NO_PROPOSAL): Transition("reject_choice", _S.WAIT_MM2, "RFC 2408 4.2"),
            (_S.WAIT_MM4, _I.MM4): Transition("send_identity", _S.WAIT_MM6, "RFC 2409 5.4, RFC 3947 4"),
            (_S.WAIT_MM6, _I.MM6): Transition("verify_responder", _S.UP, "RFC 2409 5.4"),
            (_S.WAIT_MM6, _I.BAD_HASH): Transition("reject_hash", _S.WAIT_MM6, _KEYS),
            (_S.WAIT_MM6, _I.BAD_IDENTITY): Transition("reject_identity", _S.WAIT_MM6, "RFC 2407 4.6.2"),
        },
        initiator=True,
    ),
    _S.START,
    (_S.GONE,),
)

MAIN_RESPONDER = Table[Phase1State, Phase1Input](
    "Main Mode, responder",
    _living(
        {
            (_S.START, _I.MM1): Transition("answer_offer", _S.WAIT_MM3, "RFC 2409 5.4"),
            (_S.START, _I.NO_PROPOSAL): Transition("refuse_offer", _S.GONE, "RFC 2408 5.4"),
            (_S.START, _I.NO_KEY): Transition("refuse_stranger", _S.GONE, _KEYS),
            (_S.WAIT_MM3, _I.MM3): Transition("answer_public_value", _S.WAIT_MM5, "RFC 2409 5.4"),
            (_S.WAIT_MM3, _I.NO_KEY): Transition("ignore_stranger", _S.WAIT_MM3, _KEYS),
            (_S.WAIT_MM5, _I.MM5): Transition("answer_identity", _S.UP, "RFC 2409 5.4"),
            (_S.WAIT_MM5, _I.BAD_HASH): Transition("reject_hash", _S.WAIT_MM5, _KEYS),
            (_S.WAIT_MM5, _I.BAD_IDENTITY): Transition("reject_identity", _S.WAIT_MM5, "RFC 2407 4.6.2"),
        },
        initiator=False,
    ),
    _S.START,
    (_S.GONE,),
)

AGGRESSIVE_INITIATOR = Table[Phase1State, Phase1Input](
    "Aggressive Mode, initiator",
    _living(
        {
            (_S.START, _I.BEGIN): Transition("send_aggressive", _S.WAIT_AM2, "RFC 2409 5.4"),
            (_S.WAIT_AM2, _I.AM2): Transition("finish_aggressive", _S.UP, "RFC 2409 5.4"),
            (_S.WAIT_AM2, _I.NO_PROPOSAL): Transition("reject_choice", _S.WAIT_AM2, "RFC 2408 4.2"),
            (_S.WAIT_AM2, _I.BAD_HASH): Transition("reject_hash", _S.WAIT_AM2, _KEYS),
            (_S.WAIT_AM2, _I.BAD_IDENTITY): Transition("reject_identity", _S.WAIT_AM2, "RFC 2407 4.6.2"),
        },
        initiator=True,
    ),
    _S.START,
    (_S.GONE,),
)

AGGRESSIVE_RESPONDER = Table[Phase1State, Phase1Input](
    "Aggressive Mode, responder",
    _living(
        {
            (_S.START, _I.AM1): Transition("answer_aggressive", _S.WAIT_AM3, "RFC 2409 5.4"),
            (_S.START, _I.NO_PROPOSAL): Transition("refuse_offer", _S.GONE, "RFC 2408 5.4"),
            (_S.START, _I.NO_KEY): Transition("refuse_stranger", _S.GONE, _KEYS),
            (_S.START, _I.MALFORMED): Transition("fail", _S.GONE, "RFC 2408 5.4"),
            (_S.WAIT_AM3, _I.AM3): Transition("accept_aggressive", _S.UP, "RFC 2409 5.4"),
            (_S.WAIT_AM3, _I.BAD_HASH): Transition("reject_hash", _S.WAIT_AM3, _KEYS),
            (_S.WAIT_AM3, _I.BAD_IDENTITY): Transition("reject_identity", _S.WAIT_AM3, "RFC 2407 4.6.2"),
        },
        initiator=False,
    ),
    _S.START,
    (_S.GONE,),
)

_Q, _J = QuickState, QuickInput
_QUICK = "RFC 2409 5.5"

QUICK_INITIATOR = Table[QuickState, QuickInput](
    "Quick Mode, initiator",
    {
        (_Q.START, _J.BEGIN): Transition("send_offer", _Q.WAIT_QM2, _QUICK),
        (_Q.WAIT_QM2, _J.QM2): Transition("install_and_confirm", _Q.DONE, _QUICK),
        (_Q.WAIT_QM2, _J.BAD_HASH): Transition("reject", _Q.WAIT_QM2, _QUICK),
        (_Q.WAIT_QM2, _J.MALFORMED): Transition("reject", _Q.WAIT_QM2, "RFC 2408 5.4"),
        (_Q.WAIT_QM2, _J.NO_PROPOSAL): Transition("reject", _Q.WAIT_QM2, "RFC 2408 4.2"),
        (_Q.WAIT_QM2, _J.DUPLICATE): Transition("repeat_answer", _Q.WAIT_QM2, _RETRY),
        (_Q.WAIT_QM2, _J.REFUSED): Transition("fail", _Q.GONE, "RFC 2408 5.4"),
        (_Q.WAIT_QM2, _J.RETRANSMIT): Transition("repeat_request", _Q.WAIT_QM2, _RETRY),
        (_Q.WAIT_QM2, _J.GIVE_UP): Transition("fail", _Q.GONE, _RETRY),
        (_Q.WAIT_QM2, _J.END): Transition("abandon", _Q.GONE, _QUICK),
        (_Q.DONE, _J.DUPLICATE): Transition("repeat_answer", _Q.DONE, _RETRY),
        (_Q.DONE, _J.END): Transition("forget", _Q.GONE, _QUICK),
    },
    _Q.START,
    (_Q.GONE,),
)

QUICK_RESPONDER = Table[QuickState, QuickInput](
    "Quick Mode, responder",
    {
        (_Q.START, _J.QM1): Transition("answer_offer", _Q.WAIT_QM3, _QUICK),
        (_Q.START, _J.BAD_HASH): Transition("drop", _Q.GONE, _QUICK),
        (_Q.START, _J.MALFORMED): Transition("drop", _Q.GONE, "RFC 2408 5.4"),
        (_Q.START, _J.NO_PROPOSAL): Transition("refuse_offer", _Q.GONE, "RFC 2408 5.4"),
        (_Q.START, _J.NO_SELECTOR): Transition("refuse_selector", _Q.GONE, "RFC 2407 4.6.2"),
        (_Q.WAIT_QM3, _J.QM3): Transition("install", _Q.DONE, _QUICK),
        (_Q.WAIT_QM3, _J.BAD_HASH): Transition("reject", _Q.WAIT_QM3, _QUICK),
        (_Q.WAIT_QM3, _J.MALFORMED): Transition("reject", _Q.WAIT_QM3, "RFC 2408 5.4"),
        (_Q.WAIT_QM3, _J.DUPLICATE): Transition("repeat_answer", _Q.WAIT_QM3, _RETRY),
        (_Q.WAIT_QM3, _J.RETRANSMIT): Transition("repeat_request", _Q.WAIT_QM3, _RETRY),
        (_Q.WAIT_QM3, _J.GIVE_UP): Transition("fail", _Q.GONE, _RETRY),
        (_Q.WAIT_QM3, _J.END): Transition("abandon", _Q.GONE, _QUICK),
        (_Q.DONE, _J.DUPLICATE): Transition("repeat_answer", _Q.DONE, _RETRY),
        (_Q.DONE, _J.END): Transition("forget", _Q.GONE, _QUICK),
    },
    _Q.START,
    (_Q.GONE,),
)

_D, _K = DpdState, DpdInput

DPD = Table[DpdState, DpdInput](
    "Dead-peer detection",
    {
        (_D.QUIET, _K.SILENCE): Transition("ask", _D.PROBING, "RFC 3706 5.5"),
        (_D.QUIET, _K.HEARD): Transition("wait", _D.QUIET, "RFC 3706 5.4"),
        (_D.PROBING, _K.RETRY): Transition("ask_again", _D.PROBING, "RFC 3706 5.4"),
        (_D.PROBING, _K.ACK): Transition("relax", _D.QUIET, "RFC 3706 5.4"),
        (_D.PROBING, _K.HEARD): Transition("relax", _D.QUIET, "RFC 3706 5.4"),
        (_D.PROBING, _K.GIVE_UP): Transition("declare_dead", _D.DEAD, "RFC 3706 5.4"),
    },
    _D.QUIET,
    (_D.DEAD,),
)

TABLES = (
    MAIN_INITIATOR,
    MAIN_RESPONDER,
    AGGRESSIVE_INITIATOR,
    AGGRESSIVE_RESPONDER,
    QUICK_INITIATOR,
    QUICK_RESPONDER,
    DPD,
)

IOS_STATE = {
    _S.START: "MM_NO_STATE",
    _S.WAIT_MM2: "MM_NO_STATE",
    _S.WAIT_MM3: "MM_SA_SETUP",
    _S.WAIT_MM4: "MM_SA_SETUP",
    _S.WAIT_MM5: "MM_KEY_EXCH",
    _S.WAIT_MM6: "MM_KEY_EXCH",
    _S.WAIT_AM2: "AG_NO_STATE",
    _S.WAIT_AM3: "AG_INIT_EXCH",
    _S.UP: "QM_IDLE",
    _S.GONE: "MM_NO_STATE",
}
"""The state column of IOS ``show crypto isakmp sa``."""

ASA_STATE = {
    _S.START: "MM_START",
    _S.WAIT_MM2: "MM_WAIT_MSG2",
    _S.WAIT_MM3: "MM_WAIT_MSG3",
    _S.WAIT_MM4: "MM_WAIT_MSG4",
    _S.WAIT_MM5: "MM_WAIT_MSG5",
    _S.WAIT_MM6: "MM_WAIT_MSG6",
    _S.WAIT_AM2: "AM_WAIT_MSG2",
    _S.WAIT_AM3: "AM_WAIT_MSG3",
    _S.UP: "MM_ACTIVE",
    _S.GONE: "MM_FREE",
}
"""The State field of ASA ``show crypto ikev1 sa``."""


def ios_state(state: Phase1State, mode: str = "main") -> str:
    """Return IOS's word for `state` of an SA made in `mode`."""
    if state is Phase1State.GONE and mode == "aggressive":
        return "AG_NO_STATE"
    return IOS_STATE[state]


def asa_state(state: Phase1State, mode: str = "main") -> str:
    """Return the ASA's word for `state` of an SA made in `mode`."""
    if mode == "aggressive" and state in (Phase1State.UP, Phase1State.GONE, Phase1State.START):
        return ASA_STATE[state].replace("MM_", "AM_")
    return ASA_STATE[state]
