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
nodes          name, kind, x, y, label, address
links          a and b (port, node, short, role, address), delay
lans, clouds   label, prefix or note, nodes (indices), x, y, width, height (fractions)
height         of the map in pixels
offers         faults on offer: action, target, label
faults         at, action, target, text: the input of this run
causes         code of a cause -> words
flows          name, label, sent[], answered[], lost[], cause[] (codes), number[]
outages        flow, start, end, lost, parts (name, start, end)
gateways       indices of the devices that do IPsec
pairs          a, b, path: [[link, 1 forward | 0 backward], ...] from a to b
sas            node, peer, pair, kind, id, initiator, begun, up, down, reason, ike, selector,
               transform, stale: [[start, end, why], ...], older: SA that it replaces or -1
heard          per gateway and peer: node, peer, rhythm, times[] (only those before a gap)
dpd            node, peer, threshold, probes: [[at, number, limit, heard, dead], ...], dead[]
messages       at, arrived, from, to, exchange, n, of, name, payloads, notify, size, again,
               encrypted, cause, where, neg
negs           pair, from, start, end, done, kind, messages[]: one negotiation each
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
from bisect import bisect_right
from collections import defaultdict
from itertools import pairwise
from typing import Any

from ipsec_edu.core.causes import Cause
from ipsec_edu.core.units import to_us
from ipsec_edu.trace.records import Hop, Message, StateChange
from ipsec_edu.views.judge import Judge, port_name
from ipsec_edu.views.stage_types import EndLayout, StageRun

__all__ = ["VERSION", "fault_record", "message_name", "short_interface", "stage_data"]

VERSION = 1
HOP_LIMIT = 8_000
"""Above so many hops only those of IKE and of packets that are news are kept."""
HEARD_GAP_US = 500_000
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
_MESSAGES_OF = {"main": ("MM", 6), "quick": ("QM", 3), "aggressive": ("AM", 3)}
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


def message_name(message: Message) -> str:
    """Return what an engineer calls an ISAKMP message: ``MM1``, ``QM3``, ``R-U-THERE``, ``DELETE``."""
    if message.exchange in _MESSAGES_OF:
        return f"{_MESSAGES_OF[message.exchange][0]}{message.number}"
    if message.notify:
        return message.notify
    return "DELETE" if "D" in message.payloads else message.exchange.upper()


def stage_data(run: StageRun) -> dict[str, Any]:
    """Return `run` as the JSON object of this module's docstring."""
    return _Builder(run).build()


