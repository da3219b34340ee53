"""The text is parsed by templates that somebody else wrote for real devices; every field must agree.

A template only checks the shape, so each test compares what it parsed with the state that
the text was made from, and changes the state to see the fields follow.
"""

from __future__ import annotations

import re

import pytest
from ntc_templates.parse import parse_output

from ipsec_edu.core.addr import parse_ip
from ipsec_edu.core.causes import Cause
from ipsec_edu.show.command import execute
from ipsec_edu.show.state import DeviceState, EchoResult, RouteState
from tests.show.states import AES256, P, asa, asa_flow, ios, ios_flow


def parsed(state: DeviceState, command: str, template: str = "") -> list[dict[str, str]]:
    name = {"asa": "cisco_asa", "ios": "cisco_ios", "linux": "linux"}[state.platform]
    return parse_output(platform=name, command=template or command, data=execute(state, command))


def test_ios_crypto_ipsec_sa_detail_agrees_in_every_field() -> None:
    inbound, outbound = parsed(ios(), "show crypto ipsec sa detail")
    common = {
        "interface": "GigabitEthernet0/1",
        "crypto_map_tag": "VPN",
        "local_addr": "203.0.113.2",
        "protected_vrf": "(none)",
        "local_ident_addr": "192.168.1.0",
        "local_ident_mask": "255.255.255.0",
        "local_ident_prot": "0",
        "local_ident_port": "0",
        "remote_ident_addr": "192.168.2.0",
        "remote_ident_mask": "255.255.255.0",
        "remote_ident_prot": "0",
        "remote_ident_port": "0",
        "current_peer": "198.51.100.2",
        "port": "500",
        "action": "PERMIT",
        "flags": "origin_is_acl,",
        "pkts_encaps": "4",
        "pkts_encrypt": "5",
        "pkts_digest": "6",
        "pkts_decaps": "7",
        "pkts_decrypt": "8",
        "pkts_verify": "9",
        "pkts_compressed": "0",
        "pkts_decompressed": "0",
        "pkts_not_compressed": "0",
        "pkts_not_decompressed": "0",
        "pkts_compress_failed": "0",
        "pkts_decompress_failed": "0",
        "pkts_no_sa": "11",
        "pkts_invalid_sa": "12",
        "pkts_encaps_failed": "0",
        "pkts_decaps_failed": "13",
        "pkts_invalid_prot": "0",
        "pkts_verify_failed": "14",
        "pkts_invalid_identity": "15",
        "pkts_invalid_len": "0",
        "pkts_replay_rollover_send": "16",
        "pkts_replay_rollover_recv": "0",
        "pkts_replay_failed": "17",
        "pkts_tagged": "0",
        "pkts_untagged": "0",
        "pkts_not_tagged": "0",
        "pkts_not_untagged": "0",
        "pkts_internal_err_send": "0",
        "pkts_internal_err_recv": "18",
        "local_crypto_endpt": "203.0.113.2",
        "remote_crypto_endpt": "198.51.100.2",
        "plaintext_mtu": "1438",
        "path_mtu": "1500",
        "ip_mtu": "1500",
        "ip_mtu_idb": "GigabitEthernet0/1",
        "current_outbound_spi_hex": "0x1A2B3C4D",
        "current_outbound_spi_dec": "439041101",
        "pfs": "N",
        "dh_group": "none",
        "sa_type": "esp",
        "sa_transform": "esp-aes esp-sha-hmac",
        "sa_in_use_settings": "Tunnel",
        "sa_sibling_flags": "80000040",
        "sa_crypto_map": "VPN",
        "sa_iv_size": "16",
        "sa_replay_detection_support": "Y",
        "sa_replay_window_size": "64",
        "sa_status": "ACTIVE(ACTIVE)",
    }
    assert inbound == common | {
        "sa_orientation": "inbound",
        "sa_spi_hex": "0x5E6F7081",
        "sa_spi_dec": "1584361601",
        "sa_conn_id": "2001",
        "sa_flow_id": "SW:1",
        "sa_lifetime_kbytes": "4607999",
        "sa_lifetime_sec": "3580",
    }
    assert outbound == common | {
        "sa_orientation": "outbound",
        "sa_spi_hex": "0x1A2B3C4D",
        "sa_spi_dec": "439041101",
        "sa_conn_id": "2002",
        "sa_flow_id": "SW:2",
        "sa_lifetime_kbytes": "4607998",
        "sa_lifetime_sec": "3579",
    }


