"""When routes are computed and LSAs announced, to the microsecond."""

from itertools import pairwise

from ipsec_edu.core.timers import Timer, Timers
from ipsec_edu.core.units import MS, SECOND
from ipsec_edu.routing.ospf.backoff import Backoff
from ipsec_edu.routing.settings import Throttle
from ipsec_edu.wire.ospf_lsa import ROUTER_LSA
from tests.routing.ospf.fake_net import SLOW, pair


def runs(asked_ms, throttle=None):
    """Return when a computation runs (ms) that is asked for at these times (ms)."""
    backoff, due, done = Backoff(throttle or Throttle(50, 200, 5000)), None, []
    for at in asked_ms:
        if due is not None and due <= at * MS:
            backoff.ran(due)
            done.append(due // MS)
            due = None
        if due is None:
            due = backoff.when(at * MS)
    return [*done, due // MS]


def test_the_first_request_waits_the_initial_time():
    assert runs([0]) == [50]
    assert runs([0, 10, 49]) == [50]
    assert runs([0], Throttle(0, 5000, 5000)) == [0]


def test_requests_within_the_hold_time_wait_for_its_end_and_double_it():
    # runs at 50; asked at 100: hold time until 250, the next is 400; asked at 300: until 650, and so on
    assert runs([0, 100, 300, 700, 1500]) == [50, 250, 650, 1450, 3050]
    # without the doubling the third run would be at 450
    assert runs([0, 100, 300], Throttle(50, 200, 200)) == [50, 250, 450]


def test_the_hold_time_has_a_maximum():
    often = runs(range(0, 40_000, 10))
    gaps = [later - earlier for earlier, later in pairwise(often)]
    assert gaps == [200, 400, 800, 1600, 3200, 5000, 5000, 5000, 5000, 5000, 5000, 5000][: len(gaps)]


def test_after_the_hold_time_a_request_waits_the_initial_time():
    assert runs([0, 250]) == [50, 300]
    assert runs([0, 249]) == [50, 299]  # the hold time ends at 250, but nothing is computed at once


def test_a_quiet_period_of_twice_the_last_wait_starts_over():
    assert runs([0, 100, 250 + 800, 1200]) == [50, 250, 1100, 1300]
    # a moment sooner the hold time of 400 ms still counts
    assert runs([0, 100, 250 + 799, 1200]) == [50, 250, 1099, 1499]


def test_timers_go_off_in_order_and_a_stopped_one_does_not():
    timers, seen = Timers(), []
    one, two, three = (Timer(lambda now_us, name=name: seen.append((name, now_us))) for name in "abc")
    timers.arm(one, 30)
    timers.arm(two, 20)
    timers.arm(three, 20)
    timers.arm(one, 10)
    three.stop()
    assert timers.next_us() == 10
    timers.run(25)
    assert seen == [("a", 25), ("b", 25)] and timers.next_us() is None


def spf_times(net, name, since):
    return [round((at - since) / MS) for at in net.spf_log[name] if at >= since]


def watch(net, name):
    """Note when a router computes routes."""
    core = net.cores[name]
    net.spf_log = {name: []}
    compute = core._spf_timer.action
    core._spf_timer.action = lambda now_us: (net.spf_log[name].append(now_us), compute(now_us))


def test_a_router_computes_routes_no_sooner_and_no_later_than_the_throttle_says():
    net = pair(lsa=Throttle(0, 0, 0), spf=Throttle(50, 200, 5000)).run(60)
    watch(net, "r1")
    start = net.now_us
    for _ in range(4):
        net.unplug("r1", "b")
        net.run(0.1)
        net.plug("r1", "b")
        net.run(0.1)
    net.run(5)
    assert spf_times(net, "r1", start)[:3] == [50, 250, 650]
    quick = pair(lsa=Throttle(0, 0, 0), spf=Throttle(1, 1, 1)).run(60)
    watch(quick, "r1")
    start = quick.now_us
    quick.unplug("r1", "b")
    quick.run(0.1)
    assert spf_times(quick, "r1", start) == [1]
    assert quick.cores["r1"].spf.last_us == start + MS


def instances(net, name, since):
    """When a router made a new router LSA, ms after `since`."""
    key = (ROUTER_LSA, net.settings[name].router_id, net.settings[name].router_id)
    times = {}
    for at, who, event in net.sent:
        for lsa in getattr(event.packet.body, "lsas", ()) if who == name and at >= since else ():
            if lsa.key == key:
                times.setdefault(lsa.header.sequence, (at - since) // MS)
    return list(times.values())


def test_a_router_announces_a_flapping_link_no_oftener_than_the_throttle_says():
    def flap(lsa):
        net = pair(lsa=lsa).run(60)
        start = net.now_us
        for _ in range(10):
            net.unplug("r1", "b")
            net.run(0.5)
            net.plug("r1", "b")
            net.run(0.4)
        net.run(20)
        return instances(net, "r1", start)

    held = flap(Throttle(0, 5000, 5000))
    assert held[:2] == [0, 5000] and len(held) <= 5
    assert len(flap(Throttle(0, 0, 0))) >= 20


def test_an_own_lsa_is_announced_anew_every_half_hour_and_no_other_is_lost():
    net = pair(ports=SLOW).run(60)
    start = net.now_us
    net.run(4 * 1800)
    times = instances(net, "r1", start)
    assert len(times) == 4
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert gaps == [1800_000] * 3
    assert net.agree() and net.via("r1", "10.255.0.2/32") == ["a 10.0.1.2"]
    assert net.moved_us("r1", start) is None
    # a router that is gone for an hour takes its LSAs with it
    net.crash("r2")
    net.run(3700)
    assert [entry.key[2] for entry in net.cores["r1"].lsdb] == [1]
    assert net.now_us > 3600 * SECOND
