"""What a reader is told about a line that cannot be read."""

from __future__ import annotations

import pytest

from ipsec_edu.config import check_device, parse
from ipsec_edu.core.errors import ConfigError, IpsecEduError
from tests.config.helpers import ASA1, R1, asa, error, ios, problems


def test_the_caret_stands_below_the_word_at_fault():
    problem = error("interface g0/0\n   ip adress 10.0.0.1 255.0.0.0", "ios")
    assert str(problem).splitlines()[1:] == ["     ip adress 10.0.0.1 255.0.0.0", "        ^"]
    assert "did you mean `address`?" in problem.message


def test_the_caret_takes_the_prompt_into_account():
    problem = error("R1(config)#crypto isakmp keepalive 5", "ios")
    lines = str(problem).splitlines()
    assert lines[2].index("^") == lines[1].index("5")


def test_an_incomplete_command_says_what_follows():
    problem = error("crypto isakmp policy", "ios")
    assert problem.message.startswith("% Incomplete command.")
    assert "1 to 10000" in problem.message


def test_an_asa_says_error_first():
    assert error("crypto ikev1 polcy 10", "asa").message.startswith(
        "ERROR: % Invalid input detected at '^' marker."
    )


def test_all_problems_are_told_at_once():
    with pytest.raises(ConfigError) as caught:
        parse(
            "crypto isakmp keepalive 5\nhostname R1\nip rote 0.0.0.0 0.0.0.0 10.0.0.1\nredundancy "
            "inter-device\n",
            "ios",
            "R1.cfg",
        )
    assert [p.line for p in caught.value.problems if p.severity == "error"] == [1, 3]
    assert "R1.cfg:3" in str(caught.value)


def test_a_command_of_another_mode_names_that_mode():
    assert "belongs below `interface`" in error("nameif outside", "asa").message


def test_lenient_reading_raises_nothing_and_keeps_what_it_understood():
    parsed = parse("nonsense here\n" + R1, "ios", lenient=True)
    assert parsed.settings == ios(R1)
    assert [p.severity for p in parsed.problems] == ["warning"]
    with pytest.raises(ConfigError):
        parse("nonsense here\n" + R1, "ios")


def test_an_unknown_platform_is_one_clear_error():
    with pytest.raises(IpsecEduError, match="use ios, asa or linux"):
        parse("", "junos")
    with pytest.raises(IpsecEduError, match="platform 'ios'"):
        parse("", "asa", base=ios(R1))


@pytest.mark.parametrize(
    ("text", "platform"),
    [("no crypto isakmp key K", "ios"), ("no access-list X", "asa"), ("no ip route", "ios")],
)
def test_a_no_that_names_too_little_is_incomplete(text, platform):
    assert "ncomplete command" in error(text, platform).message


@pytest.mark.parametrize(
    ("read", "text", "change", "said"),
    [
        (asa, ASA1, ("crypto map CMAP interface OUTSIDE\n", ""), "applied to no interface"),
        (asa, ASA1, ("crypto ikev1 enable OUTSIDE\n", ""), "crypto ikev1 enable OUTSIDE"),
        (asa, ASA1, (" ikev1 pre-shared-key Lab-Only-Key\n", ""), "no pre-shared key for peer 203.0.113.2"),
        (asa, ASA1, ("set peer 203.0.113.2", "set peer 203.0.113.3"), "there is one for 203.0.113.2"),
        (
            asa,
            ASA1,
            ("permit ip object LAN1 object LAN2", "permit ip object LAN1 object LAN3"),
            'object "LAN3", which is not defined; did you mean',
        ),
        (asa, ASA1, ("permit ip", "deny ip"), "permits nothing"),
        (
            ios,
            R1,
            ("crypto isakmp key s3cret address 203.0.113.2\n", ""),
            "write `crypto isakmp key KEY address 203.0.113.2`",
        ),
        (ios, R1, ("crypto map VPN 10 ipsec-isakmp", "crypto map VPM 10 ipsec-isakmp"), "did you mean VPM?"),
        (ios, R1, (" ip address 203.0.113.1 255.255.255.0\n", ""), "has a crypto map and no address"),
    ],
)
def test_near_misses(read, text, change, said):
    assert said in " | ".join(p.message for p in check_device(read(text.replace(*change)), "x"))
    assert said not in " | ".join(p.message for p in check_device(read(text), "x"))


def test_a_warning_does_not_stop_strict_reading():
    found = problems("router eigrp 1\n network 10.0.0.0 0.255.255.255", "ios")
    assert [p.severity for p in found] == ["not-modelled"]
    assert parse("router eigrp 1", "ios").problems[0].severity == "not-modelled"