def test_ios_crypto_ipsec_sa_detail_follows_another_state() -> None:
    state = ios()
    flow = state.flows[0]
    flow.pfs_group, flow.local, flow.current_peer = 14, parse_ip("10.0.0.1"), parse_ip("10.0.0.2")
    flow.errors.clear()
    for sa in flow.inbound + flow.outbound:
        sa.transform, sa.udp_ports, sa.replay_window = AES256, (4500, 4500), 1024
    first = parsed(state, "show crypto ipsec sa detail")[0]
    assert (first["pfs"], first["dh_group"]) == ("Y", "group14")
    assert (first["local_addr"], first["current_peer"]) == ("10.0.0.1", "10.0.0.2")
    assert first["pkts_replay_failed"] == first["pkts_verify_failed"] == "0"
    assert first["sa_transform"] == "esp-256-aes esp-sha-hmac"
    assert first["sa_in_use_settings"] == "Tunnel UDP-Encaps"
    assert first["sa_replay_window_size"] == "1024"
    assert first["plaintext_mtu"] == "1422"


def test_ios_flow_without_sas_is_listed_but_has_none() -> None:
    state = ios(tunnel=False)
    flow = ios_flow()
    flow.inbound, flow.outbound = [], []
    state.flows = [flow]
    assert parsed(state, "show crypto ipsec sa detail") == []
    assert "current outbound spi: 0x0(0)" in execute(state, "show crypto ipsec sa detail")
    assert len(parsed(ios(), "show crypto ipsec sa detail")) == 2


def test_ios_crypto_session_detail_agrees() -> None:
    (session,) = parsed(ios(), "show crypto session detail")
    assert session == {
        "interface": "GigabitEthernet0/1",
        "session_status": "UP-ACTIVE",
        "profile": "",
        "uptime": "00:00:41",
        "peer": "198.51.100.2",
        "port": "500",
        "fvrf": "(none)",
        "ivrf": "(none)",
        "description": "(none)",
        "phase1_id": "198.51.100.2",
        "session_id": "0",
        "local_ip": "203.0.113.2",
        "local_port": "500",
        "remote_ip": "198.51.100.2",
        "remote_port": "500",
        "ikev1_status": "Active",
        "capabilities": "D",
        "conn_id": "1001",
        "lifetime": "23:58:11",
        "permit": "ip",
        "src_host": "192.168.1.0",
        "src_mask": "255.255.255.0",
        "dst_host": "192.168.2.0",
        "dst_mask": "255.255.255.0",
        "active_sa": "2",
        "origin": "crypto map",
    }


@pytest.mark.parametrize(
    ("ike", "children", "status"),
    [
        ("up", True, "UP-ACTIVE"),
        ("up", False, "UP-IDLE"),
        ("none", True, "UP-NO-IKE"),
        ("half", False, "DOWN-NEGOTIATING"),
        ("dead", False, "DOWN"),
        ("none", False, "DOWN"),
    ],
)
def test_ios_session_status_tells_phase_1_from_phase_2(ike: str, children: bool, status: str) -> None:
    state = ios()
    sa = state.ike_sas[0]
    sa.up = ike == "up"
    sa.status = "ACTIVE (deleted)" if ike == "dead" else "ACTIVE"
    if ike == "none":
        state.ike_sas = []
    if not children:
        state.flows[0].inbound, state.flows[0].outbound = [], []
    assert parsed(state, "show crypto session detail")[0]["session_status"] == status


