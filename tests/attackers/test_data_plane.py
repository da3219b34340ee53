"""Attacks on AH and ESP: each refused for its cause, nothing else disturbed; and what lets it in."""

from __future__ import annotations

import pytest

from ipsec_edu.core.addr import parse_ip
from ipsec_edu.core.causes import Cause
from ipsec_edu.net.attacker import Seen
from ipsec_edu.wire.icmp import Echo
from ipsec_edu.wire.ipv4 import ICMP
from ipsec_edu.wire.packet import ESP, Packet, RawPayload
from tests.attackers.scene import ON_THE_CABLE, UNTIL_S, VICTIM, died_at, ends, lost, play, sas, windows

PROTECTED = [None, "ah", "esp-null", "gcm", "ah-and-esp"]
"""Every transform with integrity; None is AES with SHA-1."""
BLIND = "no-integrity"
NO_WINDOW = "crypto ipsec security-association replay disable"


@pytest.fixture(scope="module")
def quiet() -> dict[str | None, list[tuple[object, ...]]]:
    """The SAs of the runs that nobody attacks."""
    return {name: sas(play(None, name)) for name in [*PROTECTED, BLIND]}


def test_a_copy_sent_later_is_a_replay(quiet: dict[str | None, list[tuple[object, ...]]]) -> None:
    for variant in PROTECTED:
        run = play(ON_THE_CABLE.replay(3, after_s=2.5), variant)
        assert ends(run) == ["replay"] and died_at(run) == {"GW2"}
        assert sas(run) == quiet[variant] and lost(run) == []


def test_a_copy_left_of_the_window_is_a_replay_too() -> None:
    run = play(ON_THE_CABLE.replay(1, after_s=15.5).replay(14, after_s=0.1))
    assert ends(run) == ["replay", "replay"]


def test_without_a_window_the_copy_gets_in() -> None:
    run = play(ON_THE_CABLE.replay(3, after_s=2.5), typed=NO_WINDOW)
    assert ends(run) == ["passed"]
    (copy,) = run.trace.tampering
    assert [hop.receiver for hop in run.trace.hops if hop.uid == copy.uid] == [VICTIM, "R2:Ethernet0/1"]


@pytest.mark.parametrize("byte", [24, 30, 36, 60, 100, 120])
@pytest.mark.parametrize("variant", PROTECTED)
def test_one_bit_is_enough(
    variant: str | None, byte: int, quiet: dict[str | None, list[tuple[object, ...]]]
) -> None:
    run = play(ON_THE_CABLE.alter(5, flip=byte), variant)
    assert len(lost(run)) == 1 and sas(run) == quiet[variant]
    assert ends(run) in (["bad_icv"], ["invalid_spi"])  # AH: bytes 24 to 27 are the SPI


def test_the_untouched_packet_passes_and_so_does_one_whose_bit_is_turned_over_twice() -> None:
    assert lost(play(None)) == []
    assert lost(play(ON_THE_CABLE.alter(5, flip=60).alter(5, flip=60))) == []


def test_without_integrity_a_chosen_bit_of_the_inner_header_changes_and_nobody_notices() -> None:
    """CBC: a bit of the IV is the same bit of the first block. TOS 0 to 1; its checksum says one less."""
    inner_tos, inner_checksum = 28 + 1, 28 + 11
    blind = play(ON_THE_CABLE.alter(5, flip={inner_tos: 1, inner_checksum: 1}), BLIND)
    assert ends(blind) == ["passed"] and lost(blind) == []
    noticed = play(ON_THE_CABLE.alter(5, flip={inner_tos: 1, inner_checksum: 1}))
    assert ends(noticed) == ["bad_icv"]


@pytest.mark.parametrize("keep", [20, 24, 28, 44, 60, 100, 119])
@pytest.mark.parametrize("variant", PROTECTED)
def test_a_packet_cut_short_is_refused_wherever_the_cut(variant: str | None, keep: int) -> None:
    run = play(ON_THE_CABLE.alter(5, keep=keep), variant)
    assert ends(run)[0] in ("malformed", "bad_icv") and len(lost(run)) == 1


@pytest.mark.parametrize("variant", PROTECTED)
def test_an_spi_of_nobody_is_refused(variant: str | None) -> None:
    run = play(ON_THE_CABLE.replay(4, after_s=0.4, spi=0x1234), variant)
    assert ends(run) == ["invalid_spi"] and lost(run) == []
    assert any("spi=0x1234(" in line.text for line in run.log if line.node == "GW2")


