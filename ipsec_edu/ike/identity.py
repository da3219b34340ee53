"""ID payloads: who a gateway says it is (phase 1), and which traffic an SA is for (phase 2)."""

from __future__ import annotations

from ipsec_edu.core.acl import Selector
from ipsec_edu.core.addr import Prefix, format_ip, prefix_length
from ipsec_edu.core.errors import WireError
from ipsec_edu.ike.settings import IkeSettings, PeerSettings
from ipsec_edu.wire.isakmp import Identification
from ipsec_edu.wire.isakmp_values import IdType

__all__ = ["identity_payload", "identity_text", "peer_by_identity", "peer_settings", "proxies", "selector_of"]


def identity_payload(
    peer: PeerSettings, hostname: str, local: int, protocol: int, port: int
) -> Identification:
    """Return what we say we are towards `peer`: our address, or our host name."""
    if peer.identity == "hostname":
        return Identification(IdType.FQDN, protocol, port, hostname.encode())
    return Identification(IdType.IPV4_ADDR, protocol, port, local.to_bytes(4, "big"))


def identity_text(payload: Identification) -> str:
    """Return the identity as people write it; types without a reading here in hex."""
    if payload.id_type == IdType.IPV4_ADDR and len(payload.data) == 4:
        return format_ip(int.from_bytes(payload.data, "big"))
    if payload.id_type in (IdType.FQDN, IdType.USER_FQDN):
        return payload.data.decode("ascii", "replace")
    return payload.data.hex()


def peer_settings(settings: IkeSettings, address: int) -> PeerSettings | None:
    """Return the settings for a peer's address: the longest prefix that holds it."""
    fitting = [peer for peer in settings.peers if peer.peer.contains(address)]
    return max(fitting, key=lambda peer: peer.peer.length, default=None)


def peer_by_identity(settings: IkeSettings, identity: str) -> PeerSettings | None:
    """Return the settings that insist on this very identity (Aggressive Mode shows it in clear)."""
    return next((peer for peer in settings.peers if peer.peer_identity == identity), None)


def _side(prefix: Prefix, protocol: int, port: int) -> Identification:
    network = prefix.network.to_bytes(4, "big")
    if prefix.length == 32:
        return Identification(IdType.IPV4_ADDR, protocol, port, network)
    return Identification(IdType.IPV4_ADDR_SUBNET, protocol, port, network + prefix.mask.to_bytes(4, "big"))


def proxies(selector: Selector) -> tuple[Identification, Identification]:
    """Return the ID payloads of a selector: local side, remote side (IDci, IDcr of an initiator)."""
    return (
        _side(selector.local, selector.protocol, selector.local_port),
        _side(selector.remote, selector.protocol, selector.remote_port),
    )


def _prefix(payload: Identification) -> Prefix:
    data = payload.data
    if payload.id_type == IdType.IPV4_ADDR and len(data) == 4:
        return Prefix.of(int.from_bytes(data, "big"), 32)
    if payload.id_type == IdType.IPV4_ADDR_SUBNET and len(data) == 8:
        try:
            return Prefix.of(int.from_bytes(data[:4], "big"), prefix_length(int.from_bytes(data[4:], "big")))
        except ValueError as error:
            raise WireError(f"ID payload: {error}") from error
    if payload.id_type == IdType.IPV4_ADDR_RANGE and len(data) == 8:
        low, high = int.from_bytes(data[:4], "big"), int.from_bytes(data[4:], "big")
        bits = (low ^ high).bit_length()
        prefix = Prefix.of(low, 32 - bits)
        if low == prefix.network and high == low | (1 << bits) - 1:
            return prefix
    raise WireError(f"ID payload: type {payload.id_type} with {len(data)} bytes is no IPv4 network")


def selector_of(local: Identification, remote: Identification) -> Selector:
    """Return the selector that two proxies mean, seen from the side whose proxy is `local`.

    Raises
    ------
    WireError
        Where one is no IPv4 address or network.
    """
    return Selector(
        _prefix(local), _prefix(remote), local.protocol or remote.protocol, local.port, remote.port
    )
