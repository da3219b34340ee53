"""Attacks on IKE: what nobody authenticated changes no SA, what is old is known, what is much is bounded."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ipsec_edu.core.addr import parse_ip
from ipsec_edu.core.errors import LabError, ScenarioError
from ipsec_edu.ike.core import IkeCore
from ipsec_edu.ike.events import IkeEvent, Notice
from ipsec_edu.net.attacker import Attacker, Seen
from ipsec_edu.net.gateway import Gateway
from ipsec_edu.net.node import Node
from ipsec_edu.net.world import World
from ipsec_edu.run import Run
from ipsec_edu.wire.isakmp import Delete, Header, Notification, Payload, pack
from ipsec_edu.wire.isakmp_values import Exchange, Notify, Protocol
from ipsec_edu.wire.packet import ESP, UDP, Packet
from ipsec_edu.wire.udp import UdpDatagram
from tests.attackers.scene import ON_THE_CABLE, lost, play, sas

GW1, GW2, STRANGER = parse_ip("203.0.113.1"), parse_ip("203.0.113.2"), parse_ip("198.51.100.66")
AT_S = 8.5
"""When the tunnel has long been up."""


def core_of(world: World, name: str = "GW2") -> IkeCore:
    """Return the IKE core of a gateway."""
    node = world.devices[name]
    assert isinstance(node, Node)
    gateway = node.protocols[ESP].__self__  # type: ignore[attr-defined]
    assert isinstance(gateway, Gateway)
    return gateway.core


class Listener:
    """Takes an attacker along, and writes down what GW2's IKE says of him."""

    def __init__(self, attacker: Attacker) -> None:
        self.attacker = attacker
        self.notices: list[Notice] = []
        self.core: IkeCore | None = None
        self.most_half_open = 0

    def __call__(self, world: World) -> None:
        self.core = core_of(world)
        drain: Callable[[], list[IkeEvent]] = self.core.drain

        def listen() -> list[IkeEvent]:
            events = drain()
            self.notices += [event for event in events if isinstance(event, Notice)]
            assert self.core is not None
            half = sum(not sa.up for sa in self.core.sas.living())
            self.most_half_open = max(self.most_half_open, half)
            return events

        self.core.drain = listen  # type: ignore[method-assign]
        self.attacker(world)

    def codes(self) -> set[str]:
        """The codes of all notices about the peer, from the attack on."""
        return {notice.code for notice in self.notices}


def datagram(data: bytes, source: int = GW1) -> Packet:
    return Packet(source, GW2, UDP, UdpDatagram(500, 500, data))


def in_clear(payload: Payload, *, cookies: bytes | None = None) -> Callable[[list[Seen]], Packet]:
    """Forge an Informational message without protection, under the true cookies unless told."""

    def make(seen: list[Seen]) -> Packet:
        true = next(each.packet.body()[8:24] for each in seen[::-1] if each.kind == "ike")
        shown = cookies or true
        header = Header(shown[:8], shown[8:], payload.type, Exchange.INFORMATIONAL, 0, 0x01020304, 0)
        return datagram(pack(header, [payload]))

    return make


@pytest.fixture(scope="module")
def quiet() -> list[tuple[object, ...]]:
    return sas(play(None))


def attacked(attacker: Attacker, **options: float) -> tuple[Listener, Run]:
    listener = Listener(attacker)
    return listener, play(listener, **options)  # type: ignore[arg-type]


