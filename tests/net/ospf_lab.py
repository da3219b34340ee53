"""Two gateways with loopbacks, two parallel links, IPsec between the loopbacks: the network of many tests."""

from __future__ import annotations

from ipsec_edu import Lab
from ipsec_edu.run import Run

__all__ = ["adjacencies", "lab", "moved", "outage", "via"]

TOPOLOGY = """
name: parallel
topology:
  nodes:
    h1: {kind: linux, exec: [ip addr add 10.1.0.2/24 dev eth0, ip route add 10.2.0.0/24 via 10.1.0.1]}
    gw1: {kind: cisco_iol, startup-config: gw1.cfg}
    gw2: {kind: cisco_iol, startup-config: gw2.cfg}
    h2: {kind: linux, exec: [ip addr add 10.2.0.2/24 dev eth0, ip route add 10.1.0.0/24 via 10.2.0.1]}
  links:
    - endpoints: ["h1:eth0", "gw1:Ethernet0/0"]
    - endpoints: ["gw1:Ethernet0/1", "gw2:Ethernet0/1"]
      vars: {delay: 1ms}
    - endpoints: ["gw1:Ethernet0/2", "gw2:Ethernet0/2"]
      vars: {delay: 1ms}
    - endpoints: ["gw2:Ethernet0/0", "h2:eth0"]
"""
GATEWAY = """
hostname gw{here}
crypto isakmp policy 10
 encryption aes 256
 hash sha
 authentication pre-share
 group 5
crypto isakmp key Lab-Only-Key address 10.255.0.{peer}
crypto isakmp keepalive {dpd} periodic
crypto ipsec transform-set T esp-aes esp-sha-hmac
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
 ip address 10.0.1.{here} 255.255.255.0
 ip ospf cost 10
{options}
 no shutdown
 crypto map M
interface Ethernet0/2
 ip address 10.0.2.{here} 255.255.255.0
 ip ospf cost 20
{options}
 no shutdown
 crypto map M
router ospf 1
 router-id 10.255.0.{here}
 network 10.255.0.0 0.0.255.255 area 0
 network 10.0.0.0 0.0.255.255 area 0
{process}
ip route 10.{peer}.0.0 255.255.255.0 10.255.0.{peer}
"""
SCENARIO = """
[[flow]]
name = "ping"
from = "h1"
to = "10.2.0.2"
every_s = 0.05
start_s = 20
"""


def lab(
    network: str = "point-to-point",
    timers: tuple[int, int] = (1, 4),
    *,
    dpd: str = "30 5",
    options: str = "",
    process: str = "",
    start_s: float = 20,
    cost2: int = 20,
    only: dict[str, str] | None = None,
) -> Lab:
    """Return the lab.

    `options` are further lines of both links' interfaces, `process` of the OSPF process; `only` adds lines
    to the configuration of one gateway.
    """
    lines = [f" ip ospf network {network}", f" ip ospf hello-interval {timers[0]}"]
    lines += [f" ip ospf dead-interval {timers[1]}", *([options] if options else [])]
    texts = {}
    for here, peer in ((1, 2), (2, 1)):
        text = GATEWAY.format(here=here, peer=peer, options="\n".join(lines), process=process, dpd=dpd)
        text = text.replace("ip ospf cost 20", f"ip ospf cost {cost2}")
        texts[f"gw{here}"] = text + (only or {}).get(f"gw{here}", "")
    scenario = SCENARIO.replace("start_s = 20", f"start_s = {start_s}")
    return Lab.from_texts(TOPOLOGY, texts, scenario, name="parallel")


def via(run: Run, node: str, at_s: float, prefix: str = "") -> list[str]:
    """Return the interfaces by which `node` reaches the other gateway's loopback at a moment."""
    prefix = prefix or f"10.255.0.{2 if node == 'gw1' else 1}/32"
    state = run.at(at_s).device(node)
    return [route.interface or "" for route in state.routes if str(route.prefix) == prefix]


def moved(run: Run, node: str, after_s: float, to: str) -> float | None:
    """Return the seconds from `after_s` until `node` installs its route to the other loopback by `to`."""
    prefix = f"10.255.0.{2 if node == 'gw1' else 1}/32"
    hop = f"10.0.{to[-1]}.{2 if node == 'gw1' else 1}"
    for change in run.routes:
        what = change.node, change.prefix, change.change, change.via
        if what == (node, prefix, "add", hop) and change.at_us >= after_s * 1e6:
            return change.at_us / 1e6 - after_s
    return None


def outage(run: Run, after_s: float = 0, until_s: float = 1e9) -> float:
    """Return the seconds between the first lost ping's sending and the next one that is answered."""
    probes = [probe for probe in run.flows["ping"] if after_s <= probe.sent_us / 1e6 < until_s]
    lost = [probe for probe in probes if probe.answered_us is None]
    if not lost:
        return 0.0
    later = [p for p in probes if p.sent_us > lost[0].sent_us and p.answered_us is not None]
    return (later[0].sent_us - lost[0].sent_us) / 1e6 if later else float("inf")


def adjacencies(run: Run, node: str, after_s: float = 0) -> list[tuple[float, str]]:
    """Return (seconds, text) of the log lines about neighbours."""
    lines = [line for line in run.log if line.node == node and line.at_us >= after_s * 1e6]
    return [(line.at_us / 1e6, line.text) for line in lines if "%OSPF-5" in line.text]
