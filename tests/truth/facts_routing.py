"""What real daemons did when a way was lost: one IKE identity with OSPF below it, or several IKE identities.

The daemon of `tests.truth.facts` with FRR 8.4.4 beside it. Two gateways with loopbacks and two parallel links
(cost 10 and 20), IPsec between the loopbacks; or static routes and two addresses at one gateway. Pings every
0.02 s (hello 1 s), 0.05 s (hello 10 s), 0.1 s (several identities). Seconds after the fault, or after the
mending.
"""

from __future__ import annotations

from typing import NamedTuple

from tests.truth.facts import Spread

__all__ = ["IDENTITIES", "LINKS", "ROUTING_DAEMON", "Identities", "Links"]

ROUTING_DAEMON = "FRR 8.4.4"


class Links(NamedTuple):
    """One identity, two links: what the loss of the better link did.

    `fault` is ``carrier1`` (one gateway loses carrier), ``carrier2`` (both do) or ``silent`` (frames vanish).
    """

    fault: str
    hello: tuple[int, int]
    network: str
    dpd: tuple[float, float]
    action: str
    outage: Spread | None
    """None: no ping ever came back, in any run."""
    gw1: Spread
    gw2: Spread
    same_sas: bool
    back: Spread
    """The route is on the better link again, after the mending; no ping was lost then."""

    @property
    def name(self) -> str:
        """What the page calls it."""
        hello, dpd = ("/".join(f"{value:g}" for value in pair) for pair in (self.hello, self.dpd))
        return f"{self.fault}, {self.network}, OSPF {hello}, DPD {dpd}, {self.action}"


_P2P, _BROADCAST = "point-to-point", "broadcast"
_FAST, _SLOW = (1, 4), (10, 40)

LINKS = [
    Links("carrier1", _FAST, _P2P, (10, 30), "clear", Spread(3.16, 3.49, 3.55), Spread(0.02, 0.02, 0.02),
          Spread(3.15, 3.47, 3.54), True, Spread(0.30, 0.35, 0.87)),
    Links("carrier1", _FAST, _BROADCAST, (10, 30), "clear", Spread(0.04, 0.05, 0.05),
          Spread(0.02, 0.02, 0.02), Spread(0.02, 0.02, 0.02), True, Spread(0.44, 1.03, 5.22)),
    Links("carrier2", _FAST, _P2P, (10, 30), "clear", Spread(0.07, 0.08, 0.09), Spread(0.02, 0.02, 0.03),
          Spread(0.07, 0.07, 0.09), True, Spread(1.01, 1.02, 1.03)),
    Links("carrier2", _FAST, _BROADCAST, (10, 30), "clear", Spread(0.00, 0.00, 0.05),
          Spread(0.02, 0.02, 0.03), Spread(0.02, 0.02, 0.02), True, Spread(9.03, 9.49, 10.12)),
    Links("carrier2", _SLOW, _P2P, (30, 120), "clear", Spread(0.10, 0.16, 0.16), Spread(0.02, 0.02, 0.03),
          Spread(0.07, 0.07, 0.08), True, Spread(10.02, 10.02, 10.03)),
    Links("silent", _FAST, _P2P, (1, 3), "clear", None, Spread(3.55, 3.94, 3.94),
          Spread(3.14, 3.27, 3.74), False, Spread(0.71, 0.91, 0.96)),
    Links("silent", _FAST, _P2P, (1, 3), "restart", Spread(6.94, 7.17, 7.51), Spread(3.13, 3.52, 3.69),
          Spread(3.50, 3.69, 3.87), False, Spread(0.40, 0.65, 0.84)),
    Links("silent", _FAST, _P2P, (10, 30), "clear", Spread(3.41, 3.73, 3.73), Spread(3.18, 3.52, 3.53),
          Spread(3.38, 3.71, 3.71), True, Spread(0.33, 0.67, 0.70)),
    Links("silent", _FAST, _BROADCAST, (10, 30), "clear", Spread(3.23, 3.55, 3.74), Spread(3.21, 3.53, 3.70),
          Spread(3.21, 3.53, 3.70), True, Spread(0.44, 0.74, 5.86)),
    Links("silent", _SLOW, _P2P, (30, 120), "clear", Spread(34.30, 35.48, 39.79), Spread(30.55, 34.28, 35.42),
          Spread(33.36, 34.61, 39.73), True, Spread(4.22, 5.39, 9.70)),
    Links("silent", _SLOW, _P2P, (5, 15), "clear", None, Spread(30.55, 34.15, 35.24),
          Spread(33.36, 34.42, 39.73), False, Spread(4.11, 5.20, 9.71)),
    Links("silent", _SLOW, _P2P, (5, 15), "restart", Spread(39.73, 61.78, 62.44), Spread(30.58, 36.84, 39.25),
          Spread(35.98, 38.46, 39.77), False, Spread(6.82, 9.17, 9.72)),
]  # fmt: skip


class Identities(NamedTuple):
    """Two peer addresses at the hub, one behind each link (`link` is the one that fails).

    `mode` is ``list`` (both addresses in one connection), ``updown`` (the end of the first connection begins
    the second) or ``two`` (both are up beforehand).
    """

    mode: str
    fault: str
    link: str
    dpd: tuple[float, float]
    outage: Spread | None
    """None: never back in 75 s, in any run."""

    @property
    def name(self) -> str:
        """What the page calls it."""
        return f"{self.mode}, {self.fault} on link {self.link}, DPD {self.dpd[0]:g}/{self.dpd[1]:g}"


IDENTITIES = [
    Identities("list", "carrier", "A", (5, 15), None),
    Identities("list", "silent", "A", (5, 15), None),
    Identities("two", "silent", "A", (5, 15), Spread(0.00, 0.00, 0.00)),
    Identities("two", "silent", "B", (5, 15), Spread(14.29, 14.64, 14.94)),
    Identities("updown", "carrier", "A", (5, 15), Spread(15.12, 15.30, 15.70)),
    Identities("updown", "silent", "A", (2, 6), Spread(5.35, 6.14, 6.99)),
    Identities("updown", "silent", "A", (5, 15), Spread(14.69, 15.14, 15.40)),
]
