"""``scenario.toml``: traffic, faults on offer, controls and positions of a lab."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from typing import Any

from ipsec_edu.core.errors import LabError
from ipsec_edu.core.units import to_us

__all__ = ["Control", "FaultOffer", "FaultSequence", "FlowSpec", "Scenario", "parse_scenario"]


@dataclass(frozen=True, slots=True)
class FlowSpec:
    """Traffic: pings (echo and answer) or one-way datagrams from a device to an address."""

    name: str
    source: str
    to: str
    kind: str = "ping"
    every_us: int = 1_000_000
    start_us: int = 1_000_000
    count: int | None = None
    size: int = 100
    """Bytes of the whole IPv4 packet (IOS pings are 100 bytes)."""


@dataclass(frozen=True, slots=True)
class FaultOffer:
    """A fault that the stage offers: ``ACTION TARGET`` and how it is called."""

    action: str
    target: str
    label: str


@dataclass(frozen=True, slots=True)
class FaultSequence:
    """Faults that belong together (a flapping link), as lines for `Lab.run`."""

    name: str
    label: str
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Control:
    """A slider or a choice, and the configuration that it writes.

    `lines` are templates: ``{name}`` of any control, and the node's own values.
    """

    name: str
    label: str
    nodes: tuple[str, ...]
    lines: tuple[str, ...]
    value: float | str
    unit: str = ""
    min: float = 0
    max: float = 0
    step: float = 1
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """Everything of the file; `layout` as written there."""

    title: str = ""
    summary: str = ""
    until_us: int = 120_000_000
    flows: tuple[FlowSpec, ...] = ()
    offers: tuple[FaultOffer, ...] = ()
    sequences: tuple[FaultSequence, ...] = ()
    controls: tuple[Control, ...] = ()
    control_values: dict[str, dict[str, str]] = field(default_factory=dict)
    layout: dict[str, Any] = field(default_factory=dict)
    variants: dict[str, str] = field(default_factory=dict)
    profiles: dict[str, dict[str, Any]] = field(default_factory=dict)
    """How a device's IKE behaves where its configuration cannot say it (`config.wiring.behave`)."""


def parse_scenario(text: str, file: str) -> Scenario:
    """Read the TOML `text`; LabError names the file and the key that is wrong."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LabError(f"{file}: {error}") from None
    known = {
        "title",
        "summary",
        "until_s",
        "flow",
        "fault",
        "sequence",
        "control",
        "control_values",
        "layout",
        "variants",
        "profiles",
    }
    for key in data.keys() - known:
        raise LabError(f"{file}: unknown key {key!r}; known are {', '.join(sorted(known))}")
    try:
        return Scenario(
            title=str(data.get("title", "")),
            summary=str(data.get("summary", "")),
            until_us=to_us(float(data.get("until_s", 120))),
            flows=tuple(_flow(item, file) for item in data.get("flow", ())),
            offers=tuple(
                FaultOffer(item["action"], item["target"], item["label"]) for item in data.get("fault", ())
            ),
            sequences=tuple(
                FaultSequence(item["name"], item["label"], tuple(item["faults"]))
                for item in data.get("sequence", ())
            ),
            controls=tuple(_control(item) for item in data.get("control", ())),
            control_values={
                node: {k: str(v) for k, v in values.items()}
                for node, values in data.get("control_values", {}).items()
            },
            layout=data.get("layout", {}),
            variants={str(k): str(v) for k, v in data.get("variants", {}).items()},
            profiles={node: dict(values) for node, values in data.get("profiles", {}).items()},
        )
    except KeyError as error:
        raise LabError(f"{file}: an entry lacks the key {error}") from None
    except (TypeError, ValueError) as error:
        raise LabError(f"{file}: {error}") from None


def _flow(item: dict[str, Any], file: str) -> FlowSpec:
    kind = item.get("kind", "ping")
    if kind not in ("ping", "datagram"):
        raise LabError(f"{file}: flow {item.get('name')}: kind is ping or datagram, not {kind!r}")
    every = float(item.get("every_s", 1))
    if every <= 0:
        raise LabError(f"{file}: flow {item.get('name')}: every_s must be above 0")
    return FlowSpec(
        name=item["name"],
        source=item["from"],
        to=item["to"],
        kind=kind,
        every_us=max(1, to_us(every)),
        start_us=to_us(float(item.get("start_s", 1))),
        count=item.get("count"),
        size=int(item.get("size", 100)),
    )


def _control(item: dict[str, Any]) -> Control:
    return Control(
        name=item["name"],
        label=item["label"],
        nodes=tuple(item["nodes"]),
        lines=tuple(item["lines"]),
        value=item["value"],
        unit=item.get("unit", ""),
        min=item.get("min", 0),
        max=item.get("max", 0),
        step=item.get("step", 1),
        options=tuple(item.get("options", ())),
    )
