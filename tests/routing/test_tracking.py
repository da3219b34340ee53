"""Object tracking without a network: results in, changes out."""

from __future__ import annotations

from ipsec_edu.core.units import MS, SECOND
from ipsec_edu.routing.settings import SlaEcho, TrackedObject
from ipsec_edu.routing.tracking import ObjectChanged, SendProbe, TrackCore

PROBE = SlaEcho(1, 0x0A000001, frequency_s=10, timeout_ms=1000, threshold_ms=100)


def play(core: TrackCore, until_s: float) -> list[tuple[float, int, bool]]:
    """Let the core's deadlines pass; return (seconds, object, up) of every change."""
    changes = []
    while (due_us := core.deadline()) is not None and due_us <= until_s * SECOND:
        core.expire(due_us)
        changes += changed(core, due_us)
    return changes


def changed(core: TrackCore, now_us: int) -> list[tuple[float, int, bool]]:
    events = core.drain()
    return [(now_us / SECOND, e.number, e.up) for e in events if isinstance(e, ObjectChanged)]


def test_an_answer_brings_the_object_up_and_silence_takes_it_down_after_the_timeout() -> None:
    core = TrackCore([PROBE], [TrackedObject(1, "sla", sla=1)], 0)
    core.expire(0)
    assert core.drain() == [SendProbe(1, 1, 0x0A000001, None, None)]
    assert core.probes[1].code == "Unknown"
    core.answered(1, 1, 2 * MS)
    assert changed(core, 2 * MS) == [(0.002, 1, True)]
    assert (core.probes[1].code, core.probes[1].rtt_us) == ("OK", 2 * MS)
    assert play(core, 30) == [(11.0, 1, False)]
    assert (core.probes[1].successes, core.probes[1].failures, core.probes[1].code) == (1, 2, "Timeout")


def test_an_answer_that_comes_too_late_or_to_another_probe_does_not_count() -> None:
    core = TrackCore([PROBE], [TrackedObject(1, "sla", sla=1)], 0)
    core.expire(0)
    core.answered(1, 2, 1 * MS)
    assert not core.up(1)
    core.expire(SECOND)
    core.answered(1, 1, SECOND + 1)
    assert not core.up(1)
    core.expire(10 * SECOND)
    core.answered(1, 2, 10 * SECOND + 1)
    assert core.up(1)


def test_state_minds_the_threshold_and_reachability_does_not() -> None:
    objects = [TrackedObject(1, "sla", sla=1, state=True), TrackedObject(2, "sla", sla=1)]
    core = TrackCore([PROBE], objects, 0)
    core.expire(0)
    core.answered(1, 1, 101 * MS)
    assert core.probes[1].code == "Over threshold"
    assert (core.up(1), core.up(2)) == (False, True)


def test_a_delay_must_be_outlasted() -> None:
    core = TrackCore([], [TrackedObject(1, "interface", down_delay_s=5, up_delay_s=2)], 0)
    core.observe(1, True, 0, at_once=True)
    assert changed(core, 0) == [(0.0, 1, True)], "what is found at the start is no change that would wait"
    core.observe(1, False, 10 * SECOND)
    core.observe(1, False, 12 * SECOND)
    core.observe(1, True, 14 * SECOND)
    assert play(core, 60) == []
    core.observe(1, False, 70 * SECOND)
    assert play(core, 100) == [(75.0, 1, False)]
    core.observe(1, True, 100 * SECOND)
    assert play(core, 200) == [(102.0, 1, True)]


def test_lists_follow_their_parts_and_their_parts_lists() -> None:
    objects = [
        TrackedObject(1, "interface"),
        TrackedObject(2, "interface"),
        TrackedObject(3, "and", objects=(1, 2)),
        TrackedObject(4, "or", objects=(3, -1)),
    ]
    core = TrackCore([], objects, 0)
    assert (core.up(3), core.up(4)) == (False, True)
    core.observe(1, True, 1)
    assert (core.up(3), core.up(4)) == (False, False)
    core.observe(2, True, 2)
    assert (core.up(3), core.up(4)) == (True, True)
    assert not core.up(99)


def test_an_operation_starts_when_it_is_scheduled_and_ends_with_its_life() -> None:
    probe = SlaEcho(1, 1, frequency_s=10, timeout_ms=500, start_s=5, life_s=25)
    core = TrackCore([probe], [], 0)
    sent = []
    while (due_us := core.deadline()) is not None:
        core.expire(due_us)
        sent += [due_us / SECOND for event in core.drain() if isinstance(event, SendProbe)]
    assert sent == [5, 15, 25]
