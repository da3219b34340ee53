"""An interface that OSPF runs on: its Hellos, its state, who rules its network (RFC 2328, 9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ipsec_edu.core.addr import format_ip, mask_of
from ipsec_edu.core.timers import Timer
from ipsec_edu.core.units import MS, SECOND
from ipsec_edu.routing.ospf.election import Candidate, elect
from ipsec_edu.routing.ospf.events import Mismatch, Send
from ipsec_edu.routing.ospf.machine import Machine
from ipsec_edu.routing.ospf.neighbor import Neighbor
from ipsec_edu.routing.ospf.tables import (
    INTERFACE,
    InterfaceInput,
    InterfaceState,
    NeighborInput,
    NeighborState,
)
from ipsec_edu.routing.settings import LOOPBACK, POINT_TO_POINT, OspfInterface
from ipsec_edu.wire.ospf import ALL_DR_ROUTERS, ALL_SPF_ROUTERS, Hello, OspfPacket
from ipsec_edu.wire.ospf_lsa import LsaHeader

if TYPE_CHECKING:
    from ipsec_edu.routing.ospf.core import OspfCore

__all__ = ["OPTIONS", "Interface"]

OPTIONS = 2
"""Bit E: we take external routes. The only capability that is modelled."""

_ELECTED = (InterfaceState.DROTHER, InterfaceState.BACKUP, InterfaceState.DR)
_TWO_WAY = NeighborState.TWO_WAY.rank


class Interface(Machine[InterfaceState, InterfaceInput]):
    """One interface of the process.

    Attributes
    ----------
    settings : OspfInterface
        What the configuration says.
    dr, bdr : int
        Addresses of the designated router and its backup, 0 for none.
    neighbors : dict of int to Neighbor
        By their address, in the order of their first Hello.
    mismatches : dict of str to int
        How many packets were ignored, by reason.
    """

    __slots__ = (
        "_hello",
        "ack_timer",
        "bdr",
        "dead_us",
        "delayed_acks",
        "dr",
        "hello_timer",
        "mismatches",
        "neighbors",
        "settings",
        "wait_timer",
    )
    machine: ClassVar[str] = "ospf-interface"

    def __init__(self, core: OspfCore, settings: OspfInterface) -> None:
        super().__init__(core, INTERFACE)
        self.settings = settings
        self.dead_us = settings.dead_ms * MS
        self.dr = 0
        self.bdr = 0
        self.neighbors: dict[int, Neighbor] = {}
        self.mismatches: dict[str, int] = {}
        self.delayed_acks: list[LsaHeader] = []
        self.hello_timer = Timer(self._say_hello)
        self.wait_timer = Timer(lambda now_us: self.step(InterfaceInput.WAIT_TIMER, now_us))
        self.ack_timer = Timer(self._send_acks)
        self._hello: Send | None = None

    def label(self) -> str:
        """Return the name."""
        return self.settings.name

    # what it is

    @property
    def point_to_point(self) -> bool:
        """Whether there is nobody to elect."""
        return self.settings.network_type == POINT_TO_POINT

    @property
    def speaks(self) -> bool:
        """Whether packets are sent and taken now."""
        silent = self.state in (InterfaceState.DOWN, InterfaceState.LOOPBACK)
        return not (silent or self.settings.passive)

    @property
    def rules(self) -> bool:
        """Whether this router is designated router or backup here."""
        return self.settings.address in (self.dr, self.bdr)

    @property
    def everybody(self) -> int:
        """Where updates and acknowledgments for all neighbours go (RFC 2328, 13.3 and 13.5)."""
        return ALL_SPF_ROUTERS if self.point_to_point or self.rules else ALL_DR_ROUTERS

    def room(self, size: int) -> int:
        """Return how many parts of `size` bytes fit into a packet behind its OSPF header."""
        return max(1, (self.settings.mtu - 20 - 24 - 8) // size)

    def hello(self) -> Hello:
        """Return the Hello that is sent while nothing changes."""
        sent = self._hello_to_send().packet.body
        assert isinstance(sent, Hello)
        return sent

    # up and down

    def up(self, now_us: int) -> None:
        """The interface can carry packets."""
        settings = self.settings
        if settings.network_type == LOOPBACK:
            symbol = InterfaceInput.UP_LOOPBACK
        elif self.point_to_point:
            symbol = InterfaceInput.UP_POINT_TO_POINT
        else:
            symbol = InterfaceInput.UP_BROADCAST if settings.priority else InterfaceInput.UP_INELIGIBLE
        self.step(symbol, now_us)

    def moved(self, before: InterfaceState, symbol: InterfaceInput, reason: str, now_us: int) -> None:
        """Announce what changed."""
        self.core.dirty = True
        self.hello_changed()

    def start_hellos(self, now_us: int) -> None:
        """Send Hellos from now on."""
        if not self.settings.passive:
            self._say_hello(now_us)

    def start_waiting(self, now_us: int) -> None:
        """Listen for a designated router before there is an election."""
        self.core.timers.arm(self.wait_timer, now_us + self.dead_us)
        self.start_hellos(now_us)

    def announce_host(self, now_us: int) -> None:
        """Nothing to do but to be announced."""

    def reset(self, now_us: int) -> None:
        """Forget everything about the network."""
        for timer in (self.hello_timer, self.wait_timer, self.ack_timer):
            timer.stop()
        self.delayed_acks.clear()
        for neighbor in list(self.neighbors.values()):
            neighbor.step(NeighborInput.LL_DOWN, now_us)
        self.dr = self.bdr = 0

    # Hello

    def hello_changed(self) -> None:
        """Make the Hello anew when it is next sent."""
        self._hello = None

    def _hello_to_send(self) -> Send:
        if self._hello is None:
            settings = self.settings
            hello_s, dead_s = self._intervals()
            ids = tuple(neighbor.router_id for neighbor in self.neighbors.values())
            mask = mask_of(settings.length)
            hello = Hello(mask, hello_s, dead_s, OPTIONS, settings.priority, self.dr, self.bdr, ids)
            packet = OspfPacket(self.core.settings.router_id, settings.area, hello)
            self._hello = Send(settings.name, ALL_SPF_ROUTERS, packet)
        return self._hello

    def _intervals(self) -> tuple[int, int]:
        """Return the intervals as a Hello has them, in seconds; faster than one a second is 0."""
        return self.settings.hello_ms // 1000, -(-self.settings.dead_ms // 1000)

    def _say_hello(self, now_us: int) -> None:
        core = self.core
        core.events.append(self._hello or self._hello_to_send())
        core.timers.arm(self.hello_timer, now_us + self.settings.hello_ms * MS)

    def receive_hello(self, source: int, packet: OspfPacket, hello: Hello, now_us: int) -> None:
        """Take a Hello (RFC 2328, 10.5)."""
        if self._disagrees(source, hello):
            return
        neighbor = self.neighbors.get(source)
        if neighbor is not None and neighbor.router_id != packet.router_id:
            neighbor.step(NeighborInput.KILL_NBR, now_us, "Neighbor has another router ID")
            neighbor = None
        if neighbor is None:
            neighbor = Neighbor(self, source, packet.router_id)
            neighbor.note(hello)
            self.neighbors[source] = neighbor
            self.hello_changed()
        neighbor.heard(now_us)
        changed = neighbor.note(hello)
        if self.core.settings.router_id not in hello.neighbors:
            neighbor.step(NeighborInput.ONE_WAY_RECEIVED, now_us)
            return
        neighbor.step(NeighborInput.TWO_WAY_RECEIVED, now_us)
        neighbor.last_hello = packet
        if self.state is InterfaceState.WAITING:
            alone = hello.dr == source and hello.bdr == 0
            if alone or hello.bdr == source:
                self.step(InterfaceInput.BACKUP_SEEN, now_us)
        elif changed:
            self.core.elections[self] = None

    def _disagrees(self, source: int, hello: Hello) -> bool:
        hello_s, dead_s = self._intervals()
        mask = mask_of(self.settings.length)
        if hello.hello_s != hello_s:
            self.mismatch(source, "hello", f"{hello.hello_s} s there, {hello_s} s here")
        elif hello.dead_s != dead_s:
            self.mismatch(source, "dead", f"{hello.dead_s} s there, {dead_s} s here")
        elif not self.point_to_point and hello.mask != mask:
            self.mismatch(source, "mask", f"{format_ip(hello.mask)} there, {format_ip(mask)} here")
        elif (hello.options ^ OPTIONS) & OPTIONS:
            self.mismatch(source, "options", "no external routes there (stub area), external routes here")
        else:
            return False
        return True

    def mismatch(self, source: int, reason: str, detail: str) -> None:
        """Count and report a packet that is ignored."""
        self.mismatches[reason] = self.mismatches.get(reason, 0) + 1
        self.core.events.append(Mismatch(self.settings.name, source, reason, detail))

    # election

    def settle(self, now_us: int) -> None:
        """A neighbour changed in a way that may change the election."""
        if self.state in _ELECTED:
            self.step(InterfaceInput.NEIGHBOR_CHANGE, now_us)

    def elect(self, now_us: int) -> InterfaceInput | None:
        """Elect designated router and backup; return what we are, where that is new."""
        self.wait_timer.stop()
        settings, before = self.settings, (self.dr, self.bdr)
        own = Candidate(settings.address, self.core.settings.router_id, settings.priority, self.dr, self.bdr)
        others = [
            Candidate(neighbor.address, neighbor.router_id, neighbor.priority, neighbor.dr, neighbor.bdr)
            for neighbor in self.neighbors.values()
            if neighbor.state.rank >= _TWO_WAY
        ]
        self.dr, self.bdr = elect(own, others)
        if before != (self.dr, self.bdr):
            self.core.dirty = True
            self.hello_changed()
            for neighbor in list(self.neighbors.values()):
                if neighbor.state.rank >= _TWO_WAY:
                    neighbor.step(NeighborInput.ADJ_OK, now_us)
        role = {
            self.bdr: (InterfaceState.BACKUP, InterfaceInput.ELECTED_BACKUP),
            self.dr: (InterfaceState.DR, InterfaceInput.ELECTED_DR),
        }
        state, symbol = role.get(settings.address, (InterfaceState.DROTHER, InterfaceInput.ELECTED_OTHER))
        return None if state is self.state else symbol

    def take_office(self, now_us: int) -> None:
        """Nothing to do but to say so in the next Hello."""

    # acknowledgments

    def acknowledge_later(self, header: LsaHeader, now_us: int) -> None:
        """Let an acknowledgment wait for others, for less than RxmtInterval (RFC 2328, 13.5)."""
        self.delayed_acks.append(header)
        if self.ack_timer.at_us is None:
            delay_us = min(SECOND, self.settings.retransmit_s * SECOND // 2)
            self.core.timers.arm(self.ack_timer, now_us + delay_us)

    def _send_acks(self, now_us: int) -> None:
        headers, self.delayed_acks = self.delayed_acks, []
        for header in headers:
            self.core.acks.setdefault((self, self.everybody), []).append(header)
