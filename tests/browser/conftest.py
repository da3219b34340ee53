"""Fixtures: one JupyterLab for all browser tests, one browser per file, one page per test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.jupyter import CHROMIUM_FLAGS, LabServer, Notebook, copy_notebooks
from tests.tools import find_browser


@pytest.fixture(scope="session")
def server(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    """A running JupyterLab on a copy of the lessons."""
    folder = tmp_path_factory.mktemp("jupyterlab")
    lab = LabServer(folder, copy_notebooks(root / "notebooks", folder / "notebooks"))
    try:
        lab.start(root)
        yield lab
    finally:
        lab.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A chromium. It lives for one file only: its event loop would disturb other files' tests."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=find_browser() or None, headless=True, args=CHROMIUM_FLAGS
        )
        yield chromium
        chromium.close()


@contextmanager
def notebooks(server: LabServer, browser: Browser) -> Iterator[Callable[..., Notebook]]:
    """Open notebooks by name, each in a fresh browser context; close them and end their kernels."""
    with ExitStack() as stack:

        def opener(name: str, width: int = 1400, height: int = 1000, **context: object) -> Notebook:
            fresh = browser.new_context(viewport={"width": width, "height": height}, **context)  # type: ignore[arg-type]
            stack.callback(fresh.close)
            fresh.set_default_timeout(8_000)
            notebook = Notebook(fresh.new_page(), server)
            notebook.open(name)
            return notebook

        stack.callback(server.end_sessions)
        yield opener


@pytest.fixture
def open_notebook(server: LabServer, browser: Browser) -> Iterator[Callable[..., Notebook]]:
    """Open a notebook by its name, 1400 px wide unless told."""
    with notebooks(server, browser) as opener:
        yield opener


@pytest.fixture(scope="module")
def open_shared_notebook(server: LabServer, browser: Browser) -> Iterator[Callable[..., Notebook]]:
    """Open a notebook that all tests of a file use."""
    with notebooks(server, browser) as opener:
        yield opener
