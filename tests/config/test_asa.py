"""What an ASA makes of its configuration."""

from __future__ import annotations

import pytest

from ipsec_edu.config.settings import CryptoMapEntry
from ipsec_edu.core.addr import Prefix, parse_ip
from ipsec_edu.ike.settings import Dpd, IkePolicy, TransformSet
from tests.config.helpers import ASA1, asa, error, pointed_at, problems

OUTSIDE = "interface GigabitEthernet0/1\n nameif outside\n ip address 203.0.113.1 255.255.255.0\n"


def test_the_configuration_of_the_first_lab_means_what_it_says():
    s = asa(ASA1)
    outside = s.interfaces["GigabitEthernet0/1"]
    assert (outside.nameif, outside.security_level, outside.crypto_map) == ("OUTSIDE", 0, "CMAP")
    assert outside.prefix == Prefix.parse("203.0.113.0/24")
    assert not outside.shutdown
    assert s.ike_policies == {10: IkePolicy(10, "aes", 256, "sha1", "pre-share", 5, 86400)}
    assert s.ike_enabled == {"OUTSIDE"}
    assert s.transform_sets == {"TS": TransformSet("TS", "aes", 256, "sha1")}
    entry = s.crypto_maps["CMAP"][10]
    assert (entry.acl, entry.transform_sets, entry.lifetime_s) == ("LAN1_LAN2", ["TS"], 28800)
    assert entry.peers == [parse_ip("203.0.113.2")]
    group = s.tunnel_groups["203.0.113.2"]
    assert (group.type, group.key) == ("ipsec-l2l", "Lab-Only-Key")
    assert group.dpd == Dpd("semi-periodic", 10, 2, 3)
    (line,) = s.acls["LAN1_LAN2"].entries
    assert (line.source, line.destination) == (Prefix.parse("192.168.1.0/24"), Prefix.parse("192.168.2.0/24"))
    (route,) = s.routes
    assert (route.nameif, route.interface, route.next_hop) == (
        "OUTSIDE",
        "GigabitEthernet0/1",
        parse_ip("203.0.113.2"),
    )
    exemption, pat = s.nat
    assert (exemption.kind, exemption.section, exemption.source) == (
        "identity",
        1,
        (Prefix.parse("192.168.1.0/24"),),
    )
    assert (pat.kind, pat.section, pat.source_object) == ("interface-pat", 2, "LAN1")


def test_that_configuration_needs_no_remark():
    assert problems(ASA1, "asa") == []


def test_lines_are_merged_over_what_the_device_has_and_the_base_stays():
    base = asa(ASA1)
    changed = asa("tunnel-group 203.0.113.2 ipsec-attributes\n isakmp keepalive threshold 20 retry 5", base)
    assert changed.tunnel_groups["203.0.113.2"].dpd == Dpd("semi-periodic", 20, 5, 3)
    assert changed.tunnel_groups["203.0.113.2"].key == "Lab-Only-Key"
    assert base.tunnel_groups["203.0.113.2"].dpd == Dpd("semi-periodic", 10, 2, 3)
    assert base == asa(ASA1)


def test_an_empty_policy_has_the_defaults_of_the_platform():
    assert asa("crypto ikev1 policy 5").ike_policies[5] == IkePolicy(
        5, "3des", 0, "sha1", "pre-share", 2, 86400
    )


@pytest.mark.parametrize("head", ["crypto ikev1 policy 10", "crypto isakmp policy 10"])
@pytest.mark.parametrize("word", ["encryption", "encr", "enc"])
def test_old_and_new_spellings_of_a_policy_mean_the_same(head, word):
    policy = asa(f"{head}\n {word} aes-192\n hash md5\n group 14\n lifetime none").ike_policies[10]
    assert (policy.encryption, policy.key_bits, policy.hash, policy.group) == ("aes", 192, "md5", 14)
    assert policy.lifetime_s > 86400 * 365


@pytest.mark.parametrize(
    "lines",
    [
        "crypto ipsec ikev1 transform-set TS esp-aes-256 esp-sha-hmac\ncrypto map M 10 set ikev1 "
        "transform-set TS",
        "crypto ipsec transform-set TS esp-aes-256 esp-sha-hmac\ncrypto map M 10 set transform-set TS",
    ],
)
def test_transform_sets_with_and_without_ikev1(lines):
    s = asa(lines)
    assert s.transform_sets["TS"] == TransformSet("TS", "aes", 256, "sha1")
    assert s.crypto_maps["M"][10].transform_sets == ["TS"]


