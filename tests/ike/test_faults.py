"""Fifteen ways to break a site-to-site tunnel, as far as IKE is concerned.

For each: the last message that is seen, the state at both ends in the ASA's words, what the log can say;
and the same network without the fault works.
"""

from dataclasses import dataclass, field, replace

import pytest

from ipsec_edu.core.acl import Selector
from ipsec_edu.core.addr import Prefix, parse_ip
from ipsec_edu.core.units import SECOND
from ipsec_edu.ike.settings import TransformSet
from ipsec_edu.ike.tables import asa_state, ios_state
from tests.ike.pair import (
    LAN_B,
    POLICY,
    A,
    B,
    change_child,
    change_peer,
    established,
    network,
    settings,
    want,
)

AES128 = replace(POLICY, key_bits=128)
OTHER_TS = TransformSet("X", "3des", 0, "md5")
NOT_MIRRORED = (Selector(LAN_B, Prefix.parse("192.168.77.0/24")),)


@dataclass
class Fault:
    """What is wrong, and what is seen 5 seconds after traffic asked for a tunnel."""

    a: dict = field(default_factory=dict)
    b: dict = field(default_factory=dict)
    last: tuple = ()
    """Exchange and number of the last message that is no Informational."""
    states: tuple = ()
    """ASA's words at initiator and responder (None: no SA)."""
    notices: tuple = ()
    notify: str | None = None
    blocked_port: int | None = None


def build(own, platform, policies=None, psk=b"Lab-Only-Key", child=None, peer=None, **rest):
    base = settings(own, platform, psk=psk)
    if child:
        base = change_child(base, **child)
    if peer:
        base = change_peer(base, **peer)
    if policies:
        rest["policies"] = policies
    return replace(base, **rest)


FAULTS = {
    "1 PSK differs": Fault(
        b={"psk": b"other"},
        last=("main", 5),
        states=("MM_WAIT_MSG6", "MM_WAIT_MSG5"),
        notices=("psk_mismatch_suspected",),
        notify="PAYLOAD-MALFORMED",
    ),
    "2 phase 1 encryption differs": Fault(
        b={"policies": (AES128,)},
        last=("main", 1),
        states=("MM_WAIT_MSG2", None),
        notices=("phase1_no_proposal", "phase1_refused"),
        notify="NO-PROPOSAL-CHOSEN",
    ),
    "2 phase 1 hash differs": Fault(
        b={"policies": (replace(POLICY, hash="md5"),)},
        last=("main", 1),
        states=("MM_WAIT_MSG2", None),
        notices=("phase1_no_proposal",),
        notify="NO-PROPOSAL-CHOSEN",
    ),
    "3 phase 1 group differs": Fault(
        b={"policies": (replace(POLICY, group=2),)},
        last=("main", 1),
        states=("MM_WAIT_MSG2", None),
        notices=("phase1_no_proposal",),
        notify="NO-PROPOSAL-CHOSEN",
    ),
    "4 transform set differs": Fault(
        b={"child": {"transform_sets": (OTHER_TS,)}},
        last=("quick", 1),
        states=(None, None),
        notices=("phase2_no_proposal", "phase2_refused", "session_torn_down"),
        notify="NO-PROPOSAL-CHOSEN",
    ),
    "5 access list not mirrored": Fault(
        b={"child": {"selectors": NOT_MIRRORED}},
        last=("quick", 1),
        states=(None, None),
        notices=("phase2_no_selector", "phase2_refused", "session_torn_down"),
        notify="INVALID-ID-INFORMATION",
    ),
    "8 wrong peer address": Fault(
        a={
            "child": {"peers": (parse_ip("203.0.113.99"),)},
            "peer": {"peer": Prefix.parse("203.0.113.99")},
        },
        last=("main", 1),
        states=("MM_WAIT_MSG2", None),
        notices=(),
    ),
    "8 no tunnel-group for the source": Fault(
        b={"peers": ()},
        last=("main", 3),
        states=("MM_WAIT_MSG4", "MM_WAIT_MSG3"),
        notices=("no_key_for_peer",),
    ),
    "9 no crypto map on the responder": Fault(
        b={"children": ()},
        last=("quick", 1),
        states=(None, None),
        notices=("phase2_no_selector",),
        notify="INVALID-ID-INFORMATION",
    ),
    "10 PFS only at the responder": Fault(
        b={"child": {"pfs_group": 5}},
        last=("quick", 1),
        states=(None, None),
        notices=("pfs_required", "phase2_refused"),
        notify="NO-PROPOSAL-CHOSEN",
    ),
    "12 IKE not enabled": Fault(
        b={"listening": ()},
        last=("main", 1),
        states=("MM_WAIT_MSG2", None),
        notices=(),
    ),
    "13 identity is not the expected one": Fault(
        a={"peer": {"identity": "hostname"}},
        last=("main", 5),
        states=("MM_WAIT_MSG6", "MM_WAIT_MSG5"),
        notices=("identity_mismatch",),
    ),
}
HARMLESS = {
    "10 PFS only at the initiator": Fault(a={"child": {"pfs_group": 5}}),
    "11 lifetimes differ": Fault(b={"child": {"lifetime_s": 3600}}),
    "5 the responder's access list is wider": Fault(
        b={"child": {"selectors": (Selector(LAN_B, Prefix(0, 0)),)}}
    ),
}


def run(fault, platform="asa", seconds=5):
    net = network(build(A, platform, **fault.a), build(B, platform, **fault.b))
    want(net)
    return net.run_until(seconds * SECOND)


def state_words(core, words=asa_state):
    return words(core.ike_sas[0].state, core.ike_sas[0].mode) if core.ike_sas else None


