"""Lifetimes, renewal, deletes, stale SAs and peer lists: how SAs end, and what follows."""

from dataclasses import replace

import pytest

from ipsec_edu.core.addr import Prefix, parse_ip
from ipsec_edu.core.rng import Rng
from ipsec_edu.core.units import SECOND
from ipsec_edu.ike.core import IkeCore
from ipsec_edu.ike.crypto import ModelCrypto
from ipsec_edu.ike.events import ChildDown, ChildUp, IkeDown, IkeUp, SendDatagram
from ipsec_edu.ike.peers import PeerLists
from ipsec_edu.ike.settings import Dpd, PeerSettings
from tests.ike.link import Network
from tests.ike.pair import ASA_DPD, POLICY, A, B, change_child, established, settings, want

OFF = Dpd()


def use(net):
    """Traffic: the data plane notes it."""
    for core in net.cores:
        for child in core.children:
            child.liveness.sent_us = child.liveness.heard_us = net.now_us


def short(platform, lifetime_s=200, **changes):
    return established(
        change_child(settings(A, platform, OFF), lifetime_s=lifetime_s, **changes),
        change_child(settings(B, platform, OFF), lifetime_s=lifetime_s, **changes),
    )


def ups(net, core=0):
    return [at / SECOND for at, _ in net.timed(ChildUp, net.cores[core])]


@pytest.mark.parametrize(("platform", "renewed"), [("ios", 170), ("asa", 180), ("strongswan", 181.8)])
def test_phase_2_is_renewed_before_its_end(platform, renewed):
    net = short(platform)
    use(net)
    net.run_until(190 * SECOND)
    assert ups(net) == pytest.approx([0.08, renewed + 0.1], abs=0.01)
    one, two = net.cores
    assert len(one.children) == len(two.children) == 2  # old and new, until the old one's end
    assert one.children[1].replaces == one.children[0].uid
    net.run_until(210 * SECOND)
    assert len(one.children) == len(two.children) == 1
    assert [event.reason for event in net.events(ChildDown, one)] == ["rekeyed"]
    assert len(net.notices("phase1_started")) == 2  # one each: no new phase 1


def test_ios_lets_an_unused_sa_lapse():
    net = short("ios")
    net.run_until(300 * SECOND)
    assert net.notices("phase2_lapses") and not net.cores[0].children
    assert [event.reason for event in net.events(ChildDown, net.cores[0])] == ["expired"]
    # the asa renews it all the same
    other = short("asa")
    other.run_until(300 * SECOND)
    assert other.cores[0].children and not other.notices("phase2_lapses")


def test_volume_renews_too():
    net = short("ios", lifetime_s=3600)
    uid = net.cores[0].children[0].uid
    net.cores[0].soft_expired(uid, net.now_us)
    net.run_until(2 * SECOND)
    assert len(net.cores[0].children) == 2
    net.cores[0].hard_expired(uid, net.now_us)
    net.run_until(3 * SECOND)
    assert len(net.cores[0].children) == len(net.cores[1].children) == 1
    assert net.notices("phase2_rekey")[0].details["cause"] == "kilobytes"
    net.cores[0].soft_expired(999, net.now_us)  # a child that is gone: nothing happens
    assert not net.cores[0].drain()


def long_children(platform, p1_s):
    policy = (replace(POLICY, lifetime_s=p1_s),)
    a, b = (replace(settings(own, platform, OFF), policies=policy) for own in (A, B))
    return established(a, b)


def test_phase_1_is_renewed_with_new_cookies_and_children_move():
    net = long_children("asa", 200)
    old = net.cores[0].ike_sas[0].ike_id
    net.run_until(199 * SECOND)
    for core in net.cores:
        (sa,) = core.ike_sas
        assert sa.ike_id != old and core.children[0].ike_id == sa.ike_id
        assert net.events(IkeDown, core)[0].reason == "rekeyed"
    assert not net.events(ChildDown)
    assert len(net.events(IkeUp, net.cores[0])) == 2


@pytest.mark.parametrize(("platform", "children_left"), [("ios", 1), ("asa", 0)])
def test_what_dies_with_phase_1(platform, children_left):
    net = long_children(platform, 200)
    for core in net.cores:
        # nobody renews: both ends let the IKE SA run out
        core.ike_sas[0].phase1.soft.stop()
    net.run_until(210 * SECOND)
    for core in net.cores:
        assert not core.ike_sas and len(core.children) == children_left


def test_a_dangling_child_builds_phase_1_again_when_it_renews():
    a, b = (change_child(settings(own, "ios", OFF), lifetime_s=300) for own in (A, B))
    policy = (replace(POLICY, lifetime_s=100),)
    net = established(replace(a, policies=policy), replace(b, policies=policy))
    for core in net.cores:
        core.ike_sas[0].phase1.soft.stop()
    net.run_until(200 * SECOND)
    assert not net.cores[0].ike_sas and net.cores[0].children
    use(net)
    net.run_until(280 * SECOND)
    assert net.cores[0].ike_sas and len(net.cores[0].children) == 2


