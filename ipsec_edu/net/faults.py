"""Faults: what goes wrong, when and where, as one line of text each.

``AT ACTION TARGET``: ``30 down ASA1:GigabitEthernet0/1``, ``60.5 crash R1``,
``10 loss 20% R1:G0/0``. Faults of one instant take effect in the order in which they are
given, before any packet of that instant. Mending what is whole, or breaking what is broken, does nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from ipsec_edu.core.errors import ScenarioError
from ipsec_edu.core.units import SECOND
from ipsec_edu.net.clock import FIRST
from ipsec_edu.net.device import Device
from ipsec_edu.net.interface import Interface, Port
from ipsec_edu.net.node import Node
from ipsec_edu.trace.records import FaultEvent

if TYPE_CHECKING:
    from ipsec_edu.net.world import World

__all__ = ["ACTIONS", "NODE_ACTIONS", "PORT_ACTIONS", "Fault", "parse_fault", "resolve", "schedule"]

PORT_ACTIONS = ("down", "up", "cut", "mend", "cut-out", "mend-out", "shutdown", "no-shutdown", "loss")
NODE_ACTIONS = ("crash", "boot", "clear-ike")
ACTIONS = PORT_ACTIONS + NODE_ACTIONS

_FORM = (
    "write AT ACTION TARGET, as in '30 down ASA1:GigabitEthernet0/1' or '10 loss 20% ASA1:GigabitEthernet0/1'"
)
_NUMBER = re.compile(r"(?:\d{1,9}(?:\.\d*)?|\.\d+)\Z", re.ASCII)
_NAME = re.compile(r"([A-Za-z-]*)\s*(.*)\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    Attributes
    ----------
    at_us : int
        When, in microseconds.
    action, target : str
        What (`ACTIONS`), and the port ``NODE:INTERFACE`` or the node it happens to.
    percent : float or None
        Of ``loss``.
    """

    at_us: int
    action: str
    target: str
    percent: float | None = None

    @property
    def text(self) -> str:
        """The canonical line; `parse_fault` makes an equal fault of it."""
        percent = "" if self.percent is None else f"{_decimal(round(self.percent * SECOND))}% "
        return f"{_decimal(self.at_us)} {self.action} {percent}{self.target}"


def parse_fault(text: str) -> Fault:
    """Read one line, without knowing the lab (`resolve` looks the names up).

    Raises
    ------
    ScenarioError
        The line has another form, an unknown action, or an impossible number.
    """
    words = text.split()
    if len(words) < 3:
        raise ScenarioError(f"fault {text!r} is incomplete: {_FORM}")
    at, action, *rest = words
    if not _NUMBER.match(at):
        raise ScenarioError(f"fault {text!r}: {at!r} is no time; give seconds from 0 on, such as 30 or 30.5")
    action = action.lower()
    if action not in ACTIONS:
        raise ScenarioError(f"fault {text!r}: there is no action {action!r}{_hint(action, ACTIONS)}")
    percent = None
    if action == "loss":
        percent = _percent(text, rest.pop(0))
    if len(rest) != 1:
        raise ScenarioError(f"fault {text!r} should name one target: {_FORM}")
    target = rest[0]
    if action in PORT_ACTIONS and not all(target.partition(":")):
        raise ScenarioError(f"fault {text!r}: {action} happens to an interface, so name it as NODE:INTERFACE")
    if action in NODE_ACTIONS and ":" in target:
        raise ScenarioError(
            f"fault {text!r}: {action} happens to a whole node, so leave out what follows the colon"
        )
    return Fault(_micro(at), action, target, percent)


def resolve(fault: Fault, world: World) -> Fault:
    """Return the fault with the names of `world`, abbreviations spelt out.

    Raises
    ------
    ScenarioError
        No such node or interface, an ambiguous abbreviation, or nothing there that could fail so.
    """
    name, _, interface = fault.target.partition(":")
    device = _device(fault, world, name)
    if fault.action == "clear-ike" and (not isinstance(device, Node) or device.clear_ike is None):
        able = [d.name for d in world.devices.values() if isinstance(d, Node) and d.clear_ike is not None]
        raise ScenarioError(f"fault {fault.text!r}: no IKE runs on {device.name}{_list('it runs on', able)}")
    if fault.action in NODE_ACTIONS:
        return replace(fault, target=device.name)
    port = _port(fault, device, interface)
    if port.cable is None and fault.action not in ("shutdown", "no-shutdown"):
        raise ScenarioError(
            f"fault {fault.text!r}: no cable is plugged into {port.label}; only shutdown can happen to it"
        )
    return replace(fault, target=port.label)


def schedule(faults: Iterable[Fault], world: World) -> tuple[Fault, ...]:
    """Let `faults` happen in `world`; return them resolved, in order of time.

    Raises
    ------
    ScenarioError
        As `resolve`; nothing is scheduled then.
    """
    resolved = sorted((resolve(fault, world) for fault in faults), key=lambda fault: fault.at_us)
    for fault in resolved:
        world.clock.at(fault.at_us, _strike, fault, world, priority=FIRST)
    return tuple(resolved)


