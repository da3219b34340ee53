"""A LAN segment: a switch that knows which port leads to the owner of an address.

Frames carry the IPv4 address of the neighbour they are for, so one table stands for both the
switch's MAC table and the neighbours' ARP caches. It fills when an interface comes up (or
announces an address it took over) and when a frame asks for an owner not yet known; an
answer takes no time. It forgets the addresses behind a port that loses its carrier, except when the owner
lost power: neighbours cannot tell, and their frames end at the dark device. A silent cut
is not noticed either: the table stays, and frames die on the cable.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipsec_edu.core.causes import Cause
from ipsec_edu.net.device import Device
from ipsec_edu.net.interface import Interface, Port

if TYPE_CHECKING:
    from ipsec_edu.net.world import World
    from ipsec_edu.wire.packet import Packet

__all__ = ["Segment", "announce", "announce_all"]

_BROADCAST = 0xFFFFFFFF
_MULTICAST = 0xE0000000


class Segment(Device):
    """A bridge (a containerlab node of kind ``bridge``); ports are made as cables are."""

    def __init__(self, name: str, world: World) -> None:
        super().__init__(name, world)
        self._owners: dict[int, Port] = {}
        self._asking = False

    def add_port(self, name: str) -> Port:
        """Give the bridge a port."""
        port = self.ports[name] = Port(self, name)
        return port

    def receive(self, packet: Packet, port: Port, next_hop: int) -> None:
        """Forward a frame to the port behind which the owner of `next_hop` sits."""
        if next_hop >= _MULTICAST:
            self._flood(packet, port, next_hop)
            return
        towards = self._owners.get(next_hop) or self.find(next_hop, port)
        if towards is None or towards is port:
            asker = port.cable.far(port).device if port.cable is not None else self
            asker.neighbour_missing(packet, self.name)
            return
        out = towards.out
        if out is not None:
            out.send(packet, next_hop, packet.size)
        else:
            self.world.drop(packet, towards.label, Cause.LINK_DOWN)

    def find(self, address: int, asker: Port | None = None) -> Port | None:
        """Return the port that leads to the owner of `address`, asking around if need be.

        Owners that can be heard are preferred; one behind a silently cut cable answers
        last (as it would have before the cut).
        """
        known = self._owners.get(address)
        if known is not None or self._asking:  # asking already: bridges cabled in a ring
            return known
        self._asking = True
        answers = [
            port for port in self.ports.values() if port is not asker and self._leads_to(port, address)
        ]
        self._asking = False
        answers.sort(key=lambda port: port.cable is not None and port.cable.into(port).cut)
        if answers:
            self._owners[address] = answers[0]
        return answers[0] if answers else None

    def learn(self, address: int, port: Port) -> None:
        """Believe the announcement of `address` that came in at `port`, and pass it on."""
        if self._owners.get(address) is port:
            return
        self._owners[address] = port
        for other in self.ports.values():
            if other is not port and other.up and other.cable is not None:
                announce(other, address)

    def port_changed(self, port: Port, up: bool) -> None:
        """Forget who sat behind a port that lost its carrier, unless it just lost power."""
        far = port.cable.far(port) if port.cable is not None else None
        if not up and far is not None and far.device.powered:
            self._owners = {address: owner for address, owner in self._owners.items() if owner is not port}
        super().port_changed(port, up)
        if up and isinstance(far, Interface):  # it may have come up first, and announced itself to nobody
            announce_all(far)

    def forget(self) -> None:
        """Lose the table with the power."""
        self._owners.clear()

    def _leads_to(self, port: Port, address: int) -> bool:
        if not port.up or port.cable is None:
            return False
        far = port.cable.far(port)
        if isinstance(far, Interface):
            return far.up and far.owns(address)
        return far.up and isinstance(far.device, Segment) and far.device.find(address, far) is not None

    def _flood(self, packet: Packet, port: Port, next_hop: int) -> None:
        """Send a copy to every other port that is up; each further copy is entered in the books."""
        targets = [other for other in self.ports.values() if other is not port and other.up]
        if not targets:
            self.world.drop(packet, self.name, Cause.NO_NEIGHBOUR)
            return
        self.world.divide(len(targets))
        for target, copy in [(target, packet.copy()) for target in targets]:
            target.transmit(copy, next_hop)


def announce_all(interface: Interface) -> None:
    """Announce every address of an interface."""
    for address in (interface.address, *interface.secondary):
        if address is not None:
            announce(interface, address)


def announce(port: Port, address: int) -> None:
    """Send a gratuitous ARP for `address` out of `port`: a bridge that hears it believes it."""
    if port.cable is None or port.out is None or not port.up or port.out.cut:
        return
    far = port.cable.far(port)
    if far.up and isinstance(far.device, Segment):
        far.device.learn(address, far)
