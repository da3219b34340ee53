"""The inspector in a browser: what a learner asks a device, with mouse and keyboard."""

from __future__ import annotations

from typing import Any

import pytest

from ipsec_edu import Lab
from ipsec_edu.run import Run
from ipsec_edu.views.inspect_data import inspect_answer, inspector_data
from ipsec_edu.views.stage_data import stage_data
from tests.views.page import open_stage, seek

pytestmark = pytest.mark.browser

CUT = ["30 cut ASA1:GigabitEthernet0/1", "60 mend ASA1:GigabitEthernet0/1"]
DEAF = "tunnel-group 203.0.113.2 ipsec-attributes\n isakmp keepalive threshold 20 retry 2"
SPILLS = """() => {
  const panel = document.querySelector(".ie-panel"), frame = panel.getBoundingClientRect(), bad = [];
  const all = (what) => [...panel.querySelectorAll(what)].filter((e) => e.getClientRects().length);
  for (const el of all("select, button, input, td, th, p, .c-note, .c-in, .in-h")) {
    const r = el.getBoundingClientRect();
    const cut = el.scrollWidth > el.clientWidth + 1 && !el.matches("select, input, button");
    if (cut || r.left < frame.left - 1 || r.right > frame.right + 1) bad.push(el.className + el.textContent);
  }
  const boxes = all("button, select, input, .when, td, th, p, .c-note, .c-hint").map((e) => {
    const { left, right, top, bottom } = e.getBoundingClientRect();
    return { e, left: left + 1, right: right - 1, top: top + 1, bottom: bottom - 1,
      scroller: e.closest(".c-log, .in-page, .in-side") };
  });
  boxes.forEach((p, i) => boxes.slice(i + 1).forEach((q) => {
    if (p.e.contains(q.e) || q.e.contains(p.e) || p.scroller !== q.scroller) return;
    const touch = p.left < q.right && q.left < p.right && p.top < q.bottom && q.top < p.bottom;
    if (touch) bad.push(p.e.textContent + " touches " + q.e.textContent);
  }));
  return boxes.length > 8 ? bad : ["hardly anything there"];
}"""


@pytest.fixture(scope="module")
def cut() -> Run:
    """The sample run, with one line changed at ASA1."""
    return Lab.load("site-to-site").configure("ASA1", DEAF).run(until=120, faults=CUT)


def show(chrome: Any, run: Run, *, stored: bool = False, **options: Any) -> Any:
    """Open a stage whose devices this process answers for; questions are kept in ``page.questions``."""
    data = stage_data(run)
    if stored:
        data["inspector"] = inspector_data(run)
    page = open_stage(
        chrome,
        data=data,
        answers=lambda faults: run.lab.run(until=120, faults=faults),
        **{"height": 1400, **options},
    )
    page.set_default_timeout(5_000)
    page.questions = []
    page.run = run

    def tell(question: dict[str, Any]) -> dict[str, Any]:
        page.questions.append(question)
        return inspect_answer(page.run, question)

    page.expose_function("tellPython", tell)
    page.evaluate("() => { window.tell = async (m) => window.told(await window.tellPython(m)); }")
    return page


def inspect(page: Any, at_s: float = 42, tab: str = "console") -> Any:
    """Open the inspector by its button."""
    seek(page, at_s)
    page.get_by_role("button", name="Inspect").click()
    page.get_by_role("tab", name=tab, exact=False).click()
    settled(page, at_s)
    return page.get_by_role("complementary", name="Inspector")


def settled(page: Any, at_s: float) -> None:
    """Wait until the panel shows the answer of a moment."""
    page.wait_for_function(
        """(t) => { const panel = window.stage.panels.current.view.view;
          return panel.answer && panel.at === t && !panel.kernel.open.size; }""",
        arg=round(at_s * 1e6),
    )


def type_line(page: Any, line: str) -> None:
    box = page.locator(".c-in input")
    box.focus()
    box.fill(line)
    box.press("Enter")
    page.wait_for_function("() => !window.stage.panels.current.view.view.kernel.open.size")


def last_text(page: Any) -> str:
    return str(page.locator(".c-entry pre").last.evaluate("(e) => e.textContent"))


def test_the_console_prints_what_the_device_prints_at_the_playhead(chrome: Any, cut: Run) -> None:
    page = show(chrome, cut)
    inspect(page)
    for line in ("show crypto ikev1 sa", "sh cry ips sa", "show tunnels", "show crypto"):
        type_line(page, line)
        assert last_text(page) == cut.at(42).show("ASA1", line)
    assert "Invalid input detected" in page.get_by_role("log", name="Console of ASA1").inner_text()
    assert page.locator(".when").inner_text() == "at 42.0 s"
    assert page.complaints == []


