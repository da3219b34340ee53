"""ESP with an SPI that nobody has: who says so, to whom, and how often."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipsec_edu.core.units import to_us
from ipsec_edu.ike import informational
from ipsec_edu.ike.sa import IkeSa
from ipsec_edu.wire.isakmp_values import Notify, Protocol

if TYPE_CHECKING:
    from ipsec_edu.ike.core import IkeCore

__all__ = ["SpiReports"]


class SpiReports:
    """INVALID-SPI, sent and received.

    Anybody can send ESP with a made-up SPI, so a device answers rarely: at most once per
    `invalid_spi_interval_s` where an IKE SA exists, and it builds one only to complain (if told to
    at all) at most once per `invalid_spi_recovery_interval_s`.
    """

    __slots__ = ("_core", "_provoked", "_recovered_us", "_told_us", "_waiting")

    def __init__(self, core: IkeCore) -> None:
        self._core = core
        self._told_us: dict[tuple[int, int], int] = {}
        self._recovered_us: dict[tuple[int, int], int] = {}
        self._provoked: dict[tuple[int, int], int] = {}
        self._waiting: dict[tuple[int, int], int] = {}
        """SPIs to be reported as soon as phase 1 is up, by local and remote address."""

    def arrived(self, local: int, remote: int, spi: int, now_us: int) -> None:
        """Deal with an unknown SPI from `remote`."""
        core, key = self._core, (local, remote)
        sa = core.sas.usable(local, remote)
        if sa is not None:
            self._tell(sa, spi, now_us)
            return
        if not core.settings.invalid_spi_recovery:
            core.notice("invalid_spi_no_sa", remote, spi=spi)
            return
        self._provoked[key] = self._provoked.get(key, 0) + 1
        last = self._recovered_us.get(key)
        pause_us = to_us(core.profile.invalid_spi_recovery_interval_s)
        if last is None or now_us - last >= pause_us:
            self._recovered_us[key] = now_us
            self._waiting[key] = spi
            core.notice("invalid_spi_recovery", remote, spi=spi, provocations=self._provoked[key])
            core.sas.begin(local, remote, now_us)

    def phase1_up(self, sa: IkeSa, now_us: int) -> None:
        """Report what waited for an IKE SA."""
        spi = self._waiting.pop((sa.local, sa.peer), None)
        if spi is not None:
            self._tell(sa, spi, now_us)

    def phase1_failed(self, sa: IkeSa) -> None:
        """There will be no IKE SA to report through."""
        self._waiting.pop((sa.local, sa.peer), None)

    def clear(self) -> None:
        """Forget what waits."""
        self._waiting.clear()

    def _tell(self, sa: IkeSa, spi: int, now_us: int) -> None:
        core, key = self._core, (sa.local, sa.peer)
        last = self._told_us.get(key)
        pause_us = to_us(core.profile.invalid_spi_interval_s)
        if not core.profile.invalid_spi_notify or (last is not None and now_us - last < pause_us):
            return
        self._told_us[key] = now_us
        informational.send_error(
            core, sa, Notify.INVALID_SPI, protected=True, protocol=Protocol.ESP, spi=spi.to_bytes(4, "big")
        )
        core.notice("invalid_spi_sent", sa.peer, ike_id=sa.ike_id, spi=spi)

    def received(self, sa: IkeSa, spi: int) -> None:
        """The peer does not have an SPI that we send to: that child is stale."""
        core = self._core
        child = core.child_table.by_outbound(sa.peer, spi)
        core.notice("invalid_spi_received", sa.peer, ike_id=sa.ike_id, spi=spi, known=child is not None)
        if child is not None:
            core.child_table.down(child.uid, "invalid-spi")
