"""Interface names: one canonical spelling for the many that people type."""

from __future__ import annotations

import re

__all__ = ["canonical_interface", "split_interface"]

_SHAPE = re.compile(r"([A-Za-z][A-Za-z-]*)\s*(\d[\d/.:]*)\Z", re.ASCII)

TYPES = (
    "Ethernet",
    "FastEthernet",
    "GigabitEthernet",
    "TenGigabitEthernet",
    "TwentyFiveGigE",
    "FortyGigabitEthernet",
    "HundredGigE",
    "Serial",
    "Loopback",
    "Tunnel",
    "Vlan",
    "Port-channel",
    "Management",
    "Null",
    "Dialer",
    "BVI",
    "BDI",
    "Redundant",
    "Virtual-Template",
    "Virtual-Access",
    "Multilink",
    "Cellular",
    "ATM",
    "POS",
    "Async",
    "VirtualPortGroup",
    "AppGigabitEthernet",
    "NVI",
    "Internal-Data",
    "Embedded-Service-Engine",
    "Service-Engine",
)
"""Interface types of IOS and ASA, as the devices spell them."""

_PREFERRED = {
    "f": "FastEthernet",
    "t": "Tunnel",
    "te": "TenGigabitEthernet",
    "tengige": "TenGigabitEthernet",
    "mgmt": "Management",
    "po": "Port-channel",
    "p": "Port-channel",
    "vl": "Vlan",
    "v": "Vlan",
    "a": "ATM",
    "s": "Serial",
    "se": "Serial",
    "m": "Management",
    "e": "Ethernet",
    "n": "Null",
    "b": "BVI",
}
"""Short forms that several types share, and what people mean by them."""


def split_interface(text: str) -> tuple[str, str] | None:
    """Return the letters and the number of an interface name, or None where it has no such shape."""
    match = _SHAPE.match(text.strip())
    return None if match is None else (match[1], match[2])


def canonical_interface(text: str, platform: str = "ios") -> str:
    """Return the name as the device prints it: ``g0/1``, ``Gig 0/1`` become ``GigabitEthernet0/1``.

    Parameters
    ----------
    text : str
        An interface name as typed, with or without a blank before the number.
    platform : str
        ``ios``, ``asa``; names of ``linux`` are returned as they are.

    Raises
    ------
    ValueError
        If no interface type begins like that, or the number is missing.
    """
    if platform == "linux":
        return text.strip()
    parts = split_interface(text)
    if parts is None:
        raise ValueError(
            f"{text!r} is not an interface name: write a type and a number, such as GigabitEthernet0/1"
        )
    letters = parts[0].lower()
    exact = [kind for kind in TYPES if kind.lower() == letters]
    found = exact or ([_PREFERRED[letters]] if letters in _PREFERRED else [])
    if not found:
        found = [kind for kind in TYPES if kind.lower().startswith(letters)]
    if not found:
        raise ValueError(
            f"{text!r}: no interface type begins with {parts[0]!r}; known are Ethernet, GigabitEthernet, ..."
        )
    if len(found) > 1:
        raise ValueError(f"{text!r} may mean {' or '.join(found)}: write more of the name")
    return found[0] + parts[1]
