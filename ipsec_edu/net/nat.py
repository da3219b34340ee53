"""Address translation: ASA twice NAT and interface PAT, IOS overload.

Hung on a node's hooks between routing and crypto::

    node.on_input.append(nat.untranslate)          # after the access list, before routing
    node.on_forward.append(nat.translate)          # after the firewall; the crypto map comes later

So on the way out the crypto map sees translated addresses (a missing exemption hides the packet from
the tunnel), and on the way in a packet out of a tunnel never meets `untranslate`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ipsec_edu.core.acl import Acl
from ipsec_edu.core.addr import Prefix
from ipsec_edu.core.causes import Cause
from ipsec_edu.core.units import SECOND
from ipsec_edu.net.filters import permits
from ipsec_edu.net.interface import Interface
from ipsec_edu.net.kind import ports_of
from ipsec_edu.net.node import Node
from ipsec_edu.wire.icmp import Echo
from ipsec_edu.wire.packet import ICMP, UDP, Packet
from ipsec_edu.wire.udp import UdpDatagram

__all__ = ["IDLE_US", "Nat", "Rule", "Translation"]

IDLE_US = {
    "asa": {UDP: 120 * SECOND, ICMP: 2 * SECOND},
    "ios": {UDP: 300 * SECOND, ICMP: 60 * SECOND},
}
"""Silence after which a translation is forgotten: the platforms' default timeouts."""

_DEFAULT_IDLE_US = IDLE_US["ios"]
_MEMORY_LIMIT = 4096


@dataclass(slots=True, eq=False)
class Rule:
    """One translation rule.

    Attributes
    ----------
    translate : bool
        True: source becomes the outgoing interface's address (PAT). False: the packet
        stays as it is (identity, exemption).
    section : int
        0 ``nat 0 access-list``, 1 twice NAT, 2 object NAT, 3 after-auto. The first match
        wins, by section, then by position.
    inside, outside : frozenset of str, or None
        Names of the interfaces between which it holds; None for any.
    source, destination : tuple of Prefix
        Which packets, seen from inside; empty for any.
    acl : Acl or None
        Further condition, seen from inside.
    text : str
        The configuration line.
    hits : int
        How many packets it was applied to.
    """

    translate: bool
    section: int
    inside: frozenset[str] | None = None
    outside: frozenset[str] | None = None
    source: tuple[Prefix, ...] = ()
    destination: tuple[Prefix, ...] = ()
    acl: Acl | None = None
    text: str = ""
    hits: int = 0

    def matches(self, packet: Packet, inside: Interface, outside: Interface) -> bool:
        """Tell whether the rule is for `packet` on its way from `inside` to `outside`."""
        return (
            (self.inside is None or inside.name in self.inside)
            and (self.outside is None or outside.name in self.outside)
            and (not self.source or any(prefix.contains(packet.source) for prefix in self.source))
            and (
                not self.destination
                or any(prefix.contains(packet.destination) for prefix in self.destination)
            )
            and (self.acl is None or permits(self.acl, packet))
        )


_Conversation = tuple[int, int, int, tuple[int, int] | None, Interface, Interface]
"""Source, destination, protocol, ports (where a rule asks for them), inbound, outbound."""
_Decision = tuple[Rule | None, bool]


@dataclass(slots=True)
class Translation:
    """One entry of the table: an inside address and port, and what the outside sees instead."""

    protocol: int
    local: int
    local_port: int
    """UDP port, or identifier of an echo."""
    mapped: int
    mapped_port: int
    interface: str
    used_us: int
    hits: int = 0
    rule: Rule | None = None


