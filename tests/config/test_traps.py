"""The traps of real configurations, each with the text that falls into it and one that does not."""

from __future__ import annotations

import pytest

from ipsec_edu.config import check_device, parse, running_config
from ipsec_edu.core.errors import ConfigError
from tests.config.helpers import ASA1, R1, asa, error, ios, pointed_at, problems


def near_misses(settings) -> str:
    return " | ".join(problem.message for problem in check_device(settings, "x.cfg"))


@pytest.mark.parametrize(
    "banner",
    [
        "banner motd ^C\nKeep out\ninterface g0/9\n!\n^C",
        "banner motd ^CKeep out\ninterface g0/9^C",
        "banner motd \x03\ninterface g0/9\n\x03",
        "banner motd #\ninterface g0/9\n! # text\n",
        "banner login $interface g0/9$",
        "banner exec @\ncrypto map X 1\n@",
        "banner motd % only one line %",
    ],
)
def test_1_a_banner_holds_any_text(banner):
    s = ios(f"hostname R1\n{banner}\ninterface g0/1\n shutdown")
    assert list(s.interfaces) == ["GigabitEthernet0/1"]
    assert s.interfaces["GigabitEthernet0/1"].shutdown
    assert parse(running_config(s), "ios").settings == s


def test_1_a_banner_of_an_asa_is_one_line():
    s = asa("banner motd # interface g0/9\ninterface g0/1\n shutdown")
    assert list(s.interfaces) == ["GigabitEthernet0/1"]


def test_2_encr_is_what_the_device_prints():
    assert " encr aes 256" in running_config(ios("crypto isakmp policy 1\n encryption aes 256"))
    assert ios("crypto isakmp policy 1\n encr aes 256").ike_policies[1].key_bits == 256


def test_3_defaults_are_not_printed_and_a_half_empty_policy_is_no_fault():
    assert problems("crypto isakmp policy 1\n authentication pre-share", "ios") == []
    assert "rsa-sig" not in running_config(ios("crypto isakmp policy 1"))
    assert "authentication pre-share" in near_misses(ios(R1.replace(" authentication pre-share\n", "")))
    assert near_misses(ios(R1)) == ""


def test_4_an_interface_in_a_file_is_up_unless_it_says_shutdown():
    s = ios("interface g0/0\ninterface g0/1\n shutdown\ninterface g0/2\n no shutdown")
    assert [i.shutdown for i in s.interfaces.values()] == [False, True, False]


def test_5_the_same_words_here_and_there():
    s = ios(
        "interface g0/1\ncrypto map VPN\ncrypto map VPN local-address Loopback0\ninterface g0/2\ncrypto map "
        "VPN redundancy GRP\n"
        "crypto map VPN 10 ipsec-isakmp\nmatch address 101"
    )
    assert [i.crypto_map for i in s.interfaces.values()] == ["VPN", "VPN"]
    assert s.crypto_map_local == {"VPN": "Loopback0"}
    assert s.crypto_maps["VPN"][10].acl == "101"


def test_6_words_that_several_modes_know_belong_to_the_open_one():
    s = ios(
        "crypto isakmp policy 1\ngroup 2\ncrypto dynamic-map D 1\nset pfs group5\ncrypto map M 1 "
        "ipsec-isakmp\nset pfs group14\nmatch address X"
    )
    assert (s.ike_policies[1].group, s.dynamic_maps["D"][1].pfs_group, s.crypto_maps["M"][1].pfs_group) == (
        2,
        5,
        14,
    )


