"""Quick Mode, the common ground: sending, keys, and the ways in which an exchange ends (RFC 2409, 5.5)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ipsec_edu.core.acl import Selector
from ipsec_edu.core.errors import WireError
from ipsec_edu.ike import informational, keys
from ipsec_edu.ike.crypto import PRIVATE_BYTES
from ipsec_edu.ike.events import ChildSa, Liveness, SendDatagram
from ipsec_edu.ike.keying import child_keys, key_lengths
from ipsec_edu.ike.machine import Machine
from ipsec_edu.ike.messages import Received, find, open_sealed, rest_after_hash, send
from ipsec_edu.ike.proposals import (
    Offer,
    told_lifetime,
)
from ipsec_edu.ike.retransmit import Request
from ipsec_edu.ike.sa import IkeSa
from ipsec_edu.ike.settings import ChildPolicy, TransformSet
from ipsec_edu.ike.tables import QUICK_INITIATOR, QUICK_RESPONDER, QuickInput, QuickState
from ipsec_edu.wire.isakmp import (
    Hash,
    KeyExchange,
    Payload,
    pack_payloads,
)
from ipsec_edu.wire.isakmp_values import Exchange, Protocol

if TYPE_CHECKING:
    from ipsec_edu.ike.core import IkeCore

__all__ = ["QuickBase"]

_I, _S = QuickInput, QuickState


class QuickBase(Machine[QuickState, QuickInput]):
    """One Quick Mode exchange under an IKE SA."""

    __slots__ = (
        "begun_us",
        "children",
        "initiator",
        "iv",
        "last_message",
        "lifetime",
        "message",
        "message_id",
        "messages",
        "nonce_i",
        "nonce_r",
        "pfs_group",
        "policy",
        "private",
        "reason",
        "replaces",
        "request",
        "sa",
        "selector",
        "spis",
        "transform",
        "trouble",
    )

    def __init__(self, core: IkeCore, sa: IkeSa, message_id: int, initiator: bool, now_us: int) -> None:
        super().__init__(core, QUICK_INITIATOR if initiator else QUICK_RESPONDER)
        assert sa.keys is not None
        self.sa = sa
        self.message_id = message_id
        self.initiator = initiator
        self.begun_us = now_us
        self.policy: ChildPolicy | None = None
        self.selector: Selector | None = None
        self.replaces: int | None = None
        self.spis: dict[int, int] = {}
        self.nonce_i = self.nonce_r = self.private = b""
        self.pfs_group: int | None = None
        self.transform = TransformSet("")
        self.lifetime: tuple[int, int | None] = (0, None)
        self.children: list[ChildSa] = []
        self.iv = keys.phase2_iv(sa.keys, sa.iv, message_id)
        self.message: Received | None = None
        self.messages: dict[bytes, SendDatagram | None] = {}
        self.last_message = b""
        self.reason = ""
        self.trouble = ""
        self.request = Request(
            core, sa.ike_id, lambda now: self.step(_I.RETRANSMIT, now), lambda now: self.step(_I.GIVE_UP, now)
        )

    def label(self) -> str:
        """Return the exchange's name: that of the IKE SA and the message ID."""
        return f"{self.sa.ike_id}/{self.message_id:08x}"

    def sets(self) -> tuple[TransformSet, ...]:
        """Return the policy's transform sets as this traffic may use them.

        Transport mode keeps the packet's own header, so it suits what the gateways themselves say.
        """
        assert self.policy is not None and self.selector is not None
        sets, sa = self.policy.transform_sets, self.sa
        ends = (self.selector.local, sa.local), (self.selector.remote, sa.peer)
        # A translator shows another address than the one that the proxies name.
        own = all(net.length == 32 and (net.network == address or sa.nat) for net, address in ends)
        if own or not self.core.profile.transport_between_peers_only:
            return sets
        return tuple(replace(each, mode="tunnel") for each in sets)

    def own_spis(self) -> set[bytes]:
        """Return our inbound SPIs as they stand in messages."""
        return {spi.to_bytes(4, "big") for spi in self.spis.values()}

    def received(self, symbol: QuickInput, message: Received, now_us: int) -> bool:
        """Feed a message; tell whether it was legal here."""
        self.message = message
        legal = self.step(symbol, now_us)
        self.message = None
        return legal

    def entered(self, symbol: QuickInput, now_us: int) -> None:
        """Stop waiting; tell the core what became of the exchange."""
        if self.state in (_S.DONE, _S.GONE):
            self.request.stop()
        if self.state is _S.GONE and symbol is not _I.END:
            self.core.quick_failed(self, now_us)

    # sending and receiving

    def _send(self, number: int, payloads: list[Payload], now_us: int, asks: bool) -> None:
        self.request.stop()
        datagram, self.iv = send(
            self.core, self.sa, Exchange.QUICK, number, payloads, iv=self.iv, message_id=self.message_id
        )
        if self.message is not None:
            self.messages[self.message.data] = datagram
            self.last_message = self.message.data
        if asks:
            self.request.start(datagram, now_us)

    def _unseal(self) -> tuple[bytes, bytes] | None:
        """Decrypt the present message; return HASH and what it protects, None where it makes no sense."""
        assert self.message is not None
        try:
            open_sealed(self.core, self.sa, self.message, self.iv)
            return rest_after_hash(self.message)
        except WireError as error:
            self.trouble = str(error)
            return None

    def _accepted(self, now_us: int) -> None:
        """The message is authentic: its last block is the next IV, and the peer lives."""
        assert self.message is not None
        self.iv = self.message.last_block
        self.core.heard(self.sa, self.message, now_us)

    def _with_hash(self, payloads: list[Payload]) -> list[Payload]:
        """Put HASH(1) or HASH(2) in front."""
        assert self.sa.keys is not None
        rest = pack_payloads(payloads)
        if self.initiator:
            proof = keys.hash_1(self.sa.keys, self.message_id, rest)
        else:
            proof = keys.hash_2(self.sa.keys, self.message_id, self.nonce_i, rest)
        return [Hash(proof), *payloads]

    def _public(self, group: int) -> bytes:
        self.private = self.core.rng.bytes(PRIVATE_BYTES)
        return self.core.crypto.dh_public(group, self.private)

    def _shorter(self, offer: Offer, message: Received) -> tuple[int, int | None]:
        """Return the lifetime that both ends use: the shorter one of each kind."""
        assert self.policy is not None
        seconds = min(self.policy.lifetime_s, offer.lifetime_s)
        kilobytes = [kb for kb in (self.policy.lifetime_kb, offer.lifetime_kb) if kb is not None]
        told = told_lifetime(message.payloads)
        if told is not None:
            seconds = min(seconds, told[0] or seconds)
            kilobytes += [told[1]] if told[1] else []
        return seconds, min(kilobytes, default=None)

    def _shared(self, message: Received) -> bytes | None:
        """Return g^xy of this exchange (empty without PFS), None where the peer's value is unusable."""
        if not self.pfs_group:
            return b""
        ke = find(message.payloads, KeyExchange)
        if ke is None or not self.core.crypto.acceptable(self.pfs_group, ke.data):
            self.trouble = "KE of the PFS group is missing or impossible"
            return None
        return self.core.crypto.dh_shared(self.pfs_group, self.private, ke.data)

    def _build(self, offer: Offer, shared: bytes, now_us: int) -> None:
        """Make the pair of SAs (two pairs for a bundle) from what was agreed."""
        core, sa = self.core, self.sa
        assert sa.keys is not None and self.policy is not None and self.selector is not None
        uid = core.new_uid()
        liveness = Liveness(now_us)
        self.children = []
        for part in offer.parts:
            inbound, outbound = self.spis[part.protocol], offer.spi(part.protocol)
            lengths = key_lengths(self.transform, part.protocol)
            nonces = self.nonce_i, self.nonce_r
            self.children.append(
                ChildSa(
                    uid=uid,
                    ike_id=sa.ike_id,
                    local=sa.local,
                    peer=sa.peer,
                    initiator=self.initiator,
                    policy=self.policy,
                    selector=self.selector,
                    transform=self.transform,
                    inbound_spi=inbound,
                    outbound_spi=outbound,
                    protocol="ah" if part.protocol == Protocol.AH else "esp",
                    inbound_keys=child_keys(sa.keys, part.protocol, inbound, nonces, lengths, shared),
                    outbound_keys=child_keys(sa.keys, part.protocol, outbound, nonces, lengths, shared),
                    lifetime_s=self.lifetime[0],
                    lifetime_kb=self.lifetime[1],
                    pfs_group=self.pfs_group,
                    udp_ports=(sa.local_port, sa.remote_port) if sa.nat else None,
                    liveness=liveness,
                    begun_us=now_us,
                    replaces=self.replaces,
                )
            )

    # rows that do not go forward

    def repeat_answer(self, now_us: int) -> None:
        """Our answer was lost, or the network doubled the message: answer again."""
        assert self.message is not None
        self.core.repeat(self.messages.get(self.message.data))

    def repeat_request(self, now_us: int) -> None:
        """Send the unanswered message again."""
        self.request.repeat(now_us)

    def reject(self, now_us: int) -> None:
        """A message that does not belong here: go on waiting for the right one."""
        self.core.notice(
            "malformed", self.sa.peer, reason=self.trouble or "Quick Mode message is not authentic"
        )

    drop = reject

    def fail(self, now_us: int) -> None:
        """Give up: the peer refused, or does not answer."""
        if self.reason:
            self.core.notice(
                "phase2_refused",
                self.sa.peer,
                ike_id=self.sa.ike_id,
                message_id=self.message_id,
                notify=self.reason,
                selector=self.selector,
            )
        elif not self.initiator:
            # The initiator may have installed what we give up: it should not send into the void.
            for child in self.children:
                informational.send_delete_child(self.core, self.sa, child.protocol, child.inbound_spi)
        self.reason = self.reason or "timeout"

    def abandon(self, now_us: int) -> None:
        """The IKE SA went away under the exchange."""
        self.reason = "down"
        self.core.notice(
            "phase2_failed", self.sa.peer, ike_id=self.sa.ike_id, reason="down", selector=self.selector
        )

    def forget(self, now_us: int) -> None:
        """The exchange was finished anyway."""
