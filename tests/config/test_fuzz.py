"""Whatever is pasted: strict reading raises ConfigError or nothing, lenient reading raises nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipsec_edu.config import check_device, parse, running_config
from ipsec_edu.config.parser import grammar_of
from ipsec_edu.core.errors import ConfigError
from tests.config.test_running import TEXTS

FEW = settings(max_examples=60, deadline=None, derandomize=True)
PLATFORMS = pytest.mark.parametrize("platform", ["ios", "asa", "linux"])


def read_both_ways(text: str, platform: str) -> None:
    parsed = parse(text, platform, lenient=True)
    assert not [problem for problem in parsed.problems if problem.severity == "error"]
    assert all(str(problem) for problem in parsed.problems)
    check_device(parsed.settings, "x")
    running_config(parsed.settings)
    try:
        parse(text, platform)
    except ConfigError as caught:
        assert any(problem.severity == "error" for problem in caught.problems)


@PLATFORMS
@FEW
@given(raw=st.binary(max_size=400))
def test_random_bytes(platform, raw):
    read_both_ways(raw.decode("latin-1"), platform)


@PLATFORMS
@FEW
@given(text=st.text(max_size=300))
def test_random_text(platform, text):
    read_both_ways(text, platform)


def _vocabulary(platform: str) -> list[str]:
    words = {
        word
        for grammar in grammar_of(platform).values()
        for rule in grammar.rules
        for word in rule.pattern.split()
    }
    plain = sorted(word for word in words if word.replace("-", "").isalnum())
    return [
        *plain,
        "10.0.0.1",
        "255.255.255.0",
        "0.0.0.255",
        "10",
        "1",
        "X",
        "any",
        "g0/1",
        "(inside,outside)",
        "no",
        "no",
        "no",
        "\n",
        "\n",
        "\n",
    ]


@PLATFORMS
@FEW
@given(data=st.data())
def test_words_of_the_tables_in_any_order(platform, data):
    words = data.draw(st.lists(st.sampled_from(_vocabulary(platform)), max_size=120))
    read_both_ways(" ".join(words), platform)


@pytest.mark.parametrize("platform", ["ios", "asa"])
@FEW
@given(data=st.data())
def test_damaged_configurations(platform, data):
    lines = TEXTS[platform].splitlines()
    for _ in range(data.draw(st.integers(1, 8))):
        i = data.draw(st.integers(0, len(lines) - 1))
        words = lines[i].split(" ")
        j = data.draw(st.integers(0, len(words) - 1))
        how = data.draw(st.sampled_from(["drop", "double", "cut", "swap", "no", "move", "junk"]))
        if how == "drop":
            del words[j]
        elif how == "double":
            words.insert(j, words[j])
        elif how == "cut":
            words[j] = words[j][:-1]
        elif how == "swap":
            words.reverse()
        elif how == "no":
            words = ["no", *words[: j + 1]]
        elif how == "junk":
            words[j] = data.draw(st.text(max_size=8))
        lines[i] = " ".join(words)
        if how == "move":
            lines.insert(data.draw(st.integers(0, len(lines))), lines.pop(i))
    read_both_ways("\n".join(lines), platform)


@PLATFORMS
@pytest.mark.parametrize(
    "text",
    [
        "banner motd",
        "banner motd ^C\nnever closed",
        "certificate ca 01\n3082",
        "no",
        "no no",
        "end\nend",
        "exit\n" * 50,
        "x " * 5000,
        "\x00\x08\x08",
        "interface",
        "crypto map M 10 set peer " + "10.0.0.1 " * 500,
    ],
)
def test_ends_and_extremes(platform, text):
    read_both_ways(text, platform)
