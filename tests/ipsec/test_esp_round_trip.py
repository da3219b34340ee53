"""ESP and AH from end to end: every transform, both modes, with and without UDP, at every fidelity."""

from __future__ import annotations

from pathlib import Path

import pytest

from ipsec_edu.core.addr import parse_ip
from ipsec_edu.core.causes import Cause
from ipsec_edu.core.errors import IpsecEduError
from ipsec_edu.ike.settings import TransformSet
from ipsec_edu.ipsec.ah import AhPayload
from ipsec_edu.ipsec.esp import EspPayload, UdpEncapsulated
from ipsec_edu.ipsec.sa import esp_keys
from ipsec_edu.ipsec.stack import Accepted, Discard, is_ipsec
from ipsec_edu.ipsec.transforms import TransformError, protection
from ipsec_edu.wire import pcapng
from ipsec_edu.wire.keyfiles import esp_sa_file, ike_file, tshark_options
from ipsec_edu.wire.packet import AH, ESP, UDP, Packet
from ipsec_edu.wire.udp import UdpDatagram
from tests.ipsec.helpers import (
    AES_SHA,
    AES_SHA512,
    AH_ESP,
    AH_SHA256,
    ALL,
    GCM,
    GCM8,
    GW1,
    GW2,
    NULL_SHA,
    TDES_MD5,
    Tunnel,
    echo,
    tshark,
    tunnel,
)

CASES = [
    (each, mode, udp)
    for each in ALL
    for mode in ("tunnel", "transport")
    for udp in (False, True)
    if not (udp and each.ah_integrity)
]


def name(case: object) -> str:
    return case.name if isinstance(case, TransformSet) else str(case)


def request(mode: str, number: int = 1) -> Packet:
    return echo(number) if mode == "tunnel" else echo(number, source=GW1, destination=GW2)


@pytest.mark.parametrize(("transform_set", "mode", "udp"), CASES, ids=name)
@pytest.mark.parametrize("fidelity", ["bytes", "eager", "model"])
def test_what_goes_in_comes_out(transform_set: TransformSet, mode: str, udp: bool, fidelity: str) -> None:
    lane = tunnel(transform_set, mode=mode, udp=udp, fidelity=fidelity)
    before = request(mode).pack()
    outer = lane.send(request(mode), now_us=5)
    wire = outer.pack()
    assert outer.size == len(wire) == protection(lane.children_of(0)[0].transform).wire_size(84, udp)
    assert before[28:] not in wire or transform_set.esp_encryption in ("null", None)
    assert (outer.uid, outer.flow, outer.number) == (101, "a>b", 1)
    assert is_ipsec(outer) and is_ipsec(Packet.parse(wire))
    outcome = lane.two.inbound(outer, 9)
    assert isinstance(outcome, Accepted)
    assert outcome.packet.pack() == before and outcome.packet.uid == 101
    assert lane.children_of(1)[0].liveness.heard_us == 9 and lane.children_of(0)[0].liveness.sent_us == 5
    # The same bytes, captured and played to a fresh receiver, are understood without the object ...
    fresh = tunnel(transform_set, mode=mode, udp=udp, fidelity=fidelity)
    copied = fresh.two.inbound(Packet.parse(wire), 0)
    assert isinstance(copied, Accepted) and copied.packet.pack() == before
    # ... and a second time by nobody.
    for receiver in (lane, fresh):
        again = receiver.two.inbound(Packet.parse(wire), 0)
        assert isinstance(again, Discard) and again.cause is Cause.REPLAY


@pytest.mark.parametrize("transform_set", [AES_SHA, GCM, AH_ESP], ids=name)
def test_bytes_are_the_same_whenever_they_are_made(transform_set: TransformSet) -> None:
    lane = tunnel(transform_set)
    outer = lane.send(echo())
    early = outer.pack()
    outcome = lane.two.inbound(outer, 0)
    assert isinstance(outcome, Accepted)
    outcome.packet.ttl -= 1  # the next router's work on the inner packet ...
    outcome.packet.source = 0
    lane.send(echo(2))
    assert outer.pack() == early  # ... does not reach into the past
    assert lane.send(echo(3)).pack()[20:] != early[20:]


