"""Lesson 02: exercises on states, messages, lifetimes, forward secrecy; solutions are in docs/teachers.md."""

from __future__ import annotations

from ipsec_edu.core.units import to_s
from ipsec_edu.lab import Lab
from ipsec_edu.run import Run
from ipsec_edu.teach.answers import Answer
from ipsec_edu.teach.check import Exercise, Verdict, configured, number, typed_lines, wrong
from ipsec_edu.teach.panel import table
from ipsec_edu.teach.show import marks, message_name, messages, reversed_flow
from ipsec_edu.teach.sightings import HEALTHY, fault_run, observe

__all__ = ["read_the_state", "repair_pfs", "three_pairs", "where_is_the_hash"]

SITES = ("ASA1", "ASA2")


def _state(answer: Answer) -> Verdict:
    """Judge which message a gateway in MM_WAIT_MSG6 sent last."""
    run = fault_run("psk-mismatch")
    truth = message_name(run, "ASA1")
    proof = messages(run, first=8)
    state = observe("psk-mismatch")["ASA1"]
    if answer == truth:
        return Verdict(
            True,
            f"ASA1 sent {truth} and says `{state}`: the state names the message that it **waits for**.",
            proof,
        )
    if answer == "MM6":
        return wrong(
            f"`{state}` names the message that ASA1 waits for, not the one it sent. MM6 is the answer that "
            "never came.",
            proof,
        )
    if answer == "MM4":
        return wrong(
            "MM4 is the last message that ASA1 **received**. It answered at once; look one row further.",
            proof,
        )
    return wrong(f"ASA1 did send {answer}, or received it, but later ones follow in the table.", proof)


read_the_state = Exercise(
    "02.read-state",
    "In the network `psk-mismatch`, ASA1 shows `MM_WAIT_MSG6`. Which message did ASA1 **send** last?",
    _state,
    options=("MM1", "MM2", "MM3", "MM4", "MM5", "MM6"),
    hints=("The initiator sends the odd messages.", '`messages(fault_run("psk-mismatch"))` lists them.'),
)


def _hash(answer: Answer) -> Verdict:
    """Judge in which Main Mode messages the proofs of the pre-shared key travel."""
    run = fault_run(HEALTHY)
    main = [m for m in run.messages if m.exchange == "main"]
    carriers = " and ".join(str(m.number) for m in main if "HASH" in m.payloads)
    proof = messages(run, exchanges=("main",))
    if answer == carriers:
        return Verdict(True, f"HASH stands in messages {carriers}, and both are encrypted.", proof)
    if "4" in str(answer):
        return wrong(
            "Many lists on the web say so. Messages 3 and 4 carry the Diffie-Hellman values and the "
            "nonces; the proof of the key can only follow, because it is computed over them.",
            proof,
        )
    return wrong(
        "Messages 1 and 2 only agree on algorithms. No key exists yet, so nothing can be proved.", proof
    )


where_is_the_hash = Exercise(
    "02.hash",
    "In which Main Mode messages do the two gateways **prove** that they know the pre-shared key?",
    _hash,
    options=("1 and 2", "3 and 4", "4", "5 and 6"),
    hints=("Look for the payload HASH.",),
)

REKEY_UNTIL_S = 600.0


def _pairs(answer: Answer) -> Verdict:
    """Judge a phase-2 lifetime by the number of SA pairs that ten minutes need."""
    seconds = number(answer)
    line = f"crypto map CMAP 10 set security-association lifetime seconds {seconds:g}"
    run = Lab.load("site-to-site").configure("ASA1", line).run(until=REKEY_UNTIL_S)
    pairs = [sa for sa in run.sas if sa.node == "ASA1" and sa.kind == "esp-out" and sa.up_us is not None]
    main = sum(m.exchange == "main" and not m.retransmission for m in run.messages)
    rows = [
        (
            f"{to_s(sa.up_us or 0):.1f}",
            "-" if sa.down_us is None else f"{to_s(sa.down_us):.1f}",
            f"`{sa.id}`",
            sa.reason or "",
        )
        for sa in pairs
    ]
    proof = table(("up (s)", "down (s)", "outbound SPI at ASA1", "ended"), rows, line)
    if len(pairs) == 1:
        return wrong(
            f"One pair lasted the whole {REKEY_UNTIL_S:g} s. A lifetime bites only where it ends within "
            "the run, and the smaller of the two ends' values rules: a longer one on ASA1 changes "
            "nothing.",
            proof,
        )
    if len(pairs) != 3:
        few = "fewer" if len(pairs) < 3 else "more"
        return wrong(
            f"{len(pairs)} pairs, {few} than three. The next pair is negotiated some time **before** the "
            "old one ends, so the pairs follow each other faster than the lifetime says.",
            proof,
        )
    lost = marks(run, count=None).count(".") - 1
    return Verdict(
        True,
        f"Three pairs, {main} Main Mode messages in all (phase 1 was not repeated), and {lost} pings lost "
        "to rekeying.",
        proof,
    )


