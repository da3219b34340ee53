"""Object tracking on a device: echoes for its IP SLA operations, and static routes that follow objects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ipsec_edu.core.addr import Prefix
from ipsec_edu.net.driver import CoreDriver
from ipsec_edu.net.interface import Interface, Port
from ipsec_edu.net.node import Node
from ipsec_edu.routing.rib import Route
from ipsec_edu.routing.settings import SlaEcho, TrackedObject
from ipsec_edu.routing.tracking import ObjectChanged, SendProbe, TrackCore, TrackEvent
from ipsec_edu.wire.icmp import Echo
from ipsec_edu.wire.packet import ICMP, Packet

__all__ = ["Say", "Tracker"]

Say = Callable[[str, str, Mapping[str, object]], object]
"""``say(node name, code, details)``: words a line of the device's log."""

PROBE_DATA = 36
"""Bytes behind the ICMP header: an operation's 28 and 8 of its own make the 64-byte packet of IOS."""
_IDENTIFIER = 0x4000
"""ICMP identifiers of operations begin here, above those of flows and below those of pings."""


class Tracker:
    """Tracking on one node: probes out, objects' changes in, routes offered while their object is up.

    Parameters
    ----------
    node : Node
        The device.
    probes, objects : sequences
        Its operations and tracked objects.
    gated : mapping of int to sequence of Route
        Object number to the static routes that are offered only while it is up.
    say : callable
        Told of every change after the start, for the log.
    """

    def __init__(
        self,
        node: Node,
        probes: Sequence[SlaEcho],
        objects: Sequence[TrackedObject],
        gated: Mapping[int, Sequence[Route]],
        say: Say,
    ) -> None:
        self.node = node
        self.gated = gated
        self._probes = probes
        self._objects = objects
        self._say = say
        self._looking = False
        self._starting = False
        node.on_power.append(self._power)
        node.on_port_change.append(self._port_changed)
        node.on_route_change.append(self._route_changed)
        node.on_echo_reply.append(self._take_reply)
        self._new_core()
        node.world.clock.at(node.world.clock.now_us, self._start)

    def _new_core(self) -> None:
        clock = self.node.world.clock
        self.core = TrackCore(self._probes, self._objects, clock.now_us)
        self._driver: CoreDriver[TrackEvent] = CoreDriver(self.core, clock, self._handle)

    def _start(self) -> None:
        """See what is there before anything changes."""
        self._starting = True
        self._look(at_once=True)
        self._driver.pump()
        self._starting = False

    def _power(self, up: bool) -> None:
        if up:
            self._new_core()
            self._start()
            return
        self._driver.stop()
        self.node.rib.remove(*(route for routes in self.gated.values() for route in routes))

    # --- what happens on the device ------------------------------------------------------

    def _port_changed(self, port: Port, up: bool) -> None:
        self._look_soon()

    def _route_changed(self, change: str, route: Route) -> None:
        self._look_soon()

    def _look_soon(self) -> None:
        """Look again once the routing table has settled: within this instant, but not inside its update."""
        if not self._looking:
            self._looking = True
            clock = self.node.world.clock
            clock.at(clock.now_us, self._looked)

    def _looked(self) -> None:
        self._looking = False
        if self.node.powered:
            self._look()
            self._driver.pump()

    def _look(self, *, at_once: bool = False) -> None:
        """Show the core every interface and route that it follows."""
        now_us = self.node.world.clock.now_us
        for tracked in self._objects:
            if tracked.kind == "interface":
                interface = self.node.interfaces.get(tracked.interface)
                up = interface is not None and interface.up
            elif tracked.kind == "route":
                up = bool(self.node.rib.get(Prefix.of(tracked.network, tracked.length)))
            else:
                continue
            self.core.observe(tracked.number, up, now_us, at_once=at_once)

    def _take_reply(self, packet: Packet, interface: Interface) -> None:
        """Tell an operation that its echo is back."""
        echo = packet.payload
        index = echo.identifier - _IDENTIFIER if isinstance(echo, Echo) else -1
        if 0 <= index < len(self._probes) and packet.source == self._probes[index].destination:
            assert isinstance(echo, Echo)
            self.core.answered(self._probes[index].number, echo.sequence, self.node.world.clock.now_us)
            self._driver.pump()

    # --- what the core wants -------------------------------------------------------------

    def _handle(self, event: TrackEvent) -> None:
        if isinstance(event, SendProbe):
            self._send(event)
        else:
            self._changed(event)

    def _send(self, event: SendProbe) -> None:
        source = event.source
        if source is None and event.interface is not None:
            named = self.node.interfaces.get(event.interface)
            source = named.address if named is not None else None
        index = next(at for at, probe in enumerate(self._probes) if probe.number == event.number)
        payload = Echo(True, _IDENTIFIER + index, event.sequence, PROBE_DATA)
        packet = Packet(source or 0, event.destination, ICMP, payload)
        self.node.send(self.node.world.originate(packet))

    def _changed(self, event: ObjectChanged) -> None:
        routes = self.gated.get(event.number, ())
        (self.node.rib.add if event.up else self.node.rib.remove)(*routes)
        if not self._starting:
            state = self.core.objects[event.number]
            self._say(self.node.name, "track_changed", {"object": state.settings, "up": event.up})