def test_the_outer_header() -> None:
    inner = echo()
    inner.tos, inner.dont_fragment = 0xB8, True
    outer = tunnel().send(inner)
    assert (outer.source, outer.destination, outer.protocol, outer.ttl) == (GW1, GW2, ESP, 255)
    assert (outer.tos, outer.dont_fragment) == (0xB8, True)
    assert not tunnel(df_policy="clear").send(inner).dont_fragment
    inner.dont_fragment = False
    assert tunnel(df_policy="set").send(inner).dont_fragment
    kept = tunnel(mode="transport").send(request("transport"))
    assert (kept.source, kept.ttl) == (GW1, 63)


def test_sequence_numbers_begin_with_one() -> None:
    lane = tunnel()
    for number in (1, 2, 3):
        payload = lane.send(echo(number)).payload
        assert isinstance(payload, EspPayload) and payload.sequence == number


# Address translation on the way


def nat(packet: Packet) -> Packet:
    """What a translator leaves: another source address, another source port."""
    packet.source = parse_ip("203.0.113.99")
    if isinstance(packet.payload, UdpDatagram):
        packet.payload = packet.payload.with_ports(1024, packet.payload.destination_port)
    return packet


@pytest.mark.parametrize("fidelity", ["bytes", "eager", "model"])
def test_translation_breaks_ah_and_leaves_esp_alone(fidelity: str) -> None:
    for broken in (AH_SHA256, AH_ESP):
        lane = tunnel(broken, fidelity=fidelity)
        outcome = lane.two.inbound(nat(lane.send(echo())), 0)
        assert isinstance(outcome, Discard) and outcome.cause is Cause.BAD_ICV
        assert isinstance(lane.two.inbound(lane.send(echo(2)), 0), Accepted)
    for udp in (False, True):
        lane = tunnel(AES_SHA, fidelity=fidelity, udp=udp)
        assert isinstance(lane.two.inbound(nat(lane.send(echo())), 0), Accepted)


@pytest.mark.parametrize("fidelity", ["bytes", "eager"])
def test_transport_mode_behind_a_translator_ignores_the_inner_checksum(fidelity: str) -> None:
    lane = tunnel(AES_SHA, mode="transport", udp=True, fidelity=fidelity)
    outer = nat(lane.send(Packet(GW1, GW2, UDP, UdpDatagram(1701, 1701, b"l2tp"))))
    outcome = lane.two.inbound(outer, 0)
    assert isinstance(outcome, Accepted) and isinstance(outcome.packet.payload, UdpDatagram)
    assert outcome.packet.payload.data == b"l2tp" and outcome.packet.source == outer.source


@pytest.mark.parametrize("fidelity", ["bytes", "eager"])
def test_ah_lets_routers_change_what_is_mutable(fidelity: str) -> None:
    lane = tunnel(AH_SHA256, fidelity=fidelity)
    outer = lane.send(echo())
    assert isinstance(outer.payload, AhPayload)
    outer.ttl, outer.tos, outer.dont_fragment = 3, 0x20, True
    assert isinstance(lane.two.inbound(Packet.parse(outer.pack()), 0), Accepted)
    outer = lane.send(echo(2))
    outer.identification += 1
    outcome = lane.two.inbound(outer, 0)
    assert isinstance(outcome, Discard) and outcome.cause is Cause.BAD_ICV


# ESP inside AH


def test_a_bundle_puts_ah_outside_and_needs_both_on_arrival() -> None:
    lane = tunnel(AH_ESP)
    outer = lane.send(echo())
    wire = outer.pack()
    assert outer.protocol == AH and wire[20] == ESP and wire[44 + 24] != 0x45
    assert isinstance(outer.payload, AhPayload) and isinstance(outer.payload.inner.payload, EspPayload)
    lane = tunnel(AH_ESP)
    bare = lane.send(echo()).payload
    assert isinstance(bare, AhPayload)
    outcome = lane.two.inbound(bare.inner, 0)  # ESP without its AH, by somebody who peeled it off
    assert isinstance(outcome, Discard) and outcome.cause is Cause.SELECTOR_MISMATCH
    assert isinstance(lane.two.inbound(lane.send(echo(2)), 0), Accepted)


