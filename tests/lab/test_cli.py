"""The command line: its output, its JSON, and one clear line for each mistake."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ipsec_edu.cli import main

CUT = ("--fault", "30 cut ASA1:GigabitEthernet0/1")


def call(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Run one command; return status, stdout, stderr."""
    try:
        status = main(arguments)
    except SystemExit as end:
        status = int(end.code or 0)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_run_json_has_the_documented_keys(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = call(capsys, "run", "site-to-site", "--until", "60", *CUT, "--json")
    run = json.loads(out)
    assert status == 0
    assert (run["lab"], run["variant"], run["seed"], run["until"]) == ("site-to-site", None, 1, 60.0)
    assert run["faults"] == ["30 cut ASA1:GigabitEthernet0/1"]
    (flow,) = run["flows"]
    assert (flow["name"], flow["sent"], flow["answered"]) == ("R1>R2", 60, 28)
    assert flow["outages"][1]["start"] == 30.0 and flow["outages"][1]["end"] is None
    sa = run["sas"][0]
    assert {"node", "kind", "local", "peer", "id", "initiator", "up", "down", "reason"} <= sa.keys()
    assert (sa["kind"], sa["local"], sa["peer"], len(sa["id"])) == ("ike", "203.0.113.1", "203.0.113.2", 32)
    message = run["messages"][0]
    assert {
        "at",
        "from",
        "to",
        "exchange",
        "n",
        "payloads",
        "notify",
        "bytes",
        "retransmission",
        "delivered",
    } <= message.keys()
    assert (message["at"], message["bytes"], message["delivered"]) == (1.001, 180, True)
    assert run["routes"][0].keys() == {"at", "node", "change", "prefix", "via", "source"}
    assert run["drops"]["no_sa_pending"] >= 1
    assert run["log"][0].keys() == {"at", "node", "text"}


def test_run_twice_prints_the_same_bytes(capsys: pytest.CaptureFixture[str]) -> None:
    first = call(capsys, "run", "site-to-site", *CUT, "--json")
    assert call(capsys, "run", "site-to-site", *CUT, "--json") == first
    assert call(capsys, "run", "site-to-site", *CUT, "--json", "--seed", "2") != first


def test_config_lines_are_typed_in_together(capsys: pytest.CaptureFixture[str]) -> None:
    slow = [
        "--config",
        "ASA1: tunnel-group 203.0.113.2 ipsec-attributes",
        "--config",
        "ASA1: isakmp keepalive threshold 20 retry 5",
    ]
    probes = {}
    for name, extra in (("fast", []), ("slow", slow)):
        _, out, _ = call(capsys, "run", "site-to-site", *CUT, "--json", *extra)
        messages = json.loads(out)["messages"]
        probes[name] = [m["at"] for m in messages if m["notify"] == "R-U-THERE" and m["from"] == "ASA1"]
    assert probes == {"fast": [39.083, 41.083, 43.083], "slow": [49.083, 54.083, 59.083]}


def test_show_answers_as_the_device_does(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = call(capsys, "show", "site-to-site", "ASA1", "show crypto ikev1 sa", "--at", "10")
    assert status == 0 and "MM_ACTIVE" in out
    status, out, _ = call(capsys, "show", "site-to-site", "R1", "show crypto nonsense", "--at", "10")
    assert status == 0 and "% Invalid input detected at '^' marker." in out


def test_labs_lists_everything_on_offer(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = call(capsys, "labs", "--json")
    lab = next(lab for lab in json.loads(out) if lab["name"] == "site-to-site")
    assert len(lab["variants"]) == 15 and lab["flows"] == ["R1>R2"] and lab["until"] == 120.0
    assert {"fault": "cut ASA1:GigabitEthernet0/1", "label": "Cut silently"}.items() <= lab["faults"][
        1
    ].items()
    assert lab["controls"][0]["name"] == "threshold"
    for offer in lab["faults"]:
        assert call(capsys, "run", "site-to-site", "--until", "3", "--fault", f"2 {offer['fault']}")[0] == 0
    status, out, _ = call(capsys, "labs")
    assert status == 0 and "--variant psk-mismatch" in out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "site-to-sit"], "did you mean site-to-site?"),
        (["run", "site-to-site", "--variant", "psk"], "has no variant"),
        (["run", "site-to-site", "--fault", "30 cut ASA3:g0/1"], "there is no node 'ASA3'"),
        (["run", "site-to-site", "--config", "ASA1 hostname X"], "write \"NODE: configuration line\""),
        (["run", "site-to-site", "--config", "ASA1: crypto isakmp polizy 3"], "Invalid input"),
        (["run", "site-to-site", "--config", "ASA4: hostname X"], "has no device 'ASA4'"),
        (["run", "site-to-site", "--until", "0"], "more than 0 s"),
        (["run", "site-to-site", "--until", "nan"], "more than 0 s"),
        (["run", "site-to-site", "--capture", "ASA1"], "write NODE:INTERFACE=FILE"),
        (["run", "site-to-site", "--figure", "/nowhere/x.png"], "cannot write the figure"),
        (["show", "site-to-site", "ASA1", "show clock", "--at", "500"], "lies outside the run"),
        (["show", "site-to-site", "internet", "show clock"], "no device 'internet'"),
        (["check", "/does/not/exist"], "there is no lab"),
        (["claims", "4711"], "4711"),
        (["claims", "one"], "numbers"),
        (["fly"], "invalid choice"),
    ],
)  # fmt: skip
def test_a_mistake_gets_one_line_and_status_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    status, out, err = call(capsys, *arguments)
    assert status == 2
    assert out == ""
    assert says in err and len(err.splitlines()) == 1


def test_check_names_file_and_line_of_every_problem(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "my.clab.yml").write_text(
        "name: my\ntopology:\n  nodes:\n    R1: {kind: cisco_iol, startup-config: R1.cfg}\n"
    )
    (tmp_path / "R1.cfg").write_text(
        "hostname R1\ninteface Ethernet0/1\ncrypto map VPN 10 ipsec-isakmp\n match address 101\n"
        "interface Ethernet0/2\n ip adress 10.0.0.1 255.255.255.0\n"
    )
    status, out, _ = call(capsys, "check", str(tmp_path))
    assert status == 1
    assert "R1.cfg:2: error" in out and "R1.cfg:6: error" in out and "^" in out
    (tmp_path / "R1.cfg").write_text("hostname R1\ncrypto map VPN 10 ipsec-isakmp\n match address 101\n")
    status, out, _ = call(capsys, "check", str(tmp_path))
    assert status == 0 and "101" in out, "a near miss is a warning"


def test_check_of_a_good_folder_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, "check", "site-to-site") == (0, "no errors: the lab runs\n", "")


def test_figure_and_capture_are_written(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    figure, capture = tmp_path / "run.svg", tmp_path / "out.pcapng"
    status, _, err = call(
        capsys, "run", "site-to-site", *CUT, "--figure", str(figure), "--capture", f"ASA1:g0/1={capture}"
    )
    assert status == 0 and f"wrote {figure}" in err
    assert figure.read_text().startswith("<?xml") and capture.read_bytes()[:4] == b"\n\r\r\n"
