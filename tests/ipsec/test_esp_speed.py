"""Real ESP is affordable: guarded as a ratio, since absolute times mean nothing on a shared machine."""

from __future__ import annotations

from collections.abc import Callable
from time import process_time

from ipsec_edu.ipsec.stack import Accepted
from ipsec_edu.wire.packet import Packet
from ipsec_edu.wire.scapy_bridge import to_scapy
from tests.ipsec.helpers import GCM, OUTSIDE, echo, tunnel


def cost(work: Callable[[], object], times: int) -> float:
    """Least CPU time of one call over three rounds, in seconds."""

    def once() -> float:
        begun = process_time()
        for _ in range(times):
            work()
        return process_time() - begun

    return min(once() for _ in range(3)) / times


def test_real_gcm_both_ways_is_fifty_times_faster_than_scapy() -> None:
    from scapy.layers.ipsec import ESP, SecurityAssociation

    lane = tunnel(GCM, window=0)
    child = lane.children["esp"][0]
    inner = echo(data=1372)
    association = SecurityAssociation(
        ESP, child.outbound_spi, crypt_algo="AES-GCM", crypt_key=child.outbound_keys[0], auth_algo="NULL"
    )
    theirs = to_scapy(inner)

    def with_scapy() -> None:
        association.decrypt(association.encrypt(theirs.copy()))

    def ours() -> None:
        outer = lane.send(inner).pack()
        assert isinstance(lane.two.inbound(Packet.parse(outer), 0), Accepted)

    assert cost(with_scapy, 10) > 50 * cost(ours, 200)


def test_untouched_packets_cost_less_than_real_ones() -> None:
    lane = tunnel(GCM, window=0)
    inner = echo(data=1372)

    def lazily() -> None:
        lane.two.inbound(lane.send(inner), 0)

    def really() -> None:
        lane.two.inbound(Packet.parse(lane.send(inner).pack()), 0)

    assert 2 * cost(lazily, 500) < cost(really, 500)
    assert lane.one.outbound(inner, OUTSIDE, 0) is not None