def test_a_transform_set_changes_its_mode_by_a_line_of_its_own():
    text = "crypto ipsec ikev1 transform-set TS esp-aes esp-sha-hmac\n"
    assert asa(text).transform_sets["TS"].mode == "tunnel"
    assert (
        asa(text + "crypto ipsec ikev1 transform-set TS mode transport").transform_sets["TS"].mode
        == "transport"
    )


@pytest.mark.parametrize("key", ["ikev1 pre-shared-key s3cret", "pre-shared-key s3cret"])
def test_both_spellings_of_the_key(key):
    text = f"tunnel-group 203.0.113.2 type ipsec-l2l\ntunnel-group 203.0.113.2 ipsec-attributes\n {key}"
    assert asa(text).tunnel_groups["203.0.113.2"].key == "s3cret"


@pytest.mark.parametrize(
    ("line", "dpd"),
    [
        ("isakmp keepalive threshold 30 retry 5", Dpd("semi-periodic", 30, 5, 3)),
        ("isakmp keepalive threshold 30", Dpd("semi-periodic", 30, 2, 3)),
        ("isakmp keepalive disable", Dpd("off")),
        ("isakmp keepalive threshold infinite", Dpd("off")),
        ("isakmp keepalive threshold 30\n no isakmp keepalive", None),
    ],
)
def test_dead_peer_detection_of_a_tunnel_group(line, dpd):
    text = f"tunnel-group 203.0.113.2 type ipsec-l2l\ntunnel-group 203.0.113.2 ipsec-attributes\n {line}"
    assert asa(text).tunnel_groups["203.0.113.2"].dpd == dpd


@pytest.mark.parametrize(
    ("line", "word", "allowed"),
    [
        ("isakmp keepalive threshold 9 retry 2", "9", "10 to 3600"),
        ("isakmp keepalive threshold 10 retry 11", "11", "2 to 10"),
    ],
)
def test_values_out_of_range_are_refused_with_the_range(line, word, allowed):
    problem = error(
        f"tunnel-group 1.1.1.1 type ipsec-l2l\ntunnel-group 1.1.1.1 ipsec-attributes\n {line}", "asa"
    )
    assert (problem.line, pointed_at(problem)) == (3, word)
    assert allowed in problem.message


def test_attributes_of_a_tunnel_group_that_was_never_made():
    assert (
        "type ipsec-l2l"
        in error("tunnel-group 1.1.1.1 ipsec-attributes\n ikev1 pre-shared-key x", "asa").message
    )
    assert asa("tunnel-group DefaultL2LGroup ipsec-attributes\n ikev1 pre-shared-key x").tunnel_groups


def test_nameif_sets_the_security_level_if_nobody_did():
    s = asa(
        "interface g0/0\n nameif inside\ninterface g0/1\n nameif outside\ninterface g0/2\n security-level "
        "50\n nameif dmz"
    )
    assert [i.security_level for i in s.interfaces.values()] == [100, 0, 50]


def test_a_name_is_compared_without_case():
    s = asa(
        "crypto ikev1 enable OUTSIDE\ncrypto map M interface Outside\nroute outside 0 0 203.0.113.2\n"
        + OUTSIDE
    )
    assert s.ike_enabled == {"outside"}
    assert s.interfaces["GigabitEthernet0/1"].crypto_map == "M"
    assert s.routes[0].nameif == "outside"


def test_a_name_that_no_interface_has_is_refused():
    problem = error(OUTSIDE + "crypto map M interface outsid", "asa")
    assert "names: outside" in problem.message
    assert pointed_at(problem) == "outsid"


def test_routes_in_short_and_in_full():
    s = asa(OUTSIDE + "route outside 0 0 203.0.113.2\nroute outside 10.2.0.0 255.255.0.0 203.0.113.3 5")
    assert [(str(r.prefix), r.distance) for r in s.routes] == [("0.0.0.0/0", 1), ("10.2.0.0/16", 5)]
    assert asa("no route outside 0 0 203.0.113.2", s).routes == s.routes[1:]


