"""The fifteen broken networks: what can be seen of each, and that it is enough to tell them apart."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path

import pytest

from ipsec_edu import Lab, teach
from ipsec_edu.core.errors import ScenarioError
from ipsec_edu.teach.browsing import page
from ipsec_edu.teach.sightings import HEALTHY, fault_run

ROOT = Path(__file__).resolve().parents[2]

LAST = {
    "psk-mismatch": ("MM5", "MM_WAIT_MSG6", "MM_WAIT_MSG5"),
    "phase1-encryption": ("MM1", "MM_WAIT_MSG2", "no SA"),
    "phase1-group": ("MM1", "MM_WAIT_MSG2", "no SA"),
    "nat-exemption-missing": ("none", "no SA", "no SA"),
    "route-missing": ("none", "no SA", "no SA"),
    "wrong-peer": ("MM1", "MM_WAIT_MSG2", "no SA"),
    "crypto-map-not-applied": ("none", "no SA", "no SA"),
    "lifetimes-differ": ("QM3", "MM_ACTIVE", "MM_ACTIVE"),
    "ikev1-not-enabled": ("MM1", "MM_WAIT_MSG2", "no SA"),
    "udp-4500-blocked": ("MM5", "MM_WAIT_MSG6", "MM_WAIT_MSG5"),
    "esp-blocked": ("QM3", "MM_ACTIVE", "MM_ACTIVE"),
}
"""Last message and the two states, as the reference of the domain has them."""


def test_the_lab_has_the_networks() -> None:
    assert set(Lab.load("site-to-site").variants) == set(teach.FAULTS)
    assert len(teach.FAULTS) == 15


def test_the_healthy_network_shows_no_trouble() -> None:
    seen = teach.observe(HEALTHY)
    assert (seen["pings"], seen["last message"], seen["other way"]) == ("answered", "QM3", "comes up")
    assert (seen["ESP"], seen["in clear"], seen["refusal"]) == ("both rise", "no", "none")


@pytest.mark.parametrize("name", LAST)
def test_where_a_broken_negotiation_stops(name: str) -> None:
    seen = teach.observe(name)
    assert (seen["last message"], seen["ASA1"], seen["ASA2"]) == LAST[name]


@pytest.mark.parametrize(
    ("name", "refusal"),
    [
        ("phase1-encryption", "NO-PROPOSAL-CHOSEN"),
        ("phase1-group", "NO-PROPOSAL-CHOSEN"),
        ("transform-set", "NO-PROPOSAL-CHOSEN"),
        ("pfs-one-side", "NO-PROPOSAL-CHOSEN"),
        ("acl-not-mirrored", "INVALID-ID-INFORMATION"),
        ("wrong-peer", "none"),
        ("ikev1-not-enabled", "none"),
    ],
)
def test_who_refuses_and_with_what(name: str, refusal: str) -> None:
    assert teach.observe(name)["refusal"] == refusal


def test_every_network_but_one_loses_the_pings() -> None:
    answered = {name for name in teach.FAULTS if teach.observe(name)["pings"] == "answered"}
    assert answered == {"lifetimes-differ"}


def test_the_one_way_trap_opens_from_the_other_side() -> None:
    assert teach.observe("pfs-one-side")["other way"] == "comes up"
    assert teach.observe("psk-mismatch")["other way"] == "stays down"


def test_clear_text_leaves_where_traffic_never_meets_the_map() -> None:
    leaking = {name for name in teach.FAULTS if teach.observe(name)["in clear"] == "yes"}
    assert leaking == {"crypto-map-not-applied", "nat-exemption-missing"}


def test_esp_that_is_filtered_shows_in_one_counter_only() -> None:
    assert teach.observe("esp-blocked")["ESP"] == "ASA1 encrypts, nothing arrives"


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(teach.FAULTS, 2)))
def test_any_two_can_be_told_apart(one: str, other: str) -> None:
    assert teach.differences(one, other)


def teachers_tree() -> object:
    text = (ROOT / "docs" / "teachers.md").read_text(encoding="utf-8")
    block = re.search(r"```python\nTREE = (.+?)\n```", text, re.DOTALL)
    assert block is not None
    namespace: dict[str, object] = {}
    exec(f"TREE = {block[1]}", namespace)
    return namespace["TREE"]


def test_the_teachers_tree_names_all_fifteen() -> None:
    result = teach.check_tree(teachers_tree())  # type: ignore[arg-type]
    assert result.ok, result
    assert len(result.right) == 15


def test_the_lessons_tree_is_a_beginning_only() -> None:
    notebook = json.loads((ROOT / "notebooks/02_site_to_site_ikev1.ipynb").read_text(encoding="utf-8"))
    source = next("".join(cell["source"]) for cell in notebook["cells"] if cell["id"] == "tree-yours")
    namespace: dict[str, object] = {}
    exec(source.replace("teach.check_tree(mine)", ""), namespace)
    result = teach.check_tree(namespace["mine"])  # type: ignore[arg-type]
    assert not result.ok and 3 <= len(result.right) < 10


def test_a_page_shows_messages_screens_and_log() -> None:
    shown = page("psk-mismatch").text
    assert "MM5" in shown and "MM_WAIT_MSG6" in shown and "ASA2#" in shown and "%ASA-" in shown


def test_an_unknown_network_or_observation_is_told_which_exist() -> None:
    with pytest.raises(ScenarioError, match="psk-mismatch, phase1-encryption"):
        fault_run("psk")
    with pytest.raises(ScenarioError, match="last message"):
        teach.faults_table("colour")
