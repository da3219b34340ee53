"""The IKE SAs of one device: how they are begun, found, and what goes with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipsec_edu.core.addr import Prefix
from ipsec_edu.core.timers import Timer
from ipsec_edu.core.units import to_us
from ipsec_edu.ike.dpd import DpdMonitor
from ipsec_edu.ike.events import IkeDown, IkeStarted, IkeUp
from ipsec_edu.ike.identity import peer_settings
from ipsec_edu.ike.messages import Received, send
from ipsec_edu.ike.phase1 import Phase1
from ipsec_edu.ike.sa import IkeSa
from ipsec_edu.ike.settings import IkePolicy, PeerSettings
from ipsec_edu.ike.tables import (
    AGGRESSIVE_INITIATOR,
    AGGRESSIVE_RESPONDER,
    MAIN_INITIATOR,
    MAIN_RESPONDER,
    Phase1Input,
    Phase1State,
    QuickInput,
)
from ipsec_edu.wire.isakmp import NO_COOKIE, Notification
from ipsec_edu.wire.isakmp_values import Exchange

if TYPE_CHECKING:
    from ipsec_edu.ike.core import IkeCore

__all__ = ["IkeSas", "transform_text"]

_INITIATOR = {"main": MAIN_INITIATOR, "aggressive": AGGRESSIVE_INITIATOR}
_RESPONDER = {"main": MAIN_RESPONDER, "aggressive": AGGRESSIVE_RESPONDER}


class IkeSas:
    """All IKE SAs of one core, by initiator cookie."""

    __slots__ = ("_core", "_count", "_dead", "_sas", "_tries")

    def __init__(self, core: IkeCore) -> None:
        self._core = core
        self._sas: dict[bytes, IkeSa] = {}
        self._dead: list[IkeSa] = []
        """Failed attempts that ``show`` still lists."""
        self._count = 0
        self._tries: dict[tuple[int, int], int] = {}

    def living(self) -> list[IkeSa]:
        """Return the SAs that are up or on their way."""
        return list(self._sas.values())

    def shown(self) -> list[IkeSa]:
        """Return what ``show`` lists, oldest first."""
        return sorted([*self._sas.values(), *self._dead], key=lambda sa: sa.number)

    def taken(self, cookie: bytes) -> bool:
        """Tell whether an initiator cookie is in use, whoever with."""
        return cookie in self._sas

    def clear(self, now_us: int) -> None:
        """Forget all of them."""
        for sa in self.living():
            sa.phase1.step(Phase1Input.CLEAR, now_us)
        self._dead.clear()

    def beginning(self, local: int, peer: int) -> bool:
        """Tell whether we have begun with a peer and wait for phase 1 to complete."""
        return any(
            sa.initiator and (sa.local, sa.peer) == (local, peer) and sa.state is not Phase1State.GONE
            for sa in self._sas.values()
        )

    def find(self, message: Received) -> IkeSa | None:
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

    def usable(self, local: int, peer: int) -> IkeSa | None:
        """Return the newest complete IKE SA with a peer."""
        found = [sa for sa in self._sas.values() if sa.up and (sa.local, sa.peer) == (local, peer)]
        return max(found, key=lambda sa: sa.up_us or 0, default=None)

    def knows_other(self, sa: IkeSa) -> bool:
        """Tell whether there is another complete IKE SA with the peer."""
        return any(other is not sa and other.up and other.peer == sa.peer for other in self._sas.values())

    def begin(self, local: int, peer: int, now_us: int, rekey_of: IkeSa | None = None) -> bool:
        settings = peer_settings(self._core.settings, peer)
        usable = any(policy.authentication == "pre-share" for policy in self._core.settings.policies)
        if settings is None or settings.psk is None or not usable:
            self._core.notice("acquire_ignored", peer, reason="no-key", selector=None)
            return False
        if local not in self._core.settings.listening:
            self._core.notice("not_listening", peer, local=local)
            return False
        cookie = self._core.new_cookie()
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
            local_port=self._core.ike_port,
            remote_port=self._core.ike_port,
            initiator=initiator,
            mode=mode,
            created_us=now_us,
            settings=settings,
            cookie_i=cookie,
            heard_us=now_us,
        )
        Phase1(self._core, sa, (_INITIATOR if initiator else _RESPONDER)[mode])
        self._sas[cookie] = sa
        return sa

    def new_responder(self, message: Received, mode: str, now_us: int) -> IkeSa:
        """Make room for a phase 1 that somebody else begins."""
        cookie, peer = message.header.initiator_cookie, message.remote
        settings = peer_settings(self._core.settings, peer) or PeerSettings(_host(peer), None)
        sa = self._new_sa(cookie, message.local, peer, False, mode, settings, now_us)
        sa.local_port, sa.remote_port = message.local_port, message.remote_port
        sa.floated = message.local_port != self._core.ike_port
        self._core.timers.arm(sa.phase1.half_open, now_us + to_us(self._core.profile.half_open_s))
        return sa

    def announce(self, sa: IkeSa) -> None:
        """Say that an IKE SA came into being."""
        sa.announced = True
        self._core.events.append(IkeStarted(sa.ike_id, sa.local, sa.peer, sa.initiator))
        self._core.notice(
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
        if len(half_open) > self._core.profile.max_half_open:
            oldest = min(half_open, key=lambda sa: sa.number)
            self._core.notice(
                "half_open_dropped", oldest.peer, ike_id=oldest.ike_id, limit=self._core.profile.max_half_open
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
        sa.floated = message.local_port != self._core.ike_port
        send(self._core, sa, Exchange.INFORMATIONAL, 1, [payload], message_id=self._core.rng.u32(1))

    def up(self, sa: IkeSa, now_us: int) -> None:
        """Do what waited for phase 1."""
        assert sa.policy is not None
        sa.up_us = now_us
        sa.expires_us = now_us + to_us(sa.lifetime_s)
        profile, machine = self._core.profile, sa.phase1
        fraction = profile.p1_soft_fraction if sa.initiator else profile.p1_soft_responder_fraction
        if fraction < 1:
            self._core.timers.arm(machine.soft, now_us + to_us(sa.lifetime_s * fraction))
        self._core.timers.arm(machine.hard, sa.expires_us)
        machine.start_keepalive(now_us)
        self._tries.pop((sa.local, sa.peer), None)
        self._core.events.append(
            IkeUp(sa.ike_id, sa.cookies, sa.local, sa.peer, sa.initiator, transform_text(sa.policy))
        )
        self._core.notice(
            "phase1_up",
            sa.peer,
            ike_id=sa.ike_id,
            initiator=sa.initiator,
            policy=sa.policy,
            lifetime_s=sa.lifetime_s,
            rekey=sa.rekey_of is not None,
        )
        if sa.dpd_settings.mode != "off" and sa.peer_dpd:
            sa.monitor = DpdMonitor(self._core, sa, now_us)
        self._succeed(sa, now_us)
        self._core.spi_reports.phase1_up(sa, now_us)
        self._core.serve_waiting(sa, now_us)

    def _succeed(self, sa: IkeSa, now_us: int) -> None:
        """Retire the SA that this one renews."""
        old = next((other for other in self._sas.values() if other.ike_id == sa.rekey_of), None)
        if old is not None:
            self._core.child_table.move(old, sa)
            old.phase1.reason = "rekeyed"
            old.phase1.step(Phase1Input.TERMINATE, now_us)

    def renew(self, sa: IkeSa, now_us: int) -> None:
        """Begin a successor, if there is anything that needs one and nobody has begun."""
        newer = any(
            other.number > sa.number and (other.local, other.peer) == (sa.local, sa.peer)
            for other in self._sas.values()
        )
        if newer or not self._core.child_table.of_peer(sa.local, sa.peer):
            return
        self._core.notice("phase1_rekey", sa.peer, ike_id=sa.ike_id)
        sa.renewing = self.begin(sa.local, sa.peer, now_us, rekey_of=sa)

    def gone(self, sa: IkeSa, symbol: Phase1Input, reason: str, now_us: int) -> None:
        """Clean up after an IKE SA, whatever ended it."""
        self._sas.pop(sa.cookie_i, None)
        was_up = sa.up_us is not None
        heir = self.usable(sa.local, sa.peer)
        if reason == "delete" and sa.up_us is not None and heir is not None and heir.created_us > sa.up_us:
            reason = "rekeyed"  # the peer deletes what it has renewed
        sa.closed_us, sa.reason, sa.expires_us = now_us, reason, None
        if sa.monitor is not None:
            sa.monitor.stop()
        for quick in list(sa.quick.values()):
            quick.step(QuickInput.END, now_us)
        if was_up:
            self._orphans(sa, reason, now_us)
        if sa.announced:
            if was_up:
                self._core.notice("phase1_down", sa.peer, ike_id=sa.ike_id, reason=reason)
            self._core.events.append(IkeDown(sa.ike_id, sa.local, sa.peer, reason))
        if not was_up and sa.announced and reason == "failed":
            self._attempt_failed(sa, now_us)

    def _orphans(self, sa: IkeSa, reason: str, now_us: int) -> None:
        """Hand the children on, or let them go, or let them dangle."""
        heir = self.usable(sa.local, sa.peer)
        if heir is not None:
            self._core.child_table.move(sa, heir)
        elif self._core.profile.p2_dies_with_p1:
            self._core.child_table.down_all([c for c in self._core.children if c.ike_id == sa.ike_id], reason)

    def _attempt_failed(self, sa: IkeSa, now_us: int) -> None:
        """An attempt came to nothing: the next one may try another peer."""
        key = sa.local, sa.peer
        if self._core.profile.dead_attempt_visible_s:
            sa.failed = True
            self._dead.append(sa)
            prune = Timer(lambda _: self._dead.remove(sa) if sa in self._dead else None)
            self._core.timers.arm(prune, now_us + to_us(self._core.profile.dead_attempt_visible_s))
        if not sa.initiator:
            return
        if sa.rekey_of is not None:
            for other in self._sas.values():
                other.renewing = other.renewing and other.ike_id != sa.rekey_of
        wanted = self._core.stop_waiting(sa.local, sa.peer)
        self._core.spi_reports.phase1_failed(sa)
        self._core.peers.failed(sa.peer, died=False)
        if self._core.profile.dead_peer_action == "restart" and wanted:
            self._tries[key] = self._tries.get(key, 1) + 1
            if self._core.profile.keying_tries == 0 or self._tries[key] <= self._core.profile.keying_tries:
                for policy, selector, _ in wanted:
                    self._core.acquire(policy, selector, now_us)

    def peer_dead(self, sa: IkeSa, now_us: int) -> None:
        """Dead-peer detection gave a peer up: everything with it goes."""
        key = sa.local, sa.peer
        children = self._core.child_table.of_peer(*key)
        for other in [other for other in self._sas.values() if (other.local, other.peer) == key]:
            if other is not sa and (other.up or not other.initiator):
                other.phase1.step(Phase1Input.DEAD, now_us)
        self._core.child_table.down_all(children, "dpd")
        sa.phase1.step(Phase1Input.DEAD, now_us)
        self._core.peers.failed(sa.peer, died=True)
        if self._core.profile.dead_peer_action == "restart":
            for child in dict.fromkeys((child.policy, child.selector) for child in children):
                self._core.acquire(*child, now_us)

    def flush_others(self, sa: IkeSa, now_us: int) -> None:
        """INITIAL-CONTACT came under `sa`: older SAs with that peer are stale."""
        stale = [
            other for other in self._sas.values() if other is not sa and other.up and other.peer == sa.peer
        ]
        children = [c for c in self._core.children if c.peer == sa.peer and c.ike_id != sa.ike_id]
        uids = {child.uid for child in children}
        self._core.notice(
            "initial_contact_received", sa.peer, ike_id=sa.ike_id, flushed=len(stale) + len(uids)
        )
        self._core.child_table.down_all(children, "replaced")
        for other in stale:
            other.phase1.step(Phase1Input.REPLACED, now_us)

    def named(self, sa: IkeSa, spi: bytes) -> IkeSa | None:
        found = self._sas.get(spi[:8])
        return found if found is not None and found.spi == spi and found.peer == sa.peer else None


def _host(address: int) -> Prefix:
    return Prefix(address, 32)


def transform_text(policy: IkePolicy) -> str:
    """Return ``aes 256, sha, group 5, psk``."""
    bits = f" {policy.key_bits}" if policy.key_bits else ""
    digest = "sha" if policy.hash == "sha1" else policy.hash
    return f"{policy.encryption}{bits}, {digest}, group {policy.group}, psk"
