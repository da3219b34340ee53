"""Lesson 05: exercises on timers, BFD and a flapping link; solutions are in docs/teachers.md."""

from __future__ import annotations

from functools import lru_cache

from ipsec_edu.core.errors import ScenarioError
from ipsec_edu.core.units import to_s, to_us
from ipsec_edu.lab import Lab
from ipsec_edu.ledger import Outage
from ipsec_edu.run import Run
from ipsec_edu.teach.answers import Answer
from ipsec_edu.teach.check import Exercise, Verdict, configured, number, wrong
from ipsec_edu.teach.panel import Panel, join, say, table
from ipsec_edu.teach.show import console, ledger, marks, outage
from ipsec_edu.teach.timers import LINKS, died, fine, tuned, with_bfd, without_dpd

__all__ = ["bfd_at_the_hub", "flap", "flap_run", "impatience", "impatient_run", "patient_retry"]

LINK = "HUB:Ethernet0/1"
CALM_S = 60.0

# --- what did dead-peer detection cost? ------------------------------------------------------

CUT_S = 60.5


@lru_cache(maxsize=2)
def impatient_run(*, dpd: bool = True) -> Run:
    """Return a silent cut under OSPF 8/32 and ``keepalive 10 2``, or without dead-peer detection."""
    lab = tuned(Lab.load("access-links"), hello=8, dead=32, start_s=25)
    lab = lab if dpd else without_dpd(lab)
    return lab.run(until=130, faults=[f"{CUT_S} cut {LINK}"])


def _lasted(run: Run) -> tuple[float, Outage]:
    gap = outage(run, start_s=CALM_S)
    return gap.duration_s or to_s(run.until_us), gap


def _impatience(answer: Answer) -> Verdict:
    said = number(answer)
    (with_dpd, gap), (without, _) = _lasted(impatient_run()), _lasted(impatient_run(dpd=False))
    parts = {part.name: part.duration_s for part in gap.parts}
    waited = sum(parts.get(name, 0) for name in ("wait", "negotiate"))
    truth = with_dpd - without
    proof = ledger(impatient_run(dpd=False), start_s=CALM_S)
    if abs(said - truth) <= 1:
        return Verdict(
            True,
            f"{truth:g} s. Without dead-peer detection the same cut lasts {without:g} s (below). What is "
            f"gone "
            f"are the parts `wait` and `negotiate`, {waited:.1f} s together. The pings come once a "
            f"second, so an outage is "
            "known to a second.",
            proof,
        )
    if abs(said - with_dpd) <= 1:
        return wrong("That is the whole outage. Most of it is routing's, and would be there without DPD too.")
    if abs(said - parts["detect"]) <= 1:
        return wrong(
            "`detect` ends when **routing** gives the dead neighbour up. No setting of DPD makes it shorter."
        )
    return wrong("Which parts of the ledger are there only because somebody must negotiate? Add those up.")


impatience = Exercise(
    "05.impatience",
    "`teach.ledger(teach.impatient_run(), start_s=60)` is the ledger of the same cut with OSPF 8/32. How "
    "much of it did **dead-peer detection** cost?",
    _impatience,
    unit="s",
    hints=(
        "Five parts. Which of them would be there if the SAs had lived?",
        "Waiting for a repeated message, and negotiating.",
    ),
)

# --- as patient as routing is slow -----------------------------------------------------------

MOMENTS = (60.05, 62.5, 65.5, 68.5)
"""When the link is cut: the first is right before one of the spoke's questions."""


@lru_cache(maxsize=16)
def _survives(retry: int) -> tuple[tuple[float, int], ...]:
    """Return (moment of the cut, SAs that died) with OSPF 10/40 and ``keepalive 10 retry``."""
    lab = tuned(Lab.load("access-links"), hello=10, dead=40, retry=retry)
    runs = [(at, lab.run(until=120, faults=[f"{at} cut {LINK}"], fidelity="model")) for at in MOMENTS]
    return tuple((at, len(died(run, "SPOKE"))) for at, run in runs)


