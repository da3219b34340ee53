"""How an exec line is understood: words by unambiguous beginning, slots, options, errors, help.

A command table (`show.tables`) is data; this file turns it into a tree once per platform
and walks it. What the device says to a line that it does not understand is part of what a
learner must read, so the three complaints and the caret are made here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from ipsec_edu.core.addr import parse_ip
from ipsec_edu.show.state import DeviceState

__all__ = [
    "Command",
    "LineError",
    "Handler",
    "Node",
    "build",
    "candidates",
    "find_interface",
    "parse",
    "tokens",
]

Args = Mapping[str, str]
Handler = Callable[[DeviceState, Args], str]


@dataclass(frozen=True, slots=True)
class Command:
    """One row of a command table.

    Attributes
    ----------
    words : str
        Keywords and slots: ``show crypto ipsec sa peer <ip>``. A slot is ``<name:kind>`` or
        ``<kind>``; its text is handed to the handler under its name.
    handler : Handler
        Makes the text.
    help : str
        What ``?`` says about the last keyword.
    options : tuple of str
        Things that may follow in any order, each a keyword or a keyword with a slot
        (``repeat <number>``); a keyword without a slot is handed over as ``{"detail": ""}``.
    """

    words: str
    handler: Handler
    help: str = ""
    options: tuple[str, ...] = ()


@dataclass(slots=True)
class Node:
    """A place in the tree: the keywords and slots that may come next."""

    keywords: dict[str, Node] = field(default_factory=dict)
    slots: list[tuple[str, str, Node]] = field(default_factory=list)
    """(name, kind, what follows)."""
    help: dict[str, str] = field(default_factory=dict)
    handler: Handler | None = None


class LineError(Exception):
    """A line that the device refuses: ``invalid`` (at `column`), ``incomplete`` or ``ambiguous``."""

    def __init__(self, kind: str, column: int = 0) -> None:
        self.kind = kind
        self.column = column
        super().__init__(kind)


def _number(text: str, state: DeviceState) -> bool:
    return text.isascii() and text.isdigit()


def _ip(text: str, state: DeviceState) -> bool:
    try:
        parse_ip(text)
    except ValueError:
        return False
    return True


def _interface(text: str, state: DeviceState) -> bool:
    return find_interface(state, text) is not None


def _origin(text: str, state: DeviceState) -> bool:
    return _ip(text, state) or _interface(text, state)


def _any(text: str, state: DeviceState) -> bool:
    return True


KINDS: dict[str, Callable[[str, DeviceState], bool]] = {
    "ip": _ip,
    "number": _number,
    "interface": _interface,
    "origin": _origin,
    "word": _any,
    "line": _any,
}
"""What each kind of slot accepts; ``line`` takes the rest of the line."""

_LABEL = {
    "ip": "A.B.C.D",
    "number": "<0-4294967295>",
    "interface": "Interface name",
    "origin": "Interface name or A.B.C.D",
    "word": "WORD",
    "line": "LINE",
}


def find_interface(state: DeviceState, text: str) -> str | None:
    """Return the canonical name meant by ``g0/1``, ``Gi 0/1`` or an ASA's nameif, or None."""
    typed = re.match(r"([A-Za-z-]*)\s*([\d/.:]*)\Z", text)
    for interface in state.interfaces:
        if text.lower() in (interface.name.lower(), (interface.nameif or interface.name).lower()):
            return interface.name
    if typed is None or not typed[1]:
        return None
    found = []
    for interface in state.interfaces:
        own = re.match(r"([A-Za-z-]+)([\d/.:]*)", interface.name)
        if own and own[2] == typed[2] and own[1].lower().startswith(typed[1].lower()):
            found.append(interface.name)
    return found[0] if len(found) == 1 else None


_SLOT = re.compile(r"<(?:(\w+):)?(\w+)>\Z")