def test_nested_object_groups_reach_the_access_list():
    s = asa(
        "object network A\n host 10.0.0.1\n"
        "object-group network INNER\n network-object object A\n network-object 10.1.0.0 255.255.0.0\n"
        "object-group network OUTER\n group-object INNER\n network-object host 10.9.9.9\n"
        "access-list X extended permit ip object-group OUTER any"
    )
    sources = [str(line.source) for line in s.acls["X"].entries]
    assert sources == ["10.0.0.1/32", "10.1.0.0/16", "10.9.9.9/32"]


def test_groups_that_contain_each_other_do_not_hang():
    s = asa(
        "object-group network A\n group-object B\nobject-group network B\n group-object A\naccess-list X "
        "permit ip object-group A any"
    )
    assert s.acls["X"].entries == ()


def test_a_range_becomes_prefixes():
    s = asa("object network R\n range 10.0.0.1 10.0.0.6\naccess-list X permit ip object R any")
    assert [str(e.source) for e in s.acls["X"].entries] == [
        "10.0.0.1/32",
        "10.0.0.2/31",
        "10.0.0.4/31",
        "10.0.0.6/32",
    ]


def test_line_numbers_place_a_line():
    s = asa("access-list X permit ip any any\naccess-list X line 1 extended deny ip host 10.0.0.1 any")
    assert [entry.permit for entry in s.acls["X"].entries] == [False, True]
    assert asa("no access-list X extended permit ip any any", s).acls["X"].entries[-1].permit is False
    assert "X" not in asa("clear configure access-list X", s).acls


def test_ports_by_name_and_by_number():
    s = asa("access-list X extended permit udp any eq isakmp any range 4500 4501")
    (entry,) = s.acls["X"].entries
    assert (entry.protocol, entry.source_ports, entry.destination_ports) == (17, (500, 500), (4500, 4501))


def test_an_inactive_line_matches_nothing():
    assert asa("access-list X extended permit ip any any inactive").acls["X"].entries == ()
    assert len(asa("access-list X extended permit ip any any").acls["X"].entries) == 1


def test_nat_sections_keep_their_order():
    s = asa(
        "object network LAN\n subnet 10.1.0.0 255.255.0.0\nobject network FAR\n subnet 10.2.0.0 255.255.0.0\n"
        "object network LAN\n nat (inside,outside) dynamic interface\n"
        "nat (inside,outside) after-auto source dynamic any interface\n"
        "nat (inside,outside) source static LAN LAN destination static FAR FAR"
    )
    assert [(rule.section, rule.kind) for rule in s.nat] == [
        (1, "identity"),
        (2, "interface-pat"),
        (3, "interface-pat"),
    ]


def test_a_position_moves_a_rule_up():
    head = (
        "object network A\n subnet 10.1.0.0 255.255.0.0\nobject network B\n subnet 10.2.0.0 "
        "255.255.0.0\nnat (inside,outside) source dynamic A interface\n"
    )
    below = asa(head + "nat (inside,outside) source static A A destination static B B")
    above = asa(head + "nat (inside,outside) 1 source static A A destination static B B")
    assert [rule.kind for rule in below.nat] == ["interface-pat", "identity"]
    assert [rule.kind for rule in above.nat] == ["identity", "interface-pat"]


def test_the_exemption_of_version_8_2():
    (rule,) = asa("nat (inside) 0 access-list NONAT").nat
    assert (rule.kind, rule.inside, rule.acl) == ("exempt-acl", "inside", "NONAT")


def test_static_translation_to_another_address_is_not_modelled_and_translates_nothing():
    text = "object network WEB\n host 10.0.0.5\n nat (inside,outside) static 203.0.113.5"
    assert asa(text).nat == []
    assert [problem.severity for problem in problems(text, "asa")] == ["not-modelled"]


def test_switches_that_are_on_or_off():
    assert asa("").permit_vpn
    assert not asa("no sysopt connection permit-vpn").permit_vpn
    assert asa("same-security-traffic permit intra-interface").same_security_intra
    assert not asa("same-security-traffic permit intra-interface").same_security_inter
    assert asa("policy-map global_policy\n class inspection_default\n  inspect icmp").inspect_icmp
    assert not asa("policy-map global_policy\n class inspection_default\n  inspect ftp").inspect_icmp
    assert not asa("no crypto isakmp nat-traversal").nat_traversal
    assert asa("crypto isakmp nat-traversal 30").nat_keepalive_s == 30


