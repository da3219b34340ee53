"""The messages panel in JupyterLab: its keys are the stage's, not the notebook's."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.jupyter import LabServer, Notebook, expect, write_notebook

pytestmark = pytest.mark.browser

CELL = (
    "from ipsec_edu import Lab\n"
    "faults = ['30 cut ASA1:GigabitEthernet0/1', '60 mend ASA1:GigabitEthernet0/1']\n"
    "Lab.load('site-to-site').run(faults=faults).stage()"
)


def test_a_message_is_opened_and_read_by_keyboard(
    server: LabServer, open_notebook: Callable[..., Notebook]
) -> None:
    path = server.notebooks / "messages.ipynb"
    notebook = open_notebook(write_notebook(path, CELL))
    notebook.run_all()
    root = notebook.stage()
    clock = root.get_by_role("slider", name="Time", exact=True)
    cells = notebook.page.locator(".jp-Notebook .jp-Cell").count()
    clock.focus()
    clock.press("m")
    ladder = root.get_by_role("list", name="Messages between ASA1 and ASA2")
    expect(ladder.locator(":focus")).to_have_count(1)
    for _ in range(4):
        notebook.page.keyboard.press("ArrowDown")
    notebook.page.keyboard.press("Enter")
    expect(clock).to_have_attribute("aria-valuetext", "1.2 s, Main Mode message 5 is on its way.")
    notebook.page.keyboard.press("ArrowRight")
    notebook.page.keyboard.press("ArrowDown")
    tree = root.get_by_role("tree", name="Fields")
    expect(tree.locator(":focus")).to_have_attribute("aria-selected", "true")
    expect(root.locator(".mg-hex .on").first).to_be_visible()
    notebook.page.keyboard.press("Escape")
    expect(ladder).to_have_count(0)
    expect(clock).to_be_focused()
    assert notebook.page.locator(".jp-Notebook .jp-Cell").count() == cells, "no key reached the notebook"
    assert notebook.errors() == []
    assert notebook.complaints == []
    assert notebook.outside == []
    path.unlink()
