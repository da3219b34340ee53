"""Packet filters: access lists on interfaces, and the stateful firewall of an ASA.

Both are hung on a node's hooks by whoever builds it::

    acl = AccessFilter(node, inbound={"GigabitEthernet0/1": acl})
    node.on_input.append(acl.check_input)
    node.on_forward.append(acl.check_forward)

    firewall = Firewall(node, inbound={...}, inspect_icmp=False)
    node.on_forward.append(firewall.check)         # before NAT: it sees real addresses

What is addressed to the ASA itself (IKE, ESP) never meets the firewall: that is why a
tunnel comes up without a line for it in the outside access list.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from ipsec_edu.core.acl import Acl
from ipsec_edu.core.causes import Cause
from ipsec_edu.core.units import SECOND
from ipsec_edu.net import unreachable
from ipsec_edu.net.interface import Interface
from ipsec_edu.net.kind import ports_of
from ipsec_edu.net.node import Node
from ipsec_edu.wire.icmp import Echo
from ipsec_edu.wire.packet import ICMP, UDP, Packet
from ipsec_edu.wire.udp import UdpDatagram

__all__ = ["ICMP_IDLE_US", "UDP_IDLE_US", "AccessFilter", "AclHits", "Firewall", "permits"]

UDP_IDLE_US = 120 * SECOND
"""ASA ``timeout udp 0:02:00``."""
ICMP_IDLE_US = 2 * SECOND
"""ASA ``timeout icmp 0:00:02``."""

Connection = tuple[int, int, int, int, int]
"""Protocol, source, its port, destination, its port, as the first packet had them."""


def _mirrored(connection: Connection) -> Connection:
    """Return the connection as packets of the other direction show it."""
    protocol, source, source_port, destination, destination_port = connection
    return protocol, destination, destination_port, source, source_port


AclHits = Counter[tuple[str, int]]
"""Packets by access list and number of the line that decided (from 0)."""


def permits(acl: Acl, packet: Packet, hits: AclHits | None = None) -> bool:
    """Tell whether `acl` lets `packet` pass; what no line mentions is denied."""
    entry = acl.lookup(packet.source, packet.destination, packet.protocol, *ports_of(packet))
    if entry is None:
        return False
    if hits is not None:
        hits[acl.name, acl.entries.index(entry)] += 1
    return entry.permit


class AccessFilter:
    """``ip access-group NAME in`` and ``out`` of a router.

    Parameters
    ----------
    node : Node
        The router.
    inbound, outbound : mapping
        Access list by interface name. ``out`` does not meet the router's own packets.
    """

    def __init__(
        self,
        node: Node,
        inbound: Mapping[str, Acl] | None = None,
        outbound: Mapping[str, Acl] | None = None,
    ) -> None:
        self._node = node
        self._inbound = dict(inbound or {})
        self._outbound = dict(outbound or {})
        self.hits: AclHits = Counter()

    def check_input(self, packet: Packet, interface: Interface) -> Packet | None:
        """Input hook: the interface's ``in`` list."""
        return self._check(self._inbound.get(interface.name), packet, interface)

    def check_forward(
        self, packet: Packet, inbound: Interface, outbound: Interface, decrypted: bool
    ) -> Packet | None:
        """Forward hook: the outgoing interface's ``out`` list."""
        return self._check(self._outbound.get(outbound.name), packet, outbound)

    def _check(self, acl: Acl | None, packet: Packet, interface: Interface) -> Packet | None:
        if acl is None or permits(acl, packet, self.hits):
            return packet
        kind, code = unreachable.UNREACHABLE, unreachable.ADMIN_PROHIBITED
        self._node.reject(packet, Cause.ACL, kind, code, where=interface.label)
        return None


