"""From what a configuration says about routing to what the routing side of a device is given.

Names are resolved here. What leads nowhere: a route map that does not exist lets nothing be
redistributed; a list that a route map names and that does not exist matches everything. `config.check`
has said so.
"""

from __future__ import annotations

from ipsec_edu.config.routing_settings import OspfProcess, RedistributeLine, RouteMapLine
from ipsec_edu.config.settings import DeviceSettings, InterfaceSettings
from ipsec_edu.core.acl import AclEntry
from ipsec_edu.core.addr import ANY, Prefix, mask_of
from ipsec_edu.routing.policy import PrefixRule, RouteMap, RouteMapEntry
from ipsec_edu.routing.settings import (
    BROADCAST,
    LOOPBACK,
    POINT_TO_POINT,
    BfdTimers,
    OspfInterface,
    OspfSettings,
    Redistribution,
    SlaEcho,
    TrackedObject,
)

__all__ = [
    "BANDWIDTH_KBPS",
    "area_of",
    "bandwidth_kbps",
    "bfd_timers",
    "hello_and_dead_ms",
    "ospf_cost",
    "ospf_interfaces",
    "ospf_settings",
    "ospf_uses_bfd",
    "prefix_rules",
    "route_map",
    "router_id",
    "sla_probes",
    "tracked_objects",
]

BANDWIDTH_KBPS = {
    "Ethernet": 10_000,
    "FastEthernet": 100_000,
    "GigabitEthernet": 1_000_000,
    "TenGigabitEthernet": 10_000_000,
    "TwentyFiveGigE": 25_000_000,
    "FortyGigabitEthernet": 40_000_000,
    "HundredGigE": 100_000_000,
    "Serial": 1544,
    "Loopback": 8_000_000,
    "Tunnel": 100,
    "Vlan": 1_000_000,
    "BVI": 1_000_000,
    "BDI": 1_000_000,
}
"""What ``show interfaces`` calls BW where ``bandwidth`` is not typed, by type of interface."""
_USUAL_KBPS = 100_000
_HELLO_S = 10
_LARGEST_COST = 65_535
_EXTERNAL_METRIC = 20

_SUBNETS = (
    PrefixRule(True, Prefix(0, 1), 9, 32),
    PrefixRule(True, Prefix(0x80000000, 2), 17, 32),
    PrefixRule(True, Prefix(0xC0000000, 3), 25, 32),
)
"""Prefixes longer than the network of their class: left out without ``subnets``."""


# --- OSPF ------------------------------------------------------------------------------


def ospf_settings(settings: DeviceSettings) -> OspfSettings | None:
    """Return the OSPF process of the device: the lowest number, with the interfaces of its first area.

    None where there is none, or where no interface has an address that could be its router ID.
    """
    process = settings.ospf[min(settings.ospf)] if settings.ospf else None
    own_id = None if process is None else router_id(settings, process)
    if process is None or own_id is None:
        return None
    interfaces = ospf_interfaces(settings, process)
    area = next(iter(interfaces.values())).area if interfaces else 0
    redistribute = [
        _redistribution(settings, process, source, line) for source, line in process.redistribute.items()
    ]
    return OspfSettings(
        process=process.process,
        router_id=own_id,
        interfaces=tuple(interface for interface in interfaces.values() if interface.area == area),
        spf=process.spf,
        lsa=process.lsa,
        lsa_arrival_ms=process.lsa_arrival_ms,
        redistribute=tuple(redistribute),
        default_information=process.default_information,
        distance=process.distance,
        maximum_paths=process.maximum_paths,
        log_adjacency=process.log_adjacency != "off",
        log_detail=process.log_adjacency == "detail",
    )


def router_id(settings: DeviceSettings, process: OspfProcess) -> int | None:
    """Return what was typed, else the highest address of a loopback, else of any interface that is up."""
    if process.router_id is not None:
        return process.router_id
    addresses = {
        interface.name: interface.address
        for interface in settings.interfaces.values()
        if interface.address is not None and not interface.shutdown
    }
    loopbacks = [address for name, address in addresses.items() if name.startswith("Loopback")]
    return max(loopbacks or addresses.values(), default=None)


