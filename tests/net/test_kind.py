"""What a packet looks like to somebody on the wire."""

from __future__ import annotations

import pytest

from ipsec_edu.net.kind import describe, kind_of, ports_of
from ipsec_edu.wire.icmp import Echo, IcmpError
from ipsec_edu.wire.packet import AH, ESP, ICMP, UDP, Packet, Payload, RawPayload
from ipsec_edu.wire.udp import UdpDatagram


class Protected(UdpDatagram):
    """Stands for ESP, AH and ESP in UDP: shows its SPI and its sequence number."""

    def __init__(self, kind: str) -> None:
        super().__init__(4500, 4500, b"")
        self.seen = kind, 0x1234, 7


@pytest.mark.parametrize(
    ("protocol", "payload", "kind", "words"),
    [
        (ICMP, Echo(True, 1, 9), ("clear", 0, 0), "echo request 9"),
        (ICMP, Echo(False, 1, 9), ("clear", 0, 0), "echo reply 9"),
        (ICMP, IcmpError(3, 4, 1400, b""), ("clear", 0, 0), "ICMP type 3 code 4"),
        (UDP, UdpDatagram(9, 10, b""), ("clear", 0, 0), "UDP 9 > 10"),
        (UDP, UdpDatagram(500, 500, b""), ("ike", 0, 0), "UDP 500 > 500"),
        (UDP, UdpDatagram(1024, 4500, b""), ("ike", 0, 0), "UDP 1024 > 4500"),
        (UDP, Protected("esp"), ("esp", 0x1234, 7), "ESP spi 0x00001234 seq 7"),
        (ESP, Protected("esp"), ("esp", 0x1234, 7), "ESP spi 0x00001234 seq 7"),
        (AH, Protected("ah"), ("ah", 0x1234, 7), "AH spi 0x00001234 seq 7"),
        (ESP, RawPayload(b"garbage"), ("esp", 0, 0), "ESP spi 0x00000000 seq 0"),
        (99, RawPayload(b""), ("clear", 0, 0), "protocol 99"),
    ],
)
def test_kinds(protocol: int, payload: Payload, kind: tuple[str, int, int], words: str) -> None:
    packet = Packet(0x0A000001, 0x0A000002, protocol, payload)
    assert kind_of(packet) == kind
    assert describe(packet) == f"10.0.0.1 > 10.0.0.2 {words}"


def test_only_a_first_fragment_shows_ports() -> None:
    packet = Packet(1, 2, UDP, UdpDatagram(9, 10, b""))
    assert ports_of(packet) == (9, 10)
    packet.fragment = 185
    assert ports_of(packet) == (0, 0)
    assert describe(packet).endswith("fragment at 1480")
