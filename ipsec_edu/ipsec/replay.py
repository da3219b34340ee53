"""The anti-replay window (RFC 4303, section 3.4.3).

The order matters: `check` the number, verify the ICV, and only then `update`. A window
that moved before the check could be pushed away by anybody with a forged packet.
"""

from __future__ import annotations

__all__ = ["ReplayWindow"]


class ReplayWindow:
    """Which sequence numbers arrived: the highest, and a bitmap of those just below it.

    Parameters
    ----------
    size : int
        Width in packets: 64 by default, 128 to 1024 on request; 0 switches the check off.
    """

    __slots__ = ("_mask", "bitmap", "highest", "size")

    def __init__(self, size: int = 64) -> None:
        if size < 0:
            raise ValueError(f"a replay window of {size} packets; use 0 (off) or 32 and more")
        self.size = size
        self.highest = 0
        """The highest sequence number that passed its integrity check."""
        self.bitmap = 0
        """Bit 0 stands for `highest`, bit n for the number n below it."""
        self._mask = (1 << size) - 1

    def check(self, sequence: int) -> bool:
        """Tell whether `sequence` is new; changes nothing."""
        if not self.size:
            return True
        behind = self.highest - sequence
        if behind < 0:
            return True
        return sequence != 0 and behind < self.size and not self.bitmap >> behind & 1

    def update(self, sequence: int) -> None:
        """Mark `sequence` as seen, after its ICV was right."""
        ahead = sequence - self.highest
        if ahead > 0:
            self.bitmap = (self.bitmap << ahead | 1) & self._mask if ahead < self.size else self._mask & 1
            self.highest = sequence
        elif -ahead < self.size:
            self.bitmap |= 1 << -ahead
