"""The simulator with strongSwan's habits does what two real strongSwans did (`tests.truth.facts`)."""

from __future__ import annotations

from typing import Any

import pytest

from ipsec_edu import Lab
from ipsec_edu.core.errors import LabError
from ipsec_edu.run import Run
from tests.truth.book import Book, bytes_off
from tests.truth.compare import FAULTY, Row, absent, cut_rows, cut_run, failure
from tests.truth.facts import CUTS, DAEMON, EXCHANGES, FAILURES, WITHOUT_NAT_T
from tests.truth.lab import TOPOLOGY, build, gateway_texts


def wrong(rows: list[Row]) -> list[Row]:
    return [row for row in rows if not row.ok]


def told(run: Run) -> list[tuple[Any, ...]]:
    """Return the messages of a run in the form of the facts."""
    return [
        (
            "initiator" if m.sender == "gw1" else "responder",
            m.exchange,
            m.number,
            " ".join(m.payloads),
            m.size,
            m.port,
            m.notify,
        )
        for m in run.messages
    ]


@pytest.mark.parametrize("name", EXCHANGES)
def test_the_messages_are_the_same_to_the_byte(name: str, truth: Book) -> None:
    ike, esp, aggressive, facts = EXCHANGES[name]
    messages = told(build(ike, esp, aggressive=aggressive, count=3).run(5))
    assert messages == [tuple(fact) for fact in facts]
    truth.add(
        "exchanges",
        daemon=DAEMON,
        name=name,
        ike=ike,
        esp=esp,
        sizes=[m[4] for m in messages],
        off=bytes_off(name, messages),
    )
    # The control: another platform's messages differ.
    other = build(ike, esp, aggressive=aggressive, count=3, gw1={"platform": "ios"})
    assert told(other.run(5)) != messages


def test_retransmissions_and_the_end_of_patience(truth: Book) -> None:
    rows = absent()
    assert wrong(rows) == []
    truth.timeline("no answer at all", rows)
    assert wrong(absent(retransmit_s=4.5))
    assert wrong(absent(retransmit_tries=4))


@pytest.mark.parametrize("name", FAULTY)
def test_what_cannot_work_fails_the_same_way(name: str, truth: Book) -> None:
    fact = FAILURES[name]
    run, rows = failure(name)
    assert wrong(rows) == []
    readable = {m.notify for m in run.messages if m.sender == "gw2"} - {None, "PAYLOAD-MALFORMED"}
    assert readable == ({fact.notify} if fact.notify else set())
    ike = next(sa for sa in run.sas if sa.node == "gw1" and sa.kind == "ike")
    assert (ike.up_us is not None and ike.down_us is None) == fact.phase1_stays
    assert not any(sa.kind == "esp-in" for sa in run.sas)
    truth.timeline(name, rows)
    assert any(sa.kind == "esp-in" for sa in build(count=1).run(5).sas)  # without the difference it works


@pytest.mark.parametrize("name", CUTS)
def test_a_silent_cut_takes_the_same_time(name: str, truth: Book) -> None:
    rows = cut_rows(name, cut_run(CUTS[name]))
    assert wrong(rows) == []
    truth.timeline(name, rows)


@pytest.mark.parametrize(
    ("name", "altered"),
    [
        ("restart, 40 s", {"dpd_timeout_s": 16.5}),
        ("restart, 40 s", {"dpd_delay_s": 4}),
        ("restart, 40 s", {"retransmit_s": 5}),
        ("restart, 40 s", {"retransmit_base": 2.0}),
        ("restart, 200 s", {"retransmit_tries": 6}),
        ("clear", {"dead_peer_action": "restart"}),
    ],
    ids=lambda value: value if isinstance(value, str) else next(iter(value)),
)
def test_one_altered_timer_is_found_out(name: str, altered: dict[str, object]) -> None:
    assert wrong(cut_rows(name, cut_run(CUTS[name], **altered)))


def test_without_nat_traversal_nothing_leaves_port_500() -> None:
    off = "no crypto ipsec nat-transparency udp-encapsulation"
    run = build(count=3).configure("gw1", off).configure("gw2", off).run(5)
    sizes = {(m.exchange, m.number): m.size for m in run.messages}
    assert {key: sizes[key] for key in WITHOUT_NAT_T} == WITHOUT_NAT_T
    assert {m.port for m in run.messages} == {500}
    assert {m.port for m in build(count=3).run(5).messages} == {500, 4500}


def test_without_the_pretended_translator_nothing_leaves_port_500_either() -> None:
    honest = build(count=3, gw1={"force_encap": False}, gw2={"force_encap": False}).run(5)
    assert {m.port for m in honest.messages} == {500}
    assert [m.size for m in honest.messages] == [fact.size for fact in EXCHANGES["main"][3]]
    assert any(hop.kind == "esp" for hop in honest.trace.hops)


@pytest.mark.parametrize(
    ("profiles", "complaint"),
    [
        ('gw1 = {platform = "openswan"}', "has no IKE profile"),
        ("gw1 = {patience = 3}", "does not exist"),
        ("gw1 = {dpd_delay_s = 0}", "dpd_delay_s is a number above 0"),
        ('gw1 = {phase1_mode = "quick"}', "phase1_mode is main or aggressive"),
        ('gw1 = {retransmit_s = "4 s"}', "write a number"),
        ("gw1 = {initial_contact = 1}", "write true or false"),
        ("gw9 = {}", "there are h1, gw1, gw2, h2"),
    ],
)
def test_a_wrong_profile_is_named(profiles: str, complaint: str) -> None:
    lab = Lab.from_texts(TOPOLOGY, gateway_texts(), f"[profiles]\n{profiles}\n", name="truth")
    with pytest.raises(LabError, match=complaint):
        lab.run(1)
