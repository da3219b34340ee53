"""Describing databases to each other (RFC 2328, 10.6 and 10.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipsec_edu.core.units import MS
from ipsec_edu.routing.ospf.lsdb import compare
from ipsec_edu.routing.ospf.tables import NeighborInput, NeighborState
from ipsec_edu.wire.ospf import DatabaseDescription

if TYPE_CHECKING:
    from ipsec_edu.routing.ospf.neighbor import Neighbor

__all__ = ["begin", "list_database", "receive"]

_INITIAL, _MORE, _MASTER = (
    DatabaseDescription.INITIAL,
    DatabaseDescription.MORE,
    DatabaseDescription.MASTER,
)
_EXTERNAL_OPTION = 2
_KNOWN_TYPES = range(1, 6)


def begin(neighbor: Neighbor, now_us: int) -> None:
    """Claim the lead: an empty description, repeated until it is answered."""
    first = now_us // MS & 0x7FFFFFFF  # differs after a restart, as it should
    neighbor.dd_sequence = neighbor.dd_sequence + 1 if neighbor.dd_sequence else first or 1
    neighbor.master = True
    neighbor.last_received = None
    _send(neighbor, _INITIAL | _MORE | _MASTER, now_us)


def list_database(neighbor: Neighbor, now_us: int) -> None:
    """Take a list of the database; what reached MaxAge is sent whole instead (RFC 2328, 10.3)."""
    core = neighbor.core
    for entry in core.lsdb:
        if entry.age(now_us) < 3600:
            neighbor.summary.append(entry.header(now_us))
        else:
            neighbor.expect_ack(entry, now_us)
            core.queue_lsa(neighbor.interface, neighbor.unicast, entry, now_us)


def receive(neighbor: Neighbor, packet: DatabaseDescription, now_us: int) -> None:
    """Take a description."""
    settings = neighbor.interface.settings
    if packet.mtu > settings.mtu and not settings.mtu_ignore:
        detail = f"{packet.mtu} bytes there, {settings.mtu} here"
        neighbor.interface.mismatch(neighbor.address, "mtu", detail)
        return
    if neighbor.state is NeighborState.INIT:
        neighbor.step(NeighborInput.TWO_WAY_RECEIVED, now_us)
    if neighbor.state is NeighborState.EXSTART:
        if _settled(neighbor, packet):
            neighbor.step(NeighborInput.NEGOTIATION_DONE, now_us)
            _take(neighbor, packet, now_us)
    elif neighbor.state.rank >= NeighborState.EXCHANGE.rank:
        _continue(neighbor, packet, now_us)


def _settled(neighbor: Neighbor, packet: DatabaseDescription) -> bool:
    """Tell whether the packet settles who leads: the higher router ID does."""
    own = neighbor.core.settings.router_id
    if packet.flags == _INITIAL | _MORE | _MASTER and not packet.headers and neighbor.router_id > own:
        neighbor.master = False
        neighbor.dd_timer.stop()
        return True
    return (
        not packet.flags & (_INITIAL | _MASTER)
        and packet.sequence == neighbor.dd_sequence
        and neighbor.router_id < own
    )


def _continue(neighbor: Neighbor, packet: DatabaseDescription, now_us: int) -> None:
    """Take a description after the first: the next in sequence, or the last again."""
    if (packet.flags, packet.options, packet.sequence) == neighbor.last_received:
        kept = neighbor.state is NeighborState.EXCHANGE or (
            now_us - neighbor.last_sent_us <= neighbor.interface.dead_us
        )
        if neighbor.master:
            return
        if kept and neighbor.last_sent is not None:
            neighbor.core.send(neighbor.interface, neighbor.unicast, neighbor.last_sent)
            return
    expected = neighbor.dd_sequence if neighbor.master else (neighbor.dd_sequence + 1) & 0xFFFFFFFF
    in_order = (
        neighbor.state is NeighborState.EXCHANGE
        and bool(packet.flags & _MASTER) != neighbor.master
        and not packet.flags & _INITIAL
        and packet.options & _EXTERNAL_OPTION
        and packet.sequence == expected
    )
    if in_order:
        _take(neighbor, packet, now_us)
    else:
        neighbor.step(NeighborInput.SEQ_NUMBER_MISMATCH, now_us)


def _take(neighbor: Neighbor, packet: DatabaseDescription, now_us: int) -> None:
    """Note what is newer there, and answer."""
    core = neighbor.core
    for header in packet.headers:
        if header.type not in _KNOWN_TYPES:
            neighbor.step(NeighborInput.SEQ_NUMBER_MISMATCH, now_us)
            return
        entry = core.lsdb.get(header.key)
        if entry is None or compare(header, entry.header(now_us)) > 0:
            neighbor.requests[header.key] = header
    neighbor.last_received = packet.flags, packet.options, packet.sequence
    more_there = bool(packet.flags & _MORE)
    if neighbor.master:
        assert neighbor.last_sent is not None
        if not more_there and not neighbor.last_sent.flags & _MORE:
            neighbor.step(NeighborInput.EXCHANGE_DONE, now_us)
            return
        neighbor.dd_sequence = (neighbor.dd_sequence + 1) & 0xFFFFFFFF
        _send(neighbor, _MASTER, now_us)
    else:
        neighbor.dd_sequence = packet.sequence
        more_here = _send(neighbor, 0, now_us)
        if not more_there and not more_here:
            neighbor.step(NeighborInput.EXCHANGE_DONE, now_us)


def _send(neighbor: Neighbor, flags: int, now_us: int) -> bool:
    """Send the next part of the list (none with flag I); tell whether more is left."""
    interface = neighbor.interface
    count = 0 if flags & _INITIAL else interface.room(20)
    headers, neighbor.summary = tuple(neighbor.summary[:count]), neighbor.summary[count:]
    if neighbor.summary:
        flags |= _MORE
    packet = DatabaseDescription(
        interface.settings.mtu, flags, neighbor.dd_sequence, headers, _EXTERNAL_OPTION
    )
    neighbor.last_sent, neighbor.last_sent_us = packet, now_us
    core = neighbor.core
    core.send(interface, neighbor.unicast, packet)
    if neighbor.master:
        core.timers.arm(neighbor.dd_timer, now_us + interface.settings.retransmit_s * 1_000_000)
    return bool(neighbor.summary)
