"""Dead-peer detection in its modes: when it asks, when it gives up, what it takes along."""

from itertools import pairwise

import pytest

from ipsec_edu.core.units import SECOND
from ipsec_edu.ike.events import ChildDown, DpdStep, IkeDown
from ipsec_edu.ike.settings import Dpd
from tests.ike.pair import ASA_DPD, A, B, established, settings, want

OFF = Dpd()
PERIODIC = Dpd("periodic", 10, 2, 5)
ON_DEMAND = Dpd("on-demand", 10, 2, 5)
STRONGSWAN = Dpd("timeout", 5, timeout_s=15)


def cut_at(net, at_s, mend_s=10_000):
    net.filter = lambda datagram, now: not at_s * SECOND <= now < mend_s * SECOND


def steps(net, event, core=None):
    return [at / SECOND for at, step in net.timed(DpdStep, core or net.cores[0]) if step.event == event]


PATIENT = Dpd("semi-periodic", 3600, 2, 3)
"""Of a peer that answers (an ASA without DPD would not) but does not ask."""


def pair(dpd, platform="asa", other=PATIENT):
    return established(settings(A, platform, dpd), settings(B, platform, other))


def busy(net, until_s, heard=True, sent=True, every_s=1):
    """Let ESP flow: one packet each way per second, until the cut."""
    for second in range(2, until_s, every_s):
        net.run_until(second * SECOND)
        for child in net.cores[0].children:
            if heard:
                child.liveness.heard_us = net.now_us
            if sent:
                child.liveness.sent_us = net.now_us
    net.run_until(until_s * SECOND)


def test_asa_finds_a_silent_peer_dead_after_16_seconds():
    net = pair(ASA_DPD)
    busy(net, 30)
    heard = net.cores[0].children[0].liveness.heard_us / SECOND
    cut_at(net, 30)
    net.run_until(60 * SECOND)
    assert steps(net, "probe")[-3:] == [heard + 10, heard + 12, heard + 14]
    assert steps(net, "dead") == [heard + 16]
    down = net.timed(ChildDown, net.cores[0])
    assert [(at / SECOND, event.reason) for at, event in down] == [(heard + 16, "dpd")]
    assert net.events(IkeDown, net.cores[0])[0].reason == "dpd"
    assert not net.cores[0].ike_sas and not net.cores[0].children


def test_off_never_notices():
    net = pair(OFF)
    cut_at(net, 2)
    net.run_until(1000 * SECOND)
    assert net.cores[0].children and not steps(net, "probe")


def test_a_living_peer_is_never_given_up():
    net = pair(ASA_DPD)
    net.run_until(600 * SECOND)
    assert len(steps(net, "probe")) == len(steps(net, "answered")) > 20
    assert net.cores[0].children and not steps(net, "dead")


def test_semi_periodic_is_silent_while_esp_arrives():
    net = pair(ASA_DPD)
    busy(net, 120)
    assert steps(net, "probe") == []
    idle = pair(ASA_DPD)
    idle.run_until(120 * SECOND)
    assert steps(idle, "probe")


def test_periodic_asks_whatever_arrives():
    net = pair(PERIODIC, "ios")
    busy(net, 65)
    probes = steps(net, "probe")
    assert len(probes) == 6
    assert {round(b - a, 3) for a, b in pairwise(probes)} == {10.0}


@pytest.mark.parametrize("cut_s", [31, 35, 39])
def test_ios_periodic_takes_10_to_20_seconds_from_the_last_contact(cut_s):
    net = pair(PERIODIC, "ios")
    busy(net, cut_s)
    heard = net.cores[0].children[0].liveness.heard_us / SECOND
    cut_at(net, cut_s)
    net.run_until(90 * SECOND)
    (dead,) = steps(net, "dead")
    assert 10 <= dead - heard <= 20.1
    assert len([p for p in steps(net, "probe") if p >= cut_s]) == 5


def test_on_demand_asks_only_with_something_to_send():
    idle = pair(ON_DEMAND, "ios")
    cut_at(idle, 2)
    idle.run_until(2000 * SECOND)
    assert steps(idle, "probe") == [] and idle.cores[0].children
    # a one-way receiver never notices either
    sink = pair(ON_DEMAND, "ios")
    busy(sink, 30, heard=True, sent=False)
    cut_at(sink, 30)
    sink.run_until(2000 * SECOND)
    assert sink.cores[0].children
    # a sender does, 20 s after the last news
    sender = pair(ON_DEMAND, "ios")
    busy(sender, 30)
    cut_at(sender, 30)
    last = sender.cores[0].children[0].liveness.heard_us / SECOND
    busy_after = sender.cores[0].children[0].liveness
    for second in range(30, 60):
        busy_after.sent_us = second * SECOND
        sender.run_until(second * SECOND)
    assert steps(sender, "dead") and 20 <= steps(sender, "dead")[0] - last <= 30


