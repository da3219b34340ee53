"""Nodes: forwarding, answers, errors, fragments, hooks."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipsec_edu.core.causes import Cause
from ipsec_edu.net.fragments import fragment
from ipsec_edu.net.interface import Interface
from ipsec_edu.net.node import Node, Reroute
from ipsec_edu.net.reassembly import REASSEMBLY_US, Reassembly
from ipsec_edu.net.world import World
from ipsec_edu.wire.icmp import Echo, IcmpError
from ipsec_edu.wire.packet import ICMP, UDP, Packet, RawPayload
from ipsec_edu.wire.udp import UdpDatagram
from tests.net.build import (
    break_it,
    chain,
    datagrams,
    fates,
    g,
    get,
    ip,
    new_world,
    node,
    ping,
    route,
    run,
)


def errors_at(world: World, name: str) -> list[tuple[int, int, int]]:
    """Collect (type, code, mtu) of the ICMP errors that reach a node."""
    seen: list[tuple[int, int, int]] = []

    def note(packet: Packet, interface: Interface) -> None:
        payload = packet.payload
        assert isinstance(payload, IcmpError)
        seen.append((payload.type, payload.code, payload.mtu))

    get(world, name).on_icmp_error.append(note)
    return seen


def test_a_router_forwards_and_takes_one_off_the_ttl() -> None:
    world = chain()
    seen: list[int] = []
    get(world, "B").interfaces["GigabitEthernet0/0"].tap(
        lambda packet, outgoing, now_us: seen.append(packet.ttl)
    )
    flow = ping(world, "A", "10.2.0.1", count=1)
    run(world, 2)
    assert fates(flow) == ["ok"]
    assert seen == [254, 255]  # the request as it arrives, the answer as it leaves


def test_a_packet_in_a_routing_loop_dies_of_its_ttl_and_the_sender_hears_of_it() -> None:
    world = new_world()
    node(world, "A", g0="10.0.0.1/24").rib.add(route("0.0.0.0/0", "10.0.0.2"))
    node(world, "R", g0="10.0.0.2/24", g1="10.9.0.1/24").rib.add(route("10.7.0.0/16", "10.9.0.2"))
    node(world, "S", g0="10.9.0.2/24").rib.add(route("0.0.0.0/0", "10.9.0.1"))
    world.connect(g("A"), g("R"))
    world.connect(g("R", 1), g("S"))
    errors = errors_at(world, "A")
    flow = ping(world, "A", "10.7.0.1", count=1)
    run(world, 2)
    assert fates(flow) == ["ttl"]
    assert errors == [(11, 0, 0)]
    assert len([hop for hop in world.trace.hops if hop.flow]) == 255


@pytest.mark.parametrize(
    ("destination", "cause", "error"),
    [
        ("10.2.0.1", None, None),
        ("192.0.2.1", "no_route", (3, 0, 0)),
        ("10.2.0.77", "no_neighbour", (3, 1, 0)),
    ],
)
def test_who_cannot_be_reached_is_reported(
    destination: str, cause: str | None, error: tuple[int, int, int] | None
) -> None:
    world = chain()
    errors = errors_at(world, "A")
    flow = ping(world, "A", destination, count=1)
    run(world, 2)
    assert fates(flow) == [cause or "ok"]
    assert errors == ([error] if error else [])


def test_a_closed_port_and_an_unknown_protocol_are_reported() -> None:
    world = chain()
    errors = errors_at(world, "A")
    a = get(world, "A")
    flow = datagrams(world, "A", "10.2.0.1", count=1)
    del get(world, "B").udp[5001]
    a.send(world.originate(Packet(0, ip("10.2.0.1"), 99, RawPayload(b"what"))))
    run(world, 2)
    assert fates(flow) == ["port_closed"]
    assert errors == [(3, 2, 0), (3, 3, 0)]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda packet: setattr(packet, "payload", IcmpError(3, 0, 0, bytes(28))),  # about an error
        lambda packet: setattr(packet, "fragment", 185),  # not the first fragment
        lambda packet: setattr(packet, "source", ip("224.0.0.1")),
    ],
)
def test_no_errors_are_sent_about_these(spoil: object) -> None:
    def errors(spoilt: bool) -> int:
        world = chain()
        packet = Packet(ip("10.1.0.1"), ip("192.0.2.1"), ICMP, Echo(True, 1, 1))
        if spoilt:
            spoil(packet)  # type: ignore[operator]
        get(world, "A").send(world.originate(packet))
        run(world, 2)
        return world.trace.books.sent - 1

    assert errors(False) == 1
    assert errors(True) == 0


def test_a_node_answers_on_every_address_but_an_asa_only_on_the_near_one() -> None:
    def ping_far_side(platform: str) -> list[str]:
        world = chain(platform=platform)
        near, far = ping(world, "A", "10.1.0.254", count=1), ping(world, "A", "10.2.0.254", count=1)
        run(world, 2)
        return fates(near) + fates(far)

    assert ping_far_side("ios") == ["ok", "ok"]
    assert ping_far_side("asa") == ["ok", "acl"]


def test_a_node_talks_to_itself() -> None:
    world = new_world()
    node(world, "A", lo0="10.255.0.1/32")
    flow = ping(world, "A", "10.255.0.1", count=1)
    run(world, 2)
    assert fates(flow) == ["ok"]


# --- size


def narrow(mtu: int = 600) -> World:
    world = chain()
    get(world, "R").interfaces["GigabitEthernet0/1"].mtu = mtu
    return world


def test_too_large_and_not_to_be_fragmented_dies_and_the_error_names_the_mtu() -> None:
    world = narrow()
    errors = errors_at(world, "A")
    large = ping(world, "A", "10.2.0.1", count=1, size=601, dont_fragment=True)
    run(world, 2)
    assert fates(large) == ["mtu_df"] and large.probes[0].where == g("R", 1)
    assert errors == [(3, 4, 600)]


def test_just_small_enough_passes() -> None:
    world = narrow()
    flow = ping(world, "A", "10.2.0.1", count=1, size=600, dont_fragment=True)
    run(world, 2)
    assert fates(flow) == ["ok"]


def test_otherwise_it_is_fragmented_and_put_together_by_the_receiver() -> None:
    world = narrow()
    flow = ping(world, "A", "10.2.0.1", count=1, size=1500)
    run(world, 2)
    assert fates(flow) == ["ok"]
    towards_b = [hop for hop in world.trace.hops if hop.receiver == g("B")]
    assert [hop.size for hop in towards_b] == [596, 596, 348]
    assert world.trace.books.in_flight == 0


def test_a_lost_fragment_takes_the_others_with_it_after_a_while() -> None:
    world = narrow()
    flow = ping(world, "A", "10.2.0.1", count=1, size=1500)
    last: list[int] = []

    def eat_the_second(packet: Packet, interface: Interface) -> Packet | None:
        last.append(packet.fragment)
        if len(last) != 2:
            return packet
        world.drop(packet, "B", Cause.ACL)
        return None

    get(world, "B").on_input.append(eat_the_second)
    run(world, 2)
    assert world.in_flight() == 2  # waiting at B
    run(world, 2 + REASSEMBLY_US / 1e6)
    assert world.trace.books.dropped[Cause.REASSEMBLY] == 2
    assert fates(flow) == ["acl"]  # the first death counts


def test_fragments_that_wait_die_with_the_power() -> None:
    world = narrow()
    ping(world, "A", "10.2.0.1", count=1, size=1500)
    get(world, "B").on_input.append(
        lambda packet, interface: packet if packet.more_fragments else world.drop(packet, "B", Cause.ACL)
    )
    break_it(world, "1.5 crash B")
    run(world, 2)
    assert world.trace.books.dropped[Cause.NODE_DOWN] == 2 and world.in_flight() == 0


@settings(deadline=None, max_examples=60, derandomize=True)
@given(st.integers(0, 4000), st.integers(28, 1500), st.integers(28, 1500), st.randoms(use_true_random=False))
def test_fragments_in_any_order_make_the_same_bytes(
    size: int, mtu: int, second_mtu: int, random: object
) -> None:
    whole = Packet(1, 2, UDP, UdpDatagram(1, 2, bytes(index % 251 for index in range(size))))
    parts = [again for part in fragment(whole, mtu) for again in fragment(part, second_mtu)]
    assert all(part.size <= min(mtu, second_mtu) for part in parts)
    assert b"".join(part.payload.pack(part) for part in parts) == whole.payload.pack(whole)
    as_bytes = [Packet.parse(part.pack()) for part in parts]
    random.shuffle(parts)  # type: ignore[attr-defined]
    random.shuffle(as_bytes)  # type: ignore[attr-defined]
    for shuffled in (parts, as_bytes):
        reassembly = Reassembly()
        results = []
        for part in shuffled:
            assert reassembly.add(part)
            results.append(reassembly.complete())
        assert results[-1] is not None and results[:-1] == [None] * (len(parts) - 1)
        assert results[-1].pack() == whole.pack()
        assert not reassembly.add(shuffled[0])


def test_altered_bytes_are_read_by_the_receiver() -> None:
    world = chain()
    flow = ping(world, "A", "10.2.0.1", count=2)
    spoilt: list[bool] = []

    def corrupt(packet: Packet, interface: Interface) -> Packet:
        if spoilt:
            return packet
        spoilt.append(True)
        body = bytearray(packet.payload.pack(packet))
        body[-1] ^= 1
        return packet.altered(bytes(body))

    get(world, "R").on_input.append(corrupt)
    run(world, 5)
    assert fates(flow) == ["malformed", "ok"]


# --- hooks


def test_hooks_see_a_packet_in_the_order_of_its_way() -> None:
    world = chain()
    r, a = get(world, "R"), get(world, "A")
    order: list[str] = []

    def note(name: str) -> object:
        return lambda packet, *rest: (
            order.append(f"{name} {rest[0].name[-1] if rest else ''}".strip()) or packet
        )

    r.on_input.append(note("input"))  # type: ignore[arg-type]
    r.on_forward.append(note("forward"))  # type: ignore[arg-type]
    r.on_output.append(note("output"))  # type: ignore[arg-type]
    a.local_output.append(note("local"))  # type: ignore[arg-type]
    a.on_forward.append(note("never: A's own packets"))  # type: ignore[arg-type]
    datagrams(world, "A", "10.2.0.1", count=1)
    run(world, 2)
    assert order == ["local", "input 0", "forward 0", "output 1"]


@pytest.mark.parametrize("place", ["on_input", "on_forward", "on_output"])
def test_a_hook_may_end_a_packet(place: str) -> None:
    world = chain()
    r = get(world, "R")
    getattr(r, place).append(lambda packet, *rest: world.drop(packet, "R", Cause.ACL))
    flow = datagrams(world, "A", "10.2.0.1", count=1)
    run(world, 2)
    assert fates(flow) == ["acl"]


def wrap_at(r: Node, outer_destination: str, times: int = 1) -> None:
    """Let `r` put what leaves by g1 into a new packet, as a crypto map would."""
    left = [times]

    def hook(packet: Packet, interface: Interface) -> Packet | Reroute:
        if interface.name != "GigabitEthernet0/1" or left[0] <= 0:
            return packet
        left[0] -= 1
        outer = Packet(0, ip(outer_destination), UDP, UdpDatagram(7, 7, packet.pack()))
        outer.inherit(packet)
        outer.source = ip("10.2.0.254")
        return Reroute(outer)

    r.on_output.append(hook)


def test_an_output_hook_may_have_its_packet_routed_anew_by_another_interface() -> None:
    world = chain()
    r = get(world, "R")
    r.add_interface(Interface(r, "GigabitEthernet0/2", ip("10.3.0.254"), 24))
    node(world, "C", g0="10.3.0.1/24").udp[7] = lambda packet, interface: world.deliver(packet)
    world.connect(g("R", 2), g("C"))
    wrap_at(r, "10.3.0.1")
    flow = datagrams(world, "A", "10.2.0.1", count=1)
    run(world, 2)
    assert fates(flow) == ["ok"]
    assert world.trace.hops[-1].receiver == g("C")


def test_a_packet_that_is_wrapped_for_ever_ends() -> None:
    world = chain()
    wrap_at(get(world, "R"), "10.2.0.1", times=10**9)
    flow = datagrams(world, "A", "10.2.0.1", count=1)
    run(world, 2)
    assert fates(flow) == ["no_route"]


def test_a_decrypted_packet_enters_behind_the_input_hooks_and_says_so_to_forward_hooks() -> None:
    world = chain()
    r = get(world, "R")
    seen: list[bool] = []
    r.on_input.append(lambda packet, interface: world.drop(packet, "R", Cause.ACL))
    r.on_forward.append(lambda packet, inbound, outbound, decrypted: seen.append(decrypted) or packet)
    inner = world.originate(Packet(ip("10.1.0.1"), ip("10.2.0.1"), ICMP, Echo(False, 1, 1)))
    r.process(inner, r.interfaces["GigabitEthernet0/0"], decrypted=True)
    run(world, 1)
    assert seen == [True] and world.trace.books.delivered == 1


def test_port_and_power_listeners_hear_of_changes_after_the_routes_did() -> None:
    world = chain()
    b = get(world, "B")
    heard: list[tuple[object, ...]] = []
    b.on_port_change.append(lambda port, up: heard.append((port.name[-3:], up, len(list(b.rib)))))
    b.on_power.append(lambda up: heard.append(("power", up)))
    break_it(world, "1 down B:g0/0", "2 up B:g0/0", "3 crash B", "4 boot B")
    run(world, 5)
    assert heard == [
        ("0/0", False, 0),
        ("0/0", True, 2),
        ("0/0", False, 0),
        ("power", False),
        ("0/0", True, 2),
        ("power", True),
    ]


def test_route_changes_are_recorded_in_words() -> None:
    world = chain()
    run(world, 0)
    told = {(c.change, c.prefix, c.via, c.source) for c in world.trace.routes if c.node == "A"}
    assert told == {
        ("add", "10.1.0.0/24", "GigabitEthernet0/0", "connected"),
        ("add", "0.0.0.0/0", "10.1.0.254", "static"),
    }
