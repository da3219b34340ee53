"""Log lines about routing: tracked objects, OSPF adjacencies, BFD sessions (IOS; others here log none)."""

from __future__ import annotations

from collections.abc import Mapping

from ipsec_edu.core.addr import Prefix
from ipsec_edu.routing.settings import TrackedObject

__all__ = ["routing_text", "track_words"]


def routing_text(platform: str, code: str, details: Mapping[str, object]) -> str | None:
    """Return what `platform` logs about `code`: ``track_changed`` (`object`, `up`)."""
    if platform != "ios":
        return None
    tracked = details.get("object")
    if code == "track_changed" and isinstance(tracked, TrackedObject):
        before, after = ("Down", "Up") if details["up"] else ("Up", "Down")
        kind, instance, parameter = track_words(tracked)
        words = " ".join(word for word in (kind, instance, parameter) if word)
        return f"%TRACK-6-STATE: {tracked.number} {words} {before} -> {after}"
    return None


def track_words(tracked: TrackedObject) -> tuple[str, str, str]:
    """Return type, instance and parameter of an object, in the words of the log and ``show track brief``."""
    if tracked.kind == "sla":
        return "ip sla", str(tracked.sla), "state" if tracked.state else "reachability"
    if tracked.kind == "interface":
        return "interface", tracked.interface, "line-protocol"
    if tracked.kind == "route":
        return "ip route", str(Prefix(tracked.network, tracked.length)), "reachability"
    return "list", "", f"boolean {tracked.kind}"