def test_phase_1_uses_the_shorter_lifetime_and_may_refuse_a_longer_one():
    long = replace(settings(A), policies=(replace(POLICY, lifetime_s=86400),))
    brief = replace(settings(B), policies=(replace(POLICY, lifetime_s=3600),))
    net = established(long, brief)
    assert net.cores[1].ike_sas[0].lifetime_s == 3600
    strict = replace(brief, overrides={"accepts_longer_p1_lifetime": False})
    refused = established(long, strict)
    assert not refused.events(IkeUp)
    assert refused.notices("phase1_no_proposal")[0].details["differs"] == ("lifetime",)


def test_clear_tells_nobody():
    net = established()
    net.cores[0].clear(net.now_us)
    assert not net.cores[0].ike_sas and not net.cores[0].children
    sent = len(net.messages())
    net.run_until(2 * SECOND)
    assert len(net.messages()) == sent and net.cores[1].children
    assert {event.reason for event in net.events(ChildDown) + net.events(IkeDown)} == {"cleared"}


def test_terminate_tells_the_peer():
    net = established()
    net.cores[0].terminate(B, net.now_us)
    net.run_until(2 * SECOND)
    deletes = [m.payloads for m in net.messages() if m.exchange == "informational"]
    assert deletes == [("HASH", "D"), ("HASH", "D")]
    assert not net.cores[1].ike_sas and not net.cores[1].children
    assert {event.reason for event in net.events(ChildDown)} == {"delete"}
    # somebody else's peer is not meant
    other = established()
    other.cores[0].terminate(parse_ip("192.0.2.1"), other.now_us)
    assert other.cores[0].children


def reborn(net, platform="asa"):
    """Let A lose its memory (a crash), and return its new self in the network."""
    newborn = IkeCore(net.cores[0].settings, Rng(2, "A/ike"), ModelCrypto(), net.now_us)
    net.cores[0] = newborn
    return newborn


@pytest.mark.parametrize("initial_contact", [True, False])
def test_initial_contact_flushes_what_is_stale(initial_contact):
    a = replace(settings(A, dpd=OFF), overrides={"initial_contact": initial_contact})
    net = established(a, settings(B, dpd=OFF))
    stale = net.cores[1].children[0].inbound_spi
    reborn(net)
    want(net)
    net.run_until(3 * SECOND)
    spis = [child.inbound_spi for child in net.cores[1].children]
    assert (stale not in spis) == initial_contact
    assert len(net.cores[1].ike_sas) == (1 if initial_contact else 2)
    if initial_contact:
        assert {e.reason for e in net.events(ChildDown, net.cores[1])} == {"replaced"}


def test_initial_contact_is_not_sent_where_another_sa_exists():
    net = long_children("asa", 200)
    net.run_until(199 * SECOND)
    fifth = [m for m in net.messages() if m.exchange == "main" and m.number == 5]
    assert [m.notify for m in fifth] == ["INITIAL-CONTACT", None]


def test_invalid_spi_is_reported_through_the_ike_sa():
    net = established(settings(A, "ios", OFF), settings(B, "ios", OFF))
    child = net.cores[0].children[0]
    net.cores[1].child_table.down(net.cores[1].children[0].uid, "test")
    net.cores[1].invalid_spi(B, A, child.outbound_spi, net.now_us)
    net.run_until(2 * SECOND)
    assert not net.cores[0].children
    assert [e.reason for e in net.events(ChildDown, net.cores[0])] == ["invalid-spi"]
    # an ASA says nothing: the black hole stays
    silent = established(dpd_off_asa(A), dpd_off_asa(B))
    silent.cores[1].invalid_spi(B, A, silent.cores[0].children[0].outbound_spi, silent.now_us)
    silent.run_until(2 * SECOND)
    assert silent.cores[0].children


def dpd_off_asa(own):
    return settings(own, "asa", OFF)


@pytest.mark.parametrize("recovery", [True, False])
def test_invalid_spi_recovery_builds_an_ike_sa_to_say_so(recovery):
    a = settings(A, "ios", OFF)
    b = replace(settings(B, "ios", OFF), invalid_spi_recovery=recovery, overrides={"initial_contact": False})
    net = established(a, b)
    stale = net.cores[0].children[0].outbound_spi
    net.cores[1].clear(net.now_us)
    for tick in range(20):
        net.run_until((2 + tick) * SECOND)
        if net.cores[0].children:
            net.cores[1].invalid_spi(B, A, stale, net.now_us)
    net.run_until(30 * SECOND)
    assert bool(net.cores[0].children) != recovery
    if recovery:
        assert [e.reason for e in net.events(ChildDown, net.cores[0])] == ["invalid-spi"]
        assert len(net.notices("invalid_spi_recovery")) == 1
    else:
        assert net.notices("invalid_spi_no_sa")


