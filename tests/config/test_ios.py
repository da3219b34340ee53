"""What an IOS router makes of its configuration."""

from __future__ import annotations

import pytest

from ipsec_edu.core.addr import Prefix, parse_ip
from ipsec_edu.ike.settings import Dpd, IkePolicy, TransformSet
from tests.config.helpers import R1, error, ios, pointed_at, problems


def test_a_site_to_site_configuration_means_what_it_says():
    s = ios(R1)
    assert s.ike_policies == {10: IkePolicy(10, "aes", 256, "sha1", "pre-share", 5, 86400)}
    assert [(str(key.peer), key.key) for key in s.keys] == [("203.0.113.2/32", "s3cret")]
    assert s.keepalive == Dpd("periodic", 10, 3, 5)
    assert s.transform_sets["TS"] == TransformSet("TS", "aes", 256, "sha1")
    entry = s.crypto_maps["VPN"][10]
    assert (entry.peers, entry.acl, entry.transform_sets) == ([parse_ip("203.0.113.2")], "101", ["TS"])
    assert s.interfaces["GigabitEthernet0/1"].crypto_map == "VPN"
    (line,) = s.acls["101"].entries
    assert (line.source, line.destination) == (Prefix.parse("10.1.0.0/16"), Prefix.parse("10.2.0.0/16"))
    assert [entry.permit for entry in s.acls["NAT"].entries] == [False, True]
    (rule,) = s.nat
    assert (rule.kind, rule.acl, rule.interface) == ("ios-overload", "NAT", "GigabitEthernet0/1")
    assert problems(R1, "ios") == []


def test_defaults_that_are_not_printed():
    assert ios("crypto isakmp policy 1").ike_policies[1] == IkePolicy(
        1, "des", 0, "sha1", "rsa-sig", 1, 86400
    )


def test_a_command_ends_where_the_text_returns_to_its_default():
    s = ios(
        "crypto isakmp policy 1\n encr aes 192\n hash sha512\n group 14\n lifetime 3600\n authentication "
        "pre-share"
    )
    back = ios("crypto isakmp policy 1\n no encr\n no hash\n no group\n no lifetime\n no authentication", s)
    assert s.ike_policies[1] == IkePolicy(1, "aes", 192, "sha512", "pre-share", 14, 3600)
    assert back.ike_policies[1] == IkePolicy(1)


@pytest.mark.parametrize(
    ("line", "dpd"),
    [
        ("crypto isakmp keepalive 10", Dpd("on-demand", 10, 2, 5)),
        ("crypto isakmp keepalive 10 5", Dpd("on-demand", 10, 5, 5)),
        ("crypto isakmp keepalive 10 periodic", Dpd("periodic", 10, 2, 5)),
        ("crypto isakmp keepalive 30 30 on-demand", Dpd("on-demand", 30, 30, 5)),
        ("crypto isakmp keepalive 10\nno crypto isakmp keepalive", None),
    ],
)
def test_dead_peer_detection(line, dpd):
    assert ios(line).keepalive == dpd


@pytest.mark.parametrize(
    ("line", "word", "allowed"),
    [
        ("crypto isakmp keepalive 5", "5", "10 to 3600"),
        ("crypto isakmp keepalive 10 61", "61", "2 to 60"),
        ("crypto isakmp policy 10001", "10001", "1 to 10000"),
        ("crypto ipsec security-association lifetime seconds 60", "60", "120 to 86400"),
        ("ip route 0.0.0.0 0.0.0.0 10.0.0.1 256", "256", "1 to 255"),
    ],
)
def test_values_out_of_range_are_refused_with_the_range(line, word, allowed):
    problem = error(line, "ios")
    assert pointed_at(problem) == word
    assert allowed in problem.message
    assert problem.message.startswith("% Invalid input detected at '^' marker.")


def test_keyrings_are_flattened():
    s = ios(
        "crypto keyring KR\n pre-shared-key address 0.0.0.0 0.0.0.0 key any\n pre-shared-key address "
        "203.0.113.2 key one"
    )
    assert [(str(k.peer), k.key, k.keyring) for k in s.keys] == [
        ("0.0.0.0/0", "any", "KR"),
        ("203.0.113.2/32", "one", "KR"),
    ]
    assert ios("no crypto keyring KR", s).keys == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("esp-aes esp-sha-hmac", TransformSet("T", "aes", 128, "sha1")),
        ("esp-aes 128 esp-sha-hmac", TransformSet("T", "aes", 128, "sha1")),
        ("esp-aes 256 esp-sha256-hmac", TransformSet("T", "aes", 256, "sha256")),
        ("ah-sha-hmac esp-3des", TransformSet("T", "3des", 0, None, "sha1")),
        ("esp-null esp-md5-hmac", TransformSet("T", "null", 0, "md5")),
        ("esp-gcm 256", TransformSet("T", "aes-gcm", 256)),
        ("ah-md5-hmac", TransformSet("T", None, 0, None, "md5")),
    ],
)
def test_transform_sets(words, expected):
    assert ios(f"crypto ipsec transform-set T {words}").transform_sets["T"] == expected


