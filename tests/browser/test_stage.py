"""The stage in JupyterLab, with the kernel behind it, used as a learner uses it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator

from tests.browser.jupyter import LabServer, Notebook, expect, wait_for, write_notebook

pytestmark = pytest.mark.browser

UNTIL_S = 120
CELLS = (
    f"from ipsec_edu import Lab\nstage = Lab.load('site-to-site').run(until={UNTIL_S}).stage()\nstage",
    "from ipsec_edu.views.controls import controls\ncontrols(stage)",
)
LINK = "Link ASA1 GigabitEthernet0/1"
CHIP = "Fault: silent cut of ASA1 GigabitEthernet0/1"


def seconds(value: int) -> re.Pattern[str]:
    """Match a time as the stage says it: ``30 s``, ``30.00 s, ...``."""
    return re.compile(rf"^{value}(\.0+)? s")


@dataclass
class Stage:
    """The stage of a notebook that has just been run, the run being free of faults."""

    notebook: Notebook
    root: Locator

    @property
    def time(self) -> Locator:
        """The playhead."""
        return self.root.get_by_role("slider", name="Time", exact=True)

    @property
    def link(self) -> Locator:
        """The cable outside ASA1."""
        return self.root.get_by_role("button", name=LINK)

    @property
    def chip(self) -> Locator:
        """The silent cut on the time axis."""
        return self.root.get_by_role("slider", name=CHIP)

    def seek(self, tens_of_seconds: int) -> None:
        """Put the playhead somewhere by the keyboard: Shift and an arrow is a twelfth of the window."""
        self.time.focus()
        self.time.press("Home")
        for _ in range(tens_of_seconds):
            self.time.press("Shift+ArrowRight")
        expect(self.time).to_have_attribute("aria-valuetext", seconds(10 * tens_of_seconds))

    @property
    def lane(self) -> Locator:
        """The lane of pings."""
        return self.root.get_by_role("list", name=re.compile("^Pings .*R1 to R2"))

    def pings(self) -> str:
        """What the lane of pings says: sent and answered in the whole run."""
        return self.lane.get_attribute("aria-label") or ""

    def answered(self) -> int:
        """How many pings of the run were answered."""
        found = re.search(r"(\d+) answered", self.pings())
        assert found, self.pings()
        return int(found.group(1))

    def cut_by_keyboard(self, tens_of_seconds: int = 3) -> int:
        """Cut the cable silently; return how many pings are answered then."""
        before = self.pings()
        self.seek(tens_of_seconds)
        self.link.focus()
        self.link.press("Enter")
        self.root.get_by_role("menu").press("s")
        self.changed(before)
        return self.answered()

    def changed(self, before: str) -> None:
        """Wait until the lane of pings says something else, and no further run is on its way."""
        expect(self.lane).not_to_have_attribute("aria-label", before)
        expect(self.root).not_to_have_attribute("aria-busy", "true")

    def sa_rows(self) -> list[str]:
        """What the rows of the gateways' SAs say, bar by bar."""
        rows = self.root.get_by_role("list", name=re.compile("SA"))
        items: list[str] = rows.get_by_role("listitem").evaluate_all(
            "items => items.map(item => item.getAttribute('aria-label'))"
        )
        return items

    def has_focus_somewhere(self) -> bool:
        """Whether the focus is inside the stage: a keyboard user must never be thrown out."""
        return bool(self.root.evaluate("root => root.contains(document.activeElement)"))


@pytest.fixture(scope="module")
def notebook(server: LabServer, open_shared_notebook: Callable[..., Notebook]) -> Iterator[Notebook]:
    """The notebook that shows the stage."""
    path = server.notebooks / "stage.ipynb"
    yield open_shared_notebook(write_notebook(path, *CELLS))
    path.unlink()


@pytest.fixture
def stage(notebook: Notebook) -> Iterator[Stage]:
    """A stage that has just been made; the console and the requests must stay clean."""
    notebook.run_all()
    assert notebook.errors() == []
    shown = Stage(notebook, notebook.stage())
    expect(shown.link).to_be_visible()
    assert shown.answered() >= UNTIL_S - 3, "without a fault the first ping alone is lost"
    yield shown
    assert notebook.errors() == []
    assert notebook.complaints == []
    assert notebook.outside == []


