"""The command tables and the engine that reads them."""

from __future__ import annotations

import time

import pytest

from ipsec_edu.config import parse
from ipsec_edu.config.grammar import Failure, Grammar, Match, Rule, words_of
from ipsec_edu.config.parser import grammar_of
from tests.config.helpers import ASA1, R1


def match(pattern: str, text: str, **kwargs) -> Match | Failure:
    return Grammar([Rule(pattern, "model")], "ios").match(text, words_of(text), **kwargs)


def test_optional_parts_and_choices():
    pattern = "keepalive <int 10-3600:interval> [<int 2-60:retry>] [periodic | on-demand]"
    found = match(pattern, "keep 10 5 per")
    assert isinstance(found, Match)
    assert (found["interval"], found["retry"], found.pick("on-demand", "periodic")) == (10, 5, "periodic")
    assert found.text == "keepalive 10 5 periodic"
    assert isinstance(match(pattern, "keepalive 10"), Match)
    failed = match(pattern, "keepalive 10 5 6")
    assert isinstance(failed, Failure)
    assert (failed.kind, failed.index) == ("invalid", 3)


def test_repetition_and_rest():
    found = match("set peer <ip:peer>+ [default]", "set peer 10.0.0.1 10.0.0.2 default")
    assert isinstance(found, Match)
    assert found["peer"] == [0x0A000001, 0x0A000002]
    assert found.has("default")
    assert isinstance(match("logging *", "logging host 10.0.0.1 vrf A"), Match)
    assert isinstance(match("logging *", "logging"), Match)


def test_a_keyword_wins_over_a_name_and_a_name_may_be_a_keyword():
    found = match("key [0 | 6] <name:key> address <ip>", "key 0 address address 10.0.0.1")
    assert isinstance(found, Match)
    assert found["key"] == "address"
    assert found.pick("0", "6") == "0"


def test_a_short_no_is_enough_where_one_command_can_be_meant():
    assert isinstance(match("ip address <ip> <mask>", "ip address", no=True, partial=True), Match)
    assert isinstance(match("ip address <ip> <mask>", "ip address"), Failure)


@pytest.mark.parametrize("pattern", ["a [b", "a b]", "a <what>:x", "a (b | c"])
def test_a_bad_pattern_is_found_when_the_table_is_compiled(pattern):
    with pytest.raises((ValueError, IndexError, KeyError)):
        Grammar([Rule(pattern, "model")], "ios").match("a", words_of("a b"))


@pytest.mark.parametrize("platform", ["ios", "asa", "linux"])
def test_every_row_of_every_table_can_be_reached_and_every_mode_opened(platform):
    grammars = grammar_of(platform)
    opened = {rule.opens for grammar in grammars.values() for rule in grammar.rules} - {""}
    assert opened <= set(grammars)
    assert set(grammars) - opened <= {"global", "block"}
    for mode, grammar in grammars.items():
        seen = {}
        for rule in grammar.rules:
            assert (rule.kind == "model") == (rule.action is not None), (mode, rule.pattern)
            assert rule.kind in ("model", "ignore") or rule.label, (mode, rule.pattern)
            if not rule.only_no:
                assert rule.pattern not in seen, (mode, rule.pattern)
                seen[rule.pattern] = rule


def test_a_hundred_lines_load_in_milliseconds():
    for text, platform in ((R1 * 4, "ios"), (ASA1 * 3, "asa")):
        parse(text, platform)
        best = min(_timed(text, platform) for _ in range(5))
        assert best < 0.1, "about ten times what it takes on a busy machine"


def _timed(text: str, platform: str) -> float:
    start = time.perf_counter()
    parse(text, platform)
    return time.perf_counter() - start