def test_transport_mode_lives_below_the_transform_set():
    assert (
        ios("crypto ipsec transform-set T esp-aes\n mode transport").transform_sets["T"].mode == "transport"
    )
    assert ios("crypto ipsec transform-set T esp-aes\n mode tunnel").transform_sets["T"].mode == "tunnel"


def test_peers_keep_their_order_and_one_may_be_the_default():
    entry = ios("crypto map M 10 ipsec-isakmp\n set peer 10.0.0.9 default\n set peer 10.0.0.1").crypto_maps[
        "M"
    ][10]
    assert entry.peers == [parse_ip("10.0.0.9"), parse_ip("10.0.0.1")]
    assert entry.default_peer == parse_ip("10.0.0.9")
    assert (
        "first"
        in error(
            "crypto map M 10 ipsec-isakmp\n set peer 10.0.0.9\n set peer 10.0.0.1 default", "ios"
        ).message
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("reverse-route", ("dynamic", None, None, None)),
        ("reverse-route static", ("static", None, None, None)),
        ("reverse-route remote-peer 198.51.100.1 gateway", ("dynamic", parse_ip("198.51.100.1"), None, None)),
        ("reverse-route static tag 10", ("static", None, 10, None)),
        ("set reverse-route distance 10", (None, None, None, 10)),
        ("reverse-route\n no reverse-route", (None, None, None, None)),
    ],
)
def test_reverse_route_injection(line, expected):
    e = ios(f"crypto map M 10 ipsec-isakmp\n {line}").crypto_maps["M"][10]
    assert (
        e.reverse_route,
        e.reverse_route_gateway,
        e.reverse_route_tag,
        e.reverse_route_distance,
    ) == expected


def test_lifetimes_pfs_and_replay():
    s = ios(
        "crypto ipsec security-association lifetime kilobytes disable\ncrypto ipsec security-association "
        "replay window-size 1024\n"
        "crypto map M 1 ipsec-isakmp\n set pfs\n set security-association lifetime seconds 900"
    )
    assert (s.lifetime_kb, s.replay_window) == (0, 1024)
    assert (s.crypto_maps["M"][1].pfs_group, s.crypto_maps["M"][1].lifetime_s) == (1, 900)
    assert ios("crypto ipsec security-association replay disable").replay_window == 0
    assert ios("no crypto ipsec security-association replay window-size", s).replay_window == 64


def test_one_identity_for_all_interfaces():
    s = ios(
        "crypto map VPN local-address Loopback0\ninterface Loopback 0\n ip address 192.0.2.1 255.255.255.255"
    )
    assert s.crypto_map_local == {"VPN": "Loopback0"}
    assert ios("no crypto map VPN local-address", s).crypto_map_local == {}


def test_dynamic_maps():
    s = ios(
        "crypto dynamic-map DYN 10\n set transform-set TS\n reverse-route\ncrypto map VPN 65000 "
        "ipsec-isakmp dynamic DYN"
    )
    assert s.crypto_maps["VPN"][65000].dynamic_map == "DYN"
    assert s.dynamic_maps["DYN"][10].transform_sets == ["TS"]


def test_sequence_numbers_place_and_delete_lines():
    s = ios("ip access-list extended X\n permit ip any any\n 5 deny ip host 10.0.0.1 any\n remark last")
    assert [e.permit for e in s.acls["X"].entries] == [False, True]
    assert [e.permit for e in ios("ip access-list extended X\n no 5", s).acls["X"].entries] == [True]
    assert (
        "Duplicate"
        in error("ip access-list extended X\n 10 permit ip any any\n 10 deny ip any any", "ios").message
    )


