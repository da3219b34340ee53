"""What all tests share: tools that may be missing, and the rule that CI skips nothing."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.tools import TOOLS, find_browser, find_tool
from tests.truth.book import Book

ROOT = Path(__file__).resolve().parent.parent
IN_CI = os.environ.get("CI", "").lower() in ("1", "true", "yes")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose tool is missing, and say how to get it."""
    for marker, (_, packages) in TOOLS.items():
        if item.get_closest_marker(marker) is None:
            continue
        if (find_browser() if marker == "browser" else find_tool(marker)) is None:
            pytest.skip(f"no {marker} tool here: sudo apt install {packages}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the browser tests on one worker: they share a server, and two browsers would fight for it."""
    for item in items:
        if item.get_closest_marker("browser") is not None:
            item.add_marker(pytest.mark.xdist_group("browser"))


def forbid_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turn a skip into a failure where CI runs: a test that did not run has shown nothing."""
    if not IN_CI or report.outcome != "skipped" or hasattr(report, "wasxfail"):
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
    report.outcome = "failed"
    report.longrepr = f"{report.nodeid}: skipped in CI, which counts as a failure. {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Judge the skips of tests."""
    report = yield
    forbid_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Judge the skips of whole files."""
    report = yield
    forbid_skip(report)
    return report


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def truth() -> Iterator[Book]:
    """Where comparisons with real daemons write down what they found (``make truth`` makes a page of it)."""
    book = Book()
    yield book
    place = os.environ.get("IPSEC_EDU_TRUTH")
    if place:
        book.save(Path(place))
