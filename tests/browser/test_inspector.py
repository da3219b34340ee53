"""The inspector in JupyterLab: its questions go to the kernel and come back, and no key is stolen."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.jupyter import LabServer, Notebook, expect, wait_for, write_notebook

pytestmark = pytest.mark.browser

CELL = (
    "from ipsec_edu import Lab\n"
    "Lab.load('site-to-site').run(until=120, faults=['30 cut ASA1:GigabitEthernet0/1',\n"
    "    '60 mend ASA1:GigabitEthernet0/1']).stage(start=42)"
)


def test_a_device_is_asked_by_keyboard(server: LabServer, open_notebook: Callable[..., Notebook]) -> None:
    path = server.notebooks / "inspector.ipynb"
    notebook = open_notebook(write_notebook(path, CELL, "1 + 1"))
    notebook.run_all()
    prompts = notebook.prompts()
    stage = notebook.stage()
    stage.get_by_role("button", name="ASA1, gateway").focus()
    notebook.page.keyboard.press("i")
    box = stage.get_by_role("textbox", name="Command for ASA1")
    expect(box).to_be_focused()
    log = stage.get_by_role("log", name="Console of ASA1")
    expect(log).to_contain_text("MM_ACTIVE")
    expect(log).to_contain_text("ASA1 is wrong.")
    notebook.page.keyboard.type("sh")
    notebook.page.keyboard.press("Tab")
    expect(box).to_have_value("show ")
    notebook.page.keyboard.type("route")
    notebook.page.keyboard.press("Enter")
    expect(log).to_contain_text("Gateway of last resort is 203.0.113.2")
    notebook.page.keyboard.type("dd a b j k")
    expect(box).to_have_value("dd a b j k")
    notebook.page.keyboard.press("ArrowUp")
    expect(box).to_have_value("show route")
    before = len(notebook.to_kernel)
    stage.get_by_role("slider", name="Time", exact=True).focus()
    notebook.page.keyboard.press("Shift+ArrowRight")
    expect(stage.locator(".when")).to_have_text("at 52.0 s")
    expect(stage.locator(".in-side")).to_contain_text("negotiating")
    wait_for("the question", lambda: len(notebook.to_kernel) > before, timeout_s=5)
    assert notebook.prompts() == prompts, "no key has run or removed a cell"
    assert notebook.errors() == []
    assert notebook.complaints == []
    assert notebook.outside == []
    path.unlink()
