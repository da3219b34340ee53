"""The ledger of a thousand random settings of timers, held against arithmetic done by hand.

Nothing here asks the ledger's own rules: a closed form says when each part has to end, from the
timers and the times of the faults alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from random import Random

import pytest

from ipsec_edu import Lab
from ipsec_edu.ledger import Outage
from ipsec_edu.run import Run
from tests.lab.two_paths import reroute, two_paths

MS, S = 1_000, 1_000_000
OUTSIDE = "ASA1:GigabitEthernet0/1"
HALF = 500


def after(at: int, every: int) -> int:
    """The first packet sent at or after `at`: one leaves every `every` from 1 s on."""
    return S + max(0, -((S - at) // every)) * every


def check_parts(outage: Outage, until: int) -> None:
    """Parts follow each other, each has a length, together they are the outage."""
    marks = [outage.start_us, *(part.end_us for part in outage.parts)]
    assert [part.start_us for part in outage.parts] == marks[:-1]
    assert all(part.end_us > part.start_us for part in outage.parts)
    assert marks[-1] == (until if outage.end_us is None else outage.end_us)
    assert sum(part.end_us - part.start_us for part in outage.parts) == marks[-1] - marks[0]


# --- a silent cut that is mended: threshold, retry, retransmission ------------------------------


@cache
def one_path(threshold: int, retry: int, every: int) -> Lab:
    """The first lab with other timers and another rhythm of pings."""
    lab = Lab.load("site-to-site")
    lab = lab.with_flows(replace(lab.flows[0], every_us=every))
    return lab.configure(
        "ASA1", lab.control_lines("ASA1", {"threshold": threshold, "retry": retry})
    ).configure(
        "ASA2",
        lab.control_lines("ASA1", {"threshold": threshold, "retry": retry}).replace(
            "203.0.113.2", "203.0.113.1"
        ),
    )


def cut_and_mend(
    cut: int, mend: int, threshold: int, retry: int, every: int, again: int = 8 * S
) -> list[tuple[str, int]] | None:
    """When each part ends, in microseconds; None where two things happen within one round trip."""
    start = after(cut - 82 * MS, every)  # its answer leaves the cable 82 ms later
    heard = start - every + 83 * MS  # the last answer is back at ASA1
    dead = heard + threshold * S + 3 * retry * S
    through = after(mend - MS, every)
    if through <= start:
        return []  # no packet was on its way while it lasted
    if through + 83 * MS < dead:
        return [("wait", mend), ("first packet", through)] if mend < through else [("wait", through)]
    if mend < dead + 200 * MS:
        return None
    offer = after(dead - MS, every) + MS
    for _ in range(3):
        if offer < mend:
            offer += again
    up = offer + 320 * MS
    return [("detect", dead), ("wait", offer), ("negotiate", up), ("first packet", after(up - MS, every))]


def random_cuts(count: int) -> Iterator[tuple[int, int, int, int, int]]:
    """Times of fault and mend in microseconds, threshold and retry in seconds, microseconds between pings."""
    random = Random(11)
    made = 0
    while made < count:
        threshold, retry = random.choice([(10, 2), (10, 5), (12, 3), (15, 2), (20, 2), (20, 4)])
        every = random.choice([HALF * MS, S, 2 * S])
        cut = random.randrange(5 * S, 9 * S, MS) + HALF
        mend = cut + random.randrange(1 * S, (threshold + 3 * retry + 20) * S, MS)
        made += 1
        yield cut, mend, threshold, retry, every


def cut_run(cut: int, mend: int, threshold: int, retry: int, every: int) -> Run:
    """Play one of them."""
    return one_path(threshold, retry, every).run(
        until=mend / S + 13,
        faults=[f"{cut / S} cut {OUTSIDE}", f"{mend / S} mend {OUTSIDE}"],
        fidelity="model",
    )


def test_a_silent_cut_costs_what_the_timers_say() -> None:
    judged = negotiated = 0
    wrong_by_a_second = 0
    for setting in random_cuts(600):
        run = cut_run(*setting)
        expected = cut_and_mend(*setting)
        if expected is None:
            continue
        judged += 1
        parts = []
        for outage in run.ledger()[1:]:
            check_parts(outage, run.until_us)
            parts += [(part.name, part.end_us) for part in outage.parts]
        assert parts == expected, setting
        negotiated += len(expected) == 4
        wrong_by_a_second += cut_and_mend(*setting, again=9 * S) != expected
    assert judged > 560 and negotiated > 250
    assert wrong_by_a_second > 100  # the arithmetic is sharp: with 9 s between retransmissions it fails


# --- a way that is found anew: routing against dead-peer detection ------------------------------


@cache
def cables(keepalive: str, crypto: bool = True) -> Lab:
    """Two gateways with two cables between them, and these keepalives."""
    return two_paths(keepalive, crypto=crypto)


def random_reroutes(count: int) -> Iterator[tuple[int, int, int, int, int]]:
    """Microseconds of the cut, of the first reaction and of the last; threshold and retry in seconds."""
    random = Random(12)
    for _ in range(count):
        cut = random.randrange(5 * S, 9 * S, MS) + HALF
        noticed = cut + random.randrange(S, 40 * S, MS)
        whole = noticed + random.randrange(MS, 12 * S, MS)
        yield cut, noticed, whole, *random.choice([(10, 2), (10, 3), (15, 2), (20, 4), (120, 10)])


def reroute_run(cut: int, noticed: int, whole: int, keepalive: str, crypto: bool = True) -> Run:
    """Play one of them."""
    faults = reroute(cut / S, noticed / S, whole / S)
    return cables(keepalive, crypto).run(until=whole / S + 14, faults=faults, fidelity="model")


def test_routing_that_is_slower_than_dead_peer_detection_costs_a_negotiation_too() -> None:
    untouched = rebuilt = 0
    for cut, noticed, whole, threshold, retry in random_reroutes(400):
        run = reroute_run(cut, noticed, whole, f"{threshold} {retry} periodic")
        dead = [sa.down_us for sa in run.sas if sa.reason in ("dpd", "delete") and sa.down_us is not None]
        first, second = run.ledger("R1>R2")[-1], run.ledger("R2>R1")[-1]
        for outage, delay in ((first, 82 * MS), (second, 21 * MS)):
            check_parts(outage, run.until_us)
            assert outage.end_us is not None
            names = [part.name for part in outage.parts]
            assert [(part.name, part.end_us) for part in outage.parts[:2]] == [
                ("detect", noticed),
                ("re-route", min(whole, outage.end_us)),
            ]
            lasted = outage.end_us - cut
            if not dead or min(dead) > whole + S:
                untouched += 1
                assert names[2:] in ([], ["first packet"])
                assert whole - cut - delay <= lasted <= whole - cut + S + delay
            elif min(dead) < whole:
                rebuilt += 1
                assert {"negotiate"} <= set(names)
                # max(routing, DPD), then at most IKE's interval of 10 s, nine messages, the next packet
                assert whole - cut <= lasted <= whole - cut + 10 * S + 600 * MS + S
                # what DPD waits for is bounded by its own timers
                assert min(dead) - cut <= (2 * threshold + 5 * retry + 1) * S
    assert untouched > 200 and rebuilt > 200


def test_without_a_tunnel_only_routing_counts() -> None:
    for cut, noticed, whole, *_ in random_reroutes(40):
        run = reroute_run(cut, noticed, whole, "10 2 periodic", crypto=False)
        for outage in run.ledger():
            check_parts(outage, run.until_us)
            assert [part.name for part in outage.parts][:2] == ["detect", "re-route"]
            assert {part.name for part in outage.parts} <= {"detect", "re-route", "first packet"}


@pytest.mark.parametrize(("keepalive", "rebuilt"), [("10 2 periodic", True), ("120 10 periodic", False)])
def test_patient_dead_peer_detection_leaves_the_tunnel_alone(keepalive: str, rebuilt: bool) -> None:
    run = reroute_run(6 * S, 40 * S, 45 * S, keepalive)
    names = {part.name for part in run.ledger("R1>R2")[-1].parts}
    assert ("negotiate" in names) is rebuilt
