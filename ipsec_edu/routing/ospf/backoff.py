"""The back-off of computations (``timers throttle spf``, ``timers throttle lsa``)."""

from __future__ import annotations

from ipsec_edu.core.units import MS
from ipsec_edu.routing.settings import Throttle

__all__ = ["Backoff"]


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
