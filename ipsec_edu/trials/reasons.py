"""Why a run came out other than the graph says: one sentence, made of the run's records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ipsec_edu.core.addr import format_ip
from ipsec_edu.core.causes import Cause
from ipsec_edu.core.units import to_s
from ipsec_edu.trials.measures import SURVIVED

if TYPE_CHECKING:
    from ipsec_edu.run import Run
    from ipsec_edu.trace.records import Message, Probe

__all__ = ["why_it_lives", "why_it_stays_out"]

TAIL = 10
"""The last packets of a run tell why it is still out; earlier ones, why it went out."""
_ON_THE_WAY = (Cause.LINK_CUT, Cause.LINK_DOWN, Cause.NODE_DOWN, Cause.NO_NEIGHBOUR, Cause.NO_ROUTE)
_SA_REASONS = {
    "dpd": "dead-peer detection gave up",
    "delete": "the peer sent a Delete",
    "expired": "lifetime",
    "crash": "the device crashed",
    "cleared": "cleared",
    "failed": "negotiation failed",
}


def why_it_stays_out(run: Run, flow: str, since_us: int, left: Sequence[str]) -> str:
    """Return why `flow` is out at the end of `run` although `left` is a way over whole cables."""
    lost = [p for p in run.flows[flow] if p.sent_us >= since_us and p.lost_us is not None][-TAIL:]
    if not lost:
        return "nothing was sent after the failure"
    (cause, where, answer), _ = Counter((p.cause, p.where or "?", p.answer_lost) for p in lost).most_common(
        1
    )[0]
    node = where.partition(":")[0]
    begin = f"{' > '.join(left)} is whole, but "
    if cause == Cause.NO_SA_PENDING:
        return begin + _no_sa(run, node, since_us)
    what = "answers" if answer else "packets"
    death = f"{what} die at {where} ({cause.words if cause else 'no cause'})"
    if cause in _ON_THE_WAY:
        turn = _turning_point(run, flow, since_us, left[::-1] if answer else left, answer)
        return f"{begin}{death}: {_routing(run, turn or node, since_us)}{_also_dead(run, since_us)}"
    return f"{begin}{death}{_also_dead(run, since_us)}"


def why_it_lives(run: Run, flow: str, since_us: int) -> str:
    """Return how `flow` got on although no way over cables is left."""
    probes = [probe for probe in run.flows[flow] if probe.sent_us >= since_us]
    if not probes:
        last = max((probe.sent_us for probe in run.flows[flow]), default=0)
        return f"no packet was sent after the failure: the flow had ended at {to_s(last):g} s"
    answered = [probe for probe in probes if probe.answered_us is not None]
    if not answered:
        return "its packets were still under way when the run ended"
    way = _nodes(run, flow, answered[-1], answer=False)
    return f"its packets still passed {' > '.join(way)}: what failed is not what stops them"


def _no_sa(run: Run, node: str, since_us: int) -> str:
    """Say when the SAs of `node` died, and what became of its attempts at new ones."""
    dead = [
        sa for sa in run.sas if sa.node == node and sa.up_us is not None and (sa.down_us or -1) >= since_us
    ]
    dead = [sa for sa in dead if sa.reason not in SURVIVED]
    if dead:
        first = min(dead, key=lambda sa: sa.down_us or 0)
        reason = _SA_REASONS.get(first.reason or "", first.reason or "no reason given")
        head = f"{node}'s SAs died at {to_s(first.down_us or 0):.1f} s ({reason})"
    else:
        head = f"{node} has no SA for these packets"
    tried = [m for m in run.messages if m.sender == node and m.at_us >= since_us and m.exchange in _NEW]
    if dead:
        tried = [m for m in tried if m.at_us >= (first.down_us or 0)]
    if not tried:
        return f"{head} and it began no negotiation: no peer is left to try"
    return f"{head} and {_attempts(run, node, tried, since_us)}"


_NEW = ("main", "aggressive", "quick")


def _attempts(run: Run, node: str, tried: list[Message], since_us: int) -> str:
    """Say how far the negotiation messages of `node` came."""
    peers = sorted({format_ip(m.remote) for m in tried})
    arrived = [m for m in tried if m.arrived_us is not None]
    if not arrived:
        (cause, where), _ = Counter((m.cause, m.where) for m in tried).most_common(1)[0]
        words = getattr(cause, "words", None) or "no answer"
        turn = (where or node).partition(":")[0]
        return (
            f"none of its {len(tried)} messages to {', '.join(peers)} arrived: "
            f"they die at {where} ({words}), "
            f"{_routing(run, turn, since_us)}"
        )
    peer = arrived[-1].receiver
    replies = [m for m in run.messages if m.sender == peer and m.at_us >= tried[0].at_us]
    back = [m for m in replies if m.arrived_us is not None and m.receiver == node]
    if not replies:
        said = [line.text for line in run.log if line.node == peer and line.at_us >= tried[0].at_us]
        logged = f"; its log: {said[-1][:90]}" if said else ""
        return f"{peer} got {len(arrived)} messages of the negotiation and answered none{logged}"
    if not back:
        (cause, where), _ = Counter((m.cause, m.where) for m in replies).most_common(1)[0]
        words = getattr(cause, "words", None) or "not for this device"
        return f"{peer}'s answers die at {where} ({words})"
    notify = next((m.notify for m in reversed(back) if m.notify), None)
    end = f", the last word being {notify}" if notify else ""
    return f"no negotiation with {peer} came to its end{end}"


def _routing(run: Run, node: str, since_us: int) -> str:
    """Say what the routing of `node` did about the failure."""
    changes = [r for r in run.routes if r.node == node and r.at_us >= since_us]
    if changes:
        last = changes[-1]
        verb = "lost" if last.change == "del" else "got"
        text = f"the last that {node}'s routing did was at {to_s(last.at_us):.1f} s: it {verb} "
        return f"{text}{last.prefix} via {last.via} ({last.source})"
    sources = {r.source for r in run.routes if r.node == node}
    if not sources:
        return f"{node} does no routing"
    if sources <= {"connected", "static"}:
        return f"{node} changed no route: it has static ones only, which this failure does not take away"
    return f"{node} changed no route after the failure"


def _also_dead(run: Run, since_us: int) -> str:
    """Say when SAs died besides, if they did."""
    gone = [
        sa
        for sa in run.sas
        if sa.up_us is not None and sa.down_us is not None and sa.down_us >= since_us
        and sa.reason not in SURVIVED
    ]  # fmt: skip
    if not gone:
        return ""
    first = min(gone, key=lambda sa: sa.down_us or 0)
    return f"; {first.node}'s SAs died too, at {to_s(first.down_us or 0):.1f} s"


def _turning_point(run: Run, flow: str, since_us: int, left: Sequence[str], answer: bool) -> str | None:
    """Return the device at which packets should have left their old way for `left`."""
    before = [p for p in run.flows[flow] if p.sent_us < since_us and p.answered_us is not None]
    if not before:
        return None
    old = _nodes(run, flow, before[-1], answer=answer)
    if old == list(left):
        return None  # parallel cables between the same devices: it is where the packets die
    common = [a for a, b in zip(old, left, strict=False) if a == b]
    return common[-1] if common else None


def _nodes(run: Run, flow: str, probe: Probe, *, answer: bool) -> list[str]:
    """Return the devices that a packet, or its answer, passed."""
    way: list[str] = []
    for hop in run.trace.hops:
        if hop.flow == flow and hop.number == probe.number and hop.answer == answer:
            for port in (hop.sender, hop.receiver):
                node = port.partition(":")[0]
                if not way or way[-1] != node:
                    way.append(node)
    return way
