"""The text of log lines: from notices, drops and ports to what each platform prints.

Every function returns None (or an empty list) where the platform says nothing. A text may
hold several lines, separated by line feeds, where the device logs several messages at once.
"""

from __future__ import annotations

from collections.abc import Mapping

from ipsec_edu.core.causes import Cause
from ipsec_edu.core.units import SECOND
from ipsec_edu.show.log_asa import asa_notice, asa_port
from ipsec_edu.show.log_asa_drop import asa_drop
from ipsec_edu.show.log_ios import ios_drop, ios_notice, ios_port
from ipsec_edu.wire.packet import Packet

__all__ = ["DROP_LOG_INTERVAL_US", "DropLimiter", "boot_text", "drop_text", "log_text", "port_text"]

DROP_LOG_INTERVAL_US = {"asa": 5 * SECOND, "ios": 60 * SECOND}
"""IPsec drops are logged at most once in this time per cause and peer (both platforms limit themselves)."""
_LIMITED = {
    Cause.INVALID_SPI,
    Cause.CLEAR_MATCHES_SPD,
    Cause.REPLAY,
    Cause.BAD_ICV,
    Cause.SELECTOR_MISMATCH,
}


def log_text(platform: str, code: str, peer: int, details: Mapping[str, object]) -> str | None:
    """Return what `platform` logs about a notice of the IKE core.

    Parameters
    ----------
    platform : str
        ``ios``, ``asa``; any other logs nothing.
    code, peer, details
        As in `ike.events.Notice`. Optional further details make an ASA's lines complete:
        `interface` (nameif); with ``phase1_down`` the `duration_us`, `bytes_out` and `bytes_in` of
        the session and, where phase 2 was the cause, `torn_down` (the reason of
        ``session_torn_down``).
    """
    lines: list[str] = []
    if platform == "asa":
        lines = asa_notice(code, peer, details)
    elif platform == "ios":
        lines = ios_notice(code, peer, details)
    return "\n".join(lines) or None


def drop_text(
    platform: str, cause: Cause, packet: Packet, ingress: str = "", egress: str = "", conn_id: int = 0
) -> str | None:
    """Return what `platform` logs about a packet that died in it.

    Parameters
    ----------
    packet : Packet
        As it stood when it died (the outer packet where IPsec refused it).
    ingress, egress : str
        Interface names as the platform speaks of them (ASA: nameif); empty where unknown.
    conn_id : int
        Connection ID of the SA concerned (IOS).
    """
    if platform == "asa":
        return asa_drop(cause, packet, ingress, egress)
    return ios_drop(cause, packet, ingress, conn_id) if platform == "ios" else None


class DropLimiter:
    """Decides which drops are worth a line: one per cause and peer in `DROP_LOG_INTERVAL_US`.

    Parameters
    ----------
    platform : str
        ``ios``, ``asa``.
    """

    def __init__(self, platform: str) -> None:
        self._interval_us = DROP_LOG_INTERVAL_US.get(platform, 0)
        self._last_us: dict[tuple[Cause, int], int] = {}

    def passes(self, cause: Cause, peer: int, now_us: int) -> bool:
        """Tell whether a drop at `now_us` is logged, and remember it if so."""
        if cause not in _LIMITED:
            return True
        last_us = self._last_us.get((cause, peer))
        if last_us is not None and now_us < last_us + self._interval_us:
            return False
        self._last_us[cause, peer] = now_us
        return True


def port_text(platform: str, name: str, nameif: str | None = None, *, up: bool, admin: bool) -> str | None:
    """Return what `platform` logs about interface `name`; `admin` says that it was (un)configured so."""
    if platform == "asa":
        return "\n".join(asa_port(name, nameif, up))
    return "\n".join(ios_port(name, up, admin)) if platform == "ios" else None


def boot_text(platform: str) -> str | None:
    """Return what `platform` logs when it is up."""
    said = {"ios": "%SYS-5-RESTART: System restarted --", "asa": _ASA_BOOT}
    return said.get(platform)


_ASA_BOOT = "%ASA-6-199002: Startup completed.  Beginning operation."
