"""The lessons' questions: their answers are read off runs, and every choice is told why."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from ipsec_edu import Lab, teach
from ipsec_edu.core.errors import ScenarioError
from ipsec_edu.teach.answers import AnswerBook
from ipsec_edu.teach.questions import QUESTIONS, ask

ROOT = Path(__file__).resolve().parents[2]
CUT = "30 cut ASA1:GigabitEthernet0/1"


def truth(key: str, run: object) -> object:
    return QUESTIONS[key].truth(run)  # type: ignore[arg-type]


def test_the_cut_and_its_variations() -> None:
    assert truth("00.outage", teach.cut_run()) == 33.0
    assert truth("00.earlier", teach.cut_run(55)) == "exactly as long"
    assert truth("00.earlier", teach.cut_run(53.5)) == "more than five seconds shorter"
    assert truth("00.belief", teach.cut_run()) == "MM_ACTIVE, as if nothing had happened"


def test_patience_pays_only_when_the_cut_is_short() -> None:
    lab = Lab.load("site-to-site")
    for node in ("ASA1", "ASA2"):
        lab = lab.configure(node, lab.control_lines(node, {"threshold": 30}))
    assert (
        truth("00.patience", lab.run(until=90, faults=[CUT, "60 mend ASA1:GigabitEthernet0/1"])) == "shorter"
    )
    assert (
        truth("00.patience", lab.run(until=120, faults=[CUT, "80 mend ASA1:GigabitEthernet0/1"])) != "shorter"
    )


def test_the_first_negotiation() -> None:
    run = Lab.load("site-to-site").run(until=20)
    assert truth("02.messages", run) == 9
    assert truth("02.clear", run) == "MM5"
    assert truth("02.recorded", run) == "no: an ingredient is missing"
    assert truth("02.spi", run) == "inbound"


def test_rekeying_costs_nothing_and_a_cut_does() -> None:
    line = "crypto map CMAP 10 set security-association lifetime seconds 120"
    lab = Lab.load("site-to-site").configure("ASA1", line)
    assert truth("02.rekey", lab.run(until=400)) == 0
    assert truth("02.rekey", lab.run(until=60, faults=[CUT])) != 0


def test_the_broken_networks() -> None:
    run = Lab.load("site-to-site").run(until=1)
    assert truth("02.twins", run) == "the keys differ"
    assert truth("02.leak", run) == 2
    assert truth("02.pfs-way", run) == "R2, behind ASA2"


@pytest.mark.parametrize("key", QUESTIONS)
def test_every_choice_is_told_why(key: str) -> None:
    question = QUESTIONS[key]
    assert set(question.why) == set(question.options)
    kinds = (question.unit, question.options, question.lab)
    assert sum(map(bool, kinds)) == 1, "a number, a choice or a way"


def test_a_gate_that_is_given_a_run_reads_the_truth_off_it(tmp_path: Path) -> None:
    question = ask("00.outage", answers=AnswerBook(tmp_path / "a.json"))
    gate = question.gate(lambda: "stage", of=teach.cut_run())
    question.commit(16.0)
    assert "33 s" in gate.verdict and "17 s more" in gate.verdict


def test_a_question_that_does_not_exist_is_told_which_do() -> None:
    with pytest.raises(ScenarioError, match=r"00\.outage"):
        ask("00.nothing")


@pytest.mark.parametrize(
    "lesson", ["00_start_here", "02_site_to_site_ikev1", "03_failure_domains", "04_access_links"]
)
def test_a_lesson_asks_its_own_questions_and_all_of_them(lesson: str) -> None:
    notebook = json.loads((ROOT / "notebooks" / f"{lesson}.ipynb").read_text(encoding="utf-8"))
    code = "\n".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code")
    assert sorted(re.findall(r'teach\.ask\("(.+?)"\)', code)) == sorted(
        k for k in QUESTIONS if k[:2] == lesson[:2]
    )
