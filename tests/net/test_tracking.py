"""Tracking in a lab: two ways to a server, the first one watched by an echo to the far provider router."""

from __future__ import annotations

from ipsec_edu import Lab

TOPOLOGY = """
name: tracked
topology:
  nodes:
    r1: {kind: cisco_iol, startup-config: r1.cfg}
    pe: {kind: cisco_iol, startup-config: pe.cfg}
    far: {kind: cisco_iol, startup-config: far.cfg}
  links:
    - endpoints: ["r1:Ethernet0/1", "pe:Ethernet0/1"]
    - endpoints: ["pe:Ethernet0/2", "far:Ethernet0/2"]
    - endpoints: ["r1:Ethernet0/3", "far:Ethernet0/3"]
"""
R1 = """
hostname r1
interface Ethernet0/1
 ip address 10.1.0.1 255.255.255.0
 no shutdown
interface Ethernet0/3
 ip address 10.3.0.1 255.255.255.0
 no shutdown
ip route 10.2.0.0 255.255.255.0 10.1.0.2
ip route 192.0.2.1 255.255.255.255 10.1.0.2{track}
ip route 192.0.2.1 255.255.255.255 10.3.0.2 200
ip sla 1
 icmp-echo 10.2.0.2 source-interface Ethernet0/1
 frequency 5
 timeout 1000
ip sla schedule 1 life forever start-time now
track 1 ip sla 1 reachability
{delay}
"""
PE = """
hostname pe
interface Ethernet0/1
 ip address 10.1.0.2 255.255.255.0
 no shutdown
interface Ethernet0/2
 ip address 10.2.0.1 255.255.255.0
 no shutdown
ip route 192.0.2.1 255.255.255.255 10.2.0.2
"""
FAR = """
hostname far
interface Loopback0
 ip address 192.0.2.1 255.255.255.255
interface Ethernet0/2
 ip address 10.2.0.2 255.255.255.0
 no shutdown
interface Ethernet0/3
 ip address 10.3.0.2 255.255.255.0
 no shutdown
ip route 10.1.0.0 255.255.255.0 10.2.0.1
"""
SCENARIO = """
[[flow]]
name = "ping"
from = "r1"
to = "192.0.2.1"
every_s = 0.5
start_s = 1
"""


def lab(track: str = " track 1", delay: str = "") -> Lab:
    texts = {"r1": R1.format(track=track, delay=delay), "pe": PE, "far": FAR}
    return Lab.from_texts(TOPOLOGY, texts, SCENARIO, name="tracked")


def logged(run: object, node: str = "r1") -> list[tuple[float, str]]:
    lines = run.trace.log  # type: ignore[attr-defined]
    return [(line.at_us / 1e6, line.text) for line in lines if line.node == node and "TRACK" in line.text]


def lost(run: object) -> list[float]:
    probes = run.trace.probes["ping"]  # type: ignore[attr-defined]
    return [probe.sent_us / 1e6 for probe in probes if probe.answered_us is None]


def test_a_floating_static_takes_over_when_the_probe_behind_the_next_hop_dies() -> None:
    run = lab().run(until=40, faults=["12 cut pe:Ethernet0/2", "22.4 mend pe:Ethernet0/2"])
    assert logged(run) == [
        (logged(run)[0][0], "%TRACK-6-STATE: 1 ip sla 1 reachability Down -> Up"),
        (16.0, "%TRACK-6-STATE: 1 ip sla 1 reachability Up -> Down"),
        (logged(run)[2][0], "%TRACK-6-STATE: 1 ip sla 1 reachability Down -> Up"),
    ]
    assert 0 <= logged(run)[0][0] < 0.1
    assert 25 <= logged(run)[2][0] < 25.1
    assert lost(run) == [12 + n / 2 for n in range(9) if 12 + n / 2 < 16]
    without = lab(track="").run(until=40, faults=["12 cut pe:Ethernet0/2", "22.4 mend pe:Ethernet0/2"])
    assert max(lost(without)) == 22.0, "what follows nothing leads into the cut"


def test_the_floating_route_is_there_at_once_when_the_interface_of_the_better_one_goes_down() -> None:
    run = lab(track="").run(until=20, faults=["12.2 down r1:Ethernet0/1"])
    assert [probe for probe in lost(run) if probe > 12.2] == []
    state = lab(track="").run(until=20, faults=["12.2 down r1:Ethernet0/1"]).at(15)
    assert "192.0.2.1 [200/0] via 10.3.0.2" in state.show("r1", "show ip route static")


def test_a_delay_keeps_the_route_where_it_is() -> None:
    faults = ["12 cut pe:Ethernet0/2", "17 mend pe:Ethernet0/2"]
    assert [text for _, text in logged(lab(delay=" delay down 10").run(until=40, faults=faults))][1:] == []
    assert len(logged(lab().run(until=40, faults=faults))) == 3


def test_a_crashed_router_forgets_its_objects_and_learns_them_again() -> None:
    run = lab().run(until=40, faults=["12 crash r1", "20 boot r1"])
    ups = [at for at, text in logged(run) if text.endswith("Down -> Up")]
    assert len(ups) == 2 and 20 <= ups[1] < 20.1
    assert all(at < 12 or at >= 20 for at in lost(run))


def test_probes_are_packets_in_the_books() -> None:
    simulation = lab().run(until=7)
    sizes = {hop.size for hop in simulation.trace.hops if hop.flow == ""}
    assert sizes == {64}
    assert sum(hop.sender == "r1:Ethernet0/1" and hop.flow == "" for hop in simulation.trace.hops) == 2


def test_objects_follow_interfaces_and_routes_and_each_other() -> None:
    lines = """
track 2 interface Ethernet0/3 line-protocol
track 3 ip route 10.2.0.0 255.255.255.0 reachability
track 4 list boolean and
 object 2
 object 3
ip route 198.51.100.0 255.255.255.0 10.3.0.2 track 4
"""
    built = lab(delay=lines)
    run = built.run(
        until=30, faults=["10 down r1:Ethernet0/1", "15 up r1:Ethernet0/1", "20 shutdown r1:Ethernet0/3"]
    )

    def there(at_s: float) -> bool:
        return "198.51.100.0" in run.at(at_s).show("r1", "show ip route static")

    assert [there(at_s) for at_s in (1, 9, 11, 16, 21)] == [True, True, False, True, False]
    changes = [(at, text.partition(": ")[2]) for at, text in logged(run) if ": 1 " not in text]
    assert changes == [
        (10.0, "3 ip route 10.2.0.0/24 reachability Up -> Down"),
        (10.0, "4 list boolean and Up -> Down"),
        (15.0, "3 ip route 10.2.0.0/24 reachability Down -> Up"),
        (15.0, "4 list boolean and Down -> Up"),
        (20.0, "2 interface Ethernet0/3 line-protocol Up -> Down"),
        (20.0, "4 list boolean and Up -> Down"),
    ]
    assert "list boolean" not in str(logged(lab().run(until=30)))
