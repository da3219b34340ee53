"""Getting LSAs to everybody: the flooding procedure (RFC 2328, 13)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipsec_edu.core.units import MS
from ipsec_edu.routing.ospf.lsdb import Entry, compare
from ipsec_edu.routing.ospf.tables import InterfaceState, NeighborInput, NeighborState
from ipsec_edu.wire.ospf import LinkStateAck, LinkStateRequest, LinkStateUpdate
from ipsec_edu.wire.ospf_lsa import MAX_AGE, MAX_SEQUENCE, Lsa

if TYPE_CHECKING:
    from ipsec_edu.routing.ospf.core import OspfCore
    from ipsec_edu.routing.ospf.neighbor import Neighbor

__all__ = ["flood", "receive_ack", "receive_request", "receive_update", "sweep"]

_EXCHANGE, _FULL = NeighborState.EXCHANGE.rank, NeighborState.FULL.rank
_KNOWN_TYPES = range(1, 6)


def receive_update(core: OspfCore, neighbor: Neighbor, packet: LinkStateUpdate, now_us: int) -> None:
    """Take the LSAs of an update, one by one."""
    for lsa in packet.lsas:
        if neighbor.state.rank < _EXCHANGE:
            return  # an LSA before may have ended the adjacency
        if lsa.intact and lsa.header.type in _KNOWN_TYPES:
            _receive(core, neighbor, lsa, now_us)
    neighbor.progress(now_us)


def _receive(core: OspfCore, neighbor: Neighbor, lsa: Lsa, now_us: int) -> None:
    interface, header = neighbor.interface, lsa.header
    if header.age > MAX_AGE:
        lsa = lsa.aged(MAX_AGE)
        header = lsa.header
    entry = core.lsdb.get(header.key)
    if header.age == MAX_AGE and entry is None and not _exchanging(core):
        core.acks.setdefault((interface, neighbor.unicast), []).append(header)
        return
    newer = 1 if entry is None else compare(header, entry.header(now_us))
    if newer > 0:
        _receive_newer(core, neighbor, lsa, entry, now_us)
    elif header.key in neighbor.requests:
        neighbor.step(NeighborInput.BAD_LS_REQ, now_us)
    elif newer == 0:
        if header.key in neighbor.retransmissions:  # it crossed ours: as good as an acknowledgment
            neighbor.acknowledged(header.key)
            if interface.state is InterfaceState.BACKUP and neighbor.address == interface.dr:
                interface.acknowledge_later(header, now_us)
        else:
            core.acks.setdefault((interface, neighbor.unicast), []).append(header)
    else:
        assert entry is not None
        _answer_older(core, neighbor, entry, now_us)


def _receive_newer(core: OspfCore, neighbor: Neighbor, lsa: Lsa, old: Entry | None, now_us: int) -> None:
    """An instance that we do not have: pass it on, keep it, acknowledge it (step 5)."""
    interface, header = neighbor.interface, lsa.header
    arrival_us = core.settings.lsa_arrival_ms * MS
    if old is not None and old.flooded and now_us - old.installed_us < arrival_us:
        return
    if core.originator.owns(lsa) and core.originator.overtake(lsa, now_us):
        # our own from an earlier life: its successor (or its end) is passed on in its place (13.4)
        core.acks.setdefault((interface, neighbor.unicast), []).append(header)
        return
    entry = core.install(lsa, now_us, flooded=True)
    flooded_back = flood(core, entry, now_us, neighbor)
    if not flooded_back and (
        interface.state is not InterfaceState.BACKUP or neighbor.address == interface.dr
    ):
        interface.acknowledge_later(header, now_us)


def _answer_older(core: OspfCore, neighbor: Neighbor, entry: Entry, now_us: int) -> None:
    """The neighbour sent what is long replaced: send it what we have (step 8)."""
    if entry.age(now_us) == MAX_AGE and entry.lsa.header.sequence == MAX_SEQUENCE:
        return
    if entry.sent_us is None or now_us - entry.sent_us >= core.settings.lsa_arrival_ms * MS:
        entry.sent_us = now_us
        core.queue_lsa(neighbor.interface, neighbor.unicast, entry, now_us)


def flood(core: OspfCore, entry: Entry, now_us: int, sender: Neighbor | None = None) -> bool:
    """Send an LSA out of every interface that needs it; tell whether that of `sender` did (13.3)."""
    flooded_back = False
    for interface in core.interfaces.values():
        waiting = [
            neighbor
            for neighbor in interface.neighbors.values()
            if neighbor.state.rank >= _EXCHANGE and _lacks(neighbor, entry, sender, now_us)
        ]
        for neighbor in waiting:
            neighbor.expect_ack(entry, now_us)
        if not waiting:
            continue
        if sender is not None and interface is sender.interface:
            ruled = sender.address in (interface.dr, interface.bdr) and not interface.point_to_point
            if ruled or interface.state is InterfaceState.BACKUP:
                continue  # the designated router sent it to all, or will
            flooded_back = True
        core.queue_lsa(interface, interface.everybody, entry, now_us)
    return flooded_back


def _lacks(neighbor: Neighbor, entry: Entry, sender: Neighbor | None, now_us: int) -> bool:
    """Tell whether a neighbour needs the LSA; what it was asked for and came another way is forgotten."""
    key = entry.key
    neighbor.acknowledged(key)  # what was there is replaced
    asked = neighbor.requests.get(key)
    if asked is not None and neighbor.state.rank < _FULL:
        newer = compare(entry.header(now_us), asked)
        if newer < 0:
            return False
        del neighbor.requests[key]
        if neighbor is not sender:
            neighbor.core.loading[neighbor] = None
        if newer == 0:
            return False
    return neighbor is not sender


def receive_ack(core: OspfCore, neighbor: Neighbor, packet: LinkStateAck, now_us: int) -> None:
    """Stop repeating what arrived (13.7)."""
    if neighbor.state.rank < _EXCHANGE:
        return
    for header in packet.headers:
        entry = neighbor.retransmissions.get(header.key)
        if entry is not None and compare(header, entry.header(now_us)) == 0:
            neighbor.acknowledged(header.key)


def receive_request(core: OspfCore, neighbor: Neighbor, packet: LinkStateRequest, now_us: int) -> None:
    """Send what is asked for (10.7)."""
    if neighbor.state.rank < _EXCHANGE:
        return
    entries = [core.lsdb.get(key) for key in packet.keys]
    for entry in entries:
        if entry is None:
            neighbor.step(NeighborInput.BAD_LS_REQ, now_us)
            return
        core.queue_lsa(neighbor.interface, neighbor.unicast, entry, now_us)


def _exchanging(core: OspfCore) -> bool:
    return any(
        neighbor.state in (NeighborState.EXCHANGE, NeighborState.LOADING)
        for interface in core.interfaces.values()
        for neighbor in interface.neighbors.values()
    )


def sweep(core: OspfCore) -> bool:
    """Forget LSAs at MaxAge that every neighbour acknowledged (RFC 2328, 14); tell whether any went."""
    if _exchanging(core):
        return False
    neighbors = [
        neighbor for interface in core.interfaces.values() for neighbor in interface.neighbors.values()
    ]
    gone = [
        key for key in core.lsdb.dying if not any(key in neighbor.retransmissions for neighbor in neighbors)
    ]
    for key in gone:
        core.lsdb.remove(key)
    return bool(gone)