def test_7_no_before_an_opener_opens_nothing():
    base = ios(R1)
    with pytest.raises(ConfigError, match="belongs below"):
        ios("no crypto map VPN 10\n set peer 10.0.0.1", base)
    assert ios("crypto map VPN 10\n set peer 10.0.0.1", base).crypto_maps["VPN"][10].peers[-1] == 0x0A000001


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("crypto isakmp key 0 cisco address 10.0.0.1", "cisco"),
        ("crypto isakmp key cisco address 10.0.0.1 no-xauth", "cisco"),
        ("crypto isakmp key address address 10.0.0.1", "address"),
        ("crypto isakmp key 0 address 10.0.0.1", "0"),
        ("crypto isakmp key a!b#c?d address 10.0.0.1", "a!b#c?d"),
        ("crypto isakmp key CaSe address 10.0.0.1 255.255.255.0", "CaSe"),
    ],
)
def test_8_keys_may_be_any_word(line, key):
    (stored,) = ios(line).keys
    assert stored.key == key
    assert parse(running_config(ios(line)), "ios").settings.keys == [stored]


@pytest.mark.parametrize("kind", ["6", "7"])
def test_8_encrypted_keys_cannot_be_used(kind):
    text = f"crypto isakmp key {kind} 094F471A1A0A address 10.0.0.1"
    assert ios(text).keys == []
    assert "type the plain key" in problems(text, "ios")[0].message
    assert f"key {kind} 094F471A1A0A" in running_config(ios(text))


def test_8_stars_are_not_a_key():
    text = ASA1.replace("Lab-Only-Key", "*****")
    assert asa(text).tunnel_groups["203.0.113.2"].key is None
    assert "hides the key" in problems(text, "asa")[0].message
    merged = asa("tunnel-group 203.0.113.2 ipsec-attributes\n ikev1 pre-shared-key *****", asa(ASA1))
    assert merged.tunnel_groups["203.0.113.2"].key == "Lab-Only-Key"


def test_9_nhrp_keys_have_eight_characters_at_most():
    problem = error("interface Tunnel0\n ip nhrp authentication TOOLONGKEY", "ios")
    assert "at most 8" in problem.message
    assert ios("interface Tunnel0\n ip nhrp authentication EIGHTCHR")


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("0.0.0.25", "typing error"),
        ("0.0.0255", "four numbers"),
        ("255.255.255.0", "is a netmask; here stands a wildcard: 0.0.0.255"),
        ("0.0.0.255.", "no dot at its end"),
        ("0.0.0.256", "256 is above 255"),
    ],
)
def test_10_wrong_wildcards_each_have_their_message(word, said):
    problem = error(f"access-list 101 permit ip 10.1.0.0 {word} any", "ios")
    assert said in problem.message
    assert pointed_at(problem) == word


def test_10_wrong_masks_and_addresses_too():
    assert (
        "here stands a netmask: 255.255.255.0"
        in error("interface g0/0\n ip address 10.0.0.1 0.0.0.255", "ios").message
    )
    assert "not a netmask" in error("interface g0/0\n ip address 10.0.0.1 255.0.255.0", "ios").message
    assert (
        "write the mask in dots: 255.255.255.0"
        in error("interface g0/0\n ip address 10.0.0.1 /24", "ios").message
    )
    assert "no dot at its end" in error("crypto map M 1 ipsec-isakmp\n set peer 1.1.2.2.", "ios").message


@pytest.mark.parametrize(
    ("opener", "near"),
    [
        ("inteface Tunnel1", "interface"),
        ("rypto ipsec transform-set T esp-aes", "crypto"),
        ("crypto isakmp polcy 10", "policy"),
    ],
)
def test_11_a_misspelt_opener_does_not_pour_its_lines_into_the_mode_before(opener, near):
    text = f"hostname R1\ninterface g0/0\n mtu 1400\n{opener}\n mtu 1300\n"
    found = problems(text, "ios")
    assert f"did you mean `{near}`" in found[0].message
    assert found[0].line == 4
    if near == "interface":
        assert parse(text, "ios", lenient=True).settings.interfaces["GigabitEthernet0/0"].mtu == 1400
        assert "below line 4" in found[1].message


def test_11_a_refused_opener_loses_its_lines_as_well():
    found = problems("interface g0/0\n mtu 1400\nip access-list standard 101\n permit any\n", "ios")
    assert ["standard lists" in found[0].message, "below line 3" in found[1].message] == [True, True]


