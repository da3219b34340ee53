"""The IKE core of one device: what it is asked, what it hears, what it wants to be done.

No clock, no socket, no randomness of its own: every entry takes the time, `deadline` says when
`expire` is wanted, `drain` hands over what happened, in order. Nothing that comes over the network
makes it raise. The same core runs under the simulator's clock and on a real UDP socket.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from ipsec_edu.core.acl import Selector
from ipsec_edu.core.rng import Rng
from ipsec_edu.core.timers import Timer, Timers
from ipsec_edu.ike import dispatch
from ipsec_edu.ike.children import Children
from ipsec_edu.ike.crypto import Crypto
from ipsec_edu.ike.events import ChildSa, IkeEvent, Notice, SendDatagram
from ipsec_edu.ike.messages import Received
from ipsec_edu.ike.peers import PeerLists
from ipsec_edu.ike.phase2 import Quick
from ipsec_edu.ike.phase2_base import QuickBase
from ipsec_edu.ike.profile import profile_of
from ipsec_edu.ike.registry import IkeSas
from ipsec_edu.ike.sa import IkeSa
from ipsec_edu.ike.settings import ChildPolicy, IkeSettings, TransformSet
from ipsec_edu.ike.spi_reports import SpiReports
from ipsec_edu.ike.tables import (
    AGGRESSIVE_INITIATOR,
    AGGRESSIVE_RESPONDER,
    MAIN_INITIATOR,
    MAIN_RESPONDER,
    Phase1Input,
    QuickInput,
    QuickState,
)
from ipsec_edu.wire.isakmp_values import Protocol

__all__ = ["IkeCore"]

_INITIATOR = {"main": MAIN_INITIATOR, "aggressive": AGGRESSIVE_INITIATOR}
_RESPONDER = {"main": MAIN_RESPONDER, "aggressive": AGGRESSIVE_RESPONDER}
_KEPT_QUICK_MODES = 32
_LOWEST_SPI = 0x100  # 1 to 255 are reserved (RFC 4303, 2.1)

Wanted = tuple[ChildPolicy, Selector, int | None]


class IkeCore:
    """IKEv1 as one device speaks it.

    Parameters
    ----------
    settings : IkeSettings
        Policies, peers, crypto map entries, the platform.
    rng : Rng
        The only source of cookies, nonces, SPIs, message IDs and private values.
    crypto : Crypto
        `crypto.RealCrypto` or `crypto.ModelCrypto`.
    now_us : int
        Time of birth.

    Raises
    ------
    LabError
        Where `settings` names an unknown platform or override.
    """

    def __init__(self, settings: IkeSettings, rng: Rng, crypto: Crypto, now_us: int = 0) -> None:
        self.settings = settings
        self.profile = profile_of(settings)
        self.rng = rng
        self.crypto = crypto
        self.born_us = now_us
        self.events: list[IkeEvent] = []
        self.timers = Timers()
        self.child_table = Children(self)
        self.peers = PeerLists(self)
        self.ike_port = 500
        """Where we send first messages from and to (another value only for tests with real daemons)."""
        self.natt_port = 4500
        self.on_received: Callable[[Received], object] | None = None
        """Told of each well-formed message after it was dealt with (decrypted as far as we could)."""
        self.sas = IkeSas(self)
        self.spi_reports = SpiReports(self)
        self._wanted: dict[tuple[int, int], list[Wanted]] = {}
        """Traffic that waits for phase 1, by local and peer address."""
        self._uids = 0
        if self.profile.start_action == "start":
            self.timers.arm(Timer(self._start), now_us)

    # what a driver calls

    def acquire(self, policy: ChildPolicy, selector: Selector, now_us: int) -> None:
        """Get an SA for traffic that found none; does nothing while one is being negotiated."""
        if policy.connection == "answer-only":
            self.notice("acquire_ignored", 0, reason="answer-only", selector=selector)
            return
        peer = self.peers.current(policy, selector)
        if peer is None:
            self.notice("acquire_ignored", 0, reason="no-peer", selector=selector)
            return
        self.negotiate(policy, selector, peer, now_us)

    def receive(
        self, data: bytes, local: int, local_port: int, remote: int, remote_port: int, now_us: int
    ) -> None:
        """Take a UDP payload that came to `local`:`local_port` from `remote`:`remote_port`."""
        dispatch.receive(self, data, local, local_port, remote, remote_port, now_us)

    def deadline(self) -> int | None:
        """Return the earliest time at which `expire` wants to be called, None for never."""
        return self.timers.next_us()

    def expire(self, now_us: int) -> None:
        """Do what is due."""
        self.timers.run(now_us)

    def drain(self) -> list[IkeEvent]:
        """Return what happened since the last call, in order."""
        events, self.events = self.events, []
        return events

    def soft_expired(self, child_uid: int, now_us: int) -> None:
        """The volume lifetime of a child is nearly used up."""
        self.child_table.renew(child_uid, "kilobytes", now_us)

    def hard_expired(self, child_uid: int, now_us: int) -> None:
        """The volume lifetime of a child is used up."""
        self.child_table.expire(child_uid, now_us)

    def invalid_spi(self, local: int, remote: int, spi: int, now_us: int) -> None:
        """ESP came with an SPI that we do not have: say so, if the platform does and an IKE SA allows."""
        self.spi_reports.arrived(local, remote, spi, now_us)

    def clear(self, now_us: int) -> None:
        """Forget everything and tell nobody (``clear crypto sa`` and ``clear crypto isakmp``)."""
        self._wanted.clear()
        self.spi_reports.clear()
        self.child_table.down_all(self.child_table.all(), "cleared")
        self.sas.clear(now_us)

    def terminate(self, peer: int | None, now_us: int) -> None:
        """End the SAs with `peer` (None: with everybody) in order: Delete for each, then they are gone."""
        gone = [child for child in self.child_table.all() if peer in (None, child.peer)]
        self.child_table.down_all(gone, "delete", tell=True)
        for key in [key for key in self._wanted if peer in (None, key[1])]:
            del self._wanted[key]
        for sa in self.sas.living():
            if peer in (None, sa.peer):
                sa.phase1.step(Phase1Input.TERMINATE, now_us)

    @property
    def ike_sas(self) -> list[IkeSa]:
        """The IKE SAs, oldest first; failed attempts stay for as long as the platform shows them."""
        return self.sas.shown()

    @property
    def children(self) -> list[ChildSa]:
        """The IPsec SA pairs, oldest first."""
        return self.child_table.all()

    # what the machines call

    def notice(self, code: str, peer: int, **details: object) -> None:
        """Queue a notice (its codes are in `notices`)."""
        self.events.append(Notice(code, peer, details))

    def repeat(self, datagram: SendDatagram | None) -> None:
        """Send a stored answer again."""
        if datagram is not None:
            self.events.append(replace(datagram, retransmission=True))

    def new_cookie(self) -> bytes:
        """Draw a cookie; its first half is not zero, or it would look like the non-ESP marker."""
        cookie = self.rng.bytes(8)
        return cookie if any(cookie[:4]) else b"\1" + cookie[1:]

    def new_uid(self) -> int:
        """Number the next child."""
        self._uids += 1
        return self._uids

    def new_message_id(self, sa: IkeSa) -> int:
        """Draw a message ID that this SA has not seen."""
        while True:
            message_id = self.rng.u32(1)
            if message_id not in sa.quick and message_id not in sa.seen_ids:
                sa.seen_ids.append(message_id)
                return message_id

    def new_spis(self, sets: Iterable[TransformSet]) -> dict[int, int]:
        """Draw an inbound SPI for each protocol that the transform sets use."""
        sets = list(sets)
        wanted = [Protocol.AH] if any(ts.ah_integrity for ts in sets) else []
        wanted += [Protocol.ESP] if any(ts.esp_encryption for ts in sets) else []
        spis: dict[int, int] = {}
        for protocol in wanted:
            spi = self.rng.u32(_LOWEST_SPI)
            while self.child_table.spi_in_use(spi):
                spi = self.rng.u32(_LOWEST_SPI)
            spis[int(protocol)] = spi
        return spis

    def heard(self, sa: IkeSa, message: Received, now_us: int) -> None:
        """Note that an authenticated message came (its ports too: a translator may have changed them)."""
        sa.heard_us = now_us
        if sa.floated:
            sa.remote_port = message.remote_port

    def esp_heard_us(self, sa: IkeSa) -> int:
        """Return when ESP last came from the SA's peer."""
        if not self.profile.esp_proves_life:
            return -1
        children = self.child_table.of_peer(sa.local, sa.peer)
        return max((child.liveness.heard_us for child in children), default=-1)

    def esp_sent_us(self, sa: IkeSa) -> int:
        """Return when ESP last went to the SA's peer."""
        children = self.child_table.of_peer(sa.local, sa.peer)
        return max((child.liveness.sent_us for child in children), default=-1)

    # traffic that wants protection

    def _start(self, now_us: int) -> None:
        """Ask for every SA that a packet could ask for (``start_action = start``)."""
        entries = {(policy.name, policy.sequence, policy.local): policy for policy in self.settings.children}
        for policy in entries.values():
            for selector in policy.selectors:
                self.acquire(policy, selector, now_us)

    def negotiate(
        self, policy: ChildPolicy, selector: Selector, peer: int, now_us: int, replaces: int | None = None
    ) -> None:
        """Start a Quick Mode, or phase 1 first."""
        key = policy.local, peer
        if self._in_negotiation(key, selector):
            return
        sa = self.sas.usable(*key)
        if sa is not None:
            self._begin_quick(sa, (policy, selector, replaces), now_us)
            return
        begun = self.sas.beginning(*key)
        if begun or self.sas.begin(*key, now_us):
            self._wanted.setdefault(key, []).append((policy, selector, replaces))

    def _in_negotiation(self, key: tuple[int, int], selector: Selector) -> bool:
        """Tell whether this traffic already waits for phase 1, or has a Quick Mode under way."""
        if any(wanted[1] == selector for wanted in self._wanted.get(key, ())):
            return True
        return any(
            quick.selector == selector and quick.state in (QuickState.WAIT_QM2, QuickState.WAIT_QM3)
            for sa in self.sas.living()
            if (sa.local, sa.peer) == key
            for quick in sa.quick.values()
        )

    def serve_waiting(self, sa: IkeSa, now_us: int) -> None:
        """Phase 1 is up: begin the Quick Modes that waited for it."""
        for wanted in self._wanted.pop((sa.local, sa.peer), []):
            if sa.up:
                self._begin_quick(sa, wanted, now_us)

    def stop_waiting(self, local: int, peer: int) -> list[Wanted]:
        """Phase 1 failed: return what waited for it."""
        return self._wanted.pop((local, peer), [])

    # phase 2

    def _begin_quick(self, sa: IkeSa, wanted: Wanted, now_us: int) -> None:
        quick = Quick(self, sa, self.new_message_id(sa), True, now_us)
        quick.policy, quick.selector, quick.replaces = wanted
        self.remember_quick(sa, quick)
        self.notice(
            "phase2_started",
            sa.peer,
            ike_id=sa.ike_id,
            message_id=quick.message_id,
            initiator=True,
            selector=quick.selector,
            rekey=quick.replaces is not None,
        )
        quick.step(QuickInput.BEGIN, now_us)

    def remember_quick(self, sa: IkeSa, quick: Quick) -> None:
        """Keep an exchange for as long as its last answer may have to be repeated."""
        sa.quick[quick.message_id] = quick
        finished = [mid for mid, other in sa.quick.items() if other.state is QuickState.DONE]
        for message_id in finished[:-_KEPT_QUICK_MODES]:
            del sa.quick[message_id]
            sa.seen_ids.append(message_id)

    def policies_for(self, sa: IkeSa, selector: Selector) -> Sequence[ChildPolicy]:
        """Return the crypto map entries that protect this traffic with this peer, in order."""
        fitting = [
            policy
            for policy in self.settings.children
            if policy.local == sa.local
            and (not policy.peers or sa.peer in policy.peers)
            and policy.connection != "originate-only"
            and any(own.covers(selector) for own in policy.selectors)
        ]
        return sorted(fitting, key=lambda policy: policy.sequence)

    def quick_failed(self, quick: QuickBase, now_us: int) -> None:
        """A Quick Mode came to nothing; on some platforms phase 1 goes with it."""
        sa = quick.sa
        sa.quick.pop(quick.message_id, None)
        sa.seen_ids.append(quick.message_id)
        if not quick.reason:
            return  # not authentic: nothing happened
        self.notice("phase2_failed", sa.peer, ike_id=sa.ike_id, reason=quick.reason, selector=quick.selector)
        timeout = quick.reason == "timeout"
        keeps = not self.profile.p2_timeout_ends_p1 if timeout else self.profile.keeps_p1_after_p2_failure
        used = any(child.ike_id == sa.ike_id for child in self.children)
        if keeps or (used and not timeout) or not sa.up:
            return
        self.notice("session_torn_down", sa.peer, ike_id=sa.ike_id, reason=quick.reason)
        sa.phase1.reason = "failed"
        sa.phase1.step(Phase1Input.TERMINATE, now_us)

    # deletes

    def deletable(self, sa: IkeSa, protocol: str, spis: Sequence[bytes]) -> bool:
        """Tell whether a Delete names anything that we have."""
        if protocol == "isakmp":
            return any(self.sas.named(sa, spi) is not None for spi in spis)
        return any(self._outbound(sa, protocol, spi) is not None for spi in spis)

    def _outbound(self, sa: IkeSa, protocol: str, spi: bytes) -> ChildSa | None:
        child = self.child_table.by_outbound(sa.peer, int.from_bytes(spi, "big"))
        return child if child is not None and child.protocol == protocol else None

    def deleted(self, sa: IkeSa, protocol: str, spis: Sequence[bytes], now_us: int) -> None:
        """Take down what an authenticated Delete names: the peer no longer receives on it."""
        for spi in spis:
            if protocol == "isakmp":
                named = self.sas.named(sa, spi)
                if named is not None:
                    named.phase1.step(Phase1Input.DELETE, now_us)
                continue
            child = self._outbound(sa, protocol, spi)
            if child is not None:
                self.child_table.down(child.uid, "delete")
