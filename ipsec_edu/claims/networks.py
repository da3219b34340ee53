"""Networks of the experiments about two access links, made from the bundled labs and from texts."""

from __future__ import annotations

from ipsec_edu.claims.bench import scenario, site
from ipsec_edu.config.scenario import FlowSpec
from ipsec_edu.lab import Lab

__all__ = ["LOOPBACK", "TRANSLATED", "hub_and_spokes", "on_loopback", "translated"]

LOOPBACK = "192.0.2.1"
TRANSLATED = "203.0.113.1"
"""The address that GW2 sees instead of GW1's."""


def on_loopback(variant: str | None = None) -> Lab:
    """Return ``asymmetric-routing`` with the hub's end of the tunnel on a loopback.

    Routes are static, and provider 2 has the loopback's route too. When P1 has no power, carrier is lost
    and everybody's second route counts.
    """
    lab = Lab.load("asymmetric-routing").variant(variant)
    hub = f"""\
interface Loopback0
 ip address {LOOPBACK} 255.255.255.255
crypto map VPN local-address Loopback0
ip route 0.0.0.0 0.0.0.0 Ethernet0/1 203.0.113.6 20
"""
    spoke = f"""\
crypto isakmp key Lab-Only-Key address {LOOPBACK}
crypto map VPN 10 ipsec-isakmp
 no set peer 203.0.113.1
 set peer {LOOPBACK}
"""
    core = f"""\
ip route {LOOPBACK} 255.255.255.255 203.0.113.9
ip route {LOOPBACK} 255.255.255.255 203.0.113.13 10
ip route 10.2.0.0 255.255.255.0 203.0.113.13 10
"""
    lab = lab.configure("HUB-A", hub).configure("SPOKE-A", spoke).configure("P3", core)
    lab = lab.configure("P1", f"ip route {LOOPBACK} 255.255.255.255 203.0.113.1")
    return lab.configure("P2", f"ip route {LOOPBACK} 255.255.255.255 203.0.113.5")


_TRANSLATED_TOPOLOGY = """\
name: claims
topology:
  nodes:
    R1: {kind: cisco_iol}
    GW1: {kind: cisco_iol}
    NAT: {kind: cisco_iol}
    GW2: {kind: cisco_iol}
    R2: {kind: cisco_iol}
  links:
    - {endpoints: ["R1:Ethernet0/1", "GW1:GigabitEthernet0/0"], vars: {delay: 1ms}}
    - {endpoints: ["GW1:GigabitEthernet0/1", "NAT:GigabitEthernet0/0"], vars: {delay: 1ms}}
    - {endpoints: ["NAT:GigabitEthernet0/1", "GW2:GigabitEthernet0/1"], vars: {delay: 20ms}}
    - {endpoints: ["GW2:GigabitEthernet0/0", "R2:Ethernet0/1"], vars: {delay: 1ms}}
"""


def translated(*, own: str = "172.16.0.1", key_for: str = TRANSLATED) -> Lab:
    """Return two sites with an address translator between the gateways.

    Parameters
    ----------
    own : str
        GW1's address; what is sent from it arrives at GW2 from `TRANSLATED`.
    key_for : str
        The address under which GW2 keeps the pre-shared key.
    """
    box = f"""\
hostname NAT
interface GigabitEthernet0/0
 ip address 172.16.0.2 255.255.255.252
 ip nat inside
 no shutdown
interface GigabitEthernet0/1
 ip address {TRANSLATED} 255.255.255.0
 ip nat outside
 no shutdown
access-list 101 permit ip 172.16.0.0 0.0.0.3 any
ip nat inside source list 101 interface GigabitEthernet0/1 overload
"""
    behind = f"""\
interface GigabitEthernet0/1
 ip address {own} 255.255.255.252
no ip route 0.0.0.0 0.0.0.0 203.0.113.2
ip route 0.0.0.0 0.0.0.0 172.16.0.2
"""
    key = f"""\
no crypto isakmp key Lab-Only-Key address {TRANSLATED}
crypto isakmp key Lab-Only-Key address {key_for}
"""
    transform = "esp-aes 256 esp-sha-hmac"
    configs = site(1, 2, transform, "tunnel", behind) | site(2, 1, transform, "tunnel", key) | {"NAT": box}
    traffic = scenario(("R1", "192.168.2.2", "ping"))
    return Lab.from_texts(_TRANSLATED_TOPOLOGY, configs, traffic, name="claims")