def test_12_almost_equal_names():
    assert (
        near_misses(ios(R1.replace("set transform-set TS", "set transform-set TX"))).count("did you mean TS")
        == 1
    )
    assert "did you mean 101" in near_misses(ios(R1.replace("match address 101", "match address 110")))
    assert "did you mean VPN?" in near_misses(ios(R1.replace(" crypto map VPN\n", " crypto map VPM\n")))
    assert "cannot stand here" in error("object-group network GROUP 1", "asa").message


def test_13_incomplete_entries():
    s = ios(R1.replace(" set peer 203.0.113.2\n", ""))
    assert "crypto map VPN 10 is incomplete, it has no `set peer`" in near_misses(s)
    assert "no `match address` and no `set ikev1 transform-set`" in near_misses(
        asa(ASA1 + "crypto map CMAP 20 set peer 203.0.113.2\n")
    )


def test_14_several_peers():
    i = ios("crypto map M 1 ipsec-isakmp\n set peer 10.0.0.2\n set peer 10.0.0.1").crypto_maps["M"][1]
    a = asa("crypto map M 1 set peer 10.0.0.2 10.0.0.1").crypto_maps["M"][1]
    assert i.peers == a.peers == [0x0A000002, 0x0A000001]
    assert (
        "at most ten"
        in error("crypto map M 1 set peer " + " ".join(f"10.0.0.{n}" for n in range(1, 12)), "asa").message
    )


def test_15_an_access_list_that_comes_later_or_never():
    assert near_misses(ios(R1)) == ""
    assert "protects nothing" in near_misses(ios(R1.replace("access-list 101", "access-list 102")))


def test_16_an_object_opened_again_keeps_its_address():
    s = asa(ASA1)
    assert s.objects["LAN1"].text == "subnet 192.168.1.0 255.255.255.0"
    assert [rule.section for rule in s.nat] == [1, 2]


def test_17_access_group_before_its_list():
    s = asa(
        "access-group X in interface outside\ninterface g0/0\n nameif outside\naccess-list X extended "
        "permit ip any any"
    )
    assert s.interfaces["GigabitEthernet0/0"].access_in == "X"
    assert asa("access-group X global\n").access_global == "X"
    assert (
        asa("interface g0/0\n nameif inside\naccess-group X out interface inside")
        .interfaces["GigabitEthernet0/0"]
        .access_out
        == "X"
    )
    assert 'access list "X", which is not defined' in near_misses(asa("access-group X global"))


def test_18_an_exemption_below_a_dynamic_rule_does_nothing():
    exemption = (
        "nat (INSIDE,OUTSIDE) source static LAN1 LAN1 destination static LAN2 LAN2 no-proxy-arp route-lookup"
    )
    below = ASA1.replace(exemption, "nat (INSIDE,OUTSIDE) source dynamic LAN1 interface\n" + exemption)
    assert "stands below" in near_misses(asa(below))
    above = ASA1.replace(exemption, exemption + "\nnat (INSIDE,OUTSIDE) source dynamic LAN1 interface")
    assert "stands below" not in near_misses(asa(above))


@pytest.mark.parametrize(
    ("text", "read", "exemption"),
    [
        (R1, ios, " deny ip 10.1.0.0 0.0.255.255 10.2.0.0 0.0.255.255\n"),
        (
            ASA1,
            asa,
            "nat (INSIDE,OUTSIDE) source static LAN1 LAN1 destination static LAN2 LAN2 no-proxy-arp "
            "route-lookup\n",
        ),
    ],
)
def test_19_translation_comes_before_the_crypto_map(text, read, exemption):
    assert "exempt it from translation" in near_misses(read(text.replace(exemption, "")))
    assert near_misses(read(text)) == ""


def test_20_tunnel_source_by_an_interface_without_address():
    assert (
        problems("interface Tunnel0\n tunnel source g0/0\n tunnel destination 203.0.113.2", "ios")[0].severity
        == "not-modelled"
    )


