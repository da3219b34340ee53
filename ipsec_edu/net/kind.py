"""What a packet looks like to somebody on the wire."""

from __future__ import annotations

from ipsec_edu.core.addr import format_ip
from ipsec_edu.core.errors import WireError
from ipsec_edu.wire import ah, esp
from ipsec_edu.wire.bfd import BFD_PORT
from ipsec_edu.wire.icmp import Echo, IcmpError
from ipsec_edu.wire.ospf import OSPF, OspfPacket
from ipsec_edu.wire.packet import AH, ESP, ICMP, UDP, Packet, RawPayload
from ipsec_edu.wire.udp import UdpDatagram

__all__ = ["describe", "kind_of", "ports_of", "reread"]

_IKE_PORTS = (500, 4500)


def kind_of(packet: Packet) -> tuple[str, int, int]:
    """Return (``clear``, ``esp``, ``ah``, ``ike``, ``ospf`` or ``bfd``; SPI; sequence number), 0 for none.

    A UDP datagram that carries ESP (RFC 3948) is ``esp``; payloads that protect show their
    `spi` and `sequence`.
    """
    protocol = packet.protocol
    if protocol == ICMP:
        return _CLEAR
    payload = packet.payload
    if protocol in (ESP, AH):
        kind = "esp" if protocol == ESP else "ah"
        if type(payload) is RawPayload:
            return kind, *_numbers(protocol, payload.data)
        return kind, getattr(payload, "spi", 0), getattr(payload, "sequence", 0)
    if protocol == UDP:
        if type(payload) is UdpDatagram:
            if payload.source_port in _IKE_PORTS or payload.destination_port in _IKE_PORTS:
                return _IKE
            return _BFD if payload.destination_port == BFD_PORT else _CLEAR
        spi = getattr(payload, "spi", 0)
        if spi:
            return "esp", spi, getattr(payload, "sequence", 0)
    return _OSPF if protocol == OSPF else _CLEAR


_CLEAR = ("clear", 0, 0)
_IKE = ("ike", 0, 0)
_OSPF = ("ospf", 0, 0)
_BFD = ("bfd", 0, 0)


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