class Nat:
    """The translation table of one device.

    Parameters
    ----------
    node : Node
        The device.
    rules : sequence of Rule
        In the order of the configuration.
    reverse_check : bool
        ASA: refuse a packet from outside whose answer would be translated. Default: on an ASA only.
    on_asymmetric : callable, optional
        ``on_asymmetric(packet, inbound, outbound)`` when that happens (for ``%ASA-5-305013``).

    Notes
    -----
    A packet that must be translated but has no ports (ESP, AH, GRE) is dropped with
    ``nat_rewritten``. ICMP errors about translated packets are not translated back.
    """

    def __init__(
        self,
        node: Node,
        rules: list[Rule] | tuple[Rule, ...],
        *,
        reverse_check: bool | None = None,
        on_asymmetric: Callable[[Packet, Interface, Interface], object] | None = None,
    ) -> None:
        self._node = node
        self.rules = tuple(sorted(rules, key=lambda rule: rule.section))
        self._ports_count = any(rule.acl is not None for rule in rules)
        self._decisions: dict[_Conversation, _Decision] = {}
        self.reverse_check = node.platform == "asa" if reverse_check is None else reverse_check
        self._on_asymmetric = on_asymmetric
        self._idle_us = IDLE_US.get(node.platform, _DEFAULT_IDLE_US)
        self._by_local: dict[tuple[int, int, int, str], Translation] = {}
        self._by_mapped: dict[tuple[int, int, int], Translation] = {}
        node.on_power.append(lambda up: self.clear())

    @property
    def translations(self) -> list[Translation]:
        """The entries that are still alive, oldest first."""
        return [entry for entry in self._by_local.values() if self._alive(entry)]

    def clear(self) -> None:
        """Forget all translations."""
        self._by_local.clear()
        self._by_mapped.clear()

    def find(self, packet: Packet, inside: Interface, outside: Interface) -> Rule | None:
        """Return the rule for a packet on its way from `inside` to `outside`, or None."""
        for rule in self.rules:
            if rule.matches(packet, inside, outside):
                return rule
        return None

    def translate(
        self, packet: Packet, inbound: Interface, outbound: Interface, decrypted: bool
    ) -> Packet | None:
        """Forward hook: give the packet its outside source, or refuse a lopsided one."""
        ports = ports_of(packet) if self._ports_count else None
        key = (packet.source, packet.destination, packet.protocol, ports, inbound, outbound)
        rule, answer_translated = self._decisions.get(key) or self._decide(key, packet, inbound, outbound)
        if answer_translated and self.reverse_check and not self._translated_before(packet, inbound):
            self._node.world.drop(packet, self._node.name, Cause.NAT_REWRITTEN)
            if self._on_asymmetric is not None:
                self._on_asymmetric(packet, inbound, outbound)
            return None
        if rule is None:
            return packet
        rule.hits += 1
        if not rule.translate:
            return packet
        port = _inside_port(packet)
        if port is None or outbound.address is None:
            self._node.world.drop(packet, self._node.name, Cause.NAT_REWRITTEN)
            return None
        entry = self._entry(packet, port, outbound, outbound.address, rule)
        return _rewrite(packet, source=entry.mapped, source_port=entry.mapped_port)

    def untranslate(self, packet: Packet, interface: Interface) -> Packet | None:
        """Input hook: give a packet for a translated address its inside destination."""
        if not self._by_mapped:
            return packet
        port = _outside_port(packet)
        if port is None:
            return packet
        entry = self._by_mapped.get((packet.protocol, packet.destination, port))
        if entry is None or entry.interface != interface.name or not self._alive(entry):
            return packet
        self._use(entry)
        return _rewrite(packet, destination=entry.local, destination_port=entry.local_port)

    def _decide(
        self, key: _Conversation, packet: Packet, inbound: Interface, outbound: Interface
    ) -> _Decision:
        """Return the rule for a packet, and whether its answer would meet a rule that translates.

        The rules never change, so the packets of one conversation share the decision.
        """
        answer = packet.copy()
        answer.source, answer.destination = packet.destination, packet.source
        back = self.find(answer, outbound, inbound)
        decision = self.find(packet, inbound, outbound), back is not None and back.translate
        if len(self._decisions) >= _MEMORY_LIMIT:
            self._decisions.clear()
        self._decisions[key] = decision
        return decision

    def _translated_before(self, packet: Packet, inbound: Interface) -> bool:
        """Tell whether this packet answers one that was translated on its way out."""
        port = _outside_port(packet)
        entry = self._by_local.get((packet.protocol, packet.destination, port or 0, inbound.name))
        return entry is not None and self._alive(entry)

    def _entry(self, packet: Packet, port: int, outbound: Interface, mapped: int, rule: Rule) -> Translation:
        """Return the translation of the packet's source, a new one if need be."""
        key = (packet.protocol, packet.source, port, outbound.name)
        entry = self._by_local.get(key)
        if entry is None or not self._alive(entry):
            if entry is not None:
                self._remove(entry)
            mapped_port = self._free_port(packet.protocol, mapped, port)
            entry = Translation(
                packet.protocol, packet.source, port, mapped, mapped_port, outbound.name, 0, 0, rule
            )
            self._by_local[key] = entry
            self._by_mapped[entry.protocol, mapped, mapped_port] = entry
        self._use(entry)
        return entry

    def _free_port(self, protocol: int, mapped: int, wanted: int) -> int:
        """Return the wanted port, or the next one that is not taken (as both platforms do).

        UDP ports on which the device itself listens (IKE) are taken.
        """
        for step in range(65536):
            port = (wanted + step) % 65536
            if protocol == UDP and port in self._node.udp:
                continue
            taken = self._by_mapped.get((protocol, mapped, port))
            if taken is None:
                return port
            if not self._alive(taken):
                self._remove(taken)
                return port
        raise AssertionError("65536 translations of one address are alive")

    def _remove(self, entry: Translation) -> None:
        del self._by_mapped[entry.protocol, entry.mapped, entry.mapped_port]
        del self._by_local[entry.protocol, entry.local, entry.local_port, entry.interface]

    def _alive(self, entry: Translation) -> bool:
        return self._node.world.clock.now_us - entry.used_us <= self._idle_us[entry.protocol]

    def _use(self, entry: Translation) -> None:
        entry.used_us = self._node.world.clock.now_us
        entry.hits += 1


def _inside_port(packet: Packet) -> int | None:
    """Return what tells the sender's conversations apart: source port, or echo identifier."""
    payload = packet.payload
    if isinstance(payload, Echo):
        return payload.identifier
    return payload.source_port if isinstance(payload, UdpDatagram) else None


def _outside_port(packet: Packet) -> int | None:
    """Return the same of a packet that comes back."""
    payload = packet.payload
    if isinstance(payload, Echo):
        return None if payload.request else payload.identifier
    return payload.destination_port if isinstance(payload, UdpDatagram) else None


def _rewrite(
    packet: Packet,
    *,
    source: int | None = None,
    source_port: int = 0,
    destination: int | None = None,
    destination_port: int = 0,
) -> Packet:
    """Change source, or destination, of a packet; payloads are shared, so they are made anew."""
    payload = packet.payload
    if isinstance(payload, Echo):
        identifier = source_port if source is not None else destination_port
        packet.payload = payload.with_identifier(identifier)
    elif isinstance(payload, UdpDatagram):
        packet.payload = payload.with_ports(
            payload.source_port if source is None else source_port,
            payload.destination_port if destination is None else destination_port,
        )
    packet.source = packet.source if source is None else source
    packet.destination = packet.destination if destination is None else destination
    return packet