def test_on_demand_does_not_worry_about_the_silence_after_an_answer():
    """A hub that only ever answers: its last answer left a moment after the last packet came."""
    hub = pair(ON_DEMAND, "ios")
    busy(hub, 30)
    hub.cores[0].children[0].liveness.sent_us += 1000
    cut_at(hub, 30)
    hub.run_until(300 * SECOND)
    assert steps(hub, "probe") == [] and hub.cores[0].children
    # the first packet that it wants to send of its own accord is reason enough
    hub.cores[0].children[0].liveness.sent_us = 301 * SECOND
    hub.run_until(400 * SECOND)
    assert 301 <= steps(hub, "probe")[0] <= 303 and not hub.cores[0].children


def test_strongswan_counts_from_the_last_thing_received():
    net = pair(STRONGSWAN, "strongswan")
    busy(net, 20)
    heard = net.cores[0].children[0].liveness.heard_us / SECOND
    cut_at(net, 20)
    net.run_until(60 * SECOND)
    assert [p for p in steps(net, "probe") if p > 20] == [heard + 5, heard + 10]
    assert steps(net, "dead") == [heard + 15]


def test_strongswan_without_timeout_uses_its_retransmission_schedule():
    net = pair(Dpd("timeout", 5), "strongswan")
    busy(net, 20)
    heard = net.cores[0].children[0].liveness.heard_us / SECOND
    cut_at(net, 20)
    net.run_until(300 * SECOND)
    assert steps(net, "dead") == [pytest.approx(heard + 165.06, abs=0.01)]
    assert len([p for p in steps(net, "probe") if p > 20]) == 33


def test_strongswan_restarts_at_the_moment_of_death():
    from dataclasses import replace

    from ipsec_edu.ike.events import SendDatagram

    a = replace(settings(A, "strongswan", STRONGSWAN), overrides={"dead_peer_action": "restart"})
    net = established(a, settings(B, "strongswan"))
    busy(net, 20)
    cut_at(net, 20, 60)
    net.run_until(120 * SECOND)
    (dead,) = steps(net, "dead")
    sent = [
        at / SECOND
        for at, m in net.timed(SendDatagram, net.cores[0])
        if m.exchange == "main" and at > 20 * SECOND
    ]
    assert sent[:5] == pytest.approx([dead, dead + 4, dead + 11.2, dead + 24.16, dead + 47.488], abs=1e-3)
    # mended at 60 s, back with the next repetition, not before
    assert net.cores[0].children
    up = net.notices("phase2_up", net.cores[0])
    assert len(up) == 2


def test_restart_gives_up_after_its_tries():
    from dataclasses import replace

    for tries, attempts in ((1, 1), (2, 2)):
        changes = {"dead_peer_action": "restart", "keying_tries": tries}
        a = replace(settings(A, "strongswan", STRONGSWAN), overrides=changes)
        net = established(a, settings(B, "strongswan"))
        cut_at(net, 2)
        net.run_until(900 * SECOND)
        assert len(net.notices("phase1_started", net.cores[0])) == 1 + attempts


def test_cisco_waits_for_traffic_after_death():
    net = pair(ASA_DPD)
    cut_at(net, 2, 30)
    net.run_until(60 * SECOND)
    assert not net.cores[0].ike_sas
    want(net)
    net.run_until(61 * SECOND)
    assert net.cores[0].children


def test_repeated_questions_keep_their_number_except_with_strongswan():
    for dpd, platform, distinct in ((ASA_DPD, "asa", 1), (STRONGSWAN, "strongswan", 2)):
        net = pair(dpd, platform)
        cut_at(net, 2)
        net.run_until(40 * SECOND)
        numbers = [m.sequence for m in net.messages(net.cores[0]) if m.notify == "R-U-THERE"]
        assert len(numbers) >= 2 and len(set(numbers)) == distinct


def test_an_answer_echoes_the_number():
    net = pair(ASA_DPD)
    net.run_until(12 * SECOND)
    question, answer = (m for m in net.messages() if m.sequence is not None)
    assert (question.notify, answer.notify) == ("R-U-THERE", "R-U-THERE-ACK")
    assert question.sequence == answer.sequence
    assert net.cores[0].ike_sas[0].dpd.acknowledged == net.cores[1].ike_sas[0].dpd.received == 1


def test_a_peer_that_does_not_know_dpd_is_not_asked():
    """An ASA with keepalives disabled does not send the vendor ID."""
    net = pair(ASA_DPD, "asa", OFF)
    assert not net.cores[0].ike_sas[0].peer_dpd
    net.run_until(60 * SECOND)
    assert steps(net, "probe") == []


def test_a_delete_travels_on_death_where_the_platform_sends_one():
    for platform, dpd, deletes in (("asa", ASA_DPD, 1), ("strongswan", STRONGSWAN, 0)):
        net = established(
            settings(A, platform, dpd), settings(B, platform, ASA_DPD if platform == "asa" else OFF)
        )
        cut_at(net, 2)
        net.run_until(100 * SECOND)
        assert len([m for m in net.messages(net.cores[0]) if "D" in m.payloads]) == deletes
