"""Predictions: the learner commits, then the run unlocks, then guess and truth stand side by side.

Widgets are made when a form is shown, not before, so a lesson's logic runs (and is tested)
without a browser. Unattended, a gate stays closed and nothing waits for anybody; with
``IPSEC_EDU_AUTOANSWER=1`` every question takes its preset answer and every gate opens.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from ipsec_edu.core.errors import ScenarioError
from ipsec_edu.run import Run
from ipsec_edu.teach.answers import Answer, AnswerBook, automatic, book
from ipsec_edu.teach.panel import inline
from ipsec_edu.teach.widgets import as_widget, column, notice, page, page_html, show_widget

__all__ = ["Gate", "Prediction", "compare_choice", "compare_number", "predict_choice", "predict_number"]

LOCKED = "Commit to your prediction first; this opens by itself."


def compare_number(guess: float, truth: float, unit: str) -> str:
    """Return guess beside truth, and the difference in words."""
    head = f"You said **{_counted(guess, unit)}**, the run says **{_counted(truth, unit)}**"
    gap = truth - guess
    if abs(gap) <= max(0.02 * abs(truth), 1e-9):
        return f"{head}: you have it."
    direction = "more" if gap > 0 else "less"
    close = " Close." if abs(gap) <= 0.05 * abs(truth) else ""
    return f"{head}: {_counted(float(f'{abs(gap):.4g}'), unit)} {direction} than you thought.{close}"


def _counted(number: float, unit: str) -> str:
    """Return ``33 s``, ``2 pairs``, ``1 pair``: words have a singular, units do not."""
    one_word = number == 1 and len(unit) > 2
    return f"{number:g} {unit.removesuffix('s') if one_word else unit}"


def compare_choice(guess: str, truth: str, why: Mapping[str, str]) -> str:
    """Return the choice beside the truth, and what speaks for or against the choice."""
    reason = why.get(guess, "")
    if guess == truth:
        return f"You said **{guess}**, and so says the run. {reason}".rstrip()
    return f"You said **{guess}**, the run says **{truth}**. {reason}".rstrip()


def _short(answer: Answer) -> str:
    """Return an answer as it is printed."""
    return answer if isinstance(answer, str) else f"{answer:g}"


class Prediction:
    """A question that must be answered before its gates open.

    Parameters
    ----------
    key : str
        Names the answer in the answer book (``02.messages``); unique in the whole course.
    question : str
        What is asked, in one or two sentences.
    options : sequence of str
        The choices; empty for a number.
    unit : str
        The unit of a number.
    preset : float or str, optional
        The automatic answer.
    why : mapping
        Choice to the sentence that says what speaks for or against it.
    judge : callable, optional
        Reads the right answer off a run, for gates that are given one.
    answers : AnswerBook, optional
        Where the answer is kept; default is the book of the current folder.
    """

    def __init__(
        self,
        key: str,
        question: str,
        *,
        options: Sequence[str] = (),
        unit: str = "",
        preset: Answer | None = None,
        why: Mapping[str, str] | None = None,
        judge: Callable[[Run], Answer] | None = None,
        answers: AnswerBook | None = None,
    ) -> None:
        self.key = key
        self.question = question
        self.options = tuple(options)
        self.unit = unit
        self.preset: Answer = preset if preset is not None else (self.options[0] if self.options else 0.0)
        self.why = dict(why or {})
        self._judge = judge
        self._answers = answers if answers is not None else book()
        self._gates: list[Gate] = []
        kept = self._answers.get(key)
        self.guess: Answer | None = kept if kept is not None and self._fits(kept) else None
        if self.guess is None and automatic():
            self.guess = self.preset

    @property
    def committed(self) -> bool:
        """True once the learner has answered."""
        return self.guess is not None

    def commit(self, answer: Answer) -> None:
        """Answer once and for all; the gates open.

        Raises
        ------
        ScenarioError
            The answer is none of the options, or no number.
        """
        if not self._fits(answer):
            wanted = " or ".join(repr(option) for option in self.options) or "a number"
            raise ScenarioError(f"{answer!r} does not answer the question; give {wanted}")
        if self.guess is None:
            self.guess = answer
            self._answers.put(self.key, answer)
        for gate in self._gates:
            gate.open()

    def gate(
        self,
        show: Callable[[], object],
        truth: Callable[[], Answer] | None = None,
        *,
        of: Run | None = None,
        locked: str = LOCKED,
    ) -> Gate:
        """Return a place on the page that stays empty until the answer is given.

        Parameters
        ----------
        show : callable
            Makes what belongs there (a stage, a figure, a panel, or a tuple of them).
        truth : callable, optional
            Computes the right answer from the run; shown beside the guess.
        of : Run, optional
            Instead of `truth`, where the question knows how to read its answer off a run.
        locked : str
            What stands there meanwhile.
        """
        judge = self._judge
        if truth is None and of is not None and judge is not None:
            gate = Gate(self, show, lambda: judge(of), locked)
        else:
            gate = Gate(self, show, truth, locked)
        self._gates.append(gate)
        if self.committed:
            gate.open()
        return gate

    def stage(self, run: Run, curtain_s: float) -> Gate:
        """Return a gate that shows `run` up to `curtain_s` at once, and all of it on commit.

        A number of seconds is then drawn as a hollow bar above the outage that it was said of.

        Parameters
        ----------
        run : Run
            What the question is about.
        curtain_s : float
            Where the future begins, in seconds; nothing behind it reaches the page before.
        """
        judge = self._judge

        def whole() -> object:
            guess = None if self.options or self.unit != "s" or self.guess is None else float(self.guess)
            verdict = None if guess is not None or judge is None else self.verdict(judge(run))
            return run.stage(start=curtain_s, guess=guess, verdict=verdict)

        truth = None if judge is None else lambda: judge(run)
        gate = Gate(self, whole, truth, LOCKED, lambda: self._veiled(run, curtain_s))
        self._gates.append(gate)
        if self.committed:
            gate.open()
        return gate

    def verdict(self, truth: Answer) -> dict[str, Any] | None:
        """Return guess and truth as the stage draws them side by side; None before there is a guess."""
        if self.guess is None:
            return None
        unit = "" if self.options else f" {self.unit}"
        made: dict[str, Any] = {"guess": f"{_short(self.guess)}{unit}", "truth": f"{_short(truth)}{unit}"}
        if not self.options:
            made["values"] = [float(self.guess), float(truth)]
        return made

    def _veiled(self, run: Run, curtain_s: float) -> object:
        """Return what can be seen of `run` before the answer."""
        return run.stage(curtain=curtain_s)

    def compare(self, truth: Answer) -> str:
        """Return the guess beside `truth` in words (with the signs of `panel.inline`)."""
        if self.guess is None:
            return LOCKED
        if self.options:
            return compare_choice(str(self.guess), str(truth), self.why)
        return compare_number(float(self.guess), float(truth), self.unit)

    def _fits(self, answer: Answer) -> bool:
        """Tell whether `answer` is of the kind that the question wants."""
        if self.options:
            return answer in self.options
        return not isinstance(answer, str)

    def _ipython_display_(self) -> None:
        show_widget(self._form, f"{self.question}\n(answer in a notebook)")

    def _form(self) -> object:
        """Make the form: the question, a field, a button that can be pressed once."""
        import ipywidgets as w

        done = self.committed
        if self.options:
            field = w.RadioButtons(options=list(self.options), value=self.guess, disabled=done)
            field.layout.width = "auto"
        else:  # empty at first: a number that stands there already is half an answer
            said = "" if self.guess is None else _short(self.guess)
            field = self._field(said, done)
        button = w.Button(
            description="Committed" if done else "Commit", disabled=done, icon="check" if done else ""
        )
        message = w.HTML()

        def press(_: object) -> None:
            answer = self._read(field.value)
            if answer is None:
                message.value = page_html(notice(self._wanted()))
                return
            button.disabled = field.disabled = True
            button.description = "Committed"
            message.value = ""
            self.commit(answer)

        button.on_click(press)
        question = page(f"<p><strong>Predict.</strong> {inline(self.question)}</p>")
        if self.options:
            return column(question, field, button, message)
        field.on_msg(lambda _, content, __: press(field) if content.get("event") == "submit" else None)
        return column(question, w.HBox([field, w.Label(self.unit), button]), message)

    def _field(self, said: str, done: bool) -> Any:
        """Return the form's line of text."""
        import ipywidgets as w

        field = w.Text(value=said, description="Your guess:", disabled=done)
        field.style.description_width = "auto"
        field.layout.width = "11em"
        return field

    def _wanted(self) -> str:
        """Say what the form is waiting for."""
        return "Choose one first." if self.options else f"Give a number first, in {self.unit}."

    def _read(self, value: str | None) -> Answer | None:
        """Return what the form's field says, None where that answers nothing."""
        if self.options or value is None:
            return value
        try:
            number = float(value.replace(",", ".").removesuffix(self.unit))
        except ValueError:
            return None
        return number if math.isfinite(number) else None


