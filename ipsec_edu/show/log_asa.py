"""What an ASA logs: message numbers and wordings of its syslog guide, as data.

A notice of the IKE core becomes no line, one or several. In a template ``{group}`` is
``Group = A, IP = A`` (phase 1 knows whom it talks to) and ``{ip}`` is ``IP = A`` (it does not
yet). Messages 713902 to 713906 carry free text; theirs is taken from published logs of
8.4 and later, and is the part of this file that releases differ in.
"""

from __future__ import annotations

from collections.abc import Mapping

from ipsec_edu.core.acl import Selector
from ipsec_edu.core.addr import Prefix, format_ip
from ipsec_edu.ike.settings import IkePolicy
from ipsec_edu.show.words import asa_duration

__all__ = ["asa_notice", "asa_port", "net_words"]

_QM_ERROR = (
    "%ASA-3-713902: {group}, QM FSM error (P2 struct &0x0, mess id 0x{message_id:08x})!",
    "%ASA-3-713902: {group}, Removing peer from correlator table failed, no match!",
)

_LINES: dict[str, tuple[str, ...]] = {
    "phase1_no_proposal": (
        "%ASA-5-713904: {ip}, All SA proposals found unacceptable",
        "%ASA-3-713048: {ip}, Error processing payload: Payload ID: 1",
    ),
    "phase1_refused": (
        "%ASA-5-713904: {ip}, Received an un-encrypted {notify_words} notify message, dropping",
        "%ASA-4-713903: {ip}, Information Exchange processing failed",
    ),
    "unauthenticated_ignored": (
        "%ASA-5-713904: {ip}, Received an un-encrypted {notify_words} notify message, dropping",
        "%ASA-4-713903: {ip}, Information Exchange processing failed",
    ),
    "no_key_for_peer": (
        "%ASA-3-713138: {ip}, Group {peer} not found and BASE GROUP default preshared key not configured",
    ),
    "psk_mismatch_suspected": (
        "%ASA-5-713904: {group}, Received encrypted Oakley Main Mode packet "
        "with invalid payloads, MessID = 0",
        "%ASA-3-713902: {group}, ERROR, had problems decrypting packet, "
        "probably due to mismatched pre-shared key.  Aborting",
    ),
    "authentication_failed": (
        "%ASA-3-713902: {group}, ERROR, hash of message {number} does not match, "
        "probably due to mismatched pre-shared key.  Aborting",
    ),
    "identity_mismatch": (
        "%ASA-3-713022: {ip}, No Group found matching {received} for Pre-shared key peer {peer}",
    ),
    "nat_detected": (
        "%ASA-6-713172: {group}, Automatic NAT Detection Status:     "
        "Remote end {remote} behind a NAT device     This   end {here} behind a NAT device",
    ),
    "phase1_up": ("%ASA-5-713119: {group}, PHASE 1 COMPLETED",),
    "phase1_failed": (
        "%ASA-3-713902: {ip}, Removing peer from peer table failed, no match!",
        "%ASA-4-713903: {ip}, Error: Unable to remove PeerTblEntry",
    ),
    "half_open_dropped": (
        "%ASA-3-713276: {ip}, Dropping new negotiation - "
        "IKEv1 in-negotiation context limit of {limit} reached",
    ),
    "phase2_no_proposal": (
        "%ASA-5-713904: {group}, All IPSec SA proposals found unacceptable!",
        *_QM_ERROR,
    ),
    "pfs_required": ("%ASA-5-713904: {group}, All IPSec SA proposals found unacceptable!", *_QM_ERROR),
    "phase2_no_selector": (
        "%ASA-3-713061: {group}, Rejecting IPSec tunnel: no matching crypto map entry for "
        "remote proxy {remote_proxy} local proxy {local_proxy} on interface {interface}",
        *_QM_ERROR,
    ),
    "phase2_refused": ("%ASA-5-713068: {group}, Received non-routine Notify message: {notify_said}",),
    "notify_received": ("%ASA-5-713068: {group}, Received non-routine Notify message: {notify_said}",),
    "session_torn_down": ("%ASA-5-713259: {group}, Session is being torn down. Reason: {reason_words}",),
    "phase1_down": (
        "%ASA-4-113019: Group = {peer}, Username = {peer}, IP = {peer}, Session disconnected. "
        "Session Type: LAN-to-LAN,{measured} Reason: {reason_words}",
    ),
    "phase2_up": (
        "%ASA-5-713049: {group}, Security negotiation complete for LAN-to-LAN Group ({peer})  {role}, "
        "Inbound SPI = 0x{inbound_spi:08x}, Outbound SPI = 0x{outbound_spi:08x}",
        "%ASA-5-713120: {group}, PHASE 2 COMPLETED (msgid={message_id:08x})",
    ),
    "phase2_down": (
        "%ASA-5-713050: {group}, Connection terminated for peer {peer}.  Reason: {end_words}  "
        "Remote Proxy {remote_net}, Local Proxy {local_net}",
    ),
    "duplicate_packet": ("%ASA-5-713201: {group}, Duplicate {which} packet detected.  {answer}",),
    "unknown_cookie": ("%ASA-5-713904: {ip}, Received encrypted packet with no matching SA, dropping",),
    "not_listening": ("%ASA-7-710005: UDP request discarded from {peer}/500 to {local}/500",),
    "invalid_spi_received": ("%ASA-7-713117: {group}, Received Invalid SPI notify (SPI 0x{spi:08X})!",),
    "dpd_dead": (
        "%ASA-3-713123: {group}, IKE lost contact with remote peer, deleting connection "
        "(keepalive type: DPD)",
    ),
}
"""``code -> templates``; a code that is not here is not logged."""

