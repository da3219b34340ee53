"""Open the lessons: find the notebooks, start JupyterLab on the first one."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from ipsec_edu.core.errors import IpsecEduError

__all__ = ["FIRST_NOTEBOOK", "find_notebooks", "lab_command", "open_notebooks"]

FIRST_NOTEBOOK = "00_start_here.ipynb"


def find_notebooks(start: Path | None = None) -> Path:
    """Return the folder of the lessons.

    Looked for in `start` (the current folder) and above it, then beside the package, where it lies in a
    checkout. The lessons are no part of the installed package.

    Raises
    ------
    IpsecEduError
        If there is none.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents, Path(__file__).resolve().parents[2]):
        for notebooks in (folder / "notebooks", folder):
            if (notebooks / FIRST_NOTEBOOK).is_file():
                return notebooks
    raise IpsecEduError(
        f"no folder with {FIRST_NOTEBOOK} here or above {here}: "
        "change into a checkout of the project (the lessons are not part of the installed package)"
    )


def lab_command(notebooks: Path, browser: bool = True) -> list[str]:
    """Return the command that starts JupyterLab on the first lesson.

    Raises
    ------
    IpsecEduError
        If JupyterLab is not installed.
    """
    if find_spec("jupyterlab") is None:
        raise IpsecEduError(f"JupyterLab is missing: {sys.executable} -m pip install 'ipsec-edu[lab]'")
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={notebooks}"]
    command.append(f"--LabApp.default_url=/lab/tree/{FIRST_NOTEBOOK}")
    if not browser:
        command.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    return command


def open_notebooks(browser: bool = True) -> int:
    """Run JupyterLab on the lessons until it ends; return its exit status."""
    notebooks = find_notebooks()
    try:
        return subprocess.run(lab_command(notebooks, browser), cwd=notebooks.parent, check=False).returncode
    except KeyboardInterrupt:
        return 0
