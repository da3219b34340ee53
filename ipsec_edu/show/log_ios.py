"""What an IOS router logs: mnemonics and wordings of its system messages, as data.

IOS says little without ``debug``: a mismatch in phase 1 is one line that names the mode, a
peer that does not answer none at all. ``%CRYPTO-5-SESSION_STATUS`` needs ``crypto logging
session`` on a real router; here it is taken as given, because the reader needs it.
"""

from __future__ import annotations

from collections.abc import Mapping

from ipsec_edu.core.acl import Selector
from ipsec_edu.core.addr import Prefix, format_ip
from ipsec_edu.core.causes import Cause
from ipsec_edu.net.kind import kind_of
from ipsec_edu.wire.packet import Packet

__all__ = ["ios_drop", "ios_notice", "ios_port"]

_MODE = "%CRYPTO-6-IKMP_MODE_FAILURE: Processing of {mode} mode failed with peer at {peer}"
_BAD = "%CRYPTO-4-IKMP_BAD_MESSAGE: IKE message from {peer} failed its sanity check or is malformed"
_STATUS = "%CRYPTO-5-SESSION_STATUS: Crypto tunnel is {status}.  Peer {peer}:500       Id: {peer}"

_LINES: dict[str, tuple[str, str]] = {
    "phase1_no_proposal": (_MODE, "Main"),
    "phase1_refused": (_MODE, "Informational"),
    "no_key_for_peer": (_MODE, "Main"),
    "psk_mismatch_suspected": (_BAD, ""),
    "authentication_failed": (
        "%CRYPTO-6-IKMP_AUTH_FAIL: Authentication method 1 failed with host {peer}",
        "",
    ),
    "identity_mismatch": (_MODE, "Main"),
    "malformed": (_BAD, ""),
    "phase2_no_proposal": (_MODE, "Quick"),
    "pfs_required": (_MODE, "Quick"),
    "phase2_no_selector": (_MODE, "Quick"),
    "phase2_refused": (_MODE, "Informational"),
    "phase2_up": (_STATUS, "UP  "),
    "phase2_down": (_STATUS, "DOWN"),
    "unknown_cookie": (
        "%CRYPTO-4-IKMP_NO_SA: IKE message from {peer} has no SA and is not an initialization offer",
        "",
    ),
    "unauthenticated_ignored": (
        "%CRYPTO-6-IKMP_NOT_ENCRYPTED: IKE packet from {peer} was not encrypted and it should've been.",
        "",
    ),
}
"""``code -> (template, its one variable word)``; a code that is not here is not logged."""


def ios_notice(code: str, peer: int, details: Mapping[str, object]) -> list[str]:
    """Return the lines that a notice of the IKE core becomes (none or one)."""
    renewed = details.get("rekey") is True or details.get("reason") in ("rekeyed", "replaced", "crash")
    if code not in _LINES or (code in ("phase2_up", "phase2_down") and renewed):
        return []
    template, word = _LINES[code]
    return [template.format(peer=format_ip(peer), mode=word, status=word)]


def _net(prefix: Prefix) -> str:
    return f"{format_ip(prefix.network)}/{format_ip(prefix.mask)}/0/0"


def ios_drop(cause: Cause, packet: Packet, interface: str, conn_id: int) -> str | None:
    """Return the line about a packet that died, or None where IOS only counts."""
    source, destination = format_ip(packet.source), format_ip(packet.destination)
    inside = getattr(packet.payload, "esp", packet.payload)
    _, spi, sequence = kind_of(packet)
    if cause is Cause.INVALID_SPI:
        text = f"decaps: rec'd IPSEC packet has invalid spi for destaddr={destination}"
        where = f", input interface={interface}" if interface else ""
        number = f"prot={packet.protocol}, spi=0x{spi:X}({spi}), srcaddr={source}"
        return f"%CRYPTO-4-RECVD_PKT_INV_SPI: {text}, {number}{where}"
    if cause is Cause.CLEAR_MATCHES_SPD:
        text = f"(ip) vrf/dest_addr= /{destination}, src_addr= {source}, prot= {packet.protocol}"
        return f"%CRYPTO-4-RECVD_PKT_NOT_IPSEC: Rec'd packet not an IPSEC packet. {text}"
    if cause is Cause.REPLAY:
        text = f"decrypt: replay check failed connection id={conn_id}, sequence number={sequence}"
        return f"%CRYPTO-4-PKT_REPLAY_ERR: {text}"
    if cause is Cause.BAD_ICV:
        text = f"decrypt: mac verify failed for connection id={conn_id}"
        return f"%CRYPTO-4-RECVD_PKT_MAC_ERR: {text} local={destination} remote={source} spi={spi:08X}"
    if cause is Cause.SELECTOR_MISMATCH:
        return f"%CRYPTO-4-RECVD_PKT_INV_IDENTITY: {_identity(packet, inside)}"
    return None


def _identity(packet: Packet, payload: object) -> str:
    """Return what was inside, and what the SA allows."""
    inner, sa = getattr(payload, "inner", None), getattr(payload, "sa", None)
    text = "identity doesn't match negotiated identity"
    if isinstance(inner, Packet):
        ends = f"dest_addr= {format_ip(inner.destination)}, src_addr= {format_ip(inner.source)}"
        text += f" (ip) {ends}, prot= {inner.protocol}"
    selector = getattr(getattr(sa, "child", None), "selector", None)
    if isinstance(selector, Selector):
        ends = f"local={format_ip(packet.destination)}, remote={format_ip(packet.source)}"
        text += f" (ident) {ends}, local_proxy={_net(selector.remote)}, remote_proxy={_net(selector.local)}"
    return text


def ios_port(name: str, up: bool, admin: bool) -> list[str]:
    """Return the lines about an interface that came or went; `admin`: by ``shutdown``."""
    state = "up" if up else "down"
    line = f"%LINEPROTO-5-UPDOWN: Line protocol on Interface {name}, changed state to {state}"
    if admin and not up:
        return [f"%LINK-5-CHANGED: Interface {name}, changed state to administratively down", line]
    return [f"%LINK-3-UPDOWN: Interface {name}, changed state to {state}", line]
