"""The lessons as documents: what a teacher needs is there, and prose states nothing that a run computes."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

from ipsec_edu.teach.predict import Gate

ROOT = Path(__file__).resolve().parents[2]
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
GLOSSARY = ROOT / "docs" / "glossary.md"
WANTED = {"title", "minutes", "prerequisites", "objectives", "key_points", "misconceptions", "teacher_notes"}


def cells(path: Path, kind: str) -> list[str]:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == kind]


def prose(path: Path) -> str:
    return "\n\n".join(cells(path, "markdown"))


def metadata(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["metadata"]["ipsec_edu"]
    return found


def anchors(markdown: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", markdown, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def typed_results(markdown: str) -> list[str]:
    """Return sentences that state a measured quantity: a number with a unit that only a run can give.

    A lesson may name its own inputs (``at 30 s``, ``55 s instead of 60 s``) and its minutes.
    """
    quantity = (
        r"(?<!at )(?<!from )(?<!to )(?<!of )\b\d+(?:\.\d+)?\s*(?:ms|pings?|packets?|messages?|bytes?|%)(?!\w)"
    )
    verbs = r"(?:takes?|lasts?|after|within|costs?|saves?|lost)"
    lasts = verbs + r" (?:only |about |exactly )?\d+(?:\.\d+)? ?s(?:econds)?\b"
    return [hit.group() for pattern in (quantity, lasts) for hit in re.finditer(pattern, markdown)]


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_tells_its_teacher_what_it_needs(path: Path) -> None:
    told = metadata(path)
    assert set(told) >= WANTED
    assert set(told["minutes"]) == {"teaching", "exercises"}
    assert all(told[key] for key in WANTED)
    assert len(told["key_points"]) <= 5
    for objective in told["objectives"]:
        assert objective[0].islower() and not objective.startswith(("understand", "know")), objective


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_opens_with_something_that_moves(path: Path) -> None:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    kinds = [cell["cell_type"] for cell in notebook["cells"][:2]]
    assert kinds == ["markdown", "code"]
    assert len("".join(notebook["cells"][0]["source"]).split()) < 80, "the stage belongs on the first screen"
    assert ".stage(" in "".join(notebook["cells"][1]["source"])


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_asks_before_it_shows(path: Path) -> None:
    code = "\n".join(cells(path, "code"))
    asked = set(re.findall(r"^(\w+) = teach\.ask\(", code, re.MULTILINE))
    gated = set(re.findall(r"^(\w+)\.gate\(", code, re.MULTILINE))
    assert len(asked) >= 3
    assert asked == gated, "every prediction opens something, and with the truth beside it"
    behind_a_curtain = asked & set(re.findall(r"^(\w+)\.stage\(", code, re.MULTILINE))
    assert len(re.findall(r"\bof=\w+\)", code)) + len(behind_a_curtain) == len(asked)


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_prose_states_no_result(path: Path) -> None:
    assert typed_results(prose(path)) == []


def test_a_typed_result_would_be_found() -> None:
    assert typed_results("Main Mode takes 6 messages.")
    assert typed_results("The outage lasts 33 s.")
    assert typed_results("and loses 12 packets")
    assert not typed_results("The cable is cut at 30 s. *5 minutes.* Read RFC 2409; UDP 4500.")


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_prose_is_plain(path: Path) -> None:
    words = re.sub(r"`[^`]*`", "", prose(path))
    filler = r"\b(?:simply|just|obviously|of course|easy|easily|trivial\w*)\b"
    assert re.findall(filler, words, re.IGNORECASE) == []
    assert max(len(sentence.split()) for sentence in re.split(r"[.?!:;]\s|\n", words)) <= 40


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_links_lead_somewhere(path: Path) -> None:
    text = "\n".join(cells(path, "markdown") + cells(path, "code"))
    known = anchors(GLOSSARY.read_text(encoding="utf-8"))
    targets = re.findall(r"\]\(([^)\s]+)\)", text)
    assert targets
    for target in targets:
        file, _, anchor = target.partition("#")
        assert (path.parent / file).exists(), target
        assert not anchor or anchor in known, target


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_cells_are_short_and_parse(path: Path) -> None:
    for source in cells(path, "code"):
        ast.parse(source)
        assert len(source.splitlines()) <= 20, source
        assert max(map(len, source.splitlines())) <= 140, source


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_ends_honestly(path: Path) -> None:
    text = prose(path)
    assert (
        0
        < text.index("## What this model leaves out")
        < text.index("## Key points")
        < text.index("**Next:**")
    )


def test_the_glossary_is_in_order_and_explains_what_it_names() -> None:
    text = GLOSSARY.read_text(encoding="utf-8")
    entries = re.findall(r"^## (.+)\n(.+)", text, re.MULTILINE)
    names = [name for name, _ in entries]
    assert names == sorted(names, key=str.lower)
    assert len(names) == text.count("\n## ") >= 50
    assert all(len(meaning) > 20 or meaning.startswith("See") for name, meaning in entries)


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_everything_opens_once_every_question_is_answered(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IPSEC_EDU_AUTOANSWER", "1")
    namespace: dict[str, Any] = {}
    gates = verdicts = 0
    for source in cells(path, "code"):
        *body, last = ast.parse(source).body
        assert isinstance(last, ast.Expr), "a cell ends with what it shows"
        exec(compile(ast.Module(body, []), path.name, "exec"), namespace)
        shown = eval(compile(ast.Expression(last.value), path.name, "eval"), namespace)
        if isinstance(shown, Gate):
            assert shown.is_open
            assert shown._box() is not None
            gates += 1
            verdicts += bool(shown.verdict)
        elif hasattr(shown, "_form"):
            assert shown._form() is not None
        else:
            assert repr(shown)
    assert gates > verdicts >= 3, "some gates open an explanation, the others a truth"
    assert not list(tmp_path.iterdir()), "nobody answered, so nothing is kept"
