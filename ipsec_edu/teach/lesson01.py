"""Lesson 01: the runs that it compares, and its exercises; solutions are in docs/teachers.md."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from ipsec_edu.config.scenario import FlowSpec
from ipsec_edu.core.causes import Cause
from ipsec_edu.core.units import to_us
from ipsec_edu.lab import Lab
from ipsec_edu.net.attacker import Attacker
from ipsec_edu.net.gateway import Gateway
from ipsec_edu.net.node import Node
from ipsec_edu.net.world import World
from ipsec_edu.run import Run
from ipsec_edu.teach.answers import Answer
from ipsec_edu.teach.check import Exercise, Verdict, number, typed_lines, wrong
from ipsec_edu.teach.overhead import MTU, plaintext_mtu
from ipsec_edu.teach.panel import Panel, table
from ipsec_edu.wire.ipv4 import HEADER_SIZE
from ipsec_edu.wire.packet import ESP

__all__ = [
    "arrivals",
    "half_tunnel",
    "largest_ping",
    "late_packets",
    "refused",
    "slow_path",
    "translated_byte",
    "wider_window",
]

LAB = "two-routers"
GATEWAYS = ("GW1", "GW2")
OUTSIDE = "GW1:GigabitEthernet0/1"
VICTIM = "GW2:GigabitEthernet0/1"
LOST_S = 10.2
"""When one SA disappears from GW2."""


def _datagrams(source: str, to: str, start_s: float) -> FlowSpec:
    return FlowSpec(f"{source}>{to}", source, to, "datagram", start_us=to_us(start_s))


def _forget_inbound(world: World) -> None:
    """Take the inbound SA out of GW2's database, and nothing else."""
    node = world.devices["GW2"]
    assert isinstance(node, Node)
    gateway = getattr(node.protocols[ESP], "__self__", None)
    assert isinstance(gateway, Gateway)
    world.clock.at(to_us(LOST_S), gateway.stack.sad.inbound.clear)


@lru_cache(maxsize=2)
def half_tunnel(*, complete: bool = False) -> Run:
    """Return a run with one-way datagrams both ways, in which GW2 forgets one SA (unless `complete`).

    GW2 would complain to GW1, and the two would build a new pair; its complaints are spoilt on
    the way, so that half a tunnel can be looked at.
    """
    lab = Lab.load(LAB).with_flows(
        _datagrams("R1", "192.168.2.2", 1.0),
        _datagrams("R2", "192.168.1.1", 3.0),  # later: two gateways that begin at once make two tunnels
    )
    silencer = Attacker(OUTSIDE).alter(of="ike", from_s=LOST_S, flip=60)

    def on_world(world: World) -> None:
        if not complete:
            _forget_inbound(world)
            silencer(world)

    return lab.run(until=20, on_world=on_world)


def arrivals(run: Run, from_s: float = LOST_S) -> Panel:
    """Return how many packets of each flow were sent after `from_s`, and what became of them."""
    rows = []
    for name, probes in run.flows.items():
        late = [probe for probe in probes if probe.sent_us > to_us(from_s)]
        causes = sorted({probe.cause.words for probe in late if probe.cause is not None})
        rows.append(
            (name, len(late), sum(probe.answered_us is not None for probe in late), "; ".join(causes) or "-")
        )
    return table(("flow", "sent", "arrived", "the others"), rows)


# --- which bytes may a translator touch? ------------------------------------------------------

TRANSFORM_NAMES = {"ESP": None, "AH": "ah"}


def _translated(offset: int, variant: str | None) -> tuple[int, int, str]:
    """Turn one bit of byte `offset` over in every packet towards GW2; return (touched, passed, cause)."""
    run = Lab.load(LAB).variant(variant).run(until=8, on_world=Attacker(VICTIM).alter(flip=offset))
    deaths = {drop.uid: drop.cause for drop in run.trace.drops}
    uids = [trick.uid for trick in run.trace.tampering]
    causes = sorted({deaths[uid].words for uid in uids if uid in deaths})
    arrived = {
        hop.uid for hop in run.trace.hops if hop.receiver.startswith("R2:") and hop.arrived_us is not None
    }
    return len(uids), sum(uid in arrived for uid in uids), "; ".join(causes) or "went elsewhere"


