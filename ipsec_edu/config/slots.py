"""The typed places of a command: what may stand there, and what to say when it does not.

A slot takes one or more words and returns a value, or raises `MismatchError` with a hint for
the reader when the word *looks like* an attempt (``1.1.2.2.`` for an address); without a
hint the error lists what was expected.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ipsec_edu.config.names import canonical_interface, split_interface
from ipsec_edu.core.addr import Prefix, format_ip, mask_of, parse_ip

__all__ = ["MismatchError", "PROTOCOLS", "Slot", "Word", "well_known_port"]

_NUMERIC = re.compile(r"[\d.]+\Z", re.ASCII)
_DIGITS = re.compile(r"\d{1,10}\Z", re.ASCII)
_PLACEHOLDER = re.compile(
    r"(<.*>?|[A-Za-z]\.[A-Za-z]\.[A-Za-z]\.[A-Za-z]|[xX]{1,3}(\.[xX\d]{1,3}){3}|\[.*\])\Z"
)

PROTOCOLS = {
    "ip": 0,
    "icmp": 1,
    "igmp": 2,
    "ipinip": 4,
    "tcp": 6,
    "igrp": 9,
    "udp": 17,
    "gre": 47,
    "esp": 50,
    "ah": 51,
    "ahp": 51,
    "eigrp": 88,
    "ospf": 89,
    "nos": 94,
    "pim": 103,
    "pcp": 108,
    "sctp": 132,
}
"""Protocol words of access lists (IANA numbers; ``ip`` means any)."""

_PORTS = {
    "echo": 7,
    "discard": 9,
    "daytime": 13,
    "chargen": 19,
    "ftp-data": 20,
    "ftp": 21,
    "ssh": 22,
    "telnet": 23,
    "smtp": 25,
    "time": 37,
    "tacacs": 49,
    "domain": 53,
    "bootps": 67,
    "bootpc": 68,
    "tftp": 69,
    "gopher": 70,
    "finger": 79,
    "www": 80,
    "http": 80,
    "hostname": 101,
    "pop2": 109,
    "pop3": 110,
    "sunrpc": 111,
    "ident": 113,
    "nntp": 119,
    "ntp": 123,
    "netbios-ns": 137,
    "netbios-dgm": 138,
    "netbios-ssn": 139,
    "netbios-ss": 139,
    "imap4": 143,
    "snmp": 161,
    "snmptrap": 162,
    "bgp": 179,
    "irc": 194,
    "ldap": 389,
    "https": 443,
    "isakmp": 500,
    "syslog": 514,
    "login": 513,
    "cmd": 514,
    "lpd": 515,
    "rip": 520,
    "radius": 1645,
    "radius-acct": 1646,
    "h323": 1720,
    "pptp": 1723,
    "sip": 5060,
    "non500-isakmp": 4500,
    "sqlnet": 1521,
    "nfs": 2049,
}


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a line and the column (from 1) where it stands."""

    text: str
    column: int


class MismatchError(Exception):
    """The words do not fit the slot; the text, if any, says why."""


def well_known_port(text: str) -> int:
    """Return a port's number from its number or its name (ValueError if it is neither)."""
    if _DIGITS.match(text):
        if int(text) > 65535:
            raise ValueError(f"{text}: ports are 0 to 65535")
        return int(text)
    if text.lower() not in _PORTS:
        raise ValueError(f"{text!r} is not a port: write its number, such as 500 for isakmp")
    return _PORTS[text.lower()]


def _address(text: str) -> int:
    if _PLACEHOLDER.match(text):
        raise MismatchError(f"{text} is a placeholder, not an address: write the real one")
    if not _NUMERIC.match(text) or "." not in text:
        raise MismatchError(f"{text} is a name, not an address" if text[0].isalpha() and "." in text else "")
    octets = text.split(".")
    if text.endswith(".") and len(octets) == 5:
        raise MismatchError(f"an address has no dot at its end: {text[:-1]}")
    if len(octets) != 4 or "" in octets:
        raise MismatchError(
            f"an address has four numbers with dots between them; {text} has {len([o for o in octets if o])}"
        )
    try:
        return parse_ip(text)
    except ValueError as error:
        raise MismatchError(str(error)) from None


def _zero(text: str, platform: str) -> bool:
    return platform == "asa" and text == "0"


def _ip(slot: Slot, words: Sequence[Word], i: int, text: str, platform: str) -> tuple[Any, int]:
    return (0 if _zero(words[i].text, platform) else _address(words[i].text)), 1


