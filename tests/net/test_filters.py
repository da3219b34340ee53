"""Access lists on a router, the stateful firewall of an ASA."""

from __future__ import annotations

import pytest

from ipsec_edu.core.acl import Acl, AclEntry
from ipsec_edu.core.addr import Prefix
from ipsec_edu.net.filters import AccessFilter, Firewall
from ipsec_edu.net.world import World
from ipsec_edu.wire.icmp import Echo
from ipsec_edu.wire.packet import ICMP, UDP, Packet
from ipsec_edu.wire.udp import UdpDatagram
from tests.net.build import break_it, chain, datagrams, fates, get, ip, ping, run

G0, G1 = "GigabitEthernet0/0", "GigabitEthernet0/1"
NO_ICMP = Acl("101", (AclEntry(False, ICMP), AclEntry(True)))
ANY_ICMP = Acl("102", (AclEntry(True, ICMP),))


@pytest.mark.parametrize(
    ("inbound", "outbound", "pings", "udp"),
    [
        ({}, {}, "ok", "ok"),
        ({G0: NO_ICMP}, {}, "acl", "ok"),
        ({G1: NO_ICMP}, {}, "acl", "ok"),  # the answer dies
        ({}, {G1: NO_ICMP}, "acl", "ok"),
        ({G0: ANY_ICMP}, {}, "ok", "acl"),  # what no line mentions is denied
    ],
)
def test_an_access_list_filters_where_it_is_applied(
    inbound: dict[str, Acl], outbound: dict[str, Acl], pings: str, udp: str
) -> None:
    world = chain()
    r = get(world, "R")
    lists = AccessFilter(r, inbound, outbound)
    r.on_input.append(lists.check_input)
    r.on_forward.append(lists.check_forward)
    flow, datagram = ping(world, "A", "10.2.0.1", count=1), datagrams(world, "A", "10.2.0.1", count=1)
    run(world, 2)
    assert (fates(flow), fates(datagram)) == ([pings], [udp])


def test_a_router_says_that_it_refused_a_packet() -> None:
    world = chain()
    r = get(world, "R")
    r.on_input.append(AccessFilter(r, {G0: NO_ICMP}).check_input)
    codes: list[int] = []
    get(world, "A").on_icmp_error.append(lambda packet, interface: codes.append(packet.payload.code))
    ping(world, "A", "10.2.0.1", count=1)
    run(world, 2)
    assert codes == [13]


def test_lists_look_at_ports() -> None:
    world = chain()
    r = get(world, "R")
    only = Acl("103", (AclEntry(True, UDP, destination_ports=(5001, 5001)),))
    r.on_input.append(AccessFilter(r, {G0: only}).check_input)
    right = datagrams(world, "A", "10.2.0.1", count=1)
    run(world, 2)
    world = chain()
    r = get(world, "R")
    r.on_input.append(AccessFilter(r, {G0: only}).check_input)
    wrong = datagrams(world, "A", "10.2.0.1", count=1, port=5002)
    run(world, 2)
    assert (fates(right), fates(wrong)) == (["ok"], ["acl"])


def walled(levels: tuple[int, int] = (100, 0), **options: object) -> tuple[World, Firewall]:
    """A is inside (level 100), B outside (level 0)."""
    world = chain(platform="asa")
    r = get(world, "R")
    for name, level in zip((G0, G1), levels, strict=True):
        r.interfaces[name].security_level = level
    firewall = Firewall(r, **options)  # type: ignore[arg-type]
    r.on_forward.append(firewall.check)
    return world, firewall