def test_half_a_bundle_is_not_used() -> None:
    lane = tunnel(AH_ESP)
    esp, ah = lane.children["esp"][0], lane.children["ah"][0]
    lane.one.remove(esp)
    assert len(lane.one.sad) == 0
    lane.one.install(ah, "both", 0)
    assert not lane.one.spd.rules[0].chains
    lane.one.install(esp, "both", 0)
    payload = lane.send(echo()).payload
    assert isinstance(payload, AhPayload) and isinstance(payload.inner.payload, EspPayload)


# UDP


def test_esp_in_udp_has_no_checksum_and_its_own_ports() -> None:
    outer = tunnel(udp=True).send(echo())
    assert outer.protocol == UDP and isinstance(outer.payload, UdpEncapsulated)
    assert outer.pack()[20:24] == b"\x11\x94\x11\x94" and outer.pack()[26:28] == bytes(2)
    assert outer.payload.data == outer.payload.esp.wire() and outer.payload.sequence == 1
    assert outer.payload.with_ports(1, 2).spi == outer.payload.spi


def test_port_4500_also_carries_ike_and_keepalives() -> None:
    def datagram(data: bytes, port: int = 4500) -> Packet:
        return Packet(GW1, GW2, UDP, UdpDatagram(4500, port, data))

    for data in (b"\xff", bytes(4) + b"isakmp", b""):
        assert not is_ipsec(datagram(data)) and not is_ipsec(Packet.parse(datagram(data).pack()))
    assert is_ipsec(datagram(b"\0\0\1\0" + bytes(20)))
    assert not is_ipsec(datagram(b"\0\0\1\0" + bytes(20), 500))
    altered = tunnel(udp=True).send(echo())
    assert is_ipsec(altered.altered(altered.body()))


# Keys


def test_a_key_of_the_wrong_length_is_refused_with_the_lengths() -> None:
    lane = tunnel()
    sa = lane.one.sad.outbound[1][0]
    sa.secret = (sa.secret[0], b"short", b"")
    with pytest.raises(TransformError, match=r"cut KEYMAT into 32 .* and 20"):
        lane.send(echo()).pack()


def test_wrong_options_are_refused_with_the_right_ones() -> None:
    with pytest.raises(IpsecEduError, match="choose bytes, eager or model"):
        tunnel(fidelity="real")
    with pytest.raises(IpsecEduError, match="choose copy, set or clear"):
        tunnel(df_policy="keep")


# Others read it


def scapy_sa(lane: Tunnel, transform_set: TransformSet) -> object:
    from scapy.layers.inet import IP
    from scapy.layers.ipsec import ESP as SCAPY_ESP
    from scapy.layers.ipsec import SecurityAssociation

    child = lane.children["esp"][0]
    crypt = {"aes": "AES-CBC", "aes-gcm": "AES-GCM", "3des": "3DES", "null": "NULL"}
    auth = {"sha1": "HMAC-SHA1-96", "md5": "HMAC-MD5-96", None: "NULL"}
    return SecurityAssociation(
        SCAPY_ESP,
        spi=child.outbound_spi,
        crypt_algo=crypt[transform_set.esp_encryption or ""],
        crypt_key=child.outbound_keys[0],
        auth_algo=auth[transform_set.esp_integrity],
        auth_key=child.outbound_keys[1],
        tunnel_header=IP(src="192.0.2.1", dst="198.51.100.2"),
    )


@pytest.mark.parametrize("transform_set", [AES_SHA, GCM, TDES_MD5, NULL_SHA], ids=name)
def test_scapy_decrypts_ours_and_we_decrypt_scapys(transform_set: TransformSet) -> None:
    from ipsec_edu.wire.scapy_bridge import from_scapy, to_scapy

    lane = tunnel(transform_set)
    before = echo().pack()
    association = scapy_sa(lane, transform_set)
    theirs = association.decrypt(to_scapy(lane.send(echo())))  # type: ignore[attr-defined]
    assert bytes(theirs) == before
    made = from_scapy(association.encrypt(to_scapy(echo()), seq_num=1))  # type: ignore[attr-defined]
    outcome = lane.two.inbound(made, 0)
    assert isinstance(outcome, Accepted) and outcome.packet.pack() == before


