"""The page ``docs/truth.md`` says what the code does now, and nothing that was typed."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

from tests.truth.book import Book
from tests.truth.compare import Row, all_rows
from tests.truth.compare_identities import identities_rows
from tests.truth.compare_routing import links_rows
from tests.truth.facts import CUTS, FAILURES
from tests.truth.facts_routing import IDENTITIES, LINKS

PAGE = "docs/truth.md"


def maker(root: Path) -> ModuleType:
    """Return ``docs/truth.py`` as a module."""
    spec = importlib.util.spec_from_file_location("truth_page", root / "docs/truth.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def times(root: Path, cases: dict[str, list[Row]]) -> str:
    """Return the page's part about times, made of these rows."""
    book = Book()
    for name, rows in cases.items():
        book.timeline(name, rows)
    text: str = maker(root).timelines(json.loads(json.dumps(book.rows["timelines"])))
    return text


def test_its_times_are_those_of_the_simulator_now(root: Path) -> None:
    cases = dict(all_rows())
    page = (root / PAGE).read_text()
    assert times(root, cases) in page, "run `make truth`"
    altered = Row("declared dead", "14 / 15 / 16", 17.0, 1.0, 0.3)
    assert times(root, {**cases, "clear": [altered]}) not in page


@pytest.mark.xdist_group("truth-ways")
def test_its_lost_ways_are_those_of_the_simulator_now(root: Path) -> None:
    book = Book()
    for links in LINKS:
        book.ways("links", links.name, links_rows(links))
    for identities in IDENTITIES:
        book.ways("identities", identities.name, identities_rows(identities))
    page, rows = (root / PAGE).read_text(), json.loads(json.dumps(book.rows))
    for part in ("links", "identities"):
        make = getattr(maker(root), part)
        assert make(rows[part]) in page, "run `make truth`"
        rows[part][0]["simulated"] = "1 / 2 / 3"
        assert make(rows[part]) not in page


def test_it_leaves_no_fact_out_and_names_the_daemon(root: Path) -> None:
    page = (root / PAGE).read_text()
    assert "## With strongSwan " in page
    ways = [*(fact.name for fact in LINKS), *(fact.name for fact in IDENTITIES)]
    assert [name for name in ways if f"### {name}\n" not in page] == []
    assert [name for name in (*CUTS, *(FAILURES.keys() - {"absent"})) if f"### {name}\n" not in page] == []
