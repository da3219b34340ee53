"""Object tracking: from the results of probes to objects that are up or down, believed after a delay.

An IP SLA operation sends an echo every `frequency_s` and waits `timeout_ms` for the answer. An object
follows an operation, an interface, a route, or other objects; what it follows must stay changed
for the object's delay before the object itself changes. A result takes effect at once (some releases of IOS
look at results only every few seconds).

The core knows neither clock nor packets: `TrackCore.answered` and `TrackCore.observe` tell it what happened,
`drain` returns what is to be sent and what changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ipsec_edu.core.units import MS, SECOND
from ipsec_edu.routing.settings import SlaEcho, TrackedObject

__all__ = ["ObjectChanged", "ObjectState", "ProbeState", "SendProbe", "TrackCore", "TrackEvent"]

UNKNOWN, OK, OVER_THRESHOLD, TIMEOUT = "Unknown", "OK", "Over threshold", "Timeout"
"""Return codes of an operation, as the device prints them."""


@dataclass(frozen=True, slots=True)
class SendProbe:
    """Send an echo request for operation `number`; `source` None: the address of the way out."""

    number: int
    sequence: int
    destination: int
    source: int | None
    interface: str | None


@dataclass(frozen=True, slots=True)
class ObjectChanged:
    """The tracked object `number` is up, or down, from now on."""

    number: int
    up: bool


TrackEvent = SendProbe | ObjectChanged


@dataclass(slots=True)
class ProbeState:
    """One IP SLA operation.

    Attributes
    ----------
    code : str
        Of the latest result; ``Unknown`` before the first.
    rtt_us : int or None
        Round trip of the latest result, None without an answer.
    started_us : int or None
        When the latest probe was sent.
    waiting : bool
        Whether that probe is undecided.
    next_us : int or None
        When the next one is due; None after the operation's life.
    """

    settings: SlaEcho
    begun_us: int
    next_us: int | None
    code: str = UNKNOWN
    rtt_us: int | None = None
    started_us: int | None = None
    waiting: bool = False
    sequence: int = 0
    successes: int = 0
    failures: int = 0

    @property
    def timeout_us(self) -> int | None:
        """When the probe that is waited for is given up."""
        if not self.waiting or self.started_us is None:
            return None
        return self.started_us + self.settings.timeout_ms * MS

    @property
    def ends_us(self) -> int | None:
        """When the operation's life is over."""
        life_s = self.settings.life_s
        return None if life_s is None else self.begun_us + life_s * SECOND


@dataclass(slots=True)
class ObjectState:
    """One tracked object.

    Attributes
    ----------
    up : bool
        What everybody who asks is told.
    seen : bool
        What was seen last; differs from `up` while a delay runs.
    due_us : int or None
        When `up` becomes `seen`.
    changes : int
        Since the beginning.
    """

    settings: TrackedObject
    since_us: int
    up: bool = False
    seen: bool = False
    due_us: int | None = None
    changes: int = 0


