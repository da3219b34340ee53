"""A bounds-checked cursor over received bytes.

Everything that parses what came over a cable reads through `Reader`, so a short or a long
message is one clear `WireError` and never an `IndexError` or silently ignored bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ipsec_edu.core.errors import WireError

__all__ = ["Reader"]


class Reader:
    """Read big-endian fields from the front of `data`.

    Parameters
    ----------
    data : bytes or memoryview
        What to read.
    what : str
        Name of the thing being read, for error messages.
    """

    __slots__ = ("_data", "_end", "_position", "what")

    def __init__(self, data: bytes | memoryview, what: str = "message") -> None:
        self._data = bytes(data)
        self._position = 0
        self._end = len(self._data)
        self.what = what

    @property
    def left(self) -> int:
        """Bytes not yet read (inside the innermost `restrict`)."""
        return self._end - self._position

    @property
    def position(self) -> int:
        """Bytes read so far, from the start of `data`."""
        return self._position

    def take(self, n: int) -> bytes:
        """Return the next `n` bytes (WireError where fewer are left)."""
        start = self._position
        stop = start + n
        if n < 0 or stop > self._end:
            raise WireError(
                f"{self.what}: truncated at byte {start}: {n} more bytes announced, {self.left} there; "
                "check the length fields before it"
            )
        self._position = stop
        return self._data[start:stop]

    def u8(self) -> int:
        """Return the next byte."""
        return self.take(1)[0]

    def u16(self) -> int:
        """Return the next 2 bytes as an integer."""
        return int.from_bytes(self.take(2), "big")

    def u32(self) -> int:
        """Return the next 4 bytes as an integer."""
        return int.from_bytes(self.take(4), "big")

    def u64(self) -> int:
        """Return the next 8 bytes as an integer."""
        return int.from_bytes(self.take(8), "big")

    def rest(self) -> bytes:
        """Return everything that is left (perhaps nothing)."""
        return self.take(self.left)

    def done(self) -> None:
        """Insist that everything was read."""
        if self.left:
            raise WireError(
                f"{self.what}: {self.left} bytes left over at byte {self._position}; "
                "a length field disagrees with the content"
            )

    @contextmanager
    def restrict(self, n: int, what: str | None = None) -> Iterator[Reader]:
        """Confine reading to the next `n` bytes, which the block must consume exactly.

        Raises
        ------
        WireError
            Where fewer than `n` bytes are left, or the block leaves some unread.
        """
        outer_end, outer_what = self._end, self.what
        inner_what = outer_what if what is None else what
        if n < 0 or n > self.left:
            raise WireError(
                f"{inner_what}: truncated at byte {self._position}: {n} bytes announced, {self.left} there; "
                "check the length fields before it"
            )
        self._end = self._position + n
        self.what = inner_what
        try:
            yield self
            self.done()
        finally:
            self._end, self.what = outer_end, outer_what
