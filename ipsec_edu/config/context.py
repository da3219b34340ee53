"""What an action of a command table may use: the settings, the current mode, ways to complain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ipsec_edu.config.settings import DeviceSettings, Lines
from ipsec_edu.config.slots import Word
from ipsec_edu.config.text import Line
from ipsec_edu.core.errors import Problem

__all__ = ["Context", "Frame", "RefusalError"]


class RefusalError(Exception):
    """A command that fits the grammar and is refused all the same; `place` names the slot at fault."""

    def __init__(self, message: str, place: str = "") -> None:
        self.place = place
        super().__init__(message)


@dataclass(slots=True)
class Frame:
    """An open mode: its name, the object that it edits, and under which commands its lines are kept."""

    mode: str
    target: Any = None
    openers: tuple[str, ...] = ()
    indent: int = -1


@dataclass(slots=True)
class Context:
    """What an action may use: the settings, the object of the current mode, and ways to complain."""

    settings: DeviceSettings
    file: str
    problems: list[Problem] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=lambda: [Frame("global")])
    line: Line = field(default_factory=lambda: Line(0, "", 0, "", 0))
    words: list[Word] = field(default_factory=list)
    told: set[str] = field(default_factory=set)
    checks: list[Callable[[], None]] = field(default_factory=list)
    hostname_line: int = 0
    others: list[int] = field(default_factory=list)
    """Lines on which another device begins."""
    exec_lines: list[Line] = field(default_factory=list)
    lost: list[tuple[int, list[int]]] = field(default_factory=list)
    """Unreadable openers: line, and the lines below that were not read."""
    ended: bool = False
    output: bool = False

    @property
    def target(self) -> Any:
        """The object that the current mode edits."""
        return self.frames[-1].target

    def report(self, severity: str, message: str, word: int | None = None) -> None:
        """Add a problem about the current line; `word` is the index of the word at fault."""
        column = 0
        if word is not None:
            if word < len(self.words):
                column = self.line.shift + self.words[word].column
            else:
                column = self.line.shift + len(self.line.text) + 2
        text = self.line.raw.split("\n")[0]
        self.problems.append(Problem(self.file, self.line.number, column, severity, text, message))

    def warn(self, message: str, word: int | None = None) -> None:
        """Add a warning about the current line."""
        self.report("warning", message, word)

    def not_modelled(self, label: str) -> None:
        """Say once per device that a kind of command is understood and has no effect here."""
        if label not in self.told:
            self.told.add(label)
            self.report(
                "not-modelled",
                f"{label}: understood, not modelled; it stays in the configuration without effect",
            )

    def at_end(self, check: Callable[[], None]) -> None:
        """Run `check` when the whole text is read, with the current line as the place to blame."""
        line, words = self.line, self.words

        def later() -> None:
            self.line, self.words = line, words
            check()

        self.checks.append(later)

    def kept(self, *, create: bool) -> list[Lines]:
        """Return the dictionaries that keep the lines without effect of the current mode."""
        level: list[Lines] = [self.settings.lines]
        for frame in self.frames[1:]:
            if create:
                level = [lines.setdefault(opener, {}) for lines in level for opener in frame.openers]
            else:
                level = [lines[opener] for lines in level for opener in frame.openers if opener in lines]
        return level

    def keep(self, text: str) -> None:
        """Keep a line without effect for ``show running-config``, or take it away if it says ``no``."""
        if text.startswith("no ") and self.forget(text[3:]):
            return
        for lines in self.kept(create=True):
            lines.pop("no " + text, None)
            lines.setdefault(text, {})

    def forget(self, text: str) -> bool:
        """Take away what is kept and begins with these words; tell whether there was any."""
        found = False
        for lines in self.kept(create=False):
            for old in [old for old in lines if (old + " ").startswith(text + " ")]:
                del lines[old]
                found = True
        if found:
            self._drop_empty()
        return found

    def _drop_empty(self) -> None:
        """Forget the opener of a modelled mode below which nothing is left: it is printed anyway."""
        frame = self.frames[-1]
        if len(self.frames) == 2 and frame.target is not None:
            for opener in frame.openers:
                if self.settings.lines.get(opener) == {}:
                    del self.settings.lines[opener]
