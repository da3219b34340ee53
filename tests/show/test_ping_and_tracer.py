"""``ping`` asks the simulation; ``packet-tracer`` walks the ASA's decisions."""

from __future__ import annotations

import pytest

from ipsec_edu.core.acl import Acl, AclEntry
from ipsec_edu.core.addr import parse_ip
from ipsec_edu.show.command import execute
from ipsec_edu.show.state import DeviceState, EchoResult
from tests.show.states import P, asa, ios

TRACE = "packet-tracer input INSIDE icmp 192.168.1.1 8 0 192.168.2.2"


def phases(state: DeviceState, line: str = TRACE) -> list[tuple[str, str, str]]:
    lines = execute(state, line).split("\n")
    return [
        (text[6:], lines[at + 1][9:], lines[at + 2][8:])
        for at, text in enumerate(lines)
        if text.startswith("Type: ")
    ]


def test_first_ping_through_a_tunnel() -> None:
    state = ios()
    asked: list[tuple[int, int | None, int, int]] = []

    def answer(*question: int) -> list[EchoResult]:
        asked.append(question)  # type: ignore[arg-type]
        return [EchoResult(None)] + [EchoResult(us) for us in (1_000, 2_000, 3_000, 4_400)]

    state.ping = answer  # type: ignore[assignment]
    assert execute(state, "ping 192.168.2.2 source g0/0").split("\n") == [
        "Type escape sequence to abort.",
        "Sending 5, 100-byte ICMP Echos to 192.168.2.2, timeout is 2 seconds:",
        "Packet sent with a source address of 192.168.1.1 ",
        ".!!!!",
        "Success rate is 80 percent (4/5), round-trip min/avg/max = 1/2/4 ms",
    ]
    execute(state, "ping 10.2.0.1 so 192.168.1.1 rep 3 si 1500")
    assert asked == [
        (parse_ip("192.168.2.2"), parse_ip("192.168.1.1"), 5, 100),
        (parse_ip("10.2.0.1"), parse_ip("192.168.1.1"), 3, 1500),
    ]


def test_nobody_answers() -> None:
    state = ios()
    state.ping = lambda *_: [EchoResult(None)] * 5
    assert execute(state, "ping 10.0.0.1").endswith(".....\nSuccess rate is 0 percent (0/5)")
    state.settings.platform = "asa"
    assert execute(state, "ping 10.0.0.1").endswith("?????\nSuccess rate is 0 percent (0/5)")


def test_impossible_pings_say_why() -> None:
    state = ios()
    state.ping = lambda *_: [EchoResult(1)]
    assert "Invalid source" in execute(state, "ping 10.0.0.1 source g0/2")
    assert "repeat" in execute(state, "ping 10.0.0.1 repeat 0")
    assert "between 36" in execute(state, "ping 10.0.0.1 size 1")
    assert execute(state, "ping 10.0.0.300").endswith("marker.")
    state.ping = None
    assert "add a flow" in execute(state, "ping 10.0.0.1")


def test_vpn_phase_is_drop_without_a_tunnel_and_allow_with_one() -> None:
    first, second = asa(tunnel=False), asa()
    assert phases(first)[-1] == ("VPN", "encrypt", "DROP")
    assert (
        execute(first, TRACE)
        .rstrip()
        .endswith("Action: drop\nDrop-reason: (acl-drop) Flow is denied by configured rule")
    )
    assert phases(second) == [
        ("ROUTE-LOOKUP", "Resolve Egress Interface", "ALLOW"),
        ("UN-NAT", "static", "ALLOW"),
        ("ACCESS-LIST", "", "ALLOW"),
        ("NAT", "", "ALLOW"),
        ("IP-OPTIONS", "", "ALLOW"),
        ("VPN", "encrypt", "ALLOW"),
        ("NAT", "rpf-check", "ALLOW"),
        ("VPN", "ipsec-tunnel-flow", "ALLOW"),
        ("FLOW-CREATION", "", "ALLOW"),
    ]
    assert execute(second, TRACE).rstrip().endswith("Action: allow")


def test_tracing_wakes_ike_as_a_real_packet_would() -> None:
    state = asa(tunnel=False)
    woken: list[tuple[str, int, int, int]] = []
    state.probe = lambda *packet: woken.append(packet)
    execute(state, TRACE)
    assert woken == [("GigabitEthernet0/0", 1, parse_ip("192.168.1.1"), parse_ip("192.168.2.2"))]
    execute(state, "show clock")
    assert len(woken) == 1


def test_without_the_exemption_the_packet_is_translated_and_leaves_in_clear() -> None:
    state = asa()
    del state.settings.nat[0]
    assert not any(kind == "VPN" for kind, _, _ in phases(state))
    assert "Dynamic translate 192.168.1.1/0 to 203.0.113.1/0" in execute(state, TRACE)
    assert any(kind == "VPN" for kind, _, _ in phases(asa()))


def test_no_route_no_phase() -> None:
    state = asa()
    state.routes = [route for route in state.routes if route.prefix.length]
    assert phases(state) == []
    assert "(no-route) No route to host" in execute(state, TRACE)


def test_interface_access_list_decides_before_the_vpn() -> None:
    state = asa()
    state.settings.interfaces["GigabitEthernet0/0"].access_in = "IN"
    state.settings.acls["IN"] = Acl("IN", (AclEntry(False, 1, P("192.168.1.0/24")),))
    assert phases(state)[-1] == ("ACCESS-LIST", "log", "DROP")
    assert "access-group IN in interface INSIDE" in execute(state, TRACE)
    state.settings.acls["IN"] = Acl("IN", (AclEntry(True, 0),))
    assert phases(state)[-1][0] == "FLOW-CREATION"


def test_clear_packet_from_outside_that_belongs_into_the_tunnel_is_spoofed() -> None:
    state = asa()
    line = "packet-tracer input OUTSIDE icmp 192.168.2.2 8 0 192.168.1.1"
    assert phases(state, line)[-1] == ("ACCESS-LIST", "", "DROP")
    state.settings.interfaces["GigabitEthernet0/1"].access_in = "IN"
    state.settings.acls["IN"] = Acl("IN", (AclEntry(True, 0),))
    assert phases(state, line)[-1] == ("VPN", "ipsec-tunnel-flow", "DROP")
    assert "(ipsec-spoof)" in execute(state, line)
    state.settings.crypto_maps.clear()
    assert phases(state, line)[-1][0] == "FLOW-CREATION"


@pytest.mark.parametrize(
    "line",
    [
        TRACE + " detailed",
        TRACE.replace("icmp 192.168.1.1 8 0 192.168.2.2", "udp 192.168.1.1 1024 192.168.2.2 53"),
    ],
)
def test_other_forms_are_understood(line: str) -> None:
    assert phases(asa(), line)[-1][2] == "ALLOW"


def test_detailed_counts_what_the_tunnel_carried() -> None:
    assert "\thits=40" in execute(asa(), TRACE + " detailed")
    assert "hits=" not in execute(asa(), TRACE)


def test_unknown_interface_names_the_known_ones() -> None:
    answer = execute(asa(), TRACE.replace("INSIDE", "DMZ"))
    assert "INSIDE, OUTSIDE" in answer
    assert "Phase" not in answer
