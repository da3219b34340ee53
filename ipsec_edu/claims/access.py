"""Statements 10 and 20: IPsec rides on routing, and a tunnel can end on a loopback."""

from __future__ import annotations

from typing import Any

from ipsec_edu.claims.bench import Wire, answered, two_backbones, two_routers
from ipsec_edu.claims.registry import HOLDS, Finding, claim
from ipsec_edu.core.errors import ConfigError
from ipsec_edu.core.units import to_us
from ipsec_edu.lab import Lab

__all__ = ["ends_on_loopback", "rides_on_routing"]

FAIL_S = 10
FAULTS = (f"{FAIL_S} down PE1:GigabitEthernet0/1", f"{FAIL_S} down PE2:GigabitEthernet0/1")


def _rerouted(*, second_route: bool) -> dict[str, Any]:
    """Let the better of two backbone paths fail; say which way ESP went and what became of the SAs."""
    run = two_backbones(second_route=second_route).run(faults=FAULTS)
    spis = {True: set[int](), False: set[int]()}
    via = {True: set[str](), False: set[str]()}
    for hop in run.trace.hops:
        if hop.kind == "esp" and hop.arrived_us is not None:
            before = hop.left_us < to_us(FAIL_S)
            spis[before].add(hop.spi)
            device = hop.sender.partition(":")[0]
            if device in ("P1", "P2"):
                via[before].add(device)
    late = [p for probes in run.flows.values() for p in probes if p.sent_us > to_us(FAIL_S + 1)]
    return {
        "path before": sorted(via[True]),
        "path after": sorted(via[False]),
        "same SPIs": spis[True] == spis[False] if spis[False] else False,
        "negotiation messages": sum(m.exchange != "informational" for m in run.messages),
        "answered after": sum(p.answered_us is not None for p in late),
    }


@claim(
    10,
    "IPsec has no forwarding of its own; its packets follow ordinary IP routing.",
    HOLDS,
)
def rides_on_routing() -> Finding:
    """Change the route under a tunnel: ESP takes the other path, the SAs do not notice."""
    measured, control = _rerouted(second_route=True), _rerouted(second_route=False)
    return Finding(
        measured,
        {"no second route": control},
        ok=measured["path before"] == ["P1"]
        and measured["path after"] == ["P2"]
        and measured["same SPIs"]
        and measured["negotiation messages"] == 9,
        control_fails=control["answered after"] == 0 < measured["answered after"],
    )


LOOPBACK = "198.51.100.1"
LINE = "crypto map VPN local-address lo0"


def _loopback(*, local_address: bool) -> dict[str, Any]:
    """End GW1's side of the tunnel on a loopback, or leave it on the interface."""
    lab = two_routers().configure("GW1", f"interface Loopback0\n ip address {LOOPBACK} 255.255.255.255")
    lab = lab.configure("GW2", f"ip route {LOOPBACK} 255.255.255.255 203.0.113.1")
    if local_address:
        lab = lab.configure("GW1", LINE)
        lines = f"crypto isakmp key Lab-Only-Key address {LOOPBACK}\ncrypto map VPN 10 ipsec-isakmp\n"
        lab = lab.configure("GW2", f"{lines} no set peer 203.0.113.1\n set peer {LOOPBACK}")
    run = lab.run(on_world=(wire := Wire()))
    return {"outer source": sorted(wire.sources), "answered": answered(run)}


def _asa_refuses() -> bool:
    """Tell whether an ASA takes the same line."""
    try:
        Lab.load("site-to-site").configure("ASA1", LINE)
    except ConfigError:
        return True
    return False


@claim(
    20,
    "`crypto map NAME local-address INTERFACE` ends the tunnel on that interface's address.",
    HOLDS,
    "on IOS; an ASA has no such command",
)
def ends_on_loopback() -> Finding:
    """Look at the outer source address with the line and without it."""
    measured = _loopback(local_address=True) | {"ASA refuses": _asa_refuses()}
    control = _loopback(local_address=False)
    return Finding(
        measured,
        {"without the line": control},
        ok=measured["outer source"] == [LOOPBACK] and measured["answered"] > 0 and measured["ASA refuses"],
        control_fails=LOOPBACK not in control["outer source"] and control["answered"] > 0,
    )
