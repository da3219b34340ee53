"""Sealing and opening of ESP payloads: encryption, integrity, padding, in one object per SA.

`cryptography` is imported when the first real cipher is made. `ModelCipher` takes its
place at ``fidelity="model"``: same sizes and the same verdicts from the standard library's
hashes alone, but no security whatsoever.

IVs are derived, not drawn: a packet has the same bytes whenever somebody looks at it. For
CBC the IV is unpredictable without the key, as RFC 3602 asks; for GCM it is the sequence
number, which is unique under a key as RFC 4106 asks, as long as no second device counts with
the same SA.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Any, Protocol

from ipsec_edu.core.errors import WireError
from ipsec_edu.ipsec.transforms import EspTransform, TransformError
from ipsec_edu.wire import esp

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import BlockCipherAlgorithm

__all__ = ["Cipher", "check_keys", "icv", "make_cipher"]


class Cipher(Protocol):
    """What an SA keeps to protect and to open packets."""

    def seal(self, spi: int, sequence: int, body: bytes, next_header: int) -> bytes:
        """Return the whole ESP packet, from the SPI to the ICV."""

    def open(self, data: bytes) -> tuple[bytes, int] | None:
        """Return body and next header, or None where the ICV is wrong (WireError: malformed)."""


def icv(key: bytes, digest: str, size: int, data: bytes) -> bytes:
    """Return the first `size` bytes of the HMAC of `data`."""
    return hmac.digest(key, data, digest)[:size]


def check_keys(transform: EspTransform, keys: tuple[bytes, bytes]) -> None:
    """Insist that encryption and integrity key have the lengths of `transform` (TransformError)."""
    wanted = transform.encryption.key_size, transform.integrity.key_size if transform.integrity else 0
    if (len(keys[0]), len(keys[1])) != wanted:
        raise TransformError(
            f"{transform.encryption.name}: keys of {len(keys[0])} and {len(keys[1])} bytes; "
            f"cut KEYMAT into {wanted[0]} (encryption) and {wanted[1]} (integrity)"
        )


def make_cipher(transform: EspTransform, keys: tuple[bytes, bytes], real: bool = True) -> Cipher:
    """Return the cipher object of an SA.

    Raises
    ------
    TransformError
        Keys of the wrong length, or `real` and `cryptography` is missing.
    """
    check_keys(transform, keys)
    if not real:
        return ModelCipher(transform, keys)
    if transform.encryption.name == "null":
        return BlockCipher(transform, keys, None)
    try:
        from cryptography.hazmat.primitives.ciphers import algorithms
    except ImportError as error:
        raise TransformError(
            'real ciphers need the package "cryptography": install it, or run with fidelity="model"'
        ) from error
    if transform.encryption.combined:
        return GcmCipher(transform, keys)
    if transform.encryption.name == "aes":
        return BlockCipher(transform, keys, algorithms.AES(keys[0]))
    from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES

    # DES is Triple DES whose three keys are equal: the first two steps cancel.
    key = keys[0] * 3 if transform.encryption.name == "des" else keys[0]
    return BlockCipher(transform, keys, TripleDES(key))


class _EncryptThenMac:
    """What CBC, NULL and the model share: IV, trailer and a separate ICV around the encryption."""

    __slots__ = ("_align", "_digest", "_icv_size", "_integrity_key", "_iv_key", "_iv_size")

    def __init__(self, transform: EspTransform, keys: tuple[bytes, bytes]) -> None:
        self._iv_size = transform.encryption.iv_size
        self._align = transform.encryption.align
        self._icv_size = transform.icv_size
        self._digest = transform.integrity.digest if transform.integrity else ""
        self._iv_key, self._integrity_key = keys

    def _encrypt(self, iv: bytes, plain: bytes) -> bytes:
        raise NotImplementedError

    def _decrypt(self, sealed: bytes) -> bytes:
        """Return the plaintext of IV and ciphertext as they stand in the packet, one after the other."""
        raise NotImplementedError

    def _check_value(self, data: bytes) -> bytes:
        return icv(self._integrity_key, self._digest, self._icv_size, data) if self._icv_size else b""

    def seal(self, spi: int, sequence: int, body: bytes, next_header: int) -> bytes:
        head = esp.head(spi, sequence)
        iv = hmac.digest(self._iv_key, head + b"iv", "sha256")[: self._iv_size] if self._iv_size else b""
        plain = esp.add_trailer(body, next_header, self._align)
        authenticated = b"".join((head, iv, self._encrypt(iv, plain)))
        return authenticated + self._check_value(authenticated)

    def open(self, data: bytes) -> tuple[bytes, int] | None:
        iv_size = self._iv_size
        start, stop = esp.bounds(data, iv_size, self._icv_size)
        if not hmac.compare_digest(self._check_value(data[:stop]), data[stop:]):
            return None
        if (stop - start) % self._align:
            raise WireError(
                f"ESP: {stop - start} bytes of ciphertext, no multiple of {self._align}; cut short?"
            )
        return esp.strip_trailer(self._decrypt(data[esp.FIXED : stop]))


class BlockCipher(_EncryptThenMac):
    """AES, 3DES or DES in CBC mode, or NULL, with HMAC."""

    __slots__ = ("_algorithm", "_cbc", "_decryptor", "_engine")

    _engine: Any
    _cbc: Any
    _decryptor: Any

    def __init__(
        self, transform: EspTransform, keys: tuple[bytes, bytes], algorithm: BlockCipherAlgorithm | None
    ) -> None:
        super().__init__(transform, keys)
        self._algorithm = algorithm
        self._decryptor = None
        if algorithm is not None:
            from cryptography.hazmat.primitives.ciphers import Cipher as Engine
            from cryptography.hazmat.primitives.ciphers import modes

            self._engine, self._cbc = Engine, modes.CBC

    def _encrypt(self, iv: bytes, plain: bytes) -> bytes:
        if self._algorithm is None:
            return plain
        context = self._engine(self._algorithm, self._cbc(iv)).encryptor()
        result: bytes = context.update(plain) + context.finalize()
        return result

    def _decrypt(self, sealed: bytes) -> bytes:
        """One decryptor serves all packets: in CBC a block depends on no more than the block before it.

        So the packet's IV goes in as a first block, and what comes out for it is dropped.
        """
        if self._algorithm is None:
            return sealed
        if self._decryptor is None:
            self._decryptor = self._engine(self._algorithm, self._cbc(bytes(self._iv_size))).decryptor()
        result: bytes = self._decryptor.update(sealed)[self._iv_size :]
        return result


class ModelCipher(_EncryptThenMac):
    """A stand-in with the sizes of `transform`: a hash as key stream, an HMAC as ICV.

    A combined mode's ICV is an HMAC under the encryption key here.
    """

    __slots__ = ()

    def __init__(self, transform: EspTransform, keys: tuple[bytes, bytes]) -> None:
        super().__init__(transform, keys)
        if transform.encryption.combined:
            self._digest, self._integrity_key = "sha256", keys[0]

    def _encrypt(self, iv: bytes, plain: bytes) -> bytes:
        return self._mix(iv, plain)

    def _decrypt(self, sealed: bytes) -> bytes:
        return self._mix(sealed[: self._iv_size], sealed[self._iv_size :])

    def _mix(self, iv: bytes, data: bytes) -> bytes:
        if not self._iv_key:
            return data
        stream = hashlib.shake_128(self._iv_key + iv).digest(len(data))
        mixed = int.from_bytes(data, "big") ^ int.from_bytes(stream, "big")
        return mixed.to_bytes(len(data), "big")


class GcmCipher:
    """AES-GCM (RFC 4106): SPI and sequence number are authenticated, not encrypted."""

    __slots__ = ("_aead", "_icv_size", "_invalid", "_salt", "_short")

    def __init__(self, transform: EspTransform, keys: tuple[bytes, bytes]) -> None:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._icv_size = transform.icv_size
        self._salt = keys[0][-4:]
        self._aead = AESGCM(keys[0][:-4])
        self._invalid = InvalidTag
        self._short: Any = None
        if self._icv_size < 16:
            from cryptography.hazmat.primitives.ciphers import algorithms

            self._short = algorithms.AES(keys[0][:-4])

    def seal(self, spi: int, sequence: int, body: bytes, next_header: int) -> bytes:
        head = esp.head(spi, sequence)
        iv = sequence.to_bytes(8, "big")
        sealed = self._aead.encrypt(self._salt + iv, esp.add_trailer(body, next_header, 4), head)
        # A shorter ICV is the first bytes of the full one.
        return b"".join((head, iv, sealed[: len(sealed) - 16 + self._icv_size]))

    def open(self, data: bytes) -> tuple[bytes, int] | None:
        start, stop = esp.bounds(data, 8, self._icv_size)
        nonce = self._salt + data[8:start]
        try:
            if self._short is None:
                plain = self._aead.decrypt(nonce, data[start:], data[:8])
            else:
                plain = self._open_short(nonce, data[start:stop], data[stop:], data[:8])
        except self._invalid:
            return None
        if len(plain) % 4:
            raise WireError(f"ESP: {len(plain)} bytes of plaintext are no multiple of 4; cut short?")
        return esp.strip_trailer(plain)

    def _open_short(self, nonce: bytes, ciphertext: bytes, tag: bytes, head: bytes) -> bytes:
        from cryptography.hazmat.primitives.ciphers import Cipher as Engine
        from cryptography.hazmat.primitives.ciphers import modes

        mode = modes.GCM(nonce, tag, min_tag_length=self._icv_size)
        context = Engine(self._short, mode).decryptor()
        context.authenticate_additional_data(head)
        return context.update(ciphertext) + context.finalize()
