"""Every lesson, in a real JupyterLab in a real browser, as a learner opens it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.jupyter import LabServer, Notebook, write_notebook

LESSONS = sorted(path.name for path in (Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_runs_from_top_to_bottom(lesson: str, open_notebook: Callable[..., Notebook]) -> None:
    notebook = open_notebook(lesson)
    notebook.run_all()
    assert notebook.errors() == []
    assert notebook.complaints == [], "the browser's console is clean"
    assert notebook.outside == [], "nothing is fetched from elsewhere"


def test_what_goes_wrong_in_a_notebook_is_seen(
    server: LabServer, open_notebook: Callable[..., Notebook]
) -> None:
    cells = [
        "import sys; print('a warning', file=sys.stderr)",
        "from IPython.display import HTML\n"
        'HTML(\'<img src="http://elsewhere.invalid/x.png"><script>console.error("oh dear")</script>\')',
        "1 / 0",
    ]
    path = server.notebooks / "faulty.ipynb"
    write_notebook(path, *cells)
    try:
        notebook = open_notebook(path.name)
        notebook.run_all()
        assert any("ZeroDivisionError" in text for text in notebook.errors())
        assert any("a warning" in text for text in notebook.errors())
        assert any("oh dear" in text for text in notebook.complaints)
        assert any("elsewhere.invalid" in url for url in notebook.outside)
    finally:
        path.unlink()
