"""What both ends of a link say together: hello and dead intervals, networks, MTU, who is silent."""

from __future__ import annotations

import pytest

from ipsec_edu.checking import check_folder
from ipsec_edu.config import parse
from ipsec_edu.config.check_links import check_links
from ipsec_edu.config.topology import parse_topology
from ipsec_edu.core.errors import Problem

TOPOLOGY = """\
name: two
topology:
  nodes:
    R1: {kind: cisco_iol, startup-config: R1.cfg}
    R2: {kind: cisco_iol, startup-config: R2.cfg}
  links:
    - endpoints: ["R1:s1/1:0", "R2:se0:0"]
"""
LAN = """\
name: lan
topology:
  nodes:
    R1: {kind: cisco_iol, startup-config: R1.cfg}
    SW1: {kind: bridge}
    SW2: {kind: bridge}
    R2: {kind: cisco_iol, startup-config: R2.cfg}
  links:
    - endpoints: ["R1:Serial1/1:0", "SW1:eth1"]
    - endpoints: ["SW1:eth2", "SW2:eth1"]
    - endpoints: ["SW2:eth2", "R2:Serial0:0"]
"""
R1 = """\
hostname R1
!
interface Serial1/1:0
 description to R2
 ip address 10.8.0.1 255.255.255.252
 ip ospf hello-interval 1
 ip ospf network broadcast
!
router ospf 1
 router-id 1.1.1.1
 network 10.8.0.0 0.0.0.3 area 0
"""
R2 = (
    R1.replace("R1", "R2")
    .replace("Serial1/1:0", "Serial0:0")
    .replace("8.0.1", "8.0.2")
    .replace("1.1.1.1", "2.2.2.2")
)


def found(second: str, first: str = R1, topology: str = TOPOLOGY) -> list[Problem]:
    """What is said about R1 as above, cabled to a router with the text `second`."""
    texts = {"R1": first, "R2": second}
    settings = {name: parse(text, "ios").settings for name, text in texts.items()}
    return check_links(parse_topology(topology, "x"), settings, texts)


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        (" ip ospf hello-interval 1\n", "", 6, "R1 Serial1/1:0 has 1 and 4 s, R2 Serial0:0 10 and 40 s"),
        ("hello-interval 1", "hello-interval 1\n ip ospf dead-interval 3", 3, "R2 Serial0:0 1 and 3 s"),
        ("area 0", "area 1", 6, "areas differ"),
        ("255.255.255.252", "255.255.255.248", 5, "networks differ"),
        ("network broadcast", "network point-to-point", 7, "network types differ"),
        ("network broadcast", "network broadcast\n ip mtu 1400", 3, "MTUs differ"),
        ("router-id", "passive-interface Serial0:0\n router-id", 5, "R2 Serial0:0 is passive"),
        ("network 10.8.0.0", "network 10.9.0.0", 5, "not on R2 Serial0:0"),
        ("2.2.2.2", "1.1.1.1", 0, "same OSPF router ID 1.1.1.1"),
    ],
)
def test_two_ends_that_do_not_fit(old, new, line, said):
    (problem,) = found(R2.replace(old, new))
    assert said in problem.message
    assert (problem.severity, problem.line) == ("warning", line)
    assert found(R2) == []


def test_ends_around_bridges_are_neighbours_too():
    other = R2.replace(" ip ospf hello-interval 1\n", "")
    assert len(found(other, topology=LAN)) == 1
    assert found(R2, topology=LAN) == []


def test_a_smaller_mtu_may_be_ignored_by_the_end_that_has_it():
    small = R2.replace("network broadcast", "network broadcast\n ip mtu 1400")
    assert found(small.replace("ip mtu 1400", "ip mtu 1400\n ip ospf mtu-ignore")) == []
    other = R1.replace("network broadcast", "network broadcast\n ip ospf mtu-ignore")
    assert len(found(small, other)) == 1


def test_bfd_at_one_end_is_said_and_at_both_is_fine():
    bfd = "network broadcast\n ip ospf bfd\n bfd interval 50 min_rx 50 multiplier 3"
    one, two = (text.replace("network broadcast", bfd) for text in (R1, R2))
    assert "runs BFD" in found(R2, one)[0].message
    assert found(two, one) == []


def test_a_router_without_ospf_is_nobody_to_speak_with():
    assert found(R2[: R2.index("router ospf")].replace(" ip ospf hello-interval 1\n", "")) == []


def test_check_says_it_with_file_and_line(tmp_path):
    (tmp_path / "two.clab.yml").write_text(TOPOLOGY)
    (tmp_path / "R1.cfg").write_text(R1)
    (tmp_path / "R2.cfg").write_text(R2)
    assert check_folder(tmp_path) == []
    (tmp_path / "R2.cfg").write_text(R2.replace(" ip ospf hello-interval 1\n", ""))
    (problem,) = check_folder(tmp_path)
    assert str(problem).startswith("R1.cfg:6: warning: hello and dead interval differ")


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [("s1/1:0", "Serial1/1:0"), ("se0:0", "Serial0:0"), ("serial 0:0", "Serial0:0"), ("Se0/0", "Serial0/0")],
)
def test_names_of_channels_are_interfaces(typed, canonical):
    settings = parse(f"interface {typed}\n ip address 10.0.0.1 255.0.0.0", "ios").settings
    assert list(settings.interfaces) == [canonical]
