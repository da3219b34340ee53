"""What a packet looks like to somebody on the wire."""

from __future__ import annotations

from ipsec_edu.core.addr import format_ip
from ipsec_edu.core.errors import WireError
from ipsec_edu.wire import ah, esp
from ipsec_edu.wire.icmp import Echo, IcmpError
from ipsec_edu.wire.ospf import OSPF, OspfPacket
from ipsec_edu.wire.packet import AH, ESP, UDP, Packet, RawPayload
from ipsec_edu.wire.seen import SEEN_CLEAR, SEEN_OSPF, Seen
from ipsec_edu.wire.udp import UdpDatagram

__all__ = ["describe", "kind_of", "ports_of", "reread"]


def kind_of(packet: Packet) -> Seen:
    """Return (``clear``, ``esp``, ``ah``, ``ike``, ``ospf`` or ``bfd``; SPI; sequence number), 0 for none.

    An OSPF packet has its type for a number. A UDP datagram that carries ESP (RFC 3948) is ``esp``.
    Payloads know what they look like; bytes that nobody has parsed are judged by their protocol.
    """
    payload = packet.payload
    seen: Seen | None = getattr(payload, "seen", None)
    if seen is not None:
        return seen
    protocol = packet.protocol
    if type(payload) is RawPayload and protocol in (ESP, AH):
        return "esp" if protocol == ESP else "ah", *_numbers(protocol, payload.data)
    if protocol == OSPF:
        return ("ospf", 0, int(payload.type)) if isinstance(payload, OspfPacket) else SEEN_OSPF
    return SEEN_CLEAR


def _numbers(protocol: int, data: bytes) -> tuple[int, int]:
    """Return SPI and sequence number of bytes that somebody sent as AH or ESP, zeros where cut short."""
    try:
        return ah.peek(data) if protocol == AH else esp.peek(data)
    except WireError:
        return 0, 0


def ports_of(packet: Packet) -> tuple[int, int]:
    """Return the UDP ports of a packet, (0, 0) where it has none (fragments included)."""
    if packet.protocol == UDP and not packet.fragment:
        payload = packet.payload
        return getattr(payload, "source_port", 0), getattr(payload, "destination_port", 0)
    return 0, 0


def describe(packet: Packet) -> str:
    """Say in a few words what the packet is, addresses included."""
    payload = packet.payload
    ends = f"{format_ip(packet.source)} > {format_ip(packet.destination)}"
    if packet.fragment or packet.more_fragments:
        return f"{ends} fragment at {packet.fragment * 8}"
    kind, spi, sequence = kind_of(packet)
    if kind in ("esp", "ah"):
        return f"{ends} {kind.upper()} spi 0x{spi:08x} seq {sequence}"
    if isinstance(payload, Echo):
        return f"{ends} echo {'request' if payload.request else 'reply'} {payload.sequence}"
    if isinstance(payload, IcmpError):
        return f"{ends} ICMP type {payload.type} code {payload.code}"
    if isinstance(payload, OspfPacket):
        return f"{ends} OSPF {payload.type.name.replace('_', ' ').lower()}"
    if isinstance(payload, UdpDatagram):
        return f"{ends} UDP {payload.source_port} > {payload.destination_port}"
    return f"{ends} protocol {packet.protocol}"


def reread(packet: Packet) -> Packet:
    """Return what the bytes of an altered packet say, its identity kept (WireError: nonsense)."""
    parsed = Packet.parse(packet.pack())
    parsed.inherit(packet)
    return parsed
