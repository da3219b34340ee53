"""OSPF on the wire: exact both ways, strict about lengths; scapy and Wireshark read the same."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipsec_edu.core.addr import format_ip, parse_ip
from ipsec_edu.core.errors import WireError
from ipsec_edu.wire import ospf, ospf_lsa
from ipsec_edu.wire.ospf import (
    ALL_SPF_ROUTERS,
    OSPF,
    DatabaseDescription,
    Hello,
    LinkStateAck,
    LinkStateRequest,
    LinkStateUpdate,
    OspfPacket,
)
from ipsec_edu.wire.ospf_lsa import (
    INITIAL_SEQUENCE,
    ExternalLsa,
    Lsa,
    LsaHeader,
    NetworkLsa,
    OpaqueLsa,
    RouterLink,
    RouterLsa,
)
from ipsec_edu.wire.packet import Packet, RawPayload
from tests.ipsec.helpers import tshark

R1, R2, DR = parse_ip("10.255.0.1"), parse_ip("10.255.0.2"), parse_ip("10.0.0.2")
LINKS = (
    RouterLink(ospf_lsa.TO_ROUTER, R2, parse_ip("10.0.1.1"), 10),
    RouterLink(ospf_lsa.TRANSIT, DR, parse_ip("10.0.0.1"), 1),
    RouterLink(ospf_lsa.STUB, R1, 0xFFFFFFFF, 1),
)
LSAS = (
    Lsa.make(R1, R1, INITIAL_SEQUENCE, RouterLsa(LINKS, RouterLsa.BORDER), age=3),
    Lsa.make(DR, R2, 0x80000007, NetworkLsa(0xFFFFFF00, (R2, R1)), age=1800),
    Lsa.make(0, R1, 0x7FFFFFFF, ExternalLsa(0, 1, 2, 0, 77)),
    Lsa.make(parse_ip("10.9.0.0"), R2, INITIAL_SEQUENCE, ExternalLsa(0xFFFF0000, 20, 1, DR), age=3600),
    Lsa.make(parse_ip("10.8.0.0"), R2, INITIAL_SEQUENCE, OpaqueLsa(3, struct.pack("!II", 0xFFFF0000, 5))),
)
HEADERS = tuple(lsa.header for lsa in LSAS)
PACKETS = tuple(
    OspfPacket(R1, 0, body)
    for body in (
        Hello(0xFFFFFF00, 10, 40, priority=3, dr=DR, bdr=parse_ip("10.0.0.1"), neighbors=(R2, 9)),
        Hello(0xFFFFFFFC, 0, 1),
        DatabaseDescription(1500, 7, 12345),
        DatabaseDescription(1500, 2, 12346, HEADERS),
        LinkStateRequest(tuple(header.key for header in HEADERS)),
        LinkStateUpdate(LSAS),
        LinkStateAck(HEADERS),
    )
)
NAMES = [f"{packet.type.name}-{i}" for i, packet in enumerate(PACKETS)]
each_packet = pytest.mark.parametrize("packet", PACKETS, ids=NAMES)


def sealed(data):
    """Return packet bytes with a right checksum and length."""
    data = data[:2] + struct.pack("!H", len(data)) + data[4:12] + b"\0\0" + data[14:16] + bytes(8) + data[24:]
    total = ospf.checksum(data[:16] + data[24:])
    return data[:12] + struct.pack("!H", total) + data[14:]


@each_packet
def test_a_packet_reads_back_as_it_was_written(packet):
    data = packet.pack()
    assert ospf.unpack(data) == packet
    assert packet.size == len(data)
    whole = Packet(R1, ALL_SPF_ROUTERS, OSPF, packet, ttl=1)
    assert Packet.parse(whole.pack()).payload == packet


@each_packet
def test_one_flipped_bit_is_noticed(packet):
    data = packet.pack()
    for at in (1, 3, 5, 9, 12, len(data) - 1):
        with pytest.raises(WireError):
            ospf.unpack(data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :])


@each_packet
def test_a_packet_cut_short_is_refused_even_with_a_right_checksum(packet):
    data = packet.pack()
    for length in range(len(data)):
        with pytest.raises(WireError):
            ospf.unpack(data[:length])
    if packet.type not in (ospf.OspfType.LS_REQUEST, ospf.OspfType.HELLO):  # lists of any length
        with pytest.raises(WireError):
            ospf.unpack(sealed(data[:-4] if len(data) % 20 else data[:-2]))


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (sealed(b"\3\1" + bytes(42)), "version 3"),
        (sealed(b"\2\6" + bytes(42)), "no packet type 6"),
        (sealed(PACKETS[5].pack()[:24] + b"\0\0\0\x09" + PACKETS[5].pack()[28:60]), "9 LSAs announced"),
        (PACKETS[0].pack() + b"\0", "left over behind"),
    ],
)
def test_what_is_wrong_is_said(data, complaint):
    with pytest.raises(WireError, match=complaint):
        ospf.unpack(data)


def test_a_block_of_link_local_signalling_is_passed_over_where_it_is_announced():
    hello = OspfPacket(R1, 0, Hello(0xFFFFFF00, 10, 40, options=0x12))
    assert ospf.unpack(hello.pack() + bytes(12)) == hello


def test_an_authenticated_packet_stays_bytes():
    data = bytearray(PACKETS[0].pack())
    data[15] = 2
    assert ospf.unpack(bytes(data)) is None
    whole = Packet(R1, ALL_SPF_ROUTERS, OSPF, RawPayload(bytes(data)))
    assert isinstance(Packet.parse(whole.pack()).payload, RawPayload)


def test_the_checksum_of_an_lsa_covers_everything_but_its_age():
    lsa = LSAS[0]
    assert lsa.intact and lsa.aged(1000).intact and lsa.aged(1000).header.age == 1000
    for change in ({"sequence": 0x80000002}, {"checksum": 0}, {"router": R2}, {"options": 0}):
        fields = {name: getattr(lsa.header, name) for name in LsaHeader.__slots__}
        assert not Lsa(LsaHeader(**{**fields, **change}), lsa.body).intact
    assert not Lsa(lsa.header, RouterLsa(LINKS[:2], RouterLsa.BORDER)).intact


u32, u16, u8 = st.integers(0, 0xFFFFFFFF), st.integers(0, 0xFFFF), st.integers(0, 255)
links = st.builds(RouterLink, u8, u32, u32, u16, st.binary(max_size=2).map(lambda tos: tos * 4))
bodies = (
    st.builds(RouterLsa, st.lists(links, max_size=4).map(tuple), u16)
    | st.builds(NetworkLsa, u32, st.lists(u32, max_size=4).map(tuple))
    | st.builds(ExternalLsa, u32, st.integers(0, 0xFFFFFF), st.sampled_from([1, 2]), u32, u32)
    | st.builds(OpaqueLsa, st.sampled_from([3, 4, 9, 255]), st.binary(max_size=30))
)
lsas = st.builds(Lsa.make, u32, u32, u32, bodies, st.integers(0, 3600), u8)
headers = st.lists(lsas.map(lambda lsa: lsa.header), max_size=4).map(tuple)
packets = st.builds(
    OspfPacket,
    u32,
    u32,
    st.builds(Hello, u32, u16, u32, u8, u8, u32, u32, st.lists(u32, max_size=4).map(tuple))
    | st.builds(DatabaseDescription, u16, u8, u32, headers, u8)
    | st.builds(LinkStateRequest, st.lists(st.tuples(u32, u32, u32), max_size=4).map(tuple))
    | st.builds(LinkStateUpdate, st.lists(lsas, max_size=4).map(tuple))
    | st.builds(LinkStateAck, headers),
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(packets)
def test_any_packet_round_trips(packet):
    assert ospf.unpack(packet.pack()) == packet
    assert packet.size == len(packet.pack())


@settings(max_examples=100, deadline=None, derandomize=True)
@given(lsas)
def test_any_lsa_has_a_right_checksum(lsa):
    data = lsa.pack()[2:]
    low = high = 0
    for byte in data:  # as RFC 1008 checks it
        low = (low + byte) % 255
        high = (high + low) % 255
    assert (low, high) == (0, 0) and lsa.intact


@settings(max_examples=300, deadline=None, derandomize=True)
@given(packets, st.lists(st.tuples(st.integers(0, 400), u8), max_size=6), st.integers(0, 8))
def test_damage_is_a_wire_error_or_another_packet_and_nothing_else(packet, damage, cut):
    data = bytearray(packet.pack())
    for at, value in damage:
        data[at % len(data)] = value
    shape = bytes(data[: max(24, len(data) - cut)])
    for attempt in (bytes(data), sealed(shape), shape + b"\0"):
        try:
            again = ospf.unpack(attempt)
        except WireError:
            continue
        assert again is None or isinstance(again, OspfPacket)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.binary(max_size=80), st.integers(1, 5))
def test_noise_is_a_wire_error_and_nothing_else(noise, kind):
    for attempt in (noise, sealed(bytes([2, kind]) + bytes(22) + noise)):
        try:
            assert ospf.unpack(attempt) is None or True
        except WireError:
            continue


# scapy


@each_packet
def test_scapy_writes_the_same_bytes_from_what_it_read(packet):
    from scapy.contrib.ospf import OSPF_Hdr, OSPF_LSA_Hdr

    data = packet.pack()
    theirs = OSPF_Hdr(data)
    assert theirs.src == format_ip(R1)
    del theirs.chksum, theirs.len
    layer = theirs
    while layer := layer.payload:
        for lsa in getattr(layer, "lsalist", []):
            if not isinstance(lsa, OSPF_LSA_Hdr) and lsa.name != "OSPF Not Implemented LSA":
                del lsa.chksum, lsa.len
    assert bytes(theirs) == data


def test_we_read_what_scapy_writes():
    from scapy.contrib import ospf as theirs

    head = theirs.OSPF_Hdr(src="10.255.0.1", area="0.0.0.7")
    hello = theirs.OSPF_Hello(
        mask="255.255.255.252",
        hellointerval=1,
        deadinterval=4,
        prio=9,
        router="10.0.0.2",
        neighbors=["10.255.0.2"],
    )
    ours = ospf.unpack(bytes(head / hello))
    expected = Hello(0xFFFFFFFC, 1, 4, 0, 9, DR, 0, (R2,))
    assert ours == OspfPacket(R1, 7, expected) and ours != OspfPacket(R1, 8, expected)
    router = theirs.OSPF_Router_LSA(
        id="10.255.0.1",
        adrouter="10.255.0.1",
        seq=0x80000001,
        options="E",
        age=3,
        flags="E",
        linklist=[
            theirs.OSPF_Link(type=1, id="10.255.0.2", data="10.0.1.1", metric=10),
            theirs.OSPF_Link(type=2, id="10.0.0.2", data="10.0.0.1", metric=1),
            theirs.OSPF_Link(type=3, id="10.255.0.1", data="255.255.255.255", metric=1),
        ],
    )
    update = ospf.unpack(bytes(head / theirs.OSPF_LSUpd(lsalist=[router])))
    assert update.body == LinkStateUpdate((LSAS[0],))


# Wireshark


def capture(path, packets):
    """Write a capture (raw IPv4) of packets."""
    out = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)]
    for index, packet in enumerate(packets):
        frame = Packet(DR, ALL_SPF_ROUTERS, OSPF, packet, ttl=1).pack()
        out.append(struct.pack("<IIII", index, 0, len(frame), len(frame)) + frame)
    path.write_bytes(b"".join(out))
    return str(path)


@pytest.mark.tshark
def test_wireshark_reads_every_field_and_finds_the_checksums_right(tmp_path):
    text = tshark(["-r", capture(tmp_path / "o.pcap", PACKETS), "-V", "-O", "ospf"], tmp_path)
    assert text.count("Open Shortest Path First") == len(PACKETS)
    assert "alformed" not in text and "[Expert Info (Error" not in text
    assert text.count("[correct]") >= len(PACKETS) and "incorrect" not in text
    for words in (
        "Hello Packet (1)",
        "DB Description (2)",
        "LS Request (3)",
        "LS Update (4)",
        "LS Acknowledge (5)",
        "Designated Router: 10.0.0.2",
        "Active Neighbor: 10.255.0.2",
        "Router Priority: 3",
        "DD Sequence: 12345",
        "Sequence Number: 0x80000007",
        "Number of Links: 3",
        "Attached Router: 10.255.0.1",
        "External Route Tag: 77",
        "Forwarding Address: 10.0.0.2",
        "External Type: Type 1 (metric is specified in the same units as interface cost)",
    ):
        assert words in text, words


@pytest.mark.tshark
def test_wireshark_would_see_a_wrong_checksum_and_a_wrong_length(tmp_path):
    update = PACKETS[5].pack()
    for number, (data, words) in enumerate(
        [
            (update[:12] + b"\0\1" + update[14:], "incorrect"),
            (sealed(update[:24] + struct.pack("!I", 9) + update[28:]), "alformed"),
        ]
    ):
        file = capture(tmp_path / f"{number}.pcap", [RawPayload(data)])
        assert words in tshark(["-r", file, "-V", "-O", "ospf"], tmp_path)
