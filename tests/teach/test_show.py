"""What lessons show of a run: every figure is the run's own."""

from __future__ import annotations

import pytest

from ipsec_edu import Lab, teach
from ipsec_edu.core.errors import ScenarioError
from ipsec_edu.ike.tables import MAIN_INITIATOR, MAIN_RESPONDER
from ipsec_edu.run import Run
from ipsec_edu.teach.keying import first_sa, shared_secret
from ipsec_edu.teach.widgets import as_widget, described


@pytest.fixture(scope="module")
def run() -> Run:
    return Lab.load("site-to-site").run(until=20)


@pytest.fixture(scope="module")
def silent() -> Run:
    """A run in which nothing is negotiated."""
    return teach.fault_run("route-missing")


def test_the_table_of_messages_is_the_runs(run: Run, silent: Run) -> None:
    lines = teach.messages(run, caption="all").text.splitlines()
    assert len(lines) == 2 + len(run.messages)
    assert all(str(message.size) in line for message, line in zip(run.messages, lines[2:], strict=True))
    assert len(teach.messages(run, exchanges=["quick"]).text.splitlines()) == 1 + 3
    assert str(teach.messages(silent)) == "No ISAKMP message was sent."


def test_marks_leave_out_what_is_still_under_way(run: Run) -> None:
    assert teach.marks(run) == ".!!!!"
    sent = len(run.flows["R1>R2"])
    assert len(teach.marks(run, count=None)) == sent - 1
    with pytest.raises(ScenarioError, match="R1>R2"):
        teach.marks(run, "R9>R2")


def test_the_ledger_adds_up() -> None:
    cut = teach.cut_run()
    gap = teach.outage(cut, start_s=30)
    assert sum(part.duration_s for part in gap.parts) == pytest.approx(gap.duration_s)
    assert f"{gap.duration_s:.3f}" in teach.ledger(cut, start_s=30).text
    with pytest.raises(ScenarioError, match="break something first"):
        teach.outage(cut, start_s=80)


def test_both_gateways_compute_the_same_secret_and_nobody_sent_it(run: Run) -> None:
    one, other = first_sa(run, "ASA1"), first_sa(run, "ASA2")
    secret = shared_secret(run, one)
    assert secret == shared_secret(run, other)
    assert not any(secret[:16] in message.wire + message.clear for message in run.messages)
    assert any(one.public_i in message.wire for message in run.messages), "its public half was sent"
    assert one.private != other.private


def test_another_seed_changes_every_ingredient_but_the_password(run: Run) -> None:
    again = Lab.load("site-to-site").run(until=20, seed=2)
    values, others = ({name: value for name, _, value, _ in teach.ingredients(r)} for r in (run, again))
    assert [name for name in values if values[name] == others[name]] == ["pre-shared key"]


def test_without_phase_one_there_are_no_keys_to_look_at(silent: Run) -> None:
    with pytest.raises(ScenarioError, match="no phase 1"):
        teach.secrets(silent)
    with pytest.raises(ScenarioError, match="no message"):
        teach.lights_out(silent)


def test_lights_go_out_between_two_messages_of_one_sender(run: Run) -> None:
    shown = teach.lights_out(run).text
    assert "MM3 on the wire" in shown and "MM5 on the wire" in shown and "MM5 as ASA2 reads it" in shown


def test_the_words_of_both_gateways_follow_the_messages(run: Run) -> None:
    lines = [line.split() for line in teach.states(run).text.splitlines()[1:]]
    assert [line[1] for line in lines] == [f"MM{n}" for n in range(1, 7)]
    assert lines[0][2:] == ["`MM_WAIT_MSG2`", "`MM_WAIT_MSG3`"]
    assert lines[-1][2:] == ["`MM_ACTIVE`", "`MM_ACTIVE`"]


def test_a_machine_is_shown_without_the_rows_that_change_nothing() -> None:
    short, whole = teach.machine(MAIN_INITIATOR), teach.machine(MAIN_INITIATOR, everything=True)
    assert len(short.text.splitlines()) == 2 + 4
    assert len(whole.text.splitlines()) == 2 + len(MAIN_INITIATOR.rows)
    assert "MM_WAIT_MSG5" in teach.machine(MAIN_RESPONDER).text


def test_a_flow_can_be_turned_round(run: Run) -> None:
    turned = teach.reversed_flow(run.lab)
    assert [(flow.source, flow.to) for flow in turned.flows] == [("R2", "192.168.1.1")]
    assert teach.reversed_flow(turned).flows[0].to == run.lab.flows[0].to
    with pytest.raises(ScenarioError, match="cannot be turned round"):
        teach.reversed_flow(teach.with_flow(run.lab, "R1", "8.8.8.8"))


def test_a_console_shows_prompt_echo_and_answer(run: Run) -> None:
    text = teach.console(run, 5, "R1", "show clock", "nonsense").text
    assert text.startswith("R1# show clock\n") and "R1# nonsense" in text and "% " in text


def test_a_figure_has_words_for_those_who_do_not_see_it() -> None:
    plt = pytest.importorskip("matplotlib.pyplot")
    pytest.importorskip("ipywidgets")
    figure, axes = plt.subplots()
    assert described(figure) == "Figure"
    axes.set(title="Small packets", xlabel="inner packet", ylabel="grows by")
    shown = as_widget(figure).value  # type: ignore[attr-defined]
    plt.close(figure)
    assert 'alt="Figure. Small packets: grows by over inner packet"' in shown
