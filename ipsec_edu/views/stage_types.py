"""What the stage needs to know about a run and its lab: the seam between the simulator and the screen.

The stage never asks more of a run than `StageRun`, and of a lab no more than `StageLab`;
whoever builds these two can draw on the stage, a hand-made fixture included.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, Protocol, TypedDict

from ipsec_edu.trace.recorder import Trace

__all__ = [
    "CloudLayout",
    "EndLayout",
    "LanLayout",
    "LinkLayout",
    "NodeLayout",
    "StageLab",
    "StageLayout",
    "StageOutage",
    "StagePart",
    "StageRun",
]


class NodeLayout(TypedDict):
    """One device on the map."""

    x: float
    """Centre, as a fraction of the width of the map (0 left, 1 right)."""
    y: float
    """Centre, as a fraction of its height (0 top, 1 bottom)."""
    kind: str
    """``router firewall host switch cloud``; anything else is drawn as a plain box."""
    label: NotRequired[str]
    """Shown instead of the name."""
    addresses: NotRequired[Sequence[str]]
    """Every address it owns, loopbacks and virtual ones included: tells which peer an SA means."""


class EndLayout(TypedDict):
    """One end of a cable."""

    node: str
    interface: str
    """The full name as in the configuration: ``GigabitEthernet0/1``."""
    nameif: NotRequired[str]
    """``OUTSIDE``."""
    address: NotRequired[str]


class LinkLayout(TypedDict):
    """One cable; an interface may have many cables only on a ``switch`` or ``cloud``."""

    a: EndLayout
    b: EndLayout
    delay_us: int
    """One way."""


class LanLayout(TypedDict):
    """A grey box behind the devices of one subnet."""

    label: str
    prefix: NotRequired[str]
    nodes: Sequence[str]


class CloudLayout(TypedDict):
    """A grey cloud over the cables that nobody here owns: the Internet."""

    label: str
    note: NotRequired[str]
    """Second line; where it is missing the stage writes the delay: ``40 ms each way``."""
    x: NotRequired[float]
    y: NotRequired[float]
    width: NotRequired[float]
    height: NotRequired[float]
    nodes: NotRequired[Sequence[str]]
    """Without x and y the cloud lies in the middle of these devices (default: of all)."""


class StageLayout(TypedDict):
    """``lab.layout``."""

    nodes: Mapping[str, NodeLayout]
    links: Sequence[LinkLayout]
    lans: NotRequired[Sequence[LanLayout]]
    clouds: NotRequired[Sequence[CloudLayout]]
    gateways: NotRequired[Sequence[str]]
    """Devices that do IPsec, in the order of their lanes; default: those that ever held an SA,
    and firewalls."""
    height: NotRequired[int]
    """Height of the map in pixels; default by the number of rows of devices."""


class StageLab(Protocol):
    """The part of a lab that the stage reads."""

    @property
    def name(self) -> str:
        """The folder's name."""

    @property
    def title(self) -> str:
        """One line for people."""

    @property
    def layout(self) -> Any:
        """Where everything is: a `StageLayout`."""

    @property
    def offers(self) -> Sequence[tuple[str, str, str]]:
        """The faults on offer: (action, target, label), e.g. ``("cut", "ASA1:GigabitEthernet0/1", "")``."""


class StagePart(Protocol):
    """One part of an outage."""

    @property
    def name(self) -> str:
        """``detect``, ``wait``, ``negotiate``, ``re-route``, ``take over``, ``first packet``."""

    @property
    def start_us(self) -> int: ...

    @property
    def end_us(self) -> int: ...


class StageOutage(Protocol):
    """One line of the ledger."""

    @property
    def flow(self) -> str: ...

    @property
    def start_us(self) -> int: ...

    @property
    def end_us(self) -> int | None: ...

    @property
    def lost(self) -> int: ...

    @property
    def parts(self) -> Sequence[StagePart]: ...


class StageRun(Protocol):
    """The part of a run that the stage reads."""

    @property
    def lab(self) -> StageLab: ...

    @property
    def trace(self) -> Trace: ...

    @property
    def faults(self) -> Sequence[str]:
        """Canonical texts, ``30 cut ASA1:GigabitEthernet0/1``."""

    @property
    def until_us(self) -> int: ...

    @property
    def seed(self) -> int: ...

    def ledger(self) -> Sequence[StageOutage]:
        """Return the outages of all flows."""
