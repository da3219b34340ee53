"""Every fault of the command line, end to end: what it does to pings, SAs and carrier."""

from __future__ import annotations

import pytest

from ipsec_edu import Lab, ScenarioError
from ipsec_edu.core.units import to_us
from ipsec_edu.run import Run

LAB = Lab.load("site-to-site")
OUTSIDE = "ASA1:GigabitEthernet0/1"


def lost(run: Run, since_s: float) -> int:
    """Pings sent from `since_s` on that were lost."""
    return sum(p.lost_us is not None for p in run.flows["R1>R2"] if p.sent_us >= to_us(since_s))


def carrier(run: Run, t: float, node: str = "ASA1") -> bool:
    """Whether the outside interface is up at `t`."""
    return next(i.up for i in run.at(t).device(node).interfaces if i.name == "GigabitEthernet0/1")


@pytest.mark.parametrize(
    ("breaks", "mends", "keeps_carrier", "cause"),
    [
        ("down", "up", False, "link_down"),
        ("cut", "mend", True, "link_cut"),
        ("cut-out", "mend-out", True, "link_cut"),
        ("shutdown", "no-shutdown", False, "no_route"),
    ],
)
def test_a_link_breaks_and_is_mended(breaks: str, mends: str, keeps_carrier: bool, cause: str) -> None:
    run = LAB.run(until=40, faults=[f"20 {breaks} {OUTSIDE}", f"25 {mends} {OUTSIDE}"])
    calm = LAB.run(until=40)
    assert carrier(run, 22) is keeps_carrier
    assert carrier(run, 30) and carrier(calm, 22)
    assert lost(run, 20) >= 4 > 0 == lost(calm, 20)
    assert cause in run.drops or "no_route" in run.drops
    assert lost(run, 35) == 0


def test_a_pulled_cable_takes_the_carrier_of_both_ends_and_shutdown_only_of_one() -> None:
    pulled = LAB.run(until=10, faults=["5 down R1:Ethernet0/1"]).at(6)
    shut = LAB.run(until=10, faults=["5 shutdown R1:Ethernet0/1"]).at(6)

    def inside_up(moment: object) -> bool:
        return next(i.up for i in moment.device("ASA1").interfaces if i.nameif == "INSIDE")  # type: ignore[attr-defined]

    assert not inside_up(pulled)
    assert inside_up(shut)


def test_a_cut_one_way_loses_only_what_leaves() -> None:
    run = LAB.run(until=15, faults=[f"5 cut-out {OUTSIDE}"])
    arrived = [hop for hop in run.trace.hops if hop.left_us > to_us(5) and hop.receiver == OUTSIDE]
    assert all(hop.arrived_us is not None for hop in arrived)
    died = [drop for drop in run.trace.drops if drop.cause == "link_cut" and drop.flow]
    assert len(died) == lost(run, 5) == 10
    assert not any(drop.answer for drop in died)


def test_a_crash_forgets_everything_and_a_boot_begins_anew() -> None:
    run = LAB.run(until=60, faults=["20 crash ASA2", "30 boot ASA2"])
    gone = [sa for sa in run.sas if sa.node == "ASA2" and sa.reason == "crash"]
    assert {sa.kind for sa in gone} == {"ike", "esp-in", "esp-out"}
    assert {sa.down_us for sa in gone} == {to_us(20)}
    assert carrier(run, 25, "ASA1"), "behind a segment nobody loses carrier"
    assert run.at(25).show("ASA1", "show crypto ikev1 sa").count("MM_ACTIVE") == 1
    assert lost(run, 50) == 0, "dead-peer detection brings it back"


def test_clear_ike_tells_nobody() -> None:
    run = LAB.run(until=60, faults=["20 clear-ike ASA2"])
    assert not [m for m in run.messages if to_us(20) <= m.at_us < to_us(20.5) and m.sender == "ASA2"]
    assert {sa.reason for sa in run.sas if sa.node == "ASA2" and sa.down_us == to_us(20)} == {"cleared"}
    assert run.drops.get("invalid_spi", 0) > 0
    assert not LAB.run(until=60).drops.get("invalid_spi")


def test_loss_is_random_seeded_and_about_as_much_as_asked() -> None:
    runs = [LAB.run(until=120, faults=[f"5 loss 20% {OUTSIDE}"], seed=seed) for seed in (1, 1, 2)]
    fates = [[p.lost_us for p in run.flows["R1>R2"]] for run in runs]
    assert fates[0] == fates[1] != fates[2]
    assert 20 <= lost(runs[0], 5) <= 60, "two passes at 20 % lose about 36 % of 115"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("30 cut ASA9:GigabitEthernet0/1", "did you mean"),
        ("30 cut ASA1:GigabitEthernet0/9", "GigabitEthernet0/"),
        ("30 explode ASA1", "no action 'explode'"),
        ("soon cut ASA1:GigabitEthernet0/1", "no time"),
        ("-1 cut ASA1:GigabitEthernet0/1", "no time"),
        ("30 loss 120% ASA1:GigabitEthernet0/1", "120"),
        ("30 clear-ike R1", "no IKE runs on R1"),
        ("30 cut", "incomplete"),
        ("30 cut ASA1", "NODE:INTERFACE"),
    ],
)
def test_an_impossible_fault_says_what_to_do(line: str, says: str) -> None:
    with pytest.raises(ScenarioError, match=says):
        LAB.run(faults=[line])


def test_fault_lines_are_printed_in_canonical_form_and_order() -> None:
    run = LAB.run(until=10, faults=["7 mend asa1:g0/1", "5.50 CUT ASA1:Gi0/1"])
    assert run.faults == [f"5.5 cut {OUTSIDE}", f"7 mend {OUTSIDE}"]
