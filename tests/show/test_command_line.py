"""The exec line: abbreviations, complaints with a caret, filters, help, completion."""

from __future__ import annotations

import pytest

from ipsec_edu.show.command import complete, execute, prompt
from tests.show.states import asa, ios


@pytest.mark.parametrize(
    ("typed", "full"),
    [
        ("sh cry isa sa", "show crypto isakmp sa"),
        ("sh cry ips sa", "show crypto ipsec sa"),
        ("show cry isa sa det", "show crypto isakmp sa detail"),
        ("SHOW Crypto ISAKMP sa", "show crypto isakmp sa"),
        ("sh ip int br", "show ip interface brief"),
        ("sh ip int b", "show ip interface brief"),
        ("do sh ip int bri", "show ip interface brief"),
        ("  do   sh ip ro", "show ip route"),
        ("sh run", "show running-config"),
        ("sh run int g0/1", "show running-config interface GigabitEthernet0/1"),
        ("sh run int gi 0/1", "show running-config interface GigabitEthernet0/1"),
        ("sh log", "show logging"),
        ("sh cry ses d", "show crypto session detail"),
        ("sh cry ips sa int g0/1 de", "show crypto ipsec sa detail interface GigabitEthernet0/1"),
    ],
)
def test_unambiguous_beginnings_mean_the_command(typed: str, full: str) -> None:
    assert execute(ios(), typed) == execute(ios(), full)
    assert "%" not in execute(ios(), full).split("\n")[0]


def test_asa_abbreviations_of_the_lab_notes() -> None:
    for typed, full in (
        ("sh vpn-s", "show vpn-sessiondb"),
        ("sh vpn-s l", "show vpn-sessiondb l2l"),
        ("show crypto ikev1 sa det", "show crypto ikev1 sa detail"),
        ("sh int ip br", "show interface ip brief"),
        ("sh isa sa", "show crypto isakmp sa"),
    ):
        assert execute(asa(), typed) == execute(asa(), full)
    assert execute(asa(), "sh vpn-s") != execute(asa(), "sh vpn-s l")


def test_ios_puts_the_caret_below_the_word_as_it_stands_behind_the_prompt() -> None:
    answer = execute(ios(), "show crypto ikve sa")
    assert answer.split("\n") == [
        " " * len("R1#show crypto ") + "^",
        "% Invalid input detected at '^' marker.",
    ]
    assert (prompt(ios()) + "show crypto ikve sa")[answer.index("^")] == "i"


def test_asa_complains_with_error_in_front() -> None:
    answer = execute(asa(), "show cryptic")
    assert answer.split("\n") == [
        " " * len("ASA1# show ") + "^",
        "ERROR: % Invalid input detected at '^' marker.",
    ]
    assert execute(asa(), "show crypto") == "ERROR: % Incomplete command"


def test_ios_incomplete_and_ambiguous() -> None:
    assert execute(ios(), "show crypto") == "% Incomplete command."
    assert execute(ios(), "show c") == '% Ambiguous command:  "show c"'
    assert execute(ios(), "show cr isa sa") == execute(ios(), "show crypto isakmp sa")


def test_words_too_many_are_invalid() -> None:
    assert "^" in execute(ios(), "show clock now")
    assert "^" not in execute(ios(), "show clock")


def test_each_platform_has_its_own_commands() -> None:
    assert "Invalid input" in execute(ios(), "show crypto ikev1 sa")
    assert "Invalid input" in execute(asa(), "show ip route")
    assert "IKEv1 SAs:" in execute(asa(), "show crypto ikev1 sa")
    assert "Gateway of last resort" in execute(ios(), "show ip route")


@pytest.mark.parametrize(
    ("pipe", "expected"),
    [
        (
            "| include ^hostname|tunnel-group.*type",
            ["hostname ASA1", "tunnel-group 203.0.113.2 type ipsec-l2l"],
        ),
        ("| i hostname", ["hostname ASA1"]),
        (
            "| begin ipsec-attributes",
            ["tunnel-group 203.0.113.2 ipsec-attributes", " ikev1 pre-shared-key *****"],
        ),
        ("| sec ikev1 policy", ["crypto ikev1 policy 10", " authentication pre-share"]),
        ("| count crypto", ["Number of lines which match regexp = 3"]),
        ("|i [", []),
    ],
)
def test_output_filters(pipe: str, expected: list[str]) -> None:
    assert [line for line in execute(ios(), f"show running-config {pipe}").split("\n") if line] == expected


def test_exclude_is_the_rest_of_include() -> None:
    everything = execute(ios(), "show running-config").split("\n")
    kept, lost = (
        execute(ios(), f"show running-config | {word} crypto").split("\n") for word in ("exclude", "include")
    )
    assert sorted(kept + lost) == sorted(everything)
    assert kept
    assert lost


def test_filter_complaints() -> None:
    assert execute(ios(), "show clock |") == "% Incomplete command."
    assert execute(ios(), "show clock | include") == "% Incomplete command."
    caret = execute(ios(), "show clock | frobnicate x").split("\n")[0]
    assert caret == " " * len("R1#show clock | ") + "^"
    assert "Invalid" in execute(asa(), "show clock | section x")
    assert execute(asa(), "show clock | grep UTC") == execute(asa(), "show clock")
    assert execute(asa(), "show clock | grep -v UTC") == ""


def test_question_mark_lists_what_may_follow() -> None:
    text = execute(asa(), "show crypto ?")
    assert [line.split()[0] for line in text.split("\n")] == ["ikev1", "ipsec", "isakmp"]
    assert execute(ios(), "show cr?") == "crypto"
    assert "<cr>" in execute(ios(), "show clock ?")
    assert "A.B.C.D" in execute(ios(), "ping ?")
    assert "Invalid input" in execute(ios(), "show nonsense ?")


def test_completion_offers_words_and_names() -> None:
    assert complete(ios(), "sh") == ["show"]
    assert complete(ios(), "show crypto i") == ["ipsec", "isakmp"]
    assert complete(asa(), "show crypto ") == ["ikev1", "ipsec", "isakmp"]
    assert complete(ios(), "show run int GigabitEthernet0/") == [each.name for each in ios().interfaces]
    assert complete(ios(), "show clock | s") == ["section"]
    assert complete(ios(), "show xyzzy ") == []


def test_every_offered_word_is_accepted() -> None:
    for state in (ios(), asa()):
        for word in complete(state, "show "):
            assert "Invalid input" not in execute(state, f"show {word}")


def test_a_moment_cannot_be_changed_and_says_what_to_do_instead() -> None:
    for line in ("conf t", "configure terminal"):
        assert "run again" in execute(ios(), line)
    assert "clear-ike" in execute(asa(), "clear crypto ipsec sa")
    assert execute(ios(), "terminal length 0") == ""
    assert execute(asa(), "terminal pager 0") == ""
    assert execute(ios(), "") == ""


def test_a_device_without_power_does_not_answer() -> None:
    state = asa()
    state.powered = False
    assert "no power" in execute(state, "show clock")
    assert "no power" not in execute(asa(), "show clock")


def test_linux_words_are_abbreviated_too() -> None:
    state = ios()
    state.settings.platform = "linux"
    assert execute(state, "ip a") == execute(state, "ip addr") == execute(state, "ip address show")
    assert execute(state, "ip r") == execute(state, "ip route")
    assert execute(state, "ifconfig") == "bash: ifconfig: command not found"
