"""scapy reads our packets, and we read scapy's."""

from __future__ import annotations

import sys

import pytest

from ipsec_edu.core.addr import parse_ip
from ipsec_edu.core.errors import IpsecEduError
from ipsec_edu.wire.icmp import Echo
from ipsec_edu.wire.packet import ICMP, UDP, Packet
from ipsec_edu.wire.scapy_bridge import from_scapy, to_scapy
from ipsec_edu.wire.udp import UdpDatagram

A, B = parse_ip("10.1.0.10"), parse_ip("10.2.0.20")


@pytest.mark.parametrize(
    "packet",
    [
        Packet(A, B, ICMP, Echo(True, 7, 3, 100), ttl=63),
        Packet(A, B, ICMP, Echo(False, 7, 3, b"other")),
        Packet(A, B, UDP, UdpDatagram(1024, 53, b"question")),
    ],
)
def test_scapy_builds_the_same_bytes_from_the_same_fields(packet: Packet) -> None:
    theirs = to_scapy(packet)
    for layer in ("IP", "ICMP", "UDP"):
        if layer in theirs:
            theirs[layer].delfieldval("chksum")
    assert bytes(theirs) == packet.pack()
    assert theirs.src == "10.1.0.10" and theirs.ttl == packet.ttl
    again = from_scapy(theirs)
    assert type(again.payload) is type(packet.payload) and again.pack() == packet.pack()


def test_without_scapy_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scapy.layers", None)
    monkeypatch.setitem(sys.modules, "scapy.layers.inet", None)
    with pytest.raises(IpsecEduError, match=r'pip install "scapy'):
        to_scapy(Packet(A, B, ICMP, Echo(True, 1, 1)))
