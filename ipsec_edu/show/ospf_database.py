"""``show ip ospf database`` and ``show ip protocols`` as IOS prints them."""

from __future__ import annotations

from collections.abc import Iterator

from ipsec_edu.core.addr import Prefix, format_ip
from ipsec_edu.show.grammar import Args
from ipsec_edu.show.ospf import redistribution
from ipsec_edu.show.ospf_state import LsaState, OspfState
from ipsec_edu.show.state import DeviceState
from ipsec_edu.wire.ospf_lsa import EXTERNAL_LSA, NETWORK_LSA, ROUTER_LSA, ExternalLsa, RouterLsa

__all__ = ["database", "protocols"]

_COLUMNS = "Link ID         ADV Router      Age         Seq#       Checksum"


def database(state: DeviceState, args: Args) -> str:
    """``show ip ospf database``: one line for each LSA."""
    ospf = state.ospf
    if ospf is None:
        return ""
    who = f"OSPF Router with ID ({format_ip(ospf.settings.router_id)}) (Process ID {ospf.settings.process})"
    area = ospf.settings.interfaces[0].area if ospf.settings.interfaces else 0
    lines = ["", f"            {who}"]
    for kind, title, last in (
        (ROUTER_LSA, f"Router Link States (Area {area})", " Link count"),
        (NETWORK_LSA, f"Net Link States (Area {area})", ""),
        (EXTERNAL_LSA, "Type-5 AS External Link States", " Tag"),
    ):
        found = [each for each in ospf.lsas if each.lsa.header.type == kind]
        if found:
            lines += ["", f"\t\t{title}", "", _COLUMNS + last, *map(_row, found)]
    return "\n".join(lines)


def _row(each: LsaState) -> str:
    header, body = each.lsa.header, each.lsa.body
    names = f"{format_ip(header.ls_id):16}{format_ip(header.router):16}"
    line = f"{names}{each.age_s:<12}0x{header.sequence:08X} 0x{header.checksum:06X}"
    if isinstance(body, RouterLsa):
        return f"{line} {len(body.links)}"
    return f"{line} {body.tag}" if isinstance(body, ExternalLsa) else line


def protocols(state: DeviceState, args: Args) -> str:
    """``show ip protocols``: what OSPF is told (nothing without it)."""
    ospf = state.ospf
    return "" if ospf is None else "\n".join(_protocol(state, ospf))


def _protocol(state: DeviceState, ospf: OspfState) -> Iterator[str]:
    settings = ospf.settings
    yield f'Routing Protocol is "ospf {settings.process}"'
    yield "  Outgoing update filter list for all interfaces is not set"
    yield "  Incoming update filter list for all interfaces is not set"
    yield f"  Router ID {format_ip(settings.router_id)}"
    for line in redistribution(ospf):
        yield f"  {line}"
    yield "  Number of areas in this router is 1. 1 normal 0 stub 0 nssa"
    yield f"  Maximum path: {settings.maximum_paths}"
    typed = state.settings.ospf.get(settings.process)
    yield "  Routing for Networks:"
    for network in typed.networks if typed is not None else ():
        yield f"    {_wild(network.prefix)} area {network.area}"
    explicit = [
        each.settings.name
        for each in ospf.interfaces
        if (own := state.settings.interfaces.get(each.settings.name)) is not None
        and own.ospf.process is not None
    ]
    if explicit:
        area = settings.interfaces[0].area
        yield f"  Routing on Interfaces Configured Explicitly (Area {area}):"
        yield from (f"    {name}" for name in explicit)
    passive = [each.settings.name for each in ospf.interfaces if each.settings.passive]
    if passive:
        yield "  Passive Interface(s):"
        yield from (f"    {name}" for name in passive)
    yield f"  Distance: (default is {settings.distance})"


def _wild(prefix: Prefix) -> str:
    return f"{format_ip(prefix.network)} {format_ip(prefix.mask ^ 0xFFFFFFFF)}"
