"""Sweeps: the grid, the order of its rows, executors, stopping, errors, the table and the picture."""

from __future__ import annotations

import csv
import os
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ipsec_edu import Lab, Run, sweep
from ipsec_edu.core.errors import ScenarioError
from ipsec_edu.trials import batch
from ipsec_edu.trials.batch import IN_PROCESS
from ipsec_edu.trials.measures import PARTS
from ipsec_edu.trials.progress import progress_for

LAB = "site-to-site"
CUT_AND_MEND = ["30 cut ASA1:GigabitEthernet0/1", "{mend} mend ASA1:GigabitEthernet0/1"]
GRID: dict[str, Any] = {"settings": {"threshold": [10, 30], "mend": [35, 50]}, "faults": CUT_AND_MEND}


@pytest.fixture(scope="module")
def rule() -> Any:
    return sweep(LAB, **GRID, executor=IN_PROCESS)


def quick(run: Run) -> dict[str, Any]:
    return {"messages": len(run.messages), "pid": os.getpid()}


def test_rows_follow_the_grid_and_sas_die_where_the_cut_outlasts_detection(rule: Any) -> None:
    cells = [(row["threshold"], row["mend"], row["sas_lost"] > 0) for row in rule.rows]
    assert cells == [(10, 35, False), (10, 50, True), (30, 35, False), (30, 50, False)]
    assert rule.complete and all(row["seed"] == 1 and row["recovered"] for row in rule.rows)
    assert rule.rows[0]["outage_s"] == 5.0 < rule.rows[1]["outage_s"]


def test_the_parts_of_the_ledger_sum_to_the_outage(rule: Any) -> None:
    names = [f"{part.replace(' ', '_').replace('-', '_')}_s" for part in PARTS]
    for row in rule.rows:
        assert sum(row[name] for name in names) == pytest.approx(row["outage_s"])
    assert rule.rows[1]["negotiate_s"] > 0 == rule.rows[0]["negotiate_s"]


def test_processes_threads_and_this_process_give_the_same_rows(
    rule: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "cores", lambda: 2)
    assert sweep(LAB, **GRID).rows == rule.rows
    with ThreadPoolExecutor(2) as threads:
        assert sweep(LAB, **GRID, executor=threads).rows == rule.rows
    assert sweep(LAB, **GRID, seeds=[2], executor=IN_PROCESS).rows != rule.rows


def test_other_processes_do_the_work_and_know_a_function_of_the_cell(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batch, "cores", lambda: 2)
    found = sweep(LAB, seeds=4, until=5, measure=lambda run: {"pid": os.getpid()})
    here = sweep(LAB, seeds=4, until=5, measure=quick, executor=IN_PROCESS)
    assert os.getpid() not in {row["pid"] for row in found.rows}
    assert {os.getpid()} == {row["pid"] for row in here.rows}


def test_without_processes_it_says_so_and_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def none(*_: Any) -> Any:
        raise OSError("no semaphores here")

    monkeypatch.setattr(batch, "cores", lambda: 2)
    monkeypatch.setattr("concurrent.futures.ProcessPoolExecutor", none)
    assert len(sweep(LAB, seeds=2, until=5).rows) == 2
    assert "no semaphores here" in capsys.readouterr().err


class Backwards(Executor):
    """Finishes what it was given last first, once asked often enough: an executor of somebody else."""

    def __init__(self, count: int) -> None:
        self.waiting: list[tuple[Future[Any], Any, Any]] = []
        self.count = count

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.waiting.append((future, fn, args))
        if len(self.waiting) == self.count:
            for one, call, given in reversed(self.waiting):
                one.set_result(call(*given))
        return future


class Client:
    """What a Dask client offers."""

    def get_executor(self) -> Executor:
        return Backwards(4)


def test_rows_keep_their_order_whatever_is_finished_first() -> None:
    inside = sweep(LAB, seeds=4, until=5, executor=IN_PROCESS)
    assert sweep(LAB, seeds=4, until=5, executor=Client()).rows == inside.rows


