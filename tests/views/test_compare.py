"""Two runs held against each other: the four differences, and both on one stage."""

# ruff: noqa: E501 - snippets of script read better on one line

from __future__ import annotations

from typing import Any

import pytest

from ipsec_edu import Lab
from ipsec_edu.core.errors import ScenarioError
from ipsec_edu.run import Run
from ipsec_edu.views.compare_data import Comparison, Difference, compared_from_us, differences
from ipsec_edu.views.curtain_data import curtain_data
from ipsec_edu.views.stage_data import stage_data
from tests.views.page import open_stage, seek
from tests.views.test_stage_page import TEXT_BOXES

PORT = "ASA1:GigabitEthernet0/1"
CUT = f"30 cut {PORT}"
LAB = Lab.load("site-to-site")
VERSUS = "window.stage.versus"


def run_of(faults: list[str]) -> Run:
    return LAB.run(faults=faults)


@pytest.fixture(scope="module")
def late() -> Run:
    return run_of([CUT, f"60 mend {PORT}"])


@pytest.fixture(scope="module")
def early() -> Run:
    return run_of([CUT, f"53.4 mend {PORT}"])


@pytest.fixture(scope="module")
def never() -> Run:
    return run_of([CUT])


# ---- the numbers


def test_mending_earlier_saves_one_interval_of_retransmission(late: Run, early: Run) -> None:
    by_name = {d.name: d for d in differences(late, early)}
    assert list(by_name) == ["outage", "packets lost", "SAs built", "IKE messages"]
    assert (by_name["outage"].a, by_name["outage"].b, by_name["outage"].delta) == (33.0, 25.0, -8.0)
    assert by_name["packets lost"].delta == -8
    assert not by_name["SAs built"].differs and by_name["SAs built"].a == 3
    assert by_name["IKE messages"].delta == -1, "one MM1 less was sent into the dark"


def test_a_run_does_not_differ_from_itself_and_the_other_way_round_is_the_negative(
    late: Run, early: Run
) -> None:
    assert not any(d.differs for d in differences(late, late))
    there, back = differences(late, early), differences(early, late)
    assert [d.delta for d in there] == [-d.delta for d in back]
    assert any(d.differs for d in there)


def test_counting_begins_at_the_first_fault(late: Run, early: Run) -> None:
    assert compared_from_us(late, early) == 30_000_000
    assert differences(late, early)[1].a == 33
    quiet = run_of([])
    assert compared_from_us(quiet, quiet) == 0
    assert differences(quiet, quiet)[1].a == 1, "without a fault the packet that the tunnel costs is in it"


def test_an_outage_that_does_not_end_says_so(late: Run, never: Run) -> None:
    outage = differences(late, never)[0]
    assert (outage.open_a, outage.open_b) == (False, True)
    assert str(outage) == "outage: A 33.0 s, B 90.0 s, not over, +57.0 s"
    assert Comparison(late, never).data()["compare"]["returns"] == [63_000_000, -1]


def test_runs_of_other_length_cannot_be_compared(late: Run) -> None:
    with pytest.raises(ScenarioError, match="run both with the same until"):
        late.compare(LAB.run(until=90))
    with pytest.raises(ScenarioError, match="two names"):
        late.compare(late, names=("one",))


def test_the_comparison_as_a_table(late: Run, early: Run) -> None:
    made = late.compare(early, names=("late", "early"))
    text = made.table().text
    assert "A late" in text and "B early" in text and "−8.0 s" in text and "no difference" in text
    assert repr(made).splitlines()[0] == "outage: A 33.0 s, B 25.0 s, −8.0 s"
    assert str(Difference("x", "", 1, 2)) == "x: A 1, B 2, +1"


# ---- the kernel's side


def test_the_widget_keeps_a_run_moves_what_both_share_and_lets_it_go(late: Run) -> None:
    shown = late.stage()
    shown.request = {"id": 1, "faults": late.faults, "compare": {"fork": 40_000_000, "faults": late.faults}}
    assert shown.comparison.a is late and shown.data["compare"]["fork"] == 40_000_000
    wanted = {"fork": 40_000_000, "faults": late.faults}
    shown.request = {"id": 2, "faults": [CUT, f"53.4 mend {PORT}"], "compare": wanted}
    assert shown.comparison.a is late and shown.data["compare"]["differences"][0]["delta"] == "8.0 s"
    moved = [f"29 cut {PORT}"]
    shown.request = {
        "id": 3,
        "faults": [*moved, f"53.4 mend {PORT}"],
        "compare": {"fork": 40_000_000, "faults": [*moved, f"60 mend {PORT}"]},
    }
    assert shown.comparison.a.faults[0] == shown.run.faults[0] == moved[0]
    shown.request = {"id": 4, "faults": ["1 melt ASA1"], "compare": wanted}
    assert shown.error["reply"] == 4 and shown.comparison.a.faults[0] == moved[0]
    shown.request = {"id": 5, "faults": shown.run.faults}
    assert shown.comparison is None and "compare" not in shown.data and shown.error == {}


