"""OSPF as text: parsed by templates made for real routers, every field compared with the process itself."""

from __future__ import annotations

from functools import cache

from ntc_templates.parse import parse_output

from ipsec_edu.core.addr import format_ip
from ipsec_edu.core.units import SECOND
from ipsec_edu.run import Moment
from ipsec_edu.show.command import complete, execute
from ipsec_edu.show.ospf_state import OspfState
from ipsec_edu.show.state import DeviceState
from ipsec_edu.show.words import age, short_interface
from ipsec_edu.wire.ospf_lsa import RouterLsa
from tests.net.ospf_lab import lab
from tests.show.states import ios

ONE = {
    "gw1": "ip route 172.16.0.0 255.255.0.0 10.1.0.2\n"
    "router ospf 1\n redistribute static subnets\n default-information originate always\n"
}


@cache
def moment(network: str = "broadcast", cost2: int = 20) -> Moment:
    return lab(network, cost2=cost2, only=ONE).run(until=40).at(37.3)


def device(node: str = "gw2", network: str = "broadcast") -> tuple[DeviceState, OspfState]:
    state = moment(network).device(node)
    assert state.ospf is not None
    return state, state.ospf


def parsed(state: DeviceState, command: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = parse_output("cisco_ios", command, execute(state, command))
    return found


def test_neighbours_agree_in_every_field() -> None:
    state, ospf = device()
    assert parsed(state, "show ip ospf neighbor") == [
        {
            "neighbor_id": format_ip(one.router_id),
            "priority": str(one.priority),
            "state": "FULL/BDR",
            "dead_time": age(one.dead_us - state.now_us),
            "ip_address": format_ip(one.address),
            "interface": one.interface,
        }
        for one in ospf.neighbors
    ]
    assert [row["state"] for row in parsed(device("gw1")[0], "show ip ospf neighbor")] == ["FULL/DR"] * 2
    p2p, _ = device(network="point-to-point")
    assert [row["state"] for row in parsed(p2p, "show ip ospf neighbor")] == ["FULL/  -"] * 2


def test_the_table_of_neighbours_follows_another_state() -> None:
    state, ospf = device()
    one = ospf.neighbors[0]
    one.state, one.priority, one.address = "ExStart", 0, 0x0A000109
    one.dead_us = state.now_us + 37 * SECOND
    (row, _) = parsed(state, "show ip ospf neighbor")
    assert (row["state"], row["priority"], row["dead_time"]) == ("EXSTART/DROTHER", "0", "00:00:37")
    assert "Ethernet0/2" not in execute(state, "show ip ospf neighbor Ethernet0/1")
    ospf.neighbors.clear()
    assert execute(state, "show ip ospf neighbor") == ""


def test_neighbours_in_detail_agree() -> None:
    state, ospf = device()
    rows = parsed(state, "show ip ospf neighbor detail")
    assert len(rows) == len(ospf.neighbors) == 2
    for row, one in zip(rows, ospf.neighbors, strict=True):
        filled = {name: value for name, value in row.items() if value}
        assert one.up_us is not None
        assert filled == {
            "neighbor_id": format_ip(one.router_id),
            "address": format_ip(one.address),
            "area": "0",
            "interface": one.interface,
            "priority": "1",
            "state": "FULL",
            "state_changes": str(one.changes),
            "dr": format_ip(one.dr),
            "bdr": format_ip(one.bdr),
            "options": "0x2",
            "dead_time": age(one.dead_us - state.now_us),
            "up_time": age(state.now_us - one.up_us),
        }
    ospf.neighbors[0].up_us = None
    assert parsed(state, "show ip ospf neighbor detail")[0]["up_time"] == ""


def test_interfaces_in_brief_agree_in_every_field() -> None:
    words = {"broadcast": ["LOOP", "DR", "DR"], "point-to-point": ["LOOP", "P2P", "P2P"]}
    for network, expected in words.items():
        state, ospf = device(network=network)
        rows = parsed(state, "show ip ospf interface brief")
        assert rows == [
            {
                "interface": short_interface(one.settings.name),
                "process": "1",
                "area": str(one.settings.area),
                "ip_address": format_ip(one.settings.address),
                "prefix_length": str(one.settings.length),
                "cost": str(one.settings.cost),
                "state": word,
                "neighbors_fc": "0/0" if word == "LOOP" else "1/1",
            }
            for one, word in zip(ospf.interfaces, expected, strict=True)
        ]
    ospf.neighbors[0].state = "2-Way"
    assert parsed(state, "show ip ospf interface brief")[1]["neighbors_fc"] == "0/1"


def test_an_interface_says_who_rules_and_when_it_speaks() -> None:
    state, ospf = device()
    text = execute(state, "show ip ospf interface Ethernet0/1")
    assert "Designated Router (ID) 10.255.0.2, Interface address 10.0.1.2" in text
    assert "Backup Designated router (ID) 10.255.0.1, Interface address 10.0.1.1" in text
    assert "Timer intervals configured, Hello 1, Dead 4, Wait 4, Retransmit 5" in text
    assert "Adjacent with neighbor 10.255.0.1  (Backup Designated Router)" in text
    ospf.interfaces[1].dr = ospf.interfaces[1].bdr = 0
    ospf.interfaces[1].hello_us = state.now_us + 9 * SECOND
    text = execute(state, "show ip ospf interface Ethernet0/1")
    assert "No designated router on this network" in text
    assert "No backup designated router on this network" in text
    assert "Hello due in 00:00:09" in text
    assert "stub Host" in execute(state, "show ip ospf interface Loopback0")
    assert "not enabled on Ethernet0/0" in execute(state, "show ip ospf interface Ethernet0/0")


def test_the_database_agrees() -> None:
    state, ospf = device()
    rows = parsed(state, "show ip ospf database")
    assert [(row["link_id"], row["adv_router"], row["age"], row["link_count"]) for row in rows] == [
        (
            format_ip(one.lsa.header.ls_id),
            format_ip(one.lsa.header.router),
            str(one.age_s),
            str(len(one.lsa.body.links)) if isinstance(one.lsa.body, RouterLsa) else "",
        )
        for one in ospf.lsas
    ]
    assert {row["process_id"] for row in rows if row["process_id"]} == {"1"}
    del ospf.lsas[1:]
    assert len(parsed(state, "show ip ospf database")) == 1


def test_routes_show_their_kind_and_equal_ways() -> None:
    state, _ = device()
    rows = [row for row in parsed(state, "show ip route") if row["protocol"] == "O"]
    found = {(r["network"], r["flag"] + r["type"], r["distance"], r["metric"], r["nexthop_ip"]) for r in rows}
    assert found == {
        ("0.0.0.0", "*E2", "110", "1", "10.0.1.1"),
        ("10.255.0.1", "", "110", "11", "10.0.1.1"),
        ("172.16.0.0", "E2", "110", "20", "10.0.1.1"),
    }
    assert "O*E2  0.0.0.0/0 [110/1] via 10.0.1.1, " in execute(state, "show ip route ospf")
    assert "Gateway of last resort is 10.0.1.1 to network 0.0.0.0" in execute(state, "show ip route")
    assert 'Known via "ospf 1", distance 110, metric 11, type intra area' in execute(
        state, "show ip route 10.255.0.1"
    )
    assert "type extern 2" in execute(state, "show ip route 172.16.1.1")
    equal = moment(cost2=10).device("gw2")
    ways = [row["nexthop_ip"] for row in parsed(equal, "show ip route") if row["network"] == "10.255.0.1"]
    assert ways == ["10.0.1.1", "10.0.2.1"]


def test_the_process_counts_what_it_did() -> None:
    state, ospf = device("gw1")
    text = execute(state, "show ip ospf")
    assert 'Routing Process "ospf 1" with ID 10.255.0.1' in text
    assert (
        "It is an autonomous system boundary router\n Redistributing External Routes from,\n    static"
        in text
    )
    assert f"SPF algorithm executed {ospf.spf_runs} times" in text
    assert "Number of external LSA 3." in text
    assert "autonomous system boundary" not in execute(device("gw2")[0], "show ip ospf")
    said = execute(state, "show ip protocols")
    assert "Routing for Networks:\n    10.255.0.0 0.0.255.255 area 0\n    10.0.0.0 0.0.255.255 area 0" in said
    assert "Passive Interface" not in said
    passive = lab(process=" passive-interface Ethernet0/2").run(until=3).at(2).device("gw1")
    assert "Passive Interface(s):\n    Ethernet0/2" in execute(passive, "show ip protocols")
    assert "No Hellos (Passive interface)" in execute(passive, "show ip ospf interface Ethernet0/2")


def test_without_ospf_the_commands_say_nothing_and_are_completed_all_the_same() -> None:
    state = ios()
    for command in ("neighbor", "neighbor detail", "interface", "interface brief", "database", ""):
        assert execute(state, f"show ip ospf {command}") == ""
    assert complete(state, "show ip ospf ") == ["database", "interface", "neighbor"]


def test_every_command_answers_at_every_moment_of_a_life() -> None:
    run = lab(network="broadcast", only=ONE).run(
        until=60,
        faults=["30 cut gw1:Ethernet0/1", "40 crash gw2", "45 boot gw2", "50 shutdown gw1:Ethernet0/2"],
    )
    commands = [f"show ip ospf {words}" for words in ("", "neighbor", "neighbor detail", "database")]
    commands += ["show ip ospf interface", "show ip ospf interface brief", "show ip protocols"]
    seen = set()
    for at_s in (0, 0.5, 4, 4.001, 5, 30, 33.9, 34.1, 40.1, 45.01, 51, 60):
        state = run.at(at_s).device("gw1")
        for command in commands:
            text = execute(state, command)
            assert "%" not in text and "-1" not in text.replace("DB-1", "")
        seen |= {row["state"] for row in parsed(state, "show ip ospf interface brief")}
    assert seen == {"LOOP", "WAIT", "DROTH", "BDR", "DR", "DOWN"}