def test_an_interrupt_keeps_what_is_finished() -> None:
    def interrupt(done: int, total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    stopped = sweep(LAB, seeds=8, until=5, executor=IN_PROCESS, progress=interrupt)
    assert not stopped.complete and [row["seed"] for row in stopped.rows] == [1, 2, 3]
    assert "stopped" in stopped._repr_html_()
    whole = sweep(LAB, seeds=8, until=5, executor=IN_PROCESS)
    assert whole.complete and whole.rows[:3] == stopped.rows


def test_the_cancel_button_stops_between_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ipsec_edu.trials.progress._in_notebook", lambda: True)
    meter: Any = progress_for(True, 8)
    monkeypatch.setattr("ipsec_edu.trials.sweep.progress_for", lambda *_: meter)
    meter.button.click()
    assert len(sweep(LAB, seeds=8, until=5, executor=IN_PROCESS).rows) == 1


def test_nothing_is_printed_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    seen: list[tuple[int, int]] = []
    sweep(LAB, seeds=3, until=5, executor=IN_PROCESS)
    sweep(LAB, seeds=3, until=5, executor=IN_PROCESS, progress=lambda *at: seen.append(at))
    assert capsys.readouterr() == ("", "") and seen == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize("executor", [IN_PROCESS, None])
def test_an_error_names_its_point(executor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(run: Run) -> dict[str, Any]:
        return {"ratio": 1 / (run.seed - 2)}

    monkeypatch.setattr(batch, "cores", lambda: 2)
    with pytest.raises(ScenarioError, match=r"^threshold 20, seed 2: ZeroDivisionError"):
        sweep(LAB, settings={"threshold": [20]}, seeds=3, until=5, measure=fails, executor=executor)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"settings": {"treshold": [10]}}, "did you mean threshold"),
        ({"settings": {"threshold": 10}}, "needs a list"),
        ({"settings": {"threshold": []}}, "nothing to run"),
        ({"settings": {"threshold": [1]}}, "threshold 1, seed 1: "),
        ({"faults": "30 crash ASA1"}, "a list of lines"),
        ({"faults": ["30 crush ASA1"]}, "there is no action 'crush'"),
        ({"faults": ["30 crash ASA9"]}, "30 crash ASA9, seed 1: .*no node 'ASA9'"),
        ({"faults": ["30 crash {who}"]}, "settings has no 'who'"),
        ({"faults": ["30 crash {who"]}, "write a setting's name"),
        ({"executor": 7}, "concurrent.futures executor or a Dask client"),
        ({"variants": "esp-blocked"}, "variants is a list"),
    ],
)
def test_a_mistake_is_named(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(ScenarioError, match=says):
        sweep(LAB, **({"until": 40, "executor": IN_PROCESS} | wrong))


def test_designs_devices_and_named_faults_are_axes() -> None:
    faults = {"none": [], "crash": ["{at} crash ASA2"]}
    typed = {
        "": "",
        "patient": "tunnel-group 203.0.113.2 ipsec-attributes\n isakmp keepalive threshold 60 retry 5",
    }
    found = sweep(
        LAB, variants=[None, "esp-blocked"], settings={"ASA1": typed, "at": [10]}, faults=faults,
        until=40, executor=IN_PROCESS,
    )  # fmt: skip
    keys = [(row["variant"], row["ASA1"], row["faults"]) for row in found.rows]
    assert keys[:3] == [("base", "", "none"), ("base", "", "crash"), ("base", "patient", "none")]
    messages = [row["ike_messages"] for row in found.rows[:4]]
    assert messages[1] > messages[3], "a patient ASA1 has asked nobody by 40 s"
    assert found.rows[0]["answered"] > 0 == found.rows[4]["answered"], "the variant filters ESP"
    changed = Lab.load(LAB).configure("ASA1", "hostname X")
    with pytest.raises(ScenarioError, match="would be lost"):
        sweep(changed, variants=[None])


def test_a_row_can_be_played_in_full(rule: Any) -> None:
    run = rule.run(1)
    assert run.fidelity == "bytes" and run.ledger()[-1].duration_s == rule.rows[1]["outage_s"]
    with pytest.raises(ScenarioError, match="no row 4"):
        rule.run(4)


def test_csv_and_html_hold_every_column(rule: Any, tmp_path: Path) -> None:
    rule.to_csv(tmp_path / "rule.csv")
    with (tmp_path / "rule.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["mend"] for row in rows] == ["35", "50", "35", "50"] and list(rows[0]) == rule.columns
    assert "DPD threshold (s)" in rule._repr_html_()
    with pytest.raises(ScenarioError, match="cannot be written"):
        rule.to_csv("/nowhere/rule.csv")


def test_a_pivot_takes_the_mean_over_the_rest(rule: Any) -> None:
    seen = rule.pivot("threshold", "mend", "outage_s")
    assert (seen.columns, seen.index, seen.cells[0]) == ([10, 30], [35, 50], [5.0, 5.0])
    whole = rule.pivot("threshold", "seed", "outage_s").cells
    assert whole[0][0] == pytest.approx((seen.cells[0][0] + seen.cells[1][0]) / 2)
    with pytest.raises(ScenarioError, match="no column 'outage'"):
        rule.pivot("threshold", "mend", "outage")


def test_the_figure_has_units_values_and_the_line_where_sas_begin_to_die(rule: Any, tmp_path: Path) -> None:
    figure = rule.figure("threshold", "mend")
    axes = figure.axes[0]
    assert axes.get_xlabel() == "DPD threshold (s)"
    assert [text.get_text() for text in axes.texts][:2] == ["5", "5"]
    ends = {(tuple(line.get_xdata()), tuple(line.get_ydata())) for line in axes.lines}
    assert ends == {((0.5, 0.5), (0.5, 1.5)), ((-0.5, 0.5), (0.5, 0.5))}, (
        "around the one cell in which they die"
    )
    assert rule.figure("threshold", "mend", mark=None).axes[0].lines[:] == []
    figure.savefig(tmp_path / "rule.png")
    assert (tmp_path / "rule.png").stat().st_size > 5000


def test_a_bar_is_hidden_at_the_end_because_a_page_may_not_have_drawn_it_yet() -> None:
    from ipsec_edu.trials.progress import _Bar

    bar: Any = _Bar(3, "runs")
    bar.step(3)
    bar.close()
    assert bar._box.layout.display == "none"
    assert bar._box.comm is not None, "its model is still there for a late page"
