"""A lab for tests: two IOS gateways with one identity each and two cables between them.

Floating static routes turn to the second cable as soon as the first loses its carrier. A silent
cut, then ``shutdown`` at one end and later at the other, is what a routing protocol with timers
does: one router notices at the one time, the way is whole at the other.
"""

from __future__ import annotations

from ipsec_edu import Lab

__all__ = ["FIRST", "gateway", "reroute", "two_paths"]

FIRST = "GigabitEthernet0/1", "GigabitEthernet0/1"
_TOPOLOGY = """
name: two-paths
topology:
  nodes:
    R1: {kind: cisco_iol}
    GW1: {kind: cisco_iol}
    GW2: {kind: cisco_iol}
    R2: {kind: cisco_iol}
  links:
    - endpoints: ["R1:Ethernet0/1", "GW1:GigabitEthernet0/0"]
      vars: {delay: 1ms}
    - endpoints: ["GW1:GigabitEthernet0/1", "GW2:GigabitEthernet0/1"]
      vars: {delay: 20ms}
    - endpoints: ["GW1:GigabitEthernet0/2", "GW2:GigabitEthernet0/2"]
      vars: {delay: 30ms}
    - endpoints: ["GW2:GigabitEthernet0/0", "R2:Ethernet0/1"]
      vars: {delay: 1ms}
"""
_SCENARIO = """
title = "Two gateways, two cables, one identity each"
until_s = 120
[[flow]]
name = "R1>R2"
from = "R1"
to = "192.168.2.2"
[[flow]]
name = "R2>R1"
from = "R2"
to = "192.168.1.1"
kind = "datagram"
start_s = 1.5
[layout.nodes]
R1 = { x = 0.06, y = 0.5 }
GW1 = { x = 0.3, y = 0.5 }
GW2 = { x = 0.7, y = 0.5 }
R2 = { x = 0.94, y = 0.5 }
"""


def gateway(me: int, keepalive: str = "10 2 periodic", crypto: bool = True) -> str:
    """The configuration of GW1 or GW2."""
    far = 3 - me
    map_line = " crypto map VPN\n" if crypto else ""
    return f"""hostname GW{me}
crypto isakmp policy 10
 encryption aes 256
 hash sha
 authentication pre-share
 group 5
crypto isakmp key Lab-Only-Key address 10.0.0.{far}
crypto isakmp keepalive {keepalive}
crypto ipsec transform-set TS esp-aes 256 esp-sha-hmac
ip access-list extended SITES
 permit ip 192.168.{me}.0 0.0.0.255 192.168.{far}.0 0.0.0.255
crypto map VPN local-address Loopback0
crypto map VPN 10 ipsec-isakmp
 set peer 10.0.0.{far}
 set transform-set TS
 match address SITES
interface Loopback0
 ip address 10.0.0.{me} 255.255.255.255
interface GigabitEthernet0/0
 ip address 192.168.{me}.254 255.255.255.0
 no shutdown
interface GigabitEthernet0/1
 ip address 10.1.0.{me} 255.255.255.252
{map_line} no shutdown
interface GigabitEthernet0/2
 ip address 10.2.0.{me} 255.255.255.252
{map_line} no shutdown
ip route 0.0.0.0 0.0.0.0 10.1.0.{far}
ip route 0.0.0.0 0.0.0.0 10.2.0.{far} 10
end
"""


def _host(me: int) -> str:
    return f"""hostname R{me}
interface Ethernet0/1
 ip address 192.168.{me}.{me} 255.255.255.0
 no shutdown
ip route 0.0.0.0 0.0.0.0 192.168.{me}.254
end
"""


def two_paths(keepalive: str = "10 2 periodic", *, crypto: bool = True) -> Lab:
    """Return the lab; `keepalive` is both gateways' dead-peer detection."""
    texts = {f"GW{me}": gateway(me, keepalive, crypto) for me in (1, 2)}
    return Lab.from_texts(
        _TOPOLOGY, texts | {f"R{me}": _host(me) for me in (1, 2)}, _SCENARIO, name="two-paths"
    )


def reroute(cut_s: float, noticed_s: float, whole_s: float) -> list[str]:
    """Faults: the first cable dies silently, GW1's routing notices, GW2's routing has turned as well."""
    return [
        f"{cut_s} cut GW1:GigabitEthernet0/1",
        f"{noticed_s} shutdown GW1:GigabitEthernet0/1",
        f"{whole_s} shutdown GW2:GigabitEthernet0/1",
    ]
