"""OSPF on a LAN segment of four routers: elections over a bridge, and the books of copied packets."""

from __future__ import annotations

from ntc_templates.parse import parse_output

from ipsec_edu import Lab
from ipsec_edu.net.world import World
from ipsec_edu.run import Run

NAMES = ("r1", "r2", "r3", "r4")


def lab(**priorities: int) -> Lab:
    nodes = "\n".join(f"    {name}: {{kind: cisco_iol, startup-config: {name}.cfg}}" for name in NAMES)
    links = "\n".join(
        f'    - endpoints: ["{name}:Ethernet0/1", "lan:eth{name[1]}"]\n      vars: {{delay: 1ms}}'
        for name in NAMES
    )
    topology = f"name: lan\ntopology:\n  nodes:\n{nodes}\n    lan: {{kind: bridge}}\n  links:\n{links}\n"
    texts = {}
    for name in NAMES:
        number = name[1]
        texts[name] = f"""
hostname {name}
interface Loopback0
 ip address 10.255.0.{number} 255.255.255.255
interface Ethernet0/1
 ip address 10.0.0.{number} 255.255.255.0
 ip ospf priority {priorities.get(name, 1)}
 ip ospf hello-interval 1
 no shutdown
router ospf 1
 network 10.0.0.0 0.255.255.255 area 0
"""
    return Lab.from_texts(topology, texts, "", name="lan")


def played(faults: tuple[str, ...] = (), **priorities: int) -> Run:
    """Run for 40 s and insist that the books of packets balance."""
    worlds: list[World] = []
    run = lab(**priorities).run(until=40, faults=faults, on_world=worlds.append)
    worlds[0].check_books()
    return run


def states(run: Run, node: str, at_s: float) -> dict[str, str]:
    text = run.at(at_s).show(node, "show ip ospf neighbor")
    return {
        row["neighbor_id"][-1]: row["state"]
        for row in parse_output("cisco_ios", "show ip ospf neighbor", text)
    }


def reached(run: Run, node: str, at_s: float) -> set[str]:
    found = run.at(at_s).device(node).routes
    return {str(route.prefix) for route in found if route.source == "ospf"}


def test_the_highest_router_ids_rule_and_the_others_do_not_exchange_databases() -> None:
    run = played()
    assert states(run, "r1", 30) == {"2": "2WAY/DROTHER", "3": "FULL/BDR", "4": "FULL/DR"}
    assert states(run, "r4", 30) == {"1": "FULL/DROTHER", "2": "FULL/DROTHER", "3": "FULL/BDR"}
    assert reached(run, "r1", 30) == {f"10.255.0.{n}/32" for n in (2, 3, 4)}


def test_priority_decides_before_the_router_id_and_zero_never_rules() -> None:
    run = played(r1=9, r4=0)
    assert states(run, "r2", 30) == {"1": "FULL/DR", "3": "FULL/BDR", "4": "2WAY/DROTHER"}


def test_the_backup_takes_over_and_a_stronger_router_that_comes_back_does_not_take_it_back() -> None:
    run = played(("15 crash r4", "25 boot r4"))
    assert states(run, "r1", 24) == {"2": "FULL/BDR", "3": "FULL/DR"}
    assert reached(run, "r1", 24) == {f"10.255.0.{n}/32" for n in (2, 3)}
    assert states(run, "r1", 39) == {"2": "FULL/BDR", "3": "FULL/DR", "4": "2WAY/DROTHER"}
    assert reached(run, "r1", 39) == {f"10.255.0.{n}/32" for n in (2, 3, 4)}
