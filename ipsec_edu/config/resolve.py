"""Names become addresses, once the whole text is read: access lists and NAT rules over objects."""

from __future__ import annotations

from dataclasses import replace

from ipsec_edu.config.settings import AclLine, Address, CryptoMapEntry, DeviceSettings
from ipsec_edu.core.acl import ANY_PORT, Acl, AclEntry
from ipsec_edu.core.addr import ANY, Prefix

__all__ = ["prefixes_of", "resolve"]


def prefixes_of(
    settings: DeviceSettings, address: Address, seen: frozenset[str] = frozenset()
) -> tuple[Prefix, ...]:
    """Return the prefixes behind an address or a name; nothing for a name that leads nowhere."""
    if isinstance(address, Prefix):
        return (address,)
    if address in seen:
        return ()
    if address in settings.object_groups:
        found: dict[Prefix, None] = {}
        for member in settings.object_groups[address]:
            found |= dict.fromkeys(prefixes_of(settings, member, seen | {address}))
        return tuple(found)
    known = settings.objects.get(address)
    return known.prefixes if known is not None else ()


def _entries(settings: DeviceSettings, name: str, line: AclLine) -> list[AclEntry]:
    if not line.active:
        return []
    text = f"access-list {name} {line.text}" if settings.platform == "asa" else line.text
    return [
        AclEntry(line.permit, line.protocol, source, destination, source_ports, destination_ports, text)
        for source in prefixes_of(settings, line.source)
        for destination in prefixes_of(settings, line.destination)
        for source_ports in line.source_ports or (ANY_PORT,)
        for destination_ports in line.destination_ports or (ANY_PORT,)
    ]


def resolve(settings: DeviceSettings) -> None:
    """Fill in everything that follows from other settings (safe to repeat)."""
    if settings.platform == "asa":
        _drop_empty_entries(settings)
    settings.acls = {
        name: Acl(name, tuple(entry for line in lines for entry in _entries(settings, name, line)))
        for name, lines in settings.acl_lines.items()
    }
    settings.keys.sort(key=lambda key: (key.keyring is None, key.keyring or ""))  # as they are printed
    settings.nat[:] = [
        replace(
            rule,
            source=prefixes_of(settings, rule.source_object) if rule.source_object else rule.source,
            destination=prefixes_of(settings, rule.destination_object)
            if rule.destination_object
            else rule.destination,
        )
        for rule in settings.nat
    ]
    settings.nat.sort(key=lambda rule: _nat_order(rule.section, rule.kind, rule.source, rule.source_object))


def _drop_empty_entries(settings: DeviceSettings) -> None:
    """An ASA has no line that opens an entry: with its last line the entry is gone."""
    for maps in (settings.crypto_maps, settings.dynamic_maps):
        for name, entries in list(maps.items()):
            for sequence in [n for n, entry in entries.items() if entry == CryptoMapEntry(name, n)]:
                del entries[sequence]
            if not entries:
                del maps[name]


def _nat_order(
    section: int, kind: str, source: tuple[Prefix, ...], name: str
) -> tuple[int, int, int, int, str]:
    """Sort key: the order typed in sections 1 and 3; static first and small before large in section 2."""
    if section != 2:
        return section, 0, 0, 0, ""
    size = sum(1 << (32 - prefix.length) for prefix in source or (ANY,))
    return section, kind == "interface-pat", size, source[0].network if source else 0, name