def test_other_settings_make_another_b(late: Run, early: Run) -> None:
    shown = late.compare(early).stage(start=50)
    assert shown.start == 50
    shown.rerun(
        lab=LAB.configure(
            "ASA1", "tunnel-group 203.0.113.2 ipsec-attributes\n isakmp keepalive threshold 20 retry 2"
        )
    )
    assert shown.comparison.a is late and shown.comparison.b is shown.run
    assert shown.data["compare"]["settings"] == [
        ["isakmp keepalive threshold 10 retry 2 (ASA1)"],
        ["isakmp keepalive threshold 20 retry 2 (ASA1)"],
    ]
    assert late.compare(early).data()["compare"]["settings"] == [[], []]
    assert shown.data["compare"]["differences"][0]["a"] == 33.0
    assert "ladder" in shown.data and "ladder" not in shown.data["compare"]["a"]


# ---- the screen

pages = pytest.mark.browser


def opened(chrome: Any, data: Any, **options: Any) -> Any:
    return open_stage(chrome, data=data, answers=run_of, height=1100, **options)


@pages
def test_keep_this_run_try_another_by_keyboard(chrome: Any, late: Run) -> None:
    page = opened(chrome, stage_data(late), start=40)
    page.get_by_role("slider", name="Time").focus()
    assert page.locator(".cmp-map").is_hidden()
    page.keyboard.press("c")
    page.wait_for_function(f"{VERSUS}.a !== null")
    assert page.requests[-1]["compare"] == {"fork": 40_000_000, "faults": late.faults}
    assert page.get_by_role("button", name="Compare").get_attribute("aria-pressed") == "true"
    assert page.locator(".cmp-diffs .equal").count() == 4
    assert page.evaluate("document.activeElement.getAttribute('role')") == "slider", "focus stays"
    page.evaluate("window.stage.moveFault(1, 53.4e6)")
    page.wait_for_function(f"{VERSUS}.record.differences[0].delta === '8.0 s'")
    assert page.requests[-1]["compare"]["faults"] == late.faults, "what comes after the fork is B's own"
    assert "B is back 8.0 s earlier" in page.locator(".ie-axis").inner_text()
    assert "only here: mend ASA1 G0/1 at 53.4 s" in page.locator(".cmp-head.B").inner_text()
    assert "in both: cut ASA1 G0/1 at 30.0 s" in page.locator(".counts").inner_text()
    words = [cell.get_attribute("aria-label") for cell in page.locator(".cmp-diffs [role=listitem]").all()]
    assert words[0] == "outage: A 33.0 s, B 25.0 s, −8.0 s"
    assert words[2] == "SAs built: A 3, B 3, no difference"
    page.keyboard.press("c")
    page.wait_for_function("window.stage.waiting === null")
    assert "compare" not in page.requests[-1] and page.locator(".cmp-map").is_hidden()
    assert page.evaluate("window.stage.longest().lost") == 25, "B goes on"
    assert page.complaints == []


@pages
def test_a_shared_fault_moves_in_both_and_is_removed_from_both(chrome: Any, late: Run, early: Run) -> None:
    page = opened(chrome, late.compare(early).data())
    chip = page.get_by_role("slider", name="Fault: silent cut of ASA1 GigabitEthernet0/1, in both runs")
    chip.focus()
    page.keyboard.press("Shift+ArrowLeft")
    page.wait_for_function("window.stage.waiting === null")
    assert page.requests[-1]["faults"][0] == page.requests[-1]["compare"]["faults"][0] == f"29 cut {PORT}"
    own = page.get_by_role("slider", name="Fault: Mend it of ASA1 GigabitEthernet0/1")
    assert "in both" not in own.get_attribute("aria-label")
    own.focus()
    page.keyboard.press("Shift+ArrowRight")
    page.wait_for_function("window.stage.waiting === null")
    assert page.requests[-1]["faults"][1] == f"54.4 mend {PORT}"
    assert page.requests[-1]["compare"]["faults"][1] == f"60 mend {PORT}"
    chip.focus()
    page.keyboard.press("Delete")
    page.wait_for_function("window.stage.waiting === null")
    assert page.requests[-1]["compare"]["faults"] == [f"60 mend {PORT}"]


@pages
def test_a_chip_is_dragged_and_the_lanes_of_a_are_walked(chrome: Any, late: Run, early: Run) -> None:
    page = opened(chrome, late.compare(early).data(), start=50)
    chip = page.locator("[data-chip='1'] .a-chipbox").bounding_box()
    x, y = chip["x"] + 8, chip["y"] + 8
    second = page.evaluate("window.stage.axis.x(1e6) - window.stage.axis.x(0)")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 10 * second, y, steps=4)
    page.mouse.up()
    page.wait_for_function("window.stage.waiting === null")
    assert page.evaluate("window.stage.model.data.faults[1].at") == pytest.approx(63.4e6, abs=0.3e6)
    assert page.evaluate(f"{VERSUS}.a.data.faults[1].at") == 60e6
    page.locator("[data-lane=Amessages]").focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("window.stage.t") in page.evaluate(
        f"{VERSUS}.a.events.filter((e) => e.lane === 'messages').map((e) => e.show)"
    )
    page.keyboard.press("c")
    page.wait_for_function("window.stage.waiting === null")
    shown = "[...document.querySelectorAll('.a-list[tabindex=\"0\"]')].filter((e) => e.style.display !== 'none').length"
    assert page.evaluate(shown) == 1, "Tab still leads to a lane"
    assert page.evaluate("document.activeElement.getAttribute('role')") == "slider", "the focus is not lost"
    assert page.complaints == []


