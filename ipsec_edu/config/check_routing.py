"""Near misses in what a configuration says about routing and tracking, names that lead nowhere above all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from ipsec_edu.config.routing import area_of, ospf_interfaces, ospf_uses_bfd, router_id
from ipsec_edu.config.routing_settings import OspfOptions, OspfProcess, SlaOperation, TrackLine
from ipsec_edu.config.settings import DeviceSettings
from ipsec_edu.core.addr import format_ip

__all__ = ["check_routing", "missing"]


def missing(kind: str, name: str, where: str, known: Iterable[str]) -> str:
    """Return the message for a name that nothing has, with the nearest that exists."""
    names = list(known)
    near = get_close_matches(name, names, 1, 0.5) or [n for n in names if n.lower() == name.lower()]
    hint = (
        f"did you mean {near[0]}?"
        if near
        else f"defined are: {', '.join(sorted(names))}"
        if names
        else f"no {kind} is defined"
    )
    return f'{where} refers to {kind} "{name}", which is not defined; {hint}'


def check_routing(settings: DeviceSettings) -> Iterator[str]:
    """Yield what is wrong with OSPF, route maps, tracking and BFD of one device."""
    for process in settings.ospf.values():
        yield from _process(settings, process)
    yield from _interfaces(settings)
    yield from _route_maps(settings)
    for route in settings.routes:
        if route.track is not None and route.track not in settings.tracks and settings.platform == "ios":
            where = f"`ip route {format_ip(route.prefix.network)} ...`"
            yield missing("track", str(route.track), where, map(str, settings.tracks))
    for track in settings.tracks.values():
        yield from _track(settings, track)
    for sla in settings.slas.values():
        yield from _sla(settings, sla)


def _process(settings: DeviceSettings, process: OspfProcess) -> Iterator[str]:
    where = f"router ospf {process.process}"
    if router_id(settings, process) is None:
        yield f"{where} has no router ID and no interface with an address that is up: it does not start"
    on = ospf_interfaces(settings, process)
    if not on:
        yield (
            f"{where} runs on no interface: write `network A WILDCARD area 0`, or `ip ospf "
            f"{process.process} area 0` on the interface"
        )
    addresses = [i.address for i in settings.interfaces.values() if i.address is not None]
    for line in process.networks:
        if not any(line.prefix.contains(address) for address in addresses):
            wildcard = format_ip(~line.prefix.mask & 0xFFFFFFFF)
            yield (
                f"{where}: `network {format_ip(line.prefix.network)} {wildcard} area {line.area}` matches no "
                "interface address"
            )
    areas = {interface.area for interface in on.values()}
    if len(areas) > 1:
        first = next(iter(on.values())).area
        yield f"{where} has areas {', '.join(map(str, sorted(areas)))}: only area {first} is modelled"
    for name in process.exceptions:
        if name not in on:
            yield f"{where}: passive-interface names {name}, on which the process does not run"
    for source, redistributed in process.redistribute.items():
        named = redistributed.route_map
        if named is not None and named not in settings.route_maps:
            yield (
                missing("route-map", named, f"{where} `redistribute {source}`", settings.route_maps)
                + "; nothing is redistributed"
            )


def _interfaces(settings: DeviceSettings) -> Iterator[str]:
    for interface in settings.interfaces.values():
        options = interface.ospf
        process = next((p for p in settings.ospf.values() if area_of(p, interface) is not None), None)
        if options != OspfOptions() and process is None:
            yield (
                f"interface {interface.name} has `ip ospf` lines, and OSPF does not run on it: no `network` "
                "line matches its address"
            )
        follows = process is not None and ospf_uses_bfd(process, interface)
        if follows and interface.bfd is None and not interface.name.startswith("Loopback"):
            yield (
                f"interface {interface.name}: OSPF asks for BFD, and there is no `bfd interval`: no session "
                "is set up"
            )
        if interface.bfd is not None and not follows:
            yield (
                f"interface {interface.name} has `bfd interval`, and nothing uses it: write `ip ospf bfd` or "
                "`bfd all-interfaces`"
            )


def _route_maps(settings: DeviceSettings) -> Iterator[str]:
    for entries in settings.route_maps.values():
        for entry in entries.values():
            for name in entry.prefix_lists:
                if name not in settings.prefix_lists:
                    yield (
                        missing("prefix-list", name, entry.title, settings.prefix_lists)
                        + "; it matches everything"
                    )
            for name in entry.access_lists:
                if name not in settings.acls:
                    yield (
                        missing("access list", name, entry.title, settings.acls) + "; it matches everything"
                    )
            for name in entry.interfaces:
                if name not in settings.interfaces:
                    yield missing("interface", name, entry.title, settings.interfaces)
    used = {line.route_map for process in settings.ospf.values() for line in process.redistribute.values()}
    kept = " ".join(f"{text} {' '.join(below)}" for text, below in settings.lines.items())
    for name in settings.route_maps:
        if name not in used and f" {name} " not in f" {kept} ":
            yield f"route-map {name} is defined but never used"


def _track(settings: DeviceSettings, track: TrackLine) -> Iterator[str]:
    if track.kind == "sla" and track.sla not in settings.slas:
        yield missing("ip sla", str(track.sla), f"track {track.number}", map(str, settings.slas))
    if track.kind == "interface" and track.interface not in settings.interfaces:
        yield missing("interface", track.interface, f"track {track.number}", settings.interfaces)
    if track.kind in ("and", "or") and not track.objects:
        yield f"track {track.number} is a list without objects: write `object N`"
    for number in map(abs, track.objects):
        if number not in settings.tracks:
            yield missing("track", str(number), f"track {track.number}", map(str, settings.tracks))


def _sla(settings: DeviceSettings, sla: SlaOperation) -> Iterator[str]:
    where = f"ip sla {sla.number}"
    if sla.destination is None:
        yield f"{where} has no `icmp-echo`: it probes nothing"
    if sla.schedule is None or sla.schedule.start_s is None:
        yield (
            f"{where} is not scheduled, so it never runs: write `ip sla schedule {sla.number} life forever "
            "start-time now`"
        )
    elif sla.schedule.life_s is not None:
        yield f"{where} ends after {sla.schedule.life_s} s: `life forever` keeps it running"
    if sla.interface is not None and sla.interface not in settings.interfaces:
        yield missing("interface", sla.interface, where, settings.interfaces)
    if sla.frequency_s * 1000 < sla.timeout_ms:
        yield (
            f"{where}: frequency {sla.frequency_s} s is shorter than timeout {sla.timeout_ms} ms; a device "
            "refuses that: write `timeout` first"
        )
    if sla.timeout_ms < sla.threshold_ms and sla.threshold_ms != SlaOperation(0).threshold_ms:
        yield f"{where}: threshold {sla.threshold_ms} ms is longer than timeout {sla.timeout_ms} ms"