def hub_and_spokes(count: int, *, identities: int = 1, shared: bool = False, dpd: bool = True) -> Lab:
    """Return a hub with two links behind P3, and `count` spokes with a host each that pings PC2.

    Parameters
    ----------
    count : int
        Spokes; at most 60.
    identities : int
        1: the hub's loopback. 2: an address per link, both known to the spokes, which begin with link 1,
        while the hub's way back is link 2.
    shared : bool
        Both ways and both links are used at equal cost.
    dpd : bool
        All gateways have dead-peer detection, the spokes in periodic mode.
    """
    numbers = range(1, count + 1)
    nodes = ["HUB", "P1", "P2", "P3", "PC2", *(f"{kind}{n}" for n in numbers for kind in ("S", "H"))]
    cables = [
        ("P3:Ethernet0/1", "P1:Ethernet0/2"),
        ("P3:Ethernet0/2", "P2:Ethernet0/2"),
        ("P1:Ethernet0/1", "HUB:Ethernet0/1"),
        ("P2:Ethernet0/1", "HUB:Ethernet0/2"),
        ("HUB:Ethernet0/3", "PC2:Ethernet0/1"),
    ]
    for n in numbers:
        cables += [(f"S{n}:Ethernet0/1", f"P3:{_customer(n)}"), (f"H{n}:Ethernet0/1", f"S{n}:Ethernet0/3")]
    topology = "\n".join(
        ["name: claims", "topology:", "  nodes:"]
        + [f"    {name}: {{kind: cisco_iol}}" for name in nodes]
        + ["  links:"]
        + [f'    - {{endpoints: ["{a}", "{b}"], vars: {{delay: 5ms}}}}' for a, b in cables]
    )
    configs = {
        "HUB": _hub(count, identities, shared, dpd),
        "P1": _provider(1),
        "P2": _provider(2),
        "P3": _middle(count, shared),
        "PC2": _router({"Ethernet0/1": "10.2.0.10 255.255.255.0"}, "ip route 0.0.0.0 0.0.0.0 10.2.0.1"),
    }
    for n in numbers:
        configs[f"S{n}"] = _spoke(n, identities, dpd)
        lines = f"ip route 0.0.0.0 0.0.0.0 10.1.{n}.1"
        configs[f"H{n}"] = _router({"Ethernet0/1": f"10.1.{n}.10 255.255.255.0"}, lines)
    # Each spoke at a time of its own: a storm of negotiations is another statement's subject.
    flows = [FlowSpec(f"H{n}>PC2", f"H{n}", "10.2.0.10", start_us=n * 1_100_000) for n in numbers]
    return Lab.from_texts(topology, configs, name="claims").with_flows(*flows)


def _customer(number: int) -> str:
    """Return P3's interface towards a spoke."""
    return f"Ethernet{1 + number // 4}/{number % 4}"


def _router(addresses: dict[str, str], lines: str, *, mapped: tuple[str, ...] = ()) -> str:
    """Return a configuration: interfaces with addresses, some with the crypto map, and further lines."""
    blocks = [
        f"interface {name}\n ip address {address}\n"
        + (" crypto map VPN\n" if name in mapped else "")
        + " no shutdown"
        for name, address in addresses.items()
    ]
    # The map exists before an interface carries it.
    return "\n".join([lines, *blocks]) + "\n"


_PROPOSAL = """\
crypto isakmp policy 10
 encryption aes 256
 hash sha
 authentication pre-share
 group 5
crypto ipsec transform-set TS esp-aes 256 esp-sha-hmac
 mode tunnel"""


