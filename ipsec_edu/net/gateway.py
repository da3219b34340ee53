"""IPsec on a device: joins the IKE core and the data plane to a node's hooks, and keeps the trace.

The two cores do not know each other. IKE says that a child SA is up, the gateway installs
it; the data plane says that a packet asks for an SA, the gateway passes that on. What
happened is written down here, because only here are time, device and packet together.
"""

from __future__ import annotations

from collections.abc import Callable

from ipsec_edu.core.causes import Cause
from ipsec_edu.core.rng import Rng
from ipsec_edu.ike.core import IkeCore
from ipsec_edu.ike.crypto import Crypto
from ipsec_edu.ike.events import (
    ChildDown,
    ChildSa,
    ChildUp,
    DpdStep,
    IkeDown,
    IkeEvent,
    IkeStarted,
    IkeUp,
    Notice,
    SendDatagram,
    Stepped,
)
from ipsec_edu.ike.settings import IkeSettings
from ipsec_edu.ipsec.stack import PASS, Accepted, Acquire, Discard, IpsecStack, Protected, is_ipsec
from ipsec_edu.net.driver import CoreDriver
from ipsec_edu.net.fragments import fragment
from ipsec_edu.net.interface import Interface
from ipsec_edu.net.keylog import KeyLog
from ipsec_edu.net.messages import MessageLog
from ipsec_edu.net.node import Node, Reroute
from ipsec_edu.net.unreachable import FRAGMENTATION_NEEDED, UNREACHABLE
from ipsec_edu.trace.records import DpdEvent, SaRecord, StateChange
from ipsec_edu.wire.icmp import IcmpError
from ipsec_edu.wire.packet import AH, ESP, UDP, Packet
from ipsec_edu.wire.udp import HEADER_SIZE as UDP_HEADER
from ipsec_edu.wire.udp import UdpDatagram

__all__ = ["Gateway"]

IKE_PORT, NAT_T_PORT = 500, 4500
ROOM = 140
"""No transform adds more bytes than this, so only packets nearer to the MTU are measured."""


