"""What others published (RFC 3602, RFC 2202, RFC 4868, the GCM draft) and what a real daemon sent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ipsec_edu.core.acl import Selector
from ipsec_edu.core.addr import Prefix
from ipsec_edu.core.causes import Cause
from ipsec_edu.core.errors import WireError
from ipsec_edu.ike.events import ChildSa, Liveness
from ipsec_edu.ike.settings import ChildPolicy, TransformSet
from ipsec_edu.ipsec.ciphers import icv, make_cipher
from ipsec_edu.ipsec.spd import Spd
from ipsec_edu.ipsec.stack import Accepted, Discard, IpsecStack, is_ipsec
from ipsec_edu.ipsec.transforms import esp_transform
from ipsec_edu.wire import esp
from ipsec_edu.wire.icmp import Echo
from ipsec_edu.wire.packet import Packet

CAPTURES = Path(__file__).parent.parent / "data" / "captures"

RFC3602_KEY = bytes.fromhex("90d382b410eeba7ad938c46cec1a82bf")
RFC3602_IV = bytes.fromhex("e96e8c08ab465763fd098d45dd3ff893")
RFC3602_BODY = bytes.fromhex("08000ebda70a00008e9c083db95b0700") + bytes(range(8, 56))
RFC3602_CIPHERTEXT = bytes.fromhex(
    "f663c25d325c18c6a9453e194e120849a4870b66cc6b9965330013b4898dc856"
    "a4699e523a55db080b59ec3a8e4b7e52775b07d1db34ed9c538ab50c551b874aa269add047ad2d5913ac19b7cfbad4a6"
)


def test_rfc_3602_case_5_echo_request_in_transport_mode() -> None:
    cipher = make_cipher(esp_transform("aes", 128, None, "transport"), (RFC3602_KEY, b""))
    packet = esp.head(0x4321, 1) + RFC3602_IV + RFC3602_CIPHERTEXT
    assert cipher.open(packet) == (RFC3602_BODY, 1)
    # The same plaintext under our own IV: other bytes, same content.
    ours = cipher.seal(0x4321, 1, RFC3602_BODY, 1)
    assert len(ours) == len(packet) and ours != packet and cipher.open(ours) == (RFC3602_BODY, 1)


@pytest.mark.parametrize(("name", "bits", "block"), [("aes", 256, 16), ("3des", 0, 8), ("des", 0, 8)])
def test_each_cbc_packet_is_opened_on_its_own(name: str, bits: int, block: int) -> None:
    """Order, a forged packet and a cut one in between make no difference to what the next one says."""
    transform = esp_transform(name, bits, None, "tunnel")
    keys = bytes(range(transform.encryption.key_size)), b""
    cipher = make_cipher(transform, keys)
    sealed = [cipher.seal(7, number, bytes([number]) * 100, 4) for number in range(1, 4)]
    expected = [(bytes([number]) * 100, 4) for number in range(1, 4)]
    cut = sealed[0][: 8 + 3 * block + 1]
    for index in (2, 0, 1, 1):
        fresh = make_cipher(transform, keys)
        assert cipher.open(sealed[index]) == expected[index] == fresh.open(sealed[index])
        with pytest.raises(WireError, match="no multiple"):
            cipher.open(cut)
    # The control: the IV counts, so that a block before the first one does not go unnoticed.
    altered = sealed[0][:8] + bytes([sealed[0][8] ^ 1]) + sealed[0][9:]
    opened = cipher.open(altered)
    assert opened is not None and opened[0] == bytes([0]) + expected[0][0][1:]


def test_rfc_3602_padding_is_ours() -> None:
    padded = esp.add_trailer(RFC3602_BODY, 1, 16)
    assert padded[64:].hex() == "0102030405060708090a0b0c0d0e" + "0e" + "01"
    assert esp.strip_trailer(padded) == (RFC3602_BODY, 1)


def test_gcm_draft_case_1() -> None:
    """The draft's case has extended sequence numbers, which lengthen only the authenticated header."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    key = bytes.fromhex("4c80cdefbb5d10da906ac73c3613a634")
    salt, iv = bytes.fromhex("2e443b68"), bytes.fromhex("4956ed7e3b244cfe")
    plain = bytes.fromhex(
        "45000048699a000080114db7c0a80102c0a801010a9bf15638d3010000010000000000"
        "00045f736970045f756470037369700963796265726369747902646b000021000101020201"
    )
    sealed = bytes.fromhex(
        "fecf537e729d5b07dc30df528dd22b768d1b98736696a6fd348509fa13ceac34cfa2436f14a3f3cf65925bf1f4a13c5d"
        "15b21e1884f5ff6247aeabb786b93bce61bc17d768fd9732459018148f6cbe722fd04796562dfdb4"
    )
    assert AESGCM(key).encrypt(salt + iv, plain, bytes.fromhex("000043218765432100000000")) == sealed
    # The ciphertext does not depend on that header, so the real cipher object must make it too ...
    cipher = make_cipher(esp_transform("aes-gcm", 128, None, "tunnel"), (key + salt, b""))
    body, next_header = esp.strip_trailer(plain)
    assert next_header == 1 and esp.add_trailer(body, 1, 4) == plain
    sequence = int.from_bytes(iv, "big")
    mine = AESGCM(key).encrypt(salt + sequence.to_bytes(8, "big"), plain, esp.head(0x4321, 0x87654321))
    assert mine[:72] == sealed[:72]
    assert cipher.open(esp.head(0x4321, 0x87654321) + iv + mine) == (body, 1)
    # ... and must refuse the draft's tag, which covers a longer one.
    assert cipher.open(esp.head(0x4321, 0x87654321) + iv + sealed) is None


