"""Many runs in few bytes: what they share is stored once, columns of times as differences.

`pack` is undone by ``unpack`` in ``static/stored.js``. Runs of one lab differ in little: up to the
first fault they are equal, and after it they repeat the same messages. So every list or record
that occurs twice gets a number, and what is left is compressed by `deflated`.

In a packed value ``{"$": n}`` is item `n` of the pool, ``{"+": [first, difference, ...]}`` a list
of integers, and ``{"=": {...}}`` a record whose own keys look like one of these.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

__all__ = ["compact", "deflated", "pack"]

SHARED_FROM = 40
"""Length of the JSON text from which on a value is worth a number."""
DIFFERENCES_FROM = 16
"""Length from which on a list of integers is tried as differences."""
_SIGNS = frozenset("$+=")


def compact(value: Any) -> str:
    """Return `value` as the shortest JSON text."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def deflated(text: str) -> str:
    """Return `text` deflated, for a script element: its length in bytes, a space, base 85.

    Base 85 is a sixteenth shorter than base 64. The sign "<" is a comma here, so that nothing in it
    can look like the end of the element.
    """
    packed = zlib.compress(text.encode(), 9)
    return f"{len(packed)} {base64.b85encode(packed, pad=True).decode().replace('<', ',')}"


def pack(runs: Sequence[dict[str, Any]]) -> dict[str, dict[str, list[Any]]]:
    """Return `runs` (results of `stage_data`, all with the same keys) as one object.

    Returns
    -------
    dict
        key -> ``items``, the pool, and ``values``, one per run. Each key has its own pool, so that
        what resembles each other stands together: deflate looks back only 32 kB.
    """
    packed = {}
    for key in runs[0]:
        pool = _Pool()
        values = [pool.packed(run[key]) for run in runs]
        packed[key] = {"items": pool.items, "values": values}
    return packed


class _Pool:
    def __init__(self) -> None:
        self.items: list[Any] = []
        self._places: dict[str, int] = {}

    def packed(self, value: Any) -> Any:
        """Return `value` with every part of some length replaced by its number."""
        if isinstance(value, dict):
            made: Any = {name: self.packed(part) for name, part in value.items()}
            if _SIGNS & made.keys():
                made = {"=": made}
        elif isinstance(value, (list, tuple)):
            made = _differences(value) or [self.packed(part) for part in value]
        else:
            return value
        text = compact(made)
        if len(text) < SHARED_FROM:
            return made
        if text not in self._places:
            self._places[text] = len(self.items)
            self.items.append(made)
        return {"$": self._places[text]}


def _differences(column: Sequence[Any]) -> dict[str, list[int]] | None:
    """Return a long list of integers as its first and the steps, where that is shorter."""
    if len(column) < DIFFERENCES_FROM or any(type(value) is not int for value in column):
        return None
    steps = [column[0], *(b - a for a, b in pairwise(column))]
    return {"+": steps} if len(compact(steps)) < len(compact(list(column))) else None
