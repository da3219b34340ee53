"""Overhead: every number of the table that everybody looks up, from one formula."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipsec_edu.ike.settings import TransformSet
from ipsec_edu.ipsec.transforms import (
    ENCRYPTIONS,
    INTEGRITIES,
    Protection,
    TransformError,
    ah_transform,
    esp_transform,
    protection,
)


def protect(encryption: str, bits: int, integrity: str | None, mode: str = "tunnel") -> Protection:
    return protection(TransformSet("T", encryption, bits, integrity, None, mode))


# encryption, bits, integrity: then for tunnel, tunnel in UDP, GRE with key in transport mode and
# GRE in tunnel mode the smallest and largest overhead and the largest inner packet at 1500,
# and the largest inner packet of GRE in transport mode in UDP.
TABLE = [
    ("3des", 0, "sha1", (50, 57, 1446), (58, 65, 1438), (58, 65, 1438), (74, 81, 1422), 1430),
    ("3des", 0, "md5", (50, 57, 1446), (58, 65, 1438), (58, 65, 1438), (74, 81, 1422), 1430),
    ("aes", 128, "sha1", (58, 73, 1438), (66, 81, 1422), (66, 81, 1430), (82, 97, 1414), 1414),
    ("aes", 256, "sha256", (62, 77, 1438), (70, 85, 1422), (70, 85, 1430), (86, 101, 1414), 1414),
    ("aes", 192, "sha384", (70, 85, 1422), (78, 93, 1422), (78, 93, 1414), (94, 109, 1398), 1414),
    ("aes", 256, "sha512", (78, 93, 1422), (86, 101, 1406), (86, 101, 1414), (102, 117, 1398), 1398),
    ("aes-gcm", 256, None, (54, 57, 1446), (62, 65, 1438), (62, 65, 1438), (78, 81, 1422), 1430),
    ("null", 0, "sha1", (42, 45, 1458), (50, 53, 1450), (50, 53, 1450), (66, 69, 1434), 1442),
]
GRE, KEYED_GRE, IP = 4, 8, 20


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row[0]}-{row[2]}")
def test_the_overhead_table(row: tuple) -> None:  # type: ignore[type-arg]
    encryption, bits, integrity, tunnel, tunnel_udp, gre_transport, gre_tunnel, gre_udp = row
    in_tunnel = protect(encryption, bits, integrity)
    in_transport = protect(encryption, bits, integrity, "transport")

    def span(whole: Protection, before: int, udp: bool) -> tuple[int, int, int]:
        growth = {whole.wire_size(inner + before, udp) - inner for inner in range(100, 200)}
        return min(growth), max(growth), whole.plaintext_mtu(1500, udp) - before

    assert span(in_tunnel, 0, False) == tunnel
    assert span(in_tunnel, 0, True) == tunnel_udp
    assert span(in_transport, IP + KEYED_GRE, False) == gre_transport
    assert span(in_tunnel, IP + GRE, False) == gre_tunnel
    assert in_transport.plaintext_mtu(1500, True) - IP - KEYED_GRE == gre_udp


@pytest.mark.parametrize(
    ("encryption", "bits", "integrity", "sizes"),
    [
        ("3des", 0, "sha1", (152, 1456)),
        ("aes", 128, "sha1", (168, 1464)),
        ("aes", 128, "sha256", (172, 1468)),
        ("aes-gcm", 128, None, (156, 1456)),
    ],
)
def test_the_classic_ios_ping_on_the_wire(
    encryption: str, bits: int, integrity: str | None, sizes: tuple[int, int]
) -> None:
    whole = protect(encryption, bits, integrity)
    assert (whole.wire_size(100), whole.wire_size(1400)) == sizes


def test_one_byte_more_can_cost_sixteen() -> None:
    whole = protect("aes", 256, "sha1")
    assert (whole.wire_size(1438), whole.wire_size(1439)) == (1496, 1512)
    assert whole.plaintext_mtu(1500) == 1438


def test_plaintext_mtu_that_ios_prints_for_transport_behind_nat() -> None:
    assert protect("aes", 256, "sha1", "transport").plaintext_mtu(1500, udp=True) == 1442


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    st.sampled_from(sorted(ENCRYPTIONS)),
    st.sampled_from([*INTEGRITIES, None]),
    st.sampled_from([None, "sha1", "sha256"]),
    st.sampled_from(["tunnel", "transport"]),
    st.integers(300, 9000),
    st.booleans(),
)
def test_plaintext_mtu_is_the_last_size_that_fits(
    cipher: tuple[str, int], integrity: str | None, ah: str | None, mode: str, path_mtu: int, udp: bool
) -> None:
    combined = ENCRYPTIONS[cipher].combined
    if (combined and integrity) or (cipher[0] == "null" and integrity is None and ah is None):
        return
    whole = protection(TransformSet("T", cipher[0], cipher[1], integrity, ah, mode))
    fits = whole.plaintext_mtu(path_mtu, udp)
    assert whole.wire_size(fits, udp) <= path_mtu < whole.wire_size(fits + 1, udp)


def test_ah_sizes() -> None:
    assert protection(TransformSet("T", ah_integrity="sha1")).wire_size(100) == 20 + 24 + 100
    assert ah_transform("sha256", "tunnel").size(0) == 28


def test_numbers_and_names() -> None:
    assert (ENCRYPTIONS["aes", 256].ike_id, ENCRYPTIONS["aes-gcm-16", 256].ike_id) == (12, 20)
    assert ENCRYPTIONS["aes-gcm-16", 256].key_size == 36
    assert (ENCRYPTIONS["aes", 256].ios, ENCRYPTIONS["aes", 256].asa) == ("esp-aes 256", "esp-aes-256")
    assert [row.esp_id for row in INTEGRITIES.values()] == [1, 2, 5, 6, 7]
    assert esp_transform("aes-gcm", 128, None, "tunnel") is esp_transform("aes-gcm", 128, None, "tunnel")
    assert esp_transform("aes-gcm", 128, None, "tunnel") == esp_transform("aes-gcm-16", 128, None, "tunnel")


@pytest.mark.parametrize(
    ("transform_set", "complaint"),
    [
        (TransformSet("T"), "protects nothing"),
        (TransformSet("T", "aes", 64, "sha1"), "choose from .*aes 128"),
        (TransformSet("T", "aes-gcm", 128, "sha1"), "checks integrity itself"),
        (TransformSet("T", "aes", 128, "sha3"), "choose one of: md5, sha1"),
        (TransformSet("T", "null", 0), "needs an integrity algorithm"),
        (TransformSet("T", "aes", 128, "sha1", mode="beet"), "choose tunnel or transport"),
    ],
)
def test_senseless_sets_are_refused_with_the_way_out(transform_set: TransformSet, complaint: str) -> None:
    with pytest.raises(TransformError, match=complaint):
        protection(transform_set)
