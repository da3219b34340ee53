"""The bundled lab, run as a click in the notebook runs it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from statistics import median

from bench.measure import Row, race, timed
from ipsec_edu import Lab, Run

__all__ = ["rows"]

UNTIL_S = 120
EVERY_US = 10_000
FAULTS = ["30 cut ASA1:GigabitEthernet0/1", "60 mend ASA1:GigabitEthernet0/1"]


def busy_lab() -> Lab:
    """Return the lab with a one-way flow of 100 packets a second instead of its pings."""
    lab = Lab.load("site-to-site")
    first = replace(lab.scenario.flows[0], every_us=EVERY_US, kind="datagram")
    return replace(lab, scenario=replace(lab.scenario, flows=(first,)))


def rows(rounds: int) -> Iterator[Row]:
    """Yield the rows of this race."""
    busy, plain = busy_lab(), Lab.load("site-to-site")
    kept: dict[str, Run] = {}

    def play(name: str, lab: Lab, faults: list[str]) -> float:
        def work() -> None:
            kept[name] = lab.run(until=UNTIL_S, faults=faults, seed=1)

        return timed(work)

    contestants = {"busy": lambda: play("busy", busy, []), "click": lambda: play("click", plain, FAULTS)}
    times = race(contestants, rounds)
    (probes,) = kept["busy"].flows.values()
    answered = sum(probe.answered_us is not None for probe in probes)
    assert answered > 0.95 * UNTIL_S * 1e6 / EVERY_US, f"only {answered} packets arrived"
    yield Row(
        f"site-to-site, {UNTIL_S} s with 100 packets a second",
        median(times["busy"]) * 1000,
        "ms",
        150,
        False,
        f"{len(kept['busy'].trace.hops)} packet-hops, {answered} arrived",
    )
    assert kept["click"].ledger(), "the cut shows"
    yield Row(
        f"site-to-site, {UNTIL_S} s with a cut and a ping a second: one run per click",
        median(times["click"]) * 1000,
        "ms",
        60,
        False,
        f"{len(kept['click'].messages)} IKE messages",
    )
