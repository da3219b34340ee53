"""What runs a table: look the input up, go to the row's next state, do the row's action there."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar, cast

from ipsec_edu.core.fsm import Table
from ipsec_edu.routing.ospf.events import Stepped

if TYPE_CHECKING:
    from ipsec_edu.routing.ospf.core import OspfCore

__all__ = ["Machine"]

S = TypeVar("S", bound=Enum)
I = TypeVar("I", bound=Enum)  # noqa: E741 - the input alphabet

_ROUTINE = "stay"
"""Rows with this action are taken at every Hello; they are not worth a record."""


class Machine(Generic[S, I]):
    """A state machine whose actions are methods of the subclass, named by the table.

    An action returns None, or the input that follows from what it found.
    """

    __slots__ = ("core", "state", "table")
    machine: ClassVar[str] = ""

    def __init__(self, core: OspfCore, table: Table[S, I]) -> None:
        self.core = core
        self.table = table
        self.state = table.initial

    def label(self) -> str:
        """Return the name of the interface or neighbour, for the trace."""
        raise NotImplementedError

    def moved(self, before: S, symbol: I, reason: str, now_us: int) -> None:
        """Do what belongs to a change of state, before the row's action."""

    def step(self, symbol: I, now_us: int, reason: str = "") -> bool:
        """Feed one input; tell whether the table knows it here."""
        before, row = self.state, self.table.get(self.state, symbol)
        if row is None:
            self._record(before, symbol, "", before, False, "")
            return False
        if row.action == _ROUTINE:
            return True
        self.state = cast(S, row.next_state)
        self._record(before, symbol, row.action, row.next_state, True, row.source)
        if row.next_state is not before:
            self.moved(before, symbol, reason, now_us)
        found = cast("Callable[[int], I | None]", getattr(self, row.action))(now_us)
        if found is not None:
            self.step(found, now_us, reason)
        return True

    def _record(self, before: Enum, symbol: Enum, action: str, after: Enum, legal: bool, rule: str) -> None:
        self.core.events.append(
            Stepped(self.machine, self.label(), before.name, symbol.name, action, after.name, legal, rule)
        )
