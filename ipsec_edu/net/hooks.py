"""What can be hung on a node: the types of its hooks and handlers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ipsec_edu.net.interface import Interface
from ipsec_edu.wire.packet import Packet

__all__ = ["ForwardHook", "Handler", "InputHook", "LocalHook", "OutputHook", "Reroute"]


@dataclass(slots=True)  # not frozen: one is made per protected packet, and freezing makes that slow
class Reroute:
    """An output hook's wish: route `packet` anew (output hooks included)."""

    packet: Packet


InputHook = Callable[[Packet, Interface], Packet | None]
"""``hook(packet, interface)``: before anything else."""
ForwardHook = Callable[[Packet, Interface, Interface, bool], Packet | None]
"""``hook(packet, inbound, outbound, decrypted)``: a packet in transit, routed."""
OutputHook = Callable[[Packet, Interface], Packet | Reroute | None]
"""``hook(packet, interface)``: before a packet leaves, our own included."""
LocalHook = Callable[[Packet], Packet | None]
"""``hook(packet)``: a packet of our own, before routing."""
Handler = Callable[[Packet, Interface], object]
"""``handler(packet, interface)``: takes a packet addressed to the node and ends it."""
