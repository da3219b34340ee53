"""Statements 6 and 7: whether two private LANs need a tunnel, and what the two-ASA lab needs besides it."""

from __future__ import annotations

from typing import Any

from ipsec_edu.claims.bench import answered, sent, two_backbones, two_routers
from ipsec_edu.claims.registry import HOLDS_IF, Finding, claim
from ipsec_edu.lab import Lab
from ipsec_edu.run import Run

__all__ = ["private_needs_tunnel", "two_asas_suffice"]


def _reached(run: Run) -> dict[str, int]:
    """Return sent and answered."""
    return {"sent": sent(run), "answered": answered(run)}


@claim(
    6,
    "Two LANs with private addresses cannot reach each other without a tunnel.",
    HOLDS_IF,
    "the backbone does not route private addresses; over a private WAN they talk, and in clear",
)
def private_needs_tunnel() -> Finding:
    """Take the crypto map away over a provider's backbone, and over a private line."""
    measured = {
        "provider, no tunnel": _reached(two_backbones(crypto=False).run()),
        "private line, no tunnel": _reached(two_routers(crypto=False).run()),
    }
    control = _reached(two_backbones().run())
    line = measured["private line, no tunnel"]
    return Finding(
        measured,
        {"provider, with tunnel": control},
        ok=measured["provider, no tunnel"]["answered"] == 0 and line["answered"] >= line["sent"] - 1,
        control_fails=control["answered"] > 0,
    )


HARMLESS = {"lifetimes-differ"}
"""The one of the fifteen that is no fault: the shorter lifetime is used."""


@claim(
    7,
    "Two ASAs with IKEv1 between their outside interfaces give the routers behind them reachability.",
    HOLDS_IF,
    "keys, proposals, identities, access lists, NAT exemption, routes and filters agree as well",
)
def two_asas_suffice() -> Finding:
    """Run the lab as it is, then with each of fifteen faults; the shared key is the control."""
    lab = Lab.load("site-to-site")
    healthy = _reached(lab.run(until=30))
    broken = {name: _reached(lab.variant(name).run(until=30))["answered"] for name in lab.variants}
    working = {name for name, count in broken.items() if count}
    measured: dict[str, Any] = {"healthy": healthy, "answered with a fault": broken}
    return Finding(
        measured,
        {"keys differ": broken.get("psk-mismatch", -1)},
        ok=healthy["answered"] >= healthy["sent"] - 2 and working == HARMLESS,
        control_fails=broken.get("psk-mismatch") == 0,
    )
