"""Stale is what packets suffer: where tables lead them onto a dead cable, however many cables are whole."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import Any

import pytest

from ipsec_edu import Lab, Run
from ipsec_edu.views.judge import Judge
from ipsec_edu.views.stage_data import stage_data
from ipsec_edu.views.state_at import state_at
from tests.lab.two_paths import two_paths

S = 1_000_000
CUT = ["40 cut HUB:Ethernet0/1"]


def packets(run: Run) -> list[tuple[int, int, list[Any]]]:
    """Every protected packet: when it left, the number of its SA at the sender, its hops."""
    sender = {(sa.node, sa.id): i for i, sa in enumerate(run.sas) if sa.kind == "esp-out"}
    hops: dict[int, list[Any]] = defaultdict(list)
    for hop in sorted(run.trace.hops, key=lambda hop: hop.left_us):
        if hop.spi:
            hops[hop.uid].append(hop)
    found = []
    for way in hops.values():
        place = sender.get((way[0].sender.partition(":")[0], f"0x{way[0].spi:08x}"))
        if place is not None:
            found.append((way[0].left_us, place, way))
    return found


RUNS = {
    "cut": ("access-links", None, CUT),
    "one way": ("access-links", None, ["40 cut-out HUB:Ethernet0/1"]),
    "one way, the other end": ("access-links", None, ["40 cut-out P1:Ethernet0/1"]),
    "not on the way": ("access-links", None, ["40 cut HUB:Ethernet0/2"]),
    "in the core": ("backbone", None, ["40 cut P1:Ethernet0/2"]),
    "crash": ("backbone", None, ["40 crash P1"]),
    "peer list": (
        "access-links",
        "multiple-identities",
        ["30.5 cut HUB:Ethernet0/1", "70.5 mend HUB:Ethernet0/1"],
    ),
    "two pairs": ("asymmetric-routing", "second-sa", ["30 down HUB-A:Ethernet0/1"]),
    "two pairs, one way": ("asymmetric-routing", "second-sa", ["30 cut-out HUB-A:Ethernet0/1"]),
    "one tunnel": (
        "site-to-site",
        None,
        ["30 cut ASA1:GigabitEthernet0/1", "60 mend ASA1:GigabitEthernet0/1"],
    ),
}


@pytest.mark.parametrize("name", RUNS)
def test_the_fate_of_every_packet_is_the_judgement_of_its_sa(name: str) -> None:
    lab, variant, faults = RUNS[name]
    run = Lab.load(lab).variant(variant).run(faults=faults)
    judge = Judge(run)
    changes = [*run.routes, *run.trace.ports, *run.trace.power]
    fates = set()
    for left, place, hops in packets(run):
        sa, peer = run.sas[place], judge.peer_node(place)
        arrived = hops[-1].arrived_us is not None and hops[-1].receiver.startswith(f"{peer}:")
        end = hops[-1].arrived_us or hops[-1].left_us
        if any(left < change.at_us <= end for change in changes):
            continue  # the world changed under its feet
        assert arrived == (judge.why_stale(place, left) is None), (left, sa)
        fates.add(arrived)
        steps = judge.routed.way(sa.node, peer or "", sa.local, sa.peer, left)
        if arrived:
            assert [step.out_port for step in steps or ()] == [hop.sender for hop in hops], left
    assert fates == ({True} if name == "not on the way" else {True, False})


def test_a_tunnel_is_in_vain_from_the_cut_to_the_re_route_and_not_after() -> None:
    run = Lab.load("access-links").run(faults=CUT)
    spans = {(sa.node, sa.kind): Judge(run).stale_spans(i) for i, sa in enumerate(run.sas)}
    back, there = 43_055_000, 43_065_000
    assert spans["HUB", "esp-out"] == spans["SPOKE", "esp-in"] == [(40 * S, back, "path")]
    assert spans["SPOKE", "esp-out"] == spans["HUB", "esp-in"] == [(40 * S, there, "path")]
    assert spans["HUB", "ike"] == spans["SPOKE", "ike"] == [(40 * S, there, "path")]
    judge = Judge(run)
    assert judge.cabling.shortest("SPOKE", "HUB", 41 * S) is not None, "cables alone would not tell"
    assert state_at(run, 41 * S).gateways["SPOKE"].state == "stale"
    assert state_at(run, 44 * S).gateways["SPOKE"].state == "up"


def test_each_direction_is_judged_by_its_own_way() -> None:
    run = Lab.load("access-links").run(faults=["40 cut-out HUB:Ethernet0/1"])
    judge = Judge(run)
    why = {(sa.node, sa.kind): judge.why_stale(i, 42 * S) for i, sa in enumerate(run.sas)}
    assert why["HUB", "esp-out"] == why["SPOKE", "esp-in"] == "path"
    assert why["SPOKE", "esp-out"] is None and why["HUB", "esp-in"] is None
    assert why["SPOKE", "ike"] == "path", "an answer is needed"


def test_two_pairs_of_addresses_are_two_pairs_with_a_way_each() -> None:
    run = Lab.load("asymmetric-routing").variant("second-sa").run(faults=["30 down HUB-A:Ethernet0/1"])
    data = stage_data(run)
    first, second = data["pairs"]
    names = [data["nodes"][data["links"][link]["b"]["node"]]["name"] for link, _ in first["path"]]
    assert names == ["P3", "P1", "HUB-A"]
    names = [data["nodes"][data["links"][link]["b"]["node"]]["name"] for link, _ in second["path"]]
    assert names == ["P3", "P2", "HUB-A"]
    pair_of = {(sa["remote"], data["nodes"][sa["node"]]["name"]): sa["pair"] for sa in data["sas"]}
    assert pair_of["203.0.113.1", "SPOKE-A"] == 0 and pair_of["203.0.113.5", "SPOKE-A"] == 1
    plain = stage_data(Lab.load("asymmetric-routing").run())
    assert len(plain["pairs"]) == 1


def test_a_way_of_a_few_milliseconds_is_passed_over() -> None:
    data = stage_data(Lab.load("backbone").run(faults=["40 cut P1:Ethernet0/2"]))
    ways = data["pairs"][0]["ways"]
    assert [forward for _, forward, _ in ways] == [1, 0]
    for direction in (0, 1):
        times = [at for at, forward, _ in ways if forward == direction]
        assert all(b - a >= 50_000 for a, b in pairwise(times))


def test_a_fixture_without_routes_is_judged_by_its_cables() -> None:
    run = two_paths().run(until=60, faults=["30 cut GW1:GigabitEthernet0/1"])
    assert any(Judge(run).stale_spans(i) for i in range(len(run.sas))), "static routes never learn"
    run.trace.routes.clear()
    assert not any(
        span for i in range(len(run.sas)) for span in Judge(run).stale_spans(i) if span.why == "path"
    ), "the second cable is whole"
