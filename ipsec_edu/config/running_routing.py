"""The sections of an IOS running-config about routing: OSPF, route maps, tracking, BFD."""

from __future__ import annotations

from collections.abc import Iterator

from ipsec_edu.config.routing_settings import (
    OspfProcess,
    PrefixLine,
    RouteMapLine,
    Schedule,
    SlaOperation,
    TrackLine,
)
from ipsec_edu.config.settings import DeviceSettings, InterfaceSettings
from ipsec_edu.core.addr import format_ip
from ipsec_edu.routing.settings import Throttle

__all__ = ["interface_routing", "interface_verify", "routing_sections"]

Section = tuple[str, str, list[str]]
"""As in `config.running_ios`."""

_FRESH = OspfProcess(0)
_NUMBERS = (
    ("default_metric", "default-metric"),
    ("maximum_paths", "maximum-paths"),
    ("distance", "distance"),
)


def routing_sections(settings: DeviceSettings) -> Iterator[Section]:
    """Yield the global sections, as printed."""
    for _, track in sorted(settings.tracks.items()):
        yield "track", track.title, list(_track(track))
    for _, process in sorted(settings.ospf.items()):
        yield "router", f"router ospf {process.process}", list(_process(process))
    for name, lines in settings.prefix_lists.items():
        for line in lines:
            yield "ip prefix-list", f"ip prefix-list {name} {_prefix_line(line)}", []
    for number, sla in sorted(settings.slas.items()):
        yield "ip sla", f"ip sla {number}", list(_sla(sla))
        if sla.schedule is not None:
            yield "ip sla", f"ip sla schedule {number}{_schedule(sla.schedule)}", []
    for entries in settings.route_maps.values():
        for _, entry in sorted(entries.items()):
            yield "route-map", entry.title, list(_map_entry(entry))


def interface_verify(interface: InterfaceSettings) -> Iterator[str]:
    """Yield the line about reverse-path checks."""
    if interface.verify is not None:
        default = " allow-default" if interface.verify_default else ""
        yield f"ip verify unicast source reachable-via {interface.verify}{default}"


def interface_routing(interface: InterfaceSettings) -> Iterator[str]:
    """Yield the lines of an interface about OSPF and BFD."""
    options = interface.ospf
    if options.network_type is not None:
        yield f"ip ospf network {options.network_type}"
    if options.hello_multiplier is not None:
        yield f"ip ospf dead-interval minimal hello-multiplier {options.hello_multiplier}"
    for name, command in (
        ("dead_s", "dead-interval"),
        ("hello_s", "hello-interval"),
        ("retransmit_s", "retransmit-interval"),
        ("transmit_delay_s", "transmit-delay"),
    ):
        if getattr(options, name) is not None:
            yield f"ip ospf {command} {getattr(options, name)}"
    if options.mtu_ignore:
        yield "ip ospf mtu-ignore"
    if options.bfd is not None:
        yield "ip ospf bfd" + ("" if options.bfd else " disable")
    if options.priority is not None:
        yield f"ip ospf priority {options.priority}"
    if options.process is not None:
        yield f"ip ospf {options.process} area {options.area}"
    if options.cost is not None:
        yield f"ip ospf cost {options.cost}"
    if interface.bfd is not None:
        timers = interface.bfd
        yield (f"bfd interval {timers.interval_ms} min_rx {timers.min_rx_ms} multiplier {timers.multiplier}")


