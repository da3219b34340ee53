"""Cables: delay, rate, queue, loss, and the ways in which they fail.

One event per packet: when a packet is handed over, the moment of its arrival is arithmetic
(`free_at_us` is when the transmitter has finished with the packets before it). What befalls the cable
after that is settled at the arrival, by comparing the packet's time on the cable with
the list of breaks:

* pulled (`unplug`): everything queued or on the wire at that instant is lost, ``link_down``;
* silently cut: what is on the wire during any part of the cut is lost, ``link_cut``; a packet
  still in the transmitter's queue when the cut is mended is not harmed;
* the transmitter is shut down or loses power (`halt`): what it had not finished sending is
  lost, ``link_down`` or ``node_down``; what is on the wire goes on.

In every case the packet's end is recorded when it would have arrived. A packet handed to a
cable that is known to lose it (no carrier, cut, random loss) ends there and then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ipsec_edu.core.causes import Cause
from ipsec_edu.core.rng import Rng
from ipsec_edu.net.interface import Interface, Port
from ipsec_edu.net.kind import kind_of
from ipsec_edu.trace.records import Hop

if TYPE_CHECKING:
    from ipsec_edu.wire.packet import Packet

_new_hop = tuple.__new__

__all__ = ["Break", "Cable", "Direction"]


@dataclass(slots=True)
class Break:
    """One misfortune of one direction of a cable."""

    cause: Cause
    from_us: int
    until_us: int | None
    """End of a cut; equal to `from_us` where the damage is done at one instant."""
    queue_only: bool = False
    """It strikes what is not completely sent yet, and spares what is on the wire."""


class Direction:
    """One way of a cable, from the port `sender` to the port `receiver`."""

    __slots__ = (
        "_arrive",
        "_breaks",
        "_clock",
        "_ends",
        "_hops",
        "_push",
        "_receive",
        "_receiver_taps",
        "_rng",
        "_sender_taps",
        "_stranger",
        "_world",
        "cut",
        "delay_us",
        "free_at_us",
        "loss_percent",
        "queue_bytes",
        "rate_bps",
        "receiver",
        "sender",
        "trouble",
    )

    def __init__(
        self, sender: Port, receiver: Port, delay_us: int, rate_bps: int | None, queue_bytes: int | None
    ) -> None:
        self.sender = sender
        self.receiver = receiver
        self.delay_us = delay_us
        self.rate_bps = rate_bps
        self.queue_bytes = queue_bytes
        self.free_at_us = 0
        self.cut = False
        self.loss_percent = 0.0
        self.trouble = False
        """Whether the next packet may be lost at once: the one test of the untroubled path."""
        self._world = sender.device.world
        self._clock = self._world.clock
        self._push = self._clock.push
        self._arrive = self.arrive
        self._receive = receiver.device.receive
        self._ends = sender.label, receiver.label
        self._sender_taps = sender.taps
        self._receiver_taps = receiver.taps
        self._hops = self._world.hops
        self._breaks: tuple[Break, ...] = ()
        """Replaced, never changed, so that `is` tells whether there was none since."""
        self._rng: Rng | None = None
        self._stranger: Callable[[Packet, Callable[[Packet], None]], object] | None = None

    def send(self, packet: Packet, next_hop: int, size: int) -> None:
        """Take a packet of `size` bytes from the sender; settle when it will arrive."""
        now_us = start_us = sent_us = self._clock.now_us
        sender = self.sender
        if self._sender_taps:
            for tap in self._sender_taps:
                tap(packet, True, now_us)
        if self.trouble or not sender.up:
            cause = self._lost_at_once()
            if cause is not None:
                self._die(packet, size, now_us, cause)
                return
        if self.rate_bps is not None:
            if self.free_at_us > now_us:
                start_us = self.free_at_us
                if self.queue_bytes is not None and self.backlog_bytes(now_us) + size > self.queue_bytes:
                    self._world.drop(packet, sender.label, Cause.QUEUE_FULL)
                    return
            self.free_at_us = sent_us = start_us + size * 8_000_000 // self.rate_bps
        push = self._push  # CPython 3.11 calls what stands in a slot faster by way of a local name
        push(sent_us + self.delay_us, (self._arrive, (packet, next_hop, size, start_us, self._breaks)))

    def arrive(
        self, packet: Packet, next_hop: int, size: int, start_us: int, breaks: tuple[Break, ...]
    ) -> None:
        """Hand the packet to the receiver, unless the cable failed it on the way.

        `breaks` are the misfortunes that this direction had had when the packet was taken;
        a cut that was going on then is no concern (the packet would not be here).
        """
        if self._breaks is not breaks:
            cause = self._lost_on_the_way(start_us, len(breaks))
            if cause is not None:
                self._die(packet, size, start_us, cause)
                return
        receiver = self.receiver
        if not receiver.up:
            self._record(packet, size, start_us, None)
            dark = not receiver.device.powered
            self._world.drop(packet, receiver.label, Cause.NODE_DOWN if dark else Cause.LINK_DOWN)
            return
        self._record(packet, size, start_us, self._clock.now_us)
        if self._receiver_taps:
            for tap in self._receiver_taps:
                tap(packet, False, self._clock.now_us)
        receive = self._receive
        receive(packet, receiver, next_hop)

    def intercept(self, stranger: Callable[[Packet, Callable[[Packet], None]], object]) -> None:
        """Put a stranger on the cable, in front of the receiver's port: ``stranger(packet, hand_on)``.

        He gets every packet of this direction; it arrives as, and when, he hands it on. Packets
        that he keeps he must account for (`World.holders`, `World.drop`).
        """
        self._stranger = stranger
        self._arrive = self.pass_stranger

    def pass_stranger(
        self, packet: Packet, next_hop: int, size: int, start_us: int, breaks: tuple[Break, ...]
    ) -> None:
        """Show the packet to the stranger on its way to `arrive`."""
        assert self._stranger is not None
        self._stranger(packet, lambda left: self.arrive(left, next_hop, left.size, start_us, breaks))

    def insert(self, packet: Packet, next_hop: int) -> None:
        """Let a stranger send a packet to the receiver; the sender's port knows nothing of it."""
        now_us = self._clock.now_us
        args = (packet, next_hop, packet.size, now_us, self._breaks)
        self._push(now_us + self.delay_us, (self.arrive, args))

    def backlog_bytes(self, now_us: int) -> int:
        """Return how much the transmitter still has to send, in bytes."""
        if self.rate_bps is None or self.free_at_us <= now_us:
            return 0
        return (self.free_at_us - now_us) * self.rate_bps // 8_000_000

    def set_cut(self, cut: bool) -> None:
        """Begin or end a silent cut of this direction."""
        if cut == self.cut:
            return
        self.cut = cut
        now_us = self._clock.now_us
        if cut:
            self._breaks += (Break(Cause.LINK_CUT, now_us, None),)
        else:
            self._breaks = tuple(
                Break(entry.cause, entry.from_us, now_us) if entry.until_us is None else entry
                for entry in self._breaks
            )
        self.trouble = cut or self.loss_percent > 0

    def set_loss(self, percent: float) -> None:
        """Lose `percent` of the packets from now on, by this direction's own random stream."""
        self.loss_percent = percent
        self.trouble = self.cut or percent > 0

    def unplug(self) -> None:
        """Lose what is queued and what is on the wire."""
        self._strike(Cause.LINK_DOWN, queue_only=False)

    def halt(self, *, dark: bool) -> None:
        """The transmitter stops, shut down or without power (`dark`): lose what it has not sent."""
        self._strike(Cause.NODE_DOWN if dark else Cause.LINK_DOWN, queue_only=True)

    def _strike(self, cause: Cause, *, queue_only: bool) -> None:
        now_us = self._clock.now_us
        self._breaks += (Break(cause, now_us, now_us, queue_only),)
        self.free_at_us = now_us

    def _lost_at_once(self) -> Cause | None:
        """Return why a packet handed over now does not even set out."""
        if not self.sender.up:
            dark = not (self.sender.device.powered and self.receiver.device.powered)
            return Cause.NODE_DOWN if dark else Cause.LINK_DOWN
        if self.cut:
            return Cause.LINK_CUT
        if self.loss_percent > 0:
            if self._rng is None:
                self._rng = self._world.rng.child(f"loss/{self.sender.label}>{self.receiver.label}")
            if self._rng.uniform() * 100 < self.loss_percent:
                return Cause.LOSS
        return None

    def _lost_on_the_way(self, start_us: int, breaks: int) -> Cause | None:
        """Return what befell a packet put on the wire at `start_us`, after the first `breaks`."""
        sent_us = self._clock.now_us - self.delay_us
        for entry in self._breaks[breaks:]:
            if entry.queue_only:
                hit = entry.from_us < sent_us
            elif entry.cause is Cause.LINK_CUT:
                hit = entry.until_us is None or entry.until_us > start_us
            else:
                hit = True
            if hit:
                return entry.cause
        return None

    def _die(self, packet: Packet, size: int, start_us: int, cause: Cause) -> None:
        self._record(packet, size, start_us, None)
        self._world.drop(packet, self.sender.label, cause)

    def _record(self, packet: Packet, size: int, left_us: int, arrived_us: int | None) -> None:
        hops = self._hops
        if hops is None:
            return
        kind, spi, sequence = kind_of(packet)
        from_label, to_label = self._ends
        # `Hop(...)` would go through a constructor written in Python: twice the time.
        hop = (
            packet.uid,
            kind,
            packet.flow,
            packet.number,
            packet.answer,
            from_label,
            to_label,
            left_us,
            arrived_us,
            size,
            spi,
            sequence,
        )
        hops.append(_new_hop(Hop, hop))


