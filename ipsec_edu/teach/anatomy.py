"""A captured packet, byte by byte: which field stands where, who can read it, and who notices a change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ipsec_edu.capture import capture_frames
from ipsec_edu.core.addr import format_ip
from ipsec_edu.core.errors import IpsecEduError, ScenarioError
from ipsec_edu.core.units import to_s
from ipsec_edu.ike.events import ChildSa
from ipsec_edu.ipsec.ciphers import make_cipher
from ipsec_edu.ipsec.transforms import EspTransform, protection
from ipsec_edu.run import Run
from ipsec_edu.teach.panel import Panel, join, preformatted, say, table
from ipsec_edu.wire import esp
from ipsec_edu.wire.ipv4 import AH, ESP, HEADER_SIZE, ICMP, IPIP, UDP

if TYPE_CHECKING:
    from ipsec_edu.simulation import Simulation

__all__ = ["Part", "Sniffed", "anatomy", "dissect", "dump", "sniff"]

SHOWN = 4
"""Bytes of a long value that a table shows."""

_IP = (
    ("version, header length", 1),
    ("type of service", 1),
    ("total length", 2),
    ("identification", 2),
    ("flags, fragment offset", 2),
    ("time to live", 1),
    ("protocol", 1),
    ("header checksum", 2),
    ("source address", 4),
    ("destination address", 4),
)
_MUTABLE = {"type of service", "flags, fragment offset", "time to live", "header checksum"}
"""What routers may change on the way, so AH counts it as zero (RFC 4302, 3.3.3.1.1.1)."""
_ICMP = (("type", 1), ("code", 1), ("checksum", 2), ("identifier", 2), ("sequence number", 2), ("data", 0))
_UDP = (("source port", 2), ("destination port", 2), ("length", 2), ("checksum", 2), ("data", 0))
_AH = (("next header", 1), ("length", 1), ("reserved", 2), ("SPI", 4), ("sequence number", 4), ("ICV", 0))


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a captured packet.

    Attributes
    ----------
    start, size : int
        Its place, in bytes from the first byte of the outer IP header.
    layer, name : str
        ``outer IP``, ``ESP`` ...; and the field's name there.
    wire, plain : bytes
        What a stranger sees, and what the receiver reads.
    hidden : bool
        True where the two differ by encryption.
    guards : tuple of str
        Whose check fails if it is changed: ``AH``, ``ESP``, both, or nobody's.
    """

    start: int
    size: int
    layer: str
    name: str
    wire: bytes
    plain: bytes
    hidden: bool
    guards: tuple[str, ...]


