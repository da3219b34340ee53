"""A run in a few lines of text: for terminals, mail, pages without scripts and notebooks without a kernel."""

from __future__ import annotations

from html import escape
from typing import Any

from ipsec_edu.core.units import to_s

__all__ = ["summary_html", "summary_lines"]


def summary_lines(data: dict[str, Any]) -> list[str]:
    """Return what a run was and what it cost, from the result of `stage_data`.

    Parameters
    ----------
    data : dict
        Of a whole run, or of one that ends at a curtain: what is behind it is not told.

    Returns
    -------
    list of str
        The lab, the faults, one line per flow, one per outage with its parts, SAs and messages.
    """
    until = data.get("curtain", data["until"])
    lines = [
        f"{data['lab']['name']}: {data['lab']['title']}; {to_s(until):g} s simulated, seed {data['seed']}.",
        "Faults: " + ("; ".join(fault["text"] for fault in data["faults"]) or "none") + ".",
    ]
    for flow in data["flows"]:
        answered = sum(at >= 0 for at in flow["answered"])
        lost = sum(at >= 0 for at in flow["lost"])
        lines.append(f"{flow['label']}: {len(flow['sent'])} sent, {answered} answered, {lost} lost.")
    lines += [_outage_line(data, outage) for outage in data["outages"]]
    up = sum(sa["up"] >= 0 for sa in data["sas"])
    lines.append(f"SAs that came up: {up}; IKE messages sent: {len(data['messages'])}.")
    return lines


def _outage_line(data: dict[str, Any], outage: dict[str, Any]) -> str:
    flow = data["flows"][outage["flow"]]["label"] if outage["flow"] >= 0 else "packets"
    parts = ", ".join(f"{p['name']} {to_s(p['end'] - p['start']):.2f} s" for p in outage["parts"])
    lost = f"{outage['lost']} packet{'' if outage['lost'] == 1 else 's'}"
    if outage["end"] < 0:
        span = f"from {to_s(outage['start']):.2f} s to the end of the run"
    else:
        length = to_s(outage["end"] - outage["start"])
        span = f"of {length:.2f} s from {to_s(outage['start']):.2f} s to {to_s(outage['end']):.2f} s"
    return f"Outage of {flow}, {span}: {lost} lost{f' ({parts})' if parts else ''}."


def summary_html(data: dict[str, Any]) -> str:
    """Return `summary_lines` as a list in HTML."""
    first, *rest = (escape(line) for line in summary_lines(data))
    return f"<p><b>{first}</b></p><ul>{''.join(f'<li>{line}</li>' for line in rest)}</ul>"