class Gateway:
    """A node that does IPsec.

    Parameters
    ----------
    node : Node
        The device; its hooks for NAT must already be in place (Cisco: NAT before crypto).
    settings : IkeSettings
        What its IKE knows.
    make_stack : callable
        Builds the empty data plane, at start and after each boot.
    crypto : Crypto
        Real or modelled cryptography.
    messages : MessageLog
        Where ISAKMP messages are written down, shared by all gateways.
    on_notice : callable
        ``on_notice(node name, notice)``: words the log line.
    """

    def __init__(
        self,
        node: Node,
        settings: IkeSettings,
        make_stack: Callable[[], IpsecStack],
        crypto: Crypto,
        rng: Rng,
        messages: MessageLog,
        on_notice: Callable[[str, Notice], object],
    ) -> None:
        self.node = node
        self.world = node.world
        self._clock = node.world.clock
        self.settings = settings
        self._make_stack = make_stack
        self._crypto = crypto
        self._rng = rng
        self._messages = messages
        self._on_notice = on_notice
        self._boots = 0
        self._ike_records: dict[str, SaRecord] = {}
        self._child_records: dict[tuple[int, str], SaRecord] = {}
        self.children_seen: list[ChildSa] = []
        """Every child that ever was, for the key files of a capture."""
        self.ike_keys: dict[str, bytes] = {}
        """Initiator cookie in hex to encryption key, likewise."""
        self._key_log = KeyLog(node.world.trace, node.name, crypto)
        self.sessions_total = 0
        self.sessions_peak = 0
        self._start()
        self._hang_on()

    # --- life ----------------------------------------------------------------------------

    def _start(self) -> None:
        """Begin with empty databases: at the start of the run and after each boot."""
        self.stack = self._make_stack()
        self.core = IkeCore(
            self.settings, self._rng.child(f"ike/{self._boots}"), self._crypto, self.world.clock.now_us
        )
        self._driver = CoreDriver(self.core, self.world.clock, self._handle)
        self._boots += 1
        self._driver.pump()

    def _hang_on(self) -> None:
        node = self.node
        node.on_input.append(self._refuse_clear)
        node.on_output.append(self._protect)
        node.protocols[ESP] = self._unprotect
        node.protocols[AH] = self._unprotect
        node.udp[IKE_PORT] = self._receive_ike
        node.udp[NAT_T_PORT] = self._receive_nat_t
        node.clear_ike = self.clear
        node.on_power.append(self._power)
        node.on_icmp_error.append(self._learn_mtu)

    def _power(self, up: bool) -> None:
        if up:
            self._start()
            return
        self._driver.stop()
        for record in [*self._ike_records.values(), *self._child_records.values()]:
            self._end(record, "crash")
        self._ike_records.clear()
        self._child_records.clear()
        self.stack = self._make_stack()

    def clear(self) -> None:
        """Forget all SAs and tell nobody (``clear crypto sa``, ``clear crypto isakmp``)."""
        self.core.clear(self.world.clock.now_us)
        self._driver.pump()

    # --- the way of packets --------------------------------------------------------------

    def _refuse_clear(self, packet: Packet, interface: Interface) -> Packet | None:
        """Drop what arrives in clear although the policy says protect (RFC 4301, 5.2)."""
        stack = self.stack
        if interface.name not in stack.spd.guarded or stack.clear_allowed(packet, interface.name):
            return packet
        self.world.drop(packet, self.node.name, Cause.CLEAR_MATCHES_SPD)
        return None

    def _protect(self, packet: Packet, interface: Interface) -> Packet | Reroute | None:
        """The crypto map: pass, protect, or drop and ask IKE for an SA."""
        stack = self.stack
        if interface.name not in stack.spd.guarded:
            return packet
        if packet.payload.size > interface.mtu - ROOM and self._too_large(packet, interface):
            return None
        now_us = self._clock.now_us
        outcome = stack.outbound(packet, interface.name, now_us)
        if outcome is PASS:
            return packet
        if type(outcome) is Protected:
            if stack.soft_expired:
                self._ask_for_rekey()
            return Reroute(outcome.packet)
        if isinstance(outcome, Acquire):
            self.world.drop(packet, self.node.name, Cause.NO_SA_PENDING)
            if self.core.profile.start_action == "trap":
                self.core.acquire(outcome.policy, outcome.selector, now_us)
                self._driver.pump()
            return None
        if isinstance(outcome, Discard):
            self.world.drop(packet, self.node.name, outcome.cause)
            self._ask_for_rekey()
            return None
        return packet

    def _too_large(self, packet: Packet, interface: Interface) -> bool:
        """Refuse, or fragment before encryption, a packet that would not fit once it is protected."""
        room = self.stack.too_big(packet, interface.name, interface.mtu)
        if room is not None:
            self.node.reject(packet, Cause.MTU_DF, UNREACHABLE, FRAGMENTATION_NEEDED, mtu=room)
            return True
        room = self.stack.fragment_before(packet, interface.name, interface.mtu)
        if room is None:
            return False
        parts = fragment(packet, room)
        self.world.divide(len(parts))
        for part in parts:
            protected = self._protect(part, interface)
            if isinstance(protected, Reroute):
                self.node.send(protected.packet)
        return True

    def _unprotect(self, packet: Packet, interface: Interface) -> None:
        """ESP or AH addressed to us."""
        now_us = self._clock.now_us
        outcome = self.stack.inbound(packet, now_us)
        if type(outcome) is Accepted:
            if self.stack.soft_expired:
                self._ask_for_rekey()
            self.node.process(outcome.packet, interface, decrypted=True)
            return
        assert isinstance(outcome, Discard)
        self.world.drop(packet, self.node.name, outcome.cause)
        if outcome.cause is Cause.INVALID_SPI:
            self.core.invalid_spi(packet.destination, packet.source, outcome.spi, now_us)
            self._driver.pump()

    def _learn_mtu(self, packet: Packet, interface: Interface) -> None:
        if isinstance(packet.payload, IcmpError):
            self.stack.learn_mtu(packet.payload)

    def _ask_for_rekey(self) -> None:
        """Tell IKE which SAs have nearly, or quite, used up their volume."""
        now_us = self.world.clock.now_us
        for uid in self.stack.soft_expired:
            self.core.soft_expired(uid, now_us)
        for uid in self.stack.hard_expired:
            self.core.hard_expired(uid, now_us)
        self.stack.soft_expired.clear()
        self.stack.hard_expired.clear()
        self._driver.pump()

    # --- IKE -----------------------------------------------------------------------------

    def _receive_nat_t(self, packet: Packet, interface: Interface) -> None:
        """UDP 4500 carries IKE behind four zero bytes, ESP without them, and keepalives (RFC 3948)."""
        if is_ipsec(packet):
            self._unprotect(packet, interface)
        elif packet.payload.size == UDP_HEADER + 1:
            self.world.deliver(packet)
        else:
            self._receive_ike(packet, interface)

    def _receive_ike(self, packet: Packet, interface: Interface) -> None:
        datagram = packet.payload
        if packet.destination not in self.settings.listening or not isinstance(datagram, UdpDatagram):
            self.world.drop(packet, self.node.name, Cause.PORT_CLOSED)
            return
        now_us = self.world.clock.now_us
        self._messages.arrived(packet, now_us)
        self.world.deliver(packet)
        self.core.receive(
            datagram.data,
            packet.destination,
            datagram.destination_port,
            packet.source,
            datagram.source_port,
            now_us,
        )
        self._driver.pump()

    def _handle(self, event: IkeEvent) -> None:
        """Carry out and write down one result of the IKE core."""
        match event:
            case SendDatagram():
                self._send(event)
            case IkeStarted():
                self._note_ike(event)
            case IkeUp():
                self._note_ike_up(event)
            case IkeDown():
                record = self._ike_records.pop(event.ike_id, None)
                if record is not None:
                    self._end(record, event.reason)
            case ChildUp():
                self._install(event.child, event.direction)
            case ChildDown():
                self._remove(event.child, event.reason)
            case DpdStep():
                self._note_dpd(event)
            case Stepped():
                self._note_step(event)
            case Notice():
                self._on_notice(self.node.name, event)

    def _send(self, event: SendDatagram) -> None:
        datagram = UdpDatagram(event.local_port, event.remote_port, event.data)
        packet = self.world.originate(Packet(event.local, event.remote, UDP, datagram))
        if not event.keepalive:
            if event.encrypted and event.cookies[0].hex() not in self.ike_keys:
                self._keep_key(event.cookies[0])
            self._key_log.message_sent(self.core, event.cookies[0], self.world.clock.now_us)
            self._messages.sent(packet, self.node.name, event, self.world.clock.now_us)
        self.node.send(packet)

    def _keep_key(self, cookie: bytes) -> None:
        """Keep the key that a capture's reader needs to open this IKE SA's messages."""
        for sa in self.core.ike_sas:
            if sa.cookie_i == cookie and sa.keys is not None:
                self.ike_keys[cookie.hex()] = sa.keys.cipher_key

    # --- writing down --------------------------------------------------------------------

    def _note_ike(self, event: IkeStarted) -> None:
        now_us = self.world.clock.now_us
        record = SaRecord(
            self.node.name, "ike", event.local, event.peer, event.ike_id, event.initiator, now_us
        )
        self._ike_records[event.ike_id] = record
        self.world.trace.sas.append(record)

    def _note_ike_up(self, event: IkeUp) -> None:
        record = self._ike_records[event.ike_id]
        record.up_us = self.world.clock.now_us
        record.id = b"".join(event.cookies).hex()
        record.ike_id = record.id
        record.transform = event.transform
        self.sessions_total += 1
        alive = sum(other.up_us is not None for other in self._ike_records.values())
        self.sessions_peak = max(self.sessions_peak, alive)

    def _install(self, child: ChildSa, direction: str) -> None:
        now_us = self.world.clock.now_us
        self.stack.install(child, direction, now_us)
        if not self.children_seen or self.children_seen[-1] is not child:
            self.children_seen.append(child)
            self._key_log.installed(child, now_us)
        ike = self._ike_records.get(child.ike_id)
        begun_us = self._begun(child, ike)
        for way, spi in (("in", child.inbound_spi), ("out", child.outbound_spi)):
            if direction not in ("both", way):
                continue
            record = SaRecord(
                node=self.node.name,
                kind=f"{child.protocol}-{way}",
                local=child.local,
                peer=child.peer,
                id=f"0x{spi:08x}",
                initiator=child.initiator,
                begun_us=begun_us,
                up_us=now_us,
                ike_id=ike.id if ike is not None else child.ike_id,
                selector=f"{child.selector.local} {child.selector.remote}",
                transform=child.transform.name,
            )
            self._child_records[child.uid, record.kind] = record
            self.world.trace.sas.append(record)

    def _begun(self, child: ChildSa, ike: SaRecord | None) -> int:
        """When the negotiation of a child began: the first one of an IKE SA began with phase 1."""
        first = ike is not None and not any(
            other.ike_id == ike.id
            for other in self.world.trace.sas
            if other.node == self.node.name and other.kind != "ike"
        )
        return (
            min(child.begun_us, ike.begun_us)
            if ike is not None and first and child.replaces is None
            else child.begun_us
        )

    def _remove(self, child: ChildSa, reason: str) -> None:
        self.stack.remove(child)
        for key in [
            key for key in self._child_records if key[0] == child.uid and key[1].startswith(child.protocol)
        ]:
            self._end(self._child_records.pop(key), reason)

    def _end(self, record: SaRecord, reason: str) -> None:
        record.down_us = self.world.clock.now_us
        record.reason = reason

    def _note_dpd(self, event: DpdStep) -> None:
        self.world.trace.dpd.append(
            DpdEvent(
                self.world.clock.now_us,
                self.node.name,
                event.peer,
                event.event,
                event.number,
                event.limit,
                event.heard_us,
                event.dead_us,
            )
        )

    def _note_step(self, event: Stepped) -> None:
        self.world.trace.states.append(
            StateChange(
                self.world.clock.now_us,
                self.node.name,
                event.machine,
                event.sa_id,
                event.before,
                event.symbol,
                event.action,
                event.after,
                event.legal,
                event.rule,
            )
        )
