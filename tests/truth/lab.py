"""The network of the facts for the simulator: two gateways on one wire, a host behind each."""

from __future__ import annotations

import json
from collections.abc import Mapping

from ipsec_edu import Lab

__all__ = ["BEGINS_S", "TOPOLOGY", "build", "gateway_texts", "toml"]

TOPOLOGY = """
name: truth
topology:
  nodes:
    h1: {kind: linux, exec: [ip addr add 10.1.0.2/24 dev eth0, ip route add 10.2.0.0/24 via 10.1.0.1]}
    gw1: {kind: cisco_iol, startup-config: gw1.cfg}
    wire: {kind: bridge}
    gw2: {kind: cisco_iol, startup-config: gw2.cfg}
    h2: {kind: linux, exec: [ip addr add 10.2.0.2/24 dev eth0, ip route add 10.1.0.0/24 via 10.2.0.1]}
  links:
    - endpoints: ["h1:eth0", "gw1:Ethernet0/0"]
    - endpoints: ["gw1:Ethernet0/1", "wire:eth1"]
    - endpoints: ["wire:eth2", "gw2:Ethernet0/1"]
    - endpoints: ["gw2:Ethernet0/0", "h2:eth0"]
"""
GATEWAY = """
hostname {name}
crypto isakmp policy 10
 encryption {encryption}
 hash {hash}
 authentication pre-share
 group {group}
 lifetime 14400
crypto isakmp key {key} address 192.0.2.{peer}
crypto ipsec security-association lifetime kilobytes disable
crypto ipsec transform-set T {esp}
access-list 100 permit ip 10.{here}.0.0 0.0.0.255 10.{they}.0.0 0.0.0.255
crypto map M 10 ipsec-isakmp
 set peer 192.0.2.{peer}
 set transform-set T
 match address 100
{pfs}
interface Ethernet0/0
 ip address 10.{here}.0.1 255.255.255.0
 no shutdown
interface Ethernet0/1
 ip address 192.0.2.{here} 255.255.255.0
 no shutdown
 crypto map M
ip route 10.{peer}.0.0 255.255.255.0 192.0.2.{peer}
"""
SCENARIO = """
[[flow]]
name = "ping"
from = "h1"
to = "10.2.0.2"
every_s = 0.1
start_s = 1
{count}
[profiles]
gw1 = {{{gw1}}}
gw2 = {{{gw2}}}
"""
IKE = {
    "aes256-sha1-modp1536": {"encryption": "aes 256", "hash": "sha", "group": 5},
    "aes128-sha256-modp2048": {"encryption": "aes 128", "hash": "sha256", "group": 14},
}
ESP = {
    "aes256-sha1": "esp-aes 256 esp-sha-hmac",
    "aes128-sha256": "esp-aes 128 esp-sha256-hmac",
    "3des-md5": "esp-3des esp-md5-hmac",
}
PFS = {"1536": 5, "2048": 14}
BEGINS_S = 1.0
"""When traffic begins."""


def toml(values: Mapping[str, object]) -> str:
    return ", ".join(f"{key} = {json.dumps(value)}" for key, value in values.items())


def gateway_texts(
    ike: str = "aes256-sha1-modp1536",
    esp: str = "aes256-sha1",
    different: Mapping[str, object] | None = None,
) -> dict[str, str]:
    """Return both configurations; `different` is what gw2 is told otherwise (``ike esp key they``)."""
    common = {"ike": ike, "esp": esp, "key": "oracle"}
    told = {
        "gw1": {**common, "here": 1, "they": 2},
        "gw2": {**common, "here": 2, "they": 1, **(different or {})},
    }
    texts = {}
    for name, words in told.items():
        cipher, _, group = str(words["esp"]).partition("-modp")
        texts[name] = GATEWAY.format(
            name=name,
            here=words["here"],
            peer=2 if name == "gw1" else 1,
            they=words["they"],
            key=words["key"],
            esp=ESP[cipher],
            pfs=f" set pfs group{PFS[group]}" if group else "",
            **IKE[str(words["ike"])],
        )
    return texts


def build(
    ike: str = "aes256-sha1-modp1536",
    esp: str = "aes256-sha1",
    *,
    aggressive: bool = False,
    gw1: Mapping[str, object] | None = None,
    gw2: Mapping[str, object] | None = None,
    different: Mapping[str, object] | None = None,
    count: int | None = None,
) -> Lab:
    """Return the lab: `gw1`, `gw2` add to the gateways' profiles, `count` limits the pings (10 a second)."""
    measured: dict[str, object] = {"platform": "strongswan", "force_encap": True}
    if aggressive:
        measured["phase1_mode"] = "aggressive"
    scenario = SCENARIO.format(
        count="" if count is None else f"count = {count}",
        gw1=toml({**measured, **(gw1 or {})}),
        gw2=toml({**measured, **(gw2 or {})}),
    )
    return Lab.from_texts(TOPOLOGY, gateway_texts(ike, esp, different), scenario, name="truth")
