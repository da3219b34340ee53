"""ICMP errors: which a device sends back, and about which packets it must keep silent."""

from __future__ import annotations

from ipsec_edu.wire.icmp import FRAGMENTATION_NEEDED, TIME_EXCEEDED, UNREACHABLE, IcmpError
from ipsec_edu.wire.packet import ICMP, Packet

__all__ = [
    "ADMIN_PROHIBITED",
    "FRAGMENTATION_NEEDED",
    "HOST_UNREACHABLE",
    "NET_UNREACHABLE",
    "PORT_UNREACHABLE",
    "PROTOCOL_UNREACHABLE",
    "TIME_EXCEEDED",
    "UNREACHABLE",
    "error_about",
]

NET_UNREACHABLE, HOST_UNREACHABLE, PROTOCOL_UNREACHABLE, PORT_UNREACHABLE = 0, 1, 2, 3
ADMIN_PROHIBITED = 13
"""Codes of type 3 (RFC 792, RFC 1812 5.2.7.1)."""

_MULTICAST = 0xE0000000


def error_about(packet: Packet, type: int, code: int, mtu: int = 0) -> Packet | None:
    """Return the error to send to the sender of `packet`, or None where none may be sent.

    No errors about ICMP errors, fragments but the first, multicast and broadcast, or
    packets that name no sender (RFC 1122, 3.2.2).
    """
    if packet.protocol == ICMP and isinstance(packet.payload, IcmpError):
        return None
    if packet.fragment or packet.destination >= _MULTICAST or not 0 < packet.source < _MULTICAST:
        return None
    return Packet(0, packet.source, ICMP, IcmpError(type, code, mtu, packet.pack()))
