"""Log lines: message numbers and wordings of both platforms, for every notice and drop."""

from __future__ import annotations

import re

import pytest

from ipsec_edu.core.acl import Selector
from ipsec_edu.core.addr import parse_ip
from ipsec_edu.core.causes import Cause
from ipsec_edu.ike.notices import NOTICES
from ipsec_edu.ike.settings import IkePolicy
from ipsec_edu.show.command import execute
from ipsec_edu.show.log import DropLimiter, boot_text, drop_text, log_text, port_text
from ipsec_edu.trace.records import LogLine
from ipsec_edu.wire.icmp import Echo
from ipsec_edu.wire.packet import ESP, ICMP, UDP, Packet
from ipsec_edu.wire.udp import UdpDatagram
from tests.show.states import LANS, P, asa

PEER = parse_ip("203.0.113.2")
RECEIVED = "IPSEC: Received an ESP packet (SPI= 0x5E6F7081, sequence number= 0x2D)"
GROUP = "Group = 203.0.113.2, IP = 203.0.113.2"
SAMPLES: dict[str, object] = {
    "answered": True,
    "attempt": 1,
    "believed": False,
    "cause": "seconds",
    "cookies": (bytes(8), bytes(8)),
    "current": PEER,
    "differs": ("encryption", "group"),
    "exchange": "main",
    "expected": "203.0.113.9",
    "flushed": 1,
    "ike_id": "00112233aabbccdd",
    "inbound_spi": 0x5E6F7081,
    "initiator": True,
    "inside": "us",
    "known": True,
    "last": 5,
    "lifetime_s": 28800,
    "limit": 3,
    "local": P("192.168.1.0/24"),
    "message_id": 0x2C44BAEC,
    "mode": "main",
    "name": "CMAP",
    "notify": "NO-PROPOSAL-CHOSEN",
    "number": 5,
    "offered": IkePolicy(1, "3des", 0, "sha1", "pre-share", 2),
    "outbound_spi": 0x1A2B3C4D,
    "policy": None,
    "probes": 3,
    "protocol": "esp",
    "provocations": 1,
    "reason": "dpd",
    "received": "R9",
    "rekey": False,
    "remote": P("10.0.0.0/8"),
    "retransmissions": 3,
    "selector": LANS,
    "sequence": 10,
    "silent_us": 16_000_000,
    "spi": 0xCAFE,
    "spis": (1, 2),
    "stage": 1,
    "state": "WAIT_MM6",
    "uid": 7,
    "wanted": IkePolicy(1, "aes", 256, "sha1", "pre-share", 5),
}


def details(code: str, **changes: object) -> dict[str, object]:
    """Return a value for every key that the notice promises."""
    return {key: SAMPLES[key] for key in NOTICES[code][1]} | changes


def lines(platform: str, code: str, **changes: object) -> list[str]:
    return (log_text(platform, code, PEER, details(code, **changes)) or "").split("\n")


@pytest.mark.parametrize("code", NOTICES)
def test_every_notice_has_well_formed_lines_or_none(code: str) -> None:
    for platform, mark in (("asa", r"%ASA-[1-7]-\d{6}: "), ("ios", r"%[A-Z]+-[0-7]-[A-Z_]+: ")):
        text = log_text(platform, code, PEER, details(code))
        for line in (text or "").split("\n") if text else ():
            assert re.match(mark, line)
            assert "{" not in line
            assert "203.0.113.2" in line
    assert log_text("linux", code, PEER, details(code)) is None


def test_a_tunnel_comes_up_on_an_asa() -> None:
    assert lines("asa", "phase1_up") == [f"%ASA-5-713119: {GROUP}, PHASE 1 COMPLETED"]
    assert lines("asa", "phase2_up") == [
        f"%ASA-5-713049: {GROUP}, Security negotiation complete for "
        "LAN-to-LAN Group (203.0.113.2)  Initiator, Inbound SPI = 0x5e6f7081, Outbound SPI = 0x1a2b3c4d",
        f"%ASA-5-713120: {GROUP}, PHASE 2 COMPLETED (msgid=2c44baec)",
    ]
    assert "Responder" in lines("asa", "phase2_up", initiator=False)[0]


