"""Time: order, continuation, lazy timers."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipsec_edu.net.clock import FIRST, LAST, Clock


def test_calls_happen_in_order_of_time_then_priority_then_request() -> None:
    clock, seen = Clock(), []
    clock.at(20, seen.append, "late")
    clock.at(10, seen.append, "observer", priority=LAST)
    clock.at(10, seen.append, "one")
    clock.at(10, seen.append, "two")
    clock.at(10, seen.append, "fault", priority=FIRST)
    clock.run_until(100)
    assert seen == ["fault", "one", "two", "observer", "late"]


def test_a_run_includes_its_last_instant_and_can_be_continued() -> None:
    clock, seen = Clock(), []
    for time_us in (10, 11):
        clock.at(time_us, seen.append, time_us)
    clock.at(10, lambda: clock.after(0, seen.append, "asked for at 10"))
    clock.run_until(10)
    assert seen == [10, "asked for at 10"] and clock.now_us == 10
    clock.run_until(10)
    clock.run_until(50)
    assert seen[-1] == 11 and clock.now_us == 50


def test_the_past_is_refused_for_a_run_and_means_now_for_a_call() -> None:
    clock, seen = Clock(), []
    clock.run_until(10)
    clock.at(3, lambda: seen.append(clock.now_us))
    clock.run_until(10)
    assert seen == [10]
    with pytest.raises(ValueError, match="runs forward"):
        clock.run_until(9)


def test_a_simpy_process_runs_beside_the_calls() -> None:
    clock, seen = Clock(), []

    def script() -> Generator[Any, Any, None]:
        yield clock.timeout(5)
        seen.append((clock.now_us, clock.now))
        yield clock.timeout(5)
        seen.append((clock.now_us, clock.now))

    clock.process(script())
    clock.at(7, seen.append, "call")
    clock.run_until(20)
    assert seen == [(5, 5), "call", (10, 10)]


def test_a_timer_that_is_moved_later_keeps_one_entry_in_the_event_list() -> None:
    clock, rung = Clock(), []
    timer = clock.timer(lambda: rung.append(clock.now_us))
    timer.set(10)
    for time_us in range(1, 10):
        clock.at(time_us, lambda: timer.set(clock.now_us + 10))
    clock.run_until(9)
    assert len(clock._queue) == 1
    clock.run_until(100)
    assert rung == [19]


def test_a_stopped_timer_is_silent_and_can_be_set_again() -> None:
    clock, rung = Clock(), []
    timer = clock.timer(lambda: rung.append(clock.now_us))
    timer.set(10)
    timer.set(None)
    clock.run_until(20)
    assert rung == []
    timer.set(5)  # in the past: now
    clock.run_until(20)
    assert rung == [20] and timer.deadline_us is None


@settings(deadline=None, max_examples=60, derandomize=True)
@given(st.lists(st.tuples(st.integers(1, 20), st.none() | st.integers(0, 40)), max_size=25))
def test_a_lazy_timer_rings_exactly_when_an_eager_one_would(moves: list[tuple[int, int | None]]) -> None:
    clock, rung = Clock(), []
    timer = clock.timer(lambda: rung.append(clock.now_us))
    expected: list[int] = []
    deadline: int | None = None
    now = 0
    for gap, ahead in moves:
        now += gap
        if deadline is not None and deadline <= now - 1:
            expected.append(deadline)
            deadline = None
        clock.run_until(now - 1)
        target = None if ahead is None else now + ahead
        clock.at(now, timer.set, target, priority=FIRST)
        deadline = target
        clock.run_until(now)
        if deadline == now:
            expected.append(now)
            deadline = None
    clock.run_until(now + 100)
    if deadline is not None:
        expected.append(deadline)
    assert rung == expected