def test_ios_ip_route_agrees() -> None:
    rows = parsed(ios(), "show ip route")
    found = {
        (r["protocol"], r["network"], r["prefix_length"], r["nexthop_ip"], r["nexthop_if"]) for r in rows
    }
    assert found == {
        ("S", "0.0.0.0", "0", "203.0.113.254", ""),
        ("O", "10.1.0.0", "16", "203.0.113.3", "GigabitEthernet0/1"),
        ("O", "10.1.0.0", "16", "203.0.113.4", "GigabitEthernet0/1"),
        ("D", "10.2.3.0", "24", "203.0.113.3", "GigabitEthernet0/1"),
        ("C", "192.168.1.0", "24", "", "GigabitEthernet0/0"),
        ("L", "192.168.1.1", "32", "", "GigabitEthernet0/0"),
        ("S", "192.168.2.0", "24", "198.51.100.2", ""),
        ("C", "203.0.113.0", "24", "", "GigabitEthernet0/1"),
        ("L", "203.0.113.2", "32", "", "GigabitEthernet0/1"),
    }
    ospf = next(row for row in rows if row["protocol"] == "O")
    assert (ospf["distance"], ospf["metric"], ospf["uptime"]) == ("110", "20", "00:00:40")
    assert next(row for row in rows if row["network"] == "0.0.0.0")["flag"] == "*"


def test_ios_ip_route_loses_a_route_that_the_state_lost() -> None:
    state = ios()
    state.routes = [route for route in state.routes if route.source != "rri"]
    assert "192.168.2.0" not in {row["network"] for row in parsed(state, "show ip route")}
    assert "192.168.2.0" in {row["network"] for row in parsed(ios(), "show ip route")}


def test_ios_subnetted_network_gives_its_mask_once() -> None:
    state = ios()
    state.routes = [RouteState(P(f"10.1.{n}.0/24"), parse_ip("203.0.113.3"), None) for n in (1, 2)]
    assert "10.0.0.0/24 is subnetted, 2 subnets" in execute(state, "show ip route")
    assert [row["network"] for row in parsed(state, "show ip route")] == ["10.1.1.0", "10.1.2.0"]


def test_equal_routes_stand_below_each_other() -> None:
    def state(*last: int) -> DeviceState:
        made = ios()
        made.routes = [RouteState(P("0.0.0.0/0"), parse_ip(f"203.0.113.{n}"), None) for n in last]
        return made

    assert execute(state(3, 4), "show ip route").splitlines()[-2:] == [
        "S*    0.0.0.0/0 [1/0] via 203.0.113.3",
        "                [1/0] via 203.0.113.4",
    ]
    rows = parsed(state(3, 4), "show ip route")
    assert [(row["network"], row["nexthop_ip"]) for row in rows] == [
        ("0.0.0.0", "203.0.113.3"),
        ("0.0.0.0", "203.0.113.4"),
    ]
    assert len(parsed(state(3), "show ip route")) == 1


def test_ios_ip_interface_brief_agrees() -> None:
    rows = parsed(ios(), "show ip interface brief")
    assert [tuple(row.values()) for row in rows] == [
        ("GigabitEthernet0/0", "192.168.1.1", "up", "up"),
        ("GigabitEthernet0/1", "203.0.113.2", "up", "up"),
        ("GigabitEthernet0/2", "unassigned", "administratively down", "down"),
        ("GigabitEthernet0/3", "10.9.9.1", "down", "down"),
    ]


def test_ios_access_lists_and_clock_agree() -> None:
    state = ios()
    state.acl_hits = {("101", 0): 5}
    (row,) = parsed(state, "show access-lists", "show access-list")
    assert (row["name"], row["type"], row["sn"], row["action"], row["protocol"], row["matches"]) == (
        "101",
        "Extended",
        "10",
        "permit",
        "ip",
        "5",
    )
    assert (row["source"], row["destination"]) == ("192.168.1.0 0.0.0.255", "192.168.2.0 0.0.0.255")
    (clock,) = parsed(state, "show clock")
    assert (clock["time"], clock["dayweek"], clock["year"]) == ("00:00:42.500", "Mon", "2026")


