"""The messages of a run for the ladder: their bytes, their fields, the state machines, the keys.

What ``stage_data`` says about messages (who, when, what) is not repeated here; this is what one
sees on opening one. Everything that several messages have in common is written once: a
retransmission refers to the bytes of its original, names of fields are numbers into `words`.

=========  ========================================================================
key        value
=========  ========================================================================
words      strings, referred to by number
bodies     [wire hex, decrypted hex ("" if the same), fields]; fields are flat:
           depth, name, value (number of a word, -1: the bytes in hex), offset, length
rows       per message: body (-1: over the limit, or none), UDP port, number of the
           sender's and of the receiver's step (-1: none), IV in hex, message ID, cookie,
           the device it is meant for (a translator that owns the address is not)
steps      at, node, table, row of the table (-1: illegal), state before, input
tables     name, rows: [state, input, action, next state, source] (words)
marks      at, node, peer, word: phase 1 as the device's own ``show`` names it
keys       `key_data`
limit      how many different messages carry bytes
=========  ========================================================================
"""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from typing import Any

from ipsec_edu.core.errors import WireError
from ipsec_edu.core.fsm import Table
from ipsec_edu.ike.tables import TABLES as IKE_TABLES
from ipsec_edu.ike.tables import Phase1State, asa_state, ios_state
from ipsec_edu.trace.records import Message, StateChange
from ipsec_edu.views.key_data import KeyData
from ipsec_edu.views.stage_types import StageRun
from ipsec_edu.wire.isakmp_fields import Field, fields

__all__ = ["BODY_LIMIT", "message_data"]

TABLES: tuple[Table[Any, Any], ...] = IKE_TABLES
BODY_LIMIT = 300
"""So many different messages carry their bytes; the page of a long run must stay small."""
_FAMILY = {"main": "Main Mode", "aggressive": "Aggressive Mode", "quick": "Quick Mode"}
_GENERIC = ("Next payload", "Reserved", "Payload length")
_PHASE_1 = ("Main Mode", "Aggressive Mode")
_INPUT_WORDS = {(table.name, i.name): str(i.value) for table in TABLES for _, i in table.rows}
_STATE_WORDS = {state.name: str(state.value) for table in TABLES for state in table.states()}

FlatField = tuple[int, str, str, int, int]


def message_data(run: StageRun, index: dict[str, int]) -> dict[str, Any]:
    """Return the JSON object of this module's docstring.

    Parameters
    ----------
    run : StageRun
        The run.
    index : dict
        Device to its number in the stage's JSON.
    """
    return _Builder(run, index).build()


@lru_cache(maxsize=4096)
def _flat(clear: bytes) -> tuple[FlatField, ...]:
    """Return the fields of a decrypted message in order, parts after their group; () if it is malformed."""
    try:
        groups = fields(clear, decrypted=True)
    except WireError:
        return ()
    found: list[FlatField] = []
    for group in groups:
        _walk(group, 0, clear, found)
    return tuple(found)


def _walk(part: Field, depth: int, data: bytes, found: list[FlatField]) -> None:
    raw = data[part.offset : part.offset + part.length].hex()
    value = "" if part.value.removeprefix("0x") == raw and part.length > 2 else part.value
    found.append((depth, part.name, value, part.offset, part.length))
    children = part.children
    if tuple(child.name for child in children[:3]) == _GENERIC:
        # The generic header is the same in every payload: one line instead of three.
        words = f"{children[0].value}, {children[2].value}"
        found.append((depth + 1, "Next, length", words, part.offset, 4))
        children = children[3:]
    for child in children:
        _walk(child, depth + 1, data, found)


