"""Taking one layer off a received packet, and judging what was inside."""

from __future__ import annotations

from typing import Any

from ipsec_edu.core.causes import Cause
from ipsec_edu.core.errors import WireError
from ipsec_edu.ipsec import ah as ah_in_flight
from ipsec_edu.ipsec import esp as esp_in_flight
from ipsec_edu.ipsec.ah import AhPayload
from ipsec_edu.ipsec.esp import NATT_PORT, EspPayload, UdpEncapsulated
from ipsec_edu.ipsec.sa import InboundSa
from ipsec_edu.wire import ah, esp
from ipsec_edu.wire.ipv4 import AH, ESP, UDP
from ipsec_edu.wire.packet import Packet
from ipsec_edu.wire.udp import HEADER_SIZE as UDP_HEADER
from ipsec_edu.wire.udp import UdpDatagram

__all__ = ["Found", "belongs", "find", "is_ipsec", "unwrap"]

Found = tuple[int, int, EspPayload | AhPayload | None, bytes]
"""SPI, sequence number, and the content: an untouched object, or (None and) bytes."""

_NATT_PORT_BYTES = NATT_PORT.to_bytes(2, "big")


def is_ipsec(packet: Packet) -> bool:
    """Tell whether a packet addressed to us is for `IpsecStack.inbound`: AH, ESP, or ESP in UDP.

    On port 4500 IKE begins with four zero bytes (RFC 3948, 2.2), ESP with its SPI, and a
    keepalive is a single byte.
    """
    if packet.protocol != UDP:
        return packet.protocol in (ESP, AH)
    payload = packet.payload
    if packet.raw is None and isinstance(payload, UdpDatagram):
        if payload.destination_port != NATT_PORT:
            return False
        if isinstance(payload, UdpEncapsulated):
            return True
        return len(payload.data) > 4 and payload.data[:4] != bytes(4)
    data = packet.body()
    return len(data) > UDP_HEADER + 4 and data[2:4] == _NATT_PORT_BYTES and data[8:12] != bytes(4)


def find(packet: Packet, eager: bool) -> Found | None:
    """Return where to look for the SA, None where the packet is too short to say.

    `eager` insists on bytes where an object would do.
    """
    payload: Any = packet.payload
    if packet.raw is None and not eager:
        kind = type(payload)
        if kind is UdpEncapsulated:
            payload, kind = payload.esp, EspPayload
        if kind is EspPayload or kind is AhPayload:
            return payload.spi, payload.sequence, payload, b""
    data = packet.body()
    if packet.protocol == UDP:
        data = data[UDP_HEADER:]
    try:
        spi, sequence = ah.peek(data) if packet.protocol == AH else esp.peek(data)
    except WireError:
        return None
    return spi, sequence, None, data


def unwrap(
    sa: InboundSa, packet: Packet, content: EspPayload | AhPayload | None, data: bytes
) -> Packet | Cause | None:
    """Return what was inside; a cause where nothing is authentic; None: authentic, but nonsense."""
    if content is not None:
        # Same transform, same keys, nothing altered: how the ICV will come out is known.
        if sa.secret == content.sa.secret and (isinstance(content, EspPayload) or content.intact(packet)):
            return content.restore(packet)
        data = content.pack(packet)
    try:
        if sa.protocol == "ah":
            ah.split(data, sa.transform.icv_size)
        elif len(data) < sa.least_size:
            return Cause.MALFORMED
    except WireError:
        return Cause.MALFORMED
    try:
        if sa.protocol == "ah":
            opened = ah_in_flight.verify(sa, packet, data)
        else:
            opened = esp_in_flight.decrypt(sa, packet, data, packet.protocol == UDP)
    except WireError:
        return None
    return Cause.BAD_ICV if opened is None else opened


def belongs(plain: Packet, sa: InboundSa, translated: bool) -> bool:
    """Tell whether this traffic is what the SA was made for: the last check of RFC 4301, 5.2.

    In transport mode behind an address translator the header shows other addresses than
    those that were negotiated, so only protocol and ports are compared.
    """
    rule = sa.rule
    source, destination = plain.source, plain.destination
    if translated:
        source, destination = rule.selector.remote.network, rule.selector.local.network
    payload = plain.payload
    if isinstance(payload, UdpDatagram):
        return rule.covers(destination, source, UDP, payload.destination_port, payload.source_port)
    return rule.covers(destination, source, plain.protocol, 0, 0)
