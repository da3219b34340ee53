"""Reassembly of fragments at their destination (RFC 791, 3.2; RFC 815)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ipsec_edu.core.causes import Cause
from ipsec_edu.core.errors import WireError
from ipsec_edu.core.units import SECOND
from ipsec_edu.net.clock import Timer
from ipsec_edu.net.fragments import UNIT, Fragment
from ipsec_edu.wire.packet import Packet, Payload, decode

if TYPE_CHECKING:
    from ipsec_edu.net.world import World

__all__ = ["REASSEMBLY_US", "Reassembler", "Reassembly"]

REASSEMBLY_US = 30 * SECOND
"""How long fragments wait for the missing ones (Linux: 30 s; RFC 1122 asks for 60 to 120 s)."""

_Key = tuple[int, int, int, int]
"""Source, destination, protocol, identification (RFC 791)."""


class Reassembly:
    """The fragments of one packet as they come in, in any order, perhaps twice."""

    __slots__ = ("_last", "parts")

    def __init__(self) -> None:
        self.parts: dict[int, Packet] = {}
        self._last: Packet | None = None

    def add(self, part: Packet) -> bool:
        """Take a fragment; False where one with this offset is there already."""
        if part.fragment in self.parts:
            return False
        self.parts[part.fragment] = part
        if not part.more_fragments:
            self._last = part
        return True

    def complete(self) -> Packet | None:
        """Return the whole packet, or None while a part is missing (WireError: not readable)."""
        if self._last is None:
            return None
        expected = 0
        for part in self._ordered():
            if part.fragment * UNIT != expected:
                return None
            expected += part.payload.size
        first = self.parts[0]
        whole = first.copy()
        whole.fragment, whole.more_fragments = 0, False
        whole.payload = self._payload(first, expected)
        return whole

    def _ordered(self) -> Iterator[Packet]:
        return iter(sorted(self.parts.values(), key=lambda part: part.fragment))

    def _payload(self, first: Packet, total: int) -> Payload:
        """Return the payload: the object that was cut up, or what the joined bytes say."""
        payloads = [part.payload for part in self._ordered()]
        origin = first.payload.whole if isinstance(first.payload, Fragment) else None
        ours = all(isinstance(payload, Fragment) and payload.whole is origin for payload in payloads)
        if origin is not None and ours and origin.payload.size == total:
            return origin.payload
        data = b"".join(part.payload.pack(part) for part in self._ordered())
        return decode(first.protocol, data, first.source, first.destination)


class Reassembler:
    """Where one device keeps fragments until all are there.

    Parameters
    ----------
    name : str
        The device, for the records of drops.
    world : World
        Its clock and books.
    """

    def __init__(self, name: str, world: World) -> None:
        self._name = name
        self._world = world
        self._partial: dict[_Key, tuple[Reassembly, Timer]] = {}

    def take(self, part: Packet) -> Packet | None:
        """Keep a fragment; return the whole packet when it was the last one missing."""
        key = (part.source, part.destination, part.protocol, part.identification)
        if key not in self._partial:
            clock = self._world.clock
            timer = clock.timer(lambda: self._abandon(key, Cause.REASSEMBLY))
            timer.set(clock.now_us + REASSEMBLY_US)
            self._partial[key] = (Reassembly(), timer)
        reassembly, timer = self._partial[key]
        if not reassembly.add(part):
            self._world.drop(part, self._name, Cause.REASSEMBLY)
            return None
        try:
            whole = reassembly.complete()
        except WireError:
            self._abandon(key, Cause.MALFORMED)
            return None
        if whole is not None:
            timer.set(None)
            del self._partial[key]
            self._world.unite(len(reassembly.parts))
        return whole

    def held(self) -> int:
        """Return how many fragments wait here."""
        return sum(len(reassembly.parts) for reassembly, _ in self._partial.values())

    def abandon_all(self, cause: Cause) -> None:
        """Drop everything that waits."""
        for key in list(self._partial):
            self._abandon(key, cause)

    def _abandon(self, key: _Key, cause: Cause) -> None:
        """Drop the fragments of a packet that was never completed."""
        reassembly, timer = self._partial.pop(key)
        timer.set(None)
        for part in reassembly.parts.values():
            self._world.drop(part, self._name, cause)
