"""The world of one run: devices, cables, the clock, and the books of the packets.

Every packet is entered once (`originate`) and leaves once (`deliver` or `drop`). A packet in
a tunnel is the packet that it carries, so encapsulation is no entry. Fragmentation enters the
further fragments, reassembly delivers them again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ipsec_edu.core.causes import Cause
from ipsec_edu.core.errors import LabError
from ipsec_edu.core.rng import Rng
from ipsec_edu.net.cable import Cable, Direction
from ipsec_edu.net.clock import Clock
from ipsec_edu.net.device import Device
from ipsec_edu.net.interface import Port
from ipsec_edu.net.kind import describe, kind_of
from ipsec_edu.trace.recorder import Trace
from ipsec_edu.trace.records import Drop, Hop, PortChange
from ipsec_edu.wire.packet import Packet

__all__ = ["Flow", "World"]


class Flow(Protocol):
    """Traffic that wants to know the fate of its packets (`net.flows`)."""

    name: str

    def delivered(self, packet: Packet, now_us: int) -> None:
        """Take notice of a packet of this flow, or its answer, that was received."""

    def lost(self, packet: Packet, where: str, cause: Cause, now_us: int) -> None:
        """Take notice of a packet of this flow, or its answer, that died."""


class World:
    """Everything that exists in one run.

    Parameters
    ----------
    seed : int
        Seed of all randomness; purposes draw from streams of their own (`rng.child`).
    trace : Trace
        Where the records go.
    record_hops : bool
        Whether each packet over each cable is recorded.

    Attributes
    ----------
    holders : list
        Functions that return how many packets something outside cables and devices holds, for `check_books`.
    on_drop : list
        ``listener(packet, where, cause)`` for every packet that dies.
    """

    def __init__(self, seed: int, trace: Trace, *, record_hops: bool = True) -> None:
        self.rng = Rng(seed, "net")
        self.trace = trace
        self.hops: list[Hop] | None = trace.hops if record_hops else None
        self.clock = Clock()
        self.devices: dict[str, Device] = {}
        self.cables: list[Cable] = []
        self.flows: dict[str, Flow] = {}
        self.holders: list[Callable[[], int]] = []
        self.on_drop: list[Callable[[Packet, str, Cause], object]] = []
        self._uid = 0

    def add_device(self, device: Device) -> None:
        """Enter a device under its name (called by the device itself)."""
        if device.name in self.devices:
            raise LabError(f"two devices are called {device.name}: give one of them another name")
        self.devices[device.name] = device

    def port(self, label: str) -> Port:
        """Return the port called ``NODE:INTERFACE`` (LabError if there is none)."""
        name, _, interface = label.partition(":")
        try:
            return self.devices[name].ports[interface]
        except KeyError:
            raise LabError(f"there is no {label}: ports are called NODE:INTERFACE") from None

    def connect(
        self,
        first: str,
        second: str,
        *,
        delay_us: int = 0,
        rate_bps: int | None = None,
        loss_percent: float = 0.0,
        queue_bytes: int | None = None,
    ) -> Cable:
        """Cable two ports, given as ``NODE:INTERFACE``; the options are those of `Cable`."""
        return Cable(
            self.port(first),
            self.port(second),
            delay_us=delay_us,
            rate_bps=rate_bps,
            loss_percent=loss_percent,
            queue_bytes=queue_bytes,
        )

    def originate(self, packet: Packet, flow: str = "", number: int = 0) -> Packet:
        """Enter a new packet into the books and give it its identity."""
        self._uid += 1
        packet.uid = self._uid
        packet.flow = flow
        packet.number = number
        self.trace.books.sent += 1
        return packet

    def answer(self, packet: Packet, to: Packet) -> Packet:
        """Enter `packet`, the answer to the packet `to` of the same flow."""
        self.originate(packet, to.flow, to.number)
        packet.answer = True
        return packet

    def divide(self, count: int) -> None:
        """Enter the further fragments of a packet that became `count` fragments."""
        self.trace.books.sent += count - 1

    def unite(self, count: int) -> None:
        """Take out the further fragments of a packet that was made of `count` fragments."""
        self.trace.books.delivered += count - 1

    def deliver(self, packet: Packet) -> None:
        """Enter the good end of a packet: somebody took it as addressed to him."""
        self.trace.books.delivered += 1
        if packet.flow:
            flow = self.flows.get(packet.flow)
            if flow is not None:
                flow.delivered(packet, self.clock.now_us)

    def drop(self, packet: Packet, where: str, cause: Cause) -> None:
        """Enter the bad end of a packet, at the device or ``NODE:INTERFACE`` `where`."""
        now_us = self.clock.now_us
        trace = self.trace
        trace.books.dropped[cause] += 1
        kind = kind_of(packet)[0]
        trace.drops.append(
            Drop(
                now_us,
                where,
                cause,
                packet.uid,
                kind,
                packet.flow,
                packet.number,
                packet.answer,
                describe(packet),
            )
        )
        if packet.flow:
            flow = self.flows.get(packet.flow)
            if flow is not None:
                flow.lost(packet, where, cause, now_us)
        for listener in self.on_drop:
            listener(packet, where, cause)

    def record_port(self, port: Port) -> None:
        """Note the state of a port in the trace."""
        cable = port.cable
        cut_out = cut_in = False
        loss_percent = 0.0
        if cable is not None and port.out is not None:
            cut_out, cut_in = port.out.cut, cable.into(port).cut
            loss_percent = port.out.loss_percent
        self.trace.ports.append(
            PortChange(self.clock.now_us, port.label, port.up, cut_out, cut_in, loss_percent)
        )

    def in_flight(self) -> int:
        """Count the packets that exist: on cables, in devices, with `holders`."""
        arriving = (Direction.arrive, Direction.pass_stranger)
        on_cables = sum(1 for function in arriving for _ in self.clock.pending(function))
        in_devices = sum(device.held() for device in self.devices.values())
        return on_cables + in_devices + sum(count() for count in self.holders)

    def check_books(self) -> None:
        """Insist that no packet is unaccounted for (AssertionError); valid between events."""
        counted, booked = self.in_flight(), self.trace.books.in_flight
        if counted != booked:
            raise AssertionError(f"{counted} packets exist, but the books say {booked}: {self.trace.books}")
