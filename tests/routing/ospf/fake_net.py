"""Routers joined by fake segments: delay, loss, doubles, disorder, cut or unplugged; the clock is a loop."""

from __future__ import annotations

import heapq
import itertools
import random

from ipsec_edu.core.addr import format_ip, parse_ip
from ipsec_edu.core.units import MS, SECOND
from ipsec_edu.routing.ospf.core import OspfCore
from ipsec_edu.routing.ospf.events import AdjacencyChanged, Mismatch, RoutesChanged, Send, Stepped
from ipsec_edu.routing.settings import BROADCAST, LOOPBACK, POINT_TO_POINT, OspfInterface, OspfSettings

DELAY_US = 1 * MS


def ip(text):
    return parse_ip(text)


def port(name, address, **more):
    """An interface: ``port("e0", "10.0.12.1/30")``, Hello 1 s and dead 4 s unless told."""
    address, _, length = address.partition("/")
    more = {"hello_ms": 1000, "dead_ms": 4000, "cost": 10, **more}
    return OspfInterface(name, ip(address), int(length or 32), **more)


def p2p(name, address, **more):
    return port(name, address, network_type=POINT_TO_POINT, **more)


def lan(name, address, **more):
    return port(name, address, network_type=BROADCAST, **more)


def loopback(address):
    return port("lo0", address, network_type=LOOPBACK, cost=1)


def settings(number, *ports, **more):
    """A process with router ID 0.0.0.`number`."""
    return OspfSettings(1, number, ports, **more)


class Segment:
    """A cable between any number of interfaces."""

    def __init__(self, *ends):
        self.ends = ends
        self.cut = False
        """Packets vanish, and nobody is told."""
        self.loss = self.double = self.jitter = 0.0


