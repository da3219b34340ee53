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
from ipsec_edu.core.units import to_us
from ipsec_edu.views.assets import script, style
from ipsec_edu.views.compare_data import Comparison
from ipsec_edu.views.compare_many import Comparisons
from ipsec_edu.views.curtain_data import curtain_data, guess_record, rerun
from ipsec_edu.views.inspect_data import QUESTIONS, inspect_answer
from ipsec_edu.views.stage_data import fault_record, stage_data
from ipsec_edu.views.summary import summary_html, summary_lines

__all__ = ["error_record", "stage"]


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
        curtain : float or None
            Seconds: what happens later is not told until this is None again.
        guess : float or None
            Seconds of outage that the learner predicted; drawn above the true one.
        comparison : Comparison or None
            The run on the screen as B, beside another one.
        compact : bool
            Three lanes and no map.
        sketch : list of str or None
            The devices of a way that the learner draws on the map; None: nothing is to be drawn.
        verdict : dict or None
            A guess and the truth, in words (``guess``, ``truth``), in numbers (``values``, a pair)
            or as ways (``paths``, a pair of lists of devices), shown side by side.
        """

        _esm = script()
        _css = style()
        data = traitlets.Dict().tag(sync=True)
        error = traitlets.Dict().tag(sync=True)
        request = traitlets.Dict().tag(sync=True)
        live = traitlets.Bool(True).tag(sync=True)
        start = traitlets.Float(0.0).tag(sync=True)
        compact = traitlets.Bool(False).tag(sync=True)
        sketch: Any = traitlets.List(None, allow_none=True).tag(sync=True)
        verdict = traitlets.Dict(None, allow_none=True)
        curtain = traitlets.Float(None, allow_none=True)
        guess = traitlets.Float(None, allow_none=True)

        def __init__(
            self, run: Any, comparison: Comparison | Comparisons | None = None, **options: Any
        ) -> None:
            self._run = run
            self.comparison = comparison
            self._listeners: list[Callable[[Any], None]] = []
            super().__init__(**options)
            self.data = self._made()
            self.observe(self._asked, names="request")
            self.observe(lambda _: self.show(self._run), names=["curtain", "guess", "verdict"])
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
            old = self.comparison
            if isinstance(old, Comparison) and run is not old.b:
                self.comparison = Comparison(old.a, run, old.names, old.fork_us)
            self._run = run
            made = self._made()
            if reply is not None:
                made["reply"] = reply
            with self.hold_sync():
                self.error = {}
                self.data = made
            for listener in self._listeners:
                listener(run)

        def _made(self) -> dict[str, Any]:
            """Return what the browser draws: the run, or as much of it as the learner may see."""
            if self.curtain is not None:
                return curtain_data(self._run, self.curtain)
            made = stage_data(self._run) if self.comparison is None else self.comparison.data()
            guess = None if self.guess is None else guess_record(self._run, self.guess)
            if guess is not None:
                made = {**made, "guess": guess}
            return made if self.verdict is None else {**made, "verdict": self.verdict}

        def _repr_mimebundle_(self, **options: Any) -> Any:
            """Return the widget, and for pages that cannot show one (GitHub, mail) what it was about."""
            bundle = super()._repr_mimebundle_(**options)
            if bundle is None:
                return None
            contents, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
            words = {"text/plain": "\n".join(summary_lines(self.data)), "text/html": summary_html(self.data)}
            return {**contents, **words}, metadata

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
            try:
                new = rerun(self._run, lab=lab, faults=faults)
            except IpsecEduError as error:
                self.fail(error, -1 if reply is None else reply)
                return
            self.show(new, reply)

        def _asked(self, change: Any) -> None:
            request = change["new"]
            if not request:
                return
            reply = int(request["id"])
            faults = [str(text) for text in request["faults"]]
            if self.curtain is not None:
                # The page does not know the faults behind the curtain; they stay.
                faults += [t for t in self._run.faults if fault_record(t)["at"] > to_us(self.curtain)]
            before = self.comparison
            try:
                self.comparison = self._compared(request.get("compare"))
            except IpsecEduError as error:
                self.fail(error, reply)
                return
            self.rerun(faults=faults, reply=reply)
            if self.error:
                self.comparison = before

        def _compared(self, wanted: Any) -> Comparison | None:
            """Return what to compare with: the run that was kept, with the faults that it has now."""
            if not wanted:
                return None
            old = self.comparison if isinstance(self.comparison, Comparison) else None
            kept = self._run if old is None else old.a
            faults = [str(text) for text in wanted["faults"]]
            if faults != kept.faults:
                kept = rerun(kept, faults=faults)
            names = ("", "") if old is None else old.names
            return Comparison(kept, self._run, names, int(wanted["fork"]))

        def _questioned(self, _: Any, question: Any, __: Any) -> None:
            """Answer the inspector; each question by itself, in the order of their arrival."""
            if isinstance(question, dict) and question.get("kind") in QUESTIONS:
                self.send(inspect_answer(self._run, question))

    return Stage


def stage(
    run: Any,
    *,
    start: float | None = None,
    curtain: float | None = None,
    guess: float | None = None,
    comparison: Comparison | Comparisons | None = None,
    compact: bool = False,
    sketch: bool = False,
    verdict: dict[str, Any] | None = None,
) -> Any:
    """Return the interactive view of `run` as a widget.

    Parameters
    ----------
    run : Run
        What to show.
    start : float, optional
        Where the playhead stands at first, in seconds (default: at the curtain, else at 0).
    curtain : float, optional
        Seconds: nothing of what happens later is told until the widget's `curtain` is None.
    guess : float, optional
        Seconds of outage that the learner predicted: drawn above the longest outage.
    comparison : Comparison or Comparisons, optional
        Other runs to show beside this one; `Run.compare` makes it. More than two are only looked at.
    compact : bool
        Three lanes (faults, the first flow, the SAs of one gateway) and no map: for several runs
        in one text. A page narrower than 700 pixels gets the three lanes in any case.
    sketch : bool
        Whether the learner is asked to draw a way on the map; the widget's `sketch` is what he drew.
    verdict : dict, optional
        A guess beside the truth; see the widget's attribute of this name.

    Raises
    ------
    ScenarioError
        The curtain does not hang inside the run.
    """
    at = (curtain or 0.0) if start is None else float(start)
    options = {"curtain": curtain, "guess": guess, "compact": compact, "verdict": verdict}
    options["live"] = not isinstance(comparison, Comparisons)
    return _widget_class()(run, comparison, start=at, sketch=[] if sketch else None, **options)