def test_standard_lists_match_the_source_only():
    s = ios(
        "access-list 1 permit 10.1.0.0 0.0.255.255\nip access-list standard IN\n permit host 10.0.0.1\n "
        "deny any"
    )
    assert [str(e.source) for e in s.acls["1"].entries] == ["10.1.0.0/16"]
    assert [(e.permit, str(e.source), str(e.destination)) for e in s.acls["IN"].entries] == [
        (True, "10.0.0.1/32", "0.0.0.0/0"),
        (False, "0.0.0.0/0", "0.0.0.0/0"),
    ]


def test_the_number_decides_the_kind_of_a_list():
    assert error("access-list 101 permit 10.1.0.0 0.0.255.255", "ios")
    assert error("access-list 1 permit ip any any", "ios")
    assert error("ip access-list extended X\n permit 10.1.0.0 0.0.255.255", "ios")
    assert ios("access-list 1301 permit any\naccess-list 2001 permit ip any any").standard_acls == {"1301"}


def test_a_numbered_list_can_be_written_in_both_ways():
    line = "permit ip 10.1.0.0 0.0.255.255 10.2.0.0 0.0.255.255"
    assert ios(f"access-list 101 {line}").acls == ios(f"ip access-list extended 101\n {line}").acls


@pytest.mark.parametrize(
    ("words", "protocol"),
    [
        ("permit 50 any any", 50),
        ("permit esp any any", 50),
        ("permit 47 any any", 47),
        ("permit gre any any", 47),
        ("permit ahp any any", 51),
    ],
)
def test_protocols_by_name_and_number(words, protocol):
    assert ios(f"access-list 101 {words}").acls["101"].entries[0].protocol == protocol


@pytest.mark.parametrize(
    ("words", "ports"),
    [
        ("eq isakmp", (500, 500)),
        ("eq 500", (500, 500)),
        ("eq non500-isakmp", (4500, 4500)),
        ("gt 1023", (1024, 65535)),
        ("lt 10", (0, 9)),
    ],
)
def test_ports(words, ports):
    (entry,) = ios(f"access-list 101 permit udp any any {words}").acls["101"].entries
    assert entry.destination_ports == ports


def test_a_port_that_must_not_be_is_two_ranges():
    entries = ios("access-list 101 permit tcp any any neq 22").acls["101"].entries
    assert [e.destination_ports for e in entries] == [(0, 21), (23, 65535)]


def test_a_condition_that_is_not_modelled_matches_nothing():
    text = "access-list 101 permit tcp any any established"
    assert ios(text).acls["101"].entries == ()
    assert [p.severity for p in problems(text, "ios")] == ["not-modelled"]


def test_interface_commands():
    s = ios(
        "interface g0/1\n description to ISP ! A\n mtu 1400\n ip mtu 1380\n bandwidth 10000\n delay 100\n "
        "shutdown\n ip access-group X in"
    )
    i = s.interfaces["GigabitEthernet0/1"]
    assert (i.description, i.mtu, i.ip_mtu, i.bandwidth_kbps, i.delay_10us) == (
        "to ISP ! A",
        1400,
        1380,
        10000,
        100,
    )
    assert (i.shutdown, i.access_in) == (True, "X")


def test_an_interface_range_is_expanded():
    s = ios("interface range GigabitEthernet0/1 - 3, e0/0\n shutdown")
    assert list(s.interfaces) == [
        "GigabitEthernet0/1",
        "GigabitEthernet0/2",
        "GigabitEthernet0/3",
        "Ethernet0/0",
    ]
    assert all(i.shutdown for i in s.interfaces.values())


def test_a_vrf_takes_the_address_away():
    text = "interface g0/1\n ip address 10.0.0.1 255.255.255.0\n"
    assert ios(text + " vrf forwarding A").interfaces["GigabitEthernet0/1"].address is None
    assert ios(text).interfaces["GigabitEthernet0/1"].address is not None


def test_addresses_that_a_device_refuses():
    assert (
        "overlaps with GigabitEthernet0/1"
        in error(
            "interface g0/1\n ip address 10.0.0.1 255.0.0.0\ninterface g0/2\n ip address 10.1.0.1 "
            "255.255.0.0",
            "ios",
        ).message
    )
    assert "Bad mask" in error("interface g0/1\n ip address 10.0.0.0 255.0.0.0", "ios").message
    assert (
        ios("interface g0/1\n ip address 10.0.0.0 255.255.255.254").interfaces["GigabitEthernet0/1"].length
        == 31
    )


def test_no_before_an_opener_deletes_and_opens_nothing():
    base = ios(R1)
    s = ios(
        "no crypto map VPN 10\nno interface GigabitEthernet0/0\nno crypto isakmp policy 10\nhostname R9", base
    )
    assert (s.crypto_maps, s.ike_policies, list(s.interfaces), s.hostname) == (
        {},
        {},
        ["GigabitEthernet0/1"],
        "R9",
    )
    assert s.interfaces["GigabitEthernet0/1"].crypto_map is None
    assert base.crypto_maps


