"""What a lesson shows of a run: tables and screens computed in place, so that prose cannot be wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from ipsec_edu.config.scenario import FlowSpec
from ipsec_edu.core.addr import format_ip
from ipsec_edu.core.errors import ScenarioError
from ipsec_edu.core.units import to_s
from ipsec_edu.lab import Lab
from ipsec_edu.ledger import Outage
from ipsec_edu.run import Run
from ipsec_edu.teach.panel import Panel, join, preformatted, table
from ipsec_edu.trace.records import Message

__all__ = [
    "SHORT",
    "console",
    "ledger",
    "marks",
    "message_name",
    "messages",
    "name_of",
    "outage",
    "reversed_flow",
    "side_by_side",
    "with_flow",
]

SHORT = {"main": "MM", "quick": "QM", "aggressive": "AM", "informational": "INFO"}
"""Exchange to the letters that engineers say."""


def name_of(message: Message) -> str:
    """Return ``MM5``, ``QM1``, ``R-U-THERE``, ``D`` ... for a message."""
    if message.exchange == "informational":
        return message.notify or ("DELETE" if "D" in message.payloads else "INFO")
    return f"{SHORT[message.exchange]}{message.number}"


def message_name(run: Run, node: str | None = None) -> str:
    """Return the name of the last negotiation message that was sent (by `node`), or ``none``."""
    sent = [m for m in run.messages if m.exchange != "informational" and node in (None, m.sender)]
    return name_of(sent[-1]) if sent else "none"


def marks(run: Run, flow: str | None = None, count: int | None = 5) -> str:
    """Return the flow's first packets as a router prints a ping: ``!`` answered, ``.`` lost.

    Packets that are still under way when the run ends are neither, and left out.
    """
    probes = run.flows[_flow(run, flow)][:count]
    known = (probe for probe in probes if probe.answered_us is not None or probe.lost_us is not None)
    return "".join("." if probe.answered_us is None else "!" for probe in known)


def messages(
    run: Run,
    *,
    exchanges: Iterable[str] = ("main", "aggressive", "quick", "informational"),
    first: int | None = None,
    caption: str = "",
) -> Panel:
    """Return the ISAKMP messages as a table, in order of sending."""
    wanted = set(exchanges)
    chosen = [m for m in run.messages if m.exchange in wanted][:first]
    rows = [
        (
            f"{to_s(m.at_us):.3f}",
            f"{m.sender} > {m.receiver or format_ip(m.remote)}",
            f"**{name_of(m)}**" + (" (again)" if m.retransmission else ""),
            f"UDP {m.port}",
            " ".join(m.payloads),
            m.size,
            "encrypted" if m.encrypted else "in clear",
            "" if m.arrived_us is not None else f"lost: {m.cause or 'still under way'}",
        )
        for m in chosen
    ]
    if not rows:
        return Panel("<p>No ISAKMP message was sent.</p>", "No ISAKMP message was sent.")
    return table(
        ("t (s)", "from > to", "message", "port", "payloads", "bytes", "on the wire", ""), rows, caption
    )


def console(run: Run, at_s: float, node: str, *commands: str) -> Panel:
    """Return what `node` answers to `commands` at `at_s` seconds, prompt and echo included."""
    moment = run.at(at_s)
    prompt = f"{node}#" if moment.device(node).platform != "linux" else f"{node}:~$"
    screens = [f"{prompt} {command}\n{moment.show(node, command).rstrip()}" for command in commands]
    return preformatted("\n\n".join(screens))


def outage(run: Run, flow: str | None = None, start_s: float = 0.0) -> Outage:
    """Return the flow's first outage that begins at or after `start_s` seconds.

    Raises
    ------
    ScenarioError
        Nothing was lost: break something first.
    """
    name = _flow(run, flow)
    for gap in run.ledger(name):
        if to_s(gap.start_us) >= start_s:
            return gap
    raise ScenarioError(f"{name} lost nothing after {start_s:g} s; break something first")


def ledger(run: Run, flow: str | None = None, start_s: float = 0.0) -> Panel:
    """Return the parts of an outage (see `outage`) as a table that adds up."""
    gap = outage(run, flow, start_s)
    rows = [(part.name, f"{to_s(part.start_us):.3f}", f"{part.duration_s:.3f}") for part in gap.parts]
    total = "still down" if gap.duration_s is None else f"{gap.duration_s:.3f}"
    rows.append(("**total**", f"{to_s(gap.start_us):.3f}", f"**{total}**"))
    return table(("spent on", "from t (s)", "seconds"), rows, f"{gap.flow}: {gap.lost} packets lost")


def side_by_side(headings: Iterable[str], panels: Iterable[Panel]) -> Panel:
    """Return panels next to each other where there is room, one below the other where not."""
    pairs = list(zip(headings, panels, strict=True))
    cells = "".join(
        f'<div style="flex:1 1 20em;min-width:0"><strong>{heading}</strong>{panel.html}</div>'
        for heading, panel in pairs
    )
    text = join(*(Panel("", f"{heading}\n{panel.text}") for heading, panel in pairs)).text
    return Panel(f'<div style="display:flex;flex-wrap:wrap;gap:12px">{cells}</div>', text)


def with_flow(lab: Lab, source: str, to: str, **changes: Any) -> Lab:
    """Return `lab` with one flow: `source` pings the address `to` (see `FlowSpec` for `changes`)."""
    flow = FlowSpec(f"{source}>{changes.pop('name', to)}", source, to, **changes)
    return replace(lab, scenario=replace(lab.scenario, flows=(flow,)))


def reversed_flow(lab: Lab) -> Lab:
    """Return `lab` with its first flow turned round: the far end begins."""
    flow = lab.flows[0]
    owner = {
        format_ip(interface.address): node
        for node, device in lab.settings.items()
        for interface in device.interfaces.values()
        if interface.address is not None
    }
    answers = [address for address, node in owner.items() if node == flow.source]
    if flow.to not in owner or not answers:
        raise ScenarioError(
            f"flow {flow.name} does not end at a device of the lab, so it cannot be turned round"
        )
    far = owner[flow.to]
    turned = replace(flow, name=f"{far}>{flow.source}", source=far, to=answers[0])
    return replace(lab, scenario=replace(lab.scenario, flows=(turned,)))


def _flow(run: Run, flow: str | None) -> str:
    """Return `flow`, or the run's first one."""
    if flow is None and run.flows:
        return next(iter(run.flows))
    if flow not in run.flows:
        raise ScenarioError(f"there is no flow {flow!r}; flows are {', '.join(run.flows) or 'none'}")
    return str(flow)
