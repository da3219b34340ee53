"""A stranger on a cable: he sees what goes towards a port, and may alter, delay, replay and forge.

The plan is made before the run and never changes, so a run with an attacker can be played again like
any other: ``lab.run(on_world=Attacker("GW2:GigabitEthernet0/1").replay(3, after_s=5))``. He has no keys. What
he does is bytes: receivers parse, verify and decrypt them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ipsec_edu.core.addr import parse_ip
from ipsec_edu.core.causes import Cause
from ipsec_edu.core.errors import ScenarioError, WireError
from ipsec_edu.core.units import to_s, to_us
from ipsec_edu.net.interface import Interface
from ipsec_edu.net.kind import kind_of
from ipsec_edu.trace.records import Tampering
from ipsec_edu.wire.ipv4 import AH, ESP, HEADER_SIZE, UDP, checksum, parse_header
from ipsec_edu.wire.packet import Packet, RawPayload
from ipsec_edu.wire.udp import HEADER_SIZE as UDP_HEADER

if TYPE_CHECKING:
    from ipsec_edu.net.world import World

__all__ = ["Attacker", "Change", "Forge", "Seen"]

_SPI_AT = {ESP: 0, AH: 4, UDP: UDP_HEADER}
"""Where the SPI stands behind the IP header; the sequence number follows it."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is changed in a packet; what is None stays.

    Attributes
    ----------
    source, destination : str, optional
        Other addresses in the outer header.
    ttl, tos : int, optional
        Other values there.
    spi, sequence : int, optional
        Other numbers in the ESP or AH header.
    flip : int or mapping of int to int, optional
        The offset of a byte, counted from the IP header's first, in which the lowest bit is turned
        over; or offsets with the bits to turn over in each (``{26: 0x80}``). The IP header's checksum
        is repaired.
    keep : int, optional
        How many bytes are left; the IP header tells the new length.
    """

    source: str | None = None
    destination: str | None = None
    ttl: int | None = None
    tos: int | None = None
    spi: int | None = None
    sequence: int | None = None
    flip: int | Mapping[int, int] | None = None
    keep: int | None = None

    def __str__(self) -> str:
        words = [
            f"{name} {hex(value) if name == 'spi' else value}"
            for name in ("source", "destination", "ttl", "tos", "spi", "sequence")
            if (value := getattr(self, name)) is not None
        ]
        words += ["bits flipped in byte " + ", ".join(map(str, self._masks()))] if self._masks() else []
        words += [f"cut to {self.keep} bytes"] if self.keep is not None else []
        return ", ".join(words)

    def apply(self, packet: Packet) -> Packet:
        """Return the changed packet, its payload as bytes (WireError: an IP header that no router passes)."""
        body = bytearray(packet.body())
        twin = packet.copy()
        twin.raw = None
        twin.source = packet.source if self.source is None else parse_ip(self.source)
        twin.destination = packet.destination if self.destination is None else parse_ip(self.destination)
        twin.ttl = packet.ttl if self.ttl is None else self.ttl
        twin.tos = packet.tos if self.tos is None else self.tos
        spi_at = _SPI_AT.get(packet.protocol)
        for number, value in enumerate((self.spi, self.sequence)):
            if value is not None and spi_at is not None:
                body[spi_at + 4 * number : spi_at + 4 * number + 4] = value.to_bytes(4, "big")
        data = bytearray(twin.header(HEADER_SIZE + len(body)) + body)
        for offset, bits in self._masks().items():
            if not 0 <= offset < len(data):
                raise ScenarioError(
                    f"there is no byte {offset} in a packet of {len(data)} bytes; count from 0"
                )
            data[offset] ^= bits
        self._read_header(twin, data)
        twin.payload = RawPayload(bytes(data[HEADER_SIZE : self.keep]))
        return twin

    def _read_header(self, twin: Packet, data: bytearray) -> None:
        """Set the header fields of `twin` from flipped bytes."""
        if not any(offset < HEADER_SIZE for offset in self._masks()):
            return
        data[10:12] = bytes(2)
        data[10:12] = checksum(bytes(data[:HEADER_SIZE])).to_bytes(2, "big")
        head = parse_header(bytes(data))
        if head.length != len(data):
            raise WireError(f"IPv4: total length {head.length}, but {len(data)} bytes are there")
        twin.source, twin.destination, twin.protocol = head.source, head.destination, head.protocol
        twin.ttl, twin.tos, twin.identification = head.ttl, head.tos, head.identification
        twin.dont_fragment, twin.more_fragments, twin.fragment = (
            head.dont_fragment,
            head.more_fragments,
            head.fragment,
        )

    def _masks(self) -> dict[int, int]:
        if self.flip is None:
            return {}
        return {self.flip: 1} if isinstance(self.flip, int) else dict(self.flip)


@dataclass(frozen=True, slots=True)
class Seen:
    """A packet that passed the attacker, as it was then."""

    at_us: int
    kind: str
    """``clear``, ``esp``, ``ah``, ``ike``."""
    number: int
    """Counted from 1, ISAKMP messages and other packets apart."""
    packet: Packet


Forge = Packet | Callable[[list[Seen]], Packet]
"""A packet, or a function that makes one out of what the attacker has seen by then."""


@dataclass(frozen=True, slots=True)
class _Alter:
    packet: int | None
    of: str
    change: Change
    from_us: int


@dataclass(frozen=True, slots=True)
class _Hold:
    packet: int | None
    every: int
    for_us: int


@dataclass(frozen=True, slots=True)
class _Replay:
    packet: int
    of: str
    after_us: int
    change: Change


@dataclass(frozen=True, slots=True)
class _Forgery:
    at_us: int
    make: Forge
    words: str


@dataclass(frozen=True, slots=True)
class Attacker:
    """Somebody on the cable in front of a port; each method returns an attacker with one more trick.

    Packets are counted from 1 as they come towards the port: ``of="data"`` (ESP, AH, clear traffic)
    and ``of="ike"`` apart. What the attacker did is in ``run.trace.tampering``.

    Parameters
    ----------
    port : str
        ``NODE:INTERFACE`` of his victim.
    """

    port: str
    tricks: tuple[_Alter | _Hold | _Replay | _Forgery, ...] = ()

    def alter(
        self, packet: int | None = None, *, of: str = "data", from_s: float = 0.0, **changes: Any
    ) -> Attacker:
        """Change packet number `packet` on its way (None: every one from `from_s` on); see `Change`."""
        return self._with(_Alter(packet, _stream(of), _change(changes), to_us(from_s)))

    def hold(self, packet: int | None = None, *, for_s: float, every: int = 1) -> Attacker:
        """Let data packet number `packet`, or one out of `every`, wait for `for_s` seconds."""
        return self._with(_Hold(packet, max(1, every), to_us(for_s)))

    def replay(self, packet: int, *, after_s: float = 1.0, of: str = "data", **changes: Any) -> Attacker:
        """Send a copy of packet number `packet`, changed where wanted, `after_s` seconds after it."""
        return self._with(_Replay(packet, _stream(of), to_us(after_s), _change(changes)))

    def forge(self, at_s: float, make: Forge, words: str = "a packet of his own") -> Attacker:
        """Send a packet of his own making at `at_s` seconds."""
        return self._with(_Forgery(to_us(at_s), make, words))

    def _with(self, trick: _Alter | _Hold | _Replay | _Forgery) -> Attacker:
        return replace(self, tricks=(*self.tricks, trick))

    def __call__(self, world: World) -> None:
        """Take his place on the cable, before the run begins."""
        _Session(world, self)


class _Session:
    """One attacker in one run."""

    def __init__(self, world: World, plan: Attacker) -> None:
        port = world.port(plan.port)
        if port.cable is None:
            raise ScenarioError(f"{plan.port} has no cable to sit on; choose one that is plugged in")
        self.world, self.port, self.plan = world, port, plan
        self.direction = port.cable.into(port)
        self.direction.intercept(self._meet)
        self.seen: list[Seen] = []
        self._counts = {"data": 0, "ike": 0}
        self._held = 0
        self._met: set[tuple[int, int, int, int]] = set()
        world.holders.append(lambda: self._held)
        for trick in plan.tricks:
            if isinstance(trick, _Forgery):
                world.clock.at(trick.at_us, lambda trick=trick: self._forge(trick))

    def _meet(self, packet: Packet, hand_on: Callable[[Packet], None]) -> None:
        """Deal with a packet that comes by."""
        kind, spi, sequence = kind_of(packet)
        identity = (packet.uid, packet.fragment, spi, sequence)
        if identity in self._met:  # routing brought it past again
            hand_on(packet)
            return
        self._met.add(identity)
        of = "ike" if kind == "ike" else "data"
        self._counts[of] += 1
        number, now_us = self._counts[of], self.world.clock.now_us
        if any(isinstance(trick, _Forgery) for trick in self.plan.tricks):
            self.seen.append(Seen(now_us, kind, number, Change().apply(packet)))
        wait_us = 0
        for trick in self.plan.tricks:
            match trick:
                case _Replay(packet=wanted, of=stream) if wanted == number and stream == of:
                    self._copy(packet, trick)
                case _Alter(packet=wanted, of=stream) if stream == of and wanted in (None, number):
                    if now_us < trick.from_us:
                        continue
                    self._note(f"{_name(of, number)} altered: {trick.change}", packet.uid)
                    try:
                        packet = trick.change.apply(packet)
                    except WireError:
                        self.world.drop(packet, self.port.label, Cause.MALFORMED)
                        return
                case _Hold(packet=wanted) if of == "data":
                    if wanted == number or (wanted is None and number % trick.every == 0):
                        wait_us = trick.for_us
                        self._note(f"{_name(of, number)} held back for {to_s(wait_us):g} s", packet.uid)
        if not wait_us:
            hand_on(packet)
            return
        self._held += 1
        self.world.clock.at(now_us + wait_us, lambda: self._release(packet, hand_on))

    def _release(self, packet: Packet, hand_on: Callable[[Packet], None]) -> None:
        self._held -= 1
        hand_on(packet)

    def _copy(self, packet: Packet, trick: _Replay) -> None:
        """Keep the bytes of `packet`, and send them again later."""
        copy = trick.change.apply(packet)
        changed = f" with {trick.change}" if str(trick.change) else ""
        words = f"{_name(trick.of, trick.packet)} replayed {to_s(trick.after_us):g} s later{changed}"
        self.world.clock.at(self.world.clock.now_us + trick.after_us, lambda: self._send(copy, words))

    def _forge(self, trick: _Forgery) -> None:
        packet = trick.make if isinstance(trick.make, Packet) else trick.make(self.seen)
        self._send(packet.copy(), trick.words)

    def _send(self, packet: Packet, words: str) -> None:
        packet.answer = False
        self.world.originate(packet)
        self._note(words, packet.uid)
        address = self.port.address if isinstance(self.port, Interface) else None
        self.direction.insert(packet, packet.destination if address is None else address)

    def _note(self, words: str, uid: int) -> None:
        self.world.trace.tampering.append(Tampering(self.world.clock.now_us, self.port.label, words, uid))


def _name(of: str, number: int) -> str:
    return f"{'ISAKMP message' if of == 'ike' else 'packet'} {number}"


def _stream(of: str) -> str:
    if of not in ("data", "ike"):
        raise ScenarioError(f'an attacker counts of="data" or of="ike", not {of!r}')
    return of


def _change(changes: dict[str, Any]) -> Change:
    try:
        return Change(**changes)
    except TypeError:
        names = ", ".join(Change.__dataclass_fields__)
        raise ScenarioError(
            f"an attacker cannot change {', '.join(changes)}; he can change {names}"
        ) from None
