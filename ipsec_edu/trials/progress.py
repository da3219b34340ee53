"""How far many runs have got: a bar in a notebook, a line on a terminal, silence elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any, Protocol

__all__ = ["Progress", "progress_for"]

Callback = Callable[[int, int], object]


class Progress(Protocol):
    """Told about every step; `stopped` becomes True when the learner wants no more."""

    stopped: bool

    def step(self, done: int) -> None:
        """Take notice that `done` runs are finished."""

    def say(self, words: str) -> None:
        """Pass on a word that is no error."""

    def close(self) -> None:
        """Leave no half-drawn line behind."""


class _Quiet:
    """Nobody looks; or a function of the caller's does."""

    def __init__(self, total: int, callback: Callback | None = None) -> None:
        self.stopped = False
        self._total, self._callback = total, callback

    def step(self, done: int) -> None:
        if self._callback is not None:
            self._callback(done, self._total)

    def say(self, words: str) -> None:
        print(words, file=sys.stderr)

    def close(self) -> None:
        pass


class _Line:
    """One line on a terminal, written over and over and wiped at the end."""

    WIDTH = 60

    def __init__(self, total: int, what: str) -> None:
        self.stopped = False
        self._total, self._what = total, what
        self._began = time.monotonic()

    def step(self, done: int) -> None:
        left = (time.monotonic() - self._began) / max(done, 1) * (self._total - done)
        text = f"{done}/{self._total} {self._what}, {left:.0f} s left; Ctrl-C stops and keeps these"
        print(f"\r{text[: self.WIDTH + 20]:{self.WIDTH}}", end="", file=sys.stderr, flush=True)

    def say(self, words: str) -> None:
        self.close()
        print(words, file=sys.stderr)

    def close(self) -> None:
        print(f"\r{' ' * (self.WIDTH + 20)}\r", end="", file=sys.stderr, flush=True)


class _Bar:
    """A bar and a Cancel button, for as long as it takes.

    Where the front end sends clicks past the busy cell (JupyterLab with kernel subshells) the button
    works; everywhere the notebook's own stop button does the same.
    """

    def __init__(self, total: int, what: str) -> None:
        import ipywidgets as w
        from IPython.display import display

        self.stopped = False
        self._what, self._total = what, total
        style = {"description_width": "initial"}
        self._bar = w.IntProgress(0, 0, total, description=f"0/{total} {what}", style=style)
        self.button = w.Button(description="Cancel", tooltip="Stop here and keep what is done")
        self.button.on_click(self._stop)
        self._box = w.HBox([self._bar, self.button])
        display(self._box)  # type: ignore[no-untyped-call]

    def _stop(self, _: Any) -> None:
        self.stopped = True
        self.button.disabled = True

    def step(self, done: int) -> None:
        self._bar.value = done
        self._bar.description = f"{done}/{self._total} {self._what}"

    def say(self, words: str) -> None:
        print(words)

    def close(self) -> None:
        # Hidden, not closed: a short batch ends before the page has drawn the bar, and a front end
        # that draws a closed widget complains in the browser's console.
        self._box.layout.display = "none"


def progress_for(wanted: bool | Callback, total: int, what: str = "runs") -> Progress:
    """Return what suits the place: a bar, a line, nothing, or the caller's function ``(done, total)``."""
    if not isinstance(wanted, bool):
        return _Quiet(total, wanted)
    if not wanted:
        return _Quiet(total)
    if _in_notebook():
        try:
            return _Bar(total, what)
        except ImportError:
            return _Quiet(total)
    return _Line(total, what) if sys.stderr.isatty() else _Quiet(total)


def _in_notebook() -> bool:
    """Tell whether a notebook's kernel runs us; never loads IPython."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return shell is not None and hasattr(shell, "kernel")
