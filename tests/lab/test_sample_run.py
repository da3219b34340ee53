"""The run that everything is explained by: a silent cut at 30 s, mended at 60 s."""

from __future__ import annotations

import pytest

from ipsec_edu import Lab
from ipsec_edu.core.units import to_us
from ipsec_edu.run import Run

CUT = "30 cut ASA1:GigabitEthernet0/1"
MEND = "60 mend ASA1:GigabitEthernet0/1"


@pytest.fixture(scope="module")
def run() -> Run:
    """The site-to-site lab, cut and mended."""
    return Lab.load("site-to-site").run(faults=[CUT, MEND])


def at(*seconds: float) -> list[int]:
    """Times as the trace has them."""
    return [to_us(s) for s in seconds]


def test_the_first_ping_wakes_ike_and_is_lost(run: Run) -> None:
    first, second = run.flows["R1>R2"][:2]
    assert (first.cause, first.where, first.answered_us) == ("no_sa_pending", "ASA1", None)
    assert second.answered_us == to_us(2.084)


def test_nine_messages_build_the_tunnel(run: Run) -> None:
    flight = [m for m in run.messages if m.at_us < to_us(2)]
    assert [(m.exchange, m.number) for m in flight] == [("main", n) for n in range(1, 7)] + [
        ("quick", n) for n in (1, 2, 3)
    ]
    assert [m.size for m in flight] == [180, 160, 308, 308, 92, 76, 188, 188, 60]
    assert [m.at_us for m in flight] == at(1.001, 1.041, 1.081, 1.121, 1.161, 1.201, 1.241, 1.281, 1.321)
    assert [m.encrypted for m in flight] == [False] * 4 + [True] * 5
    assert {m.sender for m in flight} == {"ASA1", "ASA2"}


def test_dead_peer_detection_counts_from_the_last_news(run: Run) -> None:
    probes = [m.at_us for m in run.messages if m.notify == "R-U-THERE" and m.sender == "ASA1"]
    assert probes == at(39.083, 41.083, 43.083)
    died = {(sa.node, sa.kind): sa.down_us for sa in run.sas if sa.reason == "dpd"}
    assert died["ASA1", "ike"] == died["ASA1", "esp-out"] == to_us(45.083)
    assert died["ASA2", "ike"] == to_us(45.041)


def test_the_next_ping_begins_again_and_the_retransmission_after_the_mend_is_heard(run: Run) -> None:
    offers = [m for m in run.messages if m.exchange == "main" and m.number == 1 and m.at_us > to_us(30)]
    assert [m.at_us for m in offers] == at(46.001, 54.001, 62.001)
    assert [m.retransmission for m in offers] == [False, True, True]
    assert [m.arrived_us is not None for m in offers] == [False, False, True]


def test_the_ledger_splits_the_outage_to_the_microsecond(run: Run) -> None:
    outage = run.ledger("R1>R2")[-1]
    assert (outage.start_us, outage.end_us, outage.lost) == (to_us(30), to_us(63), 33)
    assert [(part.name, part.duration_s) for part in outage.parts] == [
        ("detect", 15.083),
        ("wait", 16.918),
        ("negotiate", 0.320),
        ("first packet", 0.679),
    ]


def test_mending_earlier_saves_a_whole_retransmission_interval_or_nothing(run: Run) -> None:
    lab = Lab.load("site-to-site")

    def outage_s(mend_at: float) -> float | None:
        return lab.run(faults=[CUT, f"{mend_at} mend ASA1:GigabitEthernet0/1"]).ledger()[-1].duration_s

    assert outage_s(60) == outage_s(55) == 33.0
    assert outage_s(53.4) == 25.0


def test_without_the_fault_nothing_of_this_happens() -> None:
    calm = Lab.load("site-to-site").run()
    assert len(calm.messages) == 9
    assert [outage.start_us for outage in calm.ledger()] == [to_us(1)]
    assert all(sa.down_us is None for sa in calm.sas)


def test_same_inputs_same_bytes_and_another_seed_other_cookies(run: Run) -> None:
    again = Lab.load("site-to-site").run(faults=[CUT, MEND])
    other = Lab.load("site-to-site").run(faults=[CUT, MEND], seed=2)
    assert again.to_json() == run.to_json()
    assert other.sas[0].id != run.sas[0].id
    assert [m.at_us for m in other.messages] == [m.at_us for m in run.messages]


@pytest.mark.parametrize("fidelity", ["eager", "model"])
def test_every_fidelity_gives_the_same_trace(run: Run, fidelity: str) -> None:
    other = Lab.load("site-to-site").run(faults=[CUT, MEND], fidelity=fidelity)
    ours, theirs = run.to_dict(), other.to_dict()
    assert theirs == ours


def test_the_books_balance(run: Run) -> None:
    simulation = run.simulate(run.until_us)
    simulation.world.check_books()
    assert run.trace.books.sent > 200
    simulation.trace.books.delivered += 1
    with pytest.raises(AssertionError, match="books"):
        simulation.world.check_books()


def test_a_moment_is_the_run_stopped(run: Run) -> None:
    assert "State   : MM_ACTIVE" in run.at(42).show("ASA1", "show crypto ikev1 sa")
    assert "There are no IKEv1 SAs" in run.at(45.5).show("ASA1", "show crypto ikev1 sa")
    assert "MM_WAIT_MSG2" in run.at(50).show("ASA1", "show crypto ikev1 sa")


def test_access_lists_count_what_they_decided() -> None:
    blocked = Lab.load("site-to-site").variant("esp-blocked").run(until=10).at(10)
    assert "10 deny esp any any (8 matches)" in blocked.show("ISP", "show access-lists")
    assert "(hitcnt=9)" in blocked.show("ASA1", "show access-list")
    calm = Lab.load("site-to-site").run(until=10).at(0.5)
    assert "(hitcnt=0)" in calm.show("ASA1", "show access-list")
