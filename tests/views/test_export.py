"""The stage as a file: without kernel, without network, and without scripts."""

# ruff: noqa: E501 - snippets of script read better on one line

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipsec_edu import Lab
from ipsec_edu.core.errors import ScenarioError
from ipsec_edu.views.export import offered_faults
from ipsec_edu.views.inspect_data import inspector_data
from ipsec_edu.views.packing import compact, deflated, pack
from ipsec_edu.views.stage_data import stage_data
from ipsec_edu.views.summary import summary_lines

FAULTS = ["30 cut ASA1:GigabitEthernet0/1", "60 mend ASA1:GigabitEthernet0/1"]
OFFERS = "(m) => [...document.querySelectorAll('.ie-mi')].map((i) => [i.querySelector('b').textContent, i.getAttribute('aria-disabled') === 'true'])"
FAULTS_SHOWN = "() => window.stage.model.data.faults.map((f) => f.text)"


@pytest.fixture(scope="module")
def run() -> Any:
    return Lab.load("site-to-site").run(faults=FAULTS)


@pytest.fixture(scope="module")
def file(run: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page as `Run.export_html` makes it, with all faults on offer."""
    path = tmp_path_factory.mktemp("export") / "run.html"
    assert run.export_html(path) == path
    return path


@pytest.fixture
def page(chrome: Any, file: Path) -> Any:
    context = chrome.new_context(viewport={"width": 1100, "height": 900})
    shown = context.new_page()
    shown.asked, shown.complaints = [], []
    shown.on("request", lambda request: shown.asked.append(request.url))
    shown.on("console", lambda m: shown.complaints.append(m.text) if m.type in ("error", "warning") else None)
    shown.on("pageerror", lambda error: shown.complaints.append(str(error)))
    shown.goto(file.as_uri())
    shown.wait_for_function("window.stage && window.stage.model")
    yield shown
    context.close()


# --- packing ---------------------------------------------------------------------------------


def unpacked(node: str, module: Path, packed: Any, count: int) -> Any:
    """What the browser's half makes of packed runs."""
    program = (
        f"import {{ unpack }} from {json.dumps(module.as_uri())};"
        "let text = ''; for await (const part of process.stdin) text += part;"
        f"const packed = JSON.parse(text); console.log(JSON.stringify([...Array({count}).keys()].map((i) => unpack(packed, i))));"
    )
    done = subprocess.run([node, "--input-type=module", "-e", program], input=compact(packed), capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_packed_runs_come_back_as_they_were(run: Any, node: str, stage_module: Path) -> None:
    others = [run.lab.run(faults=faults) for faults in ([], FAULTS[:1], ["30 crash ASA2"])]
    runs = [{**stage_data(r), "inspector": inspector_data(r)} for r in (run, *others)]
    plain = json.loads(json.dumps(runs))
    packed = pack(runs)
    assert unpacked(node, stage_module, packed, len(runs)) == plain
    alone, together = len(deflated(compact(plain[0]))), len(deflated(compact(packed)))
    assert together < 2 * alone, "four runs cost less than two: what they share is there once"


def test_awkward_data_is_packed_without_loss(node: str, stage_module: Path) -> None:
    """Keys that look like signs, columns with holes, equal things under different keys."""
    asked: list[Any] = []
    keys = st.sampled_from(["$", "+", "=", "a", "ASA1:GigabitEthernet0/1"])
    leaves = st.integers(-(10**9), 10**9) | st.booleans() | st.sampled_from(["", "ü<\u2028", "x" * 50])
    values = st.recursive(leaves, lambda inner: st.lists(inner, max_size=20) | st.dictionaries(keys, inner, max_size=3), max_leaves=30)  # fmt: skip

    @settings(max_examples=60, deadline=None, derandomize=True)
    @given(st.tuples(values, values, st.lists(st.integers(0, 10**8), min_size=16, max_size=24)))
    def collect(value: Any) -> None:
        asked.append({"k": value[0], "l": value[1], "m": [value[0], value[2], value[2]]})

    collect()
    plain = json.loads(json.dumps(asked))
    assert unpacked(node, stage_module, pack(asked), len(asked)) == plain


# --- the file --------------------------------------------------------------------------------


def test_the_file_is_small_and_names_nothing_outside(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert len(text.encode()) <= 300_000
    assert not re.search(
        r"""(?:src|href)=|url\(["']?(?!#)|@import""", text.split("<script")[0].replace("xlink:href", "")
    )
    assert text.count("<script") == text.count("</script>") == 3


def test_equal_runs_make_equal_files(run: Any) -> None:
    again = run.lab.run(faults=FAULTS)
    assert run.export_html(faults=[], start=41.5) == again.export_html(faults=[], start=41.5)
    assert run.export_html(faults=[]) != again.export_html(faults=[FAULTS[:1]])


def test_on_offer_is_every_fault_and_every_removal(run: Any) -> None:
    lists = offered_faults(run)
    assert [] in lists and ["60 mend ASA1:GigabitEthernet0/1"] in lists
    assert all([f"30 {action} {target}"] in lists for action, target, _ in run.lab.offers)


def test_what_cannot_be_exported_is_said(run: Any, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="GigabitEthernet0/9"):
        run.export_html(faults=[["30 cut ASA1:GigabitEthernet0/9"]])
    with pytest.raises(ScenarioError, match="outside the run"):
        run.export_html(faults=[], start=999)
    with pytest.raises(ScenarioError, match="choose another place"):
        run.export_html(tmp_path / "none" / "run.html", faults=[])


# --- in a browser ----------------------------------------------------------------------------


@pytest.mark.browser
def test_it_plays_and_scrubs_and_asks_nobody(page: Any, file: Path, run: Any) -> None:
    page.evaluate("window.stage.seek(45e6)")
    assert page.locator(".ie-clock").inner_text().startswith("45.0")
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("window.stage.t > 45.01e6")
    page.get_by_role("button", name="Pause").click()
    page.keyboard.press("m")
    assert page.locator(".ie-messages").get_by_text("R-U-THERE").count() > 0
    page.keyboard.press("i")
    state = run.at(45.1).show("ASA1", "show crypto ikev1 sa")
    page.evaluate("window.stage.seek(45.2e6)")
    assert page.locator(".c-log pre").first.inner_text().strip() == state.strip()
    assert page.locator("#still").count() == 0
    assert page.asked == [file.as_uri()] and page.complaints == []


@pytest.mark.browser
def test_a_fault_that_the_page_holds_shows_its_true_run(page: Any, run: Any) -> None:
    page.get_by_role("button", name="ASA2, gateway").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("c")
    assert page.evaluate(FAULTS_SHOWN) == ["30 crash ASA2"]
    shown = page.evaluate(
        "() => { const { inspector, ...data } = window.stage.channel.get('stored').run(window.stage.stored.exactly(window.stage.model.data.faults)); return data; }"
    )
    assert shown == json.loads(json.dumps(stage_data(run.lab.run(faults=["30 crash ASA2"]))))
    assert page.evaluate("document.activeElement.closest('.ie') !== null"), "the focus stays on the stage"
    page.get_by_role("slider", name="Fault").focus()
    page.keyboard.press("Delete")
    assert page.evaluate(FAULTS_SHOWN) == []


@pytest.mark.browser
def test_what_the_page_does_not_hold_cannot_be_chosen(
    page: Any, chrome: Any, run: Any, tmp_path: Path
) -> None:
    page.get_by_role("slider", name="Fault").first.focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate(FAULTS_SHOWN) == FAULTS, "no run of this page has it at another time"
    page.close()
    bare = run.export_html(tmp_path / "bare.html", faults=[["20 crash ASA1"]])
    other = chrome.new_page()
    other.goto(bare.as_uri())
    other.get_by_role("button", name="ASA1, gateway").focus()
    other.keyboard.press("Enter")
    assert dict(other.evaluate(OFFERS)) == {"Power off": False, "Forget all SAs": True, "Inspect": False}
    other.keyboard.press("f")
    assert other.evaluate(FAULTS_SHOWN) == FAULTS
    foot = other.locator(".ie-menu .foot")
    assert foot.inner_text().endswith("20 crash ASA1"), "an entry that works says which run it shows"
    other.keyboard.press("ArrowDown")
    assert foot.inner_text() == "start the kernel to break things"
    other.close()


@pytest.mark.browser
def test_without_scripts_there_are_words_and_a_figure(chrome: Any, file: Path, run: Any) -> None:
    context = chrome.new_context(java_script_enabled=False)
    still = context.new_page()
    still.goto(file.as_uri())
    for line in summary_lines(stage_data(run)):
        assert still.get_by_text(line).count() == 1, line
    assert still.get_by_role("img", name="time axis").bounding_box()["height"] > 150
    assert still.get_by_text("plays when scripts are on").is_visible()
    assert still.get_by_role("group", name="Stage").count() == 0
    context.close()


@pytest.mark.browser
def test_an_old_browser_says_what_it_lacks(chrome: Any, file: Path) -> None:
    context = chrome.new_context()
    context.add_init_script("delete window.DecompressionStream")
    old = context.new_page()
    old.goto(file.as_uri())
    old.get_by_text("cannot unpack the interactive page").wait_for()
    assert old.get_by_role("img", name="time axis").is_visible()
    context.close()
