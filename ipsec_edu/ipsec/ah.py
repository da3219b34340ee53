"""AH in flight (RFC 4302), lazily as `ipsec.esp`: nothing is hidden, the IP header is guarded too."""

from __future__ import annotations

import hmac

from ipsec_edu.core.errors import WireError
from ipsec_edu.ipsec.ciphers import icv
from ipsec_edu.ipsec.sa import InboundSa, OutboundSa
from ipsec_edu.ipsec.transforms import AhTransform
from ipsec_edu.wire import ah
from ipsec_edu.wire.ipv4 import AH, HEADER_SIZE, IPIP
from ipsec_edu.wire.packet import Packet, decode

__all__ = ["AhPayload", "protect", "verify"]


class AhPayload:
    """An AH packet behind its IP header.

    The immutable header fields are remembered as the sender saw them, because the ICV is
    about those and not about what address translation makes of them.

    Parameters
    ----------
    sa : OutboundSa
        Key and transform.
    sequence : int
        The packet's own number.
    inner : Packet
        Tunnel mode: the packet carried. Transport mode: the packet as it was without AH.
    header : tuple of int
        Source, destination and identification of the header in front.
    """

    __slots__ = ("header", "inner", "sa", "seen", "sequence", "size", "spi")

    def __init__(self, sa: OutboundSa, sequence: int, inner: Packet, header: tuple[int, int, int]) -> None:
        self.sa = sa
        self.spi = sa.spi
        self.sequence = sequence
        self.seen = ("ah", sa.spi, sequence)
        self.inner = inner
        self.header = header
        self.size = sa.transform.size(inner.size if sa.tunnel else inner.size - HEADER_SIZE)

    def pack(self, packet: Packet) -> bytes:
        """Return the AH packet."""
        inner = self.inner
        body, next_header = (inner.pack(), IPIP) if self.sa.tunnel else (inner.body(), inner.protocol)
        head = ah.head(next_header, self.spi, self.sequence, self.sa.transform.icv_size)
        return head + _icv(self.sa, self.header, head, body) + body

    def intact(self, packet: Packet) -> bool:
        """Tell whether the header still says what the sender wrote."""
        return self.header == (packet.source, packet.destination, packet.identification)

    def restore(self, outer: Packet) -> Packet:
        """Return what the receiver gets, as a packet of its own."""
        if self.sa.tunnel:
            return self.inner.copy()
        plain = outer.copy()
        plain.protocol = self.inner.protocol
        plain.payload = self.inner.payload
        return plain


def _icv(sa: InboundSa | OutboundSa, header: tuple[int, int, int], head: bytes, body: bytes) -> bytes:
    transform = sa.transform
    assert isinstance(transform, AhTransform)
    size = transform.icv_size
    source, destination, identification = header
    length = HEADER_SIZE + len(head) + size + len(body)
    covered = ah.immutable_header(source, destination, length, identification) + head + bytes(size) + body
    return icv(sa.keys[1], transform.integrity.digest, size, covered)


def protect(sa: OutboundSa, packet: Packet, df_policy: str = "copy") -> Packet:
    """Return `packet` behind AH under the SA's present sequence number (modes as `esp.protect`)."""
    if sa.tunnel:
        outer = packet.carried(sa.local, sa.peer, AH, packet.payload)
        outer.identification = sa.sequence & 0xFFFF
        outer.dont_fragment = packet.dont_fragment if df_policy == "copy" else df_policy == "set"
    else:
        outer = packet.copy()
        outer.raw = None
        outer.protocol = AH
    header = (outer.source, outer.destination, outer.identification)
    outer.payload = AhPayload(sa, sa.sequence, packet, header)
    return outer


def verify(sa: InboundSa, outer: Packet, data: bytes) -> Packet | None:
    """Check the AH packet `data` behind the header of `outer`; results and errors as `esp.decrypt`."""
    parts = ah.split(data, sa.transform.icv_size)
    header = (outer.source, outer.destination, outer.identification)
    if not hmac.compare_digest(_icv(sa, header, data[: ah.FIXED], parts.body), parts.icv):
        return None
    if sa.tunnel:
        if parts.next_header != IPIP:
            raise WireError(f"AH: next header {parts.next_header} under a tunnel-mode SA; 4 (IPv4) is needed")
        inner = Packet.parse(parts.body)
        inner.inherit(outer)
        return inner
    plain = outer.copy()
    plain.raw = None
    plain.protocol = parts.next_header
    plain.payload = decode(parts.next_header, parts.body, outer.source, outer.destination)
    return plain
