"""Packets as the stage moves them: cables passed, and where they died."""

from __future__ import annotations

from typing import Any

from ipsec_edu.trace.records import Drop, Hop
from ipsec_edu.views.stage_context import Context

__all__ = ["DROP_LIMIT", "HOP_LIMIT", "drop_records", "hop_columns"]

HOP_LIMIT = 8_000
"""Above so many hops only those of IKE and of packets that are news are kept."""
OSPF_HELLO = 1
"""Type of a hello (RFC 2328 A.3.1)."""
DROP_LIMIT = 2_000
"""Above so many deaths only those of IKE and of packets that are news are kept; flows count them all."""


def hop_columns(context: Context) -> dict[str, list[Any]]:
    """Return the hops column by column, in order of time."""
    hops: list[Hop] = [hop for hop in context.trace.hops if not _hello(hop)]
    message_of = {m.uid: i for i, m in enumerate(context.trace.messages) if m.uid}
    if len(hops) > HOP_LIMIT:
        news = _news(context)
        hops = [hop for hop in hops if hop.kind == "ike" or (hop.flow, hop.number) in news][:HOP_LIMIT]
    columns: dict[str, list[Any]] = {
        key: []
        for key in (
            "left",
            "arrived",
            "link",
            "forward",
            "kind",
            "flow",
            "number",
            "answer",
            "spi",
            "sequence",
            "message",
        )
    }
    for hop in sorted(hops, key=lambda hop: hop.left_us):
        link, forward = context.links_by_port.get((hop.sender, hop.receiver), (-1, 1))
        if link < 0:
            link, forward = _link_of(context, hop.sender)
        values = (
            hop.left_us,
            -1 if hop.arrived_us is None else hop.arrived_us,
            link,
            forward,
            hop.kind,
            context.flow_index.get(hop.flow, -1),
            hop.number,
            int(hop.answer),
            f"0x{hop.spi:08x}" if hop.spi else "",
            hop.sequence,
            message_of.get(hop.uid, -1),
        )
        for column, value in zip(columns.values(), values, strict=True):
            column.append(value)
    return columns


def _hello(hop: Hop) -> bool:
    """Tell whether a packet only says that its sender lives; there are thousands, and they are no news."""
    return hop.kind == "bfd" or (hop.kind == "ospf" and hop.sequence == OSPF_HELLO)


def _dead_hello(drop: Drop, hop: Hop | None) -> bool:
    """Tell whether what died was a hello; one that never left is taken for one."""
    return drop.kind in ("ospf", "bfd") and (hop is None or _hello(hop))


def _link_of(context: Context, port: str) -> tuple[int, int]:
    for (sender, _), link in context.links_by_port.items():
        if sender == port:
            return link
    return -1, 1


def _news(context: Context) -> set[tuple[str, int]]:
    """Return the packets at which a flow changes between answered and lost, and the one after each."""
    news: set[tuple[str, int]] = set()
    for name, probes in context.trace.probes.items():
        for i, probe in enumerate(probes):
            if i == 0 or (probe.answered_us is None) != (probes[i - 1].answered_us is None):
                news.update((name, p.number) for p in probes[i : i + 2])
    return news


def drop_records(context: Context) -> list[dict[str, Any]]:
    """Return the packets that died, with the cable on which, or at the end of which, they did."""
    last_hop = {hop.uid: hop for hop in context.trace.hops}
    records = []
    drops = [drop for drop in context.trace.drops if not _dead_hello(drop, last_hop.get(drop.uid))]
    if len(drops) > DROP_LIMIT:
        news = _news(context)
        drops = [drop for drop in drops if drop.kind == "ike" or (drop.flow, drop.number) in news]
        drops = drops[:DROP_LIMIT]
    for drop in drops:
        hop = last_hop.get(drop.uid)
        link, forward = (-1, 1)
        if hop is not None:
            link, forward = context.links_by_port.get((hop.sender, hop.receiver), (-1, 1))
        name = drop.where.partition(":")[0]
        records.append(
            {
                "at": drop.at_us,
                "node": context.node(name),
                "link": link,
                "forward": forward,
                "onlink": int(hop is not None and hop.arrived_us is None),
                "cause": str(drop.cause),
                "kind": drop.kind,
                "flow": context.flow_index.get(drop.flow, -1),
                "number": drop.number,
                "answer": int(drop.answer),
                "text": drop.text,
                "where": drop.where,
            }
        )
    return records
