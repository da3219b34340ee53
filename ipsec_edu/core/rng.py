"""Seeded randomness: one seed for a run, an independent stream per purpose.

A stream is named by a path (``ASA1/ike``), so a device that is added, or a packet that is
lost, does not shift the cookies and SPIs of another device: runs stay comparable.
"""

from __future__ import annotations

import hashlib
import random

__all__ = ["Rng"]


class Rng:
    """A deterministic stream of random bytes and numbers.

    Parameters
    ----------
    seed : int
        The seed of the run.
    path : str
        The name of the stream.
    """

    __slots__ = ("_random", "path", "seed")

    def __init__(self, seed: int, path: str = "") -> None:
        self.seed = seed
        self.path = path
        digest = hashlib.sha256(f"{seed}:{path}".encode()).digest()
        self._random = random.Random(int.from_bytes(digest, "big"))

    def child(self, name: str) -> Rng:
        """Return the stream named ``path/name``; it does not depend on what was drawn here."""
        return Rng(self.seed, f"{self.path}/{name}")

    def bytes(self, count: int) -> bytes:
        """Return `count` random bytes."""
        return self._random.randbytes(count)

    def u32(self, low: int = 0, high: int = 0xFFFFFFFF) -> int:
        """Return an integer from `low` to `high`, both included."""
        return self._random.randint(low, high)

    def uniform(self) -> float:
        """Return a float from 0.0 (included) to 1.0 (excluded)."""
        return self._random.random()
