"""Decisions that are taken once per conversation: what tells two conversations apart, and what ends one."""

from __future__ import annotations

import pytest

from ipsec_edu.core.acl import Acl, AclEntry
from ipsec_edu.core.addr import format_ip
from ipsec_edu.net.flows import DatagramFlow
from ipsec_edu.net.interface import Interface
from ipsec_edu.net.nat import Nat, Rule
from ipsec_edu.net.world import World
from ipsec_edu.wire.packet import Packet
from tests.net.build import chain, get, ip, run

NAMES = Acl("NAMES", (AclEntry(True, protocol=17, destination_ports=(53, 53)),))
DEFAULT = Acl("ALL", (AclEntry(True),))


def sources(acl: Acl, ports: tuple[int, ...]) -> tuple[list[str], World]:
    """Send two datagrams to each of `ports` from A to B, translated where `acl` says; return what B sees."""
    world = chain(platform="ios")
    router = get(world, "R")
    seen: list[str] = []
    nat = Nat(router, [Rule(True, 2, acl=acl)])
    router.on_forward.append(nat.translate)

    def look(packet: Packet, interface: Interface) -> Packet:
        seen.append(format_ip(packet.source))
        return packet

    get(world, "B").on_input.append(look)
    for number, port in enumerate(ports):
        start_us = 100_000 * (number + 1)
        DatagramFlow(str(port), get(world, "A"), ip("10.2.0.1"), count=2, port=port, start_us=start_us)
    run(world, 3)
    return seen, world


def test_conversations_that_differ_only_in_a_port_are_judged_apart_where_a_rule_asks_for_ports() -> None:
    seen, world = sources(NAMES, (53, 54))
    assert seen == ["10.2.0.254", "10.1.0.1"] * 2
    world.check_books()
    assert sources(DEFAULT, (53, 54))[0] == ["10.2.0.254"] * 4, "it is the port that made the difference"


def test_the_memory_of_decisions_is_bounded_and_forgetting_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = sources(NAMES, (53, 54, 55))[0]
    monkeypatch.setattr("ipsec_edu.net.nat._MEMORY_LIMIT", 1)
    assert sources(NAMES, (53, 54, 55))[0] == before
