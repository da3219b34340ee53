"""A capture that we write opens in Wireshark, and its key files decrypt all of it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ipsec_edu import Lab, ScenarioError, bundled_labs
from tests.tools import find_tool

pytestmark = pytest.mark.tshark
PORT = "ASA1:GigabitEthernet0/1"


def tshark(capture: Path, profile: Path, *arguments: str) -> str:
    """Run tshark with the key files in `profile` as its configuration."""
    home = profile / "config"
    (home / "wireshark").mkdir(parents=True, exist_ok=True)
    for name in ("ikev1_decryption_table", "esp_sa"):
        source = capture.parent / name
        if source.exists():
            (home / "wireshark" / name).write_bytes(source.read_bytes())
    tool = find_tool("tshark")
    assert tool is not None
    command = [str(tool), "-r", str(capture), "-o", "esp.enable_encryption_decode:TRUE", *arguments]
    environment = {**os.environ, "HOME": str(profile), "XDG_CONFIG_HOME": str(home)}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return done.stdout


@pytest.fixture(scope="module")
def captured(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    """Twenty seconds of the lab at ASA1's outside."""
    run = Lab.load("site-to-site").run(until=50, faults=["20 cut ASA1:GigabitEthernet0/1"])
    file = tmp_path_factory.mktemp("capture") / "outside.pcapng"
    written = run.capture(PORT, file)
    assert [path.name for path in written] == [
        "outside.pcapng",
        "ikev1_decryption_table",
        "esp_sa",
        "HOW-TO-DECRYPT.txt",
    ]
    return run, file


def test_nothing_in_it_is_malformed(captured: tuple[Any, Path], tmp_path: Path) -> None:
    _, file = captured
    assert tshark(file, tmp_path, "-Y", "_ws.malformed || _ws.expert.severity == error") == ""


def test_every_message_and_every_esp_packet_opens(captured: tuple[Any, Path], tmp_path: Path) -> None:
    run, file = captured
    fields = (
        "isakmp.exchangetype",
        "isakmp.id.type",
        "isakmp.hash",
        "isakmp.notify.msgtype",
        "icmp.seq",
        "esp.sequence",
    )
    options = [option for field in fields for option in ("-e", field)]
    rows = [line.split("\t") for line in tshark(file, tmp_path, "-T", "fields", *options).splitlines()]
    ike = [row for row in rows if row[0]]
    esp = [row for row in rows if row[5]]
    # a message that was lost on the cut link never passed the far end, but all of ASA1's passed here
    ours = [m for m in run.messages if m.sender == "ASA1" or m.arrived_us is not None]
    assert len(ike) == len(ours)
    assert [bool(row[1]) for row in ike[:9]] == [False] * 4 + [True, True, True, True, False]
    assert all(row[2] for row in ike[4:9]), "HASH is readable from Main Mode message 5 on"
    assert [row[3] for row in ike if row[3]][1:] == ["36136"] * 3, "R-U-THERE is readable"
    assert esp, "there is ESP"
    assert all(row[4] for row in esp), "every ESP packet shows its ping"


def test_without_the_key_files_nothing_opens(captured: tuple[Any, Path], tmp_path: Path) -> None:
    _, file = captured
    bare = tmp_path / "bare" / file.name
    bare.parent.mkdir()
    bare.write_bytes(file.read_bytes())
    assert tshark(bare, tmp_path, "-Y", "icmp") == ""
    assert tshark(bare, tmp_path, "-Y", "isakmp.id.type") == ""


def test_frames_carry_the_interface_and_a_comment(captured: tuple[Any, Path], tmp_path: Path) -> None:
    _, file = captured
    packets = json.loads(tshark(file, tmp_path, "-T", "json", "-c", "11"))
    frame = packets[9]["_source"]["layers"]["frame"]
    assert frame["frame.interface_id_tree"]["frame.interface_name"] == PORT
    assert "SPI 0x" in json.dumps(packets[9]) and "flow R1>R2 packet 2" in json.dumps(packets[9])


def test_a_packet_that_dies_later_says_where_and_why(captured: tuple[Any, Path], tmp_path: Path) -> None:
    _, file = captured
    text = tshark(file, tmp_path, "-T", "fields", "-e", "frame.comment", "-Y", "frame.time_relative > 19")
    assert (
        "dies at ASA1:GigabitEthernet0/1, 21.001 s: link_cut (the frame vanished on a silently cut link)"
        in text
    )
    early = tshark(file, tmp_path, "-T", "fields", "-e", "frame.comment", "-Y", "frame.time_relative < 15")
    assert "dies" not in early


EVERY = [(name, variant) for name in bundled_labs() for variant in [None, *Lab.load(name).variants]]


@pytest.mark.parametrize(("name", "variant"), EVERY, ids=lambda value: value or "base")
def test_every_bundled_lab_opens_completely(name: str, variant: str | None, tmp_path: Path) -> None:
    lab = Lab.load(name).variant(variant)
    run = lab.run(until=11 + lab.flows[0].start_us / 1e6)
    port = next(hop.sender for hop in run.trace.hops if hop.kind == "ike") if run.messages else None
    if port is None:
        return  # nothing is negotiated here: that is this variant's point
    file = tmp_path / "out.pcapng"
    run.capture(port, file)
    node = port.partition(":")[0]
    passed = [(m.at_us if m.sender == node else m.arrived_us, m) for m in run.messages]
    here = [m for at_us, m in sorted(((t, m) for t, m in passed if t is not None), key=lambda pair: pair[0])]
    fields = ("-T", "fields", "-e", "frame.number", "-e", "isakmp.flag_e", "-e", "isakmp.hash")
    rows = [row.split("\t") for row in tshark(file, tmp_path, "-Y", "isakmp && !icmp", *fields).splitlines()]
    assert len(rows) == len(here)
    illegible = set()
    for message, (frame, _, readable) in zip(here, rows, strict=True):
        # Wireshark takes the IV of a repeated message from the message before, so it cannot read
        # repetitions; and no key opens what was encrypted under a wrong one
        if message.encrypted and (message.retransmission or variant == "psk-mismatch"):
            illegible.add(frame)
        elif message.encrypted:
            assert readable, message
    bad = tshark(file, tmp_path, "-Y", "_ws.malformed || _ws.expert.severity == error", *fields[:4])
    assert set(bad.split()) <= illegible
    esp = tshark(file, tmp_path, "-Y", "esp && !(icmp.type == 3)", "-T", "fields", "-e", "icmp.seq")
    assert all(esp.splitlines()), "every ESP packet shows what is inside"


def test_an_interface_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    run = Lab.load("site-to-site").run(until=2)
    with pytest.raises(ScenarioError, match="did you mean ASA1:GigabitEthernet0/1"):
        run.capture("ASA1:GigabitEthernet0/11", tmp_path / "x.pcapng")
    with pytest.raises(ScenarioError, match="cannot write"):
        run.capture(PORT, Path("/proc/nowhere/x.pcapng"))
