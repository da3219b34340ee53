"""Phase 1: repetitions, refusals and the ways in which an IKE SA ends."""

from __future__ import annotations

from ipsec_edu.ike import informational
from ipsec_edu.ike.phase1_base import Phase1Base
from ipsec_edu.ike.tables import Phase1State
from ipsec_edu.wire.isakmp_values import Notify

__all__ = ["Phase1Ends"]

_WAIT_NUMBER = {
    Phase1State.START: 1,
    Phase1State.WAIT_MM2: 2,
    Phase1State.WAIT_MM3: 3,
    Phase1State.WAIT_MM4: 4,
    Phase1State.WAIT_MM5: 5,
    Phase1State.WAIT_MM6: 6,
    Phase1State.WAIT_AM2: 2,
    Phase1State.WAIT_AM3: 3,
}
"""Number of the message that a state waits for."""


class Phase1Ends(Phase1Base):
    """Rows that do not go forward."""

    __slots__ = ()

    def repeat_answer(self, now_us: int) -> None:
        """The peer did not get our answer, or the network doubled its message: answer again."""
        assert self.message is not None
        self.core.repeat(self.sa.messages.get(self.message.data))

    def repeat_request(self, now_us: int) -> None:
        """Send the unanswered message again."""
        self.request.repeat(now_us)

    def complain(self, now_us: int) -> None:
        """Say that a message made no sense; after decryption the likely reason is a wrong key."""
        sa, message, profile = self.sa, self.message, self.core.profile
        if message is None or not message.header.encrypted:
            self.core.notice("malformed", sa.peer, reason=self.trouble or "not the payloads of this message")
            return
        number = _WAIT_NUMBER[self.state]
        self.core.notice(
            "psk_mismatch_suspected", sa.peer, ike_id=sa.ike_id, number=number, reason=self.trouble
        )
        if sa.initiator or profile.malformed_notify == "none":
            return
        protected = profile.malformed_notify == "encrypted"
        informational.send_error(self.core, sa, Notify.PAYLOAD_MALFORMED, protected=protected)

    def reject_choice(self, now_us: int) -> None:
        """The responder chose something that we did not offer."""
        self.core.notice("malformed", self.sa.peer, reason="the answer chooses what was not offered")

    def reject_hash(self, now_us: int) -> None:
        """The peer does not know the key (or somebody altered the exchange)."""
        number = _WAIT_NUMBER[self.state]
        self.core.notice("authentication_failed", self.sa.peer, ike_id=self.sa.ike_id, number=number)
        self._say_authentication_failed()

    def reject_identity(self, now_us: int) -> None:
        """The peer knows the key, but is not who we insist on."""
        sa = self.sa
        self.core.notice(
            "identity_mismatch",
            sa.peer,
            ike_id=sa.ike_id,
            received=sa.peer_identity,
            expected=self.expected_identity(),
        )
        self._say_authentication_failed()

    def _say_authentication_failed(self) -> None:
        if self.core.profile.authentication_notify and not self.sa.initiator and self.sa.keys is not None:
            informational.send_error(self.core, self.sa, Notify.AUTHENTICATION_FAILED, protected=True)

    def refuse_offer(self, now_us: int) -> None:
        """No policy fits: say so (unprotected: there is no key yet) and forget."""
        if self.core.profile.no_proposal_notify:
            self.sa.cookie_r = self.core.new_cookie()
            informational.send_error(self.core, self.sa, Notify.NO_PROPOSAL_CHOSEN, protected=False)

    def refuse_stranger(self, now_us: int) -> None:
        """No key for this address: nothing can be agreed on."""
        self.core.notice("no_key_for_peer", self.sa.peer, ike_id=self.sa.ike_id, stage=1)
        self.refuse_offer(now_us)

    def ignore_stranger(self, now_us: int) -> None:
        """The offer passed, but there is no key to go on with."""
        self.core.notice("no_key_for_peer", self.sa.peer, ike_id=self.sa.ike_id, stage=3)

    def accept_refusal(self, now_us: int) -> None:
        """Believe an unprotected refusal."""
        self._log_failure("refused")

    def fail(self, now_us: int) -> None:
        """Give up."""
        self._log_failure("timeout" if self.request.datagram is not None else "half-open")

    def _log_failure(self, reason: str) -> None:
        sa = self.sa
        self.core.notice(
            "phase1_failed",
            sa.peer,
            ike_id=sa.ike_id,
            reason=reason,
            retransmissions=self.request.attempt,
            last=_WAIT_NUMBER[self.state] - 1,
            state=self.state.name,
        )

    def forget(self, now_us: int) -> None:
        """Drop the SA and tell nobody."""

    def mourn(self, now_us: int) -> None:
        """The peer is dead; some send the delete all the same (perhaps only the way here broke)."""
        if self.core.profile.delete_on_dpd_death:
            informational.send_delete_ike(self.core, self.sa)

    def expire(self, now_us: int) -> None:
        """The lifetime is over."""
        informational.send_delete_ike(self.core, self.sa)

    def say_goodbye(self, now_us: int) -> None:
        """Tell the peer that the SA is gone."""
        if self.sa.keys is not None and self.sa.up:
            informational.send_delete_ike(self.core, self.sa)

    def renew(self, now_us: int) -> None:
        """Negotiate a successor with new cookies; this SA serves until it is there."""
        self.core.sas.renew(self.sa, now_us)
