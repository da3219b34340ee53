"""Where a lab's devices stand on the map: the scenario's word, else a place computed from the cables."""

from __future__ import annotations

from collections import deque
from typing import Any

from ipsec_edu.config.scenario import Scenario
from ipsec_edu.config.settings import DeviceSettings
from ipsec_edu.config.topology import Topology
from ipsec_edu.core.addr import format_ip

__all__ = ["layout_of"]

_KIND = {"ios": "router", "asa": "firewall", "linux": "host", "bridge": "cloud"}


def layout_of(topology: Topology, settings: dict[str, DeviceSettings], scenario: Scenario) -> dict[str, Any]:
    """Return nodes with x and y from 0 to 1, links with their ends, LANs, clouds and gateways.

    A LAN is drawn around devices that share a prefix; where the scenario names none, none is drawn.
    """
    given = scenario.layout.get("nodes", {})
    computed = _computed(topology) if any(name not in given for name in topology.nodes) else {}
    nodes: dict[str, Any] = {}
    for name, spec in topology.nodes.items():
        own = given.get(name, {})
        x, y = (own["x"], own["y"]) if "x" in own else computed[name]
        nodes[name] = {
            "x": x,
            "y": y,
            "kind": own.get("kind", _KIND[spec.platform]),
            "label": own.get("label", name),
        }
    lans = [
        {"label": lan.get("label", ""), "prefix": lan.get("prefix", ""), "nodes": list(lan["nodes"])}
        for lan in scenario.layout.get("lan", ())
        if all(name in topology.nodes for name in lan["nodes"])
    ]
    links = [
        {"a": _end(link.a, settings), "b": _end(link.b, settings), "delay_us": link.delay_us}
        for link in topology.links
    ]
    for name, device in settings.items():
        owned = [format_ip(i.address) for i in device.interfaces.values() if i.address is not None]
        nodes[name]["addresses"] = owned
    clouds = [
        {"label": spec["label"], "nodes": [name]} for name, spec in nodes.items() if spec["kind"] == "cloud"
    ]
    layout = {"nodes": nodes, "links": links, "lans": lans, "clouds": clouds}
    layout["gateways"] = [name for name, device in settings.items() if device.crypto_maps]
    return layout


def _end(port: str, settings: dict[str, DeviceSettings]) -> dict[str, Any]:
    node, _, interface = port.partition(":")
    end: dict[str, Any] = {"node": node, "interface": interface}
    known = settings[node].interfaces.get(interface) if node in settings else None
    if known is not None and known.nameif:
        end["nameif"] = known.nameif
    if known is not None and known.address is not None:
        end["address"] = format_ip(known.address)
    return end


def _computed(topology: Topology) -> dict[str, tuple[float, float]]:
    """Columns by distance from the first node, rows within a column in file order."""
    neighbours: dict[str, list[str]] = {name: [] for name in topology.nodes}
    for link in topology.links:
        a, b = link.a.partition(":")[0], link.b.partition(":")[0]
        neighbours[a].append(b)
        neighbours[b].append(a)
    column: dict[str, int] = {}
    for root in topology.nodes:
        if root in column:
            continue
        column[root] = 0
        queue = deque([root])
        while queue:
            node = queue.popleft()
            for other in neighbours[node]:
                if other not in column:
                    column[other] = column[node] + 1
                    queue.append(other)
    width = max(column.values(), default=0) or 1
    rows: dict[int, list[str]] = {}
    for name in topology.nodes:
        rows.setdefault(column[name], []).append(name)
    return {
        name: (0.06 + 0.88 * index / width, (row + 1) / (len(names) + 1))
        for index, names in rows.items()
        for row, name in enumerate(names)
    }
