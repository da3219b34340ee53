"""What somebody on the wire sees of a payload; most payloads that are modelled carry it as `seen`.

It is settled when the payload is made, because each cable that a packet crosses asks for it.
"""

from __future__ import annotations

__all__ = ["SEEN_BFD", "SEEN_CLEAR", "SEEN_IKE", "SEEN_OSPF", "Seen"]

Seen = tuple[str, int, int]
"""``clear``, ``esp``, ``ah``, ``ike``, ``ospf`` or ``bfd``; SPI; sequence number (0 where there is none)."""

SEEN_CLEAR: Seen = ("clear", 0, 0)
SEEN_IKE: Seen = ("ike", 0, 0)
SEEN_OSPF: Seen = ("ospf", 0, 0)
SEEN_BFD: Seen = ("bfd", 0, 0)
