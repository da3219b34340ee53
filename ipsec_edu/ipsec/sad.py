"""The security association database (RFC 4301, section 4.4.2)."""

from __future__ import annotations

from collections.abc import Iterator

from ipsec_edu.ipsec.sa import InboundSa, OutboundSa

__all__ = ["Sad"]


class Sad:
    """All SAs of a device.

    `inbound` is keyed by SPI, which we chose ourselves and which is therefore unique;
    `outbound` by the child's uid, because the peer chose those SPIs. A child with ESP and AH
    has two outbound SAs, in the order in which they are applied.
    """

    __slots__ = ("inbound", "outbound")

    def __init__(self) -> None:
        self.inbound: dict[int, InboundSa] = {}
        self.outbound: dict[int, list[OutboundSa]] = {}

    def __iter__(self) -> Iterator[InboundSa | OutboundSa]:
        """Every SA, inbound before outbound, oldest first."""
        yield from self.inbound.values()
        for chain in self.outbound.values():
            yield from chain

    def __len__(self) -> int:
        return len(self.inbound) + sum(map(len, self.outbound.values()))

    def find_outbound(self, peer: int, spi: int) -> OutboundSa | None:
        """Return the SA that sends to `peer` under `spi` (an ICMP error quotes the two)."""
        for chain in self.outbound.values():
            for sa in chain:
                if sa.spi == spi and sa.peer == peer:
                    return sa
        return None
