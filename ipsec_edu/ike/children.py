"""The IPsec SA pairs that IKE made: their lifetimes, their renewal, their end."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from ipsec_edu.core.timers import Timer
from ipsec_edu.core.units import to_us
from ipsec_edu.ike import informational
from ipsec_edu.ike.events import ChildDown, ChildSa, ChildUp
from ipsec_edu.ike.profile import soft_lifetime_s

if TYPE_CHECKING:
    from ipsec_edu.ike.core import IkeCore
    from ipsec_edu.ike.phase2 import Quick
    from ipsec_edu.ike.sa import IkeSa

__all__ = ["Children"]


class _Pair:
    """A child (two of them in a bundle of AH and ESP) with its timers."""

    __slots__ = ("children", "hard", "soft", "successor", "up_us")

    def __init__(self, children: list[ChildSa], soft: Timer, hard: Timer, up_us: int) -> None:
        self.children = children
        self.soft = soft
        self.hard = hard
        self.up_us = up_us
        self.successor: int | None = None
        """`uid` of the child that renewed this one."""

    @property
    def first(self) -> ChildSa:
        """Stand for the whole bundle."""
        return self.children[0]


class Children:
    """All children of one core, by `uid`."""

    __slots__ = ("_core", "_pairs")

    def __init__(self, core: IkeCore) -> None:
        self._core = core
        self._pairs: dict[int, _Pair] = {}

    def all(self) -> list[ChildSa]:
        """Return every child, oldest first."""
        return [child for pair in self._pairs.values() for child in pair.children]

    def of_peer(self, local: int, peer: int) -> list[ChildSa]:
        """Return the children between two addresses."""
        return [child for child in self.all() if child.local == local and child.peer == peer]

    def spi_in_use(self, spi: int) -> bool:
        """Tell whether we receive on `spi`."""
        return any(child.inbound_spi == spi for child in self.all())

    def by_outbound(self, peer: int, spi: int) -> ChildSa | None:
        """Return the child that sends to `peer` with `spi`."""
        return next((c for c in self.all() if c.peer == peer and c.outbound_spi == spi), None)

    def up(self, quick: Quick, direction: str, now_us: int) -> None:
        """Install what a Quick Mode made: ``both``, or ``in`` and later ``out``."""
        core, first = self._core, quick.children[0]
        known = self._pairs.get(first.uid)
        if known is None:
            self._pairs[first.uid] = self._begin(quick.children, quick, now_us)
            if direction == "both":
                # AH inside, ESP inside: the order of the offer is the order of installation.
                self._announce(quick, now_us)
        elif direction == "out":
            self._announce(quick, now_us)
        core.events.extend(ChildUp(child, direction) for child in quick.children)

    def _begin(self, children: list[ChildSa], quick: Quick, now_us: int) -> _Pair:
        core, uid = self._core, children[0].uid
        pair = _Pair(children, Timer(self._soft(uid)), Timer(self._hard(uid)), now_us)
        lifetime_s = children[0].lifetime_s
        core.timers.arm(pair.soft, now_us + to_us(soft_lifetime_s(core.profile, lifetime_s, quick.initiator)))
        core.timers.arm(pair.hard, now_us + to_us(lifetime_s))
        return pair

    def _soft(self, uid: int) -> Callable[[int], None]:
        return lambda now_us: self.renew(uid, "seconds", now_us)

    def _hard(self, uid: int) -> Callable[[int], None]:
        return lambda now_us: self.expire(uid, now_us)

    def _announce(self, quick: Quick, now_us: int) -> None:
        core, child = self._core, quick.children[0]
        self._succeed(quick, now_us)
        core.notice(
            "phase2_up",
            child.peer,
            ike_id=child.ike_id,
            message_id=quick.message_id,
            uid=child.uid,
            inbound_spi=child.inbound_spi,
            outbound_spi=child.outbound_spi,
            selector=child.selector,
            initiator=child.initiator,
            rekey=child.replaces is not None,
            lifetime_s=child.lifetime_s,
        )

    def _succeed(self, quick: Quick, now_us: int) -> None:
        """Mark what the new child renews: same traffic, same peer, up before the exchange began."""
        core, new = self._core, quick.children[0]
        for uid, pair in list(self._pairs.items()):
            old = pair.first
            same = (old.local, old.peer, old.selector) == (new.local, new.peer, new.selector)
            if uid == new.uid or not same or pair.successor is not None or pair.up_us >= quick.begun_us:
                continue
            pair.successor = new.uid
            pair.soft.stop()
            for child in quick.children:
                child.replaces = uid
            if core.profile.delete_rekeyed and quick.initiator:
                self.down(uid, "rekeyed", tell=True)

    def renew(self, uid: int, cause: str, now_us: int) -> None:
        """The soft lifetime is over: negotiate a successor, unless nobody uses the SA."""
        core, pair = self._core, self._pairs.get(uid)
        if pair is None or pair.successor is not None:
            return
        child = pair.first
        used = child.liveness.sent_us >= 0 or child.liveness.heard_us > child.begun_us
        if cause == "seconds" and not used and not core.profile.p2_renews_idle:
            core.notice("phase2_lapses", child.peer, uid=uid, selector=child.selector)
            return
        core.notice("phase2_rekey", child.peer, uid=uid, cause=cause, selector=child.selector)
        core.negotiate(child.policy, child.selector, child.peer, now_us, replaces=uid)

    def expire(self, uid: int, now_us: int) -> None:
        """The hard lifetime is over."""
        pair = self._pairs.get(uid)
        if pair is not None:
            reason = "expired" if pair.successor is None else "rekeyed"
            self.down(uid, reason, tell=self._core.profile.delete_expired)

    def down(self, uid: int, reason: str, *, tell: bool = False) -> None:
        """Take a child away; `tell` the peer if there is an IKE SA to do it."""
        core, pair = self._core, self._pairs.pop(uid, None)
        if pair is None:
            return
        pair.soft.stop()
        pair.hard.stop()
        if reason == "delete" and pair.successor is not None:
            reason = "rekeyed"  # the other end's clock was a little earlier
        child = pair.first
        sa = core.sas.usable(child.local, child.peer) if tell else None
        if sa is not None:
            for member in pair.children:
                informational.send_delete_child(core, sa, member.protocol, member.inbound_spi)
        core.notice(
            "phase2_down",
            child.peer,
            uid=uid,
            inbound_spi=child.inbound_spi,
            outbound_spi=child.outbound_spi,
            selector=child.selector,
            reason=reason,
        )
        core.events.extend(ChildDown(member, reason) for member in pair.children)

    def down_all(self, children: Iterable[ChildSa], reason: str, *, tell: bool = False) -> None:
        """Take several children away."""
        for uid in dict.fromkeys(child.uid for child in children):
            self.down(uid, reason, tell=tell)

    def move(self, old: IkeSa, new: IkeSa) -> None:
        """Hand the children of one IKE SA to its successor."""
        for child in self.all():
            if child.ike_id == old.ike_id:
                child.ike_id = new.ike_id
