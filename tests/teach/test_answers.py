"""Answers survive a restart, and a disk that cannot be written is nobody's fault."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ipsec_edu.teach.answers import AnswerBook, automatic


def test_an_answer_survives_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "answers.json"
    AnswerBook(file).put("02.messages", 9.0)
    assert AnswerBook(file).get("02.messages") == 9.0
    assert AnswerBook(file).get("02.other") is None


def test_two_notebooks_share_the_file(tmp_path: Path) -> None:
    file = tmp_path / "answers.json"
    one, other = AnswerBook(file), AnswerBook(file)
    one.put("a", 1.0)
    other.put("b", "two")
    one.put("c", 3.0)
    assert json.loads(file.read_text()) == {"a": 1.0, "b": "two", "c": 3.0}


def test_forgetting_takes_one_lesson_only(tmp_path: Path) -> None:
    answers = AnswerBook(tmp_path / "answers.json")
    answers.put("00.a", 1.0)
    answers.put("02.a", 1.0)
    assert answers.forget("02.") == 1
    assert (answers.get("00.a"), answers.get("02.a")) == (1.0, None)


@pytest.mark.parametrize(
    "content", ["", "not json", "[1, 2]", '{"a": true, "b": {"c": 1}, "d": null}', "\x00"]
)
def test_a_damaged_file_counts_as_empty(tmp_path: Path, content: str) -> None:
    file = tmp_path / "answers.json"
    file.write_text(content)
    answers = AnswerBook(file)
    assert answers.get("a") is None
    answers.put("a", "again")
    assert AnswerBook(file).get("a") == "again"


def test_where_nothing_can_be_written_answers_live_in_memory(tmp_path: Path) -> None:
    answers = AnswerBook(tmp_path / "no such folder" / "answers.json")
    answers.put("a", 1.0)
    assert answers.get("a") == 1.0
    assert not answers.path.exists()


def test_questions_answer_themselves_only_when_asked_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IPSEC_EDU_AUTOANSWER", raising=False)
    assert not automatic()
    monkeypatch.setenv("IPSEC_EDU_AUTOANSWER", "0")
    assert not automatic()
    monkeypatch.setenv("IPSEC_EDU_AUTOANSWER", "1")
    assert automatic()
