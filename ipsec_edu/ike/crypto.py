"""The arithmetic that IKE asks for: hashes, ciphers, Diffie-Hellman; real, or modelled.

`RealCrypto` interoperates with any IKE daemon. `ModelCrypto` needs neither the
``cryptography`` package nor a modular exponentiation, keeps every size, draws the same random bytes
and still turns a wrong key into garbage, so a simulation behaves the same with either.
"""

from __future__ import annotations

import hashlib
import hmac
import warnings
from functools import lru_cache

from ipsec_edu.core.errors import IpsecEduError

__all__ = [
    "BLOCK_BYTES",
    "GROUP_BYTES",
    "HASH_BYTES",
    "PRIVATE_BYTES",
    "Crypto",
    "ModelCrypto",
    "RealCrypto",
    "cipher_key_bytes",
    "crypto_for",
    "modp_prime",
]

HASH_BYTES = {"md5": 16, "sha1": 20, "sha256": 32, "sha384": 48, "sha512": 64}
BLOCK_BYTES = {"des": 8, "3des": 8, "aes": 16}
GROUP_BYTES = {1: 96, 2: 128, 5: 192, 14: 256, 15: 384, 16: 512}
"""Size of a public value by DH group (RFC 2409 section 6, RFC 3526)."""
PRIVATE_BYTES = 32
"""A private exponent of 256 bits: twice the strength of the strongest group here."""

_MODP_OFFSET = {1: 149686, 2: 129093, 5: 741804, 14: 124476, 15: 1690314, 16: 240904}


def cipher_key_bytes(encryption: str, key_bits: int) -> int:
    """Return the length of the key of a phase-1 cipher in bytes."""
    return key_bits // 8 if encryption == "aes" else {"des": 8, "3des": 24}[encryption]


