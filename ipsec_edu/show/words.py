"""The vendor's words for algorithms, addresses and times: small functions, no layout.

The same cipher has four names on two platforms (configuration, SA listing, session table,
phase 1), and the teaching value of a `show` text is that it has the right one.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from ipsec_edu.core.acl import Selector
from ipsec_edu.core.addr import Prefix, format_ip
from ipsec_edu.core.units import SECOND
from ipsec_edu.ike.settings import TransformSet

__all__ = [
    "CLOCK_START",
    "age",
    "asa_duration",
    "asa_ike_cipher",
    "asa_session_cipher",
    "asa_session_hash",
    "asa_transform",
    "clock_text",
    "ios_transform",
    "ipsec_overhead",
    "iv_bytes",
    "log_stamp",
    "mask",
    "plaintext_mtu",
    "proxy",
    "short_interface",
    "uptime_words",
    "wall",
    "wildcard",
]

CLOCK_START = datetime(2026, 1, 5)
"""What every device's clock shows at simulated time 0: midnight, so that the time of day is the time axis."""


def wall(now_us: int) -> datetime:
    """Return the device's clock at a simulated time."""
    return CLOCK_START + timedelta(microseconds=now_us)


def clock_text(now_us: int) -> str:
    """Return ``00:01:05.250 UTC Mon Jan 5 2026``, as ``show clock`` and login times have it."""
    at = wall(now_us)
    return f"{at:%H:%M:%S}.{at.microsecond // 1000:03d} UTC {at:%a %b} {at.day} {at.year}"


def log_stamp(platform: str, at_us: int) -> str:
    """Return the time stamp in front of a log line (IOS with milliseconds, ASA with the year)."""
    at = wall(at_us)
    if platform == "asa":
        return f"{at:%b %d %Y %H:%M:%S}"
    return f"*{at:%b} {at.day:2d} {at:%H:%M:%S}.{at.microsecond // 1000:03d}"


def age(span_us: int) -> str:
    """Return how IOS writes an age: ``00:01:05``, ``1d02h``, ``3w2d``."""
    seconds = max(0, span_us) // SECOND
    days, rest = divmod(seconds, 86400)
    if days < 1:
        return f"{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"
    if days < 7:
        return f"{days}d{rest // 3600:02d}h"
    return f"{days // 7}w{days % 7}d"


def asa_duration(span_us: int) -> str:
    """Return how an ASA writes a session's length: ``0h:02m:06s``, ``1d 2h:00m:00s``."""
    seconds = max(0, span_us) // SECOND
    days, rest = divmod(seconds, 86400)
    text = f"{rest // 3600}h:{rest // 60 % 60:02d}m:{rest % 60:02d}s"
    return f"{days}d {text}" if days else text


def short_interface(name: str) -> str:
    """Return ``Gi0/1`` for ``GigabitEthernet0/1``: two letters, as the narrow tables of IOS have it."""
    letters = re.match(r"[A-Za-z-]+", name)
    return name if letters is None else name[:2] + name[letters.end() :]


