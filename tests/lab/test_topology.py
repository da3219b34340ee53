"""Lab folders: the containerlab file is a valid one, and what is wrong in it is said with its place."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ipsec_edu import Lab, LabError, bundled_labs
from ipsec_edu.config.scenario import parse_scenario
from ipsec_edu.config.topology import KINDS, parse_topology

FILES = sorted((Path(__file__).parents[2] / "ipsec_edu" / "labs").rglob("*.clab.yml"))

NODE_KEYS = {"kind", "image", "startup-config", "exec"}
LINK_KEYS = {"endpoints", "vars"}


def breaks_the_rules(document: Any) -> list[str]:
    """The rules of containerlab's published schema that our files rely on; return those broken."""
    broken = []
    if not isinstance(document, dict) or set(document) - {"name", "topology"}:
        return ["top level: name and topology only"]
    if not re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9-._]*", document.get("name", "")):
        broken.append("name: letters, digits, dot, dash, underscore")
    for name, node in document["topology"]["nodes"].items():
        if set(node) - NODE_KEYS:
            broken.append(f"{name}: unknown key")
        if node.get("kind") not in KINDS:
            broken.append(f"{name}: unknown kind")
        if not isinstance(node.get("startup-config", ""), str):
            broken.append(f"{name}: startup-config is a path")
        if not all(isinstance(line, str) for line in node.get("exec", ["x"])) or node.get("exec") == []:
            broken.append(f"{name}: exec is a non-empty list of strings")
    for link in document["topology"].get("links", []):
        ends = link.get("endpoints", [])
        if set(link) - LINK_KEYS:
            broken.append("link: unknown key")
        if len(ends) != 2 or len(set(ends)) != 2 or not all(re.fullmatch(r"\S+:\S+", end) for end in ends):
            broken.append("link: two different endpoints, NODE:INTERFACE")
        if not isinstance(link.get("vars", {}), dict):
            broken.append("link: vars is a mapping")
    return broken


@pytest.mark.parametrize("file", FILES, ids=lambda f: f"{f.parent.name}")
def test_every_bundled_topology_keeps_the_schema(file: Path) -> None:
    document = yaml.safe_load(file.read_text())
    assert breaks_the_rules(document) == []
    for node in document["topology"]["nodes"].values():
        if "startup-config" in node:
            assert (file.parent / node["startup-config"]).exists()


@pytest.mark.parametrize(
    "text",
    [
        "name: a b\ntopology: {nodes: {R1: {kind: linux}}}",
        "name: a\ntopology: {nodes: {R1: {kind: windows}}}",
        "name: a\ntopology: {nodes: {R1: {kind: linux, colour: red}}}",
        "name: a\ntopology: {nodes: {R1: {kind: linux}}, links: [{endpoints: ['R1:eth1']}]}",
        "name: a\ntopology: {nodes: {R1: {kind: linux, exec: []}}}",
    ],
)
def test_the_rules_can_be_broken(text: str) -> None:
    assert breaks_the_rules(yaml.safe_load(text))


@pytest.mark.parametrize("name", bundled_labs())
def test_every_lab_and_variant_loads_and_runs(name: str) -> None:
    lab = Lab.load(name)
    start_us = max(flow.start_us for flow in lab.flows)
    for variant in [None, *lab.variants]:
        run = lab.variant(variant).run(until=2 + start_us / 1e6)
        assert all(probes for probes in run.flows.values())


