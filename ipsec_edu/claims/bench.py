"""The networks of the experiments, and the attacker on the wire.

Two IOS routers stand in for the two sites where an experiment needs what an ASA does not
offer (AH, ESP without encryption, transport mode, a loopback as tunnel end).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ipsec_edu.core.addr import format_ip, parse_ip
from ipsec_edu.lab import Lab
from ipsec_edu.net.gateway import Gateway
from ipsec_edu.net.node import Node
from ipsec_edu.run import Run
from ipsec_edu.trace.records import SaRecord
from ipsec_edu.wire.packet import ESP

if TYPE_CHECKING:
    from ipsec_edu.net.world import World
    from ipsec_edu.wire.packet import Packet

__all__ = [
    "OUTSIDE",
    "Wire",
    "answered",
    "flip_bit",
    "gateway",
    "live_sas",
    "scenario",
    "sent",
    "site",
    "translate",
    "two_backbones",
    "two_routers",
]

OUTSIDE = "GW1:GigabitEthernet0/1"
"""The port at which the experiments listen and meddle: GW1's end of the backbone."""

_NODES = """\
name: claims
topology:
  nodes:
    R1: {kind: cisco_iol}
    GW1: {kind: cisco_iol}
    GW2: {kind: cisco_iol}
    R2: {kind: cisco_iol}
"""
_LINKS = """\
  links:
    - {endpoints: ["R1:Ethernet0/1", "GW1:GigabitEthernet0/0"], vars: {delay: 1ms}}
    - {endpoints: ["GW2:GigabitEthernet0/0", "R2:Ethernet0/1"], vars: {delay: 1ms}}
"""


def scenario(*flows: tuple[str, str, str], until_s: int = 20) -> str:
    """Return a scenario with flows ``(from, to, kind)``, one packet a second."""
    lines = [f"until_s = {until_s}"]
    for source, to, kind in flows:
        lines += [f'[[flow]]\nname = "{source}>{to}"\nfrom = "{source}"\nto = "{to}"\nkind = "{kind}"']
    return "\n".join(lines) + "\n"


_SCENARIO = scenario(("R1", "192.168.2.2", "ping"))


def site(number: int, far: int, transform: str, mode: str, extra: str) -> dict[str, str]:
    """Return the configurations of one site: the router behind, and the gateway."""
    router = f"""\
hostname R{number}
interface Ethernet0/1
 ip address 192.168.{number}.{number} 255.255.255.0
 no shutdown
ip route 0.0.0.0 0.0.0.0 192.168.{number}.254
"""
    gateway = f"""\
hostname GW{number}
interface GigabitEthernet0/0
 ip address 192.168.{number}.254 255.255.255.0
 no shutdown
interface GigabitEthernet0/1
 ip address 203.0.113.{number} 255.255.255.0
 crypto map VPN
 no shutdown
ip route 0.0.0.0 0.0.0.0 203.0.113.{far}
ip access-list extended SITES
 permit ip 192.168.{number}.0 0.0.0.255 192.168.{far}.0 0.0.0.255
crypto isakmp policy 10
 encryption aes 256
 hash sha
 authentication pre-share
 group 5
crypto isakmp key Lab-Only-Key address 203.0.113.{far}
crypto ipsec transform-set TS {transform}
 mode {mode}
crypto map VPN 10 ipsec-isakmp
 set peer 203.0.113.{far}
 set transform-set TS
 match address SITES
{extra}"""
    return {f"R{number}": router, f"GW{number}": gateway}


def two_routers(
    transform: str = "esp-aes 256 esp-sha-hmac",
    mode: str = "tunnel",
    *,
    crypto: bool = True,
    traffic: str = _SCENARIO,
) -> Lab:
    """Return R1 - GW1 == GW2 - R2 with one tunnel, or with bare routing where `crypto` is off."""
    topology = (
        _NODES
        + _LINKS
        + '    - {endpoints: ["GW1:GigabitEthernet0/1", "GW2:GigabitEthernet0/1"], vars: {delay: 20ms}}\n'
    )
    off = "" if crypto else "interface GigabitEthernet0/1\n no crypto map VPN\n"
    configs = site(1, 2, transform, mode, off) | site(2, 1, transform, mode, off)
    return Lab.from_texts(topology, configs, traffic, name="claims")


def two_backbones(*, second_route: bool = True, crypto: bool = True) -> Lab:
    """Return the two sites joined by a provider edge at each end and two paths between the edges.

    The path over P1 is the better one; `second_route` gives the edges a floating route over P2.
    The provider routes public addresses only. Without `crypto` there is no tunnel.
    """
    nodes = _NODES + "".join(f"    {name}: {{kind: cisco_iol}}\n" for name in ("PE1", "PE2", "P1", "P2"))
    links = _LINKS + "".join(
        f'    - {{endpoints: ["{a}", "{b}"], vars: {{delay: 5ms}}}}\n'
        for a, b in (
            ("GW1:GigabitEthernet0/1", "PE1:GigabitEthernet0/0"),
            ("GW2:GigabitEthernet0/1", "PE2:GigabitEthernet0/0"),
            ("PE1:GigabitEthernet0/1", "P1:GigabitEthernet0/1"),
            ("PE1:GigabitEthernet0/2", "P2:GigabitEthernet0/1"),
            ("PE2:GigabitEthernet0/1", "P1:GigabitEthernet0/2"),
            ("PE2:GigabitEthernet0/2", "P2:GigabitEthernet0/2"),
        )
    )
    off = "" if crypto else "interface GigabitEthernet0/1\n no crypto map VPN\n"
    configs = site(1, 2, "esp-aes 256 esp-sha-hmac", "tunnel", _readdress(1) + off) | site(
        2, 1, "esp-aes 256 esp-sha-hmac", "tunnel", _readdress(2) + off
    )
    for edge, near, far in ((1, 1, 2), (2, 2, 1)):
        configs[f"PE{edge}"] = _edge(edge, near, far, second_route)
    for core in (1, 2):
        configs[f"P{core}"] = _core(core)
    return Lab.from_texts(nodes + links, configs, _SCENARIO, name="claims")


