"""Control packets of Bidirectional Forwarding Detection (RFC 5880, section 4.1), not authenticated."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

from ipsec_edu.core.errors import WireError

__all__ = ["BFD_PORT", "TTL", "BfdControl", "BfdState", "unpack"]

BFD_PORT = 3784
"""UDP destination port of control packets over one hop (RFC 5881, section 4)."""
TTL = 255
"""Sent with, and insisted on: a packet with less was not sent by the neighbour (RFC 5881, section 5)."""

_SIZE = 24
_FORM = struct.Struct("!BBBBIIIII")
_POLL, _FINAL, _INDEPENDENT, _AUTHENTICATED, _DEMAND, _MULTIPOINT = 0x20, 0x10, 0x08, 0x04, 0x02, 0x01


class BfdState(IntEnum):
    """What the sender says of its session."""

    ADMIN_DOWN = 0
    DOWN = 1
    INIT = 2
    UP = 3


@dataclass(frozen=True, slots=True)
class BfdControl:
    """One control packet.

    Attributes
    ----------
    diag : int
        Why the session went down last: 1 detection time expired, 3 the neighbour said so, 7 shut down.
    poll, final : bool
        Asks for an answer at once; is that answer.
    multiplier : int
        So many intervals without a packet, and the receiver gives up.
    mine, yours : int
        Discriminators; `yours` is 0 until the other's is known.
    min_tx_us, min_rx_us : int
        How often the sender wants to send, and can receive, in microseconds between packets.
    """

    state: BfdState
    multiplier: int
    mine: int
    yours: int
    min_tx_us: int
    min_rx_us: int
    diag: int = 0
    poll: bool = False
    final: bool = False
    min_echo_us: int = 0

    def pack(self) -> bytes:
        """Return the 24 bytes."""
        flags = _POLL * self.poll | _FINAL * self.final
        return _FORM.pack(
            1 << 5 | self.diag,
            self.state << 6 | flags,
            self.multiplier,
            _SIZE,
            self.mine,
            self.yours,
            self.min_tx_us,
            self.min_rx_us,
            self.min_echo_us,
        )


def unpack(data: bytes) -> BfdControl:
    """Read a control packet, and make the checks of RFC 5880, section 6.8.6, that need no session.

    Raises
    ------
    WireError
        A wrong version or length, an authenticated or multipoint packet (not modelled), no multiplier,
        no discriminator where there must be one.
    """
    if len(data) < _SIZE:
        raise WireError(f"BFD: {len(data)} bytes are no control packet; it has {_SIZE}")
    first, second, multiplier, length, mine, yours, *times_us = _FORM.unpack_from(data)
    state = BfdState(second >> 6)
    if first >> 5 != 1:
        raise WireError(f"BFD: version {first >> 5}; there is only version 1")
    if not _SIZE <= length <= len(data):
        raise WireError(f"BFD: length {length} announced, {len(data)} bytes there")
    if second & (_AUTHENTICATED | _MULTIPOINT):
        raise WireError("BFD: authenticated and multipoint packets are not modelled")
    if not multiplier or not mine:
        raise WireError("BFD: multiplier and own discriminator must not be 0")
    if not yours and state in (BfdState.INIT, BfdState.UP):
        raise WireError(f"BFD: state {state.name} without the discriminator of the other side")
    return BfdControl(
        state,
        multiplier,
        mine,
        yours,
        times_us[0],
        times_us[1],
        first & 0x1F,
        bool(second & _POLL),
        bool(second & _FINAL),
        times_us[2],
    )
