"""Fair races on a machine that is never quiet.

All contestants of a race take turns, round after round, so that a disturbance hits all of them; a
ratio is the median of the ratios within each round. Times are processor time, not wall time, unless
a row says otherwise.
"""

from __future__ import annotations

import gc
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import process_time

__all__ = ["Row", "best_of", "machine", "race", "timed"]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what was measured, and the goal that it is held against."""

    what: str
    value: float
    unit: str
    """``x`` for a ratio, else ``ms``."""
    goal: float
    at_least: bool
    detail: str = ""

    @property
    def met(self) -> bool:
        """Whether the goal is reached."""
        return self.value >= self.goal if self.at_least else self.value <= self.goal

    @property
    def text(self) -> str:
        """The value with its unit, as short as its precision deserves."""
        digits = 2 if self.value < 1 else 1 if self.value < 20 else 0
        return f"{self.value:.{digits}f} {self.unit}"

    @property
    def goal_text(self) -> str:
        """The goal with its unit."""
        return f"{'at least' if self.at_least else 'at most'} {self.goal:g} {self.unit}"


def timed(work: Callable[[], object], count: int = 1) -> float:
    """Return the processor seconds that `work` takes per operation, if it does `count` of them."""
    gc.collect()
    gc.disable()
    try:
        start = process_time()
        work()
        return (process_time() - start) / count
    finally:
        gc.enable()


def race(contestants: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Let everybody run once per round; return each one's times in seconds, by round."""
    for contestant in contestants.values():
        contestant()
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, contestant in contestants.items():
            times[name].append(contestant())
    return times


def best_of(times: Mapping[str, list[float]], ours: str, rival: str) -> float:
    """Return how many times as fast as `rival` `ours` is: the median over the rounds."""
    return median(other / own for own, other in zip(times[ours], times[rival], strict=True))


def machine() -> str:
    """Describe the machine and the interpreter in one line."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text().splitlines()
        names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
        if names:
            model = f"{len(names)} x {names[0]}"
    return f"{model}, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
