"""The outage ledger: parts follow each other, sum to the whole, and name what the time went to."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ipsec_edu import Lab
from ipsec_edu.core.causes import Cause
from ipsec_edu.core.units import to_us
from ipsec_edu.ledger import outages_of
from ipsec_edu.trace.records import Probe

LAB = Lab.load("site-to-site")
PORT = "ASA1:GigabitEthernet0/1"


def probe(number: int, fate: str) -> Probe:
    """A probe sent at `number` seconds: ``!`` answered, ``.`` lost, ``?`` still in flight."""
    sent_us = number * 1_000_000
    answered = sent_us + 80_000 if fate == "!" else None
    lost = sent_us + 1_000 if fate == "." else None
    return Probe("a", number, sent_us, answered, lost, Cause.LOSS if lost else None)


def gaps(fates: str) -> list[tuple[int, int | None, int]]:
    """Outages of a row of fates as (start s, end s, lost)."""
    found = outages_of("a", [probe(n, fate) for n, fate in enumerate(fates)], 100_000_000)
    return [
        (o.start_us // 1_000_000, None if o.end_us is None else o.end_us // 1_000_000, o.lost) for o in found
    ]


def test_an_outage_runs_from_the_first_unanswered_to_the_next_answered() -> None:
    assert gaps("!!!!") == []
    assert gaps("!..!!") == [(1, 3, 2)]
    assert gaps(".!.!") == [(0, 1, 1), (2, 3, 1)]
    assert gaps("!..") == [(1, None, 2)]


def test_what_is_still_in_flight_is_not_lost() -> None:
    assert gaps("!!??") == []
    assert gaps("!.?") == [(1, None, 1)]


def names(*faults: str, until: float = 120, config: str = "") -> list[str]:
    """Names of the parts of the last outage."""
    lab = LAB.configure("ASA1", config) if config else LAB
    return [part.name for part in lab.run(until=until, faults=faults).ledger()[-1].parts]


def test_a_path_that_heals_by_itself_needs_no_negotiation() -> None:
    assert names(f"30 cut {PORT}", f"34.5 mend {PORT}") == ["wait", "first packet"]


def test_a_dead_peer_costs_detection_and_negotiation() -> None:
    assert names(f"30 cut {PORT}", f"60 mend {PORT}") == ["detect", "wait", "negotiate", "first packet"]


def test_an_outage_without_end_has_no_negotiation_that_worked() -> None:
    run = LAB.run(faults=[f"30 cut {PORT}"])
    outage = run.ledger()[-1]
    assert outage.end_us is None and outage.duration_s is None
    assert [part.name for part in outage.parts] == ["detect", "wait"]
    assert outage.parts[-1].end_us == run.until_us


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    breaks=st.sampled_from(["cut", "down", "cut-out", "shutdown"]),
    at=st.integers(2, 60),
    lasts=st.integers(1, 59),
    threshold=st.integers(10, 40),
    retry=st.integers(2, 10),
)
def test_parts_follow_each_other_and_sum_to_the_outage(
    breaks: str, at: int, lasts: int, threshold: int, retry: int
) -> None:
    mends = {"cut": "mend", "down": "up", "cut-out": "mend-out", "shutdown": "no-shutdown"}[breaks]
    lab = LAB.configure("ASA1", LAB.control_lines("ASA1", {"threshold": threshold, "retry": retry}))
    run = lab.run(faults=[f"{at} {breaks} {PORT}", f"{at + lasts} {mends} {PORT}"])
    for outage in run.ledger():
        end_us = run.until_us if outage.end_us is None else outage.end_us
        marks = [outage.start_us, *(part.end_us for part in outage.parts)]
        assert [part.start_us for part in outage.parts] == marks[:-1]
        assert marks == sorted(marks) and marks[-1] == end_us
        assert all(part.end_us > part.start_us for part in outage.parts)
    assert sum(o.lost for o in run.ledger()) == sum(p.lost_us is not None for p in run.flows["R1>R2"])


def test_detection_is_what_the_timers_say() -> None:
    for threshold, retry in ((10, 2), (20, 2), (10, 5), (30, 10)):
        lines = LAB.control_lines("ASA1", {"threshold": threshold, "retry": retry})
        run = LAB.configure("ASA1", lines).run(until=120, faults=[f"30 cut {PORT}"])
        detect = run.ledger()[-1].parts[0]
        assert detect.end_us == to_us(29.083 + threshold + 3 * retry)
