"""Quick Mode: what the rows of its tables do (RFC 2409, 5.5). The result is a `ChildSa`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipsec_edu.core.acl import Selector
from ipsec_edu.core.addr import Prefix
from ipsec_edu.core.errors import WireError
from ipsec_edu.ike import informational, keys
from ipsec_edu.ike.crypto import GROUP_BYTES
from ipsec_edu.ike.identity import proxies, selector_of
from ipsec_edu.ike.messages import Received, find
from ipsec_edu.ike.phase2_base import QuickBase
from ipsec_edu.ike.proposals import (
    Offer,
    choose_phase2,
    lifetime_attributes,
    offer_phase2,
    offers_of,
)
from ipsec_edu.ike.settings import ChildPolicy
from ipsec_edu.ike.tables import QuickInput
from ipsec_edu.wire.isakmp import (
    Hash,
    Identification,
    KeyExchange,
    Nonce,
    Notification,
    Payload,
    SecurityAssociation,
)
from ipsec_edu.wire.isakmp_values import Notify, Protocol

if TYPE_CHECKING:
    pass

__all__ = ["Quick"]

_I = QuickInput


class Quick(QuickBase):
    """One Quick Mode exchange under an IKE SA: the rows that go forward."""

    __slots__ = ()

    # initiator

    def send_offer(self, now_us: int) -> None:
        """QM1: transform sets, nonce, proxies; a second Diffie-Hellman for PFS."""
        core, policy, selector = self.core, self.policy, self.selector
        assert policy is not None and selector is not None
        self.spis = core.new_spis(self.sets())
        self.pfs_group = policy.pfs_group
        offer = offer_phase2(
            self.sets(),
            self.spis,
            policy.pfs_group,
            policy.lifetime_s,
            policy.lifetime_kb,
            self.sa.nat,
        )
        self.nonce_i = core.rng.bytes(core.profile.nonce_bytes)
        payloads: list[Payload] = [offer, Nonce(self.nonce_i)]
        if self.pfs_group:
            payloads.append(KeyExchange(self._public(self.pfs_group)))
        payloads += proxies(selector)
        self._send(1, self._with_hash(payloads), now_us, asks=True)

    def install_and_confirm(self, now_us: int) -> QuickInput | None:
        """QM2 came: the SAs can be built; confirm with QM3."""
        sa = self.sa
        assert sa.keys is not None and self.message is not None and self.policy is not None
        opened = self._unseal()
        if opened is None:
            return _I.MALFORMED
        nonce = find(self.message.payloads, Nonce)
        answer = find(self.message.payloads, SecurityAssociation)
        if nonce is None or answer is None or len(nonce.data) < 8:
            self.trouble = "SA or nonce is missing"
            return _I.MALFORMED
        proof, rest = opened
        if proof != keys.hash_2(sa.keys, self.message_id, self.nonce_i, rest):
            return _I.BAD_HASH
        chosen = choose_phase2(offers_of(answer), self.sets(), sa.nat)
        if chosen is None or chosen[0].pfs_group != (self.pfs_group or 0) or not self._same_proxies():
            self.trouble = "the answer is not what was offered"
            return _I.NO_PROPOSAL
        offer, self.transform = chosen
        shared = self._shared(self.message)
        if shared is None:
            return _I.MALFORMED
        self.nonce_r = nonce.data
        self._accepted(now_us)
        self.lifetime = self._shorter(offer, self.message)
        self._build(offer, shared, now_us)
        confirm = Hash(keys.hash_3(sa.keys, self.message_id, self.nonce_i, self.nonce_r))
        self._send(3, [confirm], now_us, asks=False)
        self.core.child_table.up(self, "both", now_us)
        return None

    def _same_proxies(self) -> bool:
        """Tell whether the answer repeats our IDci and IDcr (RFC 2409, 5.5), or has none."""
        assert self.message is not None and self.selector is not None
        ids = [payload for payload in self.message.payloads if isinstance(payload, Identification)]
        return not ids or [payload.body() for payload in ids] == [
            own.body() for own in proxies(self.selector)
        ]

    # responder

    def answer_offer(self, now_us: int) -> QuickInput | None:
        """QM1 came: find the policy for its proxies, choose, answer with QM2."""
        sa, message = self.sa, self.message
        assert sa.keys is not None and message is not None
        opened = self._unseal()
        if opened is None:
            return _I.MALFORMED
        proof, rest = opened
        if proof != keys.hash_1(sa.keys, self.message_id, rest):
            return _I.BAD_HASH
        nonce, offered = find(message.payloads, Nonce), find(message.payloads, SecurityAssociation)
        if nonce is None or offered is None or not 8 <= len(nonce.data) <= 256:
            self.trouble = "SA or nonce is missing"
            return _I.MALFORMED
        self.nonce_i = nonce.data
        self._accepted(now_us)
        selector = self._read_proxies(message)
        if selector is None:
            return _I.MALFORMED
        self.selector = selector
        return self._choose_and_answer(list(offers_of(offered)), message, now_us)

    def _read_proxies(self, message: Received) -> Selector | None:
        """Return the traffic that is asked for, seen from here: IDcr is ours, IDci the peer's."""
        ids = [payload for payload in message.payloads if isinstance(payload, Identification)]
        try:
            if len(ids) >= 2:
                return selector_of(ids[1], ids[0])
            return Selector(Prefix.of(self.sa.local, 32), Prefix.of(self.sa.peer, 32))
        except WireError as error:
            self.trouble = str(error)
            return None

    def _choose_and_answer(self, offers: list[Offer], message: Received, now_us: int) -> QuickInput | None:
        core, sa, selector = self.core, self.sa, self.selector
        assert selector is not None
        policies = core.policies_for(sa, selector)
        if not policies:
            core.notice(
                "phase2_no_selector",
                sa.peer,
                ike_id=sa.ike_id,
                message_id=self.message_id,
                local=selector.local,
                remote=selector.remote,
            )
            return _I.NO_SELECTOR
        self.policy = policy = policies[0]
        chosen = choose_phase2(offers, self.sets(), sa.nat)
        if chosen is None:
            core.notice(
                "phase2_no_proposal",
                sa.peer,
                ike_id=sa.ike_id,
                message_id=self.message_id,
                local=selector.local,
                remote=selector.remote,
                offered=tuple(str(offer) for offer in offers),
            )
            return _I.NO_PROPOSAL
        offer, self.transform = chosen
        if not self._pfs_fits(offer, policy):
            return _I.NO_PROPOSAL
        return self._answer(offer, message, now_us)

    def _pfs_fits(self, offer: Offer, policy: ChildPolicy) -> bool:
        """Without PFS of our own any offer will do; with it, the offer must have that very group."""
        self.pfs_group = offer.pfs_group or None
        if policy.pfs_group in (None, self.pfs_group) and (
            not self.pfs_group or self.pfs_group in GROUP_BYTES
        ):
            return True
        self.core.notice(
            "pfs_required",
            self.sa.peer,
            ike_id=self.sa.ike_id,
            message_id=self.message_id,
            offered=offer.pfs_group,
            wanted=policy.pfs_group or 0,
        )
        return False

    def _answer(self, offer: Offer, message: Received, now_us: int) -> QuickInput | None:
        core, policy = self.core, self.policy
        assert policy is not None and self.selector is not None
        self.spis = core.new_spis((self.transform,))
        self.nonce_r = core.rng.bytes(core.profile.nonce_bytes)
        payloads: list[Payload] = [offer.answer(self.spis), Nonce(self.nonce_r)]
        if self.pfs_group:
            payloads.append(KeyExchange(self._public(self.pfs_group)))
        shared = self._shared(message)
        if shared is None:
            return _I.MALFORMED
        ids = [payload for payload in message.payloads if isinstance(payload, Identification)]
        payloads += ids[:2]
        self.lifetime = self._shorter(offer, message)
        if core.profile.responder_lifetime_notify and self.lifetime != (offer.lifetime_s, offer.lifetime_kb):
            payloads.append(self._lifetime_notify())
        self._build(offer, shared, now_us)
        self._send(2, self._with_hash(payloads), now_us, asks=core.profile.responder_retransmits_p2)
        if core.profile.responder_preinstall_inbound:
            core.child_table.up(self, "in", now_us)
        return None

    def _lifetime_notify(self) -> Notification:
        """Tell the initiator that ours is shorter (RFC 2407, 4.6.3.1)."""
        protocol, spi = next(iter(self.spis.items()))
        data = b"".join(attribute.pack() for attribute in lifetime_attributes(*self.lifetime))
        return Notification(protocol, Notify.RESPONDER_LIFETIME, spi.to_bytes(4, "big"), data)

    def install(self, now_us: int) -> QuickInput | None:
        """QM3 came: the initiator is there and knows our nonce; install."""
        sa = self.sa
        assert sa.keys is not None and self.message is not None
        opened = self._unseal()
        if opened is None:
            return _I.MALFORMED
        if opened[0] != keys.hash_3(sa.keys, self.message_id, self.nonce_i, self.nonce_r):
            return _I.BAD_HASH
        self._accepted(now_us)
        self.messages[self.message.data] = None
        self.last_message = self.message.data
        self.request.stop()
        early = self.core.profile.responder_preinstall_inbound
        self.core.child_table.up(self, "out" if early else "both", now_us)
        return None

    def refuse_offer(self, now_us: int) -> None:
        """No transform set fits (or PFS is missing)."""
        self.reason = "no-proposal"
        self._refuse(Notify.NO_PROPOSAL_CHOSEN)

    def refuse_selector(self, now_us: int) -> None:
        """No crypto map entry has these proxies."""
        self.reason = "no-selector"
        self._refuse(Notify.INVALID_ID_INFORMATION)

    def _refuse(self, notify: Notify) -> None:
        assert self.message is not None
        offered = find(self.message.payloads, SecurityAssociation)
        first = offered.proposals[0] if offered is not None and offered.proposals else None
        informational.send_error(
            self.core,
            self.sa,
            notify,
            protected=True,
            protocol=first.protocol if first else Protocol.ESP,
            spi=first.spi if first else b"",
        )
