"""Lesson 06: exercises on the way back and on overtaking; solutions are in docs/teachers.md."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from ipsec_edu.lab import Lab
from ipsec_edu.run import Run
from ipsec_edu.teach.answers import Answer
from ipsec_edu.teach.check import Exercise, Verdict, configured, number, typed_lines, wrong
from ipsec_edu.teach.panel import Panel
from ipsec_edu.teach.show import console, marks, messages
from ipsec_edu.teach.wayback import (
    LAB,
    MOVED,
    clear_answers,
    long_way_home,
    outcomes_back,
    pairs_up,
    pieces,
    replayed,
)

__all__ = ["choose_window", "one_pair_again", "silent_way_back", "whose_piece"]

UNTIL_S = 40.0
KEY = "crypto isakmp key Lab-Only-Key address 203.0.113.5"
PEER = "crypto map VPN 10 ipsec-isakmp\n set peer 203.0.113.5"


def _silent() -> Lab:
    """Return the lab with the way back moved, and nothing else."""
    return Lab.load(LAB).configure("HUB-A", MOVED)


# --- whose piece? ----------------------------------------------------------------------------

ENDS = (
    "Ethernet1/1, inbound",
    "Ethernet1/1, outbound",
    "Ethernet0/1, inbound",
    "Ethernet0/1, outbound",
)


@lru_cache(maxsize=1)
def _two_pairs() -> Run:
    return Lab.load(LAB).variant("second-sa").run(until=UNTIL_S)


def whose_piece() -> Exercise:
    """Return the question in which piece of the hub's database a packet's SPI stands."""
    run = _two_pairs()
    hop = next(
        hop
        for hop in reversed(run.trace.hops)
        if hop.sender == "SPOKE-A:Ethernet0/1" and hop.kind == "esp" and hop.spi
    )
    return Exercise(
        "06.piece",
        f"In the network with two pairs SPOKE-A sends PC1's pings with SPI `0x{hop.spi:08X}`. They reach "
        f"the hub by the "
        "link of **Ethernet1/1**, or do they? In which piece does HUB-A find the SA?",
        _piece,
        options=ENDS,
        hints=(
            'Type `teach.pieces(Lab.load("asymmetric-routing").variant("second-sa").run(until=40))`.',
            "The receiver chooses the SPI, and finds the SA by it.",
        ),
    )


def _piece(answer: Answer) -> Verdict:
    proof = pieces(_two_pairs())
    if answer == ENDS[2]:
        return Verdict(
            True,
            "The second pair's. The spoke's current peer is 203.0.113.5, so the pings come by the second "
            "link too. What "
            "counts is the **address** that they are sent to, not the door that they come in by.",
            proof,
        )
    if answer == ENDS[0]:
        return wrong(
            "That was so before the second pair came up. Look at `decaps`: which row is still counting?",
            proof,
        )
    if answer in (ENDS[1], ENDS[3]):
        return wrong("It comes **in**: the hub chose this number itself, for packets towards it.", proof)
    return wrong("Choose one of the four.")


# --- one pair again --------------------------------------------------------------------------


def _cure(answer: Answer) -> Verdict:
    node, text = typed_lines(answer, ("HUB-A", "SPOKE-A"))
    lab = configured(_silent(), answer, ("HUB-A", "SPOKE-A"))
    run = lab.run(until=UNTIL_S)
    proof = outcomes_back(("yours", run))
    shown = marks(run, count=None)
    if clear_answers(run):
        return wrong(
            "The answers leave the hub **in clear**. That is no cure, that is the disease of the third "
            "network.",
            proof,
        )
    if "!" not in shown:
        if "local-address" in text and node == "HUB-A":
            return wrong(
                "One identity is the right thought. But the spoke must know it: it calls 203.0.113.1 and "
                "no other.",
                proof,
            )
        if "isakmp key" in text:
            return wrong(
                "Phase 1 comes up now, and Quick Mode is refused: the key was one of two lines.", proof
            )
        return wrong("Still no answer comes back.", proof)
    if pairs_up(run) > 1:
        return wrong(
            "It works, with two pairs, two IKE SAs, twice the questions of dead-peer detection. Asked for "
            "is **one** pair.",
            proof,
        )
    if shown.count(".") > 1:
        return wrong("One pair, but it took more than the first ping to come up.", proof)
    later = lab.run(until=80, faults=["30 down HUB-A:Ethernet1/1"])
    price = (
        "Its price: the identity is the first link's address. Pull that cable and the tunnel is gone, "
        "although the "
        "other link is up. A loopback would outlive both."
        if "local-address" in text
        else "The ways are the same again. The next one who moves a route breaks it again."
    )
    note = "" if marks(later, count=None).endswith(".") else " (Pulling the first cable does no harm here.)"
    return Verdict(True, f"One pair, and only the first ping is lost. {price}{note}", proof)


one_pair_again = Exercise(
    "06.cure",
    "The way back stays moved or not, as you like. Type what makes PC1's pings work again with **one** "
    "pair of SAs.",
    _cure,
    nodes=("HUB-A", "SPOKE-A"),
    hints=(
        "Two ways: one identity for both links, or one link for both ways.",
        "`crypto map VPN local-address ...` on the hub, with the address that the spoke knows.",
        f"Or `no {MOVED}`.",
    ),
)

# --- which line is missing? ------------------------------------------------------------------

CASES = {
    "SPOKE-A has no key for 203.0.113.5": (("HUB-A", MOVED),),
    "SPOKE-A has another key for 203.0.113.5": (
        ("HUB-A", MOVED),
        ("SPOKE-A", f"{KEY.replace('Lab-Only-Key', 'Another-Key')}\n{PEER}"),
    ),
    "SPOKE-A has the key, but no `set peer` for 203.0.113.5": (("HUB-A", MOVED), ("SPOKE-A", KEY)),
    "HUB-A has no crypto map on Ethernet0/1": (
        ("HUB-A", f"{MOVED}\ninterface Ethernet0/1\n no crypto map VPN"),
        ("SPOKE-A", f"{KEY}\n{PEER}"),
    ),
}
SPEAKS = {
    "SPOKE-A has no key for 203.0.113.5": "Main Mode would die at its first message. Does it?",
    "SPOKE-A has another key for 203.0.113.5": "Main Mode would stop at message 5, and the spoke's log would "
    "complain of a malformed message.",
    "SPOKE-A has the key, but no `set peer` for 203.0.113.5": "Phase 1 would come up, and Quick Mode be "
    "refused.",
    "HUB-A has no crypto map on Ethernet0/1": "The hub would not call at all, and the spoke would log "
    "packets that "
    "are not IPsec.",
}


class Case:
    """A network whose answers never arrive; which line is wrong depends on who asks."""

    def __init__(self, learner: str) -> None:
        digest = hashlib.sha256(f"{learner}/06".encode()).digest()
        self._fault = list(CASES)[digest[0] % len(CASES)]
        self._run = _case(self._fault)

    def show(self, node: str, *commands: str, at_s: float = 35.0) -> Panel:
        """Return what `node` answers at `at_s` seconds; ``show logging`` is one of the commands."""
        return console(self._run, at_s, node, *commands)

    def messages(self) -> Panel:
        """Return the ISAKMP messages."""
        return messages(self._run, first=24)

    def exercise(self) -> Exercise:
        """Return the question that goes with the network."""
        return Exercise(
            "06.case",
            "Every ping reaches PC2, and no answer comes back. What is wrong?",
            self._judge,
            options=tuple(CASES),
            hints=(
                '`case.show("SPOKE-A", "show logging")`, and the same on HUB-A.',
                '`case.show("HUB-A", "show crypto isakmp sa")`: how far did the second one come?',
            ),
        )

    def _judge(self, answer: Answer) -> Verdict:
        if answer == self._fault:
            return Verdict(True, f"{answer}. Two devices, three lines, and you found the one.")
        if answer not in CASES:
            return wrong("Choose one of the four.")
        return wrong(f"Not that. {SPEAKS[str(answer)]}")


@lru_cache(maxsize=4)
def _case(fault: str) -> Run:
    lab = Lab.load(LAB)
    for node, lines in CASES[fault]:
        lab = lab.configure(node, lines)
    return lab.run(until=UNTIL_S)


def silent_way_back(learner: str = "") -> Case:
    """Return a silent network for `learner`; see `Case`."""
    return Case(learner)


# --- a window --------------------------------------------------------------------------------

SPACING_S = 0.004
WINDOWS = (64, 128, 256, 512, 1024)


def _window(answer: Answer) -> Verdict:
    size = int(number(answer))
    if size not in WINDOWS:
        return wrong("The command takes 64, 128, 256, 512 or 1024.")
    refused = replayed(long_way_home(SPACING_S, size))
    if refused:
        return wrong(
            f"{refused} packets are refused. Whoever is overtaken by more packets than the window is wide "
            f"comes too late: "
            "difference of the paths, times rate."
        )
    if size > WINDOWS[0] and not replayed(long_way_home(SPACING_S, size // 2)):
        return wrong("None is refused, but half of that would do. The window is memory, in each SA.")
    return Verdict(
        True,
        f"None is refused. The long path is 0.54 s longer, and in that time {0.54 / SPACING_S:.0f} "
        f"packets overtake.",
    )


choose_window = Exercise(
    "06.window",
    f"The flow now sends a packet every {SPACING_S * 1000:g} ms; the two paths differ by 0.54 s. Which is "
    f"the **smallest** "
    "`window-size` with which nothing is refused on the return to the short path?",
    _window,
    unit="packets",
    hints=(
        "How many packets are sent while one makes the detour?",
        "The sizes are powers of two, from 64 to 1024.",
    ),
)