class TrackCore:
    """The operations and objects of one device.

    Parameters
    ----------
    probes : iterable of SlaEcho
        Scheduled operations; their times count from `now_us`.
    objects : iterable of TrackedObject
        What is tracked; all are down until something else is seen.
    """

    def __init__(self, probes: Iterable[SlaEcho], objects: Iterable[TrackedObject], now_us: int) -> None:
        self.probes: dict[int, ProbeState] = {}
        for probe in probes:
            first_us = now_us + round(probe.start_s * SECOND)
            self.probes[probe.number] = ProbeState(probe, first_us, first_us)
        self.objects = {tracked.number: ObjectState(tracked, now_us) for tracked in objects}
        self._events: list[TrackEvent] = []
        self._judge_lists(now_us)

    def up(self, number: int) -> bool:
        """Tell whether object `number` is up; one that does not exist is not."""
        state = self.objects.get(number)
        return state is not None and state.up

    def observe(self, number: int, up: bool, now_us: int, *, at_once: bool = False) -> None:
        """Take notice of the interface or route that object `number` follows.

        With `at_once` no delay counts: what a device finds when it starts is no change.
        """
        self._see(self.objects[number], up, now_us, at_once=at_once)
        self._judge_lists(now_us, at_once=at_once)

    def answered(self, number: int, sequence: int, now_us: int) -> None:
        """Take notice of the answer to a probe; one that comes too late, or twice, does not count."""
        probe = self.probes.get(number)
        if probe is None or not probe.waiting or sequence != probe.sequence or probe.started_us is None:
            return
        probe.rtt_us = now_us - probe.started_us
        over = probe.rtt_us > probe.settings.threshold_ms * MS
        probe.successes += 1
        self._decided(probe, OVER_THRESHOLD if over else OK, now_us)

    def deadline(self) -> int | None:
        """Return when `expire` wants to be called."""
        moments = [state.due_us for state in self.objects.values()]
        for probe in self.probes.values():
            moments += [probe.next_us, probe.timeout_us]
        return min((moment for moment in moments if moment is not None), default=None)

    def expire(self, now_us: int) -> None:
        """Give up probes that were not answered, send those that are due, let delays end."""
        for probe in self.probes.values():
            timeout_us = probe.timeout_us
            if timeout_us is not None and timeout_us <= now_us:
                self._lost(probe, now_us)
            if probe.next_us is not None and probe.next_us <= now_us:
                self._send(probe, now_us)
        for state in self.objects.values():
            if state.due_us is not None and state.due_us <= now_us:
                self._become(state, state.seen, now_us)
        self._judge_lists(now_us)

    def drain(self) -> list[TrackEvent]:
        """Return what happened since the last call."""
        events, self._events = self._events, []
        return events

    # --- operations ----------------------------------------------------------------------

    def _send(self, probe: ProbeState, now_us: int) -> None:
        if probe.waiting:  # a timeout longer than the frequency: the older probe is not waited for
            self._lost(probe, now_us)
        settings = probe.settings
        probe.sequence = probe.sequence % 0xFFFF + 1
        probe.started_us = now_us
        probe.waiting = True
        following_us = now_us + settings.frequency_s * SECOND
        probe.next_us = None if probe.ends_us is not None and following_us >= probe.ends_us else following_us
        self._events.append(
            SendProbe(
                settings.number, probe.sequence, settings.destination, settings.source, settings.interface
            )
        )

    def _lost(self, probe: ProbeState, now_us: int) -> None:
        probe.failures += 1
        probe.rtt_us = None
        self._decided(probe, TIMEOUT, now_us)

    def _decided(self, probe: ProbeState, code: str, now_us: int) -> None:
        """Keep a result and show it to the objects that follow the operation."""
        probe.code = code
        probe.waiting = False
        for state in self.objects.values():
            if state.settings.kind == "sla" and state.settings.sla == probe.settings.number:
                up = code == OK or (code == OVER_THRESHOLD and not state.settings.state)
                self._see(state, up, now_us)
        self._judge_lists(now_us)

    # --- objects -------------------------------------------------------------------------

    def _see(self, state: ObjectState, up: bool, now_us: int, *, at_once: bool = False) -> None:
        """Believe what is seen, now or after the delay; what does not last is forgotten."""
        if state.seen == up and state.due_us is not None:
            return
        state.seen = up
        state.due_us = None
        if up == state.up:
            return
        delay_s = state.settings.up_delay_s if up else state.settings.down_delay_s
        if delay_s and not at_once:
            state.due_us = now_us + delay_s * SECOND
        else:
            self._become(state, up, now_us)

    def _become(self, state: ObjectState, up: bool, now_us: int) -> None:
        state.due_us = None
        if up == state.up:
            return
        state.up = up
        state.since_us = now_us
        state.changes += 1
        self._events.append(ObjectChanged(state.settings.number, up))

    def _judge_lists(self, now_us: int, *, at_once: bool = False) -> None:
        """Work out the objects over objects; as often as they can hang on each other."""
        lists = [state for state in self.objects.values() if state.settings.kind in ("and", "or")]
        for _ in lists:
            for state in lists:
                parts = [self.up(abs(number)) is (number > 0) for number in state.settings.objects]
                up = bool(parts) and (all(parts) if state.settings.kind == "and" else any(parts))
                self._see(state, up, now_us, at_once=at_once)
