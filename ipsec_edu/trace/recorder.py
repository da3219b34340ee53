"""The recorder: an append for everything that happens, and the books of the packets."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from ipsec_edu.core.causes import Cause
from ipsec_edu.trace.records import (
    ChildKeys,
    DpdEvent,
    Drop,
    FaultEvent,
    Hop,
    IkeKeys,
    LogLine,
    Message,
    PortChange,
    PowerChange,
    Probe,
    RouteChange,
    SaRecord,
    StateChange,
    Tampering,
)

__all__ = ["Books", "Trace"]


@dataclass(slots=True)
class Books:
    """Counts of packets by fate. An encapsulated packet is the packet that it carries."""

    sent: int = 0
    delivered: int = 0
    dropped: Counter[Cause] = field(default_factory=Counter)

    @property
    def in_flight(self) -> int:
        """Packets that are neither delivered nor dropped."""
        return self.sent - self.delivered - sum(self.dropped.values())


@dataclass(slots=True)
class Trace:
    """All records of a run, each list in order of time."""

    probes: dict[str, list[Probe]] = field(default_factory=dict)
    hops: list[Hop] = field(default_factory=list)
    drops: list[Drop] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    sas: list[SaRecord] = field(default_factory=list)
    log: list[LogLine] = field(default_factory=list)
    routes: list[RouteChange] = field(default_factory=list)
    states: list[StateChange] = field(default_factory=list)
    dpd: list[DpdEvent] = field(default_factory=list)
    ports: list[PortChange] = field(default_factory=list)
    power: list[PowerChange] = field(default_factory=list)
    faults: list[FaultEvent] = field(default_factory=list)
    tampering: list[Tampering] = field(default_factory=list)
    ike_keys: list[IkeKeys] = field(default_factory=list)
    child_keys: list[ChildKeys] = field(default_factory=list)
    books: Books = field(default_factory=Books)
