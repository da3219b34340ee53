"""Against a real strongSwan: what cannot work fails the way two strongSwans fail with each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.live.charon import Charon
from tests.live.namespaces import DAEMON
from tests.live.peer import Peer
from tests.live.scenarios import CONNECTIONS
from tests.live.test_tunnels import told
from tests.truth.book import Book
from tests.truth.facts import FAILURES

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("live")]

Start = Callable[..., Peer]

OURS = {
    "psk": ("--psk", "only we know"),
    "ike-proposal": ("--ike", "aes256-sha1-modp1536"),
    "esp-proposal": ("--esp", "aes256-sha1"),
    "selectors": ("--local-net", "10.1.113.0/24"),
}
"""What we believe, which is not what the daemon's connection of the same name says."""
STAND = {"psk": (0, 0), "ike-proposal": (0, 0), "esp-proposal": (1, 0), "selectors": (1, 0)}
"""How many IKE SAs and pairs of IPsec SAs there are after the failure."""
SPOKEN = {
    "ike-proposal": "NO_PROPOSAL_CHOSEN",
    "esp-proposal": "NO_PROPOSAL_CHOSEN",
    "selectors": "INVALID_ID_INFORMATION",
}
"""How the daemon's log calls our notify."""
QUICK = ("esp-proposal", "selectors")


def standing(result: dict[str, Any]) -> tuple[int, int]:
    """Return how many IKE SAs and pairs of IPsec SAs came up."""
    up = [sa["kind"] for sa in result["sas"] if sa["up"] is not None]
    return up.count("ike"), up.count("esp-in")


def notifies(result: dict[str, Any], sender: str) -> list[tuple[str, bool]]:
    """Return the errors that `sender` told, and whether encrypted."""
    names = ("INITIAL-CONTACT", None)
    return [
        (m["notify"], m["encrypted"])
        for m in result["messages"]
        if m["from"] == sender and m["notify"] not in names
    ]


@pytest.mark.parametrize("name", OURS)
def test_we_begin_in_vain(name: str, charon: Charon, start: Start, truth: Book) -> None:
    connection, fact = CONNECTIONS[name], FAILURES[name]
    stays = ("--for", "30")
    peer = start(connection, *OURS[name], *stays)
    if name == "psk":
        peer.wait_for("received informational 1")
        result = peer.finish()
    elif fact.phase1_stays:
        peer.wait_for("the peer refuses Quick Mode")
        assert "ESTABLISHED" in charon.sas(connection.octet)
        result = peer.finish()
    else:
        result = peer.result()  # it gives up by itself
        assert charon.sas(connection.octet).strip() == ""

    assert not result["established"] and result["reason"] and result["pings"] == []
    assert standing(result) == STAND[name]
    if name == "psk":
        # The refusal is encrypted with a key that we lack, so that nobody can read it.
        unreadable = next(m for m in result["messages"] if m["from"] == DAEMON and m["encrypted"])
        assert unreadable["exchange"] == "informational" and unreadable["port"] == 500
        assert "the pre-shared keys differ" in result["reason"]
        charon.wait_for(rf"c{connection.octet}.*PLD_MAL|decryption failed")
    else:
        assert notifies(result, DAEMON) == [(fact.notify, name in QUICK)]
        assert fact.notify is not None and fact.notify in result["reason"]
        exchanged = [m for m in result["messages"] if "D" not in m["payloads"]]
        assert len(exchanged) == fact.messages
        assert not any(m["retransmission"] for m in exchanged)
    truth.add(
        "failures",
        daemon=charon.version,
        name=name,
        role="initiator",
        notify=", ".join(word for word, _ in notifies(result, DAEMON)) or "unreadable",
        stays=standing(result)[0] == 1,
        reason=result["reason"],
    )


@pytest.mark.parametrize("name", OURS)
def test_the_daemon_begins_in_vain(name: str, charon: Charon, start: Start, truth: Book) -> None:
    connection, fact = CONNECTIONS[name], FAILURES[name]
    peer = start(connection, "--role", "responder", *OURS[name])
    peer.wait_for("listening")
    said = charon.initiate(connection.octet, 1 if name == "psk" else 5)
    assert "initiate failed" in said or "not established" in said, said
    if name == "psk":
        peer.wait_for("the pre-shared keys differ")
        charon.wait_for(rf"c{connection.octet}\|.*(ignore malformed|could not decrypt|decryption failed)")
    else:
        charon.wait_for(rf"c{connection.octet}\|.*received {SPOKEN[name]}")
    listed = charon.sas(connection.octet)
    assert ("ESTABLISHED" in listed) == fact.phase1_stays
    assert "INSTALLED" not in listed
    charon.control("--terminate", "--ike", f"c{connection.octet}", "--force")
    result = peer.finish()
    assert not result["established"] and standing(result) == STAND[name]
    if name != "psk":
        assert notifies(result, f"192.0.2.{connection.octet}") == [(fact.notify, name in QUICK)]
    else:
        assert notifies(result, f"192.0.2.{connection.octet}") == [("PAYLOAD-MALFORMED", True)]
    truth.add(
        "failures",
        daemon=charon.version,
        name=name,
        role="responder",
        notify=", ".join(word for word, _ in notifies(result, f"192.0.2.{connection.octet}")),
        stays=standing(result)[0] == 1,
        reason=result["reason"],
    )


def test_the_same_connection_with_the_daemons_key_comes_up(charon: Charon, start: Start) -> None:
    """The control of all of the above: nothing but the key was in the way."""
    connection = CONNECTIONS["psk"]
    result = start(connection).result()
    assert result["established"] and standing(result) == (1, 1)
    assert len(told(result, f"192.0.2.{connection.octet}")) == 9
