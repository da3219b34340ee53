"""Phase 1: what the rows of the Main Mode and Aggressive Mode tables do (RFC 2409, 5.4)."""

from __future__ import annotations

from ipsec_edu.ike.identity import identity_text, peer_by_identity
from ipsec_edu.ike.messages import Received, find
from ipsec_edu.ike.phase1_ends import Phase1Ends
from ipsec_edu.ike.proposals import choose_phase1, differences, offer_phase1, policy_of
from ipsec_edu.ike.settings import IkePolicy
from ipsec_edu.ike.tables import Phase1Input
from ipsec_edu.wire.isakmp import (
    NO_COOKIE,
    Hash,
    Identification,
    KeyExchange,
    Nonce,
    Notification,
    Payload,
    SecurityAssociation,
)
from ipsec_edu.wire.isakmp_values import Notify

__all__ = ["Phase1"]

_I = Phase1Input


class Phase1(Phase1Ends):
    """The machine of one IKE SA: the rows that go forward."""

    __slots__ = ()

    # Main Mode

    def send_offer(self, now_us: int) -> None:
        """MM1."""
        offer = offer_phase1(self.core.settings.policies)
        self.sa.sai_body = offer.body()
        self._send(1, [offer, *self._vendor_ids(self.core.profile.vendor_ids_1)], now_us, asks=True)

    def _choose(self, message: Received) -> tuple[SecurityAssociation, IkePolicy] | Phase1Input:
        """Choose from an offer, as responder."""
        core, sa = self.core, self.sa
        offer = find(message.payloads, SecurityAssociation)
        if offer is None or not offer.proposals:
            return _I.MALFORMED
        result = choose_phase1(offer, core.settings.policies, core.profile.accepts_longer_p1_lifetime)
        if len(result) == 3:
            differs, offered, wanted = result
            core.notice(
                "phase1_no_proposal",
                sa.peer,
                ike_id=sa.ike_id,
                differs=differs,
                offered=offered,
                wanted=wanted,
            )
            return _I.NO_PROPOSAL
        sa.sai_body = offer.body()
        self._read_vendor_ids(message.payloads)
        return result

    def answer_offer(self, now_us: int) -> Phase1Input | None:
        """MM1 came: choose, answer with MM2."""
        core, sa = self.core, self.sa
        assert self.message is not None
        if sa.settings.psk is None and core.profile.no_key_stage == 1:
            return _I.NO_KEY
        chosen = self._choose(self.message)
        if isinstance(chosen, Phase1Input):
            return chosen
        answer, policy = chosen
        self._agree(policy)
        sa.cookie_r = core.new_cookie()
        core.sas.announce(sa)
        asks = core.profile.responder_retransmits_p1
        self._send(2, [answer, *self._vendor_ids(core.profile.vendor_ids_2)], now_us, asks)
        return None

    def _agree(self, policy: IkePolicy) -> None:
        self.sa.policy = policy
        self.sa.lifetime_s = policy.lifetime_s

    def _read_choice(self, message: Received) -> IkePolicy | None:
        """Return the policy of ours that the responder chose, None where it chose nothing we offered."""
        answer = find(message.payloads, SecurityAssociation)
        if answer is None or len(answer.proposals) != 1 or len(answer.proposals[0].transforms) != 1:
            return None
        chosen = policy_of(answer.proposals[0].transforms[0])
        for own in self.core.settings.policies:
            if own.authentication == "pre-share" and not differences(chosen, own):
                return own
        return None

    def send_public_value(self, now_us: int) -> Phase1Input | None:
        """MM2 came: answer with MM3."""
        sa, message = self.sa, self.message
        assert message is not None
        policy = self._read_choice(message)
        if policy is None:
            return _I.NO_PROPOSAL
        self._agree(policy)
        sa.cookie_r = message.header.responder_cookie
        self._read_vendor_ids(message.payloads)
        sa.public_i, sa.nonce_i = self._draw(policy.group)
        payloads: list[Payload] = [KeyExchange(sa.public_i), Nonce(sa.nonce_i)]
        payloads += [*self._vendor_ids(self.core.profile.vendor_ids_3), *self._nat_d()]
        self._send(3, payloads, now_us, asks=True)
        return None

    def answer_public_value(self, now_us: int) -> Phase1Input | None:
        """MM3 came: answer with MM4 and derive the keys."""
        core, sa, message = self.core, self.sa, self.message
        assert message is not None
        if sa.settings.psk is None:
            return _I.NO_KEY
        values = self._take_public(message, self._policy.group)
        if values is None:
            return _I.MALFORMED
        sa.public_i, sa.nonce_i = values
        self._check_nat(message)
        sa.public_r, sa.nonce_r = self._draw(self._policy.group)
        self._derive()
        self._read_vendor_ids(message.payloads)
        payloads: list[Payload] = [KeyExchange(sa.public_r), Nonce(sa.nonce_r)]
        payloads += [*self._vendor_ids(core.profile.vendor_ids_3), *self._nat_d()]
        self._send(4, payloads, now_us, core.profile.responder_retransmits_p1)
        return None

    def send_identity(self, now_us: int) -> Phase1Input | None:
        """MM4 came: derive the keys, answer with MM5, the first encrypted message."""
        sa, message = self.sa, self.message
        assert message is not None
        values = self._take_public(message, self._policy.group)
        if values is None:
            return _I.MALFORMED
        sa.public_r, sa.nonce_r = values
        self._read_vendor_ids(message.payloads)
        self._check_nat(message)
        self._derive()
        self._float()
        identity = self._own_id()
        proof = Hash(self._proof(True, identity.body()))
        self._send(5, [identity, proof, *self._initial_contact()], now_us, asks=True)
        return None

    def answer_identity(self, now_us: int) -> Phase1Input | None:
        """MM5 came: the initiator proves that it knows the key; answer with MM6."""
        sa, message = self.sa, self.message
        assert message is not None
        if not self._unseal():
            return _I.MALFORMED
        wrong = self._check_peer(message.payloads, of_initiator=True)
        if wrong is not None:
            return wrong
        sa.iv = message.last_block
        sa.heard_us = now_us
        self._follow_ports()
        identity = self._own_id()
        payloads: list[Payload] = [identity, Hash(self._proof(False, identity.body()))]
        if self.core.profile.initial_contact_as_responder:
            payloads += self._initial_contact()
        self._send(6, payloads, now_us, asks=False)
        self._read_initial_contact(message, now_us)
        return None

    def verify_responder(self, now_us: int) -> Phase1Input | None:
        """MM6 came: the responder proves that it knows the key."""
        message = self.message
        assert message is not None
        if not self._unseal():
            return _I.MALFORMED
        wrong = self._check_peer(message.payloads, of_initiator=False)
        if wrong is not None:
            return wrong
        self.sa.iv = message.last_block
        self.sa.heard_us = now_us
        self._accept()
        self._read_initial_contact(message, now_us)
        return None

    def _read_initial_contact(self, message: Received, now_us: int) -> None:
        for payload in message.payloads:
            if isinstance(payload, Notification) and payload.notify == Notify.INITIAL_CONTACT:
                self.core.sas.flush_others(self.sa, now_us)
                return

    # Aggressive Mode

    def send_aggressive(self, now_us: int) -> None:
        """AM1: everything at once, so only one DH group can be offered."""
        core, sa = self.core, self.sa
        group = core.settings.policies[0].group
        offer = offer_phase1([policy for policy in core.settings.policies if policy.group == group])
        sa.sai_body = offer.body()
        sa.public_i, sa.nonce_i = self._draw(group)
        identity = self._own_id()
        sa.idii_body = identity.body()
        payloads: list[Payload] = [offer, KeyExchange(sa.public_i), Nonce(sa.nonce_i), identity]
        names = core.profile.vendor_ids_1 + core.profile.vendor_ids_3
        self._send(1, [*payloads, *self._vendor_ids(names)], now_us, asks=True)

    def answer_aggressive(self, now_us: int) -> Phase1Input | None:
        """AM1 came: the identity is in clear and may select the key; answer with AM2."""
        core, sa, message = self.core, self.sa, self.message
        assert message is not None
        identity = find(message.payloads, Identification)
        if identity is None:
            return _I.MALFORMED
        by_name = peer_by_identity(core.settings, identity_text(identity))
        sa.settings = by_name or sa.settings
        if sa.settings.psk is None:
            return _I.NO_KEY
        chosen = self._choose(message)
        if isinstance(chosen, Phase1Input):
            return chosen
        answer, policy = chosen
        values = self._take_public(message, policy.group)
        if values is None:
            return _I.MALFORMED
        self._agree(policy)
        sa.public_i, sa.nonce_i = values
        sa.idii_body = identity.body()
        sa.peer_identity = identity_text(identity)
        sa.cookie_r = core.new_cookie()
        core.sas.announce(sa)
        sa.public_r, sa.nonce_r = self._draw(policy.group)
        self._derive()
        own = self._own_id()
        payloads: list[Payload] = [answer, KeyExchange(sa.public_r), Nonce(sa.nonce_r), own]
        payloads += self._vendor_ids(core.profile.vendor_ids_2 + core.profile.vendor_ids_3)
        payloads += [*self._nat_d(), Hash(self._proof(False, own.body()))]
        # The initiator is done with message 3 and repeats nothing: a lost one must be asked for.
        self._send(2, payloads, now_us, asks=True)
        return None

    def finish_aggressive(self, now_us: int) -> Phase1Input | None:
        """AM2 came: verify it and send AM3."""
        core, sa, message = self.core, self.sa, self.message
        assert message is not None
        policy = self._read_choice(message)
        if policy is None:
            return _I.NO_PROPOSAL
        values = self._take_public(message, policy.group)
        if values is None:
            return _I.MALFORMED
        self._agree(policy)
        sa.cookie_r = message.header.responder_cookie
        self._read_vendor_ids(message.payloads)
        sa.public_r, sa.nonce_r = values
        self._derive()
        self._check_nat(message)
        wrong = self._check_peer(message.payloads, of_initiator=False)
        if wrong is not None:
            sa.cookie_r = NO_COOKIE  # whoever sent this is not the peer: wait for the real answer
            return wrong
        self._float()
        payloads: list[Payload] = [Hash(self._proof(True, sa.idii_body)), *self._nat_d()]
        if core.profile.initial_contact_in_aggressive:
            payloads += self._initial_contact()
        sa.heard_us = now_us
        self._send(3, payloads, now_us, asks=False)
        return None

    def accept_aggressive(self, now_us: int) -> Phase1Input | None:
        """AM3 came: the initiator proves that it knows the key."""
        sa, message = self.sa, self.message
        assert message is not None
        if not self._unseal():
            return _I.MALFORMED
        proof = find(message.payloads, Hash)
        if proof is None:
            return _I.MALFORMED
        if proof.data != self._proof(True, sa.idii_body):
            return _I.BAD_HASH
        self._check_nat(message)
        if not self._identity_fits():
            return _I.BAD_IDENTITY
        sa.iv = message.last_block
        sa.heard_us = now_us
        self._follow_ports()
        self._accept()
        self._read_initial_contact(message, now_us)
        return None
