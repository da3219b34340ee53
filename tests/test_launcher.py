"""`ipsec-edu open` finds the lessons, or says where it looked."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ipsec_edu.core.errors import IpsecEduError
from ipsec_edu.views import launcher


def checkout(folder: Path) -> Path:
    """Make a folder that looks like a checkout."""
    (folder / "notebooks").mkdir(parents=True)
    (folder / "notebooks" / launcher.FIRST_NOTEBOOK).write_text("{}")
    return folder


def test_the_lessons_are_found_from_any_folder_of_a_checkout(tmp_path: Path) -> None:
    top = checkout(tmp_path / "copy")
    deep = top / "a" / "b"
    deep.mkdir(parents=True)
    for start in (top, top / "notebooks", deep):
        assert launcher.find_notebooks(start) == top / "notebooks"


def test_without_lessons_a_sentence_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launcher, "__file__", str(tmp_path / "lib/ipsec_edu/views/launcher.py"))
    with pytest.raises(IpsecEduError, match="change into a checkout"):
        launcher.find_notebooks(tmp_path)


def test_jupyterlab_is_started_on_the_first_lesson(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = launcher.lab_command(tmp_path, browser=False)
    assert command[:3] == [sys.executable, "-m", "jupyterlab"]
    assert f"--ServerApp.root_dir={tmp_path}" in command
    assert "--LabApp.default_url=/lab/tree/00_start_here.ipynb" in command
    assert "--no-browser" in command
    assert "--no-browser" not in launcher.lab_command(tmp_path)
    monkeypatch.setattr(launcher, "find_spec", lambda name: None)
    with pytest.raises(IpsecEduError, match="pip install"):
        launcher.lab_command(tmp_path)