_NOTIFIES = {
    "NO-PROPOSAL-CHOSEN": "No proposal chosen (14)",
    "INVALID-ID-INFORMATION": "Invalid ID info (18)",
    "PAYLOAD-MALFORMED": "Payload malformed (16)",
    "AUTHENTICATION-FAILED": "Authentication failed (24)",
    "INVALID-SPI": "Invalid SPI (11)",
}
_TORN_DOWN = {
    "no-selector": "crypto map policy not found",
    "INVALID-ID-INFORMATION": "crypto map policy not found",
    "no-proposal": "Phase 2 Mismatch",
    "NO-PROPOSAL-CHOSEN": "Phase 2 Mismatch",
    "dpd": "Lost Service",
    "delete": "User Requested",
    "cleared": "Administrator Reset",
    "expired": "Max time exceeded",
    "failed": "Phase 2 Error",
    "invalid-spi": "Peer Reconnected",
}
_ENDED = {
    "delete": "Peer Terminate",
    "dpd": "Session Error Terminated",
    "expired": "IPsec SA Max Time Exceeded",
    "cleared": "Administrator Reset",
}
_SILENT = {
    "phase1_down": {"rekeyed", "replaced", "crash"},
    "phase2_down": {"rekeyed", "replaced", "crash"},
}
"""Ends that are no event to the reader of the log."""
_CLASSES = {
    "encryption": ("Encryption Algorithm", "Encryption algorithm"),
    "hash": ("Hash Algorithm", "Hash algorithm"),
    "group": ("Group Description", "Group"),
    "authentication": ("Auth Method", "Auth method"),
    "lifetime": ("Life Duration", "Life duration"),
}


def asa_notice(code: str, peer: int, details: Mapping[str, object]) -> list[str]:
    """Return the lines that a notice of the IKE core becomes."""
    if code not in _LINES or details.get("reason") in _SILENT.get(code, ()):
        return []
    lines = [template.format_map(_fields(code, peer, details)) for template in _LINES[code]]
    return _mismatches(peer, details) + lines if code == "phase1_no_proposal" else lines


