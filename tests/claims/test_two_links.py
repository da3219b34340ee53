"""Statements 8 to 29 in numbers: what each experiment must have seen, and what its control must not."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from ipsec_edu.claims.asymmetry import _price
from ipsec_edu.claims.convergence import _flapping
from ipsec_edu.claims.identity import _moved
from ipsec_edu.claims.networks import LOOPBACK, hub_and_spokes, on_loopback, translated
from ipsec_edu.claims.readings import NINE, negotiation, pairs, tuned
from ipsec_edu.lab import Lab
from tests.claims.judged import seen

pytestmark = pytest.mark.xdist_group("claims")


# --- links (12 to 14, 21, 22) ---------------------------------------------------------------------


def test_12_a_link_that_the_peer_does_not_know_lasts_until_the_repair() -> None:
    lasted = [one["outage s"] for one in seen(12).measured.values()]
    assert lasted == sorted(lasted) and lasted[-1] >= 40 > lasted[1]


def test_13_the_two_designs_differ_in_time_and_in_messages() -> None:
    single, several = seen(13).measured.values()
    assert (single["IKE messages"], several["IKE messages"]) == (0, NINE)
    assert several["outage s"] > 3 * single["outage s"]


def test_14_the_second_peer_is_the_second_links_address() -> None:
    assert seen(14).measured["peers"] == ["203.0.113.1", "203.0.113.5"]
    assert len(seen(14).control["single identity"]["peers"]) == 1


def test_21_the_sweep_has_one_step() -> None:
    messages = [one["IKE messages"] for one in seen(21).measured.values()]
    steps = [(a, b) for a, b in pairwise(messages) if a != b]
    assert steps == [(0, NINE)]


def test_21_the_step_goes_away_with_dead_peer_detection() -> None:
    slow = tuned(Lab.load("access-links"), hello=10, dead=40)
    for gateway in ("HUB", "SPOKE"):
        slow = slow.configure(gateway, "no crypto isakmp keepalive")
    assert negotiation(slow.run(150, ["70.5 cut HUB:Ethernet0/1"], fidelity="model"), 70) == 0


def test_22_only_a_shared_identity_survives_a_pulled_cable() -> None:
    said = seen(22).measured["IKE messages"]
    assert [count > 0 for count in said.values()] == [False, True, True]


# --- identities (15 to 19) ------------------------------------------------------------------------


def test_15_source_and_identity_agree_only_where_nobody_translates() -> None:
    for one in seen(15).measured.values():
        assert one["source"] != one["identity"]
    assert seen(15).control["neither"]["source"] == seen(15).control["neither"]["identity"]


def test_15_the_key_is_looked_up_by_the_address_that_arrives() -> None:
    assert pairs(translated().run(12, fidelity="model"), "GW2") == 1
    assert pairs(translated(key_for="172.16.0.1").run(12, fidelity="model"), "GW2") == 0


def test_17_only_route_and_filter_together_decide() -> None:
    table = {(r, f): _moved(routed=r, filtered=f) for r in (True, False) for f in (True, False)}
    assert [one["filtered"] > 0 for one in table.values()] == [False, False, True, False]
    assert table[True, True] == table[True, False]
    assert table[False, False]["datagrams from the hub"] > table[False, True]["datagrams from the hub"]


def test_18_and_19_one_pair_and_no_clear_packet() -> None:
    assert seen(18).measured["pairs of SAs"] * 2 == seen(18).control["without local-address"]["pairs of SAs"]
    assert seen(19).measured["packets by link 2"] == {"clear": 19, "esp": 0}


def test_the_loopback_is_the_only_identity_of_that_lab() -> None:
    run = on_loopback().run(12, fidelity="model")
    assert f"local addr {LOOPBACK}" in run.at(12).show("HUB-A", "show crypto ipsec sa")


# --- asymmetry (8, 23 to 26) ----------------------------------------------------------------------


def test_8_asymmetry_on_the_way_costs_no_sa() -> None:
    assert seen(8).measured["same ends"]["pairs of SAs"] == 1
    assert seen(8).control["ends differ"]["pairs of SAs"] == 2


def test_23_each_spoke_keeps_to_one_way_in_each_direction() -> None:
    run = hub_and_spokes(6, shared=True).run(30, fidelity="model")
    for port in ("HUB:Ethernet0/1", "HUB:Ethernet0/2"):
        flows = {hop.flow for hop in run.trace.hops if hop.sender == port and hop.kind == "esp"}
        other = {
            hop.flow for hop in run.trace.hops if hop.sender.startswith("HUB:") and hop.kind == "esp"
        } - flows
        assert flows and other, "some here, the others there"
    assert "replay" not in run.drops


def test_24_three_outcomes() -> None:
    outcomes = [(one["pairs of SAs"], one["answered"] > 0) for one in seen(24).measured.values()]
    assert outcomes == [(2, True), (1, False), (1, False)]


@pytest.mark.parametrize("identities", [1, 2])
def test_25_sas_grow_with_spokes_times_identities(identities: int) -> None:
    price = _price(3, identities, 120)
    assert (price["SAD entries"], price["IKE SAs"]) == (6 * identities, 3 * identities)
    assert price["peers at a spoke"] == identities


def test_26_either_cure_alone_is_enough() -> None:
    for one in seen(26).measured.values():
        assert one["answered"] >= one["sent"] - 3
    assert seen(26).control["no cure"]["answered"] == 0


# --- the rest (9, 11, 27 to 29) --------------------------------------------------------------------


def test_9_only_what_is_large_dies_of_a_small_mtu() -> None:
    narrow = seen(9).measured["MTU 1400"]
    assert (narrow["small"] > 0, narrow["large"]) == (True, 0)


def test_11_without_dead_peer_detection_no_gateway_notices() -> None:
    assert seen(11).measured["gateway noticed after s"] > 10
    assert seen(11).control["no dead-peer detection"]["gateway noticed after s"] is None


def test_27_both_orders_of_the_race_and_the_race_itself() -> None:
    measured: dict[str, dict[str, Any]] = seen(27).measured
    rebuilt = [one["rebuilt"] for one in measured["one identity, DPD 10/2"].values()]
    assert rebuilt[:2] == [0, 0] and 0 < rebuilt[2] < 5 and rebuilt[3] == 5, "safe, safe, chance, lost"
    listed = [one["to s"] for one in measured["two peers, OSPF 4 s"].values()]
    assert listed == sorted(listed), "with a list of peers dead-peer detection is what takes the time"


def test_28_flaps_without_dead_peer_detection_rebuild_nothing() -> None:
    assert _flapping(60, dead=40)["rebuilds/hour"] > 0 == _flapping(60, dead=4)["rebuilds/hour"]


def test_29_the_order_of_the_underlays() -> None:
    rows = {**seen(29).measured, **seen(29).control}
    rows.pop("dead peer noticed")
    taken = [one["new path after s"] for one in rows.values()]
    assert taken == sorted(taken) and taken[1] < 1 and 110 > taken[-2] > 29
    assert [one["first"] for one in rows.values()] == ["routing"] * 3 + ["DPD"] * 2
