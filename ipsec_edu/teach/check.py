"""Exercises: the learner's own answer runs in the simulator, and the network says what it makes of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ipsec_edu.core.errors import ConfigError, IpsecEduError, ScenarioError
from ipsec_edu.lab import Lab
from ipsec_edu.teach.answers import Answer, book
from ipsec_edu.teach.panel import Panel, inline, join, preformatted, say
from ipsec_edu.teach.widgets import column, notice, page, page_html, show_widget

__all__ = ["Exercise", "Verdict", "configured", "number", "typed_lines", "wrong"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of an answer.

    Attributes
    ----------
    ok : bool
        The task is done.
    message : str
        What the network did and why, with the signs of `panel.inline`.
    evidence : Panel, optional
        A table or a screen that proves it.
    """

    ok: bool
    message: str
    evidence: Panel | None = None

    def panel(self) -> Panel:
        """Return the verdict for the page."""
        head = say(f"**{'Done.' if self.ok else 'Not yet.'}** {self.message}")
        return join(head, self.evidence) if self.evidence is not None else head

    def _repr_html_(self) -> str:
        return self.panel().html

    def __repr__(self) -> str:
        return self.panel().text


def wrong(message: str, evidence: Panel | None = None) -> Verdict:
    """Return the verdict of an answer that does not do it."""
    return Verdict(False, message, evidence)


@dataclass(frozen=True, slots=True)
class Exercise:
    """A task and the experiment that judges an answer.

    Attributes
    ----------
    key : str
        Names the answer in the answer book.
    task : str
        What to do, with the signs of `panel.inline`.
    judge : callable
        Answer to `Verdict`; runs the simulator.
    options : tuple of str
        The choices, where the answer is one of them.
    nodes : tuple of str
        The devices, where the answer is configuration: the answer's first line names one of
        them, the rest is typed into it.
    unit : str
        The unit, where the answer is a number (neither options nor nodes).
    hints : tuple of str
        From a nudge to nearly everything.
    """

    key: str
    task: str
    judge: Callable[[Answer], Verdict]
    options: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()
    unit: str = ""
    hints: tuple[str, ...] = ()

    def check(self, answer: Answer) -> Verdict:
        """Run `answer` and judge it; what a device refuses is shown as the device prints it."""
        try:
            verdict = self.judge(answer)
        except ConfigError as error:
            return wrong("The device refuses the line, so nothing changed.", preformatted(str(error)))
        except IpsecEduError as error:
            return wrong(str(error))
        book().put(self.key, answer)
        return verdict

    def __repr__(self) -> str:
        return f"{self.task}\n(answer with .check(...))"

    def _ipython_display_(self) -> None:
        show_widget(self._form, repr(self))

    def _form(self) -> object:
        """Make the form: the task, a field, `Run my answer`, hints one at a time."""
        import ipywidgets as w

        kept = book().get(self.key)
        field, read = self._field(kept)
        result = w.HTML()
        button = w.Button(description="Run my answer", icon="play")
        shown = w.HTML()
        children = [page(f"<p><strong>Exercise.</strong> {inline(self.task)}</p>"), field, button]

        def press(_: object) -> None:
            if self.options and not read():
                result.value = page_html(notice("Choose one first."))
                return
            try:
                result.value = page_html(f'<div role="status">{self.check(read()).panel().html}</div>')
            except Exception as error:  # a callback has no other place to report to
                result.value = notice(
                    f"This check failed by itself ({type(error).__name__}: {error}). Please report it."
                )

        button.on_click(press)
        if self.hints:
            more = w.Button(description=f"Hint 1 of {len(self.hints)}")
            told: list[str] = []

            def hint(_: object) -> None:
                told.append(self.hints[len(told)])
                shown.value = page_html("".join(f"<p>{inline(text)}</p>" for text in told))
                more.disabled = len(told) == len(self.hints)
                if not more.disabled:
                    more.description = f"Hint {len(told) + 1} of {len(self.hints)}"

            more.on_click(hint)
            children.append(more)
        return column(*children, shown, result)

    def _field(self, kept: Answer | None) -> tuple[object, Callable[[], Answer]]:
        """Return the input and a function that reads the answer out of it."""
        import ipywidgets as w

        if self.options:
            start = kept if kept in self.options else None
            choice = w.Dropdown(options=["", *self.options], value=start or "", description="answer")
            return choice, lambda: str(choice.value)
        if self.nodes:
            node, _, text = str(kept or self.nodes[0]).partition("\n")
            device = w.Dropdown(options=list(self.nodes), value=node if node in self.nodes else self.nodes[0])
            device.description = "device"
            area = w.Textarea(value=text, placeholder="configuration lines, as you would type them")
            area.description = "(config)#"
            area.layout = w.Layout(width="90%", height="7em")
            return w.VBox([device, area]), lambda: f"{device.value}\n{area.value}"
        words = f"Your answer ({self.unit}):" if self.unit else "Your answer:"
        field = w.FloatText(value=kept if isinstance(kept, (int, float)) else 0.0, description=words)
        field.style.description_width = "initial"
        field.layout.width = "auto"
        field.layout.align_self = "flex-start"
        return field, lambda: float(field.value)


def number(answer: Answer) -> float:
    """Return the answer as a number (ScenarioError where it is none)."""
    try:
        return float(answer)
    except ValueError:
        raise ScenarioError(f"{answer!r} is no number; give digits, as 12.5") from None


def typed_lines(answer: Answer, nodes: Sequence[str]) -> tuple[str, str]:
    """Return device and lines of a configuration answer.

    Raises
    ------
    ScenarioError
        The first line names no device, or there are no lines.
    """
    node, _, text = str(answer).partition("\n")
    if node.strip() not in nodes:
        raise ScenarioError(f"the first line names the device: {' or '.join(nodes)}")
    if not text.strip():
        raise ScenarioError(f"nothing was typed into {node.strip()}; type at least one line")
    return node.strip(), text


def configured(lab: Lab, answer: Answer, nodes: Sequence[str]) -> Lab:
    """Return `lab` with a configuration answer typed into its device."""
    return lab.configure(*typed_lines(answer, nodes))
