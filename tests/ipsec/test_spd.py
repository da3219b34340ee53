"""The policy database: order, deny lines, interfaces, shared local addresses."""

from __future__ import annotations

from dataclasses import replace

from ipsec_edu.core.acl import Acl, AclEntry, Selector
from ipsec_edu.core.addr import Prefix
from ipsec_edu.ipsec.spd import Spd
from tests.ipsec.helpers import AES_SHA, GW2, HOST1, HOST2, LANS, OUTSIDE, policies

LAN1, LAN2 = LANS.local, LANS.remote
ONE = policies(AES_SHA)[0]
TWO = replace(ONE, sequence=20, peers=(GW2 + 1,))
FIELDS = (HOST1, HOST2, 1)


def acl(*entries: AclEntry) -> Acl:
    return Acl("VPN-ACL", entries)


def permit(
    source: Prefix = LAN1, destination: Prefix = LAN2, protocol: int = 0, **ports: tuple[int, int]
) -> AclEntry:
    return AclEntry(True, protocol, source, destination, **ports)


def test_the_lowest_sequence_that_permits_wins() -> None:
    spd = Spd([(ONE, acl(permit())), (TWO, acl(permit()))])
    found = spd.lookup_outbound(OUTSIDE, *FIELDS)
    assert found is not None and found.policy == ONE and found.selector == LANS
    turned = Spd([(TWO, acl(permit())), (ONE, acl(permit()))]).lookup_outbound(OUTSIDE, *FIELDS)
    assert turned is not None and turned.policy == TWO


def test_deny_means_try_the_next_entry() -> None:
    deny = AclEntry(False, 0, Prefix.of(HOST1, 32), LAN2)
    spd = Spd([(ONE, acl(deny, permit())), (TWO, acl(permit()))])
    found = spd.lookup_outbound(OUTSIDE, *FIELDS)
    assert found is not None and found.policy == TWO
    other = spd.lookup_outbound(OUTSIDE, HOST1 + 1, HOST2, 1)
    assert other is not None and other.policy == ONE
    assert Spd([(ONE, acl(deny, permit()))]).lookup_outbound(OUTSIDE, *FIELDS) is None


def test_the_crypto_map_belongs_to_its_interface() -> None:
    spd = Spd([(ONE, acl(permit()))])
    assert spd.lookup_outbound("backup", *FIELDS) is None
    assert spd.interfaces == (OUTSIDE,)


def test_the_mirror_image_claims_what_comes_in() -> None:
    spd = Spd([(ONE, acl(permit()))])
    assert spd.protects_inbound(OUTSIDE, HOST2, HOST1, 1) is not None
    assert spd.protects_inbound(OUTSIDE, HOST1, HOST2, 1) is None


def test_protocol_and_ports_are_part_of_the_policy() -> None:
    web = permit(protocol=6, destination_ports=(80, 80))
    spd = Spd([(ONE, acl(web))])
    assert spd.lookup_outbound(OUTSIDE, HOST1, HOST2, 6, 1024, 80) is not None
    for fields in ((6, 1024, 81), (17, 1024, 80)):
        assert spd.lookup_outbound(OUTSIDE, HOST1, HOST2, *fields) is None
    assert spd.protects_inbound(OUTSIDE, HOST2, HOST1, 6, 80, 1024) is not None
    rule = spd.rules[0]
    assert rule.covers(HOST1, HOST2, 6, 1024, 80) and not rule.covers(HOST1, HOST2, 6, 1024, 443)


def test_with_a_common_local_address_two_interfaces_share_their_sas() -> None:
    shared = Spd([(ONE, acl(permit())), (replace(ONE, interface="backup"), acl(permit()))])
    assert len(shared.rules) == 1
    one, two = shared.rules_of(OUTSIDE), shared.rules_of("backup")
    assert one[0].rule is two[0].rule and (one[0].policy.interface, two[0].policy.interface) == (
        OUTSIDE,
        "backup",
    )
    own = Spd([(ONE, acl(permit())), (replace(ONE, interface="backup", local=ONE.local + 1), acl(permit()))])
    assert len(own.rules) == 2


def test_an_sa_without_a_configured_entry_makes_one_while_it_lives() -> None:
    spd = Spd.from_policies([replace(ONE, sequence=5, selectors=())])
    assert spd.lookup_outbound(OUTSIDE, *FIELDS) is None
    rule = spd.rule_for(ONE, LANS)
    found = spd.lookup_outbound(OUTSIDE, *FIELDS)
    assert found is not None and found.rule is rule and rule.learned
    spd.forget(rule)
    assert spd.lookup_outbound(OUTSIDE, *FIELDS) is None and spd.rules == ()


def test_a_configured_rule_is_never_forgotten() -> None:
    spd = Spd.from_policies([ONE])
    rule = spd.rule_for(ONE, LANS)
    assert not rule.learned
    spd.forget(rule)
    assert spd.lookup_outbound(OUTSIDE, *FIELDS) is not None


def test_many_flows_do_not_fill_the_memory() -> None:
    spd = Spd.from_policies([ONE])
    for number in range(9000):
        spd.lookup_outbound(OUTSIDE, HOST1 + number % 200, HOST2, 17, number)
    assert len(spd._cache) <= 4096
    assert spd.lookup_outbound(OUTSIDE, *FIELDS) is not None


def test_the_text_of_a_policy() -> None:
    deny = AclEntry(False, 17, LAN1, LAN2, destination_ports=(53, 53))
    spd = Spd([(ONE, acl(deny, permit()))])
    spd.rule_for(ONE, Selector(Prefix.of(HOST1, 32), Prefix.of(HOST2, 32)))
    assert spd.to_text().splitlines() == [
        "interface outside",
        "  VPN 10    PROTECT  10.1.0.10/32 > 10.2.0.20/32  to 198.51.100.2 by AES-SHA (learned)",
        "  VPN 10    leave    10.1.0.0/16 > 10.2.0.0/16 proto 17 port any > 53  try the next entry",
        "  VPN 10    PROTECT  10.1.0.0/16 > 10.2.0.0/16  to 198.51.100.2 by AES-SHA",
        "  otherwise        BYPASS",
    ]
    assert "everything is bypassed" in Spd().to_text()
