"""Statements 8 and 23 to 26: there by one way, back by another."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ipsec_edu.claims.bench import answered, sent
from ipsec_edu.claims.networks import hub_and_spokes, on_loopback
from ipsec_edu.claims.readings import answered_between, forms, pairs, peers
from ipsec_edu.claims.registry import HOLDS, HOLDS_IF, MISLEADING, Finding, claim
from ipsec_edu.config.scenario import FlowSpec
from ipsec_edu.core.units import to_s
from ipsec_edu.lab import Lab
from ipsec_edu.run import Run
from ipsec_edu.trace.records import Hop

__all__ = ["costs_memory", "cures", "multipath", "second_pair", "state_on_the_path"]

LINKS = {
    "first link": ("P1:Ethernet0/1", "HUB:Ethernet0/1"),
    "second link": ("P2:Ethernet0/1", "HUB:Ethernet0/2"),
}
"""The port by which requests reach the hub, and that by which answers leave it."""


def _split() -> dict[str, Any]:
    """Send by link 1 and answer by link 2, with one identity."""
    lab = Lab.load("access-links").configure("HUB", "interface Ethernet0/2\n ip ospf cost 5")
    run = lab.run(60, fidelity="model")
    return {
        "there by link 1": forms(run, LINKS["first link"][0], 12)["esp"],
        "back by link 2": forms(run, LINKS["second link"][1], 12)["esp"],
        "pairs of SAs": pairs(run, "HUB"),
    }


def _overtaken(every_s: float) -> int:
    """Let traffic return from a path over satellites to the short one; count replay drops."""
    lab = Lab.load("backbone").variant("satellite")
    fast = FlowSpec("fast", "PC1", "10.2.0.10", every_us=int(every_s * 1e6), start_us=54_000_000, count=2000)
    faults = ["30.5 cut P1:Ethernet0/2", "56.5 mend P1:Ethernet0/2"]
    return lab.with_flows(*lab.flows, fast).run(62, faults, fidelity="model").drops.get("replay", 0)


@claim(
    8,
    "Fault tolerance must mind asymmetric routing: a packet goes by one path and its answer by another.",
    HOLDS_IF,
    "the ends of the SAs differ; on the way between them asymmetry does no harm but reordering, and that "
    "only beyond the replay window of 64 packets",
)
def state_on_the_path() -> Finding:
    """Split the two directions between the same ends, between different ends, and over unequal paths."""
    split, replayed, slower = _split(), _overtaken(0.005), _overtaken(0.02)
    ends = pairs(Lab.load("asymmetric-routing").variant("second-sa").run(40, fidelity="model"), "HUB-A")
    return Finding(
        {"same ends": split, "unequal paths, 200 packets/s": {"replay drops": replayed}},
        {"ends differ": {"pairs of SAs": ends}, "unequal paths, 50 packets/s": {"replay drops": slower}},
        ok=min(split["there by link 1"], split["back by link 2"]) > 0
        and split["pairs of SAs"] == 1
        and replayed > 20,
        control_fails=ends == 2 and slower == 0,
    )


SPOKES = 12


def _shares(*, shared: bool) -> dict[str, Any]:
    """Count packets of many spokes on the hub's two links, and the spokes whose two ways differ."""
    run = hub_and_spokes(SPOKES, shared=shared).run(40, fidelity="model")
    ways: dict[str, dict[bool, str]] = {}
    back: Counter[str] = Counter()
    for hop in run.trace.hops:
        for link, ports in LINKS.items():
            if hop.kind == "esp" and hop.sender == ports[hop.answer]:
                ways.setdefault(hop.flow, {})[hop.answer] = link
                back[link] += hop.answer
    total = sum(back.values())
    return {
        "answers": {f"{link} %": round(100 * back[link] / total) for link in LINKS},
        "spokes": len(ways),
        "with two ways": sum(len(set(both.values())) > 1 for both in ways.values()),
    }


@claim(23, "Asymmetric routing can occur wherever there are several paths.", HOLDS)
def multipath() -> Finding:
    """Let twelve spokes share two equal paths; each router chooses by its own hash of the addresses."""
    measured, control = _shares(shared=True), _shares(shared=False)
    return Finding(
        measured,
        {"one path": control},
        ok=min(measured["answers"].values()) > 10 and 0 < measured["with two ways"] <= SPOKES,
        control_fails=control["answers"]["first link %"] == 100 and control["with two ways"] == 0,
    )


def _clear(hop: Hop) -> bool:
    return hop.sender == "HUB-A:Ethernet0/1" and hop.kind == "clear" and hop.answer


def _outcome(run: Run) -> dict[str, int]:
    """Return what became of the answers, and how many pairs of SAs the hub holds."""
    return {
        "pairs of SAs": pairs(run, "HUB-A"),
        "answered": answered(run),
        "in clear": sum(map(_clear, run.trace.hops)),
        "dropped at the hub": sum(p.where == "HUB-A" for probes in run.flows.values() for p in probes),
    }


