"""The Reader: never past the end, never bytes forgotten."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipsec_edu.core.errors import WireError
from ipsec_edu.wire.reader import Reader


def test_fields_are_big_endian_and_in_order() -> None:
    reader = Reader(bytes(range(1, 17)))
    assert (reader.u8(), reader.u16(), reader.u32(), reader.u64()) == (
        1,
        0x0203,
        0x04050607,
        0x08090A0B0C0D0E0F,
    )
    assert reader.left == 1 and reader.rest() == b"\x10" and reader.rest() == b""


def test_reading_past_the_end_is_one_clear_error() -> None:
    with pytest.raises(WireError, match=r"nonce: truncated at byte 1: 4 more bytes announced, 2 there"):
        reader = Reader(b"abc", "nonce")
        reader.u8()
        reader.u32()


def test_a_restricted_block_must_be_read_exactly() -> None:
    with pytest.raises(WireError, match="payload: 1 bytes left over"):
        with Reader(b"abcd").restrict(3, "payload") as inner:
            inner.u16()
    with pytest.raises(WireError, match="payload: truncated"):
        with Reader(b"abcd").restrict(3, "payload") as inner:
            inner.u32()
    with pytest.raises(WireError, match="5 bytes announced, 4 there"):
        with Reader(b"abcd").restrict(5):
            pass
    reader = Reader(b"abcd")
    with reader.restrict(3) as inner:
        assert inner.rest() == b"abc"
    assert reader.u8() == ord("d")


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.binary(max_size=40), st.lists(st.integers(-3, 12), max_size=12))
def test_whatever_is_asked_the_answer_is_bytes_of_that_length_or_wire_error(
    data: bytes, asks: list[int]
) -> None:
    reader = Reader(data)
    taken = b""
    for n in asks:
        try:
            piece = reader.take(n)
        except WireError:
            continue
        assert len(piece) == n
        taken += piece
    assert data.startswith(taken) and reader.left == len(data) - len(taken)
