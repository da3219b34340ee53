"""The scene of every attack: two routers, one tunnel, and somebody on the cable between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ipsec_edu import Lab
from ipsec_edu.core.causes import Cause
from ipsec_edu.core.units import to_us
from ipsec_edu.net.attacker import Attacker
from ipsec_edu.net.world import World
from ipsec_edu.run import Run

VICTIM = "GW2:GigabitEthernet0/1"
ON_THE_CABLE = Attacker(VICTIM)
UNTIL_S = 20.0


def play(
    attacker: Callable[[World], object] | None,
    variant: str | None = None,
    typed: str = "",
    *,
    until_s: float = UNTIL_S,
    every_s: float = 1.0,
    fidelity: str = "bytes",
) -> Run:
    """Run the lab past an attacker, with `typed` configured on GW2; no packet may be unaccounted for."""
    lab = Lab.load("two-routers").variant(variant)
    lab = lab.configure("GW2", typed) if typed else lab
    lab = lab.with_flows(replace(lab.flows[0], every_us=to_us(every_s)))
    seen: list[World] = []

    def on_world(world: World) -> None:
        seen.append(world)
        if attacker is not None:
            attacker(world)

    run = lab.run(until=until_s, on_world=on_world, fidelity=fidelity)
    seen[0].check_books()
    return run


def ends(run: Run) -> list[str]:
    """What became of each packet that the attacker touched: the cause of its death, or ``passed``."""
    causes = {drop.uid: drop.cause.value for drop in run.trace.drops}
    return [causes.get(trick.uid, "passed") for trick in run.trace.tampering]


def died_at(run: Run) -> set[str]:
    """Where they died."""
    touched = {trick.uid for trick in run.trace.tampering}
    return {drop.where for drop in run.trace.drops if drop.uid in touched}


def sas(run: Run) -> list[tuple[object, ...]]:
    """Every SA that anybody held, with its life: what no attacker may change."""
    return [(sa.node, sa.kind, sa.id, sa.up_us, sa.down_us, sa.reason) for sa in run.sas]


def windows(run: Run, at_s: float) -> list[tuple[int, int]]:
    """GW2's anti-replay windows: the highest number, and the bitmap below it."""
    flows = run.at(at_s).device("GW2").flows
    return [(sa.sequence, sa.replay_bitmap) for flow in flows for sa in flow.inbound]


def lost(run: Run) -> list[tuple[int, Cause | None]]:
    """Pings of R1 that were lost, with their causes; the first one woke IKE and does not count."""
    return [(p.number, p.cause) for p in run.flows["R1>R2"][1:] if p.lost_us is not None]