def test_what_is_wrong_is_said_beside_the_text_and_only_when_it_is_wrong(chrome: Any, cut: Run) -> None:
    page = show(chrome, cut)
    inspect(page, 44)
    assert page.locator(".c-entry mark").all_inner_texts() == ["State   : MM_ACTIVE"]
    note = page.locator(".c-note:visible").inner_text()
    assert note.startswith("ASA1 is wrong. The path died at 30.0 s.")
    assert note not in last_text(page)
    seek(page, 24)
    settled(page, 24)
    assert page.locator(".c-entry mark").count() == 0
    assert page.locator(".c-note:visible").count() == 0


def test_the_last_answer_follows_the_playhead_and_older_ones_keep_their_time(chrome: Any, cut: Run) -> None:
    page = show(chrome, cut)
    inspect(page, 42)
    type_line(page, "show crypto ipsec sa")
    seek(page, 70)
    settled(page, 70)
    assert last_text(page) == cut.at(70).show("ASA1", "show crypto ipsec sa")
    assert page.locator(".c-at").all_inner_texts() == ["at 42.0 s", "at 70.0 s"]
    assert page.locator(".c-entry pre").first.evaluate("(e) => e.textContent") == cut.at(42).show(
        "ASA1", "show crypto ikev1 sa"
    )


def test_tab_question_mark_history_and_escape(chrome: Any, cut: Run) -> None:
    page = show(chrome, cut)
    inspect(page)
    box = page.get_by_role("textbox", name="Command for ASA1")
    box.focus()
    page.keyboard.type("sh")
    page.keyboard.press("Tab")
    page.wait_for_function("document.querySelector('.c-in input').value === 'show '")
    page.keyboard.type("cry")
    page.keyboard.press("Tab")
    page.wait_for_function("document.querySelector('.c-in input').value === 'show crypto '")
    page.keyboard.press("?")
    page.wait_for_function("document.querySelectorAll('.c-entry').length === 2")
    page.wait_for_function("() => !window.stage.panels.current.view.view.kernel.open.size")
    assert last_text(page) == cut.at(42).show("ASA1", "show crypto ?")
    assert box.input_value() == "show crypto ", "the line stays, as on the device"
    page.keyboard.type("i")
    page.keyboard.press("Tab")
    page.wait_for_function("document.querySelector('.c-hint').textContent.startsWith('3 words fit')")
    assert box.input_value() == "show crypto i"
    box.fill("show route")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowUp")
    assert box.input_value() == "show route"
    page.keyboard.press("ArrowUp")
    assert box.input_value() == "show crypto ikev1 sa"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert box.input_value() == ""
    before = page.evaluate("window.stage.t")
    page.keyboard.type("b 0+-[].,im")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Home")
    assert page.evaluate("window.stage.t") == before, "keys of the stage are letters here"
    assert page.locator(".ie-menu").count() == 0
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.dataset.tab") == "console"
    page.keyboard.press("Escape")
    assert page.locator(".ie-panel").count() == 0
    assert page.evaluate("document.activeElement !== document.body")


def test_an_empty_line_lets_the_tab_key_go_on(chrome: Any, cut: Run) -> None:
    page = show(chrome, cut)
    inspect(page)
    page.locator(".c-in input").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "show crypto ikev1 sa"


def test_lines_typed_quickly_are_all_answered_in_order(chrome: Any, cut: Run) -> None:
    page = show(chrome, cut)
    inspect(page)
    lines = [
        f"show crypto ikev1 sa | include {word}" for word in ("Active", "Peer", "Role", "State", "Total")
    ]
    page.evaluate(
        "(lines) => lines.forEach((l) => window.stage.panels.current.view.view.console.run(l))", lines
    )
    page.wait_for_function("() => !window.stage.panels.current.view.view.kernel.open.size")
    shown = page.locator(".c-entry pre").evaluate_all("(all) => all.map((e) => e.textContent)")
    assert shown[-5:] == [cut.at(42).show("ASA1", line) for line in lines]


def test_of_the_moments_passed_while_scrubbing_only_the_last_is_asked_for(chrome: Any, cut: Run) -> None:
    page = show(chrome, cut)
    inspect(page)
    page.questions.clear()
    page.evaluate("() => { for (let i = 0; i <= 60; i++) window.stage.seek(20e6 + i * 1e5); }")
    settled(page, 26)
    assert [q["at"] for q in page.questions if q["kind"] == "inspect"] == [26_000_000]


