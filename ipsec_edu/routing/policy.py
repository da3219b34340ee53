"""Which routes may pass, and what is set on them: ``route-map`` and ``ip prefix-list``, names resolved."""

from __future__ import annotations

from dataclasses import dataclass

from ipsec_edu.core.addr import Prefix
from ipsec_edu.routing.rib import Route

__all__ = ["PrefixRule", "RouteMap", "RouteMapEntry", "Verdict"]


@dataclass(frozen=True, slots=True)
class PrefixRule:
    """One line of a prefix list, or of a standard access list (then `least` 0, `most` 32)."""

    permit: bool
    prefix: Prefix
    least: int
    """Shortest prefix length that matches."""
    most: int
    """Longest prefix length that matches."""

    def matches(self, prefix: Prefix) -> bool:
        """Tell whether `prefix` lies within this line."""
        inside = prefix.network & self.prefix.mask == self.prefix.network
        return inside and self.least <= prefix.length <= self.most


@dataclass(frozen=True, slots=True)
class RouteMapEntry:
    """One sequence of a route map: all kinds of `match` must hold; within a kind any one does."""

    sequence: int
    permit: bool = True
    match_lists: tuple[tuple[PrefixRule, ...], ...] = ()
    match_tags: tuple[int, ...] = ()
    match_interfaces: tuple[str, ...] = ()
    set_metric: int | None = None
    set_metric_type: int | None = None
    set_tag: int | None = None

    def matches(self, route: Route, tag: int) -> bool:
        """Tell whether the entry is about `route`, whose tag is `tag`."""
        lists = not self.match_lists or any(_permits(rules, route.prefix) for rules in self.match_lists)
        tags = not self.match_tags or tag in self.match_tags
        interfaces = not self.match_interfaces or route.interface in self.match_interfaces
        return lists and tags and interfaces


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a route map made of a route that it permits; None: as the redistribution says."""

    metric: int | None = None
    metric_type: int | None = None
    tag: int | None = None


@dataclass(frozen=True, slots=True)
class RouteMap:
    """Entries in order of their sequence; what none of them matches is denied."""

    name: str
    entries: tuple[RouteMapEntry, ...]

    def judge(self, route: Route, tag: int = 0) -> Verdict | None:
        """Return what to set on `route`, None where it is denied."""
        for entry in self.entries:
            if entry.matches(route, tag):
                if not entry.permit:
                    return None
                return Verdict(entry.set_metric, entry.set_metric_type, entry.set_tag)
        return None


def _permits(rules: tuple[PrefixRule, ...], prefix: Prefix) -> bool:
    """The first line that matches decides; the end of a list denies."""
    return next((rule.permit for rule in rules if rule.matches(prefix)), False)