@claim(
    24,
    "Answers that leave by the other interface make a new IPsec SA between that interface and the spoke.",
    HOLDS_IF,
    "that interface has the crypto map, there is no shared identity, and the spoke has a key for its "
    "address; else the answers are dropped, or leave in clear",
)
def second_pair() -> Finding:
    """Move the hub's way back to the other link in three designs, and with one identity."""
    lab = Lab.load("asymmetric-routing")
    names = {"second-sa": "key and map", "no-key": "no key", "no-map": "no map"}
    measured = {text: _outcome(lab.variant(name).run(40, fidelity="model")) for name, text in names.items()}
    control = {
        "way back not moved": _outcome(lab.run(40, fidelity="model")),
        "one identity": _outcome(on_loopback("no-key").run(40, fidelity="model")),
    }
    both, no_key, no_map = measured.values()
    return Finding(
        measured,
        control,
        ok=both["pairs of SAs"] == 2
        and both["answered"] > 0 == both["in clear"]
        and no_key["answered"] == 0 < no_key["dropped at the hub"]
        and no_map["answered"] == 0 < no_map["in clear"],
        control_fails=all(one["pairs of SAs"] == 1 and one["answered"] > 0 for one in control.values()),
    )


LIFETIME_S, SETTLED_S = 200, 60
REKEYS = f"rekeys/hour ({LIFETIME_S} s each)"


def _price(spokes: int, identities: int, for_s: float = 460) -> dict[str, int]:
    """Count what `spokes` cost the hub: SAs that it holds, and messages of IKE in an hour."""
    lab = hub_and_spokes(spokes, identities=identities)
    lab = lab.configure("HUB", f"crypto ipsec security-association lifetime seconds {LIFETIME_S}")
    run = lab.run(for_s, fidelity="model")
    held = [sa for sa in run.sas if sa.node == "HUB" and sa.up_us is not None and sa.down_us is None]
    later = [message for message in run.messages if to_s(message.at_us) >= SETTLED_S]
    rekeys = sum((m.exchange, m.number, m.retransmission) == ("quick", 1, False) for m in later)
    hours = (for_s - SETTLED_S) / 3600
    return {
        "SAD entries": sum(sa.kind != "ike" for sa in held),
        "IKE SAs": sum(sa.kind == "ike" for sa in held),
        "IKE messages/hour": round(len(later) / hours),
        REKEYS: round(rekeys / hours),
        "peers at a spoke": len(set(peers(run, "S1"))),
    }


@claim(
    25,
    "The effect of the second SA is more memory in use at the peers.",
    HOLDS_IF,
    "other costs are not forgotten: twice the dead-peer detection, twice the rekeying, a current peer that "
    "changes",
)
def costs_memory() -> Finding:
    """Give 2, 4 and 6 spokes a second identity to talk to, and count."""
    counts = (2, 4, 6)
    measured = {f"{n} spokes, two pairs each": _price(n, 2) for n in counts}
    control = {f"{n} spokes, one pair each": _price(n, 1) for n in counts}
    return Finding(
        measured,
        control,
        ok=all(
            two["SAD entries"] == 4 * n
            and two["IKE SAs"] == 2 * n
            and two["IKE messages/hour"] > 1.5 * one["IKE messages/hour"]
            and two[REKEYS] > 1.5 * one[REKEYS]
            for n, two, one in zip(counts, measured.values(), control.values(), strict=True)
        ),
        control_fails=all(
            one["SAD entries"] == 2 * n and one["IKE SAs"] == n
            for n, one in zip(counts, control.values(), strict=True)
        ),
    )


@claim(
    26,
    "The cure for asymmetric routing is proper routing and replication of IPsec state.",
    MISLEADING,
    "one router needs no replication, as a shared identity or the right route cures it; what "
    "replication does for answers that reach a standby gateway is not measured: none replicates here yet",
)
def cures() -> Finding:
    """Cure the hub that drops its answers: by its identity, and by its route; nothing is replicated."""
    runs = {
        "shared identity": on_loopback("no-key").run(60, fidelity="model"),
        "right route": Lab.load("asymmetric-routing").run(60, fidelity="model"),
    }
    measured = {name: _cured(run) for name, run in runs.items()}
    control = _cured(Lab.load("asymmetric-routing").variant("no-key").run(60, fidelity="model"))
    return Finding(
        measured,
        {"no cure": control},
        ok=all(one["pairs of SAs"] == 1 and one["answered"] >= one["sent"] - 3 for one in measured.values()),
        control_fails=control["answered"] == 0,
    )


def _cured(run: Run) -> dict[str, int]:
    """Return how many pings passed, and with how many pairs of SAs."""
    return {
        "sent": sent(run),
        "answered": answered_between(run, "PC1>PC2", 0, 60),
        "pairs of SAs": pairs(run, "HUB-A"),
    }
