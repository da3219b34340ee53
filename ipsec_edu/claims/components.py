"""Statements 9 and 11: what must be protected besides links and gateways, and whom one has to trust."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ipsec_edu.claims.readings import CUT, CUT_S, FLOW, answered_between, came_up, negotiation, outage_s
from ipsec_edu.claims.registry import HOLDS_IF, Finding, claim
from ipsec_edu.core.addr import parse_ip
from ipsec_edu.core.units import to_s, to_us
from ipsec_edu.lab import Lab
from ipsec_edu.net.flows import PingFlow
from ipsec_edu.net.node import Node

if TYPE_CHECKING:
    from ipsec_edu.net.world import World

__all__ = ["three_components", "trust_the_backbone"]

LARGE = "1400 bytes, DF"


def _large_pings(world: World) -> None:
    """Let PC1 send large pings that may not be fragmented, besides the small ones."""
    host = world.devices["PC1"]
    assert isinstance(host, Node)
    PingFlow(LARGE, host, parse_ip("10.2.0.10"), start_us=to_us(10.2), size=1400, dont_fragment=True)


def _spare_link(mtu: int) -> dict[str, int]:
    """Fail over to a provider whose inner link has this MTU; count small and large pings after it."""
    lab = Lab.load("access-links")
    for router in ("P2", "P3"):
        lab = lab.configure(router, f"interface Ethernet0/2\n ip mtu {mtu}\n ip ospf mtu-ignore")
    run = lab.run(60, [CUT], fidelity="model", on_world=_large_pings)
    return {
        "small": answered_between(run, FLOW, CUT_S + 5, 59),
        "large": answered_between(run, LARGE, CUT_S + 5, 59),
        "large before": answered_between(run, LARGE, 12, 30),
    }


def _other_key() -> int:
    """Return how many pings pass with every link and gateway whole, and one wrong key."""
    lab = Lab.load("access-links").configure(
        "SPOKE",
        "no crypto isakmp key Lab-Only-Key address 192.0.2.1\ncrypto isakmp key Other address 192.0.2.1",
    )
    return answered_between(lab.run(40, fidelity="model"), FLOW, 0, 39)


@claim(
    9,
    "The parts to protect against failure are the backbone, the access links and the gateways.",
    HOLDS_IF,
    "the rest holds as well: the spare path's MTU and the keys (measured here), power, names, clocks and "
    "certificates, the peer's own redundancy",
)
def three_components() -> Finding:
    """Keep all three parts redundant and whole; lower the MTU of the spare path, then change a key."""
    measured = {"MTU 1400": _spare_link(1400), "keys differ, answered": _other_key()}
    control = _spare_link(1500)
    narrow: Any = measured["MTU 1400"]
    return Finding(
        measured,
        {"MTU 1500": control},
        ok=narrow["small"] > 0 == narrow["large"] < narrow["large before"]
        and measured["keys differ, answered"] == 0,
        control_fails=control["large"] == control["small"] > 0,
    )


MIDDLE_S = 80.5
MIDDLE = f"{MIDDLE_S} cut P1:Ethernet0/2"
"""A silent failure in the provider's core, far from both customers."""


def _black_hole(*, dpd: bool) -> dict[str, Any]:
    """Cut a link in the middle; say when a gateway noticed, and how long nothing came through."""
    lab = Lab.load("backbone")
    if not dpd:
        for gateway in ("GW1", "GW2"):
            lab = lab.configure(gateway, "no crypto isakmp keepalive")
    run = lab.run(160, [MIDDLE], fidelity="model")
    deaths = [sa.down_us for sa in came_up(run, "GW1") if sa.reason == "dpd" and sa.down_us is not None]
    return {
        "gateway noticed after s": round(to_s(deaths[0]) - MIDDLE_S, 1) if deaths else None,
        "outage s": outage_s(run),
        "IKE messages": negotiation(run, MIDDLE_S),
    }


@claim(
    11,
    "The backbone is somebody else's, so gateways have to trust its redundancy.",
    HOLDS_IF,
    "trust means the repair: the gateways detect a failure by themselves if they have dead-peer detection",
)
def trust_the_backbone() -> Finding:
    """Let a black hole open in the core, with dead-peer detection and without."""
    measured, control = _black_hole(dpd=True), _black_hole(dpd=False)
    noticed = measured["gateway noticed after s"]
    return Finding(
        measured,
        {"no dead-peer detection": control},
        ok=noticed is not None and 10 <= noticed <= 21 < measured["outage s"],
        control_fails=control["gateway noticed after s"] is None,
    )
