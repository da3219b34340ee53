"""What routing and the cables did during a gap: who noticed, what was repaired, when the way was whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ipsec_edu.core.addr import Prefix
from ipsec_edu.ledger.ways import Way, device_of
from ipsec_edu.trace.recorder import Trace
from ipsec_edu.trace.records import PortChange, RouteChange

__all__ = ["Routing", "later_route", "routing_story"]

ADJACENT = {"ospf": "FULL", "bfd": "UP", "track": "UP"}
"""Machines that watch a neighbour, by the beginning of their names, and the state they are content in."""


@dataclass(frozen=True, slots=True)
class Routing:
    """The moments of a gap that routing had a part in; None where there was none.

    Attributes
    ----------
    noticed_us : int or None
        When the first device on the way reacted: no carrier, a neighbour lost, a route withdrawn.
        None too where no packet had got through before, for then nothing was lost.
    repaired_us : int or None
        When the last cable or device of the new way came back to life.
    whole_us : int or None
        When the last route changed without which the first packet would not have got through, if
        it was routing that healed the way, and not a repair alone.
    """

    noticed_us: int | None = None
    repaired_us: int | None = None
    whole_us: int | None = None


def routing_story(
    trace: Trace, before: Way | None, after: Way | None, addresses: set[int], since: int, start: int, by: int
) -> Routing:
    """Return what routing did for a way that had to be whole at `by`.

    Parameters
    ----------
    before, after : Way or None
        Of the last packet before the gap and the first after it; None if there is none.
    addresses : set of int
        Where packets of the flow go, in the clear and in the tunnel.
    since, start : int
        When the last packet that got through was sent, and the first that did not.
    """
    if after is None:
        return Routing(_lost_touch(trace, before, since, by) if before else None)
    repaired = _repaired(trace, after, start, by)
    changes = _changes_that_matter(trace, before, after, addresses, since, by)
    whole = max((change.at_us for change in changes), default=None)
    same_way = before is not None and before.steps.keys() == after.steps.keys()
    if whole is None or (repaired is not None and whole <= repaired and (same_way or before is None)):
        return Routing(None, repaired, None)
    if before is None:
        return Routing(None, repaired, whole)
    healed = {(change.node, change.prefix) for change in changes}
    noticed = [
        change.at_us
        for change in trace.routes
        if since < change.at_us <= by and (change.node, change.prefix) in healed
    ]
    touch = _lost_touch(trace, before, since, by)
    return Routing(min(noticed if touch is None else [touch, *noticed]), repaired, whole)


def later_route(trace: Trace, way: Way, addresses: set[int], since: int, by: int) -> int | None:
    """Return when the last route towards `addresses` came on `way` in (since, by]: routing after IKE.

    So it is where a gateway announces what is behind a tunnel only once there is a tunnel.
    """
    came = (
        change.at_us
        for change in _towards(trace.routes, addresses)
        if since < change.at_us <= by and change.change == "add" and change.node in way.devices
    )
    return max(came, default=None)


def _towards(routes: Iterable[RouteChange], addresses: set[int]) -> Iterable[RouteChange]:
    """Return the changes of routes to any of `addresses`."""
    for change in routes:
        prefix = Prefix.parse(change.prefix)
        if any(prefix.contains(address) for address in addresses):
            yield change


def _changes_that_matter(
    trace: Trace, before: Way | None, after: Way, addresses: set[int], since: int, by: int
) -> list[RouteChange]:
    """Return the changes that made the new way: at devices that turned, if any did.

    A route that reverse-route injection made follows from an SA and is no news of the way to
    the peer. Where one of several equal routes is taken away and none comes, that heals as well.
    """
    turned = after.turned_from(before) if before is not None else set()
    where = turned or after.devices
    changes = [
        change
        for change in _towards(trace.routes, addresses)
        if since < change.at_us <= by and change.node in where and change.source != "rri"
    ]
    return [change for change in changes if change.change == "add"] or (changes if turned else [])


def _lost_touch(trace: Trace, way: Way, since: int, by: int) -> int | None:
    """Return when a device on `way` first lost a carrier that it used, or a neighbour."""
    ports, devices = way.ports, way.devices
    dark = [(change.node, change.at_us) for change in trace.power if not change.up]
    moments = [
        port.at_us
        for port in trace.ports
        if since < port.at_us <= by
        and port.port in ports
        and not port.carrier
        and (device_of(port.port), port.at_us) not in dark  # a device without power notices nothing
    ]
    moments += [
        step.at_us
        for step in trace.states
        if since < step.at_us <= by and step.node in devices and _left_neighbour(step.machine, step.before)
        if step.after.upper() != step.before.upper()
    ]
    return min(moments, default=None)


def _left_neighbour(machine: str, before: str) -> bool:
    """Tell whether `before` is the state in which this machine is content."""
    kind = machine.lower()
    return any(kind.startswith(name) and before.upper() == state for name, state in ADJACENT.items())


def _repaired(trace: Trace, way: Way, start: int, by: int) -> int | None:
    """Return when the last port or device of `way` was better off than before."""
    moments = [
        power.at_us
        for power in trace.power
        if power.up and start < power.at_us <= by and (power.node in way.devices or not way.steps)
    ]
    last: dict[str, tuple[bool, bool, bool, float]] = {}
    for port in trace.ports:
        harm = _harm(port)
        was = last.get(port.port, (False, False, False, 0.0))
        last[port.port] = harm
        better = any(now < then for now, then in zip(harm, was, strict=True))
        if better and start < port.at_us <= by and (port.port in way.ports or not way.steps):
            moments.append(port.at_us)
    return max(moments, default=None)


def _harm(port: PortChange) -> tuple[bool, bool, bool, float]:
    """Return what ails a port: each entry is the worse the greater it is."""
    return not port.carrier, port.cut_out, port.cut_in, port.loss_percent
