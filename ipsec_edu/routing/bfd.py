"""Bidirectional Forwarding Detection (RFC 5880): asynchronous sessions between neighbours, without echo.

Both ends send control packets all the time; whoever hears none for the detection time declares the
session down. Before a session is up packets go once a second (section 6.8.3), then at the intervals that
both ends agree on. A packet whose content is news is sent at once (section 6.8.7).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from ipsec_edu.core.fsm import Table, Transition
from ipsec_edu.core.units import MS, SECOND
from ipsec_edu.routing.settings import BfdTimers
from ipsec_edu.wire.bfd import BfdControl, BfdState

__all__ = [
    "BFD_SESSION",
    "BfdCore",
    "BfdEvent",
    "BfdInput",
    "BfdStep",
    "Gaps",
    "SendControl",
    "Session",
    "SessionChanged",
]

SLOW_US = SECOND
"""Packets of a session that is not up are at least so far apart (section 6.8.3)."""
DIAG_NONE, DIAG_EXPIRED, DIAG_SIGNALED = 0, 1, 3
"""Diagnostic codes (section 4.1)."""


class BfdInput(Enum):
    """What can happen to a session."""

    DOWN = "Down received"
    INIT = "Init received"
    UP = "Up received"
    ADMIN_DOWN = "AdminDown received"
    EXPIRED = "detection time expired"


_STATE = "RFC 5880, 6.8.6"
_TIME = "RFC 5880, 6.8.4"
_S, _I = BfdState, BfdInput
BFD_SESSION: Table[BfdState, BfdInput] = Table(
    "BFD session",
    {
        (_S.DOWN, _I.DOWN): Transition("answer", _S.INIT, _STATE),
        (_S.DOWN, _I.INIT): Transition("establish", _S.UP, _STATE),
        (_S.DOWN, _I.UP): Transition("wait", _S.DOWN, _STATE),
        (_S.DOWN, _I.ADMIN_DOWN): Transition("wait", _S.DOWN, _STATE),
        (_S.DOWN, _I.EXPIRED): Transition("forget", _S.DOWN, _TIME),
        (_S.INIT, _I.DOWN): Transition("wait", _S.INIT, _STATE),
        (_S.INIT, _I.INIT): Transition("establish", _S.UP, _STATE),
        (_S.INIT, _I.UP): Transition("establish", _S.UP, _STATE),
        (_S.INIT, _I.ADMIN_DOWN): Transition("follow", _S.DOWN, _STATE),
        (_S.INIT, _I.EXPIRED): Transition("expire", _S.DOWN, _TIME),
        (_S.UP, _I.INIT): Transition("stay", _S.UP, _STATE),
        (_S.UP, _I.UP): Transition("stay", _S.UP, _STATE),
        (_S.UP, _I.DOWN): Transition("follow", _S.DOWN, _STATE),
        (_S.UP, _I.ADMIN_DOWN): Transition("follow", _S.DOWN, _STATE),
        (_S.UP, _I.EXPIRED): Transition("expire", _S.DOWN, _TIME),
    },
    _S.DOWN,
)
_RECEIVED = {
    BfdState.DOWN: BfdInput.DOWN,
    BfdState.INIT: BfdInput.INIT,
    BfdState.UP: BfdInput.UP,
    BfdState.ADMIN_DOWN: BfdInput.ADMIN_DOWN,
}


@dataclass(frozen=True, slots=True)
class SendControl:
    """Send `packet` by `interface` from `local` to `peer`, UDP port 3784, TTL 255."""

    interface: str
    local: int
    peer: int
    packet: BfdControl


@dataclass(frozen=True, slots=True)
class SessionChanged:
    """A session came up, or went down; `reason` in the words of the device's log."""

    interface: str
    peer: int
    discriminator: int
    up: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class BfdStep:
    """A session changed its state."""

    subject: str
    before: str
    symbol: str
    action: str
    after: str
    rule: str


BfdEvent = SendControl | SessionChanged | BfdStep


@dataclass(slots=True)
class Gaps:
    """How far apart packets were, in microseconds."""

    least_us: int = 0
    most_us: int = 0
    total_us: int = 0
    count: int = 0

    def add(self, span_us: int) -> None:
        """Count the time between two packets."""
        self.least_us = min(self.least_us, span_us) if self.count else span_us
        self.most_us = max(self.most_us, span_us)
        self.total_us += span_us
        self.count += 1


@dataclass(slots=True)
class Session:
    """One session; the names of its variables are those of RFC 5880, section 6.8.1."""

    interface: str
    local: int
    peer: int
    timers: BfdTimers
    discriminator: int
    state: BfdState = BfdState.DOWN
    diag: int = DIAG_NONE
    remote_discriminator: int = 0
    remote_state: BfdState = BfdState.DOWN
    remote_min_rx_us: int = 1
    remote_min_tx_us: int = 0
    remote_multiplier: int = 0
    polling: bool = False
    since_us: int = 0
    heard_us: int | None = None
    sent_us: int = 0
    next_us: int | None = None
    sent: int = 0
    received: int = 0
    rx: Gaps = field(default_factory=Gaps)
    tx: Gaps = field(default_factory=Gaps)
    last: BfdControl | None = None
    """The last packet that was received."""

    @property
    def min_tx_us(self) -> int:
        """DesiredMinTxInterval: what was configured, not below a second while the session is not up."""
        wanted_us = self.timers.interval_ms * MS
        return wanted_us if self.state is BfdState.UP else max(wanted_us, SLOW_US)

    @property
    def min_rx_us(self) -> int:
        """RequiredMinRxInterval."""
        return self.timers.min_rx_ms * MS

    @property
    def interval_us(self) -> int:
        """Time between two packets sent, without jitter (section 6.8.7)."""
        return max(self.min_tx_us, self.remote_min_rx_us)

    @property
    def detection_us(self) -> int:
        """Detection time (section 6.8.4), 0 before the first packet."""
        return self.remote_multiplier * max(self.min_rx_us, self.remote_min_tx_us)

    @property
    def dead_us(self) -> int | None:
        """When the neighbour is given up."""
        return None if self.heard_us is None else self.heard_us + self.detection_us

    def control(self, final: bool = False) -> BfdControl:
        """Return the packet that says how things are."""
        return BfdControl(
            self.state,
            self.timers.multiplier,
            self.discriminator,
            self.remote_discriminator,
            self.min_tx_us,
            self.min_rx_us,
            self.diag,
            self.polling and not final,
            final,
        )