def test_ios_reports_the_session_once_and_not_at_a_rekey() -> None:
    up = "%CRYPTO-5-SESSION_STATUS: Crypto tunnel is UP  .  Peer 203.0.113.2:500       Id: 203.0.113.2"
    assert lines("ios", "phase2_up") == [up]
    assert lines("ios", "phase2_up", rekey=True) == [""]
    assert lines("ios", "phase2_down") == [up.replace("UP  ", "DOWN")]
    assert lines("ios", "phase2_down", reason="rekeyed") == [""]


def test_phase_1_mismatch_names_each_attribute_on_an_asa() -> None:
    assert lines("asa", "phase1_no_proposal") == [
        "%ASA-7-713906: IP = 203.0.113.2, Phase 1 failure:  Mismatched attribute types for class "
        "Encryption Algorithm:  Rcv'd: 3DES-CBC  Cfg'd: AES-CBC-256",
        "%ASA-7-713906: IP = 203.0.113.2, Phase 1 failure:  Mismatched attribute types for class "
        "Group Description:  Rcv'd: Group 2  Cfg'd: Group 5",
        "%ASA-5-713904: IP = 203.0.113.2, All SA proposals found unacceptable",
        "%ASA-3-713048: IP = 203.0.113.2, Error processing payload: Payload ID: 1",
    ]
    assert len(lines("asa", "phase1_no_proposal", differs=())) == 2
    assert lines("ios", "phase1_no_proposal") == [
        "%CRYPTO-6-IKMP_MODE_FAILURE: Processing of Main mode failed with peer at 203.0.113.2"
    ]


def test_wrong_key() -> None:
    assert "probably due to mismatched pre-shared key" in lines("asa", "psk_mismatch_suspected")[1]
    assert lines("ios", "psk_mismatch_suspected") == [
        "%CRYPTO-4-IKMP_BAD_MESSAGE: IKE message from 203.0.113.2 failed its sanity check or is malformed"
    ]


def test_crypto_access_lists_that_do_not_mirror() -> None:
    assert lines("asa", "phase2_no_selector") == [
        f"%ASA-3-713061: {GROUP}, Rejecting IPSec tunnel: no matching crypto map entry for remote proxy "
        "10.0.0.0/255.0.0.0/0/0 local proxy 192.168.1.0/255.255.255.0/0/0 on interface OUTSIDE",
        f"%ASA-3-713902: {GROUP}, QM FSM error (P2 struct &0x0, mess id 0x2c44baec)!",
        f"%ASA-3-713902: {GROUP}, Removing peer from correlator table failed, no match!",
    ]
    assert lines("asa", "session_torn_down", reason="no-selector") == [
        f"%ASA-5-713259: {GROUP}, Session is being torn down. Reason: crypto map policy not found"
    ]
    assert "Phase 2 Mismatch" in lines("asa", "session_torn_down", reason="no-proposal")[0]
    down = lines("asa", "phase1_down", reason="failed", torn_down="no-selector")[0]
    assert down.endswith("Reason: crypto map policy not found")
    assert lines("asa", "phase1_down", reason="failed")[0].endswith("Reason: Phase 2 Error")


def test_dead_peer_and_the_end_of_a_session() -> None:
    assert lines("asa", "dpd_dead") == [
        f"%ASA-3-713123: {GROUP}, IKE lost contact with remote peer, "
        "deleting connection (keepalive type: DPD)"
    ]
    ended = (
        "%ASA-4-113019: Group = 203.0.113.2, Username = 203.0.113.2, IP = 203.0.113.2, Session disconnected. "
    )
    assert lines("asa", "phase1_down", duration_us=46_000_000, bytes_out=4000, bytes_in=3900) == [
        f"{ended}Session Type: LAN-to-LAN, Duration: 0h:00m:46s, Bytes xmt: 4000, Bytes rcv: 3900, "
        "Reason: Lost Service"
    ]
    assert "Duration" not in lines("asa", "phase1_down")[0]
    assert lines("asa", "phase1_down", reason="replaced") == [""]


