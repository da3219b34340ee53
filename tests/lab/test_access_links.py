"""A hub with two access links: what the loss of one costs in each design.

A single identity leaves it to routing; several identities leave it to dead-peer detection and the list of
peers; a second link that the other end knows nothing of helps nobody.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from ipsec_edu import Lab
from ipsec_edu.core.addr import format_ip
from ipsec_edu.run import Run
from tests.lab.reading import alive, answered, lost_after, negotiations, peers, spis, ups, way

LAB = Lab.load("access-links")
NINE = [("main", n) for n in range(1, 7)] + [("quick", n) for n in range(1, 4)]
LINK_1, LINK_2 = "HUB:Ethernet0/1", "HUB:Ethernet0/2"
CUT = ("30.5 cut HUB:Ethernet0/1", "70.5 mend HUB:Ethernet0/1")
PULL = ("30.5 down HUB:Ethernet0/1", "70.5 up HUB:Ethernet0/1")
SHUT = ("30.5 shutdown HUB:Ethernet0/1", "70.5 no-shutdown HUB:Ethernet0/1")
OUT = ("30.5 cut-out HUB:Ethernet0/1", "70.5 mend-out HUB:Ethernet0/1")
IN = ("30.5 cut-out P1:Ethernet0/1", "70.5 mend-out P1:Ethernet0/1")
CRASH = ("30.5 crash P1", "70.5 boot P1")


@cache
def played(variant: str | None, faults: tuple[str, ...] = (), until: float = 100) -> Run:
    """One design under faults."""
    return LAB.variant(variant).run(until=until, faults=faults)


def tuned(**values: float) -> Lab:
    """The lab with its sliders set."""
    lab = LAB
    for node in sorted({node for control in LAB.controls for node in control.nodes}):
        lab = lab.configure(node, lab.control_lines(node, values))
    return lab


# --- one identity ----------------------------------------------------------------------------------


@pytest.mark.parametrize("variant", [None, "single-identity"])
def test_healthy_it_is_one_pair_that_both_interfaces_show(variant: str | None) -> None:
    run = played(variant)
    assert lost_after(run, 11) == 0
    assert negotiations(run) == NINE
    flows = run.at(90).device("HUB").flows
    assert [flow.interface for flow in flows] == ["Ethernet0/1", "Ethernet0/2"]
    one, two = ({sa.spi for sa in flow.inbound + flow.outbound} for flow in flows)
    assert one == two == spis(run) and len(one) == 2
    shown = run.at(90).show("HUB", "show crypto ipsec sa")
    assert shown.count("local addr 192.0.2.1") == 2
    # control: without an identity in common each interface has a piece of its own
    apart = played("interface-maps").at(90).device("HUB").flows
    assert [len(flow.inbound) for flow in apart] == [1, 0]
    assert {format_ip(flow.local) for flow in apart} == {"203.0.113.1", "203.0.113.5"}


@pytest.mark.parametrize("faults", [CUT, PULL, SHUT, OUT, IN, CRASH], ids=lambda f: f[0].split()[1])
def test_with_converging_routing_the_sas_outlive_failure_and_return(faults: tuple[str, ...]) -> None:
    run = played(None, faults)
    assert negotiations(run) == NINE, "not one message of Main or Quick Mode after the first nine"
    for node in ("HUB", "SPOKE"):
        assert [len(ups(run, node, kind)) for kind in ("ike", "esp-in", "esp-out")] == [1, 1, 1]
        assert all(sa.down_us is None for sa in run.sas), "same cookies, same SPIs"
    assert len(spis(run)) == 2
    assert lost_after(run, 30, 70) <= 5, "no longer than the dead interval of 4 s"
    assert all(alive(run, 36, 99)), "and the return costs nothing"
    # the outer packets really did change their way, and came back
    assert way(run, LINK_1, 12, 30) == {"esp"} and way(run, LINK_2, 12, 30) == set()
    assert way(run, LINK_2, 40, 70) == {"esp"} and way(run, LINK_1, 40, 70) == set()
    assert way(run, LINK_1, 85, 99) == {"esp"} and way(run, LINK_2, 85, 99) == set()


@pytest.mark.parametrize("variant", ["single-link", "multiple-identities", "interface-maps"])
def test_no_other_design_keeps_its_sas(variant: str) -> None:
    run = played(variant, CUT)
    assert len(ups(run, "SPOKE")) > 1
    assert len(negotiations(run)) > 9
    assert any(sa.reason == "dpd" for sa in run.sas)


def test_carrier_loss_is_noticed_at_once_and_silence_only_by_timers() -> None:
    assert lost_after(played(None, PULL), 30) <= 1
    assert lost_after(played(None, CUT), 30) >= 3


def test_packets_are_accepted_on_whichever_interface_they_come_by() -> None:
    """Requests by one link, answers by the other: an SA belongs to an address, not to an interface."""
    split = LAB.configure("HUB", "interface Ethernet0/2\n ip ospf cost 5")
    run = split.run(until=40)
    assert lost_after(run, 11) == 0
    assert negotiations(run) == NINE
    assert way(run, LINK_2, 12, 39) == {"esp"} and way(run, LINK_1, 12, 39) == set()
    assert way(run, "P1:Ethernet0/1", 12, 39) == {"esp"} and way(run, "P2:Ethernet0/1", 12, 39) == set()


def test_the_map_belongs_on_both_interfaces() -> None:
    bare = LAB.configure("HUB", "interface Ethernet0/2\n no crypto map VPN")
    run = bare.run(until=60, faults=CUT[:1])
    assert way(run, LINK_2, 36, 59) == {"clear"}, "what leaves there is not protected"
    assert not any(alive(run, 36, 59))
    assert run.drops["no_route"] >= 20, "the provider does not know private addresses"
    assert way(played(None, CUT), LINK_2, 36, 59) == {"esp"}


# --- routing against dead-peer detection ---------------------------------------


def test_dpd_faster_than_routing_kills_sas_on_a_path_that_heals() -> None:
    slow = tuned(hello=10, dead=40)
    run = slow.run(until=130, faults=["60.5 cut HUB:Ethernet0/1"])
    dead = [sa for sa in run.sas if sa.node == "SPOKE" and sa.reason == "dpd"]
    assert len(dead) == 3, "the IKE SA and both IPsec SAs"
    assert 70e6 < dead[0].down_us < 81e6
    assert negotiations(run, 60) == [("main", 1), *NINE[1:]], (
        "and nine messages when routing has healed the path"
    )
    assert 30 <= lost_after(run, 60) <= 55
    # control: the same cut, the same DPD, routing with the timers of the base
    assert not any(sa.reason for sa in played(None, CUT).sas)


def test_dpd_slower_than_the_same_slow_routing_leaves_them_alone() -> None:
    patient = tuned(hello=10, dead=40, retry=9)
    run = patient.run(until=130, faults=["60.5 cut HUB:Ethernet0/1"])
    assert negotiations(run) == NINE
    assert all(sa.down_us is None for sa in run.sas)
    assert 25 <= lost_after(run, 60) <= 41


def with_profile(**profile: object) -> Lab:
    """The lab with the IKE of another implementation in both gateways."""
    platform = {"platform": "strongswan", **profile}
    return replace(LAB, scenario=replace(LAB.scenario, profiles={"HUB": platform, "SPOKE": platform}))


@pytest.mark.parametrize(
    ("delay", "timeout", "action", "sas", "back"),
    [(10, 30, "clear", 1, (3, 5)), (1, 3, "restart", 3, (6, 9))],
)
def test_another_implementation_with_dpd_slower_and_faster_than_routing(
    delay: float, timeout: float, action: str, sas: int, back: tuple[int, int]
) -> None:
    lab = with_profile(dpd_delay_s=delay, dpd_timeout_s=timeout, dead_peer_action=action)
    run = lab.run(until=60, faults=CUT[:1])
    assert len(ups(run, "SPOKE")) == sas, "both ends restart, and each builds one: IKEv1 has no tie-break"
    assert back[0] <= lost_after(run, 30) <= back[1]


# --- several identities ----------------------------------------------------------------------------


@pytest.mark.parametrize("faults", [CUT, PULL, CRASH], ids=lambda f: f[0].split()[1])
def test_with_several_identities_dpd_then_nine_messages_to_the_next_peer(faults: tuple[str, ...]) -> None:
    run = played("multiple-identities", faults[:1])
    assert peers(run, "SPOKE") == ["203.0.113.1", "203.0.113.5"]
    first, second = ups(run, "SPOKE")
    assert first.reason == "dpd" and 40e6 < first.down_us <= 51e6, "10 to 20 s after the last answer"
    assert second.begun_us - first.down_us < 1e6, "the next packet asks for the next peer"
    after = [m for m in run.messages if m.at_us >= second.begun_us and m.exchange in ("main", "quick")]
    assert [(m.exchange, m.number) for m in after] == NINE
    assert {format_ip(m.remote) for m in after if m.sender == "SPOKE"} == {"203.0.113.5"}
    assert 10 <= lost_after(run, 30) <= 21
    assert all(alive(run, 52, 99))
    assert len(spis(run)) == 4, "new SPIs: a new pair"
    # control: one identity, the same fault, no message at all
    assert negotiations(played(None, faults[:1]), 30) == []


def test_the_place_in_the_list_is_kept_but_the_hubs_routing_brings_the_first_link_back() -> None:
    run = played("multiple-identities", CUT)
    # nobody at the spoke goes back; it is the hub, whose way back turns to the first link, that begins
    assert peers(run, "SPOKE") == ["203.0.113.1", "203.0.113.5", "203.0.113.1"]
    assert [sa.initiator for sa in ups(run, "SPOKE")] == [True, True, False]
    assert 1 <= lost_after(run, 70) <= 2
    # control: as long as the first link is down, nothing begins
    assert peers(played("multiple-identities", CUT[:1]), "SPOKE") == ["203.0.113.1", "203.0.113.5"]


def test_with_both_pairs_up_the_next_failure_costs_detection_only() -> None:
    run = LAB.variant("multiple-identities").run(until=140, faults=[*CUT, "90.5 cut HUB:Ethernet0/1"])
    assert len(ups(run, "SPOKE")) == 3, "the pair of the second link is still there, and takes over"
    assert 10 <= lost_after(run, 90) <= 21 and all(alive(run, 112, 139))
    sent = {hop.spi for hop in run.trace.hops if hop.sender == "SPOKE:Ethernet0/1" and hop.left_us > 112e6}
    kept = ups(run, "SPOKE", "esp-out")[1]
    assert {f"0x{spi:08x}" for spi in sent if spi} == {kept.id} and format_ip(kept.peer) == "203.0.113.5"


def test_a_default_peer_is_tried_again_before_the_second() -> None:
    def first_messages(variant: str) -> list[str]:
        run = played(variant, CUT[:1], 140)
        begun = [m for m in run.messages if m.exchange == "main" and m.number == 1 and m.at_us > 30e6]
        return [format_ip(m.remote) for m in begun if m.sender == "SPOKE" and not m.retransmission]

    assert first_messages("multiple-identities") == ["203.0.113.5"]
    assert first_messages("multiple-identities-default") == ["203.0.113.1", "203.0.113.5"]
    price = lost_after(played("multiple-identities-default", CUT[:1], 140), 30)
    assert price - lost_after(played("multiple-identities", CUT[:1], 140), 30) == pytest.approx(60, abs=2)


# --- two links, one peer ---------------------------------------------------------------------------


@pytest.mark.parametrize("variant", ["single-link", "interface-maps"])
def test_a_second_link_that_the_spoke_knows_nothing_of_helps_nobody(variant: str) -> None:
    run = played(variant, CUT)
    assert not any(alive(run, 31, 70)), "down until the repair"
    assert all(alive(run, 82, 99)), "the next repetition of message 1 comes at most 10 s after it"
    assert set(peers(run, "SPOKE")) == {"203.0.113.1"}
    # control: with a second identity in the spoke's list it comes back long before
    assert all(alive(played("multiple-identities", CUT), 52, 70))


def test_healthy_every_design_works() -> None:
    for variant in (None, *LAB.variants):
        run = played(variant)
        assert lost_after(run, 11) == 0
        assert answered(run) >= 88
