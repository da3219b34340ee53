"""Informational exchanges: notifies and deletes (RFC 2409, 5.7). One message, no answer, no repetition.

A lost Delete is lost for good. Without the protection of an IKE SA anybody can send one, so then it
changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ipsec_edu.core.errors import WireError
from ipsec_edu.ike import keys
from ipsec_edu.ike.events import SendDatagram
from ipsec_edu.ike.messages import Received, find, open_sealed, rest_after_hash, send
from ipsec_edu.ike.sa import IkeSa
from ipsec_edu.ike.tables import Phase1Input, QuickInput, QuickState
from ipsec_edu.wire.isakmp import Delete, Hash, Notification, Payload, pack_payloads
from ipsec_edu.wire.isakmp_values import Exchange, Notify, Protocol, notify_name

if TYPE_CHECKING:
    from ipsec_edu.ike.core import IkeCore

__all__ = ["receive", "send_delete_child", "send_delete_ike", "send_error", "send_protected"]

_REFUSALS = frozenset(
    {
        Notify.NO_PROPOSAL_CHOSEN,
        Notify.INVALID_ID_INFORMATION,
        Notify.INVALID_KEY_INFORMATION,
        Notify.INVALID_HASH_INFORMATION,
        Notify.PAYLOAD_MALFORMED,
    }
)
_PROTOCOL_NAME = {Protocol.ISAKMP: "isakmp", Protocol.AH: "ah", Protocol.ESP: "esp"}


def send_protected(
    core: IkeCore, sa: IkeSa, payloads: Sequence[Payload], sequence: int | None = None
) -> SendDatagram:
    """Send payloads behind HASH(1), encrypted, in an exchange of their own."""
    assert sa.keys is not None
    message_id = core.new_message_id(sa)
    iv = keys.phase2_iv(sa.keys, sa.iv, message_id)
    proof = Hash(keys.hash_1(sa.keys, message_id, pack_payloads(payloads)))
    chain: list[Payload] = [proof, *payloads]
    datagram, _ = send(
        core, sa, Exchange.INFORMATIONAL, 1, chain, iv=iv, message_id=message_id, sequence=sequence
    )
    return datagram


def send_error(
    core: IkeCore,
    sa: IkeSa,
    notify: Notify,
    *,
    protected: bool,
    protocol: int = Protocol.ISAKMP,
    spi: bytes | None = None,
) -> None:
    """Send an error notify, protected or in clear."""
    payload = Notification(protocol, notify, sa.spi if spi is None else spi)
    if protected:
        send_protected(core, sa, [payload])
    else:
        send(core, sa, Exchange.INFORMATIONAL, 1, [payload], message_id=core.new_message_id(sa))


def send_delete_ike(core: IkeCore, sa: IkeSa) -> None:
    """Say that this IKE SA is gone."""
    send_protected(core, sa, [Delete(Protocol.ISAKMP, (sa.spi,))])


def send_delete_child(core: IkeCore, sa: IkeSa, protocol: str, spi: int) -> None:
    """Say that we no longer receive on `spi`."""
    number = Protocol.AH if protocol == "ah" else Protocol.ESP
    send_protected(core, sa, [Delete(number, (spi.to_bytes(4, "big"),))])


def receive(core: IkeCore, sa: IkeSa, message: Received, now_us: int) -> None:
    """Take an Informational message for `sa`."""
    if not message.header.encrypted:
        _receive_clear(core, sa, message, now_us)
        return
    if sa.keys is None or message.header.message_id == 0:
        core.notice("malformed", sa.peer, reason="encrypted Informational without keys or message ID")
        return
    if message.header.message_id in sa.seen_ids:
        core.notice("duplicate_packet", sa.peer, ike_id=sa.ike_id, exchange="informational", answered=False)
        return
    try:
        open_sealed(core, sa, message, keys.phase2_iv(sa.keys, sa.iv, message.header.message_id))
        proof, rest = rest_after_hash(message)
    except WireError as error:
        core.notice("malformed", sa.peer, reason=str(error))
        return
    if proof != keys.hash_1(sa.keys, message.header.message_id, rest):
        core.notice("malformed", sa.peer, reason="HASH(1) of an Informational message is wrong")
        return
    sa.seen_ids.append(message.header.message_id)
    if not sa.up:
        for payload in message.payloads:
            if isinstance(payload, Notification):
                core.notice("notify_received", sa.peer, ike_id=sa.ike_id, notify=notify_name(payload.notify))
        return
    core.heard(sa, message, now_us)
    for payload in message.payloads:
        if isinstance(payload, Notification):
            _notification(core, sa, payload, now_us)
        elif isinstance(payload, Delete):
            _delete(core, sa, payload, now_us)


def _receive_clear(core: IkeCore, sa: IkeSa, message: Received, now_us: int) -> None:
    """Log an unprotected message; only a platform that trusts refusals lets one end an attempt."""
    notification = find(message.payloads, Notification)
    name = notify_name(notification.notify) if notification else "DELETE"
    refusal = notification is not None and notification.notify == Notify.NO_PROPOSAL_CHOSEN
    if refusal and sa.initiator and not sa.up:
        believed = core.profile.trusts_clear_refusal
        core.notice("phase1_refused", sa.peer, ike_id=sa.ike_id, notify=name, believed=believed)
        if believed:
            sa.phase1.received(Phase1Input.REFUSED, message, now_us)
        return
    core.notice("unauthenticated_ignored", sa.peer, ike_id=sa.ike_id, notify=name)


def _notification(core: IkeCore, sa: IkeSa, payload: Notification, now_us: int) -> None:
    kind = payload.notify
    if kind == Notify.R_U_THERE:
        sa.dpd.received += 1
        answer = Notification(Protocol.ISAKMP, Notify.R_U_THERE_ACK, sa.spi, payload.data)
        send_protected(core, sa, [answer], int.from_bytes(payload.data[:4], "big"))
    elif kind == Notify.R_U_THERE_ACK:
        if sa.monitor is not None:
            sa.monitor.acknowledged(int.from_bytes(payload.data[:4], "big"), now_us)
    elif kind == Notify.INITIAL_CONTACT:
        core.sas.flush_others(sa, now_us)
    elif kind == Notify.INVALID_SPI:
        spi = payload.spi or payload.data[:4]
        core.spi_reports.received(sa, int.from_bytes(spi[:4], "big"))
    elif kind in _REFUSALS and (quick := _refused(sa, payload)) is not None:
        quick.reason = notify_name(kind)
        quick.step(QuickInput.REFUSED, now_us)
    else:
        core.notice("notify_received", sa.peer, ike_id=sa.ike_id, notify=notify_name(kind))


def _refused(sa: IkeSa, payload: Notification):  # type: ignore[no-untyped-def]
    """Return the Quick Mode that a refusal is about: by its SPI, or the only one that waits."""
    waiting = [quick for quick in sa.quick.values() if quick.state is QuickState.WAIT_QM2]
    for quick in waiting:
        if payload.spi in quick.own_spis():
            return quick
    return waiting[0] if len(waiting) == 1 else None


def _delete(core: IkeCore, sa: IkeSa, payload: Delete, now_us: int) -> None:
    name = _PROTOCOL_NAME.get(Protocol(payload.protocol), "?") if payload.protocol in (1, 2, 3) else "?"
    known = core.deletable(sa, name, payload.spis)
    core.notice(
        "delete_received",
        sa.peer,
        ike_id=sa.ike_id,
        protocol=name,
        spis=tuple(int.from_bytes(spi, "big") for spi in payload.spis),
        known=known,
    )
    if known:
        core.deleted(sa, name, payload.spis, now_us)
