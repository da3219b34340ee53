"""``show track`` and ``show ip sla`` as IOS prints them."""

from __future__ import annotations

from collections.abc import Iterator

from ipsec_edu.core.addr import Prefix, format_ip
from ipsec_edu.core.units import MS, SECOND
from ipsec_edu.routing.tracking import ObjectState, ProbeState
from ipsec_edu.show.grammar import Args
from ipsec_edu.show.log_routing import track_words
from ipsec_edu.show.state import DeviceState
from ipsec_edu.show.words import age, clock_text, mask

__all__ = ["sla_statistics", "sla_summary", "track", "track_brief", "track_table"]


def _up(up: bool) -> str:
    return "Up" if up else "Down"


# --- show track --------------------------------------------------------------------------


def track(state: DeviceState, args: Args) -> str:
    """``show track [N]``."""
    wanted = [each for each in state.tracks if args.get("number") in (None, str(each.settings.number))]
    return "\n".join(line for each in wanted for line in _object(state, each))


def _object(state: DeviceState, tracked: ObjectState) -> Iterator[str]:
    settings = tracked.settings
    yield f"Track {settings.number}"
    yield f"  {_title(tracked)}"
    yield f"  {_condition(state, tracked)}"
    count = f"{tracked.changes} change{'' if tracked.changes == 1 else 's'}"
    yield f"    {count}, last change {age(state.now_us - tracked.since_us) if tracked.changes else 'never'}"
    for number in settings.objects:
        part = next((each for each in state.tracks if each.settings.number == abs(number)), None)
        said = "undefined" if part is None else _up(part.up)
        yield f"    object {abs(number)} {'not ' if number < 0 else ''}{said}"
    delays = [("up", settings.up_delay_s), ("down", settings.down_delay_s)]
    if any(seconds for _, seconds in delays):
        yield "  Delay " + ", ".join(f"{way} {seconds} secs" for way, seconds in delays if seconds)
    yield from _latest(state, tracked)
    followers = sum(route.track == settings.number for route in state.settings.routes)
    if followers:
        yield "  Tracked by:"
        yield "    Static IP Routing 0"


def _title(tracked: ObjectState) -> str:
    settings = tracked.settings
    if settings.kind == "sla":
        return f"IP SLA {settings.sla} {'state' if settings.state else 'reachability'}"
    if settings.kind == "interface":
        return f"Interface {settings.interface} line-protocol"
    if settings.kind == "route":
        return f"IP route {mask(Prefix(settings.network, settings.length))} reachability"
    return f"List boolean {settings.kind}"


