"""The ISAKMP messages of a run: who sent what, and whether it arrived."""

from __future__ import annotations

from collections.abc import Callable

from ipsec_edu.core.causes import Cause
from ipsec_edu.ike.events import SendDatagram
from ipsec_edu.trace.recorder import Trace
from ipsec_edu.trace.records import Message
from ipsec_edu.wire.packet import Packet

__all__ = ["MessageLog"]


class MessageLog:
    """Joins what an IKE core sent to what became of the packet, by the packet's uid.

    Parameters
    ----------
    trace : Trace
        Its ``messages`` are written.
    owner_of : callable
        ``owner_of(address)``: the name of the device that owns it, or the address as text.
    """

    def __init__(self, trace: Trace, owner_of: Callable[[int], str]) -> None:
        self._messages = trace.messages
        self._owner_of = owner_of
        self._flying: dict[int, Message] = {}

    def sent(self, packet: Packet, node: str, event: SendDatagram, now_us: int) -> None:
        """Write down a message that leaves `node` as `packet`."""
        marker = 4 if event.local_port == 4500 else 0
        message = Message(
            at_us=now_us,
            sender=node,
            receiver=self._owner_of(event.remote),
            local=event.local,
            remote=event.remote,
            exchange=event.exchange,
            number=event.number,
            payloads=event.payloads,
            notify=event.notify,
            size=len(event.data) - marker,
            retransmission=event.retransmission,
            encrypted=event.encrypted,
            cookies=event.cookies,
            message_id=event.message_id,
            port=event.local_port,
            wire=event.data[marker:],
            clear=event.clear,
            uid=packet.uid,
            sequence=event.sequence,
        )
        self._messages.append(message)
        self._flying[packet.uid] = message

    def arrived(self, packet: Packet, now_us: int) -> None:
        """Write down that the message in `packet` reached an IKE core."""
        message = self._flying.pop(packet.uid, None)
        if message is not None:
            message.arrived_us = now_us

    def lost(self, packet: Packet, where: str, cause: Cause) -> None:
        """Write down that `packet` died (a listener of `World.on_drop`)."""
        message = self._flying.pop(packet.uid, None)
        if message is not None:
            message.cause = cause
            message.where = where
