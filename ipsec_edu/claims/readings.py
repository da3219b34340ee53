"""What the experiments about two links read off a run, and the runs that several of them look at."""

from __future__ import annotations

from collections import Counter
from functools import cache

from ipsec_edu.core.addr import format_ip
from ipsec_edu.core.units import to_s, to_us
from ipsec_edu.lab import Lab
from ipsec_edu.run import Run
from ipsec_edu.trace.records import SaRecord
from ipsec_edu.trials.measures import measures

__all__ = [
    "CUT",
    "CUT_S",
    "FLOW",
    "MENDED",
    "MEND_S",
    "NINE",
    "answered_between",
    "came_up",
    "forms",
    "negotiation",
    "outage_s",
    "pairs",
    "peers",
    "played",
    "spis",
    "tuned",
]

FLOW = "PC1>PC2"
NINE = 9
"""Messages of one negotiation: six of Main Mode, three of Quick Mode."""
CUT_S, MEND_S = 30.5, 70.5
CUT = f"{CUT_S} cut HUB:Ethernet0/1"
MENDED = (CUT, f"{MEND_S} mend HUB:Ethernet0/1")


@cache
def played(variant: str | None, faults: tuple[str, ...] = (), until: float = 100) -> Run:
    """Return a design of ``access-links`` under faults; several statements look at the same run."""
    return Lab.load("access-links").variant(variant).run(until, faults, fidelity="model")


def tuned(lab: Lab, **values: float | str) -> Lab:
    """Return the lab with its controls set."""
    for node in sorted({node for control in lab.controls for node in control.nodes}):
        lab = lab.configure(node, lab.control_lines(node, values))
    return lab


def outage_s(run: Run) -> float:
    """Return the seconds without answers after the first fault, all gaps together."""
    return round(float(measures(run)["outage_s"]), 1)


def negotiation(run: Run, after_s: float = 0) -> int:
    """Count messages of Main Mode and Quick Mode, repetitions left out."""
    return sum(
        message.exchange in ("main", "quick") and not message.retransmission
        for message in run.messages
        if message.at_us >= to_us(after_s)
    )


def came_up(run: Run, node: str, kind: str = "ike") -> list[SaRecord]:
    """Return the SAs of a kind that ever came up at `node`, in order."""
    return [sa for sa in run.sas if (sa.node, sa.kind) == (node, kind) and sa.up_us is not None]


def peers(run: Run, node: str) -> list[str]:
    """Return the addresses with which `node` had IKE SAs, in order."""
    return [format_ip(sa.peer) for sa in came_up(run, node)]


def pairs(run: Run, node: str) -> int:
    """Count the pairs of IPsec SAs that `node` holds at the end."""
    return sum(sa.down_us is None for sa in came_up(run, node, "esp-out"))


def spis(run: Run, first_s: float, last_s: float) -> set[int]:
    """Return every SPI that was on a wire in this time."""
    first, last = to_us(first_s), to_us(last_s)
    return {hop.spi for hop in run.trace.hops if hop.kind == "esp" and first <= hop.left_us < last}


def forms(run: Run, port: str, after_s: float = 0) -> dict[str, int]:
    """Count the packets of flows that left by `port`, by their form (``clear``, ``esp``)."""
    found = Counter(
        hop.kind
        for hop in run.trace.hops
        if hop.sender == port and hop.flow and hop.left_us >= to_us(after_s)
    )
    return {kind: found[kind] for kind in ("clear", "esp")}


def answered_between(run: Run, flow: str, first_s: float, last_s: float) -> int:
    """Count the packets of `flow`, sent in this time, that were answered."""
    return sum(
        probe.answered_us is not None for probe in run.flows[flow] if first_s <= to_s(probe.sent_us) < last_s
    )