def _readdress(site: int) -> str:
    """Return the lines that put a gateway behind its provider edge: 203.0.113.(4 x site)/30."""
    far = 3 - site
    return f"""\
interface GigabitEthernet0/1
 ip address 203.0.113.{4 * site + 1} 255.255.255.252
no ip route 0.0.0.0 0.0.0.0 203.0.113.{far}
ip route 0.0.0.0 0.0.0.0 203.0.113.{4 * site + 2}
no crypto isakmp key Lab-Only-Key address 203.0.113.{far}
crypto isakmp key Lab-Only-Key address 203.0.113.{4 * far + 1}
crypto map VPN 10 ipsec-isakmp
 no set peer 203.0.113.{far}
 set peer 203.0.113.{4 * far + 1}
"""


def _edge(edge: int, site: int, far: int, second_route: bool) -> str:
    """Return a provider edge: one customer, two uplinks, the second one as a spare."""
    spare = (
        f"ip route 203.0.113.{4 * far} 255.255.255.252 198.51.100.{8 * 2 + 4 * (edge - 1) + 2} 10\n"
        if second_route
        else ""
    )
    uplinks = "".join(
        f"interface GigabitEthernet0/{core}\n"
        f" ip address 198.51.100.{8 * core + 4 * (edge - 1) + 1} 255.255.255.252\n no shutdown\n"
        for core in (1, 2)
    )
    return f"""\
hostname PE{edge}
interface GigabitEthernet0/0
 ip address 203.0.113.{4 * site + 2} 255.255.255.252
 no shutdown
{uplinks}ip route 203.0.113.{4 * far} 255.255.255.252 198.51.100.{8 + 4 * (edge - 1) + 2}
{spare}"""


def _core(core: int) -> str:
    """Return a provider router between the two edges."""
    return f"hostname P{core}\n" + "".join(
        f"interface GigabitEthernet0/{edge}\n"
        f" ip address 198.51.100.{8 * core + 4 * (edge - 1) + 2} 255.255.255.252\n no shutdown\n"
        f"ip route 203.0.113.{4 * edge} 255.255.255.252 198.51.100.{8 * core + 4 * (edge - 1) + 1}\n"
        for edge in (1, 2)
    )


@dataclass(slots=True)
class Wire:
    """An eavesdropper, and where wanted an attacker, at a port.

    Attributes
    ----------
    pattern : bytes
        What the eavesdropper looks for in the bytes of data packets.
    alter : callable, optional
        ``alter(packet)``: what the attacker does to a data packet (`flip_bit`, `translate`).
    port : str
        Where.
    seen, readable, altered : int
        Data packets that left the port; those that showed the pattern; those that were changed.
    protocols, sources, sizes : set
        IP protocol numbers, outer source addresses and lengths of the data packets.
    """

    pattern: bytes = b""
    alter: Callable[[Packet], None] | None = None
    port: str = OUTSIDE
    seen: int = 0
    readable: int = 0
    altered: int = 0
    protocols: set[int] = field(default_factory=set)
    sources: set[str] = field(default_factory=set)
    sizes: set[int] = field(default_factory=set)

    def __call__(self, world: World) -> None:
        """Put the tap on the wire before the run begins."""
        world.port(self.port).tap(self._look)

    def _look(self, packet: Packet, outgoing: bool, now_us: int) -> None:
        if not outgoing or not packet.flow:
            return
        self.seen += 1
        self.protocols.add(packet.protocol)
        self.sources.add(format_ip(packet.source))
        self.sizes.add(packet.size)
        self.readable += self.pattern in packet.pack()
        if self.alter is not None:
            self.alter(packet)
            self.altered += 1


def flip_bit(packet: Packet, position: int = 90) -> None:
    """Change one bit in the byte at `position` of the packet, deep in what it carries."""
    data = bytearray(packet.pack())
    data[position] ^= 0x01
    packet.raw = bytes(data)


def translate(packet: Packet) -> None:
    """Do to the packet what static address translation does: another source address, nothing else."""
    packet.source = parse_ip("203.0.113.77")
    packet.raw = packet.pack()


def gateway(world: World, name: str) -> Gateway:
    """Return what does IPsec on the node `name`: the owner of its handler for ESP."""
    node = world.devices[name]
    assert isinstance(node, Node)
    owner = getattr(node.protocols[ESP], "__self__", None)
    assert isinstance(owner, Gateway)
    return owner


def answered(run: Run) -> int:
    """Return how many probes of all flows were answered."""
    return sum(probe.answered_us is not None for probes in run.flows.values() for probe in probes)


def sent(run: Run) -> int:
    """Return how many probes were sent."""
    return sum(len(probes) for probes in run.flows.values())


def live_sas(run: Run, node: str) -> list[SaRecord]:
    """Return the SAs that `node` holds at the end of the run."""
    return [sa for sa in run.sas if sa.node == node and sa.up_us is not None and sa.down_us is None]
