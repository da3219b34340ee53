"""A provider's core: who notices which failure in the middle, and what the tunnel pays for it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import pytest

from ipsec_edu import Lab
from ipsec_edu.config.scenario import FlowSpec
from ipsec_edu.run import Run
from tests.lab.reading import alive, lost_after, negotiations, spis, ups, way

LAB = Lab.load("backbone")
MIDDLE = "P1:Ethernet0/2"
CORE = ("PE1", "PE2", "P1", "P2", "P3", "P4", "P5", "P6")
CUT = (f"80.5 cut {MIDDLE}",)


@cache
def played(variant: str | None, faults: tuple[str, ...] = (), until: float = 160) -> Run:
    """One design under faults."""
    return LAB.variant(variant).run(until=until, faults=faults)


def reaches(without_nodes: Iterable[str] = (), without_links: Iterable[int] = ()) -> bool:
    """Whether the two provider edges still have a path between them."""
    gone, cut = set(without_nodes), set(without_links)
    seen, todo = {"PE1"}, ["PE1"]
    while todo:
        here = todo.pop()
        for number, link in enumerate(LAB.topology.links):
            ends = [end.partition(":")[0] for end in (link.a, link.b)]
            if number in cut or here not in ends or gone & set(ends):
                continue
            there = ends[0] if ends[1] == here else ends[1]
            if there not in seen:
                seen.add(there)
                todo.append(there)
    return "PE2" in seen


def test_it_is_large_enough_for_chaos_and_survives_every_single_failure_of_the_core() -> None:
    assert len(LAB.topology.nodes) >= 12
    for router in CORE:
        if not router.startswith("PE"):
            assert reaches(without_nodes=[router]), router
    core = [
        number
        for number, link in enumerate(LAB.topology.links)
        if {end.partition(":")[0] for end in (link.a, link.b)} <= set(CORE)
    ]
    assert len(core) == 11
    assert all(reaches(without_links=[number]) for number in core)
    assert not reaches(without_nodes=["PE1"]), "an edge router is a single point of failure: one access link"
    assert not reaches(without_links=core)


def test_healthy_the_short_path_is_used_in_both_directions() -> None:
    run = played(None)
    assert lost_after(run, 27) == 0 and all(alive(run, 60, 159))
    assert way(run, MIDDLE, 60, 159) == way(run, "P2:Ethernet0/1", 60, 159) == {"esp"}
    assert way(run, "P4:Ethernet0/2", 60, 159) == set()


# --- a silent black hole ---------------------------------------------------------------------------


def test_with_default_timers_dpd_gives_up_on_a_path_that_routing_heals() -> None:
    run = played(None, CUT)
    reasons = {(sa.node, sa.reason) for sa in run.sas if sa.reason}
    assert ("GW1", "dpd") in reasons and ("GW2", "dpd") in reasons
    assert len(ups(run, "GW1")) == 2 and len(spis(run)) == 4
    died = min(sa.down_us for sa in run.sas if sa.reason == "dpd")
    assert 90e6 < died <= 101e6, "long before the 40 s of OSPF"
    assert all(alive(run, 135, 159))
    assert way(run, "P4:Ethernet0/2", 135, 159) == {"esp"}, "by the longer path"


@pytest.mark.parametrize(("variant", "least", "most"), [("fast-hellos", 3, 6), ("patient-dpd", 29, 42)])
def test_with_routing_faster_than_dpd_the_sas_live_on(variant: str, least: int, most: int) -> None:
    run = played(variant, CUT)
    assert len(negotiations(run)) == 9
    assert all(sa.down_us is None for sa in run.sas)
    assert len(spis(run)) == 2
    assert least <= lost_after(run, 80) <= most
    # control: the base, where the order is the other way round, pays more than either
    assert lost_after(played(None, CUT), 80) > most
    assert len(negotiations(played(None, CUT))) > 9


def test_periodic_questions_may_begin_right_after_the_failure_so_only_the_retries_are_a_guarantee() -> None:
    """30 s and five retries of 5 s: dead 25 to 55 s after the failure, so OSPF's 40 s may lose or win."""
    lab = LAB
    for gateway in ("GW1", "GW2"):
        lab = lab.configure(gateway, "crypto isakmp keepalive 30 5 periodic")
    runs = [lab.run(until=170, faults=[f"{at} cut {MIDDLE}"]) for at in (84.5, 86.5)]
    assert [len(ups(run, "GW1")) for run in runs] == [2, 1], "the question of 85.2 s decides"


def test_a_carrier_that_is_lost_is_noticed_at_once_with_any_timers() -> None:
    run = played(None, (f"80.5 down {MIDDLE}",))
    assert lost_after(run, 80) <= 1
    assert len(negotiations(run)) == 9


