"""Statements 27 to 29: routing against dead-peer detection, by the clock."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ipsec_edu.claims.bench import answered, sent
from ipsec_edu.claims.readings import NINE, came_up, negotiation, outage_s, tuned
from ipsec_edu.claims.registry import HOLDS, HOLDS_IF, Finding, claim
from ipsec_edu.core.units import to_s, to_us
from ipsec_edu.lab import Lab
from ipsec_edu.run import Run

__all__ = ["fast_convergence", "no_repeated_disturbance", "routing_before_dpd"]

FAIL_S = 100.5
KEEPALIVES = {"10/2": (10, 2), "20/5": (20, 5), "60/10": (60, 10)}
"""Dead-peer detection: interval and retry, in seconds; five retries."""
DEAD_INTERVALS = (4, 8, 16, 40)
PATIENT = "60/10"
MOMENTS = ((10, 100.5), (12, 106.5), (14, 102.5), (16, 108.5), (18, 104.5))
"""When traffic begins and when link 1 fails: all timers run on, so chance decides as well."""


def _outcome(lab: Lab, *, dead: int, keepalive: str) -> dict[str, Any]:
    """Cut link 1, OSPF needing up to `dead` seconds; return outages, and how often SAs were rebuilt."""
    interval, retry = KEEPALIVES[keepalive]
    slow = tuned(lab, hello=max(1, dead // 4), dead=dead, keepalive=interval, retry=retry)
    runs = [
        slow.with_flows(*(replace(flow, start_us=to_us(start)) for flow in slow.flows)).run(
            at + max(dead, 7 * retry + interval) + 20, [f"{at} cut HUB:Ethernet0/1"], fidelity="model"
        )
        for start, at in MOMENTS
    ]
    outages = [outage_s(run) for run in runs]
    return {
        "outage from s": min(outages),
        "to s": max(outages),
        "runs": len(runs),
        "rebuilt": sum(negotiation(run, FAIL_S) >= NINE for run in runs),
    }


@claim(
    27,
    "Routing must not take longer to converge than IKE takes to detect a dead peer.",
    HOLDS_IF,
    "there is a single identity, and chance decides between the 10 and 20 s of DPD 10/2; with a list of "
    "peers dead-peer detection is the failover and has to be fast",
)
def routing_before_dpd() -> Finding:
    """Sweep both times for one identity; sweep dead-peer detection for two."""
    lab = Lab.load("access-links")
    single = {
        (dead, name): _outcome(lab, dead=dead, keepalive=name)
        for dead in DEAD_INTERVALS
        for name in ("10/2", PATIENT)
    }
    listed = {
        name: _outcome(lab.variant("multiple-identities"), dead=4, keepalive=name) for name in KEEPALIVES
    }
    slow, patient = single[40, "10/2"], single[40, PATIENT]
    spent = [(one["outage from s"], one["to s"]) for one in listed.values()]
    return Finding(
        {
            "one identity, DPD 10/2": {f"OSPF {dead} s": single[dead, "10/2"] for dead in DEAD_INTERVALS},
            "two peers, OSPF 4 s": {f"DPD {name}": one for name, one in listed.items()},
        },
        {"one identity, DPD 60/10": {f"OSPF {dead} s": single[dead, PATIENT] for dead in DEAD_INTERVALS}},
        ok=single[4, "10/2"]["rebuilt"] == single[8, "10/2"]["rebuilt"] == 0
        and slow["rebuilt"] == slow["runs"]
        and slow["to s"] > patient["to s"]
        and all(one["rebuilt"] == one["runs"] for one in listed.values())
        and spent == sorted(spent)
        and listed["10/2"]["to s"] < listed["60/10"]["outage from s"],
        control_fails=all(single[dead, PATIENT]["rebuilt"] == 0 for dead in DEAD_INTERVALS),
    )


FLAPPING_S = 600
PERIODS = (20, 40, 60, 120)


def _flapping(period: int, *, dead: int) -> dict[str, Any]:
    """Let link 1 be dead for the first half of each period; count what that costs in an hour."""
    start, end = 40, 40 + FLAPPING_S
    faults = []
    for at in range(start, end, period):
        faults += [f"{at} cut HUB:Ethernet0/1", f"{at + period // 2} mend HUB:Ethernet0/1"]
    lab = tuned(Lab.load("access-links"), hello=max(1, dead // 4), dead=dead)
    run = lab.run(end, faults, fidelity="model")
    rebuilt = [sa for sa in came_up(run, "SPOKE") if sa.begun_us > start * 1_000_000]
    return {
        "rebuilds/hour": round(len(rebuilt) * 3600 / FLAPPING_S),
        "delivered %": round(100 * answered(run) / sent(run)),
    }


@claim(
    28,
    "Routing must not disturb IPsec again and again.",
    HOLDS,
    "and a link that stays dead for longer than dead-peer detection waits costs a rebuild each time; "
    "dampening is not modelled",
)
def no_repeated_disturbance() -> Finding:
    """Flap link 1 at three periods, with OSPF slower and faster than dead-peer detection."""
    measured = {f"period {period} s": _flapping(period, dead=40) for period in PERIODS}
    control = {f"period {period} s": _flapping(period, dead=4) for period in PERIODS}
    return Finding(
        {"OSPF dead 40 s": measured},
        {"OSPF dead 4 s": control},
        ok=max(one["rebuilds/hour"] for one in measured.values()) >= 30
        and all(
            slow["delivered %"] < fast["delivered %"]
            for slow, fast in zip(measured.values(), control.values(), strict=True)
        ),
        control_fails=all(one["rebuilds/hour"] == 0 for one in control.values()),
    )


CORE = ("P1", "P2")
SILENT, PULLED = f"{FAIL_S} cut P1:Ethernet0/2", f"{FAIL_S} down P1:Ethernet0/2"
BFD = """\
interface Ethernet0/2
 bfd interval 50 min_rx 50 multiplier 3