def _hub(count: int, identities: int, shared: bool, dpd: bool) -> str:
    lines = [_PROPOSAL, "crypto isakmp key Lab-Only-Key address 198.51.100.0 255.255.255.0"]
    lines += ["crypto isakmp keepalive 10 2 on-demand"] * dpd
    lines += ["crypto map VPN local-address Loopback0"] * (identities == 1)
    for n in range(1, count + 1):
        lines += [
            f"ip access-list extended SITE{n}",
            f" permit ip 10.2.0.0 0.0.0.255 10.1.{n}.0 0.0.0.255",
            f"crypto map VPN {n} ipsec-isakmp",
            f" set peer 198.51.100.{4 * n + 2}",
            " set transform-set TS",
            f" match address SITE{n}",
        ]
    first = 1 if shared else 10
    lines += [
        f"ip route 0.0.0.0 0.0.0.0 Ethernet0/1 203.0.113.2 {first if identities == 2 else 1}",
        f"ip route 0.0.0.0 0.0.0.0 Ethernet0/2 203.0.113.6 {first if identities == 1 else 1}",
    ]
    addresses = {
        "Loopback0": f"{LOOPBACK} 255.255.255.255",
        "Ethernet0/1": "203.0.113.1 255.255.255.252",
        "Ethernet0/2": "203.0.113.5 255.255.255.252",
        "Ethernet0/3": "10.2.0.1 255.255.255.0",
    }
    return _router(addresses, "\n".join(lines), mapped=("Ethernet0/1", "Ethernet0/2"))


def _spoke(number: int, identities: int, dpd: bool) -> str:
    ends = [LOOPBACK] if identities == 1 else ["203.0.113.1", "203.0.113.5"]
    lines = [_PROPOSAL, *(f"crypto isakmp key Lab-Only-Key address {end}" for end in ends)]
    lines += ["crypto isakmp keepalive 10 2 periodic"] * dpd
    lines += [
        "ip access-list extended SITE",
        f" permit ip 10.1.{number}.0 0.0.0.255 10.2.0.0 0.0.0.255",
        "crypto map VPN 10 ipsec-isakmp",
        *(f" set peer {end}" for end in ends),
        " set transform-set TS",
        " match address SITE",
        f"ip route 0.0.0.0 0.0.0.0 198.51.100.{4 * number + 1}",
    ]
    addresses = {
        "Ethernet0/1": f"198.51.100.{4 * number + 2} 255.255.255.252",
        "Ethernet0/3": f"10.1.{number}.1 255.255.255.0",
    }
    return _router(addresses, "\n".join(lines), mapped=("Ethernet0/1",))


def _provider(number: int) -> str:
    hub, middle = 4 * number - 3, 4 * number + 6
    addresses = {
        "Ethernet0/1": f"203.0.113.{hub + 1} 255.255.255.252",
        "Ethernet0/2": f"203.0.113.{middle - 1} 255.255.255.252",
    }
    lines = (
        f"ip route 0.0.0.0 0.0.0.0 203.0.113.{middle}\nip route {LOOPBACK} 255.255.255.255 203.0.113.{hub}"
    )
    return _router(addresses, lines)


def _middle(count: int, shared: bool) -> str:
    addresses = {"Ethernet0/1": "203.0.113.10 255.255.255.252", "Ethernet0/2": "203.0.113.14 255.255.255.252"}
    addresses |= {_customer(n): f"198.51.100.{4 * n + 1} 255.255.255.252" for n in range(1, count + 1)}
    lines = f"""\
ip route 203.0.113.0 255.255.255.252 203.0.113.9
ip route 203.0.113.4 255.255.255.252 203.0.113.13
ip route {LOOPBACK} 255.255.255.255 203.0.113.9
ip route {LOOPBACK} 255.255.255.255 203.0.113.13 {1 if shared else 10}"""
    return _router(addresses, lines)
