"""The ways that protected packets really took between two gateways, and since when.

A tunnel is a pair of addresses, not a cable: after a re-route its packets take other cables while not
one SA changes. Each direction has a way of its own, because routing may send them apart.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from ipsec_edu.trace.records import Hop
from ipsec_edu.views.stage_context import Context

__all__ = ["add_ways"]


def add_ways(context: Context, sas: list[dict[str, Any]]) -> None:
    """Give each pair its ``ways``: [[time, 1 from a to b | 0 back, path from a to b], ...] as they changed.

    Only packets that arrived count: where one died it says nothing about the rest of the way.
    """
    pair_of = {sa["id"]: sa["pair"] for sa in sas if sa["kind"] != "ike" and sa["pair"] >= 0}
    packets: dict[int, list[Hop]] = defaultdict(list)
    for hop in context.trace.hops:
        if hop.spi and f"0x{hop.spi:08x}" in pair_of:
            packets[hop.uid].append(hop)
    latest: dict[tuple[int, int], list[list[int]]] = {}
    for hops in sorted(packets.values(), key=lambda hops: hops[0].left_us):
        number = pair_of[f"0x{hops[0].spi:08x}"]
        pair = context.pairs[number]
        first, last = hops[0].sender.partition(":")[0], hops[-1].receiver.partition(":")[0]
        ends = (context.node(first), context.node(last))
        if hops[-1].arrived_us is None or set(ends) != {pair["a"], pair["b"]}:
            continue
        path = [list(context.link(hop.sender, hop.receiver)) for hop in hops]
        if any(link < 0 for link, _ in path):
            continue
        forward = int(ends[0] == pair["a"])
        if not forward:
            path = [[link, 1 - direction] for link, direction in reversed(path)]
        if latest.get((number, forward), pair["path"]) != path:
            latest[number, forward] = path
            pair.setdefault("ways", []).append([hops[0].left_us, forward, path])