def test_asa_crypto_ipsec_sa_agrees_in_every_field() -> None:
    (row,) = parsed(asa(), "show crypto ipsec sa")
    expected = {
        "interface": "OUTSIDE",
        "crypto_map_tag": "CMAP",
        "sequence_number": "10",
        "local_address": "203.0.113.1",
        "local_identity_addr": "192.168.1.0",
        "local_identity_mask": "255.255.255.0",
        "local_identity_protocol": "0",
        "local_identity_port": "0",
        "remote_identity_addr": "192.168.2.0",
        "remote_identity_mask": "255.255.255.0",
        "remote_identity_protocol": "0",
        "remote_identity_port": "0",
        "current_peer": "203.0.113.2",
        "packets_encapsulated": "40",
        "packets_encrypted": "40",
        "packets_digested": "40",
        "packets_decapsulated": "39",
        "packets_decrypted": "38",
        "packets_verified": "37",
        "packets_compressed": "0",
        "packets_decompressed": "0",
        "packets_not_compressed": "40",
        "packets_compress_failed": "0",
        "packets_decompress_failed": "0",
        "pre_fragment_success": "0",
        "pre_fragment_failures": "0",
        "fragments_created": "0",
        "pmtus_sent": "0",
        "pmtus_received": "0",
        "decap_frags_needing_reassembly": "0",
        "send_errors": "1",
        "receive_errors": "2",
        "local_crypto_endpoint": "203.0.113.1",
        "remote_crypto_endpoint": "203.0.113.2",
        "path_mtu": "1500",
        "ipsec_overhead": "74",
        "media_mtu": "1500",
        "current_inbound_spi": "5E6F7081",
        "current_outbound_spi": "1A2B3C4D",
        "inbound_spi_hex": "0x5E6F7081",
        "inbound_spi_integer": "1584361601",
        "inbound_encryption": "esp-aes-256",
        "inbound_authentication": "esp-sha-hmac",
        "inbound_settings_in_use": "L2L, Tunnel, IKEv1",
        "inbound_slot": "0",
        "inbound_connection_id": "4096",
        "inbound_crypto_map": "CMAP",
        "inbound_remaining_lifetime": "28758",
        "inbound_remaining_lifetime_kilobytes": "4373999",
        "inbound_iv_size": "16 bytes",
        "inbound_replay_detection": "Y",
        "outbound_spi_hex": "0x1A2B3C4D",
        "outbound_spi_integer": "439041101",
        "outbound_encryption": "esp-aes-256",
        "outbound_authentication": "esp-sha-hmac",
        "outbound_settings_in_use": "L2L, Tunnel, IKEv1",
        "outbound_slot": "0",
        "outbound_connection_id": "4097",
        "outbound_crypto_map": "CMAP",
        "outbound_remaining_lifetime": "28757",
        "outbound_remaining_lifetime_kilobytes": "4373998",
        "outbound_iv_size": "16 bytes",
        "outbound_replay_detection": "Y",
    }
    assert {key: value for key, value in row.items() if value} == expected


def test_asa_crypto_ipsec_sa_lists_only_flows_with_sas() -> None:
    state = asa()
    idle = asa_flow()
    idle.inbound, idle.outbound = [], []
    state.flows.append(idle)
    assert len(parsed(state, "show crypto ipsec sa")) == 1
    idle.inbound, idle.outbound = asa_flow().inbound, asa_flow().outbound
    assert len(parsed(state, "show crypto ipsec sa")) == 2


def test_asa_isakmp_sa_detail_agrees() -> None:
    (row,) = parsed(asa(), "show crypto isakmp sa detail", "show crypto ikev1 sa detail")
    assert tuple(row.values()) == (
        "1",
        "203.0.113.2",
        "L2L",
        "Init",
        "No",
        "MM_ACTIVE",
        "aes",
        "SHA",
        "preshrd",
        "86400",
    )
    state = asa()
    state.ike_sas[0].initiator, state.ike_sas[0].rekeying = False, True
    (row,) = parsed(state, "show crypto isakmp sa detail", "show crypto ikev1 sa detail")
    assert (row["dir"], row["rekey"]) == ("Resp", "Yes")


