"""Tracked objects, operations and BFD sessions as text: every field follows the state."""

from __future__ import annotations

from ntc_templates.parse import parse_output

from ipsec_edu.config.settings import StaticRoute
from ipsec_edu.core.units import MS, SECOND
from ipsec_edu.routing.bfd import Session
from ipsec_edu.routing.settings import BfdTimers, SlaEcho, TrackedObject
from ipsec_edu.routing.tracking import ObjectState, ProbeState
from ipsec_edu.show.command import execute
from ipsec_edu.show.state import DeviceState
from ipsec_edu.wire.bfd import BfdState
from tests.net.ospf_lab import lab
from tests.show.states import IP, NOW, P, ios


def tracked() -> DeviceState:
    """A router 42.5 s into the run: operation 1 timed out once, object 1 waits for its delay."""
    state = ios(tunnel=False)
    sla = SlaEcho(1, IP("198.51.100.2"), frequency_s=10, timeout_ms=1000)
    state.probes = [
        ProbeState(sla, 0, 50 * SECOND, "Timeout", None, 40 * SECOND, sequence=5, successes=4, failures=1)
    ]
    first = TrackedObject(1, "sla", sla=1, down_delay_s=5, up_delay_s=10)
    state.tracks = [
        ObjectState(first, 2 * SECOND, True, False, 46 * SECOND, 1),
        ObjectState(TrackedObject(2, "interface", interface="GigabitEthernet0/3"), 0, changes=2),
        ObjectState(TrackedObject(3, "route", network=P("10.1.0.0/16").network, length=16), 0, True, True),
        ObjectState(TrackedObject(4, "or", objects=(1, -2)), 0, True, True),
    ]
    state.settings.routes = [StaticRoute(P("10.0.0.0/8"), IP("10.9.9.2"), track=1)]
    return state


def test_an_object_says_what_it_follows_and_what_it_waits_for() -> None:
    assert execute(tracked(), "show track 1").split("\n") == [
        "Track 1",
        "  IP SLA 1 reachability",
        "  Reachability is Up, delayed Down (4 secs remaining)",
        "    1 change, last change 00:00:40",
        "  Delay up 10 secs, down 5 secs",
        "  Latest operation return code: Timeout",
        "  Tracked by:",
        "    Static IP Routing 0",
    ]
    state = tracked()
    state.tracks[0].due_us = None
    state.probes[0].rtt_us = 3400
    state.settings.routes = []
    text = execute(state, "show track 1")
    assert "Reachability is Up\n" in text
    assert "Latest RTT (millisecs) 3" in text
    assert "Tracked by" not in text


def test_interfaces_routes_and_lists_have_words_of_their_own() -> None:
    text = execute(tracked(), "show track")
    assert "Interface GigabitEthernet0/3 line-protocol\n  Line protocol is Down (hw down)" in text
    assert "IP route 10.1.0.0 255.255.0.0 reachability\n  Reachability is Up (OSPF)" in text
    assert "    object 1 Up\n    object 2 not Down" in text
    state = tracked()
    state.tracks[1].up = True
    state.routes = []
    assert "Line protocol is Up\n" in execute(state, "show track 2")
    assert "Reachability is Up (no ip route)" in execute(state, "show track 3")


def test_the_brief_table_has_a_row_each() -> None:
    rows = execute(tracked(), "show track brief").split("\n")[1:]
    assert [row.split() for row in rows] == [
        ["1", "ip", "sla", "1", "reachability", "Up", "00:00:40"],
        ["2", "interface", "GigabitEthernet0/3", "line-protocol", "Down", "00:00:42"],
        ["3", "ip", "route", "10.1.0.0/16", "reachability", "Up", "never"],
        ["4", "list", "boolean", "or", "Up", "never"],
    ]


def test_an_operation_shows_its_latest_result_and_its_counts() -> None:
    text = execute(tracked(), "show ip sla statistics 1")
    assert "Latest RTT: NoConnection/Busy/Timeout" in text
    assert "Latest operation start time: *00:00:40.000 UTC Mon Jan 5 2026" in text
    assert "return code: Timeout\nNumber of successes: 4\nNumber of failures: 1" in text
    assert "time to live: Forever" in text
    state = tracked()
    probe = state.probes[0]
    probe.code, probe.rtt_us = "OK", 12 * MS
    probe.settings = SlaEcho(1, IP("198.51.100.2"), life_s=3600)
    text = execute(state, "show ip sla statistics")
    assert "Latest RTT: 12 milliseconds" in text
    assert "time to live: 3557 sec" in text
    assert "IPSLA" not in execute(state, "show ip sla statistics 9").partition("\n")[2]


