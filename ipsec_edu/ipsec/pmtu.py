"""What ICMP teaches about the path of an SA (RFC 4301, section 8.2)."""

from __future__ import annotations

from ipsec_edu.core.errors import WireError
from ipsec_edu.ipsec.sa import OutboundSa
from ipsec_edu.ipsec.sad import Sad
from ipsec_edu.ipsec.transforms import protection
from ipsec_edu.wire.icmp import FRAGMENTATION_NEEDED, UNREACHABLE, IcmpError
from ipsec_edu.wire.ipv4 import AH, ESP, HEADER_SIZE, UDP, parse_header

__all__ = ["MINIMUM_MTU", "concerned", "plaintext_mtu"]

MINIMUM_MTU = 68
"""RFC 791: no IPv4 link is narrower, so no smaller value is believed."""


def plaintext_mtu(chain: list[OutboundSa], path_mtu: int) -> int:
    """Return the largest inner packet, in bytes, that the SAs of a chain fit into their path."""
    for sa in chain:
        if sa.path_mtu is not None:
            path_mtu = min(path_mtu, sa.path_mtu)
    udp = chain[0].udp_ports is not None
    return protection(chain[0].child.transform).plaintext_mtu(path_mtu, udp)


def concerned(sad: Sad, error: IcmpError) -> list[OutboundSa]:
    """Return the SAs whose outer packet an ICMP "fragmentation needed" quotes (perhaps none).

    A router quotes 8 bytes behind the IP header. Of ESP and AH that is enough for the SPI;
    of ESP in UDP it is only the ports, so every SA between them is meant.
    """
    if (error.type, error.code) != (UNREACHABLE, FRAGMENTATION_NEEDED) or error.mtu < MINIMUM_MTU:
        return []
    try:
        head = parse_header(error.original, whole=False)
    except WireError:
        return []
    quoted = error.original[HEADER_SIZE:]
    if head.protocol == UDP:
        ports = int.from_bytes(quoted[:2], "big"), int.from_bytes(quoted[2:4], "big")
        every = (sa for chain in sad.outbound.values() for sa in chain)
        return [sa for sa in every if sa.peer == head.destination and sa.udp_ports == ports]
    if head.protocol not in (ESP, AH):
        return []
    spi = int.from_bytes(quoted[4:8] if head.protocol == AH else quoted[:4], "big")
    found = sad.find_outbound(head.destination, spi)
    return [] if found is None else [found]