def uptime_words(span_us: int, platform: str) -> str:
    """Return ``2 hours, 5 minutes`` (IOS) or ``2 hours 5 mins`` (ASA) for ``show version``."""
    seconds = max(0, span_us) // SECOND
    units = [("day", seconds // 86400), ("hour", seconds // 3600 % 24)]
    units.append(("min" if platform == "asa" else "minute", seconds // 60 % 60))
    if platform == "asa":
        units.append(("sec", seconds % 60))
    said = [f"{count} {unit}{'' if count == 1 else 's'}" for unit, count in units if count]
    if platform == "asa":
        return " ".join(said[:2]) or "0 secs"
    return ", ".join(said) or "0 minutes"


def mask(prefix: Prefix) -> str:
    """Return ``192.168.1.0 255.255.255.0``."""
    return f"{format_ip(prefix.network)} {format_ip(prefix.mask)}"


def wildcard(prefix: Prefix) -> str:
    """Return an IOS access-list address: ``any``, ``host A`` or ``A 0.0.0.255``."""
    if prefix.length == 0:
        return "any"
    if prefix.length == 32:
        return f"host {format_ip(prefix.network)}"
    return f"{format_ip(prefix.network)} {format_ip(prefix.mask ^ 0xFFFFFFFF)}"


def proxy(selector: Selector, local: bool) -> str:
    """Return ``192.168.1.0/255.255.255.0/0/0``: one proxy identity (address, mask, protocol, port)."""
    net, port = (selector.local, selector.local_port) if local else (selector.remote, selector.remote_port)
    return f"{format_ip(net.network)}/{format_ip(net.mask)}/{selector.protocol}/{port}"


_INTEGRITY = {"md5": "md5", "sha1": "sha", "sha256": "sha256", "sha384": "sha384", "sha512": "sha512"}


def ios_transform(transform: TransformSet, protocol: str = "esp") -> str:
    """Return ``esp-256-aes esp-sha-hmac``: the order of words in an IOS SA listing."""
    if protocol == "ah":
        return f"ah-{_INTEGRITY[transform.ah_integrity or 'sha1']}-hmac"
    cipher = transform.esp_encryption or "null"
    bits = f"{transform.esp_key_bits}-" if transform.esp_key_bits > 128 else ""
    name = f"esp-gcm {transform.esp_key_bits}" if cipher == "aes-gcm" else f"esp-{bits}{cipher}"
    return name + (f" esp-{_INTEGRITY[transform.esp_integrity]}-hmac" if transform.esp_integrity else "")


def asa_transform(transform: TransformSet, protocol: str = "esp") -> str:
    """Return ``esp-aes-256 esp-sha-hmac``: the order of words on an ASA."""
    if protocol == "ah":
        return f"ah-{_INTEGRITY[transform.ah_integrity or 'sha1']}-hmac"
    cipher = transform.esp_encryption or "null"
    bits = f"-{transform.esp_key_bits}" if transform.esp_key_bits > 128 or cipher == "aes-gcm" else ""
    integrity = f"esp-{_INTEGRITY[transform.esp_integrity]}-hmac" if transform.esp_integrity else "esp-none"
    return f"esp-{cipher}{bits} {integrity}"


def asa_ike_cipher(encryption: str, key_bits: int) -> str:
    """Return ``aes-256``, ``aes``, ``3des``: phase 1 on an ASA."""
    return f"{encryption}-{key_bits}" if encryption == "aes" and key_bits > 128 else encryption


def asa_session_cipher(encryption: str | None, key_bits: int) -> str:
    """Return ``AES256``, ``3DES``, ``AES-GCM-256``: the session table."""
    if encryption == "aes-gcm":
        return f"AES-GCM-{key_bits}"
    return f"{(encryption or 'none').upper()}{key_bits or ''}"


def asa_session_hash(name: str | None) -> str:
    """Return ``SHA1``, ``MD5``, ``none``: the session table."""
    return (name or "none").upper() if name else "none"


_IV = {"aes": 16, "aes-gcm": 8, "3des": 8, "des": 8}
_ICV = {None: 0, "md5": 12, "sha1": 12, "sha256": 16, "sha384": 24, "sha512": 32}


def iv_bytes(transform: TransformSet, protocol: str = "esp") -> int:
    """Return the bytes of initialisation vector in each packet."""
    return _IV.get(transform.esp_encryption or "", 0) if protocol == "esp" else 0


def _front_and_tail(transform: TransformSet, in_udp: bool) -> tuple[int, int, int]:
    """Return bytes before the ciphertext, of the ICV behind it, and the alignment of the ciphertext."""
    icv = 16 if transform.esp_encryption == "aes-gcm" else _ICV[transform.esp_integrity]
    align = {"aes": 16, "3des": 8, "des": 8}.get(transform.esp_encryption or "", 4)
    return 8 + iv_bytes(transform) + (8 if in_udp else 0), icv, align


def plaintext_mtu(path_mtu: int, transform: TransformSet, in_udp: bool = False) -> int:
    """Return the largest inner packet that fits beside outer IP, ESP, IV, trailer and ICV (RFC 4303, 2).

    Transport mode carries the inner header outside, so the same room holds 20 bytes more.
    """
    front, icv, align = _front_and_tail(transform, in_udp)
    room = (path_mtu - 20 - front - icv) // align * align - 2
    return room + (20 if transform.mode == "transport" else 0)


def ipsec_overhead(transform: TransformSet, in_udp: bool = False) -> tuple[int, int]:
    """Return an ASA's ``ipsec overhead 74(44)``: the worst case, and the part in front of the ciphertext.

    The worst case has a whole block of padding; a counter mode needs none.
    """
    front, icv, align = _front_and_tail(transform, in_udp)
    padding = 1 if transform.esp_encryption == "aes-gcm" else align
    return 20 + front + 2 + padding + icv, 20 + front