three_pairs = Exercise(
    "02.lifetime",
    "Choose a phase-2 lifetime for ASA1 so that a run of ten minutes uses exactly **three** SA pairs, one "
    "after the other.",
    _pairs,
    unit="s",
    hints=(
        "Divide the run by the number of pairs, then think of when a gateway starts to negotiate the next "
        "one.",
        "Try a value, and read `up` and `down` in the table below.",
    ),
)


def _pfs(answer: Answer) -> Verdict:
    """Judge the repair of the network in which one side insists on forward secrecy."""
    _, text = typed_lines(answer, SITES)
    lab = configured(Lab.load("site-to-site").variant("pfs-one-side"), answer, SITES)
    ways = {"R1 begins": lab.run(until=20), "R2 begins": reversed_flow(lab).run(until=20)}
    up = {name: "!" in marks(run, count=None) for name, run in ways.items()}
    proof = table(
        ("who begins", "pings", "last message", "refusal"),
        [
            (name, marks(run, count=10), message_name(run), _refusal(run) or "none")
            for name, run in ways.items()
        ],
    )
    clear = any(
        hop.kind == "clear" and hop.flow and hop.sender in _outsides()
        for run in ways.values()
        for hop in run.trace.hops
    )
    if clear:
        return wrong(
            "The pings leave the gateway **in clear**: your lines took the traffic away from the crypto "
            "map. Worse than down.",
            proof,
        )
    if all(up.values()):
        secret = all(_quick_has_ke(run) for run in ways.values())
        if not secret:
            return wrong(
                "The tunnel comes up both ways, but no Quick Mode message carries KE any more: you bought "
                "peace with forward secrecy. Make the other side ask for it instead.",
                proof,
            )
        return Verdict(
            True,
            "It comes up whoever begins, and Quick Mode carries a fresh Diffie-Hellman exchange (KE) both "
            "ways.",
            proof,
        )
    if any(up.values()):
        working = next(name for name, fine in up.items() if fine)
        return wrong(
            f"Still a one-way trap: it works only when {working}. ASA1 begins without KE, and ASA2 insists "
            "on it.",
            proof,
        )
    if "pfs" in text:
        return wrong(
            "Now it comes up from neither side: both insist on forward secrecy, each with another group, "
            "and each refuses the other's offer. The two ends must name the same group.",
            proof,
        )
    return wrong("Now it comes up from neither side. Compare the two crypto maps line by line.", proof)


def _refusal(run: Run) -> str:
    """Return the first notify that refuses something."""
    told = [m.notify for m in run.messages if m.exchange == "informational" and m.notify]
    return next((notify for notify in told if not notify.startswith("R-U-THERE")), "")


def _outsides() -> tuple[str, ...]:
    """Return the two outside ports."""
    return tuple(f"{node}:GigabitEthernet0/1" for node in SITES)


def _quick_has_ke(run: Run) -> bool:
    """Tell whether Quick Mode's first message brings a Diffie-Hellman value."""
    return any(m.exchange == "quick" and m.number == 1 and "KE" in m.payloads for m in run.messages)


repair_pfs = Exercise(
    "02.pfs",
    "In `pfs-one-side` the tunnel comes up only when R2 begins. Repair it with one line, on one device, "
    "**without giving up forward secrecy**.",
    _pfs,
    nodes=SITES,
    hints=(
        "Compare `show running-config crypto map` on the two gateways.",
        "The line begins with `crypto map CMAP 10 set`.",
        "Both sides must name the same Diffie-Hellman group.",
    ),
)
