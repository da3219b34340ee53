"""The anti-replay window against the simplest thing that could be right: a set."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipsec_edu.ipsec.replay import ReplayWindow


class NaiveWindow:
    """Remembers everything it has seen."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.seen: set[int] = set()

    def accept(self, sequence: int) -> bool:
        highest = max(self.seen, default=0)
        new = sequence > 0 and sequence > highest - self.size and sequence not in self.seen
        if new:
            self.seen.add(sequence)
        return new


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    st.sampled_from([32, 64, 128, 1024]),
    st.lists(st.tuples(st.integers(0, 3), st.integers(-1100, 1100)), max_size=80),
)
def test_the_window_accepts_exactly_what_a_set_would(size: int, moves: list[tuple[int, int]]) -> None:
    window, naive = ReplayWindow(size), NaiveWindow(size)
    now = 0
    for kind, step in moves:
        now = max(0, now + (1 if kind else step))
        accepted = window.check(now)
        if accepted:
            window.update(now)
        assert accepted == naive.accept(now)
        assert window.bitmap < 1 << size


def test_edges_of_the_window() -> None:
    window = ReplayWindow(64)
    for sequence in (1, 100):
        assert window.check(sequence)
        window.update(sequence)
    assert not window.check(0)
    assert not window.check(100)
    assert window.check(37) and not window.check(36)
    assert window.bitmap == 1


def test_checking_changes_nothing() -> None:
    window = ReplayWindow(64)
    assert window.check(1000) and window.check(1000)
    assert (window.highest, window.bitmap) == (0, 0)


def test_switched_off_it_accepts_everything_twice() -> None:
    window = ReplayWindow(0)
    for sequence in (5, 5, 1, 0, 1 << 31, 3):
        assert window.check(sequence)
        window.update(sequence)


def test_a_negative_width_is_refused() -> None:
    with pytest.raises(ValueError, match="use 0"):
        ReplayWindow(-1)
