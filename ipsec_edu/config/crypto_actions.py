"""What the crypto commands of both platforms do to the settings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ipsec_edu.config.context import Context, RefusalError
from ipsec_edu.config.grammar import Match
from ipsec_edu.config.settings import CryptoMapEntry
from ipsec_edu.ike.settings import IkePolicy, TransformSet

__all__ = [
    "LIFETIME_NONE_S",
    "REPLAY_WINDOW",
    "default_policy",
    "default_pfs_group",
    "entry",
    "entry_lifetime",
    "entry_match",
    "entry_peer",
    "entry_pfs",
    "entry_transform_sets",
    "global_lifetime",
    "identity",
    "nat_keepalive",
    "policy",
    "policy_authentication",
    "policy_encryption",
    "policy_group",
    "policy_hash",
    "policy_lifetime",
    "replay_window",
    "transform_set",
    "transform_set_mode",
]

IOS_DEFAULT_PFS_GROUP = 1
"""``set pfs`` without a group; newer releases use 14 or 19 (weak source)."""
ASA_DEFAULT_PFS_GROUP = 2
"""``set pfs`` without a group; recent versions use 14 (weak source)."""
REPLAY_WINDOW = 64
LIFETIME_NONE_S = 2_147_483_647
"""ASA ``lifetime none``: written as the largest lifetime that the device accepts."""

_HASHES = {"sha": "sha1", "md5": "md5", "sha256": "sha256", "sha384": "sha384", "sha512": "sha512"}


def default_policy(platform: str, priority: int) -> IkePolicy:
    """Return a phase-1 policy in which nothing is typed yet.

    IOS: DES, SHA-1, RSA signatures, group 1, 86400 s. ASA: 3DES, SHA-1, pre-shared key,
    group 2, 86400 s (weak source; 9.13 and later changed the group).
    """
    if platform == "asa":
        return IkePolicy(priority, "3des", 0, "sha1", "pre-share", 2, 86400)
    return IkePolicy(priority, "des", 0, "sha1", "rsa-sig", 1, 86400)


def default_pfs_group(platform: str) -> int:
    """Return the group that ``set pfs`` without a group means."""
    return ASA_DEFAULT_PFS_GROUP if platform == "asa" else IOS_DEFAULT_PFS_GROUP


# --- phase 1 ---------------------------------------------------------------------------


def policy(ctx: Context, m: Match) -> int | None:
    """``crypto isakmp policy N``, ``crypto ikev1 policy N``."""
    priority: int | None = m.get("priority")
    policies = ctx.settings.ike_policies
    if m.no:
        if priority is None:
            policies.clear()
        else:
            policies.pop(priority, None)
        return None
    assert priority is not None
    policies.setdefault(priority, default_policy(ctx.settings.platform, priority))
    return priority


def _change_policy(ctx: Context, m: Match, **changes: Any) -> None:
    priority = ctx.target
    if m.no:
        fresh = default_policy(ctx.settings.platform, priority)
        changes = {name: getattr(fresh, name) for name in changes}
    ctx.settings.ike_policies[priority] = replace(ctx.settings.ike_policies[priority], **changes)


def policy_encryption(ctx: Context, m: Match) -> None:
    """``encryption aes 256`` (IOS), ``encryption aes-256`` (ASA)."""
    word = m.pick("des", "3des", "aes", "aes-192", "aes-256") or "des"
    bits = int(m.pick("128", "192", "256") or 0)
    if word.startswith("aes"):
        bits = int(word[4:] or bits or 128)
    _change_policy(ctx, m, encryption=word[:3] if word.startswith("aes") else word, key_bits=bits)


def policy_hash(ctx: Context, m: Match) -> None:
    """``hash sha``."""
    _change_policy(ctx, m, hash=_HASHES[m.pick(*_HASHES) or "sha"])


def policy_authentication(ctx: Context, m: Match) -> None:
    """``authentication pre-share``."""
    word = m.pick("pre-share", "rsa-sig", "rsa-encr", "crack")
    if word not in ("pre-share", None):
        ctx.not_modelled("authentication by certificates (rsa-sig)")
    _change_policy(ctx, m, authentication="pre-share" if word == "pre-share" else "rsa-sig")


def policy_group(ctx: Context, m: Match) -> None:
    """``group 14``."""
    _change_policy(ctx, m, group=int(next((w for w in m.words if w.isdigit()), "0")))


def policy_lifetime(ctx: Context, m: Match) -> None:
    """``lifetime 86400``."""
    _change_policy(ctx, m, lifetime_s=LIFETIME_NONE_S if m.has("none") else m.get("seconds", 0))


def identity(ctx: Context, m: Match) -> None:
    """``crypto isakmp identity address``."""
    default = "auto" if ctx.settings.platform == "asa" else "address"
    word = m.pick("address", "hostname", "dn", "auto", "key-id")
    if word in ("dn", "key-id"):
        ctx.not_modelled(f"crypto isakmp identity {word}")
    ctx.settings.identity = default if m.no or word is None else word


def nat_keepalive(ctx: Context, m: Match) -> None:
    """``crypto isakmp nat keepalive N`` (IOS), ``crypto isakmp nat-traversal [N]`` (ASA)."""
    ctx.settings.nat_keepalive_s = 20 if m.no else m.get("seconds", 20)
    if ctx.settings.platform == "asa":
        ctx.settings.nat_traversal = not m.no


# --- phase 2 ---------------------------------------------------------------------------


def transform_set(ctx: Context, m: Match) -> str | None:
    """``crypto ipsec transform-set TS esp-aes 256 esp-sha-hmac``."""
    sets, name = ctx.settings.transform_sets, m.get("name")
    if m.no:
        if name is not None:
            sets.pop(name, None)
        return None
    fields: dict[str, Any] = {}
    for family, algorithm, bits in m["transform"]:
        clash = (
            "ah_integrity" if family == "ah" else "esp_integrity" if family == "auth" else "esp_encryption"
        )
        if clash in fields:
            raise RefusalError(
                "a transform set holds at most one cipher, one ESP and one AH integrity transform",
                "transform",
            )
        fields[clash] = algorithm or None
        if family == "enc":
            fields["esp_key_bits"] = bits
    old = sets.get(name)
    sets[name] = TransformSet(name, **fields, mode=old.mode if old is not None else "tunnel")
    return str(name)


def transform_set_mode(ctx: Context, m: Match) -> None:
    """``mode transport``; on ASA one global line."""
    name = m.get("name") or ctx.target
    old = ctx.settings.transform_sets.get(name)
    if old is None:
        if not m.no:
            raise RefusalError(f'transform set "{name}" is not defined: write its transforms first', "name")
        return
    mode = "transport" if m.has("transport") and not m.no else "tunnel"
    ctx.settings.transform_sets[name] = replace(old, mode=mode)


def global_lifetime(ctx: Context, m: Match) -> None:
    """``crypto ipsec security-association lifetime seconds N | kilobytes N``."""
    if "seconds" in m.words:
        ctx.settings.lifetime_s = None if m.no else m["seconds"]
    if "kilobytes" in m.words:
        if m.has("disable") or m.has("unlimited"):
            ctx.settings.lifetime_kb = None if m.no else 0
        else:
            ctx.settings.lifetime_kb = None if m.no else m["kilobytes"]


def replay_window(ctx: Context, m: Match) -> None:
    """``crypto ipsec security-association replay window-size N | disable``."""
    size = next((int(word) for word in m.words if word.isdigit()), REPLAY_WINDOW)
    ctx.settings.replay_window = REPLAY_WINDOW if m.no else 0 if m.has("disable") else size


# --- crypto map entries ----------------------------------------------------------------


def entry(ctx: Context, m: Match) -> CryptoMapEntry:
    """Return the entry that the line edits: of the mode (IOS), or named in the line (ASA)."""
    if isinstance(ctx.target, CryptoMapEntry):
        return ctx.target
    maps = ctx.settings.dynamic_maps if "dynamic-map" in m.words[:2] else ctx.settings.crypto_maps
    name, sequence = m["name"], m["sequence"]
    return maps.setdefault(name, {}).setdefault(sequence, CryptoMapEntry(name, sequence))


def entry_match(ctx: Context, m: Match) -> None:
    """``match address ACL``."""
    entry(ctx, m).acl = None if m.no else m["acl"]


def entry_peer(ctx: Context, m: Match) -> None:
    """``set peer A``: adds one on IOS, is the whole list on ASA."""
    edited, named = entry(ctx, m), m.get("peer", [])
    if m.no:
        edited.peers[:] = [peer for peer in edited.peers if named and peer not in named]
        if edited.default_peer not in edited.peers:
            edited.default_peer = None
        return
    if ctx.settings.platform == "asa" and len(named) > 10:
        raise RefusalError("an entry takes at most ten peers", "peer")
    if ctx.settings.platform == "asa":
        edited.peers[:] = list(dict.fromkeys([*edited.peers, *named]))
    else:
        edited.peers.extend(peer for peer in named if peer not in edited.peers)
    if m.has("default"):
        if edited.default_peer not in (None, named[0]):
            raise RefusalError(
                "only one peer of an entry can be the default: take `default` from the other first", "default"
            )
        if edited.peers[0] != named[0]:
            raise RefusalError("the default peer must be the first of the list", "default")
        edited.default_peer = named[0]


def entry_transform_sets(ctx: Context, m: Match) -> None:
    """``set transform-set A B``: an ordered list, replaced as a whole."""
    entry(ctx, m).transform_sets[:] = [] if m.no else m["transform_set"]


def entry_pfs(ctx: Context, m: Match) -> None:
    """``set pfs [groupN]``."""
    word = next((word for word in m.words if word.startswith("group")), "")
    group = int(word[5:]) if word else default_pfs_group(ctx.settings.platform)
    entry(ctx, m).pfs_group = None if m.no else group


def entry_lifetime(ctx: Context, m: Match) -> None:
    """``set security-association lifetime seconds N | kilobytes N``."""
    edited = entry(ctx, m)
    if "seconds" in m.words:
        edited.lifetime_s = None if m.no else m["seconds"]
    if "kilobytes" in m.words:
        edited.lifetime_kb_disabled = not m.no and (m.has("disable") or m.has("unlimited"))
        edited.lifetime_kb = None if m.no or edited.lifetime_kb_disabled else m["kilobytes"]
