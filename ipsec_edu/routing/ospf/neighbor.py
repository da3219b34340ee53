"""A conversation with one neighbour: from its first Hello to equal databases (RFC 2328, 10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ipsec_edu.core.timers import Timer
from ipsec_edu.core.units import MS, SECOND
from ipsec_edu.routing.ospf import exchange
from ipsec_edu.routing.ospf.events import AdjacencyChanged
from ipsec_edu.routing.ospf.lsdb import Entry
from ipsec_edu.routing.ospf.machine import Machine
from ipsec_edu.routing.ospf.tables import NEIGHBOR, NeighborInput, NeighborState
from ipsec_edu.wire.ospf import ALL_SPF_ROUTERS, DatabaseDescription, Hello, LinkStateRequest, OspfPacket
from ipsec_edu.wire.ospf_lsa import Key, LsaHeader

if TYPE_CHECKING:
    from ipsec_edu.routing.ospf.interface import Interface

__all__ = ["Neighbor"]

_TWO_WAY, _EXSTART = NeighborState.TWO_WAY.rank, NeighborState.EXSTART.rank


class Neighbor(Machine[NeighborState, NeighborInput]):
    """A router on the other side of an interface.

    Attributes
    ----------
    dead_us : int
        When it is given up, if no Hello comes.
    changed_us, up_since_us : int, int or None
        Last change of state; since when it is Full.
    changes : int
        How often its state changed.
    dr, bdr, priority : int
        As its last Hello said.
    last_hello : OspfPacket or None
        A Hello that changes nothing when it comes again.
    retransmissions : dict of Key to Entry
        What was flooded to it and not yet acknowledged.
    requests : dict of Key to LsaHeader
        What it has and we want.
    """

    __slots__ = (
        "address",
        "asked",
        "bdr",
        "changed_us",
        "changes",
        "dd_sequence",
        "dd_timer",
        "dead_us",
        "dr",
        "inactivity",
        "interface",
        "last_hello",
        "last_received",
        "last_sent",
        "last_sent_us",
        "master",
        "options",
        "priority",
        "request_timer",
        "requests",
        "retransmissions",
        "retransmit_timer",
        "router_id",
        "summary",
        "up_since_us",
    )
    machine: ClassVar[str] = "ospf-neighbor"

    def __init__(self, interface: Interface, address: int, router_id: int) -> None:
        super().__init__(interface.core, NEIGHBOR)
        self.interface = interface
        self.address = address
        self.router_id = router_id
        self.priority = self.dr = self.bdr = self.options = 0
        self.last_hello: OspfPacket | None = None
        self.dead_us = self.changed_us = self.changes = 0
        self.up_since_us: int | None = None
        self.master = True
        """Whether we lead the exchange of descriptions."""
        self.dd_sequence = 0
        self.last_sent: DatabaseDescription | None = None
        self.last_sent_us = 0
        self.last_received: tuple[int, int, int] | None = None
        """Flags, options and sequence number of the last description that came."""
        self.summary: list[LsaHeader] = []
        self.requests: dict[Key, LsaHeader] = {}
        self.asked: tuple[Key, ...] = ()
        self.retransmissions: dict[Key, Entry] = {}
        self.inactivity = Timer(self._silent)
        self.dd_timer = Timer(self._repeat_description)
        self.request_timer = Timer(self._request)
        self.retransmit_timer = Timer(self._retransmit)

    def label(self) -> str:
        """Return interface and address."""
        from ipsec_edu.core.addr import format_ip

        return f"{self.interface.settings.name} {format_ip(self.address)}"

    @property
    def unicast(self) -> int:
        """Where packets for it alone go (RFC 2328, 8.1)."""
        return ALL_SPF_ROUTERS if self.interface.point_to_point else self.address

    @property
    def _retransmit_us(self) -> int:
        return self.interface.settings.retransmit_s * SECOND

    # Hello

    def note(self, hello: Hello) -> bool:
        """Keep what a Hello says; tell whether it may change the election (RFC 2328, 10.5)."""
        before = self.priority, self.dr == self.address, self.bdr == self.address
        self.priority, self.dr, self.bdr, self.options = hello.priority, hello.dr, hello.bdr, hello.options
        return before != (self.priority, self.dr == self.address, self.bdr == self.address)

    def heard(self, now_us: int) -> None:
        """A Hello came: wait for the next one."""
        self.dead_us = now_us + self.interface.dead_us
        self.step(NeighborInput.HELLO_RECEIVED, now_us)

    def start_inactivity(self, now_us: int) -> None:
        """Watch for silence."""
        self.core.timers.arm(self.inactivity, self.dead_us)

    def _silent(self, now_us: int) -> None:
        """Look whether it was silent: Hellos only move `dead_us`, which costs next to nothing."""
        if self.dead_us > now_us:
            self.core.timers.arm(self.inactivity, self.dead_us)
        else:
            self.step(NeighborInput.INACTIVITY_TIMER, now_us)

    # states

    def moved(self, before: NeighborState, symbol: NeighborInput, reason: str, now_us: int) -> None:
        """Report the change, and see to what depends on it."""
        core, state = self.core, self.state
        self.changed_us = now_us
        self.changes += 1
        core.events.append(
            AdjacencyChanged(
                self.interface.settings.name,
                self.router_id,
                self.address,
                before.value,
                state.value,
                reason or symbol.value,
            )
        )
        if NeighborState.FULL in (before, state):
            self.up_since_us = now_us if state is NeighborState.FULL else None
            core.dirty = True
        if state.rank < _TWO_WAY:
            self.last_hello = None
        if (before.rank < _TWO_WAY) != (state.rank < _TWO_WAY):
            core.elections[self.interface] = None

    def judge_adjacency(self, now_us: int) -> NeighborInput | None:
        """Tell whether the databases must be made equal (RFC 2328, 10.4), where that is new."""
        interface = self.interface
        wanted = interface.point_to_point or interface.rules or self.address in (interface.dr, interface.bdr)
        if wanted == (self.state.rank >= _EXSTART):
            return None
        return NeighborInput.ADJACENCY_WANTED if wanted else NeighborInput.ADJACENCY_UNWANTED

    def begin_exchange(self, now_us: int) -> None:
        """Claim the lead with an empty description, until it is settled who leads."""
        self.clear_lists(now_us)
        exchange.begin(self, now_us)

    def list_database(self, now_us: int) -> None:
        """Take a list of what we have; what is about to go is sent as it is."""
        exchange.list_database(self, now_us)

    def begin_loading(self, now_us: int) -> NeighborInput | None:
        """Ask for what is newer there."""
        if self.master:
            self.dd_timer.stop()
        if not self.requests:
            return NeighborInput.LOADING_DONE
        self._request(now_us)
        return None

    def complete(self, now_us: int) -> None:
        """The databases are equal."""
        self.request_timer.stop()

    def clear_lists(self, now_us: int) -> None:
        """Forget what was to be described, requested and repeated."""
        self.summary.clear()
        self.requests.clear()
        self.asked = ()
        self.retransmissions.clear()
        for timer in (self.dd_timer, self.request_timer, self.retransmit_timer):
            timer.stop()

    def forget(self, now_us: int) -> None:
        """It is gone."""
        self.clear_lists(now_us)
        self.inactivity.stop()
        self.interface.neighbors.pop(self.address, None)
        self.interface.hello_changed()

    # loading

    def _request(self, now_us: int) -> None:
        keys = tuple(self.requests)[: self.interface.room(12)]
        self.asked = keys
        self.core.send(self.interface, self.unicast, LinkStateRequest(keys))
        self.core.timers.arm(self.request_timer, now_us + self._retransmit_us)

    def progress(self, now_us: int) -> None:
        """An update came: ask for more, or be done."""
        if self.state is not NeighborState.LOADING:
            return
        if not self.requests:
            self.step(NeighborInput.LOADING_DONE, now_us)
        elif not any(key in self.requests for key in self.asked):
            self._request(now_us)

    # what is repeated

    def _repeat_description(self, now_us: int) -> None:
        if self.last_sent is not None:
            self.core.send(self.interface, self.unicast, self.last_sent)
            self.core.timers.arm(self.dd_timer, now_us + self._retransmit_us)

    def expect_ack(self, entry: Entry, now_us: int) -> None:
        """Repeat an LSA until it is acknowledged."""
        self.retransmissions[entry.key] = entry
        if self.retransmit_timer.at_us is None:
            self.core.timers.arm(self.retransmit_timer, now_us + self._retransmit_us)

    def acknowledged(self, key: Key) -> None:
        """Stop repeating an LSA."""
        if self.retransmissions.pop(key, None) is not None and not self.retransmissions:
            self.retransmit_timer.stop()

    def _retransmit(self, now_us: int) -> None:
        for entry in self.retransmissions.values():
            self.core.queue_lsa(self.interface, self.unicast, entry, now_us)
        if self.retransmissions:
            self.core.timers.arm(self.retransmit_timer, now_us + self._retransmit_us)

    def dead_time_ms(self, now_us: int) -> int:
        """Return how long it may still be silent, in milliseconds."""
        return max(0, self.dead_us - now_us) // MS
