"""The decision tree: walked with real sightings, and advice where two networks still look alike."""

from __future__ import annotations

import pytest

from ipsec_edu.core.errors import ScenarioError
from ipsec_edu.teach import sightings as observations
from ipsec_edu.teach import tree as trees
from ipsec_edu.teach.tree import check_tree, walk

SIGHTS = {
    "psk-mismatch": {"last message": "MM5", "port": "500"},
    "udp-4500-blocked": {"last message": "MM5", "port": "4500"},
    "route-missing": {"last message": "none", "port": "none"},
}
NAMES = tuple(SIGHTS)


@pytest.fixture(autouse=True)
def sights(monkeypatch: pytest.MonkeyPatch) -> None:
    def observe(name: str) -> dict[str, str]:
        return dict.fromkeys(observations.OBSERVATIONS, "same") | SIGHTS[name]

    monkeypatch.setattr(observations, "observe", observe)
    monkeypatch.setattr(trees, "observe", observe)


def test_a_tree_that_asks_enough_names_everything() -> None:
    tree = {
        "last message": {
            "MM5": {"port": {"500": "psk-mismatch", "4500": "udp-4500-blocked"}},
            "none": "route-missing",
        }
    }
    result = check_tree(tree, NAMES)
    assert result.ok and set(result.right) == set(NAMES) and result.questions == 2


def test_a_tree_that_asks_too_little_is_told_what_would_help() -> None:
    result = check_tree({"last message": {"MM5": "psk-mismatch", "none": "route-missing"}}, NAMES)
    assert not result.ok
    assert set(result.wrong) == {"udp-4500-blocked"}
    assert "ask for `port`: here `4500`, there `500`" in result.wrong["udp-4500-blocked"]
    assert "2 of 3" in repr(result) and "udp-4500-blocked" in result._repr_html_()


def test_names_the_wrong_way_round_are_not_a_missing_question() -> None:
    swapped = {
        "port": {"500": "udp-4500-blocked", "4500": "psk-mismatch", "none": "route-missing"},
    }
    result = check_tree({"last message": {"MM5": swapped, "none": "route-missing"}}, NAMES)
    assert "the leaf holds the wrong name" in result.wrong["psk-mismatch"]


def test_a_missing_branch_is_named() -> None:
    result = check_tree({"last message": {"none": "route-missing"}}, NAMES)
    assert "`last message` = `MM5`" in result.wrong["psk-mismatch"]


def test_dots_catch_the_rest() -> None:
    tree = {"last message": {"none": "route-missing", "...": "psk-mismatch"}}
    assert walk(tree, {"last message": "QM1"}) == ("psk-mismatch", [("last message", "QM1")])


@pytest.mark.parametrize(
    ("tree", "says"),
    [
        ("no-such-network", "none of the networks"),
        ({"colour": {"red": "psk-mismatch"}}, "no observation"),
        ({"port": {}}, "needs branches"),
        ({"port": "500"}, "needs branches"),
        ({"port": {"500": "psk-mismatch"}, "refusal": {}}, "one question"),
        ({"last message": {"...": 5}}, "one question"),
    ],
)
def test_what_is_no_tree_is_said(tree: object, says: str) -> None:
    with pytest.raises(ScenarioError, match=says):
        check_tree(tree, NAMES)  # type: ignore[arg-type]


def test_a_log_line_may_be_named_by_a_part_but_a_port_may_not() -> None:
    tree = {"log of ASA2": {"402117": "psk-mismatch", "...": "route-missing"}}
    assert walk(tree, {"log of ASA2": "%ASA-4-402117: IPSEC: Received"})[0] == "psk-mismatch"
    assert walk(tree, {"log of ASA2": "quiet"})[0] == "route-missing"
    assert walk({"port": {"500": "psk-mismatch"}}, {"port": "4500"})[0] is None
