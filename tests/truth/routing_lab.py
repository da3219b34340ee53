"""The network of the facts about routing: two gateways, two parallel links, IPsec between the loopbacks."""

from __future__ import annotations

from collections.abc import Mapping

from ipsec_edu import Lab
from tests.truth.lab import toml

__all__ = ["build_parallel"]

TOPOLOGY = """
name: truth-routing
topology:
  nodes:
    h1: {kind: linux, exec: [ip addr add 10.1.0.2/24 dev eth0, ip route add 10.2.0.0/24 via 10.1.0.1]}
    gw1: {kind: cisco_iol, startup-config: gw1.cfg}
    link-a: {kind: bridge}
    link-b: {kind: bridge}
    gw2: {kind: cisco_iol, startup-config: gw2.cfg}
    h2: {kind: linux, exec: [ip addr add 10.2.0.2/24 dev eth0, ip route add 10.1.0.0/24 via 10.2.0.1]}
  links:
    - endpoints: ["h1:eth0", "gw1:Ethernet0/0"]
    - endpoints: ["gw1:Ethernet0/1", "link-a:eth1"]
    - endpoints: ["link-a:eth2", "gw2:Ethernet0/1"]
    - endpoints: ["gw1:Ethernet0/2", "link-b:eth1"]
    - endpoints: ["link-b:eth2", "gw2:Ethernet0/2"]
    - endpoints: ["gw2:Ethernet0/0", "h2:eth0"]
"""
GATEWAY = """
hostname {name}
crypto isakmp policy 10
 encryption aes 256
 hash sha
 authentication pre-share
 group 5
crypto isakmp key oracle address 10.255.0.{peer}
crypto ipsec security-association lifetime kilobytes disable
crypto ipsec transform-set T esp-aes 256 esp-sha-hmac
access-list 100 permit ip 10.{here}.0.0 0.0.0.255 10.{peer}.0.0 0.0.0.255
crypto map M local-address Loopback0
crypto map M 10 ipsec-isakmp
 set peer 10.255.0.{peer}
 set transform-set T
 match address 100
interface Loopback0
 ip address 10.255.0.{here} 255.255.255.255
interface Ethernet0/0
 ip address 10.{here}.0.1 255.255.255.0
 no shutdown
interface Ethernet0/1
 ip address 192.0.2.{here} 255.255.255.0
 ip ospf cost 10
{ospf}
interface Ethernet0/2
 ip address 198.51.100.{here} 255.255.255.0
 ip ospf cost 20
{ospf}
router ospf 1
 router-id 10.255.0.{here}
 timers throttle spf 1 50 5000
 timers throttle lsa 0 1 1
 network 10.255.0.{here} 0.0.0.0 area 0
 network 192.0.2.0 0.0.0.255 area 0
 network 198.51.100.0 0.0.0.255 area 0
ip route 10.{peer}.0.0 255.255.255.0 10.255.0.{peer}
"""
OSPF = """ ip ospf network {network}
 ip ospf hello-interval {hello}
 ip ospf dead-interval {dead}
 crypto map M
 no shutdown"""
SCENARIO = """
[[flow]]
name = "ping"
from = "h1"
to = "10.2.0.2"
every_s = {every}
start_s = {start}
count = {count}
[profiles]
gw1 = {{{gw1}}}
gw2 = {{{gw2}}}
"""


def build_parallel(
    network: str,
    hello_s: int,
    dead_s: int,
    *,
    every_s: float,
    pings_s: tuple[float, float],
    profile: Mapping[str, object],
) -> Lab:
    """Return the lab: `pings_s` is when pings begin and end, `profile` adds to both gateways' habits."""
    ospf = OSPF.format(network=network, hello=hello_s, dead=dead_s)
    texts = {
        f"gw{here}": GATEWAY.format(name=f"gw{here}", here=here, peer=3 - here, ospf=ospf) for here in (1, 2)
    }
    measured = {"platform": "strongswan", "force_encap": True, **profile}
    begin_s, end_s = pings_s
    scenario = SCENARIO.format(
        every=every_s,
        start=begin_s,
        count=round((end_s - begin_s) / every_s),
        gw1=toml({"start_action": "start", **measured}),
        gw2=toml({"start_action": "none", **measured}),
    )
    return Lab.from_texts(TOPOLOGY, texts, scenario, name="truth-routing")