class Firewall:
    """Security levels, access lists and connections of an ASA.

    A packet of a known connection passes. A first packet passes by the access list of the
    interface it came in by, or, without one, from a higher security level to a lower.

    Parameters
    ----------
    node : Node
        The ASA; its interfaces carry `security_level`.
    inbound, outbound : mapping
        ``access-group NAME in interface`` and ``out``: access list by interface name.
    permit_vpn : bool
        ``sysopt connection permit-vpn``: packets out of a tunnel need no permission.
    inspect_icmp : bool
        Whether an echo request lets its answer in (off by default, as on the device).
    same_security_inter, same_security_intra : bool
        ``same-security-traffic permit``: between equal levels; in and out by one interface.
    udp_idle_us, icmp_idle_us : int
        After which silence a connection is forgotten.
    """

    def __init__(
        self,
        node: Node,
        inbound: Mapping[str, Acl] | None = None,
        outbound: Mapping[str, Acl] | None = None,
        *,
        permit_vpn: bool = True,
        inspect_icmp: bool = False,
        same_security_inter: bool = False,
        same_security_intra: bool = False,
        udp_idle_us: int = UDP_IDLE_US,
        icmp_idle_us: int = ICMP_IDLE_US,
    ) -> None:
        self._node = node
        self._clock = node.world.clock
        self._inbound = dict(inbound or {})
        self._outbound = dict(outbound or {})
        self.hits: AclHits = Counter()
        self.permit_vpn = permit_vpn
        self.inspect_icmp = inspect_icmp
        self.same_security_inter = same_security_inter
        self.same_security_intra = same_security_intra
        self._idle_us = {UDP: udp_idle_us, ICMP: icmp_idle_us}
        self.connections: dict[Connection, int] = {}
        """When each connection was last used, in microseconds."""
        node.on_power.append(lambda up: self.connections.clear())

    def check(
        self, packet: Packet, inbound: Interface, outbound: Interface, decrypted: bool
    ) -> Packet | None:
        """Forward hook: pass the packet or drop it silently (an ASA sends no error)."""
        connection = self._connection(packet)
        if connection is not None and (self._refresh(connection) or self._refresh(_mirrored(connection))):
            return packet
        if not self._allowed(packet, inbound, outbound, decrypted):
            self._node.world.drop(packet, inbound.label, Cause.ACL)
            return None
        if connection is not None:
            self.connections[connection] = self._clock.now_us
        return packet

    def _connection(self, packet: Packet) -> Connection | None:
        """Return what the firewall would remember of this packet, None if nothing."""
        payload = packet.payload
        if type(payload) is UdpDatagram:  # what `ports_of` says, without the call: this is the common case
            return UDP, packet.source, payload.source_port, packet.destination, payload.destination_port
        if packet.protocol == UDP:
            source_port, destination_port = ports_of(packet)
            return UDP, packet.source, source_port, packet.destination, destination_port
        if self.inspect_icmp and isinstance(payload, Echo):
            side = (payload.identifier, 0) if payload.request else (0, payload.identifier)
            return ICMP, packet.source, side[0], packet.destination, side[1]
        return None

    def _refresh(self, connection: Connection) -> bool:
        """Note the use of a connection; False where there is none, or none any more."""
        used_us = self.connections.get(connection)
        if used_us is None:
            return False
        now_us = self._clock.now_us
        if now_us - used_us > self._idle_us[connection[0]]:
            del self.connections[connection]
            return False
        self.connections[connection] = now_us
        return True

    def _allowed(self, packet: Packet, inbound: Interface, outbound: Interface, decrypted: bool) -> bool:
        if decrypted and self.permit_vpn:
            return True
        if inbound is outbound and not self.same_security_intra:
            return False
        out = self._outbound.get(outbound.name)
        if out is not None and not permits(out, packet, self.hits):
            return False
        acl = self._inbound.get(inbound.name)
        if inbound is not outbound and inbound.security_level == outbound.security_level:
            return self.same_security_inter and (acl is None or permits(acl, packet, self.hits))
        if acl is not None:
            return permits(acl, packet, self.hits)
        return inbound is outbound or inbound.security_level > outbound.security_level
