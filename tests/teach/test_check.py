"""Exercises: an answer runs, and what a device refuses is shown as the device prints it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ipsec_edu.core.errors import ConfigError, LabError, Problem, ScenarioError
from ipsec_edu.teach.answers import Answer, book
from ipsec_edu.teach.check import Exercise, Verdict, number, typed_lines, wrong
from ipsec_edu.teach.panel import preformatted


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def judge(answer: Answer) -> Verdict:
    if answer == 8.0:
        return Verdict(True, "Eight it is.", preformatted("the run"))
    if answer == -1.0:
        problem = Problem("<ASA1>", 1, 8, "error", "crypto mpa", "% Invalid input detected at '^' marker.")
        raise ConfigError([problem])
    if answer == -2.0:
        raise LabError("there is no device ASA9; there are ASA1, ASA2")
    if answer == -3.0:
        raise ZeroDivisionError("a mistake of ours")
    return wrong("Nine is one too many.")


EXERCISE = Exercise("99.eight", "Give **eight**.", judge, unit="s", hints=("Less than nine.", "Eight."))


def test_a_right_answer_is_done_and_kept() -> None:
    verdict = EXERCISE.check(8.0)
    assert verdict.ok and "Done." in repr(verdict) and "the run" in verdict._repr_html_()
    assert book().get("99.eight") == 8.0


def test_a_wrong_answer_is_told_why() -> None:
    verdict = EXERCISE.check(9.0)
    assert not verdict.ok and "Not yet." in repr(verdict) and "one too many" in repr(verdict)


def test_a_refused_line_is_shown_as_the_device_prints_it() -> None:
    verdict = EXERCISE.check(-1.0)
    assert not verdict.ok
    assert "% Invalid input detected at '^' marker." in repr(verdict)
    assert repr(verdict).splitlines()[-1].strip() == "^"


def test_an_impossible_answer_is_a_message_and_a_mistake_of_ours_is_not_hidden() -> None:
    assert "there are ASA1, ASA2" in repr(EXERCISE.check(-2.0))
    with pytest.raises(ZeroDivisionError):
        EXERCISE.check(-3.0)


def test_the_form_runs_the_answer_and_gives_hints_one_at_a_time() -> None:
    form: Any = EXERCISE._form()
    _, field, button, more, shown, result = form.children
    field.value = 9.0
    button.click()
    assert "one too many" in result.value
    field.value = -3.0
    button.click()
    assert "ZeroDivisionError" in result.value and "report" in result.value
    more.click()
    assert "Less than nine" in shown.value and "Eight." not in shown.value
    more.click()
    assert "Eight." in shown.value and more.disabled


def test_a_choice_and_a_configuration_have_their_forms() -> None:
    said: list[Answer] = []

    def listen(answer: Answer) -> Verdict:
        said.append(answer)
        return Verdict(True, "")

    choice: Any = Exercise("99.a", "Which?", listen, options=("x", "y"))._form()
    choice.children[1].value = "y"
    choice.children[2].click()
    lines: Any = Exercise("99.b", "Mend it.", listen, nodes=("ASA1", "ASA2"))._form()
    device, area = lines.children[1].children
    device.value, area.value = "ASA2", "no shutdown"
    lines.children[2].click()
    assert said == ["y", "ASA2\nno shutdown"]
    again: Any = Exercise("99.b", "Mend it.", listen, nodes=("ASA1", "ASA2"))._form()
    assert again.children[1].children[1].value == "no shutdown", "the last attempt is still there"


def test_answers_are_read_with_care() -> None:
    assert number("12.5") == 12.5
    with pytest.raises(ScenarioError, match="no number"):
        number("soon")
    assert typed_lines("ASA1\nno shutdown", ("ASA1",)) == ("ASA1", "no shutdown")
    with pytest.raises(ScenarioError, match="names the device"):
        typed_lines("no shutdown", ("ASA1", "ASA2"))
    with pytest.raises(ScenarioError, match="nothing was typed"):
        typed_lines("ASA1\n  ", ("ASA1",))