def test_hmac_truncation() -> None:
    """RFC 2202 case 1 and RFC 4868, cut to the length that ESP sends."""
    assert icv(b"\x0b" * 20, "sha1", 12, b"Hi There").hex() == "b617318655057264e28bc0b6"
    assert icv(b"\x0b" * 32, "sha256", 16, b"Hi There").hex() == "198a607eb44bfbc69903a0f1cf2bbdc5"


def pcap_frames(path: Path) -> list[bytes]:
    """IPv4 packets of a classic little-endian capture on Ethernet."""
    data = path.read_bytes()
    assert data[:4] == b"\xd4\xc3\xb2\xa1"
    frames, at = [], 24
    while at < len(data):
        size = int.from_bytes(data[at + 8 : at + 12], "little")
        frame = data[at + 16 : at + 16 + size]
        at += 16 + size
        if frame[12:14] == b"\x08\x00":
            frames.append(frame[14:])
    return frames


@pytest.mark.parametrize(
    ("name", "transform_set"),
    [
        ("s1-ok1-1", TransformSet("1", "aes", 256, "sha1")),
        ("s1-ok2-1", TransformSet("2", "aes", 128, "sha256")),
    ],
)
def test_pings_that_a_strongswan_pair_exchanged(name: str, transform_set: TransformSet) -> None:
    vectors = json.loads((CAPTURES / f"{name}.vectors.json").read_text())
    keys = {label: bytes.fromhex(value) for label, value in vectors["1"]["esp"]}
    # Other UDP in these captures shows unfinished checksums: the sender's kernel leaves them to the card.
    natt = [frame for frame in pcap_frames(CAPTURES / f"{name}.pcap") if frame[20:24] == b"\x11\x94" * 2]
    packets = [Packet.parse(frame[:26] + bytes(2) + frame[28:]) for frame in natt]
    encapsulated = [packet for packet in packets if is_ipsec(packet)]
    forth = [packet for packet in encapsulated if packet.source == encapsulated[0].source]
    assert len(forth) >= 7 and len(encapsulated) == 2 * len(forth)
    initiator, responder = forth[0].source, forth[0].destination
    lan = Selector(Prefix(0, 0), Prefix(0, 0))
    policy = ChildPolicy("net", 1, responder, "eth0", (initiator,), (lan,), (transform_set,))

    def receiver(integrity: bytes) -> IpsecStack:
        stack = IpsecStack(Spd.from_policies([policy]))
        spi = int.from_bytes(forth[0].body()[8:12], "big")
        sent = keys["encryption initiator key"], integrity
        received = keys["encryption responder key"], keys["integrity responder key"]
        child = ChildSa(
            1, "x", responder, initiator, False, policy, lan, transform_set, spi, 1, "esp", sent, received,
            3600, None, None, (4500, 4500), Liveness(0), 0,
        )  # fmt: skip
        stack.install(child, "both", 0)
        return stack

    stack = receiver(keys["integrity initiator key"])
    inner = []
    for packet in forth:
        outcome = stack.inbound(packet, 0)
        assert isinstance(outcome, Accepted), outcome
        inner.append(outcome.packet)
    assert all(isinstance(packet.payload, Echo) and packet.size == 84 for packet in inner)
    numbers = [packet.payload.sequence for packet in inner if isinstance(packet.payload, Echo)]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    # The control: with another integrity key, nothing passes.
    refused = receiver(bytes(len(keys["integrity initiator key"]))).inbound(forth[0], 0)
    assert isinstance(refused, Discard) and refused.cause is Cause.BAD_ICV
