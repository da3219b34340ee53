"""What an ASA logs about packets that died in it: IPsec's 4021xx, routing, translation, rules."""

from __future__ import annotations

from ipsec_edu.core.acl import Selector
from ipsec_edu.core.addr import format_ip
from ipsec_edu.core.causes import Cause
from ipsec_edu.net.kind import kind_of
from ipsec_edu.show.log_asa import net_words
from ipsec_edu.wire.packet import ICMP, UDP, Packet

__all__ = ["asa_drop"]

_PROTOCOLS = {1: "ICMP", 6: "TCP", 17: "UDP", 47: "GRE", 50: "ESP", 51: "AH"}


def asa_drop(cause: Cause, packet: Packet, ingress: str, egress: str) -> str | None:
    """Return the line about a packet that died; `ingress` and `egress` are nameifs (empty: unknown)."""
    source, destination = format_ip(packet.source), format_ip(packet.destination)
    name = _PROTOCOLS.get(packet.protocol, str(packet.protocol))
    _, spi, sequence = kind_of(packet)
    secured = "AH" if packet.protocol == 51 else "ESP"
    head = f"IPSEC: Received an {secured} packet (SPI= 0x{spi:08X}, sequence number= 0x{sequence:X})"
    route = f"from {source} (user= {source}) to {destination}"
    if cause is Cause.INVALID_SPI:
        return f"%ASA-4-402114: {head} from {source} to {destination} with an invalid SPI."
    if cause is Cause.CLEAR_MATCHES_SPD:
        text = f"IPSEC: Received a non-IPSec packet (protocol= {name})"
        return f"%ASA-4-402117: {text} from {source} to {destination}."
    if cause is Cause.REPLAY:
        return f"%ASA-4-402119: {head} {route} that failed anti-replay checking."
    if cause is Cause.BAD_ICV:
        return f"%ASA-4-402120: {head} {route} that failed authentication."
    if cause is Cause.SELECTOR_MISMATCH:
        return f"%ASA-4-402116: {head} {route}. {_mismatch(packet)}"
    return _firewall_drop(cause, packet, ingress or egress or "unknown", egress or ingress or "unknown")


def _mismatch(packet: Packet) -> str:
    """Return the second half of 402116: what was inside, and what should have been."""
    payload = getattr(packet.payload, "esp", packet.payload)
    inner, sa = getattr(payload, "inner", None), getattr(payload, "sa", None)
    text = "The decapsulated inner packet doesn't match the negotiated policy in the SA."
    if isinstance(inner, Packet):
        ends = f"destination as {format_ip(inner.destination)}, its source as {format_ip(inner.source)}"
        protocol = _PROTOCOLS.get(inner.protocol, str(inner.protocol)).lower()
        text += f" The packet specifies its {ends}, and its protocol as {protocol}."
    selector = getattr(getattr(sa, "child", None), "selector", None)
    if isinstance(selector, Selector):
        text += f" The SA specifies its local proxy as {net_words(selector.remote)}"
        text += f" and its remote_proxy as {net_words(selector.local)}."
    return text


def _ports(packet: Packet) -> tuple[int, int]:
    payload = packet.payload
    return getattr(payload, "source_port", 0), getattr(payload, "destination_port", 0)


def _firewall_drop(cause: Cause, packet: Packet, ingress: str, egress: str) -> str | None:
    """Return the line about a packet that routing, translation or a rule refused."""
    source, destination = format_ip(packet.source), format_ip(packet.destination)
    sport, dport = _ports(packet)
    name = _PROTOCOLS.get(packet.protocol, str(packet.protocol))
    kind = 8 if getattr(packet.payload, "request", True) else 0
    if cause is Cause.NO_ROUTE:
        text = f"{name} from {ingress}:{source}/{sport} to {egress}:{destination}/{dport}"
        return f"%ASA-6-110003: Routing failed to locate next hop for {text}"
    if cause is Cause.NAT_REWRITTEN:
        ends = f"src {ingress}:{source} dst {egress}:{destination}"
        if packet.protocol == ICMP:
            ends = f"icmp {ends} (type {kind}, code 0)"
        else:
            ends = f"{name.lower()} src {ingress}:{source}/{sport} dst {egress}:{destination}/{dport}"
        text = "Asymmetric NAT rules matched for forward and reverse flows; Connection for"
        return f"%ASA-5-305013: {text} {ends} denied due to NAT reverse path failure"
    if cause is Cause.ACL and packet.protocol == ICMP:
        ends = f"icmp src {ingress}:{source} dst {egress}:{destination} (type {kind}, code 0)"
        return f"%ASA-3-106014: Deny inbound {ends}"
    if cause is Cause.ACL and packet.protocol == UDP:
        ends = f"{source}/{sport} to {destination}/{dport} on interface {ingress}"
        return f"%ASA-2-106006: Deny inbound UDP from {ends}"
    if cause is Cause.ACL:
        ends = f"src {ingress}:{source} dst {egress}:{destination}"
        return f"%ASA-3-106010: Deny inbound protocol {packet.protocol} {ends}"
    if cause is Cause.PORT_CLOSED:
        text = f"{name} request discarded from {source}/{sport} to {ingress}:{destination}/{dport}"
        return f"%ASA-7-710005: {text}"
    return None
