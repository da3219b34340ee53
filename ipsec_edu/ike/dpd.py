"""Dead-peer detection (RFC 3706): each end worries alone, and asks only the question "are you there?".

What counts as news is any valid IKE message and, where the platform says so, ESP. The data plane
notes the time of each packet (`Liveness`); nobody restarts a timer per packet: a timer that goes off
too early looks at the time of the last news and goes back to sleep.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ipsec_edu.core.timers import Timer
from ipsec_edu.core.units import to_us
from ipsec_edu.ike import informational
from ipsec_edu.ike.events import DpdStep
from ipsec_edu.ike.machine import Machine
from ipsec_edu.ike.profile import retransmission_times_s
from ipsec_edu.ike.sa import IkeSa
from ipsec_edu.ike.tables import DPD, DpdInput, DpdState
from ipsec_edu.wire.isakmp import Notification
from ipsec_edu.wire.isakmp_values import Notify, Protocol

if TYPE_CHECKING:
    from ipsec_edu.ike.core import IkeCore

__all__ = ["DpdMonitor"]


class DpdMonitor(Machine[DpdState, DpdInput]):
    """The worry of one IKE SA."""

    __slots__ = ("asked_us", "first_us", "number", "probes", "sa", "since_us", "timer")

    def __init__(self, core: IkeCore, sa: IkeSa, now_us: int) -> None:
        super().__init__(core, DPD)
        self.sa = sa
        self.number = core.rng.u32(1, 0x7FFFFFFF)
        self.probes = 0
        self.first_us = self.asked_us = now_us
        self.since_us = now_us
        """When the silence began that is being worried about."""
        self.timer = Timer(self._due)
        core.timers.arm(self.timer, now_us + self._interval_us)

    def label(self) -> str:
        """Return the SA's name."""
        return self.sa.ike_id

    def stop(self) -> None:
        """The SA is gone."""
        self.timer.stop()

    @property
    def _interval_us(self) -> int:
        return to_us(self.sa.dpd_settings.interval_s)

    @property
    def _retry_us(self) -> int:
        dpd = self.sa.dpd_settings
        return to_us(dpd.interval_s if dpd.mode == "timeout" else dpd.retry_s)

    def _timeout_us(self) -> int:
        """Return how long a `timeout` peer may be silent; unset, the retransmission schedule says."""
        timeout_s = self.sa.dpd_settings.timeout_s or retransmission_times_s(self.core.profile)[1]
        return to_us(timeout_s)

    @property
    def limit(self) -> int:
        """How many questions are asked before the peer is dead."""
        dpd = self.sa.dpd_settings
        if dpd.mode == "timeout":
            return max(1, math.ceil((self._timeout_us() - self._interval_us) / self._interval_us))
        return dpd.retries

    def dead_us(self) -> int:
        """Return when the peer will be dead if nothing is heard."""
        if self.sa.dpd_settings.mode == "timeout":
            return self.since_us + self._timeout_us()
        return self.first_us + self.sa.dpd_settings.retries * self._retry_us

    def heard_us(self) -> int:
        """Return when anything valid last came from the peer."""
        return max(self.sa.heard_us, self.core.esp_heard_us(self.sa))

    def _due(self, now_us: int) -> None:
        if self.state is DpdState.QUIET:
            if self._indifferent(now_us):
                self.core.timers.arm(self.timer, now_us + self._retry_us)
            else:
                self.step(DpdInput.SILENCE if self._worried(now_us) else DpdInput.HEARD, now_us)
        elif self.heard_us() > self.first_us:
            self.step(DpdInput.HEARD, now_us)
        else:
            self.step(DpdInput.GIVE_UP if now_us >= self.dead_us() else DpdInput.RETRY, now_us)

    def _worried(self, now_us: int) -> bool:
        """Tell whether it is time to ask: that is all the difference between the modes."""
        return self.sa.dpd_settings.mode == "periodic" or self._silent(now_us)

    def _silent(self, now_us: int) -> bool:
        return now_us - self.heard_us() >= self._interval_us

    def _indifferent(self, now_us: int) -> bool:
        """Tell whether the peer is silent and, ``on-demand``, there is nothing to send to it either.

        The answer to the last packet heard is no reason to worry about the silence after it. What is sent
        later is noticed within a retry interval.
        """
        if self.sa.dpd_settings.mode != "on-demand" or not self._silent(now_us):
            return False
        sent = self.core.esp_sent_us(self.sa)
        return sent <= self.heard_us() or now_us - sent > self._retry_us

    def wait(self, now_us: int) -> None:
        """Sleep until the present silence would be long enough."""
        due = self.heard_us() + self._interval_us
        self.core.timers.arm(self.timer, due if due > now_us else now_us + self._interval_us)

    def ask(self, now_us: int) -> None:
        """Begin to worry: R-U-THERE."""
        self.since_us = self.heard_us()
        self.first_us, self.probes = now_us, 0
        self.number = self.number + 1 & 0x7FFFFFFF
        self._probe(now_us)

    def ask_again(self, now_us: int) -> None:
        """Ask once more (some keep the number, some count on)."""
        self.sa.dpd.repeated += 1
        if not self.core.profile.dpd_same_number:
            self.number = self.number + 1 & 0x7FFFFFFF
        self._probe(now_us)

    def _probe(self, now_us: int) -> None:
        sa = self.sa
        self.probes += 1
        self.asked_us = now_us
        sa.dpd.sent += 1
        data = self.number.to_bytes(4, "big")
        question = Notification(Protocol.ISAKMP, Notify.R_U_THERE, sa.spi, data)
        self._report("probe")
        informational.send_protected(self.core, sa, [question], self.number)
        self.core.timers.arm(self.timer, min(now_us + self._retry_us, max(self.dead_us(), now_us + 1)))

    def acknowledged(self, number: int, now_us: int) -> None:
        """Take an R-U-THERE-ACK; one with another number answers nothing."""
        if number != self.number:
            self.core.notice(
                "malformed", self.sa.peer, reason=f"R-U-THERE-ACK {number}, expected {self.number}"
            )
            return
        self.sa.dpd.acknowledged += 1
        self.step(DpdInput.ACK, now_us)

    def relax(self, now_us: int) -> None:
        """The peer lives."""
        self._report("answered")
        self.probes = 0
        periodic = self.sa.dpd_settings.mode == "periodic"
        due = (self.first_us if periodic else self.heard_us()) + self._interval_us
        self.core.timers.arm(self.timer, max(due, now_us + 1))

    def declare_dead(self, now_us: int) -> None:
        """Nothing came: the peer is dead, whatever killed it."""
        self._report("dead")
        silent_us = now_us - self.since_us
        self.core.notice(
            "dpd_dead", self.sa.peer, ike_id=self.sa.ike_id, probes=self.probes, silent_us=silent_us
        )

    def entered(self, symbol: DpdInput, now_us: int) -> None:
        """Take everything down that belongs to a dead peer."""
        if self.state is DpdState.DEAD:
            self.core.sas.peer_dead(self.sa, now_us)

    def _report(self, event: str) -> None:
        sa = self.sa
        self.core.events.append(
            DpdStep(sa.ike_id, sa.peer, event, self.probes, self.limit, self.heard_us(), self.dead_us())
        )
