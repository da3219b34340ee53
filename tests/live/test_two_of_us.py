"""Two of our own ends on this machine's loopback, without any rights: `ipsec_edu.live` by itself."""

from __future__ import annotations

import asyncio
import json
import socket
from dataclasses import replace
from typing import Any

import pytest

from ipsec_edu.cli import main
from ipsec_edu.core.addr import Prefix, parse_ip
from ipsec_edu.core.errors import LiveError
from ipsec_edu.ike.settings import Dpd
from ipsec_edu.live.notes import PeerResult
from ipsec_edu.live.options import PeerOptions, parse_dpd
from ipsec_edu.live.peer import LivePeer, SystemRng
from ipsec_edu.live.proposals import esp_proposal, ike_proposal
from ipsec_edu.report import peer_to_dict, run_to_dict
from tests.truth.facts import EXCHANGES
from tests.truth.lab import build

NETS = ["--local-net", "10.1.0.0/24", "--remote-net", "10.2.0.0/24"]


def free_port() -> int:
    """Return a port that is free, with its partner for NAT traversal, on both loopback addresses."""
    for port in range(20500, 24000, 7):
        try:
            for address in ("127.0.0.1", "127.0.0.2"):
                for number in (port, port + 4000):
                    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
                        probe.bind((address, number))
        except OSError:
            continue
        return port
    raise AssertionError("no free port")


def options(**changed: Any) -> tuple[PeerOptions, PeerOptions]:
    """Return the options of an initiator with a ping, and of a responder."""
    port = free_port()
    esp, group = esp_proposal(changed.pop("esp", "aes256-sha1"))
    left = PeerOptions(
        local=parse_ip("127.0.0.1"),
        remote=parse_ip("127.0.0.2"),
        psk=b"shared",
        local_net=Prefix.parse("10.1.0.0/24"),
        remote_net=Prefix.parse("10.2.0.0/24"),
        ike=ike_proposal(changed.pop("ike", "aes256-sha1-modp1536")),
        esp=esp,
        pfs_group=group,
        local_port=port,
        remote_port=port,
        ping=parse_ip("10.2.0.9"),
        **changed,
    )
    right = replace(
        left,
        local=left.remote,
        remote=left.local,
        local_net=left.remote_net,
        remote_net=left.local_net,
        initiator=False,
        ping=None,
        dpd=Dpd(),
    )
    return left, right


def meet(left: PeerOptions, right: PeerOptions) -> tuple[PeerResult, PeerResult, list[str]]:
    """Let two peers talk until the initiator is done; return both results and the responder's story."""
    story: list[str] = []

    async def both() -> tuple[PeerResult, PeerResult]:
        responder = LivePeer(right, story.append)
        waiting = asyncio.create_task(responder.run())
        result = await LivePeer(left).run()
        for _ in range(100):  # its Deletes are on their way
            if not responder.core.ike_sas:
                break
            await asyncio.sleep(0.01)
        responder._done.set()
        return result, await waiting

    return (*asyncio.run(both()), story)


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"mode": "aggressive"},
        {"esp": "aes256-sha1-modp1536"},
        {"ike": "3des-md5-modp1024", "esp": "3des-md5"},
        {"esp": "aes256gcm16"},
        {"esp": "null-sha256"},
    ],
    ids=str,
)
def test_a_tunnel_comes_up_and_carries_a_ping(changed: dict[str, Any]) -> None:
    ours, theirs, story = meet(*options(**changed))
    assert ours.ok and ours.reason is None and theirs.established
    assert any("answering a ping from 10.1.0.1" in line for line in story)
    assert [(sa.kind, sa.reason) for sa in theirs.sas] == [
        (k, "delete") for k in ("ike", "esp-in", "esp-out")
    ]
    assert {sa.id for sa in ours.sas} == {sa.id for sa in theirs.sas}
    sent = [(m.sender, m.exchange, m.number, m.payloads, m.size) for m in ours.messages]
    assert sent == [(m.sender, m.exchange, m.number, m.payloads, m.size) for m in theirs.messages]


def test_the_messages_are_those_of_the_simulator() -> None:
    ours, _, _ = meet(*options())
    sizes = [m.size for m in ours.messages if m.exchange != "informational"]
    assert sizes == [fact.size for fact in EXCHANGES["main"][3]]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"psk": b"other"}, "the pre-shared keys differ"),
        ({"ike": ike_proposal("aes128-sha1-modp1536")}, "refuses phase 1: NO-PROPOSAL-CHOSEN"),
        ({"esp": esp_proposal("aes128-sha1")[0]}, "refuses Quick Mode: NO-PROPOSAL-CHOSEN"),
        ({"local_net": Prefix.parse("10.9.0.0/24")}, "refuses Quick Mode: INVALID-ID-INFORMATION"),
    ],
    ids=["psk", "ike", "esp", "net"],
)
def test_what_differs_at_the_other_end_is_said(changed: dict[str, Any], reason: str) -> None:
    left, right = options(for_s=0.5 if "psk" in changed else None)
    ours, theirs, _ = meet(left, replace(right, **changed))
    assert not ours.ok and not ours.established and not theirs.established
    assert reason in (ours.reason or "")


