"""Object tracking and ``ip sla``: what their commands do to the settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ipsec_edu.config.context import Context, RefusalError
from ipsec_edu.config.grammar import Match
from ipsec_edu.config.routing_settings import Schedule, SlaOperation, TrackLine
from ipsec_edu.core.addr import Prefix, format_ip

__all__ = [
    "sla",
    "sla_echo",
    "sla_schedule",
    "sla_value",
    "track",
    "track_delay",
    "track_known",
    "track_object",
]


def track(ctx: Context, m: Match) -> Any:
    """``track N ip sla | interface | ip route | list``: what is tracked cannot be changed, only replaced."""
    number, tracks = m["number"], ctx.settings.tracks
    if m.no:
        tracks.pop(number, None)
        return None
    new = _tracked(m)
    old = tracks.setdefault(number, new)
    if old.title != new.title:
        raise RefusalError(
            f"Cannot change tracked object {number} - delete old config first (`no track {number}`)", "number"
        )
    return (old.title,), old


def track_known(ctx: Context, m: Match) -> Any:
    """``track N`` alone: opens an object that exists, or behind ``no`` deletes it."""
    number, tracks = m["number"], ctx.settings.tracks
    if m.no:
        tracks.pop(number, None)
        return None
    if number not in tracks:
        raise RefusalError(
            f"track {number} does not exist: say what it tracks (`track {number} ip sla 1`)", "number"
        )
    return (tracks[number].title,), tracks[number]


def _tracked(m: Match) -> TrackLine:
    number = m["number"]
    if "sla" in m.values:
        return TrackLine(number, "sla", sla=m["sla"], state=not m.has("reachability"))
    if "if" in m.values:
        return TrackLine(number, "interface", interface=m["if"])
    if "prefix" in m.values:
        return TrackLine(number, "route", prefix=m["prefix"])
    if "ip" in m.values:
        prefix = Prefix.of(m["ip"], m["mask"])
        if prefix.network != m["ip"]:
            raise RefusalError(
                f"%Inconsistent address and mask: the network is {format_ip(prefix.network)}", "ip"
            )
        return TrackLine(number, "route", prefix=prefix)
    return TrackLine(number, "and" if m.has("and") else "or")


def track_delay(ctx: Context, m: Match) -> None:
    """``delay up N down N`` in seconds."""
    for name in ("up", "down"):
        if name in m.values or (m.no and not {"up", "down"} & m.values.keys()):
            setattr(ctx.target, f"{name}_delay_s", 0 if m.no else m[name])


def track_object(ctx: Context, m: Match) -> None:
    """``object N [not]`` of a list."""
    edited: TrackLine = ctx.target
    if edited.kind not in ("and", "or"):
        raise RefusalError(f"only a list has objects; track {edited.number} is none", "object")
    number = m["object"]
    if number == edited.number:
        raise RefusalError("a list cannot be an object of itself", "object")
    edited.objects[:] = [other for other in edited.objects if abs(other) != number]
    if not m.no:
        edited.objects.append(-number if m.has("not") else number)


def sla(ctx: Context, m: Match) -> Any:
    """``ip sla N``; without it its schedule is gone, too."""
    number = m["number"]
    if m.no:
        ctx.settings.slas.pop(number, None)
        return None
    return (f"ip sla {number}",), ctx.settings.slas.setdefault(number, SlaOperation(number))


def sla_echo(ctx: Context, m: Match) -> None:
    """``icmp-echo A [source-ip A | source-interface IF]``."""
    edited: SlaOperation = ctx.target
    edited.destination = None if m.no else m["destination"]
    edited.source = None if m.no else m.get("source")
    edited.interface = None if m.no else m.get("if")


def sla_value(name: str) -> Callable[[Context, Match], None]:
    """Return the action of ``frequency``, ``timeout`` and ``threshold``."""

    def set_value(ctx: Context, m: Match) -> None:
        setattr(ctx.target, name, getattr(SlaOperation(0), name) if m.no else m["value"])

    return set_value


def sla_schedule(ctx: Context, m: Match) -> None:
    """``ip sla schedule N [life forever | N] [start-time now | pending | after T]``."""
    number = m["number"]
    edited = ctx.settings.slas.get(number)
    if edited is None:
        if m.no:
            return
        raise RefusalError(f"% Entry {number} is not configured: write `ip sla {number}` first", "number")
    if m.no:
        edited.schedule = None
        return
    life_s = None if m.has("forever") else m.get("life", Schedule().life_s)
    start_s = 0 if m.has("now") else m.get("after")
    edited.schedule = Schedule(life_s or None, start_s, m.get("ageout", 0))
