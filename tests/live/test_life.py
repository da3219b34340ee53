"""Against a real strongSwan: dead-peer detection both ways, renewal of the IPsec SA both ways."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.live.charon import Charon
from tests.live.namespaces import DAEMON, Process, wait_until
from tests.live.peer import Peer
from tests.live.scenarios import CONNECTIONS
from tests.truth.book import Book

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("live")]

Start = Callable[..., Peer]
DELAY_S, TIMEOUT_S = 1, 3
LATE_S = 0.5
"""What a busy machine adds."""


@contextmanager
def frozen(process: Process) -> Iterator[None]:
    """Stop a program in the middle of what it does: its machine goes on, it is silent."""
    process.signal("STOP")
    try:
        yield
    finally:
        process.signal("CONT")


def times(result: dict[str, Any], sender: str, notify: str) -> list[float]:
    return [m["at"] for m in result["messages"] if m["from"] == sender and m["notify"] == notify]


def test_each_answers_the_others_question(charon: Charon, start: Start, truth: Book) -> None:
    # Two tunnels: in one and the same, a question is news, so whoever asks first keeps the other silent.
    asks, asked = CONNECTIONS["dpd-ours"], CONNECTIONS["dpd"]
    first = start(asks, "--dpd", f"{DELAY_S},{TIMEOUT_S}", "--for", "30")
    second = start(asked, "--for", "30")
    first.wait_for("received informational 1 R-U-THERE-ACK")
    second.wait_for("sent informational 1 R-U-THERE-ACK")
    ours, theirs = first.finish(), second.finish()
    assert times(ours, f"192.0.2.{asks.octet}", "R-U-THERE") and times(ours, DAEMON, "R-U-THERE-ACK")
    assert times(theirs, DAEMON, "R-U-THERE") and times(theirs, f"192.0.2.{asked.octet}", "R-U-THERE-ACK")
    for result in (ours, theirs):
        sizes = [(m["payloads"], m["bytes"]) for m in result["messages"] if "R-U-" in (m["notify"] or "")]
        assert sizes == [(["HASH", "N"], 92)] * len(sizes)
        assert {sa["reason"] for sa in result["sas"]} == {"delete"}  # nobody was given up
    truth.add("life", daemon=charon.version, what="R-U-THERE answered, both ways", found="yes")


def test_we_give_up_a_silent_daemon(charon: Charon, start: Start, truth: Book) -> None:
    connection = CONNECTIONS["dpd-ours"]
    peer = start(connection, "--dpd", f"{DELAY_S},{TIMEOUT_S}", "--for", "30")
    peer.wait_for("IPsec SA up")
    with frozen(charon.process):
        peer.wait_for("dead-peer detection gave the peer up")
        result = peer.finish()
    last = max(m["at"] for m in result["messages"] if m["from"] == DAEMON)
    died = next(sa["down"] for sa in result["sas"] if sa["kind"] == "ike")
    assert {sa["reason"] for sa in result["sas"]} == {"dpd"}
    assert TIMEOUT_S <= died - last <= TIMEOUT_S + LATE_S
    asked = [at for at in times(result, f"192.0.2.{connection.octet}", "R-U-THERE") if at > last]
    assert [round(at - last) for at in asked] == [DELAY_S, 2 * DELAY_S]
    truth.add(
        "life",
        daemon=charon.version,
        what="daemon silent: we give it up after (s)",
        found=f"{died - last:.2f}",
    )


def test_the_daemon_gives_us_up(charon: Charon, start: Start, truth: Book) -> None:
    connection = CONNECTIONS["dpd"]
    name = f"c{connection.octet}"
    peer = start(connection, "--for", "30")
    peer.wait_for("IPsec SA up")
    assert "INSTALLED" in charon.sas(connection.octet)
    mark = len(charon.log)
    with frozen(peer.process):
        wait_until(
            lambda: re.search(rf"{name}\|.*enforcing DPD action", charon.log[mark:]), "the daemon's DPD"
        )
        wait_until(lambda: not charon.sas(connection.octet).strip(), "its SAs to go")
    assert len(re.findall(rf"{name}\|.*sending DPD request", charon.log[mark:])) == 2
    result = peer.finish()
    assert not times(result, DAEMON, "R-U-THERE-ACK")
    truth.add(
        "life", daemon=charon.version, what="we are silent: it gives us up after 2 questions", found="yes"
    )


def pair(listed: str) -> list[tuple[int, int]]:
    """Return the SPIs (in, out) that the daemon lists as installed."""
    found = re.findall(r"INSTALLED.*?^ +in +(\w+),.*?^ +out +(\w+),", listed, re.M | re.S)
    return [(int(inbound, 16), int(outbound, 16)) for inbound, outbound in found]


def spis(result: dict[str, Any]) -> list[tuple[int, int]]:
    """Return our pairs (out, in), oldest first."""
    ways = [
        [int(sa["id"], 16) for sa in result["sas"] if sa["kind"] == kind] for kind in ("esp-out", "esp-in")
    ]
    return list(zip(*ways, strict=True))


@pytest.mark.parametrize("who", ["we", "the daemon"])
def test_the_ipsec_sa_is_renewed(who: str, charon: Charon, start: Start, truth: Book) -> None:
    connection = CONNECTIONS["rekey"]
    options = ("--rekey", "1") if who == "we" else ()
    peer = start(connection, *options, "--for", "30")
    peer.wait_for("IPsec SA up")
    before = pair(charon.sas(connection.octet))
    if who == "the daemon":
        charon.control("--rekey", "--child", f"n{connection.octet}")
    peer.wait_for("IPsec SA renewed")
    wait_until(
        lambda: len(pair(charon.sas(connection.octet))) >= 1 and pair(charon.sas(connection.octet)) != before,
        "the daemon's new SA",
    )
    assert charon.ping(f"10.1.{connection.octet}.1")
    listed = pair(charon.sas(connection.octet))
    result = peer.finish()
    ours = spis(result)
    assert len(ours) >= 2 and ours[0] == before[0] and set(ours[1:]) & set(listed)
    assert sum(sa["kind"] == "ike" for sa in result["sas"]) == 1  # under the same IKE SA
    quick = [m["n"] for m in result["messages"] if m["exchange"] == "quick"]
    assert quick == [1, 2, 3] * len(ours)  # on a slow machine there is time for one more
    begun = [m["from"] for m in result["messages"] if (m["exchange"], m["n"]) == ("quick", 1)]
    assert begun[1] == (f"192.0.2.{connection.octet}" if who == "we" else DAEMON)
    truth.add("life", daemon=charon.version, what=f"IPsec SA renewed; {who} began", found="yes")