def test_without_dpd_and_without_another_path_nobody_ever_notices() -> None:
    """A black hole beyond the last router that could go round it."""
    faults = ("80.5 cut GW2:Ethernet0/1",)
    deaf = LAB
    for gateway in ("GW1", "GW2"):
        deaf = deaf.configure(gateway, "no crypto isakmp keepalive")
    run = deaf.run(until=160, faults=faults)
    assert all(sa.down_us is None for sa in run.sas), "both ends believe in SAs that carry nothing"
    assert not any(alive(run, 81, 159))
    assert any(sa.reason == "dpd" for sa in played(None, faults).sas)


# --- brown-out, one way, flapping ---------------------------------------


def test_a_brown_out_is_below_everybodys_threshold() -> None:
    run = played(None, (f"60.5 loss 20% {MIDDLE}",))
    delivered = alive(run, 61, 158)
    share = sum(delivered) / len(delivered)
    assert 0.5 < share < 0.78, "20 % of each direction: about 64 % of the pings come back"
    assert len(negotiations(run)) == 9 and all(sa.down_us is None for sa in run.sas)
    assert way(run, "P4:Ethernet0/2", 61, 159) == set(), "nobody goes round it"
    assert run.drops["loss"] > 20
    assert "loss" not in played(None).drops


def test_one_way_loss_is_found_by_the_router_that_hears_nothing() -> None:
    run = played("fast-hellos", (f"80.5 cut-out {MIDDLE}",))
    assert 3 <= lost_after(run, 80) <= 6
    assert len(negotiations(run)) == 9
    assert way(run, "P2:Ethernet0/1", 90, 159) == set(), "the healthy direction is not used either"


def test_one_way_loss_that_dpd_finds_first_leaves_one_end_with_dead_sas() -> None:
    run = played(None, (f"80.5 cut-out {MIDDLE}",))
    # GW2 hears nothing and gives up; its Delete reaches GW1, because that direction is whole
    assert any((sa.node, sa.kind, sa.reason) == ("GW2", "ike", "dpd") for sa in run.sas)
    assert any((sa.node, sa.kind, sa.reason) == ("GW1", "ike", "delete") for sa in run.sas)
    # IOS lets the IPsec SAs of a deleted IKE SA dangle: GW1 goes on sending into SPIs that are gone
    assert all(sa.down_us is None for sa in run.sas if (sa.node, sa.kind) == ("GW1", "esp-out"))
    assert not any(alive(run, 125, 159)) and run.drops["invalid_spi"] > 20
    recovering = LAB
    for gateway in ("GW1", "GW2"):
        recovering = recovering.configure(gateway, "crypto isakmp invalid-spi-recovery")
    assert all(alive(recovering.run(until=160, faults=[f"80.5 cut-out {MIDDLE}"]), 135, 159))


def test_flapping_costs_a_rebuild_each_time_only_where_dpd_is_faster() -> None:
    faults = LAB.sequences["flapping"]
    slow, fast = (played(variant, faults, 240) for variant in (None, "fast-hellos"))
    assert len(ups(fast, "GW1")) == 1
    assert len(ups(slow, "GW1")) >= 3
    assert sum(alive(fast, 60, 240)) > sum(alive(slow, 60, 240)) + 30


# --- overtaking ------------------------------------------------------------------------------------


def overtaking(variant: str, every_s: float, *lines: str) -> Run:
    """The short path fails and comes back, with fast traffic under way when it does."""
    fast = FlowSpec("fast", "PC1", "10.2.0.10", every_us=int(every_s * 1e6), start_us=54_000_000)
    lab = LAB.variant(variant).with_flows(*LAB.flows, fast)
    for gateway in ("GW1", "GW2"):
        lab = lab.configure(gateway, "\n".join(lines))
    return lab.run(until=62, faults=[f"30.5 cut {MIDDLE}", f"56.5 mend {MIDDLE}"])


def test_the_return_to_a_much_shorter_path_costs_replay_drops() -> None:
    run = overtaking("satellite", 0.005)
    assert run.drops["replay"] > 20
    assert len(ups(run, "GW1")) == 1, "the SA is sound: its window is narrower than what overtakes"
    # controls: slower traffic overtakes by less than the window of 64 packets,
    assert "replay" not in overtaking("satellite", 0.02).drops
    # so does fast traffic where the two paths are nearly alike,
    assert "replay" not in overtaking("fast-hellos", 0.005).drops
    # and a window as wide as the overtaking takes all of it
    wide = "crypto ipsec security-association replay window-size 1024"
    assert "replay" not in overtaking("satellite", 0.005, wide).drops
