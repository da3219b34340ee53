"""The outage ledger: parts follow each other, sum to the whole, and name what the time went to."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ipsec_edu import Lab
from ipsec_edu.core.addr import parse_ip
from ipsec_edu.core.causes import Cause
from ipsec_edu.core.units import to_us
from ipsec_edu.ledger import ledger_of, outages_of
from ipsec_edu.run import Run
from ipsec_edu.trace.recorder import Trace
from ipsec_edu.trace.records import Hop, PortChange, PowerChange, Probe, RouteChange, StateChange
from tests.lab.two_paths import reroute, two_paths

LAB = Lab.load("site-to-site")
PORT = "ASA1:GigabitEthernet0/1"


def probe(number: int, fate: str) -> Probe:
    """A probe sent at `number` seconds: ``!`` answered, ``.`` lost, ``?`` still in flight."""
    sent_us = number * 1_000_000
    answered = sent_us + 80_000 if fate == "!" else None
    lost = sent_us + 1_000 if fate == "." else None
    return Probe("a", number, sent_us, answered, lost, Cause.LOSS if lost else None)


def gaps(fates: str) -> list[tuple[int, int | None, int]]:
    """Outages of a row of fates as (start s, end s, lost)."""
    found = outages_of("a", [probe(n, fate) for n, fate in enumerate(fates)], 100_000_000)
    return [
        (o.start_us // 1_000_000, None if o.end_us is None else o.end_us // 1_000_000, o.lost) for o in found
    ]


def test_an_outage_runs_from_the_first_unanswered_to_the_next_answered() -> None:
    assert gaps("!!!!") == []
    assert gaps("!..!!") == [(1, 3, 2)]
    assert gaps(".!.!") == [(0, 1, 1), (2, 3, 1)]
    assert gaps("!..") == [(1, None, 2)]


def test_what_is_still_in_flight_is_not_lost() -> None:
    assert gaps("!!??") == []
    assert gaps("!.?") == [(1, None, 1)]


def names(*faults: str, until: float = 120, config: str = "") -> list[str]:
    """Names of the parts of the last outage."""
    lab = LAB.configure("ASA1", config) if config else LAB
    return [part.name for part in lab.run(until=until, faults=faults).ledger()[-1].parts]


def test_a_path_that_heals_by_itself_needs_no_negotiation() -> None:
    assert names(f"30 cut {PORT}", f"34.5 mend {PORT}") == ["wait", "first packet"]


def test_a_dead_peer_costs_detection_and_negotiation() -> None:
    assert names(f"30 cut {PORT}", f"60 mend {PORT}") == ["detect", "wait", "negotiate", "first packet"]


def test_an_outage_without_end_has_no_negotiation_that_worked() -> None:
    run = LAB.run(faults=[f"30 cut {PORT}"])
    outage = run.ledger()[-1]
    assert outage.end_us is None and outage.duration_s is None
    assert [part.name for part in outage.parts] == ["detect", "wait"]
    assert outage.parts[-1].end_us == run.until_us


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    breaks=st.sampled_from(["cut", "down", "cut-out", "shutdown"]),
    at=st.integers(2, 60),
    lasts=st.integers(1, 59),
    threshold=st.integers(10, 40),
    retry=st.integers(2, 10),
)
def test_parts_follow_each_other_and_sum_to_the_outage(
    breaks: str, at: int, lasts: int, threshold: int, retry: int
) -> None:
    mends = {"cut": "mend", "down": "up", "cut-out": "mend-out", "shutdown": "no-shutdown"}[breaks]
    lab = LAB.configure("ASA1", LAB.control_lines("ASA1", {"threshold": threshold, "retry": retry}))
    run = lab.run(faults=[f"{at} {breaks} {PORT}", f"{at + lasts} {mends} {PORT}"])
    for outage in run.ledger():
        end_us = run.until_us if outage.end_us is None else outage.end_us
        marks = [outage.start_us, *(part.end_us for part in outage.parts)]
        assert [part.start_us for part in outage.parts] == marks[:-1]
        assert marks == sorted(marks) and marks[-1] == end_us
        assert all(part.end_us > part.start_us for part in outage.parts)
    assert sum(o.lost for o in run.ledger()) == sum(p.lost_us is not None for p in run.flows["R1>R2"])


def test_detection_is_what_the_timers_say() -> None:
    for threshold, retry in ((10, 2), (20, 2), (10, 5), (30, 10)):
        lines = LAB.control_lines("ASA1", {"threshold": threshold, "retry": retry})
        run = LAB.configure("ASA1", lines).run(until=120, faults=[f"30 cut {PORT}"])
        detect = run.ledger()[-1].parts[0]
        assert detect.end_us == to_us(29.083 + threshold + 3 * retry)


# --- re-routing, told by records made by hand ----------------------------------------------------

A, B = "C1:A", "C1:B"
"""C1 sends by port A to D, and by port B over E to D."""
DIRECT, ROUND = (("C1:A", "D:A"),), (("C1:B", "E:1"), ("E:2", "D:B"))
FAR = parse_ip("192.0.2.1")


def trace_of(fates: str, before: tuple[tuple[str, str], ...], after: tuple[tuple[str, str], ...]) -> Trace:
    """A plain flow, one packet a second; those after the last lost one go the other way, and back."""
    trace = Trace()
    trace.probes["a"] = [probe(n, fate) for n, fate in enumerate(fates)]
    for sent in trace.probes["a"]:
        if sent.answered_us is not None:
            way = before if sent.number <= fates.index(".") else after
            there = [(False, *step) for step in way]
            back = [(True, receiver, sender) for sender, receiver in reversed(way)]
            for n, (answer, sender, receiver) in enumerate(there + back):
                left = sent.sent_us + n * 1000
                hop = Hop(
                    sent.number,
                    "clear",
                    "a",
                    sent.number,
                    answer,
                    sender,
                    receiver,
                    left,
                    left + 1000,
                    84,
                    0,
                    0,
                )
                trace.hops.append(hop)
    return trace


def route(
    at: float, node: str, change: str, prefix: str = "192.0.2.0/24", source: str = "ospf"
) -> RouteChange:
    """A route that came or went."""
    return RouteChange(to_us(at), node, change, prefix, "10.0.0.1", source)


def lost_neighbour(at: float, node: str) -> StateChange:
    """The dead interval of OSPF ran out."""
    return StateChange(to_us(at), node, "ospf-neighbor", "10.0.0.2", "Full", "x", "", "Down", True, "")


def told(trace: Trace) -> list[tuple[str, float]]:
    """Parts of the last outage as (name, when it ends in seconds)."""
    outage = ledger_of(trace, 20_000_000, {"a": {FAR}})[-1]
    assert sum(p.end_us - p.start_us for p in outage.parts) == (outage.end_us or 20_000_000) - outage.start_us
    return [(part.name, part.end_us / 1e6) for part in outage.parts]


def test_a_lost_neighbour_ends_detection_and_the_last_route_that_matters_ends_the_re_routing() -> None:
    trace = trace_of("!!!......!!!", DIRECT, ROUND)
    trace.states.append(lost_neighbour(5.5, "C1"))
    trace.routes += [route(7.0, "C1", "del"), route(7.0, "C1", "add"), route(7.75, "E", "add")]
    assert told(trace) == [("detect", 5.5), ("re-route", 7.75), ("first packet", 9)]
    trace.routes += [route(8.5, "E", "add", "198.51.100.0/24"), route(8.6, "F", "add")]
    assert told(trace)[1] == ("re-route", 7.75)  # to another network, at another device: no matter
    trace.states.clear()
    assert told(trace)[0] == ("detect", 7.0)


def test_losing_one_of_two_equal_routes_is_a_re_routing_without_a_new_one() -> None:
    trace = trace_of("!!!..!!!", DIRECT, ROUND)
    trace.ports.append(PortChange(to_us(3.25), A, False, False, False, 0))
    trace.routes.append(route(4.5, "C1", "del"))
    assert told(trace) == [("detect", 3.25), ("re-route", 4.5), ("first packet", 5)]


def test_a_device_without_power_notices_nothing() -> None:
    trace = trace_of("!!!.......!!!", DIRECT, ROUND)
    trace.power.append(PowerChange(to_us(3.25), "D", False))
    trace.ports.append(PortChange(to_us(3.25), "D:A", False, False, False, 0))
    trace.routes += [route(8.5, "C1", "add"), route(9.5, "E", "add")]
    assert told(trace)[0] == ("detect", 8.5)
    trace.power.clear()
    assert told(trace)[0] == ("detect", 3.25)


def test_routing_that_has_to_come_back_after_a_repair_waits_for_the_repair() -> None:
    trace = trace_of("!!!.........!!", DIRECT, DIRECT)
    trace.ports += [
        PortChange(to_us(2.9), A, True, True, True, 0),
        PortChange(to_us(9), A, True, False, False, 0),
    ]
    assert told(trace) == [("wait", 9), ("first packet", 12)]  # nobody noticed: a repair and no more
    trace.states.append(lost_neighbour(6, "D"))
    trace.routes += [route(6.5, "C1", "del"), route(11, "C1", "add")]
    assert told(trace) == [("detect", 6), ("wait", 9), ("re-route", 11), ("first packet", 12)]


def test_the_first_way_of_all_is_found_and_not_detected() -> None:
    trace = trace_of("....!!", DIRECT, DIRECT)
    trace.routes.append(route(3.5, "C1", "add"))
    assert told(trace) == [("re-route", 3.5), ("first packet", 4)]


def test_what_never_ends_is_noticed_and_waited_for() -> None:
    trace = trace_of("!!!......", DIRECT, DIRECT)
    trace.states.append(lost_neighbour(5, "C1"))
    assert told(trace) == [("detect", 5), ("wait", 20)]


# --- with a tunnel ------------------------------------------------------------------------------


def parts_of(run: Run, flow: str) -> list[tuple[str, float]]:
    """Parts of the last outage of `flow`."""
    return [(part.name, part.duration_s) for part in run.ledger(flow)[-1].parts]


def test_routing_that_is_fast_enough_leaves_the_tunnel_alone() -> None:
    run = two_paths().run(until=60, faults=reroute(30, 34, 36.2))
    assert parts_of(run, "R1>R2") == [("detect", 4.0), ("re-route", 2.2), ("first packet", 0.8)]
    assert parts_of(run, "R2>R1") == [("detect", 3.5), ("re-route", 2.2), ("first packet", 0.3)]
    assert sum(m.at_us > to_us(30) and m.exchange == "main" for m in run.messages) == 0


def test_routing_that_is_too_slow_pays_for_ike_as_well() -> None:
    run = two_paths().run(until=80, faults=reroute(30, 50, 61))
    assert [name for name, _ in parts_of(run, "R1>R2")] == [
        "detect",
        "re-route",
        "wait",
        "negotiate",
        "first packet",
    ]
    assert parts_of(run, "R1>R2")[:2] == [("detect", 20.0), ("re-route", 11.0)]
    plain = two_paths(crypto=False).run(until=80, faults=reroute(30, 50, 61))
    assert {name for name, _ in parts_of(plain, "R1>R2")} == {"detect", "re-route"}


def test_a_cable_that_is_pulled_costs_a_packet_at_most() -> None:
    run = two_paths().run(until=40, faults=["30.03 down GW1:GigabitEthernet0/1"])
    assert [(outage.start_us, outage.lost) for outage in run.ledger("R1>R2")[1:]] == [(to_us(30), 1)]
    assert parts_of(run, "R1>R2") == [("detect", 0.03), ("first packet", 0.97)]


def test_each_flow_is_judged_by_its_own_gateway_and_way() -> None:
    run = two_paths().run(
        until=80, faults=["30 cut-out GW2:GigabitEthernet0/1", "32.2 mend-out GW2:GigabitEthernet0/1"]
    )
    assert [part[0] for part in parts_of(run, "R1>R2")] == ["wait", "first packet"]
    assert all(probe.answer_lost for probe in run.flows["R1>R2"] if to_us(29) < (probe.lost_us or 0))
    assert [(o.start_us, o.end_us) for o in run.ledger("R2>R1")] == [(to_us(30.5), to_us(32.5))]


def test_answers_that_die_where_requests_pass_are_waited_for() -> None:
    mend = "60.3 mend-out ASA2:GigabitEthernet0/1"
    run = LAB.run(until=80, faults=["30 cut-out ASA2:GigabitEthernet0/1", mend])
    outage = run.ledger()[-1]
    answers = [
        m.at_us for m in run.messages if m.exchange == "main" and m.number == 2 and m.arrived_us is not None
    ]
    heard = next(part.end_us for part in outage.parts if part.name == "wait")
    assert to_us(60.3) <= heard <= answers[-1] < outage.end_us  # type: ignore[operator]
    negotiate = next(part.duration_s for part in outage.parts if part.name == "negotiate")
    assert negotiate <= 0.32


# --- with OSPF ----------------------------------------------------------------------------------


def ospf_parts(lab: str, variant: str | None, fault: str) -> dict[str, float]:
    """Parts of the outage that a fault at 60 s makes."""
    chosen = Lab.load(lab).variant(variant) if variant else Lab.load(lab)
    run = chosen.run(until=150, faults=[f"60 {fault}"], fidelity="model")
    last = run.ledger()[-1]
    assert last.end_us is not None and last.start_us >= to_us(59)
    assert sum(part.end_us - part.start_us for part in last.parts) == last.end_us - last.start_us
    return {part.name: part.duration_s for part in last.parts}


def test_one_identity_is_healed_by_ospf_alone() -> None:
    parts = ospf_parts("access-links", "single-identity", "cut HUB:Ethernet0/1")
    assert list(parts) == ["detect", "re-route", "first packet"]
    assert 0 < parts["re-route"] < 1 < parts["detect"]
    assert "detect" not in ospf_parts("access-links", "single-identity", "down HUB:Ethernet0/1")


def test_a_list_of_peers_is_healed_by_dead_peer_detection_whatever_ospf_does() -> None:
    parts = ospf_parts("access-links", "multiple-identities", "cut HUB:Ethernet0/1")
    assert list(parts) == ["detect", "wait", "negotiate", "first packet"]
    assert parts["detect"] > ospf_parts("access-links", "single-identity", "cut HUB:Ethernet0/1")["detect"]


def test_slow_hellos_and_impatient_gateways_cost_every_part() -> None:
    parts = ospf_parts("backbone", None, "cut P1:Ethernet0/2")
    assert list(parts) == ["detect", "re-route", "wait", "negotiate", "first packet"]
    assert list(ospf_parts("backbone", "patient-dpd", "cut P1:Ethernet0/2")) == [
        "detect",
        "re-route",
        "first packet",
    ]
