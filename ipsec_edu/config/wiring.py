"""From what a configuration says to what the protocol cores are given.

Names are resolved here: an access list in a crypto map, a transform set in an entry. A name
that leads nowhere leaves the entry out, as a device would leave it unused; `config.check` has
said so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ipsec_edu.config.settings import CryptoMapEntry, DeviceSettings, InterfaceSettings
from ipsec_edu.core.acl import Acl
from ipsec_edu.core.addr import ANY, Prefix, parse_ip
from ipsec_edu.core.errors import LabError
from ipsec_edu.ike.profile import Profile, profile_of
from ipsec_edu.ike.settings import ChildPolicy, Dpd, IkeSettings, PeerSettings

__all__ = [
    "ASA_DEFAULT_DPD",
    "LIFETIME_KB",
    "LIFETIME_S",
    "behave",
    "crypto_policies",
    "ike_settings",
    "is_gateway",
]

ASA_DEFAULT_DPD = Dpd("semi-periodic", interval_s=10, retry_s=2, retries=3)
"""L2L tunnel-groups probe unless told not to (domain knowledge: Cisco ASA, threshold 10 retry 2)."""
LIFETIME_S = {"ios": 3600, "asa": 28800}
LIFETIME_KB = 4608000
_WANTED: dict[type, str] = {bool: "true or false", str: "text", tuple: "a list"}


def is_gateway(settings: DeviceSettings) -> bool:
    """Tell whether the device does IPsec at all: it has a crypto map or speaks IKE."""
    return bool(settings.crypto_maps or settings.ike_enabled or settings.tunnel_groups or settings.keys)


def crypto_policies(settings: DeviceSettings) -> list[tuple[ChildPolicy, Acl]]:
    """Return every complete crypto map entry of every interface, in the order in which it is tried."""
    found: list[tuple[ChildPolicy, Acl]] = []
    for interface in settings.interfaces.values():
        if interface.crypto_map is None:
            continue
        local = _local_address(settings, interface)
        for entry in sorted(
            settings.crypto_maps.get(interface.crypto_map, {}).values(), key=lambda e: e.sequence
        ):
            policy = None if local is None else _policy(settings, interface, entry, local)
            if policy is not None:
                found.append((policy, settings.acls[entry.acl or ""]))
    return found


def _local_address(settings: DeviceSettings, interface: InterfaceSettings) -> int | None:
    """The address for IKE and ESP: that of ``local-address``, else the interface's own."""
    name = settings.crypto_map_local.get(interface.crypto_map or "")
    source = settings.interfaces.get(name) if name else interface
    return None if source is None else source.address


def _policy(
    settings: DeviceSettings, interface: InterfaceSettings, entry: CryptoMapEntry, local: int
) -> ChildPolicy | None:
    acl = settings.acls.get(entry.acl or "")
    sets = tuple(
        settings.transform_sets[name] for name in entry.transform_sets if name in settings.transform_sets
    )
    if acl is None or not entry.peers or not sets:
        return None
    default_kb = settings.lifetime_kb if settings.lifetime_kb is not None else LIFETIME_KB
    return ChildPolicy(
        name=entry.name,
        sequence=entry.sequence,
        local=local,
        interface=interface.name,
        peers=tuple(entry.peers),
        selectors=tuple(line.selector() for line in acl.entries if line.permit),
        transform_sets=sets,
        pfs_group=entry.pfs_group,
        lifetime_s=entry.lifetime_s or settings.lifetime_s or LIFETIME_S.get(settings.platform, 28800),
        lifetime_kb=None if entry.lifetime_kb_disabled else entry.lifetime_kb or default_kb or None,
        connection=entry.connection,
        default_peer=entry.default_peer is not None,
    )


def ike_settings(settings: DeviceSettings) -> IkeSettings:
    """Return what the device's IKE core knows about the world."""
    aggressive = {
        peer
        for entries in settings.crypto_maps.values()
        for e in entries.values()
        if e.phase1_mode == "aggressive"
        for peer in e.peers
    }
    return IkeSettings(
        hostname=settings.hostname,
        platform=settings.platform,
        listening=_listening(settings),
        policies=tuple(policy for _, policy in sorted(settings.ike_policies.items())),
        peers=tuple(_peers(settings, aggressive)),
        children=tuple(policy for policy, _ in crypto_policies(settings)),
        nat_traversal=settings.nat_traversal,
        nat_keepalive_s=settings.nat_keepalive_s,
        invalid_spi_recovery=settings.invalid_spi_recovery,
    )


