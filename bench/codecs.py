"""Packet formats against scapy: the same bytes both ways, checked before they are timed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from statistics import median
from typing import Any

from bench.measure import Row, best_of, race, timed
from bench.tunnel import AES_SHA, GCM, GW1, GW2, LAN1, LAN2, OUTSIDE, SPI_2, keys_of, make_tunnel
from ipsec_edu.core.addr import format_ip
from ipsec_edu.ike.settings import TransformSet
from ipsec_edu.ipsec.stack import Protected
from ipsec_edu.wire import isakmp
from ipsec_edu.wire.ipv4 import HEADER_SIZE, IPIP
from ipsec_edu.wire.packet import Packet
from ipsec_edu.wire.udp import UdpDatagram

__all__ = ["rows"]

OURS, THEIRS = 2_000, 20
"""Operations per turn: as many as take about the same time."""


def repeat(work: Callable[[], object], count: int) -> float:
    """Return the seconds per operation of `count` operations."""

    def loop() -> None:
        for _ in range(count):
            work()

    return timed(loop, count)


def against(
    what: str,
    ours: Callable[[], object],
    scapys: Callable[..., object],
    rounds: int,
    fresh: Callable[[], object] | None = None,
) -> Row:
    """Race one operation of ours against scapy's; goal: 50 times as fast.

    Where scapy consumes its argument, `fresh` makes one for each operation, outside the timing.
    """

    def scapy_turn() -> float:
        if fresh is None:
            return repeat(scapys, THEIRS)
        arguments = iter([fresh() for _ in range(THEIRS)])
        return repeat(lambda: scapys(next(arguments)), THEIRS)

    times = race({"ours": lambda: repeat(ours, OURS), "scapy": scapy_turn}, rounds)
    ours_us, scapy_us = (median(times[name]) * 1e6 for name in ("ours", "scapy"))
    detail = f"{ours_us:.1f} us, scapy {scapy_us:.0f} us"
    return Row(what, best_of(times, "ours", "scapy"), "x", 50, True, detail)


def first_message() -> bytes:
    """Return a Main Mode message 1 with one proposal, as bytes."""
    attributes = [(1, 7), (14, 256), (2, 2), (3, 1), (4, 14), (11, 1), (12, 28800)]
    transform = isakmp.Transform(1, 1, tuple(isakmp.Attribute.fitting(*pair) for pair in attributes))
    association = isakmp.SecurityAssociation((isakmp.Proposal(1, 1, b"", (transform,)),))
    header = isakmp.Header(b"initiate", bytes(8), 0, 2, 0, 0, 0)
    return isakmp.pack(header, [association, isakmp.VendorId(bytes(range(16)))])


def ike_rows(rounds: int) -> Iterator[Row]:
    """Read and write Main Mode message 1."""
    from scapy.layers.isakmp import ISAKMP

    message = first_message()
    header, payloads = isakmp.unpack(message)
    assert isakmp.pack(header, payloads) == message
    dissected: Any = ISAKMP(message)
    assert bytes(dissected) == message

    def scapy_build() -> bytes:
        fresh = dissected.copy()
        fresh.clear_cache()
        return bytes(fresh)

    what = "Main Mode message 1, against scapy"
    yield against(f"IKE: read {what}", lambda: isakmp.unpack(message), lambda: ISAKMP(message), rounds)
    yield against(f"IKE: write {what}", lambda: isakmp.pack(header, payloads), scapy_build, rounds)


def esp_rows(transform: TransformSet, name: str, rounds: int) -> Iterator[Row]:
    """Encrypt and decrypt one packet of 1400 bytes in tunnel mode, the SAs being there already."""
    from scapy.layers.inet import IP
    from scapy.layers.ipsec import ESP, SecurityAssociation

    association: Any = SecurityAssociation

    one, two = make_tunnel(transform, "eager")
    inner = Packet(LAN1.network + 10, LAN2.network + 20, 17, UdpDatagram(1000, 2000, bytes(1372)))
    plain = inner.pack()
    outcome = one.outbound(inner, OUTSIDE, 0)
    assert isinstance(outcome, Protected)
    sealed = outcome.packet.pack()

    encryption, integrity = keys_of(transform, "there")
    algorithms: dict[str, Any] = {"crypt_algo": "AES-GCM", "crypt_key": encryption}
    if transform is AES_SHA:
        algorithms = {"crypt_algo": "AES-CBC", "crypt_key": encryption}
        algorithms |= {"auth_algo": "HMAC-SHA1-96", "auth_key": integrity}
    tunnel = IP(src=format_ip(GW1), dst=format_ip(GW2))
    scapys: Any = association(ESP, spi=SPI_2, tunnel_header=tunnel, **algorithms)
    scapys_plain = IP(plain)
    assert bytes(scapys.decrypt(IP(sealed))) == plain, "scapy reads what we wrote"

    sender, receiver = outcome.sa.cipher, two.sad.inbound[SPI_2].cipher
    assert receiver.open(sealed[HEADER_SIZE:]) == (plain, IPIP)
    yield against(
        f"ESP: encrypt 1400 bytes, {name}, against scapy",
        lambda: sender.seal(SPI_2, 7, plain, IPIP),
        lambda: scapys.encrypt(scapys_plain),
        rounds,
    )
    yield against(
        f"ESP: decrypt 1400 bytes, {name}, against scapy",
        lambda: receiver.open(sealed[HEADER_SIZE:]),
        scapys.decrypt,
        rounds,
        fresh=lambda: IP(sealed),
    )


def rows(rounds: int) -> Iterator[Row]:
    """Yield the rows of this race; none where scapy is not installed."""
    if find_spec("scapy") is None:
        return
    yield from ike_rows(rounds)
    yield from esp_rows(GCM, "AES-GCM", rounds)
    yield from esp_rows(AES_SHA, "AES-CBC and SHA-1", rounds)