def test_nobody_there() -> None:
    left, _ = options(for_s=0.2)
    result = asyncio.run(LivePeer(left).run())
    assert not result.established
    assert "no answer from 127.0.0.2" in (result.reason or "")


def test_strangers_and_nonsense_change_nothing() -> None:
    _, right = options()
    stories: list[str] = []

    async def disturbed() -> PeerResult:
        peer = LivePeer(replace(right, for_s=0.4), stories.append)
        waiting = asyncio.create_task(peer.run())
        while not stories:  # until it listens
            await asyncio.sleep(0.01)
        for source in ("127.0.0.1", "127.0.0.3"):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                sender.bind((source, 0))
                for data in (b"", b"\xff", b"nonsense", bytes(60), bytes(range(1, 200))):
                    for port in right.local_ports:
                        sender.sendto(data, ("127.0.0.2", port))
        return await waiting

    result = asyncio.run(disturbed())
    assert result.messages == [] and result.sas == []
    assert any("127.0.0.3, which is not --remote" in line for line in stories)
    assert any("dropped ESP" in line for line in stories)


def test_its_json_has_the_keys_of_a_run() -> None:
    ours, _, _ = meet(*options())
    result, run = peer_to_dict(ours), run_to_dict(build(count=2).run(5))
    json.dumps(result)
    assert result["messages"][0].keys() == run["messages"][0].keys()
    assert result["sas"][0].keys() == run["sas"][0].keys()
    assert result.keys() == {"messages", "sas", "pings", "established", "reason"}
    assert result["pings"][0].keys() == {"to", "sent", "answered", "rtt"}


def test_a_port_that_is_taken_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    port = free_port()
    words = ["peer", "--local", f"127.0.0.1:{port}", "--remote", "127.0.0.2", "--psk", "k", *NETS]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", port + 4000))
        assert main(words) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "another program has the port" in error


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--ike", "aes999-sha1-modp1536"], "aes999 is no cipher; known are des 3des aes128"),
        (["--ike", "aes256-sha1"], "write CIPHER-HASH-GROUP"),
        (["--ike", "aes256-sha1-modp9"], "modp9 is no group; known are modp768"),
        (["--esp", "aes256"], "nothing is no hash"),
        (["--esp", "aes256-sha1-modp1536-x"], "x is too much"),
        (["--dpd", "5"], "write DELAY,TIMEOUT"),
        (["--dpd", "5,5"], "the timeout above the delay"),
        (["--ping", "10.7.0.1"], "is not in --remote-net"),
        (["--local", "127.0.0.1:0"], "a port is 1 to 61535"),
        (["--local", "0.0.0.0"], "names nobody"),
        (["--local", "gw1"], "not an IPv4 address"),
        (["--local", "203.0.113.77:10500"], "does not have the address"),
        (["--remote-net", "10.2.0.0/33"], "write a prefix"),
        (["--rekey", "0"], "--rekey 0: give a number of seconds"),
        (["--for", "-1"], "--for -1: give a number of seconds"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_word_is_answered_with_the_right_ones(
    words: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    usual = ["--local", "127.0.0.1:10500", "--remote", "127.0.0.2", "--psk", "k", *NETS]
    assert main(["peer", *usual, *words]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and complaint in error


def test_proposals_and_timers_are_read_as_they_are_written() -> None:
    policy = ike_proposal("AES128-SHA256-MODP2048")
    assert (policy.encryption, policy.key_bits, policy.hash, policy.group) == ("aes", 128, "sha256", 14)
    transform, group = esp_proposal("aes128gcm16-modp2048")
    assert (transform.esp_encryption, transform.esp_integrity, group) == ("aes-gcm", None, 14)
    assert parse_dpd("5,15") == Dpd("timeout", interval_s=5, timeout_s=15)
    with pytest.raises(LiveError):
        ike_proposal("")


def test_keys_on_a_real_network_cannot_be_guessed() -> None:
    one, other = SystemRng(0), SystemRng(0)
    assert one.bytes(16) != other.bytes(16)  # the simulator's streams with one seed are equal
    assert all(5 <= one.u32(5, 7) <= 7 for _ in range(50))
    assert one.child("x").bytes(8) != one.child("x").bytes(8)
