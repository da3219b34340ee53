"""The end of a packet's way: what a node does with one that is addressed to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipsec_edu.core.causes import Cause
from ipsec_edu.core.errors import WireError
from ipsec_edu.net import unreachable
from ipsec_edu.net.kind import reread
from ipsec_edu.wire.icmp import Echo, IcmpError
from ipsec_edu.wire.packet import DECODERS, ICMP, UDP, Packet, RawPayload

if TYPE_CHECKING:
    from ipsec_edu.net.interface import Interface
    from ipsec_edu.net.node import Node
    from ipsec_edu.net.reassembly import Reassembler

__all__ = ["deliver"]

_MULTICAST = 0xE0000000


def deliver(node: Node, packet: Packet, interface: Interface, reassembler: Reassembler) -> None:
    """Hand a packet for this node, whole again, to whoever handles its protocol."""
    if packet.fragment or packet.more_fragments:
        whole = reassembler.take(packet)
        if whole is None:
            return
        packet = whole
    if packet.raw is not None or (type(packet.payload) is RawPayload and packet.protocol in DECODERS):
        try:
            packet = reread(packet)
        except WireError:
            node.world.drop(packet, node.name, Cause.MALFORMED)
            return
    handler = node.protocols.get(packet.protocol)
    if handler is not None:
        handler(packet, interface)
    elif packet.protocol == ICMP:
        _icmp(node, packet, interface)
    elif packet.protocol == UDP:
        _udp(node, packet, interface)
    elif packet.destination >= _MULTICAST:
        node.world.deliver(packet)  # a copy for a group that nobody here has joined is no loss
    else:
        node.reject(packet, Cause.PORT_CLOSED, unreachable.UNREACHABLE, unreachable.PROTOCOL_UNREACHABLE)


def _udp(node: Node, packet: Packet, interface: Interface) -> None:
    handler = node.udp.get(getattr(packet.payload, "destination_port", -1))
    if handler is not None:
        handler(packet, interface)
    elif packet.destination >= _MULTICAST:
        node.world.deliver(packet)
    else:
        node.reject(packet, Cause.PORT_CLOSED, unreachable.UNREACHABLE, unreachable.PORT_UNREACHABLE)


def _icmp(node: Node, packet: Packet, interface: Interface) -> None:
    """Answer an echo request; take an answer or an error."""
    payload, world = packet.payload, node.world
    if isinstance(payload, Echo) and payload.request:
        if not node.echo_replies:
            world.drop(packet, node.name, Cause.ACL)
            return
        world.deliver(packet)
        source = packet.destination if node.owns(packet.destination) else node.source_for(interface)
        answer = Packet(source, packet.source, ICMP, payload.reply())
        answer.tos = packet.tos
        answer.dont_fragment = packet.dont_fragment
        node.send(world.answer(answer, packet))
        return
    world.deliver(packet)
    handlers = node.on_icmp_error if isinstance(payload, IcmpError) else node.on_echo_reply
    for handler in handlers:
        handler(packet, interface)
