"""The ways of the packets of two gateways to each other, as routing tables have them, and since when.

A tunnel is a pair of addresses, not a cable: after a re-route its packets take other cables while not
one SA changes. Each direction has a way of its own, because routing may send them apart. A way is drawn
where the tables lead packets, even while they die there; where the tables lead nowhere, the last one stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ipsec_edu.views.cabling import Step
from ipsec_edu.views.judge import Judge

__all__ = ["PairEnds", "add_ways", "first_path"]

BRIEF_US = 50_000
"""A way that lasts shorter is passed over on the map."""

Path = list[list[int]]


class PairEnds(NamedTuple):
    """Two gateways and the addresses by which they know each other, the first of the map in front."""

    a: str
    b: str
    local: int
    remote: int


def first_path(judge: Judge, ends: PairEnds, now_us: int) -> Path:
    """Return the way from a to b at a moment, [[link, 1 forward | 0 back], ...]; [] if there is none."""
    steps = judge.routed.way(*ends, now_us) if judge.routed.known else None
    if steps is None:
        steps = judge.cabling.shortest(*ends[:2], None, *ends[2:]) or judge.cabling.shortest(*ends[:2], None)
    return _path(steps or ())


def add_ways(judge: Judge, ends: Sequence[PairEnds], pairs: Sequence[dict[str, Any]]) -> None:
    """Give each pair its ``ways``, as they changed: [[time, 1 from a | 0 back, path from a to b], ...]."""
    for pair, (a, b, local, remote) in zip(pairs, ends, strict=True):
        latest = {1: pair["path"], 0: pair["path"]}
        ways: list[list[Any]] = []
        for at in judge.routed.times:
            there = judge.routed.way(a, b, local, remote, at)
            back = judge.routed.way(b, a, remote, local, at)
            for forward, path in ((1, _path(there or ())), (0, _reverse(_path(back or ())))):
                if not path or path == latest[forward]:
                    continue
                latest[forward] = path
                # Routers agree one after the other; a way of a few milliseconds in between is not drawn.
                ways = [way for way in ways if way[1] != forward or at - way[0] >= BRIEF_US]
                ways.append([at, forward, path])
        if ways:
            pair["ways"] = ways


def _path(steps: Sequence[Step]) -> Path:
    return [[step.link, int(step.forward)] for step in steps]


def _reverse(path: Path) -> Path:
    return [[link, 1 - forward] for link, forward in reversed(path)]
