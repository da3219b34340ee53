"""When a way is lost the simulator does what real daemons did (`tests.truth.facts_routing`)."""

from __future__ import annotations

from typing import Any

import pytest

from ipsec_edu.core.addr import format_ip
from tests.truth.book import Book
from tests.truth.compare_identities import AT_S, identities_rows, identities_runs
from tests.truth.compare_routing import ARRIVAL, EXCHANGE, WHOLE_SECONDS, SpreadRow, links_rows, links_runs
from tests.truth.facts_routing import IDENTITIES, LINKS, Identities, Links

pytestmark = pytest.mark.xdist_group("truth-ways")

LINKS_BY_NAME = {fact.name: fact for fact in LINKS}
DIFFERENCES = {
    ("carrier1, broadcast, OSPF 1/4, DPD 10/30, clear", "route back"): ARRIVAL,
    ("silent, broadcast, OSPF 1/4, DPD 10/30, clear", "route back"): ARRIVAL,
    ("carrier2, broadcast, OSPF 1/4, DPD 10/30, clear", "route back"): EXCHANGE,
    ("silent, point-to-point, OSPF 1/4, DPD 1/3, restart", "ping outage"): WHOLE_SECONDS,
    ("silent, point-to-point, OSPF 10/40, DPD 5/15, restart", "ping outage"): WHOLE_SECONDS,
    ("two, silent on link B, DPD 5/15", "ping outage"): WHOLE_SECONDS,
    ("updown, carrier on link A, DPD 5/15", "ping outage"): WHOLE_SECONDS,
    ("updown, silent on link A, DPD 2/6", "ping outage"): WHOLE_SECONDS,
    ("updown, silent on link A, DPD 5/15", "ping outage"): WHOLE_SECONDS,
}
"""Every row that is not within what is allowed, and why; one that comes to agree has to leave."""


def wrong(rows: list[SpreadRow]) -> list[str]:
    return [row.what for row in rows if not row.ok]


def differences(name: str) -> dict[str, str]:
    return {what: why for (case, what), why in DIFFERENCES.items() if case == name}


@pytest.mark.parametrize("fact", LINKS, ids=lambda fact: fact.name)
def test_one_identity_and_two_links(fact: Links, truth: Book) -> None:
    rows = links_rows(fact)
    assert {row.what: row.because for row in rows if not row.ok} == differences(fact.name)
    truth.ways("links", fact.name, rows)


@pytest.mark.parametrize("fact", IDENTITIES, ids=lambda fact: fact.name)
def test_two_addresses_of_a_peer(fact: Identities, truth: Book) -> None:
    rows = identities_rows(fact)
    assert {row.what: row.because for row in rows if not row.ok} == differences(fact.name)
    truth.ways("identities", fact.name, rows)


def test_whole_seconds_explain_less_than_a_second() -> None:
    rows = [row for fact in LINKS for row in links_rows(fact)]
    rows += [row for fact in IDENTITIES for row in identities_rows(fact)]
    explained = [row for row in rows if row.because == WHOLE_SECONDS]
    assert len(explained) == 6
    assert all(row.off < 1 and row.unreached < 1 for row in explained)


SILENT = "silent, point-to-point, OSPF 1/4, DPD 10/30, clear"
RACE = "silent, point-to-point, OSPF 1/4, DPD 1/3, restart"


@pytest.mark.parametrize(
    ("name", "altered", "found"),
    [
        (SILENT, {"hello": (1, 5)}, "gw2's route moved"),
        (SILENT, {"hello": (1, 3)}, "gw2's route moved"),
        (SILENT, {"dpd_delay_s": 1, "dpd_timeout_s": 3}, "same cookies and SPIs"),
        (RACE, {"dead_peer_action": "clear"}, "pings come back"),
        (RACE, {"retransmit_s": 5}, "ping outage"),
        (RACE, {"dpd_delay_s": 10, "dpd_timeout_s": 30}, "same cookies and SPIs"),
        ("silent, point-to-point, OSPF 1/4, DPD 1/3, clear", {"start_action": "trap"}, "pings come back"),
        ("carrier1, point-to-point, OSPF 1/4, DPD 10/30, clear", {"network": "broadcast"}, "ping outage"),
        ("carrier1, broadcast, OSPF 1/4, DPD 10/30, clear", {"network": "point-to-point"}, "ping outage"),
    ],
)
def test_one_altered_thing_is_found_out(name: str, altered: dict[str, Any], found: str) -> None:
    fact = LINKS_BY_NAME[name]
    rows = links_rows(fact, **altered)
    unexpected = [row for row in rows if not row.ok and row.what not in differences(name)]
    unexpected += [row for row in rows if row.what in differences(name) and row.off > row.allowed]
    assert found in [row.what for row in unexpected]


def test_where_nothing_happens_to_the_sas_there_is_no_message_either() -> None:
    for at_s, _, run in links_runs(LINKS_BY_NAME[SILENT]):
        assert [m for m in run.messages if m.at_us > at_s * 1e6] == []
    for at_s, _, run in links_runs(LINKS_BY_NAME[RACE]):
        assert [m for m in run.messages if m.at_us > at_s * 1e6]


def test_only_the_first_of_the_list_is_ever_tried() -> None:
    fact = next(fact for fact in IDENTITIES if (fact.mode, fact.fault) == ("list", "silent"))

    def tried(**changed: Any) -> set[str]:
        return {
            format_ip(m.remote)
            for at_s, run in identities_runs(fact, **changed)
            for m in run.messages
            if m.sender == "gw1" and m.number == 1 and m.exchange == "main" and m.at_us > at_s * 1e6
        }

    assert len(identities_runs(fact)) == len(AT_S)
    assert tried() == {"192.0.2.2"}
    assert tried(peer_list_policy="sticky") == {"198.51.100.2"}
    assert wrong(identities_rows(fact, peer_list_policy="sticky")) == ["pings come back"]


def test_with_a_death_found_sooner_the_second_tunnel_takes_over_sooner() -> None:
    fact = next(fact for fact in IDENTITIES if (fact.mode, fact.link) == ("two", "B"))
    (row,) = identities_rows(fact, dpd_timeout_s=12)
    assert row.off > 2 > row.allowed
