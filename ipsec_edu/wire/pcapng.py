"""Capture files in pcapng, with interface names and a comment per packet.

Enough for Wireshark and for reading our own files back: one section, raw IPv4 frames
(LINKTYPE_RAW, 101), microseconds since 1970.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass

from ipsec_edu.core.errors import WireError
from ipsec_edu.wire.reader import Reader

__all__ = ["LINKTYPE_RAW", "Frame", "read", "write"]

LINKTYPE_RAW = 101

_SECTION, _INTERFACE, _ENHANCED = 0x0A0D0D0A, 1, 6
_BYTE_ORDER = 0x1A2B3C4D
_OPT_COMMENT, _OPT_NAME, _OPT_FLAGS, _OPT_APPLICATION = 1, 2, 2, 4
_UNKNOWN_SECTION_LENGTH = 0xFFFFFFFFFFFFFFFF


@dataclass(frozen=True, slots=True)
class Frame:
    """One captured packet.

    Attributes
    ----------
    at_us : int
        Time in microseconds since 1970 (or since the start of a run).
    interface : str
        Name of the interface that saw it.
    data : bytes
        The IPv4 packet.
    comment : str
        What Wireshark shows as packet comment.
    outbound : bool or None
        Direction at the interface, None where unknown.
    """

    at_us: int
    interface: str
    data: bytes
    comment: str = ""
    outbound: bool | None = None


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _option(code: int, value: bytes) -> bytes:
    return struct.pack("<HH", code, len(value)) + _padded(value)


def _block(kind: int, body: bytes, options: bytes = b"") -> bytes:
    content = body + (options + bytes(4) if options else b"")
    size = struct.pack("<I", len(content) + 12)
    return struct.pack("<I", kind) + size + content + size


def write(frames: Iterable[Frame], application: str = "ipsec-edu") -> bytes:
    """Return a pcapng file; interfaces are described in the order in which they first appear."""
    head = struct.pack("<IHHQ", _BYTE_ORDER, 1, 0, _UNKNOWN_SECTION_LENGTH)
    blocks = [_block(_SECTION, head, _option(_OPT_APPLICATION, application.encode()))]
    numbers: dict[str, int] = {}
    for frame in frames:
        if frame.interface not in numbers:
            numbers[frame.interface] = len(numbers)
            body = struct.pack("<HHI", LINKTYPE_RAW, 0, 0)
            blocks.append(_block(_INTERFACE, body, _option(_OPT_NAME, frame.interface.encode())))
        blocks.append(_packet_block(frame, numbers[frame.interface]))
    return b"".join(blocks)


def _packet_block(frame: Frame, interface: int) -> bytes:
    size = len(frame.data)
    body = struct.pack("<IIIII", interface, frame.at_us >> 32, frame.at_us & 0xFFFFFFFF, size, size)
    options = b""
    if frame.comment:
        options += _option(_OPT_COMMENT, frame.comment.encode())
    if frame.outbound is not None:
        options += _option(_OPT_FLAGS, struct.pack("<I", 2 if frame.outbound else 1))
    return _block(_ENHANCED, body + _padded(frame.data), options)


def _little(data: bytes) -> int:
    return int.from_bytes(data, "little")


def _options(reader: Reader) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    while reader.left >= 4:
        code, size = _little(reader.take(2)), _little(reader.take(2))
        value = reader.take(size)
        reader.take(-size % 4)
        if code == 0:
            break
        found[code] = value
    return found


def read(data: bytes) -> list[Frame]:
    """Read a file that `write` made (WireError where it is none, or cut short)."""
    reader = Reader(data, "pcapng")
    names: list[str] = []
    frames: list[Frame] = []
    while reader.left:
        kind, size = _little(reader.take(4)), _little(reader.take(4))
        with reader.restrict(size - 12, "pcapng block") as block:
            if kind == _SECTION and _little(block.take(4)) != _BYTE_ORDER:
                raise WireError("pcapng: only little-endian files are read; convert it with editcap")
            if kind == _INTERFACE:
                block.take(8)
                names.append(_options(block).get(_OPT_NAME, b"").decode(errors="replace"))
            elif kind == _ENHANCED:
                frames.append(_frame(block, names))
            block.rest()
        if _little(reader.take(4)) != size:
            raise WireError("pcapng: a block's two length fields disagree; the file is damaged")
    return frames


def _frame(block: Reader, names: list[str]) -> Frame:
    number, high, low, size, _ = (_little(block.take(4)) for _ in range(5))
    if number >= len(names):
        raise WireError(f"pcapng: a packet of interface {number}, which the file does not describe")
    data = block.take(size)
    block.take(-size % 4)
    options = _options(block)
    flags = _little(options[_OPT_FLAGS]) & 3 if _OPT_FLAGS in options else 0
    comment = options.get(_OPT_COMMENT, b"").decode(errors="replace")
    return Frame(high << 32 | low, names[number], data, comment, {1: False, 2: True}.get(flags))