def ping(source: str = "192.168.1.1", destination: str = "192.168.2.2") -> Packet:
    return Packet(parse_ip(source), parse_ip(destination), ICMP, Echo(True, 1, 1))


class Sealed:
    """Stands for an ESP payload: what a log line may read of it."""

    spi, sequence, size = 0x5E6F7081, 0x2D, 100
    seen = "esp", spi, sequence

    def __init__(self, inner: Packet, selector: Selector) -> None:
        self.inner = inner
        self.sa = type("Sa", (), {"child": type("Child", (), {"selector": selector})()})()

    def pack(self, packet: Packet) -> bytes:
        return bytes(self.size)


def esp() -> Packet:
    inner = ping("192.168.2.2", "172.16.0.1")
    return Packet(PEER, parse_ip("203.0.113.1"), ESP, Sealed(inner, LANS.mirrored()))


@pytest.mark.parametrize(
    ("cause", "on_asa", "on_ios"),
    [
        (
            Cause.INVALID_SPI,
            f"%ASA-4-402114: {RECEIVED} from 203.0.113.2 to 203.0.113.1 with an invalid SPI.",
            "%CRYPTO-4-RECVD_PKT_INV_SPI: decaps: rec'd IPSEC packet has invalid spi for "
            "destaddr=203.0.113.1, prot=50, spi=0x5E6F7081(1584361601), srcaddr=203.0.113.2",
        ),
        (
            Cause.REPLAY,
            f"%ASA-4-402119: {RECEIVED} from 203.0.113.2 "
            "(user= 203.0.113.2) to 203.0.113.1 that failed anti-replay checking.",
            "%CRYPTO-4-PKT_REPLAY_ERR: decrypt: replay check failed connection id=0, sequence number=45",
        ),
        (
            Cause.BAD_ICV,
            f"%ASA-4-402120: {RECEIVED} from 203.0.113.2 "
            "(user= 203.0.113.2) to 203.0.113.1 that failed authentication.",
            "%CRYPTO-4-RECVD_PKT_MAC_ERR: decrypt: mac verify failed for connection id=0 local=203.0.113.1 "
            "remote=203.0.113.2 spi=5E6F7081",
        ),
    ],
)
def test_ipsec_drops(cause: Cause, on_asa: str, on_ios: str) -> None:
    assert drop_text("asa", cause, esp()) == on_asa
    assert drop_text("ios", cause, esp()) == on_ios
    assert drop_text("linux", cause, esp()) is None


def test_inner_packet_of_another_policy_is_described() -> None:
    text = drop_text("asa", Cause.SELECTOR_MISMATCH, esp()) or ""
    assert "its destination as 172.16.0.1, its source as 192.168.2.2, and its protocol as icmp" in text
    assert "its local proxy as 192.168.1.0/255.255.255.0/0/0 and its remote_proxy as 192.168.2.0/" in text
    other = drop_text("ios", Cause.SELECTOR_MISMATCH, esp()) or ""
    assert "identity doesn't match negotiated identity (ip) dest_addr= 172.16.0.1" in other


def test_clear_packet_that_should_be_protected() -> None:
    packet = ping("192.168.2.2", "192.168.1.1")
    assert drop_text("asa", Cause.CLEAR_MATCHES_SPD, packet) == (
        "%ASA-4-402117: IPSEC: Received a non-IPSec packet (protocol= ICMP) from 192.168.2.2 to 192.168.1.1."
    )
    assert drop_text("ios", Cause.CLEAR_MATCHES_SPD, packet) == (
        "%CRYPTO-4-RECVD_PKT_NOT_IPSEC: Rec'd packet not an IPSEC packet. "
        "(ip) vrf/dest_addr= /192.168.1.1, src_addr= 192.168.2.2, prot= 1"
    )


