"""What the tunnel did during a gap: when SAs were given up, and when new ones could carry packets."""

from __future__ import annotations

from dataclasses import dataclass

from ipsec_edu.ledger.ways import Seal, Way, device_of
from ipsec_edu.trace.recorder import Trace
from ipsec_edu.trace.records import Message, SaRecord

__all__ = ["Tunnel", "holder_on_the_way", "tunnel_story"]


@dataclass(frozen=True, slots=True)
class Tunnel:
    """The moments of a gap that the SAs of the flow had a part in; None where there was none.

    Attributes
    ----------
    killed_us : int or None
        When the device that acted gave up the SAs that the flow had used.
    heard_us, up_us : int or None
        When the message left that was finally answered, and when the new SA could carry packets.
    answered_us : int or None
        When that answer had arrived: by then the way was whole, there and back.
    moved : bool
        Whether the new SA ends at other addresses than the old one: another peer, or another identity.
    """

    killed_us: int | None = None
    heard_us: int | None = None
    up_us: int | None = None
    answered_us: int | None = None
    moved: bool = False


def holder_on_the_way(flow: str, trace: Trace) -> str | None:
    """Return the first device that a request of `flow` came to and that held SAs at any time."""
    holders = {sa.node for sa in trace.sas if sa.kind != "ike"}
    for hop in trace.hops:
        if hop.flow == flow and not hop.answer:
            node = device_of(hop.receiver)
            if node in holders:
                return node
    return next(iter(sorted(holders)), None)


def tunnel_story(
    flow: str, trace: Trace, before: Way | None, after: Way | None, start: int, end: int, *, ended: bool
) -> Tunnel:
    """Return what happened to the SAs of `flow` in (start, end]."""
    known = {(sa.node, sa.id): sa for sa in trace.sas if sa.kind.endswith("-out")}
    used = [known[seal] for seal in (before.seals if before else {}).values() if seal in known]
    plain = (after or before or Way()).seals == {} and (after or before) is not None and bool(trace.hops)
    if plain and ended:
        return Tunnel()
    node = used[0].node if used else holder_on_the_way(flow, trace)
    if node is None:
        return Tunnel()
    if not ended:
        return Tunnel(_killed(trace, node, {sa.selector for sa in used}, start, end))
    healer = _healer(trace, known, node, after, start, end)
    if healer is None:
        same = after is not None and before is not None and after.seals == before.seals
        gone = None if same else _killed(trace, node, {sa.selector for sa in used}, start, end)
        return Tunnel(gone)
    up = healer.up_us or end
    heard, answered = _heard(healer, trace, start, up)
    actor = healer.node if healer.initiator else _far_end(trace, healer)
    pairs = {sa.selector for sa in used} | {healer.selector}
    turned = {" ".join(reversed(pair.split(" "))) for pair in pairs}
    gone = _killed(trace, actor, pairs if actor == healer.node else turned, start, end)
    if gone is None:
        gone = _killed(trace, healer.node, pairs, start, end)
    moved = bool(used) and all({sa.local, sa.peer} != {healer.local, healer.peer} for sa in used)
    return Tunnel(gone, heard, up, answered, moved)


def _healer(
    trace: Trace, known: dict[Seal, SaRecord], node: str, after: Way | None, start: int, end: int
) -> SaRecord | None:
    """Return the SA that the first packet through used, if it was made in the gap and was missing before.

    The request's counts; the answer's where only that is new. An SA that merely followed
    another at its rekeying healed nothing.
    """
    if after is not None and after.seals:
        candidates = [known[after.seals[way]] for way in sorted(after.seals) if after.seals[way] in known]
    else:
        candidates = sorted(
            (sa for sa in known.values() if sa.node == node), key=lambda sa: sa.up_us or 0, reverse=True
        )
    for sa in candidates:
        if sa.up_us is not None and start < sa.up_us <= end and not _rekeyed(trace, sa, start):
            return sa
    return None


def _rekeyed(trace: Trace, fresh: SaRecord, start: int) -> bool:
    """Tell whether `fresh` took the place of an SA that lived through the beginning of the gap."""
    return any(
        sa.reason == "rekeyed"
        and (sa.node, sa.kind, sa.selector, sa.peer) == (fresh.node, fresh.kind, fresh.selector, fresh.peer)
        and sa.up_us is not None
        and sa.up_us < start < (sa.down_us or 0)
        for sa in trace.sas
    )


def _far_end(trace: Trace, sa: SaRecord) -> str:
    """Return who receives by `sa`."""
    for other in trace.sas:
        if other.id == sa.id and other.kind.endswith("-in") and other.node != sa.node:
            return other.node
    return sa.node


def _killed(trace: Trace, node: str, selectors: set[str], start: int, end: int) -> int | None:
    """Return when `node` first gave up an SA of these selectors (any, if none is known), rekeyings apart."""
    downs = [
        sa.down_us
        for sa in trace.sas
        if sa.node == node
        and sa.kind != "ike"
        and sa.down_us is not None
        and start < sa.down_us <= end
        and sa.reason != "rekeyed"
        and (not selectors or sa.selector in selectors)
    ]
    return min(downs, default=None)


def _heard(sa: SaRecord, trace: Trace, start: int, up: int) -> tuple[int, int]:
    """Return when the message left that brought the negotiation of `sa` under way, and was answered.

    That is the transmission that was answered: of phase 1's first message where phase 1 was
    built in this gap too, else of Quick Mode's. Where its answer had to be sent again
    (answers may die where requests pass), it is the answer that arrived.
    """
    ike = next((s for s in trace.sas if s.kind == "ike" and s.node == sa.node and s.id == sa.ike_id), None)
    phase1_too = ike is not None and ike.up_us is not None and ike.up_us > start
    exchanges = ("main", "aggressive") if phase1_too else ("quick",)
    said = [
        message
        for message in trace.messages
        if message.exchange in exchanges
        and start <= message.at_us <= up
        and message.cookies[0].hex() == sa.ike_id[:16]
    ]
    if not phase1_too:
        said = _of_one_quick_mode(said, up)
    offers = [message for message in said if message.number == 1 and message.arrived_us is not None]
    answers = [message for message in said if message.number == 2]
    arrived = [message for message in answers if message.arrived_us is not None]
    if not arrived:
        heard = max((offer.at_us for offer in offers), default=sa.begun_us)
        return heard, heard
    first = min(arrived, key=lambda message: message.at_us)
    answered = first.arrived_us or first.at_us
    offers = [offer for offer in offers if (offer.arrived_us or 0) <= first.at_us] or offers
    latest = max((offer.arrived_us or 0 for offer in offers), default=start)
    if any(latest <= answer.at_us < first.at_us for answer in answers):
        return first.at_us, answered
    return max((offer.at_us for offer in offers), default=sa.begun_us), answered


def _of_one_quick_mode(said: list[Message], up: int) -> list[Message]:
    """Keep the exchange that made the SA: several may run under one IKE SA, for several selectors."""
    ids = {message.message_id for message in said if up in (message.at_us, message.arrived_us)}
    return [message for message in said if message.message_id in ids] or said