class _Builder:
    """Collects the parts; every method fills one key."""

    def __init__(self, run: StageRun) -> None:
        self.run = run
        self.trace = run.trace
        self.layout = run.lab.layout
        self.judge = Judge(run)
        self.names = list(self.layout["nodes"])
        self.index = {name: i for i, name in enumerate(self.names)}
        self.flow_names = list(self.trace.probes)
        self.flow_index = {name: i for i, name in enumerate(self.flow_names)}
        self.links_by_port: dict[tuple[str, str], tuple[int, int]] = {}
        for i, link in enumerate(self.layout["links"]):
            a, b = (port_name(end["node"], end["interface"]) for end in (link["a"], link["b"]))
            self.links_by_port[a, b] = (i, 1)
            self.links_by_port[b, a] = (i, 0)
        self.last_hop = self._last_hops()
        self.pairs: list[dict[str, Any]] = []
        self.pair_index: dict[tuple[str, str], int] = {}

    def build(self) -> dict[str, Any]:
        sas = self._sas()
        messages, negs = self._messages()
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
                {"label": lan["label"], "prefix": lan.get("prefix", ""), "nodes": self._indices(lan["nodes"])}
                for lan in self.layout.get("lans", ())
            ],
            "clouds": [
                {**cloud, "nodes": self._indices(cloud.get("nodes", ()))}
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
            "pairs": self.pairs,
            "heard": self._heard(),
            "dpd": self._dpd(),
            "messages": messages,
            "negs": negs,
            "hops": self._hops(),
            "drops": self._drops(),
            "ports": self._ports(),
            "power": [[p.at_us, self._node(p.node), int(p.up)] for p in self.trace.power],
            "log": [[line.at_us, self._node(line.node), line.text] for line in self.trace.log],
            "routes": [
                [r.at_us, self._node(r.node), r.change, r.prefix, r.via, r.source] for r in self.trace.routes
            ],
            "tracks": self._tracks(),
        }

    def _node(self, name: str | None) -> int:
        return self.index.get(name or "", -1)

    def _indices(self, names: Any) -> list[int]:
        return [self.index[name] for name in names if name in self.index]

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
            }
            for name, node in self.layout["nodes"].items()
        ]

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
            return self._indices(named)
        holders = {sa.node for sa in self.trace.sas}
        return [
            i
            for i, name in enumerate(self.names)
            if name in holders or self.layout["nodes"][name]["kind"] == "firewall"
        ]

    def _pair(self, one: str, other: str, local: int, remote: int) -> int:
        a, b = sorted((one, other), key=lambda name: self.index[name])
        if (a, b) not in self.pair_index:
            if one != a:
                local, remote = remote, local
            steps = self.judge.way(a, b, None, local, remote) or self.judge.way(a, b, None) or []
            self.pair_index[a, b] = len(self.pairs)
            path = [[step.link, int(step.forward)] for step in steps]
            self.pairs.append({"a": self.index[a], "b": self.index[b], "path": path})
        return self.pair_index[a, b]

    def _sas(self) -> list[dict[str, Any]]:
        records = []
        newest: dict[tuple[str, str, int, str], int] = {}
        for i, sa in enumerate(self.trace.sas):
            peer = self.judge.peer_node(i)
            key = (sa.node, sa.kind, sa.peer, sa.selector)
            before = newest.get(key, -1)
            overlaps = before >= 0 and self._down(before) > sa.begun_us
            newest[key] = i
            known = sa.node in self.index and peer is not None and peer in self.index and peer != sa.node
            records.append(
                {
                    "node": self._node(sa.node),
                    "peer": self._node(peer),
                    "pair": self._pair(sa.node, peer, sa.local, sa.peer)
                    if known and peer is not None
                    else -1,
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

    def _messages(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        records: list[dict[str, Any]] = []
        negs: list[dict[str, Any]] = []
        by_key: dict[tuple[bytes, int], int] = {}
        for message in self.trace.messages:
            neg = self._negotiation(message, negs, by_key)
            if neg >= 0:
                negs[neg]["messages"].append(len(records))
                negs[neg]["end"] = max(negs[neg]["end"], message.arrived_us or message.at_us)
                negs[neg]["done"] = negs[neg]["done"] or (
                    message.exchange == "quick" and message.number == 3 and message.arrived_us is not None
                )
            records.append(
                {
                    "at": message.at_us,
                    "arrived": -1 if message.arrived_us is None else message.arrived_us,
                    "from": self._node(message.sender),
                    "to": self._receiver(message),
                    "exchange": message.exchange,
                    "n": message.number,
                    "of": _MESSAGES_OF.get(message.exchange, ("", 1))[1],
                    "name": message_name(message),
                    "payloads": _payload_words(message),
                    "notify": message.notify or "",
                    "size": message.size,
                    "again": message.retransmission,
                    "encrypted": message.encrypted,
                    "cause": str(message.cause) if message.cause is not None else "",
                    "where": message.where or "",
                    "probe": self._probe_number(message),
                    "neg": neg,
                }
            )
        for neg_record in negs:
            if not neg_record["done"]:
                neg_record["end"] = max(neg_record["end"], self._gave_up(neg_record))
            del neg_record["cookie"]
        return records, negs

    def _negotiation(
        self, message: Message, negs: list[dict[str, Any]], by_key: dict[tuple[bytes, int], int]
    ) -> int:
        """Return the number of the negotiation that a message belongs to: six and three, or a later three."""
        if message.exchange not in _MESSAGES_OF:
            return -1
        cookie = message.cookies[0]
        phase1 = by_key.get((cookie, 0), -1)
        if message.exchange == "quick":
            key = (cookie, message.message_id)
            if key not in by_key and phase1 >= 0 and not negs[phase1]["quick"]:
                by_key[key] = phase1
                negs[phase1]["quick"] = True
        else:
            key = (cookie, 0)
        if key not in by_key:
            by_key[key] = len(negs)
            receiver = self._receiver(message)
            pair = -1
            if receiver >= 0 and message.sender in self.index and self.names[receiver] != message.sender:
                pair = self._pair(message.sender, self.names[receiver], message.local, message.remote)
            negs.append(
                {
                    "pair": pair,
                    "from": self._node(message.sender),
                    "start": message.at_us,
                    "end": message.at_us,
                    "done": False,
                    "kind": message.exchange,
                    "quick": message.exchange == "quick",
                    "messages": [],
                    "cookie": cookie.hex(),
                }
            )
        return by_key[key]

    def _gave_up(self, neg: dict[str, Any]) -> int:
        ends = [
            sa.down_us or (self.run.until_us if sa.up_us is None else sa.up_us)
            for sa in self.trace.sas
            if sa.kind == "ike" and sa.id.startswith(neg["cookie"]) and self._node(sa.node) == neg["from"]
        ]
        return max(ends, default=0)

    def _receiver(self, message: Message) -> int:
        if message.receiver in self.index:
            return self.index[message.receiver]
        return self._node(self.judge.owner(message.remote))

    def _probe_number(self, message: Message) -> list[int]:
        """Return [n, limit] of a dead-peer probe, [] of any other message."""
        if message.notify != "R-U-THERE":
            return []
        for event in self.trace.dpd:
            if event.event == "probe" and event.node == message.sender and event.at_us == message.at_us:
                return [event.number, event.limit]
        return []

    def _last_hops(self) -> dict[int, Hop]:
        return {hop.uid: hop for hop in self.trace.hops}

    def _hops(self) -> dict[str, list[Any]]:
        hops: list[Hop] = self.trace.hops
        message_of = {m.uid: i for i, m in enumerate(self.trace.messages) if m.uid}
        if len(hops) > HOP_LIMIT:
            news = self._news()
            hops = [hop for hop in hops if hop.kind == "ike" or (hop.flow, hop.number) in news][:HOP_LIMIT]
        columns: dict[str, list[Any]] = {
            key: []
            for key in (
                "left",
                "arrived",
                "link",
                "forward",
                "kind",
                "flow",
                "number",
                "answer",
                "spi",
                "sequence",
                "message",
            )
        }
        for hop in sorted(hops, key=lambda hop: hop.left_us):
            link, forward = self.links_by_port.get((hop.sender, hop.receiver), (-1, 1))
            if link < 0:
                link, forward = self._link_of(hop.sender)
            values = (
                hop.left_us,
                -1 if hop.arrived_us is None else hop.arrived_us,
                link,
                forward,
                hop.kind,
                self.flow_index.get(hop.flow, -1),
                hop.number,
                int(hop.answer),
                f"0x{hop.spi:08x}" if hop.spi else "",
                hop.sequence,
                message_of.get(hop.uid, -1),
            )
            for column, value in zip(columns.values(), values, strict=True):
                column.append(value)
        return columns

    def _link_of(self, port: str) -> tuple[int, int]:
        for (sender, _), link in self.links_by_port.items():
            if sender == port:
                return link
        return -1, 1

    def _news(self) -> set[tuple[str, int]]:
        """Return the packets at which a flow changes between answered and lost, and the one after each."""
        news: set[tuple[str, int]] = set()
        for name, probes in self.trace.probes.items():
            for i, probe in enumerate(probes):
                if i == 0 or (probe.answered_us is None) != (probes[i - 1].answered_us is None):
                    news.update((name, p.number) for p in probes[i : i + 2])
        return news

    def _drops(self) -> list[dict[str, Any]]:
        records = []
        for drop in self.trace.drops:
            hop = self.last_hop.get(drop.uid)
            link, forward = (-1, 1)
            if hop is not None:
                link, forward = self.links_by_port.get((hop.sender, hop.receiver), (-1, 1))
            name = drop.where.partition(":")[0]
            records.append(
                {
                    "at": drop.at_us,
                    "node": self._node(name),
                    "link": link,
                    "forward": forward,
                    "onlink": int(hop is not None and hop.arrived_us is None),
                    "cause": str(drop.cause),
                    "kind": drop.kind,
                    "flow": self.flow_index.get(drop.flow, -1),
                    "number": drop.number,
                    "answer": int(drop.answer),
                    "text": drop.text,
                    "where": drop.where,
                }
            )
        return records

    def _ports(self) -> dict[str, list[list[Any]]]:
        ports: dict[str, list[list[Any]]] = defaultdict(list)
        for c in self.trace.ports:
            ports[c.port].append([c.at_us, int(c.carrier), int(c.cut_out), int(c.cut_in), c.loss_percent])
        return dict(ports)

    def _heard(self) -> list[dict[str, Any]]:
        """Return when each gateway last heard each peer; times inside a dense series are left out."""
        times: dict[tuple[str, str], list[int]] = defaultdict(list)
        inbound = {
            (sa.node, sa.id): peer
            for i, sa in enumerate(self.trace.sas)
            if sa.kind.endswith("-in") and (peer := self.judge.peer_node(i)) is not None
        }
        for hop in self.trace.hops:
            if hop.arrived_us is not None and hop.spi:
                node = hop.receiver.partition(":")[0]
                peer = inbound.get((node, f"0x{hop.spi:08x}"))
                if peer is not None:
                    times[node, peer].append(hop.arrived_us)
        for message in self.trace.messages:
            receiver = self._receiver(message)
            if message.arrived_us is not None and receiver >= 0:
                times[self.names[receiver], message.sender].append(message.arrived_us)
        return [
            {
                "node": self._node(node),
                "peer": self._node(peer),
                "rhythm": _rhythm(sorted(all_)),
                "times": _thin(sorted(all_)),
            }
            for (node, peer), all_ in times.items()
        ]

    def _dpd(self) -> list[dict[str, Any]]:
        found: dict[tuple[int, int], dict[str, Any]] = {}
        for event in self.trace.dpd:
            key = (self._node(event.node), self._node(self.judge.owner(event.peer)))
            entry = found.setdefault(
                key, {"node": key[0], "peer": key[1], "threshold": -1, "probes": [], "dead": []}
            )
            if event.event == "probe":
                if event.number == 1 and entry["threshold"] < 0:
                    entry["threshold"] = event.at_us - event.heard_us
                entry["probes"].append(
                    [event.at_us, event.number, event.limit, event.heard_us, event.dead_us]
                )
            elif event.event == "dead":
                entry["dead"].append(event.at_us)
        return list(found.values())

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
            tracks.append({"node": self._node(node), "label": f"{machine} {name}".strip(), "spans": spans})
        return tracks


def _payload_words(message: Message) -> list[str]:
    """Return the payloads with repetitions counted: ``VID ×4``; KE and nonce wear their side's letter."""
    words: list[str] = []
    for payload in message.payloads:
        if words and words[-1].split(" ×")[0] == payload:
            head, _, times = words[-1].partition(" ×")
            words[-1] = f"{head} ×{int(times or 1) + 1}"
        else:
            words.append(payload)
    return words


def _rhythm(times: list[int]) -> int:
    """Return the usual gap between two signs of life, -1 if there are too few."""
    gaps = sorted(b - a for a, b in pairwise(times) if b > a)
    return gaps[len(gaps) * 3 // 4] if len(gaps) >= 3 else -1


def _thin(times: list[int]) -> list[int]:
    """Return only those times after which nothing came for a while (the last one included)."""
    return [t for t, after in zip(times, [*times[1:], 1 << 62], strict=True) if after - t > HEARD_GAP_US]


def last_before(times: list[int], now_us: int) -> int:
    """Return the last of the sorted `times` not after `now_us`, -1 if there is none."""
    place = bisect_right(times, now_us)
    return times[place - 1] if place else -1
