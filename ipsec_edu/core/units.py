"""Time is an integer number of microseconds; seconds exist only where people read or write."""

from __future__ import annotations

__all__ = ["MS", "SECOND", "to_s", "to_us"]

MS = 1_000
SECOND = 1_000_000


def to_us(seconds: float) -> int:
    """Return `seconds` as whole microseconds (nearest)."""
    return round(seconds * SECOND)


def to_s(time_us: int) -> float:
    """Return `time_us` microseconds as seconds."""
    return time_us / SECOND
