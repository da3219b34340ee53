"""State machines as data: one flat table drives the code, the diagram and the reader's table.

A machine is ``{(state, input): Transition(action, next state, source)}``. An input that a
state does not expect changes nothing and is reported; it never raises (a peer, or a
student, may send anything).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from html import escape
from typing import Generic, NamedTuple, TypeVar

__all__ = ["Table", "Transition"]

S = TypeVar("S", bound=Enum)
I = TypeVar("I", bound=Enum)  # noqa: E741 - the input alphabet


class Transition(NamedTuple):
    """What happens on one input: an action's name, the next state, where it is written."""

    action: str
    next_state: Enum
    source: str


class Table(Generic[S, I]):
    """A named transition table.

    Parameters
    ----------
    name : str
        The machine's name (``IKE phase 1, initiator``).
    rows : mapping
        ``(state, input) -> Transition``.
    initial, final : state, tuple of states
        Where the machine starts; where it may rest for good.
    """

    def __init__(
        self, name: str, rows: Mapping[tuple[S, I], Transition], initial: S, final: tuple[S, ...] = ()
    ) -> None:
        self.name = name
        self.rows = dict(rows)
        self.initial = initial
        self.final = final

    def get(self, state: S, symbol: I) -> Transition | None:
        """Return the row for `symbol` in `state`, or None where the input is illegal."""
        return self.rows.get((state, symbol))

    def states(self) -> list[Enum]:
        """Return every state that a row names, in order of appearance."""
        seen: dict[Enum, None] = {self.initial: None}
        for (state, _), row in self.rows.items():
            seen[state] = None
            seen[row.next_state] = None
        return list(seen)

    def check(self) -> list[str]:
        """Return what is wrong with the table: unreachable states, dead ends, rows without source."""
        problems = [
            f"{state.name}/{symbol.name}: no source"
            for (state, symbol), row in self.rows.items()
            if not row.source
        ]
        reached: set[Enum] = {self.initial}
        grown = True
        while grown:
            following = {row.next_state for (state, _), row in self.rows.items() if state in reached}
            grown = not following <= reached
            reached |= following
        exits = {state for (state, _), row in self.rows.items() if row.next_state is not state}
        for state in self.states():
            if state not in reached:
                problems.append(f"{state.name}: cannot be reached")
            if state not in exits and state not in self.final:
                problems.append(f"{state.name}: no way out")
        return problems

    def to_dot(self) -> str:
        """Return the diagram in Graphviz's language."""
        lines = [f'digraph "{self.name}" {{', "  rankdir=LR;"]
        for (state, symbol), row in self.rows.items():
            lines.append(f'  "{state.value}" -> "{row.next_state.value}" [label="{symbol.value}"];')
        return "\n".join([*lines, "}"])

    def to_html(self, current: Enum | None = None) -> str:
        """Return the table as HTML; rows of the `current` state are marked."""
        body = []
        for (state, symbol), row in self.rows.items():
            mark = ' class="now" aria-current="true"' if state is current else ""
            cells = (
                state.value,
                symbol.value,
                row.action.replace("_", " "),
                row.next_state.value,
                row.source,
            )
            body.append(f"<tr{mark}>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in cells) + "</tr>")
        head = "".join(f"<th>{name}</th>" for name in ("state", "input", "action", "next state", "source"))
        caption = f"<caption>{escape(self.name)}</caption>"
        return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>"
