"""OSPF on devices: who notices what, and when, and what the tunnel over it makes of that."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

import pytest

from ipsec_edu.run import Run
from tests.net.ospf_lab import adjacencies, lab, moved, outage, via
from tests.tools import find_tool

FIRST, SECOND = "Ethernet0/1", "Ethernet0/2"
P2P, BROADCAST = "point-to-point", "broadcast"
SPF_S = 0.05
"""Initial wait of the SPF throttle."""


@cache
def broken(network: str, fault: str, back: str = "", timers: tuple[int, int] = (1, 4)) -> Run:
    """The link that both use breaks at 30.25 s (a quarter second after a Hello), and is mended at 45.25 s."""
    faults = [f"30.25 {fault} gw1:{FIRST}", *([f"45.25 {back} gw1:{FIRST}"] if back else [])]
    return lab(network, timers).run(until=70, faults=faults)


def keyed(run: Run) -> set[str]:
    """Return what every SA that came up is called."""
    return {sa.id for sa in run.sas if sa.up_us is not None}


def answered(run: Run, from_s: float, until_s: float) -> bool:
    probes = [p for p in run.flows["ping"] if from_s <= p.sent_us / 1e6 < until_s]
    return bool(probes) and all(probe.answered_us is not None for probe in probes)


# --- who notices, and when ---------------------------------------------------------------


@pytest.mark.parametrize("network", [P2P, BROADCAST])
def test_both_ends_move_at_once_when_both_lose_carrier(network: str) -> None:
    run = broken(network, "down", "up")
    assert via(run, "gw1", 30) == [FIRST]
    assert via(run, "gw1", 31) == via(run, "gw2", 31) == [SECOND]
    for node in ("gw1", "gw2"):
        assert SPF_S <= (moved(run, node, 30.25, SECOND) or 99) < 0.1
    assert outage(run, 30) <= 0.1
    text = f"{FIRST} from FULL to DOWN, Neighbor Down: Interface down or detached"
    assert adjacencies(run, "gw2", 30)[0][0] == 30.25
    assert adjacencies(run, "gw2", 30)[0][1].endswith(text)


def test_shut_down_at_one_end_of_a_point_to_point_link_the_other_waits_for_its_dead_timer() -> None:
    run = broken(P2P, "shutdown")
    assert (moved(run, "gw1", 30.25, SECOND) or 99) < 0.1
    late = moved(run, "gw2", 30.25, SECOND)
    assert late == pytest.approx(4 - 0.25 + SPF_S, abs=0.01), "dead interval less the age of the last Hello"
    assert outage(run, 30) == pytest.approx(late, abs=0.06)
    (_, line), *_ = adjacencies(run, "gw2", 30)
    assert "Neighbor Down: Dead timer expired" in line


def test_on_a_broadcast_network_the_other_end_moves_at_once() -> None:
    run = broken(BROADCAST, "shutdown")
    assert (moved(run, "gw2", 30.25, SECOND) or 99) < 0.2
    assert outage(run, 30) < 0.25
    assert outage(broken(P2P, "shutdown"), 30) > 3


@pytest.mark.parametrize(("timers", "age_s"), [((1, 4), 0.25), ((10, 40), 0.25), ((2, 6), 0.25)])
def test_a_silent_cut_lasts_the_dead_interval_less_the_age_of_the_last_hello(
    timers: tuple[int, int], age_s: float
) -> None:
    faults = [f"{60 + age_s} cut gw1:{FIRST}"]
    run = lab(P2P, timers, start_s=55, dpd="30 5").run(until=110, faults=faults)
    for node in ("gw1", "gw2"):
        late = moved(run, node, 60 + age_s, SECOND)
        assert late == pytest.approx(timers[1] - age_s + SPF_S, abs=0.01)
    assert outage(run, 58) == pytest.approx(timers[1] - age_s, abs=0.15)


@pytest.mark.parametrize("network", [P2P, BROADCAST])
def test_the_route_comes_back_and_the_return_costs_no_packet(network: str) -> None:
    run = broken(network, "down", "up")
    back = moved(run, "gw1", 45.25, FIRST)
    assert back is not None and back < 11
    assert answered(run, 32, 69)
    never = broken(network, "down")
    assert via(never, "gw1", 69) == [SECOND]


def test_equal_costs_are_both_used_and_one_remains() -> None:
    run = lab(cost2=10).run(until=40, faults=[f"30 down gw1:{FIRST}"])
    assert via(run, "gw1", 29) == [FIRST, SECOND]
    assert via(run, "gw1", 31) == [SECOND]
    assert via(lab().run(until=40), "gw1", 29) == [FIRST]


# --- the tunnel over it --------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["down", "shutdown", "cut"])
def test_sas_with_a_loopback_address_outlive_what_is_shorter_than_dpd(fault: str) -> None:
    run = broken(P2P, fault)
    assert len(keyed(run)) == 1 + 2
    assert [sa.reason for sa in run.sas] == [None] * len(run.sas)
    assert answered(run, 36, 69)


def test_a_dpd_that_is_faster_than_ospf_kills_sas_that_were_good() -> None:
    run = lab(P2P, (10, 40), start_s=55, dpd="10 2").run(until=130, faults=[f"60.25 cut gw1:{FIRST}"])
    assert "dpd" in {sa.reason for sa in run.sas}
    assert len(keyed(run)) > 3
    slow = lab(P2P, (10, 40), start_s=55, dpd="30 5").run(until=130, faults=[f"60.25 cut gw1:{FIRST}"])
    assert len(keyed(slow)) == 3
    assert outage(slow, 58) < outage(run, 58)


def test_a_crypto_map_claims_ospf_only_where_its_access_list_does() -> None:
    everything = {"gw1": "access-list 100 permit ip any any\n"}
    claimed = lab(only=everything).run(until=15)
    assert adjacencies(claimed, "gw1") == []
    assert claimed.drops.get("no_sa_pending", 0) + claimed.drops.get("clear_matches_spd", 0) > 10
    run = lab().run(until=15)
    assert len(adjacencies(run, "gw1")) == 2
    assert {hop.kind for hop in run.trace.hops} == {"ospf"}


# --- life and death ------------------------------------------------------------------------


def test_a_router_that_crashes_forgets_and_learns_anew() -> None:
    run = lab().run(until=80, faults=["30 crash gw2", "40 boot gw2"])
    assert via(run, "gw1", 35) == []
    assert via(run, "gw1", 55) == via(run, "gw2", 55) == [FIRST]
    downs = [line for _, line in adjacencies(run, "gw1", 30) if "to DOWN" in line]
    assert len(downs) == 2
    assert [line for _, line in adjacencies(run, "gw2", 30) if "to DOWN" in line] == []
    stays = lab().run(until=80, faults=["30 crash gw2"])
    assert via(stays, "gw1", 55) == []


def test_neighbours_that_disagree_never_meet() -> None:
    only = {"gw2": f"interface {FIRST}\n ip ospf hello-interval 2\n"}
    run = lab(only=only).run(until=30)
    assert {line.partition(" on ")[2].split()[0] for _, line in adjacencies(run, "gw1")} == {SECOND}
    assert via(run, "gw1", 29) == [SECOND]
    other_area = {"gw2": f"interface {FIRST}\n ip ospf 1 area 7\n"}
    run = lab(only=other_area).run(until=30)
    assert via(run, "gw1", 29) == [SECOND]


def test_the_same_router_id_twice_is_logged_once() -> None:
    run = lab(only={"gw2": "router ospf 1\n router-id 10.255.0.1\n"}).run(until=30)
    lines = [line.text for line in run.log if line.node == "gw1" and "OSPF-4" in line.text]
    assert lines == [
        f"%OSPF-4-DUP_RTRID_NBR: OSPF detected duplicate router-id from 10.0.{n}.2 on interface Ethernet0/{n}"
        for n in (1, 2)
    ]
    assert not [line for line in lab().run(until=30).log if "OSPF-4" in line.text]


def test_the_log_has_every_step_only_in_detail() -> None:
    detail = lab(process=" log-adjacency-changes detail").run(until=6)
    lines = [line.partition(f" on {FIRST} from ")[2] for _, line in adjacencies(detail, "gw1")]
    assert [line for line in lines if line] == [
        "DOWN to INIT, Hello Received",
        "INIT to 2WAY, 2-Way Received",
        "2WAY to EXSTART, AdjOK, adjacency wanted",
        "EXSTART to EXCHANGE, Negotiation Done",
        "EXCHANGE to LOADING, Exchange Done",
        "LOADING to FULL, Loading Done",
    ]
    assert len(adjacencies(lab().run(until=6), "gw1")) == 2
    assert adjacencies(lab(process=" no log-adjacency-changes").run(until=6), "gw1") == []


def test_once_it_is_settled_nothing_but_hellos_is_sent() -> None:
    run = lab(start_s=100).run(until=60)
    hops = [hop for hop in run.trace.hops if 30_500_000 <= hop.left_us < 50_500_000]
    assert {(hop.kind, hop.size) for hop in hops} == {("ospf", 20 + 24 + 20 + 4)}
    assert len(hops) == 2 * 2 * 20
    assert len({hop.size for hop in run.trace.hops}) > 1


# --- routes from outside -------------------------------------------------------------------


def routes(run: Run, node: str, at_s: float) -> dict[str, tuple[str, int, int]]:
    found = run.at(at_s).device(node).routes
    return {str(r.prefix): (r.source, r.distance, r.metric) for r in found if r.source == "ospf"}


def test_static_and_connected_routes_are_redistributed_through_their_route_map() -> None:
    lines = """