def _byte(answer: Answer) -> Verdict:
    offset = int(number(answer))
    if not 0 <= offset < HEADER_SIZE:
        return wrong(
            f"Byte {offset} is not in the outer IP header, which ends at byte {HEADER_SIZE - 1}. A "
            "translator of addresses rewrites that header (and ports, which these packets do not have)."
        )
    seen = {name: _translated(offset, variant) for name, variant in TRANSFORM_NAMES.items()}
    passed = {name: ok == touched for name, (touched, ok, _) in seen.items()}
    rows = [
        (name, touched, ok, "-" if ok == touched else cause) for name, (touched, ok, cause) in seen.items()
    ]
    proof = table(("protection", "packets changed", "reached R2", "the others"), rows, f"byte {offset}")
    if passed["AH"] and passed["ESP"]:
        return wrong(
            "Both pass. Every router on the way changes such a byte (or its repair is part of the change), "
            "so AH counts it as zero. A translator has to change more than that.",
            proof,
        )
    if 16 <= offset < HEADER_SIZE:
        return wrong(
            "That is the destination: changed here, the packet no longer goes to GW2 at all. What does a "
            "translator change in packets that **leave** its network?",
            proof,
        )
    if not passed["ESP"]:
        return wrong(
            "Not even ESP arrives. With this byte changed, the packet no longer comes to GW2 as what it was.",
            proof,
        )
    if not 12 <= offset < 16:
        return wrong(
            "Right as to AH and ESP: the one guards this byte, the other does not. But it is no part of an "
            "address; a translator has no business there.",
            proof,
        )
    return Verdict(
        True,
        "The source address. ESP's check begins behind the outer header, so ESP survives; AH's check "
        "includes the addresses, so **no** translator may stand in its way.",
        proof,
    )


translated_byte = Exercise(
    "01.nat",
    "A translator stands between GW1 and the Internet. Name **one byte** of the outer packet, by its offset, "
    "that it must change, that ESP forgives and AH does not. Every packet towards GW2 then comes with "
    "that byte changed, and the header's checksum repaired.",
    _byte,
    unit="byte",
    hints=(
        "`teach.anatomy(...)` lists the offsets, and where a change fails.",
        "Which address does a translator change in a packet that leaves its network?",
    ),
)

# --- the largest ping --------------------------------------------------------------------------


def _pieces(size: int) -> tuple[int, int, int]:
    """Return (pings, ESP packets, largest ESP packet) for pings of `size` bytes from R1, without answers."""
    lab = Lab.load(LAB)
    run = lab.with_flows(replace(lab.flows[0], kind="datagram", size=size)).run(until=8)
    out = [hop.size for hop in run.trace.hops if hop.sender == OUTSIDE and hop.kind == "esp"]
    arrived = sum(probe.answered_us is not None for probe in run.flows["R1>R2"])
    return arrived, len(out), max(out, default=0)


def _largest(answer: Answer) -> Verdict:
    size = int(number(answer))
    if not HEADER_SIZE + 8 <= size <= MTU:
        return wrong(
            f"A packet that R1 can send has {HEADER_SIZE + 8} to {MTU} bytes, its IP header counted."
        )
    rows = [(each, *_pieces(each)) for each in (size, size + 1) if each <= MTU]
    proof = table(("inner packet (bytes)", "arrived", "ESP packets", "largest (bytes)"), rows)
    whole = [pieces == arrived for _, arrived, pieces, _ in rows]
    if whole[0] and not all(whole):
        return Verdict(
            True,
            f"One ESP packet for each packet of {size} bytes, two for the next size: GW1 cuts it **before** "
            "it encrypts. A large packet costs two headers, two paddings, two check values.",
            proof,
        )
    if whole[0]:
        if size == plaintext_mtu() - HEADER_SIZE - 8:
            return wrong(
                "You counted the ping's data. The packet has two more headers in front of that data, and "
                "devices count them: it may be larger.",
                proof,
            )
        return wrong("It fits, and so does the next size. There is room left in the last block.", proof)
    if size == MTU - HEADER_SIZE - 8 - 16 - 12:
        return wrong(
            "Outer header, SPI and number, IV, check value: all there. What is still missing is the "
            "padding: the trailer must end with a full block.",
            proof,
        )
    return wrong("It does not fit: GW1 makes two ESP packets of each.", proof)


