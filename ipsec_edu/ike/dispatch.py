"""From a datagram to the machine that it concerns. Whatever comes, nothing is raised."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipsec_edu.core.errors import WireError
from ipsec_edu.ike import informational
from ipsec_edu.ike.messages import MARKER, Received, find
from ipsec_edu.ike.phase2 import Quick
from ipsec_edu.ike.sa import IkeSa
from ipsec_edu.ike.tables import Phase1Input, QuickInput
from ipsec_edu.wire.isakmp import (
    HEADER_BYTES,
    NO_COOKIE,
    KeyExchange,
    Notification,
    SecurityAssociation,
    unpack_header,
    unpack_payloads,
)
from ipsec_edu.wire.isakmp_values import EXCHANGE_NAME, Exchange, Notify, Protocol

if TYPE_CHECKING:
    from ipsec_edu.ike.core import IkeCore

__all__ = ["receive"]

_I, _J = Phase1Input, QuickInput
IKE_PORT = 500


def receive(
    core: IkeCore, data: bytes, local: int, local_port: int, remote: int, remote_port: int, now_us: int
) -> None:
    """Take one UDP payload."""
    if data == b"\xff":
        return  # a NAT keepalive is for the translator
    if local_port != IKE_PORT and data[:4] == MARKER:
        data = data[4:]
    try:
        header = unpack_header(data)
        message = Received(data, header, local, local_port, remote, remote_port)
        if not header.encrypted:
            message.payloads, message.end = unpack_payloads(header.next_payload, data, HEADER_BYTES)
            message.plain = data
            if message.end != len(data):
                raise WireError(f"{len(data) - message.end} bytes behind the last payload")
    except WireError as error:
        core.notice("malformed", remote, reason=str(error))
        return
    if local not in core.settings.listening:
        core.notice("not_listening", remote, local=local)
        return
    _hand_on(core, message, now_us)
    if core.on_received is not None:
        core.on_received(message)


def _hand_on(core: IkeCore, message: Received, now_us: int) -> None:
    """Find the machine that a well-formed message concerns."""
    header, remote = message.header, message.remote
    sa = core.sas.find(message)
    if header.exchange in (Exchange.MAIN, Exchange.AGGRESSIVE):
        _phase1(core, sa, message, now_us)
    elif sa is None:
        _unknown(core, message)
    elif header.exchange == Exchange.INFORMATIONAL:
        informational.receive(core, sa, message, now_us)
    elif header.exchange == Exchange.QUICK:
        _quick(core, sa, message, now_us)
    else:
        core.notice("malformed", remote, reason=f"exchange type {header.exchange} is not modelled")


def _unknown(core: IkeCore, message: Received) -> None:
    header = message.header
    exchange = EXCHANGE_NAME.get(Exchange(header.exchange)) if header.exchange in EXCHANGE_NAME else None
    core.notice(
        "unknown_cookie",
        message.remote,
        cookies=(header.initiator_cookie, header.responder_cookie),
        exchange=exchange or str(header.exchange),
    )
    notification = find(message.payloads, Notification)
    if core.profile.invalid_cookie_notify and notification is None and header.responder_cookie != NO_COOKIE:
        core.sas.answer_stranger(
            message, Notification(Protocol.ISAKMP, Notify.INVALID_COOKIE, header.cookies)
        )


def _phase1(core: IkeCore, sa: IkeSa | None, message: Received, now_us: int) -> None:
    """Find out which message of Main or Aggressive Mode this is, and step."""
    header = message.header
    if sa is None:
        first = header.responder_cookie == NO_COOKIE and not header.encrypted and header.message_id == 0
        # A cookie in use (our own offer reflected, or somebody else's copied) begins nothing.
        first = first and not core.sas.taken(header.initiator_cookie)
        if not first or find(message.payloads, SecurityAssociation) is None:
            _unknown(core, message)
            return
        mode = "main" if header.exchange == Exchange.MAIN else "aggressive"
        sa = core.sas.new_responder(message, mode, now_us)
        sa.phase1.received(_I.MM1 if mode == "main" else _I.AM1, message, now_us)
        core.sas.bound_half_open(now_us)
        return
    if message.data in sa.messages:
        answered = message.data == sa.last_message and sa.messages[message.data] is not None
        core.notice(
            "duplicate_packet",
            sa.peer,
            ike_id=sa.ike_id,
            exchange=sa.mode,
            answered=answered,
        )
        if answered:
            sa.phase1.received(_I.DUPLICATE, message, now_us)
        return
    sa.phase1.received(_phase1_symbol(sa, message), message, now_us)


def _phase1_symbol(sa: IkeSa, message: Received) -> Phase1Input:
    """Name a message by what it carries; the table decides whether it may come now."""
    header = message.header
    if header.exchange == Exchange.AGGRESSIVE:
        if sa.mode != "aggressive":
            return _I.MALFORMED
        if header.encrypted:
            return _I.AM3
        return _I.AM2 if sa.initiator else _I.AM1
    if sa.mode != "main":
        return _I.MALFORMED
    if header.encrypted:
        return _I.MM6 if sa.initiator else _I.MM5
    if find(message.payloads, KeyExchange) is not None:
        return _I.MM4 if sa.initiator else _I.MM3
    if find(message.payloads, SecurityAssociation) is not None:
        return _I.MM2 if sa.initiator else _I.MM1
    return _I.MALFORMED


def _quick(core: IkeCore, sa: IkeSa, message: Received, now_us: int) -> None:
    header = message.header
    if not sa.up or not header.encrypted or header.message_id == 0:
        core.notice("malformed", sa.peer, reason="Quick Mode before phase 1 is complete, or not encrypted")
        return
    quick = sa.quick.get(header.message_id)
    if quick is None:
        _new_quick(core, sa, message, now_us)
        return
    if message.data in quick.messages:
        answered = message.data == quick.last_message and quick.messages[message.data] is not None
        core.notice("duplicate_packet", sa.peer, ike_id=sa.ike_id, exchange="quick", answered=answered)
        if answered:
            quick.received(_J.DUPLICATE, message, now_us)
        return
    quick.received(_J.QM2 if quick.initiator else _J.QM3, message, now_us)


def _new_quick(core: IkeCore, sa: IkeSa, message: Received, now_us: int) -> None:
    """Begin a Quick Mode as responder; what does not even authenticate leaves no trace."""
    if message.header.message_id in sa.seen_ids:
        core.notice("duplicate_packet", sa.peer, ike_id=sa.ike_id, exchange="quick", answered=False)
        return
    quick = Quick(core, sa, message.header.message_id, False, now_us)
    core.remember_quick(sa, quick)
    quick.received(_J.QM1, message, now_us)
    if not quick.messages:
        # Refused, or not authentic. A refused one is not asked twice; garbage must not use up the number.
        sa.quick.pop(quick.message_id, None)
        if quick.nonce_i:
            sa.seen_ids.append(quick.message_id)
