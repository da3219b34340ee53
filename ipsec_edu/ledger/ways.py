"""Which way the packets of a flow went: cables, devices, and who put them into a tunnel.

A gap lies between two packets that got through, the last before it and the first after it. What
the two did differently tells what healed the flow, so nothing here has to guess at routing tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ipsec_edu.trace.records import Hop

__all__ = ["Seal", "Way", "device_of", "ways_of"]

Seal = tuple[str, str]
"""Who put a packet into a tunnel, and the SPI that it used: ``("ASA1", "0x5e6f7081")``."""


def device_of(port: str) -> str:
    """Return ``ASA1`` of ``ASA1:GigabitEthernet0/1``."""
    return port.partition(":")[0]


@dataclass(slots=True)
class Way:
    """The way of one packet, and that of its answer (which may be another).

    Attributes
    ----------
    steps : dict
        Ordered set of (answer, sender, receiver), one for each cable.
    seals : dict
        answer -> who encrypted it first, and with which SA. Empty for a flow in the clear.
    """

    steps: dict[tuple[bool, str, str], None] = field(default_factory=dict)
    seals: dict[bool, Seal] = field(default_factory=dict)

    def take(self, hop: Hop) -> None:
        """Add one cable of the way."""
        self.steps.setdefault((hop.answer, hop.sender, hop.receiver))
        if hop.spi and hop.kind in ("esp", "ah"):
            self.seals.setdefault(hop.answer, (device_of(hop.sender), f"0x{hop.spi:08x}"))

    @property
    def ports(self) -> set[str]:
        """Every port that the packet or its answer left or entered by."""
        return {port for _, *ends in self.steps for port in ends}

    @property
    def devices(self) -> set[str]:
        """Every device on the way."""
        return {device_of(port) for port in self.ports}

    def turned_from(self, other: Way) -> set[str]:
        """Return the devices that send on by another port than they did on the `other` way."""
        before = {(answer, sender) for answer, sender, _ in other.steps}
        return {device_of(sender) for answer, sender, _ in self.steps if (answer, sender) not in before}


def ways_of(hops: Iterable[Hop], wanted: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Way]:
    """Return the way of each wanted packet, named by (flow, number), in one walk over all hops."""
    ways = {name: Way() for name in wanted}

    def found() -> Iterator[tuple[Way, Hop]]:
        for hop in hops:
            way = ways.get((hop.flow, hop.number))
            if way is not None:
                yield way, hop

    for way, hop in sorted(found(), key=lambda pair: pair[1].left_us):
        way.take(hop)
    return ways
