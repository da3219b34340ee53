"""The two gateways of the site-to-site lab as IKE settings, easy to vary."""

from __future__ import annotations

from dataclasses import replace

from ipsec_edu.core.acl import Selector
from ipsec_edu.core.addr import Prefix, parse_ip
from ipsec_edu.core.rng import Rng
from ipsec_edu.core.units import SECOND
from ipsec_edu.ike.core import IkeCore
from ipsec_edu.ike.crypto import Crypto, ModelCrypto
from ipsec_edu.ike.settings import ChildPolicy, Dpd, IkePolicy, IkeSettings, PeerSettings, TransformSet
from tests.ike.link import Network, Weather

A, B = parse_ip("203.0.113.1"), parse_ip("203.0.113.2")
LAN_A, LAN_B = Prefix.parse("192.168.1.0/24"), Prefix.parse("192.168.2.0/24")
TS = TransformSet("TS", "aes", 256, "sha1")
POLICY = IkePolicy(10, "aes", 256, "sha1", "pre-share", 5, 86400)
SELECTOR = Selector(LAN_A, LAN_B)
ASA_DPD = Dpd("semi-periodic", 10, 2, 3)


def settings(
    own: int, platform: str = "asa", dpd: Dpd = ASA_DPD, psk: bytes | None = b"Lab-Only-Key"
) -> IkeSettings:
    """Return the settings of ASA1 (own = A) or ASA2."""
    other = B if own == A else A
    selector = SELECTOR if own == A else SELECTOR.mirrored()
    child = ChildPolicy("CMAP", 10, own, "OUTSIDE", (other,), (selector,), (TS,), lifetime_s=28800)
    return IkeSettings(
        hostname="ASA1" if own == A else "ASA2",
        platform=platform,
        listening=(own,),
        policies=(POLICY,),
        peers=(PeerSettings(Prefix(other, 32), psk, dpd),),
        children=(child,),
    )


def change_child(base: IkeSettings, **changes: object) -> IkeSettings:
    """Return `base` with another crypto map entry."""
    return replace(base, children=(replace(base.children[0], **changes),))  # type: ignore[arg-type]


def change_peer(base: IkeSettings, **changes: object) -> IkeSettings:
    """Return `base` with other peer settings."""
    return replace(base, peers=(replace(base.peers[0], **changes),))  # type: ignore[arg-type]


def cores(
    a: IkeSettings | None = None, b: IkeSettings | None = None, crypto: Crypto | None = None, seed: int = 1
) -> tuple[IkeCore, IkeCore]:
    """Return both gateways."""
    crypto = crypto or ModelCrypto()
    a, b = a or settings(A), b or settings(B)
    return IkeCore(a, Rng(seed, "A/ike"), crypto), IkeCore(b, Rng(seed, "B/ike"), crypto)


def network(
    a: IkeSettings | None = None,
    b: IkeSettings | None = None,
    crypto: Crypto | None = None,
    seed: int = 1,
    weather: Weather | None = None,
) -> Network:
    """Return both gateways on a link; `net.cores` are A and B."""
    return Network(list(cores(a, b, crypto, seed)), weather or Weather(), seed)


def established(
    a: IkeSettings | None = None, b: IkeSettings | None = None, crypto: Crypto | None = None, seed: int = 1
) -> Network:
    """Return the network after A negotiated (1 s)."""
    net = network(a, b, crypto, seed)
    want(net)
    net.run_until(1 * SECOND)
    return net


def want(net: Network, index: int = 0) -> None:
    """Let traffic ask for an SA at one of the gateways."""
    core = net.cores[index]
    policy = core.settings.children[0]
    core.acquire(policy, policy.selectors[0], net.now_us)