def test_the_summary_tells_active_pending_and_ended_operations_apart() -> None:
    def row(state: DeviceState) -> list[str]:
        return execute(state, "show ip sla summary").split("\n")[-1].split()

    state = tracked()
    assert row(state) == ["*1", "icmp-echo", "198.51.100.2", "-", "Timeout", "2", "seconds", "ago"]
    state.probes[0].next_us = None
    assert row(state)[0] == "^1"
    state.probes[0].begun_us = NOW + 1
    assert row(state)[0] == "~1"


def test_bfd_neighbours_are_listed_with_both_discriminators() -> None:
    state = ios(tunnel=False)
    assert execute(state, "show bfd neighbors") == ""
    session = Session("GigabitEthernet0/1", IP("203.0.113.2"), IP("203.0.113.3"), BfdTimers(50, 50, 3), 4)
    session.state = session.remote_state = BfdState.UP
    session.remote_discriminator, session.heard_us = 7, NOW
    state.bfd = [session]
    assert execute(state, "show bfd neighbors").split("\n")[-1].split() == [
        "203.0.113.3",
        "4/7",
        "Up",
        "Up",
        "Gi0/1",
    ]
    session.state, session.heard_us, session.remote_discriminator = BfdState.DOWN, None, 0
    row = execute(state, "show bfd neighbors").split("\n")[-1].split()
    assert row == ["203.0.113.3", "4/0", "Down", "Down", "Gi0/1"]


def test_static_routes_that_follow_an_object_are_listed_with_its_state() -> None:
    state = tracked()
    state.settings.routes.append(StaticRoute(P("10.0.0.0/8"), IP("10.8.8.2"), distance=200, track=2))
    state.settings.routes.append(StaticRoute(P("0.0.0.0/0"), IP("10.8.8.2")))
    assert execute(state, "show ip route track-table").split("\n") == [
        " ip route 10.0.0.0 255.0.0.0 10.9.9.2 track 1 state is [up]",
        " ip route 10.0.0.0 255.0.0.0 10.8.8.2 200 track 2 state is [down]",
    ]
    state.tracks[0].up = False
    assert "[up]" not in execute(state, "show ip route track-table")


def test_a_session_in_detail_agrees_with_a_template_and_the_session() -> None:
    state = (
        lab(options=" ip ospf bfd\n bfd interval 50 min_rx 60 multiplier 3")
        .run(until=20)
        .at(18)
        .device("gw1")
    )
    (row, _) = parse_output(
        "cisco_ios", "show bfd neighbors details", execute(state, "show bfd neighbors details")
    )
    session = state.bfd[0]
    assert session.heard_us is not None
    assert {name: value for name, value in row.items() if value} == {
        "our_addr": "10.0.1.1",
        "neighbor_addr": "10.0.1.2",
        "local_discrim": "1",
        "remote_discrim": "1",
        "remote_heard": "Up",
        "state": "Up",
        "interface": "Et0/1",
        "multiplier": "3",
        "echo_function": "not using echo function",
        "diagnostic_bit": "0",
        "demand_bit": "0",
        "poll_bit": "0",
        "min_tx_interval": "50000",
        "min_rx_interval": "60000",
        "received_min_rx_interval": "60000",
        "received_multiplier": "3",
        "rx_count": str(session.received),
        "rx_last": str((state.now_us - session.heard_us) // 1000),
        "tx_count": str(session.sent),
        "tx_last": str((state.now_us - session.sent_us) // 1000),
        "registered_protocols": "OSPF",
        "uptime": "00:00:16",
        "version": "1",
    }
    assert 200 < session.received < 350
    session.timers, session.diag = BfdTimers(100, 60, 5), 3
    text = execute(state, "show bfd neighbors details")
    assert "Local Diag: 3" in text
    assert "MinTxInt: 100000, MinRxInt: 60000, Multiplier: 5" in text
    assert execute(ios(), "show bfd neighbors details") == ""
