"""Unicast reverse-path forwarding: a packet passes where its source could be reached (RFC 3704, 2.2).

Providers filter spoofed sources so; a site that sends by its second provider with the first one's address is
filtered, too::

    check = ReversePath(node, {"Ethernet0/1": ("rx", False)})
    node.on_input.append(check.check_input)
"""

from __future__ import annotations

from collections.abc import Mapping

from ipsec_edu.core.causes import Cause
from ipsec_edu.net.interface import Interface
from ipsec_edu.net.node import Node
from ipsec_edu.wire.packet import Packet

__all__ = ["ReversePath"]

_DEPTH = 8
"""How often next hops are resolved through other routes."""


class ReversePath:
    """``ip verify unicast source reachable-via`` of a router.

    Parameters
    ----------
    node : Node
        The router.
    checked : mapping
        By interface name: ``rx`` (the way back is this interface) or ``any`` (there is a way back), and
        whether a default route counts as one.
    """

    def __init__(self, node: Node, checked: Mapping[str, tuple[str, bool]]) -> None:
        self._node = node
        self._checked = dict(checked)
        self.drops: dict[str, int] = dict.fromkeys(checked, 0)
        """Packets dropped, by interface."""

    def check_input(self, packet: Packet, interface: Interface) -> Packet | None:
        """Input hook: pass the packet or drop it silently."""
        rule = self._checked.get(interface.name)
        if rule is None:
            return packet
        mode, default = rule
        ways = self._ways_back(packet.source, default)
        if interface.name in ways or (mode == "any" and ways):
            return packet
        self.drops[interface.name] += 1
        self._node.world.drop(packet, interface.label, Cause.ACL)
        return None

    def _ways_back(self, source: int, default: bool) -> set[str]:
        """Return the interfaces by which packets to `source` may leave, all equal paths."""
        rib = self._node.rib
        ways: set[str] = set()
        addresses, first = {source}, True
        for _ in range(_DEPTH):
            further: set[int] = set()
            for address in addresses:
                best = rib.match(address)
                if best is None or (first and best.prefix.length == 0 and not default):
                    continue
                for route in rib.all_of(best.prefix):
                    if route.interface is not None:
                        ways.add(route.interface)
                    elif route.next_hop is not None:
                        further.add(route.next_hop)
            addresses, first = further, False
        return {name for name in ways if not name.startswith("Null")}
