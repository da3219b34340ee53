"""``show ip ospf``: process, interfaces, neighbours, as IOS prints them."""

from __future__ import annotations

from collections.abc import Iterator

from ipsec_edu.core.addr import format_ip
from ipsec_edu.core.units import MS, SECOND
from ipsec_edu.routing.settings import LOOPBACK, POINT_TO_POINT
from ipsec_edu.show.grammar import Args, find_interface
from ipsec_edu.show.ospf_state import OspfInterfaceState, OspfNeighborState, OspfState
from ipsec_edu.show.state import DeviceState
from ipsec_edu.show.words import age, short_interface
from ipsec_edu.wire.ospf_lsa import EXTERNAL_LSA, LsaHeader

__all__ = [
    "area_name",
    "interface",
    "interface_brief",
    "neighbor",
    "neighbor_detail",
    "process",
    "redistribution",
]

_INTERFACE_WORDS = {
    "Down": "DOWN",
    "Loopback": "LOOP",
    "Waiting": "WAIT",
    "Point-to-point": "P2P",
    "DR Other": "DROTH",
    "Backup": "BDR",
    "DR": "DR",
}
"""State of an interface as RFC 2328 spells it to the word of the brief table."""
_LONG_WORDS = {"P2P": "POINT_TO_POINT", "DROTH": "DROTHER", "LOOP": "LOOPBACK", "WAIT": "WAITING"}


def _full(each: OspfNeighborState) -> bool:
    return each.state == "Full"


def _neighbors_of(ospf: OspfState, name: str) -> list[OspfNeighborState]:
    return [each for each in ospf.neighbors if each.interface == name]


def _interface_of(ospf: OspfState, name: str) -> OspfInterfaceState | None:
    return next((each for each in ospf.interfaces if each.settings.name == name), None)


def area_name(area: int) -> str:
    """Return ``BACKBONE(0)`` or the number."""
    return "BACKBONE(0)" if area == 0 else str(area)


# --- show ip ospf neighbor ---------------------------------------------------------------


def neighbor(state: DeviceState, args: Args) -> str:
    """``show ip ospf neighbor [INTERFACE]``."""
    found = _wanted(state, args)
    if not found:
        return ""
    lines = ["", "Neighbor ID     Pri   State           Dead Time   Address         Interface"]
    for each in found:
        role = f"{_word(each)}/{_role(state, each)}"
        dead = age(each.dead_us - state.now_us)
        head = f"{format_ip(each.router_id):15}{each.priority:4}   {role:16}{dead:12}"
        lines.append(f"{head}{format_ip(each.address):16}{each.interface}")
    return "\n".join(lines)


def _wanted(state: DeviceState, args: Args) -> list[OspfNeighborState]:
    if state.ospf is None:
        return []
    name = find_interface(state, args["interface"]) if "interface" in args else None
    return [each for each in state.ospf.neighbors if name in (None, each.interface)]


def _word(each: OspfNeighborState) -> str:
    return each.state.upper().replace("-", "")


def _role(state: DeviceState, each: OspfNeighborState) -> str:
    """Return what the neighbour is on its network: ``DR``, ``BDR``, ``DROTHER``, or a dash and two blanks."""
    found = _interface_of(state.ospf, each.interface) if state.ospf is not None else None
    if found is None or found.settings.network_type == POINT_TO_POINT:
        return "  -"
    return {each.bdr: "BDR", each.dr: "DR"}.get(each.address, "DROTHER")


def neighbor_detail(state: DeviceState, args: Args) -> str:
    """``show ip ospf neighbor detail``."""
    return "\n".join(line for each in _wanted(state, args) for line in _neighbor_lines(state, each))


