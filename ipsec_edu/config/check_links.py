"""Near misses between neighbours: two ends of a link that never become OSPF neighbours, said at load."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from ipsec_edu.config.names import canonical_interface
from ipsec_edu.config.routing import ospf_interfaces, ospf_settings
from ipsec_edu.config.settings import DeviceSettings
from ipsec_edu.config.topology import Topology
from ipsec_edu.core.addr import Prefix, format_ip
from ipsec_edu.core.errors import Problem
from ipsec_edu.routing.settings import OspfInterface

__all__ = ["check_links"]


@dataclass(frozen=True, slots=True)
class _End:
    """One end of a link, as OSPF sees it; `ospf` None: the process does not run there."""

    node: str
    interface: str
    prefix: Prefix
    has_process: bool
    ospf: OspfInterface | None

    def __str__(self) -> str:
        return f"{self.node} {self.interface}"


def check_links(
    topology: Topology, settings: Mapping[str, DeviceSettings], texts: Mapping[str, str] | None = None
) -> list[Problem]:
    """Return warnings about ends of links that cannot become OSPF neighbours, and router IDs used twice.

    Parameters
    ----------
    topology : Topology
        Who is cabled to whom.
    settings : mapping
        Settings by device.
    texts : mapping, optional
        Configuration text by device, to say the line.
    """
    found: list[Problem] = []
    for group in _segments(topology):
        ends = [end for end in (_end(settings, port) for port in group) if end is not None]
        for one, other in combinations(ends, 2):
            for command, message in _compare(one, other):
                found.append(_problem(topology, texts or {}, one, command, message))
    found += _router_ids(topology, settings)
    return found


def _segments(topology: Topology) -> list[list[str]]:
    """Return the ports that hear each other: ends of a cable, or all around connected bridges."""
    bridges = {name for name, spec in topology.nodes.items() if spec.platform == "bridge"}
    group_of = {name: name for name in bridges}
    for link in topology.links:
        a, b = link.a.partition(":")[0], link.b.partition(":")[0]
        if a in bridges and b in bridges:
            old, new = group_of[b], group_of[a]
            group_of = {name: new if group == old else group for name, group in group_of.items()}
    lans: dict[str, list[str]] = {}
    cables: list[list[str]] = []
    for link in topology.links:
        ports = [port for port in (link.a, link.b) if port.partition(":")[0] not in bridges]
        if len(ports) == 2:
            cables.append(ports)
        elif ports:
            bridge = next(n for n in (p.partition(":")[0] for p in (link.a, link.b)) if n in bridges)
            lans.setdefault(group_of[bridge], []).extend(ports)
    return cables + list(lans.values())


def _end(settings: Mapping[str, DeviceSettings], port: str) -> _End | None:
    node, _, name = port.partition(":")
    device = settings.get(node)
    interface = device.interfaces.get(name) if device is not None else None
    if device is None or interface is None or interface.prefix is None:
        return None
    process = device.ospf[min(device.ospf)] if device.ospf else None
    on = ospf_interfaces(device, process) if process is not None else {}
    return _End(node, name, interface.prefix, process is not None, on.get(name))


def _compare(one: _End, other: _End) -> Iterator[tuple[str, str]]:
    """Yield (the command at fault, what is wrong) for two ends of which at least one speaks OSPF."""
    a, b = one.ospf, other.ospf
    if a is None or b is None:
        silent, speaking = (one, b) if a is None else (other, a)
        if speaking is not None and not speaking.passive and silent.has_process:
            yield (
                "ip address",
                f"OSPF runs on {other if silent is one else one}, not on {silent}: no `network` fits",
            )
        return
    if a.passive or b.passive:
        if a.passive != b.passive:
            quiet = one if a.passive else other
            yield "ip address", f"{quiet} is passive, the other end of the link is not: no adjacency"
        return
    if (a.hello_ms, a.dead_ms) != (b.hello_ms, b.dead_ms):
        yield (
            "ip ospf hello-interval" if a.hello_ms != b.hello_ms else "ip ospf dead-interval",
            f"hello and dead interval differ: {one} has {_seconds(a)}, {other} {_seconds(b)}; "
            "the two never become neighbours",
        )
    if a.area != b.area:
        yield "ip ospf", f"areas differ: {one} is in {a.area}, {other} in {b.area}; no adjacency"
    if one.prefix != other.prefix and a.network_type == b.network_type == "broadcast":
        yield (
            "ip address",
            f"networks differ: {one} is in {one.prefix}, {other} in {other.prefix}; no adjacency",
        )
    if a.network_type != b.network_type:
        yield (
            "ip ospf network",
            f"network types differ: {one} is {a.network_type}, {other} {b.network_type}; they become "
            "neighbours, and no route is found through the link",
        )
    if a.mtu != b.mtu and not (a if a.mtu < b.mtu else b).mtu_ignore:
        yield (
            "ip mtu",
            f"MTUs differ: {one} has {a.mtu}, {other} {b.mtu}; the adjacency stays in exchange (`ip ospf "
            "mtu-ignore`, or make them equal)",
        )
    if a.bfd != b.bfd:
        yield "ip ospf bfd", f"only one of {one} and {other} runs BFD for OSPF: no session comes up"


def _seconds(interface: OspfInterface) -> str:
    return f"{interface.hello_ms / 1000:g} and {interface.dead_ms / 1000:g} s"


def _router_ids(topology: Topology, settings: Mapping[str, DeviceSettings]) -> Iterator[Problem]:
    owners: dict[int, str] = {}
    for node, device in settings.items():
        ospf = ospf_settings(device)
        if ospf is None:
            continue
        first = owners.setdefault(ospf.router_id, node)
        if first != node:
            message = f"{first} and {node} have the same OSPF router ID {format_ip(ospf.router_id)}"
            yield Problem(_file(topology, node), 0, 0, "warning", "", f"{message}: each needs its own")


def _file(topology: Topology, node: str) -> str:
    return topology.nodes[node].startup_config or node


def _problem(topology: Topology, texts: Mapping[str, str], end: _End, command: str, message: str) -> Problem:
    line, text = _line_of(texts.get(end.node, ""), end.interface, command)
    return Problem(_file(topology, end.node), line, 0, "warning", text, message)


def _line_of(text: str, interface: str, command: str) -> tuple[int, str]:
    """Return the line of `command` below `interface`, else that of the interface, else 0."""
    found, inside = (0, ""), False
    for number, line in enumerate(text.splitlines(), 1):
        opener = re.match(r"\s*int\w*\s+(.+)", line, re.IGNORECASE)
        if opener is not None:
            inside = _same(opener[1], interface)
            if inside and not found[0]:
                found = number, line
        elif line[:1].strip() and line[0] != "!":
            inside = False
        elif inside and line.strip().startswith(command):
            return number, line
    return found


def _same(typed: str, interface: str) -> bool:
    try:
        return canonical_interface(typed) == interface
    except ValueError:
        return False