def _strike(fault: Fault, world: World) -> None:
    """Make the fault happen now."""
    world.trace.faults.append(FaultEvent(world.clock.now_us, fault.text))
    if fault.action in NODE_ACTIONS:
        _NODE_EFFECTS[fault.action](world.devices[fault.target])
    else:
        _PORT_EFFECTS[fault.action](world.port(fault.target), fault.percent or 0.0)


def _plug(plugged: bool) -> Callable[[Port, float], None]:
    def effect(port: Port, percent: float) -> None:
        assert port.cable is not None
        port.cable.plug(plugged)

    return effect


def _cut(cut: bool) -> Callable[[Port, float], None]:
    def effect(port: Port, percent: float) -> None:
        assert port.cable is not None
        port.cable.set_cut(cut)

    return effect


def _cut_out(cut: bool) -> Callable[[Port, float], None]:
    def effect(port: Port, percent: float) -> None:
        assert port.cable is not None
        port.cable.set_cut_from(port, cut)

    return effect


def _admin(up: bool) -> Callable[[Port, float], None]:
    return lambda port, percent: port.set_admin(up)


def _loss(port: Port, percent: float) -> None:
    assert port.cable is not None
    port.cable.set_loss(percent)


def _power(up: bool) -> Callable[[Device], None]:
    return lambda device: device.set_power(up)


def _clear_ike(device: Device) -> None:
    if isinstance(device, Node) and device.clear_ike is not None and device.powered:
        device.clear_ike()


_PORT_EFFECTS: dict[str, Callable[[Port, float], None]] = {
    "down": _plug(False),
    "up": _plug(True),
    "cut": _cut(True),
    "mend": _cut(False),
    "cut-out": _cut_out(True),
    "mend-out": _cut_out(False),
    "shutdown": _admin(False),
    "no-shutdown": _admin(True),
    "loss": _loss,
}
_NODE_EFFECTS: dict[str, Callable[[Device], None]] = {
    "crash": _power(False),
    "boot": _power(True),
    "clear-ike": _clear_ike,
}


# --- names and numbers -------------------------------------------------------------------


def _micro(number: str) -> int:
    """Return a decimal number times a million, rounded, without going through floats."""
    whole, _, part = number.partition(".")
    digits = (part + "0000000")[:7]
    return int(whole or "0") * SECOND + (int(digits) + 5) // 10


def _decimal(millionths: int) -> str:
    whole, part = divmod(millionths, SECOND)
    return f"{whole}.{part:06d}".rstrip("0") if part else str(whole)


def _percent(text: str, word: str) -> float:
    number = word.removesuffix("%")
    if not _NUMBER.match(number) or _micro(number) > 100 * SECOND:
        raise ScenarioError(
            f"fault {text!r}: {word!r} is no loss; give 0% to 100%, as in {'10 loss 20% R1:G0/0'!r}"
        )
    return _micro(number) / SECOND


def _device(fault: Fault, world: World, name: str) -> Device:
    if name in world.devices:
        return world.devices[name]
    same = [device for device in world.devices.values() if device.name.lower() == name.lower()]
    if len(same) == 1:
        return same[0]
    raise ScenarioError(f"fault {fault.text!r}: there is no node {name!r}{_hint(name, list(world.devices))}")


def _port(fault: Fault, device: Device, name: str) -> Port:
    """Find an interface by name, by ``nameif``, or by an abbreviation that fits only one."""
    if name in device.ports:
        return device.ports[name]
    found = [port for port in device.ports.values() if _is_called(port, name)]
    found = found or [port for port in device.ports.values() if _abbreviates(name, port.name)]
    if len(found) == 1:
        return found[0]
    if found:
        names = " or ".join(port.name for port in found)
        raise ScenarioError(f"fault {fault.text!r}: {name!r} could be {names}; write one of them")
    raise ScenarioError(
        f"fault {fault.text!r}: {device.name} has no interface {name!r}{_hint(name, list(device.ports))}"
    )


def _is_called(port: Port, name: str) -> bool:
    nameif = port.nameif if isinstance(port, Interface) else None
    return name.lower() in (port.name.lower(), (nameif or "").lower())


def _abbreviates(short: str, name: str) -> bool:
    """Tell whether `short` is `name` with its word cut short (``g0/1``, ``Gig0/1``)."""
    (word, number), (full_word, full_number) = (_NAME.match(text).groups() for text in (short, name))  # type: ignore[union-attr]
    return bool(word) and number == full_number and full_word.lower().startswith(word.lower())


def _hint(word: str, known: Sequence[str]) -> str:
    """Say what was probably meant, and what exists."""
    folded = {name.lower(): name for name in known}
    near = get_close_matches(word.lower(), list(folded), 1, 0.6)
    guess = f"; did you mean {folded[near[0]]}?" if near else ""
    return guess + _list("there is" if len(known) == 1 else "there are", known)


def _list(intro: str, names: Sequence[str]) -> str:
    return f" ({intro} {', '.join(names)})" if names else ""
