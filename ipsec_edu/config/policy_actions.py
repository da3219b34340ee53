"""Route maps and prefix lists of IOS: what their commands do to the settings."""

from __future__ import annotations

from typing import Any

from ipsec_edu.config.context import Context, RefusalError
from ipsec_edu.config.grammar import Match
from ipsec_edu.config.routing_settings import PrefixLine, RouteMapLine
from ipsec_edu.core.addr import Prefix

__all__ = [
    "match_address",
    "match_interface",
    "match_tag",
    "prefix_list",
    "route_map",
    "set_metric",
    "set_metric_type",
    "set_tag",
]

_SEQUENCE = 10
_STEP = 5


def route_map(ctx: Context, m: Match) -> Any:
    """``route-map NAME [permit | deny [N]]``: permit 10 unless it says otherwise."""
    name, maps = m["name"], ctx.settings.route_maps
    if m.no:
        if "sequence" not in m.values:
            maps.pop(name, None)
            return None
        for verdict in ("permit", "deny"):
            ctx.forget(f"route-map {name} {verdict} {m['sequence']}")
        maps.get(name, {}).pop(m["sequence"], None)
        if not maps.get(name):
            maps.pop(name, None)
        return None
    sequence, permit = m.get("sequence", _SEQUENCE), not m.has("deny")
    found = maps.setdefault(name, {}).setdefault(sequence, RouteMapLine(name, sequence, permit))
    if found.permit != permit:
        kept = ctx.settings.lines.pop(found.title, None)
        found.permit = permit
        if kept is not None:
            ctx.settings.lines[found.title] = kept
    return (found.title,), found


def _change(old: list[Any], named: list[Any], no: bool) -> None:
    """Add what is named; with ``no`` take it away, or everything where nothing is named."""
    if no:
        old[:] = [item for item in old if named and item not in named]
    else:
        old.extend(item for item in named if item not in old)


def match_address(ctx: Context, m: Match) -> None:
    """``match ip address [prefix-list] NAME...``."""
    listed = m.has("prefix-list")
    if listed or (m.no and not m.get("acl")):
        _change(ctx.target.prefix_lists, m.get("list", []), m.no)
    if not listed:
        _change(ctx.target.access_lists, m.get("acl", []), m.no)


def match_tag(ctx: Context, m: Match) -> None:
    """``match tag N...``."""
    _change(ctx.target.tags, m.get("tag", []), m.no)


def match_interface(ctx: Context, m: Match) -> None:
    """``match interface IF...``."""
    _change(ctx.target.interfaces, m.get("if", []), m.no)


def set_metric(ctx: Context, m: Match) -> None:
    """``set metric N``."""
    ctx.target.set_metric = None if m.no else m["metric"]


def set_metric_type(ctx: Context, m: Match) -> None:
    """``set metric-type type-1 | type-2``."""
    ctx.target.set_metric_type = None if m.no else 1 if m.has("type-1") else 2


def set_tag(ctx: Context, m: Match) -> None:
    """``set tag N``."""
    ctx.target.set_tag = None if m.no else m["tag"]


def prefix_list(ctx: Context, m: Match) -> None:
    """``ip prefix-list NAME [seq N] permit | deny PREFIX [ge N] [le N]``."""
    name, lists = m["name"], ctx.settings.prefix_lists
    lines = lists.get(name, [])
    if m.no:
        fields = {"sequence": m.get("sequence"), "prefix": m.get("prefix")}
        if "prefix" in m.values:
            fields |= {"permit": m.has("permit"), "ge": m.get("ge"), "le": m.get("le")}
        lines = [line for line in lines if not _fits(line, fields)]
        if lines:
            lists[name] = lines
        else:
            lists.pop(name, None)
            ctx.forget(f"ip prefix-list {name}")
        return
    prefix, ge, le = m["prefix"], m.get("ge"), m.get("le")
    _check_range(prefix, ge, le)
    same = (m.has("permit"), prefix, ge, le)
    if "sequence" not in m.values and any((x.permit, x.prefix, x.ge, x.le) == same for x in lines):
        return
    last = max((line.sequence for line in lines), default=0)
    new = PrefixLine(m.get("sequence", last + _STEP), *same)
    rest = [line for line in lines if line.sequence != new.sequence]
    lists[name] = sorted([*rest, new], key=lambda line: line.sequence)


def _fits(line: PrefixLine, fields: dict[str, Any]) -> bool:
    exact = "permit" in fields
    return all(
        getattr(line, name) == wanted
        for name, wanted in fields.items()
        if wanted is not None or (exact and name in ("ge", "le"))
    )


def _check_range(prefix: Prefix, ge: int | None, le: int | None) -> None:
    steps = [prefix.length, *(bound for bound in (ge, le) if bound is not None)]
    if (len(steps) > 1 and steps[1] <= steps[0]) or (len(steps) > 2 and steps[2] < steps[1]):
        raise RefusalError(
            f"% Invalid prefix range for {prefix}, make sure: len < ge-value <= le-value",
            "le" if ge is None or (le is not None and le < ge) else "ge",
        )