def test_firewall_drops() -> None:
    names = {"ingress": "INSIDE", "egress": "OUTSIDE"}
    assert drop_text("asa", Cause.NO_ROUTE, ping(), **names) == (
        "%ASA-6-110003: Routing failed to locate next hop for ICMP from INSIDE:192.168.1.1/0 "
        "to OUTSIDE:192.168.2.2/0"
    )
    assert (drop_text("asa", Cause.NAT_REWRITTEN, ping(), **names) or "").startswith(
        "%ASA-5-305013: Asymmetric NAT"
    )
    assert (drop_text("asa", Cause.ACL, ping(), **names) or "").startswith(
        "%ASA-3-106014: Deny inbound icmp src INSIDE"
    )
    assert "to INSIDE:192.168.2.2" in (drop_text("asa", Cause.NO_ROUTE, ping(), ingress="INSIDE") or "")
    udp = Packet(1, 2, UDP, UdpDatagram(1024, 53, b""))
    assert drop_text("asa", Cause.ACL, udp, **names) == (
        "%ASA-2-106006: Deny inbound UDP from 0.0.0.1/1024 to 0.0.0.2/53 on interface INSIDE"
    )
    assert drop_text("ios", Cause.ACL, ping()) is None


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_has_a_line_or_none(cause: Cause) -> None:
    for platform in ("asa", "ios", "linux"):
        for packet in (ping(), esp()):
            text = drop_text(platform, cause, packet)
            assert text is None or text.startswith("%")


def test_ipsec_drops_are_logged_once_in_a_while() -> None:
    limiter = DropLimiter("asa")
    passed = [limiter.passes(Cause.REPLAY, PEER, second * 1_000_000) for second in range(11)]
    assert [second for second, ok in enumerate(passed) if ok] == [0, 5, 10]
    assert limiter.passes(Cause.REPLAY, PEER + 1, 0)
    assert all(limiter.passes(Cause.ACL, PEER, 0) for _ in range(3))


def test_interfaces_and_boot() -> None:
    down = port_text("ios", "GigabitEthernet0/1", up=False, admin=False) or ""
    assert down.split("\n") == [
        "%LINK-3-UPDOWN: Interface GigabitEthernet0/1, changed state to down",
        "%LINEPROTO-5-UPDOWN: Line protocol on Interface GigabitEthernet0/1, changed state to down",
    ]
    shut = port_text("ios", "GigabitEthernet0/1", up=False, admin=True) or ""
    assert shut.startswith(
        "%LINK-5-CHANGED: Interface GigabitEthernet0/1, changed state to administratively down"
    )
    assert (port_text("asa", "GigabitEthernet0/1", "OUTSIDE", up=True, admin=False) or "").split("\n") == [
        "%ASA-4-411001: Line protocol on Interface GigabitEthernet0/1, changed state to up",
        "%ASA-4-411001: Line protocol on Interface OUTSIDE, changed state to up",
    ]
    assert port_text("linux", "eth0", up=True, admin=False) is None
    assert (boot_text("ios") or "").startswith("%SYS-5-RESTART")
    assert (boot_text("asa") or "").startswith("%ASA-6-199002")
    assert boot_text("linux") is None


def test_several_messages_of_one_moment_are_several_lines_of_the_log() -> None:
    state = asa()
    state.log = [LogLine(1_000_000, "ASA1", log_text("asa", "phase2_up", PEER, details("phase2_up")) or "")]
    shown = execute(state, "show logging | include %ASA").split("\n")
    assert len(shown) == 2
    assert all(line.startswith("Jan 05 2026 00:00:01: %ASA-5-") for line in shown)