def _condition(state: DeviceState, tracked: ObjectState) -> str:
    """Return what is up or down, why, and what is being waited for."""
    settings = tracked.settings
    words = {"sla": "State" if settings.state else "Reachability", "interface": "Line protocol"}
    name = words.get(settings.kind, "Reachability" if settings.kind == "route" else "")
    text = f"{name or f'Boolean {settings.kind.upper()}'} is {_up(tracked.up)}"
    if settings.kind == "interface" and not tracked.up:
        interface = state.interface(settings.interface)
        text += " (hw admin-down)" if interface is not None and interface.shutdown else " (hw down)"
    if settings.kind == "route":
        prefix = Prefix(settings.network, settings.length)
        source = next((route.source for route in state.routes if route.prefix == prefix), None)
        text += f" ({'no ip route' if source is None else source.upper()})"
    if tracked.due_us is not None:
        left_s = -(-(tracked.due_us - state.now_us) // SECOND)
        text += f", delayed {_up(tracked.seen)} ({left_s} secs remaining)"
    return text


def _latest(state: DeviceState, tracked: ObjectState) -> Iterator[str]:
    """Yield the latest result of the operation that the object follows."""
    settings = tracked.settings
    if settings.kind != "sla":
        return
    probe = next((each for each in state.probes if each.settings.number == settings.sla), None)
    yield f"  Latest operation return code: {'Unknown' if probe is None else probe.code}"
    if probe is not None and probe.rtt_us is not None:
        yield f"  Latest RTT (millisecs) {_milliseconds(probe.rtt_us)}"


def track_brief(state: DeviceState, args: Args) -> str:
    """``show track brief``."""
    lines = ["Track Type        Instance                   Parameter        State Last Change"]
    for each in state.tracks:
        kind, instance, parameter = track_words(each.settings)
        since = age(state.now_us - each.since_us) if each.changes else "never"
        head = f"{each.settings.number:<5} {kind:11} {instance:26} {parameter:16}"
        lines.append(f"{head} {_up(each.up):5} {since}")
    return "\n".join(lines)


def track_table(state: DeviceState, args: Args) -> str:
    """``show ip route track-table``: the static routes that follow an object."""
    lines = []
    for route in state.settings.routes:
        if route.track is None:
            continue
        up = any(each.settings.number == route.track and each.up for each in state.tracks)
        via = [route.interface or "", "" if route.next_hop is None else format_ip(route.next_hop)]
        words = [mask(route.prefix), *via, str(route.distance) if route.distance != 1 else ""]
        words += [f"name {route.name}" if route.name else "", f"track {route.track}"]
        text = " ".join(word for word in words if word)
        lines.append(f" ip route {text} state is [{'up' if up else 'down'}]")
    return "\n".join(lines)


# --- show ip sla -------------------------------------------------------------------------


def _milliseconds(span_us: int) -> int:
    """Return a round trip as the device counts it: whole milliseconds, at least one."""
    return max(1, round(span_us / MS))


def sla_statistics(state: DeviceState, args: Args) -> str:
    """``show ip sla statistics [N]``."""
    wanted = [each for each in state.probes if args.get("number") in (None, str(each.settings.number))]
    lines = ["IPSLAs Latest Operation Statistics", ""]
    for each in wanted:
        lines += [*_statistics(state, each), ""]
    return "\n".join(lines)


def _statistics(state: DeviceState, probe: ProbeState) -> Iterator[str]:
    yield f"IPSLA operation id: {probe.settings.number}"
    answered = probe.rtt_us is not None
    rtt = f"{_milliseconds(probe.rtt_us or 0)} milliseconds" if answered else "NoConnection/Busy/Timeout"
    yield f"        Latest RTT: {rtt}"
    if probe.started_us is not None:
        yield f"Latest operation start time: *{clock_text(probe.started_us)}"
    yield f"Latest operation return code: {probe.code}"
    yield f"Number of successes: {probe.successes}"
    yield f"Number of failures: {probe.failures}"
    left = "Forever" if probe.ends_us is None else f"{max(0, probe.ends_us - state.now_us) // SECOND} sec"
    yield f"Operation time to live: {left}"


def sla_summary(state: DeviceState, args: Args) -> str:
    """``show ip sla summary``."""
    lines = ["IPSLAs Latest Operation Summary", "Codes: * active, ^ inactive, ~ pending"]
    lines += ["All Stats are in milliseconds. Stats with u are in microseconds", ""]
    lines += ["ID           Type        Destination       Stats       Return      Last"]
    lines += ["                                           (ms)        Code        Run", "-" * 71]
    for each in state.probes:
        mark = "~" if each.begun_us > state.now_us else "*" if each.next_us is not None else "^"
        stats = f"RTT={_milliseconds(each.rtt_us)}" if each.rtt_us is not None else "-"
        ago_s = None if each.started_us is None else (state.now_us - each.started_us) // SECOND
        run = "Pending" if ago_s is None else f"{ago_s} second{'' if ago_s == 1 else 's'} ago"
        target = format_ip(each.settings.destination)
        head = f"{mark}{each.settings.number:<12}{'icmp-echo':12}{target:18}"
        lines.append(f"{head}{stats:12}{each.code:11} {run}")
    return "\n".join(lines)
