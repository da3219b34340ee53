"""The stage in a real browser: from a click to a changed picture, and a scrubbing step."""

from __future__ import annotations

from collections.abc import Iterator

from bench.measure import Row

__all__ = ["rows"]


def rows(rounds: int) -> Iterator[Row]:
    """Yield the rows of this race."""
    yield from ()