FORGERIES = {
    "Delete of the IKE SA": lambda seen: in_clear(
        Delete(Protocol.ISAKMP, (next(s.packet.body()[8:24] for s in seen[::-1] if s.kind == "ike"),))
    )(seen),
    "Delete of the ESP SA": lambda seen: in_clear(
        Delete(Protocol.ESP, (next(s.packet.body()[:4] for s in seen[::-1] if s.kind == "esp"),))
    )(seen),
    "INITIAL-CONTACT": in_clear(Notification(Protocol.ISAKMP, Notify.INITIAL_CONTACT)),
    "INVALID-SPI": in_clear(Notification(Protocol.ESP, Notify.INVALID_SPI, data=bytes(4))),
    "NO-PROPOSAL-CHOSEN": in_clear(Notification(Protocol.ISAKMP, Notify.NO_PROPOSAL_CHOSEN)),
    "R-U-THERE": in_clear(Notification(Protocol.ISAKMP, Notify.R_U_THERE, data=bytes(4))),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_what_nobody_authenticated_changes_nothing(name: str, quiet: list[tuple[object, ...]]) -> None:
    listener, run = attacked(ON_THE_CABLE.forge(AT_S, FORGERIES[name]))
    assert sas(run) == quiet and lost(run) == []
    assert "unauthenticated_ignored" in listener.codes()


def test_the_same_delete_from_the_peer_is_believed() -> None:
    """The control: authenticated, a Delete does what it says."""

    def delete(world: World) -> None:
        def end() -> None:
            core_of(world, "GW1").terminate(GW2, world.clock.now_us)
            gateway = world.devices["GW1"].protocols[ESP].__self__  # type: ignore[attr-defined]
            gateway._driver.pump()

        world.clock.at(int(AT_S * 1e6), end)

    run = play(delete)
    assert {sa.reason for sa in run.sas if sa.node == "GW2" and sa.down_us is not None} == {"delete"}


def test_a_true_delete_replayed_into_the_next_session_is_stale() -> None:
    """A Delete that was once authentic names SAs that are gone, under cookies that are gone."""

    def both(world: World) -> None:
        def end() -> None:
            core_of(world, "GW1").terminate(GW2, world.clock.now_us)
            gateway = world.devices["GW1"].protocols[ESP].__self__  # type: ignore[attr-defined]
            gateway._driver.pump()

        world.clock.at(int(4.5e6), end)
        attacker(world)

    attacker = Attacker("GW2:GigabitEthernet0/1")
    plain = play(both)
    deletes = [m for m in plain.messages if m.receiver == "GW2" and "D" in m.payloads]
    at = [m for m in plain.messages if m.receiver == "GW2"].index(deletes[-1]) + 1
    attacker = attacker.replay(at, after_s=6, of="ike").replay(at - 1, after_s=6.1, of="ike")
    replayed = play(both)
    assert len(replayed.trace.tampering) == 2
    assert sas(replayed) == sas(plain)


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
def test_a_replayed_message_of_the_negotiation_builds_nothing(
    number: int, quiet: list[tuple[object, ...]]
) -> None:
    """Messages 1, 3 and 5 of Main Mode, 1 and 3 of Quick Mode, as GW2 heard them, and again later."""
    _, run = attacked(ON_THE_CABLE.replay(number, after_s=7, of="ike"))
    assert len(run.trace.tampering) == 1
    assert sas(run) == quiet and lost(run) == []


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("changes", [{"flip": 80}, {"flip": 30}, {"keep": 60}, {"flip": 50}])
def test_a_damaged_message_delays_the_tunnel_and_nothing_else(number: int, changes: dict[str, int]) -> None:
    """The sender repeats what was not understood; the last message of an exchange is the weak one."""
    _, run = attacked(ON_THE_CABLE.alter(number, of="ike", **changes), until_s=60.0)
    up = [sa for sa in run.sas if sa.kind == "esp-out" and sa.up_us is not None and sa.down_us is None]
    assert {sa.node for sa in up} == {"GW1", "GW2"}
    assert run.flows["R1>R2"][-2].answered_us is not None


def test_an_old_cookie_is_nobodys(quiet: list[tuple[object, ...]]) -> None:
    old = bytes(range(1, 17))
    delete = in_clear(Delete(Protocol.ISAKMP, (old,)), cookies=old)
    listener, run = attacked(ON_THE_CABLE.forge(AT_S, delete))
    assert "unknown_cookie" in listener.codes() and sas(run) == quiet


def first_message(seen: list[Seen]) -> bytes:
    """MM1 as GW1 sent it: anybody can send the like."""
    return next(each.packet.body()[8:] for each in seen if each.kind == "ike")


def flood(count: int, source: int) -> Attacker:
    """Begin `count` Main Modes with cookies of one's own, and finish none."""

    def begin(number: int) -> Callable[[list[Seen]], Packet]:
        cookie = number.to_bytes(8, "big")
        return lambda seen: datagram(cookie + first_message(seen)[8:], source)

    attacker = ON_THE_CABLE
    for i in range(count):
        attacker = attacker.forge(5 + i * 0.005, begin(0x0100_0000_0000_0000 + i))
    return attacker


@pytest.mark.parametrize("source", [GW1, STRANGER], ids=["spoofed", "his own address"])
def test_a_flood_of_half_open_main_modes_is_bounded_and_passes(source: int) -> None:
    count = 300 if source == GW1 else 30  # answers to a stranger go round between the two default routes
    listener, run = attacked(flood(count, source), until_s=40.0)
    assert listener.core is not None
    limit = listener.core.profile.max_half_open
    if source == GW1:
        assert limit - 5 <= listener.most_half_open <= limit + 1 < count
        assert "half_open_dropped" in listener.codes()
    assert listener.most_half_open <= limit + 1
    assert lost(run) == [], "who has an SA keeps it"
    mine = [sa for sa in run.sas if sa.node == "GW2" and sa.up_us is not None]
    assert all(sa.down_us is None for sa in mine)


def test_a_smaller_flood_is_held_whole_and_forgotten_in_time() -> None:
    """The control: below the limit every attempt is kept, for as long as the profile says."""
    listener, _ = attacked(flood(50, GW1), until_s=100.0)
    assert listener.core is not None
    assert listener.most_half_open == 50 and "half_open_dropped" not in listener.codes()
    assert sum(not sa.up for sa in listener.core.sas.living()) == 0


def test_an_attacker_says_what_he_cannot_do() -> None:
    with pytest.raises(ScenarioError, match="can change source"):
        ON_THE_CABLE.alter(1, colour="red")
    with pytest.raises(ScenarioError, match="data"):
        ON_THE_CABLE.replay(1, of="arp")
    with pytest.raises(ScenarioError, match="there is no byte 9999"):
        play(ON_THE_CABLE.alter(1, flip=9999))
    with pytest.raises(LabError, match="there is no GW2:GigabitEthernet0/7"):
        play(Attacker("GW2:GigabitEthernet0/7"))
