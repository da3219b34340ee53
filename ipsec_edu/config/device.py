"""Builds a device of the simulation from its settings: interfaces, routes, filters, NAT, IPsec."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ipsec_edu.config.filtering import hang_filters
from ipsec_edu.config.routing import bfd_timers, ospf_settings, sla_probes, tracked_objects
from ipsec_edu.config.settings import DeviceSettings, StaticRoute
from ipsec_edu.config.wiring import behave, crypto_policies, ike_settings, is_gateway
from ipsec_edu.core.rng import Rng
from ipsec_edu.ike.crypto import Crypto
from ipsec_edu.ike.events import Notice
from ipsec_edu.ipsec.spd import Spd
from ipsec_edu.ipsec.stack import IpsecStack
from ipsec_edu.net.bfd_process import BfdProcess
from ipsec_edu.net.filters import AccessFilter, Firewall
from ipsec_edu.net.gateway import Gateway
from ipsec_edu.net.interface import Interface
from ipsec_edu.net.messages import MessageLog
from ipsec_edu.net.nat import Nat
from ipsec_edu.net.node import Node
from ipsec_edu.net.ospf_process import OspfProcess
from ipsec_edu.net.tracking import Say, Tracker
from ipsec_edu.net.world import World
from ipsec_edu.routing.rib import STATIC, Route

__all__ = ["BuiltDevice", "build_device"]


@dataclass(slots=True)
class BuiltDevice:
    """A node and what was hung on it; None where the configuration asks for nothing of the kind."""

    name: str
    settings: DeviceSettings
    node: Node
    gateway: Gateway | None = None
    nat: Nat | None = None
    filtering: Firewall | AccessFilter | None = None
    tracker: Tracker | None = None
    ospf: OspfProcess | None = None
    bfd: BfdProcess | None = None


def build_device(
    name: str,
    settings: DeviceSettings,
    world: World,
    cabled: Sequence[str],
    crypto: Crypto,
    rng: Rng,
    messages: MessageLog,
    on_notice: Callable[[str, Notice], object],
    say: Say,
    fidelity: str,
    profile: Mapping[str, Any] | None = None,
) -> BuiltDevice:
    """Build the device `name` in `world`.

    Parameters
    ----------
    cabled : sequence of str
        Interfaces that have a cable; those the configuration does not name get one too,
        without an address.
    rng : Rng
        The device's own stream.
    on_notice, say : callable
        What IKE, and routing, have for the device's log.
    profile : mapping, optional
        How its IKE behaves, where the scenario says so (`config.wiring.behave`).

    Notes
    -----
    The order in which things are hung on the node is the vendors' order of operation: on the
    way out access lists, then NAT, then the crypto map.
    """
    node = Node(name, world, settings.platform)
    for interface_name in dict.fromkeys([*settings.interfaces, *cabled]):
        node.add_interface(_interface(node, settings, interface_name))
    follows = settings.platform == "ios"  # elsewhere ``track`` is not modelled: the route simply holds
    node.rib.add(*(route for static, route in _routes(settings) if static.track is None or not follows))
    filtering, nat = hang_filters(node, settings)
    built = BuiltDevice(name, settings, node, nat=nat, filtering=filtering)
    if settings.tracks or settings.slas:
        built.tracker = _tracker(node, settings, say)
    ospf = ospf_settings(settings)
    if ospf is not None:
        if any(interface.bfd for interface in ospf.interfaces):
            built.bfd = BfdProcess(node, bfd_timers(settings), say)
        built.ospf = OspfProcess(node, ospf, say, built.bfd, eager=fidelity == "eager")
    if is_gateway(settings):
        policies = crypto_policies(settings)

        def make_stack() -> IpsecStack:
            return IpsecStack(Spd(policies), fidelity=fidelity, replay_window=settings.replay_window)

        ike = ike_settings(settings)
        if profile:
            ike = behave(ike, profile)
        built.gateway = Gateway(node, ike, make_stack, crypto, rng, messages, on_notice)
    return built


def _interface(node: Node, settings: DeviceSettings, name: str) -> Interface:
    known = settings.interfaces.get(name)
    if known is None:
        return Interface(node, name)
    return Interface(
        node,
        name,
        known.address,
        known.length,
        mtu=known.ip_mtu or known.mtu,
        admin_up=not known.shutdown,
        virtual=name.startswith("Loopback"),
        nameif=known.nameif,
        security_level=known.security_level or 0,
    )


def _tracker(node: Node, settings: DeviceSettings, say: Say) -> Tracker:
    """Tracking, with the static routes that follow an object."""
    gated: dict[int, list[Route]] = {}
    for static, route in _routes(settings):
        if static.track is not None:
            gated.setdefault(static.track, []).append(route)
    return Tracker(node, sla_probes(settings), tracked_objects(settings), gated, say)


def _routes(settings: DeviceSettings) -> Iterator[tuple[StaticRoute, Route]]:
    """The static routes that lead somewhere, as typed and as the table takes them."""
    for static in settings.routes:
        route = _route(settings, static)
        if route is not None:
            yield static, route


def _route(settings: DeviceSettings, static: StaticRoute) -> Route | None:
    """The route as the table takes it; None where it names an interface that does not exist."""
    interface = static.interface
    if static.nameif is not None:
        found = [
            i.name for i in settings.interfaces.values() if (i.nameif or "").lower() == static.nameif.lower()
        ]
        if not found:
            return None
        interface = found[0]
    return Route(
        static.prefix,
        static.next_hop,
        interface,
        STATIC,
        static.distance,
        name=static.name or "",
        tag=static.tag or 0,
    )
