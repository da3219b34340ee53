"""Open a captured exchange with its key: the bookkeeping of IVs that any listener has to do."""

from __future__ import annotations

from dataclasses import dataclass, field

from ipsec_edu.core.errors import WireError
from ipsec_edu.ike.crypto import RealCrypto
from ipsec_edu.ike.keys import Phase1Keys, phase1_iv, phase2_iv
from ipsec_edu.ike.messages import Received, find, open_sealed
from ipsec_edu.ike.proposals import policy_of
from ipsec_edu.wire.isakmp import (
    HEADER_BYTES,
    Identification,
    KeyExchange,
    Nonce,
    SecurityAssociation,
    unpack_header,
    unpack_payloads,
)
from tests.ike import captures


@dataclass
class Exchange:
    """What a listener with the key learns."""

    hash: str = ""
    key_bytes: int = 0
    sai_body: bytes = b""
    public_i: bytes = b""
    public_r: bytes = b""
    nonce_i: bytes = b""
    nonce_r: bytes = b""
    id_i: bytes = b""
    id_r: bytes = b""
    spi_i: int = 0
    spi_r: int = 0
    qm_nonces: tuple[bytes, bytes] = (b"", b"")
    opened: list[Received] = field(default_factory=list)


class _Core:
    crypto = RealCrypto()


class _Sa:
    def __init__(self, keys: Phase1Keys) -> None:
        self.keys = keys


def dissect(name: str, key: bytes | None = None) -> Exchange:
    """Open all messages of a capture (with `key`, or the one of its table)."""
    result = Exchange()
    key = key if key is not None else captures.cipher_key(name)
    ivs: dict[int, bytes] = {}
    keys, last = None, b""
    initiator = captures.read(name)[0].source
    for datagram in captures.read(name):
        header = unpack_header(datagram.data)
        message = Received(datagram.data, header, 0, 0, datagram.source, 0)
        ours = datagram.source == initiator
        if not header.encrypted:
            message.payloads, _ = unpack_payloads(header.next_payload, datagram.data, HEADER_BYTES)
            _learn(result, message, ours)
            continue
        if keys is None:
            assert key is not None
            keys = Phase1Keys(result.hash, b"", b"", b"", b"", "aes", key)
            ivs[0] = last = phase1_iv(keys, result.public_i, result.public_r)
        iv = ivs.get(header.message_id) or phase2_iv(keys, last, header.message_id)
        try:
            open_sealed(_Core, _Sa(keys), message, iv)
        except WireError:
            continue
        ivs[header.message_id] = message.last_block
        if header.message_id == 0:
            if len(message.data) and message.data in [m.data for m in result.opened]:
                pass
            last = message.last_block
        result.opened.append(message)
        _learn(result, message, ours)
    return result


def _learn(result: Exchange, message: Received, initiator: bool) -> None:
    sa, ke = find(message.payloads, SecurityAssociation), find(message.payloads, KeyExchange)
    nonce, identity = find(message.payloads, Nonce), find(message.payloads, Identification)
    if message.header.message_id == 0:
        if sa is not None and initiator:
            policy = policy_of(sa.proposals[0].transforms[0])
            result.hash, result.key_bytes, result.sai_body = policy.hash, policy.key_bits // 8, sa.body()
        if ke is not None and nonce is not None:
            side = "i" if initiator else "r"
            setattr(result, f"public_{side}", ke.data)
            setattr(result, f"nonce_{side}", nonce.data)
        if identity is not None:
            setattr(result, "id_i" if initiator else "id_r", identity.body())
    elif sa is not None and nonce is not None:
        spi = int.from_bytes(sa.proposals[0].spi, "big")
        if initiator:
            result.spi_i, result.qm_nonces = spi, (nonce.data, b"")
        else:
            result.spi_r, result.qm_nonces = spi, (result.qm_nonces[0], nonce.data)
