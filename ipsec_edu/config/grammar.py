"""The engine behind the command tables: patterns become one tree per mode, lines walk it.

A pattern is what a manual prints::

    crypto isakmp keepalive <int 10-3600:interval> [<int 2-60:retry>] [periodic | on-demand]

Words are keywords (any unambiguous beginning will do, case does not matter), ``<kind
range:name>`` is a typed slot (`config.slots`), ``[ ]`` is optional, ``( | )`` a choice,
``<slot>+`` one or more, ``*`` any rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ipsec_edu.config.slots import MismatchError, Slot, Word

__all__ = ["Failure", "Grammar", "IncompleteError", "Match", "Rule", "words_of"]

_PATTERN = re.compile(r"<[^>]+>\+?|[][()|*]|[^][()|*<>\s]+")
_SLOT = re.compile(r"<([a-z]+)(?: ([^:>]+))?(?::([a-z_0-9]+))?>(\+?)\Z")


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One row of a command table.

    Attributes
    ----------
    pattern : str
        What may be written.
    kind : str
        ``model`` (`action` writes the settings), ``state`` and ``later`` (understood, not
        modelled), ``ignore`` (no effect on anything simulated).
    action : callable or None
        Called with the context and the match; returns the object that the new mode edits.
    opens : str
        The mode that the line opens, or "".
    label : str
        What the message about something not modelled calls it.
    only_no : bool
        The row holds only behind ``no``.
    """

    pattern: str
    kind: str
    action: Callable[[Any, Match], Any] | None = None
    opens: str = ""
    label: str = ""
    only_no: bool = False


class IncompleteError(Exception):
    """A ``no`` line stopped before a value that its action needs."""