@pytest.mark.parametrize("name", FAULTS)
def test_fault(name):
    fault = FAULTS[name]
    net = run(fault)
    exchange = [m for m in net.messages() if m.exchange != "informational"]
    assert (exchange[-1].exchange, exchange[-1].number) == fault.last
    assert tuple(state_words(core) for core in net.cores) == fault.states
    for code in fault.notices:
        assert net.notices(code), code
    said = [m.notify for m in net.messages() if m.exchange == "informational" and m.notify]
    assert said == ([fault.notify] if fault.notify else [])
    assert not net.cores[0].children and not net.cores[1].children
    # control: without the fault there is a tunnel
    assert established().cores[0].children


@pytest.mark.parametrize("name", HARMLESS)
def test_differences_that_do_no_harm(name):
    net = run(HARMLESS[name])
    assert net.cores[0].children and net.cores[1].children


def test_pfs_on_one_side_is_a_one_way_trap():
    net = network(b=change_child(settings(B), pfs_group=5))
    want(net, 1)  # the side with PFS begins
    net.run_until(2 * SECOND)
    assert net.cores[0].children
    assert not run(FAULTS["10 PFS only at the responder"]).cores[0].children


def test_the_smaller_lifetime_is_used_by_both():
    net = run(HARMLESS["11 lifetimes differ"])
    assert [core.children[0].lifetime_s for core in net.cores] == [3600, 3600]
    reply = next(m for m in net.messages() if m.exchange == "quick" and m.number == 2)
    assert reply.notify == "RESPONDER-LIFETIME"
    assert [core.children[0].lifetime_s for core in established().cores] == [28800, 28800]


def test_what_differs_in_phase_1_is_named():
    differs = {
        name: run(fault).notices("phase1_no_proposal")[0].details["differs"]
        for name, fault in FAULTS.items()
        if name.startswith(("2", "3"))
    }
    assert list(differs.values()) == [("encryption",), ("hash",), ("group",)]


def test_14_blocked_udp_4500_looks_like_a_wrong_key_but_for_the_port():
    from tests.ike.test_exchanges import Nat

    outside = parse_ip("198.51.100.9")

    def attempt(blocked):
        b = replace(settings(B), peers=(replace(settings(B).peers[0], peer=Prefix(outside, 32)),))
        net = network(settings(A), change_child(b, peers=(outside,)))
        want(net)
        nat = Nat(net, outside)
        pass_on = nat.pass_on
        nat.pass_on = lambda core, event: (
            None if blocked and event.remote_port == 4500 else pass_on(core, event)
        )
        nat.run(5 * SECOND)
        return net

    net = attempt(True)
    sent = [m for m in net.messages(net.cores[0]) if m.exchange == "main"]
    assert (sent[-1].number, sent[-1].remote_port) == (5, 4500)
    assert tuple(state_words(core) for core in net.cores) == ("MM_WAIT_MSG6", "MM_WAIT_MSG5")
    assert not net.notices("psk_mismatch_suspected")
    assert attempt(False).cores[0].children


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("1 PSK differs", ("MM_KEY_EXCH", "MM_KEY_EXCH")),
        ("2 phase 1 hash differs", ("MM_NO_STATE", None)),
        ("12 IKE not enabled", ("MM_NO_STATE", None)),
    ],
)
def test_the_same_in_ios_words(name, words):
    net = run(FAULTS[name], "ios")
    assert tuple(state_words(core, ios_state) for core in net.cores) == words


def test_ios_keeps_phase_1_when_phase_2_fails():
    net = run(FAULTS["4 transform set differs"], "ios")
    assert [state_words(core, ios_state) for core in net.cores] == ["QM_IDLE", "QM_IDLE"]
    assert [state_words(core) for core in run(FAULTS["4 transform set differs"], "asa").cores] == [None, None]


def test_ios_shows_a_dead_attempt_for_a_minute():
    fault = FAULTS["12 IKE not enabled"]
    net = run(fault, "ios", 61)
    sa = net.cores[0].ike_sas[0]
    assert sa.failed and ios_state(sa.state) == "MM_NO_STATE"
    assert run(fault, "ios", 121).cores[0].ike_sas == []
    assert run(fault, "asa", 33).cores[0].ike_sas == []


@pytest.mark.parametrize(
    ("platform", "times", "gives_up"),
    [
        ("ios", [0, 10, 20, 30, 40, 50], 60),
        ("asa", [0, 8, 16, 24], 32),
        ("strongswan", [0, 4, 11.2, 24.16, 47.488, 89.4784], 165.06112),
    ],
)
def test_schedule_of_repetitions(platform, times, gives_up):
    from ipsec_edu.ike.events import IkeDown, SendDatagram

    net = run(FAULTS["12 IKE not enabled"], platform, 200)
    sent = [at / SECOND for at, _ in net.timed(SendDatagram, net.cores[0])]
    assert sent == pytest.approx(times, abs=1e-4)
    assert net.timed(IkeDown, net.cores[0])[0][0] / SECOND == pytest.approx(gives_up, abs=1e-3)


def test_an_unprotected_refusal_is_believed_by_strongswan_only():
    fault = FAULTS["2 phase 1 hash differs"]
    assert run(fault, "strongswan").cores[0].ike_sas == []
    assert run(fault, "asa").cores[0].ike_sas != []


def test_after_failure_the_next_packet_begins_again():
    net = run(FAULTS["12 IKE not enabled"], seconds=33)
    before = len(net.messages())
    net.run_until(40 * SECOND)
    assert len(net.messages()) == before
    want(net)
    net.run_until(41 * SECOND)
    assert len(net.messages()) == before + 1
    assert len({m.cookies[0] for m in net.messages()}) == 2