def ospf_interfaces(settings: DeviceSettings, process: OspfProcess) -> dict[str, OspfInterface]:
    """Return the interfaces on which `process` runs, whatever their area."""
    found: dict[str, OspfInterface] = {}
    for interface in settings.interfaces.values():
        area = area_of(process, interface)
        if area is not None and interface.address is not None:
            found[interface.name] = _ospf_interface(process, interface, interface.address, area)
    return found


def area_of(process: OspfProcess, interface: InterfaceSettings) -> int | None:
    """Return the area of an interface: its own ``ip ospf N area``, else the longest ``network`` line."""
    if interface.address is None:
        return None
    if interface.ospf.process is not None:
        return interface.ospf.area if interface.ospf.process == process.process else None
    address = interface.address
    fits = [line for line in process.networks if line.prefix.contains(address)]
    return max(fits, key=lambda line: line.prefix.length).area if fits else None


def _ospf_interface(
    process: OspfProcess, interface: InterfaceSettings, address: int, area: int
) -> OspfInterface:
    options = interface.ospf
    hello_ms, dead_ms = hello_and_dead_ms(interface)
    return OspfInterface(
        name=interface.name,
        address=address,
        length=interface.length,
        area=area,
        network_type=options.network_type or _network_type(interface.name),
        cost=ospf_cost(process, interface),
        hello_ms=hello_ms,
        dead_ms=dead_ms,
        priority=1 if options.priority is None else options.priority,
        passive=process.is_passive(interface.name),
        mtu=interface.ip_mtu or interface.mtu,
        mtu_ignore=options.mtu_ignore,
        retransmit_s=options.retransmit_s or 5,
        transmit_delay_s=options.transmit_delay_s or 1,
        bfd=ospf_uses_bfd(process, interface) and interface.bfd is not None,
    )


def _network_type(name: str) -> str:
    if name.startswith("Loopback"):
        return LOOPBACK
    return POINT_TO_POINT if name.startswith(("Serial", "Tunnel")) else BROADCAST


def hello_and_dead_ms(interface: InterfaceSettings) -> tuple[int, int]:
    """Return HelloInterval and RouterDeadInterval; dead is four times hello unless it was typed."""
    options = interface.ospf
    if options.hello_multiplier is not None:
        return 1000 // options.hello_multiplier, 1000
    hello_s = options.hello_s or _HELLO_S
    return hello_s * 1000, (options.dead_s or 4 * hello_s) * 1000


def bandwidth_kbps(interface: InterfaceSettings) -> int:
    """Return the interface's bandwidth in kbit/s: typed, or that of its type."""
    kind = interface.name.rstrip("0123456789/.:")
    return interface.bandwidth_kbps or BANDWIDTH_KBPS.get(kind, _USUAL_KBPS)