def test_asa_vpn_sessiondb_summary_agrees() -> None:
    (row,) = parsed(asa(), "show vpn-sessiondb")
    assert row["vpn_session_name"] == ["Site-to-Site VPN", "IKEv1 IPsec"]
    assert row["vpn_session_active"] == ["1", "1"]
    assert row["vpn_session_cumulative"] == ["3", "3"]
    assert row["vpn_session_peak_concurrent"] == ["2", "2"]
    assert (row["total_active_and_inactive"], row["total_cumulative"]) == ("1", "3")
    assert row["tunnels_summary_name"] == ["IKEv1", "IPsec"]
    assert row["tunnels_summary_active"] == ["1", "1"]
    assert row["tunnels_summary_cumulative"] == ["3", "5"]
    assert row["tunnels_summary_peak_concurrent"] == ["2", "4"]
    assert (row["totals_active"], row["totals_cumulative"]) == ("2", "8")


def test_asa_vpn_sessiondb_detail_agrees() -> None:
    ike, ipsec = parsed(asa(), "show vpn-sessiondb detail l2l")
    head = {
        "session_type": "LAN-to-LAN",
        "connection": "203.0.113.2",
        "index": "1",
        "ip_address": "203.0.113.2",
        "protocol": "IKEv1 IPsec",
        "encryption": "IKEv1: (1)AES256  IPsec: (1)AES256",
        "hashing": "IKEv1: (1)SHA1  IPsec: (1)SHA1",
        "total_bytes_transmitted": "4000",
        "total_bytes_received": "3900",
        "login_time": "00:00:01",
        "login_weekday": "Mon",
        "login_day": "5",
        "duration": "0h:00m:41s",
        "total_ike_sessions": "1",
        "total_ipsec_sessions": "1",
    }
    for row in (ike, ipsec):
        assert {key: row[key] for key in head} == head
    assert (ike["connection_type"], ike["session_id"], ike["udp_src_port"]) == ("IKEv1", "1", "500")
    assert (ike["negotiaion_mode"], ike["authentication_mode"]) == ("Main", "preSharedKeys")
    assert (ike["encryption_method"], ike["hash_method"], ike["dh_group"]) == ("AES256", "SHA1", "5")
    assert (ike["rekey_interval"], ike["rekey_time_left"]) == ("86400", "86358")
    assert (ipsec["connection_type"], ipsec["session_id"]) == ("IPsec", "2")
    assert (ipsec["local_address_network"], ipsec["local_address_mask"]) == ("192.168.1.0", "255.255.255.0")
    assert (ipsec["remote_address_network"], ipsec["encapsulation"]) == ("192.168.2.0", "Tunnel")
    assert (ipsec["rekey_interval"], ipsec["rekey_time_left"]) == ("28800", "28758")
    assert (ipsec["rekey_data_interval"], ipsec["rekey_data_remaining"]) == ("4608000", "4373999")
    assert (ipsec["bytes_transmitted"], ipsec["bytes_received"]) == ("4000", "3900")
    assert (ipsec["packets_transmitted"], ipsec["packets_received"]) == ("40", "39")


def test_asa_route_agrees() -> None:
    state = asa()
    state.routes.append(RouteState(P("192.168.2.0/24"), None, "GigabitEthernet0/1", "rri"))
    state.routes.append(
        RouteState(
            P("10.1.0.0/16"), parse_ip("203.0.113.3"), "GigabitEthernet0/1", "ospf", 110, 20, 2_000_000
        )
    )
    rows = parsed(state, "show route")
    found = {(r["protocol"], r["network"], r["netmask"], r["nexthopip"], r["nexthopif"]) for r in rows}
    assert found == {
        ("S", "0.0.0.0", "0.0.0.0", "203.0.113.2", "OUTSIDE"),
        ("O", "10.1.0.0", "255.255.0.0", "203.0.113.3", "OUTSIDE"),
        ("C", "192.168.1.0", "255.255.255.0", "", "INSIDE"),
        ("L", "192.168.1.254", "255.255.255.255", "", "INSIDE"),
        ("V", "192.168.2.0", "255.255.255.0", "", "OUTSIDE"),
        ("C", "203.0.113.0", "255.255.255.0", "", "OUTSIDE"),
        ("L", "203.0.113.1", "255.255.255.255", "", "OUTSIDE"),
    }
    ospf = next(row for row in rows if row["protocol"] == "O")
    assert (ospf["distance"], ospf["metric"], ospf["uptime"]) == ("110", "20", "00:00:40")