def _pi_scaled(bits: int) -> int:
    """Return floor(2**bits * pi) by Machin's formula."""
    guard = bits + 32

    def arctan_inverse(n: int) -> int:
        term = total = (1 << guard) // n
        square, divisor, sign = n * n, 3, -1
        while term:
            term //= square
            total += sign * (term // divisor)
            divisor, sign = divisor + 2, -sign
        return total

    return (16 * arctan_inverse(5) - 4 * arctan_inverse(239)) >> 32


@lru_cache(maxsize=8)
def modp_prime(group: int) -> int:
    """Return the prime of a MODP group, from the formula that defines it.

    ``p = 2^n - 2^(n-64) - 1 + 2^64 * (floor(2^(n-130) pi) + c)`` (RFC 2412 appendix E, RFC 3526).

    Raises
    ------
    IpsecEduError
        For a group that is not modelled.
    """
    if group not in GROUP_BYTES:
        raise IpsecEduError(f"Diffie-Hellman group {group} is not modelled; use one of 1, 2, 5, 14, 15, 16")
    bits = GROUP_BYTES[group] * 8
    scaled = _pi_scaled(bits - 130) + _MODP_OFFSET[group]
    return int((1 << bits) - (1 << bits - 64) - 1 + (scaled << 64))


def _power(group: int, private: bytes, base: int) -> bytes:
    """Return base^private mod p; OpenSSL is several times faster where it knows the group."""
    size = GROUP_BYTES[group]
    exponent = int.from_bytes(private, "big")
    if group > 2:
        result = _openssl_power(group, exponent, base)
        if result is not None:
            return result.rjust(size, b"\0")
    return pow(base, exponent, modp_prime(group)).to_bytes(size, "big")


def _openssl_power(group: int, exponent: int, base: int) -> bytes | None:
    """Return base^exponent by OpenSSL's key exchange, None where this build has none."""
    try:
        from cryptography.hazmat.primitives.asymmetric import dh

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # finite-field DH is old; so is IKEv1
            numbers = dh.DHParameterNumbers(modp_prime(group), 2)
            # Our own public value is not used by the exchange: any valid one does.
            key = dh.DHPrivateNumbers(exponent, dh.DHPublicNumbers(4, numbers)).private_key()
            return bytes(key.exchange(dh.DHPublicNumbers(base, numbers).public_key()))
    except (ImportError, AttributeError, ValueError):
        return None


# Runs are repeated with the same seed all the time (a fault moved on the time axis), and each
# draws the same private values: the cache makes their Diffie-Hellman free.
@lru_cache(maxsize=8192)
def _real_public(group: int, private: bytes) -> bytes:
    return _power(group, private, 2)


@lru_cache(maxsize=8192)
def _real_shared(group: int, private: bytes, peer: bytes) -> bytes:
    return _power(group, private, int.from_bytes(peer, "big"))


class Crypto:
    """What IKE computes. This base has the part that is the same everywhere: hash and prf."""

    name = "abstract"

    @staticmethod
    def hash(algorithm: str, data: bytes) -> bytes:
        """Return the plain hash of `data`."""
        return hashlib.new(algorithm, data, usedforsecurity=False).digest()

    @staticmethod
    def prf(algorithm: str, key: bytes, data: bytes) -> bytes:
        """Return HMAC-<algorithm>(key, data), the pseudo-random function of IKEv1 (RFC 2409, 4)."""
        return hmac.digest(key, data, algorithm)

    @staticmethod
    def acceptable(group: int, public: bytes) -> bool:
        """Tell whether `public` may be used: right size and neither 0, 1, p-1 nor more."""
        if len(public) != GROUP_BYTES.get(group):
            return False
        return 1 < int.from_bytes(public, "big") < modp_prime(group) - 1

    def dh_public(self, group: int, private: bytes) -> bytes:
        """Return our public value, padded to the size of the group."""
        raise NotImplementedError

    def dh_shared(self, group: int, private: bytes, peer: bytes) -> bytes:
        """Return the shared secret g^xy, padded to the size of the group."""
        raise NotImplementedError

    def encrypt(self, cipher: str, key: bytes, iv: bytes, data: bytes) -> bytes:
        """Encrypt whole blocks in CBC mode."""
        raise NotImplementedError

    def decrypt(self, cipher: str, key: bytes, iv: bytes, data: bytes) -> bytes:
        """Decrypt whole blocks in CBC mode."""
        raise NotImplementedError


class RealCrypto(Crypto):
    """Real ciphers (``cryptography``) and real Diffie-Hellman."""

    name = "real"

    def dh_public(self, group: int, private: bytes) -> bytes:
        """Return g^x mod p."""
        return _real_public(group, private)

    def dh_shared(self, group: int, private: bytes, peer: bytes) -> bytes:
        """Return peer^x mod p."""
        return _real_shared(group, private, peer)

    def encrypt(self, cipher: str, key: bytes, iv: bytes, data: bytes) -> bytes:
        """Encrypt whole blocks in CBC mode."""
        encryptor = _cbc(cipher, key, iv).encryptor()
        return bytes(encryptor.update(data) + encryptor.finalize())

    def decrypt(self, cipher: str, key: bytes, iv: bytes, data: bytes) -> bytes:
        """Decrypt whole blocks in CBC mode."""
        decryptor = _cbc(cipher, key, iv).decryptor()
        return bytes(decryptor.update(data) + decryptor.finalize())


def _cbc(cipher: str, key: bytes, iv: bytes):  # type: ignore[no-untyped-def]
    """Return the library's cipher object (single DES is triple DES with one key three times)."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    if cipher == "aes":
        return Cipher(algorithms.AES(key), modes.CBC(iv))
    from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES

    return Cipher(TripleDES(key * 3 if cipher == "des" else key), modes.CBC(iv))


class ModelCrypto(Crypto):
    """Same sizes and same outcomes without ciphers or modular exponentiation. Protects nothing."""

    name = "model"

    def dh_public(self, group: int, private: bytes) -> bytes:
        """Return bytes of the right size that depend on `private`."""
        stream = hashlib.shake_256(b"public" + private).digest(GROUP_BYTES[group] - 1)
        return b"\x7f" + stream  # below the prime, as a real value is

    def dh_shared(self, group: int, private: bytes, peer: bytes) -> bytes:
        """Return bytes on which both ends agree: those of both public values."""
        pair = sorted((self.dh_public(group, private), peer))
        return hashlib.shake_256(b"".join(pair)).digest(GROUP_BYTES[group])

    def encrypt(self, cipher: str, key: bytes, iv: bytes, data: bytes) -> bytes:
        """Exclusive-or `data` with a stream made of key and IV."""
        stream = hashlib.shake_256(cipher.encode() + key + iv).digest(len(data))
        mixed = int.from_bytes(data, "big") ^ int.from_bytes(stream, "big")
        return mixed.to_bytes(len(data), "big")

    def decrypt(self, cipher: str, key: bytes, iv: bytes, data: bytes) -> bytes:
        """Undo `encrypt`."""
        return self.encrypt(cipher, key, iv, data)


def crypto_for(fidelity: str) -> Crypto:
    """Return the crypto of a run's fidelity: ``model``, or anything real (``bytes``, ``eager``)."""
    return ModelCrypto() if fidelity == "model" else RealCrypto()
