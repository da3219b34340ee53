"""The same stage on other pages: the oldest JupyterLab that is supported, Notebook 7, Voila.

They live in an environment of their own (`make test` makes it), because they are older than what
`make lab` brings.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.jupyter import LabServer, Notebook, expect, wait_for, write_notebook

pytestmark = pytest.mark.browser

OWN = ("fontawesome", "filebrowser:open-path")
"""Voila asks a public server for icons, Notebook 7 for a command it lacks: stage or no stage."""
CELL = "from ipsec_edu import Lab\nLab.load('site-to-site').run().stage()"


@pytest.fixture(scope="module")
def oldest() -> str:
    """The Python of the environment with the oldest pages."""
    python = Path(sys.prefix, "oldest", "bin", "python")
    if not python.exists():
        reason = "no environment with the oldest JupyterLab: run `make test` once, it makes it"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    return str(python)


@pytest.fixture(scope="module")
def old_server(oldest: str, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    """A server of that environment, with one notebook."""
    folder = tmp_path_factory.mktemp("oldest")
    (folder / "notebooks").mkdir()
    server = LabServer(folder, folder / "notebooks", python=oldest)
    write_notebook(server.notebooks / "stage.ipynb", CELL)
    try:
        server.start(root)
        yield server
    finally:
        server.stop()


@pytest.fixture
def page(browser: Browser, old_server: LabServer) -> Iterator[Page]:
    """A page that has seen nothing yet; its kernels end after it, or it would ask for new ones."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()
    old_server.end_sessions()


def version(python: str, package: str) -> str:
    """Return what is installed there."""
    code = f"from importlib.metadata import version; print(version({package!r}))"
    return subprocess.run([python, "-c", code], check=True, capture_output=True, text=True).stdout


def break_and_mend(notebook: Notebook) -> None:
    """Cut the cable by mouse; the kernel runs again; ask by keyboard what ASA1 believes; take it back."""
    stage = notebook.stage()
    link = stage.get_by_role("button", name="Link ASA1 GigabitEthernet0/1")
    link.click()
    stage.get_by_role("menuitem", name="Cut silently").click()
    chip = stage.get_by_role("slider", name="Fault: silent cut")
    expect(chip).to_be_visible()
    expect(stage).to_contain_text("not over")
    chip.focus()
    chip.press("i")
    expect(stage.get_by_role("textbox", name="Command for ASA1")).to_be_visible()
    chip.focus()
    chip.press("Delete")
    expect(chip).to_have_count(0)


def not_their_own(notebook: Notebook) -> list[str]:
    """Return errors and requests to the outside that a page without a stage would not have."""
    return [each for each in notebook.complaints + notebook.outside if not any(own in each for own in OWN)]


@pytest.mark.parametrize(
    ("package", "major", "place"), [("jupyterlab", "4.4.", "lab/tree"), ("notebook", "7.", "notebooks")]
)
def test_the_stage_works_in(
    package: str, major: str, place: str, oldest: str, old_server: LabServer, page: Page
) -> None:
    assert version(oldest, package).startswith(major)
    notebook = Notebook(page, old_server)
    notebook.open("stage.ipynb", place)
    notebook.run_all()
    break_and_mend(notebook)
    assert not_their_own(notebook) == []


def test_the_stage_works_in_voila(oldest: str, old_server: LabServer, root: Path, page: Page) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [oldest, "-m", "voila", "stage.ipynb", "--no-browser", f"--port={port}", "--Voila.ip=127.0.0.1"]
    env = {**os.environ, "PYTHONPATH": str(root)}
    with (old_server.folder / "voila.log").open("wb") as log:
        voila = subprocess.Popen(command, env=env, stdout=log, stderr=log, cwd=old_server.notebooks)
    url = f"http://127.0.0.1:{port}/"
    try:
        wait_for("Voila", lambda: answers(url + "voila/static/favicon.ico"))
        notebook = Notebook(page, LabServer(old_server.folder, old_server.notebooks, url=url))
        page.goto(url)
        page.get_by_role("group", name="Stage: site-to-site").wait_for(timeout=60_000)
        break_and_mend(notebook)
        assert not_their_own(notebook) == []
    finally:
        voila.terminate()
        voila.wait(10)


def answers(url: str) -> bool:
    """Tell whether a server answers there, whatever it says."""
    try:
        urllib.request.urlopen(url, timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True
