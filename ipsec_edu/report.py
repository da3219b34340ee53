"""A run as JSON: the fixed keys that other programs rely on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ipsec_edu.core.addr import format_ip
from ipsec_edu.core.units import to_s

if TYPE_CHECKING:
    from ipsec_edu.lab import Lab
    from ipsec_edu.live.notes import PeerResult
    from ipsec_edu.run import Run
    from ipsec_edu.trace.records import Message, SaRecord

__all__ = ["lab_to_dict", "peer_to_dict", "run_to_dict"]


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
        "sas": [_sa(sa) for sa in run.sas],
        "messages": [_message(message) for message in run.messages],
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


def _sa(sa: SaRecord) -> dict[str, Any]:
    return {
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


def _message(message: Message) -> dict[str, Any]:
    return {
        "at": _s(message.at_us),
        "from": message.sender,
        "to": message.receiver,
        "exchange": message.exchange,
        "n": message.number,
        "payloads": list(message.payloads),
        "notify": message.notify,
        "bytes": message.size,
        "retransmission": message.retransmission,
        "delivered": message.arrived_us is not None,
        "arrived": _s(message.arrived_us),
        "lost_by": message.cause,
        "port": message.port,
        "encrypted": message.encrypted,
    }


def peer_to_dict(result: PeerResult) -> dict[str, Any]:
    """Return what ``peer --json`` prints; times in seconds since the start.

    On a real network a message that we sent is not known to have arrived: its ``delivered`` is null.
    """
    messages = [_message(message) for message in result.messages]
    for message in messages:
        message["delivered"] = message["delivered"] or None
    return {
        "established": result.established,
        "reason": result.reason,
        "messages": messages,
        "sas": [_sa(sa) for sa in result.sas],
        "pings": [
            {
                "to": format_ip(ping.to),
                "sent": to_s(ping.sent_us),
                "answered": ping.answered_us is not None,
                "rtt": None if ping.answered_us is None else to_s(ping.answered_us - ping.sent_us),
            }
            for ping in result.pings
        ],
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