interface Loopback9
 ip address 10.99.0.1 255.255.255.0
router ospf 1
 redistribute static metric 50 subnets route-map FEW
 redistribute connected metric-type 1 subnets
route-map FEW permit 10
 match tag 77
ip route 172.16.1.0 255.255.255.0 10.1.0.2 tag 77
ip route 172.16.2.0 255.255.255.0 10.1.0.2
ip route 0.0.0.0 0.0.0.0 10.1.0.2
"""
    run = lab(only={"gw1": lines}).run(until=40, faults=["30 down gw1:Ethernet0/0"])
    found = routes(run, "gw2", 25)
    assert found["172.16.1.0/24"] == ("ospf", 110, 50)
    assert found["10.99.0.0/24"] == ("ospf", 110, 20 + 10)
    assert "172.16.2.0/24" not in found
    assert "0.0.0.0/0" not in found
    assert "172.16.1.0/24" not in routes(run, "gw2", 39), "it left the table with its interface"
    assert set(routes(lab().run(until=26), "gw2", 25)) == {"10.255.0.1/32"}


def test_a_default_route_is_originated_while_there_is_one() -> None:
    default = "ip route 0.0.0.0 0.0.0.0 10.1.0.2\n"
    lines = "router ospf 1\n default-information originate metric 7\n"
    run = lab(only={"gw1": default + lines}).run(until=40, faults=["30 down gw1:Ethernet0/0"])
    assert routes(run, "gw2", 25)["0.0.0.0/0"] == ("ospf", 110, 7)
    assert "0.0.0.0/0" not in routes(run, "gw2", 39)
    without = lab(only={"gw1": lines}).run(until=26)
    assert "0.0.0.0/0" not in routes(without, "gw2", 25)
    always = lab(only={"gw1": lines.replace("metric", "always metric")}).run(until=26)
    assert routes(always, "gw2", 25)["0.0.0.0/0"] == ("ospf", 110, 7)


# --- bytes -----------------------------------------------------------------------------------


@pytest.mark.parametrize("network", [P2P, BROADCAST])
def test_eager_fidelity_gives_the_same_trace(network: str) -> None:
    faults = [f"30.25 shutdown gw1:{FIRST}", f"40 no-shutdown gw1:{FIRST}"]
    runs = [lab(network).run(until=60, faults=faults, fidelity=each) for each in ("bytes", "eager")]
    for name in ("hops", "routes", "states", "log", "drops", "probes"):
        assert getattr(runs[0].trace, name) == getattr(runs[1].trace, name), name
    assert len(runs[0].trace.states) > 40


@pytest.mark.tshark
@pytest.mark.parametrize("network", [P2P, BROADCAST])
def test_a_capture_shows_real_ospf(network: str, tmp_path: Path) -> None:
    tool = find_tool("tshark")
    assert tool is not None
    run = lab(network, only={"gw1": "router ospf 1\n redistribute static subnets\n"}).run(until=12)
    file = tmp_path / "ospf.pcapng"
    run.capture(f"gw1:{FIRST}", file)

    def ask(*words: str) -> list[str]:
        command = [str(tool), "-r", str(file), *words]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()

    assert ask("-Y", "_ws.malformed || _ws.expert.severity == error || _ws.expert.severity == warning") == []
    assert set(ask("-T", "fields", "-e", "ospf.msg")) == {"1", "2", "3", "4", "5"}
    assert set(ask("-T", "fields", "-e", "ip.ttl")) == {"1"}
    assert {"1", "5"} <= set(",".join(ask("-T", "fields", "-e", "ospf.lsa")).split(","))
