"""Address translation: interface PAT, exemptions, and the two orders of operation."""

from __future__ import annotations

from ipsec_edu.core.acl import Acl, AclEntry
from ipsec_edu.core.addr import Prefix, format_ip
from ipsec_edu.net.nat import Nat, Rule
from ipsec_edu.net.world import World
from ipsec_edu.wire.icmp import Echo
from ipsec_edu.wire.packet import ESP, ICMP, UDP, Packet, RawPayload
from ipsec_edu.wire.udp import UdpDatagram
from tests.net.build import break_it, chain, datagrams, fates, get, ip, ping, run

G0, G1 = frozenset({"GigabitEthernet0/0"}), frozenset({"GigabitEthernet0/1"})
LAN1, LAN2 = Prefix.parse("10.1.0.0/24"), Prefix.parse("10.2.0.0/24")


def pat() -> Rule:
    return Rule(True, 2, G0, G1, source=(LAN1,))


def exemption(*destinations: Prefix) -> Rule:
    return Rule(False, 1, G0, G1, (LAN1,), destinations or (LAN2,))


def natted(*rules: Rule, platform: str = "asa", asymmetric: list[str] | None = None) -> tuple[World, Nat]:
    """A is inside, B outside; what B sees is collected by `sources`."""
    world = chain(platform=platform)
    r = get(world, "R")
    seen = asymmetric if asymmetric is not None else []
    nat = Nat(r, rules, on_asymmetric=lambda packet, *ways: seen.append(format_ip(packet.destination)))
    r.on_input.append(nat.untranslate)
    r.on_forward.append(nat.translate)
    return world, nat


def sources_at_b(world: World) -> list[str]:
    seen: list[str] = []
    get(world, "B").on_input.append(lambda packet, interface: seen.append(format_ip(packet.source)) or packet)
    return seen


def test_the_outside_sees_the_interface_address_and_answers_come_back() -> None:
    world, nat = natted(pat())
    seen = sources_at_b(world)
    flow = ping(world, "A", "10.2.0.1", count=2)
    run(world, 3)
    assert fates(flow) == ["ok", "ok"]
    assert seen == ["10.2.0.254"] * 2
    (entry,) = nat.translations
    assert (format_ip(entry.local), format_ip(entry.mapped)) == ("10.1.0.1", "10.2.0.254")
    assert entry.mapped_port == entry.local_port and nat.rules[0].hits == 2


def test_without_a_rule_nothing_changes() -> None:
    world, nat = natted()
    seen = sources_at_b(world)
    assert fates(ping(world, "A", "10.2.0.1", count=1)) == []
    run(world, 2)
    assert seen == ["10.1.0.1"] and nat.translations == []


def test_the_first_match_wins_by_section_not_by_position() -> None:
    world, _ = natted(pat(), exemption())
    seen = sources_at_b(world)
    ping(world, "A", "10.2.0.1", count=1)
    run(world, 2)
    assert seen == ["10.1.0.1"]


def test_an_exemption_for_another_destination_does_not_help() -> None:
    world, _ = natted(pat(), exemption(Prefix.parse("10.9.0.0/16")))
    seen = sources_at_b(world)
    ping(world, "A", "10.2.0.1", count=1)
    run(world, 2)
    assert seen == ["10.2.0.254"]


def test_an_ios_access_list_exempts_by_deny() -> None:
    acl = Acl("NAT", (AclEntry(False, source=LAN1, destination=LAN2), AclEntry(True, source=LAN1)))
    world, nat = natted(Rule(True, 3, G0, G1, acl=acl), platform="ios")
    seen = sources_at_b(world)
    ping(world, "A", "10.2.0.1", count=1)
    run(world, 2)
    assert seen == ["10.1.0.1"] and nat.translations == []


def test_two_hosts_with_the_same_port_get_two_ports() -> None:
    world, nat = natted(pat())
    for number, source in enumerate(("10.1.0.1", "10.1.0.2")):
        packet = Packet(ip(source), ip("10.2.0.1"), UDP, UdpDatagram(1234, 5001, b""))
        get(world, "A").send(world.originate(packet, "", number))
    run(world, 1)
    assert sorted(entry.mapped_port for entry in nat.translations) == [1234, 1235]


def test_a_port_on_which_the_device_itself_listens_is_not_given_away() -> None:
    def mapped_port(listens: bool) -> int:
        world, nat = natted(pat())
        if listens:
            get(world, "R").udp[500] = lambda packet, interface: world.deliver(packet)
        packet = Packet(0, ip("10.2.0.1"), UDP, UdpDatagram(500, 500, b""))
        get(world, "A").send(world.originate(packet))
        run(world, 1)
        return nat.translations[0].mapped_port

    assert (mapped_port(False), mapped_port(True)) == (500, 501)


def test_a_translation_is_forgotten_when_idle_and_on_a_crash() -> None:
    def alive(at_s: float, *faults: str) -> int:
        world, nat = natted(pat())
        datagrams(world, "A", "10.2.0.1", count=1)
        break_it(world, *faults)
        run(world, at_s)
        return len(nat.translations)

    assert alive(100) == 1
    assert alive(122) == 0
    assert alive(2, "1.5 crash R") == 0


def test_what_has_no_ports_cannot_be_translated() -> None:
    world, _ = natted(pat())
    get(world, "A").send(world.originate(Packet(0, ip("10.2.0.1"), ESP, RawPayload(bytes(40)))))
    run(world, 1)
    assert [drop.cause.value for drop in world.trace.drops] == ["nat_rewritten"]


def from_outside(world: World, decrypted: bool) -> None:
    r = get(world, "R")
    inner = world.originate(Packet(ip("10.2.0.1"), ip("10.1.0.1"), ICMP, Echo(True, 1, 1)))
    r.process(inner, r.interfaces["GigabitEthernet0/1"], decrypted=decrypted)
    run(world, 1)


def test_an_asa_refuses_a_packet_whose_answer_would_be_translated() -> None:
    asymmetric: list[str] = []
    world, _ = natted(pat(), asymmetric=asymmetric)
    from_outside(world, decrypted=True)
    assert [drop.cause.value for drop in world.trace.drops] == ["nat_rewritten"]
    assert asymmetric == ["10.1.0.1"]


def test_with_the_exemption_it_does_not() -> None:
    asymmetric: list[str] = []
    world, _ = natted(pat(), exemption(), asymmetric=asymmetric)
    from_outside(world, decrypted=True)
    assert world.trace.drops == [] and asymmetric == []


def test_ios_lets_it_in_and_translates_the_answer() -> None:
    world, _ = natted(pat(), platform="ios")
    seen = sources_at_b(world)
    from_outside(world, decrypted=True)
    assert seen == ["10.2.0.254"]


def test_only_a_known_port_leads_inside() -> None:
    def knock(port: int) -> int:
        """A's datagram from port 49153 is mapped; B then knocks at `port` of the outside address."""
        world, _ = natted(pat())
        inside: list[int] = []
        get(world, "A").udp[49153] = lambda packet, interface: (inside.append(1), world.deliver(packet))
        datagrams(world, "A", "10.2.0.1", count=1)
        knocking = Packet(0, ip("10.2.0.254"), UDP, UdpDatagram(5001, port, b""))
        world.clock.at(1_500_000, lambda: get(world, "B").send(world.originate(knocking)))
        run(world, 2)
        return len(inside)

    assert knock(49153) == 1
    assert knock(7777) == 0
