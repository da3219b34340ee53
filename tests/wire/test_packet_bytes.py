"""IPv4, ICMP and UDP: right bytes out, the same fields back, and one error for everything else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipsec_edu.core.addr import parse_ip
from ipsec_edu.core.errors import WireError
from ipsec_edu.wire.icmp import FRAGMENTATION_NEEDED, UNREACHABLE, Echo, IcmpError
from ipsec_edu.wire.ipv4 import checksum, parse_header
from ipsec_edu.wire.packet import ESP, ICMP, UDP, Packet, RawPayload
from ipsec_edu.wire.udp import UdpDatagram

A, B = parse_ip("10.1.0.10"), parse_ip("10.2.0.20")
QUICK = settings(max_examples=60, deadline=None, derandomize=True)


def naive_checksum(data: bytes) -> int:
    """RFC 1071 as it is usually written."""
    data += bytes(len(data) % 2)
    total = sum(data[i] << 8 | data[i + 1] for i in range(0, len(data), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


@QUICK
@given(st.one_of(st.binary(max_size=64), st.integers(0, 40).map(bytes), st.just(b"\xff\xff" * 9)))
def test_checksum_agrees_with_the_loop_of_rfc_1071(data: bytes) -> None:
    assert checksum(data) == naive_checksum(data)


def test_a_default_ping_has_84_bytes_and_the_ios_ping_100() -> None:
    for data, size in ((56, 84), (72, 100)):
        packet = Packet(A, B, ICMP, Echo(True, 1, 1, data))
        assert packet.size == len(packet.pack()) == size


def test_known_bytes_of_an_echo_request() -> None:
    packet = Packet(A, B, ICMP, Echo(True, 7, 1, b"ab"), ttl=64)
    header = "4500001e00000000" + "400166bf" + "0a01000a" + "0a020014"
    assert packet.pack().hex() == header + "08009695" + "00070001" + "6162"
    packet.ttl = 63
    assert packet.pack()[8:12].hex() == "3f0167bf"  # a router's work: TTL and checksum


fields = st.builds(
    lambda payload, tos, ident, df, ttl: (payload, tos, ident, df, ttl),
    st.one_of(
        st.builds(Echo, st.booleans(), st.integers(0, 65535), st.integers(0, 65535), st.binary(max_size=60)),
        st.builds(Echo, st.booleans(), st.integers(0, 65535), st.integers(0, 65535), st.integers(0, 1400)),
        st.builds(
            IcmpError,
            st.sampled_from([3, 11]),
            st.integers(0, 15),
            st.integers(0, 9000),
            st.binary(max_size=60),
        ),
        st.builds(UdpDatagram, st.integers(0, 65535), st.integers(0, 65535), st.binary(max_size=60)),
    ),
    st.integers(0, 255),
    st.integers(0, 65535),
    st.booleans(),
    st.integers(0, 255),
)


@QUICK
@given(fields)
def test_what_is_packed_is_parsed_again(
    drawn: tuple[Echo | IcmpError | UdpDatagram, int, int, bool, int],
) -> None:
    payload, tos, identification, dont_fragment, ttl = drawn
    packet = Packet(A, B, UDP if isinstance(payload, UdpDatagram) else ICMP, payload, ttl)
    packet.tos, packet.identification, packet.dont_fragment = tos, identification, dont_fragment
    data = packet.pack()
    again = Packet.parse(data)
    assert len(data) == packet.size == again.size
    assert type(again.payload) is type(payload) and again.pack() == data
    assert (again.ttl, again.tos, again.identification, again.dont_fragment) == (
        ttl,
        tos,
        identification,
        dont_fragment,
    )


@QUICK
@given(fields, st.integers(0, 2000), st.integers(1, 255))
def test_a_flipped_byte_is_a_wire_error_or_shows_in_the_bytes(
    drawn: tuple[Echo | IcmpError | UdpDatagram, int, int, bool, int], place: int, flip: int
) -> None:
    packet = Packet(A, B, UDP if isinstance(drawn[0], UdpDatagram) else ICMP, drawn[0])
    data = bytearray(packet.pack())
    data[place % len(data)] ^= flip
    try:
        again = Packet.parse(bytes(data))
    except WireError:
        return
    # Nothing was repaired silently. (A UDP checksum turned into 0 means "none", which is legal.)
    assert again.pack() == bytes(data) or data[26:28] == bytes(2)


@QUICK
@given(st.binary(max_size=80))
def test_noise_is_only_ever_a_wire_error(data: bytes) -> None:
    for noise in (data, b"\x45" + data):
        with pytest.raises(WireError):
            Packet.parse(noise)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda d: d[:19], "no header"),
        (lambda d: b"\x65" + d[1:], "version field says 6"),
        (lambda d: b"\x46" + d[1:], "options"),
        (lambda d: d[:-1], "total length"),
        (lambda d: d[:8] + b"\1" + d[9:], "wrong header checksum"),
        (lambda d: d[:-1] + b"\xee", "ICMP: wrong checksum"),
    ],
)
def test_each_fault_is_named(change: object, complaint: str) -> None:
    data = Packet(A, B, ICMP, Echo(True, 1, 1)).pack()
    Packet.parse(data)
    with pytest.raises(WireError, match=complaint):
        Packet.parse(change(data))  # type: ignore[operator]


def test_the_padding_of_short_ethernet_frames_is_left_out() -> None:
    data = Packet(A, B, ICMP, Echo(True, 1, 1, 0)).pack()
    assert Packet.parse(data + bytes(18)).pack() == data


def test_udp_checksum_guards_the_addresses_and_zero_means_none() -> None:
    data = Packet(A, B, UDP, UdpDatagram(500, 500, b"x")).pack()
    moved = Packet(A, B + 1, UDP, RawPayload(data[20:])).pack()
    with pytest.raises(WireError, match="UDP: wrong checksum"):
        Packet.parse(moved)
    Packet.parse(Packet(A, B + 1, UDP, RawPayload(data[20:26] + bytes(2) + data[28:])).pack())


def test_a_udp_checksum_that_comes_out_as_zero_is_sent_as_ffff() -> None:
    """Zero would say that there is none (RFC 768)."""
    sums = {Packet(A, B, UDP, UdpDatagram(port, 0, b"")).pack()[26:28] for port in range(65536)}
    assert b"\xff\xff" in sums and bytes(2) not in sums


def test_a_fragment_keeps_its_bytes_unparsed() -> None:
    packet = Packet(A, B, UDP, RawPayload(b"\0" * 16))
    packet.more_fragments, packet.fragment = True, 2
    again = Packet.parse(packet.pack())
    assert isinstance(again.payload, RawPayload) and (again.more_fragments, again.fragment) == (True, 2)


def test_unknown_protocols_keep_their_bytes() -> None:
    again = Packet.parse(Packet(A, B, ESP, RawPayload(b"12345678")).pack())
    assert isinstance(again.payload, RawPayload) and again.payload.data == b"12345678"


def test_an_icmp_error_quotes_header_and_eight_bytes() -> None:
    original = Packet(A, B, ICMP, Echo(True, 1, 1, 1400)).pack()
    sent = IcmpError(UNREACHABLE, FRAGMENTATION_NEEDED, 1400, original)
    error = Packet.parse(Packet(B, A, ICMP, sent).pack())
    assert isinstance(error.payload, IcmpError) and error.payload.mtu == 1400
    assert error.payload.original == original[:28]
    assert parse_header(error.payload.original, whole=False).destination == B
    with pytest.raises(WireError):
        parse_header(error.payload.original)


def test_altered_bytes_replace_the_payload_but_not_the_header() -> None:
    packet = Packet(A, B, ICMP, Echo(True, 1, 1), ttl=9)
    packet.uid, packet.flow = 5, "a>b"
    forged = packet.altered(b"forged")
    assert forged.pack()[20:] == b"forged" and (forged.ttl, forged.uid, forged.flow) == (9, 5, "a>b")
    assert packet.pack()[20:] != b"forged"
    packet.raw = forged.pack()
    packet.ttl = 8
    assert packet.pack()[8] == 8 and packet.pack()[20:] == b"forged" and packet.size == 26


def test_longer_than_an_ip_packet_can_be() -> None:
    with pytest.raises(WireError, match="longer than 65535"):
        Packet(A, B, ICMP, Echo(True, 1, 1, 70000)).pack()
