"""The way back leaves by another link than the way there came by: three outcomes, and the healthy lab.

The hub has a crypto map on each of two links and no identity in common, so each link owns a piece of the
SA database of its own.
"""

from __future__ import annotations

import pytest

from ipsec_edu import Lab
from ipsec_edu.core.addr import format_ip
from ipsec_edu.run import Run
from ipsec_edu.trace.records import Hop

LAB = Lab.load("asymmetric-routing")
FLOW = "PC1>PC2"
LINK_1, LINK_2 = "HUB-A:Ethernet1/1", "HUB-A:Ethernet0/1"
FIRST, SECOND = "203.0.113.1", "203.0.113.5"


@pytest.fixture(scope="module")
def runs() -> dict[str, Run]:
    """Every design for 80 s; the base is called ``symmetric``."""
    return {name or "symmetric": LAB.variant(name).run(until=80) for name in (None, *LAB.variants)}


def answered(run: Run) -> int:
    """How many pings came back."""
    return sum(probe.answered_us is not None for probe in run.flows[FLOW])


def identities(run: Run, kind: str = "ike") -> list[str]:
    """The hub's addresses that SAs of a kind came up with, in order."""
    return [format_ip(sa.local) for sa in run.sas if (sa.node, sa.kind) == ("HUB-A", kind) and sa.up_us]


def answers(run: Run, port: str) -> list[Hop]:
    """The pings' answers that left by `port`, protected or not."""
    return [hop for hop in run.trace.hops if hop.sender == port and hop.flow == FLOW and hop.answer]


def counters(run: Run, node: str, at: float = 79) -> list[tuple[str, int, int]]:
    """Interface, encaps and decaps of each proxy pair."""
    return [(flow.interface, flow.encaps, flow.decaps) for flow in run.at(at).device(node).flows]


def test_the_base_is_symmetric_and_needs_one_pair(runs: dict[str, Run]) -> None:
    run = runs["symmetric"]
    assert answered(run) == 78
    assert identities(run) == identities(run, "esp-out") == [FIRST]
    assert len(answers(run, LINK_1)) == 78
    assert answers(run, LINK_2) == []


@pytest.mark.parametrize("variant", LAB.variants)
def test_what_the_variants_have_in_common_is_the_way_back(variant: str) -> None:
    def default_route(variant: str | None) -> str:
        text = LAB.variant(variant).run(until=1).at(1).show("HUB-A", "show ip route")
        return next(
            line.split("via ")[1].split(",")[0] for line in text.splitlines() if line.startswith("S*")
        )

    assert default_route(variant) == "203.0.113.6"
    assert default_route(None) == "203.0.113.2"


# --- a: the spoke accepts the other address too ----------------------------------------------


def test_a_second_ike_sa_and_a_second_pair_from_the_other_address(runs: dict[str, Run]) -> None:
    run = runs["second-sa"]
    assert identities(run) == identities(run, "esp-in") == identities(run, "esp-out") == [FIRST, SECOND]
    second = [m for m in run.messages if SECOND in map(format_ip, (m.local, m.remote))]
    assert [(m.sender, m.exchange, m.number) for m in second[:9]] == [
        *((("HUB-A", "SPOKE-A")[i % 2], "main", i + 1) for i in range(6)),
        *((("HUB-A", "SPOKE-A")[i % 2], "quick", i + 1) for i in range(3)),
    ]
    assert answered(run) == 77, "two pings are lost, one for each pair"
    assert identities(runs["symmetric"]) == [FIRST]


def test_each_link_of_the_hub_owns_its_own_piece_of_the_database(runs: dict[str, Run]) -> None:
    flows = {flow.interface: flow for flow in runs["second-sa"].at(79).device("HUB-A").flows}
    pieces = {name: {sa.spi for sa in flow.inbound + flow.outbound} for name, flow in flows.items()}
    assert [len(spis) for spis in pieces.values()] == [2, 2]
    assert not set.intersection(*pieces.values())
    empty = runs["symmetric"].at(79).device("HUB-A").flows
    assert {flow.interface: len(flow.outbound) for flow in empty} == {"Ethernet1/1": 1, "Ethernet0/1": 0}


def test_the_spoke_sends_on_the_pair_that_came_up_last(runs: dict[str, Run]) -> None:
    run = runs["second-sa"]
    out = [int(sa.id, 16) for sa in run.sas if (sa.node, sa.kind) == ("SPOKE-A", "esp-out")]
    sent = [hop.spi for hop in run.trace.hops if hop.sender == "SPOKE-A:Ethernet0/1" and hop.kind == "esp"]
    assert sent == [out[0]] + [out[1]] * 77
    assert "current_peer 203.0.113.5" in run.at(79).show("SPOKE-A", "show crypto ipsec sa")
    assert "current_peer 203.0.113.1" in run.at(1.9).show("SPOKE-A", "show crypto ipsec sa")


