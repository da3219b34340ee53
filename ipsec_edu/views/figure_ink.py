"""The colours of the static figure: the stage's light theme, in ink on white."""

from __future__ import annotations

__all__ = ["DOUBT", "DOUBT_SOFT", "EDGE", "INK", "INK2", "LOSS", "SAFE"]

INK, INK2, EDGE, SAFE, DOUBT, DOUBT_SOFT, LOSS = (
    "#1a1e26",
    "#4d5664",
    "#858e9b",
    "#0a58b5",
    "#bb7400",
    "#fff1d1",
    "#ad2410",
)
