"""Keys for Wireshark: its two tables, and the same as tshark options.

Wireshark reads ``ikev1_decryption_table`` and ``esp_sa`` from its configuration folder
("Decryption Table" and "ESP SAs" in the protocol preferences). It derives the IVs of IKE
itself, so a capture must begin with the first Main Mode message.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ipsec_edu.core.addr import format_ip
from ipsec_edu.core.errors import WireError

__all__ = ["EspKey", "esp_sa_file", "ike_file", "tshark_options"]

_ENCRYPTION = {
    "des": "DES-CBC [RFC2405]",
    "3des": "TripleDES-CBC [RFC2451]",
    "aes": "AES-CBC [RFC3602]",
    "aes-gcm": "AES-GCM with 16 octet ICV [RFC4106]",
    "aes-gcm-8": "AES-GCM with 8 octet ICV [RFC4106]",
    "aes-gcm-12": "AES-GCM with 12 octet ICV [RFC4106]",
    "aes-gcm-16": "AES-GCM with 16 octet ICV [RFC4106]",
    "null": "NULL",
}
_INTEGRITY = {
    None: "NULL",
    "md5": "HMAC-MD5-96 [RFC2403]",
    "sha1": "HMAC-SHA-1-96 [RFC2404]",
    "sha256": "HMAC-SHA-256-128 [RFC4868]",
    "sha384": "HMAC-SHA-384-192 [RFC4868]",
    "sha512": "HMAC-SHA-512-256 [RFC4868]",
}


@dataclass(frozen=True, slots=True)
class EspKey:
    """What Wireshark must know about one ESP SA.

    Attributes
    ----------
    source, destination : int
        Outer addresses, as the capture shows them.
    spi : int
        As sent.
    encryption, integrity : str
        Names as in `ike.settings.TransformSet`; `integrity` None for GCM.
    encryption_key, integrity_key : bytes
        For GCM the encryption key ends with the 4-byte salt.
    """

    source: int
    destination: int
    spi: int
    encryption: str
    encryption_key: bytes
    integrity: str | None
    integrity_key: bytes

    def line(self) -> str:
        """Return the line of an ``esp_sa`` file (WireError where Wireshark has no such algorithm)."""
        if self.encryption not in _ENCRYPTION or self.integrity not in _INTEGRITY:
            raise WireError(
                f"Wireshark cannot decrypt {self.encryption} with {self.integrity}; "
                f"it knows {', '.join(_ENCRYPTION)} and {', '.join(filter(None, _INTEGRITY))}"
            )
        fields = (
            "IPv4",
            format_ip(self.source),
            format_ip(self.destination),
            f"0x{self.spi:08x}",
            _ENCRYPTION[self.encryption],
            _hex(self.encryption_key),
            _INTEGRITY[self.integrity],
            _hex(self.integrity_key),
        )
        return ",".join(f'"{field}"' for field in fields)


def _hex(key: bytes) -> str:
    return "0x" + key.hex() if key else ""


def _ike_line(cookie: bytes, key: bytes) -> str:
    return f"{cookie.hex()},{key.hex()}"


def esp_sa_file(keys: Iterable[EspKey]) -> str:
    """Return the content of an ``esp_sa`` file, one line per SA."""
    return "".join(key.line() + "\n" for key in keys)


def ike_file(keys: Iterable[tuple[bytes, bytes]]) -> str:
    """Return the content of an ``ikev1_decryption_table``: initiator cookie and encryption key."""
    return "".join(_ike_line(cookie, key) + "\n" for cookie, key in keys)


def tshark_options(esp: Iterable[EspKey] = (), ike: Iterable[tuple[bytes, bytes]] = ()) -> list[str]:
    """Return command-line arguments that make tshark decrypt and check without any file."""
    options = ["-o", "esp.enable_encryption_decode:TRUE", "-o", "esp.enable_authentication_check:TRUE"]
    for key in esp:
        options += ["-o", f"uat:esp_sa:{key.line()}"]
    for cookie, secret in ike:
        options += ["-o", f"uat:ikev1_decryption_table:{_ike_line(cookie, secret)}"]
    return options
