"""The driver between a protocol core, which knows no clock, and the simulated one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

from ipsec_edu.net.clock import Clock

__all__ = ["Core", "CoreDriver"]

E = TypeVar("E")
E_co = TypeVar("E_co", covariant=True)

_MAX_EXPIRIES = 1000
"""A core that is called so often at one instant without its deadline passing would never stop."""


class Core(Protocol[E_co]):
    """What a protocol core offers its driver (time is passed in, results are drained)."""

    def deadline(self) -> int | None:
        """Return when `expire` wants to be called, in microseconds, or None."""

    def expire(self, now_us: int) -> None:
        """Do what is due."""

    def drain(self) -> Sequence[E_co]:
        """Return the results since the last call, in order, and forget them."""


class CoreDriver(Generic[E]):
    """Hands a core's results to `handle` and wakes it at its deadline.

    Call `pump` after every call of the core. A handler may call the core again and pump; its results are
    handled after those drained before.
    """

    __slots__ = ("_at_us", "_clock", "_core", "_expiries", "_handle", "_pumping", "_stopped", "_timer")

    def __init__(self, core: Core[E], clock: Clock, handle: Callable[[E], object]) -> None:
        self._core = core
        self._clock = clock
        self._handle = handle
        self._timer = clock.timer(self._expire)
        self._pumping = False
        self._stopped = False
        self._at_us = -1
        self._expiries = 0

    def pump(self) -> None:
        """Handle everything that the core has to say; set the timer to its deadline."""
        if self._pumping or self._stopped:
            return
        self._pumping = True
        try:
            while events := self._core.drain():
                for event in events:
                    self._handle(event)
        finally:
            self._pumping = False
        self._timer.set(None if self._stopped else self._core.deadline())

    def stop(self) -> None:
        """Let go of the core for good: its device lost power."""
        self._stopped = True
        self._timer.set(None)

    def _expire(self) -> None:
        """Wake the core; refuse to do so for ever at one instant."""
        now_us, core = self._clock.now_us, self._core
        if now_us != self._at_us:
            self._at_us, self._expiries = now_us, 0
        self._expiries += 1
        if self._expiries > _MAX_EXPIRIES:
            raise RuntimeError(
                f"{type(core).__name__} asks to be called at {core.deadline()} us, and again, at {now_us} us"
            )
        core.expire(now_us)
        self.pump()
