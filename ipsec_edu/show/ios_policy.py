"""IOS: what is configured. ``show crypto map``, ``isakmp policy``, ``isakmp key``, ``transform-set``."""

from __future__ import annotations

from collections.abc import Iterator

from ipsec_edu.config.settings import CryptoMapEntry
from ipsec_edu.core.addr import format_ip
from ipsec_edu.ike.settings import IkePolicy, TransformSet
from ipsec_edu.show.grammar import Args
from ipsec_edu.show.state import DeviceState
from ipsec_edu.show.system import entry_words
from ipsec_edu.show.words import ios_transform

__all__ = ["crypto_map", "isakmp_key", "isakmp_policy", "lifetime", "transform_set"]

_LIFETIME_S, _LIFETIME_KB = 3600, 4608000
"""Phase-2 lifetime of IOS where the configuration is silent."""


def crypto_map(state: DeviceState, args: Args) -> str:
    """``show crypto map [tag NAME]``."""
    lines: list[str] = []
    for name, entries in state.settings.crypto_maps.items():
        if args.get("tag", name) != name:
            continue
        where = [each.name for each in state.settings.interfaces.values() if each.crypto_map == name]
        if name in state.settings.crypto_map_local:
            lines.append(f'Crypto Map: "{name}" idb: {state.settings.crypto_map_local[name]}')
            lines.append("")
        for sequence in sorted(entries):
            lines += _entry_lines(state, entries[sequence])
        lines.append(f"        Interfaces using crypto map {name}:")
        lines += [f"                {each}" for each in where]
        lines.append("")
    return "\n".join(lines) if lines else "No crypto maps found."


def _entry_lines(state: DeviceState, entry: CryptoMapEntry) -> Iterator[str]:
    """Yield one sequence of a crypto map."""
    settings = state.settings
    yield f'Crypto Map IPv4 "{entry.name}" {entry.sequence} ipsec-isakmp'
    if entry.dynamic_map is not None:
        yield f"        Dynamic map template tag: {entry.dynamic_map}"
        return
    if not entry.peers or entry.acl is None:
        yield "        WARNING: This crypto map is in an incomplete state!"
        yield "                (missing peer or access-list definitions)"
    for peer in entry.peers:
        yield f"        Peer = {format_ip(peer)}"
    if entry.acl is not None:
        yield f"        Extended IP access list {entry.acl}"
        acl = settings.acls.get(entry.acl)
        for line in acl.entries if acl else ():
            yield f"            access-list {entry.acl} {entry_words(line, 'ios')}"
    if entry.peers:
        current = [
            flow.current_peer
            for flow in state.flows
            if (flow.crypto_map, flow.sequence) == (entry.name, entry.sequence) and flow.current_peer
        ]
        yield f"        Current peer: {format_ip(current[0] if current else entry.peers[0])}"
    seconds = entry.lifetime_s or settings.lifetime_s or _LIFETIME_S
    kilobytes = entry.lifetime_kb or settings.lifetime_kb or _LIFETIME_KB
    volume = "disabled" if entry.lifetime_kb_disabled else f"{kilobytes} kilobytes"
    yield f"        Security association lifetime: {volume}/{seconds} seconds"
    yield "        Responder-Only (Y/N): N"
    yield f"        PFS (Y/N): {'Y' if entry.pfs_group else 'N'}"
    if entry.pfs_group:
        yield f"        DH group:  group{entry.pfs_group}"
    yield "        Mixed-mode : Disabled"
    yield "        Transform sets={ "
    for name in entry.transform_sets:
        found = settings.transform_sets.get(name)
        yield f"                {name}:  {{ {_words(found) if found else 'undefined'}  }} , "
    yield "        }"
    if entry.reverse_route:
        yield "        Reverse Route Injection Enabled"


def _words(transform: TransformSet) -> str:
    """Return the transforms of a set, AH first, as ``show crypto map`` has them."""
    parts = [ios_transform(transform, "ah")] if transform.ah_integrity else []
    if transform.esp_encryption:
        parts.append(ios_transform(transform))
    return " ".join(parts)


def transform_set(state: DeviceState, args: Args) -> str:
    """``show crypto ipsec transform-set``."""
    lines = []
    for name, each in state.settings.transform_sets.items():
        lines.append(f"Transform set {name}: {{ {_words(each)}  }} ")
        lines.append(f"   will negotiate = {{ {each.mode.capitalize()},  }}, ")
        lines.append("")
    return "\n".join(lines)


_CIPHERS = {
    "des": "DES - Data Encryption Standard (56 bit keys).",
    "3des": "Three key triple DES",
    "aes": "AES - Advanced Encryption Standard ({} bit keys).",
}
_HASHES = {
    "md5": "Message Digest 5",
    "sha1": "Secure Hash Standard",
    "sha256": "Secure Hash Standard 2 (256 bit)",
    "sha384": "Secure Hash Standard 2 (384 bit)",
    "sha512": "Secure Hash Standard 2 (512 bit)",
}
_GROUP_BITS = {1: 768, 2: 1024, 5: 1536, 14: 2048, 15: 3072, 16: 4096}


def isakmp_policy(state: DeviceState, args: Args) -> str:
    """``show crypto isakmp policy``."""
    lines = ["", "Global IKE policy"]
    for priority in sorted(state.settings.ike_policies):
        lines += _policy_lines(state.settings.ike_policies[priority])
    return "\n".join(lines)


def _policy_lines(policy: IkePolicy) -> Iterator[str]:
    """Yield one phase-1 policy in the device's long words."""
    auth = "Pre-Shared Key" if policy.authentication == "pre-share" else "Rivest-Shamir-Adleman Signature"
    bits = _GROUP_BITS.get(policy.group)
    yield f"Protection suite of priority {policy.priority}"
    yield f"        encryption algorithm:   {_CIPHERS[policy.encryption].format(policy.key_bits)}"
    yield f"        hash algorithm:         {_HASHES[policy.hash]}"
    yield f"        authentication method:  {auth}"
    yield f"        Diffie-Hellman group:   #{policy.group}" + (f" ({bits} bit)" if bits else "")
    yield f"        lifetime:               {policy.lifetime_s} seconds, no volume limit"


def isakmp_key(state: DeviceState, args: Args) -> str:
    """``show crypto isakmp key``."""
    lines = ["Keyring      Hostname/Address                            Preshared Key", ""]
    for key in state.settings.keys:
        peer = format_ip(key.peer.network)
        if key.peer.length < 32:
            peer += f"        [{format_ip(key.peer.mask)}]"
        lines.append(f"{key.keyring or 'default':12} {peer:43} {key.key}")
    return "\n".join(lines)


def lifetime(state: DeviceState, args: Args) -> str:
    """``show crypto ipsec security-association lifetime``."""
    seconds = state.settings.lifetime_s or _LIFETIME_S
    kilobytes = state.settings.lifetime_kb or _LIFETIME_KB
    return f"Security association lifetime: {kilobytes} kilobytes/{seconds} seconds"
