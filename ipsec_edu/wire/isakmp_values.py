"""The numbers of ISAKMP and the IPsec DOI, with the names the RFCs give them.

RFC 2408 (payloads, notifies), RFC 2409 appendix A (phase 1), RFC 2407 section 4 (phase 2), RFC 3706 (DPD),
RFC 3947 (NAT traversal).
"""

from __future__ import annotations

import hashlib
from enum import IntEnum

__all__ = [
    "ATTRIBUTES",
    "AUTH_NUMBER",
    "ENCAPSULATION",
    "ENCRYPTION_NUMBER",
    "ESP_NUMBER",
    "EXCHANGE_NAME",
    "HASH_NUMBER",
    "INTEGRITY_NUMBER",
    "PAYLOAD_NAME",
    "TRANSFORMS",
    "VENDOR_IDS",
    "Exchange",
    "Flag",
    "IdType",
    "IpsecAttribute",
    "Notify",
    "OakleyAttribute",
    "PayloadType",
    "Protocol",
    "notify_name",
]


class Exchange(IntEnum):
    """Exchange types (RFC 2408, 3.1; RFC 2409 appendix A)."""

    MAIN = 2
    AGGRESSIVE = 4
    INFORMATIONAL = 5
    TRANSACTION = 6
    QUICK = 32
    NEW_GROUP = 33


EXCHANGE_NAME = {
    Exchange.MAIN: "main",
    Exchange.AGGRESSIVE: "aggressive",
    Exchange.INFORMATIONAL: "informational",
    Exchange.QUICK: "quick",
}


class Flag(IntEnum):
    """Bits of the header's flags."""

    ENCRYPTION = 1
    COMMIT = 2
    AUTHENTICATION = 4


class PayloadType(IntEnum):
    """Payload types (RFC 2408, 3.1; RFC 3947)."""

    NONE = 0
    SA = 1
    PROPOSAL = 2
    TRANSFORM = 3
    KE = 4
    ID = 5
    CERT = 6
    CR = 7
    HASH = 8
    SIG = 9
    NONCE = 10
    NOTIFY = 11
    DELETE = 12
    VENDOR = 13
    ATTRIBUTES = 14
    NAT_D = 20
    NAT_OA = 21


PAYLOAD_NAME = {
    PayloadType.SA: "SA",
    PayloadType.KE: "KE",
    PayloadType.ID: "ID",
    PayloadType.CERT: "CERT",
    PayloadType.CR: "CR",
    PayloadType.HASH: "HASH",
    PayloadType.SIG: "SIG",
    PayloadType.NONCE: "NONCE",
    PayloadType.NOTIFY: "N",
    PayloadType.DELETE: "D",
    PayloadType.VENDOR: "VID",
    PayloadType.ATTRIBUTES: "ATTR",
    PayloadType.NAT_D: "NAT-D",
    PayloadType.NAT_OA: "NAT-OA",
}
"""The short names used in traces and ladders."""


class Protocol(IntEnum):
    """Protocol identifiers of proposals, notifies and deletes (RFC 2407, 4.4.1)."""

    ISAKMP = 1
    AH = 2
    ESP = 3
    IPCOMP = 4


class IdType(IntEnum):
    """Identification types (RFC 2407, 4.6.2.1)."""

    IPV4_ADDR = 1
    FQDN = 2
    USER_FQDN = 3
    IPV4_ADDR_SUBNET = 4
    IPV6_ADDR = 5
    IPV6_ADDR_SUBNET = 6
    IPV4_ADDR_RANGE = 7
    IPV6_ADDR_RANGE = 8
    DER_ASN1_DN = 9
    DER_ASN1_GN = 10
    KEY_ID = 11


class Notify(IntEnum):
    """Notify message types (RFC 2408, 3.14.1; RFC 2407, 4.6.3; RFC 3706)."""

    INVALID_COOKIE = 4
    INVALID_EXCHANGE_TYPE = 7
    INVALID_MESSAGE_ID = 9
    INVALID_SPI = 11
    NO_PROPOSAL_CHOSEN = 14
    PAYLOAD_MALFORMED = 16
    INVALID_KEY_INFORMATION = 17
    INVALID_ID_INFORMATION = 18
    INVALID_HASH_INFORMATION = 23
    AUTHENTICATION_FAILED = 24
    UNSUPPORTED_EXCHANGE_TYPE = 29
    CONNECTED = 16384
    RESPONDER_LIFETIME = 24576
    REPLAY_STATUS = 24577
    INITIAL_CONTACT = 24578
    R_U_THERE = 36136
    R_U_THERE_ACK = 36137


def notify_name(number: int) -> str:
    """Return a notify's name as the RFC writes it, ``NOTIFY-n`` where it has none here."""
    try:
        return Notify(number).name.replace("_", "-")
    except ValueError:
        return f"NOTIFY-{number}"


class OakleyAttribute(IntEnum):
    """Phase-1 attributes (RFC 2409 appendix A)."""

    ENCRYPTION = 1
    HASH = 2
    AUTHENTICATION = 3
    GROUP = 4
    LIFE_TYPE = 11
    LIFE_DURATION = 12
    PRF = 13
    KEY_LENGTH = 14


class IpsecAttribute(IntEnum):
    """Phase-2 attributes (RFC 2407, 4.5)."""

    LIFE_TYPE = 1
    LIFE_DURATION = 2
    GROUP = 3
    ENCAPSULATION = 4
    AUTHENTICATION = 5
    KEY_LENGTH = 6
    KEY_ROUNDS = 7
    ECN_TUNNEL = 10
    ESN = 11


