"""Main Mode and Quick Mode between two IKE cores: all messages, all cryptography, both ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from statistics import median

from bench.measure import Row, race, timed
from bench.tunnel import GW1, GW2, LAN1, LAN2, OUTSIDE
from ipsec_edu.core.acl import Selector
from ipsec_edu.core.addr import Prefix
from ipsec_edu.core.rng import Rng
from ipsec_edu.ike.core import IkeCore
from ipsec_edu.ike.crypto import crypto_for
from ipsec_edu.ike.events import ChildUp, SendDatagram
from ipsec_edu.ike.settings import ChildPolicy, IkePolicy, IkeSettings, PeerSettings, TransformSet

__all__ = ["rows"]

HANDSHAKES = 4
"""Per turn."""
_seeds = count(1)


def ends(seed: int, fidelity: str) -> tuple[IkeCore, IkeCore, ChildPolicy]:
    """Return an initiator, a responder, and the policy that the initiator is to bring up."""
    transform = TransformSet("TS", "aes", 256, "sha1")
    child = ChildPolicy("VPN", 10, GW1, OUTSIDE, (GW2,), (Selector(LAN1, LAN2),), (transform,))
    mirror = replace(child, local=GW2, peers=(GW1,), selectors=(Selector(LAN2, LAN1),))
    policy = IkePolicy(10, "aes", 256, "sha1", "pre-share", 14)
    cores = []
    for name, local, peer, entry in (("A", GW1, GW2, child), ("B", GW2, GW1, mirror)):
        known = PeerSettings(Prefix(peer, 32), b"Lab-Only-Key")
        settings = IkeSettings(name, "ios", (local,), (policy,), (known,), (entry,))
        cores.append(IkeCore(settings, Rng(seed, name), crypto_for(fidelity)))
    return cores[0], cores[1], child


def shake_hands(fidelity: str) -> int:
    """Bring up one pair of IPsec SAs under keys of its own; return the number of messages."""
    initiator, responder, child = ends(next(_seeds), fidelity)
    initiator.acquire(child, child.selectors[0], 0)
    messages, up = 0, 0
    waiting = [(responder, event) for event in initiator.drain()]
    while waiting:
        core, event = waiting.pop(0)
        if isinstance(event, ChildUp):
            up += 1
        if not isinstance(event, SendDatagram):
            continue
        messages += 1
        here, there = (event.remote, event.remote_port), (event.local, event.local_port)
        core.receive(event.data, *here, *there, 1000 * messages)
        other = initiator if core is responder else responder
        waiting += [(other, answer) for answer in core.drain()]
    assert up >= 2, "both ends hold the SAs"
    return messages


def turn(fidelity: str) -> float:
    """Return the seconds per handshake."""

    def work() -> None:
        for _ in range(HANDSHAKES):
            assert shake_hands(fidelity) == 9

    return timed(work, HANDSHAKES)


def rows(rounds: int) -> Iterator[Row]:
    """Yield the row of this race."""
    times = race({"bytes": lambda: turn("bytes"), "model": lambda: turn("model")}, rounds)
    ms = {name: median(values) * 1000 for name, values in times.items()}
    yield Row(
        "Main Mode and Quick Mode, both ends, group 14, fresh keys",
        ms["bytes"],
        "ms",
        4,
        False,
        f"9 messages; with modelled cryptography {ms['model']:.1f} ms",
    )
