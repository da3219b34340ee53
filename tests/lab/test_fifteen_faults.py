"""Fifteen ways to misconfigure the lab: what each looks like, and that they can be told apart.

Every row is checked in the run of its variant, and must not hold in the healthy lab.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from ipsec_edu import Lab
from ipsec_edu.config.scenario import FlowSpec
from ipsec_edu.run import Run

LAB = Lab.load("site-to-site")
BACK = FlowSpec("R2>R1", "R2", "192.168.1.1")


@dataclass(frozen=True)
class Symptom:
    """What a misconfiguration looks like from outside."""

    variant: str
    last: tuple[str, int, str | None] | None
    """Exchange, number, notify of the furthest message; None: not a single one."""
    asa1: str | None
    """State of ASA1's IKE SA at 9.5 s, None: it has none."""
    asa2: str | None
    log: str
    """Part of a line in a device's log."""
    drops: tuple[str, ...]
    encaps_decaps: tuple[int, int]
    """ASA1's encaps, ASA2's decaps after 25 s."""


SYMPTOMS = [
    Symptom(
        "psk-mismatch",
        ("main", 5, "INITIAL-CONTACT"),
        "MM_WAIT_MSG6",
        "MM_WAIT_MSG5",
        "mismatched pre-shared key",
        ("no_sa_pending",),
        (0, 0),
    ),
    Symptom(
        "phase1-encryption",
        ("main", 1, None),
        "MM_WAIT_MSG2",
        None,
        "All SA proposals found unacceptable",
        ("no_sa_pending",),
        (0, 0),
    ),
    Symptom(
        "phase1-group",
        ("main", 1, None),
        "MM_WAIT_MSG2",
        None,
        "class Group Description",
        ("no_sa_pending",),
        (0, 0),
    ),
    Symptom(
        "transform-set",
        ("quick", 1, None),
        None,
        None,
        "All IPSec SA proposals found unacceptable!",
        ("no_sa_pending",),
        (0, 0),
    ),
    Symptom(
        "acl-not-mirrored",
        ("quick", 1, None),
        None,
        None,
        "no matching crypto map entry for remote proxy",
        ("no_sa_pending",),
        (0, 0),
    ),
    Symptom("nat-exemption-missing", None, None, None, "%ASA-3-106014", ("acl",), (0, 0)),
    Symptom(
        "route-missing",
        None,
        None,
        None,
        "%ASA-6-110003: Routing failed to locate next hop",
        ("no_route",),
        (0, 0),
    ),
    Symptom(
        "wrong-peer", ("main", 1, None), "MM_WAIT_MSG2", None, "", ("no_neighbour", "no_sa_pending"), (0, 0)
    ),
    Symptom("crypto-map-not-applied", None, None, None, "%ASA-4-402117", ("clear_matches_spd",), (0, 0)),
    Symptom(
        "pfs-one-side",
        ("quick", 1, None),
        None,
        None,
        "All IPSec SA proposals found unacceptable!",
        ("no_sa_pending",),
        (0, 0),
    ),
    Symptom(
        "lifetimes-differ",
        ("quick", 3, None),
        "MM_ACTIVE",
        "MM_ACTIVE",
        "PHASE 2 COMPLETED",
        ("no_sa_pending",),
        (23, 23),
    ),
    Symptom(
        "ikev1-not-enabled",
        ("main", 1, None),
        "MM_WAIT_MSG2",
        None,
        "%ASA-7-710005: UDP request discarded",
        ("no_sa_pending", "port_closed"),
        (0, 0),
    ),
    Symptom(
        "identity-mismatch",
        ("main", 5, "INITIAL-CONTACT"),
        "MM_WAIT_MSG6",
        "MM_WAIT_MSG5",
        "No Group found matching ASA1",
        ("no_sa_pending",),
        (0, 0),
    ),
    Symptom(
        "udp-4500-blocked",
        ("main", 5, "INITIAL-CONTACT"),
        "MM_WAIT_MSG6",
        "MM_WAIT_MSG5",
        "IS behind a NAT device",
        ("acl", "no_sa_pending"),
        (0, 0),
    ),
    Symptom(
        "esp-blocked",
        ("quick", 3, None),
        "MM_ACTIVE",
        "MM_ACTIVE",
        "PHASE 2 COMPLETED",
        ("acl", "no_sa_pending"),
        (23, 0),
    ),
]


def furthest(run: Run) -> tuple[str, int, str | None] | None:
    """The negotiation's furthest message."""
    exchanges = [m for m in run.messages if m.exchange in ("main", "quick")]
    if not exchanges:
        return None
    last = max(exchanges, key=lambda m: (m.exchange == "quick", m.number))
    return last.exchange, last.number, last.notify if last.notify == "INITIAL-CONTACT" else None


