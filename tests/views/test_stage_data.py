"""What a run becomes on its way to the browser."""

from __future__ import annotations

import json

import pytest

from ipsec_edu.views.judge import Judge
from ipsec_edu.views.stage_data import VERSION, fault_record, short_interface, stage_data
from ipsec_edu.views.stage_ike import message_name
from tests.views.fixture_run import S, sample_run
from tests.views.fixture_states import STATES, busy_run, hub_run, pair_run, state_run


def test_the_sample_run_has_the_numbers_worked_out_on_paper() -> None:
    data = stage_data(sample_run())
    outage = max(data["outages"], key=lambda o: o["lost"])
    parts = {part["name"]: (part["end"] - part["start"]) / S for part in outage["parts"]}
    assert parts == {"detect": 15.083, "wait": 16.918, "negotiate": 0.320, "first packet": 0.679}
    assert outage["lost"] == 33 and (outage["end"] - outage["start"]) / S == 33.0
    probes = next(d for d in data["dpd"] if data["nodes"][d["node"]]["name"] == "ASA1")
    assert [p[0] / S for p in probes["probes"]] == [39.083, 41.083, 43.083]
    assert probes["threshold"] == 10 * S


def test_it_is_json_of_a_known_version_and_small() -> None:
    text = json.dumps(stage_data(sample_run()))
    assert json.loads(text)["version"] == VERSION
    assert len(text) < 120_000


def test_every_index_points_at_something() -> None:
    for run in (sample_run(), pair_run(), hub_run(), *map(state_run, STATES)):
        data = stage_data(run)
        nodes, links = len(data["nodes"]), len(data["links"])
        for sa in data["sas"]:
            assert (
                0 <= sa["node"] < nodes and 0 <= sa["peer"] < nodes and 0 <= sa["pair"] < len(data["pairs"])
            )
        for pair in data["pairs"]:
            assert pair["path"], "a tunnel lies on cables"
            assert all(0 <= link < links for link, _ in pair["path"])
        for message in data["messages"]:
            assert 0 <= message["from"] < nodes and 0 <= message["to"] < nodes


def test_an_sa_is_stale_from_the_cut_until_its_gateway_gives_up() -> None:
    data = stage_data(sample_run())
    spans = {(data["nodes"][sa["node"]]["name"], sa["kind"]): sa["stale"] for sa in data["sas"][:6]}
    assert spans["ASA2", "esp-out"] == [[30 * S, 45_041_000, "path"]]
    assert spans["ASA1", "ike"][0] == [30 * S, 45_041_000, "path"]
    assert spans["ASA1", "ike"][1] == [45_041_000, 45_083_000, "peer"], "the other end gave up 42 ms earlier"
    assert not any(sa["stale"] for sa in stage_data(sample_run(None, None))["sas"])


@pytest.mark.parametrize(
    ("state", "stale"),
    [
        ("up", set()),
        ("rekey-dots", set()),
        ("rekey-both", set()),
        ("dangling", set()),
        ("loss", set()),
        ("one-sided", {("ASA1", "ike", "peer"), ("ASA1", "esp-out", "peer"), ("ASA1", "esp-in", "peer")}),
        ("crashed", {("ASA1", "ike", "peer"), ("ASA1", "esp-out", "peer"), ("ASA1", "esp-in", "peer")}),
        (
            "one-way",
            {
                ("ASA1", "ike", "path"),
                ("ASA2", "ike", "path"),
                ("ASA1", "esp-out", "path"),
                ("ASA2", "esp-in", "path"),
            },
        ),
    ],
)
def test_what_is_held_in_vain(state: str, stale: set[tuple[str, str, str]]) -> None:
    run = state_run(state)
    judge = Judge(run)
    why = {(sa.node, sa.kind, judge.why_stale(i, 10 * S)) for i, sa in enumerate(run.trace.sas)}
    assert {entry for entry in why if entry[2] is not None} == stale


def test_a_host_and_a_gateway_are_no_way_through() -> None:
    judge = Judge(pair_run())
    way = judge.cabling.shortest("GW1", "SPOKE", None)
    assert way is not None and [step.node for step in way] == ["internet", "SPOKE"]
    assert judge.way("GW1", "CORE", 12 * S) is None, "it has no power"
    assert judge.way("GW2", "CORE", 12 * S) is not None


def test_a_successor_knows_what_it_replaces() -> None:
    data = stage_data(state_run("rekey-both"))
    newer = [sa for sa in data["sas"] if sa["older"] >= 0]
    assert len(newer) == 4
    assert all(data["sas"][sa["older"]]["kind"] == sa["kind"] for sa in newer)
    assert not [sa for sa in stage_data(sample_run())["sas"] if sa["older"] >= 0], (
        "45 s and 62 s do not overlap"
    )


def test_nine_messages_are_one_negotiation_and_retransmissions_belong_to_it() -> None:
    data = stage_data(sample_run())
    assert [len(neg["messages"]) for neg in data["negs"]] == [9, 11]
    assert [data["messages"][i]["name"] for i in data["negs"][0]["messages"]] == [
        *(f"MM{n}" for n in range(1, 7)),
        *(f"QM{n}" for n in range(1, 4)),
    ]
    assert [m["probe"] for m in data["messages"] if m["name"] == "R-U-THERE"][:2] == [[1, 3], [1, 3]]


def test_a_run_with_very_many_hops_keeps_the_interesting_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ipsec_edu.views.stage_hops.HOP_LIMIT", 300)
    hops = stage_data(sample_run())["hops"]
    assert 50 < len(hops["left"]) < 300
    assert set(hops["kind"]) == {"ike", "esp", "clear"}
    assert hops["left"] == sorted(hops["left"])


def test_many_packets_are_turned_into_data_quickly() -> None:
    assert len(stage_data(busy_run(10_000))["flows"][1]["sent"]) == 10_000


def test_names() -> None:
    assert short_interface("GigabitEthernet0/1") == "G0/1"
    assert short_interface("eth1") == "eth1"
    assert fault_record("30 loss 20% ASA1:GigabitEthernet0/1") == {
        "at": 30 * S,
        "action": "loss 20%",
        "target": "ASA1:GigabitEthernet0/1",
        "text": "30 loss 20% ASA1:GigabitEthernet0/1",
    }
    with pytest.raises(ValueError, match="AT ACTION TARGET"):
        fault_record("cut")
    names = [message_name(m) for m in sample_run().trace.messages]
    assert {"MM1", "MM6", "QM3", "R-U-THERE"} <= set(names)
