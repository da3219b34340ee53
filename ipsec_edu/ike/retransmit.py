"""A message that expects an answer is sent again until the answer comes, or the platform gives up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from ipsec_edu.core.timers import Timer
from ipsec_edu.core.units import to_us
from ipsec_edu.ike.events import SendDatagram

if TYPE_CHECKING:
    from ipsec_edu.ike.core import IkeCore

__all__ = ["Request"]


class Request:
    """One outstanding message.

    Parameters
    ----------
    core : IkeCore
        Whose profile has the schedule.
    ike_id : str
        For the log.
    retry, give_up : callable(now_us)
        What to do when the timer goes off: normally an input of the machine that sent the message, which
        calls `repeat` if its table says so.
    """

    __slots__ = ("attempt", "core", "datagram", "give_up", "ike_id", "retry", "timer")

    def __init__(
        self, core: IkeCore, ike_id: str, retry: Callable[[int], object], give_up: Callable[[int], object]
    ) -> None:
        self.core = core
        self.ike_id = ike_id
        self.retry = retry
        self.give_up = give_up
        self.datagram: SendDatagram | None = None
        self.attempt = 0
        self.timer = Timer(self._due)

    def start(self, datagram: SendDatagram, now_us: int) -> None:
        """Expect an answer to `datagram`, which was just sent."""
        self.datagram = datagram
        self.attempt = 0
        self._arm(now_us)

    def stop(self) -> None:
        """The answer came, or nobody waits for it any more."""
        self.timer.stop()
        self.datagram = None

    def _arm(self, now_us: int) -> None:
        profile = self.core.profile
        interval_s = profile.retransmit_s * profile.retransmit_base**self.attempt
        self.core.timers.arm(self.timer, now_us + to_us(interval_s))

    def _due(self, now_us: int) -> None:
        if self.datagram is None:
            return
        if self.attempt >= self.core.profile.retransmit_tries:
            self.give_up(now_us)
        else:
            self.retry(now_us)

    def repeat(self, now_us: int) -> None:
        """Send the message once more and wait again."""
        if self.datagram is None:
            return
        self.attempt += 1
        sent = replace(self.datagram, retransmission=True)
        self.core.notice(
            "retransmit",
            sent.remote,
            ike_id=self.ike_id,
            exchange=sent.exchange,
            number=sent.number,
            attempt=self.attempt,
            limit=self.core.profile.retransmit_tries,
        )
        self.core.events.append(sent)
        self._arm(now_us)
