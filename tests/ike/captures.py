"""The captured exchanges of real daemons (tests/data/captures) as ISAKMP messages in order."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "data" / "captures"
NAMES = sorted(path.stem for path in FOLDER.glob("*.pcap"))


@dataclass
class Datagram:
    """One ISAKMP message of a capture, without the non-ESP marker."""

    source: int
    source_port: int
    destination: int
    destination_port: int
    data: bytes


def read(name: str) -> list[Datagram]:
    """Return the ISAKMP datagrams of a capture (ESP in UDP and keepalives left out)."""
    raw = (FOLDER / f"{name}.pcap").read_bytes()
    order = "<" if raw[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    link = struct.unpack_from(order + "I", raw, 20)[0]
    found, at = [], 24
    while at < len(raw):
        length = struct.unpack_from(order + "I", raw, at + 8)[0]
        frame = raw[at + 16 : at + 16 + length]
        at += 16 + length
        datagram = _udp(frame, link)
        if datagram is not None:
            found.append(datagram)
    return found


def _udp(frame: bytes, link: int) -> Datagram | None:
    packet = frame[{1: 14, 101: 0, 113: 16, 276: 20}[link] :]
    if len(packet) < 28 or packet[0] >> 4 != 4 or packet[9] != 17:
        return None
    start = (packet[0] & 15) * 4
    source_port, destination_port, size = struct.unpack_from(">HHH", packet, start)
    data = packet[start + 8 : start + size]
    if 500 not in (source_port, destination_port):
        if data[:4] != bytes(4):
            return None
        data = data[4:]
    source, destination = struct.unpack_from(">II", packet, 12)
    return Datagram(source, source_port, destination, destination_port, data)


def cipher_key(name: str) -> bytes | None:
    """Return Ka from the key table beside a capture."""
    path = FOLDER / f"{name}.ikev1_decryption_table"
    return bytes.fromhex(path.read_text().strip().split(",")[1]) if path.exists() else None


def vectors(name: str) -> dict[str, object]:
    """Return the derivation that the daemon logged."""
    return next(iter(json.loads((FOLDER / f"{name}.vectors.json").read_text()).values()))