def test_a_cable_is_cut_with_the_mouse(stage: Stage) -> None:
    stage.seek(3)
    untouched = stage.pings()
    stage.link.click()
    menu = stage.root.get_by_role("menu")
    expect(menu).to_contain_text("30")
    menu.get_by_role("menuitem", name=re.compile("Cut silently")).hover()
    expect(menu).to_contain_text("cut ASA1:GigabitEthernet0/1")
    menu.get_by_role("menuitem", name=re.compile("Cut silently")).click()
    stage.changed(untouched)
    assert stage.answered() < 40, "the pings after the cut are lost"
    expect(stage.chip).to_have_attribute("aria-valuetext", seconds(30))
    expect(menu).to_have_count(0)


def test_a_cable_is_cut_and_mended_by_keyboard(stage: Stage) -> None:
    cut = stage.cut_by_keyboard()
    assert cut < 40
    assert stage.has_focus_somewhere()
    stage.chip.focus()
    broken = stage.pings()
    stage.chip.press("Delete")
    stage.changed(broken)
    expect(stage.chip).to_have_count(0)
    assert stage.answered() >= UNTIL_S - 3, "without the fault nothing but the first ping is lost"
    assert stage.has_focus_somewhere()


def test_escape_closes_the_menu_and_gives_the_focus_back(stage: Stage) -> None:
    untouched = stage.pings()
    stage.link.focus()
    stage.link.press("Enter")
    expect(stage.root.get_by_role("menu")).to_be_visible()
    stage.root.get_by_role("menu").press("Escape")
    expect(stage.root.get_by_role("menu")).to_have_count(0)
    expect(stage.link).to_be_focused()
    assert stage.pings() == untouched, "nothing was broken"


def test_a_fault_is_dragged_in_time(stage: Stage) -> None:
    early = stage.cut_by_keyboard(3)
    before = stage.pings()
    box = stage.chip.bounding_box()
    axis = stage.root.get_by_role("group", name="Time axis").bounding_box()
    assert box is not None and axis is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + 10
    mouse = stage.notebook.page.mouse
    mouse.move(x, y)
    mouse.down()
    for step in range(1, 11):
        mouse.move(x + step * axis["width"] / 40, y)
    mouse.up()
    stage.changed(before)
    late = float((stage.chip.get_attribute("aria-valuetext") or "").split()[0])
    assert 45 < late < 75, "a quarter of the axis later"
    assert abs((stage.answered() - early) - (late - 30)) <= 3, "a ping a second more is answered"


def test_a_fault_moves_by_the_arrow_keys(stage: Stage) -> None:
    stage.cut_by_keyboard(3)
    before = stage.pings()
    stage.chip.focus()
    for _ in range(5):
        stage.chip.press("Shift+ArrowRight")
    stage.changed(before)
    expect(stage.chip).to_have_attribute("aria-valuetext", seconds(35))
    expect(stage.chip).to_be_focused()


def test_scrubbing_asks_nobody(stage: Stage) -> None:
    stage.cut_by_keyboard(3)
    stage.notebook.page.wait_for_timeout(300)
    stage.notebook.to_kernel.clear()
    sentences = set()
    stage.time.focus()
    for key in ["Home", *["."] * 6, *["ArrowRight"] * 30, "]", "End"]:
        stage.time.press(key)
        sentences.add(stage.time.get_attribute("aria-valuetext"))
    assert len(sentences) > 30, "each step shows another moment"
    assert stage.notebook.to_kernel == [], "the browser draws every moment by itself"


def test_a_slider_writes_its_line_and_the_run_follows(stage: Stage) -> None:
    stage.cut_by_keyboard(3)
    page = stage.notebook.page
    row = page.locator(".widget-slider", has=page.locator(".widget-label", has_text="threshold"))
    line = page.locator(".jp-OutputArea pre")
    expect(line.first).to_contain_text("keepalive threshold 10 retry 2")
    before = stage.sa_rows()
    handle = row.locator(".noUi-handle")
    handle.focus()
    for _ in range(10):
        handle.press("ArrowRight")
    expect(line.first).to_contain_text("keepalive threshold 20 retry 2")
    wait_for("longer belief in the SAs", lambda: stage.sa_rows() != before, timeout_s=5)
    expect(stage.chip).to_have_count(1)
