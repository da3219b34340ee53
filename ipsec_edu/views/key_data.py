"""The keys of a run for the ladder, with what each was derived from (RFC 2409, section 5).

A simulator may show them; no device does. `KeyData.build` returns two lists:

=========  ========================================================================
key        value
=========  ========================================================================
ike        cookie, at: {node: time}, private: {node: hex}, and in hex psk (as text), ni,
           nr, gx, gy, gxy, skeyid, d, a, e, ka, iv; hash, cipher (words), group, model
child      cookie, at, node (the receiver), protocol, spi, enc and auth (hex), ni, nr, pfs
=========  ========================================================================

Two ends that computed the same share one entry of `ike`; two entries for one cookie are what a
wrong pre-shared key looks like.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from ipsec_edu.core.errors import WireError
from ipsec_edu.ike.crypto import BLOCK_BYTES, Crypto
from ipsec_edu.trace.recorder import Trace
from ipsec_edu.trace.records import IkeKeys, Message
from ipsec_edu.wire.isakmp import HEADER_BYTES, Nonce, SecurityAssociation, unpack_payloads

__all__ = ["KeyData", "cipher_words"]


def cipher_words(cipher: str, key_bytes: int) -> str:
    """Return how one writes a cipher: ``AES-256-CBC``."""
    if cipher == "aes":
        return f"AES-{key_bytes * 8}-CBC"
    return {"des": "DES-CBC", "3des": "3DES-CBC"}.get(cipher, cipher)


@lru_cache(maxsize=4096)
def _quick_parts(clear: bytes) -> tuple[bytes, frozenset[int]]:
    """Return the nonce of a decrypted Quick Mode message and the SPIs that it offers or accepts."""
    try:
        payloads, _ = unpack_payloads(clear[16], clear, HEADER_BYTES)
    except (WireError, IndexError):
        return b"", frozenset()
    nonce = next((p.data for p in payloads if isinstance(p, Nonce)), b"")
    proposals = [part for p in payloads if isinstance(p, SecurityAssociation) for part in p.proposals]
    return nonce, frozenset(int.from_bytes(part.spi, "big") for part in proposals)


class KeyData:
    """What a run's devices derived.

    Parameters
    ----------
    trace : Trace
        With its keys and messages.
    index : dict
        Device to its number.
    model : bool
        Whether ciphers are only modelled (``fidelity="model"``).
    """

    def __init__(self, trace: Trace, index: dict[str, int], model: bool) -> None:
        self.trace = trace
        self.index = index
        self.model = model
        self.by_cookie: dict[bytes, IkeKeys] = {}
        for keys in trace.ike_keys:
            self.by_cookie.setdefault(keys.cookies[0], keys)
        self._last: dict[tuple[bytes, int], bytes] = {}
        """Last cipher block by exchange; message ID 0 is phase 1."""
        self._used: dict[bytes, bytes] = {}

    def iv_of(self, message: Message) -> bytes:
        """Return the IV of `message`, b"" if it is in clear; asked for every message in order of time."""
        cookie = message.cookies[0]
        keys = self.by_cookie.get(cookie)
        if keys is None or not message.encrypted:
            return b""
        if message.wire in self._used:
            return self._used[message.wire]  # a retransmission: the same bytes under the same IV
        block = BLOCK_BYTES[keys.cipher]
        phase1 = self._last.get((cookie, 0), keys.iv)
        seed = phase1 + message.message_id.to_bytes(4, "big")
        first = phase1 if not message.message_id else Crypto.hash(keys.hash_name, seed)[:block]
        iv = self._last.get((cookie, message.message_id), first)
        self._last[cookie, message.message_id] = message.wire[-block:]
        self._used[message.wire] = iv
        return iv

    def build(self) -> dict[str, Any]:
        """Return the lists of this module's docstring."""
        return {"ike": self._ike(), "child": self._children()}

    def _ike(self) -> list[dict[str, Any]]:
        made: dict[tuple[bytes, bytes, bytes], dict[str, Any]] = {}
        for keys in self.trace.ike_keys:
            entry = made.setdefault(
                (keys.cookies[0], keys.skeyid, keys.cipher_key),
                {
                    "cookie": keys.cookies[0].hex(),
                    "at": {},
                    "private": {},
                    "psk": keys.psk.decode("utf-8", "replace"),
                    "ni": keys.nonce_i.hex(),
                    "nr": keys.nonce_r.hex(),
                    "gx": keys.public_i.hex(),
                    "gy": keys.public_r.hex(),
                    "gxy": keys.shared.hex(),
                    "skeyid": keys.skeyid.hex(),
                    "d": keys.skeyid_d.hex(),
                    "a": keys.skeyid_a.hex(),
                    "e": keys.skeyid_e.hex(),
                    "ka": keys.cipher_key.hex(),
                    "iv": keys.iv.hex(),
                    "hash": keys.hash_name,
                    "cipher": cipher_words(keys.cipher, len(keys.cipher_key)),
                    "group": keys.group,
                    "model": self.model,
                },
            )
            node = self.index.get(keys.node, -1)
            entry["at"][node] = keys.at_us
            entry["private"][node] = keys.private.hex()
        return list(made.values())

    def _children(self) -> list[dict[str, Any]]:
        nonces: dict[tuple[bytes, int], dict[int, bytes]] = {}
        exchange_of: dict[tuple[bytes, int], int] = {}
        for message in self.trace.messages:
            if message.exchange == "quick" and message.number < 3:
                cookie = message.cookies[0]
                nonce, spis = _quick_parts(message.clear)
                nonces.setdefault((cookie, message.message_id), {})[message.number] = nonce
                exchange_of.update({(cookie, spi): message.message_id for spi in spis})
        records = []
        for child in self.trace.child_keys:
            exchange = exchange_of.get((child.cookie, child.inbound_spi), -1)
            pair = nonces.get((child.cookie, exchange), {})
            records.append(
                {
                    "cookie": child.cookie.hex(),
                    "at": child.at_us,
                    "node": self.index.get(child.node, -1),
                    "id": exchange,
                    "protocol": child.protocol,
                    "spi": f"{child.inbound_spi:08x}",
                    "enc": child.inbound[0].hex(),
                    "auth": child.inbound[1].hex(),
                    "ni": pair.get(1, b"").hex(),
                    "nr": pair.get(2, b"").hex(),
                    "pfs": child.pfs_group or 0,
                }
            )
        return records
