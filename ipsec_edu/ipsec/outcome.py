"""What the data plane says about a packet: typed answers, no exceptions, no side effects."""

from __future__ import annotations

from dataclasses import dataclass

from ipsec_edu.core.acl import Selector
from ipsec_edu.core.causes import Cause
from ipsec_edu.ike.settings import ChildPolicy
from ipsec_edu.ipsec.sa import InboundSa, OutboundSa
from ipsec_edu.wire.packet import Packet

__all__ = ["PASS", "Accepted", "Acquire", "Discard", "Outcome", "Pass", "Protected"]


@dataclass(frozen=True, slots=True)
class Pass:
    """No policy speaks of this packet: send it on in clear."""


@dataclass(slots=True)
class Protected:
    """Send this packet instead; it is routed anew."""

    packet: Packet
    sa: OutboundSa


@dataclass(slots=True)
class Acquire:
    """There is no SA: wake IKE, and drop the packet (`Cause.NO_SA_PENDING`)."""

    policy: ChildPolicy
    selector: Selector


@dataclass(slots=True)
class Accepted:
    """The packet that was inside, and the SA that it came through."""

    packet: Packet
    sa: InboundSa


@dataclass(slots=True)
class Discard:
    """The packet ends here; `spi` is that of the packet, 0 where it has none."""

    cause: Cause
    spi: int = 0
    sa: InboundSa | OutboundSa | None = None


Outcome = Pass | Protected | Acquire | Accepted | Discard
PASS = Pass()
