"""Statements 1 and 4: what AH and ESP give, seen by an eavesdropper and an attacker on the wire."""

from __future__ import annotations

from typing import Any

from ipsec_edu.claims.bench import Wire, answered, flip_bit, sent, translate, two_routers
from ipsec_edu.claims.registry import HOLDS, HOLDS_IF, Finding, claim
from ipsec_edu.wire.icmp import pattern

__all__ = ["keyed_integrity", "three_services"]

TRANSFORMS = {
    "AH": "ah-sha-hmac",
    "ESP without encryption": "esp-null esp-sha-hmac",
    "ESP without integrity": "esp-aes 256",
    "ESP": "esp-aes 256 esp-sha-hmac",
}
LISTENED_FOR = pattern(32)


def _listen(transform: str, *, crypto: bool = True) -> dict[str, Any]:
    """Read and alter every data packet between the gateways; say what that achieved."""
    wire = Wire(pattern=LISTENED_FOR, alter=flip_bit)
    run = two_routers(transform, crypto=crypto).run(on_world=wire)
    return {
        "readable": wire.readable > 0,
        "altered": wire.altered,
        "refused": run.drops.get("bad_icv", 0),
    }


@claim(
    1,
    "IPsec authenticates, protects the integrity and keeps the content of packets secret.",
    HOLDS_IF,
    "the transform does all of it: AH and ESP with NULL hide nothing, ESP without integrity notices nothing",
)
def three_services() -> Finding:
    """Run four transforms past an attacker who reads each packet and flips one bit in it."""
    measured = {name: _listen(transform) for name, transform in TRANSFORMS.items()}
    control = _listen("esp-aes 256 esp-sha-hmac", crypto=False)
    hides = {name for name, seen in measured.items() if not seen["readable"]}
    notices = {name for name, seen in measured.items() if 0 < seen["refused"] == seen["altered"]}
    return Finding(
        measured,
        {"no IPsec": control},
        ok=hides == {"ESP", "ESP without integrity"} and notices == {"ESP", "AH", "ESP without encryption"},
        control_fails=control["readable"] and control["altered"] > 0 and not control["refused"],
    )


def _translated(transform: str, *, nat: bool) -> dict[str, int]:
    """Run with, or without, an address translator between the gateways."""
    run = two_routers(transform).run(on_world=Wire(alter=translate) if nat else None)
    return {"sent": sent(run), "answered": answered(run), "refused": run.drops.get("bad_icv", 0)}


@claim(
    4,
    "AH and ESP both authenticate with a keyed hash; ESP can encrypt as well.",
    HOLDS,
    "and they cover different bytes: AH includes the outer IP header, so translation breaks it; ESP does not",
)
def keyed_integrity() -> Finding:
    """Let a translator rewrite the outer source address: AH notices, ESP does not care."""
    measured = {
        "AH": _translated("ah-sha-hmac", nat=True),
        "ESP": _translated("esp-aes 256 esp-sha-hmac", nat=True),
    }
    control = {"AH": _translated("ah-sha-hmac", nat=False)}
    return Finding(
        measured,
        {"no translation": control["AH"]},
        ok=measured["AH"]["answered"] == 0 < measured["AH"]["refused"]
        and measured["ESP"]["answered"] >= measured["ESP"]["sent"] - 2,
        control_fails=control["AH"]["refused"] == 0 < control["AH"]["answered"],
    )
