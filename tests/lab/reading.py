"""What tests of labs read off a run: pings, SAs, messages, ways."""

from __future__ import annotations

from ipsec_edu.core.addr import format_ip
from ipsec_edu.run import Run
from ipsec_edu.trace.records import SaRecord

__all__ = ["FLOW", "alive", "answered", "lost_after", "negotiations", "peers", "spis", "ups", "way"]

FLOW = "PC1>PC2"


def alive(run: Run, first_s: float, last_s: float) -> list[bool]:
    """Whether each ping that was sent in this time was answered."""
    sent = [p for p in run.flows[FLOW] if first_s * 1e6 <= p.sent_us < last_s * 1e6]
    return [probe.answered_us is not None for probe in sent]


def answered(run: Run) -> int:
    """How many pings came back."""
    return sum(probe.answered_us is not None for probe in run.flows[FLOW])


def lost_after(run: Run, at_s: float, until_s: float = 1e9) -> int:
    """How many pings of those sent from `at_s` on were lost (those still under way are not)."""
    return sum(p.lost_us is not None for p in run.flows[FLOW] if at_s * 1e6 <= p.sent_us < until_s * 1e6)


def ups(run: Run, node: str, kind: str = "ike") -> list[SaRecord]:
    """The SAs of a kind that ever came up at `node`, in order."""
    return [sa for sa in run.sas if (sa.node, sa.kind) == (node, kind) and sa.up_us is not None]


def peers(run: Run, node: str) -> list[str]:
    """Whom `node` had IKE SAs with, in order."""
    return [format_ip(sa.peer) for sa in ups(run, node)]


def negotiations(run: Run, after_s: float = 0) -> list[tuple[str, int]]:
    """Main Mode and Quick Mode messages, repetitions left out."""
    return [
        (m.exchange, m.number)
        for m in run.messages
        if m.exchange in ("main", "quick") and not m.retransmission and m.at_us >= after_s * 1e6
    ]


def spis(run: Run) -> set[int]:
    """Every SPI that was ever on a wire."""
    return {hop.spi for hop in run.trace.hops if hop.kind == "esp"}


def way(run: Run, port: str, first_s: float, last_s: float) -> set[str]:
    """In which form packets of the flow left by `port` in this time."""
    return {
        hop.kind
        for hop in run.trace.hops
        if hop.sender == port and hop.flow == FLOW and first_s * 1e6 <= hop.left_us < last_s * 1e6
    }
