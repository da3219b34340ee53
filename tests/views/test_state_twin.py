"""The browser and Python compute the same facts from the same run, each in its own way."""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ipsec_edu import Lab
from ipsec_edu.views.stage_data import stage_data
from ipsec_edu.views.stage_types import StageRun
from ipsec_edu.views.state_at import state_at
from tests.views.fixture_run import FixtureRun, S, sample_run
from tests.views.fixture_states import STATES, hub_run, pair_run, state_run

Facts = Callable[[dict[str, Any], list[int]], list[dict[str, Any]]]
RUNS: dict[str, Callable[[], FixtureRun]] = {
    "sample": sample_run,
    "quiet": lambda: sample_run(None, None),
    "never mended": lambda: sample_run(30, None),
    "mended early": lambda: sample_run(30, 53.4),
    "short cut": lambda: sample_run(30, 33),
    "pair": pair_run,
    "hub": hub_run,
    **{f"state {name}": (lambda name=name: state_run(name)) for name in STATES},
}


def moments(run: StageRun, count: int) -> list[int]:
    """Random moments, and those just before and at every change."""
    dice = random.Random(7)
    edges = {t for sa in run.trace.sas for t in (sa.begun_us, sa.up_us, sa.down_us) if t is not None}
    edges |= {c.at_us for c in run.trace.ports} | {e.at_us for e in run.trace.dpd}
    edges |= {m.at_us for m in run.trace.messages} | {
        m.arrived_us for m in run.trace.messages if m.arrived_us
    }
    chosen = [dice.randrange(run.until_us) for _ in range(count)]
    return sorted({t for t in [*chosen, *edges, *(e - 1 for e in edges)] if 0 <= t <= run.until_us})


def python_says(run: StageRun, t: int) -> dict[str, Any]:
    now = state_at(run, t)
    return {
        "gateways": [
            (name, g.state, g.esp, g.ike, g.probes if g.state == "stale" else 0)
            for name, g in now.gateways.items()
        ],
        "sas": [list(entry) for entry in now.sas],
        "flows": [[f.sent, f.answered, f.lost] for f in now.flows],
        "links": now.links,
        "flight": now.in_flight,
    }


def browser_says(fact: dict[str, Any]) -> dict[str, Any]:
    def state(g: dict[str, Any]) -> str:
        # "waiting" is "negotiating" without an answer: the records alone do not tell the two apart.
        return "negotiating" if g["state"] == "waiting" else str(g["state"])

    return {
        **{key: fact[key] for key in ("sas", "flows", "links", "flight")},
        "gateways": [(g["name"], state(g), g["esp"], g["ike"], g["probes"]) for g in fact["gateways"]],
    }


@pytest.mark.parametrize("name", RUNS)
def test_both_halves_agree_at_every_moment(name: str, facts: Facts) -> None:
    run = RUNS[name]()
    times = moments(run, 1000 if name == "sample" else 60)
    for t, fact in zip(times, facts(stage_data(run), times), strict=True):
        assert browser_says(fact) == python_says(run, t), f"{name} at {t / S} s"


@pytest.mark.parametrize(
    ("lab", "variant", "faults"),
    [
        ("access-links", None, ["40 cut HUB:Ethernet0/1", "80 mend HUB:Ethernet0/1"]),
        ("access-links", "multiple-identities", ["30.5 cut HUB:Ethernet0/1"]),
        ("backbone", None, ["40 cut-out P1:Ethernet0/2"]),
        ("asymmetric-routing", "second-sa", ["30 down HUB-A:Ethernet0/1"]),
    ],
)
def test_both_halves_agree_where_there_are_several_ways(
    lab: str, variant: str | None, faults: list[str], facts: Facts
) -> None:
    run = Lab.load(lab).variant(variant).run(faults=faults)
    times = moments(run, 60)
    states = set()
    for t, fact in zip(times, facts(stage_data(run), times), strict=True):
        mine, theirs = python_says(run, t), browser_says(fact)
        del mine["flight"], theirs["flight"]  # hellos are not shipped
        assert theirs == mine, f"{t / S} s"
        states |= {state for _, state in mine["sas"]}
    assert {"stale", "up"} <= states


def test_the_sentence_follows_the_tunnel_round_a_cut(facts: Facts) -> None:
    said = {
        40.05: "Nobody knows yet. The path died at 40.0 s with carrier up",
        43.5: "now reaches",
        50.0: "Routing led the tunnel round the break at 43.1 s. "
        "The link has been silently cut since 40.0 s; not one SA has changed.",
    }
    run = Lab.load("access-links").run(faults=["40 cut HUB:Ethernet0/1"])
    for fact, words in zip(facts(stage_data(run), [round(t * S) for t in said]), said.values(), strict=True):
        assert words in fact["say"]
    aside = Lab.load("access-links").run(faults=["40 cut HUB:Ethernet0/2"])
    assert "The tunnel does not use it." in facts(stage_data(aside), [50 * S])[0]["say"]


def test_the_comparison_would_notice_a_change(facts: Facts) -> None:
    run = sample_run()
    data = stage_data(run)
    data["sas"][0]["stale"] = []
    assert browser_says(facts(data, [40 * S])[0]) != python_says(run, 40 * S)


def test_pure_functions_of_the_script(stage_module: Path, node: str) -> None:
    test = Path(__file__).parent.parent / "js" / "pure.test.mjs"
    environment = {**os.environ, "STAGE_SCRIPT": str(stage_module)}
    done = subprocess.run(
        [node, "--test", str(test)], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "# fail 0" in done.stdout


def test_what_the_sentence_says_in_the_sample_run(facts: Facts) -> None:
    moments_and_words = {
        1.104: "Main Mode message 3 is on its way.",
        24.2: "Tunnel up.",
        34.0: "Nobody knows yet. The path died at 30.0 s with carrier up",
        41.5: "R-U-THERE 2 of 3 is unanswered. ASA1 has heard nothing for 12.4 s and gives up in 3.6 s.",
        45.2: "ASA1 gives up at 45.1 s.",
        50.0: "MM1 has no answer.",
        61.0: "The path is whole again.",
        62.5: "Tunnel up again.",
    }
    said = facts(stage_data(sample_run()), [round(t * S) for t in moments_and_words])
    for fact, words in zip(said, moments_and_words.values(), strict=True):
        assert words in fact["say"]
        assert len(fact["say"]) <= 128
    quiet = facts(stage_data(sample_run(None, None)), [round(41.5 * S)])[0]
    assert quiet["say"].startswith("Tunnel up."), "without the cut there is nothing to doubt"


def test_a_healthy_tunnel_shows_no_silence_clock(facts: Facts) -> None:
    times = [round(t * S / 10) for t in range(20, 1190, 7)]
    quiet = facts(stage_data(sample_run(None, None)), times)
    assert not any(g["clock"] for fact in quiet for g in fact["gateways"])
    broken = facts(stage_data(sample_run()), [34 * S, 31 * S])
    assert [all(g["clock"] for g in fact["gateways"]) for fact in broken] == [True, False]


def test_the_sample_run_takes_about_a_minute_to_play(facts: Facts) -> None:
    # Steps of 20 ms of wall time at the pace of each moment, as the player makes them.
    data = stage_data(sample_run())
    times = list(range(0, 120 * S, 4_000))
    pace = [fact["pace"] for fact in facts(data, times)]
    wall_s = sum(0.004 / p for p in pace)
    assert 45 < wall_s < 75
    assert max(pace) == 3 and min(pace) < 0.05