def _retry(answer: Answer) -> Verdict:
    retry = int(number(answer))
    if not 2 <= retry <= 10:
        return wrong("The slider goes from 2 to 10, and so does this exercise.")
    seen = _survives(retry)
    rows = [(f"{at:g}", dead) for at, dead in seen]
    proof = table(("cut at (s)", "SAs of SPOKE that died"), rows, f"`crypto isakmp keepalive 10 {retry}`")
    lost = [at for at, dead in seen if dead]
    if lost and len(lost) < len(seen):
        return wrong(
            "Sometimes. Right after the cut comes a question, and then five times N is all that is left. "
            "It must be "
            "more than OSPF's 40 s, because something must still get through. A design that works on most "
            "days is "
            "the worst kind.",
            proof,
        )
    if lost:
        return wrong(
            "They die before OSPF's 40 s are over. From the first question that stays without an answer, the "
            "gateway asks five times.",
            proof,
        )
    if retry > 2 and not any(dead for _, dead in _survives(retry - 1)):
        return wrong(
            "Nothing dies, but you pay for it: a hub that is really dead is noticed later than it needs "
            "to be. "
            "Go down.",
            proof,
        )
    return Verdict(
        True,
        f"Five times {retry} s is what is sure, and that is more than OSPF needs. The price: a hub that is "
        f"really dead is noticed {5 * retry} to {5 * retry + 10} s after its last word.",
        proof,
    )


patient_retry = Exercise(
    "05.retry",
    "The provider does not touch its OSPF 10/40. Choose the **smallest** N for `crypto isakmp keepalive "
    "10 N` on both "
    "gateways, so that no SA dies, whenever the link is cut.",
    _retry,
    unit="s",
    hints=(
        "What is sure is what follows the first question.",
        "The second heat map has a stair. Which step belongs to 40 s?",
    ),
)

# --- BFD at the hub --------------------------------------------------------------------------

EVERY_S = 0.05
SHORT_S = 1.0


def _bfd_run(lab: Lab) -> Run:
    return fine(lab, EVERY_S).run(until=46, faults=[f"40.5 cut {LINK}"])


def _bfd(answer: Answer) -> Verdict:
    lab = configured(with_bfd(Lab.load("access-links"), "P1", "P2", "P3"), answer, ("HUB",))
    run = _bfd_run(lab)
    shown = console(run, 39, "HUB", "show bfd neighbors")
    gaps = [gap for gap in run.ledger() if gap.start_us > to_us(30.5)]
    lasted = max((gap.duration_s or 99.0 for gap in gaps), default=0.0)
    rows = [("outage (s)", f"{lasted:.2f}"), ("SAs that died", len(died(run)))]
    screen = table(("seen", ""), rows)
    settings = lab.settings["HUB"]
    bare = [gap for gap in run.ledger() if gap.start_us < to_us(40)]
    if any(gap.duration_s is None or gap.duration_s > SHORT_S for gap in bare):
        return wrong("The tunnel does not even work before the cut: your lines took something away.", screen)
    if not any(hop.sender == LINK and hop.kind == "esp" for hop in run.trace.hops):
        return wrong(
            "Nothing was lost, because nothing went by this link: HUB and P1 are no neighbours any more. "
            "Timers "
            "of OSPF must be the same at both ends, and P1 has kept its own.",
            screen,
        )
    if lasted <= SHORT_S:
        return Verdict(
            True,
            "The silence is noticed by a protocol that does nothing else, and OSPF is told. No timer of "
            "OSPF or of "
            "DPD was touched.",
            screen,
        )
    ports = [settings.interfaces[name] for name in ("Ethernet0/1", "Ethernet0/2")]
    timers = [port.bfd is not None for port in ports]
    asks = [bool(port.ospf is not None and port.ospf.bfd) for port in ports]
    if any(timers) and not any(asks):
        return wrong(
            "Timers, and nobody who asks for a session: `bfd interval` says how fast, and a **client** "
            "says with "
            "whom. OSPF is not one yet.",
            screen,
        )
    if any(asks) and not any(timers):
        return wrong(
            "OSPF asks for a session, and the interface has no timers for it, so none is begun. P1 waits.",
            screen,
        )
    if timers[1] and asks[1] and not (timers[0] and asks[0]):
        return wrong("The link that is cut is Ethernet0/1. Your lines stand on the other one.", screen)
    return wrong(
        "OSPF's own timer noticed it, as before. HUB's `show bfd neighbors` says:", join(screen, shown)
    )


bfd_at_the_hub = Exercise(
    "05.bfd-hub",
    "The provider has BFD ready on P1, P2 and P3 (50 ms, multiplier 3). Type what **HUB** needs, so that "
    "a silent "
    f"cut of its link costs less than {SHORT_S:g} s.",
    _bfd,
    nodes=("HUB",),
    hints=(
        f"`{LINKS}` opens both links at once.",
        "Two lines on each link: how fast, and for whom.",
        "` bfd interval 50 min_rx 50 multiplier 3` and ` ip ospf bfd`.",
    ),
)