def _neighbor_lines(state: DeviceState, each: OspfNeighborState) -> Iterator[str]:
    assert state.ospf is not None
    found = _interface_of(state.ospf, each.interface)
    area = found.settings.area if found is not None else 0
    yield f" Neighbor {format_ip(each.router_id)}, interface address {format_ip(each.address)}"
    yield f"    In the area {area} via interface {each.interface}"
    count = f"{each.changes} state changes"
    role = "/  -" if _role(state, each) == "  -" else ""
    yield f"    Neighbor priority is {each.priority}, State is {_word(each)}{role}, {count}"
    yield f"    DR is {format_ip(each.dr)} BDR is {format_ip(each.bdr)}"
    yield f"    Options is 0x{each.options:X}"
    yield f"    Dead timer due in {age(each.dead_us - state.now_us)}"
    if each.up_us is not None:
        yield f"    Neighbor is up for {age(state.now_us - each.up_us)}"


# --- show ip ospf interface --------------------------------------------------------------


def interface_brief(state: DeviceState, args: Args) -> str:
    """``show ip ospf interface brief``."""
    ospf = state.ospf
    if ospf is None:
        return ""
    lines = ["Interface    PID   Area            IP Address/Mask    Cost  State Nbrs F/C"]
    for each in ospf.interfaces:
        settings = each.settings
        known = _neighbors_of(ospf, settings.name)
        count = f"{sum(map(_full, known))}/{len(known)}"
        prefix = f"{format_ip(settings.address)}/{settings.length}"
        head = f"{short_interface(settings.name):13}{ospf.settings.process:<6}{settings.area:<16}{prefix:19}"
        lines.append(f"{head}{settings.cost:<6}{_INTERFACE_WORDS[each.state]:6}{count}")
    return "\n".join(lines)


def interface(state: DeviceState, args: Args) -> str:
    """``show ip ospf interface [INTERFACE]``."""
    ospf = state.ospf
    if ospf is None:
        return ""
    name = find_interface(state, args["interface"]) if "interface" in args else None
    found = [each for each in ospf.interfaces if name in (None, each.settings.name)]
    if not found and name is not None:
        return f"%OSPF: OSPF not enabled on {name}"
    return "\n".join(line for each in found for line in _interface_lines(state, ospf, each))


def _interface_lines(state: DeviceState, ospf: OspfState, each: OspfInterfaceState) -> Iterator[str]:
    settings = each.settings
    port = state.interface(settings.name)
    up, protocol = (False, False) if port is None else (port.up, port.line_protocol)
    down = "administratively down" if port is not None and port.shutdown else "down"
    yield f"{settings.name} is {'up' if up else down}, line protocol is {'up' if protocol else 'down'}"
    own = state.settings.interfaces.get(settings.name)
    how = "Interface Enable" if own is not None and own.ospf.process is not None else "Network Statement"
    prefix = f"{format_ip(settings.address)}/{settings.length}"
    yield f"  Internet Address {prefix}, Area {settings.area}, Attached via {how}"
    kind = settings.network_type.upper().replace("-", "_")
    who = f"Process ID {ospf.settings.process}, Router ID {format_ip(ospf.settings.router_id)}"
    yield f"  {who}, Network Type {kind}, Cost: {settings.cost}"
    if settings.network_type == LOOPBACK:
        yield "  Loopback interface is treated as a stub Host"
        return
    word = _INTERFACE_WORDS[each.state]
    line = f"  Transmit Delay is {settings.transmit_delay_s} sec, State {_LONG_WORDS.get(word, word)}"
    if settings.network_type == POINT_TO_POINT:
        yield line
    else:
        yield f"{line}, Priority {settings.priority}"
        yield from _designated(ospf, each)
    if settings.bfd:
        yield "  BFD enabled"
    yield f"  Timer intervals configured, {_intervals(settings.hello_ms, settings.dead_ms)}, " + (
        f"Retransmit {settings.retransmit_s}"
    )
    if settings.passive:
        yield "    No Hellos (Passive interface)"
    elif each.hello_us is not None:
        yield f"    Hello due in {_due(each.hello_us - state.now_us, settings.hello_ms)}"
    known = _neighbors_of(ospf, settings.name)
    full = [one for one in known if _full(one)]
    yield f"  Neighbor Count is {len(known)}, Adjacent neighbor count is {len(full)}"
    for one in full:
        role = {each.bdr: "  (Backup Designated Router)", each.dr: "  (Designated Router)"}
        yield f"    Adjacent with neighbor {format_ip(one.router_id)}{role.get(one.address, '')}"
    yield "  Suppress hello for 0 neighbor(s)"


