"""A way that is predicted: drawn with mouse or keys, kept, and drawn beside the one that was taken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ipsec_edu import Lab, Run
from ipsec_edu.core.errors import ScenarioError
from ipsec_edu.teach.answers import AnswerBook
from ipsec_edu.teach.predict import predict_choice, predict_number
from ipsec_edu.teach.predict_path import PathPrediction, path_taken, predict_path
from ipsec_edu.views.curtain_data import curtain_data
from ipsec_edu.views.stage_data import stage_data
from tests.lab.two_paths import two_paths
from tests.views.page import open_stage, seek
from tests.views.test_stage_page import TEXT_BOXES

SHOWN = (
    "() => [...document.querySelectorAll('.m-ways path')].filter((e) => e.style.display !== 'none').length"
)
WAY = ["R1", "ASA1", "internet", "ASA2", "R2"]


@pytest.fixture(scope="module")
def run() -> Run:
    return Lab.load("site-to-site").run(until=60, faults=["30 cut ASA1:GigabitEthernet0/1"])


def asked(lab: Lab, path: Path) -> PathPrediction:
    return predict_path(
        "00.way",
        "Which way?",
        lab,
        preset="R1 > R2",
        judge=lambda r: path_taken(r, "R1>R2", 20),
        answers=AnswerBook(path),
    )


def test_the_way_of_a_packet_is_read_off_its_hops(run: Run) -> None:
    assert path_taken(run, "R1>R2", 20) == WAY
    assert path_taken(run, "R1>R2", 40) == ["R1", "ASA1"], (
        "after the cut it dies on the first cable behind ASA1"
    )
    with pytest.raises(ScenarioError, match="flows are R1>R2"):
        path_taken(run, "R9>R2", 20)
    with pytest.raises(ScenarioError, match="sends nothing"):
        path_taken(run, "R1>R2", 60.5)


def test_an_answer_is_names_in_order(tmp_path: Path, run: Run) -> None:
    asking = asked(run.lab, tmp_path / "a.json")
    assert asking.way("r1, asa1 -> R2") == ["R1", "ASA1", "R2"]
    for wrong in ("", "R1", "R1 > R7"):
        with pytest.raises(ScenarioError, match="no way through the network"):
            asking.commit(wrong)
    asking.commit(["R1", "ASA1", "R2"])
    assert "they part after ASA1" in asking.compare(" > ".join(WAY))
    asking.guess = "R1 > ASA1 > ASA2 > R2"
    assert "you have it" in asking.compare(" > ".join(WAY)), "the provider's segment is no choice"
    asking.guess = "R1 > ASA1 > R2"
    assert asking.verdict(" > ".join(WAY))["paths"] == [["R1", "ASA1", "R2"], WAY]  # type: ignore[index]
    again = asked(run.lab, tmp_path / "a.json")
    assert again.guess == "R1 > ASA1 > R2", "another kernel finds the answer"


def test_what_is_drawn_stands_in_the_form_and_opens_the_rest(tmp_path: Path, run: Run) -> None:
    asking = asked(run.lab, tmp_path / "a.json")
    gate = asking.stage(run, 15)
    form, box = asking._form(), gate._box()
    veiled = box.children[-1]  # type: ignore[attr-defined]
    field, _, button = form.children[1].children  # type: ignore[attr-defined]
    assert veiled.sketch == [] and veiled.curtain == 15
    veiled.sketch = ["R1", "ASA1"]
    assert field.value == "R1 > ASA1"
    field.value = "R1 > ASA1 > R2"
    assert veiled.sketch == ["R1", "ASA1", "R2"]
    button.click()
    assert gate.is_open and veiled.sketch is None
    whole = box.children[-1]  # type: ignore[attr-defined]
    assert whole.data["verdict"]["paths"] == [["R1", "ASA1", "R2"], WAY]


def test_numbers_and_choices_stand_beside_the_truth_too(tmp_path: Path, run: Run) -> None:
    number = predict_number("00.n", "How many messages?", "messages", answers=AnswerBook(tmp_path / "b.json"))
    assert number.verdict(9) is None, "nothing is told before the answer"
    number.commit(6)
    assert number.verdict(9) == {"guess": "6 messages", "truth": "9 messages", "values": [6, 9]}
    choice = predict_choice("00.c", "Who?", ["ASA1", "ASA2"], answers=AnswerBook(tmp_path / "b.json"))
    choice.commit("ASA2")
    assert choice.verdict("ASA1") == {"guess": "ASA2", "truth": "ASA1"}
    assert run.stage(verdict=number.verdict(9)).data["verdict"]["values"] == [6, 9]


def drawn(page: Any) -> Any:
    return page.evaluate("window.stage.sketch.way")


@pytest.mark.browser
def test_a_way_is_drawn_with_the_mouse(chrome: Any, run: Run) -> None:
    page = open_stage(chrome, data=curtain_data(run, 15), start=15)
    page.evaluate("window.answer('sketch', [])")
    assert page.locator(".ie-sketch").is_visible()
    for name in ("R1", "ASA1"):
        page.get_by_role("button", name=f"{name}, ").click()
    link = (
        page.get_by_role("button", name="Link ASA1 GigabitEthernet0/1 to Internet")
        .locator(".halo")
        .bounding_box()
    )
    page.mouse.click(link["x"] + link["width"] / 2, link["y"] + 15)
    assert drawn(page) == ["R1", "ASA1", "internet"]
    assert page.get_by_role("menu").count() == 0, "what is drawn on is not broken"
    assert page.evaluate(SHOWN) == 3
    page.get_by_role("button", name="take one back").click()
    assert drawn(page) == ["R1", "ASA1"]
    page.evaluate("window.answer('sketch', null)")
    assert not page.locator(".ie-sketch").is_visible()
    assert page.evaluate(SHOWN) == 0
    page.get_by_role("button", name="R1, ").click()
    assert page.get_by_role("menu").count() == 1, "without the question it is a map again"


@pytest.mark.browser
def test_a_way_is_drawn_with_the_keyboard(chrome: Any, run: Run) -> None:
    page = open_stage(chrome, data=curtain_data(run, 15), start=15)
    page.evaluate("window.answer('sketch', [])")
    page.get_by_role("button", name="R1, ").focus()
    page.keyboard.press("Enter")
    for _ in range(4):
        page.keyboard.press("ArrowRight")
        if "ASA1," in page.evaluate("document.activeElement.getAttribute('aria-label')"):
            break
    page.keyboard.press("Enter")
    assert drawn(page) == ["R1", "ASA1"]
    assert page.locator("[role=status].sr").inner_text() == "Your way: R1, ASA1"
    page.keyboard.press("Backspace")
    assert drawn(page) == ["R1"]


@pytest.mark.browser
@pytest.mark.parametrize("width", [1024, 1600])
def test_guess_and_truth_are_told_apart_without_colour(chrome: Any, run: Run, width: int) -> None:
    verdict = {"guess": "R1 > ASA1 > R2", "truth": " > ".join(WAY), "paths": [["R1", "ASA1", "R2"], WAY]}
    page = open_stage(chrome, data={**stage_data(run), "verdict": verdict}, width=width)
    text = page.locator(".ie-sketch").inner_text()
    assert "you said" in text and "the run says" in text
    hollow, solid = page.locator(".m-wayinner").count(), page.locator(".m-way").count()
    assert (hollow, solid) == (1, 2), "what was said is hollow, what was true is not"
    for t in (0, 15, 35, 59):
        seek(page, t)
        assert page.evaluate(TEXT_BOXES) == []
    plain = open_stage(chrome, data=stage_data(run), width=width)
    assert plain.locator(".m-way").count() == 0 and not plain.locator(".ie-sketch").is_visible()
    assert page.complaints == []


@pytest.mark.browser
def test_numbers_are_bars_of_their_own_lengths(chrome: Any, run: Run) -> None:
    page = open_stage(
        chrome, data={**stage_data(run), "verdict": {"guess": "6", "truth": "9", "values": [6, 9]}}
    )
    guess, truth = (
        page.locator(f".ie-sketch .{kind} .mark").bounding_box()["width"] for kind in ("guess", "truth")
    )
    assert guess / truth == pytest.approx(6 / 9, abs=0.02)


def test_a_re_routed_packet_takes_the_other_cable() -> None:
    lab = two_paths()
    cut = lab.run(until=60, faults=["30 down GW1:GigabitEthernet0/1"])
    assert path_taken(cut, "R1>R2", 20) == path_taken(cut, "R1>R2", 50) == ["R1", "GW1", "GW2", "R2"]
