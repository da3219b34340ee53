"""The data plane's decisions: who is protected, who is refused, why, and what stays unchanged."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ipsec_edu.core.acl import Selector
from ipsec_edu.core.addr import Prefix
from ipsec_edu.core.causes import Cause
from ipsec_edu.ike.settings import TransformSet
from ipsec_edu.ipsec.esp import EspPayload, protect
from ipsec_edu.ipsec.sa import MAX_SEQUENCE, SOFT_SEQUENCE
from ipsec_edu.ipsec.stack import PASS, Accepted, Acquire, Discard, IpsecStack, Protected
from ipsec_edu.wire.icmp import FRAGMENTATION_NEEDED, UNREACHABLE, IcmpError
from ipsec_edu.wire.packet import ESP, UDP, Packet, RawPayload
from ipsec_edu.wire.udp import UdpDatagram
from tests.ipsec.helpers import (
    AES_SHA,
    AH_SHA256,
    GCM,
    GW1,
    GW2,
    HOST1,
    HOST2,
    LANS,
    NULL_SHA,
    OUTSIDE,
    Tunnel,
    children,
    echo,
    tunnel,
)


def state(lane: Tunnel) -> tuple[object, ...]:
    """Everything at the receiver that only an authentic packet may change."""
    sas = [
        (sa.window.highest, sa.window.bitmap, sa.packets, sa.bytes) for sa in lane.two.sad.inbound.values()
    ]
    rule = lane.two.spd.rules[0]
    return (*sas, rule.decaps, rule.bytes_in, lane.two.soft_expired, lane.children_of(1)[0].liveness.heard_us)


def refused(lane: Tunnel, packet: Packet) -> Cause:
    before = state(lane)
    outcome = lane.two.inbound(packet, 99)
    assert isinstance(outcome, Discard), outcome
    assert state(lane) == before
    return outcome.cause


# Outbound


def test_interesting_traffic_without_an_sa_wakes_ike() -> None:
    lane = tunnel()
    lane.one.remove(lane.children["esp"][0])
    outcome = lane.one.outbound(echo(), OUTSIDE, 0)
    assert isinstance(outcome, Acquire) and outcome.selector == LANS and outcome.policy.peers == (GW2,)
    assert lane.one.spd.rules[0].errors == {Cause.NO_SA_PENDING: 1}
    lane.one.install(lane.children["esp"][0], "both", 0)
    assert isinstance(lane.one.outbound(echo(), OUTSIDE, 0), Protected)


def test_what_no_policy_claims_passes_in_clear() -> None:
    lane = tunnel()
    assert lane.one.outbound(echo(destination=HOST2 + 0x10000), OUTSIDE, 0) is PASS
    assert lane.one.outbound(echo(), "inside", 0) is PASS  # crypto maps belong to an interface
    assert lane.one.spd.rules[0].encaps == 0


def test_our_own_ike_and_esp_are_not_protected_by_permit_ip_any_any() -> None:
    lane = tunnel(selector=Selector(Prefix(0, 0), Prefix(0, 0)))
    assert isinstance(lane.one.outbound(echo(), OUTSIDE, 0), Protected)
    for port in (500, 4500):
        own = Packet(GW1, GW2, UDP, UdpDatagram(port, port, b"isakmp"))
        assert lane.one.outbound(own, OUTSIDE, 0) is PASS and lane.two.clear_allowed(own, OUTSIDE)
    assert lane.one.outbound(Packet(GW1, GW2, ESP, RawPayload(bytes(64))), OUTSIDE, 0) is PASS
    assert isinstance(
        lane.one.outbound(Packet(GW1, GW2, UDP, UdpDatagram(53, 53, b"")), OUTSIDE, 0), Protected
    )


def test_the_newest_sa_is_used_and_the_old_one_still_received() -> None:
    lane = tunnel()
    old = lane.send(echo(1))
    rekeyed = children(AES_SHA, "esp", uid=2)
    lane.two.install(rekeyed[1], "in", 0)
    assert isinstance(lane.two.outbound(echo(1, source=HOST2, destination=HOST1), OUTSIDE, 0), Protected)
    lane.one.install(rekeyed[0], "both", 0)
    new = lane.send(echo(2))
    assert isinstance(old.payload, EspPayload) and isinstance(new.payload, EspPayload)
    assert (old.payload.spi, new.payload.spi) == (0x1002, 0x2002)
    assert isinstance(lane.two.inbound(new, 0), Accepted) and isinstance(lane.two.inbound(old, 0), Accepted)
    lane.one.remove(rekeyed[0])
    assert lane.send(echo(3)).payload.spi == 0x1002  # type: ignore[attr-defined]


def test_a_responder_that_installs_inbound_first_sends_with_the_old_sa() -> None:
    lane = tunnel()
    rekeyed = children(AES_SHA, "esp", uid=2)[1]
    back = echo(1, source=HOST2, destination=HOST1)
    lane.two.install(rekeyed, "in", 0)
    first = lane.two.outbound(back, OUTSIDE, 0)
    lane.two.install(rekeyed, "out", 0)
    second = lane.two.outbound(back, OUTSIDE, 0)
    assert isinstance(first, Protected) and isinstance(second, Protected)
    assert (first.sa.child_uid, second.sa.child_uid) == (1, 2)


def test_counters_outlive_an_sa() -> None:
    lane = tunnel()
    lane.there(echo(1))
    lane.one.remove(lane.children["esp"][0])
    assert lane.one.spd.rules[0].up_us is None
    lane.one.install(children(AES_SHA, "esp", uid=2)[0], "both", 77)
    lane.two.install(children(AES_SHA, "esp", uid=2)[1], "both", 77)
    lane.there(echo(2))
    rule = lane.one.spd.rules[0]
    assert (rule.encaps, rule.bytes_out, rule.up_us) == (2, 168, 77)
    assert (lane.two.spd.rules[0].decaps, lane.two.spd.rules[0].bytes_in) == (2, 168)
    assert [sa.packets for sa in lane.two.sad.inbound.values()] == [1, 1]


def test_installing_twice_changes_nothing() -> None:
    lane = tunnel()
    lane.send(echo())
    lane.one.install(lane.children["esp"][0], "both", 5)
    assert len(lane.one.sad) == 2 and lane.one.sad.outbound[1][0].sequence == 1
    assert len(lane.one.spd.rules[0].chains) == 1


# Volume and numbers


def test_volume_asks_once_for_a_successor_and_then_ends_the_sa() -> None:
    lane = tunnel(kb=2, soft_kb=1)
    outcomes = [lane.one.outbound(echo(n), OUTSIDE, 0) for n in range(1, 30)]
    sent = [outcome for outcome in outcomes if isinstance(outcome, Protected)]
    assert len(sent) == -(-2048 // 84)  # the packet that crosses the line is the last
    last = outcomes[-1]
    assert isinstance(last, Discard) and last.cause is Cause.SA_EXPIRED
    assert lane.one.soft_expired == [1] and lane.one.hard_expired == [1]
    accepted = [lane.two.inbound(each.packet, 0) for each in sent]
    assert all(isinstance(outcome, Accepted) for outcome in accepted)
    assert lane.two.soft_expired == [1]
    # The control: without a volume limit the same traffic ends nothing.
    lane = tunnel(kb=None)
    assert all(isinstance(lane.one.outbound(echo(n), OUTSIDE, 0), Protected) for n in range(1, 30))
    assert lane.one.soft_expired == lane.one.hard_expired == []


def test_the_receiver_keeps_the_volume_too() -> None:
    lane = tunnel(kb=1)
    packets = [lane.send(echo(n)) for n in range(1, 14)]
    for packet in packets:
        assert isinstance(lane.two.inbound(packet, 0), Accepted)
    late = packets[0].altered(packets[0].body())
    assert refused(lane, late) is Cause.SA_EXPIRED and lane.two.hard_expired == [1]


def test_the_sequence_number_never_wraps() -> None:
    lane = tunnel()
    sa = lane.one.sad.outbound[1][0]
    sa.sequence = SOFT_SEQUENCE - 1
    lane.send(echo())
    assert lane.one.soft_expired == []
    lane.send(echo())
    assert lane.one.soft_expired == [1]
    sa.sequence = MAX_SEQUENCE - 1
    assert lane.send(echo()).payload.sequence == MAX_SEQUENCE  # type: ignore[attr-defined]
    outcome = lane.one.outbound(echo(), OUTSIDE, 0)
    assert isinstance(outcome, Discard) and outcome.cause is Cause.SEQ_OVERFLOW
    assert sa.sequence == MAX_SEQUENCE and lane.one.hard_expired == [1]


# Inbound: what is refused, and that a refusal changes nothing


@pytest.mark.parametrize("fidelity", ["bytes", "eager", "model"])
@pytest.mark.parametrize("transform_set", [AES_SHA, GCM, NULL_SHA, AH_SHA256], ids=lambda each: each.name)
def test_forged_and_cut_packets(transform_set: TransformSet, fidelity: str) -> None:
    lane = tunnel(transform_set, fidelity=fidelity)
    lane.there(echo(1))
    outer = lane.send(echo(2))
    body = outer.body()
    for place in (len(body) - 1, len(body) // 2, 16):
        flipped = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
        assert refused(lane, outer.altered(flipped)) is Cause.BAD_ICV
    spi_at = 4 if transform_set is AH_SHA256 else 0
    assert refused(lane, outer.altered(body[: spi_at + 4] + b"\x7f" + body[spi_at + 5 :])) is Cause.BAD_ICV
    assert refused(lane, outer.altered(body[:-4])) is Cause.BAD_ICV
    assert refused(lane, outer.altered(body[:20])) is Cause.MALFORMED
    assert refused(lane, outer.altered(body[:5])) is Cause.MALFORMED
    assert refused(lane, outer.altered(b"")) is Cause.MALFORMED
    foreign = body[:spi_at] + b"\xde\xad\xbe\xef" + body[spi_at + 4 :]
    assert refused(lane, outer.altered(foreign)) is Cause.INVALID_SPI and lane.two.invalid_spis == 1
    # The control: the packet itself was good all the time.
    assert isinstance(lane.two.inbound(outer.altered(body), 0), Accepted)
    rule, sa = lane.two.spd.rules[0], next(iter(lane.two.sad.inbound.values()))
    assert rule.errors == {Cause.BAD_ICV: 5, Cause.MALFORMED: 1} and rule.recv_errors == 6
    assert sa.icv_errors == 5 and lane.two.recv_errors == 9


def test_a_forged_number_far_ahead_does_not_move_the_window() -> None:
    lane = tunnel()
    outer = lane.send(echo(1))
    far = outer.body()[:4] + (5000).to_bytes(4, "big") + outer.body()[8:]
    assert refused(lane, outer.altered(far)) is Cause.BAD_ICV
    assert isinstance(lane.two.inbound(outer, 0), Accepted)


def test_keys_that_differ_are_an_integrity_failure() -> None:
    lane = tunnel()
    sa = lane.two.sad.inbound[0x1002]
    sa.secret = (*sa.secret[:2], bytes(20))
    assert refused(lane, lane.send(echo())) is Cause.BAD_ICV


def test_replay_and_its_off_switch() -> None:
    lane = tunnel()
    outer = lane.send(echo(1))
    assert isinstance(lane.two.inbound(outer.copy(), 0), Accepted)
    assert refused(lane, outer.copy()) is Cause.REPLAY
    off = tunnel(window=0)
    outer = off.send(echo(1))
    assert all(isinstance(off.two.inbound(outer.copy(), 0), Accepted) for _ in range(3))


def test_reordering_wider_than_the_window_is_loss() -> None:
    for window, survives in ((64, False), (128, True)):
        lane = tunnel(window=window)
        slow, *fast = [lane.send(echo(n)) for n in range(1, 66)]
        for packet in fast:
            lane.two.inbound(packet, 0)
        outcome = lane.two.inbound(slow, 0)
        assert isinstance(outcome, Accepted) == survives
        assert survives or outcome.cause is Cause.REPLAY  # type: ignore[union-attr]


def test_a_copied_sadb_with_an_old_counter_is_refused_until_it_overtakes() -> None:
    lane = tunnel()
    for n in range(1, 11):
        lane.there(echo(n))
    lane.one.sad.outbound[1][0].sequence = 7  # the standby's last synchronised value
    verdicts = [isinstance(lane.two.inbound(lane.send(echo(n)), 0), Accepted) for n in range(5)]
    assert verdicts == [False, False, False, True, True]


@pytest.mark.parametrize("fidelity", ["bytes", "eager", "model"])
def test_an_inner_packet_that_the_sa_was_not_made_for(fidelity: str) -> None:
    lane = tunnel(fidelity=fidelity)
    rule = lane.one.spd.rules[0]
    for stranger in (echo(source=HOST1 + 0x10000), echo(destination=HOST2 + 0x10000)):
        sa = rule.chains[0][0]
        sa.sequence += 1
        outcome = lane.two.inbound(protect(sa, stranger), 0)
        assert isinstance(outcome, Discard) and outcome.cause is Cause.SELECTOR_MISMATCH
    assert lane.two.sad.inbound[0x1002].selector_errors == 2 and lane.two.spd.rules[0].decaps == 0
    assert isinstance(lane.two.inbound(lane.send(echo()), 0), Accepted)


def test_content_that_is_no_packet_although_the_icv_is_right() -> None:
    lane = tunnel()
    cipher = lane.one.sad.outbound[1][0].cipher
    for number, (body, next_header) in enumerate([(b"noise", 4), (echo().pack(), 1)], 1):
        outer = lane.send(echo())
        outcome = lane.two.inbound(outer.altered(cipher.seal(0x1002, number, body, next_header)), 0)
        assert isinstance(outcome, Discard) and outcome.cause is Cause.MALFORMED


def test_an_ah_packet_with_the_spi_of_an_esp_sa() -> None:
    lane = tunnel()
    body = bytes((4, 4, 0, 0)) + (0x1002).to_bytes(4, "big") + bytes(40)
    assert refused(lane, Packet(GW1, GW2, 51, RawPayload(body))) is Cause.INVALID_SPI


def test_clear_packets_that_should_have_been_protected() -> None:
    lane = tunnel()
    assert not lane.two.clear_allowed(echo(), OUTSIDE)
    assert lane.two.spd.rules[0].errors == {Cause.CLEAR_MATCHES_SPD: 1}
    assert lane.two.clear_allowed(echo(source=HOST1 + 0x10000), OUTSIDE)
    assert lane.two.clear_allowed(echo(), "inside")
    assert lane.two.clear_allowed(echo(source=HOST2, destination=HOST1), OUTSIDE)  # mirrored, not equal


def test_a_removed_child_leaves_nothing() -> None:
    lane = tunnel()
    outer = lane.send(echo())
    lane.two.remove(lane.children["esp"][1])
    assert len(lane.two.sad) == 0 and list(lane.two.sad) == []
    outcome = lane.two.inbound(outer, 0)
    assert isinstance(outcome, Discard) and (outcome.cause, outcome.spi) == (Cause.INVALID_SPI, 0x1002)


# Sizes


def test_too_big_with_df_is_reported_with_the_plaintext_mtu() -> None:
    lane = tunnel()
    small, big = echo(data=1438 - 28), echo(data=1439 - 28)
    for packet in (small, big):
        packet.dont_fragment = True
    assert lane.one.too_big(small, OUTSIDE, 1500) is None and lane.one.too_big(big, OUTSIDE, 1500) == 1438
    assert lane.one.fragment_before(big, OUTSIDE, 1500) is None
    assert lane.send(small).size == 1496 and lane.send(big).size == 1512
    big.dont_fragment = False
    assert lane.one.too_big(big, OUTSIDE, 1500) is None
    assert lane.one.fragment_before(big, OUTSIDE, 1500) == 1438
    clear = tunnel(df_policy="clear")
    big.dont_fragment = True
    assert (
        clear.one.too_big(big, OUTSIDE, 1500) is None
        and clear.one.fragment_before(big, OUTSIDE, 1500) == 1438
    )
    after = tunnel(prefragment=False)
    big.dont_fragment = False
    assert after.one.fragment_before(big, OUTSIDE, 1500) is None
    assert IpsecStack().too_big(big, OUTSIDE, 1500) is None


@pytest.mark.parametrize("transform_set", [AES_SHA, AH_SHA256], ids=lambda each: each.name)
@pytest.mark.parametrize("udp", [False, True])
def test_an_icmp_error_about_an_outer_packet_narrows_the_sa(transform_set: TransformSet, udp: bool) -> None:
    lane = tunnel(transform_set, udp=udp and transform_set is AES_SHA)
    before = lane.one.plaintext_mtu(echo(), OUTSIDE, 1500)
    outer = lane.send(echo(data=1300)).pack()
    sa = lane.one.learn_mtu(IcmpError(UNREACHABLE, FRAGMENTATION_NEEDED, 1300, outer))
    assert sa is lane.one.sad.outbound[1][0] and sa.path_mtu == 1300
    after = lane.one.plaintext_mtu(echo(), OUTSIDE, 1500)
    assert before is not None and after is not None and before - after in range(184, 217)
    sa.path_mtu = None
    for error in (
        IcmpError(UNREACHABLE, 1, 1300, outer),
        IcmpError(UNREACHABLE, FRAGMENTATION_NEEDED, 20, outer),
        IcmpError(UNREACHABLE, FRAGMENTATION_NEEDED, 1300, outer[:12]),
        IcmpError(UNREACHABLE, FRAGMENTATION_NEEDED, 1300, echo().pack()),
    ):
        assert lane.one.learn_mtu(error) is None and sa.path_mtu is None


def test_a_peers_narrower_proposal_gets_its_own_rule_while_it_lives() -> None:
    lane = tunnel()
    narrow = Selector(Prefix.of(HOST1, 32), Prefix.of(HOST2, 32))
    mine, its = children(AES_SHA, "esp", uid=5, selector=narrow)
    policy = lane.one.spd.rules[0].policy
    for stack, child in ((lane.one, mine), (lane.two, its)):
        stack.install(replace(child, policy=stack.spd.rules[0].policy), "both", 0)
    assert lane.one.spd.rules[1].learned and lane.one.spd.rules[1].policy == policy
    assert lane.there(echo()).uid == 101
    assert lane.one.spd.rules[1].encaps == 1 and lane.one.spd.rules[0].encaps == 0
    lane.send(echo(source=HOST1 + 1))
    assert lane.one.spd.rules[0].encaps == 1
    lane.one.remove(mine)
    assert len(lane.one.spd.rules) == 1
    lane.send(echo())
    assert lane.one.spd.rules[0].encaps == 2
