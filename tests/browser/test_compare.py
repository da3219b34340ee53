"""Comparing in JupyterLab: the kernel keeps a run, makes another, and no key is stolen."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.jupyter import LabServer, Notebook, expect, write_notebook

pytestmark = pytest.mark.browser

CELLS = (
    "from ipsec_edu import Lab, teach\nlab = Lab.load('site-to-site')\n"
    "late = lab.run(faults=['30 cut ASA1:GigabitEthernet0/1', '60 mend ASA1:GigabitEthernet0/1'])\n"
    "late.stage(start=40)",
    "never = lab.run(faults=['30 cut ASA1:GigabitEthernet0/1'])\nlate.compare(never)",
    "late.compare(never).table()",
)


def test_keep_this_run_and_try_another(server: LabServer, open_notebook: Callable[..., Notebook]) -> None:
    path = server.notebooks / "compare.ipynb"
    notebook = open_notebook(write_notebook(path, *CELLS))
    notebook.run_all()
    prompts = notebook.prompts()
    stage, given = notebook.page.locator(".ie").nth(0), notebook.page.locator(".ie").nth(1)
    expect(given.get_by_role("listitem", name="outage: A 33.0 s, B 90.0 s, not over")).to_be_visible()
    stage.get_by_role("slider", name="Time", exact=True).focus()
    notebook.page.keyboard.press("c")
    expect(stage.get_by_role("listitem", name="outage: A 33.0 s, B 33.0 s, no difference")).to_be_visible()
    mend = stage.get_by_role("slider", name="Fault: Mend it of ASA1 GigabitEthernet0/1", exact=True)
    mend.focus()
    for _ in range(7):
        notebook.page.keyboard.press("Shift+ArrowLeft")
    expect(stage.get_by_role("listitem", name="outage: A 33.0 s, B 25.0 s, −8.0 s")).to_be_visible()
    expect(mend).to_be_focused()
    notebook.page.keyboard.press("c")
    expect(stage.locator(".cmp-diffs")).to_be_hidden()
    expect(notebook.page.locator(".jp-CodeCell").nth(2)).to_contain_text("+57.0 s")
    assert notebook.prompts() == prompts, "no key has run or removed a cell"
    assert notebook.errors() == []
    assert notebook.complaints == []
    assert notebook.outside == []
    path.unlink()
