"""Security associations: one object per direction, mutable, as the device holds them.

An SA is built from the `ChildSa` that IKE negotiated. Its keys never change; its counters
do, with every packet. What sender and receiver must have in common is gathered in
`secret`, so that an untouched packet is recognised by one comparison.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipsec_edu.ike.events import ChildSa
from ipsec_edu.ipsec.ciphers import Cipher, make_cipher
from ipsec_edu.ipsec.replay import ReplayWindow
from ipsec_edu.ipsec.transforms import AhTransform, EspTransform, ah_transform, protection
from ipsec_edu.wire.keyfiles import EspKey

if TYPE_CHECKING:
    from ipsec_edu.ipsec.spd import SpdRule

__all__ = ["MAX_SEQUENCE", "SOFT_KB", "SOFT_SEQUENCE", "InboundSa", "OutboundSa", "Secret", "esp_keys"]

MAX_SEQUENCE = 0xFFFFFFFF
SOFT_SEQUENCE = MAX_SEQUENCE - 0xFFFF
"""From here on a rekey is asked for, because the number may not wrap (RFC 4303, 3.3.3)."""
SOFT_KB = 256
"""IOS asks for a new SA this many kilobytes before the volume is used up (command reference; weak source)."""
NEVER = 1 << 62

Secret = tuple[EspTransform | AhTransform, bytes, bytes]
"""Transform, encryption key, integrity key: what both ends of an SA share."""


class _Sa:
    """What both directions have."""

    __slots__ = (
        "_cipher",
        "_real",
        "bytes",
        "child",
        "child_uid",
        "created_us",
        "hard_bytes",
        "lifetime_kb",
        "lifetime_s",
        "local",
        "packets",
        "peer",
        "protocol",
        "rule",
        "secret",
        "soft_bytes",
        "soft_reported",
        "spi",
        "transform",
        "tunnel",
    )

    def __init__(
        self,
        child: ChildSa,
        spi: int,
        keys: tuple[bytes, bytes],
        rule: SpdRule,
        now_us: int,
        real: bool,
        soft_kb: int,
    ) -> None:
        whole = protection(child.transform)
        self.child = child
        self.child_uid = child.uid
        self.protocol = child.protocol
        """``esp`` or ``ah``."""
        self.spi = spi
        self.local = child.local
        self.peer = child.peer
        self.transform: EspTransform | AhTransform
        if child.protocol == "esp" and whole.esp is not None:
            self.transform = whole.esp
        elif child.protocol == "ah" and whole.ah is not None:
            # Behind ESP, AH only guards the header that ESP has made (IOS: AH outside, no third header).
            outer = whole.ah if whole.esp is None else ah_transform(whole.ah.integrity.name, "transport")
            self.transform = outer
        else:
            raise ValueError(f"transform set {child.transform.name} has no {child.protocol}")
        self.tunnel = self.transform.tunnel
        self.secret: Secret = (self.transform, *keys)
        self.rule = rule
        self.created_us = now_us
        self.packets = 0
        self.bytes = 0
        """Plain bytes, inner IP headers counted."""
        self.lifetime_s = child.lifetime_s
        self.lifetime_kb = child.lifetime_kb
        self.hard_bytes = NEVER if child.lifetime_kb is None else child.lifetime_kb * 1024
        self.soft_bytes = max(self.hard_bytes - soft_kb * 1024, 0)
        self.soft_reported = False
        self._cipher: Cipher | None = None
        self._real = real

    @property
    def keys(self) -> tuple[bytes, bytes]:
        """Encryption key (GCM: with its salt) and integrity key."""
        return self.secret[1], self.secret[2]

    @property
    def cipher(self) -> Cipher:
        """The keyed cipher object, made when the first packet's bytes are wanted."""
        if self._cipher is None:
            if not isinstance(self.transform, EspTransform):
                raise ValueError("an AH SA encrypts nothing and has no cipher")
            self._cipher = make_cipher(self.transform, self.keys, self._real)
        return self._cipher

    @property
    def remaining_kb(self) -> int | None:
        """Kilobytes until the volume is used up, None where it does not count."""
        return None if self.lifetime_kb is None else max(self.lifetime_kb - self.bytes // 1024, 0)


class SizeTable(dict[int, int]):
    """Bytes behind the outer header, by the bytes to protect; worked out when first asked for."""

    def __init__(self, transform: EspTransform | AhTransform) -> None:
        super().__init__()
        self._transform = transform

    def __missing__(self, body: int) -> int:
        size = self[body] = self._transform.size(body)
        return size


class OutboundSa(_Sa):
    """The sending direction.

    Attributes
    ----------
    sequence : int
        The number that the last packet carried; the first one carries 1.
    path_mtu : int or None
        What an ICMP "fragmentation needed" about an outer packet has taught, in bytes.
    sizes : SizeTable
        How large packets become under this SA.
    """

    __slots__ = ("path_mtu", "sequence", "sizes", "udp_ports")

    def __init__(
        self, child: ChildSa, rule: SpdRule, now_us: int, real: bool, soft_kb: int = SOFT_KB
    ) -> None:
        super().__init__(child, child.outbound_spi, child.outbound_keys, rule, now_us, real, soft_kb)
        self.sequence = 0
        self.path_mtu: int | None = None
        self.sizes = SizeTable(self.transform)
        self.udp_ports = child.udp_ports if child.protocol == "esp" else None


class InboundSa(_Sa):
    """The receiving direction, with its anti-replay window and what it had to refuse.

    Attributes
    ----------
    least_size : int
        Bytes of the smallest packet, its own header included, that its transform makes.
    needs_ah : bool
        ESP that is valid only inside AH, since the transform set has both.
    """

    __slots__ = ("icv_errors", "least_size", "needs_ah", "replay_errors", "selector_errors", "window")

    def __init__(
        self,
        child: ChildSa,
        rule: SpdRule,
        now_us: int,
        real: bool,
        replay_window: int = 64,
        soft_kb: int = SOFT_KB,
    ) -> None:
        super().__init__(child, child.inbound_spi, child.inbound_keys, rule, now_us, real, soft_kb)
        self.window = ReplayWindow(replay_window)
        self.least_size = self.transform.size(0)
        self.needs_ah = child.protocol == "esp" and child.transform.ah_integrity is not None
        self.replay_errors = 0
        self.icv_errors = 0
        self.selector_errors = 0


def esp_keys(child: ChildSa) -> list[EspKey]:
    """Return what Wireshark needs to decrypt both directions of a child (nothing for AH).

    Outer addresses are those that this end sees; behind a translator, replace them by the
    capture's.
    """
    esp = protection(child.transform).esp
    if child.protocol != "esp" or esp is None:
        return []
    name, integrity = esp.encryption.name, esp.integrity.name if esp.integrity else None
    sent, received = child.outbound_keys, child.inbound_keys
    return [
        EspKey(child.local, child.peer, child.outbound_spi, name, sent[0], integrity, sent[1]),
        EspKey(child.peer, child.local, child.inbound_spi, name, received[0], integrity, received[1]),
    ]