def _mismatches(peer: int, details: Mapping[str, object]) -> list[str]:
    """Return a line per attribute in which the offer differs from what we want."""
    offered, wanted, differs = details["offered"], details["wanted"], details["differs"]
    lines = []
    for name in differs if isinstance(differs, list | tuple | set | frozenset) else ():
        title, _ = _CLASSES.get(str(name), (str(name), ""))
        said = [_attribute(each, str(name)) for each in (offered, wanted)]
        text = f"Mismatched attribute types for class {title}:  Rcv'd: {said[0]}  Cfg'd: {said[1]}"
        lines.append(f"%ASA-7-713906: IP = {format_ip(peer)}, Phase 1 failure:  {text}")
    return lines


def _attribute(policy: object, name: str) -> str:
    """Return one attribute of a phase-1 policy in the words of the mismatch line."""
    if not isinstance(policy, IkePolicy):
        return "Unknown"
    if name == "encryption":
        return f"{policy.encryption.upper()}-CBC" + (f"-{policy.key_bits}" if policy.key_bits else "")
    if name == "hash":
        return {"sha1": "SHA"}.get(policy.hash, policy.hash.upper())
    if name == "group":
        return f"Group {policy.group}"
    if name == "authentication":
        return "Preshared Key" if policy.authentication == "pre-share" else "RSA signature"
    return f"{policy.lifetime_s} seconds"


def net_words(value: object) -> str:
    """Return ``192.168.1.0/255.255.255.0/0/0`` for a prefix."""
    if isinstance(value, Prefix):
        return f"{format_ip(value.network)}/{format_ip(value.mask)}/0/0"
    return str(value)


def _fields(code: str, peer: int, details: Mapping[str, object]) -> dict[str, object]:
    """Return everything that a template may name."""
    name = format_ip(peer)
    reason = str(details.get("torn_down") or details.get("reason", ""))
    notify = str(details.get("notify", ""))
    selector, local, inside = details.get("selector"), details.get("local"), details.get("inside")
    known = _TORN_DOWN.get(reason, "Phase 2 Error" if code == "session_torn_down" else "Unknown")
    nets = ("0.0.0.0", "0.0.0.0")
    if isinstance(selector, Selector):
        nets = (format_ip(selector.local.network), format_ip(selector.remote.network))
    fields: dict[str, object] = {
        "answer": "Retransmitting last packet."
        if details.get("answered")
        else "No last packet to retransmit.",
        "end_words": _ENDED.get(reason, "Session Disconnected"),
        "group": f"Group = {name}, IP = {name}",
        "here": "IS" if inside in ("us", "both") else "is NOT",
        "interface": details.get("interface", "OUTSIDE"),
        "ip": f"IP = {name}",
        "local_net": nets[0],
        "local_proxy": net_words(local),
        "measured": _measured(details),
        "message_id": details.get("message_id", 0),
        "notify_said": _NOTIFIES.get(notify, notify),
        "notify_words": notify.replace("-", "_"),
        "peer": name,
        "reason_words": known,
        "remote": "IS" if inside in ("peer", "both") else "is NOT",
        "remote_net": nets[1],
        "remote_proxy": net_words(details.get("remote")),
        "role": "Initiator" if details.get("initiator") else "Responder",
        "which": "Phase 2" if details.get("exchange") == "quick" else "Phase 1",
    }
    fields |= {key: value for key, value in details.items() if key not in fields}
    if code == "not_listening" and isinstance(local, int):
        fields["local"] = format_ip(local)
    return fields


def _measured(details: Mapping[str, object]) -> str:
    """Return length and bytes of a session where the caller measured them."""
    span = details.get("duration_us")
    if not isinstance(span, int):
        return ""
    sent, received = details.get("bytes_out", 0), details.get("bytes_in", 0)
    return f" Duration: {asa_duration(span)}, Bytes xmt: {sent}, Bytes rcv: {received},"


def asa_port(name: str, nameif: str | None, up: bool) -> list[str]:
    """Return the lines about an interface that came or went: the hardware name and the logical one."""
    number, state = (411001, "up") if up else (411002, "down")
    return [
        f"%ASA-4-{number}: Line protocol on Interface {each}, changed state to {state}"
        for each in (name, nameif)
        if each
    ]
