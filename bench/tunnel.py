"""A tunnel without IKE: two gateways that share keys, for the races of the data plane."""

from __future__ import annotations

from dataclasses import replace
from hashlib import shake_128

from ipsec_edu.core.acl import Selector
from ipsec_edu.core.addr import Prefix, parse_ip
from ipsec_edu.ike.events import ChildSa, Liveness
from ipsec_edu.ike.settings import ChildPolicy, TransformSet
from ipsec_edu.ipsec.spd import Spd
from ipsec_edu.ipsec.stack import IpsecStack

__all__ = [
    "AES_SHA",
    "GCM",
    "GW1",
    "GW2",
    "LAN1",
    "LAN2",
    "OUTSIDE",
    "SPI_2",
    "child_pair",
    "keys_of",
    "make_tunnel",
]

GCM = TransformSet("GCM", "aes-gcm", 256)
AES_SHA = TransformSet("AES-SHA", "aes", 256, "sha1")
GW1, GW2 = parse_ip("192.0.2.1"), parse_ip("198.51.100.2")
LAN1, LAN2 = Prefix.parse("10.1.0.0/24"), Prefix.parse("10.2.0.0/24")
OUTSIDE = "out"
SPI_1, SPI_2 = 0x11111111, 0x22222222


def keys_of(transform: TransformSet, label: str) -> tuple[bytes, bytes]:
    """Return an encryption key (GCM: with its salt) and an integrity key."""
    sizes = (36, 0) if transform is GCM else (32, 20)
    encryption, integrity = (shake_128(f"{label}{size}".encode()).digest(size) for size in sizes)
    return encryption, integrity


def child_pair(transform: TransformSet) -> tuple[ChildSa, ChildSa]:
    """Return one SA pair as each end holds it."""
    policy = ChildPolicy("VPN", 10, GW1, OUTSIDE, (GW2,), (Selector(LAN1, LAN2),), (transform,))
    mirror = replace(policy, local=GW2, peers=(GW1,), selectors=(Selector(LAN2, LAN1),))
    there, back = keys_of(transform, "there"), keys_of(transform, "back")
    one = ChildSa(
        1,
        "ike",
        GW1,
        GW2,
        True,
        policy,
        policy.selectors[0],
        transform,
        SPI_1,
        SPI_2,
        "esp",
        back,
        there,
        3600,
        None,
        None,
        None,
        Liveness(0),
        0,
    )
    two = replace(
        one,
        local=GW2,
        peer=GW1,
        initiator=False,
        policy=mirror,
        selector=mirror.selectors[0],
        inbound_spi=SPI_2,
        outbound_spi=SPI_1,
        inbound_keys=there,
        outbound_keys=back,
        liveness=Liveness(0),
    )
    return one, two


def make_tunnel(transform: TransformSet, fidelity: str) -> tuple[IpsecStack, IpsecStack]:
    """Return the data planes of both gateways with the SAs in place."""
    stacks = []
    for child in child_pair(transform):
        stack = IpsecStack(Spd.from_policies([child.policy]), fidelity=fidelity)
        stack.install(child, "both", 0)
        stacks.append(stack)
    return stacks[0], stacks[1]
