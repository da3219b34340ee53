"""Which routes of the routing table OSPF announces as external ones."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from ipsec_edu.core.addr import ANY, Prefix
from ipsec_edu.routing.ospf.events import External
from ipsec_edu.routing.rib import CONNECTED, STATIC, Route
from ipsec_edu.routing.settings import BROADCAST, OspfSettings, Redistribution

__all__ = ["externals"]

_SOURCES = {"static": (STATIC, "rri"), "connected": (CONNECTED,)}
"""What ``redistribute`` calls a source, and the routes that it means."""


def externals(
    settings: OspfSettings, routes: Iterable[Route], own: Collection[Prefix]
) -> tuple[External, ...]:
    """Return what is announced.

    Parameters
    ----------
    routes : iterable of Route
        The installed routes.
    own : collection of Prefix
        Networks that OSPF runs on: they are announced as such, not as external ones.

    Notes
    -----
    A default route is never redistributed, only ``default-information originate`` announces one. With several
    sources the first in the configuration has a prefix.
    """
    table = list(routes)
    found: dict[Prefix, External] = {}
    for rule in settings.redistribute:
        for external in _redistributed(settings, rule, table, own):
            found.setdefault(external.prefix, external)
    default = settings.default_information
    known = any(route.prefix == ANY and route.source != "ospf" for route in table)
    if default is not None and (default.always or known):
        found[ANY] = External(ANY, default.metric, default.metric_type)
    return tuple(found[prefix] for prefix in sorted(found))


def _redistributed(
    settings: OspfSettings, rule: Redistribution, routes: Iterable[Route], own: Collection[Prefix]
) -> Iterator[External]:
    for route in routes:
        if route.source not in _SOURCES.get(rule.source, ()) or route.prefix == ANY or route.prefix in own:
            continue
        metric, metric_type, tag = rule.metric, rule.metric_type, rule.tag
        if rule.route_map is not None:
            verdict = rule.route_map.judge(route, route.tag)
            if verdict is None:
                continue
            metric = metric if verdict.metric is None else verdict.metric
            metric_type = metric_type if verdict.metric_type is None else verdict.metric_type
            tag = tag if verdict.tag is None else verdict.tag
        yield External(route.prefix, metric, metric_type, tag, _forwarding_address(settings, route))


def _forwarding_address(settings: OspfSettings, route: Route) -> int:
    """Return the next hop, where other routers on an OSPF network can reach it without us, else 0."""
    if route.next_hop is None:
        return 0
    for one in settings.interfaces:
        shared = one.network_type == BROADCAST and not one.passive
        if shared and Prefix.of(one.address, one.length).contains(route.next_hop):
            return route.next_hop
    return 0
