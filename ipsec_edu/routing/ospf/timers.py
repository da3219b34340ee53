"""Timers as data, and the back-off of computations: OSPF has no clock, it only says when to call it next."""

from __future__ import annotations

import heapq
from collections.abc import Callable

from ipsec_edu.core.units import MS
from ipsec_edu.routing.settings import Throttle

__all__ = ["Backoff", "Timer", "Timers"]


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
        """Run every timer that is due at `now_us`; what they arm for `now_us` waits for the next call."""
        last_ticket = self._tickets
        while (at_us := self.next_us()) is not None and at_us <= now_us:
            _, ticket, timer = self._heap[0]
            if ticket > last_ticket:
                return
            heapq.heappop(self._heap)
            timer.at_us = None
            timer.action(now_us)


class Backoff:
    """When a computation that is asked for may run (see `Throttle`).

    After a quiet period the first request waits the initial time. A request within the hold time after a run
    waits for its end, and the next hold time is twice as long, up to the maximum.
    """

    __slots__ = ("_hold_us", "_ran_us", "settings")

    def __init__(self, settings: Throttle) -> None:
        self.settings = settings
        self._hold_us = settings.hold_ms * MS
        self._ran_us: int | None = None

    @property
    def hold_us(self) -> int:
        """The hold time that the next run is held to."""
        return self._hold_us

    def when(self, now_us: int) -> int:
        """Return when a computation that is asked for now runs (ask again only after it ran)."""
        initial_us = self.settings.initial_ms * MS
        if self._ran_us is None or now_us >= self._ran_us + 2 * self._hold_us:
            self._hold_us = self.settings.hold_ms * MS
            return now_us + initial_us
        end_us = self._ran_us + self._hold_us
        if now_us >= end_us:
            return now_us + initial_us
        self._hold_us = min(2 * self._hold_us, max(self._hold_us, self.settings.maximum_ms * MS))
        return max(end_us, now_us + initial_us)

    def ran(self, now_us: int) -> None:
        """Note that the computation ran."""
        self._ran_us = now_us