def test_the_device_is_chosen_on_the_map_by_key_and_by_the_chooser(chrome: Any, cut: Run) -> None:
    page = show(chrome, cut)
    seek(page, 42)
    page.get_by_role("button", name="ASA2, gateway").click()
    page.get_by_role("menuitem", name="Inspect").click()
    settled(page, 42)
    assert page.get_by_label("Device", exact=True).locator("option:checked").inner_text() == "ASA2"
    assert page.locator(".c-in .c-prompt").inner_text().strip() == "ASA2#"
    page.get_by_label("Device", exact=True).select_option(label="R1")
    settled(page, 42)
    assert last_text(page) == cut.at(42).show("R1", "show crypto isakmp sa")
    page.get_by_label("Device", exact=True).select_option(label="ASA2")
    settled(page, 42)
    assert page.locator(".c-entry").count() == 1, "each device keeps what was asked of it"
    page.get_by_role("button", name="Close inspector").click()
    page.get_by_role("button", name="ASA1, gateway").focus()
    page.keyboard.press("i")
    settled(page, 42)
    assert page.get_by_label("Device", exact=True).locator("option:checked").inner_text() == "ASA1"
    assert page.evaluate("document.activeElement.tagName") == "INPUT"
    assert page.get_by_label("Device", exact=True).locator("option").all_inner_texts() == [
        "R1",
        "ASA1",
        "ASA2",
        "R2",
    ]


def test_an_open_inspector_turns_to_the_gateway_whose_bar_is_clicked(chrome: Any, cut: Run) -> None:
    page = show(chrome, cut)
    bar = "[data-lane^=sa]:has(> [data-card*='0x']) > [data-card*='0x'] rect"
    seek(page, 42)
    page.locator(bar).last.click(position={"x": 60, "y": 5})
    assert page.locator(".ie-panel").count() == 0, "a click on a bar moves the playhead, no more"
    inspect(page)
    page.locator(bar).last.click(position={"x": 60, "y": 5})
    assert page.get_by_label("Device", exact=True).locator("option:checked").inner_text() == "ASA2"
    page.locator(bar).first.click(position={"x": 60, "y": 5})
    assert page.get_by_label("Device", exact=True).locator("option:checked").inner_text() == "ASA1"
    assert page.evaluate("document.activeElement.getAttribute('role')") == "slider"


def test_tables_of_the_device(chrome: Any, cut: Run) -> None:
    page = show(chrome, cut)
    panel = inspect(page, 42, "SAs")
    rows = panel.locator(".in-page tbody tr:not(.more)").all_inner_texts()
    assert [row.split("\t")[0] for row in rows] == ["IKE SA", "ESP out", "ESP in"]
    assert "lost" in rows[1] and all("stale" in row for row in rows)
    assert "replay window 64: numbers 1 to 28, all seen" in panel.inner_text()
    for tab, words in {
        "SPD": "192.168.1.0/24 ↔ 192.168.2.0/24",
        "Routes": "203.0.113.2, OUTSIDE",
        "Log": "PHASE 1 COMPLETED",
        "Config": "was: isakmp keepalive threshold 10 retry 2",
    }.items():
        panel.get_by_role("tab", name=tab).click()
        assert words in panel.inner_text(), tab
    assert panel.locator(".cfg.new").all_inner_texts() == [" isakmp keepalive threshold 20 retry 2\n"]
    page.keyboard.press("Home")
    panel.get_by_role("tab", name="SAs").click()
    seek(page, 56.5)
    settled(page, 56.5)
    rows = panel.locator(".in-page tbody tr:not(.more)").all_inner_texts()
    assert all("negotiating" in row for row in rows)
    assert "not agreed yet" in rows[1] and "0x" not in rows[1], "an SPI of the future"
    assert "MM_WAIT_MSG2" in panel.inner_text()
    assert "Last to end: ESP" in panel.inner_text()


def test_a_new_run_is_asked_again(chrome: Any, cut: Run) -> None:
    page = show(chrome, cut)
    inspect(page, 42)
    type_line(page, "show crypto isakmp sa")
    page.run = cut.lab.run(until=120)
    page.evaluate("(d) => window.answer('data', d)", stage_data(page.run))
    page.wait_for_function("() => !document.querySelector('.c-entry:last-child mark')")
    settled(page, 42)
    assert page.locator(".in-side .s-up").count() == 3
    assert last_text(page) == page.run.at(42).show("ASA1", "show crypto isakmp sa")
    assert page.locator(".c-at").all_inner_texts() == ["at 42.0 s of an earlier run", "at 42.0 s"]


