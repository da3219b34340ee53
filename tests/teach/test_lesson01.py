"""Lesson 01: it shows what wire and databases hold; its exercises know the typical wrong ideas."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ipsec_edu import Lab, ScenarioError, teach
from ipsec_edu.teach.anatomy import Sniffed, sniff
from ipsec_edu.teach.attacking import fates
from ipsec_edu.teach.overhead import TRANSFORMS, plaintext_mtu, wire_size
from ipsec_edu.teach.questions import QUESTIONS
from ipsec_edu.wire.icmp import pattern

OUTSIDE, VICTIM = "GW1:GigabitEthernet0/1", "GW2:GigabitEthernet0/1"
VARIANTS = [None, "in-clear", "ah", "esp-null", "no-integrity", "gcm", "ah-and-esp"]
REPLAY = "crypto ipsec security-association replay"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def sniffed(variant: str | None, packet: int = 2) -> Sniffed:
    return sniff(Lab.load("two-routers").variant(variant).run(until=5), OUTSIDE, packet)


def says(exercise: object, answer: object) -> tuple[bool, str]:
    verdict = exercise.check(answer)  # type: ignore[attr-defined]
    return verdict.ok, verdict.message


# the anatomy


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_byte_belongs_to_one_field(variant: str | None) -> None:
    packet = sniffed(variant)
    places = [place for part in packet.parts for place in range(part.start, part.start + part.size)]
    assert sorted(places) == list(range(len(packet)))


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_receiver_reads_the_ping_whatever_the_stranger_reads(variant: str | None) -> None:
    packet = sniffed(variant)
    data = next(part for part in packet.parts if (part.layer, part.name) == ("ICMP", "data"))
    assert data.plain.startswith(pattern(32))
    hidden = variant in (None, "no-integrity", "gcm", "ah-and-esp")
    assert data.hidden is hidden and (pattern(32) in packet.data) is not hidden


@pytest.mark.parametrize("variant", [None, "ah", "esp-null", "no-integrity", "gcm", "ah-and-esp"])
def test_the_column_of_guards_is_what_the_gateway_does(variant: str | None) -> None:
    """Turn over a bit in each field: those said to be guarded are refused; the header's others pass."""
    lab = Lab.load("two-routers").variant(variant)
    parts = [p for p in sniffed(variant, 3).parts if p.name not in ("SPI", "header checksum", "total length")]
    forgiven = {"type of service", "time to live", "source address", "identification"}
    for part in [p for p in parts if p.layer != "outer IP" or p.name in forgiven]:
        run = lab.run(until=6, on_world=teach.attacker(VICTIM).alter(3, flip=part.start))
        ((_, death),) = fates(run)
        if part.guards:
            assert death is not None and death.where == "GW2", part
        elif part.layer == "outer IP":
            assert death is None, part


def test_a_packet_that_never_left_is_refused() -> None:
    with pytest.raises(ScenarioError, match="ask for one of 1 to"):
        sniffed(None, 99)
    with pytest.raises(ScenarioError, match="no 'TCP flags'"):
        sniffed(None).part("TCP flags")


def test_scapy_reads_the_same_packet() -> None:
    from ipsec_edu.wire.scapy_bridge import to_scapy

    packet = sniffed("ah")
    theirs = to_scapy(packet.data)["AH"]
    assert theirs.spi == int.from_bytes(packet.part("SPI").plain, "big")
    assert f"seq       = {theirs.seq}" in teach.dissect(packet).text


def test_without_scapy_the_cell_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "scapy.layers", None)
    assert "pip install" in teach.dissect(sniffed("ah")).text


# databases and sizes


def test_the_spis_of_the_two_ends_match_crosswise() -> None:
    run = Lab.load("two-routers").run(until=10)
    spis = [
        {word.strip("`") for word in teach.sad(run, node, 8).text.split() if "0x" in word}
        for node in ("GW1", "GW2")
    ]
    assert spis[0] == spis[1] and len(spis[0]) == 2
    assert "PROTECT" in teach.spd(run, "GW1").text
    with pytest.raises(ScenarioError, match="no IPsec"):
        teach.spd(run, "R1")


@pytest.mark.parametrize("inner", [28, 61, 100, 1400, 1438])
def test_the_figure_shows_what_the_wire_shows(inner: int) -> None:
    lab = Lab.load("two-routers")
    run = lab.with_flows(replace(lab.flows[0], size=inner)).run(until=4)
    assert {h.size for h in run.trace.hops if h.sender == OUTSIDE and h.kind == "esp"} == {wire_size(inner)}


def test_the_figure_has_a_line_for_each_transform() -> None:
    left, right = teach.sawtooth().axes
    assert len(left.lines) == len(TRANSFORMS) == len(right.lines) - 1, "and one for the MTU"


def test_half_a_tunnel_carries_one_direction() -> None:
    half, whole = teach.half_tunnel(), teach.half_tunnel(complete=True)
    got = [
        [sum(p.answered_us is not None for p in probes if p.sent_us > 11e6) for probes in run.flows.values()]
        for run in (half, whole)
    ]
    assert got[0][0] == 0 < got[0][1] == got[1][1] == got[1][0]


# the attacker


def test_what_became_of_each_trick_is_said_in_words() -> None:
    stranger = teach.attacker(VICTIM)
    tricks = stranger.replay(3, after_s=2.5).alter(5, source="198.51.100.66")
    run = Lab.load("two-routers").run(until=12, on_world=tricks.forge(8.5, teach.unsigned_delete, "a Delete"))
    text = teach.outcomes(run).text
    assert "**refused** by GW2: sequence number seen before" in text
    assert "**let in**, and on to R2" in text
    assert "**heard** by GW2's IKE; no SA ended" in text
    with pytest.raises(ScenarioError, match="nobody tampered"):
        teach.outcomes(Lab.load("two-routers").run(until=3))
    with pytest.raises(ScenarioError, match="no ISAKMP message yet"):
        Lab.load("two-routers").run(until=3, on_world=stranger.forge(0.5, teach.unsigned_delete))