def test_25_words_that_mean_nothing():
    assert (
        problems(
            "redundancy\ncontrol-plane\nmultilink bundle-name authenticated\nmmi polling-interval "
            "60\nsubscriber templating\n",
            "ios",
        )
        == []
    )


def test_25_redundancy_between_devices_is_another_thing():
    (problem,) = problems("redundancy inter-device\n scheme standby HA-OUT\n", "ios")
    assert "stateful failover" in problem.message


def test_27_interface_names_differ_between_definition_and_use():
    s = ios(
        "interface loopback 0\n ip address 192.0.2.1 255.255.255.255\ncrypto map M local-address lo0\nip "
        "route 10.0.0.0 255.0.0.0 Null 0"
    )
    assert s.crypto_map_local["M"] in s.interfaces
    assert s.routes[0].interface == "Null0"


def test_29_a_nameif_is_compared_without_case():
    assert (
        asa("interface g0/0\n nameif Outside\ncrypto map M interface outside")
        .interfaces["GigabitEthernet0/0"]
        .crypto_map
        == "M"
    )


def test_30_options_of_a_route_in_any_order():
    one = ios("ip route 0.0.0.0 0.0.0.0 198.51.100.1 250 name X track 1").routes
    other = ios("ip route 0.0.0.0 0.0.0.0 198.51.100.1 track 1 name X 250").routes
    assert one == other
    assert (one[0].distance, one[0].name, one[0].track) == (250, "X", 1)
    s = asa("interface g0/0\n nameif outside\nroute outside 0 0 198.51.100.254")
    assert str(s.routes[0].prefix) == "0.0.0.0/0"


def test_33_remarks_logs_and_sequence_numbers():
    s = ios(
        "ip access-list extended X\n remark to branch ! east\n 10 permit ip any any log\n 20 permit icmp "
        "any any echo-reply"
    )
    assert len(s.acls["X"].entries) == 1
    assert "icmp type" in problems("access-list 101 permit icmp any any echo", "ios")[0].message


def test_34_permit_ip_any_any_as_crypto_access_list():
    assert "catches everything" in near_misses(
        ios("no access-list 101\naccess-list 101 permit ip any any", ios(R1))
    )


def test_35_a_key_for_everyone():
    (one,) = ios("crypto isakmp key K address 0.0.0.0").keys
    assert one == ios("crypto isakmp key K address 0.0.0.0 0.0.0.0").keys[0]
    assert (one.peer.length, ios("crypto isakmp key K address 10.0.0.1").keys[0].peer.length) == (0, 32)


def test_36_global_lifetimes():
    s = asa(
        "crypto ipsec security-association lifetime kilobytes unlimited\ncrypto ipsec security-association "
        "lifetime seconds 3600"
    )
    assert (s.lifetime_s, s.lifetime_kb) == (3600, 0)


def test_37_routes_to_an_interface():
    r = ios("ip route 10.2.0.0 255.255.0.0 Tunnel0\nip route 10.3.0.0 255.255.0.0 g0/1 203.0.113.2").routes
    assert [(x.interface, x.next_hop) for x in r] == [("Tunnel0", None), ("GigabitEthernet0/1", 0xCB007102)]


def test_40_a_very_long_line_keeps_a_readable_error():
    problem = error("hostname R1\n" + "This is prose that was pasted along and it never ends. " * 200, "ios")
    assert max(len(line) for line in str(problem).splitlines()[1:]) <= 165


def test_key_length_in_the_other_platform_s_spelling():
    assert "esp-aes 256" in error("crypto ipsec transform-set T esp-aes-256 esp-sha-hmac", "ios").message
    assert (
        "esp-aes-256" in error("crypto ipsec ikev1 transform-set T esp-aes 256 esp-sha-hmac", "asa").message
    )
    assert error("crypto isakmp policy 1\n encr aes-256", "ios")
    assert error("crypto ikev1 policy 1\n encryption aes 256", "asa")
