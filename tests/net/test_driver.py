"""The driver: drains after every call, wakes at the deadline, keeps the order."""

from __future__ import annotations

import pytest

from ipsec_edu.net.clock import Clock
from ipsec_edu.net.driver import CoreDriver


class Metronome:
    """A core that says ``tick`` every 10 us until it has ticked `ticks` times."""

    def __init__(self, ticks: int) -> None:
        self.left = ticks
        self.next_us = 10
        self.said: list[str] = []

    def deadline(self) -> int | None:
        return self.next_us if self.left else None

    def expire(self, now_us: int) -> None:
        self.left -= 1
        self.next_us = now_us + 10
        self.said.append(f"tick {now_us}")

    def drain(self) -> list[str]:
        said, self.said = self.said, []
        return said


def test_a_core_is_woken_at_its_deadlines_and_its_results_are_handled_in_order() -> None:
    clock, seen = Clock(), []
    driver = CoreDriver(Metronome(3), clock, seen.append)
    driver.pump()
    clock.run_until(1000)
    assert seen == ["tick 10", "tick 20", "tick 30"]


def test_without_a_pump_nothing_happens() -> None:
    clock, seen = Clock(), []
    CoreDriver(Metronome(3), clock, seen.append)
    clock.run_until(1000)
    assert seen == []


def test_a_handler_may_call_the_core_again() -> None:
    clock, seen, core = Clock(), [], Metronome(1)

    def handle(event: str) -> None:
        seen.append(event)
        if event == "tick 10":
            core.said += ["more", "still more"]
            driver.pump()
            seen.append("handled tick")

    driver = CoreDriver(core, clock, handle)
    driver.pump()
    clock.run_until(1000)
    assert seen == ["tick 10", "handled tick", "more", "still more"]


def test_a_stopped_driver_is_silent() -> None:
    clock, seen, core = Clock(), [], Metronome(3)
    driver = CoreDriver(core, clock, seen.append)
    driver.pump()
    clock.run_until(10)
    driver.stop()
    core.said.append("from the grave")
    driver.pump()
    clock.run_until(1000)
    assert seen == ["tick 10"]


def test_a_core_that_never_lets_time_pass_is_an_error_and_no_endless_loop() -> None:
    core = Metronome(10**9)
    core.expire = lambda now_us: None  # type: ignore[method-assign]
    clock = Clock()
    CoreDriver(core, clock, print).pump()
    with pytest.raises(RuntimeError, match="Metronome"):
        clock.run_until(1000)