def test_asa_interfaces_nat_access_list_drops_and_log_agree() -> None:
    state = asa()
    assert [tuple(row.values()) for row in parsed(state, "show interface ip brief")] == [
        ("GigabitEthernet0/0", "192.168.1.254", "up", "up"),
        ("GigabitEthernet0/1", "203.0.113.1", "up", "up"),
        ("GigabitEthernet0/2", "unassigned", "administratively down", "down"),
    ]
    exempt, pat = parsed(state, "show nat")
    assert (exempt["nat_section_number"], exempt["source_type"], exempt["source_real"]) == (
        "1",
        "static",
        "LAN1",
    )
    assert (exempt["destination_real"], exempt["route_lookup"]) == ("LAN2", "route-lookup")
    assert (exempt["translate_hits"], exempt["untranslate_hits"]) == ("40", "39")
    assert (pat["nat_section_number"], pat["source_type"], pat["source_mapped"]) == (
        "2",
        "dynamic",
        "interface",
    )
    _, line, element = parsed(state, "show access-list")
    assert (line["src_object"], line["dst_object"], line["hit_count"]) == ("LAN1", "LAN2", "41")
    assert (element["entry_src_network"], element["entry_dst_mask"]) == ("192.168.1.0", "255.255.255.0")
    assert element["entry_hit_count"] == "41"
    # The template does not know the counter of packets that wake IKE.
    assert re.search(r"Need to start IKE negotiation \(need-ike\) +1$", execute(state, "show asp drop"), re.M)
    del state.drops[Cause.NO_SA_PENDING]
    (drops,) = parsed(state, "show asp drop")
    assert (drops["acl_drop"], drops["np_sp_invalid_spi"], drops["flow_drop_nat_rpf_failed"]) == (
        "7",
        "3",
        "2",
    )
    assert drops["no_route"] == ""
    (line,) = parsed(state, "show logging")
    assert (line["facility"], line["severity"], line["mnemonic"]) == ("ASA", "5", "713119")
    assert line["time"] == "00:00:01"


def test_ios_log_agrees() -> None:
    state = ios()
    state.log = asa().log
    state.log[0].text = "%LINK-3-UPDOWN: Interface GigabitEthernet0/1, changed state to down"
    (line,) = parsed(state, "show logging")
    assert (line["facility"], line["severity"], line["mnemonic"]) == ("LINK", "3", "UPDOWN")
    assert line["time"] == "00:00:01.040"


def test_asa_ping_agrees() -> None:
    state = asa()
    state.ping = lambda *_: [EchoResult(2_000)] * 3 + [EchoResult(None, "U")] * 2
    (row,) = parsed(state, "ping 192.168.2.2")
    assert (row["sent_qty"], row["destination"], row["response_stream"]) == ("5", "192.168.2.2", "!!!UU")
    assert (row["success_pct"], row["success_qty"], row["rtt_avg"]) == ("60", "3", "2")


def test_linux_addresses_and_routes_agree() -> None:
    state = ios()
    state.settings.platform = "linux"
    row = next(row for row in parsed(state, "ip addr", "ip address show") if row["ip_addresses"])
    assert (row["interface"], row["ip_addresses"], row["ip_masks"]) == (
        "GigabitEthernet0/0",
        ["192.168.1.1"],
        ["24"],
    )
    rows = parsed(state, "ip route", "ip route show")
    default = next(row for row in rows if row["network"] == "default")
    assert (default["nexthop_ip"], default["nexthop_if"]) == ("203.0.113.254", "GigabitEthernet0/1")
