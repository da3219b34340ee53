"""Two (or more) IKE cores joined by a link that loses, doubles, delays and reorders on demand.

Deterministic: the link draws from its own seeded stream. Reusable by any test that has cores and a network
that misbehaves::

    net = Network([a, b])
    a.acquire(...)
    net.run_until(60 * SECOND)
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field

from ipsec_edu.core.rng import Rng
from ipsec_edu.ike.core import IkeCore
from ipsec_edu.ike.events import ChildDown, ChildSa, ChildUp, IkeEvent, Notice, SendDatagram


@dataclass
class Weather:
    """How the network treats a datagram."""

    loss: float = 0.0
    duplicate: float = 0.0
    jitter_us: int = 0
    delay_us: int = 10_000


@dataclass
class Log:
    """One event of one core, with its time."""

    at_us: int
    core: IkeCore
    event: IkeEvent


@dataclass
class Network:
    """Cores, found by the addresses they listen on, and what is in flight between them."""

    cores: list[IkeCore]
    weather: Weather = field(default_factory=Weather)
    seed: int = 1
    now_us: int = 0
    log: list[Log] = field(default_factory=list)
    filter: Callable[[SendDatagram, int], bool] | None = None
    """Returns False for a datagram that is to vanish (called with the datagram and the time)."""

    def __post_init__(self) -> None:
        self._rng = Rng(self.seed, "link")
        self._flight: list[tuple[int, int, SendDatagram]] = []
        self._count = 0

    def _launch(self, datagram: SendDatagram) -> None:
        if self.filter is not None and not self.filter(datagram, self.now_us):
            return
        weather = self.weather
        if self._rng.uniform() < weather.loss:
            return
        copies = 2 if self._rng.uniform() < weather.duplicate else 1
        for _ in range(copies):
            jitter = self._rng.u32(0, weather.jitter_us) if weather.jitter_us else 0
            self._count += 1
            heapq.heappush(self._flight, (self.now_us + weather.delay_us + jitter, self._count, datagram))

    def collect(self) -> None:
        """Take what the cores want done: datagrams fly, the rest is logged."""
        for core in self.cores:
            for event in core.drain():
                self.log.append(Log(self.now_us, core, event))
                if isinstance(event, SendDatagram):
                    self._launch(event)

    def run_until(self, until_us: int) -> Network:
        """Deliver and expire in order of time."""
        self.collect()
        while True:
            deadlines = [
                (at, index) for index, core in enumerate(self.cores) if (at := core.deadline()) is not None
            ]
            due = min(deadlines, default=None)
            arrival = self._flight[0][0] if self._flight else None
            if due is None and arrival is None:
                break
            if arrival is not None and (due is None or arrival <= due[0]):
                if arrival > until_us:
                    break
                at, _, datagram = heapq.heappop(self._flight)
                self.now_us = max(self.now_us, at)
                for core in self.cores:
                    if datagram.remote in core.settings.listening:
                        core.receive(
                            datagram.data,
                            datagram.remote,
                            datagram.remote_port,
                            datagram.local,
                            datagram.local_port,
                            self.now_us,
                        )
            else:
                assert due is not None
                if due[0] > until_us:
                    break
                self.now_us = max(self.now_us, due[0])
                self.cores[due[1]].expire(self.now_us)
            self.collect()
        self.now_us = until_us
        return self

    # what tests look at

    def events(self, kind: type, core: IkeCore | None = None) -> list:
        """Return the logged events of a kind (of one core)."""
        return [
            entry.event for entry in self.log if isinstance(entry.event, kind) and core in (None, entry.core)
        ]

    def timed(self, kind: type, core: IkeCore | None = None) -> list[tuple[int, IkeEvent]]:
        """Return the same with times."""
        return [
            (entry.at_us, entry.event)
            for entry in self.log
            if isinstance(entry.event, kind) and core in (None, entry.core)
        ]

    def messages(self, core: IkeCore | None = None) -> list[SendDatagram]:
        """Return what was sent."""
        return [event for event in self.events(SendDatagram, core) if not event.keepalive]

    def notices(self, code: str, core: IkeCore | None = None) -> list[Notice]:
        """Return the notices with a code."""
        return [event for event in self.events(Notice, core) if event.code == code]

    def installed(self, core: IkeCore) -> set[tuple[int, int]]:
        """Return the SPI pairs that a data plane would have now."""
        pairs: set[tuple[int, int]] = set()
        for entry in self.log:
            if entry.core is core and isinstance(entry.event, ChildUp | ChildDown):
                child: ChildSa = entry.event.child
                pair = child.inbound_spi, child.outbound_spi
                if isinstance(entry.event, ChildUp):
                    pairs.add(pair)
                else:
                    pairs.discard(pair)
        return pairs