@pytest.mark.parametrize("variant", PROTECTED)
def test_a_number_from_the_future_does_not_push_the_window(variant: str | None) -> None:
    """The order of RFC 4303, 3.4.3: the window moves only after the ICV was right."""
    run = play(ON_THE_CABLE.replay(4, after_s=0.4, sequence=1_000_000), variant)
    assert ends(run) == ["bad_icv"]
    assert windows(run, UNTIL_S) == windows(play(None, variant), UNTIL_S)


def test_without_integrity_one_number_from_the_future_shuts_the_true_sender_out() -> None:
    run = play(ON_THE_CABLE.replay(4, after_s=0.4, sequence=1_000_000), BLIND)
    assert ends(run) == ["passed"]
    assert {cause for _, cause in lost(run)} == {Cause.REPLAY} and len(lost(run)) > 10


def test_the_outer_header_is_guarded_by_ah_and_not_by_esp() -> None:
    spoofed = ON_THE_CABLE.alter(5, source="198.51.100.66")
    assert ends(play(spoofed)) == ["passed"]
    assert ends(play(spoofed, "ah")) == ["bad_icv"]


def test_what_routers_change_on_the_way_is_guarded_by_neither() -> None:
    on_the_way = ON_THE_CABLE.alter(5, ttl=17, tos=4)
    assert [ends(play(on_the_way, variant)) for variant in PROTECTED] == [["passed"]] * len(PROTECTED)


def clear_ping(number: int = 77) -> Packet:
    return Packet(parse_ip("192.168.1.1"), parse_ip("192.168.2.2"), ICMP, Echo(True, 9, number))


def test_a_forged_ping_in_clear_meets_the_policy() -> None:
    run = play(ON_THE_CABLE.forge(6.5, clear_ping()))
    assert ends(run) == ["clear_matches_spd"] and lost(run) == []
    assert ends(play(ON_THE_CABLE.forge(6.5, clear_ping()), "in-clear")) == ["passed"]


def test_forged_esp_without_a_key_is_noise() -> None:
    def forged(seen: list[Seen]) -> Packet:
        spi_and_number = seen[-1].packet.body()[:4] + (500).to_bytes(4, "big")
        return Packet(
            parse_ip("203.0.113.1"), parse_ip("203.0.113.2"), ESP, RawPayload(spi_and_number + bytes(124))
        )

    run = play(ON_THE_CABLE.forge(6.5, forged))
    assert ends(run) == ["bad_icv"] and lost(run) == []


@pytest.mark.parametrize(
    ("width", "refused"), [("window-size 64", 1), ("window-size 128", 0), ("disable", 0)]
)
def test_a_packet_late_by_more_than_the_window_is_refused(width: str, refused: int) -> None:
    """At 200 packets a second, 0.4 s late is 80 packets late."""
    lines = f"crypto ipsec security-association replay {width}"
    run = play(ON_THE_CABLE.hold(200, for_s=0.4), typed=lines, every_s=0.005, until_s=4)
    assert [cause for _, cause in lost(run)].count(Cause.REPLAY) == refused
    wrong_end = play(ON_THE_CABLE.hold(200, for_s=0.4), every_s=0.005, until_s=4)
    assert [cause for _, cause in lost(wrong_end)].count(Cause.REPLAY) == 1, "64 is the default"


def test_every_packet_altered_is_every_packet_lost() -> None:
    run = play(ON_THE_CABLE.alter(flip=60))
    assert set(ends(run)) == {"bad_icv"} and len(lost(run)) == len(run.trace.tampering) > 10


@pytest.mark.parametrize("fidelity", ["bytes", "eager", "model"])
def test_the_fate_of_an_attack_does_not_depend_on_the_fidelity(fidelity: str) -> None:
    attacker = (
        ON_THE_CABLE.replay(3, after_s=2.5)
        .alter(5, flip=90)
        .alter(6, keep=60)
        .replay(7, after_s=0.2, spi=0x1234)
        .alter(9, source="198.51.100.66")
    )
    run = play(attacker, fidelity=fidelity)
    assert sorted(ends(run)) == ["bad_icv", "invalid_spi", "malformed", "passed", "replay"]
