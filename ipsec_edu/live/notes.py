"""What a live peer writes down: messages in both directions, SAs, pings; and why there is no tunnel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ipsec_edu.core.addr import Prefix, format_ip
from ipsec_edu.core.units import to_s
from ipsec_edu.ike.core import IkeCore
from ipsec_edu.ike.events import (
    ChildDown,
    ChildSa,
    ChildUp,
    DpdStep,
    IkeDown,
    IkeEvent,
    IkeStarted,
    IkeUp,
    Notice,
    SendDatagram,
)
from ipsec_edu.ike.messages import Received, find
from ipsec_edu.trace.records import Message, SaRecord
from ipsec_edu.wire.isakmp import NO_COOKIE, KeyExchange, Notification, labels
from ipsec_edu.wire.isakmp_values import EXCHANGE_NAME, Exchange, notify_name

__all__ = ["Notes", "PeerResult", "Ping"]

_EXCHANGE = {int(number): name for number, name in EXCHANGE_NAME.items()}
_LAST_WORDS = {
    "phase1_refused": "the peer refuses phase 1: {notify}",
    "phase1_no_proposal": "the peer's phase-1 proposal does not fit --ike (it differs in {differs})",
    "no_key_for_peer": "there is no pre-shared key for this address",
    "psk_mismatch_suspected": "message {number} is garbage when decrypted: the pre-shared keys differ",
    "authentication_failed": "the hash in message {number} is wrong: the pre-shared keys differ",
    "identity_mismatch": "the peer calls itself {received}, expected {expected}",
    "phase2_refused": "the peer refuses Quick Mode: {notify}",
    "phase2_no_proposal": "the peer's phase-2 proposal does not fit --esp",
    "pfs_required": "the peer's phase-2 proposal lacks the group of --esp",
    "phase2_no_selector": "the peer wants {local} to {remote}, not what --local-net and --remote-net say",
    "dpd_dead": "dead-peer detection gave the peer up",
}
"""Why there is no tunnel, by the code of the notice that says so."""


@dataclass(slots=True)
class Ping:
    """One echo request through the tunnel."""

    to: int
    sent_us: int
    answered_us: int | None = None


@dataclass(slots=True)
class PeerResult:
    """What came of it. `established`: a pair of IPsec SAs was up at some time; else `reason` says why not."""

    messages: list[Message] = field(default_factory=list)
    sas: list[SaRecord] = field(default_factory=list)
    pings: list[Ping] = field(default_factory=list)
    established: bool = False
    reason: str | None = None

    @property
    def ok(self) -> bool:
        """Tell whether there was a tunnel, and an answer if there was a ping."""
        return self.established and (
            not self.pings or any(ping.answered_us is not None for ping in self.pings)
        )


class Notes:
    """Keeps a `PeerResult` from the events of a core and the messages it took.

    Parameters
    ----------
    core : IkeCore
        Told from here on to hand over what it receives.
    clock : callable
        Returns the time in microseconds since the start.
    say : callable
        Takes a line for people at each thing that happens.
    """

    def __init__(
        self, core: IkeCore, name: str, peer: str, clock: Callable[[], int], say: Callable[[str], object]
    ) -> None:
        self.result = PeerResult()
        self._core = core
        self._name, self._peer = name, peer
        self._clock = clock
        self._say = say
        self._ike: dict[str, SaRecord] = {}
        self._children: dict[tuple[int, str], SaRecord] = {}
        self._seen: set[bytes] = set()
        self._refusal = ""
        core.on_received = self._received

    def line(self, text: str) -> None:
        """Tell people, with the time in front."""
        self._say(f"{to_s(self._clock()):9.3f}  {text}")

    def handle(self, event: IkeEvent) -> None:
        """Write down one event of the core."""
        now_us = self._clock()
        match event:
            case SendDatagram() if not event.keepalive:
                self._sent(event, now_us)
            case IkeStarted():
                record = SaRecord(
                    self._name, "ike", event.local, event.peer, event.ike_id, event.initiator, now_us
                )
                self._ike[event.ike_id] = record
                self.result.sas.append(record)
            case IkeUp():
                record = self._ike[event.ike_id]
                record.up_us, record.id = now_us, b"".join(event.cookies).hex()
                record.ike_id, record.transform = record.id, event.transform
                self.line(f"IKE SA up ({event.transform})")
            case IkeDown():
                self._end(self._ike.pop(event.ike_id, None), event.reason, now_us)
                self.line(f"IKE SA down ({event.reason})")
            case ChildUp():
                self._child_up(event.child, now_us)
            case ChildDown():
                for kind in ("in", "out"):
                    self._end(self._children.pop((event.child.uid, kind), None), event.reason, now_us)
                self.line(f"IPsec SA down ({event.reason}): 0x{event.child.inbound_spi:08x}")
            case DpdStep():
                self.line(f"dead-peer detection: {event.event}")
            case Notice():
                self._notice(event)

    def _end(self, record: SaRecord | None, reason: str, now_us: int) -> None:
        if record is not None:
            record.down_us, record.reason = now_us, reason

    def _child_up(self, child: ChildSa, now_us: int) -> None:
        ike = self._ike.get(child.ike_id)
        for way, spi in (("in", child.inbound_spi), ("out", child.outbound_spi)):
            record = SaRecord(
                self._name,
                f"{child.protocol}-{way}",
                child.local,
                child.peer,
                f"0x{spi:08x}",
                child.initiator,
                child.begun_us,
                now_us,
                ike_id=ike.id if ike is not None else child.ike_id,
                selector=f"{child.selector.local} {child.selector.remote}",
                transform=child.transform.name,
            )
            self._children[child.uid, way] = record
            self.result.sas.append(record)
        self.result.established = True
        verb = "IPsec SA up" if child.replaces is None else "IPsec SA renewed"
        self.line(
            f"{verb} ({child.transform.name}): in 0x{child.inbound_spi:08x} out 0x{child.outbound_spi:08x}"
        )

    def _notice(self, notice: Notice) -> None:
        words = _LAST_WORDS.get(notice.code)
        if words is None:
            return
        details = {key: _plain(value) for key, value in notice.details.items()}
        self._refusal = words.format(**details)
        self.line(self._refusal)

    # messages

    def _sent(self, event: SendDatagram, now_us: int) -> None:
        marker = len(event.data) - len(event.clear)
        message = Message(
            now_us,
            self._name,
            self._peer,
            event.local,
            event.remote,
            event.exchange,
            event.number,
            event.payloads,
            event.notify,
            len(event.data) - marker,
            event.retransmission,
            event.encrypted,
            event.cookies,
            event.message_id,
            event.local_port,
            event.data[marker:],
            event.clear,
            sequence=event.sequence,
        )
        self._add(message, "sent")

    def _received(self, message: Received) -> None:
        header, now_us = message.header, self._clock()
        notification = find(message.payloads, Notification)
        seen = message.data in self._seen
        self._seen.add(message.data)
        record = Message(
            now_us,
            self._peer,
            self._name,
            message.remote,
            message.local,
            _EXCHANGE.get(header.exchange, str(header.exchange)),
            self._number(message),
            labels(message.payloads),
            notify_name(notification.notify) if notification else None,
            len(message.data),
            seen,
            header.encrypted,
            (header.initiator_cookie, header.responder_cookie),
            header.message_id,
            message.remote_port,
            message.data,
            message.plain,
            arrived_us=now_us,
        )
        self._add(record, "received")

    def _add(self, message: Message, verb: str) -> None:
        self.result.messages.append(message)
        again = " again" if message.retransmission else ""
        notify = f" {message.notify}" if message.notify else ""
        self.line(
            f"{verb} {message.exchange} {message.number}{again}{notify} "
            f"[{' '.join(message.payloads) or 'unreadable'}] {message.size} bytes, port {message.port}"
        )

    def _number(self, message: Received) -> int:
        """Number a received message within its exchange; by what it carries, since nobody says it."""
        header = message.header
        if header.exchange == Exchange.MAIN:
            first = 5 if header.encrypted else 3 if find(message.payloads, KeyExchange) else 1
            return first + (not self._begun_by_peer(header.initiator_cookie))
        if header.exchange == Exchange.AGGRESSIVE:
            if header.responder_cookie == NO_COOKIE:
                return 1
            return 3 if self._begun_by_peer(header.initiator_cookie) else 2
        if header.exchange == Exchange.QUICK:
            known = list(
                dict.fromkeys(
                    other.wire
                    for other in self.result.messages
                    if other.exchange == "quick" and other.message_id == header.message_id
                )
            )
            return 1 + (known.index(message.data) if message.data in known else len(known))
        return 1

    def _begun_by_peer(self, cookie: bytes) -> bool:
        record = next(
            (sa for sa in self.result.sas if sa.kind == "ike" and sa.id.startswith(cookie.hex())), None
        )
        return record is None or not record.initiator

    # the end

    def conclude(self) -> PeerResult:
        """Say why there is no tunnel, if there is none."""
        if not self.result.established:
            self.result.reason = self._refusal or self._silence()
        return self.result

    def _silence(self) -> str:
        sent = [m for m in self.result.messages if m.sender == self._name]
        heard = [m for m in self.result.messages if m.sender == self._peer]
        if not sent:
            return "nobody began a negotiation with us"
        if not heard:
            return f"no answer from {self._peer} to {len(sent)} messages: is it there, does it listen?"
        last = sent[-1]
        hint = ""
        if (last.exchange, last.number) in (("main", 5), ("aggressive", 2)):
            hint = "; most likely the pre-shared keys differ"
        return f"no answer to message {last.number} of {last.exchange} mode{hint}"


def _plain(value: object) -> str:
    if isinstance(value, tuple) and not isinstance(value, Prefix):
        return ", ".join(map(str, value))
    return format_ip(value) if isinstance(value, int) and value > 0xFFFF else str(value)
