"""The questions of lesson 05, each with the way to read its answer off a run."""

from __future__ import annotations

from functools import lru_cache

from ipsec_edu.core.units import to_s
from ipsec_edu.lab import Lab
from ipsec_edu.ledger import Outage
from ipsec_edu.run import Run
from ipsec_edu.teach.question import Question
from ipsec_edu.teach.show import outage
from ipsec_edu.teach.timers import died, tuned
from ipsec_edu.trials.chaos import Chaos, chaos

__all__ = ["QUESTIONS_05", "failures_of", "stubborn"]

JUST_BEFORE_S = 0.5
"""A packet that was under way when the link was cut was sent before."""
MOMENTS = (60.5, 64.5, 68.5)
"""When the link is cut, where the moment matters."""

FATE = (
    "nothing: routing heals the path first",
    "they die, and new ones are built",
    "they die, and the traffic never returns",
)


def _gap(run: Run) -> Outage:
    """Return the outage that the first fault made."""
    return outage(run, start_s=to_s(run.trace.faults[0].at_us) - JUST_BEFORE_S)


def _fate(run: Run) -> str:
    if not died(run):
        return FATE[0]
    return FATE[2] if _gap(run).end_us is None else FATE[1]


KNOB = (
    "the first: ask less often",
    "the second: wait longer for each answer",
    "either will do",
    "neither: only OSPF can change it",
)


@lru_cache(maxsize=8)
def _safe(keepalive: float, retry: float) -> bool:
    """Tell whether all SAs outlive a silent cut with a dead interval of 20 s, whenever it comes."""
    lab = tuned(Lab.load("access-links"), dead=20, keepalive=keepalive, retry=retry)
    cuts = ([f"{at} cut HUB:Ethernet0/1"] for at in MOMENTS)
    return not any(died(lab.run(until=100, faults=cut, fidelity="model")) for cut in cuts)


def _knob(_: Run) -> str:
    return {(True, False): KNOB[0], (False, True): KNOB[1], (True, True): KNOB[2]}.get(
        (_safe(30, 2), _safe(10, 8)), KNOB[3]
    )


def _seconds(run: Run) -> float:
    return round(_gap(run).duration_s or to_s(run.until_us), 2)


def _milliseconds(run: Run) -> float:
    return round(1000 * _seconds(run), 0)


ENDS = ("both, at once", "the end that lost its carrier; the other waits", "neither: nobody told OSPF")
PROMPT_S = 1.0


def _ends(run: Run) -> str:
    broken_s = to_s(run.trace.faults[0].at_us)
    soon = {c.node for c in run.routes if 0 <= to_s(c.at_us) - broken_s < PROMPT_S}
    prompt = sorted(soon & {"GW1", "GW2"})
    return ENDS[0] if len(prompt) == 2 else ENDS[1] if prompt == ["GW1"] else ENDS[2]


@lru_cache(maxsize=2)
def failures_of(variant: str | None) -> Chaos:
    """Return every single failure of the access links in one design."""
    lab = Lab.load("access-links").variant(variant)
    return chaos(lab, singles=True, executor="in-process", progress=False)


def stubborn(found: Chaos) -> int:
    """Count failures after which the traffic stays out although a way is left."""
    return sum(all(trial.connected.values()) and not trial.recovered for trial in found.trials)


def _stubborn(run: Run) -> float:
    return float(stubborn(failures_of(run.lab.variant_name)))


QUESTIONS_05: dict[str, Question] = {
    "05.defaults": Question(
        "What happens to the security associations?",
        _fate,
        FATE,
        why={
            FATE[0]: "Routing heals it, and is late: look for the moment at which the bars end.",
            FATE[1]: "Two clocks ran, and the one that can only destroy was faster.",
            FATE[2]: "The next ping asks for new ones, and goes on asking until the path is whole.",
        },
    ),
    "05.knob": Question(
        "OSPF needs 20 s. Which number of `crypto isakmp keepalive 10 2` must grow, so that the SAs live "
        "**whenever** the link is cut?",
        _knob,
        KNOB,
        why={
            KNOB[0]: "However seldom a gateway asks: its next question may come right after the cut.",
            KNOB[1]: "The first question may come right after the cut. What follows is all that is sure.",
            KNOB[2]: "Look at the rows of the first map: they hardly differ.",
            KNOB[3]: "The second map has a stair. On its lower side nothing dies.",
        },
    ),
    "05.faster": Question("For how many seconds are PC1's pings lost?", _seconds, unit="s", preset=4),
    "05.bfd": Question(
        "For how many milliseconds are PC1's pings lost?", _milliseconds, unit="ms", preset=150
    ),
    "05.half": Question(
        "Which gateway turns to the second link within a second?",
        _ends,
        ENDS,
        why={
            ENDS[0]: "GW2's light is still on, and the other link vouches for its neighbour.",
            ENDS[1]: "GW1 tells GW2, by the other link. GW2 hears it, and goes on sending into the dead one.",
            ENDS[2]: "The end that loses its carrier needs no timer.",
        },
    ),
    "05.chaos": Question(
        "After how many of these failures does PC1 stay in the dark **although a way is left**?",
        _stubborn,
        unit="failures",
        preset=0,
    ),
}