interface Ethernet0/1
 bfd interval 50 min_rx 50 multiplier 3
router ospf 1
 bfd all-interfaces
"""
UNDERLAYS = {
    "carrier lost, OSPF 10/40": (10, 40, PULLED, ""),
    "BFD 50 ms x 3": (10, 40, SILENT, BFD),
    "OSPF 1/4": (1, 4, SILENT, ""),
    "OSPF 10/40": (10, 40, SILENT, ""),
    "OSPF 30/120": (30, 120, SILENT, ""),
}
"""Hello and dead interval, the failure, and what is typed into the two routers beside it."""
DEFAULTS = ("OSPF 10/40", "OSPF 30/120")


def _underlay(name: str, *, dpd: bool) -> Run:
    """Break the middle of the core under one of the underlays."""
    hello, dead, fault, lines = UNDERLAYS[name]
    lab = tuned(Lab.load("backbone"), hello=hello, dead=dead)
    for router in CORE:
        lab = lab.configure(router, lines)
    if not dpd:
        for gateway in ("GW1", "GW2"):
            lab = lab.configure(gateway, "no crypto isakmp keepalive")
    # One packet every 100 ms round the failure shows what pings each second would hide.
    flows = [replace(flow, start_us=95_000_000, every_us=100_000) for flow in lab.flows]
    return lab.with_flows(*flows).run(FAIL_S + dead + 20, [fault], fidelity="model")


def _race(name: str, run: Run) -> dict[str, Any]:
    """Return how long the underlay takes to a new path, and what dead-peer detection makes of it."""
    messages = negotiation(run, FAIL_S)
    return {
        "new path after s": outage_s(_underlay(name, dpd=False)),
        "outage s": outage_s(run),
        "IKE messages": messages,
        "first": "DPD" if messages else "routing",
    }


def _noticed_s(run: Run, node: str, fail_s: float) -> float:
    """Return after how many seconds `node` gave its peer up."""
    return round(
        to_s(next(sa.down_us for sa in run.sas if sa.node == node and sa.reason == "dpd") or 0) - fail_s, 1
    )


@claim(
    29,
    "Whoever controls the underlay should make it converge faster than IKE detects a dead peer.",
    HOLDS,
    "and by default it does not: OSPF takes up to 40 s, dead-peer detection (10/2) 10 to 20 s; EIGRP and BGP "
    "are not modelled",
)
def fast_convergence() -> Finding:
    """Time five underlays to their new path, then race them against dead-peer detection."""
    runs = {name: _underlay(name, dpd=True) for name in UNDERLAYS}
    table = {name: _race(name, run) for name, run in runs.items()}
    fast = {name: race for name, race in table.items() if name not in DEFAULTS}
    slow = {name: table[name] for name in DEFAULTS}
    outside = Lab.load("site-to-site").run(80, ["30 cut ASA1:GigabitEthernet0/1"], fidelity="model")
    dead = {
        "IOS 10/2 after s": _noticed_s(runs[DEFAULTS[0]], "GW1", FAIL_S),
        "ASA 10/2 after s": _noticed_s(outside, "ASA1", 30),
    }
    return Finding(
        fast | {"dead peer noticed": dead},
        slow,
        ok=all(race["first"] == "routing" and race["outage s"] < 10 for race in fast.values())
        and fast["BFD 50 ms x 3"]["new path after s"]
        < 2
        < fast["OSPF 1/4"]["new path after s"]
        < min(dead.values())
        and max(dead.values()) <= 21,
        control_fails=all(
            race["first"] == "DPD" and race["outage s"] >= race["new path after s"] > 20
            for race in slow.values()
        ),
    )
