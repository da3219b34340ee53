"""A run as one JSON object: what the stage in the browser draws from.

Contract with ``static/*.js`` (raise `VERSION` when it changes in a way that old scripts would
misread). All times are integer microseconds; devices, links, SAs and messages are named by
their index in the list of that name; ``-1`` means "never" in columns of times and "none" in
columns of indices.

=============  ====================================================================
key            value
=============  ====================================================================
version        `VERSION`
lab            name, title
until, seed    end of the run, seed
nodes          name, kind, x, y, label, address, identities (loopbacks that speak IKE)
links          a and b (port, node, short, role, address), delay
lans, clouds   label, prefix or note, nodes (indices), x, y, width, height (fractions)
height         of the map in pixels
offers         faults on offer: action, target, label
faults         at, action, target, text: the input of this run
causes         code of a cause -> words
flows          name, label, sent[], answered[], lost[], cause[] (codes), number[]
outages        flow, start, end, lost, parts (name, start, end)
gateways       indices of the devices that do IPsec
pairs          two addresses of a and b; path: [[link, 1 forward | 0 backward], ...] from a to b;
               where tables led others, ways: [[at, 1 from a | 0 from b, path], ...]
sas            node, peer, remote (its address), pair, kind, id, initiator, begun, up, down,
               reason, ike, selector, transform, stale: [[start, end, why], ...],
               older: SA that it replaces or -1
heard          per gateway and pair: node, pair, rhythm, times[] (only those before a gap)
dpd            node, pair, threshold, probes: [[at, number, limit, heard, dead], ...], dead[]
messages       at, arrived, from, to, exchange, n, of, name, payloads, notify, size, again,
               encrypted, cause, where, neg
negs           pair, from, start, end, done, kind, messages[]: one negotiation each
ladder         bytes, fields, state machines and keys of the messages: `message_data`
hops           columns left, arrived, link, forward, kind, flow, number, answer, spi,
               sequence, message
drops          at, node, link, forward, cause, kind, flow, number, answer, text
ports          port -> [[at, carrier, cut_out, cut_in, loss], ...]
power          [[at, node, up], ...]
log            [[at, node, text], ...]
routes         [[at, node, change, prefix, via, source], ...]
tracks         node, label, spans: [[start, end, text], ...]: HSRP and the like
=============  ====================================================================
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

from ipsec_edu.core.addr import Prefix, format_ip
from ipsec_edu.core.causes import Cause
from ipsec_edu.core.units import to_us
from ipsec_edu.routing.rib import CONNECTED
from ipsec_edu.trace.records import StateChange
from ipsec_edu.views.judge import port_name
from ipsec_edu.views.message_data import message_data
from ipsec_edu.views.stage_context import Context
from ipsec_edu.views.stage_hops import drop_records, hop_columns
from ipsec_edu.views.stage_ike import dpd_records, heard_records, message_records
from ipsec_edu.views.stage_types import EndLayout, StageRun
from ipsec_edu.views.stage_ways import add_ways

__all__ = ["VERSION", "fault_record", "short_interface", "stage_data"]

VERSION = 1
TRACKED = ("hsrp", "vrrp", "nhrp")
_SHORT = (
    ("TenGigabitEthernet", "Te"),
    ("GigabitEthernet", "G"),
    ("FastEthernet", "F"),
    ("Ethernet", "E"),
    ("Serial", "Se"),
    ("Loopback", "Lo"),
    ("Tunnel", "Tu"),
    ("Vlan", "Vl"),
)
_FAULT = re.compile(r"(\S+)\s+(.+?)\s+(\S+)\Z")


def short_interface(interface: str) -> str:
    """Return an interface's name as one writes it in a drawing: ``GigabitEthernet0/1`` is ``G0/1``."""
    for long, short in _SHORT:
        if interface.startswith(long):
            return short + interface[len(long) :]
    return interface


def fault_record(text: str) -> dict[str, Any]:
    """Split a canonical fault, ``30 loss 20% ASA1:GigabitEthernet0/1``, into the stage's record."""
    match = _FAULT.match(text)
    if match is None:
        raise ValueError(f"{text!r} is not a fault: write it as AT ACTION TARGET")
    at, action, target = match.groups()
    return {"at": to_us(float(at)), "action": action, "target": target, "text": text}


def stage_data(run: StageRun) -> dict[str, Any]:
    """Return `run` as the JSON object of this module's docstring."""
    return _Builder(run).build()