class Net:
    """Cores by name, segments between `(name, interface)`."""

    def __init__(self, routers, segments, seed=1, eager=False):
        self.settings = routers
        self.segments = segments
        self.random = random.Random(seed)
        self.eager = eager
        self.now_us = 0
        self.log = []
        self.sent = []
        self._flight = []
        self._tie = itertools.count()
        self.cores = {}
        self.down = set()
        for name in routers:
            self.boot(name)

    def boot(self, name):
        """Start a router, or start it again after a crash."""
        self.cores[name] = OspfCore(self.settings[name])
        for interface in self.settings[name].interfaces:
            if (name, interface.name) not in self.down:
                self.cores[name].interface_up(interface.name, self.now_us)
        self._carry_out(name)

    def crash(self, name):
        del self.cores[name]

    def unplug(self, name, interface):
        """Take the carrier of one end away."""
        self.down.add((name, interface))
        self.do(name, "interface_down", interface)

    def plug(self, name, interface):
        self.down.discard((name, interface))
        self.do(name, "interface_up", interface)

    def do(self, name, method, *arguments):
        """Call an entry of a core now."""
        getattr(self.cores[name], method)(*arguments, self.now_us)
        self._carry_out(name)

    def _carry_out(self, name):
        for event in self.cores[name].drain():
            self.log.append((self.now_us, name, event))
            if isinstance(event, Send):
                self._send(name, event)

    def _send(self, name, event):
        self.sent.append((self.now_us, name, event))
        end = (name, event.interface)
        source = self.port(*end).address
        for segment in self.segments:
            if end not in segment.ends or segment.cut:
                continue
            for other in segment.ends:
                wanted = event.destination >> 28 == 0xE or self.port(*other).address == event.destination
                if other == end or not wanted:
                    continue
                if self.random.random() < segment.loss:
                    continue
                for _ in range(2 if self.random.random() < segment.double else 1):
                    at = self.now_us + DELAY_US + int(self.random.random() * segment.jitter * SECOND)
                    item = (at, next(self._tie), segment, other, source, event)
                    heapq.heappush(self._flight, item)

    def port(self, name, interface):
        return next(one for one in self.settings[name].interfaces if one.name == interface)

    def run(self, seconds):
        """Let time pass."""
        end = self.now_us + int(seconds * SECOND)
        while True:
            due = [(core.deadline(), name) for name, core in self.cores.items()]
            timer = min((one for one in due if one[0] is not None), default=(end + 1, ""))
            flight = self._flight[0][0] if self._flight else end + 1
            if min(timer[0], flight) > end:
                break
            if flight <= timer[0]:
                self._deliver(*heapq.heappop(self._flight))
            else:
                self.now_us = max(self.now_us, timer[0])
                self.cores[timer[1]].expire(self.now_us)
                self._carry_out(timer[1])
        self.now_us = end
        return self

    def _deliver(self, at, _, segment, other, source, event):
        self.now_us = max(self.now_us, at)
        name, interface = other
        if segment.cut or name not in self.cores or other in self.down:
            return
        packet = event.packet
        if self.eager:
            from ipsec_edu.wire import ospf

            packet = ospf.unpack(packet.pack())
        self.cores[name].receive(interface, source, event.destination, packet, self.now_us)
        self._carry_out(name)

    # what tests look at

    def neighbor(self, name, interface, other=None):
        """The neighbour on an interface (the only one, or that of router `other`)."""
        found = list(self.cores[name].interfaces[interface].neighbors.values())
        if other is not None:
            found = [one for one in found if one.router_id == self.settings[other].router_id]
        return found[0] if found else None

    def state(self, name, interface, other=None):
        neighbor = self.neighbor(name, interface, other)
        return "none" if neighbor is None else neighbor.state.value

    def routes(self, name):
        """Routes as text: prefix -> (kind, metric, hops)."""
        return {
            str(route.prefix): (
                route.kind,
                route.metric,
                [f"{hop.interface} {format_ip(hop.address)}" for hop in route.hops],
            )
            for route in self.cores[name].routes
        }

    def via(self, name, prefix):
        """The next hops of a route, [] where there is none."""
        return self.routes(name).get(prefix, ("", 0, []))[2]

    def databases(self):
        """What each router believes, ages left out."""
        return {
            name: [(entry.key, entry.lsa.header.sequence, entry.lsa.body) for entry in core.lsdb]
            for name, core in self.cores.items()
        }

    def agree(self):
        first, *others = self.databases().values()
        return all(other == first for other in others)

    def events(self, kind, name=None, since=0):
        return [
            (at, who, event)
            for at, who, event in self.log
            if isinstance(event, kind) and name in (None, who) and at >= since
        ]

    def changes(self, name, since=0):
        """Log of adjacency changes as text."""
        return [
            f"{event.before}>{event.after} {event.reason}"
            for _, _, event in self.events(AdjacencyChanged, name, since)
        ]

    def mismatches(self, name):
        return {event.reason for _, _, event in self.events(Mismatch, name)}

    def moved_us(self, name, since):
        """When the routes of a router changed first after `since`, counted from there."""
        return min((at - since for at, _, _ in self.events(RoutesChanged, name, since)), default=None)

    def illegal(self):
        return [event for _, _, event in self.events(Stepped) if not event.legal]


SLOW = {"hello_ms": 10_000, "dead_ms": 40_000}
"""The timers of every platform; the tests use faster ones unless told."""


def pair(kind=p2p, seed=1, eager=False, ports=None, **more):
    """Two routers with loopbacks, joined by two parallel links; A costs 10, B costs 20."""
    ports = ports or {}
    ends = {
        f"r{i}": settings(
            i,
            kind("a", f"10.0.1.{i}/30", **ports),
            kind("b", f"10.0.2.{i}/30", **{"cost": 20, **ports}),
            loopback(f"10.255.0.{i}"),
            **more,
        )
        for i in (1, 2)
    }
    segments = [Segment(("r1", "a"), ("r2", "a")), Segment(("r1", "b"), ("r2", "b"))]
    return Net(ends, segments, seed, eager)


def office(count=4, priorities=(), seed=1, **more):
    """`count` routers with loopbacks on one network."""
    routers = {
        f"r{i}": settings(
            i,
            lan("e", f"10.0.0.{i}/24", priority=dict(priorities).get(i, 1)),
            loopback(f"10.255.0.{i}"),
            **more,
        )
        for i in range(1, count + 1)
    }
    return Net(routers, [Segment(*((name, "e") for name in routers))], seed)
