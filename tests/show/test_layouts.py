"""Layouts that have no third-party template, as golden texts."""

from __future__ import annotations

import pytest

from ipsec_edu.core.addr import parse_ip
from ipsec_edu.ike.settings import TransformSet
from ipsec_edu.show.command import execute
from ipsec_edu.show.state import IkeSaState
from ipsec_edu.show.words import (
    age,
    asa_duration,
    asa_transform,
    ios_transform,
    ipsec_overhead,
    plaintext_mtu,
    uptime_words,
)
from tests.show.states import AES256, asa, ios

SECOND = 1_000_000


def test_ios_isakmp_sa_columns_are_responder_and_initiator() -> None:
    state = ios()
    dead = IkeSaState(
        parse_ip("203.0.113.2"), parse_ip("192.0.2.77"), True, "MM_NO_STATE", status="ACTIVE (deleted)"
    )
    state.ike_sas.append(dead)
    assert execute(state, "show crypto isakmp sa").split("\n") == [
        "IPv4 Crypto ISAKMP SA",
        "dst             src             state          conn-id status",
        "203.0.113.2     198.51.100.2    QM_IDLE           1001 ACTIVE",
        "203.0.113.2     192.0.2.77      MM_NO_STATE          0 ACTIVE (deleted)",
        "",
        "IPv6 Crypto ISAKMP SA",
        "",
    ]
    state.ike_sas[0].initiator = True
    assert "198.51.100.2    203.0.113.2     QM_IDLE" in execute(state, "show crypto isakmp sa")


def test_ios_isakmp_sa_detail() -> None:
    lines = execute(ios(), "show crypto isakmp sa detail").split("\n")
    at = lines.index("C-id  Local           Remote          I-VRF  Status Encr Hash   Auth DH Lifetime Cap.")
    assert lines[at + 1 : at + 3] == [
        "1001  203.0.113.2     198.51.100.2           ACTIVE aes  sha    psk  2  23:58:11 D",
        "       Engine-id:Conn-id =  SW:1",
    ]
    state = ios()
    state.ike_sas[0].dpd, state.ike_sas[0].nat_t = False, True
    assert "23:58:11 N" in execute(state, "show crypto isakmp sa detail")


def test_asa_ikev1_sa() -> None:
    assert execute(asa(), "show crypto ikev1 sa").split("\n") == [
        "",
        "IKEv1 SAs:",
        "",
        "   Active SA: 1",
        "    Rekey SA: 0 (A tunnel will report 1 Active and 1 Rekey SA during rekey)",
        "Total IKE SA: 1",
        "",
        "1   IKE Peer: 203.0.113.2",
        "    Type    : L2L             Role    : initiator ",
        "    Rekey   : no              State   : MM_ACTIVE ",
    ]


def test_asa_ikev1_sa_detail_adds_what_was_agreed() -> None:
    plain, detail = (execute(asa(), f"show crypto ikev1 sa{word}").split("\n") for word in ("", " detail"))
    assert [line for line in detail if line not in plain] == [
        "    Encrypt : aes-256         Hash    : SHA",
        "    Auth    : preshared       Lifetime: 86400",
        "    Lifetime Remaining: 86358",
    ]


def test_asa_half_open_sa_has_no_tunnel_type_yet() -> None:
    state = asa()
    sa = state.ike_sas[0]
    sa.up, sa.state, sa.encryption, sa.hash = False, "MM_WAIT_MSG2", "", ""
    text = execute(state, "show crypto ikev1 sa detail")
    assert "Type    : user " in text
    assert "State   : MM_WAIT_MSG2" in text
    assert "Lifetime Remaining" not in text
    assert "Type    : L2L " in execute(asa(), "show crypto ikev1 sa detail")


def test_asa_without_tunnel_says_so() -> None:
    state = asa(tunnel=False)
    assert execute(state, "show crypto ikev1 sa") == "\nThere are no IKEv1 SAs"
    assert execute(state, "show crypto isakmp sa") == "\nThere are no IKEv1 SAs\n\nThere are no IKEv2 SAs"
    assert execute(state, "show crypto ipsec sa") == "\nThere are no ipsec sas"
    assert "no active sessions" in execute(state, "show vpn-sessiondb l2l")
    assert "no active" not in execute(asa(), "show vpn-sessiondb l2l")


def test_asa_rekey_counts_both_sas() -> None:
    state = asa()
    state.ike_sas += asa().ike_sas
    state.ike_sas[1].rekeying = True
    text = execute(state, "show crypto ikev1 sa")
    assert "   Active SA: 1\n    Rekey SA: 1 " in text
    assert "Total IKE SA: 2" in text


def test_asa_nat_traversal_shows_in_settings_ports_and_overhead() -> None:
    state = asa()
    state.flows[0].inbound[0].udp_ports = state.flows[0].outbound[0].udp_ports = (4500, 4500)
    text = execute(state, "show crypto ipsec sa")
    assert "{L2L, Tunnel,  NAT-T-Encaps, IKEv1, }" in text
    assert "203.0.113.1/4500, remote crypto endpt.: 203.0.113.2/4500" in text
    assert "ipsec overhead 82(52)" in text
    assert "NAT-T" not in execute(asa(), "show crypto ipsec sa")