class BfdCore:
    """The sessions of one device.

    Parameters
    ----------
    jitter : callable, optional
        Returns a number from 0 to 1: how much of the allowed jitter (0 to 25 % of the interval, with a
        multiplier of 1: 10 to 25 %; section 6.8.7) the next packet is sent early by. None: none.
    """

    def __init__(self, jitter: Callable[[], float] | None = None) -> None:
        self.sessions: dict[tuple[str, int], Session] = {}
        self._jitter = jitter
        self._made = 0
        self._events: list[BfdEvent] = []

    def open(self, interface: str, local: int, peer: int, timers: BfdTimers, now_us: int) -> None:
        """Begin a session with the neighbour `peer`; one that exists goes on."""
        if (interface, peer) in self.sessions:
            return
        self._made += 1
        session = Session(interface, local, peer, timers, self._made, since_us=now_us)
        self.sessions[interface, peer] = session
        self._send(session, now_us)

    def close(self, interface: str, peer: int) -> None:
        """Forget a session and say nothing."""
        self.sessions.pop((interface, peer), None)

    def receive(self, packet: BfdControl, interface: str, source: int, now_us: int) -> bool:
        """Take a control packet from the neighbour `source`; False: it belongs to no session."""
        session = self.sessions.get((interface, source))
        if session is None or packet.yours not in (0, session.discriminator):
            return False
        session.received += 1
        if session.heard_us is not None:
            session.rx.add(now_us - session.heard_us)
        session.heard_us = now_us
        session.last = packet
        session.remote_discriminator = packet.mine
        session.remote_state = packet.state
        before_us = session.interval_us
        session.remote_min_rx_us = packet.min_rx_us
        session.remote_min_tx_us = packet.min_tx_us
        session.remote_multiplier = packet.multiplier
        if packet.final:
            session.polling = False
        changed = self._step(session, _RECEIVED[packet.state], now_us)
        if packet.poll:
            self._send(session, now_us, final=True)
        elif changed:
            self._send(session, now_us)
        elif session.interval_us != before_us:
            self._schedule(session, session.sent_us, now_us)
        return True

    def deadline(self) -> int | None:
        """Return when `expire` wants to be called."""
        moments = [moment for s in self.sessions.values() for moment in (s.next_us, s.dead_us)]
        return min((moment for moment in moments if moment is not None), default=None)

    def expire(self, now_us: int) -> None:
        """Give up neighbours that were not heard, send what is due."""
        for session in list(self.sessions.values()):
            dead_us = session.dead_us
            if dead_us is not None and dead_us <= now_us:
                session.heard_us = None
                session.remote_discriminator = 0
                session.remote_min_rx_us = 1
                if self._step(session, BfdInput.EXPIRED, now_us):
                    self._send(session, now_us)
            if session.next_us is not None and session.next_us <= now_us:
                self._send(session, now_us)

    def drain(self) -> list[BfdEvent]:
        """Return what happened since the last call."""
        events, self._events = self._events, []
        return events

    def _step(self, session: Session, symbol: BfdInput, now_us: int) -> bool:
        """Follow the table; return whether the state changed."""
        row = BFD_SESSION.get(session.state, symbol)
        assert row is not None, "the table of a session has a row for everything"
        before, after = session.state, BfdState(row.next_state.value)
        if after is before:
            return False
        session.state = after
        session.since_us = now_us
        subject = f"{session.interface} {session.discriminator}"
        self._events.append(BfdStep(subject, before.name, symbol.name, row.action, after.name, row.source))
        if after is BfdState.UP:
            session.diag = DIAG_NONE
            session.polling = session.timers.interval_ms * MS < SLOW_US
            self._note(session, up=True)
        elif before is BfdState.UP:
            expired = symbol is BfdInput.EXPIRED
            session.diag = DIAG_EXPIRED if expired else DIAG_SIGNALED
            session.polling = False
            self._note(session, up=False, reason="DETECT TIMER EXPIRED" if expired else "RX DOWN")
        return True

    def _note(self, session: Session, *, up: bool, reason: str = "") -> None:
        changed = SessionChanged(session.interface, session.peer, session.discriminator, up, reason)
        self._events.append(changed)

    def _send(self, session: Session, now_us: int, *, final: bool = False) -> None:
        self._events.append(
            SendControl(session.interface, session.local, session.peer, session.control(final))
        )
        if session.sent:
            session.tx.add(now_us - session.sent_us)
        session.sent += 1
        session.sent_us = now_us
        self._schedule(session, now_us, now_us)

    def _schedule(self, session: Session, from_us: int, now_us: int) -> None:
        """Settle when the next packet goes; a neighbour that can receive none gets none."""
        if not session.remote_min_rx_us:
            session.next_us = None
            return
        early_us = 0.0
        if self._jitter is not None:
            least = 0.10 if session.timers.multiplier == 1 else 0.0
            early_us = (least + (0.25 - least) * self._jitter()) * session.interval_us
        session.next_us = max(now_us + 1, from_us + session.interval_us - round(early_us))
