"""One end of a tunnel on real UDP sockets: the simulator's own protocol cores under a real clock.

The cores think in ports 500 and 4500; which ports the sockets really have is known here
only. ESP travels in UDP (`Profile.force_encap`), so that no kernel has to take part.
"""

from __future__ import annotations

import asyncio
import errno
import secrets
import signal
from collections.abc import Callable
from functools import partial

from ipsec_edu.core.addr import format_ip
from ipsec_edu.core.errors import LiveError
from ipsec_edu.core.rng import Rng
from ipsec_edu.core.units import SECOND, to_us
from ipsec_edu.ike.core import IkeCore
from ipsec_edu.ike.crypto import RealCrypto
from ipsec_edu.ike.events import ChildDown, ChildUp, IkeEvent, SendDatagram
from ipsec_edu.ipsec.spd import Spd
from ipsec_edu.ipsec.stack import Accepted, Discard, IpsecStack, Protected
from ipsec_edu.live.notes import Notes, PeerResult, Ping
from ipsec_edu.live.options import IKE_PORT, NAT_T_PORT, PROTECTED, PeerOptions, child_policy, ike_settings
from ipsec_edu.wire.icmp import Echo
from ipsec_edu.wire.packet import ICMP, UDP, Packet
from ipsec_edu.wire.udp import UdpDatagram

__all__ = ["LivePeer", "SystemRng"]

_PING_EVERY_S = 0.5
_PINGS = 10
_MARKER = bytes(4)
_WHY = {
    errno.EADDRINUSE: "another program has the port; end it, or name another port",
    errno.EACCES: "ports below 1024 are for root; name another port",
    errno.EADDRNOTAVAIL: "this machine does not have the address; name one that `ip addr` lists",
}


class SystemRng(Rng):
    """Randomness that nobody can predict: outside the simulator keys are for keeping secrets."""

    __slots__ = ()

    def child(self, name: str) -> SystemRng:
        return SystemRng(self.seed, f"{self.path}/{name}")

    def bytes(self, count: int) -> bytes:
        return secrets.token_bytes(count)

    def u32(self, low: int = 0, high: int = 0xFFFFFFFF) -> int:
        return low + secrets.randbelow(high - low + 1)

    def uniform(self) -> float:
        return secrets.randbits(53) / (1 << 53)


class _Socket(asyncio.DatagramProtocol):
    """Hands datagrams on; what a send reports late (no route, nobody there) is the peer's silence."""

    def __init__(self, on_data: Callable[[bytes, tuple[str, int]], object]) -> None:
        self._on_data = on_data

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._on_data(data, addr)


