"""Predictions: nothing is shown before the learner commits, and then guess and truth stand side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ipsec_edu import Lab
from ipsec_edu.core.errors import ScenarioError
from ipsec_edu.teach.answers import AnswerBook
from ipsec_edu.teach.panel import say
from ipsec_edu.teach.predict import Prediction, compare_choice, compare_number, predict_choice, predict_number


@pytest.fixture
def answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AnswerBook:
    monkeypatch.delenv("IPSEC_EDU_AUTOANSWER", raising=False)
    return AnswerBook(tmp_path / "answers.json")


def number(answers: AnswerBook) -> Prediction:
    return predict_number("00.outage", "How long?", "s", preset=30, answers=answers)


def test_the_run_stays_locked_until_the_commit(answers: AnswerBook) -> None:
    made: list[str] = []
    prediction = number(answers)
    gate = prediction.gate(lambda: made.append("stage") or "stage", truth=lambda: 33.0)
    assert (made, gate.is_open, gate.verdict) == ([], False, "")
    prediction.commit(16.0)
    assert made == ["stage"]
    assert gate.is_open
    assert "16 s" in gate.verdict and "33 s" in gate.verdict


def test_a_stage_is_curtained_until_the_commit_and_then_wears_the_guess(answers: AnswerBook) -> None:
    run = Lab.load("site-to-site").run(until=90, faults=["30 cut ASA1:GigabitEthernet0/1"])
    prediction = number(answers)
    gate = prediction.stage(run, 33)
    box: Any = gate._box()
    before = box.children[-1]
    assert not gate.is_open and before.data["curtain"] == 33_000_000
    prediction.commit(16.0)
    after = box.children[-1]
    assert after is gate.content and "curtain" not in after.data
    assert after.data["guess"]["end"] == 46_000_000
    again: Any = number(AnswerBook(answers.path)).stage(run, 33)
    assert again.is_open and again.content.guess == 16.0, "after a restart"


def test_the_truth_is_not_even_computed_before_the_commit(answers: AnswerBook) -> None:
    def truth() -> float:
        raise AssertionError("looked")

    prediction = number(answers)
    gate = prediction.gate(lambda: "stage", truth)
    assert "looked" not in repr(gate)
    prediction.commit(1.0)
    with pytest.raises(AssertionError):
        _ = gate.verdict


def test_the_first_answer_stands(answers: AnswerBook) -> None:
    prediction = number(answers)
    prediction.commit(16.0)
    prediction.commit(33.0)
    assert prediction.guess == 16.0


def test_after_a_restart_the_gate_is_open_at_once(answers: AnswerBook) -> None:
    number(answers).commit(16.0)
    again = number(AnswerBook(answers.path))
    assert again.guess == 16.0
    assert again.gate(lambda: "stage").is_open
    assert not number(AnswerBook(answers.path.with_name("other.json"))).gate(lambda: "stage").is_open


def test_an_answer_to_another_version_of_the_question_does_not_count(answers: AnswerBook) -> None:
    answers.put("00.outage", "a word")
    assert not number(answers).committed


def test_unattended_every_question_takes_its_preset(
    answers: AnswerBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not number(answers).committed
    monkeypatch.setenv("IPSEC_EDU_AUTOANSWER", "1")
    assert number(answers).guess == 30
    assert predict_choice("x", "Which?", ["a", "b"], answers=answers).guess == "a"
    assert not answers.path.exists(), "an automatic answer is nobody's answer"


def test_only_an_option_answers_a_choice(answers: AnswerBook) -> None:
    prediction = predict_choice("x", "Which?", ["MM1", "MM5"], answers=answers)
    with pytest.raises(ScenarioError, match="'MM1' or 'MM5'"):
        prediction.commit("MM6")
    with pytest.raises(ScenarioError, match="a number"):
        number(answers).commit("many")


def test_words_of_a_number() -> None:
    assert "you have it" in compare_number(33.0, 33.0, "s")
    assert "17 s more than you thought" in compare_number(16.0, 33.0, "s")
    assert "7 s less than you thought" in compare_number(40.0, 33.0, "s")
    assert "Close" in compare_number(32.0, 33.0, "s") and "Close" not in compare_number(30.0, 33.0, "s")
    assert "you have it" in compare_number(0.0, 0.0, "messages")
    assert "says **1 pair**: 1 pair less" in compare_number(2.0, 1.0, "pairs")
    assert "says **1 ms**" in compare_number(2.0, 1.0, "ms")


def test_words_of_a_choice_tell_the_reason() -> None:
    why = {"MM5": "It is the first with the flag."}
    assert compare_choice("MM5", "MM5", why).endswith("It is the first with the flag.")
    assert "the run says **MM5**" in compare_choice("MM1", "MM5", why)


def test_the_form_can_be_pressed_once(answers: AnswerBook) -> None:
    prediction = number(answers)
    gate = prediction.gate(lambda: say("the stage"), truth=lambda: 33.0)
    form: Any = prediction._form()
    box: Any = gate._box()
    _, (field, unit, button), message = form.children[0], form.children[1].children, form.children[2]
    assert "Commit to your prediction first" in box.children[0].value
    assert (field.value, unit.value) == ("", "s"), "a number that stands there already is half an answer"
    for nothing in ("", "soon", "nan"):
        field.value = nothing
        button.click()
        assert not prediction.committed and "a number first, in s" in message.value
    field.value = "16 s"
    button.click()
    assert button.disabled and field.disabled
    assert "<p>the stage</p>" in box.children[1].value
    assert "17 s more" in box.children[0].value
    assert AnswerBook(answers.path).get("00.outage") == 16.0


def test_a_choice_wants_to_be_made(answers: AnswerBook) -> None:
    prediction = predict_choice("x", "Which?", ["a", "b"], answers=answers)
    form: Any = prediction._form()
    _, field, button, message = form.children
    button.click()
    assert not prediction.committed and "Choose one" in message.value
    field.value = "b"
    button.click()
    assert prediction.guess == "b"


def test_a_form_made_after_the_commit_shows_the_answer(answers: AnswerBook) -> None:
    number(answers).commit(16.0)
    form: Any = number(AnswerBook(answers.path))._form()
    field, _, button = form.children[1].children
    assert (field.value, field.disabled, button.disabled) == ("16", True, True)
