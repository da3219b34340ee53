"""Facts about several identities beside what the simulator does."""

from __future__ import annotations

from functools import cache
from typing import Any

from ipsec_edu.run import Run
from tests.truth.compare_routing import WHOLE_SECONDS, SpreadRow, outage, same, spread
from tests.truth.facts_routing import Identities
from tests.truth.identities_lab import build_identities

__all__ = ["identities_rows", "identities_runs"]

AT_S = (20.02, 20.07, 20.35, 20.68)
"""When the link is lost."""


def identities_runs(fact: Identities, **changed: object) -> tuple[tuple[float, Run], ...]:
    """Play the fault at several moments; return the moments and the runs."""
    delay_s, timeout_s = fact.dpd
    dpd: dict[str, object] = {"dpd_delay_s": delay_s, "dpd_timeout_s": timeout_s}
    habits: dict[str, dict[str, object]] = {
        "list": {"dead_peer_action": "restart", "keying_tries": 0, "peer_list_policy": "first-only"},
        "updown": {"dead_peer_action": "restart"},  # and then the next peer: what the script did
        "two": {},
    }
    own: dict[str, object] = {**dpd, **habits[fact.mode], **changed}
    lasts_s = 75.0 if fact.outage is None else fact.dpd[1] + 10
    word, port = "cut" if fact.fault == "silent" else "down", 1 if fact.link == "A" else 2
    return tuple(
        (
            at_s,
            build_identities(fact.mode, at_s + lasts_s, own).run(
                at_s + lasts_s, [f"{at_s} {word} gw1:Ethernet0/{port}"], fidelity="model"
            ),
        )
        for at_s in AT_S
    )


@cache
def identities_rows(fact: Identities, **changed: Any) -> list[SpreadRow]:
    """Return what is known about a lost link beside what the simulator did."""
    outages = [outage(run, at_s) for at_s, run in identities_runs(fact, **changed)]
    if fact.outage is None or None in outages:
        measured = "never" if fact.outage is None else "yes"
        return [same("pings come back", measured, ["never" if o is None else "yes" for o in outages])]
    because = WHOLE_SECONDS if fact.outage.most else ""
    return [spread("ping outage", fact.outage, [o for o in outages if o is not None], because=because)]