def test_crypto_map_lines_in_any_order_make_one_entry():
    lines = [
        "crypto map M 10 set peer 203.0.113.2 203.0.113.66",
        "crypto map M 10 match address A",
        "crypto map M 10 set ikev1 transform-set T1 T2",
    ]
    assert asa("\n".join(lines)).crypto_maps == asa("\n".join(reversed(lines))).crypto_maps
    entry = asa("\n".join(lines)).crypto_maps["M"][10]
    assert len(entry.peers) == 2
    assert entry.transform_sets == ["T1", "T2"]


def test_options_of_a_crypto_map_entry():
    entry = asa(
        "crypto map M 10 set pfs\ncrypto map M 10 set connection-type answer-only\ncrypto map M 10 set "
        "reverse-route\n"
        "crypto map M 10 set ikev1 phase1-mode aggressive\ncrypto map M 10 set security-association "
        "lifetime kilobytes unlimited"
    ).crypto_maps["M"][10]
    assert entry == CryptoMapEntry(
        "M",
        10,
        pfs_group=2,
        connection="answer-only",
        reverse_route="static",
        phase1_mode="aggressive",
        lifetime_kb_disabled=True,
    )


def test_an_entry_without_lines_is_gone():
    s = asa("crypto map M 10 set pfs group5")
    assert asa("no crypto map M 10 set pfs", s).crypto_maps == {}
    assert asa("no crypto map M 10", s).crypto_maps == {}
    assert asa("", s).crypto_maps != {}


def test_no_takes_back_what_a_line_gave():
    base = asa(ASA1)
    for line, gone in [
        ("no crypto ikev1 enable OUTSIDE", lambda s: s.ike_enabled == set()),
        (
            "no crypto map CMAP interface OUTSIDE",
            lambda s: s.interfaces["GigabitEthernet0/1"].crypto_map is None,
        ),
        ("no crypto map CMAP 10 set peer 203.0.113.2", lambda s: s.crypto_maps["CMAP"][10].peers == []),
        ("no tunnel-group 203.0.113.2", lambda s: s.tunnel_groups == {}),
        ("no crypto ipsec ikev1 transform-set TS", lambda s: s.transform_sets == {}),
        ("no crypto ikev1 policy 10", lambda s: s.ike_policies == {}),
        (
            "no nat (INSIDE,OUTSIDE) source static LAN1 LAN1 destination static LAN2 LAN2 no-proxy-arp "
            "route-lookup",
            lambda s: len(s.nat) == 1,
        ),
        (
            "object network LAN1\n no nat (INSIDE,OUTSIDE) dynamic interface",
            lambda s: [r.kind for r in s.nat] == ["identity"],
        ),
        ("no route OUTSIDE 0.0.0.0 0.0.0.0 203.0.113.2", lambda s: s.routes == []),
        ("no crypto isakmp identity", lambda s: s.identity == "auto"),
        ("interface g0/1\n no ip address", lambda s: s.interfaces["GigabitEthernet0/1"].address is None),
        ("interface g0/1\n shutdown", lambda s: s.interfaces["GigabitEthernet0/1"].shutdown),
        ("interface g0/1\n no nameif", lambda s: s.ike_enabled == set() and s.routes == []),
    ]:
        assert gone(asa(line, base)), line
        assert not gone(base), line


def test_an_object_in_use_stays():
    assert "in use" in error(ASA1 + "no object network LAN2", "asa").message


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("failover\nfailover lan unit primary", "failover"),
        ("router ospf 1\n network 10.0.0.0 255.0.0.0 area 0", "OSPF"),
        ("crypto ikev2 policy 1\n encryption aes-256", "IKEv1"),
        ("group-policy GP attributes\n vpn-tunnel-protocol ikev1", "group-policy"),
    ],
)
def test_what_is_not_modelled_says_so_once(text, label):
    (problem,) = problems(text, "asa")
    assert problem.severity == "not-modelled"
    assert label in problem.message


def test_what_does_not_matter_is_silent():
    assert (
        problems(
            "names\npager lines 24\nlogging enable\nssh 10.0.0.0 255.0.0.0 inside\ntimeout xlate 3:00:00\n",
            "asa",
        )
        == []
    )
