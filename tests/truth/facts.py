"""What real daemons did, measured once and written down as data: nothing here comes from this project.

strongSwan 5.9.8 (Debian 12) with ESP in userspace (kernel-libipsec, which always travels in UDP), two
gateways on one wire with a host behind each, in network namespaces of one machine with two busy cores.
Times are in seconds; `Spread` is the smallest, the median and the largest of the runs. To add a fact,
add a row; the tests and ``docs/truth.md`` take it from here.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = [
    "CUTS",
    "DAEMON",
    "EXCHANGES",
    "FAILURES",
    "GIVES_UP",
    "RETRANSMISSIONS_S",
    "Cut",
    "Failure",
    "Spread",
    "Told",
    "WITHOUT_NAT_T",
]

DAEMON = "strongSwan 5.9.8"


class Spread(NamedTuple):
    """Smallest, median and largest of `runs` measurements."""

    least: float
    median: float
    most: float
    runs: int = 3


class Told(NamedTuple):
    """One message: `size` is the ISAKMP length in bytes (without the non-ESP marker)."""

    sender: str
    exchange: str
    number: int
    payloads: str
    size: int
    port: int = 4500
    notify: str | None = None


def _main(public: int, answer: int) -> list[Told]:
    """Main Mode: sizes of the messages with the public values, and of the last one."""
    return [
        Told("initiator", "main", 1, "SA VID VID VID VID VID", 180, 500),
        Told("responder", "main", 2, "SA VID VID VID VID", 160, 500),
        Told("initiator", "main", 3, "KE NONCE NAT-D NAT-D", public, 500),
        Told("responder", "main", 4, "KE NONCE NAT-D NAT-D", public, 500),
        Told("initiator", "main", 5, "ID HASH N", 108, notify="INITIAL-CONTACT"),
        Told("responder", "main", 6, "ID HASH", answer),
    ]


def _quick(size: int, confirm: int, payloads: str = "HASH SA NONCE ID ID") -> list[Told]:
    return [
        Told("initiator", "quick", 1, payloads, size),
        Told("responder", "quick", 2, payloads, size),
        Told("initiator", "quick", 3, "HASH", confirm),
    ]


EXCHANGES: dict[str, tuple[str, str, bool, list[Told]]] = {
    "main": ("aes256-sha1-modp1536", "aes256-sha1", False, [*_main(308, 76), *_quick(188, 60)]),
    "aes128-sha256": (
        "aes128-sha256-modp2048",
        "aes128-sha256",
        False,
        [*_main(396, 92), *_quick(188, 76)],
    ),
    "pfs": (
        "aes256-sha1-modp1536",
        "aes256-sha1-modp1536",
        False,
        [*_main(308, 76), *_quick(380, 60, "HASH SA NONCE KE ID ID")],
    ),
    "aggressive": (
        "aes256-sha1-modp1536",
        "aes256-sha1",
        True,
        [
            Told("initiator", "aggressive", 1, "SA KE NONCE ID VID VID VID VID VID", 424, 500),
            Told("responder", "aggressive", 2, "SA KE NONCE ID VID VID VID VID NAT-D NAT-D HASH", 476, 500),
            Told("initiator", "aggressive", 3, "HASH NAT-D NAT-D", 108),
            *_quick(188, 60),
        ],
    ),
}
"""By name: phase-1 proposal, phase-2 proposal, Aggressive Mode, the messages in order."""

WITHOUT_NAT_T = {
    ("main", 3): 260,
    ("main", 4): 260,
    ("main", 6): 76,
    ("quick", 2): 188,
    ("quick", 3): 60,
}
"""aes256-sha1-modp1536, aes256-sha1: sizes with a peer that does not offer NAT traversal (the messages
whose payloads do not depend on who that peer is)."""

RETRANSMISSIONS_S = (4.0, 11.2, 24.2, 47.5, 89.5)
"""When an unanswered message is sent again, after it was first sent."""
GIVES_UP = Spread(165.10, 165.19, 165.21)
"""When an unanswered Main Mode message 1 is given up."""


class Failure(NamedTuple):
    """A negotiation that cannot succeed, seen from the initiator; `ends` is when its attempt fails."""

    messages: int
    notify: str | None
    """What the responder's refusal says, where anybody can read it."""
    phase1_stays: bool
    ends: Spread
    retransmissions_s: tuple[float, ...] = ()


FAILURES = {
    "psk": Failure(14, None, False, Spread(165.14, 165.15, 165.23), RETRANSMISSIONS_S),
    "ike-proposal": Failure(2, "NO-PROPOSAL-CHOSEN", False, Spread(0.05, 0.08, 0.09)),
    "selectors": Failure(8, "INVALID-ID-INFORMATION", True, Spread(0.08, 0.10, 0.14)),
    "esp-proposal": Failure(8, "NO-PROPOSAL-CHOSEN", True, Spread(0.06, 0.07, 0.08)),
    "absent": Failure(6, None, False, Spread(165.10, 165.19, 165.21), RETRANSMISSIONS_S),
}


class Cut(NamedTuple):
    """The wire is cut silently for `lasts_s`; the initiator has DPD, 10 pings a second run or none do.

    Times count from the cut, `back` from the mending.
    """

    action: str
    dpd: tuple[float, float]
    """Delay and timeout; 0: the timeout is left to its default."""
    lasts_s: float
    traffic: bool
    asked_s: tuple[float, ...]
    """R-U-THERE in the first run (the beginning of the list)."""
    dead: Spread
    begins_s: tuple[float, ...] = ()
    """Main Mode message 1 in the first run, with its retransmissions."""
    back: Spread | None = None
    outage: Spread | None = None
    given_up: tuple[float, float] | None = None
    """When the initiator gives up for good: least and most."""


CUTS = {
    "clear, idle": Cut("clear", (5, 15), 30, False, (1.7, 6.7), Spread(10.76, 11.66, 14.83)),
    "clear": Cut("clear", (5, 15), 30, True, (4.6, 9.6), Spread(14.64, 14.76, 14.86)),
    "clear, timeout unset": Cut(
        "clear", (5, 0), 200, True, (5.6, 10.6, 15.6, 20.6), Spread(164.82, 165.68, 165.89)
    ),
    "restart, 20 s": Cut(
        "restart",
        (5, 15),
        20,
        True,
        (4.5, 9.5),
        Spread(14.47, 14.83, 15.58),
        (14.5, 18.5, 25.7),
        Spread(5.75, 6.04, 6.79),
        Spread(26.12, 26.19, 26.89),
    ),
    "restart, 40 s": Cut(
        "restart",
        (5, 15),
        40,
        True,
        (5.5, 10.5),
        Spread(14.77, 15.07, 15.51),
        (15.5, 19.5, 26.7, 39.7, 63.0),
        Spread(22.27, 22.58, 23.01),
        Spread(62.45, 62.78, 63.14),
    ),
    "restart, 90 s": Cut(
        "restart",
        (5, 15),
        90,
        True,
        (5.4, 10.4),
        Spread(14.68, 14.88, 15.40),
        (15.4, 19.4, 26.6, 39.6, 62.9, 104.9),
        Spread(14.22, 14.46, 14.91),
        Spread(104.30, 104.59, 105.09),
    ),
    "restart, 200 s": Cut(
        "restart",
        (5, 15),
        200,
        True,
        (4.6, 9.6),
        Spread(14.62, 14.85, 15.75),
        (14.6, 18.6, 25.8, 38.8, 62.1, 104.1),
        given_up=(179.7, 180.8),
    ),
}
