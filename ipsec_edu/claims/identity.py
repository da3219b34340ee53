"""Statements 15 to 19: who a gateway says it is, and what one address for two links changes."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from ipsec_edu.claims.bench import answered, two_routers
from ipsec_edu.claims.networks import LOOPBACK, TRANSLATED, on_loopback, translated
from ipsec_edu.claims.readings import answered_between, forms, pairs, played
from ipsec_edu.claims.registry import HOLDS, MISLEADING, Finding, claim
from ipsec_edu.config.scenario import FlowSpec
from ipsec_edu.core.addr import format_ip
from ipsec_edu.ike.identity import identity_text
from ipsec_edu.lab import Lab
from ipsec_edu.run import Run
from ipsec_edu.wire.isakmp import HEADER_BYTES, Identification, unpack_header, unpack_payloads

if TYPE_CHECKING:
    from ipsec_edu.net.world import World
    from ipsec_edu.wire.packet import Packet

__all__ = [
    "identity_is_a_payload",
    "map_on_both",
    "one_set_of_sas",
    "one_shared_neighbour",
    "several_exits",
]


def _identity(run: Run) -> str:
    """Return what the initiator called itself in the fifth message of Main Mode."""
    for message in run.messages:
        if (message.exchange, message.number) == ("main", 5):
            first = unpack_header(message.clear).next_payload
            for payload in unpack_payloads(first, message.clear, HEADER_BYTES)[0]:
                if isinstance(payload, Identification):
                    return identity_text(payload)
    return "never said"


def _introduced(lab: Lab, port: str = "GW2:GigabitEthernet0/1") -> dict[str, Any]:
    """Return where the first message comes from, as it is seen at `port`, and who its sender says it is."""
    sources: list[str] = []

    def look(packet: Packet, outgoing: bool, now_us: int) -> None:
        if not outgoing:
            sources.append(format_ip(packet.source))

    def on_world(world: World) -> None:
        world.port(port).tap(look)

    run = lab.run(12, on_world=on_world)
    return {"source": sources[0], "identity": _identity(run), "answered": answered(run)}


@claim(
    15,
    "The initiator's IKE identity is the source address of its first message, and it stays the same.",
    MISLEADING,
    "it is the ID payload of message 5, an address by default or a host name; the source address only "
    "selects the pre-shared key, and NAT makes the two differ",
)
def identity_is_a_payload() -> Finding:
    """Put a translator between the gateways, let one call itself by name, move the key."""
    named = Lab.load("site-to-site").configure("ASA1", "crypto isakmp identity hostname")
    group = "tunnel-group 203.0.113.1 ipsec-attributes"
    # An ASA insists on the address as identity unless it is told not to look.
    named = named.configure("ASA2", f"{group}\n peer-id-validate nocheck")
    measured = {
        "behind NAT": _introduced(translated()),
        "by host name (ASA)": _introduced(named, "ASA2:GigabitEthernet0/1"),
        "behind NAT, key kept under the identity": _introduced(translated(key_for="172.16.0.1")),
    }
    control = _introduced(two_routers())
    nat, name, key = measured.values()
    return Finding(
        measured,
        {"neither": control},
        ok=(nat["source"], nat["identity"]) == (TRANSLATED, "172.16.0.1")
        and name["identity"] == "ASA1" != name["source"]
        and min(nat["answered"], name["answered"]) > 0 == key["answered"],
        control_fails=control["source"] == control["identity"] and control["answered"] > 0,
    )


def _by_interface(variant: str) -> dict[str, Any]:
    """Return what the hub's two interfaces show of their SAs."""
    flows = played(variant).at(90).device("HUB").flows
    shown = {flow.interface: {sa.spi for sa in flow.inbound + flow.outbound} for flow in flows}
    first, second = shown.values()
    return {
        "local addresses": sorted({format_ip(flow.local) for flow in flows if flow.local is not None}),
        "SPIs": [len(first), len(second)],
        "same on both": bool(first) and first == second,
        "spoke's peers": len({sa.peer for sa in played(variant).sas if sa.node == "SPOKE"}),
    }


@claim(16, "A single IKE identity means one neighbour, which may be a loopback address.", HOLDS)
def one_shared_neighbour() -> Finding:
    """Ask the hub for its SAs on both interfaces."""
    measured, control = _by_interface("single-identity"), _by_interface("interface-maps")
    return Finding(
        measured,
        {"interface addresses": control},
        ok=measured["same on both"]
        and measured["local addresses"] == [LOOPBACK]
        and measured["spoke's peers"] == 1,
        control_fails=not control["same on both"] and LOOPBACK not in control["local addresses"],
    )


