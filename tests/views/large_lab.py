"""A lab for tests and races that is too large for a map: one hub, and as many spokes as wanted."""

# ruff: noqa: E501 - configuration reads better as it is

from __future__ import annotations

from ipsec_edu import Lab

__all__ = ["hub_and_spokes"]

_PROTECTION = """crypto isakmp policy 10
 encryption aes 256
 hash sha
 authentication pre-share
 group 5
crypto isakmp key Lab-Only-Key address 0.0.0.0
crypto isakmp keepalive 10 2 periodic
crypto ipsec transform-set TS esp-aes 256 esp-sha-hmac
"""


def _address(number: int) -> str:
    """The address of spoke `number` on the provider's segment."""
    return f"198.18.{1 + number // 200}.{1 + number % 200}"


def _spoke(number: int) -> str:
    return f"""hostname S{number:03}
{_PROTECTION}ip access-list extended TO-HUB
 permit ip host {_address(number)} host 10.0.0.1
crypto map VPN 10 ipsec-isakmp
 set peer 198.18.0.1
 set transform-set TS
 match address TO-HUB
interface GigabitEthernet0/1
 ip address {_address(number)} 255.255.0.0
 crypto map VPN
 no shutdown
ip route 10.0.0.1 255.255.255.255 198.18.0.1
end
"""


def _hub(spokes: int) -> str:
    lists = "".join(
        f"ip access-list extended TO-{n}\n permit ip host 10.0.0.1 host {_address(n)}\n"
        for n in range(1, spokes + 1)
    )
    maps = "".join(
        f"crypto map VPN {n} ipsec-isakmp\n set peer {_address(n)}\n set transform-set TS\n"
        f" match address TO-{n}\n"
        for n in range(1, spokes + 1)
    )
    return f"""hostname HUB
{_PROTECTION}{lists}{maps}interface Loopback0
 ip address 10.0.0.1 255.255.255.255
interface GigabitEthernet0/1
 ip address 198.18.0.1 255.255.0.0
 crypto map VPN
 no shutdown
end
"""


def hub_and_spokes(devices: int = 200, every_s: float = 1.0, until_s: float = 120) -> Lab:
    """Return a lab of `devices` routers: a hub, and spokes that each ping its loopback.

    Spokes begin one after another within their first two seconds, so that they do not die together either.
    """
    spokes = devices - 1
    names = {n: f"S{n:03}" for n in range(1, spokes + 1)}
    nodes = "".join(f"    {name}: {{kind: cisco_iol}}\n" for name in names.values())
    links = "".join(
        f'    - endpoints: ["{name}:GigabitEthernet0/1", "internet:eth{n + 1}"]\n      vars: {{delay: 20ms}}\n'
        for n, name in names.items()
    )
    topology = (
        "name: hub-and-spokes\ntopology:\n  nodes:\n    HUB: {kind: cisco_iol}\n    internet: {kind: bridge}\n"
        f"{nodes}  links:\n"
        '    - endpoints: ["HUB:GigabitEthernet0/1", "internet:eth1"]\n      vars: {delay: 20ms}\n'
        f"{links}"
    )
    flows = "".join(
        f'[[flow]]\nname = "{name}>HUB"\nfrom = "{name}"\nto = "10.0.0.1"\nevery_s = {every_s}\n'
        f"start_s = {1 + 2 * n / spokes:.3f}\n"
        for n, name in names.items()
    )
    offers = "".join(
        f'[[fault]]\naction = "crash"\ntarget = "{name}"\nlabel = "Power off"\n' for name in ("HUB", "S001")
    )
    scenario = f'title = "One hub, {spokes} spokes"\nuntil_s = {until_s:g}\n{flows}{offers}'
    texts = {"HUB": _hub(spokes)} | {name: _spoke(n) for n, name in names.items()}
    return Lab.from_texts(topology, texts, scenario, name="hub-and-spokes")
