"""Which keys an IPsec SA needs, cut out of KEYMAT (RFC 2409, 5.5; RFC 4106 for the GCM salt)."""

from __future__ import annotations

from ipsec_edu.ike.crypto import HASH_BYTES
from ipsec_edu.ike.keys import Phase1Keys, keymat
from ipsec_edu.ike.settings import TransformSet
from ipsec_edu.wire.isakmp_values import Protocol

__all__ = ["child_keys", "key_lengths"]

_GCM_SALT_BYTES = 4


def key_lengths(transform: TransformSet, protocol: int) -> tuple[int, int]:
    """Return the bytes of encryption key (GCM: with its salt) and of integrity key."""
    if protocol == Protocol.AH:
        assert transform.ah_integrity is not None
        return 0, HASH_BYTES[transform.ah_integrity]
    kind = transform.esp_encryption
    encryption = {"des": 8, "3des": 24, "null": 0, None: 0}.get(kind, transform.esp_key_bits // 8)
    if kind == "aes-gcm":
        encryption += _GCM_SALT_BYTES
    return encryption, HASH_BYTES[transform.esp_integrity] if transform.esp_integrity else 0


def child_keys(
    keys: Phase1Keys,
    protocol: int,
    spi: int,
    nonces: tuple[bytes, bytes],
    lengths: tuple[int, int],
    shared: bytes,
) -> tuple[bytes, bytes]:
    """Return encryption and integrity key of the SA that the owner of `spi` receives on."""
    material = keymat(keys, protocol, spi.to_bytes(4, "big"), *nonces, sum(lengths), shared)
    return material[: lengths[0]], material[lengths[0] :]
