"""Capture files: what we write, we read back, and Wireshark agrees."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipsec_edu.core.errors import WireError
from ipsec_edu.wire import pcapng
from ipsec_edu.wire.icmp import Echo
from ipsec_edu.wire.packet import ICMP, Packet
from tests.ipsec.helpers import tshark

PING = Packet(0x0A000001, 0x0A000002, ICMP, Echo(True, 1, 1)).pack()
FRAMES = [
    pcapng.Frame(1_000_001, "ASA1:outside", PING, "before the cut", True),
    pcapng.Frame(2_500_000, "ASA2:outside", PING, outbound=False),
    pcapng.Frame(1 << 40, "ASA1:outside", PING + b"\0", "später"),
]


def test_frames_come_back_as_they_were() -> None:
    assert pcapng.read(pcapng.write(FRAMES)) == FRAMES
    assert pcapng.read(pcapng.write([])) == []


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 400), st.integers(0, 255))
def test_damage_is_a_wire_error_or_stays_readable(place: int, value: int) -> None:
    data = bytearray(pcapng.write(FRAMES))
    data[place % len(data)] = value
    for damaged in (bytes(data), bytes(data[:place])):
        try:
            pcapng.read(damaged)
        except WireError:
            pass


def test_a_packet_of_an_interface_nobody_described() -> None:
    data = pcapng.write(FRAMES[:1])
    section = int.from_bytes(data[4:8], "little")
    interface = int.from_bytes(data[section + 4 : section + 8], "little")
    with pytest.raises(WireError, match="does not describe"):
        pcapng.read(data[:section] + data[section + interface :])


@pytest.mark.tshark
def test_wireshark_reads_names_comments_times_and_directions(tmp_path: Path) -> None:
    file = tmp_path / "x.pcapng"
    file.write_bytes(pcapng.write(FRAMES[:2]))
    wanted = ("interface_name", "comment", "time_epoch", "packet_flags_direction")
    fields = [word for each in wanted for word in ("-e", f"frame.{each}")]
    shown = tshark(["-r", str(file), "-T", "fields", *fields, "-e", "icmp.seq"], tmp_path)
    lines = [line.split("\t") for line in shown.splitlines()]
    assert [(line[0], line[1], line[4]) for line in lines] == [
        ("ASA1:outside", "before the cut", "1"),
        ("ASA2:outside", "", "1"),
    ]
    assert [line[2][:8] for line in lines] == ["1.000001", "2.500000"]
    assert [int(line[3], 16) for line in lines] == [2, 1]
