"""What every bundled lab owes its learners: it is clean, what it offers works, nothing is unlabelled."""

from __future__ import annotations

import re

import pytest

from ipsec_edu import Lab, bundled_labs
from ipsec_edu.checking import check_folder
from ipsec_edu.config.check import check_device
from ipsec_edu.config.routing import ospf_settings
from ipsec_edu.config.running import running_config
from ipsec_edu.core.errors import LabError, Problem, ScenarioError

NAMES = bundled_labs()
TIMERS = re.compile(r" ip ospf (hello|dead)-interval ")
EVERY = [(name, variant) for name in NAMES for variant in (None, *Lab.load(name).variants)]
each = pytest.mark.parametrize("name", NAMES)
each_design = pytest.mark.parametrize(("name", "variant"), EVERY, ids=lambda value: value or "base")


def findings(lab: Lab) -> list[Problem]:
    """What `ipsec-edu check` would say of this very design."""
    found = list(lab.problems)
    for node, settings in lab.settings.items():
        found += check_device(settings, node)
    return found


def test_the_labs_are_listed() -> None:
    assert {"access-links", "asymmetric-routing", "backbone", "site-to-site", "two-routers"} <= set(NAMES)


@each
def test_the_folder_is_clean(name: str) -> None:
    assert check_folder(name) == []


PLAIN_TO_SEE = {"in-clear", "crypto-map-not-applied", "ikev1-not-enabled", "nat-exemption-missing"}
"""Designs that are wrong on purpose in a way that the configuration of one device already shows."""


@each_design
def test_a_design_is_clean_or_wrong_on_purpose(name: str, variant: str | None) -> None:
    found = [str(problem) for problem in findings(Lab.load(name).variant(variant))]
    assert bool(found) == (variant in PLAIN_TO_SEE), found


def test_the_check_sees_a_design_that_is_not() -> None:
    wrong = Lab.load("access-links").configure("HUB", "crypto map VPN local-address Loopback7")
    assert findings(wrong)


@each_design
def test_every_fault_on_offer_is_legal_and_is_offered_with_words(name: str, variant: str | None) -> None:
    lab = Lab.load(name).variant(variant)
    offered = [f"1 {action} {target}" for action, target, _ in lab.offers]
    run = lab.run(until=0.5, faults=offered)
    assert len(run.faults) == len(set(offered)) == len(offered)
    assert all(label for _, _, label in lab.offers)


def test_an_offer_that_is_not_legal_is_refused() -> None:
    with pytest.raises(ScenarioError, match="there is no node"):
        Lab.load("backbone").run(until=0.5, faults=["1 crash P7"])


@each
def test_every_sequence_of_faults_is_legal(name: str) -> None:
    lab = Lab.load(name)
    for sequence in lab.scenario.sequences:
        run = lab.run(until=0.5, faults=lab.sequences[sequence.name])
        assert len(run.faults) == len(sequence.faults) > 1
        assert sequence.label


@each
def test_every_control_has_words_and_writes_lines_that_the_device_takes(name: str) -> None:
    lab = Lab.load(name)
    for control in lab.controls:
        assert control.label and (control.unit or control.options)
        ends = control.options or (control.min, control.max)
        assert control.value in control.options or control.min <= float(control.value) <= control.max
        for node in control.nodes:
            for value in (*ends, control.value):
                lines = lab.control_lines(node, {control.name: value})
                assert "{" not in lines
                assert lab.configure(node, lines).problems == ()


@each
def test_the_controls_begin_where_the_configuration_is(name: str) -> None:
    lab = Lab.load(name)
    first = {control.name: control.value for control in lab.controls}
    for node in {node for control in lab.controls for node in control.nodes}:
        lines = lab.control_lines(node, first)
        assert behaviour(lab.configure(node, lines), node) == behaviour(lab, node), f"{node}:\n{lines}"


def behaviour(lab: Lab, node: str) -> object:
    """What a device's configuration means, however its timers and route distances are spelt."""
    settings = lab.settings[node]
    lines = running_config(settings).splitlines()
    rest = [re.sub(r"^(ip route .*?)( \d+)?$", r"\1", line) for line in lines if not TIMERS.match(line)]
    return set(rest), ospf_settings(settings)


@each
def test_title_summary_and_variants_are_written(name: str) -> None:
    lab = Lab.load(name)
    assert 10 < len(lab.title) <= 60
    assert 40 < len(lab.scenario.summary) < 420 and "\n" not in lab.scenario.summary
    assert all(lab.scenario.variants.get(variant) for variant in lab.variants)


@each
def test_every_device_has_a_place_of_its_own_on_the_map(name: str) -> None:
    nodes = Lab.load(name).layout["nodes"]
    places = {(spec["x"], spec["y"]) for spec in nodes.values()}
    assert len(places) == len(nodes)
    assert all(0.04 <= x <= 0.96 and 0.1 <= y <= 0.9 for x, y in places)


def test_a_lab_that_does_not_exist_names_those_that_do() -> None:
    with pytest.raises(LabError, match="did you mean backbone"):
        Lab.load("backbones")
