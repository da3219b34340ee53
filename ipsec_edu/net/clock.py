"""Simulated time: the only module that knows SimPy.

SimPy supplies the event list and the loop; no generators and no processes are used,
because a process per packet costs most of the time of a run. Everything is a call at an instant. Calls at
one instant happen in order of priority, then in the order in which they were asked for,
so a run is a function of its inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from simpy import Environment, Event
from simpy.core import StopSimulation

__all__ = ["FIRST", "LAST", "NORMAL", "Clock", "Timer"]

FIRST, NORMAL, LAST = 0, 1, 2
"""Priorities within one instant: faults, everything else, observers."""

_END = 1 << 30
"""Priority of the end of a run: after everything else at that instant."""


class _Call(Event):
    """A SimPy event that calls `action` with `args` (a slotted object; SimPy asks for no more)."""

    __slots__ = ("action", "args", "callbacks")

    _ok = True

    def __init__(self, action: Callable[..., object], args: tuple[Any, ...]) -> None:
        self.callbacks = _FIRE
        self.action = action
        self.args = args


def _fire(call: Any) -> None:
    call.action(*call.args)


_FIRE: Any = (_fire,)


class Clock(Environment):
    """The event list of one run; time is an integer number of microseconds from 0."""

    def __init__(self) -> None:
        super().__init__(0)

    @property
    def now_us(self) -> int:
        """The present moment in microseconds."""
        return self._now  # type: ignore[return-value]

    def at(self, time_us: int, callback: Callable[..., object], *args: Any, priority: int = NORMAL) -> None:
        """Call `callback(*args)` at `time_us` (now, if that moment has passed)."""
        delay_us = time_us - self._now
        self.schedule(_Call(callback, args), priority, delay_us if delay_us > 0 else 0)  # type: ignore[arg-type]

    def after(
        self, delay_us: int, callback: Callable[..., object], *args: Any, priority: int = NORMAL
    ) -> None:
        """Call `callback(*args)` `delay_us` from now."""
        self.at(self._now + delay_us, callback, *args, priority=priority)  # type: ignore[arg-type]

    def timer(self, callback: Callable[[], object]) -> Timer:
        """Return a timer that calls `callback()` at its deadline."""
        return Timer(self, callback)

    def pending(self, action: Callable[..., object]) -> Iterator[tuple[Any, ...]]:
        """Yield the arguments of every call of the function `action` that is still to come.

        `action` is compared without its object: ``Direction.arrive`` finds the arrivals on
        all cables. It walks the whole event list: for checks, not for the hot path.
        """
        for _, _, _, event in self._queue:
            if isinstance(event, _Call) and getattr(event.action, "__func__", event.action) is action:
                yield event.args

    def run_until(self, until_us: int) -> None:
        """Make everything happen that is due up to and including `until_us`; may be continued.

        Raises
        ------
        ValueError
            `until_us` lies in the past.
        """
        if until_us < self._now:
            raise ValueError(f"time runs forward: it is {self._now} us, asked for {until_us} us")
        stop = Event(self)
        stop._ok = True
        stop._value = None
        stop.callbacks.append(StopSimulation.callback)
        self.schedule(stop, _END, until_us - self._now)  # type: ignore[arg-type]
        super().run()


class Timer:
    """A deadline that may be moved at any time; moving it later, or stopping it, is one assignment.

    The event list holds wake-up calls, each strictly earlier than the one asked for before it (for most timers
    exactly one). A wake-up that finds the deadline moved later asks for a new one.
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
