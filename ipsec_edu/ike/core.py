"""The IKE core of one device: what it is asked, what it hears, what it wants to be done.

No clock, no socket, no randomness of its own: every entry takes the time, `deadline` says when
`expire` is wanted, `drain` hands over what happened, in order. Nothing that comes over the network
makes it raise. The same core runs under the simulator's clock and on a real UDP socket.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ipsec_edu.core.acl import Selector
from ipsec_edu.core.addr import Prefix
from ipsec_edu.core.rng import Rng
from ipsec_edu.core.units import to_us
from ipsec_edu.ike import dispatch, informational
from ipsec_edu.ike.children import Children
from ipsec_edu.ike.crypto import Crypto
from ipsec_edu.ike.dpd import DpdMonitor
from ipsec_edu.ike.events import ChildSa, IkeDown, IkeEvent, IkeStarted, IkeUp, Notice, SendDatagram
from ipsec_edu.ike.identity import peer_settings
from ipsec_edu.ike.messages import Received, send
from ipsec_edu.ike.peers import PeerLists
from ipsec_edu.ike.phase1 import Phase1
from ipsec_edu.ike.phase2 import Quick
from ipsec_edu.ike.profile import profile_of
from ipsec_edu.ike.sa import IkeSa
from ipsec_edu.ike.settings import ChildPolicy, IkePolicy, IkeSettings, PeerSettings, TransformSet
from ipsec_edu.ike.tables import (
    AGGRESSIVE_INITIATOR,
    AGGRESSIVE_RESPONDER,
    MAIN_INITIATOR,
    MAIN_RESPONDER,
    Phase1Input,
    Phase1State,
    QuickInput,
    QuickState,
)
from ipsec_edu.ike.timers import Timer, Timers
from ipsec_edu.wire.isakmp import NO_COOKIE, Notification
from ipsec_edu.wire.isakmp_values import Exchange, Notify, Protocol

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
        self._sas: dict[bytes, IkeSa] = {}
        """Living IKE SAs by initiator cookie."""
        self._dead: list[IkeSa] = []
        self._wanted: dict[tuple[int, int], list[Wanted]] = {}
        self._invalid_spis: dict[tuple[int, int], int] = {}
        self._told_us: dict[tuple[int, int], int] = {}
        self._recovered_us: dict[tuple[int, int], int] = {}
        self._provoked: dict[tuple[int, int], int] = {}
        self._tries: dict[tuple[int, int], int] = {}
        self._count = 0
        self._uids = 0

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
        key = local, remote
        sa = self.usable_sa(local, remote)
        if sa is not None:
            self._tell_invalid_spi(sa, spi, now_us)
        elif not self.settings.invalid_spi_recovery:
            self.notice("invalid_spi_no_sa", remote, spi=spi)
        else:
            self._provoked[key] = self._provoked.get(key, 0) + 1
            last = self._recovered_us.get(key)
            pause_us = to_us(self.profile.invalid_spi_recovery_interval_s)
            if last is None or now_us - last >= pause_us:
                self._recovered_us[key] = now_us
                self._invalid_spis[key] = spi
                self.notice("invalid_spi_recovery", remote, spi=spi, provocations=self._provoked[key])
                self._begin_phase1(local, remote, now_us)

    def clear(self, now_us: int) -> None:
        """Forget everything and tell nobody (``clear crypto sa`` and ``clear crypto isakmp``)."""
        self._wanted.clear()
        self._invalid_spis.clear()
        self.child_table.down_all(self.child_table.all(), "cleared")
        for sa in list(self._sas.values()):
            sa.phase1.step(Phase1Input.CLEAR, now_us)
        self._dead.clear()

    def terminate(self, peer: int | None, now_us: int) -> None:
        """End the SAs with `peer` (None: with everybody) in order: Delete for each, then they are gone."""
        gone = [child for child in self.child_table.all() if peer in (None, child.peer)]
        self.child_table.down_all(gone, "delete", tell=True)
        for key in [key for key in self._wanted if peer in (None, key[1])]:
            del self._wanted[key]
        for sa in list(self._sas.values()):
            if peer in (None, sa.peer):
                sa.phase1.step(Phase1Input.TERMINATE, now_us)

    @property
    def ike_sas(self) -> list[IkeSa]:
        """The IKE SAs, oldest first; failed attempts stay for as long as the platform shows them."""
        return sorted([*self._sas.values(), *self._dead], key=lambda sa: sa.number)

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

    def find_sa(self, message: Received) -> IkeSa | None:
        """Return the IKE SA that a message names by its cookies, and that is with its sender."""
        header = message.header
        sa = self._sas.get(header.initiator_cookie)
        if sa is None or sa.peer != message.remote or sa.local != message.local:
            return None
        if header.responder_cookie == sa.cookie_r:
            return sa
        if header.responder_cookie == NO_COOKIE:
            return None if sa.initiator else sa
        return sa if sa.initiator and sa.cookie_r == NO_COOKIE else None

    def usable_sa(self, local: int, peer: int) -> IkeSa | None:
        """Return the newest complete IKE SA with a peer."""
        found = [sa for sa in self._sas.values() if sa.up and (sa.local, sa.peer) == (local, peer)]
        return max(found, key=lambda sa: sa.up_us or 0, default=None)

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

    def knows_other(self, sa: IkeSa) -> bool:
        """Tell whether there is another complete IKE SA with the peer."""
        return any(other is not sa and other.up and other.peer == sa.peer for other in self._sas.values())

    # phase 1: begin

    def negotiate(
        self, policy: ChildPolicy, selector: Selector, peer: int, now_us: int, replaces: int | None = None
    ) -> None:
        """Start a Quick Mode, or phase 1 first."""
        key = policy.local, peer
        if self._in_negotiation(key, selector):
            return
        sa = self.usable_sa(*key)
        if sa is not None:
            self._begin_quick(sa, (policy, selector, replaces), now_us)
            return
        begun = any(
            sa.initiator and (sa.local, sa.peer) == key and sa.state is not Phase1State.GONE
            for sa in self._sas.values()
        )
        if begun or self._begin_phase1(*key, now_us):
            self._wanted.setdefault(key, []).append((policy, selector, replaces))

    def _in_negotiation(self, key: tuple[int, int], selector: Selector) -> bool:
        """Tell whether this traffic already waits for phase 1, or has a Quick Mode under way."""
        if any(wanted[1] == selector for wanted in self._wanted.get(key, ())):
            return True
        return any(
            quick.selector == selector and quick.state in (QuickState.WAIT_QM2, QuickState.WAIT_QM3)
            for sa in self._sas.values()
            if (sa.local, sa.peer) == key
            for quick in sa.quick.values()
        )

    def _begin_phase1(self, local: int, peer: int, now_us: int, rekey_of: IkeSa | None = None) -> bool:
        settings = peer_settings(self.settings, peer)
        usable = any(policy.authentication == "pre-share" for policy in self.settings.policies)
        if settings is None or settings.psk is None or not usable:
            self.notice("acquire_ignored", peer, reason="no-key", selector=None)
            return False
        if local not in self.settings.listening:
            self.notice("not_listening", peer, local=local)
            return False
        cookie = self.new_cookie()
        sa = self._new_sa(cookie, local, peer, True, settings.mode, settings, now_us)
        if rekey_of is not None:
            sa.rekey_of = rekey_of.ike_id
        self.announce(sa)
        sa.phase1.step(Phase1Input.BEGIN, now_us)
        return True

    def _new_sa(
        self,
        cookie: bytes,
        local: int,
        peer: int,
        initiator: bool,
        mode: str,
        settings: PeerSettings,
        now_us: int,
    ) -> IkeSa:
        self._count += 1
        sa = IkeSa(
            number=self._count,
            ike_id=cookie.hex(),
            local=local,
            peer=peer,
            local_port=self.ike_port,
            remote_port=self.ike_port,
            initiator=initiator,
            mode=mode,
            created_us=now_us,
            settings=settings,
            cookie_i=cookie,
            heard_us=now_us,
        )
        Phase1(self, sa, (_INITIATOR if initiator else _RESPONDER)[mode])
        self._sas[cookie] = sa
        return sa

    def new_responder(self, message: Received, mode: str, now_us: int) -> IkeSa:
        """Make room for a phase 1 that somebody else begins."""
        cookie, peer = message.header.initiator_cookie, message.remote
        settings = peer_settings(self.settings, peer) or PeerSettings(_host(peer), None)
        sa = self._new_sa(cookie, message.local, peer, False, mode, settings, now_us)
        sa.local_port, sa.remote_port = message.local_port, message.remote_port
        sa.floated = message.local_port != self.ike_port
        self.timers.arm(sa.phase1.half_open, now_us + to_us(self.profile.half_open_s))
        return sa

    def announce(self, sa: IkeSa) -> None:
        """Say that an IKE SA came into being."""
        sa.announced = True
        self.events.append(IkeStarted(sa.ike_id, sa.local, sa.peer, sa.initiator))
        self.notice(
            "phase1_started",
            sa.peer,
            ike_id=sa.ike_id,
            initiator=sa.initiator,
            mode=sa.mode,
            rekey=sa.rekey_of is not None,
        )

    def bound_half_open(self, now_us: int) -> None:
        """Drop the oldest of too many SAs that others began and did not finish."""
        half_open = [sa for sa in self._sas.values() if not sa.initiator and not sa.up]
        if len(half_open) > self.profile.max_half_open:
            oldest = min(half_open, key=lambda sa: sa.number)
            self.notice(
                "half_open_dropped", oldest.peer, ike_id=oldest.ike_id, limit=self.profile.max_half_open
            )
            oldest.phase1.reason = "failed"
            oldest.phase1.step(Phase1Input.CLEAR, now_us)

    def answer_stranger(self, message: Received, payload: Notification) -> None:
        """Answer a message for which there is no IKE SA, in clear."""
        settings = PeerSettings(_host(message.remote), None)
        header = message.header
        sa = IkeSa(
            0,
            header.initiator_cookie.hex(),
            message.local,
            message.remote,
            message.local_port,
            message.remote_port,
            False,
            "main",
            0,
            settings,
            header.initiator_cookie,
            header.responder_cookie,
        )
        sa.floated = message.local_port != self.ike_port
        send(self, sa, Exchange.INFORMATIONAL, 1, [payload], message_id=self.rng.u32(1))

    # phase 1: up and down

    def phase1_up(self, sa: IkeSa, now_us: int) -> None:
        """Do what waited for phase 1."""
        assert sa.policy is not None
        sa.up_us = now_us
        sa.expires_us = now_us + to_us(sa.lifetime_s)
        profile, machine = self.profile, sa.phase1
        fraction = profile.p1_soft_fraction if sa.initiator else profile.p1_soft_responder_fraction
        if fraction < 1:
            self.timers.arm(machine.soft, now_us + to_us(sa.lifetime_s * fraction))
        self.timers.arm(machine.hard, sa.expires_us)
        machine.start_keepalive(now_us)
        self._tries.pop((sa.local, sa.peer), None)
        self.events.append(
            IkeUp(sa.ike_id, sa.cookies, sa.local, sa.peer, sa.initiator, transform_text(sa.policy))
        )
        self.notice(
            "phase1_up",
            sa.peer,
            ike_id=sa.ike_id,
            initiator=sa.initiator,
            policy=sa.policy,
            lifetime_s=sa.lifetime_s,
            rekey=sa.rekey_of is not None,
        )
        if sa.dpd_settings.mode != "off" and sa.peer_dpd:
            sa.monitor = DpdMonitor(self, sa, now_us)
        self._succeed(sa, now_us)
        key = sa.local, sa.peer
        spi = self._invalid_spis.pop(key, None)
        if spi is not None:
            self._tell_invalid_spi(sa, spi, now_us)
        for wanted in self._wanted.pop(key, []):
            if sa.up:
                self._begin_quick(sa, wanted, now_us)

    def _succeed(self, sa: IkeSa, now_us: int) -> None:
        """Retire the SA that this one renews."""
        old = next((other for other in self._sas.values() if other.ike_id == sa.rekey_of), None)
        if old is not None:
            self.child_table.move(old, sa)
            old.phase1.reason = "rekeyed"
            old.phase1.step(Phase1Input.TERMINATE, now_us)

    def renew_phase1(self, sa: IkeSa, now_us: int) -> None:
        """Begin a successor, if there is anything that needs one and nobody has begun."""
        newer = any(
            other.number > sa.number and (other.local, other.peer) == (sa.local, sa.peer)
            for other in self._sas.values()
        )
        if newer or not self.child_table.of_peer(sa.local, sa.peer):
            return
        self.notice("phase1_rekey", sa.peer, ike_id=sa.ike_id)
        sa.renewing = self._begin_phase1(sa.local, sa.peer, now_us, rekey_of=sa)

    def phase1_gone(self, sa: IkeSa, symbol: Phase1Input, reason: str, now_us: int) -> None:
        """Clean up after an IKE SA, whatever ended it."""
        self._sas.pop(sa.cookie_i, None)
        was_up = sa.up_us is not None
        sa.closed_us, sa.reason, sa.expires_us = now_us, reason, None
        if sa.monitor is not None:
            sa.monitor.stop()
        for quick in list(sa.quick.values()):
            quick.step(QuickInput.END, now_us)
        if was_up:
            self._orphans(sa, reason, now_us)
        if sa.announced:
            if was_up:
                self.notice("phase1_down", sa.peer, ike_id=sa.ike_id, reason=reason)
            self.events.append(IkeDown(sa.ike_id, sa.local, sa.peer, reason))
        if not was_up and sa.announced and reason == "failed":
            self._attempt_failed(sa, now_us)

    def _orphans(self, sa: IkeSa, reason: str, now_us: int) -> None:
        """Hand the children on, or let them go, or let them dangle."""
        heir = self.usable_sa(sa.local, sa.peer)
        if heir is not None:
            self.child_table.move(sa, heir)
        elif self.profile.p2_dies_with_p1:
            self.child_table.down_all([c for c in self.children if c.ike_id == sa.ike_id], reason)

    def _attempt_failed(self, sa: IkeSa, now_us: int) -> None:
        """An attempt came to nothing: the next one may try another peer."""
        key = sa.local, sa.peer
        if self.profile.dead_attempt_visible_s:
            sa.failed = True
            self._dead.append(sa)
            prune = Timer(lambda _: self._dead.remove(sa) if sa in self._dead else None)
            self.timers.arm(prune, now_us + to_us(self.profile.dead_attempt_visible_s))
        if not sa.initiator:
            return
        if sa.rekey_of is not None:
            for other in self._sas.values():
                other.renewing = other.renewing and other.ike_id != sa.rekey_of
        wanted = self._wanted.pop(key, [])
        self._invalid_spis.pop(key, None)
        self.peers.failed(sa.peer)
        if self.profile.dead_peer_action == "restart" and wanted:
            self._tries[key] = self._tries.get(key, 1) + 1
            if self.profile.keying_tries == 0 or self._tries[key] <= self.profile.keying_tries:
                for policy, selector, _ in wanted:
                    self.acquire(policy, selector, now_us)

    def peer_dead(self, sa: IkeSa, now_us: int) -> None:
        """Dead-peer detection gave a peer up: everything with it goes."""
        key = sa.local, sa.peer
        children = self.child_table.of_peer(*key)
        for other in [other for other in self._sas.values() if (other.local, other.peer) == key]:
            if other is not sa and (other.up or not other.initiator):
                other.phase1.step(Phase1Input.DEAD, now_us)
        self.child_table.down_all(children, "dpd")
        sa.phase1.step(Phase1Input.DEAD, now_us)
        self.peers.failed(sa.peer)
        if self.profile.dead_peer_action == "restart":
            for child in dict.fromkeys((child.policy, child.selector) for child in children):
                self.acquire(*child, now_us)

    def flush_others(self, sa: IkeSa, now_us: int) -> None:
        """INITIAL-CONTACT came under `sa`: older SAs with that peer are stale."""
        stale = [
            other for other in self._sas.values() if other is not sa and other.up and other.peer == sa.peer
        ]
        children = [c for c in self.children if c.peer == sa.peer and c.ike_id != sa.ike_id]
        uids = {child.uid for child in children}
        self.notice("initial_contact_received", sa.peer, ike_id=sa.ike_id, flushed=len(stale) + len(uids))
        self.child_table.down_all(children, "replaced")
        for other in stale:
            other.phase1.step(Phase1Input.REPLACED, now_us)

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

    def quick_failed(self, quick: Quick, now_us: int) -> None:
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

    # deletes and unknown SPIs

    def deletable(self, sa: IkeSa, protocol: str, spis: Sequence[bytes]) -> bool:
        """Tell whether a Delete names anything that we have."""
        if protocol == "isakmp":
            return any(self._named(sa, spi) is not None for spi in spis)
        return any(self._outbound(sa, protocol, spi) is not None for spi in spis)

    def _named(self, sa: IkeSa, spi: bytes) -> IkeSa | None:
        found = self._sas.get(spi[:8])
        return found if found is not None and found.spi == spi and found.peer == sa.peer else None

    def _outbound(self, sa: IkeSa, protocol: str, spi: bytes) -> ChildSa | None:
        child = self.child_table.by_outbound(sa.peer, int.from_bytes(spi, "big"))
        return child if child is not None and child.protocol == protocol else None

    def deleted(self, sa: IkeSa, protocol: str, spis: Sequence[bytes], now_us: int) -> None:
        """Take down what an authenticated Delete names: the peer no longer receives on it."""
        for spi in spis:
            if protocol == "isakmp":
                named = self._named(sa, spi)
                if named is not None:
                    named.phase1.step(Phase1Input.DELETE, now_us)
                continue
            child = self._outbound(sa, protocol, spi)
            if child is not None:
                self.child_table.down(child.uid, "delete")

    def _tell_invalid_spi(self, sa: IkeSa, spi: int, now_us: int) -> None:
        key = sa.local, sa.peer
        last = self._told_us.get(key)
        pause_us = to_us(self.profile.invalid_spi_interval_s)
        if not self.profile.invalid_spi_notify or (last is not None and now_us - last < pause_us):
            return
        self._told_us[key] = now_us
        informational.send_error(
            self, sa, Notify.INVALID_SPI, protected=True, protocol=Protocol.ESP, spi=spi.to_bytes(4, "big")
        )
        self.notice("invalid_spi_sent", sa.peer, ike_id=sa.ike_id, spi=spi)

    def invalid_spi_reported(self, sa: IkeSa, spi: int, now_us: int) -> None:
        """The peer does not have an SPI that we send to: that child is stale."""
        child = self.child_table.by_outbound(sa.peer, spi)
        self.notice("invalid_spi_received", sa.peer, ike_id=sa.ike_id, spi=spi, known=child is not None)
        if child is not None:
            self.child_table.down(child.uid, "invalid-spi")


def _host(address: int) -> Prefix:
    return Prefix(address, 32)


def transform_text(policy: IkePolicy) -> str:
    """Return ``aes 256, sha, group 5, psk``."""
    bits = f" {policy.key_bits}" if policy.key_bits else ""
    digest = "sha" if policy.hash == "sha1" else policy.hash
    return f"{policy.encryption}{bits}, {digest}, group {policy.group}, psk"