def test_without_a_kernel_the_panel_says_so_and_shows_what_the_run_recorded(chrome: Any, cut: Run) -> None:
    page = show(chrome, cut, live=False)
    seek(page, 42)
    page.get_by_role("button", name="Inspect").click()
    panel = page.get_by_role("complementary", name="Inspector")
    assert "start the kernel to ask devices" in panel.inner_text()
    assert panel.locator(".c-in input").is_disabled()
    assert panel.locator(".in-side .s-stale").count() == 3
    panel.get_by_role("tab", name="Log").click()
    assert "PHASE 1 COMPLETED" in panel.inner_text()
    panel.get_by_role("tab", name="Routes").click()
    assert "start the kernel to ask devices" in panel.inner_text()
    assert page.questions == []
    assert page.complaints == []


def test_answers_in_the_data_need_no_kernel(chrome: Any, cut: Run) -> None:
    page = show(chrome, cut, live=False, stored=True)
    seek(page, 35)
    page.get_by_role("button", name="Inspect").click()
    assert page.locator(".when").inner_text() == "at 30.0 s", "the moment to which the answer belongs"
    assert last_text(page) == cut.at(30).show("ASA1", "show crypto ikev1 sa")
    assert page.locator(".c-entry mark").all_inner_texts() == ["State   : MM_ACTIVE"]
    type_line(page, "show version")
    assert "This page has the answers" in page.locator(".c-entry").last.inner_text()
    seek(page, 100)
    page.get_by_role("tab", name="Routes").click()
    assert "203.0.113.2" in page.locator(".in-page").inner_text()
    assert page.questions == []


@pytest.mark.parametrize(
    ("width", "theme"), [(724, "light"), (1024, "light"), (1024, "dark"), (1180, "light"), (1600, "dark")]
)
def test_it_stands_beside_the_map_where_there_is_room_and_nothing_spills(
    chrome: Any, cut: Run, width: int, theme: str
) -> None:
    page = show(chrome, cut, width=width + 26, theme=theme)
    panel = inspect(page)
    axis, box = page.locator(".ie-axis").bounding_box(), panel.bounding_box()
    if width >= 1180:
        assert box["width"] == pytest.approx(456, abs=2) and box["x"] >= axis["x"] + axis["width"] - 1
        assert box["y"] + box["height"] == pytest.approx(axis["y"] + axis["height"], abs=2)
        assert page.evaluate("window.stage.map.scale") == 1
    else:
        assert box["y"] >= axis["y"] + axis["height"] - 1
    for tab in ("console", "SAs", "SPD", "Routes", "Log", "Config"):
        panel.get_by_role("tab", name=tab, exact=False).click()
        assert page.evaluate(SPILLS) == [], tab
    before = page.evaluate("window.stage.width")
    page.get_by_role("button", name="Close inspector").click()
    assert page.evaluate("window.stage.width") - before == (456 if width >= 1180 else 0)


def test_the_check_for_spilling_sees_one(chrome: Any, cut: Run) -> None:
    page = show(chrome, cut)
    inspect(page)
    page.evaluate("() => { document.querySelector('.ie-panel .x').style.marginRight = '-60px'; }")
    assert page.evaluate(SPILLS) != []


def test_everything_that_takes_the_focus_keeps_jupyterlab_away(chrome: Any, cut: Run) -> None:
    page = show(chrome, cut)
    inspect(page)
    missing = page.evaluate("""() => [...document.querySelector(".ie-panel")
      .querySelectorAll("button, select, input, [tabindex]")]
      .filter((e) => e.dataset.lmSuppressShortcuts !== "true").map((e) => e.outerHTML.slice(0, 60))""")
    assert missing == []


def test_scrubbing_stays_fast_with_the_panel_open(chrome: Any, cut: Run) -> None:
    measure = """() => {
      const times = [];
      for (let i = 0; i < 120; i++) {
        const start = performance.now();
        window.stage.seek((i * 997777) % 120e6);
        times.push(performance.now() - start);
      }
      times.sort((p, q) => p - q);
      return times[Math.floor(times.length * 0.95)];
    }"""
    for options in ({"live": True}, {"live": False, "stored": True}):
        page = show(chrome, cut, **options)
        seek(page, 42)
        page.get_by_role("button", name="Inspect").click()
        page.evaluate(measure)
        assert page.evaluate(measure) < 32, (
            "two frames, on a machine that tests other things at the same time"
        )
