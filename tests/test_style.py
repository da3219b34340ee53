"""Style and types: one command each, with the settings of pyproject.toml."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FAULTS = "import os\n\n\ndef half(number: int) -> int:\n    return str(number)\n"


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """Run a module of this interpreter in the checkout."""
    command = [sys.executable, "-m", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_ruff_finds_nothing() -> None:
    answer = run("ruff", "check", "--output-format=concise", ".")
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_mypy_finds_nothing() -> None:
    answer = run("mypy")
    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.parametrize(
    ("command", "complaint"),
    [(["ruff", "check", "--no-cache"], "F401"), (["mypy", "--cache-dir=/dev/null"], "return-value")],
    ids=["ruff", "mypy"],
)
def test_a_fault_is_found(command: list[str], complaint: str, tmp_path: Path) -> None:
    faulty = tmp_path / "faulty.py"
    faulty.write_text(FAULTS)
    option = "--config" if command[0] == "ruff" else "--config-file"
    answer = run(*command, option, "pyproject.toml", str(faulty))
    assert answer.returncode == 1, answer.stdout + answer.stderr
    assert complaint in answer.stdout
