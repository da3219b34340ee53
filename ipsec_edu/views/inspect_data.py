"""What the inspector asks of a device at a moment, as JSON for ``static/inspect.js``.

Three questions, each with an `id` that the answer repeats, a device and a time in microseconds:
``inspect`` (the tables), ``console`` (a line, answered as the device answers it) and ``complete``
(Tab). `inspector_data` answers a fixed list of commands in advance, for pages without a kernel.

What is returned is what the device knows. Which of it is wrong, the page works out beside it, from
``sas[].stale`` of `stage_data`: belief and truth never share a text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from ipsec_edu.config.running import running_config
from ipsec_edu.core.acl import Selector
from ipsec_edu.core.addr import format_ip
from ipsec_edu.core.errors import IpsecEduError
from ipsec_edu.core.units import to_s
from ipsec_edu.show.command import complete, execute, prompt
from ipsec_edu.show.state import DeviceState, FlowState, IpsecSaState
from ipsec_edu.views.judge import Judge

if TYPE_CHECKING:
    from ipsec_edu.lab import Lab
    from ipsec_edu.run import Run
    from ipsec_edu.trace.recorder import Trace

__all__ = ["COMMANDS", "QUESTIONS", "changed_lines", "completed", "inspect_answer", "inspector_data"]

VERSION = 1
COMMANDS: Mapping[str, tuple[str, ...]] = {
    "asa": (
        "show crypto ikev1 sa",
        "show crypto ipsec sa",
        "show vpn-sessiondb l2l",
        "show route",
        "show logging",
        "show asp drop",
    ),
    "ios": (
        "show crypto isakmp sa",
        "show crypto ipsec sa",
        "show crypto session",
        "show ip route",
        "show ip interface brief",
        "show logging",
    ),
    "linux": ("ip route", "ip address"),
}
"""Per platform: the commands that are offered below the console and answered in advance."""


def inspect_answer(run: Run, question: Mapping[str, Any]) -> dict[str, Any]:
    """Answer one question of the inspector.

    Parameters
    ----------
    question : mapping
        ``kind`` (a key of `QUESTIONS`), ``id``, ``node``, ``at`` (microseconds) and ``line``: for
        the console, to complete, or to be answered again together with the tables.

    Returns
    -------
    dict
        ``kind``, ``id``, ``node``, ``at`` and the answer, or ``error``: what is wrong and what to do.
    """
    kind, node = str(question["kind"]), str(question["node"])
    at_us = min(max(0, int(question["at"])), run.until_us)
    answer = {"kind": kind, "id": question["id"], "node": node, "at": at_us}
    try:
        return {**answer, **QUESTIONS[kind](run, node, at_us, str(question.get("line", "")))}
    except IpsecEduError as error:
        return {**answer, "error": str(error)}


def _inspect(run: Run, node: str, at_us: int, line: str) -> dict[str, Any]:
    state = run.at(to_s(at_us)).device(node)
    answer: dict[str, Any] = {
        "prompt": prompt(state),
        "commands": COMMANDS[state.platform],
        "config": _config(run.lab, node),
        "tables": _tables(state, run.trace, node, at_us),
    }
    if line:
        answer["text"] = run.at(to_s(at_us)).show(node, line)
    return answer


def _console(run: Run, node: str, at_us: int, line: str) -> dict[str, Any]:
    return {"line": line, "text": run.at(to_s(at_us)).show(node, line)}


def _complete(run: Run, node: str, at_us: int, line: str) -> dict[str, Any]:
    state = run.at(to_s(at_us)).device(node)
    return {"line": line, "completed": completed(state, line), "words": complete(state, line)}


QUESTIONS: Mapping[str, Callable[[Run, str, int, str], dict[str, Any]]] = {
    "inspect": _inspect,
    "console": _console,
    "complete": _complete,
}
"""What may be asked, by the word in ``kind``."""


def completed(state: DeviceState, line: str) -> str:
    """Return `line` as Tab leaves it: the last word in full where only one word fits, else unchanged."""
    words = complete(state, line)
    begun = "" if not line or line[-1].isspace() else line.split()[-1]
    if len(words) != 1 or not begun:
        return line
    return line[: len(line) - len(begun)] + words[0] + " "


# --- tables --------------------------------------------------------------------------------


def _tables(state: DeviceState, trace: Trace, node: str, at_us: int) -> dict[str, Any]:
    """Return SAs, policies and routes as the device holds them."""
    if not state.powered:
        return {"powered": False, "held": [], "spd": [], "routes": []}
    return {
        "powered": True,
        "held": [*_ike_rows(state), *_ipsec_rows(state, trace, node, at_us)],
        "spd": [_policy(state, flow) for flow in state.flows],
        "routes": [
            {
                "prefix": str(route.prefix),
                "via": "" if route.next_hop is None else format_ip(route.next_hop),
                "interface": state.nameif(route.interface),
                "source": route.source,
                "cost": f"{route.distance}/{route.metric}",
                "since": route.since_us,
            }
            for route in state.routes
        ],
    }


def _ike_rows(state: DeviceState) -> list[dict[str, Any]]:
    return [
        {
            "kind": "ike",
            "id": "".join(cookie.hex() for cookie in sa.cookies),
            "state": sa.state,
            "peer": format_ip(sa.peer),
            "initiator": sa.initiator,
            "transform": _cipher(sa.encryption, sa.key_bits, f"{sa.hash} group {sa.group}"),
            "seconds": sa.remaining_s,
        }
        for sa in state.ike_sas
    ]


def _cipher(encryption: str, key_bits: int, rest: str) -> str:
    """Return ``aes-256 sha1``; empty while nothing is agreed."""
    name = f"{encryption}-{key_bits}" if key_bits else encryption
    return " ".join(part for part in (name, rest) if part) if encryption or "group" not in rest else ""


def _ipsec_rows(state: DeviceState, trace: Trace, node: str, at_us: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for flow in state.flows:
        for way, sas in (("out", flow.outbound), ("in", flow.inbound)):
            for sa in sas:
                row = _ipsec_row(sa, flow, f"{sa.protocol}-{way}")
                if way == "out":
                    row["lost"] = _lost(trace, node, sa.spi, at_us)
                else:
                    row["window"] = [sa.replay_window, f"{sa.replay_bitmap:x}"]
                rows.append(row)
    return rows


def _ipsec_row(sa: IpsecSaState, flow: FlowState, kind: str) -> dict[str, Any]:
    transform = sa.transform
    return {
        "kind": kind,
        "id": f"0x{sa.spi:08x}",
        "peer": "" if flow.current_peer is None else format_ip(flow.current_peer),
        "transform": _cipher(
            transform.esp_encryption or "",
            transform.esp_key_bits,
            transform.esp_integrity or transform.ah_integrity or "",
        ),
        "local": _side(flow.selector, True),
        "remote": _side(flow.selector, False),
        "packets": sa.packets,
        "sequence": sa.sequence,
        "seconds": sa.remaining_s,
        "kilobytes": -1 if sa.remaining_kb is None else sa.remaining_kb,
    }


def _lost(trace: Trace, node: str, spi: int, at_us: int) -> int:
    """Count the packets that `node` sent with `spi` and that died before anybody opened them.

    This is the stage's knowledge, not the device's: nothing in ESP tells a sender.
    """
    sent = {hop.uid for hop in trace.hops if hop.spi == spi and hop.sender.partition(":")[0] == node}
    return sum(
        drop.at_us <= at_us and drop.kind in ("esp", "ah") and drop.uid in sent for drop in trace.drops
    )


def _policy(state: DeviceState, flow: FlowState) -> dict[str, Any]:
    return {
        "interface": state.nameif(flow.interface),
        "entry": f"{flow.crypto_map} {flow.sequence}",
        "local": _side(flow.selector, True),
        "remote": _side(flow.selector, False),
        "peer": "" if flow.current_peer is None else format_ip(flow.current_peer),
        "sas": len(flow.inbound) + len(flow.outbound),
        "out": flow.encaps,
        "in": flow.decaps,
        "errors": [[cause.words, count] for cause, count in sorted(flow.errors.items())],
    }


def _side(selector: Selector, local: bool) -> str:
    """Return one end of a selector: ``192.168.1.0/24``, ``192.168.1.0/24 udp 53``."""
    prefix, port = (selector.local, selector.local_port) if local else (selector.remote, selector.remote_port)
    words = {1: "icmp", 6: "tcp", 17: "udp"}.get(selector.protocol, str(selector.protocol))
    return " ".join([str(prefix), *([words] if selector.protocol else []), *([str(port)] if port else [])])


# --- configuration -------------------------------------------------------------------------


def _config(lab: Lab, node: str) -> dict[str, Any]:
    """Return the running configuration, and how it differs from what the lab's folder says."""
    text = running_config(lab.settings[node])
    first = _as_loaded(lab)
    before = running_config(first.settings[node]) if first is not None else text
    return {"text": text, "changed": changed_lines(before, text)}


