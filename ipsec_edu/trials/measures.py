"""What is measured of each run: times in seconds, counts of packets, messages and SAs.

Counting begins at the first fault (at 0 without one): before it all runs of a lab are alike, and the
first packet that every tunnel costs belongs to no outage.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ipsec_edu.core.units import to_s
from ipsec_edu.net.faults import parse_fault

if TYPE_CHECKING:
    from ipsec_edu.run import Run

__all__ = ["LABELS", "PARTS", "SURVIVED", "flow_measures", "measures", "since_us"]

SURVIVED = ("rekeyed", "replaced")
"""Reasons for which an SA ends and another goes on: nothing is lost."""
PARTS = ("detect", "wait", "negotiate", "re-route", "first packet")
LABELS = {
    "outage_s": "outage (s)",
    "longest_outage_s": "longest outage (s)",
    "lost": "packets lost",
    "sent": "packets sent",
    "answered": "packets answered",
    "ike_messages": "IKE messages",
    "sas_built": "SAs built",
    "sas_lost": "SAs lost",
    **{f"{part.replace(' ', '_').replace('-', '_')}_s": f"{part} (s)" for part in PARTS},
}
"""What an axis or a colour bar says of a measure."""


def since_us(run: Run) -> int:
    """Return when counting begins: at the first fault, at 0 where there is none."""
    return min((parse_fault(text).at_us for text in run.faults), default=0)


def flow_measures(run: Run, flow: str, since: int) -> dict[str, Any]:
    """Return outage, longest outage, recovered, sent, answered, lost of one flow after `since`."""
    gaps = [
        (max(gap.start_us, since), run.until_us if gap.end_us is None else gap.end_us, gap.end_us is not None)
        for gap in run.ledger(flow)
        if gap.end_us is None or gap.end_us > since
    ]
    probes = [probe for probe in run.flows[flow] if probe.sent_us >= since]
    return {
        "outage_s": to_s(sum(end - start for start, end, _ in gaps)),
        "longest_outage_s": to_s(max((end - start for start, end, _ in gaps), default=0)),
        "recovered": all(over for _, _, over in gaps),
        "sent": len(probes),
        "answered": sum(probe.answered_us is not None for probe in probes),
        "lost": sum(probe.answered_us is None and probe.lost_us is not None for probe in probes),
    }


def measures(run: Run) -> Mapping[str, Any]:
    """Return the usual measures of a run.

    Returns
    -------
    dict
        ``outage_s`` (of the flow that was out longest, all its gaps together), ``longest_outage_s``,
        ``recovered`` (False while a flow is still out at the end), ``sent``, ``answered`` and ``lost``
        packets of all flows, ``ike_messages`` (retransmissions too), ``sas_built`` and ``sas_lost``
        (an SA that both ends hold is one), and the parts of the worst flow's ledger, which sum to
        ``outage_s``.
    """
    since = since_us(run)
    flows = {name: flow_measures(run, name, since) for name in run.flows}
    worst = max(flows, key=lambda name: flows[name]["outage_s"], default=None)
    parts: Counter[str] = Counter()
    for gap in run.ledger(worst) if worst is not None else []:
        for part in gap.parts:
            parts[part.name] += max(0, part.end_us - max(part.start_us, since))
    return {
        "outage_s": flows[worst]["outage_s"] if worst is not None else 0.0,
        "longest_outage_s": max((one["longest_outage_s"] for one in flows.values()), default=0.0),
        "recovered": all(one["recovered"] for one in flows.values()),
        **{key: sum(one[key] for one in flows.values()) for key in ("sent", "answered", "lost")},
        "ike_messages": sum(message.at_us >= since for message in run.messages),
        "sas_built": _distinct(run, since, lost=False),
        "sas_lost": _distinct(run, since, lost=True),
        **{f"{part.replace(' ', '_').replace('-', '_')}_s": to_s(parts[part]) for part in PARTS},
    }


def _distinct(run: Run, since: int, *, lost: bool) -> int:
    """Count SAs that came up, or that were up and died, after `since`."""
    found = set()
    for sa in run.sas:
        moment = sa.down_us if lost else sa.up_us
        died = sa.up_us is not None and sa.reason not in SURVIVED
        if moment is not None and moment >= since and (died or not lost):
            found.add((sa.kind.partition("-")[0], sa.id))
    return len(found)