def test_no_takes_back_what_a_line_gave():
    base = ios(R1)
    for line, gone in [
        ("no crypto isakmp key s3cret address 203.0.113.2", lambda s: s.keys == []),
        ("no crypto isakmp keepalive", lambda s: s.keepalive is None),
        ("no crypto ipsec transform-set TS", lambda s: s.transform_sets == {}),
        ("no crypto map VPN", lambda s: s.crypto_maps == {}),
        (
            "crypto map VPN 10 ipsec-isakmp\n no set peer 203.0.113.2",
            lambda s: s.crypto_maps["VPN"][10].peers == [],
        ),
        ("crypto map VPN 10\n no match address", lambda s: s.crypto_maps["VPN"][10].acl is None),
        ("interface g0/1\n no crypto map", lambda s: s.interfaces["GigabitEthernet0/1"].crypto_map is None),
        ("interface g0/1\n no ip address", lambda s: s.interfaces["GigabitEthernet0/1"].address is None),
        ("interface g0/1\n no ip nat outside", lambda s: s.interfaces["GigabitEthernet0/1"].nat is None),
        ("no ip route 0.0.0.0 0.0.0.0", lambda s: s.routes == []),
        ("no access-list 101", lambda s: "101" not in s.acls),
        ("no ip access-list extended NAT", lambda s: "NAT" not in s.acls),
        ("no ip nat inside source list NAT interface GigabitEthernet0/1 overload", lambda s: s.nat == []),
        ("crypto isakmp invalid-spi-recovery", lambda s: s.invalid_spi_recovery),
        ("no crypto ipsec nat-transparency udp-encapsulation", lambda s: not s.nat_traversal),
    ]:
        assert gone(ios(line, base)), line
        assert not gone(base), line


def test_a_command_of_a_later_lab_is_read_word_by_word():
    text = (
        "interface g0/0\n standby 1 ip 10.0.0.254\n standby 1 priority 110\n standby 1 preempt\n standby "
        "1 timers msec 250 msec 750\n"
    )
    (problem,) = problems(text, "ios")
    assert (problem.severity, problem.line) == ("not-modelled", 2)
    assert "0 to 255" in error(text + " standby 1 priority 300", "ios").message


@pytest.mark.parametrize(
    "text",
    [
        "interface Tunnel0\n tunnel source e0/0\n tunnel mode gre multipoint\n tunnel key 100\n tunnel "
        "protection ipsec profile PROT shared",
        "interface Tunnel0\n ip nhrp network-id 1\n ip nhrp map 10.0.0.1 198.51.100.1\n ip nhrp nhs "
        "10.0.0.1 nbma 198.51.100.1 multicast priority 1\n ip nhrp shortcut",
        "router eigrp LAB\n address-family ipv4 unicast as 100\n  af-interface default\n   hello-interval "
        "1\n  exit-af-interface\n  topology base\n  exit-af-topology\n  network 10.0.0.0 255.0.0.0\n "
        "exit-address-family",
        "router ospf 1 vrf BLUE\n network 10.1.0.0 0.0.255.255 area 0",
        "router ospf 1\n area 1 stub no-summary\n timers pacing flood 33",
        "track 1 list threshold weight\n object 1 weight 5",
        "ip sla 1\n udp-jitter 198.51.100.254 5000",
        "route-map RRI permit 10\n match ip next-hop 5\n set local-preference 200",
        "crypto isakmp profile P\n keyring KR\n match identity address 203.0.113.2 255.255.255.255\n "
        "keepalive 10 retry 3",
        "crypto ipsec profile PROT\n set transform-set TS\n set pfs group14",
    ],
)
def test_subjects_of_later_labs_are_known(text):
    assert {problem.severity for problem in problems(text, "ios")} == {"not-modelled"}


def test_what_does_not_matter_is_silent_and_stays():
    text = (
        "version 15.5\nservice timestamps log datetime msec\nip cef\nno ip http server\nline vty 0 4\n "
        "login local\nredundancy\ncontrol-plane\n"
    )
    assert problems(text, "ios") == []
    assert "no ip http server" in ios(text).lines
    assert ios("ip http server", ios(text)).lines.keys() >= {"ip http server"}
    assert "no ip http server" not in ios("ip http server", ios(text)).lines