def _extend(node: Node, word: str, back_to: Node | None = None) -> Node:
    """Return the node behind `word`, made if it is new (or `back_to` itself: the end of an option)."""
    slot = _SLOT.match(word)
    if slot:
        name, kind = slot[1] or slot[2], slot[2]
        for known, known_kind, child in node.slots:
            if (known, known_kind) == (name, kind):
                return child
        child = back_to or Node()
        node.slots.append((name, kind, child))
        return child
    return node.keywords.setdefault(word, back_to or Node())


def build(commands: Iterable[Command], help_words: Mapping[str, str]) -> Node:
    """Make the tree of a command table; `help_words` explains keywords that lead to several commands."""
    root = Node()
    for command in commands:
        node, parent, word = root, root, ""
        for word in command.words.split():
            parent, node = node, _extend(node, word)
            if not word.startswith("<"):
                parent.help.setdefault(word, help_words.get(word, ""))
        if not word.startswith("<"):
            parent.help[word] = command.help or parent.help[word]
        node.handler = command.handler
        for option in command.options:
            keyword, _, slot = option.partition(" ")
            node.help[keyword] = help_words.get(keyword, "")
            _extend(_extend(node, keyword), slot, node) if slot else _extend(node, keyword, node)
    return root


def tokens(line: str) -> list[tuple[str, int]]:
    """Return the words of `line` with their columns."""
    return [(match[0], match.start()) for match in re.finditer(r"\S+", line)]


def _keyword(node: Node, typed: str, whole: list[str]) -> str | None:
    """Return the one keyword that `typed` begins (None: none), or complain that there are several."""
    word = typed.lower()
    if word in node.keywords:
        return word
    found = [name for name in node.keywords if name.startswith(word)]
    if len(found) > 1:
        raise LineError("ambiguous", len(whole))
    return found[0] if found else None


def _walk(root: Node, line: str, state: DeviceState) -> tuple[Node, dict[str, str]]:
    """Follow `line` from `root`; complain at the first word that leads nowhere."""
    node, args, found = root, dict[str, str](), tokens(line)
    index = 0
    while index < len(found):
        typed, column = found[index]
        name = _keyword(node, typed, [text for text, _ in found])
        if name is not None:
            child = node.keywords[name]
            if child is node:
                args[name] = ""
            node, index = child, index + 1
            continue
        for slot, kind, child in node.slots:
            if kind == "line":
                return child, args | {slot: line[column:].rstrip()}
            following = found[index + 1][0] if index + 1 < len(found) else ""
            spaced = kind in ("interface", "origin") and typed.isalpha() and following[:1].isdigit()
            if spaced and KINDS[kind](typed + following, state):
                typed, index = typed + following, index + 1
            if KINDS[kind](typed, state):
                args[slot] = typed
                node, index = child, index + 1
                break
        else:
            raise LineError("invalid", column)
    return node, args


def parse(root: Node, line: str, state: DeviceState) -> tuple[Handler, dict[str, str]]:
    """Return the handler that `line` means, and its arguments.

    Raises
    ------
    LineError
        What the device complains of, with the column of the first word that fails.
    """
    node, args = _walk(root, line, state)
    if node.handler is None:
        raise LineError("incomplete", len(line))
    return node.handler, args


def candidates(root: Node, line: str, state: DeviceState) -> list[tuple[str, str]]:
    """Return (word, help) for all that may stand at the end of `line` (its last word is a beginning).

    A line that leads nowhere has none. ``<cr>`` says that the line is complete as it is.
    """
    typed = tokens(line)
    begun = bool(typed) and not line[-1:].isspace()
    before = line[: typed[-1][1]] if begun else line
    word = typed[-1][0].lower() if begun else ""
    try:
        node, _ = _walk(root, before, state)
    except LineError:
        return []
    found = [(name, node.help.get(name, "")) for name in sorted(node.keywords) if name.startswith(word)]
    if not word:
        found += [(_LABEL[kind], "") for _, kind, _ in node.slots]
        if node.handler is not None:
            found.append(("<cr>", ""))
    return found
