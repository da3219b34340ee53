"""ESP and AH transforms: sizes, numbers and names, and the overhead that follows from them.

One table row per algorithm (RFC 2403 to 2405, 2410, 2451, 3602, 4106, 4868). Everything
about packet sizes is the formula of RFC 4303, section 2.4, applied to a row::

    wire = 20 + (8 if UDP) + 8 + IV + roundup(body + 2, align) + ICV
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from ipsec_edu.core.errors import IpsecEduError
from ipsec_edu.ike.settings import TransformSet

__all__ = [
    "ENCRYPTIONS",
    "INTEGRITIES",
    "AhTransform",
    "Encryption",
    "EspTransform",
    "Integrity",
    "Protection",
    "TransformError",
    "ah_transform",
    "esp_transform",
    "protection",
]

IP_HEADER = 20
UDP_HEADER = 8
ESP_FIXED = 8
AH_FIXED = 12


class TransformError(IpsecEduError):
    """A transform that does not exist, or a combination that makes no sense."""


@dataclass(frozen=True, slots=True)
class Encryption:
    """An encryption algorithm; sizes in bytes.

    `key_size` counts what KEYMAT must yield, so for GCM the 4 bytes of salt too; `icv_size`
    is that of a combined mode, else 0; `ike_id` is the ESP transform identifier.
    """

    name: str
    key_bits: int
    ike_id: int
    key_size: int
    iv_size: int
    align: int
    icv_size: int
    ios: str
    asa: str | None
    """Command word on an ASA (IKEv1), None where it has none."""

    @property
    def combined(self) -> bool:
        """True where the cipher checks integrity itself."""
        return self.icv_size > 0


@dataclass(frozen=True, slots=True)
class Integrity:
    """An integrity algorithm; sizes in bytes.

    `esp_id` is the value of ESP's authentication attribute, `ah_id` the AH transform identifier.
    """

    name: str
    digest: str
    """Name for `hmac`."""
    esp_id: int
    ah_id: int
    key_size: int
    icv_size: int
    ios: str
    """IOS command word without ``esp-`` or ``ah-``."""


def _gcm(icv: int, ike_id: int, bits: int) -> Encryption:
    ios = "esp-gcm" if bits == 128 else f"esp-gcm {bits}"
    return Encryption(f"aes-gcm-{icv}", bits, ike_id, bits // 8 + 4, 8, 4, icv, ios, None)


def _aes(bits: int) -> Encryption:
    words = ("esp-aes", "esp-aes") if bits == 128 else (f"esp-aes {bits}", f"esp-aes-{bits}")
    return Encryption("aes", bits, 12, bits // 8, 16, 16, 0, *words)


_BITS = (128, 192, 256)
_GCM_IDS = ((8, 18), (12, 19), (16, 20))

ENCRYPTIONS: dict[tuple[str, int], Encryption] = {
    (row.name, row.key_bits): row
    for row in (
        Encryption("des", 0, 2, 8, 8, 8, 0, "esp-des", "esp-des"),
        Encryption("3des", 0, 3, 24, 8, 8, 0, "esp-3des", "esp-3des"),
        *(_aes(bits) for bits in _BITS),
        *(_gcm(icv, number, bits) for icv, number in _GCM_IDS for bits in _BITS),
        Encryption("null", 0, 11, 0, 0, 4, 0, "esp-null", "esp-null"),
    )
}
"""By (name, key bits); ``aes-gcm`` without a number is ``aes-gcm-16``."""

INTEGRITIES: dict[str, Integrity] = {
    row.name: row
    for row in (
        Integrity("md5", "md5", 1, 2, 16, 12, "md5-hmac"),
        Integrity("sha1", "sha1", 2, 3, 20, 12, "sha-hmac"),
        Integrity("sha256", "sha256", 5, 5, 32, 16, "sha256-hmac"),
        Integrity("sha384", "sha384", 6, 6, 48, 24, "sha384-hmac"),
        Integrity("sha512", "sha512", 7, 7, 64, 32, "sha512-hmac"),
    )
}
"""By name; the digest is cut to `icv_size` (RFC 2403, 2404, 4868)."""


@dataclass(frozen=True, slots=True)
class EspTransform:
    """ESP as two ends agreed on it; one object per combination, so `is` compares them."""

    encryption: Encryption
    integrity: Integrity | None
    tunnel: bool

    @property
    def icv_size(self) -> int:
        """Bytes of the integrity check value."""
        if self.encryption.combined or self.integrity is None:
            return self.encryption.icv_size
        return self.integrity.icv_size

    def size(self, body: int) -> int:
        """Return the bytes of an ESP packet (from the SPI on) around `body` bytes."""
        encryption = self.encryption
        padded = body + 2 + -(body + 2) % encryption.align
        return ESP_FIXED + encryption.iv_size + padded + self.icv_size


@dataclass(frozen=True, slots=True)
class AhTransform:
    """AH as two ends agreed on it; one object per combination."""

    integrity: Integrity
    tunnel: bool

    @property
    def icv_size(self) -> int:
        """Bytes of the integrity check value."""
        return self.integrity.icv_size

    def size(self, body: int) -> int:
        """Return the bytes of an AH packet around `body` bytes."""
        return AH_FIXED + self.integrity.icv_size + body


@cache
def esp_transform(encryption: str, key_bits: int, integrity: str | None, mode: str) -> EspTransform:
    """Return the one `EspTransform` of this combination.

    Raises
    ------
    TransformError
        Unknown name, key length or mode, or GCM together with a separate integrity algorithm.
    """
    if encryption == "aes-gcm":
        encryption = "aes-gcm-16"
    row = ENCRYPTIONS.get((encryption, key_bits))
    if row is None:
        known = ", ".join(f"{name} {bits}" if bits else name for name, bits in ENCRYPTIONS)
        raise TransformError(f"no encryption {encryption!r} with {key_bits}-bit keys; choose from {known}")
    if row.combined and integrity is not None:
        raise TransformError(f"{encryption} checks integrity itself; leave {integrity} out of the set")
    return EspTransform(row, _integrity(integrity) if integrity else None, _is_tunnel(mode))


@cache
def ah_transform(integrity: str, mode: str) -> AhTransform:
    """Return the one `AhTransform` of this combination (TransformError as `esp_transform`)."""
    return AhTransform(_integrity(integrity), _is_tunnel(mode))


def _integrity(name: str) -> Integrity:
    if name not in INTEGRITIES:
        raise TransformError(f"no integrity algorithm {name!r}; choose one of: {', '.join(INTEGRITIES)}")
    return INTEGRITIES[name]


def _is_tunnel(mode: str) -> bool:
    if mode not in ("tunnel", "transport"):
        raise TransformError(f"no mode {mode!r}; choose tunnel or transport")
    return mode == "tunnel"


@dataclass(frozen=True, slots=True)
class Protection:
    """All that one transform set does to a packet, and what it costs in bytes."""

    esp: EspTransform | None
    ah: AhTransform | None
    tunnel: bool

    def wire_size(self, inner: int, udp: bool = False) -> int:
        """Return the outer packet's bytes for an inner IP packet of `inner` bytes."""
        size = inner if self.tunnel else inner - IP_HEADER
        if self.esp is not None:
            size = self.esp.size(size)
        if self.ah is not None:
            size = self.ah.size(size)
        return IP_HEADER + (UDP_HEADER if udp else 0) + size

    def overhead(self, inner: int, udp: bool = False) -> int:
        """Return how many bytes an inner packet of `inner` bytes grows."""
        return self.wire_size(inner, udp) - inner

    def plaintext_mtu(self, path_mtu: int = 1500, udp: bool = False) -> int:
        """Return the largest inner packet (its IP header counted) that fits `path_mtu`.

        IOS prints this as ``plaintext mtu``.
        """
        room = path_mtu - IP_HEADER - (UDP_HEADER if udp else 0)
        if self.ah is not None:
            room -= AH_FIXED + self.ah.icv_size
        if self.esp is not None:
            row = self.esp.encryption
            room -= ESP_FIXED + row.iv_size + self.esp.icv_size
            room -= room % row.align + 2
        return room if self.tunnel else room + IP_HEADER


@cache
def protection(transform_set: TransformSet) -> Protection:
    """Return what `transform_set` does.

    Raises
    ------
    TransformError
        As `esp_transform`; also for a set with neither ESP nor AH, and for ESP that would
        neither encrypt nor check anything (RFC 4303, section 3.1).
    """
    esp = ah = None
    mode = transform_set.mode
    if transform_set.ah_integrity is not None:
        ah = ah_transform(transform_set.ah_integrity, mode)
    if transform_set.esp_encryption is not None:
        bits, integrity = transform_set.esp_key_bits, transform_set.esp_integrity
        esp = esp_transform(transform_set.esp_encryption, bits, integrity, mode)
        if esp.encryption.name == "null" and integrity is None and ah is None:
            raise TransformError(f"transform set {transform_set.name}: esp-null needs an integrity algorithm")
    if esp is None and ah is None:
        raise TransformError(f"transform set {transform_set.name} protects nothing; add ESP or AH")
    return Protection(esp, ah, _is_tunnel(mode))