@pages
def test_both_runs_stand_at_the_playhead(chrome: Any, late: Run, early: Run) -> None:
    page = opened(chrome, late.compare(early).data(), start=58)
    assert page.get_by_role("slider", name="Time").count() == 1
    assert "2 ESP SAs up" in page.locator(".ie-map > svg").text_content()
    assert "MM1 unanswered" in page.locator(".cmp-map").text_content()
    assert page.locator(".ie-say").inner_text().startswith("A: MM1 has no answer. B: Tunnel up.")
    seek(page, 20)
    assert "2 ESP SAs up" in page.locator(".cmp-map").text_content()
    assert page.locator(".ie-say").inner_text().startswith("A and B: Tunnel up.")
    assert page.evaluate("document.querySelector('.cmp-map').inert"), "A is looked at, B is broken"
    page.evaluate("window.stage.seek(61e6)")
    page.keyboard.press("Tab")
    page.keyboard.press(".")
    a_event = page.evaluate("window.stage.t")
    assert a_event in page.evaluate(f"{VERSUS}.a.events.map((e) => e.show)"), "events of A are stops too"
    assert a_event not in page.evaluate("window.stage.model.events.map((e) => e.show)")


@pages
@pytest.mark.parametrize(
    ("width", "font"),
    [(760, "DejaVu Sans"), (1024, "Inter"), (1024, "DejaVu Sans"), (1600, "Liberation Sans")],
)
def test_no_two_texts_touch(chrome: Any, late: Run, early: Run, never: Run, width: int, font: str) -> None:
    page = opened(chrome, late.compare(early).data(), width=width, font=font)
    for b in (early, never, run_of([]), late):
        page.evaluate("(d) => window.answer('data', d)", late.compare(b).data())
        for t in (0.0, 1.1, 24.0, 34.0, 41.5, 45.2, 54.1, 58.0, 62.1, 119.0):
            seek(page, t)
            assert page.evaluate(TEXT_BOXES) == [], t
            overflow = page.evaluate(
                "[...document.querySelectorAll('.cmp-diffs p')].filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.textContent)"
            )
            assert overflow == []
    assert page.complaints == []


@pages
def test_without_a_kernel_a_comparison_is_shown_but_none_is_made(chrome: Any, late: Run, early: Run) -> None:
    page = opened(chrome, stage_data(late), live=False)
    assert page.get_by_role("button", name="Compare").count() == 0
    page.keyboard.press("Tab")
    page.keyboard.press("c")
    assert page.evaluate(f"{VERSUS}.a") is None
    page = opened(chrome, late.compare(early).data(), live=False)
    assert page.locator(".cmp-diffs").is_visible()
    page = opened(chrome, curtain_data(late, 33.0))
    assert page.get_by_role("button", name="Compare").count() == 0, "nor behind a curtain"


@pages
def test_a_refused_run_leaves_both_good_ones(chrome: Any, late: Run, early: Run) -> None:
    page = open_stage(chrome, data=late.compare(early).data(), answers=refuse)
    page.evaluate("window.stage.moveFault(0, 20e6)")
    page.wait_for_function("document.querySelector('[role=alert]').textContent !== ''")
    assert page.evaluate(f"{VERSUS}.a.data.faults[0].at") == 30e6
    assert page.evaluate("window.stage.model.data.faults[0].at") == 30e6


def refuse(faults: list[str]) -> Run:
    raise ValueError("no")


@pages
def test_a_frame_of_two_runs_is_fast(chrome: Any, late: Run, early: Run) -> None:
    measure = """() => {
      const times = [];
      for (let i = 0; i < 120; i++) { const a = performance.now(); window.stage.seek((i * 997777) % 120e6); times.push(performance.now() - a); }
      return times.sort((p, q) => p - q)[Math.floor(times.length * 0.95)];
    }"""
    page = opened(chrome, late.compare(early).data())
    page.evaluate(measure)
    assert page.evaluate(measure) < 32, "two frames, on a machine that tests other things at the same time"


@pages
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(chrome: Any, late: Run, early: Run, theme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = opened(chrome, late.compare(early).data(), theme=theme, start=58)

    def objections() -> list[str]:
        found = axe.run(page, options={"resultTypes": ["violations"]}).response["violations"]
        return [v["id"] for v in found if v["impact"] in ("serious", "critical")]

    assert objections() == []
    page.evaluate(
        "const b = document.querySelector('button[aria-pressed=true]'); b.textContent = ''; b.title = ''"
    )
    assert objections() == ["button-name"], "a fault would be found"
