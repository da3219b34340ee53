"""What the tests of the stage share: its script as a file, a browser, and node."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ipsec_edu.views.assets import script
from tests.views.page import browser as start_browser

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def stage_module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The joined script as a file that node can import."""
    path = tmp_path_factory.mktemp("stage") / "stage.mjs"
    path.write_text(script(), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def node() -> str:
    """The path of node."""
    found = shutil.which("node")
    if found is None:
        pytest.skip("node is not installed")
    return found


@pytest.fixture(scope="session")
def facts(stage_module: Path, node: str) -> Callable[[dict[str, Any], list[int]], list[dict[str, Any]]]:
    """What the browser's half says about some moments of a run."""

    def ask(data: dict[str, Any], times: list[int]) -> list[dict[str, Any]]:
        question = json.dumps({"script": str(stage_module), "data": data, "times": times})
        done = subprocess.run(
            [node, str(ROOT / "js" / "facts.mjs")],
            input=question,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return list(json.loads(done.stdout))

    return ask


@pytest.fixture(scope="module")
def chrome() -> Iterator[Any]:
    """A running Chromium."""
    pytest.importorskip("playwright")
    with start_browser() as running:
        yield running