largest_ping = Exercise(
    "01.largest",
    f"AES-CBC with SHA-1, tunnel mode, an MTU of {MTU}. How many bytes has the **largest packet** of R1 (IP "
    "header counted) that GW1 sends as **one** ESP packet?",
    _largest,
    unit="bytes",
    hints=(
        "Subtract what stands in front and behind: outer header, SPI, sequence number, IV, ICV.",
        "What is left to encrypt is a whole number of blocks, and the last two bytes of it are taken.",
        "The right half of the saw-tooth figure shows the step.",
    ),
)

# --- reordering --------------------------------------------------------------------------------

SPACING_S, LATE_S, EVERY = 0.005, 0.4, 50


def slow_path() -> Attacker:
    """Return no attacker, but a provider: one packet in fifty takes a longer path."""
    return Attacker(VICTIM).hold(every=EVERY, for_s=LATE_S)


@lru_cache(maxsize=16)
def late_packets(device: str = "", lines: str = "", *, copy: bool = False) -> Run:
    """Return a run of a fast flow over a path that reorders, with `lines` typed into `device`.

    With `copy`, somebody replays one packet much later.
    """
    lab = Lab.load(LAB)
    flow = replace(lab.flows[0], kind="datagram", every_us=to_us(SPACING_S))
    lab = lab.configure(device, lines) if device else lab
    path = slow_path().replay(101, after_s=2.0) if copy else slow_path()
    return lab.with_flows(flow).run(until=5, on_world=path)


def refused(run: Run) -> int:
    """Count the packets of the flow that anti-replay killed."""
    return sum(probe.cause is Cause.REPLAY for probe in run.flows["R1>R2"])


def _window(answer: Answer) -> Verdict:
    node, lines = typed_lines(answer, GATEWAYS)
    run = late_packets(node, lines)
    before = refused(late_packets())
    sent = len(run.flows["R1>R2"])
    proof = table(
        ("packets", "refused as replays before", "refused now"),
        [(sent, before, refused(run))],
        f"{node}: {lines.strip()}",
    )
    stranger = [drop for drop in late_packets(node, lines, copy=True).trace.drops if not drop.flow]
    if not stranger:
        return wrong(
            "No packet is refused any more, and that is the trouble: somebody sent an old packet once more, "
            "and GW2 **took it**. You opened the door instead of widening the window.",
            proof,
        )
    if not refused(run):
        return Verdict(
            True,
            f"None refused, and a true replay still is. A packet {LATE_S:g} s late has let "
            f"{LATE_S / SPACING_S:.0f} others by; the window must be wider than that.",
            proof,
        )
    if node == "GW1" and refused(run) == before:
        return wrong(
            "Nothing changed. The window belongs to the **receiver**: these packets go to GW2, and each end "
            "keeps a window of its own.",
            proof,
        )
    return wrong("Still too narrow: multiply the delay by the rate.", proof)


wider_window = Exercise(
    "01.window",
    f"R1 sends a packet every {SPACING_S * 1000:g} ms. One in {EVERY} takes a longer path through the "
    f"provider and comes {LATE_S:g} s late. Nothing is lost on the way, and yet GW2 refuses them. Type what "
    "makes GW2 take them, and still refuse a true replay.",
    _window,
    nodes=GATEWAYS,
    hints=(
        "How many packets overtake a late one?",
        "The line begins with `crypto ipsec security-association replay`.",
        "`window-size` takes powers of two, from 64 to 1024.",
    ),
)