def behave(settings: IkeSettings, profile: Mapping[str, Any]) -> IkeSettings:
    """Return `settings` with the IKE of another implementation.

    `profile` is a device's table of ``[profiles]`` in ``scenario.toml``. Its keys: ``platform``;
    ``dpd_delay_s`` and ``dpd_timeout_s`` (strongSwan's dead-peer detection; timeout 0: its retransmission
    schedule decides); ``phase1_mode`` (``main``, ``aggressive``); any field of
    `ipsec_edu.ike.profile.Profile`.

    Raises
    ------
    LabError
        An unknown platform or field, or a value that makes no sense.
    """
    overrides = {key: tuple(value) if isinstance(value, list) else value for key, value in profile.items()}
    platform = str(overrides.pop("platform", settings.platform))
    peers = settings.peers
    if "dpd_delay_s" in overrides or "dpd_timeout_s" in overrides:
        dpd = _timeout_dpd(
            settings.hostname, overrides.pop("dpd_delay_s", 0), overrides.pop("dpd_timeout_s", 0)
        )
        peers = tuple(replace(peer, dpd=dpd) for peer in peers)
    mode = overrides.pop("phase1_mode", None)
    if mode is not None:
        if mode not in ("main", "aggressive"):
            raise LabError(f"profile of {settings.hostname}: phase1_mode is main or aggressive, not {mode!r}")
        peers = tuple(replace(peer, mode=mode) for peer in peers)
    changed = replace(settings, platform=platform, peers=peers, overrides={**settings.overrides, **overrides})
    _check_types(settings.hostname, overrides, profile_of(replace(changed, overrides={})))
    profile_of(changed)
    return changed


def _check_types(hostname: str, overrides: Mapping[str, Any], base: Profile) -> None:
    """Refuse text where a number belongs, and the like."""
    for name, value in overrides.items():
        usual = getattr(base, name, value)
        if usual is None or type(usual) in (int, float):
            fits, wanted = isinstance(value, int | float) and not isinstance(value, bool), "a number"
        else:
            fits, wanted = type(value) is type(usual), _WANTED.get(type(usual), "another type")
        if not fits:
            raise LabError(f"profile of {hostname}: {name} = {value!r}; write {wanted}")


def _timeout_dpd(hostname: str, delay_s: Any, timeout_s: Any) -> Dpd:
    numbers = isinstance(delay_s, int | float) and isinstance(timeout_s, int | float)
    if not numbers or delay_s <= 0 or timeout_s < 0:
        raise LabError(
            f"profile of {hostname}: dpd_delay_s is a number above 0, dpd_timeout_s is 0 or a number above it"
        )
    return Dpd("timeout", interval_s=delay_s, timeout_s=timeout_s)


def _listening(settings: DeviceSettings) -> tuple[int, ...]:
    """ASA listens where ``crypto ikev1 enable`` says; IOS wherever it has an address."""
    enabled = {name.lower() for name in settings.ike_enabled}
    return tuple(
        interface.address
        for interface in settings.interfaces.values()
        if interface.address is not None
        and (settings.platform != "asa" or (interface.nameif or "").lower() in enabled)
    )


def _peers(settings: DeviceSettings, aggressive: set[int]) -> list[PeerSettings]:
    identity = "hostname" if settings.identity == "hostname" else "address"
    peers: list[PeerSettings] = []
    for key in settings.keys:
        mode = "aggressive" if key.peer.length == 32 and key.peer.network in aggressive else "main"
        peers.append(PeerSettings(key.peer, key.key.encode(), settings.keepalive or Dpd(), mode, identity))
    for group in settings.tunnel_groups.values():
        try:
            address = parse_ip(group.name)
        except ValueError:
            if group.name != "DefaultL2LGroup":
                continue
            prefix, mode = ANY, "main"
        else:
            prefix, mode = Prefix(address, 32), "aggressive" if address in aggressive else "main"
        psk = None if group.key is None else group.key.encode()
        dpd = ASA_DEFAULT_DPD if group.dpd is None else group.dpd
        expected = "" if group.peer_id_validate == "nocheck" else None
        peers.append(PeerSettings(prefix, psk, dpd, mode, identity, expected))
    return peers
