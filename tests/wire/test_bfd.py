"""BFD control packets: bytes as RFC 5880 draws them, and as two others read them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from ipsec_edu.core.errors import WireError
from ipsec_edu.wire.bfd import BFD_PORT, TTL, BfdControl, BfdState, unpack
from ipsec_edu.wire.packet import UDP, Packet
from ipsec_edu.wire.pcapng import Frame, write
from ipsec_edu.wire.udp import UdpDatagram

CONTROL = BfdControl(BfdState.UP, 3, 1, 2, 50_000, 60_000, diag=1, poll=True)


def test_the_bytes_are_those_of_the_diagram() -> None:
    assert CONTROL.pack().hex() == "21e0031800000001000000020000c3500000ea6000000000"
    assert len(CONTROL.pack()) == 24


@pytest.mark.parametrize("state", BfdState)
def test_what_is_written_is_read(state: BfdState) -> None:
    control = BfdControl(state, 5, 7, 9, 1_000_000, 0, diag=3, final=True)
    assert unpack(control.pack()) == control


@pytest.mark.parametrize(
    ("at", "byte"), [(0, 0x41), (1, 0xE4), (1, 0xE1), (2, 0), (3, 23), (3, 25), (7, 0), (11, 0)]
)
def test_what_must_not_be_is_refused(at: int, byte: int) -> None:
    data = bytearray(CONTROL.pack())
    data[at] = byte
    with pytest.raises(WireError, match="BFD"):
        unpack(bytes(data))
    with pytest.raises(WireError, match="BFD"):
        unpack(CONTROL.pack()[:23])
    assert unpack(CONTROL.pack()) == CONTROL


def test_scapy_reads_the_same() -> None:
    bfd = pytest.importorskip("scapy.contrib.bfd")
    theirs = bfd.BFD(CONTROL.pack())
    fields = {
        "version": 1,
        "diag": 1,
        "sta": 3,
        "detect_mult": 3,
        "len": 24,
        "my_discriminator": 1,
        "your_discriminator": 2,
        "min_tx_interval": 50_000,
        "min_rx_interval": 60_000,
        "echo_rx_interval": 0,
    }
    assert {name: int(theirs.getfieldval(name)) for name in fields} == fields
    assert str(theirs.flags) == "P"
    assert bytes(theirs) == CONTROL.pack()


@pytest.mark.tshark
def test_tshark_reads_the_same(tmp_path: Path) -> None:
    if shutil.which("tshark") is None:
        pytest.fail("tshark is missing: install the package tshark")
    packet = Packet(0x0A000001, 0x0A000002, UDP, UdpDatagram(49153, BFD_PORT, CONTROL.pack()), TTL)
    capture = tmp_path / "bfd.pcapng"
    capture.write_bytes(write([Frame(0, "a", packet.pack())]))
    names = ["bfd.sta", "bfd.diag", "bfd.flags.p", "bfd.detect_time_multiplier", "bfd.my_discriminator"]
    names += ["bfd.desired_min_tx_interval", "bfd.required_min_rx_interval", "_ws.malformed"]
    command = [
        "tshark",
        "-r",
        str(capture),
        "-T",
        "fields",
        *(word for name in names for word in ("-e", name)),
    ]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.rstrip("\n").split("\t")
    assert [said[0], said[1], said[3], said[5], said[6]] == ["0x03", "0x01", "3", "50000", "60000"]
    assert said[7] == ""