def test_recovery_is_damped():
    b = replace(settings(B, "ios", OFF), invalid_spi_recovery=True)
    net = Network([IkeCore(b, Rng(1, "B"), ModelCrypto())])
    for second in range(150):
        net.run_until(second * SECOND)
        net.cores[0].invalid_spi(B, A, 0x1234, net.now_us)
    started = net.notices("invalid_spi_recovery")
    assert [n.details["provocations"] for n in started] == [1, 61, 121]


C = parse_ip("203.0.113.3")


def with_two_peers(**entry):
    a = settings(A, "ios", Dpd("periodic", 10, 2, 5))
    a = change_child(a, peers=(B, C), **entry)
    a = replace(a, peers=(*a.peers, PeerSettings(Prefix(C, 32), b"Lab-Only-Key", Dpd("periodic", 10, 2, 5))))
    b = settings(B, "ios", OFF)
    c = replace(
        b,
        hostname="C",
        listening=(C,),
        children=(replace(b.children[0], local=C),),
    )
    cores = [IkeCore(s, Rng(1, s.hostname), ModelCrypto()) for s in (a, b, c)]
    net = Network(cores)
    want(net)
    return net.run_until(5 * SECOND)


def without(peer):
    """What passes while `peer` is unreachable."""
    return lambda datagram, now: peer not in (datagram.local, datagram.remote)


def tries(net, from_s, to_s):
    """Let traffic ask every second; return the peers that were sent a first message, in order."""
    before = len(net.messages(net.cores[0]))
    for second in range(from_s, to_s):
        net.run_until(second * SECOND)
        if not net.cores[0].children:
            want(net)
    first = [m.remote for m in net.messages(net.cores[0])[before:] if m.number == 1 and m.exchange == "main"]
    return list(dict.fromkeys(first))


def test_a_dead_peer_is_followed_by_the_next_of_the_list():
    net = with_two_peers()
    assert net.cores[0].children[0].peer == B
    net.filter = without(B)
    net.run_until(40 * SECOND)
    assert not net.cores[0].children and net.notices("next_peer")
    assert tries(net, 40, 45) == [C]
    # B comes back: nobody returns by itself
    net.filter = None
    net.run_until(200 * SECOND)
    assert net.cores[0].children[0].peer == C
    # and when C dies, the list begins again
    net.filter = without(C)
    assert tries(net, 201, 230) == [B]


def test_with_a_default_peer_every_death_is_followed_by_another_try_of_it():
    net = with_two_peers(default_peer=True)
    net.filter = without(B)
    net.run_until(40 * SECOND)
    # the default itself is tried again, for the minute that an attempt takes to fail, then the next one
    assert tries(net, 40, 95) == [B] and not net.cores[0].children
    assert tries(net, 95, 110) == [C] and net.cores[0].children[0].peer == C
    net.filter = None
    net.run_until(200 * SECOND)
    assert net.cores[0].children[0].peer == C, "nobody returns by itself here either"
    net.filter = without(C)
    assert tries(net, 201, 230) == [B]


def test_with_three_peers_the_default_is_what_follows_a_death_the_list_what_follows_a_failure():
    def current(default):
        net = with_two_peers(default_peer=default)
        core, third = net.cores[0], parse_ip("203.0.113.9")
        policy = replace(core.settings.children[0], peers=(B, C, third))
        core.settings = replace(core.settings, children=(policy,))
        peers, seen = PeerLists(core), []
        for peer, died in ((B, False), (C, True), (B, False), (C, False), (third, False)):
            peers.failed(peer, died=died)
            seen.append(peers.current(policy, policy.selectors[0]))
        return seen

    third = parse_ip("203.0.113.9")
    assert current(True) == [C, B, C, third, B]
    assert current(False) == [C, third, third, third, B]


def test_an_attempt_that_fails_moves_on_and_wraps_around():
    net = with_two_peers()
    net.filter = lambda datagram, now: False
    net.run_until(40 * SECOND)
    tried = []
    for round_ in range(3):
        want(net)
        net.run_until((110 + 70 * round_) * SECOND)
        tried.append(net.messages(net.cores[0])[-1].remote)
    assert tried == [C, B, C]


def test_the_key_is_found_by_the_longest_prefix():
    b = settings(B)
    anyone = PeerSettings(Prefix(0, 0), b"wrong", ASA_DPD)
    net = established(b=replace(b, peers=(anyone, *b.peers)))
    assert net.events(IkeUp)
    assert not established(b=replace(b, peers=(anyone,))).events(IkeUp)


def test_deletes_are_single_shots():
    net = established(settings(A, dpd=OFF), settings(B, dpd=OFF))
    net.filter = lambda datagram, now: "D" not in datagram.payloads
    net.cores[0].terminate(None, net.now_us)
    net.run_until(1000 * SECOND)
    assert net.cores[1].children  # lost for good
    assert len([m for m in net.timed(SendDatagram) if "D" in m[1].payloads]) == 2


def test_responder_may_install_inbound_early():
    for early, directions in ((True, ["in", "out"]), (False, ["both"])):
        b = replace(settings(B), overrides={"responder_preinstall_inbound": early})
        net = established(b=b)
        assert [event.direction for event in net.events(ChildUp, net.cores[1])] == directions
