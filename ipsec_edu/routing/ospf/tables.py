"""The state machines of OSPF as tables: these rows run, are drawn, and are read by students.

An action is a method of the class that owns the machine (`interface`, `neighbor`). It is done in the
row's next state and may return what it found (who won an election, whether an adjacency is wanted); that is
the next input. So a row of RFC 2328 that "depends upon the action routine" is two rows here.

State Attempt and event Start belong to non-broadcast networks, which are not modelled.
"""

from __future__ import annotations

from enum import Enum

from ipsec_edu.core.fsm import Table, Transition

__all__ = [
    "INTERFACE",
    "NEIGHBOR",
    "TABLES",
    "InterfaceInput",
    "InterfaceState",
    "NeighborInput",
    "NeighborState",
]


class InterfaceState(Enum):
    """Where an interface stands (RFC 2328, 9.1)."""

    DOWN = "Down"
    LOOPBACK = "Loopback"
    WAITING = "Waiting"
    POINT_TO_POINT = "Point-to-point"
    DROTHER = "DR Other"
    BACKUP = "Backup"
    DR = "DR"


class InterfaceInput(Enum):
    """What can happen to an interface (RFC 2328, 9.2)."""

    UP_POINT_TO_POINT = "InterfaceUp, point-to-point"
    UP_BROADCAST = "InterfaceUp, broadcast"
    UP_INELIGIBLE = "InterfaceUp, priority 0"
    UP_LOOPBACK = "InterfaceUp, loopback"
    WAIT_TIMER = "WaitTimer"
    BACKUP_SEEN = "BackupSeen"
    NEIGHBOR_CHANGE = "NeighborChange"
    ELECTED_DR = "elected designated router"
    ELECTED_BACKUP = "elected backup"
    ELECTED_OTHER = "not elected"
    INTERFACE_DOWN = "InterfaceDown"


class NeighborState(Enum):
    """Where a conversation with a neighbour stands (RFC 2328, 10.1)."""

    DOWN = "Down"
    INIT = "Init"
    TWO_WAY = "2-Way"
    EXSTART = "ExStart"
    EXCHANGE = "Exchange"
    LOADING = "Loading"
    FULL = "Full"

    @property
    def rank(self) -> int:
        """Position on the way from Down to Full."""
        return _RANK[self]


_RANK = {state: rank for rank, state in enumerate(NeighborState)}


class NeighborInput(Enum):
    """What can happen to a neighbour (RFC 2328, 10.2), in the words of a router's log."""

    HELLO_RECEIVED = "Hello Received"
    TWO_WAY_RECEIVED = "2-Way Received"
    ONE_WAY_RECEIVED = "1-Way"
    ADJ_OK = "AdjOK?"
    ADJACENCY_WANTED = "AdjOK, adjacency wanted"
    ADJACENCY_UNWANTED = "AdjOK, no adjacency wanted"
    NEGOTIATION_DONE = "Negotiation Done"
    EXCHANGE_DONE = "Exchange Done"
    LOADING_DONE = "Loading Done"
    SEQ_NUMBER_MISMATCH = "SeqNumberMismatch"
    BAD_LS_REQ = "BadLSReq"
    INACTIVITY_TIMER = "Dead timer expired"
    KILL_NBR = "KillNbr"
    LL_DOWN = "Interface down or detached"


def _interface_rows() -> dict[tuple[InterfaceState, InterfaceInput], Transition]:
    state, given = InterfaceState, InterfaceInput
    events, actions = "RFC 2328 9.3", "RFC 2328 9.4"
    rows = {
        (state.DOWN, given.UP_POINT_TO_POINT): Transition("start_hellos", state.POINT_TO_POINT, events),
        (state.DOWN, given.UP_BROADCAST): Transition("start_waiting", state.WAITING, events),
        (state.DOWN, given.UP_INELIGIBLE): Transition("start_hellos", state.DROTHER, events),
        (state.DOWN, given.UP_LOOPBACK): Transition("announce_host", state.LOOPBACK, events),
        (state.WAITING, given.BACKUP_SEEN): Transition("elect", state.WAITING, events),
        (state.WAITING, given.WAIT_TIMER): Transition("elect", state.WAITING, events),
    }
    elected = {
        given.ELECTED_DR: state.DR,
        given.ELECTED_BACKUP: state.BACKUP,
        given.ELECTED_OTHER: state.DROTHER,
    }
    for before in (state.WAITING, *elected.values()):
        for symbol, after in elected.items():
            if before is not after:
                rows[before, symbol] = Transition("take_office", after, actions)
        if before is not state.WAITING:
            rows[before, given.NEIGHBOR_CHANGE] = Transition("elect", before, events)
    for before in state:
        rows[before, given.INTERFACE_DOWN] = Transition("reset", state.DOWN, events)
    return rows


def _neighbor_rows() -> dict[tuple[NeighborState, NeighborInput], Transition]:
    state, given = NeighborState, NeighborInput
    source = "RFC 2328 10.3"
    rows = {
        (state.DOWN, given.HELLO_RECEIVED): Transition("start_inactivity", state.INIT, source),
        (state.INIT, given.TWO_WAY_RECEIVED): Transition("judge_adjacency", state.TWO_WAY, source),
        (state.INIT, given.ONE_WAY_RECEIVED): Transition("stay", state.INIT, source),
        (state.TWO_WAY, given.ADJACENCY_WANTED): Transition("begin_exchange", state.EXSTART, "RFC 2328 10.4"),
        (state.EXSTART, given.NEGOTIATION_DONE): Transition("list_database", state.EXCHANGE, source),
        (state.EXCHANGE, given.EXCHANGE_DONE): Transition("begin_loading", state.LOADING, source),
        (state.LOADING, given.LOADING_DONE): Transition("complete", state.FULL, source),
    }
    for before in list(state)[1:]:
        rows[before, given.HELLO_RECEIVED] = Transition("stay", before, source)
        for symbol in (given.INACTIVITY_TIMER, given.KILL_NBR, given.LL_DOWN):
            rows[before, symbol] = Transition("forget", state.DOWN, source)
        if before.rank >= state.TWO_WAY.rank:
            rows[before, given.TWO_WAY_RECEIVED] = Transition("stay", before, source)
            rows[before, given.ONE_WAY_RECEIVED] = Transition("clear_lists", state.INIT, source)
            rows[before, given.ADJ_OK] = Transition("judge_adjacency", before, source)
        if before.rank >= state.EXSTART.rank:
            rows[before, given.ADJACENCY_UNWANTED] = Transition("clear_lists", state.TWO_WAY, "RFC 2328 10.4")
        if before.rank >= state.EXCHANGE.rank:
            for symbol in (given.SEQ_NUMBER_MISMATCH, given.BAD_LS_REQ):
                rows[before, symbol] = Transition("begin_exchange", state.EXSTART, source)
    return rows


INTERFACE = Table[InterfaceState, InterfaceInput](
    "OSPF interface", _interface_rows(), InterfaceState.DOWN, (InterfaceState.DOWN,)
)
NEIGHBOR = Table[NeighborState, NeighborInput](
    "OSPF neighbour", _neighbor_rows(), NeighborState.DOWN, (NeighborState.DOWN,)
)
TABLES = (INTERFACE, NEIGHBOR)
"""Every machine of OSPF, for drawing and checking."""
