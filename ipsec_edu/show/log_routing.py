"""Log lines about routing: tracked objects, OSPF adjacencies, BFD sessions (IOS; others here log none)."""

from __future__ import annotations

from collections.abc import Mapping

from ipsec_edu.core.addr import Prefix, format_ip
from ipsec_edu.routing.ospf.events import AdjacencyChanged, Mismatch
from ipsec_edu.routing.settings import TrackedObject

__all__ = ["routing_text", "track_words"]


def routing_text(platform: str, code: str, details: Mapping[str, object]) -> str | None:
    """Return what `platform` logs about `code`, None where it says nothing.

    Parameters
    ----------
    code : str
        ``track_changed`` (details `object`, `up`), ``ospf_adjacency`` (`process`, `change`, `detail`: whether
        the steps between down and up are logged too), ``ospf_mismatch`` (`mismatch`), ``bfd_up``,
        ``bfd_down`` (`discriminator`, `reason`).
    """
    if platform != "ios":
        return None
    match code, details:
        case "track_changed", {"object": TrackedObject() as tracked, "up": up}:
            return _track(tracked, bool(up))
        case "ospf_adjacency", {"process": process, "change": AdjacencyChanged() as change}:
            return _adjacency(process, change, bool(details.get("detail")))
        case "ospf_mismatch", {"mismatch": Mismatch() as mismatch}:
            return _mismatch(mismatch)
        case "bfd_up", {"discriminator": number}:
            text = f"BFD-SYSLOG: BFD session ld:{number} handle:{number} is going UP"
            return f"%BFDFSM-6-BFD_SESS_UP: {text}"
        case "bfd_down", {"discriminator": number, "reason": reason}:
            text = f"BFD-SYSLOG: BFD session ld:{number} handle:{number},is going Down Reason: {reason}"
            return f"%BFDFSM-6-BFD_SESS_DOWN: {text}"
    return None


def _track(tracked: TrackedObject, up: bool) -> str:
    before, after = ("Down", "Up") if up else ("Up", "Down")
    words = " ".join(word for word in track_words(tracked) if word)
    return f"%TRACK-6-STATE: {tracked.number} {words} {before} -> {after}"


def track_words(tracked: TrackedObject) -> tuple[str, str, str]:
    """Return type, instance and parameter of an object, in the words of the log and ``show track brief``."""
    if tracked.kind == "sla":
        return "ip sla", str(tracked.sla), "state" if tracked.state else "reachability"
    if tracked.kind == "interface":
        return "interface", tracked.interface, "line-protocol"
    if tracked.kind == "route":
        return "ip route", str(Prefix(tracked.network, tracked.length)), "reachability"
    return "list", "", f"boolean {tracked.kind}"


def _adjacency(process: object, change: AdjacencyChanged, detail: bool) -> str | None:
    """A neighbour came up, or went down; with `detail` the steps between."""
    if not detail and change.after not in ("Full", "Down") and change.before != "Full":
        return None
    before, after = (state.upper().replace("-", "") for state in (change.before, change.after))
    who = f"Process {process}, Nbr {format_ip(change.router_id)} on {change.interface}"
    reason = f"Neighbor Down: {change.reason}" if change.after == "Down" else change.reason
    return f"%OSPF-5-ADJCHG: {who} from {before} to {after}, {reason}"


def _mismatch(mismatch: Mismatch) -> str | None:
    """Of what does not fit IOS logs areas and router IDs; timers and masks show in its debugging only."""
    source = format_ip(mismatch.source)
    if mismatch.reason == "area":
        text = "Received invalid packet: mismatched area ID"
        return f"%OSPF-4-ERRRCV: {text} from {source}, {mismatch.interface}"
    if mismatch.reason == "router-id":
        text = f"OSPF detected duplicate router-id from {source} on interface {mismatch.interface}"
        return f"%OSPF-4-DUP_RTRID_NBR: {text}"
    return None
