"""The link state database: what every router of the area should know alike (RFC 2328, 12.2 and 13.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from ipsec_edu.core.timers import Timer, Timers
from ipsec_edu.core.units import SECOND
from ipsec_edu.wire.ospf_lsa import MAX_AGE, Key, Lsa, LsaHeader

__all__ = ["MAX_AGE_DIFF", "REFRESH", "Entry", "Lsdb", "compare"]

MAX_AGE_DIFF = 900
"""Seconds: two instances whose ages differ by less have the same age (RFC 2328, appendix B)."""
REFRESH = 1800
"""Seconds after which a router announces its own LSA anew (LSRefreshTime)."""


def compare(one: LsaHeader, other: LsaHeader) -> int:
    """Return 1 where `one` is newer than `other`, -1 where it is older, 0 for the same instance (13.1)."""
    if one.sequence != other.sequence:  # signed: the lowest is 0x80000001
        return 1 if one.sequence ^ 0x80000000 > other.sequence ^ 0x80000000 else -1
    if one.checksum != other.checksum:
        return 1 if one.checksum > other.checksum else -1
    if (one.age >= MAX_AGE) != (other.age >= MAX_AGE):
        return 1 if one.age >= MAX_AGE else -1
    if abs(one.age - other.age) > MAX_AGE_DIFF:
        return 1 if one.age < other.age else -1
    return 0


class Entry:
    """An LSA in the database, which ages there."""

    __slots__ = ("flooded", "installed_us", "lsa", "sent_us", "timer")

    def __init__(self, lsa: Lsa, installed_us: int, flooded: bool) -> None:
        self.lsa = lsa
        self.installed_us = installed_us
        self.flooded = flooded
        """Whether it came by flooding (our own did not)."""
        self.sent_us: int | None = None
        """When we last sent it to somebody who had an older one."""
        self.timer: Timer | None = None

    @property
    def key(self) -> Key:
        """What the LSA is called."""
        return self.lsa.header.key

    def age(self, now_us: int) -> int:
        """Return its age in seconds."""
        return min(MAX_AGE, self.lsa.header.age + (now_us - self.installed_us) // SECOND)

    def header(self, now_us: int) -> LsaHeader:
        """Return the header as of now."""
        return replace(self.lsa.header, age=self.age(now_us))

    def older(self, delay_s: int, now_us: int) -> Lsa:
        """Return the LSA as it goes over a link that takes `delay_s` (InfTransDelay)."""
        return self.lsa.aged(min(MAX_AGE, self.age(now_us) + delay_s))


class Lsdb:
    """The LSAs of the area.

    Parameters
    ----------
    timers : Timers
        Of the core.
    aged : callable
        ``aged(entry, now_us)``: an own LSA is due for its refresh, or another one reached MaxAge.
    """

    def __init__(self, router_id: int, timers: Timers, aged: Callable[[Entry, int], object]) -> None:
        self._router_id = router_id
        self._timers = timers
        self._aged = aged
        self._entries: dict[Key, Entry] = {}
        self.dying: dict[Key, None] = {}
        """What reached MaxAge and waits for the acknowledgments of the neighbours."""

    def __iter__(self) -> Iterator[Entry]:
        """Iterate by type, link state ID and advertising router."""
        return iter([self._entries[key] for key in sorted(self._entries)])

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Key) -> Entry | None:
        """Return what is known under `key`."""
        return self._entries.get(key)

    def alive(self) -> dict[Key, Lsa]:
        """Return what routes may be computed from: everything that has not reached MaxAge."""
        return {key: entry.lsa for key, entry in self._entries.items() if key not in self.dying}

    def install(self, lsa: Lsa, now_us: int, flooded: bool) -> tuple[Entry, bool]:
        """Take an LSA in the place of an older one; tell whether its content is another (13.2)."""
        key = lsa.header.key
        old = self._entries.get(key)
        was_alive = old is not None and key not in self.dying
        self.remove(key)
        entry = self._entries[key] = Entry(lsa, now_us, flooded)
        alive = lsa.header.age < MAX_AGE
        if alive:
            own = lsa.header.router == self._router_id and not flooded
            lasts = (REFRESH if own else MAX_AGE) - lsa.header.age
            entry.timer = Timer(lambda now_us: self._aged(entry, now_us))
            self._timers.arm(entry.timer, now_us + max(lasts, 0) * SECOND)
        else:
            self.dying[key] = None
        changed = was_alive != alive or (alive and old is not None and old.lsa.body != lsa.body)
        return entry, changed

    def remove(self, key: Key) -> None:
        """Forget an LSA."""
        old = self._entries.pop(key, None)
        self.dying.pop(key, None)
        if old is not None and old.timer is not None:
            old.timer.stop()
