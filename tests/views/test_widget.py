"""The kernel's side of the stage: requests in, runs and errors out."""

from __future__ import annotations

from typing import Any

import pytest

from ipsec_edu.core.errors import ConfigError, Problem, ScenarioError
from ipsec_edu.views.assets import SECTIONS, script, standalone_page, style
from ipsec_edu.views.controls import apply_controls, controls, lines_of
from ipsec_edu.views.figure import figure
from ipsec_edu.views.stage import error_record, stage
from ipsec_edu.views.stage_data import stage_data
from tests.views.fixture_run import FixtureLab, FixtureRun, run_faults, sample_run


class RunningLab(FixtureLab):
    """A lab that can run, and refuses what the fixture cannot do."""

    asked: list[list[str]]

    def run(self, until: float, faults: list[str], seed: int) -> FixtureRun:
        self.__dict__.setdefault("asked", []).append(faults)
        try:
            made = run_faults(faults)
        except ValueError as error:
            raise ScenarioError(str(error)) from None
        made.lab = self
        return made


@pytest.fixture
def shown() -> Any:
    run = sample_run()
    run.lab = RunningLab()
    return stage(run)


def test_a_request_is_answered_with_a_new_run(shown: Any) -> None:
    shown.request = {
        "id": 4,
        "faults": ["30 cut ASA1:GigabitEthernet0/1", "53.4 mend ASA1:GigabitEthernet0/1"],
    }
    assert shown.data["reply"] == 4
    assert max(o["lost"] for o in shown.data["outages"]) == 25
    assert shown.run.faults[1] == "53.4 mend ASA1:GigabitEthernet0/1"
    assert shown.error == {}


def test_an_impossible_request_leaves_the_last_good_run(shown: Any) -> None:
    before = shown.data
    shown.request = {"id": 5, "faults": ["1 crash ASA1"]}
    assert shown.data is before
    assert shown.error["reply"] == 5 and "only cut and mend" in shown.error["hint"]
    shown.request = {"id": 6, "faults": []}
    assert shown.error == {} and shown.data["reply"] == 6


def test_a_run_can_be_put_on_the_stage_and_listeners_hear_of_it(shown: Any) -> None:
    heard: list[Any] = []
    shown.on_run(heard.append)
    quiet = sample_run(None, None)
    shown.run = quiet
    assert heard == [quiet]
    assert shown.data["faults"] == []


def test_a_configuration_error_shows_line_and_caret() -> None:
    line = " isakmp keepalive threshold 5 retry 2"
    error = ConfigError([Problem("<ASA1>", 2, 29, "error", line, "threshold takes 10 to 3600 seconds")])
    record = error_record(error)
    assert record["title"] == "<ASA1>, line 2 was not accepted."
    assert record["text"].splitlines() == [line, " " * 28 + "^"]
    assert record["hint"] == "threshold takes 10 to 3600 seconds"


def test_the_script_is_one_module_that_imports_nothing() -> None:
    text = script()
    assert "export default" in text
    assert "import " not in "\n".join(line for line in text.splitlines() if line.startswith("import"))
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
    assert "@import" not in style() and "url(" not in style()
    assert SECTIONS[-1] == "stage", "it puts the others together"


def test_a_standalone_page_needs_nothing_else() -> None:
    page = standalone_page(stage_data(sample_run()))
    assert page.count("<script") == 1 and "src=" not in page
    nasty = stage_data(sample_run())
    nasty["lab"]["title"] = "</script><b>"
    assert standalone_page(nasty).count("</script>") == 1


def test_where_no_widget_can_be_shown_the_run_is_told_in_words(shown: Any) -> None:
    contents, _ = shown._repr_mimebundle_()
    assert "33 packets lost" in contents["text/plain"] and "<li>" in contents["text/html"]
    assert "application/vnd.jupyter.widget-view+json" in contents, "where a widget can be shown, it is"


class SliderLab(RunningLab):
    """A lab with one control that writes one line."""

    class Slider:
        name, label, unit, nodes = "threshold", "DPD threshold", "s", ("ASA1", "ASA2")
        min, max, step, value, options = 10, 60, 1, 10, ()

    controls = (Slider(),)

    def control_lines(self, node: str, values: dict[str, Any]) -> str:
        return f"isakmp keepalive threshold {values['threshold']} retry 2"

    def configure(self, node: str, text: str) -> SliderLab:
        if "threshold 13 " in text:
            raise ConfigError([Problem(f"<{node}>", 1, 0, "error", text, "not 13")])
        made = SliderLab()
        made.__dict__["asked"] = self.__dict__.setdefault("asked", [])
        made.__dict__["typed"] = [*self.__dict__.get("typed", []), (node, text)]
        return made


def test_a_slider_writes_its_line_and_runs_again() -> None:
    run = sample_run()
    run.lab = SliderLab()
    shown = stage(run)
    box = controls(shown)
    slider, code, _ = box.children
    assert "threshold 10" in code.value
    slider.value = 20
    assert "threshold 20" in code.value
    assert shown.run.lab.typed == [
        (node, "isakmp keepalive threshold 20 retry 2") for node in ("ASA1", "ASA2")
    ]
    slider.value = 13
    assert shown.error["hint"] == "not 13"
    assert "threshold 20" in shown.run.lab.typed[0][1], "the last run that worked stays"


def test_control_lines_by_device() -> None:
    lab = SliderLab()
    assert set(lines_of(lab, {"threshold": 11})) == {"ASA1", "ASA2"}
    assert apply_controls(lab, {"threshold": 11}).typed[0][0] == "ASA1"


def test_the_figure_has_a_lane_for_everything() -> None:
    drawn = figure(sample_run())
    labels = [text.get_text() for text in drawn.axes[0].get_yticklabels()]
    assert labels[:3] == ["faults", "ping R1 → R2", "outage"]
    assert "ASA1   ESP out" in labels and labels[-1] == "IKE messages"
    words = " ".join(text.get_text() for text in drawn.axes[0].texts)
    assert "33.00 s, 33 lost" in words
    assert drawn._repr_png_().startswith(b"\x89PNG"), "a cell shows it without pyplot"
    quiet = figure(sample_run(None, None))
    assert "33 lost" not in " ".join(text.get_text() for text in quiet.axes[0].texts)
