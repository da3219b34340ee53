"""IKE as the stage shows it: messages, negotiations, dead-peer detection, signs of life."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from itertools import pairwise
from typing import Any

from ipsec_edu.trace.records import Message
from ipsec_edu.views.stage_context import Context

__all__ = ["dpd_records", "heard_records", "message_name", "message_records"]

HEARD_GAP_US = 500_000
"""Inside a series denser than this, single signs of life are left out: no view shows so short a silence."""
_MESSAGES_OF = {"main": ("MM", 6), "quick": ("QM", 3), "aggressive": ("AM", 3)}


def message_name(message: Message) -> str:
    """Return what an engineer calls an ISAKMP message: ``MM1``, ``QM3``, ``R-U-THERE``, ``DELETE``."""
    if message.exchange in _MESSAGES_OF:
        return f"{_MESSAGES_OF[message.exchange][0]}{message.number}"
    if message.notify:
        return message.notify
    return "DELETE" if "D" in message.payloads else message.exchange.upper()


def message_records(context: Context) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the ISAKMP messages, and the negotiations that they belong to."""
    records: list[dict[str, Any]] = []
    negs: list[dict[str, Any]] = []
    by_key: dict[tuple[bytes, int], int] = {}
    for message in context.trace.messages:
        neg = _negotiation(context, message, negs, by_key)
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
                "from": context.node(message.sender),
                "to": _receiver(context, message),
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
                "probe": _probe_number(context, message),
                "neg": neg,
            }
        )
    ends = _ends_by_initiator(context)
    for neg_record in negs:
        if not neg_record["done"]:
            given_up = ends.get((neg_record["from"], neg_record["cookie"]), 0)
            neg_record["end"] = max(neg_record["end"], given_up)
        del neg_record["cookie"]
    return records, negs


def _negotiation(
    context: Context, message: Message, negs: list[dict[str, Any]], by_key: dict[tuple[bytes, int], int]
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
        negs.append(
            {
                "pair": context.pair_of_message(message),
                "from": context.node(message.sender),
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


def _ends_by_initiator(context: Context) -> dict[tuple[int, str], int]:
    """Return when each device's IKE SA of a cookie ended, or came up, or was still being tried."""
    ends: dict[tuple[int, str], int] = {}
    for sa in context.trace.sas:
        if sa.kind == "ike":
            end = sa.down_us or (context.run.until_us if sa.up_us is None else sa.up_us)
            key = (context.node(sa.node), sa.id[:16])
            ends[key] = max(ends.get(key, 0), end)
    return ends


def _receiver(context: Context, message: Message) -> int:
    if message.receiver in context.index:
        return context.index[message.receiver]
    return context.node(context.judge.owner(message.remote))


def _probe_number(context: Context, message: Message) -> list[int]:
    """Return [n, limit] of a dead-peer probe, [] of any other message."""
    if message.notify != "R-U-THERE":
        return []
    return context.probes.get((message.sender, message.at_us), [])


def heard_records(context: Context) -> list[dict[str, Any]]:
    """Return when each gateway last heard each peer; times inside a dense series are left out."""
    times: dict[tuple[str, int], list[int]] = defaultdict(list)
    inbound = {
        (sa.node, sa.id): pair
        for sa, pair in zip(context.trace.sas, context.sa_pairs, strict=True)
        if sa.kind.endswith("-in") and pair >= 0
    }
    for hop in context.trace.hops:
        if hop.arrived_us is not None and hop.spi:
            node = hop.receiver.partition(":")[0]
            pair = inbound.get((node, f"0x{hop.spi:08x}"), -1)
            if pair >= 0:
                times[node, pair].append(hop.arrived_us)
    for message in context.trace.messages:
        receiver, pair = _receiver(context, message), context.pair_of_message(message)
        if message.arrived_us is not None and receiver >= 0 and pair >= 0:
            times[context.names[receiver], pair].append(message.arrived_us)
    probes: dict[str, list[int]] = defaultdict(list)
    for event in context.trace.dpd:
        if event.event == "probe":
            probes[event.node].append(event.at_us)
    return [
        {
            "node": context.node(node),
            "pair": pair,
            "rhythm": _rhythm(sorted(all_)),
            "times": _thin(sorted(all_), probes.get(node, [])),
        }
        for (node, pair), all_ in times.items()
    ]


def dpd_records(context: Context) -> list[dict[str, Any]]:
    """Return the probes and verdicts of dead-peer detection per gateway and pair."""
    pair_of = {(sa.node, sa.peer): pair for sa, pair in zip(context.trace.sas, context.sa_pairs, strict=True)}
    found: dict[tuple[int, int], dict[str, Any]] = {}
    for event in context.trace.dpd:
        key = (context.node(event.node), pair_of.get((event.node, event.peer), -1))
        entry = found.setdefault(
            key, {"node": key[0], "pair": key[1], "threshold": -1, "probes": [], "dead": []}
        )
        if event.event == "probe":
            if event.number == 1 and entry["threshold"] < 0:
                entry["threshold"] = event.at_us - event.heard_us
            entry["probes"].append([event.at_us, event.number, event.limit, event.heard_us, event.dead_us])
        elif event.event == "dead":
            entry["dead"].append(event.at_us)
    return list(found.values())


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


def _thin(times: list[int], probes: list[int]) -> list[int]:
    """Return only the times before a gap, the last one, and the first after each probe."""
    kept = {t for t, after in zip(times, [*times[1:], 1 << 62], strict=True) if after - t > HEARD_GAP_US}
    places = (bisect_right(times, probe) for probe in probes)
    return sorted(kept | {times[place] for place in places if place < len(times)})
