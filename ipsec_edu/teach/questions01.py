"""The questions of lesson 01, each with the way to read its answer off a run."""

from __future__ import annotations

from ipsec_edu.lab import Lab
from ipsec_edu.run import Run
from ipsec_edu.teach.anatomy import sniff
from ipsec_edu.teach.attacking import fates
from ipsec_edu.teach.lesson01 import LOST_S, OUTSIDE
from ipsec_edu.teach.overhead import wire_size
from ipsec_edu.teach.question import Question
from ipsec_edu.wire.icmp import pattern

__all__ = ["QUESTIONS_01"]

READ = ("only in clear", "in clear, and under AH", "in all three")


def _readable(run: Run) -> str:
    """Look for the ping's data in the bytes on the wire, under each protection."""
    lab = Lab.load(run.lab.name)
    data = pattern(32)
    readable = [
        data in sniff(lab.variant(name).run(until=4), OUTSIDE).data for name in ("in-clear", "ah", None)
    ]
    return READ[sum(readable) - 1]


def _growth(run: Run) -> float:
    packet = sniff(run, OUTSIDE)
    lengths = [int.from_bytes(part.plain, "big") for part in packet.parts if part.name == "total length"]
    return float(len(packet) - lengths[-1])


def _step(run: Run) -> float:
    inner = max(size for size in range(1400, 1500) if wire_size(size) <= 1500)
    return float(wire_size(inner + 1) - wire_size(inner))


HALF = ("both: the tunnel is there, or it is not", "R1's, but not R2's", "R2's, but not R1's", "neither")


def _half(run: Run) -> str:
    arriving = []
    for source in ("R1", "R2"):
        probes = next(probes for name, probes in run.flows.items() if name.startswith(source))
        arriving.append(any(p.answered_us is not None for p in probes if p.sent_us > LOST_S * 1e6))
    return {(True, True): HALF[0], (True, False): HALF[1], (False, True): HALF[2]}.get(
        (arriving[0], arriving[1]), HALF[3]
    )


REPLAY = ("R2 gets the ping twice", "GW2 cannot decrypt the copy", "GW2 drops the copy unread")


def _replayed(run: Run) -> str:
    (_, death), *_ = fates(run)
    if death is None:
        return REPLAY[0]
    return REPLAY[2] if death.cause == "replay" else REPLAY[1]


SPOOF = ("both refuse it", "AH refuses it, ESP takes it", "ESP refuses it, AH takes it", "both take it")


def _spoofed(run: Run) -> str:
    """Run the same attacker past AH and past ESP."""
    taken = []
    for name in ("ah", None):
        other = Lab.load(run.lab.name).variant(name).run(until=10, on_world=run.on_world)
        taken.append(all(death is None for _, death in fates(other)))
    return {(False, False): SPOOF[0], (False, True): SPOOF[1], (True, False): SPOOF[2]}.get(
        (taken[0], taken[1]), SPOOF[3]
    )


BLIND = ("none: it decrypts to nonsense", "one", "every ping from then on")


def _shut_out(run: Run) -> str:
    at_us = run.trace.tampering[0].at_us
    late = [probe for probe in run.flows["R1>R2"] if probe.sent_us > at_us]
    lost = sum(probe.lost_us is not None for probe in late)
    return BLIND[0] if not lost else BLIND[1] if lost == 1 else BLIND[2]


DELETE = ("all SAs are gone", "the IKE SA is gone, ESP goes on", "nothing")


def _deleted(run: Run) -> str:
    at_us = run.trace.tampering[0].at_us
    gone = {sa.kind for sa in run.sas if sa.down_us is not None and sa.down_us >= at_us}
    return DELETE[2] if not gone else DELETE[1] if gone == {"ike"} else DELETE[0]


QUESTIONS_01: dict[str, Question] = {
    "01.read": Question(
        "The same ping, three times: in clear, under AH, under ESP. Where can the stranger read its data?",
        _readable,
        READ,
        why={
            READ[0]: "AH is a seal, not an envelope.",
            READ[1]: "AH seals the packet and hides nothing.",
            READ[2]: "Look for `00 01 02 03`, the beginning of the ping's data, in each.",
        },
    ),
    "01.grow": Question(
        "Under AES-CBC and SHA-1, in tunnel mode: by how many bytes does R1's ping grow?",
        _growth,
        unit="bytes",
        preset=20,
    ),
    "01.half": Question(
        "GW2 forgets **one** SA, the one that it receives on. R1 and R2 send datagrams to each other. "
        "Whose still arrive?",
        _half,
        HALF,
        why={
            HALF[0]: "There is no such thing as *the* tunnel: two SAs, one for each direction.",
            HALF[1]: "R1's are the ones that GW2 receives.",
            HALF[2]: "What GW2 sends, it sends on the other SA.",
            HALF[3]: "What GW2 sends does not need the SA that it receives on.",
        },
    ),
    "01.step": Question(
        "The largest packet that fits grows by one byte. By how many does the packet on the wire grow?",
        _step,
        unit="bytes",
        preset=1,
    ),
    "01.replay": Question(
        "Somebody sends a copy of a captured packet, seconds later, unchanged. What happens?",
        _replayed,
        REPLAY,
        why={
            REPLAY[0]: "Encryption alone would not prevent that. Something else does.",
            REPLAY[1]: "Key and check value are still good: it is the true packet, byte for byte.",
            REPLAY[2]: "The number in front is in clear, and GW2 keeps a list.",
        },
    ),
    "01.spoof": Question(
        "He writes another **source address** into the outer header of a packet. Who takes it?",
        _spoofed,
        SPOOF,
        why={
            SPOOF[0]: "ESP finds its SA by the SPI, and its check begins behind the outer header.",
            SPOOF[1]: "AH's check includes the addresses, ESP's begins behind them.",
            SPOOF[2]: "It is the other way round: look at the last column of the two anatomies.",
            SPOOF[3]: "AH's check includes the outer addresses.",
        },
    ),
    "01.blind": Question(
        "ESP **without integrity**. He writes a large sequence number into one old copy. How many of R1's "
        "pings does that cost?",
        _shut_out,
        BLIND,
        why={
            BLIND[0]: "Only the number was changed; the rest is the true packet and decrypts well.",
            BLIND[1]: "The copy itself is no loss. The window is.",
            BLIND[2]: "The window follows the largest number accepted, and nothing checks who wrote it.",
        },
    ),
    "01.delete": Question(
        "In clear, with the true cookies, he sends GW2 a *Delete* for the IKE SA. What is gone?",
        _deleted,
        DELETE,
        why={
            DELETE[0]: "Then anybody on the path could cut every tunnel with one packet.",
            DELETE[1]: "Cookies are no proof: they stand in clear in every message.",
            DELETE[2]: "A Delete counts when it comes encrypted and hashed under the keys of the IKE SA.",
        },
    ),
}