class _Builder:
    """Collects the parts; strings and bodies get their numbers as they come."""

    def __init__(self, run: StageRun, index: dict[str, int]) -> None:
        self.run = run
        self.index = index
        self.messages: list[Message] = run.trace.messages
        self.words: dict[str, int] = {}
        self.bodies: dict[tuple[bytes, bytes], int] = {}
        self.body_list: list[list[Any]] = []
        self.keys = KeyData(run.trace, index, getattr(run, "fidelity", "bytes") == "model")
        self.steps: list[list[int]] = []
        self.step_index: dict[int, int] = {}
        self.row_of: dict[tuple[str, str, str], int] = {}
        self.tables = [self._table(table) for table in TABLES]
        self.table_index = {table.name: i for i, table in enumerate(TABLES)}
        self.changes: dict[tuple[str, int], list[StateChange]] = defaultdict(list)
        for change in run.trace.states:
            self.changes[change.node, change.at_us].append(change)

    def build(self) -> dict[str, Any]:
        self._find_parties()
        rows = [self._row(message) for message in self.messages]
        return {
            "rows": rows,
            "bodies": self.body_list,
            "steps": self.steps,
            "tables": self.tables,
            "marks": self._marks(),
            "keys": self.keys.build(),
            "limit": BODY_LIMIT,
            "words": list(self.words),
        }

    def _word(self, text: str) -> int:
        return self.words.setdefault(text, len(self.words))

    def _row(self, message: Message) -> list[Any]:
        sent = self._step(message, message.sender, message.at_us)
        heard = -1
        if message.arrived_us is not None:
            heard = self._step(message, self._peer(message), message.arrived_us)
        iv = self.keys.iv_of(message)
        cookie = message.cookies[0].hex()
        meant = self.index.get(self._peer(message), -1)
        return [self._body(message), message.port, sent, heard, iv.hex(), message.message_id, cookie, meant]

    def _find_parties(self) -> None:
        """Note both ends of every IKE SA: who sent its first message, and who answered."""
        self.parties: dict[str, list[str]] = {}
        for message in self.messages:
            ends = self.parties.setdefault(message.cookies[0].hex(), [message.sender, message.receiver])
            if message.sender != ends[0]:
                ends[1] = message.sender

    def _peer(self, message: Message) -> str:
        """Return the other end of the IKE SA: behind a translator it does not own the address."""
        first, second = self.parties[message.cookies[0].hex()]
        return second if message.sender == first else first

    def _body(self, message: Message) -> int:
        key = (message.wire, message.clear)
        if key in self.bodies:
            return self.bodies[key]
        flat = _flat(message.clear) if len(self.body_list) < BODY_LIMIT else ()
        if not flat:
            return -1
        numbers: list[int] = []
        for depth, name, value, offset, length in flat:
            numbers += (depth, self._word(name), self._word(value) if value else -1, offset, length)
        clear = "" if message.clear == message.wire else message.clear.hex()
        self.bodies[key] = len(self.body_list)
        self.body_list.append([message.wire.hex(), clear, numbers])
        return self.bodies[key]

    # --- state machines ------------------------------------------------------------------

    def _table(self, table: Table[Any, Any]) -> dict[str, Any]:
        rows = [
            [
                self._word(state.value),
                self._word(symbol.value),
                self._word(row.action.replace("_", " ")),
                self._word(row.next_state.value),
                self._word(row.source),
            ]
            for (state, symbol), row in table.rows.items()
        ]
        for place, (state, symbol) in enumerate(table.rows):
            self.row_of[table.name, state.name, symbol.name] = place
        return {"name": table.name, "rows": rows}

    def _step(self, message: Message, node: str, at_us: int) -> int:
        """Return the number of the step that sent `message`, or that it caused at `node`; -1 if none."""
        cookie = message.cookies[0].hex()
        near = [c for c in self.changes.get((node, at_us), ()) if c.sa_id.startswith(cookie)]
        family = _FAMILY.get(message.exchange)
        if family == "Quick Mode":
            near = [c for c in near if c.sa_id.endswith(f"{message.message_id:08x}")]
        elif family is None and message.notify and message.notify.startswith("R-U-THERE"):
            family = "Dead-peer detection"
        elif family is None:
            near = [c for c in near if c.machine != "Dead-peer detection"]
        fitting = [c for c in near if family is None or c.machine.startswith(family)]
        return self._number(fitting[-1 if message.exchange == "quick" else 0]) if fitting else -1

    def _number(self, change: StateChange) -> int:
        if id(change) in self.step_index:
            return self.step_index[id(change)]
        table = self.table_index.get(change.machine, -1)
        row = self.row_of.get((change.machine, change.before, change.symbol), -1) if change.legal else -1
        self.step_index[id(change)] = len(self.steps)
        self.steps.append(
            [
                change.at_us,
                self.index.get(change.node, -1),
                table,
                row,
                self._word(_STATE_WORDS.get(change.before, change.before)),
                self._word(_INPUT_WORDS.get((change.machine, change.symbol), change.symbol)),
            ]
        )
        return self.step_index[id(change)]

    def _marks(self) -> list[list[Any]]:
        """Return how each end's ``show`` would name the state of phase 1, wherever the name changes."""
        last: dict[tuple[str, str], str] = {}
        marks = []
        for change in self.run.trace.states:
            if not change.machine.startswith(_PHASE_1) or not change.legal or change.after == "GONE":
                continue
            word = self._spoken(change)
            peers = set(self.parties.get(change.sa_id[:16], ())) - {change.node}
            if last.get((change.node, change.sa_id)) == word or not peers:
                continue
            last[change.node, change.sa_id] = word
            node, peer = self.index.get(change.node, -1), self.index.get(min(peers), -1)
            marks.append([change.at_us, node, peer, word])
        return marks

    def _spoken(self, change: StateChange) -> str:
        settings = getattr(self.run.lab, "settings", {}).get(change.node)
        mode = "aggressive" if change.machine.startswith("Aggressive") else "main"
        state = Phase1State[change.after]
        platform = getattr(settings, "platform", "")
        if platform == "asa":
            return asa_state(state, mode)
        return ios_state(state, mode) if platform == "ios" else state.value