def _intervals(hello_ms: int, dead_ms: int) -> str:
    hello = f"{hello_ms} msec" if hello_ms % 1000 else f"{hello_ms // 1000}"
    return f"Hello {hello}, Dead {dead_ms // 1000}, Wait {dead_ms // 1000}"


def _due(left_us: int, hello_ms: int) -> str:
    """Return when the next Hello goes: a clock, or milliseconds where they are faster than one a second."""
    return f"{left_us // MS} msec" if hello_ms < 1000 else age(left_us)


def _designated(ospf: OspfState, each: OspfInterfaceState) -> Iterator[str]:
    """Yield who rules the network."""
    ids = {one.address: one.router_id for one in _neighbors_of(ospf, each.settings.name)}
    ids[each.settings.address] = ospf.settings.router_id
    for title, none, address in (
        ("Designated Router (ID)", "No designated router on this network", each.dr),
        ("Backup Designated router (ID)", "No backup designated router on this network", each.bdr),
    ):
        if address in ids:
            yield f"  {title} {format_ip(ids[address])}, Interface address {format_ip(address)}"
        else:
            yield f"  {none}"


# --- show ip ospf ------------------------------------------------------------------------


def process(state: DeviceState, args: Args) -> str:
    """``show ip ospf``."""
    ospf = state.ospf
    if ospf is None:
        return ""
    settings = ospf.settings
    lines = [f' Routing Process "ospf {settings.process}" with ID {format_ip(settings.router_id)}']
    elapsed = _clock(state.now_us - state.boot_us)
    lines.append(f" Start time: {_clock(state.boot_us)}, Time elapsed: {elapsed}")
    lines += [f" {line}" for line in redistribution(ospf)]
    lines.append(f" Initial SPF schedule delay {settings.spf.initial_ms} msecs")
    lines.append(f" Minimum hold time between two consecutive SPFs {settings.spf.hold_ms} msecs")
    lines.append(f" Maximum wait time between two consecutive SPFs {settings.spf.maximum_ms} msecs")
    lines.append(f" Minimum LSA arrival {settings.lsa_arrival_ms} msecs")
    external = [each.lsa.header for each in ospf.lsas if each.lsa.header.type == EXTERNAL_LSA]
    lines.append(f" Number of external LSA {len(external)}. {_sum(external)}")
    lines.append(" Number of areas in this router is 1. 1 normal 0 stub 0 nssa")
    return "\n".join([*lines, *_area(state, ospf)])


def _area(state: DeviceState, ospf: OspfState) -> Iterator[str]:
    area = ospf.settings.interfaces[0].area if ospf.settings.interfaces else 0
    yield f"    Area {area_name(area)}"
    loopbacks = sum(each.settings.network_type == LOOPBACK for each in ospf.interfaces)
    beside = f" ({loopbacks} loopback)" if loopbacks else ""
    yield f"\tNumber of interfaces in this area is {len(ospf.interfaces)}{beside}"
    yield "\tArea has no authentication"
    if ospf.spf_us is not None:
        yield f"\tSPF algorithm last executed {_clock(state.now_us - ospf.spf_us)} ago"
    yield f"\tSPF algorithm executed {ospf.spf_runs} times"
    inside = [each.lsa.header for each in ospf.lsas if each.lsa.header.type != EXTERNAL_LSA]
    yield f"\tNumber of LSA {len(inside)}. {_sum(inside)}"


def _sum(headers: list[LsaHeader]) -> str:
    return f"Checksum Sum 0x{sum(header.checksum for header in headers):06X}"


def _clock(span_us: int) -> str:
    """Return ``00:01:02.500``."""
    return f"{age(span_us)}.{span_us % SECOND // MS:03d}"


def redistribution(ospf: OspfState) -> Iterator[str]:
    """Yield what the process announces from outside."""
    settings = ospf.settings
    if not settings.redistribute and settings.default_information is None:
        return
    yield "It is an autonomous system boundary router"
    if settings.redistribute:
        yield "Redistributing External Routes from,"
    for rule in settings.redistribute:
        yield f"   {rule.source}"