@pytest.mark.parametrize("mode", ["tunnel", "transport"])
def test_scapy_verifies_our_ah_and_we_verify_scapys(mode: str) -> None:
    from scapy.layers.inet import IP
    from scapy.layers.ipsec import AH as SCAPY_AH
    from scapy.layers.ipsec import IPSecIntegrityError, SecurityAssociation

    from ipsec_edu.wire.scapy_bridge import from_scapy, to_scapy

    lane = tunnel(AH_SHA256, mode=mode)
    child = lane.children["ah"][0]
    association = SecurityAssociation(
        SCAPY_AH,
        spi=child.outbound_spi,
        auth_algo="SHA2-256-128",
        auth_key=child.outbound_keys[1],
        tunnel_header=IP(src="192.0.2.1", dst="198.51.100.2") if mode == "tunnel" else None,
    )
    before = request(mode).pack()
    assert bytes(association.decrypt(to_scapy(lane.send(request(mode))))) == before
    made = from_scapy(association.encrypt(to_scapy(request(mode)), seq_num=1))
    outcome = lane.two.inbound(made, 0)
    assert isinstance(outcome, Accepted) and outcome.packet.pack() == before
    moved = lane.send(request(mode))
    moved.source += 1
    with pytest.raises(IPSecIntegrityError):
        association.decrypt(to_scapy(moved))


def through_wireshark(lane: Tunnel, options: list[str], home: Path) -> list[str]:
    """Two pings as tshark sees them: addresses, sequence, checksum status, ICV, malformed parts."""
    frames = [pcapng.Frame(i, "ASA1:outside", lane.send(echo(i)).pack()) for i in (1, 2)]
    (home / "outside.pcapng").write_bytes(pcapng.write(frames))
    shown = ("ip.src", "icmp.seq", "icmp.checksum.status", "esp.icv_good", "_ws.malformed")
    fields = [word for each in shown for word in ("-e", each)]
    return tshark([*options, "-r", str(home / "outside.pcapng"), "-T", "fields", *fields], home).splitlines()


DECRYPTED = [f"192.0.2.1,10.1.0.10\t{i}\t1\t1\t" for i in (1, 2)]


@pytest.mark.tshark
@pytest.mark.parametrize(
    ("transform_set", "udp"),
    [
        (AES_SHA, True),
        *((each, False) for each in (AES_SHA, AES_SHA512, GCM, GCM8, TDES_MD5, NULL_SHA, AH_ESP)),
    ],
    ids=name,
)
def test_wireshark_decrypts_what_we_write(transform_set: TransformSet, udp: bool, tmp_path: Path) -> None:
    lane = tunnel(transform_set, udp=udp)
    options = tshark_options(esp_keys(lane.children["esp"][0]))
    assert through_wireshark(lane, options, tmp_path) == DECRYPTED


@pytest.mark.tshark
def test_wireshark_reads_the_key_file_and_nothing_without_it(tmp_path: Path) -> None:
    folder = tmp_path / ".config" / "wireshark"
    folder.mkdir(parents=True)
    lane = tunnel()
    (folder / "esp_sa").write_text(esp_sa_file(esp_keys(lane.children["esp"][0])))
    assert through_wireshark(lane, tshark_options(), tmp_path) == DECRYPTED
    (folder / "esp_sa").unlink()
    blind = through_wireshark(tunnel(), tshark_options(), tmp_path)
    assert [line.split("\t")[0] for line in blind] == ["192.0.2.1"] * 2


def test_key_lines() -> None:
    forth, back = esp_keys(tunnel(NULL_SHA).children["esp"][0])
    assert forth.line().startswith(
        '"IPv4","192.0.2.1","198.51.100.2","0x00001002","NULL","","HMAC-SHA-1-96 ['
    )
    assert (back.source, back.destination) == (GW2, GW1)
    assert ike_file([(b"\x01" * 8, b"\xab" * 16)]) == "01" * 8 + "," + "ab" * 16 + "\n"
    assert esp_keys(tunnel(AH_SHA256).children["ah"][0]) == []