@pytest.mark.parametrize(
    ("options", "levels", "outwards", "inwards"),
    [
        ({}, (100, 0), "ok", "acl"),
        ({}, (0, 100), "acl", "ok"),
        ({}, (50, 50), "acl", "acl"),
        ({"same_security_inter": True}, (50, 50), "ok", "ok"),
        ({"inbound": {G1: Acl("OUT", (AclEntry(True),))}}, (100, 0), "ok", "ok"),
        ({"inbound": {G0: Acl("IN", ())}}, (100, 0), "acl", "acl"),
        ({"outbound": {G1: Acl("IN", ())}}, (100, 0), "acl", "acl"),
    ],
)
def test_security_levels_and_lists_decide(
    options: dict[str, object], levels: tuple[int, int], outwards: str, inwards: str
) -> None:
    world, _ = walled(levels, **options)
    there = datagrams(world, "A", "10.2.0.1", count=1)
    back = datagrams(world, "B", "10.1.0.1", count=1)
    run(world, 2)
    assert (fates(there), fates(back)) == ([outwards], [inwards])


def test_the_answer_to_a_ping_needs_inspection_or_a_line() -> None:
    def ping_out(**options: object) -> list[str]:
        world, _ = walled(**options)
        flow = ping(world, "A", "10.2.0.1", count=1)
        run(world, 2)
        assert flow.probes[0].answer_lost == (fates(flow) == ["acl"])
        return fates(flow)

    assert ping_out() == ["acl"]
    assert ping_out(inspect_icmp=True) == ["ok"]
    assert ping_out(inbound={G1: ANY_ICMP}) == ["ok"]


def answer_after(idle_s: float, crash: bool = False) -> list[str]:
    """A sends one datagram out at 1 s, B answers `idle_s` later from the same ports."""
    world, _ = walled()
    datagrams(world, "A", "10.2.0.1", count=1)
    b, a = get(world, "B"), get(world, "A")
    a.udp[49153] = lambda packet, interface: world.deliver(packet)
    answer = Packet(0, ip("10.1.0.1"), UDP, UdpDatagram(5001, 49153, b""))
    world.clock.at(round((1.01 + idle_s) * 1e6), lambda: b.send(world.originate(answer)))
    if crash:
        break_it(world, "1.1 crash R", "1.2 boot R")
    run(world, 500)
    return [drop.cause.value for drop in world.trace.drops]


def test_a_connection_lets_answers_in_until_it_was_idle_too_long_or_forgotten() -> None:
    assert answer_after(0.5) == []
    assert answer_after(119) == []
    assert answer_after(121) == ["acl"]
    assert answer_after(0.5, crash=True) == ["acl"]


@pytest.mark.parametrize(("permit_vpn", "delivered"), [(True, 1), (False, 0)])
def test_what_comes_out_of_a_tunnel_passes_by_permit_vpn(permit_vpn: bool, delivered: int) -> None:
    world, _ = walled(permit_vpn=permit_vpn)
    r = get(world, "R")
    inner = world.originate(Packet(ip("10.2.0.1"), ip("10.1.0.1"), ICMP, Echo(False, 1, 1)))
    r.process(inner, r.interfaces[G1], decrypted=True)
    run(world, 1)
    assert world.trace.books.delivered == delivered


def test_a_hairpin_needs_same_security_intra() -> None:
    def hairpin(**options: object) -> int:
        world, _ = walled(**options)
        r = get(world, "R")
        r.process(
            world.originate(Packet(ip("10.1.0.9"), ip("10.1.0.1"), ICMP, Echo(False, 1, 1))), r.interfaces[G0]
        )
        run(world, 1)
        return world.trace.books.delivered

    assert hairpin() == 0
    assert hairpin(same_security_intra=True) == 1


def test_what_is_addressed_to_the_firewall_itself_never_meets_it() -> None:
    world, _ = walled(inbound={G1: Acl("OUT", ())})
    flow = ping(world, "B", "10.2.0.254", count=1)
    run(world, 2)
    assert fates(flow) == ["ok"]


def test_a_denied_prefix_is_denied_by_source() -> None:
    world, _ = walled(
        inbound={G0: Acl("IN", (AclEntry(False, source=Prefix.parse("10.1.0.1")), AclEntry(True)))}
    )
    flow = datagrams(world, "A", "10.2.0.1", count=1)
    run(world, 2)
    assert fates(flow) == ["acl"]
