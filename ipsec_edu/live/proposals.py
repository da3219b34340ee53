"""Proposals as strongSwan writes them: ``aes256-sha1-modp1536``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from ipsec_edu.core.errors import LiveError
from ipsec_edu.ike.settings import IkePolicy, TransformSet

__all__ = ["CIPHERS", "GROUPS", "HASHES", "esp_proposal", "ike_proposal"]

V = TypeVar("V")

CIPHERS: dict[str, tuple[str, int]] = {
    "des": ("des", 0),
    "3des": ("3des", 0),
    "aes128": ("aes", 128),
    "aes192": ("aes", 192),
    "aes256": ("aes", 256),
}
"""Name and key bits by word."""
ESP_ONLY: dict[str, tuple[str, int]] = {
    "aes128gcm16": ("aes-gcm", 128),
    "aes192gcm16": ("aes-gcm", 192),
    "aes256gcm16": ("aes-gcm", 256),
    "null": ("null", 0),
}
HASHES = {name: name for name in ("md5", "sha1", "sha256", "sha384", "sha512")}
GROUPS = {"modp768": 1, "modp1024": 2, "modp1536": 5, "modp2048": 14, "modp3072": 15, "modp4096": 16}


LIFETIME_S = 14400
"""Of phase 1: strongSwan's default (``rekey_time = 4h``)."""


def _word(words: Mapping[str, V], word: str, what: str, text: str) -> V:
    if word not in words:
        raise LiveError(f"proposal {text!r}: {word or 'nothing'} is no {what}; known are {' '.join(words)}")
    return words[word]


def ike_proposal(text: str) -> IkePolicy:
    """Read a phase-1 proposal: cipher, hash, group.

    Raises
    ------
    LiveError
        A word that is not known, or one too few or too many; the message lists the known ones.
    """
    words = text.lower().split("-")
    if len(words) != 3:
        raise LiveError(
            f"proposal {text!r}: write CIPHER-HASH-GROUP, as aes256-sha1-modp1536; "
            f"ciphers {' '.join(CIPHERS)}; hashes {' '.join(HASHES)}; groups {' '.join(GROUPS)}"
        )
    encryption, bits = _word(CIPHERS, words[0], "cipher", text)
    digest = _word(HASHES, words[1], "hash", text)
    group = _word(GROUPS, words[2], "group", text)
    return IkePolicy(1, encryption, bits, digest, "pre-share", group, LIFETIME_S)


def esp_proposal(text: str) -> tuple[TransformSet, int | None]:
    """Read a phase-2 proposal: cipher, hash (none with GCM), and a group for PFS if it has one.

    Raises
    ------
    LiveError
        As `ike_proposal`.
    """
    first, *rest = text.lower().split("-")
    encryption, bits = _word(CIPHERS | ESP_ONLY, first, "cipher", text)
    combined = encryption == "aes-gcm"
    digest = None
    if not combined:
        digest = _word(HASHES, rest.pop(0) if rest else "", "hash", text)
    group = _word(GROUPS, rest.pop(0), "group", text) if rest else None
    if rest:
        raise LiveError(
            f"proposal {text!r}: {'-'.join(rest)} is too much; write CIPHER-HASH or CIPHER-HASH-GROUP"
        )
    return TransformSet(text, encryption, bits, digest), group
