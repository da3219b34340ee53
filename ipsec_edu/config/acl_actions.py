"""Access lists, objects and object-groups of both platforms, as lines whose names are resolved later."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ipsec_edu.config.context import Context, RefusalError
from ipsec_edu.config.grammar import Match
from ipsec_edu.config.settings import AclLine, Address, NetworkObject
from ipsec_edu.core.addr import ANY, Prefix, format_ip, mask_of

__all__ = [
    "acl",
    "acl_line",
    "asa_acl_line",
    "asa_acl_remove",
    "group_member",
    "network_object",
    "numbered_acl",
    "object_address",
    "object_group",
    "range_prefixes",
]

_ANY_PORTS = ((0, 65535),)


def range_prefixes(low: int, high: int) -> tuple[Prefix, ...]:
    """Return the fewest prefixes that cover the addresses `low` to `high`."""
    found = []
    while low <= high:
        length = 32
        while length and low & (1 << (32 - length)) == 0 and low + (1 << (33 - length)) - 1 <= high:
            length -= 1
        found.append(Prefix(low, length))
        low += 1 << (32 - length)
    return tuple(found)


# --- one line --------------------------------------------------------------------------


def _address(m: Match, side: str, platform: str) -> tuple[Address, str]:
    """Return one address of a line and its text as the device prints it."""
    if f"{side}host" in m.values:
        host = m[f"{side}host"]
        return Prefix(host, 32), f"host {format_ip(host)}"
    if f"{side}name" in m.values:
        name = m[f"{side}name"]
        keyword = m.words[m.words.index(name) - 1] if name in m.words else "object"
        return name, f"{keyword} {name}"
    if f"{side}net" in m.values:
        prefix = Prefix.of(m[f"{side}net"], m.get(f"{side}len", 32))
        if prefix == ANY:
            return ANY, "any"
        if prefix.length == 32:
            return prefix, f"host {format_ip(prefix.network)}"
        bits = mask_of(prefix.length) if platform == "asa" else ~mask_of(prefix.length) & 0xFFFFFFFF
        return prefix, f"{format_ip(prefix.network)} {format_ip(bits)}"
    return ANY, "any"


def _ports(m: Match, side: str) -> tuple[tuple[tuple[int, int], ...], str]:
    """Return the port ranges of one side, and their text."""
    get = m.values.get
    if f"{side}eq" in m.values:
        numbers = m[f"{side}eq"]
        return tuple((n, n) for n in numbers), " eq " + " ".join(map(str, numbers))
    if f"{side}neq" in m.values:
        number = m[f"{side}neq"]
        parts = ((0, number - 1), (number + 1, 65535))
        return tuple(part for part in parts if part[0] <= part[1]), f" neq {number}"
    if f"{side}gt" in m.values:
        return ((m[f"{side}gt"] + 1, 65535),), f" gt {get(f'{side}gt')}"
    if f"{side}lt" in m.values:
        return ((0, m[f"{side}lt"] - 1),), f" lt {get(f'{side}lt')}"
    if f"{side}from" in m.values:
        low, high = sorted((m[f"{side}from"], m[f"{side}to"]))
        return ((low, high),), f" range {low} {high}"
    return (), ""


def _line(ctx: Context, m: Match, standard: bool) -> AclLine:
    """Return the access-list line of a match, without its place."""
    if "remark" in m.values:
        return AclLine(0, f"remark {m['remark']}", active=False)
    platform = ctx.settings.platform
    permit = m.has("permit")
    source, source_text = _address(m, "s", platform)
    tail = "".join(f" {word}" for word in ("log", "inactive") if m.has(word))
    if standard:
        text = source_text if not source_text.startswith("host") else source_text[5:]
        return AclLine(0, f"{'permit' if permit else 'deny'} {text}{tail}", permit, 0, source)
    destination, destination_text = _address(m, "d", platform)
    source_ports, source_port_text = _ports(m, "s")
    destination_ports, destination_port_text = _ports(m, "d")
    protocol: int = m.get(
        "protocol", 6 if m.has("tcp") else 17 if m.has("udp") else 1 if m.has("icmp") else 0
    )
    word = m.words[m.words.index("permit" if permit else "deny") + 1]
    active = not m.has("inactive")
    extra = ""
    unmodelled = next(
        (
            w
            for w in ("established", "time-range", "fragments", "icmp_type", "service_group", "interface")
            if w in m.places
        ),
        None,
    )
    if unmodelled is not None or "sif" in m.values or "dif" in m.values:
        ctx.not_modelled(
            f"access-list lines with {(unmodelled or 'interface').replace('_', ' ')} (they match nothing "
            "here)"
        )
        active = False
        last = max(m.words.index(w) for w in ("permit", "deny") if w in m.words)
        return AclLine(0, " ".join(m.words[last:]), permit, 0, active=False)
    text = (
        f"{'permit' if permit else 'deny'} {word.lower()} {source_text}{source_port_text} "
        f"{destination_text}{destination_port_text}{extra}{tail}"
    )
    return AclLine(0, text, permit, protocol, source, destination, source_ports, destination_ports, active)


# --- IOS: lists with sequence numbers ----------------------------------------------------


def acl(ctx: Context, m: Match) -> str | None:
    """``ip access-list extended NAME``."""
    name, standard = m.get("name"), m.has("standard")
    if m.no:
        if name is None:
            raise RefusalError("name the access list to delete")
        ctx.settings.acl_lines.pop(name, None)
        ctx.settings.standard_acls.discard(name)
        return None
    if name.isdigit() and standard != (int(name) < 100 or 1300 <= int(name) < 2000):
        raise RefusalError(
            "numbers 1-99 and 1300-1999 are standard lists, 100-199 and 2000-2699 extended ones", "name"
        )
    if name in ctx.settings.acl_lines and (name in ctx.settings.standard_acls) != standard:
        raise RefusalError(
            f'access list "{name}" exists already as the other kind (standard, extended)', "name"
        )
    ctx.settings.acl_lines.setdefault(name, [])
    if standard:
        ctx.settings.standard_acls.add(name)
    return str(name)


def _insert(ctx: Context, name: str, line: AclLine, sequence: int | None) -> None:
    lines = ctx.settings.acl_lines.setdefault(name, [])
    if any(old.text == line.text for old in lines) and not line.text.startswith("remark"):
        return  # IOS ignores a line that is there already
    entries = [old for old in lines if not old.text.startswith("remark")]
    if (
        sequence is not None
        and line.text[:6] != "remark"
        and any(old.sequence == sequence for old in entries)
    ):
        raise RefusalError(
            f"% Duplicate sequence number {sequence}: delete that line first (`no {sequence}`)", "sequence"
        )
    if sequence is None:
        sequence = (max((old.sequence for old in entries), default=0) // 10 + 1) * 10
    lines.append(replace(line, sequence=sequence))
    lines.sort(key=lambda old: old.sequence)


def acl_line(ctx: Context, m: Match) -> None:
    """``[N] permit ip A W B W`` below ``ip access-list``."""
    name, sequence = ctx.target, m.get("sequence")
    lines = ctx.settings.acl_lines.setdefault(name, [])
    if m.no and len(m.words) == 1 and sequence is not None:
        lines[:] = [old for old in lines if old.sequence != sequence]
        return
    line = _line(ctx, m, name in ctx.settings.standard_acls)
    if m.no:
        lines[:] = [old for old in lines if old.text != line.text]
        return
    _insert(ctx, name, line, sequence)


def numbered_acl(ctx: Context, m: Match) -> None:
    """``access-list 101 permit ...``; with ``no`` the whole list goes, as on the device."""
    name = str(m["number"])
    if m.no:
        ctx.settings.acl_lines.pop(name, None)
        ctx.settings.standard_acls.discard(name)
        return
    standard = int(name) < 100 or 1300 <= int(name) < 2000
    if standard:
        ctx.settings.standard_acls.add(name)
    _insert(ctx, name, _line(ctx, m, standard), None)


# --- ASA -------------------------------------------------------------------------------


def asa_acl_line(ctx: Context, m: Match) -> None:
    """``access-list NAME [line N] extended permit ...``."""
    name = m["name"]
    if not (m.has("permit") or m.has("deny") or "remark" in m.values):
        raise RefusalError(
            f"% Incomplete command: `clear configure access-list {name}` deletes the list", "name"
        )
    lines = ctx.settings.acl_lines.setdefault(name, [])
    line = _line(ctx, m, False)
    if not line.text.startswith("remark"):
        line = replace(line, text=f"extended {line.text}")
    if m.no:
        lines[:] = [old for old in lines if old.text != line.text]
        if not lines:
            del ctx.settings.acl_lines[name]
        return
    if any(old.text == line.text for old in lines) and not line.text.startswith("remark"):
        if "line" not in m.values:
            return
        raise RefusalError("this line is in the list already: delete it first to move it", "name")
    position = min(m.get("line", len(lines) + 1), len(lines) + 1) - 1
    lines.insert(position, line)
    lines[:] = [replace(old, sequence=n) for n, old in enumerate(lines, 1)]


def asa_acl_remove(ctx: Context, m: Match) -> None:
    """``clear configure access-list NAME``."""
    ctx.settings.acl_lines.pop(m["name"], None)


def network_object(ctx: Context, m: Match) -> str | None:
    """``object network NAME``: opened twice it keeps what it has."""
    name = m["name"]
    if not m.no:
        ctx.settings.objects.setdefault(name, NetworkObject(name))
        return str(name)
    used = [
        acl_name
        for acl_name, lines in ctx.settings.acl_lines.items()
        if any(name in (li.source, li.destination) for li in lines)
    ]
    used += [
        rule.text
        for rule in ctx.settings.nat
        if name in (rule.source_object, rule.destination_object) and rule.section == 1
    ]
    if used:
        raise RefusalError(f'object "{name}" is in use by {used[0]}: delete that first', "name")
    ctx.settings.objects.pop(name, None)
    ctx.settings.nat[:] = [rule for rule in ctx.settings.nat if rule.source_object != name]
    return None


def object_address(ctx: Context, m: Match) -> None:
    """``subnet``, ``host``, ``range`` or ``fqdn`` below ``object network``."""
    name, text = ctx.target, ""
    prefixes: tuple[Prefix, ...] = ()
    if m.no:
        pass
    elif m.has("subnet"):
        prefix = Prefix.of(m["ip"], m["mask"])
        if prefix.network != m["ip"]:
            raise RefusalError(
                f"address and mask do not fit: the network is {format_ip(prefix.network)}", "ip"
            )
        prefixes, text = (prefix,), f"subnet {format_ip(prefix.network)} {format_ip(prefix.mask)}"
    elif m.has("host"):
        prefixes, text = (Prefix(m["ip"], 32),), f"host {format_ip(m['ip'])}"
    elif m.has("range"):
        if m["low"] > m["high"]:
            raise RefusalError("the first address of a range is the lower one", "high")
        prefixes, text = (
            range_prefixes(m["low"], m["high"]),
            f"range {format_ip(m['low'])} {format_ip(m['high'])}",
        )
    else:
        ctx.not_modelled("object network with fqdn")
        text = f"fqdn {m['fqdn']}"
    ctx.settings.objects[name] = NetworkObject(name, prefixes, text)


def object_group(ctx: Context, m: Match) -> str | None:
    """``object-group network NAME``."""
    name = m["name"]
    if m.no:
        ctx.settings.object_groups.pop(name, None)
        return None
    ctx.settings.object_groups.setdefault(name, [])
    return str(name)


def group_member(ctx: Context, m: Match) -> None:
    """``network-object``, ``group-object`` (ASA) or an address (IOS) below an object-group."""
    members: list[Address] = ctx.settings.object_groups[ctx.target]
    added: list[Any]
    if "member" in m.values:
        if m["member"] == ctx.target:
            raise RefusalError("a group cannot contain itself", "member")
        added = [m["member"]]
    elif "low" in m.values:
        added = list(range_prefixes(m["low"], m["high"]))
    else:
        added = [Prefix.of(m["ip"], m.get("mask", 32))]
    if m.no:
        members[:] = [old for old in members if old not in added]
    else:
        members.extend(new for new in added if new not in members)
