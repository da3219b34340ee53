"""After any series of misfortunes, once everything is whole again, the network is as if nothing had been."""

from __future__ import annotations

import random

import pytest

from ipsec_edu import Lab
from ipsec_edu.net.world import World
from tests.net.ospf_lab import lab

PORTS = [f"gw{n}:Ethernet0/{m}" for n in (1, 2) for m in (1, 2)]
BREAKS = {"down": "up", "cut": "mend", "cut-out": "mend-out", "shutdown": "no-shutdown"}


def storm(seed: int, length: int = 14) -> list[str]:
    """Return faults between 5 and 45 s, and their mending until 46 s."""
    draw = random.Random(seed)
    lines: list[tuple[float, str]] = []
    for _ in range(length):
        at = round(draw.uniform(5, 44), 3)
        if draw.random() < 0.2:
            node = draw.choice(["gw1", "gw2"])
            lines += [(at, f"crash {node}"), (round(at + draw.uniform(0.2, 2), 3), f"boot {node}")]
        elif draw.random() < 0.2:
            lines.append((at, f"loss {draw.choice([10, 40, 80])}% {draw.choice(PORTS)}"))
        else:
            action, port = draw.choice(sorted(BREAKS)), draw.choice(PORTS)
            lines += [(at, f"{action} {port}")]
            if draw.random() < 0.5:
                lines.append((round(at + draw.uniform(0.01, 3), 3), f"{BREAKS[action]} {port}"))
    lines += [(46.5, f"boot {node}") for node in ("gw1", "gw2")]
    lines += [(47, f"{mending} {port}") for port in PORTS for mending in BREAKS.values()]
    lines += [(47, f"loss 0% {port}") for port in PORTS]
    return [f"{at} {words}" for at, words in sorted(lines)]


def whole(built: Lab, faults: list[str], until_s: float) -> dict[str, list[tuple[str, str]]]:
    """Return who reaches what how at the end, and insist that the books balance on the way."""
    worlds: list[World] = []
    run = built.run(until=until_s, faults=faults, on_world=worlds.append)
    worlds[0].check_books()
    found = {}
    for node in ("gw1", "gw2"):
        state = run.at(until_s - 1).device(node)
        assert state.ospf is not None
        assert [one.state for one in state.ospf.neighbors] == ["Full", "Full"]
        assert not any(one.retransmissions for one in state.ospf.neighbors)
        found[node] = [(str(r.prefix), r.interface or "") for r in state.routes if r.source == "ospf"]
    return found


@pytest.mark.parametrize("bfd", [False, True], ids=["plain", "bfd"])
@pytest.mark.parametrize("network", ["point-to-point", "broadcast"])
@pytest.mark.parametrize("seed", range(4))
def test_a_storm_leaves_no_trace(seed: int, network: str, bfd: bool) -> None:
    options = " ip ospf bfd\n bfd interval 300 min_rx 300 multiplier 3" if bfd else ""
    built = lab(network, (1, 4), options=options, start_s=200)
    calm = {"gw1": [("10.255.0.2/32", "Ethernet0/1")], "gw2": [("10.255.0.1/32", "Ethernet0/1")]}
    assert whole(built, storm(seed), 90) == calm
