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
from typing import TYPE_CHECKING, Any

from ipsec_edu.core.errors import IpsecEduError
from ipsec_edu.core.units import to_s
from ipsec_edu.show.command import complete, execute, prompt
from ipsec_edu.show.state import DeviceState
from ipsec_edu.views.inspect_tables import config_record, device_tables
from ipsec_edu.views.judge import Judge

if TYPE_CHECKING:
    from ipsec_edu.run import Run

__all__ = ["COMMANDS", "QUESTIONS", "completed", "inspect_answer", "inspector_data"]

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
        "config": config_record(run.lab, node),
        "tables": device_tables(state, run.trace, node, at_us),
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
                    "config": config_record(run.lab, name),
                    "tables": [],
                    "answers": {line: [] for line in lines},
                }
            nodes[name]["tables"].append(tables.place(device_tables(state, run.trace, name, at_us)))
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
