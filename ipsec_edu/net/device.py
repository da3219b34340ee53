"""What stands at the ends of cables: anything with power and ports."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ipsec_edu.core.causes import Cause
from ipsec_edu.net.interface import Port
from ipsec_edu.trace.records import PowerChange

if TYPE_CHECKING:
    from ipsec_edu.net.world import World
    from ipsec_edu.wire.packet import Packet

__all__ = ["Device"]


class Device:
    """A named thing with ports; `net.node.Node` routes, `net.segment.Segment` bridges.

    Attributes
    ----------
    on_port_change : list
        ``listener(port, up)``, after the device itself has taken notice.
    on_power : list
        ``listener(up)``: at False forget everything, at True start anew.
    """

    def __init__(self, name: str, world: World) -> None:
        self.name = name
        self.world = world
        self.powered = True
        self.ports: dict[str, Port] = {}
        self.on_port_change: list[Callable[[Port, bool], object]] = []
        self.on_power: list[Callable[[bool], object]] = []
        world.add_device(self)

    def receive(self, packet: Packet, port: Port, next_hop: int) -> None:
        """Take a packet that arrived at `port`."""
        raise NotImplementedError(f"{type(self).__name__} takes no packets")

    def port_changed(self, port: Port, up: bool) -> None:
        """Take notice of a port that came up or went down."""
        self.world.record_port(port)
        for listener in self.on_port_change:
            listener(port, up)

    def set_power(self, up: bool) -> None:
        """Crash or boot; what is the case already stays so.

        Losing power ends everything at one instant: state is gone, queued packets die, and
        every port that is cabled here directly loses carrier.
        """
        if up == self.powered:
            return
        self.powered = up
        world = self.world
        world.trace.power.append(PowerChange(world.clock.now_us, self.name, up))
        if not up:
            self.forget()
        for port in self.ports.values():
            if up:
                port.admin_up = port.configured_up
            elif port.out is not None:
                port.out.halt(dark=True)
            port.refresh()
            if port.cable is not None:
                port.cable.far(port).refresh()
        for listener in self.on_power:
            listener(up)

    def forget(self) -> None:
        """Lose all state that power kept alive."""

    def neighbour_missing(self, packet: Packet, where: str) -> None:
        """Give up a packet of this device's whose next hop nobody on the segment owns."""
        self.world.drop(packet, where, Cause.NO_NEIGHBOUR)

    def held(self) -> int:
        """Return how many packets lie in this device, for the books."""
        return 0
