"""The stage as a notebook widget: a run on the screen, and new runs on demand.

The browser draws every moment by itself; the kernel is asked only when a fault is added,
moved or removed. It then answers with a whole new run, or with an error while the last good
run stays on the screen. One request is in flight at a time; the browser keeps the newest.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from ipsec_edu.core.errors import ConfigError, IpsecEduError
from ipsec_edu.core.units import to_s
from ipsec_edu.views.assets import script, standalone_page, style
from ipsec_edu.views.inspect_data import QUESTIONS, inspect_answer
from ipsec_edu.views.stage_data import stage_data

__all__ = ["error_record", "export_html", "stage"]


def error_record(error: IpsecEduError, reply: int = -1) -> dict[str, Any]:
    """Return an error as the stage shows it below the axis: title, text with the caret, hint."""
    if isinstance(error, ConfigError) and error.problems:
        first = error.problems[0]
        more = f" (and {len(error.problems) - 1} more)" if len(error.problems) > 1 else ""
        caret = f"\n{' ' * (first.column - 1)}^" if first.column else ""
        title = f"{first.file}, line {first.line} was not accepted{more}."
        return {"title": title, "text": f"{first.text}{caret}", "hint": first.message, "reply": reply}
    return {"title": "That run is not possible.", "text": "", "hint": str(error), "reply": reply}


@lru_cache(maxsize=1)
def _widget_class() -> Any:
    """Make the widget class where the widget libraries are: `import ipsec_edu` must not need them."""
    import anywidget
    import traitlets

    class Stage(anywidget.AnyWidget):  # type: ignore[misc,unused-ignore]
        """A run on the stage.

        Attributes
        ----------
        run : Run
            The run on the screen; assign another one to show it.
        """

        _esm = script()
        _css = style()
        data = traitlets.Dict().tag(sync=True)
        error = traitlets.Dict().tag(sync=True)
        request = traitlets.Dict().tag(sync=True)
        live = traitlets.Bool(True).tag(sync=True)
        start = traitlets.Float(0.0).tag(sync=True)

        def __init__(self, run: Any, **options: Any) -> None:
            self._run = run
            self._listeners: list[Callable[[Any], None]] = []
            super().__init__(data=stage_data(run), **options)
            self.observe(self._asked, names="request")
            self.on_msg(self._questioned)

        @property
        def run(self) -> Any:
            """The run on the screen."""
            return self._run

        @run.setter
        def run(self, run: Any) -> None:
            self.show(run)

        def show(self, run: Any, reply: int | None = None) -> None:
            """Put `run` on the screen; playhead, zoom and focus stay."""
            self._run = run
            made = stage_data(run)
            if reply is not None:
                made["reply"] = reply
            with self.hold_sync():
                self.error = {}
                self.data = made
            for listener in self._listeners:
                listener(run)

        def on_run(self, listener: Callable[[Any], None]) -> None:
            """Call `listener` with each new run."""
            self._listeners.append(listener)

        def fail(self, error: IpsecEduError, reply: int = -1) -> None:
            """Show an error below the axis; the last good run stays."""
            self.error = error_record(error, reply)

        def rerun(self, lab: Any = None, faults: list[str] | None = None, reply: int | None = None) -> None:
            """Run again with another lab or other faults, and show that or the error.

            Parameters
            ----------
            lab : Lab, optional
                Default: the lab of the run on the screen.
            faults : list of str, optional
                Default: its faults.
            """
            old = self._run
            try:
                new = (old.lab if lab is None else lab).run(
                    until=to_s(old.until_us),
                    faults=list(old.faults) if faults is None else faults,
                    seed=old.seed,
                    **({"fidelity": old.fidelity} if hasattr(old, "fidelity") else {}),
                )
            except IpsecEduError as error:
                self.fail(error, -1 if reply is None else reply)
                return
            self.show(new, reply)

        def _asked(self, change: Any) -> None:
            request = change["new"]
            if request:
                self.rerun(faults=[str(text) for text in request["faults"]], reply=int(request["id"]))

        def _questioned(self, _: Any, question: Any, __: Any) -> None:
            """Answer the inspector; each question by itself, in the order of their arrival."""
            if isinstance(question, dict) and question.get("kind") in QUESTIONS:
                self.send(inspect_answer(self._run, question))

    return Stage


def stage(run: Any, *, start: float = 0.0) -> Any:
    """Return the interactive view of `run` as a widget.

    Parameters
    ----------
    run : Run
        What to show.
    start : float
        Where the playhead stands at first, in seconds.
    """
    return _widget_class()(run, start=float(start))


def export_html(run: Any, *, start: float = 0.0) -> str:
    """Return the stage as one HTML file that plays and scrubs without kernel and network."""
    return standalone_page(stage_data(run), start=start)