# --- the flap game ---------------------------------------------------------------------------

START_S, PERIOD_S, DOWN_S, FLAPS, FIRST_S = 25, 20.0, 14.5, 5, 41.5
LAST_S = FIRST_S + PERIOD_S * (FLAPS - 1) + DOWN_S
SHARE, NOTICED_S = 0.75, 40.0
FLAPPING = tuple(
    f"{FIRST_S + PERIOD_S * n + off:g} {action} {LINK}"
    for n in range(FLAPS)
    for action, off in (("cut", 0.0), ("mend", DOWN_S))
)
LIMITS = {"hello": (1, 30), "dead": (2, 120), "keepalive": (10, 60), "retry": (2, 60)}


def _flapping(hello: int, dead: int, keepalive: int, retry: int) -> Lab:
    lab = Lab.load("access-links")
    return tuned(lab, hello=hello, dead=dead, keepalive=keepalive, retry=retry, start_s=START_S)


@lru_cache(maxsize=8)
def flap_run(hello: int = 10, dead: int = 40, keepalive: int = 10, retry: int = 2) -> Run:
    """Return the run of the flap game, for its stage."""
    return _flapping(hello, dead, keepalive, retry).run(until=LAST_S + 24, faults=FLAPPING)


def _noticed(hello: int, dead: int, keepalive: int, retry: int) -> float | None:
    """Return how long the spoke believes in a hub without power."""
    run = _flapping(hello, dead, keepalive, retry).run(until=300, faults=["41.5 crash HUB"], fidelity="model")
    given_up = died(run, "SPOKE")
    return given_up[0] - 41.5 if given_up else None


def flap(*, hello: int = 10, dead: int = 40, keepalive: int = 10, retry: int = 2) -> Verdict:
    """Play the flap game with these timers: link 1 of the hub fails silently every 20 s.

    Parameters
    ----------
    hello, dead : int
        OSPF, in seconds, on every router.
    keepalive, retry : int
        ``crypto isakmp keepalive`` of both gateways, in seconds.

    Raises
    ------
    ScenarioError
        A value that the devices do not take.
    """
    values = {"hello": hello, "dead": dead, "keepalive": keepalive, "retry": retry}
    for name, value in values.items():
        least, most = LIMITS[name]
        if not least <= value <= most or value != int(value):
            raise ScenarioError(f"{name} is a whole number from {least} to {most}, not {value}")
    if dead <= hello:
        raise ScenarioError(
            f"a neighbour that says hello every {hello} s is dead after {dead} s: choose dead above hello"
        )
    run = flap_run(**values)
    probes = [p for p in run.flows["PC1>PC2"] if to_us(FIRST_S) <= p.sent_us < to_us(LAST_S)]
    share = sum(p.answered_us is not None for p in probes) / len(probes)
    fell = len(died(run))
    noticed = _noticed(**values)
    proof = _board(run, share, fell, noticed)
    if noticed is None or noticed > NOTICED_S:
        return wrong("So much patience has a price: a hub that is really dead goes unnoticed.", proof)
    if fell:
        return wrong("SAs died on a path that routing would have healed. Which clock was faster?", proof)
    if share < SHARE and dead > DOWN_S:
        return wrong(
            "No SA died, and yet the pings did. The link is back before OSPF's patience ends, so OSPF has "
            "never "
            "seen a failure: the traffic stays on the link that flaps.",
            proof,
        )
    if share < SHARE:
        return wrong("OSPF goes round each time, but takes too long over it.", proof)
    stays = sum(c.node == "P3" and c.change == "add" and c.prefix == "192.0.2.1/32" for c in run.routes
                if c.at_us > to_us(FIRST_S))  # fmt: skip
    held = (
        " And look at the stage: traffic left the flapping link and did not come back. A slow Hello is a "
        "hold-down: two of them must get through."
        if stays <= 2
        else ""
    )
    return Verdict(True, f"The SAs have seen nothing.{held}", proof)


def _board(run: Run, share: float, fell: int, noticed: float | None) -> Panel:
    seen = "never" if noticed is None else f"{noticed:.1f} s"
    rows = [
        ("pings answered while it flaps", f"{share:.0%}", f"at least {SHARE:.0%}"),
        ("SAs that died", str(fell), "0"),
        ("a hub without power is noticed after", seen, f"at most {NOTICED_S:g} s"),
    ]
    pings = marks(run, count=None)[int(FIRST_S) - START_S :]
    return join(table(("", "yours", "wanted"), rows), say(f"PC1's pings from 41 s on: `{pings}`"))