class Sniffed:
    """A packet as it crossed the wire, and the keys of the SA that it travelled in."""

    def __init__(self, at_us: int, data: bytes, children: list[ChildSa], real: bool) -> None:
        self.at_us = at_us
        self.data = data
        self._children = children
        self._real = real
        self._plain = bytearray(data)
        self._hidden: list[tuple[int, int]] = []
        self._guards: list[tuple[str, int, int]] = []
        found = list(self._walk(0, len(data), "outer IP"))
        self.parts = tuple(self._part(*field) for field in found)

    def __len__(self) -> int:
        return len(self.data)

    def _repr_html_(self) -> str:
        return dump(self).html

    def __repr__(self) -> str:
        return dump(self).text

    def part(self, name: str) -> Part:
        """Return the field called `name`, the outermost where there are several (ScenarioError: none)."""
        for part in self.parts:
            if part.name == name:
                return part
        raise ScenarioError(f"this packet has no {name!r}; it has {', '.join(p.name for p in self.parts)}")

    def _part(self, start: int, size: int, layer: str, name: str) -> Part:
        stop = start + size
        hidden = any(first <= start and stop <= last for first, last in self._hidden)
        guards = tuple(who for who, first, last in self._guards if first <= start and stop <= last)
        if layer == "outer IP" and name in _MUTABLE:
            guards = ()
        return Part(
            start, size, layer, name, self.data[start:stop], bytes(self._plain[start:stop]), hidden, guards
        )

    # Each walker yields (start, size, layer, name) of the fields between two places.

    def _walk(self, start: int, stop: int, layer: str) -> Iterator[tuple[int, int, str, str]]:
        yield from _fields(start, start + HEADER_SIZE, layer, _IP)
        yield from self._next(self._plain[start + 9], start + HEADER_SIZE, stop)

    def _next(self, protocol: int, start: int, stop: int) -> Iterator[tuple[int, int, str, str]]:
        if protocol == AH:
            size = (self._plain[start + 1] + 2) * 4
            self._guards.append(("AH", 0, stop))
            yield from _fields(start, start + size, "AH", _AH)
            yield from self._next(self._plain[start], start + size, stop)
        elif protocol == ESP:
            yield from self._esp(start, stop)
        elif protocol == IPIP:
            yield from self._walk(start, stop, "inner IP")
        elif protocol in (ICMP, UDP):
            name, layout = ("ICMP", _ICMP) if protocol == ICMP else ("UDP", _UDP)
            yield from _fields(start, stop, name, layout)
        else:
            yield start, stop - start, f"protocol {protocol}", "data"

    def _esp(self, start: int, stop: int) -> Iterator[tuple[int, int, str, str]]:
        spi, _ = esp.peek(self.data[start:stop])
        transform, keys = self._keys(spi)
        encryption, icv = transform.encryption, transform.icv_size
        begin, end = start + esp.FIXED + encryption.iv_size, stop - icv
        opened = make_cipher(transform, keys, self._real).open(self.data[start:stop])
        if opened is None:
            raise ScenarioError("the keys of the run do not open this packet; was it altered on the way?")
        body, following = opened
        self._plain[begin:end] = esp.add_trailer(body, following, encryption.align)
        if encryption.name != "null":
            self._hidden.append((begin, end))
        if icv:
            self._guards.append(("ESP", start, stop))
        head = (
            ("SPI", 4),
            ("sequence number", 4),
            *((("IV", encryption.iv_size),) if encryption.iv_size else ()),
        )
        yield from _fields(start, begin, "ESP", head)
        yield from self._next(following, begin, begin + len(body))
        pad = end - begin - len(body) - 2
        tail = (("padding", pad), ("pad length", 1), ("next header", 1), ("ICV", icv))
        yield from _fields(begin + len(body), stop, "ESP", tuple(row for row in tail if row[1]))

    def _keys(self, spi: int) -> tuple[EspTransform, tuple[bytes, bytes]]:
        for child in self._children:
            transform = protection(child.transform).esp
            if child.protocol == "esp" and transform is not None:
                if child.inbound_spi == spi:
                    return transform, child.inbound_keys
                if child.outbound_spi == spi:
                    return transform, child.outbound_keys
        raise ScenarioError(f"nobody in this run has an SA with the SPI 0x{spi:08x}")


def _fields(
    start: int, stop: int, layer: str, layout: tuple[tuple[str, int], ...]
) -> Iterator[tuple[int, int, str, str]]:
    """Lay fields one behind the other; one of size 0 takes what is left."""
    for name, size in layout:
        size = size or stop - start
        if size:
            yield start, size, layer, name
        start += size


def sniff(run: Run, port: str, packet: int = 1, *, protocol: int | None = None) -> Sniffed:
    """Return data packet number `packet` (ISAKMP not counted) that left ``NODE:INTERFACE`` in `run`.

    Parameters
    ----------
    protocol : int, optional
        Count only packets of this IP protocol (1: ICMP in clear).

    Raises
    ------
    ScenarioError
        No such port, or fewer packets left it.
    """
    frames, simulation = capture_frames(run, port)
    data = [frame for frame in frames if frame.outbound and not _is_ike(frame.data)]
    if protocol is not None:
        data = [frame for frame in data if frame.data[9] == protocol]
    if not 1 <= packet <= len(data):
        raise ScenarioError(f"{len(data)} data packets left {port}; ask for one of 1 to {len(data)}")
    frame = data[packet - 1]
    return Sniffed(frame.at_us, frame.data, _children(simulation), run.fidelity != "model")


def _is_ike(data: bytes) -> bool:
    """Tell whether a packet is ISAKMP: UDP 500, or UDP 4500 with the non-ESP marker (RFC 3948, 2.2)."""
    if data[9] != UDP:
        return False
    ports = {int.from_bytes(data[at : at + 2], "big") for at in (20, 22)}
    return 500 in ports or (4500 in ports and data[28:32] == bytes(4))


def _children(simulation: Simulation) -> list[ChildSa]:
    gateways = [device.gateway for device in simulation.devices.values() if device.gateway is not None]
    return [child for gateway in gateways for child in gateway.children_seen]