FAIL_S = 20.5
BACK = FlowSpec("PC2>PC1", "PC2", "10.1.0.10", "datagram", start_us=5_000_000)


def _moved(*, routed: bool, filtered: bool) -> dict[str, int]:
    """Take provider 1 away; say what comes through provider 2, both ways and from the hub only.

    Without dead-peer detection, so that nothing but the providers decides.
    """
    lab = on_loopback()
    for gateway in ("HUB-A", "SPOKE-A"):
        lab = lab.configure(gateway, "no crypto isakmp keepalive")
    if not routed:
        lab = lab.configure("P2", f"no ip route {LOOPBACK} 255.255.255.255 203.0.113.5")
    if filtered:
        lab = lab.configure("P2", "interface Ethernet0/1\n ip verify unicast source reachable-via rx")
    run = lab.with_flows(*lab.flows, BACK).run(40, [f"{FAIL_S} crash P1"], fidelity="model")
    return {
        "pings answered": answered_between(run, "PC1>PC2", FAIL_S + 1, 39),
        "datagrams from the hub": answered_between(run, BACK.name, FAIL_S + 1, 39),
        "filtered": run.drops.get("acl", 0),
    }


@claim(
    17,
    "End the tunnel on a logical interface if there are several exits and the peer should know one address.",
    HOLDS,
    "as long as every provider routes the loopback: one that does not also filters it as a source",
)
def several_exits() -> Finding:
    """Provider 1 fails; provider 2 checks sources (uRPF), and has or has not a route to the loopback."""
    measured = {
        "both providers route it": _moved(routed=True, filtered=True),
        "provider 2 does not": _moved(routed=False, filtered=True),
    }
    control = _moved(routed=False, filtered=False)
    both, one = measured.values()
    return Finding(
        measured,
        {"provider 2 does not, and does not filter": control},
        ok=both["pings answered"] > 0 == both["filtered"]
        and one["pings answered"] == one["datagrams from the hub"] == 0 < one["filtered"],
        control_fails=control["datagrams from the hub"] > 0 == control["filtered"],
    )


@cache
def _way_back_moved(*, shared: bool) -> dict[str, int]:
    """Let the answers take link 2, with one address for both links or one for each; count SAs at the hub."""
    lab = on_loopback("no-key") if shared else Lab.load("asymmetric-routing").variant("second-sa")
    run = lab.run(40, fidelity="model")
    return {"pairs of SAs": pairs(run, "HUB-A"), "answered": answered(run)}


@claim(
    18,
    "With the tunnel on a loopback there is one set of SAs instead of several on the physical interfaces.",
    HOLDS,
)
def one_set_of_sas() -> Finding:
    """Send by one link and answer by the other, with `local-address` and without."""
    measured, control = _way_back_moved(shared=True), _way_back_moved(shared=False)
    return Finding(
        measured,
        {"without local-address": control},
        ok=measured["pairs of SAs"] == 1 and measured["answered"] > 0,
        control_fails=control["pairs of SAs"] == 2,
    )


def _failover(*, both: bool) -> dict[str, Any]:
    """Take provider 1 away from a hub with the map on one or both of its links."""
    lab = on_loopback()
    if not both:
        lab = lab.configure("HUB-A", "interface Ethernet0/1\n no crypto map VPN")
    run = lab.run(40, [f"{FAIL_S} crash P1"], fidelity="model")
    return {
        "packets by link 2": forms(run, "HUB-A:Ethernet0/1", FAIL_S),
        "refused by the spoke": run.drops.get("clear_matches_spd", 0),
        "answered": answered_between(run, "PC1>PC2", FAIL_S + 1, 39),
    }


@claim(19, "The crypto map is still needed on both physical interfaces.", HOLDS)
def map_on_both() -> Finding:
    """Fail over to a link without the map: the answers leave in clear."""
    measured, control = _failover(both=False), _failover(both=True)
    return Finding(
        measured,
        {"map on both": control},
        ok=measured["packets by link 2"]["clear"] > 0
        and measured["refused by the spoke"] > 0 == measured["answered"],
        control_fails=control["packets by link 2"]["clear"] == 0 < control["answered"],
    )
