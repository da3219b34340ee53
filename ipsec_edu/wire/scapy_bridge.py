"""A packet as scapy sees it, and back: for dissecting by hand, and as a second opinion in tests.

scapy is optional (its licence is GPL-2.0-only) and slow to import, so it is loaded when the
first packet crosses this bridge.
"""

from __future__ import annotations

from typing import Any

from ipsec_edu.core.errors import IpsecEduError
from ipsec_edu.wire.packet import Packet

__all__ = ["from_scapy", "to_scapy"]


def to_scapy(packet: Packet | bytes) -> Any:
    """Return a packet (or its bytes) as ``scapy.layers.inet.IP`` with everything inside dissected.

    Raises
    ------
    IpsecEduError
        scapy is not installed.
    """
    ip = _ip_class()
    return ip(packet if isinstance(packet, bytes) else packet.pack())


def from_scapy(packet: Any) -> Packet:
    """Return a scapy ``IP`` packet as ours (WireError where it does not parse)."""
    return Packet.parse(bytes(packet))


def _ip_class() -> Any:
    try:
        from scapy.layers import ipsec, isakmp  # noqa: F401  (importing them registers their layers)
        from scapy.layers.inet import IP
    except ImportError as error:
        raise IpsecEduError('scapy is not installed: pip install "scapy>=2.8"') from error
    return IP