@dataclass(slots=True)
class Match:
    """A line that fits a rule: values by slot name, keywords in full."""

    rule: Rule
    words: list[str]
    """Keywords spelled out, slots as typed (interfaces canonical)."""
    values: dict[str, Any]
    places: dict[str, int]
    """Slot or keyword to the index of its word, for the caret."""
    no: bool = False

    def __getitem__(self, name: str) -> Any:
        if name not in self.values:
            raise IncompleteError(name)
        return self.values[name]

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of an optional slot."""
        return self.values.get(name, default)

    def has(self, keyword: str) -> bool:
        """Tell whether the optional `keyword` was written."""
        return keyword in self.places and keyword not in self.values

    def pick(self, *keywords: str) -> str | None:
        """Return the first of `keywords` that was written."""
        return next((keyword for keyword in keywords if self.has(keyword)), None)

    @property
    def text(self) -> str:
        """The line as the device would print it."""
        return " ".join([*(["no"] if self.no else []), *self.words])


@dataclass(slots=True)
class Failure:
    """Why a line does not fit: `index` is the word at fault (the number of words: too short)."""

    index: int
    kind: str
    """``invalid``, ``incomplete``, ``ambiguous``."""
    expected: list[str] = field(default_factory=list)
    note: str = ""
    keywords: list[str] = field(default_factory=list)
    """What could have been misspelt."""


@dataclass(slots=True, eq=False)
class _Node:
    keywords: dict[str, _Node] = field(default_factory=dict)
    slots: list[tuple[Slot, _Node]] = field(default_factory=list)
    rule: Rule | None = None
    rest: bool = False
    """Anything may follow (``*``)."""
    jumps: list[_Node] = field(default_factory=list)
    """Where a group ends: the rest of the pattern, reached without a word."""
    reach: list[_Node] = field(default_factory=list)
    """This node and all that jumps lead to (filled in when the tree is complete)."""
    lookup: dict[str, list[tuple[str, _Node]]] = field(default_factory=dict)
    """All keywords that may stand here, in small letters."""


@dataclass(slots=True)
class _Walk:
    """One attempt: what was found on the way, and the deepest point reached."""

    words: Sequence[Word]
    text: str
    platform: str
    no: bool
    partial: bool
    deepest: int = -1
    nodes: list[_Node] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


_LONGEST = 150
"""Lines with more words than this are prose; the walk is recursive."""

_WEIGHT = {"model": 0, "later": 1, "state": 2, "ignore": 3}
"""Of several commands that an abbreviation may mean, those that matter more are meant."""

_Step = tuple[str, str, Any, int]  # (slot name or "", canonical text, value, word index)


def words_of(text: str) -> list[Word]:
    """Return the words of a line with their columns (from 1)."""
    return [Word(match[0], match.start() + 1) for match in re.finditer(r"\S+", text)]


class Grammar:
    """All patterns of one mode, as a tree in which common beginnings are shared."""

    def __init__(self, rules: Sequence[Rule], platform: str) -> None:
        self.platform = platform
        self.rules = tuple(rules)
        self._root = _Node()
        for rule in rules:
            tokens = _PATTERN.findall(rule.pattern)
            ends, left = self._choice([self._root], tokens)
            if left:
                raise ValueError(f"unbalanced brackets in {rule.pattern!r}")
            for node in ends:
                if node.rule is None:  # the first row wins, as a reader of the table expects
                    node.rule = rule

    # --- from patterns to the tree -------------------------------------------------------

    def _choice(self, starts: list[_Node], tokens: list[str]) -> tuple[list[_Node], list[str]]:
        ends: list[_Node] = []
        while True:
            branch, tokens = self._sequence(starts, tokens)
            ends += [node for node in branch if node not in ends]
            if not tokens or tokens[0] != "|":
                return ends, tokens
            tokens = tokens[1:]

    def _sequence(self, nodes: list[_Node], tokens: list[str]) -> tuple[list[_Node], list[str]]:
        while tokens and tokens[0] not in ("|", "]", ")"):
            token, tokens = tokens[0], tokens[1:]
            if token in ("[", "("):
                inner, tokens = self._choice(nodes, tokens)
                if not tokens or tokens[0] != {"[": "]", "(": ")"}[token]:
                    raise ValueError(f"no end of {token!r}")
                tokens = tokens[1:]
                join = _Node()  # without it the tree would grow with the product of all choices
                for node in inner + [node for node in nodes if node not in inner] if token == "[" else inner:
                    node.jumps.append(join)
                nodes = [join]
            elif token == "*":
                for node in nodes:
                    node.rest = True
            elif token.startswith("<"):
                nodes = self._slot(nodes, token)
            else:
                nodes = list(
                    {
                        id(child): child
                        for child in (node.keywords.setdefault(token, _Node()) for node in nodes)
                    }.values()
                )
        return nodes, tokens

    @staticmethod
    def _slot(nodes: list[_Node], token: str) -> list[_Node]:
        match = _SLOT.match(token)
        if match is None:
            raise ValueError(f"bad slot {token!r}")
        slot = Slot(match[1], match[2] or "", match[3] or match[1])
        ends: list[_Node] = []
        for node in nodes:
            child = next((end for known, end in node.slots if known == slot and end is not node), None)
            if child is None:
                child = _Node()
                node.slots.append((slot, child))
            if match[4] and all(end is not child for _, end in child.slots):
                child.slots.append((slot, child))
            ends.append(child)
        return ends

    # --- from a line to a match ----------------------------------------------------------

    def match(
        self, text: str, words: Sequence[Word], *, no: bool = False, partial: bool = False
    ) -> Match | Failure:
        """Match `words` of the line `text`.

        With `partial` (for ``no``) a line may stop early where only one row can be meant.
        """
        walk = _Walk(words, text, self.platform, no, partial)
        found = self._walk(self._root, 0, walk)
        if not found:
            return self._failure(walk)
        distinct: dict[str, tuple[Rule, list[_Step]]] = {}
        for rule, steps in found:
            distinct.setdefault(" ".join(step[1] for step in steps), (rule, steps))
        strongest = min(_WEIGHT[rule.kind] for rule, _ in distinct.values())
        distinct = {text: way for text, way in distinct.items() if _WEIGHT[way[0].kind] == strongest}
        if len(distinct) > 1:
            lines = [[step[1] for step in steps] for _, steps in distinct.values()]
            index = next((i for i, column in enumerate(zip(*lines, strict=False)) if len(set(column)) > 1), 0)
            return Failure(index, "ambiguous", sorted({line[index] for line in lines}))
        rule, steps = next(iter(distinct.values()))
        values: dict[str, Any] = {}
        places: dict[str, int] = {}
        many = {m[3] or m[1] for m in map(_SLOT.match, _PATTERN.findall(rule.pattern)) if m and m[4]}
        for name, canonical, value, index in steps:
            if not name:
                places.setdefault(canonical, index)
            elif name not in values:  # the value, not the keyword of the same name in front of it
                places[name] = index
            if name in many:
                values.setdefault(name, []).append(value)
            elif name:
                values[name] = value
        return Match(rule, [step[1] for step in steps], values, places, no)

    def _walk(self, start: _Node, i: int, walk: _Walk) -> list[tuple[Rule, list[_Step]]]:
        """Return every way to read the words from `i` on; keywords win over slots."""
        reach = start.reach or self._reach(start)
        if i == len(walk.words):
            rule = self._rule_of(reach, walk.no)
            rule = rule or (self._only_rule(start) if walk.partial and i else None)
            if rule is not None:
                return [(rule, [])]
        if i > walk.deepest:
            walk.deepest, walk.nodes, walk.notes = i, [], []
        if i == walk.deepest:
            walk.nodes += [node for node in reach if node not in walk.nodes]
        if i == len(walk.words) or i > _LONGEST:
            return []
        word = walk.words[i].text.lower()
        ways = start.lookup.get(word) or [
            pair
            for key, pairs in start.lookup.items()
            if key.startswith(word) and not key.isdigit()
            for pair in pairs
        ]
        found: list[tuple[Rule, list[_Step]]] = []
        for key, child in ways:
            found += [(rule, [("", key, None, i), *steps]) for rule, steps in self._walk(child, i + 1, walk)]
        return found or self._walk_slots(reach, i, walk)

    def _walk_slots(self, reach: list[_Node], i: int, walk: _Walk) -> list[tuple[Rule, list[_Step]]]:
        for slot, child in (pair for node in reach for pair in node.slots):
            try:
                value, count = slot.take(walk.words, i, walk.text, walk.platform)
            except MismatchError as mismatch:
                if i == walk.deepest and str(mismatch) and str(mismatch) not in walk.notes:
                    walk.notes.append(str(mismatch))
                continue
            typed = " ".join(word.text for word in walk.words[i : i + count])
            shown = str(value) if slot.kind in ("if", "line") else typed
            tails = self._walk(child, i + count, walk)
            if tails:
                return [(rule, [(slot.name, shown, value, i), *steps]) for rule, steps in tails]
        rule = self._rule_of(reach, walk.no)
        for node in reach:
            if node.rest and rule is not None:
                return [(rule, [("", w.text, None, i + k) for k, w in enumerate(walk.words[i:])])]
        return []

    @staticmethod
    def _rule_of(reach: list[_Node], no: bool) -> Rule | None:
        rules = (node.rule for node in reach if node.rule is not None)
        return next((rule for rule in rules if no or not rule.only_no), None)

    @staticmethod
    def _reach(start: _Node) -> list[_Node]:
        found, queue = [start], [start]
        while queue:
            for node in queue.pop(0).jumps:
                if node not in found:
                    found.append(node)
                    queue.append(node)
        start.reach = found
        for node in found:
            for key, child in node.keywords.items():
                start.lookup.setdefault(key.lower(), []).append((key, child))
        return found

    def _only_rule(self, node: _Node) -> Rule | None:
        """Return the one rule that can be meant below `node`, if only one changes the settings."""
        rules: list[Rule] = []
        queue, seen = [node], {id(node)}
        while queue:
            current = queue.pop()
            if current.rule is not None:
                rules.append(current.rule)
            for child in [*current.keywords.values(), *(end for _, end in current.slots), *current.jumps]:
                if id(child) not in seen:
                    seen.add(id(child))
                    queue.append(child)
        modelled = {rule.action: rule for rule in reversed(rules) if rule.kind == "model"}
        if len(modelled) > 1 or not rules:
            return None
        return next(iter(modelled.values()), rules[0])

    @staticmethod
    def _failure(walk: _Walk) -> Failure:
        expected: dict[str, None] = {}
        complete = False
        for node in walk.nodes:
            expected |= dict.fromkeys([*node.keywords, *(str(slot) for slot, _ in node.slots)])
            complete = complete or node.rule is not None
        if walk.deepest >= len(walk.words):
            return Failure(len(walk.words), "incomplete", list(expected))
        if complete:
            expected["the end of the line"] = None
        note = walk.notes[0] if walk.notes else ""
        keywords = [key for node in walk.nodes for key in node.keywords]
        return Failure(walk.deepest, "invalid", list(expected), note, keywords)