HEAD = "name: x\ntopology:\n  nodes:\n    R1: {kind: linux}\n    R2: {kind: linux}\n  links:\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name: [", "x.clab.yml:1: not YAML"),
        ("hello", "no 'topology:' section"),
        ("topology: {nodes: {}}", "topology.nodes is empty"),
        ("topology: {nodes: {A: {kind: nokia}}}", "node A has kind 'nokia'; the simulator knows cisco_iol"),
        (HEAD + '    - endpoints: ["R1:e1", "R3:e1"]', "there is no node R3; nodes are R1, R2"),
        (HEAD + '    - endpoints: ["R1:e1"]', "a link needs two endpoints"),
        (HEAD + '    - endpoints: ["R1:e1", "R2"]', "write NODE:INTERFACE"),
        (HEAD + '    - {endpoints: ["R1:e1", "R2:e1"], vars: {delay: 20}}', "write a number with unit"),
        (HEAD + '    - {endpoints: ["R1:e1", "R2:e1"], vars: {loss: 200%}}', "percentage from 0 to 100"),
        (HEAD + '    - {endpoints: ["R1:e1", "R2:e1"], vars: {rate: fast}}', "bits per second"),
        (HEAD + '    - {endpoints: ["R1:e1", "R2:e1"], vars: {mood: 1}}', "not mood"),
        (
            HEAD + '    - endpoints: ["R1:e1", "R2:e1"]\n    - endpoints: ["R1:e1", "R2:e2"]',
            "used by two links",
        ),
    ],
)
def test_a_wrong_topology_says_what_and_where(text: str, says: str) -> None:
    with pytest.raises(LabError, match=re.escape(says)):
        parse_topology(text, "x.clab.yml")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("title = ", "s.toml: "),
        ("colour = 1", "unknown key 'colour'"),
        ('[[flow]]\nname="a"', "lacks the key"),
        ('[[flow]]\nname="a"\nfrom="R1"\nto="1.2.3.4"\nkind="video"', "kind is ping or datagram"),
        ('[[flow]]\nname="a"\nfrom="R1"\nto="1.2.3.4"\nevery_s=0', "above 0"),
        ('until_s = "long"', "could not convert"),
    ],
)
def test_a_wrong_scenario_says_what_and_where(text: str, says: str) -> None:
    with pytest.raises(LabError, match=re.escape(says)):
        parse_scenario(text, "s.toml")


def test_a_folder_of_ones_own_loads_by_path_and_a_broken_one_says_why(tmp_path: Path) -> None:
    with pytest.raises(LabError, match=r"exactly one \*.clab.yml, found 0"):
        Lab.load(tmp_path)
    (tmp_path / "own.clab.yml").write_text(
        "name: own\ntopology:\n  nodes:\n"
        "    A: {kind: linux, exec: ['ip addr add 10.0.0.1/24 dev eth1']}\n"
        "    B: {kind: linux, exec: ['ip addr add 10.0.0.2/24 dev eth1']}\n"
        '  links:\n    - {endpoints: ["A:eth1", "B:eth1"], vars: {delay: 5ms}}\n'
    )
    (tmp_path / "scenario.toml").write_text('[[flow]]\nname = "A>B"\nfrom = "A"\nto = "10.0.0.2"\n')
    run = Lab.load(tmp_path).run(until=3.5)
    assert [p.answered_us for p in run.flows["A>B"]] == [1_010_000, 2_010_000, 3_010_000]
    nodes = Lab.load(tmp_path).layout["nodes"]
    assert nodes["A"]["x"] < nodes["B"]["x"], "positions are computed where none are given"


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "own.clab.yml"
    text = "name: own\ntopology: {nodes: {A: {kind: linux, exec: ['ip addr add 10.0.0.1/24 dev eth1']}}}\n"
    file.write_text(text)
    before = Lab.load(tmp_path)
    assert Lab.load(tmp_path) is before
    file.write_text(text.replace("10.0.0.1", "10.0.0.9") + "\n")
    assert Lab.load(tmp_path).settings["A"].interfaces["eth1"].address == 0x0A000009


def test_configuring_makes_a_new_lab() -> None:
    lab = Lab.load("site-to-site")
    other = lab.configure("ASA1", "hostname FW1")
    assert (lab.settings["ASA1"].hostname, other.settings["ASA1"].hostname) == ("ASA1", "FW1")
    with pytest.raises(LabError, match="did you mean ASA"):
        lab.configure("ASA", "hostname X")


def test_controls_write_configuration() -> None:
    lab = Lab.load("site-to-site")
    lines = lab.control_lines("ASA1", {"threshold": 20.0})
    assert lines == "tunnel-group 203.0.113.2 ipsec-attributes\n isakmp keepalive threshold 20 retry 2"
    run = lab.configure("ASA1", lines).run(until=60, faults=["30 cut ASA1:GigabitEthernet0/1"])
    assert next(m.at_us for m in run.messages if m.notify == "R-U-THERE" and m.sender == "ASA1") == 49_083_000


def test_a_lab_at_the_prompt_is_one_line_not_its_whole_inside() -> None:
    lab = Lab.load("access-links").variant("single-link")
    assert repr(lab).startswith("<Lab access-links, variant single-link (Two access links")
    assert repr(lab).endswith("HUB, PC2>") and len(repr(lab)) < 120