def ospf_cost(process: OspfProcess, interface: InterfaceSettings) -> int:
    """Return the cost: typed, else reference bandwidth over bandwidth, from 1 to 65535."""
    if interface.ospf.cost is not None:
        return interface.ospf.cost
    return min(_LARGEST_COST, max(1, process.reference_mbps * 1000 // bandwidth_kbps(interface)))


def ospf_uses_bfd(process: OspfProcess, interface: InterfaceSettings) -> bool:
    """Tell whether adjacencies on `interface` are to follow BFD (which needs its timers, too)."""
    return process.bfd_all if interface.ospf.bfd is None else interface.ospf.bfd


def _redistribution(
    settings: DeviceSettings, process: OspfProcess, source: str, line: RedistributeLine
) -> Redistribution:
    if line.metric is not None:
        metric = line.metric
    elif process.default_metric is None:
        metric = _EXTERNAL_METRIC
    else:  # IOS: ``default-metric`` gives connected routes a metric of 0 (command reference)
        metric = 0 if source == "connected" else process.default_metric
    filtering = None if line.route_map is None else route_map(settings, line.route_map)
    if not line.subnets:
        filtering = _without_subnets(filtering)
    return Redistribution(source, metric, line.metric_type, line.tag, filtering)


def _without_subnets(filtering: RouteMap | None) -> RouteMap:
    """The same route map behind an entry that denies everything but classful networks."""
    denies = RouteMapEntry(-1, permit=False, match_lists=(_SUBNETS,))
    rest = (RouteMapEntry(0),) if filtering is None else filtering.entries
    return RouteMap("classful networks" if filtering is None else filtering.name, (denies, *rest))


# --- route maps and lists ----------------------------------------------------------------


def route_map(settings: DeviceSettings, name: str) -> RouteMap:
    """Return the route map `name`, lists resolved; one that is not defined permits nothing."""
    lines = settings.route_maps.get(name, {})
    return RouteMap(name, tuple(_map_entry(settings, line) for _, line in sorted(lines.items())))


def _map_entry(settings: DeviceSettings, line: RouteMapLine) -> RouteMapEntry:
    lists = [prefix_rules(settings, name) for name in line.prefix_lists]
    lists += [_acl_rules(settings, name) for name in line.access_lists]
    return RouteMapEntry(
        sequence=line.sequence,
        permit=line.permit,
        match_lists=tuple(lists),
        match_tags=tuple(line.tags),
        match_interfaces=tuple(line.interfaces),
        set_metric=line.set_metric,
        set_metric_type=line.set_metric_type,
        set_tag=line.set_tag,
    )


def prefix_rules(settings: DeviceSettings, name: str) -> tuple[PrefixRule, ...]:
    """Return the lines of a prefix list; one that is not defined matches everything."""
    if name not in settings.prefix_lists:
        return (PrefixRule(True, ANY, 0, 32),)
    found: list[PrefixRule] = []
    for line in sorted(settings.prefix_lists[name], key=lambda line: line.sequence):
        own = line.prefix.length
        most = line.le if line.le is not None else own if line.ge is None else 32
        found.append(PrefixRule(line.permit, line.prefix, own if line.ge is None else line.ge, most))
    return tuple(found)


def _acl_rules(settings: DeviceSettings, name: str) -> tuple[PrefixRule, ...]:
    """An access list about routes: the source is the network, the destination of an extended one the mask."""
    acl = settings.acls.get(name)
    if acl is None or not acl.entries:
        return (PrefixRule(True, ANY, 0, 32),)
    standard = name in settings.standard_acls
    rules = (_acl_rule(entry, standard) for entry in acl.entries)
    return tuple(rule for rule in rules if rule is not None)


def _acl_rule(entry: AclEntry, standard: bool) -> PrefixRule | None:
    if standard:
        return PrefixRule(entry.permit, entry.source, 0, 32)
    lengths = [length for length in range(33) if entry.destination.contains(mask_of(length))]
    return PrefixRule(entry.permit, entry.source, lengths[0], lengths[-1]) if lengths else None


# --- tracking and BFD --------------------------------------------------------------------


def sla_probes(settings: DeviceSettings) -> tuple[SlaEcho, ...]:
    """Return the ``icmp-echo`` operations that are scheduled, by number."""
    found: list[SlaEcho] = []
    for number, sla in sorted(settings.slas.items()):
        if sla.destination is None or sla.schedule is None or sla.schedule.start_s is None:
            continue
        found.append(
            SlaEcho(
                number=number,
                destination=sla.destination,
                source=sla.source,
                interface=sla.interface,
                frequency_s=sla.frequency_s,
                timeout_ms=sla.timeout_ms,
                start_s=float(sla.schedule.start_s),
                threshold_ms=sla.threshold_ms,
                life_s=sla.schedule.life_s,
            )
        )
    return tuple(found)


def tracked_objects(settings: DeviceSettings) -> tuple[TrackedObject, ...]:
    """Return the tracked objects, by number; what they refer to may be missing."""
    return tuple(
        TrackedObject(
            number=number,
            kind=track.kind,
            sla=track.sla,
            interface=track.interface,
            network=0 if track.prefix is None else track.prefix.network,
            length=0 if track.prefix is None else track.prefix.length,
            objects=tuple(track.objects),
            up_delay_s=track.up_delay_s,
            down_delay_s=track.down_delay_s,
            state=track.state,
        )
        for number, track in sorted(settings.tracks.items())
    )


def bfd_timers(settings: DeviceSettings) -> dict[str, BfdTimers]:
    """Return the BFD timers by interface, of those that have any."""
    return {i.name: i.bfd for i in settings.interfaces.values() if i.bfd is not None}
