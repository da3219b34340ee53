"""The network of the facts about several identities: static routes, a hub with an address on each link."""

from __future__ import annotations

from collections.abc import Mapping

from ipsec_edu import Lab
from tests.truth.lab import toml

__all__ = ["build_identities"]

TOPOLOGY = """
name: truth-identities
topology:
  nodes:
    h1: {kind: linux, exec: [ip addr add 10.1.0.2/24 dev eth0, ip route add 10.2.0.0/24 via 10.1.0.1]}
    gw1: {kind: cisco_iol, startup-config: gw1.cfg}
    gw2: {kind: cisco_iol, startup-config: gw2.cfg}
    h2: {kind: linux, exec: [ip addr add 10.2.0.2/24 dev eth0, ip route add 10.1.0.0/24 via 10.2.0.1]}
  links:
    - endpoints: ["h1:eth0", "gw1:Ethernet0/0"]
    - endpoints: ["gw1:Ethernet0/1", "gw2:Ethernet0/1"]
    - endpoints: ["gw1:Ethernet0/2", "gw2:Ethernet0/2"]
    - endpoints: ["gw2:Ethernet0/0", "h2:eth0"]
"""
COMMON = """
hostname {name}
crypto isakmp policy 10
 encryption aes 256
 hash sha
 authentication pre-share
 group 5
crypto isakmp key oracle address 0.0.0.0 0.0.0.0
crypto ipsec security-association lifetime kilobytes disable
crypto ipsec transform-set T esp-aes 256 esp-sha-hmac
access-list 100 permit ip 10.{here}.0.0 0.0.0.255 10.{peer}.0.0 0.0.0.255
interface Ethernet0/0
 ip address 10.{here}.0.1 255.255.255.0
 no shutdown
"""
SPOKE = """
crypto map M local-address Loopback0
crypto map M 10 ipsec-isakmp
 set peer 192.0.2.2
 set peer 198.51.100.2
 set transform-set T
 match address 100
interface Loopback0
 ip address 10.255.0.1 255.255.255.255
interface Ethernet0/1
 ip address 192.0.2.1 255.255.255.0
 crypto map M
 no shutdown
interface Ethernet0/2
 ip address 198.51.100.1 255.255.255.0
 crypto map M
 no shutdown
ip route 10.2.0.0 255.255.255.0 192.0.2.2
ip route 10.2.0.0 255.255.255.0 198.51.100.2 250
"""
HUB = """
crypto map A 10 ipsec-isakmp
 set peer 10.255.0.1
 set transform-set T
 match address 100
crypto map B 10 ipsec-isakmp
 set peer 10.255.0.1
 set transform-set T
 match address 100
interface Ethernet0/1
 ip address 192.0.2.2 255.255.255.0
 crypto map A
 no shutdown
interface Ethernet0/2
 ip address 198.51.100.2 255.255.255.0
 crypto map B
 no shutdown
ip sla 1
 icmp-echo {better}.1 source-interface {port}
 timeout 500
 frequency 1
ip sla schedule 1 life forever start-time now
track 1 ip sla 1 reachability
ip route 10.255.0.1 255.255.255.255 {better}.1 track 1
ip route 10.1.0.0 255.255.255.0 {better}.1 track 1
ip route 10.255.0.1 255.255.255.255 {other}.1 250
ip route 10.1.0.0 255.255.255.0 {other}.1 250
"""
SCENARIO = """
[[flow]]
name = "ping"
from = "h1"
to = "10.2.0.2"
every_s = 0.1
start_s = 12
count = {count}
[profiles]
gw1 = {{{gw1}}}
gw2 = {{{gw2}}}
"""
LINK_A, LINK_B = ("192.0.2", "Ethernet0/1"), ("198.51.100", "Ethernet0/2")


def build_identities(mode: str, end_s: float, gw1: Mapping[str, object]) -> Lab:
    """Return the lab for a mode of `facts_routing.Identities`.

    The spoke gw1 has both addresses of the hub gw2 in one entry. The hub's policies belong to interfaces here
    and not to the daemon, so it turns its way back to the link that answers pings, long before anybody is
    declared dead; and it asks for no life itself, because its questions would find the spoke by the other
    link. With ``two`` the hub builds both tunnels, that of link B last; else the spoke builds one.
    """
    better, other = (LINK_B, LINK_A) if mode == "two" else (LINK_A, LINK_B)
    texts = {
        "gw1": COMMON.format(name="gw1", here=1, peer=2) + SPOKE,
        "gw2": COMMON.format(name="gw2", here=2, peer=1)
        + HUB.format(better=better[0], port=better[1], other=other[0]),
    }
    measured = {"platform": "strongswan", "force_encap": True}
    starts = ("none", "start") if mode == "two" else ("start", "none")
    scenario = SCENARIO.format(
        count=round((end_s - 12.5) / 0.1),
        gw1=toml({**measured, "start_action": starts[0], **gw1}),
        gw2=toml({**measured, "start_action": starts[1]}),
    )
    return Lab.from_texts(TOPOLOGY, texts, scenario, name="truth-identities")
