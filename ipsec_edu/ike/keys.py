"""Key derivation of IKEv1 with pre-shared keys: RFC 2409 section 5 and appendix B, as written there.

Nothing here has state; `ni`, `nr`, `ida`, `sai` are payload bodies without their generic header
(``Ni_b`` in the RFC).
"""

from __future__ import annotations

from dataclasses import dataclass

from ipsec_edu.ike.crypto import BLOCK_BYTES, Crypto

__all__ = [
    "Phase1Keys",
    "hash_1",
    "hash_2",
    "hash_3",
    "hash_i",
    "hash_r",
    "keymat",
    "nat_d",
    "phase1_iv",
    "phase1_keys",
    "phase2_iv",
    "skeyid_psk",
    "stretch",
]

prf = Crypto.prf


@dataclass(frozen=True, slots=True)
class Phase1Keys:
    """The secrets of one IKE SA."""

    hash: str
    """The negotiated hash, of which the prf is the HMAC."""
    skeyid: bytes
    skeyid_d: bytes
    """Derives the keys of phase 2."""
    skeyid_a: bytes
    """Authenticates the messages after phase 1."""
    skeyid_e: bytes
    cipher: str
    cipher_key: bytes
    """Ka: the key that encrypts ISAKMP messages."""


def skeyid_psk(hash_name: str, psk: bytes, ni: bytes, nr: bytes) -> bytes:
    """Return SKEYID for authentication by pre-shared key."""
    return prf(hash_name, psk, ni + nr)


def stretch(hash_name: str, skeyid_e: bytes, length: int) -> bytes:
    """Return `length` bytes of cipher key: SKEYID_e, or K1 | K2 ... where it is too short (appendix B)."""
    if length <= len(skeyid_e):
        return skeyid_e[:length]
    block = prf(hash_name, skeyid_e, b"\0")
    key = block
    while len(key) < length:
        block = prf(hash_name, skeyid_e, block)
        key += block
    return key[:length]


def phase1_keys(
    hash_name: str, cipher: str, key_bytes: int, skeyid: bytes, shared: bytes, cookies: bytes
) -> Phase1Keys:
    """Return the keys that follow from SKEYID and g^xy; `cookies` is CKY-I | CKY-R."""
    d = prf(hash_name, skeyid, shared + cookies + b"\0")
    a = prf(hash_name, skeyid, d + shared + cookies + b"\1")
    e = prf(hash_name, skeyid, a + shared + cookies + b"\2")
    return Phase1Keys(hash_name, skeyid, d, a, e, cipher, stretch(hash_name, e, key_bytes))


def hash_i(
    keys: Phase1Keys, gxi: bytes, gxr: bytes, cky_i: bytes, cky_r: bytes, sai: bytes, idii: bytes
) -> bytes:
    """Return HASH_I, the initiator's proof that it knows the pre-shared key."""
    return prf(keys.hash, keys.skeyid, gxi + gxr + cky_i + cky_r + sai + idii)


def hash_r(
    keys: Phase1Keys, gxi: bytes, gxr: bytes, cky_i: bytes, cky_r: bytes, sai: bytes, idir: bytes
) -> bytes:
    """Return HASH_R, the responder's proof (over the initiator's SA payload too)."""
    return prf(keys.hash, keys.skeyid, gxr + gxi + cky_r + cky_i + sai + idir)


def phase1_iv(keys: Phase1Keys, gxi: bytes, gxr: bytes) -> bytes:
    """Return the first IV; later ones are the last cipher block of the message before."""
    return Crypto.hash(keys.hash, gxi + gxr)[: BLOCK_BYTES[keys.cipher]]


def phase2_iv(keys: Phase1Keys, last_block: bytes, message_id: int) -> bytes:
    """Return the first IV of a Quick Mode or Informational exchange."""
    return Crypto.hash(keys.hash, last_block + message_id.to_bytes(4, "big"))[: BLOCK_BYTES[keys.cipher]]


def hash_1(keys: Phase1Keys, message_id: int, rest: bytes) -> bytes:
    """Return HASH(1): also of every Informational message."""
    return prf(keys.hash, keys.skeyid_a, message_id.to_bytes(4, "big") + rest)


def hash_2(keys: Phase1Keys, message_id: int, ni: bytes, rest: bytes) -> bytes:
    """Return HASH(2)."""
    return prf(keys.hash, keys.skeyid_a, message_id.to_bytes(4, "big") + ni + rest)


def hash_3(keys: Phase1Keys, message_id: int, ni: bytes, nr: bytes) -> bytes:
    """Return HASH(3)."""
    return prf(keys.hash, keys.skeyid_a, b"\0" + message_id.to_bytes(4, "big") + ni + nr)


def keymat(
    keys: Phase1Keys, protocol: int, spi: bytes, ni: bytes, nr: bytes, length: int, shared: bytes = b""
) -> bytes:
    """Return `length` bytes of key material for the SA that the owner of `spi` receives on.

    `shared` is the second g^xy where PFS was asked for, else empty (RFC 2409, 5.5).
    """
    seed = shared + bytes((protocol,)) + spi + ni + nr
    block = prf(keys.hash, keys.skeyid_d, seed)
    material = block
    while len(material) < length:
        block = prf(keys.hash, keys.skeyid_d, block + seed)
        material += block
    return material[:length]


def nat_d(hash_name: str, cookies: bytes, address: int, port: int) -> bytes:
    """Return the content of a NAT-D payload (RFC 3947, 3.2)."""
    return Crypto.hash(hash_name, cookies + address.to_bytes(4, "big") + port.to_bytes(2, "big"))
