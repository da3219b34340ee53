"""Statements 12, 13, 14, 21 and 22: what a second access link is worth, and who notices its loss."""

from __future__ import annotations

from typing import Any

from ipsec_edu.claims.readings import (
    CUT,
    CUT_S,
    MEND_S,
    MENDED,
    NINE,
    came_up,
    negotiation,
    outage_s,
    peers,
    played,
    tuned,
)
from ipsec_edu.claims.registry import HOLDS, HOLDS_IF, Finding, claim
from ipsec_edu.core.units import to_s
from ipsec_edu.lab import Lab
from ipsec_edu.run import Run

__all__ = ["no_ike_at_all", "one_peer_per_link", "routing_converges", "second_link", "two_ways_to_do_it"]

REPAIR_S = MEND_S - CUT_S
BEFORE_REPAIR = MEND_S - 1


def _cost(run: Run) -> dict[str, Any]:
    """Return what a failure cost: seconds, and messages of a negotiation."""
    return {"outage s": outage_s(run), "IKE messages": negotiation(run, CUT_S)}


@claim(
    12,
    "A second access link on which IPsec may end as well improves redundancy.",
    HOLDS_IF,
    "something notices the failure, and the other end knows the second address or both links share one "
    "identity",
)
def second_link() -> Finding:
    """Cut link 1 for 40 s in three designs with two links, and in one with one link."""
    designs = {
        "one identity": "single-identity",
        "both peers known": "multiple-identities",
        "one peer known": "interface-maps",
    }
    lasted = {name: outage_s(played(variant, MENDED)) for name, variant in designs.items()}
    alone = outage_s(played("single-link", MENDED))
    shared, listed, unknown = lasted.values()
    return Finding(
        {name: {"outage s": outage} for name, outage in lasted.items()},
        {"one link": {"outage s": alone}},
        ok=max(shared, listed) < REPAIR_S <= unknown,
        control_fails=alone >= REPAIR_S,
    )


@claim(
    13,
    "Redundant access links call for several IKE identities, or for a single one.",
    HOLDS_IF,
    "it is done with crypto maps; routing over two GRE or VTI tunnels is a third way, which is not modelled "
    "here and so not measured",
)
def two_ways_to_do_it() -> Finding:
    """Cut link 1 for good: both designs come back, each at its own price; without either nothing does."""
    measured = {
        "single identity": _cost(played("single-identity", (CUT,))),
        "several identities": _cost(played("multiple-identities", (CUT,))),
    }
    run = played("interface-maps", (CUT,))
    control = _cost(run) | {"recovered": run.ledger()[-1].end_us is not None}
    single, several = measured.values()
    return Finding(
        measured,
        {"neither": control},
        ok=single["IKE messages"] == 0
        and several["IKE messages"] == NINE
        and single["outage s"] < several["outage s"] < 25,
        control_fails=not control["recovered"],
    )


def _tried(variant: str) -> dict[str, Any]:
    """Return whom the spoke had IKE SAs with, why they ended, and what was said after the cut."""
    run = played(variant, (CUT,))
    dead = [sa for sa in came_up(run, "SPOKE") if sa.down_us is not None]
    return {
        "peers": peers(run, "SPOKE"),
        "first ended by": dead[0].reason if dead else "nothing",
        "after s": round(to_s(dead[0].down_us or 0) - CUT_S, 1) if dead else None,
        "IKE messages": negotiation(run, CUT_S),
    }


@claim(14, "Several IKE identities mean two peer addresses, one for each access link.", HOLDS)
def one_peer_per_link() -> Finding:
    """Cut link 1: dead-peer detection ends the first peer, nine messages reach the second."""
    measured, control = _tried("multiple-identities"), _tried("single-identity")
    return Finding(
        measured,
        {"single identity": control},
        ok=measured["peers"] == ["203.0.113.1", "203.0.113.5"]
        and measured["first ended by"] == "dpd"
        and 10 <= measured["after s"] <= 21
        and measured["IKE messages"] == NINE,
        control_fails=control["peers"] == ["192.0.2.1"] and control["IKE messages"] == 0,
    )


DEAD_INTERVALS = (4, 8, 16, 24, 40)


def _step(dead: int) -> dict[str, Any]:
    """Cut link 1 with one identity and routing that needs up to `dead` seconds."""
    lab = tuned(Lab.load("access-links"), hello=max(1, dead // 4), dead=dead)
    run = lab.run(150, ["70.5 cut HUB:Ethernet0/1"], fidelity="model")
    return {"outage s": outage_s(run), "IKE messages": negotiation(run, 70)}


@claim(
    21,
    "When one physical link fails, phases 1 and 2 do not converge; the routing protocol does.",
    HOLDS_IF,
    "there is a single identity, and routing is faster than dead-peer detection (10 to 20 s here)",
)
def routing_converges() -> Finding:
    """Slow OSPF down step by step until dead-peer detection overtakes it."""
    sweep = {dead: _step(dead) for dead in DEAD_INTERVALS}
    several = negotiation(played("multiple-identities", (CUT,)), CUT_S)
    messages = [step["IKE messages"] for step in sweep.values()]
    return Finding(
        {f"dead interval {dead} s": step for dead, step in sweep.items()},
        {"several identities, IKE messages": several},
        ok=messages[:2] == [0, 0] and min(messages[-2:]) >= NINE,
        control_fails=several == NINE,
    )


def _asa_outside_down() -> int:
    """Pull ASA1's outside cable for 40 s; count messages of the negotiation after it."""
    faults = ("20 down ASA1:GigabitEthernet0/1", "60 up ASA1:GigabitEthernet0/1")
    return negotiation(Lab.load("site-to-site").run(100, faults, fidelity="model"), 20)


@claim(
    22,
    "IKE does not converge at all when one of the physical interfaces goes down.",
    HOLDS_IF,
    "the identity belongs to none of them: not with several identities, not on an ASA, which has its "
    "interface's address only",
)
def no_ike_at_all() -> Finding:
    """Pull a cable in three designs; count what IKE says afterwards."""
    pulled = (f"{CUT_S} down HUB:Ethernet0/1",)
    measured = {
        "single identity": negotiation(played("single-identity", pulled), CUT_S),
        "several identities": negotiation(played("multiple-identities", pulled), CUT_S),
        "ASA, outside interface": _asa_outside_down(),
    }
    control = {"several identities, nothing pulled": negotiation(played("multiple-identities"), CUT_S)}
    return Finding(
        {"IKE messages": measured},
        {"IKE messages": control},
        ok=measured["single identity"] == 0
        and min(measured["several identities"], measured["ASA, outside interface"]) >= NINE,
        control_fails=not any(control.values()),
    )
