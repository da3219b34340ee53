"""Near misses: text that a device accepts and that cannot work, said before anybody waits for a tunnel."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from ipsec_edu.config.check_routing import check_routing, missing
from ipsec_edu.config.settings import CryptoMapEntry, DeviceSettings, Lines, NatRule
from ipsec_edu.core.acl import ANY_PORT, Acl, AclEntry
from ipsec_edu.core.addr import ANY, Prefix, format_ip
from ipsec_edu.core.errors import Problem

__all__ = ["check_device"]


def check_device(settings: DeviceSettings, file: str) -> list[Problem]:
    """Return warnings about names that lead nowhere and entries that cannot work.

    Parameters
    ----------
    settings : DeviceSettings
        The whole configuration of one device.
    file : str
        The name that the warnings carry.
    """
    checks = (
        _names,
        _unused,
        _crypto_maps,
        _keys,
        _policies,
        _access_lists,
        _transform_sets,
        _nat_order,
        _nat_first,
        check_routing,
    )
    return [Problem(file, 0, 0, "warning", "", message) for check in checks for message in check(settings)]


def _where(entry: CryptoMapEntry) -> str:
    return f"crypto map {entry.name} {entry.sequence}"


def _static(settings: DeviceSettings) -> list[CryptoMapEntry]:
    return [entry for entries in settings.crypto_maps.values() for _, entry in sorted(entries.items())]


def _all(settings: DeviceSettings) -> list[CryptoMapEntry]:
    return _static(settings) + [
        entry for entries in settings.dynamic_maps.values() for entry in entries.values()
    ]


def _names(settings: DeviceSettings) -> Iterator[str]:
    for entry in _all(settings):
        if entry.acl is not None and entry.acl not in settings.acls:
            yield (
                missing("access list", entry.acl, f"{_where(entry)} `match address`", settings.acls)
                + "; an empty crypto access list protects nothing"
            )
        for name in entry.transform_sets:
            if name not in settings.transform_sets:
                yield missing("transform set", name, _where(entry), settings.transform_sets)
        if entry.dynamic_map is not None and entry.dynamic_map not in settings.dynamic_maps:
            yield missing("dynamic map", entry.dynamic_map, _where(entry), settings.dynamic_maps)
    for interface in settings.interfaces.values():
        if interface.crypto_map is not None and interface.crypto_map not in settings.crypto_maps:
            yield missing(
                "crypto map", interface.crypto_map, f"interface {interface.name}", settings.crypto_maps
            )
        for acl in (interface.access_in, interface.access_out):
            if acl is not None and acl not in settings.acls:
                yield missing("access list", acl, f"interface {interface.name}", settings.acls)
        if interface.unnumbered is not None and interface.unnumbered not in settings.interfaces:
            yield missing(
                "interface", interface.unnumbered, f"interface {interface.name}", settings.interfaces
            )
    for name, local in settings.crypto_map_local.items():
        if name not in settings.crypto_maps:
            yield missing("crypto map", name, f"crypto map {name} local-address", settings.crypto_maps)
        if local not in settings.interfaces or settings.interfaces[local].address is None:
            yield f"crypto map {name} local-address names {local}, which has no address: give it one"
    if settings.access_global is not None and settings.access_global not in settings.acls:
        yield missing("access list", settings.access_global, "access-group global", settings.acls)
    things = {**settings.objects, **settings.object_groups}
    for name, lines in settings.acl_lines.items():
        for used in {
            address
            for line in lines
            if line.active
            for address in (line.source, line.destination)
            if isinstance(address, str)
        }:
            if used not in things:
                yield missing("object", used, f"access-list {name}", things)
    for rule in settings.nat:
        for used in (rule.source_object, rule.destination_object):
            if used and used not in things:
                yield missing("object", used, f"`{rule.text}`", things)
        if rule.acl is not None and rule.acl not in settings.acls:
            yield missing("access list", rule.acl, f"`{rule.text}`", settings.acls)
    for name, members in settings.object_groups.items():
        for member in members:
            if isinstance(member, str) and member not in things:
                yield missing("object", member, f"object-group {name}", things)


def _unused(settings: DeviceSettings) -> Iterator[str]:
    applied = {interface.crypto_map for interface in settings.interfaces.values()}
    for name in settings.crypto_maps:
        if name not in applied:
            how = (
                f"crypto map {name} interface outside"
                if settings.platform == "asa"
                else f"crypto map {name} on the interface"
            )
            yield f"crypto map {name} is applied to no interface: it encrypts nothing (`{how}`)"
    used_sets = {name for entry in _all(settings) for name in entry.transform_sets}
    for name in settings.transform_sets:
        if name not in used_sets and settings.crypto_maps:
            yield f"transform set {name} is defined but never used"
    used = (
        {entry.acl for entry in _all(settings)}
        | {rule.acl for rule in settings.nat}
        | {settings.access_global}
    )
    used |= {
        acl
        for interface in settings.interfaces.values()
        for acl in (interface.access_in, interface.access_out)
    }
    used |= {
        acl
        for entries in settings.route_maps.values()
        for line in entries.values()
        for acl in line.access_lists
    }
    kept = " ".join(_words(settings.lines))
    for name in settings.acls:
        if name not in used and f" {name} " not in f" {kept} ":
            yield f"access list {name} is defined but never used"


def _words(lines: Lines) -> Iterator[str]:
    for text, below in lines.items():
        yield text
        if isinstance(below, dict):
            yield from _words(below)


def _crypto_maps(settings: DeviceSettings) -> Iterator[str]:
    set_word = "set ikev1 transform-set" if settings.platform == "asa" else "set transform-set"
    for entry in _static(settings):
        if entry.dynamic_map is not None:
            continue
        wanted = (("set peer", entry.peers), ("match address", entry.acl), (set_word, entry.transform_sets))
        lacking = [word for word, value in wanted if not value]
        if lacking:
            yield (
                f"{_where(entry)} is incomplete, it has no "
                f"{' and no '.join(f'`{word}`' for word in lacking)}: the device ignores it"
            )
    for entry in _all(settings):
        acl = settings.acls.get(entry.acl or "")
        for line in acl.entries if acl is not None else ():
            if line.permit and line.source == ANY and line.destination == ANY and line.protocol == 0:
                yield (
                    f"{_where(entry)}: `permit ip any any` as crypto access list catches everything, "
                    "routing hellos too: name the networks"
                )
                break


def _keys(settings: DeviceSettings) -> Iterator[str]:
    for entry in _static(settings):
        for peer in entry.peers:
            text = format_ip(peer)
            if settings.platform == "asa":
                group = settings.tunnel_groups.get(text) or settings.tunnel_groups.get("DefaultL2LGroup")
                if group is None or group.key is None:
                    near = get_close_matches(text, settings.tunnel_groups, 1, 0.8)
                    hint = f" (there is one for {near[0]})" if near and near[0] != text else ""
                    yield (
                        f"{_where(entry)}: no pre-shared key for peer {text}{hint}; write `tunnel-group "
                        f"{text} ipsec-attributes` and `ikev1 pre-shared-key KEY`"
                    )
            elif not any(key.peer.contains(peer) for key in settings.keys):
                yield (
                    f"{_where(entry)}: no pre-shared key for peer {text}; write `crypto isakmp key KEY "
                    f"address {text}`"
                )


def _policies(settings: DeviceSettings) -> Iterator[str]:
    if not settings.crypto_maps:
        return
    command = "crypto ikev1 policy" if settings.platform == "asa" else "crypto isakmp policy"
    if not settings.ike_policies:
        yield f"there is no `{command}`: phase 1 cannot agree on anything"
    elif all(policy.authentication != "pre-share" for policy in settings.ike_policies.values()):
        yield f"no `{command}` has `authentication pre-share`: the keys are never used"
    applied = [i for i in settings.interfaces.values() if i.crypto_map is not None]
    if settings.platform == "asa":
        for interface in applied:
            if interface.nameif is not None and interface.nameif not in settings.ike_enabled:
                yield (
                    f"IKE is not enabled on {interface.nameif}: write `crypto ikev1 enable "
                    f"{interface.nameif}`"
                )
    for interface in applied:
        if interface.address is None and interface.unnumbered is None:
            yield f"interface {interface.name} has a crypto map and no address"


def _access_lists(settings: DeviceSettings) -> Iterator[str]:
    for name, acl in settings.acls.items():
        if not acl.entries:
            yield f"access list {name} has no lines: it matches nothing"
    for entry in _all(settings):
        found = settings.acls.get(entry.acl or "")
        if found is not None and found.entries and not any(line.permit for line in found.entries):
            yield f"{_where(entry)}: access list {found.name} permits nothing, so nothing is encrypted"
        if found is not None and any(
            line.source_ports != ANY_PORT or line.destination_ports != ANY_PORT
            for line in found.entries
            if line.permit
        ):
            yield (
                f"{_where(entry)}: access list {found.name} selects by port; the peer needs exactly the "
                "mirror of it"
            )


def _transform_sets(settings: DeviceSettings) -> Iterator[str]:
    for ts in settings.transform_sets.values():
        if ts.esp_encryption is None and ts.ah_integrity is None:
            yield f"transform set {ts.name} has no cipher: add one (esp-aes), or esp-null if that is meant"


def _nat_order(settings: DeviceSettings) -> Iterator[str]:
    """An exemption below a dynamic rule of the same section does nothing."""
    dynamic: dict[tuple[int, str | None], str] = {}
    for rule in settings.nat:
        if rule.kind == "interface-pat":
            dynamic.setdefault((rule.section, rule.inside), rule.text)
        elif rule.kind == "identity" and (rule.section, rule.inside) in dynamic:
            yield (
                f"`{rule.text}` stands below `{dynamic[rule.section, rule.inside]}` and never matches: "
                "give it a lower position"
            )


def _nat_first(settings: DeviceSettings) -> Iterator[str]:
    """Translation comes before the crypto map: what it changes no longer fits the crypto access list."""
    for entry in _static(settings):
        acl = settings.acls.get(entry.acl or "")
        for line in acl.entries if acl is not None else ():
            rule = _translated(settings, line) if line.permit else None
            if rule is not None:
                yield (
                    f"{_where(entry)}: `{rule.text}` translates {line.source} to {line.destination} before "
                    "the crypto map sees it, so it never matches: exempt it from translation"
                )
                break


def _translated(settings: DeviceSettings, line: AclEntry) -> NatRule | None:
    """Return the rule that changes the source of this traffic, if one does."""
    for rule in settings.nat:
        if rule.acl is not None:
            chosen = settings.acls.get(rule.acl, Acl(rule.acl))
            hit = next(
                (
                    e
                    for e in chosen.entries
                    if _overlap(e.source, line.source) and _overlap(e.destination, line.destination)
                ),
                None,
            )
            if hit is not None and hit.permit:
                return rule if rule.kind == "ios-overload" else None
            continue
        if any(_overlap(s, line.source) for s in rule.source or (ANY,)) and any(
            _overlap(d, line.destination) for d in rule.destination or (ANY,)
        ):
            return rule if rule.kind == "interface-pat" else None
    return None


def _overlap(one: Prefix, other: Prefix) -> bool:
    return one.covers(other) or other.covers(one)
