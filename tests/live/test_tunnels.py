"""Against a real strongSwan, in both roles: a tunnel comes up, carries pings, and is taken down in order."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.live.charon import Charon
from tests.live.peer import Peer
from tests.live.scenarios import TUNNELS
from tests.truth.book import Book
from tests.truth.facts import EXCHANGES

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("live")]

Start = Callable[..., Peer]
DAEMONS_HOST = "10.2.0.1"


def told(result: dict[str, Any], initiator: str) -> list[tuple[object, ...]]:
    """Return the messages that build the tunnel, in the form of the facts.

    In the order of the exchanges: the daemon sends Aggressive Mode 3 and Quick Mode 1 from two threads,
    and who is handed Quick Mode 1 first drops it and gets it again.
    """
    build = [
        (
            "initiator" if message["from"] == initiator else "responder",
            message["exchange"],
            message["n"],
            " ".join(message["payloads"]),
            message["bytes"],
            message["port"],
            message["notify"],
        )
        for message in result["messages"]
        if message["exchange"] != "informational" and not message["retransmission"]
    ]
    return sorted(build, key=lambda message: (message[1] == "quick", message[2]))


def deletes(result: dict[str, Any], sender: str) -> list[list[str]]:
    return [m["payloads"] for m in result["messages"] if m["from"] == sender and "D" in m["payloads"]]


def spis(result: dict[str, Any], kind: str) -> list[int]:
    return [int(sa["id"], 16) for sa in result["sas"] if sa["kind"] == kind]


@pytest.mark.parametrize("name", TUNNELS)
def test_we_begin(name: str, charon: Charon, start: Start, truth: Book) -> None:
    connection = TUNNELS[name]
    peer = start(connection, "--ping", DAEMONS_HOST, "--for", "30")
    peer.wait_for("ping .* answered")
    listed = charon.sas(connection.octet)
    result = peer.finish()

    assert result["established"] and result["reason"] is None
    assert any(ping["answered"] for ping in result["pings"])
    messages = told(result, f"192.0.2.{connection.octet}")
    if name in EXCHANGES:
        assert messages == [tuple(fact) for fact in EXCHANGES[name][3]]
    # The daemon holds the same pair of SAs, mirrored, in UDP.
    assert "ESTABLISHED" in listed and "TUNNEL-in-UDP" in listed
    assert [int(spi, 16) for spi in re.findall(r"^ +in +(\w+),", listed, re.M)] == spis(result, "esp-out")
    assert [int(spi, 16) for spi in re.findall(r"^ +out +(\w+),", listed, re.M)] == spis(result, "esp-in")
    # Our two Deletes end it there too.
    assert deletes(result, f"192.0.2.{connection.octet}") == [["HASH", "D"], ["HASH", "D"]]
    charon.wait_for(rf"received DELETE for IKE_SA c{connection.octet}\[")
    assert charon.sas(connection.octet).strip() == ""
    truth.live(charon.version, name, "initiator", connection, messages)


@pytest.mark.parametrize("name", EXCHANGES)
def test_the_daemon_begins(name: str, charon: Charon, start: Start, truth: Book) -> None:
    connection = TUNNELS[name]
    peer = start(connection, "--role", "responder")
    peer.wait_for("listening")
    said = charon.initiate(connection.octet)
    assert "initiate completed successfully" in said, said
    peer.wait_for("IPsec SA up")
    assert charon.ping(f"10.1.{connection.octet}.1")
    assert f"answering a ping from {DAEMONS_HOST}" in peer.story  # it came through the tunnel
    charon.control("--terminate", "--ike", f"c{connection.octet}")
    peer.wait_for("IKE SA down")
    result = peer.finish()

    messages = told(result, "192.0.2.1")
    assert messages == [tuple(fact) for fact in EXCHANGES[name][3]]
    assert {sa["reason"] for sa in result["sas"]} == {"delete"}
    assert deletes(result, "192.0.2.1") == [["HASH", "D"], ["HASH", "D"]]
    assert deletes(result, f"192.0.2.{connection.octet}") == []
    truth.live(charon.version, name, "responder", connection, messages)


def test_the_sizes_are_the_same_in_both_roles(charon: Charon, start: Start) -> None:
    connection = TUNNELS["3des-md5"]
    ours = told(start(connection).result(), f"192.0.2.{connection.octet}")
    peer = start(connection, "--role", "responder")
    peer.wait_for("listening")
    charon.initiate(connection.octet)
    peer.wait_for("IPsec SA up")
    assert told(peer.finish(), "192.0.2.1") == ours
    assert len(ours) == 9