def test_asa_replay_bitmap_is_printed_in_words_of_32_bits() -> None:
    state = asa()
    text = execute(state, "show crypto ipsec sa")
    assert "          0x000000FF 0xFFFFFFFF" in text
    state.flows[0].inbound[0].replay_window = 0
    text = execute(state, "show crypto ipsec sa")
    assert "0x000000FF" not in text
    assert "replay detection support: N" in text


def test_ios_crypto_map() -> None:
    assert execute(ios(), "show crypto map").split("\n")[:14] == [
        'Crypto Map IPv4 "VPN" 10 ipsec-isakmp',
        "        Peer = 198.51.100.2",
        "        Extended IP access list 101",
        "            access-list 101 permit ip 192.168.1.0 0.0.0.255 192.168.2.0 0.0.0.255",
        "        Current peer: 198.51.100.2",
        "        Security association lifetime: 4608000 kilobytes/3600 seconds",
        "        Responder-Only (Y/N): N",
        "        PFS (Y/N): N",
        "        Mixed-mode : Disabled",
        "        Transform sets={ ",
        "                TS:  { esp-aes esp-sha-hmac  } , ",
        "        }",
        "        Interfaces using crypto map VPN:",
        "                GigabitEthernet0/1",
    ]


def test_ios_crypto_map_says_when_an_entry_is_incomplete() -> None:
    state = ios()
    state.settings.crypto_maps["VPN"][10].peers = []
    assert "WARNING: This crypto map is in an incomplete state!" in execute(state, "show crypto map")
    assert "WARNING" not in execute(ios(), "show crypto map")


def test_ios_policy_and_key() -> None:
    text = execute(ios(), "show crypto isakmp policy")
    assert "Protection suite of priority 10" in text
    assert "AES - Advanced Encryption Standard (256 bit keys)." in text
    assert "#14 (2048 bit)" in text
    assert "3600 seconds, no volume limit" in text
    assert execute(ios(), "show crypto isakmp key").split("\n")[2].split() == [
        "default",
        "198.51.100.2",
        "Lab-Only-Key",
    ]


def test_running_config_sections_of_an_asa() -> None:
    state = asa()
    assert execute(state, "show running-config tunnel-group").split("\n") == [
        "tunnel-group 203.0.113.2 type ipsec-l2l",
        "tunnel-group 203.0.113.2 ipsec-attributes",
        " ikev1 pre-shared-key *****",
    ]
    assert execute(state, "sh run crypto map") == "crypto map CMAP 10 match address LAN1_LAN2"
    assert execute(state, "sh run crypto").startswith("crypto ikev1 policy 10\n authentication pre-share")
    assert "hostname ASA1" in execute(state, "show running-config")
    assert "hostname" not in execute(state, "show running-config crypto")


def test_ios_running_config_of_one_interface() -> None:
    assert execute(ios(), "sh run int g0/1").split("\n") == [
        "interface GigabitEthernet0/1",
        " nameif OUTSIDE",
        " crypto map CMAP",
    ]


@pytest.mark.parametrize(
    ("transform", "in_ios", "on_asa", "overhead", "plain"),
    [
        (AES256, "esp-256-aes esp-sha-hmac", "esp-aes-256 esp-sha-hmac", (74, 44), 1438),
        (
            TransformSet("T", "aes", 128, "md5"),
            "esp-aes esp-md5-hmac",
            "esp-aes esp-md5-hmac",
            (74, 44),
            1438,
        ),
        (
            TransformSet("T", "3des", 0, "sha1"),
            "esp-3des esp-sha-hmac",
            "esp-3des esp-sha-hmac",
            (58, 36),
            1446,
        ),
        (
            TransformSet("T", "aes", 256, "sha256"),
            "esp-256-aes esp-sha256-hmac",
            "esp-aes-256 esp-sha256-hmac",
            (78, 44),
            1438,
        ),
        (TransformSet("T", "aes-gcm", 256), "esp-gcm 256", "esp-aes-gcm-256 esp-none", (55, 36), 1446),
    ],
)
def test_words_and_sizes_of_transforms(
    transform: TransformSet, in_ios: str, on_asa: str, overhead: tuple[int, int], plain: int
) -> None:
    assert ios_transform(transform) == in_ios
    assert asa_transform(transform) == on_asa
    assert ipsec_overhead(transform) == overhead
    assert plaintext_mtu(1500, transform) == plain


def test_times_are_written_as_the_devices_do() -> None:
    assert [age(s * SECOND) for s in (65, 93_600, 2_000_000)] == ["00:01:05", "1d02h", "3w2d"]
    assert [asa_duration(s * SECOND) for s in (126, 93_600)] == ["0h:02m:06s", "1d 2h:00m:00s"]
    assert uptime_words(7500 * SECOND, "ios") == "2 hours, 5 minutes"
    assert uptime_words(7500 * SECOND, "asa") == "2 hours 5 mins"