def test_the_second_sa_costs_state_and_questions_not_only_memory(runs: dict[str, Run]) -> None:
    def probes(run: Run) -> int:
        return sum(m.notify == "R-U-THERE" for m in run.messages)

    assert probes(runs["second-sa"]) == 2 * probes(runs["symmetric"]) == 14
    assert len(runs["second-sa"].sas) == 2 * len(runs["symmetric"].sas)


# --- b: the spoke has no key for it -------------------------------------------------------------


def test_without_a_key_the_answers_are_dropped_for_ever(runs: dict[str, Run]) -> None:
    run = runs["no-key"]
    assert answered(run) == 0
    assert identities(run) == [FIRST], "the first SA is there, and healthy"
    ends = [(probe.cause.value, probe.where) for probe in run.flows[FLOW] if probe.cause]
    assert ends == [("no_sa_pending", "SPOKE-A")] + [("no_sa_pending", "HUB-A")] * 78
    assert counters(run, "HUB-A") == [("Ethernet1/1", 0, 77), ("Ethernet0/1", 0, 0)], "in, and never out"
    assert answered(runs["second-sa"]) == 77


def test_main_mode_from_the_other_address_fails_at_its_first_message(runs: dict[str, Run]) -> None:
    run = runs["no-key"]
    tried = [m for m in run.messages if format_ip(m.local) == SECOND]
    assert {(m.exchange, m.number) for m in tried} == {("main", 1)}
    first_us = tried[0].at_us
    assert [(m.at_us - first_us) // 1_000_000 for m in tried] == [0, 10, 20, 30, 40, 50, 60, 70]
    assert [m.retransmission for m in tried] == [False, *[True] * 5, False, True]
    line = "%CRYPTO-6-IKMP_MODE_FAILURE: Processing of Main mode failed with peer at 203.0.113.5"
    assert any(entry.node == "SPOKE-A" and line in entry.text for entry in run.log)
    assert not any(line in entry.text for entry in runs["second-sa"].log)


def test_dead_peer_detection_sees_nothing_wrong(runs: dict[str, Run]) -> None:
    for name in ("no-key", "no-map"):
        said = {event.event for event in runs[name].trace.dpd}
        assert said == {"probe", "answered"}, "the peer is not dead: only the answers are"


def test_pulling_the_cable_of_the_new_way_back_repairs_it() -> None:
    run = LAB.variant("no-key").run(until=60, faults=[f"30.5 down {LINK_2}"])
    alive = [probe.answered_us is not None for probe in run.flows[FLOW]]
    assert not any(alive[:30])
    assert all(alive[30:-1])


# --- c: the other link has no crypto map --------------------------------------------------------


def test_without_a_map_the_answers_leave_in_clear_and_the_spoke_refuses_them(runs: dict[str, Run]) -> None:
    run = runs["no-map"]
    assert {hop.kind for hop in answers(run, LINK_2)} == {"clear"}
    assert len(answers(run, LINK_2)) == 78, "anybody on the way can read them"
    assert answered(run) == 0
    assert run.drops == {"clear_matches_spd": 78, "no_sa_pending": 1}
    assert any("%CRYPTO-4-RECVD_PKT_NOT_IPSEC" in line.text for line in run.log if line.node == "SPOKE-A")
    assert not any(m for m in run.messages if format_ip(m.local) == SECOND), "nobody negotiates"


@pytest.mark.parametrize("name", ["symmetric", "second-sa", "no-key"])
def test_with_a_map_nothing_leaves_in_clear(name: str, runs: dict[str, Run]) -> None:
    run = runs[name]
    outside = [hop for port in (LINK_1, LINK_2) for hop in answers(run, port)]
    assert "clear" not in {hop.kind for hop in outside}
    assert "clear_matches_spd" not in run.drops


def test_it_is_policy_that_refuses_them() -> None:
    none = LAB.variant("no-map").configure("HUB-A", "interface Ethernet1/1\n no crypto map VPN")
    none = none.configure("SPOKE-A", "interface Ethernet0/1\n no crypto map VPN")
    run = none.run(until=20)
    assert answered(run) == 19, "without a map anywhere ping works - unprotected, both ways"
    assert {hop.kind for hop in run.trace.hops if hop.flow == FLOW} == {"clear"}


# --- the control ---------------------------------------------------------------------------------


def test_the_control_moves_the_way_back() -> None:
    assert LAB.control_lines("HUB-A", {"via": LAB.controls[0].options[1]}) == (
        "ip route 0.0.0.0 0.0.0.0 Ethernet0/1 203.0.113.6"
    )

    def turned(option: str) -> Run:
        return LAB.configure("HUB-A", LAB.control_lines("HUB-A", {"via": option})).run(until=20)

    there, elsewhere = map(turned, LAB.controls[0].options)
    assert (answered(there), answered(elsewhere)) == (18, 0)
