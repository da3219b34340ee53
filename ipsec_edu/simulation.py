"""A lab in motion: devices built from their settings, cables, traffic, faults, the clock.

`Lab.run` makes one and keeps its trace; `Run.at` makes one again, stops it, and asks its
devices.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ipsec_edu.config.device import BuiltDevice, build_device
from ipsec_edu.core.addr import format_ip, parse_ip
from ipsec_edu.core.causes import Cause
from ipsec_edu.core.errors import LabError, ScenarioError
from ipsec_edu.core.rng import Rng
from ipsec_edu.ike.crypto import crypto_for
from ipsec_edu.ike.events import Notice
from ipsec_edu.net.faults import Fault, parse_fault, schedule
from ipsec_edu.net.flows import DatagramFlow, PingFlow
from ipsec_edu.net.interface import Port
from ipsec_edu.net.messages import MessageLog
from ipsec_edu.net.segment import Segment
from ipsec_edu.net.world import World
from ipsec_edu.show.log import DropLimiter, boot_text, drop_text, log_text, port_text
from ipsec_edu.show.log_routing import routing_text
from ipsec_edu.trace.recorder import Trace
from ipsec_edu.trace.records import LogLine
from ipsec_edu.wire.packet import Packet

if TYPE_CHECKING:
    from ipsec_edu.config.scenario import FlowSpec
    from ipsec_edu.lab import Lab
    from ipsec_edu.show.state import DeviceState

__all__ = ["Simulation"]


class Simulation:
    """One run, as far as it has been played.

    Parameters
    ----------
    lab : Lab
        What to simulate.
    faults : tuple of str
        Fault lines.
    seed : int
        Seed of all randomness.
    fidelity : str
        ``bytes``, ``eager``, ``model``.
    on_world : callable, optional
        Called with the world before the first event.
    """

    def __init__(
        self,
        lab: Lab,
        faults: tuple[str, ...],
        seed: int,
        fidelity: str,
        on_world: Callable[[World], None] | None = None,
    ) -> None:
        self.lab = lab
        self.trace = Trace()
        self.world = World(seed, self.trace)
        self.messages = MessageLog(self.trace, self._owner_of)
        self.devices: dict[str, BuiltDevice] = {}
        self._owners: dict[int, str] = {}
        self._limiters = {name: DropLimiter(settings.platform) for name, settings in lab.settings.items()}
        self._build(Rng(seed), fidelity)
        for flow in lab.flows:
            self._add_flow(flow)
        self.faults: tuple[Fault, ...] = schedule(map(parse_fault, faults), self.world)
        self.world.on_drop.append(self.messages.lost)
        self.world.on_drop.append(self._log_drop)
        if on_world is not None:
            on_world(self.world)

    @property
    def now_us(self) -> int:
        """How far it has been played."""
        return self.world.clock.now_us

    def run(self, until_us: int) -> None:
        """Play on up to and including `until_us`."""
        collecting = gc.isenabled()
        gc.disable()
        try:
            self.world.clock.run_until(until_us)
        finally:
            if collecting:
                gc.enable()

    def check_device(self, name: str) -> None:
        """Raise LabError unless `name` is a device that can be asked."""
        if name not in self.devices:
            raise LabError(f"there is no device {name!r} to ask; there are {', '.join(self.devices)}")

    def device_state(self, name: str) -> DeviceState:
        """Return everything that the device `name` knows now."""
        from ipsec_edu.observe import device_state

        self.check_device(name)
        return device_state(self, name)

    # --- building ------------------------------------------------------------------------

    def _build(self, rng: Rng, fidelity: str) -> None:
        crypto = crypto_for(fidelity)
        for name in self.lab.scenario.profiles:
            if name not in self.lab.settings:
                raise LabError(f"[profiles] names {name!r}; there are {', '.join(self.lab.settings)}")
        for spec in self.lab.topology.nodes.values():
            if spec.platform == "bridge":
                Segment(spec.name, self.world)
                continue
            settings = self.lab.settings[spec.name]
            cabled = [
                end.partition(":")[2]
                for link in self.lab.topology.links
                for end in (link.a, link.b)
                if end.startswith(f"{spec.name}:")
            ]
            device = build_device(
                spec.name,
                settings,
                self.world,
                cabled,
                crypto,
                rng.child(spec.name),
                self.messages,
                self._log_notice,
                self._log_routing,
                fidelity,
                self.lab.scenario.profiles.get(spec.name),
            )
            self.devices[spec.name] = device
            device.node.on_port_change.append(self._port_logger(spec.name))
            device.node.on_power.append(self._power_logger(spec.name))
            for interface in settings.interfaces.values():
                if interface.address is not None:
                    self._owners.setdefault(interface.address, spec.name)
        for link in self.lab.topology.links:
            for end in (link.a, link.b):
                name, _, port = end.partition(":")
                device_or_segment = self.world.devices[name]
                if isinstance(device_or_segment, Segment) and port not in device_or_segment.ports:
                    device_or_segment.add_port(port)
            self.world.connect(
                link.a, link.b, delay_us=link.delay_us, rate_bps=link.rate_bps, loss_percent=link.loss_percent
            )

    def _add_flow(self, spec: FlowSpec) -> None:
        device = self.devices.get(spec.source)
        if device is None:
            raise LabError(f"flow {spec.name}: there is no device {spec.source!r} to send it")
        try:
            destination = parse_ip(spec.to)
        except ValueError as error:
            raise ScenarioError(f"flow {spec.name}: {error}") from None
        make = PingFlow if spec.kind == "ping" else DatagramFlow
        make(
            spec.name,
            device.node,
            destination,
            interval_us=spec.every_us,
            start_us=spec.start_us,
            count=spec.count,
            size=spec.size,
        )

    def _owner_of(self, address: int) -> str:
        return self._owners.get(address) or format_ip(address)

    # --- the devices' logs ---------------------------------------------------------------

    def _log(self, node: str, text: str | None) -> None:
        for line in (text or "").splitlines():
            self.trace.log.append(LogLine(self.now_us, node, line))

    def _log_notice(self, node: str, notice: Notice) -> None:
        details = notice.details
        if notice.code == "phase1_down":
            details = {**details, **self._session_of(node, notice.peer)}
        self._log(node, log_text(self.lab.settings[node].platform, notice.code, notice.peer, details))

    def _log_routing(self, node: str, code: str, details: Mapping[str, object]) -> None:
        self._log(node, routing_text(self.lab.settings[node].platform, code, details))

    def _session_of(self, node: str, peer: int) -> dict[str, object]:
        """How long the VPN session with `peer` lasted, and what it carried."""
        gateway = self.devices[node].gateway
        up = [
            sa.up_us
            for sa in self.trace.sas
            if sa.node == node and sa.peer == peer and sa.kind == "ike" and sa.up_us is not None
        ]
        rules = [] if gateway is None else [r for r in gateway.stack.spd.rules if peer in r.policy.peers]
        return {
            "duration_us": self.now_us - up[-1] if up else 0,
            "bytes_out": sum(rule.bytes_out for rule in rules),
            "bytes_in": sum(rule.bytes_in for rule in rules),
        }

    def _log_drop(self, packet: Packet, where: str, cause: Cause) -> None:
        name, _, interface = where.partition(":")
        settings = self.lab.settings.get(name)
        if settings is None or cause in (Cause.NODE_DOWN, Cause.LINK_CUT, Cause.LOSS):
            return  # what happens on a cable, or without power, no device can log
        ingress = self._spoken_name(name, interface or self._towards(name, packet.source))
        egress = self._spoken_name(name, self._towards(name, packet.destination, packet.source))
        text = drop_text(settings.platform, cause, packet, ingress, egress)
        if text and self._limiters[name].passes(cause, packet.source, self.now_us):
            self._log(name, text)

    def _towards(self, node: str, address: int, source: int = 0) -> str:
        """The interface by which `node` would reach `address`, empty where it has no route."""
        path = self.devices[node].node.rib.lookup(address, source)
        return path.interface if path is not None else ""

    def _spoken_name(self, node: str, interface: str) -> str:
        """The name by which the device's log speaks of an interface (an ASA: its nameif)."""
        known = self.lab.settings[node].interfaces.get(interface)
        return (known.nameif or known.name) if known is not None else ""

    def _port_logger(self, node: str) -> Callable[[Port, bool], None]:
        settings = self.lab.settings[node]

        def log(port: Port, up: bool) -> None:
            device = self.world.devices[node]
            if self.now_us and device.powered:
                interface = settings.interfaces.get(port.name)
                self._log(
                    node,
                    port_text(
                        settings.platform,
                        port.name,
                        interface.nameif if interface else None,
                        up=up,
                        admin=not port.admin_up,
                    ),
                )

        return log

    def _power_logger(self, node: str) -> Callable[[bool], None]:
        def log(up: bool) -> None:
            if up:
                self._log(node, boot_text(self.lab.settings[node].platform))

        return log
