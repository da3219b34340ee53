"""What the inspector is told: exactly what the devices of the run, stopped at that moment, know."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ipsec_edu import Lab
from ipsec_edu.run import Run
from ipsec_edu.views.inspect_data import COMMANDS, inspect_answer, inspector_data
from ipsec_edu.views.inspect_tables import changed_lines
from ipsec_edu.views.stage import stage
from ipsec_edu.views.stage_data import stage_data

JS = Path(__file__).parent.parent / "js"
CUT = ["30 cut ASA1:GigabitEthernet0/1", "60 mend ASA1:GigabitEthernet0/1"]
DEAF = "tunnel-group 203.0.113.2 ipsec-attributes\n isakmp keepalive threshold 20 retry 2"


@pytest.fixture(scope="module")
def cut() -> Run:
    """The sample run: a silent cut for 30 s."""
    return Lab.load("site-to-site").run(until=120, faults=CUT)


@pytest.fixture(scope="module")
def whole() -> Run:
    """The same without a fault."""
    return Lab.load("site-to-site").run(until=60)


def ask(run: Run, kind: str, node: str, at_s: float, line: str = "") -> dict[str, Any]:
    answer = inspect_answer(
        run, {"kind": kind, "id": "q1", "node": node, "at": round(at_s * 1e6), "line": line}
    )
    assert answer["id"] == "q1"
    assert json.loads(json.dumps(answer)) is not None
    return answer


def held(run: Run, node: str, at_s: float) -> dict[str, dict[str, Any]]:
    return {row["kind"]: row for row in ask(run, "inspect", node, at_s)["tables"]["held"]}


# --- the console -----------------------------------------------------------------------------


@pytest.mark.parametrize("node", ["ASA1", "ASA2", "R1", "R2"])
def test_every_offered_command_is_answered_as_the_device_answers_it(cut: Run, node: str) -> None:
    for line in COMMANDS[cut.at(42).device(node).platform]:
        text = ask(cut, "console", node, 42, line)["text"]
        assert text == cut.at(42).show(node, line)
        assert "Invalid input" not in text, line
    assert "Invalid input detected" in ask(cut, "console", node, 42, "show tunnels")["text"]


def test_answers_follow_the_playhead(cut: Run) -> None:
    def state(at_s: float) -> str:
        return str(ask(cut, "console", "ASA1", at_s, "show crypto ikev1 sa")["text"])

    assert "MM_ACTIVE" in state(42), "what the device believes, not what is true"
    assert "There are no IKEv1 SAs" in state(45.5)
    assert "MM_WAIT_MSG2" in state(47)


def test_a_line_asked_with_the_tables_belongs_to_the_same_moment(cut: Run) -> None:
    both = ask(cut, "inspect", "ASA1", 42, "show crypto ipsec sa")
    assert both["text"] == cut.at(42).show("ASA1", "show crypto ipsec sa")
    assert "text" not in ask(cut, "inspect", "ASA1", 42)


def test_tab_completes_one_word_only(cut: Run) -> None:
    assert ask(cut, "complete", "ASA1", 42, "sh")["completed"] == "show "
    assert ask(cut, "complete", "ASA1", 42, "show cry")["completed"] == "show crypto "
    several = ask(cut, "complete", "ASA1", 42, "show crypto i")
    assert several["completed"] == "show crypto i"
    assert several["words"] == ["ikev1", "ipsec", "isakmp"]
    assert ask(cut, "complete", "ASA1", 42, "show ")["completed"] == "show "


def test_bad_questions_get_one_clear_sentence(cut: Run) -> None:
    error = ask(cut, "inspect", "ASA9", 42)["error"]
    assert "ASA9" in error and "ASA1" in error
    late = ask(cut, "inspect", "ASA1", 500)
    assert late["at"] == cut.until_us and "error" not in late


def test_the_widget_answers_each_question_once_and_ignores_other_talk(
    cut: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    widget = stage(cut)
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(widget, "send", sent.append)
    for number, line in enumerate(["show route", "show crypto ikev1 sa"]):
        question = {"kind": "console", "id": number, "node": "ASA1", "at": 42_000_000, "line": line}
        widget._handle_custom_msg(question, [])
    widget._handle_custom_msg({"kind": "something else"}, [])
    widget._handle_custom_msg("words", [])
    assert [answer["id"] for answer in sent] == [0, 1]
    assert sent[1]["text"] == cut.at(42).show("ASA1", "show crypto ikev1 sa")


# --- the tables ------------------------------------------------------------------------------


def test_packets_of_an_sa_and_those_that_were_lost(cut: Run, whole: Run) -> None:
    mine = held(cut, "ASA1", 41.5)
    lost = [d for d in cut.trace.drops if d.kind == "esp" and 30e6 <= d.at_us <= 41.5e6]
    assert mine["esp-out"]["lost"] == len(lost) == 12
    assert mine["esp-out"]["packets"] == 40
    assert mine["esp-in"]["packets"] == 28
    assert held(whole, "ASA1", 41.5)["esp-out"]["lost"] == 0


def test_both_ends_list_the_same_sas(cut: Run) -> None:
    one, other = held(cut, "ASA1", 29), held(cut, "ASA2", 29)
    assert one["ike"]["id"] == other["ike"]["id"]
    assert one["esp-out"]["id"] == other["esp-in"]["id"] != one["esp-in"]["id"]
    assert one["ike"]["initiator"] and not other["ike"]["initiator"]
    known = {(sa.kind, sa.id) for sa in cut.trace.sas if sa.node == "ASA1"}
    assert {(row["kind"], row["id"]) for row in one.values()} <= known
    assert ask(cut, "inspect", "R1", 29)["tables"]["held"] == []


def test_the_replay_window_remembers_what_arrived(cut: Run) -> None:
    row = held(cut, "ASA2", 29.5)["esp-in"]
    size, bitmap = row["window"]
    assert size == 64
    assert row["sequence"] == row["packets"] == 28
    assert int(bitmap, 16) == (1 << 28) - 1
    lossy = Lab.load("site-to-site").run(until=60, faults=["5 loss 30% ASA1:GigabitEthernet0/1"])
    row = held(lossy, "ASA2", 55)["esp-in"]
    assert row["packets"] < row["sequence"], "numbers are missing where packets were lost"
    assert bin(int(row["window"][1], 16)).count("1") == row["packets"]


def test_policies_and_routes(cut: Run) -> None:
    tables = ask(cut, "inspect", "ASA1", 29)["tables"]
    (policy,) = tables["spd"]
    assert (policy["local"], policy["remote"]) == ("192.168.1.0/24", "192.168.2.0/24")
    assert (policy["entry"], policy["interface"], policy["sas"]) == ("CMAP 10", "OUTSIDE", 2)
    assert ["no SA yet: the packet woke IKE and was dropped", 1] in policy["errors"]
    assert {r["prefix"]: r["via"] for r in tables["routes"]}["0.0.0.0/0"] == "203.0.113.2"
    before = ask(cut, "inspect", "ASA1", 0.5)["tables"]["spd"]
    assert [p["sas"] for p in before] == [0]


def test_a_device_without_power_shows_nothing() -> None:
    run = Lab.load("site-to-site").run(until=60, faults=["20 crash ASA2"])
    assert ask(run, "inspect", "ASA2", 25)["tables"]["powered"] is False
    assert "no power" in ask(run, "console", "ASA2", 25, "show crypto ikev1 sa")["text"]
    assert ask(run, "inspect", "ASA2", 19)["tables"]["powered"] is True


# --- configuration ---------------------------------------------------------------------------


def test_lines_that_a_control_wrote_are_named_with_what_stood_there() -> None:
    run = Lab.load("site-to-site").configure("ASA1", DEAF).run(until=5)
    config = ask(run, "inspect", "ASA1", 1)["config"]
    ((line, was),) = config["changed"]
    assert config["text"].split("\n")[line].strip() == "isakmp keepalive threshold 20 retry 2"
    assert was == "isakmp keepalive threshold 10 retry 2"
    assert ask(run, "inspect", "ASA2", 1)["config"]["changed"] == []


def test_changed_new_and_gone_lines() -> None:
    assert changed_lines("a\nb\nc", "a\nB\nc") == [[1, "b"]]
    assert changed_lines("a\nc", "a\nb\nc") == [[1, ""]]
    assert changed_lines("a\nb\nc", "a\nc") == [[1, "b", True]]
    assert changed_lines("a", "a") == []


# --- answers in advance ----------------------------------------------------------------------


def test_answers_in_advance_are_those_of_the_moments(cut: Run) -> None:
    stored = inspector_data(cut)
    assert {0, 30_000_000, 60_000_000, cut.until_us} <= set(stored["times"])
    dead = [e.at_us for e in cut.trace.dpd if e.event == "dead"]
    assert dead and set(dead) <= set(stored["times"])
    for place in range(0, len(stored["times"]), 3):
        moment = cut.at(stored["times"][place] / 1e6)
        for name, node in stored["nodes"].items():
            for line, places in node["answers"].items():
                assert stored["texts"][places[place]] == moment.show(name, line), (name, line)
            live = ask(cut, "inspect", name, moment.t)
            assert stored["tables"][node["tables"][place]] == live["tables"]


def test_answers_in_advance_are_small(cut: Run) -> None:
    stored = inspector_data(cut)
    assert len(set(stored["texts"])) == len(stored["texts"])
    asked = sum(len(places) for node in stored["nodes"].values() for places in node["answers"].values())
    assert len(stored["texts"]) < asked / 3
    assert len(json.dumps(stored, separators=(",", ":"))) < 150_000
    few = inspector_data(cut, [0, 42_000_000], ["show crypto ikev1 sa"])
    assert few["times"] == [0, 42_000_000]
    assert few["nodes"]["ASA1"]["commands"] == ["show crypto ikev1 sa"]


# --- belief against truth --------------------------------------------------------------------


def marks(stage_module: Path, node: str, run: Run, cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the page marks in texts, and its note."""
    question = {"script": str(stage_module), "data": stage_data(run), "cases": cases}
    done = subprocess.run(
        [node, str(JS / "marks.mjs")], input=json.dumps(question), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


def test_what_a_device_wrongly_says_is_marked_outside_its_text(
    cut: Run, stage_module: Path, node: str
) -> None:
    lines = ["show crypto ikev1 sa", "show crypto ipsec sa", "show vpn-sessiondb l2l", "show route"]
    cases = [
        {
            "node": "ASA1",
            "at": round(at * 1e6),
            "line": line,
            "text": ask(cut, "console", "ASA1", at, line)["text"],
        }
        for at in (24.0, 42.0, 70.0)
        for line in lines
    ]
    before, during, after = (
        marks(stage_module, node, cut, cases)[i : i + len(lines)] for i in range(0, len(cases), len(lines))
    )
    assert [m["marks"] for m in before] == [[]] * 4, "a tunnel that works: nothing to mark"
    assert [m["marks"] for m in after] == [[]] * 4
    ike, ipsec, session, route = during
    assert ike["marks"] == ["State   : MM_ACTIVE"]
    spis = [sa.id[2:].upper() for sa in cut.trace.sas if sa.node == "ASA1" and sa.kind != "ike"][:2]
    assert all(any(spi in mark for mark in ipsec["marks"]) for spi in spis)
    assert ipsec["marks"].count("SA State: active") == 2
    assert session["marks"] == ["Connection   : 203.0.113.2"]
    assert route["marks"] == [], "no route is wrong: the cable has died, not the route"
    assert ike["note"] == (
        "ASA1 is wrong. The path died at 30.0 s. It has sent R-U-THERE twice, no answer, "
        "and says MM_ACTIVE until 45.1 s."
    )


def test_the_inspectors_own_arithmetic(stage_module: Path, node: str) -> None:
    done = subprocess.run(
        [node, "--test", str(JS / "inspect.test.mjs")],
        env={**os.environ, "STAGE_SCRIPT": str(stage_module)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
