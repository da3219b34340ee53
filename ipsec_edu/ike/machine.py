"""What runs a table: look the input up, do the row's action, go to the row's next state."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from ipsec_edu.core.fsm import Table
from ipsec_edu.ike.events import Stepped

if TYPE_CHECKING:
    from ipsec_edu.ike.core import IkeCore

__all__ = ["Machine"]

S = TypeVar("S", bound=Enum)
I = TypeVar("I", bound=Enum)  # noqa: E741 - the input alphabet


class Machine(Generic[S, I]):
    """A state machine whose actions are methods of the subclass, named by the table.

    An action returns None, or an input: what it found instead of what the row expects (a wrong hash).
    Then the row is not taken and that input is fed, in the same state. After a change of state `entered`
    is called.
    """

    __slots__ = ("core", "state", "table")

    def __init__(self, core: IkeCore, table: Table[S, I]) -> None:
        self.core = core
        self.table = table
        self.state = table.initial

    def label(self) -> str:
        """Return the name of the SA or exchange, for the trace."""
        raise NotImplementedError

    def entered(self, symbol: I, now_us: int) -> None:
        """Do what belongs to being in the new state."""

    def step(self, symbol: I, now_us: int) -> bool:
        """Feed one input; tell whether the table knows it here."""
        before, row = self.state, self.table.get(self.state, symbol)
        events = self.core.events
        if row is None:
            events.append(
                Stepped(self.table.name, self.label(), before.name, symbol.name, "", before.name, False, "")
            )
            return False
        mark = len(events)
        action = cast("Callable[[int], I | None]", getattr(self, row.action))
        found = action(now_us)
        if found is not None:
            return self.step(found, now_us)
        self.state = cast(S, row.next_state)
        step = Stepped(
            self.table.name,
            self.label(),
            before.name,
            symbol.name,
            row.action,
            row.next_state.name,
            True,
            row.source,
        )
        events.insert(mark, step)
        if row.next_state is not before:
            self.entered(symbol, now_us)
        return True
