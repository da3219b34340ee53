"""The topology of a lab folder: a containerlab file, read for what a simulation needs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ipsec_edu.config.names import canonical_interface
from ipsec_edu.core.errors import LabError
from ipsec_edu.core.units import to_us

__all__ = ["KINDS", "LinkSpec", "NodeSpec", "Topology", "parse_topology"]

KINDS = {"cisco_iol": "ios", "cisco_asav": "asa", "linux": "linux", "bridge": "bridge"}
"""containerlab kind -> platform of the model (``bridge`` is a LAN segment)."""

_DELAY = re.compile(r"(\d+(?:\.\d+)?)\s*(us|ms|s)\Z")
_RATE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmg]?)(?:bit|bps)?\Z", re.IGNORECASE)
_UNIT_S = {"us": 1e-6, "ms": 1e-3, "s": 1.0}
_SCALE = {"": 1, "k": 1_000, "m": 1_000_000, "g": 1_000_000_000}


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """One device of the file; `startup_config` is a path relative to the file."""

    name: str
    platform: str
    startup_config: str | None = None
    exec: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LinkSpec:
    """One cable: its two ends as ``NODE:INTERFACE`` and what ``vars`` says about it."""

    a: str
    b: str
    delay_us: int = 0
    rate_bps: int | None = None
    loss_percent: float = 0.0


@dataclass(frozen=True, slots=True)
class Topology:
    """Nodes in the order of the file, and links."""

    name: str
    nodes: dict[str, NodeSpec]
    links: tuple[LinkSpec, ...]


def parse_topology(text: str, file: str) -> Topology:
    """Read the containerlab topology `text`.

    Raises
    ------
    LabError
        With file and, where YAML knows it, line: not YAML, unknown kind, a link to a node
        that does not exist, a delay without unit ...
    """
    import yaml

    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{file}:{mark.line + 1}" if mark else file
        raise LabError(f"{where}: not YAML: {getattr(error, 'problem', error)}") from None
    if not isinstance(document, dict) or not isinstance(document.get("topology"), dict):
        raise LabError(
            f"{file}: no 'topology:' section; a containerlab file has name, topology.nodes, topology.links"
        )
    body = document["topology"]
    nodes = {
        str(name): _node(str(name), spec or {}, file) for name, spec in (body.get("nodes") or {}).items()
    }
    if not nodes:
        raise LabError(f"{file}: topology.nodes is empty; name at least one device")
    links = tuple(_link(item, nodes, file) for item in body.get("links") or ())
    used: set[str] = set()
    for port in (end for link in links for end in (link.a, link.b)):
        if port in used:
            raise LabError(f"{file}: {port} is used by two links; a port takes one cable")
        used.add(port)
    return Topology(str(document.get("name", "lab")), nodes, links)


def _node(name: str, spec: dict[str, Any], file: str) -> NodeSpec:
    kind = spec.get("kind")
    if kind not in KINDS:
        known = ", ".join(KINDS)
        raise LabError(f"{file}: node {name} has kind {kind!r}; the simulator knows {known}")
    return NodeSpec(name, KINDS[kind], spec.get("startup-config"), tuple(spec.get("exec") or ()))


def _link(item: dict[str, Any], nodes: dict[str, NodeSpec], file: str) -> LinkSpec:
    ends = item.get("endpoints") or []
    if len(ends) != 2:
        raise LabError(
            f'{file}: a link needs two endpoints like ["R1:Ethernet0/1", "R2:Ethernet0/1"], found {ends!r}'
        )
    a, b = (_endpoint(end, nodes, file) for end in ends)
    values = item.get("vars") or {}
    unknown = set(values) - {"delay", "rate", "loss"}
    if unknown:
        raise LabError(
            f"{file}: link {a} - {b}: vars may hold delay, rate, loss; not {', '.join(sorted(unknown))}"
        )
    where = f"{file}: link {a} - {b}"
    return LinkSpec(a, b, _delay(values, where), _rate(values, where), _loss(values, where))


def _endpoint(end: Any, nodes: dict[str, NodeSpec], file: str) -> str:
    if isinstance(end, dict):
        end = f"{end.get('node')}:{end.get('interface')}"
    node, _, interface = str(end).partition(":")
    if node not in nodes:
        raise LabError(f"{file}: endpoint {end}: there is no node {node}; nodes are {', '.join(nodes)}")
    if not interface:
        raise LabError(f"{file}: endpoint {end}: write NODE:INTERFACE")
    platform = nodes[node].platform
    if platform in ("ios", "asa"):
        try:
            interface = canonical_interface(interface, platform)
        except ValueError as error:
            raise LabError(f"{file}: endpoint {end}: {error}") from None
    return f"{node}:{interface}"


def _delay(values: dict[str, Any], where: str) -> int:
    if "delay" not in values:
        return 0
    match = _DELAY.match(str(values["delay"]).strip())
    if match is None:
        raise LabError(f"{where}: delay {values['delay']!r}; write a number with unit, as 20ms")
    return to_us(float(match[1]) * _UNIT_S[match[2]])


def _rate(values: dict[str, Any], where: str) -> int | None:
    if "rate" not in values:
        return None
    match = _RATE.match(str(values["rate"]).strip())
    if match is None or float(match[1]) <= 0:
        raise LabError(f"{where}: rate {values['rate']!r}; write bits per second, as 100mbit")
    return int(float(match[1]) * _SCALE[match[2].lower()])


def _loss(values: dict[str, Any], where: str) -> float:
    text = str(values.get("loss", 0)).strip().removesuffix("%")
    try:
        loss = float(text)
    except ValueError:
        loss = -1.0
    if not 0 <= loss <= 100:
        raise LabError(f"{where}: loss {values['loss']!r}; write a percentage from 0 to 100")
    return loss