class Gate:
    """A place on the page that fills when its prediction is committed."""

    def __init__(
        self,
        prediction: Prediction,
        show: Callable[[], object],
        truth: Callable[[], Answer] | None,
        locked: str,
        before: Callable[[], object] | None = None,
    ) -> None:
        self.prediction = prediction
        self._before = before
        self.content: object | None = None
        self._show = show
        self._truth = truth
        self._locked = locked
        self._boxes: list[object] = []

    @property
    def is_open(self) -> bool:
        """True once the content has been made."""
        return self.content is not None

    def open(self) -> None:
        """Make the content (once) and put it wherever the gate is displayed."""
        if self.content is None:
            self.content = self._show()
        for box in self._boxes:
            self._fill(box)

    @property
    def verdict(self) -> str:
        """Guess beside truth; empty where the gate is closed or has no truth to tell."""
        if not self.is_open or self._truth is None:
            return ""
        return self.prediction.compare(self._truth())

    def __repr__(self) -> str:
        return self.verdict or ("(open)" if self.is_open else self._locked)

    def _ipython_display_(self) -> None:
        show_widget(self._box, repr(self))

    def _box(self) -> object:
        """Make the place, empty or full."""
        import ipywidgets as w

        box = w.VBox(layout=w.Layout(width="100%"))
        self._boxes.append(box)
        if self.prediction.committed:
            self.open()
        else:
            notes = [page(f"<p><em>{escape(self._locked)}</em></p>")]
            if self._before is not None:
                notes.append(as_widget(self._before()))
            box.children = tuple(notes)
        return box

    def _fill(self, box: object) -> None:
        """Put verdict and content into a displayed box."""
        items = self.content if isinstance(self.content, tuple) else (self.content,)
        children = [as_widget(item) for item in items]
        if self.verdict:
            children.insert(0, page(f'<p role="status">{inline(self.verdict)}</p>'))
        box.children = tuple(children)  # type: ignore[attr-defined]


def predict_number(
    key: str, question: str, unit: str, *, preset: float = 0.0, answers: AnswerBook | None = None
) -> Prediction:
    """Ask for a number in `unit`; see `Prediction`."""
    return Prediction(key, question, unit=unit, preset=preset, answers=answers)


def predict_choice(
    key: str,
    question: str,
    options: Sequence[str],
    *,
    why: Mapping[str, str] | None = None,
    answers: AnswerBook | None = None,
) -> Prediction:
    """Ask for one of `options`; see `Prediction`."""
    return Prediction(key, question, options=options, why=why, answers=answers)