def _process(process: OspfProcess) -> Iterator[str]:
    if process.log_adjacency:
        yield (
            "log-adjacency-changes detail"
            if process.log_adjacency == "detail"
            else ("no log-adjacency-changes")
        )
    if process.router_id is not None:
        yield f"router-id {format_ip(process.router_id)}"
    if process.reference_mbps != _FRESH.reference_mbps:
        yield f"auto-cost reference-bandwidth {process.reference_mbps}"
    if process.bfd_all:
        yield "bfd all-interfaces"
    if process.spf != _FRESH.spf:
        yield f"timers throttle spf {_throttle(process.spf)}"
    if process.lsa != _FRESH.lsa:
        yield f"timers throttle lsa {_throttle(process.lsa)}"
    if process.lsa_arrival_ms != _FRESH.lsa_arrival_ms:
        yield f"timers lsa arrival {process.lsa_arrival_ms}"
    yield from _redistribution(process)
    if process.passive_default:
        yield "passive-interface default"
    for name in process.exceptions:
        yield ("no " if process.passive_default else "") + f"passive-interface {name}"
    for line in process.networks:
        wildcard = format_ip(~line.prefix.mask & 0xFFFFFFFF)
        yield f"network {format_ip(line.prefix.network)} {wildcard} area {line.area}"
    if process.default_information is not None:
        default = process.default_information
        always = " always" if default.always else ""
        metric = f" metric {default.metric}" if default.metric != 1 else ""
        kind = f" metric-type {default.metric_type}" if default.metric_type != 2 else ""
        yield f"default-information originate{always}{metric}{kind}"
    for name, command in _NUMBERS:
        if getattr(process, name) != getattr(_FRESH, name):
            yield f"{command} {getattr(process, name)}"


def _redistribution(process: OspfProcess) -> Iterator[str]:
    for source, line in process.redistribute.items():
        words = [f"redistribute {source}"]
        words += [f"metric {line.metric}"] if line.metric is not None else []
        words += [f"metric-type {line.metric_type}"] if line.metric_type != 2 else []
        words += ["subnets"] if line.subnets else []
        words += [f"tag {line.tag}"] if line.tag else []
        words += [f"route-map {line.route_map}"] if line.route_map is not None else []
        yield " ".join(words)


def _throttle(times: Throttle) -> str:
    return f"{times.initial_ms} {times.hold_ms} {times.maximum_ms}"


def _prefix_line(line: PrefixLine) -> str:
    words = [f"seq {line.sequence} {'permit' if line.permit else 'deny'} {line.prefix}"]
    words += [f"ge {line.ge}"] if line.ge is not None else []
    words += [f"le {line.le}"] if line.le is not None else []
    return " ".join(words)


def _map_entry(entry: RouteMapLine) -> Iterator[str]:
    if entry.access_lists:
        yield "match ip address " + " ".join(entry.access_lists)
    if entry.prefix_lists:
        yield "match ip address prefix-list " + " ".join(entry.prefix_lists)
    if entry.interfaces:
        yield "match interface " + " ".join(entry.interfaces)
    if entry.tags:
        yield "match tag " + " ".join(map(str, entry.tags))
    if entry.set_metric is not None:
        yield f"set metric {entry.set_metric}"
    if entry.set_metric_type is not None:
        yield f"set metric-type type-{entry.set_metric_type}"
    if entry.set_tag is not None:
        yield f"set tag {entry.set_tag}"


def _track(track: TrackLine) -> Iterator[str]:
    for number in track.objects:
        yield f"object {abs(number)}" + (" not" if number < 0 else "")
    delays = [f"down {track.down_delay_s}"] if track.down_delay_s else []
    delays += [f"up {track.up_delay_s}"] if track.up_delay_s else []
    if delays:
        yield "delay " + " ".join(delays)


def _sla(sla: SlaOperation) -> Iterator[str]:
    if sla.destination is not None:
        source = f" source-ip {format_ip(sla.source)}" if sla.source is not None else ""
        source = f" source-interface {sla.interface}" if sla.interface is not None else source
        yield f"icmp-echo {format_ip(sla.destination)}{source}"
    fresh = SlaOperation(0)
    for name, command in (
        ("threshold_ms", "threshold"),
        ("timeout_ms", "timeout"),
        ("frequency_s", "frequency"),
    ):
        if getattr(sla, name) != getattr(fresh, name):
            yield f"{command} {getattr(sla, name)}"


def _schedule(schedule: Schedule) -> str:
    fresh = Schedule()
    words = ""
    if schedule.life_s != fresh.life_s:
        words += f" life {'forever' if schedule.life_s is None else schedule.life_s}"
    if schedule.start_s is not None:
        hours, seconds = divmod(schedule.start_s, 3600)
        after = f"after {hours:02}:{seconds // 60:02}:{seconds % 60:02}"
        words += f" start-time {after if schedule.start_s else 'now'}"
    return words + (f" ageout {schedule.ageout_s}" if schedule.ageout_s else "")
