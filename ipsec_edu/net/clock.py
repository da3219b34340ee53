"""Simulated time: the only module that knows SimPy.

SimPy supplies the event list. A process, or even an event object, per packet would cost
most of the time of a run, so what the simulator puts on the list are plain calls, and
`Clock.run_until` makes them; SimPy's own events and processes work beside them, for scenario scripts. Things
due at one instant happen in order of priority, then in the order in which they were
asked for, so a run is a function of its inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from typing import Any

from simpy import Environment

__all__ = ["FIRST", "LAST", "NORMAL", "Clock", "Timer"]

FIRST, NORMAL, LAST = 0, 1, 2
"""Priorities within one instant: faults, everything else, observers."""


class Clock(Environment):
    """The event list of one run; time is an integer number of microseconds from 0."""

    def __init__(self) -> None:
        super().__init__(0)
        self.now_us = 0
        """The present moment in microseconds (SimPy's `now`)."""
        self._list: list[Any] = self._queue

    def at(self, time_us: int, callback: Callable[..., object], *args: Any, priority: int = NORMAL) -> None:
        """Call `callback(*args)` at `time_us` (now, if that moment has passed)."""
        if time_us < self.now_us:
            time_us = self.now_us
        heappush(self._list, (time_us, priority, next(self._eid), (callback, args)))

    def push(self, time_us: int, call: tuple[Callable[..., object], tuple[Any, ...]]) -> None:
        """Do as `at` does, for the hot path: `call` is (callback, arguments), `time_us` not past."""
        heappush(self._list, (time_us, NORMAL, next(self._eid), call))

    def after(
        self, delay_us: int, callback: Callable[..., object], *args: Any, priority: int = NORMAL
    ) -> None:
        """Call `callback(*args)` `delay_us` from now."""
        self.at(self.now_us + delay_us, callback, *args, priority=priority)

    def timer(self, callback: Callable[[], object]) -> Timer:
        """Return a timer that calls `callback()` at its deadline."""
        return Timer(self, callback)

    def pending(self, action: Callable[..., object]) -> Iterator[tuple[Any, ...]]:
        """Yield the arguments of every call of the function `action` that is still to come.

        `action` is compared without its object: ``Direction.arrive`` finds the arrivals on
        all cables. It walks the whole event list: for checks, not for the hot path.
        """
        for _, _, _, call in self._list:
            if type(call) is tuple and getattr(call[0], "__func__", call[0]) is action:
                yield call[1]

    def run_until(self, until_us: int) -> None:
        """Make everything happen that is due up to and including `until_us`; may be continued.

        Raises
        ------
        ValueError
            `until_us` lies in the past.
        """
        if until_us < self.now_us:
            raise ValueError(f"time runs forward: it is {self.now_us} us, asked for {until_us} us")
        events = self._list
        while True:  # not `while events`: CPython 3.11 speeds up only loops that end in a plain jump
            if not events or events[0][0] > until_us:
                break
            time_us, _, _, call = entry = heappop(events)
            self.now_us = time_us
            if type(call) is tuple:
                self._now = time_us
                action, args = call
                action(*args)
            else:
                heappush(events, entry)
                self.step()
        self._now = self.now_us = until_us


class Timer:
    """A deadline that may be moved at any time; moving it later, or stopping it, is one assignment.

    The event list holds wake-up calls, each strictly earlier than the one asked for before it
    (for most timers exactly one). A wake-up that finds the deadline moved later asks for a new one.
    """

    __slots__ = ("_callback", "_clock", "_wakeups", "deadline_us")

    def __init__(self, clock: Clock, callback: Callable[[], object]) -> None:
        self._clock = clock
        self._callback = callback
        self._wakeups: list[int] = []
        self.deadline_us: int | None = None

    def set(self, deadline_us: int | None) -> None:
        """Move the deadline; None stops the timer; a moment in the past means now."""
        self.deadline_us = deadline_us
        if deadline_us is None:
            return
        if deadline_us < self._clock.now_us:
            self.deadline_us = deadline_us = self._clock.now_us
        if not self._wakeups or deadline_us < self._wakeups[-1]:
            self._wakeups.append(deadline_us)
            self._clock.at(deadline_us, self._wake)

    def _wake(self) -> None:
        """Ring if the deadline is reached, else sleep on."""
        self._wakeups.pop()
        deadline_us = self.deadline_us
        if deadline_us is None:
            return
        if deadline_us <= self._clock.now_us:
            self.deadline_us = None
            self._callback()
        elif not self._wakeups or deadline_us < self._wakeups[-1]:
            self._wakeups.append(deadline_us)
            self._clock.at(deadline_us, self._wake)
