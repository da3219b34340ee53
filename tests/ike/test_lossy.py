"""Two cores over a bad link: they agree in the end, or give up cleanly; never a broken state."""

from dataclasses import replace

import pytest

from ipsec_edu.core.units import MS, SECOND
from ipsec_edu.ike.settings import Dpd
from tests.ike.link import Weather
from tests.ike.pair import A, B, change_child, change_peer, network, settings, want

STORM = Weather(loss=0.25, duplicate=0.2, jitter_us=400 * MS, delay_us=20 * MS)


def mirrored(pairs):
    return {(outbound, inbound) for inbound, outbound in pairs}


def calm(net, until_s):
    """Better weather, and time for what is under way to end."""
    net.weather = Weather()
    net.run_until(net.now_us + until_s * SECOND)


@pytest.mark.parametrize("seed", range(25))
@pytest.mark.parametrize("mode", ["main", "aggressive"])
@pytest.mark.parametrize("platform", ["asa", "ios", "strongswan"])
def test_storm_then_calm(platform, mode, seed):
    a = change_peer(settings(A, platform, Dpd()), mode=mode)
    b = change_peer(settings(B, platform, Dpd()), mode=mode)
    net = network(a, b, seed=seed, weather=STORM)
    want(net)
    if seed % 3 == 0:
        want(net, 1)
    net.run_until(70 * SECOND)
    calm(net, 200)
    one, two = net.cores
    for core in net.cores:
        for sa in core.ike_sas:
            assert sa.up or sa.failed
            assert all(quick.state.name in ("DONE", "GONE") for quick in sa.quick.values())
        assert net.installed(core) == {(c.inbound_spi, c.outbound_spi) for c in core.children}
    # Every SA that both ends know has the same keys, crossed over.
    for child in one.children:
        twin = next((c for c in two.children if c.inbound_spi == child.outbound_spi), None)
        if twin is not None:
            assert twin.outbound_spi == child.inbound_spi
            assert twin.outbound_keys == child.inbound_keys and twin.inbound_keys == child.outbound_keys
    # Nobody is left with an SA that the other end does not have, unless a lost Delete, or an
    # INITIAL-CONTACT that overtook the other side's own beginning, explains it.
    orphans = net.installed(one) ^ mirrored(net.installed(two))
    deletes = [m for m in net.messages() if "D" in m.payloads]
    flushed = any(n.details["flushed"] for n in net.notices("initial_contact_received"))
    assert not orphans or deletes or flushed or net.notices("phase2_failed")


def test_most_storms_are_survived():
    survived = 0
    for seed in range(30):
        net = network(seed=seed, weather=STORM)
        want(net)
        net.run_until(40 * SECOND)
        pairs = net.installed(net.cores[0])
        survived += bool(pairs) and pairs == mirrored(net.installed(net.cores[1]))
    assert survived >= 20


def test_without_repetition_a_storm_is_fatal():
    """Negative control of the tests above: it is retransmission that survives the storm."""
    survived = 0
    for seed in range(30):
        stubborn = {"retransmit_tries": 0}
        a = replace(settings(A), overrides=stubborn)
        b = replace(settings(B), overrides=stubborn)
        net = network(a, b, seed=seed, weather=replace(STORM, duplicate=0))
        want(net)
        net.run_until(40 * SECOND)
        survived += bool(net.installed(net.cores[0]))
    assert survived < 15


@pytest.mark.parametrize("lost", range(1, 10))
def test_any_one_lost_message_is_repeated(lost):
    net = network()
    count = 0

    def lose(datagram, now_us):
        nonlocal count
        count += 1
        return count != lost

    net.filter = lose
    want(net)
    net.run_until(60 * SECOND)
    assert net.installed(net.cores[0]) == mirrored(net.installed(net.cores[1])) != set()
    assert [m for m in net.messages() if m.retransmission]


def test_a_lossless_link_repeats_nothing():
    net = network()
    want(net)
    net.run_until(60 * SECOND)
    assert not [m for m in net.messages() if m.retransmission]


def test_every_message_doubled_changes_nothing():
    net = network(weather=Weather(duplicate=1.0, jitter_us=5 * MS))
    want(net)
    net.run_until(5 * SECOND)
    one, two = net.cores
    assert len(one.children) == len(two.children) == 1
    assert net.installed(one) == mirrored(net.installed(two))
    assert net.notices("duplicate_packet")


def test_simultaneous_initiation_makes_two_of_everything():
    net = network()
    want(net, 0)
    want(net, 1)
    net.run_until(5 * SECOND)
    one, two = net.cores
    assert len(one.ike_sas) == len(two.ike_sas) == 2
    assert len(one.children) == len(two.children) == 2
    assert net.installed(one) == mirrored(net.installed(two))
    # control: if only one begins there is one of each
    single = network()
    want(single)
    single.run_until(5 * SECOND)
    assert len(single.cores[0].ike_sas) == len(single.cores[1].children) == 1


def test_rekeying_in_bad_weather_never_leaves_a_gap():
    light = Weather(loss=0.1, duplicate=0.1, jitter_us=50 * MS, delay_us=20 * MS)
    # without dead-peer detection: at this loss it would sooner or later give up a living peer
    a = change_child(settings(A, dpd=Dpd()), lifetime_s=120)
    b = change_child(settings(B, dpd=Dpd()), lifetime_s=120)
    net = network(a, b, seed=5, weather=light)
    want(net)
    net.run_until(60 * SECOND)
    assert net.cores[0].children
    for moment in range(60, 900, 5):
        net.run_until(moment * SECOND)
        assert net.installed(net.cores[0]) & mirrored(net.installed(net.cores[1])), moment
    assert len(net.notices("phase2_up", net.cores[0])) > 5
