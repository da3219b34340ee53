"""A learner answers: the gate opens at once, and the answer is still there after a restart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.jupyter import LabServer, Notebook, write_notebook

pytestmark = pytest.mark.browser

FAULTS = '["30 cut ASA1:GigabitEthernet0/1", "60 mend ASA1:GigabitEthernet0/1"]'
CELLS = (
    "from ipsec_edu import Lab, teach\nquestion = teach.ask('00.outage')\nquestion",
    f"run = Lab.load('site-to-site').run(until=90, faults={FAULTS})\nquestion.stage(run, 28)",
    "teach.mend_in_time",
)


@pytest.fixture
def lesson(server: LabServer, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.delenv("IPSEC_EDU_AUTOANSWER", raising=False)
    folder: Path = server.notebooks
    for old in folder.glob(".ipsec_edu_answers.json*"):
        old.unlink()
    return write_notebook(folder / "answering.ipynb", *CELLS)


def test_a_committed_number_opens_the_stage_and_survives_a_restart(
    lesson: str, server: LabServer, open_notebook: Callable[..., Notebook]
) -> None:
    notebook = open_notebook(lesson)
    notebook.run_all()
    page = notebook.page
    gate = page.locator(".jp-CodeCell").nth(1)
    expect(gate.get_by_text("Commit to your prediction first")).to_be_visible()
    expect(gate.get_by_text("the run says")).to_have_count(0)
    expect(notebook.stage()).to_contain_text("not told yet")
    assert "mend" not in notebook.stage().inner_text(), "the future is not in the page"
    page.get_by_role("textbox", name="Your guess:").first.fill("16")
    page.get_by_role("button", name="Commit", exact=True).click()
    expect(gate.get_by_text("the run says")).to_be_visible()
    expect(gate.get_by_role("status").first).to_contain_text("16 s")
    expect(notebook.stage()).to_be_visible()
    expect(notebook.stage()).to_contain_text("you said 16 s")
    expect(notebook.stage()).to_contain_text("mend")
    assert notebook.complaints == []

    server.end_sessions()
    again = open_notebook(lesson)
    again.run_all()
    expect(again.page.locator(".jp-CodeCell").nth(1).get_by_text("16 s", exact=True)).to_be_visible()
    expect(again.stage()).to_contain_text("you said 16 s")
    expect(again.page.get_by_role("button", name="Committed")).to_be_disabled()


def test_an_exercise_runs_the_answer(lesson: str, open_notebook: Callable[..., Notebook]) -> None:
    notebook = open_notebook(lesson)
    notebook.run_all()
    exercise = notebook.page.locator(".jp-CodeCell").nth(2)
    exercise.get_by_role("spinbutton").fill("55")
    exercise.get_by_role("spinbutton").press("Tab")
    exercise.get_by_role("button", name="Run my answer").click()
    expect(exercise.get_by_text("Not yet.")).to_be_visible()
    exercise.get_by_role("spinbutton").fill("53.5")
    exercise.get_by_role("spinbutton").press("Tab")
    exercise.get_by_role("button", name="Run my answer").click()
    expect(exercise.get_by_text("Done.")).to_be_visible()


ASKED = "00.belief"


def test_keys_pressed_in_a_form_are_no_commands_of_the_notebook(
    server: LabServer, monkeypatch: pytest.MonkeyPatch, open_notebook: Callable[..., Notebook]
) -> None:
    monkeypatch.delenv("IPSEC_EDU_AUTOANSWER", raising=False)
    for old in server.notebooks.glob(".ipsec_edu_answers.json*"):
        old.unlink()
    plain = "import ipywidgets\nipywidgets.Button(description='Unkept')"
    cells = (f"from ipsec_edu import teach\nq = teach.ask('{ASKED}')\nq", "teach.mend_in_time", plain)
    notebook = open_notebook(write_notebook(server.notebooks / "keys.ipynb", *cells))
    notebook.run_all()
    page, count = notebook.page, len(notebook.prompts())
    code = page.locator(".jp-CodeCell")
    choice = code.nth(0).get_by_role("radio").nth(1)
    choice.focus()
    page.keyboard.press("Space")
    expect(choice).to_be_checked()
    page.keyboard.press("ArrowDown")
    expect(code.nth(0).locator("input:focus")).to_have_count(1)
    before = code.count()
    for name in ("Commit", "Run my answer"):
        button = page.get_by_role("button", name=name)
        button.focus()
        for key in ("a", "b", "m", "x", "d", "d"):
            page.keyboard.press(key)
        expect(button).to_be_focused()
    assert (code.count(), len(notebook.prompts())) == (before, count)
    page.get_by_role("button", name="Commit", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Committed")).to_be_disabled()
    page.get_by_role("button", name="Unkept").focus()
    page.keyboard.press("a")  # the control: without a keeper the key is a command
    expect(code).to_have_count(before + 1)
