"""State machines for readers: the tables that run, and the words of both gateways along a negotiation."""

from __future__ import annotations

from typing import Any

from ipsec_edu.core.fsm import Table
from ipsec_edu.core.units import to_s
from ipsec_edu.ike.tables import Phase1State, asa_state
from ipsec_edu.run import Run
from ipsec_edu.teach.panel import Panel, table
from ipsec_edu.teach.show import name_of

__all__ = ["machine", "states"]

NEGOTIATION = ("main", "aggressive")


def machine(of: Table[Any, Any], *, everything: bool = False) -> Panel:
    """Return a state machine as a table, with the ASA's word for each state.

    Parameters
    ----------
    of : Table
        One of `ike.tables`.
    everything : bool
        Also the rows that change no state and those that end it from anywhere (retransmit,
        malformed, give up ...).
    """
    ends = {state for state in of.states() if state in of.final}
    rows = [
        (_words(state), symbol.value, row.action.replace("_", " "), _words(row.next_state), row.source)
        for (state, symbol), row in of.rows.items()
        if everything or (row.next_state is not state and row.next_state not in ends)
    ]
    return table(("state", "input", "action", "next state", "written in"), rows, f"**{of.name}**")


def _words(state: Any) -> str:
    """Return a state's name, and what an ASA prints for it."""
    if not isinstance(state, Phase1State):
        return str(state.value)
    if state in (Phase1State.START, Phase1State.GONE):
        return str(state.value)  # there is no SA that a device could show
    return f"{state.value} (`{asa_state(state)}`)"


def states(run: Run, gateways: tuple[str, str] = ("ASA1", "ASA2")) -> Panel:
    """Return each gateway's word for phase 1 after every message of the first negotiation that arrived."""
    arrived = [m for m in run.messages if m.exchange in NEGOTIATION and m.arrived_us is not None]
    cookie = arrived[0].cookies[0] if arrived else b""
    rows = []
    for message in arrived:
        if message.cookies[0] == cookie:
            at_s = to_s(message.arrived_us or 0)
            moment = run.at(at_s)
            words = (next((sa.state for sa in moment.device(node).ike_sas), "no SA") for node in gateways)
            rows.append((f"{at_s:.3f}", name_of(message), *(f"`{word}`" for word in words)))
    return table(("t (s)", "has arrived", *gateways), rows)
