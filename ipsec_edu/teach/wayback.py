"""Lesson 06: what is read off its runs, and the networks that it compares."""

from __future__ import annotations

from functools import lru_cache

from ipsec_edu.config.scenario import FlowSpec
from ipsec_edu.core.addr import format_ip
from ipsec_edu.core.causes import Cause
from ipsec_edu.core.units import to_us
from ipsec_edu.lab import Lab
from ipsec_edu.run import Run
from ipsec_edu.teach.panel import Panel, table
from ipsec_edu.teach.show import marks

__all__ = [
    "FAST",
    "MOVED",
    "clear_answers",
    "long_way_home",
    "outcomes_back",
    "pairs_up",
    "pieces",
    "refused_by",
    "replayed",
    "way_of_answers",
]

LAB = "asymmetric-routing"
MOVED = "ip route 0.0.0.0 0.0.0.0 Ethernet0/1 203.0.113.6"
"""The one route: the hub's way back leaves by its second link."""
HUB_LINKS = ("HUB-A:Ethernet1/1", "HUB-A:Ethernet0/1")
FAST = "PC1>PC2 fast"
REFUSALS = ("NO-PROPOSAL-CHOSEN", "INVALID-ID-INFORMATION")


def pairs_up(run: Run, node: str = "HUB-A") -> int:
    """Count the pairs of IPsec SAs that came up at `node`."""
    return sum(sa.up_us is not None for sa in run.sas if (sa.node, sa.kind) == (node, "esp-out"))


def clear_answers(run: Run) -> int:
    """Count the answers that left the hub unprotected."""
    return sum(hop.kind == "clear" and hop.answer and hop.sender in HUB_LINKS for hop in run.trace.hops)


def way_of_answers(run: Run, gateway: str = "") -> list[str]:
    """Return the devices that the last answer passed, from its sender on (from `gateway` on, if named)."""
    back = [hop for hop in run.trace.hops if hop.answer and hop.arrived_us is not None]
    last = max(hop.number for hop in back if hop.receiver.startswith("PC1:"))
    hops = sorted((hop for hop in back if hop.number == last), key=lambda hop: hop.left_us)
    way = [hops[0].sender, *(hop.receiver for hop in hops)]
    names = [port.partition(":")[0] for port in way]
    return names[names.index(gateway) :] if gateway in names else names


def pieces(run: Run, node: str = "HUB-A", at_s: float = 35.0) -> Panel:
    """Return the pieces of a gateway's database, one row for each interface with a crypto map."""
    rows = []
    for flow in run.at(at_s).device(node).flows:
        spis = [", ".join(f"`0x{sa.spi:08X}`" for sa in sas) or "-" for sas in (flow.inbound, flow.outbound)]
        rows.append((flow.interface, format_ip(flow.local), *spis, flow.encaps, flow.decaps))
    headings = ("map on", "local address", "inbound SPI", "outbound SPI", "encaps", "decaps")
    return table(headings, rows, f"{node} at {at_s:g} s")


def outcomes_back(*runs: tuple[str, Run]) -> Panel:
    """Return one row for each named run: its SAs, its pings, what left in clear."""
    rows = []
    for name, run in runs:
        held = sum(sa.up_us is not None for sa in run.sas if (sa.node, sa.kind) == ("HUB-A", "ike"))
        refused = next((m.notify for m in run.messages if m.notify and m.notify in REFUSALS), "-")
        shown = f"`{marks(run, count=12)}`"
        rows.append((name, held, pairs_up(run), refused, shown, "**yes**" if clear_answers(run) else "no"))
    return table(("", "IKE SAs", "pairs of IPsec SAs", "refusal", "PC1's pings", "in clear"), rows)


@lru_cache(maxsize=16)
def long_way_home(every_s: float = 0.005, window: int = 64, *, variant: str = "satellite") -> Run:
    """Return a run of the provider's core in which a fast flow moves from the long path to the short one.

    Parameters
    ----------
    every_s : float
        Spacing of the flow's packets, in seconds.
    window : int
        ``crypto ipsec security-association replay window-size`` of both gateways.
    variant : str
        Of the lab ``backbone``: how long the long path is.
    """
    lab = Lab.load("backbone").variant(variant)
    fast = FlowSpec(FAST, "PC1", "10.2.0.10", kind="datagram", every_us=to_us(every_s), start_us=54_000_000)
    lab = lab.with_flows(*lab.flows, fast)
    for gateway in ("GW1", "GW2"):
        lab = lab.configure(gateway, f"crypto ipsec security-association replay window-size {window}")
    return lab.run(until=59, faults=["30.5 cut P1:Ethernet0/2", "56.5 mend P1:Ethernet0/2"])


def replayed(run: Run) -> int:
    """Count the packets that anti-replay refused."""
    return run.drops.get(Cause.REPLAY.value, 0)


def refused_by(run: Run) -> Panel:
    """Return what became of the packets of all flows after the short path was back."""
    probes = [probe for flow in run.flows.values() for probe in flow if probe.sent_us > to_us(54)]
    known = [probe for probe in probes if probe.answered_us is not None or probe.lost_us is not None]
    causes = [probe.cause.words for probe in known if probe.cause is not None]
    rows = [("arrived", sum(probe.answered_us is not None for probe in known))]
    rows += [(words, causes.count(words)) for words in dict.fromkeys(causes)]
    return table(("PC1's packets from 54 s on", "number"), rows)
