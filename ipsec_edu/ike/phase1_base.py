"""Phase 1, the common ground: sending, NAT detection, keys and proofs (RFC 2409, section 5; RFC 3947)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipsec_edu.core.addr import format_ip
from ipsec_edu.core.errors import WireError
from ipsec_edu.core.fsm import Table
from ipsec_edu.core.timers import Timer
from ipsec_edu.core.units import SECOND
from ipsec_edu.ike import keys
from ipsec_edu.ike.crypto import PRIVATE_BYTES, cipher_key_bytes
from ipsec_edu.ike.events import SendDatagram
from ipsec_edu.ike.identity import identity_payload, identity_text
from ipsec_edu.ike.machine import Machine
from ipsec_edu.ike.messages import Received, find, keepalive_datagram, open_sealed, send
from ipsec_edu.ike.retransmit import Request
from ipsec_edu.ike.sa import IkeSa
from ipsec_edu.ike.settings import IkePolicy
from ipsec_edu.ike.tables import Phase1Input, Phase1State
from ipsec_edu.wire.isakmp import (
    Hash,
    Identification,
    KeyExchange,
    NatD,
    Nonce,
    Notification,
    Payload,
    VendorId,
)
from ipsec_edu.wire.isakmp_values import VENDOR_IDS, Exchange, Notify, Protocol

if TYPE_CHECKING:
    from ipsec_edu.ike.core import IkeCore

__all__ = ["Phase1Base"]

_I, _S = Phase1Input, Phase1State
_EXCHANGE = {"main": Exchange.MAIN, "aggressive": Exchange.AGGRESSIVE}
_REASON = {
    _I.DELETE: "delete",
    _I.TERMINATE: "delete",
    _I.EXPIRE: "expired",
    _I.DEAD: "dpd",
    _I.REPLACED: "replaced",
    _I.CLEAR: "cleared",
}
"""Why an SA went, in the words of `trace.records.SaRecord`; every other way is a failure."""
_NAT_T_VIDS = frozenset(VENDOR_IDS[name] for name in VENDOR_IDS if name.startswith("NAT-T"))


class Phase1Base(Machine[Phase1State, Phase1Input]):
    """The machine of one IKE SA. `message` is the message that the present input is about."""

    __slots__ = ("half_open", "hard", "keepalive", "message", "reason", "request", "sa", "soft", "trouble")

    def __init__(self, core: IkeCore, sa: IkeSa, table: Table[Phase1State, Phase1Input]) -> None:
        super().__init__(core, table)
        self.sa = sa
        sa.phase1 = self
        self.message: Received | None = None
        self.reason = ""
        """Overrides the word for why the SA went."""
        self.trouble = ""
        """What was wrong with the last malformed message."""
        self.request = Request(
            core,
            sa.ike_id,
            lambda now: self.step(_I.RETRANSMIT, now),
            lambda now: self.step(_I.GIVE_UP, now),
        )
        self.half_open = Timer(lambda now: self.step(_I.GIVE_UP, now))
        self.soft = Timer(lambda now: self.step(_I.SOFT, now))
        self.hard = Timer(lambda now: self.step(_I.EXPIRE, now))
        self.keepalive = Timer(self._keep_alive)

    def label(self) -> str:
        """Return the SA's name."""
        return self.sa.ike_id

    def received(self, symbol: Phase1Input, message: Received, now_us: int) -> bool:
        """Feed a message; tell whether it was accepted as what `symbol` says it is."""
        self.message = message
        legal = self.step(symbol, now_us)
        self.message = None
        return legal

    def entered(self, symbol: Phase1Input, now_us: int) -> None:
        """Tell the core when the SA is up, or gone."""
        if self.state is _S.UP:
            self.request.stop()
            self.half_open.stop()
            self.core.sas.up(self.sa, now_us)
        elif self.state is _S.GONE:
            self.request.stop()
            for timer in (self.half_open, self.soft, self.hard, self.keepalive):
                timer.stop()
            self.core.sas.gone(self.sa, symbol, self.reason or _REASON.get(symbol, "failed"), now_us)

    # sending

    def _send(self, number: int, payloads: list[Payload], now_us: int, asks: bool) -> SendDatagram:
        sa = self.sa
        encrypted = number >= 5 or (sa.mode == "aggressive" and number == 3)
        self.request.stop()
        datagram, last = send(
            self.core, sa, _EXCHANGE[sa.mode], number, payloads, iv=sa.iv if encrypted else None
        )
        if encrypted:
            sa.iv = last
        if self.message is not None:
            sa.messages[self.message.data] = datagram
            sa.last_message = self.message.data
        if asks:
            self.request.start(datagram, now_us)
        return datagram

    def _accept(self) -> None:
        """Remember a message that needs no answer."""
        assert self.message is not None
        self.sa.messages[self.message.data] = None
        self.sa.last_message = self.message.data

    def _vendor_ids(self, names: tuple[str, ...]) -> list[Payload]:
        nat = self.core.settings.nat_traversal
        dpd = self.sa.settings.dpd.mode != "off" or self.core.profile.dpd_vendor_id_when_off
        return [
            VendorId(VENDOR_IDS[name])
            for name in names
            if (nat or not name.startswith("NAT-T")) and (dpd or name != "DPD")
        ]

    def _read_vendor_ids(self, payloads: list[Payload]) -> None:
        seen = {payload.data for payload in payloads if isinstance(payload, VendorId)}
        self.sa.peer_dpd |= VENDOR_IDS["DPD"] in seen
        self.sa.peer_nat_t |= self.core.settings.nat_traversal and bool(seen & _NAT_T_VIDS)

    def _nat_d(self) -> list[Payload]:
        """Return NAT-D of the other end, then of this one, as we see them (RFC 3947, 3.2)."""
        sa = self.sa
        if not sa.peer_nat_t:
            return []
        name = self._policy.hash
        there = keys.nat_d(name, sa.spi, sa.peer, sa.remote_port)
        here = keys.nat_d(name, sa.spi, sa.local, sa.local_port)
        if self.core.profile.force_encap:
            here = self.core.rng.bytes(len(here))
        return [NatD(there), NatD(here)]

    def _check_nat(self, message: Received) -> None:
        """Compare NAT-D with what we see: a difference is a translator (RFC 3947, 3.2)."""
        sa = self.sa
        hashes = [payload.data for payload in message.payloads if isinstance(payload, NatD)]
        if not sa.peer_nat_t or len(hashes) < 2:
            return
        name = self._policy.hash
        # Aggressive Mode floats with the very message that carries NAT-D: either port may be meant.
        here = {keys.nat_d(name, sa.spi, sa.local, port) for port in (message.local_port, sa.local_port)}
        there = {keys.nat_d(name, sa.spi, sa.peer, port) for port in (message.remote_port, sa.remote_port)}
        sa.nat_inside = hashes[0] not in here
        sa.nat_outside = there.isdisjoint(hashes[1:])
        sa.nat_forced = self.core.profile.force_encap
        if sa.nat_inside or sa.nat_outside:
            inside = "both" if sa.nat_inside and sa.nat_outside else "us" if sa.nat_inside else "peer"
            self.core.notice("nat_detected", sa.peer, ike_id=sa.ike_id, inside=inside)

    def _float(self) -> None:
        """Move to port 4500, which the initiator does with the first message after NAT-D (RFC 3947, 4)."""
        if self.sa.nat and not self.sa.floated:
            self.sa.floated = True
            self.sa.local_port = self.sa.remote_port = self.core.natt_port

    def _follow_ports(self) -> None:
        """Answer where an authenticated message came from: the initiator may have floated."""
        message = self.message
        assert message is not None
        if self.sa.nat and message.local_port != self.sa.local_port:
            self.sa.floated = True
        self.sa.local_port, self.sa.remote_port = message.local_port, message.remote_port

    def _keep_alive(self, now_us: int) -> None:
        """Send one byte so that the translator in front of us does not forget (RFC 3948, 4)."""
        sa, core = self.sa, self.core
        core.events.append(keepalive_datagram(sa))
        core.timers.arm(self.keepalive, now_us + core.settings.nat_keepalive_s * SECOND)

    def start_keepalive(self, now_us: int) -> None:
        """Begin keepalives, if it is us who are behind a translator."""
        if self.sa.nat_inside and self.core.settings.nat_keepalive_s > 0:
            self.core.timers.arm(self.keepalive, now_us + self.core.settings.nat_keepalive_s * SECOND)

    # keys and proofs

    @property
    def _policy(self) -> IkePolicy:
        assert self.sa.policy is not None
        return self.sa.policy

    def _draw(self, group: int) -> tuple[bytes, bytes]:
        """Draw a private value and a nonce; return our public value and the nonce."""
        core = self.core
        self.sa.private = core.rng.bytes(PRIVATE_BYTES)
        return core.crypto.dh_public(group, self.sa.private), core.rng.bytes(core.profile.nonce_bytes)

    def _take_public(self, message: Received, group: int) -> tuple[bytes, bytes] | None:
        """Return the peer's public value and nonce, None where they are missing or impossible."""
        ke, nonce = find(message.payloads, KeyExchange), find(message.payloads, Nonce)
        if ke is None or nonce is None or not 8 <= len(nonce.data) <= 256:
            self.trouble = "KE or nonce is missing or too short"
            return None
        return (ke.data, nonce.data) if self.core.crypto.acceptable(group, ke.data) else None

    def _derive(self) -> None:
        sa, policy = self.sa, self._policy
        assert sa.settings.psk is not None
        peer_public = sa.public_r if sa.initiator else sa.public_i
        shared = self.core.crypto.dh_shared(policy.group, sa.private, peer_public)
        skeyid = keys.skeyid_psk(policy.hash, sa.settings.psk, sa.nonce_i, sa.nonce_r)
        length = cipher_key_bytes(policy.encryption, policy.key_bits)
        sa.keys = keys.phase1_keys(policy.hash, policy.encryption, length, skeyid, shared, sa.spi)
        sa.iv = keys.phase1_iv(sa.keys, sa.public_i, sa.public_r)

    def _proof(self, of_initiator: bool, id_body: bytes) -> bytes:
        sa = self.sa
        assert sa.keys is not None
        function = keys.hash_i if of_initiator else keys.hash_r
        return function(sa.keys, sa.public_i, sa.public_r, sa.cookie_i, sa.cookie_r, sa.sai_body, id_body)

    def _own_id(self) -> Identification:
        profile = self.core.profile
        return identity_payload(
            self.sa.settings, self.core.settings.hostname, self.sa.local, profile.id_protocol, profile.id_port
        )

    def _check_peer(self, payloads: list[Payload], of_initiator: bool) -> Phase1Input | None:
        """Check ID and HASH of the peer; return what is wrong with them."""
        identity, proof = find(payloads, Identification), find(payloads, Hash)
        if identity is None or proof is None:
            return _I.MALFORMED
        if proof.data != self._proof(of_initiator, identity.body()):
            return _I.BAD_HASH
        self.sa.peer_identity = identity_text(identity)
        return None if self._identity_fits() else _I.BAD_IDENTITY

    def expected_identity(self) -> str:
        """Return the identity that we insist on (empty: any)."""
        wanted = self.sa.settings.peer_identity
        return format_ip(self.sa.peer) if wanted is None else wanted

    def _identity_fits(self) -> bool:
        wanted = self.sa.settings.peer_identity
        if wanted is None:
            # Behind a translator a gateway only knows its inside address.
            return self.sa.nat_outside or self.sa.peer_identity == format_ip(self.sa.peer)
        return wanted in ("", self.sa.peer_identity)

    def _initial_contact(self) -> list[Payload]:
        if not self.core.profile.initial_contact or self.core.sas.knows_other(self.sa):
            return []
        return [Notification(Protocol.ISAKMP, Notify.INITIAL_CONTACT, self.sa.spi)]

    def _unseal(self) -> bool:
        """Decrypt the present message under the phase-1 chain of IVs; tell whether that gave sense."""
        assert self.message is not None
        try:
            open_sealed(self.core, self.sa, self.message, self.sa.iv)
        except WireError as error:
            self.trouble = str(error)
            return False
        return True