ENCRYPTION_NUMBER = {"des": 1, "3des": 5, "aes": 7}
HASH_NUMBER = {"md5": 1, "sha1": 2, "sha256": 4, "sha384": 5, "sha512": 6}
AUTH_NUMBER = {"pre-share": 1, "rsa-sig": 3}
ESP_NUMBER = {"des": 2, "3des": 3, "null": 11, "aes": 12, "aes-gcm": 20}
"""ESP transform identifiers (RFC 2407, 4.4.4; RFC 3602; RFC 4106)."""
INTEGRITY_NUMBER = {"md5": 1, "sha1": 2, "sha256": 5, "sha384": 6, "sha512": 7}
"""Authentication algorithms of ESP and AH (AH's transform numbers differ for md5 and sha1)."""
ENCAPSULATION = {"tunnel": 1, "transport": 2, "udp-tunnel": 3, "udp-transport": 4}

_LIFE = {1: "seconds", 2: "kilobytes"}
_GROUPS = {1: "MODP 768", 2: "MODP 1024", 5: "MODP 1536", 14: "MODP 2048", 15: "MODP 3072", 16: "MODP 4096"}

ATTRIBUTES: dict[int, dict[int, tuple[str, dict[int, str]]]] = {
    Protocol.ISAKMP: {
        OakleyAttribute.ENCRYPTION: ("Encryption Algorithm", {1: "DES-CBC", 5: "3DES-CBC", 7: "AES-CBC"}),
        OakleyAttribute.HASH: (
            "Hash Algorithm",
            {1: "MD5", 2: "SHA", 4: "SHA2-256", 5: "SHA2-384", 6: "SHA2-512"},
        ),
        OakleyAttribute.AUTHENTICATION: ("Authentication Method", {1: "pre-shared key", 3: "RSA signatures"}),
        OakleyAttribute.GROUP: ("Group Description", _GROUPS),
        OakleyAttribute.LIFE_TYPE: ("Life Type", _LIFE),
        OakleyAttribute.LIFE_DURATION: ("Life Duration", {}),
        OakleyAttribute.PRF: ("PRF", {}),
        OakleyAttribute.KEY_LENGTH: ("Key Length", {}),
    },
    Protocol.ESP: {
        IpsecAttribute.LIFE_TYPE: ("SA Life Type", _LIFE),
        IpsecAttribute.LIFE_DURATION: ("SA Life Duration", {}),
        IpsecAttribute.GROUP: ("Group Description", _GROUPS),
        IpsecAttribute.ENCAPSULATION: (
            "Encapsulation Mode",
            {1: "tunnel", 2: "transport", 3: "UDP-encapsulated tunnel", 4: "UDP-encapsulated transport"},
        ),
        IpsecAttribute.AUTHENTICATION: (
            "Authentication Algorithm",
            {1: "HMAC-MD5", 2: "HMAC-SHA", 5: "HMAC-SHA2-256", 6: "HMAC-SHA2-384", 7: "HMAC-SHA2-512"},
        ),
        IpsecAttribute.KEY_LENGTH: ("Key Length", {}),
        IpsecAttribute.KEY_ROUNDS: ("Key Rounds", {}),
        IpsecAttribute.ECN_TUNNEL: ("ECN Tunnel", {}),
        IpsecAttribute.ESN: ("Extended Sequence Numbers", {}),
    },
}
"""``protocol -> attribute -> (name, names of its values)``; AH and IPCOMP share ESP's."""
ATTRIBUTES[Protocol.AH] = ATTRIBUTES[Protocol.IPCOMP] = ATTRIBUTES[Protocol.ESP]

TRANSFORMS: dict[int, dict[int, str]] = {
    Protocol.ISAKMP: {1: "KEY_IKE"},
    Protocol.AH: {2: "MD5", 3: "SHA", 5: "SHA2-256", 6: "SHA2-384", 7: "SHA2-512"},
    Protocol.ESP: {2: "DES", 3: "3DES", 11: "NULL", 12: "AES", 20: "AES-GCM-16"},
}

VENDOR_IDS: dict[str, bytes] = {
    "XAUTH": bytes.fromhex("09002689dfd6b712"),
    "DPD": bytes.fromhex("afcad71368a1f1c96b8696fc77570100"),
    "UNITY": bytes.fromhex("12f5f28c457168a9702d9fe274cc0100"),
    "NAT-T": hashlib.md5(b"RFC 3947", usedforsecurity=False).digest(),
    "NAT-T-02": hashlib.md5(b"draft-ietf-ipsec-nat-t-ike-02\n", usedforsecurity=False).digest(),
    "NAT-T-03": hashlib.md5(b"draft-ietf-ipsec-nat-t-ike-03", usedforsecurity=False).digest(),
    "NAT-T-07": hashlib.md5(b"draft-ietf-ipsec-nat-t-ike-07", usedforsecurity=False).digest(),
    "FRAGMENTATION": hashlib.md5(b"FRAGMENTATION", usedforsecurity=False).digest(),
    "FRAGMENTATION+": hashlib.md5(b"FRAGMENTATION", usedforsecurity=False).digest()
    + bytes.fromhex("80000000"),
}
"""Vendor IDs by the names used in `ike.profile`: most are the hash of a text."""
