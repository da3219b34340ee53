"""What the ladder is drawn from: bytes, fields, state machines and keys of the messages of a run."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ipsec_edu import Lab
from ipsec_edu.ike.crypto import RealCrypto
from ipsec_edu.views import message_data as module
from ipsec_edu.views.message_data import message_data
from ipsec_edu.views.stage_data import stage_data
from tests.views.fixture_run import sample_run

FAULTS = ["30 cut ASA1:GigabitEthernet0/1", "60 mend ASA1:GigabitEthernet0/1"]


@pytest.fixture(scope="module")
def run() -> Any:
    return Lab.load("site-to-site").run(faults=FAULTS)


@pytest.fixture(scope="module")
def ladder(run: Any) -> dict[str, Any]:
    return ladder_of(run)


def ladder_of(run: Any) -> dict[str, Any]:
    return message_data(run, {name: i for i, name in enumerate(run.lab.layout["nodes"])})


def named(run: Any, name: str) -> int:
    """The place of the first Main or Quick Mode message of that name: ``MM5``."""
    exchange = {"MM": "main", "QM": "quick"}[name[:2]]
    return next(i for i, m in enumerate(run.messages) if m.exchange == exchange and m.number == int(name[2:]))


def flat(ladder: dict[str, Any], message: int) -> list[tuple[int, str, str | None, int, int]]:
    words, numbers = ladder["words"], ladder["bodies"][ladder["rows"][message][0]][2]
    fives = [numbers[at : at + 5] for at in range(0, len(numbers), 5)]
    return [(d, words[n], None if v < 0 else words[v], offset, length) for d, n, v, offset, length in fives]


def test_every_byte_of_every_message_belongs_to_one_payload(run: Any, ladder: dict[str, Any]) -> None:
    for i, message in enumerate(run.messages):
        payloads = [(offset, length) for depth, _, _, offset, length in flat(ladder, i) if depth == 0]
        ends = [0, *(offset + length for offset, length in payloads)]
        assert [offset for offset, _ in payloads] == ends[:-1] and ends[-1] == len(message.clear)


def test_the_fields_of_main_mode_message_5(run: Any, ladder: dict[str, Any]) -> None:
    fields = flat(ladder, named(run, "MM5"))
    assert [name for depth, name, *_ in fields if depth == 0] == [
        "ISAKMP header",
        "Identification",
        "Hash",
        "Notification",
    ]
    assert (1, "Identification", "203.0.113.1", 36, 4) in fields
    assert (1, "Notify type", "INITIAL-CONTACT (24578)", 74, 2) in fields
    assert (1, "Next, length", "Notification (11), 24", 40, 4) in fields
    assert (1, "Data", None, 44, 20) in fields, "what is only bytes is not written twice"


def test_a_retransmission_refers_to_the_bytes_of_its_original(run: Any, ladder: dict[str, Any]) -> None:
    again = [i for i, m in enumerate(run.messages) if m.retransmission]
    assert again
    for i in again:
        assert ladder["rows"][i][0] == ladder["rows"][again[0] - 1][0]
    assert len(ladder["bodies"]) == len({m.wire for m in run.messages}) < len(run.messages)


def test_the_keys_and_ivs_that_are_shown_open_every_encrypted_message(
    run: Any, ladder: dict[str, Any]
) -> None:
    keys = {entry["cookie"]: entry for entry in ladder["keys"]["ike"]}
    opened = 0
    for message, (_, _, _, _, iv, _, cookie, _) in zip(run.messages, ladder["rows"], strict=True):
        assert bool(iv) == message.encrypted
        if not iv:
            continue
        key, sealed = bytes.fromhex(keys[cookie]["ka"]), message.wire[28:]
        assert RealCrypto().decrypt("aes", key, bytes.fromhex(iv), sealed) == message.clear[28:]
        assert RealCrypto().decrypt("aes", key, bytes(16), sealed) != message.clear[28:]
        opened += 1
    assert opened == 18


def test_the_keys_follow_from_what_stands_beside_them(ladder: dict[str, Any]) -> None:
    for entry in ladder["keys"]["ike"]:
        value = {
            k: bytes.fromhex(entry[k])
            for k in ("ni", "nr", "gx", "gy", "gxy", "skeyid", "d", "a", "e", "ka", "iv")
        }

        def prf(key: bytes, data: bytes) -> bytes:
            return hmac.digest(key, data, "sha1")

        cookies = next(
            bytes.fromhex(body[0][:32])
            for body in ladder["bodies"]
            if body[0].startswith(entry["cookie"]) and body[0][16:32] != "0" * 16
        )
        skeyid = prf(entry["psk"].encode(), value["ni"] + value["nr"])
        assert value["skeyid"] == skeyid != prf(b"another key", value["ni"] + value["nr"])
        assert value["d"] == prf(skeyid, value["gxy"] + cookies + b"\0")
        assert value["a"] == prf(skeyid, value["d"] + value["gxy"] + cookies + b"\1")
        assert value["e"] == prf(skeyid, value["a"] + value["gxy"] + cookies + b"\2")
        one = prf(value["e"], b"\0")
        assert value["ka"] == (one + prf(value["e"], one))[:32]
        assert value["iv"] == hashlib.sha1(value["gx"] + value["gy"]).digest()[:16]
        assert entry["cipher"] == "AES-256-CBC"


def test_the_keys_of_the_esp_sas_follow_too(run: Any, ladder: dict[str, Any]) -> None:
    ike = {entry["cookie"]: entry for entry in ladder["keys"]["ike"]}
    children = ladder["keys"]["child"]
    assert {f"0x{child['spi']}" for child in children} == {sa.id for sa in run.sas if sa.kind == "esp-in"}
    for child in children:
        key = bytes.fromhex(ike[child["cookie"]]["d"])
        seed = b"\3" + bytes.fromhex(child["spi"] + child["ni"] + child["nr"])
        material, block = b"", b""
        while len(material) < 52:
            block = hmac.digest(key, block + seed, "sha1")
            material += block
        assert (child["enc"], child["auth"]) == (material[:32].hex(), material[32:52].hex())


def test_two_ends_with_different_pre_shared_keys_have_an_entry_each(ladder: dict[str, Any]) -> None:
    cookies = [entry["cookie"] for entry in ladder["keys"]["ike"]]
    assert len(cookies) == len(set(cookies)), "the same keys stand there once"
    wrong = ladder_of(Lab.load("site-to-site").variant("psk-mismatch").run(until=5))
    first = [entry for entry in wrong["keys"]["ike"] if entry["cookie"] == wrong["rows"][0][6]]
    assert len(first) == 2 and first[0]["gxy"] == first[1]["gxy"]
    assert first[0]["skeyid"] != first[1]["skeyid"] and first[0]["psk"] != first[1]["psk"]


def test_behind_a_translator_a_message_is_meant_for_the_gateway_not_for_who_owns_the_address() -> None:
    run = Lab.load("site-to-site").variant("udp-4500-blocked").run(until=5)
    names = list(run.lab.layout["nodes"])
    answers = [
        (message.receiver, names[row[7]])
        for message, row in zip(run.messages, ladder_of(run)["rows"], strict=True)
        if message.sender == "ASA2"
    ]
    assert answers and all(owner != "ASA1" and meant == "ASA1" for owner, meant in answers)


def test_a_message_knows_the_step_that_sent_it_and_the_step_that_it_caused(
    run: Any, ladder: dict[str, Any]
) -> None:
    def taken(step: int) -> list[str]:
        _, _, table, row, _, _ = ladder["steps"][step]
        return [ladder["words"][word] for word in ladder["tables"][table]["rows"][row][:4]]

    _, _, sent, heard, *_ = ladder["rows"][named(run, "MM5")]
    assert taken(sent) == ["public value sent", "message 4: KE, nonce", "send identity", "identity sent"]
    assert taken(heard)[1:] == ["message 5: ID, HASH", "answer identity", "up"]
    lost = next(i for i, m in enumerate(run.messages) if m.notify == "R-U-THERE")
    assert taken(ladder["rows"][lost][2])[1:3] == ["silent for too long", "ask"]
    assert ladder["rows"][lost][3] == -1, "a lost message moves nothing at the other end"


def test_the_words_on_the_life_lines_are_those_of_show(run: Any, ladder: dict[str, Any]) -> None:
    names = list(run.lab.layout["nodes"])
    assert ladder["marks"]
    for at_us, node, _, word in ladder["marks"][:7]:
        assert word in run.at(at_us / 1e6).show(names[node], "show crypto ikev1 sa")
    assert "MM_ACTIVE" not in run.at(1.0).show("ASA1", "show crypto ikev1 sa")


def test_what_cannot_be_read_has_no_fields_and_breaks_nothing() -> None:
    made = sample_run()
    ladder = stage_data(made)["ladder"]
    assert len(ladder["rows"]) == len(made.trace.messages)
    assert all(row[0] == -1 for row in ladder["rows"]), "the hand-made run has no bytes"


def test_a_long_run_carries_the_bytes_of_its_first_messages_only(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BODY_LIMIT", 3)
    short = ladder_of(run)
    assert len(short["bodies"]) == 3 and short["limit"] == 3
    assert [row[0] for row in short["rows"][:5]] == [0, 1, 2, -1, -1]


def test_a_model_run_says_that_its_cipher_is_one() -> None:
    made = ladder_of(Lab.load("site-to-site").run(until=5, fidelity="model"))
    assert [entry["model"] for entry in made["keys"]["ike"]] == [True]


def test_the_ladder_of_the_sample_run_stays_small(run: Any) -> None:
    assert len(json.dumps(stage_data(run)["ladder"], separators=(",", ":"))) < 50_000


def test_the_parts_of_the_ladder_that_need_no_browser(
    run: Any, stage_module: Path, node: str, tmp_path: Path
) -> None:
    (tmp_path / "data.json").write_text(json.dumps(stage_data(run)), encoding="utf-8")
    environment = {
        **os.environ,
        "STAGE_SCRIPT": str(stage_module),
        "STAGE_DATA": str(tmp_path / "data.json"),
    }
    test = Path(__file__).parent.parent / "js" / "messages.test.mjs"
    done = subprocess.run(
        [node, "--test", str(test)], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "# fail 0" in done.stdout
