"""Linux hosts, and the spelling of interface names."""

from __future__ import annotations

import pytest

from ipsec_edu.config import canonical_interface, parse
from ipsec_edu.core.addr import Prefix, parse_ip
from tests.config.helpers import error, problems


def test_the_commands_of_a_lab_host():
    s = parse(
        "ip addr add 192.168.1.1/24 dev eth1\nip route add default via 192.168.1.254 dev eth1\nip link set "
        "eth1 mtu 1400\nip link set dev eth2 down",
        "linux",
    ).settings
    assert (s.interfaces["eth1"].address, s.interfaces["eth1"].length, s.interfaces["eth1"].mtu) == (
        parse_ip("192.168.1.1"),
        24,
        1400,
    )
    assert (s.interfaces["eth1"].shutdown, s.interfaces["eth2"].shutdown) == (False, True)
    assert [(r.prefix, r.next_hop, r.interface) for r in s.routes] == [
        (Prefix(0, 0), parse_ip("192.168.1.254"), "eth1")
    ]


def test_routes_are_replaced_and_deleted():
    base = parse("ip route add 10.0.0.0/8 via 192.168.1.1", "linux").settings
    assert (
        "replace"
        in error(
            "ip route add 10.0.0.0/8 via 192.168.1.1\nip route add 10.0.0.0/8 via 192.168.1.2", "linux"
        ).message
    )
    replaced = parse("ip route replace 10.0.0.0/8 via 192.168.1.2", "linux", base=base).settings
    assert [r.next_hop for r in replaced.routes] == [parse_ip("192.168.1.2")]
    assert parse("ip route del 10.0.0.0/8", "linux", base=base).settings.routes == []
    assert (
        parse(
            "ip addr del 10.0.0.1/8 dev e", "linux", base=parse("ip a add 10.0.0.1/8 dev e", "linux").settings
        )
        .settings.interfaces["e"]
        .address
        is None
    )


def test_mistakes_and_other_commands():
    assert "prefix length" in error("ip addr add 10.0.0.1/40 dev eth1", "linux").message
    assert "via ADDRESS" in error("ip route add 10.0.0.0/8", "linux").message
    assert "no route" in error("ip route del 10.0.0.0/8", "linux").message
    assert [p.severity for p in problems("sysctl -w net.ipv4.ip_forward=1", "linux")] == ["not-modelled"]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("g0/1", "GigabitEthernet0/1"),
        ("gi0/1", "GigabitEthernet0/1"),
        ("Gig 0/1", "GigabitEthernet0/1"),
        ("gigabitethernet0/1", "GigabitEthernet0/1"),
        ("eth 0/0", "Ethernet0/0"),
        ("e0/0", "Ethernet0/0"),
        ("fa 0/1", "FastEthernet0/1"),
        ("f0/0.10", "FastEthernet0/0.10"),
        ("lo0", "Loopback0"),
        ("tun 1", "Tunnel1"),
        ("tu0", "Tunnel0"),
        ("po1", "Port-channel1"),
        ("Serial1/1:0", "Serial1/1:0"),
        ("vl10", "Vlan10"),
        ("Null0", "Null0"),
        ("mana0/0", "Management0/0"),
        ("te0/0/1", "TenGigabitEthernet0/0/1"),
        ("dialer1", "Dialer1"),
    ],
)
def test_interface_names_have_one_spelling(typed, name):
    assert canonical_interface(typed, "ios") == name
    assert canonical_interface(name, "asa") == name


@pytest.mark.parametrize("typed", ["", "outside", "0/1", "xyz0/1", "g", "vir1", "\u0663"])
def test_other_words_are_no_interface_names(typed):
    with pytest.raises(ValueError, match=r"interface|may mean"):
        canonical_interface(typed, "ios")


def test_names_of_a_host_stay_as_they_are():
    assert canonical_interface("eth1", "linux") == "eth1"