class LivePeer:
    """A peer that speaks with a daemon.

    Parameters
    ----------
    options : PeerOptions
        Addresses, key, proposals, what to do.
    say : callable, optional
        Takes a line of text at each thing that happens.

    Notes
    -----
    `run` may be called once.
    """

    def __init__(self, options: PeerOptions, say: Callable[[str], object] = lambda line: None) -> None:
        self.options = options
        self.core = IkeCore(ike_settings(options), SystemRng(0), RealCrypto())
        self.policy = child_policy(options)
        self.stack = IpsecStack(Spd.from_policies([self.policy]), fidelity="eager")
        name, peer = format_ip(options.local), format_ip(options.remote)
        self.notes = Notes(self.core, name, peer, self._now_us, say)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._born_s = 0.0
        self._sockets: dict[int, asyncio.DatagramTransport] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._ping_timer: asyncio.TimerHandle | None = None
        self._done = asyncio.Event()
        self._identifier = secrets.randbelow(0xFFFF)

    async def run(self) -> PeerResult:
        """Negotiate, ping, stay for as long as asked, take leave; SIGINT and SIGTERM end it in order.

        Raises
        ------
        LiveError
            The sockets cannot be had.
        """
        loop = self._loop = asyncio.get_running_loop()
        self._born_s = loop.time()
        await self._open()
        signals = self._catch_signals(loop)
        try:
            if self.options.initiator:
                self.core.acquire(self.policy, self.policy.selectors[0], self._now_us())
            self._pump()
            try:
                await asyncio.wait_for(self._done.wait(), self.options.for_s)
            except TimeoutError:
                pass
            self.notes.conclude()
            self._stop_timers()
            self.core.terminate(None, self._now_us())
            self._pump()
        finally:
            self._stop_timers()
            for number in signals:
                loop.remove_signal_handler(number)
            for transport in self._sockets.values():
                transport.close()
        return self.notes.result

    def _catch_signals(self, loop: asyncio.AbstractEventLoop) -> list[signal.Signals]:
        """Let signals end the peer in order; where an event loop cannot, they end it at once."""
        caught = []
        for number in (signal.SIGINT, signal.SIGTERM):
            try:
                loop.add_signal_handler(number, self._done.set)
            except (NotImplementedError, RuntimeError, ValueError):
                continue
            caught.append(number)
        return caught

    def _now_us(self) -> int:
        return 0 if self._loop is None else to_us(self._loop.time() - self._born_s)

    def _stop_timers(self) -> None:
        for timer in (self._timer, self._ping_timer):
            if timer is not None:
                timer.cancel()

    # sockets

    async def _open(self) -> None:
        assert self._loop is not None
        address = format_ip(self.options.local)
        for logical, port in zip((IKE_PORT, NAT_T_PORT), self.options.local_ports, strict=True):
            make = partial(_Socket, partial(self._datagram, logical))
            try:
                transport, _ = await self._loop.create_datagram_endpoint(make, local_addr=(address, port))
            except OSError as error:
                for other in self._sockets.values():
                    other.close()
                why = _WHY.get(error.errno or 0, error.strerror or str(error))
                raise LiveError(
                    f"cannot listen on {address}:{port}: {why} (as --local {address}:10500)"
                ) from None
            self._sockets[logical] = transport
        ports = " and ".join(map(str, self.options.local_ports))
        self.notes.line(f"listening on {address}, ports {ports}")

    def _send(self, data: bytes, local_port: int, remote_port: int) -> None:
        """Send from and to logical ports; a port that is neither 500 nor 4500 is a translator's own."""
        real = dict(zip((IKE_PORT, NAT_T_PORT), self.options.remote_ports, strict=True))
        transport = self._sockets[local_port]
        if not transport.is_closing():
            transport.sendto(data, (format_ip(self.options.remote), real.get(remote_port, remote_port)))

    def _datagram(self, local_port: int, data: bytes, sender: tuple[str, int]) -> None:
        """Take what came to one of our sockets: IKE, ESP in UDP, or a keepalive (RFC 3948, 2)."""
        if sender[0] != format_ip(self.options.remote):
            self.notes.line(f"ignored {len(data)} bytes from {sender[0]}, which is not --remote")
            return
        logical = dict(zip(self.options.remote_ports, (IKE_PORT, NAT_T_PORT), strict=True))
        remote_port = logical.get(sender[1], sender[1])
        if local_port == NAT_T_PORT and len(data) > 4 and data[:4] != _MARKER:
            self._esp(data, remote_port)
        else:
            local, remote = self.options.local, self.options.remote
            self.core.receive(data, local, local_port, remote, remote_port, self._now_us())
        self._pump()

    # the IKE core

    def _pump(self) -> None:
        """Carry out what the core wants; set the clock to its next deadline; see whether all is done."""
        assert self._loop is not None
        while events := self.core.drain():
            for event in events:
                self._handle(event)
        if self._timer is not None:
            self._timer.cancel()
        deadline = self.core.deadline()
        if deadline is not None:
            self._timer = self._loop.call_at(self._born_s + deadline / SECOND, self._expire)
        if self._finished():
            self._done.set()

    def _expire(self) -> None:
        self.core.expire(self._now_us())
        self._pump()

    def _handle(self, event: IkeEvent) -> None:
        self.notes.handle(event)
        if isinstance(event, SendDatagram):
            self._send(event.data, event.local_port, event.remote_port)
        elif isinstance(event, ChildUp):
            self.stack.install(event.child, event.direction, self._now_us())
            if self.options.ping is not None and self._ping_timer is None:
                self._ping(1)
        elif isinstance(event, ChildDown):
            self.stack.remove(event.child)

    def _finished(self) -> bool:
        """Tell whether there is nothing left to wait for.

        An initiator whose attempt came to nothing is; one that was asked to stay stays while phase 1 lives.
        """
        options, result = self.options, self.notes.result
        if not options.initiator or (options.for_s is not None and result.established):
            return False
        if result.established:
            answered = any(ping.answered_us is not None for ping in result.pings)
            return options.ping is None or answered or len(result.pings) >= _PINGS
        sas = self.core.ike_sas
        waiting = any(not sa.up or any(quick.request.datagram for quick in sa.quick.values()) for sa in sas)
        return not waiting and (options.for_s is None or not sas)

    # the data plane

    def _ping(self, number: int) -> None:
        """Send an echo request through the tunnel, and once more if it stays unanswered."""
        assert self._loop is not None and self.options.ping is not None
        pings = self.notes.result.pings
        if any(ping.answered_us is not None for ping in pings) or number > _PINGS:
            return
        echo = Echo(True, self._identifier, number)
        if self._protect(Packet(self.options.inside, self.options.ping, ICMP, echo, ttl=64)):
            pings.append(Ping(self.options.ping, self._now_us()))
        self._ping_timer = self._loop.call_later(_PING_EVERY_S, self._ping, number + 1)
        if number == _PINGS:
            self._pump()

    def _protect(self, packet: Packet) -> bool:
        """Encrypt and send; False where there is no SA at present."""
        now_us = self._now_us()
        outcome = self.stack.outbound(packet, PROTECTED, now_us)
        if not isinstance(outcome, Protected):
            self.notes.line(f"no SA for a packet to {format_ip(packet.destination)}")
            return False
        datagram = outcome.packet.payload
        assert isinstance(datagram, UdpDatagram)
        self._send(datagram.data, datagram.source_port, datagram.destination_port)
        return True

    def _esp(self, data: bytes, remote_port: int) -> None:
        """Decrypt, and be the host behind the gateway: answer echo requests, take their answers."""
        options = self.options
        outer = Packet(options.remote, options.local, UDP, UdpDatagram(remote_port, NAT_T_PORT, data))
        outcome = self.stack.inbound(outer, self._now_us())
        if isinstance(outcome, Discard):
            self.notes.line(f"dropped ESP with SPI 0x{outcome.spi:08x}: {outcome.cause.words}")
            return
        assert isinstance(outcome, Accepted)
        inner = outcome.packet
        if not isinstance(inner.payload, Echo):
            return
        if inner.payload.request:
            self.notes.line(f"answering a ping from {format_ip(inner.source)}")
            self._protect(Packet(inner.destination, inner.source, ICMP, inner.payload.reply(), ttl=64))
        elif inner.payload.identifier == self._identifier:
            self._answered(inner.payload.sequence)

    def _answered(self, number: int) -> None:
        pings = self.notes.result.pings
        if 1 <= number <= len(pings) and pings[number - 1].answered_us is None:
            ping = pings[number - 1]
            ping.answered_us = self._now_us()
            took_ms = (ping.answered_us - ping.sent_us) / 1000
            self.notes.line(f"ping {format_ip(ping.to)} answered after {took_ms:.1f} ms")
