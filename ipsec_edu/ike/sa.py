"""The IKE SA as its owner holds it: what ``show crypto isakmp sa`` is made of."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ipsec_edu.ike.events import SendDatagram
from ipsec_edu.ike.keys import Phase1Keys
from ipsec_edu.ike.settings import Dpd, IkePolicy, PeerSettings
from ipsec_edu.ike.tables import Phase1State
from ipsec_edu.wire.isakmp import NO_COOKIE

if TYPE_CHECKING:
    from ipsec_edu.ike.dpd import DpdMonitor
    from ipsec_edu.ike.phase1_base import Phase1Base
    from ipsec_edu.ike.phase2 import Quick

__all__ = ["DpdCounters", "IkeSa"]


@dataclass(slots=True)
class DpdCounters:
    """How often dead-peer detection spoke on this SA."""

    sent: int = 0
    repeated: int = 0
    acknowledged: int = 0
    received: int = 0


@dataclass(slots=True)
class IkeSa:
    """One phase-1 SA, complete or not.

    Times are in microseconds; `remote_port` and `local_port` change when NAT traversal floats to 4500.
    """

    number: int
    """Counts from 1 in this device (IOS adds 1000 for its conn-id)."""
    ike_id: str
    local: int
    peer: int
    local_port: int
    remote_port: int
    initiator: bool
    mode: str
    """``main`` or ``aggressive``."""
    created_us: int
    settings: PeerSettings
    cookie_i: bytes
    cookie_r: bytes = NO_COOKIE
    policy: IkePolicy | None = None
    """What was agreed on."""
    lifetime_s: int = 0
    up_us: int | None = None
    expires_us: int | None = None
    closed_us: int | None = None
    reason: str | None = None
    announced: bool = False
    """`IkeStarted` was sent: a refused stranger never gets that far."""
    failed: bool = False
    """A dead attempt that ``show`` still lists."""
    renewing: bool = False
    """A successor is being negotiated."""
    rekey_of: str | None = None
    """`ike_id` of the SA that this one succeeds."""
    nat_inside: bool = False
    """We are behind a translator."""
    nat_outside: bool = False
    """The peer is."""
    nat_forced: bool = False
    """We said so although we need not be."""
    floated: bool = False
    """Messages travel on port 4500, behind a marker."""
    peer_dpd: bool = False
    """The peer's vendor ID says that it knows R-U-THERE."""
    peer_nat_t: bool = False
    peer_identity: str | None = None
    heard_us: int = 0
    """When an authenticated IKE message last came."""
    dpd: DpdCounters = field(default_factory=DpdCounters)

    # secrets and bookkeeping of the exchange
    keys: Phase1Keys | None = None
    private: bytes = b""
    public_i: bytes = b""
    public_r: bytes = b""
    nonce_i: bytes = b""
    nonce_r: bytes = b""
    sai_body: bytes = b""
    idii_body: bytes = b""
    iv: bytes = b""
    """IV of the next phase-1 message; once up, the last cipher block of phase 1."""
    messages: dict[bytes, SendDatagram | None] = field(default_factory=dict)
    """Phase-1 messages accepted so far, with the answer they got."""
    last_message: bytes = b""
    seen_ids: deque[int] = field(default_factory=lambda: deque(maxlen=128))
    """Message IDs of exchanges already dealt with."""
    quick: dict[int, Quick] = field(default_factory=dict)
    """Quick Modes by message ID, finished ones too (their answers may have to be repeated)."""
    phase1: Phase1Base = field(init=False)
    monitor: DpdMonitor | None = None

    @property
    def state(self) -> Phase1State:
        """Where the SA stands; `tables.ios_state` and `tables.asa_state` say it in the device's words."""
        return self.phase1.state

    @property
    def up(self) -> bool:
        """Tell whether phase 1 is complete and the SA alive."""
        return self.phase1.state is Phase1State.UP

    @property
    def cookies(self) -> tuple[bytes, bytes]:
        """CKY-I and CKY-R."""
        return self.cookie_i, self.cookie_r

    @property
    def spi(self) -> bytes:
        """The cookie pair as one SPI."""
        return self.cookie_i + self.cookie_r

    @property
    def nat(self) -> bool:
        """Tell whether there is a translator on the path: then ESP travels in UDP."""
        return self.nat_inside or self.nat_outside or self.nat_forced

    @property
    def dpd_settings(self) -> Dpd:
        """Dead-peer detection as configured for this peer."""
        return self.settings.dpd

    def remaining_s(self, now_us: int) -> float:
        """Return the seconds of lifetime left (0 where the SA is not up)."""
        return max(0, self.expires_us - now_us) / 1_000_000 if self.expires_us is not None else 0.0
