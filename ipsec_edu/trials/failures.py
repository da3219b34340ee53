"""What can fail in a lab: every cable, and every device that is not an end of the traffic."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from ipsec_edu.core.addr import parse_ip
from ipsec_edu.core.errors import ScenarioError
from ipsec_edu.lab import Lab

__all__ = ["MODES", "Failure", "combinations", "covered_by", "ends_of", "failures_of"]

MODES = {"cut": ("cut",), "down": ("down",), "both": ("cut", "down")}
"""How a cable fails: silently, with loss of carrier, each in its turn."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that fails for good.

    Attributes
    ----------
    action, target : str
        As in a fault line.
    link : int or None
        Number of the cable in the topology; None for a device.
    touches : tuple of str
        The devices at the cable's ends, or the device.
    """

    action: str
    target: str
    link: int | None
    touches: tuple[str, ...]

    def line(self, at: str) -> str:
        """Return the fault line."""
        return f"{at} {self.action} {self.target}"

    @property
    def words(self) -> str:
        """How a table calls it: short interface names, both ends of a cable."""
        if self.link is None:
            return f"{self.action} {self.target}"
        node, _, port = self.target.partition(":")
        for long, short in (("GigabitEthernet", "G"), ("FastEthernet", "F"), ("Ethernet", "E")):
            port = port.replace(long, short)
        far = next((name for name in self.touches if name != node), node)
        return f"{self.action} {node}:{port} ({far})"


def ends_of(lab: Lab) -> dict[str, tuple[str, str | None]]:
    """Return, per flow, the device that sends and the one that owns the address sent to (if one does)."""
    owners = {
        interface.address: name
        for name, settings in lab.settings.items()
        for interface in settings.interfaces.values()
        if interface.address is not None
    }
    return {flow.name: (flow.source, owners.get(parse_ip(flow.to))) for flow in lab.flows}


def failures_of(lab: Lab, mode: str = "cut") -> list[Failure]:
    """Return every single failure, cables first, in the order of the topology.

    Raises
    ------
    ScenarioError
        An unknown mode.
    """
    if mode not in MODES:
        raise ScenarioError(f"mode is {', '.join(MODES)}, not {mode!r}")
    found = []
    for number, link in enumerate(lab.topology.links):
        nodes = tuple(end.partition(":")[0] for end in (link.a, link.b))
        first_is_bridge = lab.topology.nodes[nodes[0]].platform == "bridge"
        target = link.b if first_is_bridge else link.a
        found += [Failure(action, target, number, nodes) for action in MODES[mode]]
    ends = {node for pair in ends_of(lab).values() for node in pair}
    return found + [Failure("crash", name, None, (name,)) for name in lab.topology.nodes if name not in ends]


def combinations(failures: Sequence[Failure], *, singles: bool = False) -> list[tuple[Failure, ...]]:
    """Return singles, then doubles unless `singles`; never one cable twice."""
    found: list[tuple[Failure, ...]] = [(failure,) for failure in failures]
    if not singles:
        for a, b in itertools.combinations(failures, 2):
            if a.link is None or a.link != b.link:
                found.append((a, b))
    return found


def covered_by(pair: tuple[Failure, ...]) -> tuple[Failure, ...] | None:
    """Return the single failure that does the same as `pair`: a dead device needs no cable."""
    if len(pair) == 2:
        for device, cable in (pair, pair[::-1]):
            if device.link is None and cable.link is not None and device.target in cable.touches:
                return (device,)
    return None