def _as_loaded(lab: Lab) -> Lab | None:
    """Return the lab as its folder has it, None where there is no folder or it has changed for the worse."""
    if lab.folder is None:
        return None
    try:
        fresh = type(lab).load(lab.folder, lenient=True)
        return fresh.variant(lab.variant_name) if lab.variant_name else fresh
    except IpsecEduError:
        return None


def changed_lines(before: str, after: str) -> list[list[Any]]:
    """Return [line of `after` from 0, what stood there before] of every line that differs.

    The old text is empty for a new line. Lines that are gone are reported at the line that
    follows them, as [line, old text, True].
    """
    old, new = before.split("\n"), after.split("\n")
    found: list[list[Any]] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        paired = min(i2 - i1, j2 - j1)
        found += [[j1 + k, old[i1 + k].strip() if k < paired else ""] for k in range(j2 - j1)]
        found += [[j2, old[i].strip(), True] for i in range(i1 + paired, i2)]
    return found


# --- answers in advance --------------------------------------------------------------------


def inspector_data(
    run: Run, times: Iterable[int] | None = None, commands: Sequence[str] | None = None
) -> dict[str, Any]:
    """Return answers for a page without a kernel: put it as ``inspector`` into `stage_data`'s result.

    Parameters
    ----------
    times : iterable of int, optional
        Moments in microseconds (default: those at which an SA, a probe of dead-peer detection, a
        port or a device changed). Between two of them the page shows the earlier one, with its time.
    commands : sequence of str, optional
        Console lines (default: `COMMANDS` of each device's platform).

    Returns
    -------
    dict
        ``version``; ``times``; ``texts`` and ``tables``, each different one once; ``nodes``: name ->
        ``prompt``, ``commands``, ``config``, ``tables`` (an index per time) and ``answers``
        (command -> an index per time).
    """
    moments = sorted({t for t in (_moments(run) if times is None else times) if 0 <= t <= run.until_us})
    moments = moments or [0]
    texts, tables = _Pool(), _Pool()
    simulation = run.simulate(moments[0])
    nodes: dict[str, dict[str, Any]] = {}
    for at_us in moments:
        simulation.run(at_us)
        for name in simulation.devices:
            state = simulation.device_state(name)
            if name not in nodes:
                lines = list(COMMANDS[state.platform] if commands is None else commands)
                nodes[name] = {
                    "prompt": prompt(state),
                    "commands": lines,
                    "config": _config(run.lab, name),
                    "tables": [],
                    "answers": {line: [] for line in lines},
                }
            nodes[name]["tables"].append(tables.place(_tables(state, run.trace, name, at_us)))
            for line, places in nodes[name]["answers"].items():
                places.append(texts.place(execute(state, line)))
    return {
        "version": VERSION,
        "times": moments,
        "texts": texts.items,
        "tables": tables.items,
        "nodes": nodes,
    }


def _moments(run: Run) -> set[int]:
    """Return when a device came to know something new, or its knowledge became wrong."""
    trace, judge = run.trace, Judge(run)
    found = {0, run.until_us}
    for index, sa in enumerate(trace.sas):
        found |= {t for t in (sa.up_us, sa.down_us) if t is not None}
        found |= {span.start_us for span in judge.stale_spans(index)}
    found |= {event.at_us for event in trace.dpd if event.event != "answered"}
    found |= {change.at_us for change in trace.ports} | {change.at_us for change in trace.power}
    return found | {change.at_us for change in trace.routes}


class _Pool:
    """A list in which equal things have one place."""

    def __init__(self) -> None:
        self.items: list[Any] = []
        self._places: dict[str, int] = {}

    def place(self, item: Any) -> int:
        key = json.dumps(item, sort_keys=True)
        if key not in self._places:
            self._places[key] = len(self.items)
            self.items.append(item)
        return self._places[key]
