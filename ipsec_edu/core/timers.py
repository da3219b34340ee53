"""Timers as data: a protocol core has no clock, it only says when it wants to be called next."""

from __future__ import annotations

import heapq
from collections.abc import Callable

__all__ = ["Timer", "Timers"]


class Timer:
    """One deadline and what to do then. Restarting it is an assignment (stale heap entries are skipped)."""

    __slots__ = ("action", "at_us", "ticket")

    def __init__(self, action: Callable[[int], object]) -> None:
        self.action = action
        self.at_us: int | None = None
        self.ticket = 0

    def stop(self) -> None:
        """Disarm."""
        self.at_us = None


class Timers:
    """All timers of one core, in order of time, then of arming."""

    __slots__ = ("_heap", "_tickets")

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Timer]] = []
        self._tickets = 0

    def arm(self, timer: Timer, at_us: int) -> None:
        """Set (or move) `timer` to go off at `at_us`."""
        self._tickets += 1
        timer.at_us, timer.ticket = at_us, self._tickets
        heapq.heappush(self._heap, (at_us, self._tickets, timer))

    def next_us(self) -> int | None:
        """Return the earliest deadline, None where nothing is armed."""
        heap = self._heap
        while heap:
            at_us, ticket, timer = heap[0]
            if timer.at_us == at_us and timer.ticket == ticket:
                return at_us
            heapq.heappop(heap)
        return None

    def run(self, now_us: int) -> None:
        """Run every timer that is due at `now_us`; what they arm in the past waits for the next call."""
        last_ticket = self._tickets
        while (at_us := self.next_us()) is not None and at_us <= now_us:
            _, ticket, timer = self._heap[0]
            if ticket > last_ticket:
                return
            heapq.heappop(self._heap)
            timer.at_us = None
            timer.action(now_us)
