"""From settings back to text: ``show running-config`` in the order in which a device prints it.

What is modelled is printed from the settings, so that ``no`` forms and merges show their
effect; what is not modelled is printed as it was typed, in its place.
"""

from __future__ import annotations

from collections.abc import Iterator

from ipsec_edu.config.running_asa import ASA_ORDER, asa_sections
from ipsec_edu.config.running_ios import IOS_ORDER, ios_sections
from ipsec_edu.config.settings import DeviceSettings, Lines
from ipsec_edu.core.addr import format_ip

__all__ = ["running_config"]


def running_config(settings: DeviceSettings, *, hide_keys: bool | None = None) -> str:
    """Return the configuration as the device prints it; loading it again gives the same settings.

    Parameters
    ----------
    settings : DeviceSettings
        As returned by `parse`.
    hide_keys : bool, optional
        Print ``*****`` for pre-shared keys; None does as the platform does (an ASA hides
        them, IOS does not). Only a text with its keys can be loaded again.
    """
    if settings.platform == "linux":
        return "\n".join(_linux(settings)) + "\n"
    asa = settings.platform == "asa"
    hidden = asa if hide_keys is None else hide_keys
    order = ASA_ORDER if asa else IOS_ORDER
    sections = list((asa_sections if asa else ios_sections)(settings, hidden))
    owned = {opener for _, opener, _ in sections}
    ranked: list[tuple[int, int, list[str]]] = []
    for opener, below in settings.lines.items():
        if opener not in owned:
            ranked.append((_rank(order, opener), len(ranked), [opener, *_nested(below, 1)]))
    for key, opener, lines in sections:
        kept = {text: below for text, below in settings.lines.get(opener, {}).items() if text not in lines}
        ranked.append(
            (_rank(order, key), len(ranked), [opener, *(f" {line}" for line in lines), *_nested(kept, 1)])
        )
    ranked.sort(key=lambda item: item[:2])
    text: list[str] = []
    previous = -1
    for rank, _, lines in ranked:
        if previous not in (-1, rank) or lines[0].startswith(("interface", "router")):
            text.append("!")
        text += lines
        previous = rank
    while text and text[0] == "!":
        text.pop(0)
    return "\n".join([*([": Saved", ":"] if asa else []), *text, ": end" if asa else "!\nend"]) + "\n"


def _rank(order: tuple[str, ...], text: str) -> int:
    """Return where a command stands in the device's order: the longest beginning that is listed."""
    command = text.removeprefix("no ")
    best = max((prefix for prefix in order if command.startswith(prefix)), key=len, default=None)
    return order.index(best) if best is not None else order.index("*")


def _nested(lines: Lines, depth: int) -> Iterator[str]:
    for text, below in lines.items():
        yield " " * (depth - text.startswith("exit-")) + text
        yield from _nested(below, depth + 1)


def _linux(settings: DeviceSettings) -> Iterator[str]:
    if settings.hostname:
        yield f"hostname {settings.hostname}"
    for interface in settings.interfaces.values():
        if interface.address is not None:
            yield f"ip addr add {format_ip(interface.address)}/{interface.length} dev {interface.name}"
        yield f"ip link set {interface.name} {'down' if interface.shutdown else 'up'} mtu {interface.mtu}"
    for route in settings.routes:
        prefix = "default" if route.prefix.length == 0 else str(route.prefix)
        via = f" via {format_ip(route.next_hop)}" if route.next_hop is not None else ""
        yield f"ip route add {prefix}{via}" + (f" dev {route.interface}" if route.interface else "")
    yield from settings.lines
