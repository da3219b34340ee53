"""ESP in flight: encapsulation without bytes, and bytes when somebody looks.

`EspPayload` remembers what it carries and under which SA; the ciphertext is made on demand and
is the same whenever it is made. A receiver that gets such an object untouched, under the
same keys, may take the content without decrypting: the outcome is known. Bytes of any
other origin (a capture, a forger, an altered packet) are verified and decrypted.
"""

from __future__ import annotations

from ipsec_edu.core.errors import WireError
from ipsec_edu.ipsec.sa import InboundSa, OutboundSa
from ipsec_edu.wire.ipv4 import ESP, HEADER_SIZE, IPIP, UDP
from ipsec_edu.wire.packet import Packet, decode
from ipsec_edu.wire.udp import HEADER_SIZE as UDP_HEADER
from ipsec_edu.wire.udp import UdpDatagram

__all__ = ["NATT_PORT", "EspPayload", "UdpEncapsulated", "decrypt", "protect"]

NATT_PORT = 4500


class EspPayload:
    """An ESP packet behind its IP header.

    Parameters
    ----------
    sa : OutboundSa
        Keys and transform.
    sequence : int
        The packet's own number.
    inner : Packet
        Tunnel mode: the packet carried. Transport mode: the packet as it was without ESP.
    """

    __slots__ = ("inner", "sa", "seen", "sequence", "size", "spi")

    def __init__(self, sa: OutboundSa, sequence: int, inner: Packet) -> None:
        self.sa = sa
        self.spi = spi = sa.spi
        self.sequence = sequence
        self.seen = ("esp", spi, sequence)
        self.inner = inner
        self.size = sa.sizes[inner.size if sa.tunnel else inner.size - HEADER_SIZE]

    def wire(self) -> bytes:
        """Return the ESP packet, from SPI to ICV; it does not depend on the header in front."""
        inner = self.inner
        if self.sa.tunnel:
            return self.sa.cipher.seal(self.spi, self.sequence, inner.pack(), IPIP)
        return self.sa.cipher.seal(self.spi, self.sequence, inner.body(), inner.protocol)

    def pack(self, packet: Packet) -> bytes:
        """Return the ESP packet."""
        return self.wire()

    def restore(self, outer: Packet) -> Packet:
        """Return what the receiver gets, as a packet of its own."""
        if self.sa.tunnel:
            return self.inner.copy()
        plain = outer.copy()
        plain.protocol = self.inner.protocol
        plain.payload = self.inner.payload
        return plain


class UdpEncapsulated(UdpDatagram):
    """ESP in UDP (RFC 3948), so that it passes address translation; the checksum is 0."""

    __slots__ = ("esp",)

    def __init__(self, source_port: int, destination_port: int, esp: EspPayload) -> None:
        self.source_port = source_port
        self.destination_port = destination_port
        self.esp = esp
        self.seen = esp.seen
        self.size = UDP_HEADER + esp.size

    @property
    def data(self) -> bytes:  # type: ignore[override]
        """The ESP packet."""
        return self.esp.wire()

    @property
    def spi(self) -> int:
        """The SPI inside."""
        return self.esp.spi

    @property
    def sequence(self) -> int:
        """The ESP sequence number."""
        return self.esp.sequence

    def with_ports(self, source_port: int, destination_port: int) -> UdpEncapsulated:
        return UdpEncapsulated(source_port, destination_port, self.esp)

    def pack(self, packet: Packet) -> bytes:
        """Return the datagram; RFC 3948, 2.1 wants no checksum."""
        ports = self.source_port.to_bytes(2, "big") + self.destination_port.to_bytes(2, "big")
        return ports + self.size.to_bytes(2, "big") + bytes(2) + self.esp.wire()


def protect(sa: OutboundSa, packet: Packet, df_policy: str = "copy") -> Packet:
    """Return `packet` inside ESP under the SA's present sequence number.

    Tunnel mode makes a new header (RFC 4301, 5.1.2): TOS copied, DF by `df_policy`
    (``copy``, ``set``, ``clear``), TTL 255. Transport mode keeps the packet's own.
    """
    esp = EspPayload(sa, sa.sequence, packet)
    payload: EspPayload | UdpEncapsulated = esp
    protocol = ESP
    if sa.udp_ports is not None:
        payload = UdpEncapsulated(*sa.udp_ports, esp)
        protocol = UDP
    if not sa.tunnel:
        plain = packet.copy()
        plain.raw = None
        plain.protocol = protocol
        plain.payload = payload
        return plain
    outer = packet.carried(sa.local, sa.peer, protocol, payload)
    outer.identification = sa.sequence & 0xFFFF
    outer.dont_fragment = packet.dont_fragment if df_policy == "copy" else df_policy == "set"
    return outer


def decrypt(sa: InboundSa, outer: Packet, data: bytes, udp: bool) -> Packet | None:
    """Verify and decrypt the ESP packet `data`, which came behind the header of `outer`.

    Returns
    -------
    Packet or None
        The content, with the identity of `outer`; None where the ICV is wrong.

    Raises
    ------
    WireError
        Right ICV (or none to check), but the content makes no sense.
    """
    opened = sa.cipher.open(data)
    if opened is None:
        return None
    body, next_header = opened
    if sa.tunnel:
        if next_header != IPIP:
            raise WireError(f"ESP: next header {next_header} under a tunnel-mode SA; 4 (IPv4) is needed")
        inner = Packet.parse(body)
        inner.inherit(outer)
        return inner
    plain = outer.copy()
    plain.raw = None
    plain.protocol = next_header
    if udp and next_header == UDP and len(body) >= UDP_HEADER:
        # Translated addresses make the inner checksum wrong; RFC 3948, 3.1.2 lets us ignore it.
        body = body[:6] + bytes(2) + body[8:]
    plain.payload = decode(next_header, body, outer.source, outer.destination)
    return plain