class _Builder:
    """Collects the parts; every method fills one key."""

    def __init__(self, run: StageRun) -> None:
        self.run = run
        self.trace = run.trace
        self.layout = run.lab.layout
        self.context = Context(run)
        self.judge = self.context.judge
        self.names = self.context.names
        self.index = self.context.index
        self.flow_index = self.context.flow_index

    def build(self) -> dict[str, Any]:
        sas = self._sas()
        messages, negs = message_records(self.context)
        add_ways(self.judge, self.context.pair_ends, self.context.pairs)
        return {
            "version": VERSION,
            "lab": {"name": self.run.lab.name, "title": self.run.lab.title},
            "until": self.run.until_us,
            "seed": self.run.seed,
            "nodes": self._nodes(),
            "links": [
                {"a": self._end(link["a"]), "b": self._end(link["b"]), "delay": link["delay_us"]}
                for link in self.layout["links"]
            ],
            "lans": [
                {
                    "label": lan["label"],
                    "prefix": lan.get("prefix", ""),
                    "nodes": self.context.indices(lan["nodes"]),
                }
                for lan in self.layout.get("lans", ())
            ],
            "clouds": [
                {**cloud, "nodes": self.context.indices(cloud.get("nodes", ()))}
                for cloud in self.layout.get("clouds", ())
                if not any(
                    self.layout["nodes"][n]["kind"] == "cloud"
                    for n in cloud.get("nodes", ())
                    if n in self.index
                )
            ],
            "height": self._height(),
            "offers": [{"action": a, "target": t, "label": words} for a, t, words in self.run.lab.offers],
            "faults": [fault_record(text) for text in self.run.faults],
            "causes": {str(cause): cause.words for cause in Cause},
            "flows": self._flows(),
            "outages": self._outages(),
            "gateways": self._gateways(),
            "sas": sas,
            "pairs": self.context.pairs,
            "heard": heard_records(self.context),
            "dpd": dpd_records(self.context),
            "messages": messages,
            "negs": negs,
            "ladder": message_data(self.run, self.index),
            "hops": hop_columns(self.context),
            "drops": drop_records(self.context),
            "ports": self._ports(),
            "power": [[p.at_us, self.context.node(p.node), int(p.up)] for p in self.trace.power],
            "log": [[line.at_us, self.context.node(line.node), line.text] for line in self.trace.log],
            "routes": [
                [r.at_us, self.context.node(r.node), r.change, r.prefix, r.via, r.source]
                for r in self.trace.routes
            ],
            "tracks": self._tracks(),
        }

    def _end(self, end: EndLayout) -> dict[str, Any]:
        return {
            "port": port_name(end["node"], end["interface"]),
            "node": self.index[end["node"]],
            "short": short_interface(end["interface"]),
            "role": end.get("nameif", ""),
            "address": end.get("address", ""),
        }

    def _nodes(self) -> list[dict[str, Any]]:
        own: dict[str, list[str]] = defaultdict(list)
        for link in self.layout["links"]:
            for end in (link["a"], link["b"]):
                if end.get("address"):
                    own[end["node"]].append(end["address"])
        return [
            {
                "name": name,
                "kind": node["kind"],
                "x": node["x"],
                "y": node["y"],
                "label": node.get("label", name),
                # A device with one address wears it under its name; with more, its ports do.
                "address": own[name][0] if len(own[name]) == 1 else "",
                "identities": self._identities(name, own[name]),
            }
            for name, node in self.layout["nodes"].items()
        ]

    def _identities(self, node: str, ports: list[str]) -> list[str]:
        """Return the addresses that a device speaks IKE from and that are on none of its ports: loopbacks."""
        local = {r.local for r in self.trace.sas if r.node == node}
        local |= {m.local for m in self.trace.messages if m.sender == node}
        return [
            f"{self._interface_of(node, address)} {format_ip(address)}".strip()
            for address in sorted(local)
            if format_ip(address) not in ports and self.context.judge.owner(address) == node
        ]

    def _interface_of(self, node: str, address: int) -> str:
        """Return the short name of the interface with an address, as the table's connected routes tell it."""
        connected = (r for r in self.trace.routes if r.node == node and r.source == CONNECTED)
        found = (r.via for r in connected if Prefix.parse(r.prefix) == Prefix(address, 32))
        return short_interface(next(found, ""))

    def _height(self) -> int:
        if "height" in self.layout:
            return int(self.layout["height"])
        rows = len({round(node["y"], 1) for node in self.layout["nodes"].values()})
        return 216 if rows <= 1 else min(380, 120 + 88 * rows)

    def _flows(self) -> list[dict[str, Any]]:
        return [
            {
                "name": name,
                "label": self._flow_label(name),
                "number": [p.number for p in probes],
                "sent": [p.sent_us for p in probes],
                "answered": [-1 if p.answered_us is None else p.answered_us for p in probes],
                "lost": [-1 if p.lost_us is None else p.lost_us for p in probes],
                "cause": [str(p.cause) if p.cause is not None else "" for p in probes],
            }
            for name, probes in self.trace.probes.items()
        ]

    def _flow_label(self, name: str) -> str:
        kinds = {flow.name: flow.kind for flow in getattr(self.run.lab, "flows", ())}
        return f"{kinds.get(name, 'ping')} {name.replace('>', ' → ')}"

    def _outages(self) -> list[dict[str, Any]]:
        return [
            {
                "flow": self.flow_index.get(outage.flow, -1),
                "start": outage.start_us,
                "end": -1 if outage.end_us is None else outage.end_us,
                "lost": outage.lost,
                "parts": [{"name": p.name, "start": p.start_us, "end": p.end_us} for p in outage.parts],
            }
            for outage in self.run.ledger()
        ]

    def _gateways(self) -> list[int]:
        named = self.layout.get("gateways")
        if named is not None:
            return self.context.indices(named)
        holders = {sa.node for sa in self.trace.sas}
        return [
            i
            for i, name in enumerate(self.names)
            if name in holders or self.layout["nodes"][name]["kind"] == "firewall"
        ]

    def _sas(self) -> list[dict[str, Any]]:
        records = []
        newest: dict[tuple[str, str, int, int, str], int] = {}
        for i, sa in enumerate(self.trace.sas):
            peer = self.judge.peer_node(i)
            key = (sa.node, sa.kind, sa.local, sa.peer, sa.selector)
            before = newest.get(key, -1)
            overlaps = before >= 0 and self._down(before) > sa.begun_us
            newest[key] = i
            records.append(
                {
                    "node": self.context.node(sa.node),
                    "peer": self.context.node(peer),
                    "pair": self.context.sa_pairs[i],
                    "remote": format_ip(sa.peer),
                    "kind": sa.kind,
                    "id": sa.id,
                    "initiator": sa.initiator,
                    "begun": sa.begun_us,
                    "up": -1 if sa.up_us is None else sa.up_us,
                    "down": -1 if sa.down_us is None else sa.down_us,
                    "reason": sa.reason or "",
                    "ike": sa.ike_id,
                    "selector": sa.selector,
                    "transform": sa.transform,
                    "stale": [list(span) for span in self.judge.stale_spans(i)],
                    "older": before if overlaps else -1,
                }
            )
        return records

    def _down(self, index: int) -> int:
        down = self.trace.sas[index].down_us
        return self.run.until_us + 1 if down is None else down

    def _ports(self) -> dict[str, list[list[Any]]]:
        ports: dict[str, list[list[Any]]] = defaultdict(list)
        for c in self.trace.ports:
            ports[c.port].append([c.at_us, int(c.carrier), int(c.cut_out), int(c.cut_in), c.loss_percent])
        return dict(ports)

    def _tracks(self) -> list[dict[str, Any]]:
        """Return the spans of states of HSRP and its like, one track per machine of a device."""
        by_machine: dict[tuple[str, str, str], list[StateChange]] = defaultdict(list)
        for change in self.trace.states:
            if change.legal and change.machine.lower().startswith(TRACKED) and change.before != change.after:
                by_machine[change.node, change.machine, change.sa_id].append(change)
        dark = {p.node: p.at_us for p in reversed(self.trace.power) if not p.up}
        tracks = []
        for (node, machine, name), changes in by_machine.items():
            ends = [c.at_us for c in changes[1:]] + [self.run.until_us]
            spans: list[list[Any]] = []
            for change, end in zip(changes, ends, strict=True):
                off = dark.get(node, end)
                # A device without power has no state: its span ends with the light.
                spans.append([change.at_us, off if change.at_us < off < end else end, change.after])
            tracks.append(
                {"node": self.context.node(node), "label": f"{machine} {name}".strip(), "spans": spans}
            )
        return tracks
