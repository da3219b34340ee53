"""A run as JSON: the fixed keys that other programs rely on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ipsec_edu.core.addr import format_ip
from ipsec_edu.core.units import to_s

if TYPE_CHECKING:
    from ipsec_edu.lab import Lab
    from ipsec_edu.run import Run

__all__ = ["lab_to_dict", "run_to_dict"]


def _s(time_us: int | None) -> float | None:
    return None if time_us is None else to_s(time_us)


def run_to_dict(run: Run) -> dict[str, Any]:
    """Return the run's records under the documented keys; times in simulated seconds."""
    return {
        "lab": run.lab.name,
        "variant": run.lab.variant_name,
        "seed": run.seed,
        "until": to_s(run.until_us),
        "faults": run.faults,
        "flows": [_flow(run, name) for name in run.flows],
        "sas": [
            {
                "node": sa.node,
                "kind": sa.kind,
                "local": format_ip(sa.local),
                "peer": format_ip(sa.peer),
                "id": sa.id,
                "initiator": sa.initiator,
                "begun": _s(sa.begun_us),
                "up": _s(sa.up_us),
                "down": _s(sa.down_us),
                "reason": sa.reason,
            }
            for sa in run.sas
        ],
        "messages": [
            {
                "at": _s(m.at_us),
                "from": m.sender,
                "to": m.receiver,
                "exchange": m.exchange,
                "n": m.number,
                "payloads": list(m.payloads),
                "notify": m.notify,
                "bytes": m.size,
                "retransmission": m.retransmission,
                "delivered": m.arrived_us is not None,
                "arrived": _s(m.arrived_us),
                "lost_by": m.cause,
                "port": m.port,
                "encrypted": m.encrypted,
            }
            for m in run.messages
        ],
        "routes": [
            {
                "at": _s(r.at_us),
                "node": r.node,
                "change": r.change,
                "prefix": r.prefix,
                "via": r.via,
                "source": r.source,
            }
            for r in run.routes
        ],
        "drops": run.drops,
        "log": [{"at": _s(line.at_us), "node": line.node, "text": line.text} for line in run.log],
    }


def _flow(run: Run, name: str) -> dict[str, Any]:
    probes = run.flows[name]
    return {
        "name": name,
        "sent": len(probes),
        "answered": sum(probe.answered_us is not None for probe in probes),
        "lost": sum(probe.lost_us is not None and probe.answered_us is None for probe in probes),
        "outages": [
            {
                "start": _s(outage.start_us),
                "end": _s(outage.end_us),
                "lost": outage.lost,
                "parts": [
                    {"name": part.name, "start": _s(part.start_us), "end": _s(part.end_us)}
                    for part in outage.parts
                ],
            }
            for outage in run.ledger(name)
        ],
    }


def lab_to_dict(lab: Lab) -> dict[str, Any]:
    """Return what ``labs --json`` says about one lab."""
    return {
        "name": lab.name,
        "title": lab.title,
        "summary": lab.scenario.summary,
        "variants": lab.variants,
        "variant_titles": lab.scenario.variants,
        "until": to_s(lab.scenario.until_us),
        "flows": [flow.name for flow in lab.flows],
        "faults": [
            {
                "fault": f"{offer.action} {offer.target}",
                "action": offer.action,
                "target": offer.target,
                "label": offer.label,
            }
            for offer in lab.faults
        ],
        "controls": [
            {
                "name": control.name,
                "label": control.label,
                "unit": control.unit,
                "nodes": list(control.nodes),
                "value": control.value,
                "min": control.min,
                "max": control.max,
                "step": control.step,
                "options": list(control.options),
                "lines": list(control.lines),
            }
            for control in lab.controls
        ],
    }
