"""BFD sessions without a network: two cores, and a line between them that can be cut."""

from __future__ import annotations

from itertools import pairwise

from ipsec_edu.core.units import MS, SECOND
from ipsec_edu.routing.bfd import BFD_SESSION, BfdCore, SendControl, SessionChanged
from ipsec_edu.routing.settings import BfdTimers
from ipsec_edu.wire.bfd import BfdState

FAST = BfdTimers(50, 50, 3)


class Line:
    """Two cores, A (address 1) and B (address 2); a packet arrives as soon as it is sent."""

    def __init__(self, a: BfdTimers = FAST, b: BfdTimers = FAST) -> None:
        self.cores = BfdCore(), BfdCore()
        self.cut: set[int] = set()
        self.sent: list[tuple[int, int]] = []
        self.changes: list[tuple[float, int, bool, str]] = []
        self.now_us = 0
        self.cores[0].open("e0", 1, 2, a, 0)
        self.cores[1].open("e0", 2, 1, b, 0)

    def carry(self) -> None:
        """Hand over everything that was sent, and what is answered, until both are silent."""
        moved = True
        while moved:
            moved = False
            for at, core in enumerate(self.cores):
                for event in core.drain():
                    moved = True
                    if isinstance(event, SessionChanged):
                        self.changes.append((self.now_us / SECOND, at, event.up, event.reason))
                    elif isinstance(event, SendControl):
                        self.sent.append((self.now_us, at))
                        if at not in self.cut:
                            self.cores[1 - at].receive(event.packet, "e0", event.local, self.now_us)

    def run(self, until_s: float) -> None:
        self.carry()
        while True:
            due = [moment for core in self.cores if (moment := core.deadline()) is not None]
            if not due or min(due) > until_s * SECOND:
                break
            self.now_us = min(due)
            for core in self.cores:
                core.expire(self.now_us)
            self.carry()
        self.now_us = round(until_s * SECOND)

    def session(self, at: int):  # type: ignore[no-untyped-def]
        return self.cores[at].sessions["e0", 2 - at]


def test_the_table_is_sound_and_knows_every_input_in_every_state() -> None:
    assert BFD_SESSION.check() == []
    assert len(BFD_SESSION.rows) == 3 * 5


def test_two_ends_come_up_and_then_send_at_their_interval() -> None:
    line = Line()
    line.run(3)
    assert [(at, up) for _, at, up, _ in line.changes] in ([(0, True), (1, True)], [(1, True), (0, True)])
    assert line.session(0).detection_us == 150 * MS
    assert not line.session(0).polling
    last = [us for us, at in line.sent if at == 0][-3:]
    assert [b - a for a, b in pairwise(last)] == [50 * MS] * 2


def test_silence_is_noticed_after_the_detection_time_and_not_before() -> None:
    line = Line()
    line.run(3)
    heard_us = line.session(0).heard_us
    line.cut = {0, 1}
    line.changes.clear()
    line.run(4)
    assert line.changes[0] == ((heard_us + 150 * MS) / SECOND, 0, False, "DETECT TIMER EXPIRED")
    slow = Line(BfdTimers(300, 300, 5), FAST)
    slow.run(3)
    slow.cut = {0, 1}
    slow.changes.clear()
    slow.run(3.14)
    assert slow.changes == []


def test_the_end_that_still_hears_is_told() -> None:
    line = Line()
    line.run(3)
    line.cut = {1}
    line.changes.clear()
    line.run(4)
    (at_a, a, _, why_a), (at_b, b, _, why_b) = line.changes[:2]
    assert (a, why_a, b, why_b) == (0, "DETECT TIMER EXPIRED", 1, "RX DOWN")
    assert at_a == at_b, "the packet that says Down is sent at once"
    assert line.session(0).diag == 1
    assert line.session(1).diag == 3


def test_each_direction_goes_at_what_the_receiver_can_take() -> None:
    line = Line(BfdTimers(50, 200, 3), BfdTimers(100, 400, 4))
    line.run(5)
    assert line.session(0).interval_us == 400 * MS
    assert line.session(1).interval_us == 200 * MS
    assert line.session(0).detection_us == 4 * 200 * MS
    assert line.session(1).detection_us == 3 * 400 * MS
    spacing = [us for us, at in line.sent if at == 0][-2:]
    assert spacing[1] - spacing[0] == 400 * MS


def test_jitter_makes_packets_early_and_never_late() -> None:
    core = BfdCore(jitter=lambda: 0.999)
    core.open("e0", 1, 2, FAST, 0)
    assert 750_000 <= (core.deadline() or 0) < 751_000
    plain = BfdCore()
    plain.open("e0", 1, 2, FAST, 0)
    assert plain.deadline() == SECOND
    once = BfdCore(jitter=lambda: 0.0)
    once.open("e0", 1, 2, BfdTimers(50, 50, 1), 0)
    assert once.deadline() == 900_000


def test_a_packet_for_another_session_is_nobodys() -> None:
    line = Line()
    line.run(3)
    control = line.session(1).control()
    assert line.cores[0].receive(control, "e0", 2, line.now_us)
    assert not line.cores[0].receive(control, "e1", 2, line.now_us)
    line.cores[0].close("e0", 2)
    line.cores[0].open("e0", 1, 2, FAST, line.now_us)
    assert not line.cores[0].receive(control, "e0", 2, line.now_us), "it names the session before"
    assert line.session(0).state is BfdState.DOWN
