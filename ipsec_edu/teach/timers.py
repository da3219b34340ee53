"""Labs with other timers: OSPF, dead-peer detection, BFD, and two gateways that are joined twice."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from ipsec_edu.core.units import to_s, to_us
from ipsec_edu.lab import Lab
from ipsec_edu.run import Run

__all__ = ["died", "fine", "other_daemon", "parallel_links", "tuned", "with_bfd", "without_dpd"]

LINKS = "interface range Ethernet0/1 - 2"


def tuned(lab: Lab, *, start_s: float | None = None, **values: float) -> Lab:
    """Return `lab` with its sliders set by name: ``tuned(lab, hello=10, dead=40)``.

    With `start_s` its traffic begins then: slow routing needs its time before the first packet.
    A stage's sliders begin where the lab stands.
    """
    stands = tuple(
        replace(control, value=values.get(control.name, control.value)) for control in lab.controls
    )
    lab = replace(lab, scenario=replace(lab.scenario, controls=stands))
    if start_s is not None:
        lab = lab.with_flows(*(replace(flow, start_us=to_us(start_s)) for flow in lab.flows))
    for node in sorted({node for control in lab.controls for node in control.nodes}):
        lab = lab.configure(node, lab.control_lines(node, values))
    return lab


def gateways(lab: Lab) -> list[str]:
    """Return the devices with a crypto map."""
    return [node for node, device in lab.settings.items() if device.crypto_maps]


def without_dpd(lab: Lab) -> Lab:
    """Return `lab` with dead-peer detection off at both ends."""
    for node in gateways(lab):
        lab = lab.configure(node, "no crypto isakmp keepalive")
    return lab


def other_daemon(lab: Lab, *, delay_s: float, timeout_s: float) -> Lab:
    """Return `lab` with another IKE implementation in both gateways, which may be less patient than IOS.

    Parameters
    ----------
    delay_s, timeout_s : float
        Its dead-peer detection: silence before it asks, and silence before it restarts the tunnel.
    """
    profile = {
        "platform": "strongswan",
        "dpd_delay_s": delay_s,
        "dpd_timeout_s": timeout_s,
        "dead_peer_action": "restart",
    }
    profiles = dict.fromkeys(gateways(lab), profile)
    return replace(lab, scenario=replace(lab.scenario, profiles=profiles))


def with_bfd(lab: Lab, *nodes: str, interval_ms: int = 50, multiplier: int = 3) -> Lab:
    """Return `lab` (access-links) with BFD under OSPF at `nodes`, all four routers unless they are named."""
    timers = f" bfd interval {interval_ms} min_rx {interval_ms} multiplier {multiplier}"
    for node in nodes or ("HUB", "P1", "P2", "P3"):
        lab = lab.configure(node, f"{LINKS}\n{timers}\n ip ospf bfd")
    return lab


def fine(lab: Lab, every_s: float, start_s: float = 30.0) -> Lab:
    """Return `lab` with its first flow sending every `every_s` seconds from `start_s` on."""
    return lab.with_flows(replace(lab.flows[0], every_us=to_us(every_s), start_us=to_us(start_s)))


def died(run: Run, node: str | None = None) -> list[float]:
    """Return when SAs that were up ended because a peer was given up, in seconds."""
    return sorted(
        to_s(sa.down_us)
        for sa in run.sas
        if sa.up_us is not None and sa.down_us is not None and sa.reason == "dpd" and node in (None, sa.node)
    )


_TOPOLOGY = """
name: parallel-links
topology:
  nodes:
    PC1: {kind: linux, exec: [ip addr add 10.1.0.10/24 dev eth1, ip route add default via 10.1.0.1 dev eth1]}
    GW1: {kind: cisco_iol, startup-config: GW1.cfg}
    GW2: {kind: cisco_iol, startup-config: GW2.cfg}
    PC2: {kind: linux, exec: [ip addr add 10.2.0.10/24 dev eth1, ip route add default via 10.2.0.1 dev eth1]}
  links:
    - endpoints: ["PC1:eth1", "GW1:Ethernet0/3"]
      vars: {delay: 1ms}
    - endpoints: ["GW1:Ethernet0/1", "GW2:Ethernet0/1"]
      vars: {delay: 5ms}
    - endpoints: ["GW1:Ethernet0/2", "GW2:Ethernet0/2"]
      vars: {delay: 10ms}
    - endpoints: ["GW2:Ethernet0/3", "PC2:eth1"]
      vars: {delay: 1ms}
"""
_GATEWAY = """hostname GW{here}
crypto isakmp policy 10
 encryption aes 256
 hash sha
 authentication pre-share
 group 5
crypto isakmp key Lab-Only-Key address 192.0.2.{peer}
crypto isakmp keepalive 10 2 periodic
crypto ipsec transform-set TS esp-aes 256 esp-sha-hmac
ip access-list extended SITES
 permit ip 10.{here}.0.0 0.0.0.255 10.{peer}.0.0 0.0.0.255
crypto map VPN local-address Loopback0
crypto map VPN 10 ipsec-isakmp
 set peer 192.0.2.{peer}
 set transform-set TS
 match address SITES
interface Loopback0
 ip address 192.0.2.{here} 255.255.255.255
interface Ethernet0/1
 ip address 203.0.113.{here} 255.255.255.252
 ip ospf network {network}
 ip ospf hello-interval 1
 ip ospf dead-interval 4
 ip ospf cost 10
 crypto map VPN
 no shutdown
interface Ethernet0/2
 ip address 203.0.113.{second} 255.255.255.252
 ip ospf network {network}
 ip ospf hello-interval 1
 ip ospf dead-interval 4
 ip ospf cost 20
 crypto map VPN
 no shutdown
interface Ethernet0/3
 ip address 10.{here}.0.1 255.255.255.0
 no shutdown
router ospf 1
 router-id 192.0.2.{here}
 network 192.0.2.{here} 0.0.0.0 area 0
 network 203.0.113.0 0.0.0.255 area 0
ip route 10.{peer}.0.0 255.255.255.0 192.0.2.{peer}
"""
_SCENARIO = """
title = "Two gateways, joined twice"
until_s = 60
[[flow]]
name = "PC1>PC2"
from = "PC1"
to = "10.2.0.10"
kind = "ping"
every_s = 0.1
start_s = 20
[layout.nodes]
PC1 = { x = 0.06, y = 0.5 }
GW1 = { x = 0.3, y = 0.5 }
GW2 = { x = 0.7, y = 0.5 }
PC2 = { x = 0.94, y = 0.5 }
"""


@lru_cache(maxsize=2)
def parallel_links(network: str = "point-to-point") -> Lab:
    """Return two gateways with loopback identities and two links between them, OSPF 1/4 on both.

    Parameters
    ----------
    network : {"point-to-point", "broadcast"}
        OSPF's network type on the links.
    """
    texts = {
        f"GW{here}": _GATEWAY.format(here=here, peer=3 - here, second=4 + here, network=network)
        for here in (1, 2)
    }
    return Lab.from_texts(_TOPOLOGY, texts, _SCENARIO, name="parallel-links")