def state(run: Run, node: str) -> str | None:
    """The word for `node`'s IKE SA at 9.5 s."""
    sas = run.at(9.5).device(node).ike_sas
    return sas[0].state if sas else None


def counters(run: Run) -> tuple[int, int]:
    """ASA1's encaps and ASA2's decaps at the end."""
    one, two = (run.at(25).device(node).flows for node in ("ASA1", "ASA2"))
    return sum(flow.encaps for flow in one), sum(flow.decaps for flow in two)


def seen(run: Run, symptom: Symptom) -> dict[str, object]:
    """Everything that a symptom names, as it is in `run`."""
    return {
        "last": furthest(run),
        "asa1": state(run, "ASA1"),
        "asa2": state(run, "ASA2"),
        "log": any(symptom.log in line.text for line in run.log) or not symptom.log,
        "drops": tuple(run.drops),
        "counters": counters(run),
    }


@pytest.fixture(scope="module")
def healthy() -> Run:
    """The lab as it should be."""
    return LAB.run(until=25)


@pytest.mark.parametrize("symptom", SYMPTOMS, ids=lambda s: s.variant)
def test_each_misconfiguration_has_its_symptom(symptom: Symptom, healthy: Run) -> None:
    expected = {
        "last": symptom.last,
        "asa1": symptom.asa1,
        "asa2": symptom.asa2,
        "log": True,
        "drops": symptom.drops,
        "counters": symptom.encaps_decaps,
    }
    assert seen(LAB.variant(symptom.variant).run(until=25), symptom) == expected
    if symptom.variant != "lifetimes-differ":  # that one is no fault, as its row says
        assert seen(healthy, symptom) != expected


def test_all_fifteen_are_there() -> None:
    assert LAB.variants == [symptom.variant for symptom in SYMPTOMS]


def test_the_same_message_may_mean_three_things_and_only_the_port_tells_nat() -> None:
    stuck = {
        v: LAB.variant(v).run(until=25) for v in ("psk-mismatch", "identity-mismatch", "udp-4500-blocked")
    }
    assert len({(furthest(run), state(run, "ASA1"), state(run, "ASA2")) for run in stuck.values()}) == 1
    ports = {v: run.messages[4].port for v, run in stuck.items()}
    assert ports == {"psk-mismatch": 500, "identity-mismatch": 500, "udp-4500-blocked": 4500}


def test_pfs_on_one_side_is_a_trap_that_works_from_that_side() -> None:
    one_way = LAB.variant("pfs-one-side").with_flows(BACK).run(until=25)
    assert next(m.payloads for m in one_way.messages if m.exchange == "quick") == (
        "HASH",
        "SA",
        "NONCE",
        "KE",
        "ID",
        "ID",
    )
    assert sum(probe.answered_us is not None for probe in one_way.flows["R2>R1"]) == 23
    other_way = LAB.variant("pfs-one-side").run(until=25)
    assert not any(probe.answered_us for probe in other_way.flows["R1>R2"])


def test_a_wrong_peer_is_refused_from_the_other_side_for_want_of_a_key() -> None:
    run = LAB.variant("wrong-peer").with_flows(BACK).run(until=25)
    assert furthest(run) == ("main", 3, None)
    assert state(run, "ASA2") == "MM_WAIT_MSG4"
    assert not any(probe.answered_us for probe in run.flows["R2>R1"])


def test_a_wider_access_list_answers_a_narrower_proposal_and_not_the_other_way_round() -> None:
    wide = LAB.configure("ASA2", "object network LAN1\n subnet 192.168.0.0 255.255.254.0")
    assert sum(probe.answered_us is not None for probe in wide.run(until=25).flows["R1>R2"]) == 23
    assert not any(probe.answered_us for probe in wide.with_flows(BACK).run(until=25).flows["R2>R1"])


def test_different_lifetimes_settle_on_the_smaller() -> None:
    sas = LAB.variant("lifetimes-differ").run(until=25).at(25).device("ASA1").flows[0].outbound
    assert [sa.lifetime_s for sa in sas] == [3600]


def test_a_wrong_peer_is_given_up_after_three_repetitions_with_one_line_in_the_log() -> None:
    run = LAB.variant("wrong-peer").run(until=45)
    said = [
        (line.at_us, line.node, "Removing peer from peer table failed, no match!" in line.text)
        for line in run.log
    ]
    assert said[0] == (33_001_000, "ASA1", True)
    assert {node for _, node, _ in said} == {"ASA1"}
    assert not any("Removing peer" in line.text for line in LAB.run(until=45).log)