class Cable:
    """A cable between two ports.

    Parameters
    ----------
    first, second : Port
        Its ends; neither may have a cable yet.
    delay_us : int
        Propagation delay one way.
    rate_bps : int or None
        Bits per second of each transmitter; None sends in no time.
    loss_percent : float
        Random loss, each way.
    queue_bytes : int or None
        What a transmitter can hold, the packet being sent included; None for any amount.
    """

    __slots__ = ("directions", "plugged")

    def __init__(
        self,
        first: Port,
        second: Port,
        *,
        delay_us: int = 0,
        rate_bps: int | None = None,
        loss_percent: float = 0.0,
        queue_bytes: int | None = None,
    ) -> None:
        for port in (first, second):
            if port.cable is not None:
                raise ValueError(f"{port.label} has a cable already")
        self.plugged = True
        self.directions = (
            Direction(first, second, delay_us, rate_bps, queue_bytes),
            Direction(second, first, delay_us, rate_bps, queue_bytes),
        )
        first.cable = second.cable = self
        first.out, second.out = self.directions
        if isinstance(first, Interface) and isinstance(second, Interface):
            first.peer, second.peer = second, first
        for direction in self.directions:
            direction.set_loss(loss_percent)
        first.device.world.cables.append(self)
        first.refresh()
        second.refresh()

    @property
    def ends(self) -> tuple[Port, Port]:
        """Both ports."""
        return self.directions[0].sender, self.directions[0].receiver

    def far(self, port: Port) -> Port:
        """Return the port at the other end."""
        first, second = self.ends
        return second if port is first else first

    def into(self, port: Port) -> Direction:
        """Return the direction that leads to `port`."""
        return self.directions[1] if port is self.directions[0].sender else self.directions[0]

    def plug(self, plugged: bool) -> None:
        """Pull the cable out, or put it back: both ends lose or gain carrier at once."""
        if plugged == self.plugged:
            return
        self.plugged = plugged
        if not plugged:
            for direction in self.directions:
                direction.unplug()
        for port in self.ends:
            port.refresh()

    def set_cut(self, cut: bool) -> None:
        """Begin or end a silent cut in both directions."""
        before = [direction.cut for direction in self.directions]
        for direction in self.directions:
            direction.set_cut(cut)
        if before != [cut, cut]:
            self.record()

    def set_cut_from(self, port: Port, cut: bool) -> None:
        """Begin or end a silent cut of what leaves `port`."""
        assert port.out is not None
        if port.out.cut != cut:
            port.out.set_cut(cut)
            self.record()

    def set_loss(self, percent: float) -> None:
        """Lose `percent` of the packets, each way, from now on."""
        if self.directions[0].loss_percent != percent:
            for direction in self.directions:
                direction.set_loss(percent)
            self.record()

    def record(self) -> None:
        """Note the state of both ends in the trace."""
        for port in self.ends:
            port.device.world.record_port(port)
