"""The worst case finder: what fails, the ranking, commands that replay it, and where the graph is wrong."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from typing import Any

import pytest

from ipsec_edu import Lab, chaos
from ipsec_edu.core.errors import ScenarioError
from ipsec_edu.trials import batch
from ipsec_edu.trials.batch import IN_PROCESS
from ipsec_edu.trials.failures import combinations, covered_by, failures_of
from tests.lab.test_cli import call
from tests.lab.two_paths import two_paths

STATIC_WAY = "GW1:GigabitEthernet0/1"


@pytest.fixture(scope="module")
def site() -> Any:
    return chaos("site-to-site", executor=IN_PROCESS)


def by_faults(found: Any) -> dict[tuple[str, ...], Any]:
    return {trial.faults: trial for trial in found.trials}


def test_every_cable_and_every_device_between_the_ends_fails() -> None:
    lines = [failure.line("30") for failure in failures_of(Lab.load("site-to-site"))]
    assert lines == [
        "30 cut R1:Ethernet0/1",
        "30 cut ASA1:GigabitEthernet0/1",
        "30 cut ASA2:GigabitEthernet0/1",
        "30 cut ASA2:GigabitEthernet0/0",
        "30 crash ASA1",
        "30 crash internet",
        "30 crash ASA2",
    ]
    both = failures_of(Lab.load("site-to-site"), "both")
    assert len(both) == 11
    assert all(
        len({f.link for f in pair}) == 2 for pair in combinations(both) if pair[1:] and pair[0].link == 0
    )


def test_the_ranking_is_by_outage_and_then_by_packets(site: Any) -> None:
    keys = [(-trial.outage_s, -trial.lost) for trial in site.trials]
    assert site.complete and len(site.trials) == 7 + 21 and keys == sorted(keys)
    assert [row["rank"] for row in site.rows] == list(range(1, 29))


def test_a_dead_device_needs_no_cable(site: Any) -> None:
    """The pairs that are not run, because a single does the same: run here, to see that it does."""
    lab = Lab.load("site-to-site")
    found = by_faults(site)
    spared = [pair for pair in combinations(failures_of(lab)) if covered_by(pair) is not None]
    assert len(spared) == 6
    for pair in spared:
        lines = [failure.line("30") for failure in pair]
        run = lab.run(faults=lines, fidelity="model")
        (row,) = found[tuple(lines)].flows.values()
        probes = [probe for probe in run.flows["R1>R2"] if probe.sent_us >= 30_000_000]
        assert row["lost"] == sum(probe.lost_us is not None for probe in probes)
        assert row["outage_s"] == 120 - run.ledger()[-1].start_us / 1e6


def test_a_command_plays_the_same_outage(capsys: pytest.CaptureFixture[str]) -> None:
    found = chaos("access-links", seed=3, until=80, executor=IN_PROCESS, singles=True)
    seen = set()
    for trial in (found.trials[0], *(t for t in found.trials if t.recovered)):
        words = shlex.split(trial.replay)
        assert words[:2] == ["ipsec-edu", "run"]
        status, out, _ = call(capsys, *words[1:], "--json")
        outages = [
            one for one in json.loads(out)["flows"][0]["outages"] if one["end"] is None or one["end"] > 30
        ]
        assert status == 0
        assert sum((one["end"] or 80) - one["start"] for one in outages) == pytest.approx(trial.outage_s)
        assert sum(one["lost"] for one in outages) == trial.lost
        seen.add(round(trial.outage_s))
    assert len(seen) >= 3, "they are not all alike"


def test_the_graph_says_connected_and_static_routes_stay_out() -> None:
    """Nothing withdraws a static route when a cable is cut silently; a pulled cable does."""
    cut = by_faults(chaos(two_paths(), executor=IN_PROCESS, singles=True))[f"30 cut {STATIC_WAY}",]
    assert all(cut.connected.values()) and not cut.recovered and cut.differs == "R1>R2"
    assert "GW1's SAs died at" in cut.why and "dead-peer detection" in cut.why
    assert "GW1 changed no route" in cut.why and f"die at {STATIC_WAY}" in cut.why
    down = by_faults(chaos(two_paths(), executor=IN_PROCESS, mode="down", singles=True))
    pulled = down[f"30 down {STATIC_WAY}",]
    assert all(pulled.connected.values()) and pulled.recovered and not pulled.differs, "the floating route"


def test_without_sas_the_reason_is_routing_alone() -> None:
    found = by_faults(chaos(two_paths(crypto=False), executor=IN_PROCESS, singles=True))
    why = found[f"30 cut {STATIC_WAY}",].why
    assert "packets die at GW1:GigabitEthernet0/1" in why and "SAs" not in why


def test_the_graph_says_cut_and_a_flow_that_has_ended_is_unharmed() -> None:
    lab = two_paths()
    first, second = lab.flows
    ended = lab.with_flows(replace(first, count=5), second)
    trial = by_faults(chaos(ended, executor=IN_PROCESS, singles=True))["30 crash GW1",]
    assert trial.connected["R1>R2"] is False and trial.flows["R1>R2"]["lost"] == 0
    assert trial.differs == "R1>R2" and "had ended at 5 s" in trial.why


def test_single_points_and_smallest_cut_come_from_the_graph(site: Any) -> None:
    assert len(site.single_points["R1>R2"]) == 7 and site.smallest_cuts["R1>R2"] == []
    found = chaos(two_paths(), executor=IN_PROCESS, singles=True)
    assert [point.target for point in found.single_points["R1>R2"]] == [
        "R1:Ethernet0/1", "GW2:GigabitEthernet0/0", "GW1", "GW2",
    ]  # fmt: skip
    assert len(found.smallest_cuts["R1>R2"]) == 2, "the two parallel cables"


def test_a_double_that_adds_nothing_is_marked(site: Any) -> None:
    assert all(trial.adds for trial in site.trials if len(trial.failures) == 1)
    found = by_faults(chaos("access-links", executor=IN_PROCESS))
    assert found["30 cut P1:Ethernet0/1", "30 cut P2:Ethernet0/1"].adds, "both access links"
    assert not found["30 cut PC1:eth1", "30 cut P2:Ethernet0/1"].adds


def test_processes_find_the_same(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "cores", lambda: 2)
    assert chaos("site-to-site").trials == site.trials
    assert chaos("site-to-site", seed=2, executor=IN_PROCESS).trials != site.trials


def test_an_interrupt_prints_what_is_done(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from ipsec_edu.trials import progress

    def interrupt(self: Any, done: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    monkeypatch.setattr(progress._Quiet, "step", interrupt)
    status, out, _ = call(capsys, "chaos", "site-to-site", "--singles", "--executor", "none")
    assert status == 130 and "4 failures at 30 s" in out and "3 are not run" in out


def test_text_is_a_hundred_columns_wide_but_for_the_commands(site: Any) -> None:
    text = site.text(28, everything=True)
    wide = [line for line in text.splitlines() if len(line) > 100]
    assert wide and all("ipsec-edu run" in line for line in wide)
    assert "single points of failure" in text and "<table" in site._repr_html_()


def test_json_has_every_row(capsys: pytest.CaptureFixture[str], site: Any) -> None:
    options = ("--executor", "none", "--singles", "--config", "ASA1: hostname EDGE")
    status, out, err = call(capsys, "chaos", "site-to-site", "--json", *options)
    data = json.loads(out)
    assert (status, err, data["complete"], len(data["trials"])) == (0, "", True, 7)
    assert data["trials"][0]["replay"].startswith(
        "ipsec-edu run site-to-site --config 'ASA1: hostname EDGE' "
    )
    assert data["graph"]["R1>R2"]["smallest_cut"] == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["chaos", "site-to-sit"], "did you mean site-to-site?"),
        (["chaos", "site-to-site", "--mode", "fray"], "invalid choice"),
        (["chaos", "site-to-site", "--at", "120"], "choose another --at"),
        (["chaos", "site-to-site", "--at", "nan"], "choose another --at"),
        (["chaos", "site-to-site", "--top", "0"], "at least 1"),
        (["chaos", "site-to-site", "--until", "0"], "more than 0 s"),
        (["chaos", "site-to-site", "--variant", "esp-blocked"], "no packet is answered even without"),
    ],
)
def test_a_mistake_gets_one_line_and_status_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    status, out, err = call(capsys, *arguments)
    assert status == 2 and out == "" and says in err and len(err.splitlines()) == 1


def test_an_unknown_mode_is_named() -> None:
    with pytest.raises(ScenarioError, match="mode is cut, down, both"):
        chaos("site-to-site", mode="fray")
