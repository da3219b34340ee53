"""The races of `make bench` run, and no ratio has fallen far below its goal.

Ratios of processor times are steady even on a busy machine; times in milliseconds are not, so
they are only printed by `make bench`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from bench import codecs, handshake, hops, lab
from bench.__main__ import as_markdown, as_text
from bench.measure import Row, best_of

FAR_BELOW = 0.4


@pytest.mark.parametrize(
    "rows", [hops.rows, codecs.rows, handshake.rows, lab.rows], ids=["hops", "codecs", "handshake", "lab"]
)
def test_no_ratio_is_far_below_its_goal(rows: Callable[[int], Iterator[Row]]) -> None:
    measured = list(rows(3))
    assert measured
    assert [row for row in measured if row.unit == "x" and row.value < FAR_BELOW * row.goal] == []
    assert all(row.value > 0 for row in measured)


def test_a_ratio_is_taken_within_each_round() -> None:
    disturbed = {"ours": [1.0, 10.0, 1.0], "rival": [5.0, 50.0, 4.0]}
    assert best_of(disturbed, "ours", "rival") == 5.0
    assert best_of(disturbed, "rival", "ours") == 0.2


def test_the_tables_say_what_was_missed() -> None:
    good, bad = Row("a race", 5.0, "x", 4, True), Row("a wait", 200.0, "ms", 100, False)
    assert good.met
    assert not bad.met
    assert "MISSED" in as_text([good, bad])
    assert "MISSED" not in as_text([good])
    assert "| a wait | 200 ms | at most 100 ms |" in as_markdown([good, bad])