def dump(sniffed: Sniffed, row: int = 16) -> Panel:
    """Return the bytes as a stranger sees them; encrypted ones pale and dotted, the check value boxed."""
    style = {"hidden": "opacity:.6;text-decoration:underline dotted", "ICV": "outline:1px solid currentColor"}
    marks = {}
    for part in sniffed.parts:
        look = "ICV" if part.name == "ICV" else "hidden" if part.hidden else ""
        marks.update(dict.fromkeys(range(part.start, part.start + part.size), look))
    lines, plain = [], []
    for start in range(0, len(sniffed.data), row):
        places = range(start, min(start + row, len(sniffed.data)))
        cells = [f"{sniffed.data[i]:02x}" for i in places]
        plain.append(f"{start:4}  {' '.join(cells)}")
        dressed = [
            f'<span style="{style[marks[i]]}">{cell}</span>' if marks[i] else cell
            for i, cell in zip(places, cells, strict=True)
        ]
        lines.append(f"{start:4}  {' '.join(dressed)}")
    head = f"{len(sniffed.data)} bytes at {to_s(sniffed.at_us):.3f} s"
    body = "\n".join(lines)
    html = f'<div>{head}</div><pre style="font-size:12px;line-height:1.35;overflow-x:auto">{body}</pre>'
    return Panel(html, "\n".join([head, *plain]))


def anatomy(sniffed: Sniffed, *, brief: bool = False) -> Panel:
    """Return a table of all fields: place, bytes on the wire, meaning, who reads them, whose check fails.

    `brief` takes neighbours of one header together where a stranger and a receiver treat them alike.
    """
    rows = []
    for group in _groups(sniffed.parts) if brief else [[part] for part in sniffed.parts]:
        first, last = group[0], group[-1]
        stop = last.start + last.size - 1
        rows.append(
            (
                str(first.start) if stop == first.start else f"{first.start}\u2011{stop}",
                first.layer.replace(" ", "\u00a0"),
                _names(group),
                f"`{_hex(sniffed.data[first.start : stop + 1])}`",
                _value(first) if len(group) == 1 else "",
                "**no**" if first.hidden else "yes",
                " and ".join(first.guards) or "nobody",
            )
        )
    return table(
        ("bytes", "part", "field", "on the wire", "what it says", "readable by all", "a change fails at"),
        rows,
    )


def _groups(parts: tuple[Part, ...]) -> list[list[Part]]:
    """Put neighbours together that belong to one IP, ICMP or UDP header and are treated alike."""
    groups: list[list[Part]] = []
    for part in parts:
        last = groups[-1][-1] if groups else None
        alike = last is not None and (last.layer, last.hidden, last.guards) == (
            part.layer,
            part.hidden,
            part.guards,
        )
        if alike and part.layer not in ("ESP", "AH") and part.name != "data":
            groups[-1].append(part)
        else:
            groups.append([part])
    return groups


def _names(group: list[Part]) -> str:
    names = [part.name for part in group]
    if len(names) <= 2:
        return ", ".join(names)
    return "the whole header" if len(names) == len(_IP) else f"{names[0]} ... {names[-1]}"


def _hex(data: bytes) -> str:
    return (data[:SHOWN].hex(" ") + (" .." if len(data) > SHOWN else "")).replace(" ", "\u00a0")


def _value(part: Part) -> str:
    """Return the receiver's reading of a field."""
    number = int.from_bytes(part.plain, "big")
    if part.name.endswith("address"):
        return format_ip(number)
    if part.name == "SPI":
        return f"`0x{number:08x}`"
    if part.name in ("data", "padding", "IV", "ICV") or "checksum" in part.name:
        return f"`{_hex(part.plain)}`" if part.hidden else ""
    if part.name == "version, header length":
        return f"{number >> 4}, {(number & 15) * 4}"
    return str(number)


def dissect(sniffed: Sniffed) -> Panel:
    """Return what scapy makes of the bytes, or how to install it."""
    from ipsec_edu.wire.scapy_bridge import to_scapy

    try:
        packet = to_scapy(sniffed.data)
    except IpsecEduError as error:
        return join(
            say("This cell shows the packet through the eyes of another program, scapy."), say(str(error))
        )
    return preformatted(str(packet.show(dump=True)).rstrip(), wrap=True)