def test_a_run_with_an_attacker_can_be_stopped_anywhere() -> None:
    run = Lab.load("two-routers").run(until=12, on_world=teach.attacker(VICTIM).replay(3, after_s=2.5))
    errors = [run.at(at_s).device("GW2").flows[0].recv_errors for at_s in (5, 10)]
    assert errors == [0, 1]


# the exercises


@pytest.mark.parametrize("byte", [12, 13, 14, 15])
def test_the_source_address_is_what_translation_changes(byte: int) -> None:
    ok, message = says(teach.translated_byte, byte)
    assert ok and "no** translator" in message


@pytest.mark.parametrize(
    ("byte", "idea"),
    [
        (8, "Every router"),
        (1, "Every router"),
        (4, "no business"),
        (17, "destination"),
        (0, "Not even ESP"),
        (9, "Not even ESP"),
        (22, "not in the outer IP header"),
    ],
)
def test_another_byte_is_told_what_it_does(byte: int, idea: str) -> None:
    ok, message = says(teach.translated_byte, byte)
    assert not ok and idea in message


def test_the_largest_packet_is_what_the_router_calls_plaintext_mtu() -> None:
    assert says(teach.largest_ping, plaintext_mtu())[0]


@pytest.mark.parametrize(
    ("off", "idea"),
    [(1, "does not fit"), (-1, "room left"), (6, "padding"), (-28, "ping's data"), (500, "has 28 to")],
)
def test_another_size_is_told_why(off: int, idea: str) -> None:
    ok, message = says(teach.largest_ping, plaintext_mtu() + off)
    assert not ok and idea in message


@pytest.mark.parametrize("width", [128, 256, 1024])
def test_a_wider_window_takes_the_late_and_refuses_the_copy(width: int) -> None:
    ok, message = says(teach.wider_window, f"GW2\n{REPLAY} window-size {width}")
    assert ok and "a true replay still is" in message


@pytest.mark.parametrize(
    ("answer", "idea"),
    [
        (f"GW2\n{REPLAY} window-size 64", "too narrow"),
        (f"GW1\n{REPLAY} window-size 128", "receiver"),
        (f"GW2\n{REPLAY} disable", "opened the door"),
        (f"GW2\n{REPLAY} window-size 100", "refuses the line"),
        ("GW2", "nothing was typed"),
    ],
)
def test_other_lines_are_told_what_they_did(answer: str, idea: str) -> None:
    ok, message = says(teach.wider_window, answer)
    assert not ok and idea in message


# the questions


def truth(key: str, run: object) -> object:
    return QUESTIONS[key].truth(run)  # type: ignore[arg-type]


def test_the_questions_about_the_packet() -> None:
    run = Lab.load("two-routers").run(until=4)
    assert truth("01.read", run) == "in clear, and under AH"
    assert truth("01.grow", run) == 68
    assert truth("01.grow", Lab.load("two-routers").variant("gcm").run(until=4)) == 56
    assert truth("01.step", run) == 16
    assert truth("01.half", teach.half_tunnel()) == "R2's, but not R1's"
    assert truth("01.half", teach.half_tunnel(complete=True)) == "both: the tunnel is there, or it is not"


def test_the_questions_about_the_attacker() -> None:
    lab, stranger = Lab.load("two-routers"), teach.attacker(VICTIM)
    copy = stranger.replay(3, after_s=4)
    assert truth("01.replay", lab.run(until=12, on_world=copy)) == "GW2 drops the copy unread"
    opened = lab.configure("GW2", f"{REPLAY} disable").run(until=12, on_world=copy)
    assert truth("01.replay", opened) == "R2 gets the ping twice"
    for changes, answer in (
        ({"source": "198.51.100.66"}, "AH refuses it, ESP takes it"),
        ({"ttl": 17}, "both take it"),
        ({"flip": 90}, "both refuse it"),
    ):
        assert truth("01.spoof", lab.run(until=10, on_world=stranger.alter(5, **changes))) == answer
    push = stranger.replay(4, after_s=0.5, sequence=1_000_000)
    assert truth("01.blind", lab.variant("no-integrity").run(until=20, on_world=push)) == (
        "every ping from then on"
    )
    assert truth("01.blind", lab.run(until=20, on_world=push)) == "none: it decrypts to nonsense"
    delete = stranger.forge(8.5, teach.unsigned_delete)
    assert truth("01.delete", lab.run(until=14, on_world=delete)) == "nothing"
    cleared = lab.run(until=14, on_world=delete, faults=["9 clear-ike GW2"])
    assert truth("01.delete", cleared) == "all SAs are gone"


def test_a_brief_anatomy_covers_the_same_bytes_in_fewer_rows() -> None:
    packet = sniffed("ah")
    full, brief = (teach.anatomy(packet, brief=choice).text.splitlines() for choice in (False, True))
    assert len(brief) < len(full)
    assert [lines[-1].split()[0] for lines in (full, brief)] == [full[-1].split()[0]] * 2


def test_a_figure_behind_a_gate_is_a_picture() -> None:
    from ipywidgets import HTML

    from ipsec_edu.teach.widgets import as_widget

    shown = as_widget(teach.sawtooth())
    assert isinstance(shown, HTML) and shown.value.startswith("<img")
