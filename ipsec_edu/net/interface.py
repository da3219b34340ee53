"""Where a cable ends: the port of any device, and the interface of one that speaks IP."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ipsec_edu.core.addr import Prefix
from ipsec_edu.core.causes import Cause

if TYPE_CHECKING:
    from ipsec_edu.net.cable import Cable, Direction
    from ipsec_edu.net.device import Device
    from ipsec_edu.wire.packet import Packet

__all__ = ["Interface", "Port", "Tap"]

Tap = Callable[["Packet", bool, int], object]
"""A capture at a port: ``tap(packet, outgoing, now_us)``."""


class Port:
    """One end of a cable.

    Attributes
    ----------
    label : str
        ``NODE:INTERFACE``.
    carrier : bool
        A powered device at the other end of a cable that is plugged in.
    up : bool
        Carrier, not shut down, and the device itself has power. What forwarding asks.
    """

    __slots__ = (
        "admin_up",
        "cable",
        "carrier",
        "configured_up",
        "device",
        "label",
        "name",
        "out",
        "taps",
        "up",
    )

    def __init__(self, device: Device, name: str, *, admin_up: bool = True) -> None:
        self.device = device
        self.name = name
        self.label = f"{device.name}:{name}"
        self.admin_up = admin_up
        self.configured_up = admin_up
        """What a boot restores."""
        self.cable: Cable | None = None
        self.out: Direction | None = None
        """The half of the cable that leads away from here."""
        self.carrier = False
        self.up = False
        self.taps: list[Tap] = []

    def refresh(self) -> None:
        """Work out carrier and `up` anew; tell the device if `up` changed."""
        cable = self.cable
        self.carrier = cable is not None and cable.plugged and cable.far(self).device.powered
        up = self.live and self.admin_up and self.device.powered
        if up is not self.up:
            self.up = up
            self.device.port_changed(self, up)

    def set_admin(self, up: bool) -> None:
        """Shut the port down or take that back; the far end keeps its carrier."""
        if up == self.admin_up:
            return
        self.admin_up = up
        if not up and self.out is not None:
            self.out.halt(dark=False)
        self.refresh()

    @property
    def live(self) -> bool:
        """Whether there is something to send into (a loopback is always live)."""
        return self.carrier

    def transmit(self, packet: Packet, next_hop: int) -> None:
        """Put a packet on the cable for the neighbour that owns `next_hop`."""
        if self.out is None:
            self.device.world.drop(packet, self.label, Cause.LINK_DOWN)
        else:
            self.out.send(packet, next_hop, packet.size)

    def inject(self, packet: Packet, next_hop: int | None = None) -> None:
        """Let a stranger on the cable send a packet into this port, as if it came off the wire.

        The packet is entered in the books as a new one.
        """
        world = self.device.world
        world.originate(packet)
        for tap in self.taps:
            tap(packet, False, world.clock.now_us)
        if not self.up:
            world.drop(packet, self.label, Cause.LINK_DOWN if self.device.powered else Cause.NODE_DOWN)
            return
        self.device.receive(packet, self, packet.destination if next_hop is None else next_hop)

    def tap(self, tap: Tap) -> Callable[[], None]:
        """Show every packet that passes here to `tap`; return a function that ends it."""
        self.taps.append(tap)
        return lambda: self.taps.remove(tap)


class Interface(Port):
    """A port with an IPv4 address.

    Parameters
    ----------
    device : Device
        Whose it is.
    name : str
        Canonical name, ``GigabitEthernet0/1``.
    address, length : int or None, int
        IPv4 address and prefix length.
    mtu : int
        Largest IP packet in bytes.
    virtual : bool
        A loopback: needs no cable.
    """

    __slots__ = ("address", "length", "mtu", "nameif", "peer", "secondary", "security_level", "virtual")

    def __init__(
        self,
        device: Device,
        name: str,
        address: int | None = None,
        length: int = 0,
        *,
        mtu: int = 1500,
        admin_up: bool = True,
        virtual: bool = False,
        nameif: str | None = None,
        security_level: int = 0,
    ) -> None:
        super().__init__(device, name, admin_up=admin_up)
        self.address = address
        self.length = length
        self.mtu = mtu
        self.virtual = virtual
        self.nameif = nameif
        self.security_level = security_level
        self.peer: Interface | None = None
        """The interface at the other end of a direct cable, None on a segment."""
        self.secondary: list[int] = []
        """Further addresses that the interface answers for (a virtual gateway's)."""

    @property
    def prefix(self) -> Prefix | None:
        """The connected network, or None without an address."""
        return None if self.address is None else Prefix.of(self.address, self.length)

    @property
    def live(self) -> bool:
        """Whether there is something to send into (a loopback is always live)."""
        return self.virtual or self.carrier

    def owns(self, address: int) -> bool:
        """Tell whether the interface would answer an ARP request for `address`."""
        return address == self.address or address in self.secondary