def _mask(slot: Slot, words: Sequence[Word], i: int, text: str, platform: str) -> tuple[Any, int]:
    if _zero(words[i].text, platform):
        return 0, 1
    if re.match(r"/\d", words[i].text):
        raise MismatchError(
            "write the mask in dots: "
            f"{format_ip(mask_of(min(32, int(re.sub(r'[^0-9]', '', words[i].text)[:2]))))}"
        )
    value = _address(words[i].text)
    inverted = ~value & 0xFFFFFFFF
    if inverted & (inverted + 1) == 0:
        return 32 - inverted.bit_length(), 1
    if value & (value + 1) == 0:
        raise MismatchError(f"{words[i].text} is a wildcard; here stands a netmask: {format_ip(inverted)}")
    raise MismatchError(f"{words[i].text} is not a netmask (ones to the left, zeros to the right)")


def _wildcard(slot: Slot, words: Sequence[Word], i: int, text: str, platform: str) -> tuple[Any, int]:
    value = _address(words[i].text)
    inverted = ~value & 0xFFFFFFFF
    if value & (value + 1) == 0:
        return 32 - value.bit_length(), 1
    if inverted & (inverted + 1) == 0:
        if slot.args == "or-mask":  # EIGRP turns a mask round by itself
            return 32 - inverted.bit_length(), 1
        raise MismatchError(f"{words[i].text} is a netmask; here stands a wildcard: {format_ip(inverted)}")
    raise MismatchError(
        f"{words[i].text} is a wildcard with holes, most often a typing error (0.0.0.255 is a /24); "
        "such a pattern is not a prefix and cannot be used here"
    )


def _int(slot: Slot, words: Sequence[Word], i: int, text: str, platform: str) -> tuple[Any, int]:
    word = words[i].text
    if not _DIGITS.match(word):
        raise MismatchError("")
    low, _, high = slot.args.partition("-")
    if not int(low) <= int(word) <= int(high):
        raise MismatchError(f"{word} is out of range: {low} to {high} are allowed")
    return int(word), 1


def _interface(slot: Slot, words: Sequence[Word], i: int, text: str, platform: str) -> tuple[Any, int]:
    word = words[i].text
    if platform == "linux":
        return word, 1
    if (
        split_interface(word) is None
        and word[0].isalpha()
        and i + 1 < len(words)
        and words[i + 1].text[0].isdigit()
    ):
        joined, count = word + words[i + 1].text, 2
    else:
        joined, count = word, 1
    try:
        return canonical_interface(joined, platform), count
    except ValueError as error:
        raise MismatchError(str(error) if split_interface(joined) else "") from None


def _line(slot: Slot, words: Sequence[Word], i: int, text: str, platform: str) -> tuple[Any, int]:
    return text[words[i].column - 1 :].rstrip(), len(words) - i


def _name(slot: Slot, words: Sequence[Word], i: int, text: str, platform: str) -> tuple[Any, int]:
    if slot.args.isdigit() and len(words[i].text) > int(slot.args):
        raise MismatchError(
            f"{words[i].text} has {len(words[i].text)} characters; at most {slot.args} are allowed"
        )
    return words[i].text, 1


def _host(slot: Slot, words: Sequence[Word], i: int, text: str, platform: str) -> tuple[Any, int]:
    word = words[i].text
    if _PLACEHOLDER.match(word) or not word[0].isalpha():
        raise MismatchError("")  # the address beside it knows better what is wrong
    return word, 1


def _prefix(slot: Slot, words: Sequence[Word], i: int, text: str, platform: str) -> tuple[Any, int]:
    word = words[i].text
    if word == "default":
        return Prefix(0, 0), 1
    address, slash, length = word.partition("/")
    value = _address(address)
    if not slash and slot.args == "slash":
        raise MismatchError(f"write the length of the prefix, too: {word}/24")
    if slash and not (_DIGITS.match(length) and int(length) <= 32):
        raise MismatchError(f"{word}: a prefix length is 0 to 32")
    bits = int(length) if slash else 32
    return ((value, bits) if slot.args == "host" else Prefix.of(value, bits)), 1


def _area(slot: Slot, words: Sequence[Word], i: int, text: str, platform: str) -> tuple[Any, int]:
    word = words[i].text
    if _DIGITS.match(word) and int(word) < 1 << 32:
        return int(word), 1
    if _NUMERIC.match(word):
        return _address(word), 1
    raise MismatchError("")


def _time(slot: Slot, words: Sequence[Word], i: int, text: str, platform: str) -> tuple[Any, int]:
    match = re.match(r"(\d{1,2}):([0-5]?\d)(?::([0-5]?\d))?\Z", words[i].text, re.ASCII)
    if match is None:
        raise MismatchError("")
    return int(match[1]) * 3600 + int(match[2]) * 60 + int(match[3] or 0), 1


