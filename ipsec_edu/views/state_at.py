"""The facts of one moment, read straight from the records of a trace.

The stage in the browser computes the same from its JSON (``static/state.js``); the tests
hold the two against each other at many moments, so that they cannot drift apart.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ipsec_edu.trace.records import Message, SaRecord
from ipsec_edu.views.judge import Judge, port_name
from ipsec_edu.views.stage_types import LinkLayout, StageRun

__all__ = ["FlowCount", "GatewayFacts", "Instant", "state_at"]


@dataclass(frozen=True, slots=True)
class FlowCount:
    """Packets of a flow so far."""

    sent: int
    answered: int
    lost: int


@dataclass(slots=True)
class GatewayFacts:
    """What one gateway holds and believes.

    Attributes
    ----------
    state : str
        ``up stale negotiating waiting ike none off``.
    esp, ike : int
        SAs that it holds.
    stale : int
        ESP SAs among them that are held in vain.
    probes : int
        R-U-THERE that are unanswered at the moment.
    """

    state: str = "none"
    esp: int = 0
    ike: int = 0
    stale: int = 0
    probes: int = 0


@dataclass(slots=True)
class Instant:
    """All facts of one moment."""

    gateways: dict[str, GatewayFacts] = field(default_factory=dict)
    sas: list[tuple[int, str]] = field(default_factory=list)
    """(number of the SA, ``negotiating up stale``) of every SA that exists."""
    flows: list[FlowCount] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    """``up cut one-way down shut loss`` of every cable, ``dark`` at a device without power."""
    in_flight: int = 0
    """Packets on a cable."""


def state_at(run: StageRun, now_us: int) -> Instant:
    """Return the facts of the moment `now_us` of a run."""
    judge = Judge(run)
    trace = run.trace
    instant = Instant()
    for probes in trace.probes.values():
        instant.flows.append(
            FlowCount(
                sum(p.sent_us <= now_us for p in probes),
                sum(p.answered_us is not None and p.answered_us <= now_us for p in probes),
                sum(p.lost_us is not None and p.lost_us <= now_us for p in probes),
            )
        )
    for i, sa in enumerate(trace.sas):
        state = _sa_state(judge, i, sa, now_us)
        if state is not None:
            instant.sas.append((i, state))
    instant.links = [_link_state(judge, link, now_us) for link in run.lab.layout["links"]]
    instant.in_flight = sum(
        hop.arrived_us is not None and hop.left_us < now_us < hop.arrived_us for hop in trace.hops
    )
    names = run.lab.layout.get("gateways") or [
        name
        for name, node in run.lab.layout["nodes"].items()
        if node["kind"] == "firewall" or any(sa.node == name for sa in trace.sas)
    ]
    for name in names:
        instant.gateways[name] = _gateway(run, judge, name, instant, now_us)
    return instant


def _sa_state(judge: Judge, index: int, sa: SaRecord, now_us: int) -> str | None:
    if now_us < sa.begun_us or (sa.down_us is not None and now_us >= sa.down_us):
        return None
    if sa.up_us is None or now_us < sa.up_us:
        return "negotiating"
    return "stale" if judge.why_stale(index, now_us) is not None else "up"


def _link_state(judge: Judge, link: LinkLayout, now_us: int) -> str:
    a, b = (port_name(end["node"], end["interface"]) for end in (link["a"], link["b"]))
    if not all(judge.powered(end["node"], now_us) for end in (link["a"], link["b"])):
        return "dark"
    one, other = judge.port(a, now_us), judge.port(b, now_us)
    carriers = [port is None or port.carrier for port in (one, other)]
    if not all(carriers):
        return "shut" if any(carriers) else "down"
    ways = judge.passes(a, b, now_us), judge.passes(b, a, now_us)
    if not all(ways):
        return "one-way" if any(ways) else "cut"
    return "loss" if any(port is not None and port.loss_percent > 0 for port in (one, other)) else "up"


def _gateway(run: StageRun, judge: Judge, name: str, instant: Instant, now_us: int) -> GatewayFacts:
    facts = GatewayFacts()
    if not judge.powered(name, now_us):
        facts.state = "off"
        return facts
    mine = [(run.trace.sas[i], state) for i, state in instant.sas if run.trace.sas[i].node == name]
    held = [(sa, state) for sa, state in mine if state != "negotiating"]
    facts.ike = sum(sa.kind == "ike" for sa, _ in held)
    facts.esp = len(held) - facts.ike
    facts.stale = sum(sa.kind != "ike" and state == "stale" for sa, state in held)
    if facts.esp:
        facts.state = "stale" if facts.stale else "up"
    elif facts.ike and all(state == "stale" for _, state in held):
        facts.state = "stale"
    elif mine:
        facts.state = "negotiating" if any(state == "negotiating" for _, state in mine) else "ike"
        talk = _talk(run, judge, name, now_us)
        if talk:
            facts.state = "negotiating"
    facts.probes = _unanswered(run, name, now_us) if held else 0
    return facts


def _talk(run: StageRun, judge: Judge, name: str, now_us: int) -> list[Message]:
    """Return the messages so far of a negotiation of `name` that is under way."""
    return [
        m for m in run.trace.messages
        if m.exchange in ("main", "quick", "aggressive")
        and m.arrived_us is not None and m.at_us <= now_us < m.arrived_us
        and name in (m.sender, m.receiver, judge.owner(m.remote))
    ]  # fmt: skip


def _unanswered(run: StageRun, name: str, now_us: int) -> int:
    """Return the number of the last probe after which the peer that is silent longest was not heard."""
    peers = {sa.peer for sa in run.trace.sas if sa.node == name and _held(sa, now_us)}
    heard = {peer: _last_heard(run, name, peer, now_us) for peer in peers}
    if not heard:
        return 0
    silent = min(heard, key=lambda peer: heard[peer])
    probes = [
        e for e in run.trace.dpd
        if e.node == name and e.peer == silent and e.event == "probe" and e.at_us <= now_us
    ]  # fmt: skip
    return probes[-1].number if probes and probes[-1].at_us > heard[silent] else 0


def _held(sa: SaRecord, now_us: int) -> bool:
    return sa.up_us is not None and sa.up_us <= now_us and (sa.down_us is None or now_us < sa.down_us)


def _last_heard(run: StageRun, name: str, peer: int, now_us: int) -> int:
    mine = {sa.id for sa in run.trace.sas if sa.node == name and sa.peer == peer and sa.kind.endswith("-in")}
    packets = (
        h.arrived_us for h in run.trace.hops
        if h.spi and f"0x{h.spi:08x}" in mine and h.receiver.startswith(f"{name}:")
    )  # fmt: skip
    messages = (m.arrived_us for m in run.trace.messages if m.receiver == name and m.local == peer)
    return max((t for t in (*packets, *messages) if t is not None and t <= now_us), default=0)