def _port(slot: Slot, words: Sequence[Word], i: int, text: str, platform: str) -> tuple[Any, int]:
    try:
        return well_known_port(words[i].text), 1
    except ValueError as error:
        raise MismatchError(str(error)) from None


def _protocol(slot: Slot, words: Sequence[Word], i: int, text: str, platform: str) -> tuple[Any, int]:
    word = words[i].text.lower()
    if word in PROTOCOLS:
        return PROTOCOLS[word], 1
    if _DIGITS.match(word) and int(word) <= 255:
        return int(word), 1
    raise MismatchError("")


def _pair(slot: Slot, words: Sequence[Word], i: int, text: str, platform: str) -> tuple[Any, int]:
    taken = ""
    for count, word in enumerate(words[i : i + 5], 1):  # blanks inside the brackets are allowed
        taken += word.text
        if taken.endswith(")"):
            names = taken[1:-1].split(",")
            if taken[0] == "(" and all(names) and len(names) == int(slot.args):
                return tuple(names), count
            break
    raise MismatchError("")


_INTEGRITY = {
    "md5-hmac": "md5",
    "sha-hmac": "sha1",
    "sha256-hmac": "sha256",
    "sha384-hmac": "sha384",
    "sha512-hmac": "sha512",
}


def _transform(slot: Slot, words: Sequence[Word], i: int, text: str, platform: str) -> tuple[Any, int]:
    """Return (family, algorithm, key bits): family ``enc``, ``auth`` or ``ah``."""
    word = words[i].text.lower()
    names: dict[str, tuple[str, str, int]] = {
        **{
            f"esp-{name}": ("auth", value, 0)
            for name, value in _INTEGRITY.items()
            if platform == "ios" or "sha2" not in value
        },
        **{f"ah-{name}": ("ah", value, 0) for name, value in _INTEGRITY.items() if platform == "ios"},
        **{f"esp-{name}": ("enc", name, 0) for name in ("des", "3des", "null")},
        "esp-aes": ("enc", "aes", 128),
    }
    if platform == "ios":
        names |= {"esp-gcm": ("enc", "aes-gcm", 128)}
    else:
        names |= {
            "esp-aes-192": ("enc", "aes", 192),
            "esp-aes-256": ("enc", "aes", 256),
            "esp-none": ("auth", "", 0),
        }
        del names["esp-sha384-hmac"], names["esp-sha512-hmac"]
    fits = [name for name in names if name == word] or [name for name in names if name.startswith(word)]
    if len(fits) != 1:
        bits = re.match(r"esp-aes-?(128|192|256)\Z", word)
        if platform == "ios" and bits:
            raise MismatchError(f"IOS writes the key length as a word of its own: esp-aes {bits[1]}")
        raise MismatchError(
            f"a transform is one of {', '.join(sorted(names))}" if word.startswith(("esp", "ah")) else ""
        )
    family, algorithm, key_bits = names[fits[0]]
    follows = words[i + 1].text if i + 1 < len(words) else ""
    if key_bits and follows in ("128", "192", "256"):
        if platform == "asa":
            raise MismatchError(
                f"ASA writes the key length with a dash: esp-aes{'' if follows == '128' else '-' + follows}"
            )
        return (family, algorithm, int(follows)), 2
    return (family, algorithm, key_bits), 1


_KINDS: dict[str, tuple[Callable[[Slot, Sequence[Word], int, str, str], tuple[Any, int]], str]] = {
    "ip": (_ip, "an address"),
    "mask": (_mask, "a netmask"),
    "wildcard": (_wildcard, "a wildcard"),
    "int": (_int, "a number"),
    "if": (_interface, "an interface"),
    "line": (_line, "text"),
    "name": (_name, "a name"),
    "host": (_host, "a host name"),
    "prefix": (_prefix, "a prefix such as 10.0.0.0/8"),
    "area": (_area, "an area"),
    "time": (_time, "a time such as 00:05:00"),
    "port": (_port, "a port"),
    "protocol": (_protocol, "a protocol"),
    "transform": (_transform, "a transform such as esp-aes"),
    "pair": (_pair, "interface names in brackets, such as (inside,outside)"),
}


@dataclass(frozen=True, slots=True)
class Slot:
    """A typed place in a pattern: ``<int 10-3600:interval>`` is Slot("int", "10-3600", "interval")."""

    kind: str
    args: str
    name: str

    def take(self, words: Sequence[Word], i: int, text: str, platform: str) -> tuple[Any, int]:
        """Return the value and how many words it took (`MismatchError` if they do not fit)."""
        return _KINDS[self.kind][0](self, words, i, text, platform)

    def __str__(self) -> str:
        if self.kind == "int":
            return self.args.replace("-", " to ")
        return self.name if self.kind == "name" and self.name != "name" else _KINDS[self.kind][1]
