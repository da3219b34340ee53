"""What both platforms have: configuration text, clock, log, access lists, interfaces in brief, version."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from ipsec_edu.core.acl import ANY_PORT, Acl, AclEntry
from ipsec_edu.core.addr import Prefix, format_ip
from ipsec_edu.show.grammar import Args, find_interface
from ipsec_edu.show.state import DeviceState
from ipsec_edu.show.words import clock_text, log_stamp, mask, uptime_words, wildcard

__all__ = [
    "access_lists",
    "clock",
    "entry_words",
    "interface_brief",
    "logging",
    "running_config",
    "running_interface",
    "version",
]


def running_config(state: DeviceState, args: Args) -> str:
    """``show running-config``, all of it or the parts that begin with the given words (ASA)."""
    text = state.running_config.rstrip("\n")
    if "line" not in args:
        if state.platform == "asa":
            return text if text.startswith(": Saved") else f": Saved\n:\n{text}"
        return f"Building configuration...\n\nCurrent configuration : {len(text)} bytes\n{text}"
    wanted = args["line"].lower().split()
    kept: list[str] = []
    inside = False
    for line in text.split("\n"):
        if not line.startswith(" "):
            words = line.lower().split()
            inside = len(words) >= len(wanted) and all(
                word.startswith(begun) for word, begun in zip(words, wanted, strict=False)
            )
        if inside:
            kept.append(line)
    return "\n".join(kept)


def running_interface(state: DeviceState, args: Args) -> str:
    """``show running-config interface I``."""
    name = find_interface(state, args["interface"]) or args["interface"]
    return running_config(state, {"line": f"interface {name}"})


def clock(state: DeviceState, args: Args) -> str:
    """``show clock``; the asterisk of IOS says that nobody set it."""
    return ("*" if state.platform == "ios" else "") + clock_text(state.now_us)


def logging(state: DeviceState, args: Args) -> str:
    """``show logging``: settings, then the buffer, oldest line first."""
    lines = [
        f"{log_stamp(state.platform, each.at_us)}: {line}"
        for each in state.log
        for line in each.text.split("\n")
    ]
    count = f"{len(lines)} messages logged"
    if state.platform == "asa":
        head = ["Syslog logging: enabled", "    Facility: 20", "    Timestamp logging: enabled"]
        head += [f"    Buffer logging: level debugging, {count}"]
        return "\n".join(head + lines)
    size = max(4096, sum(len(line) + 1 for line in lines))
    head = ["Syslog logging: enabled (0 messages dropped, 0 messages rate-limited)", ""]
    head += ["    Console logging: disabled", f"    Buffer logging:  level debugging, {count}", ""]
    return "\n".join([*head, f"Log Buffer ({size} bytes):", "", *lines])


_PROTOCOLS = {0: "ip", 1: "icmp", 4: "ipinip", 6: "tcp", 17: "udp", 47: "gre", 50: "esp", 51: "ahp"}
_PORTS = {500: "isakmp", 4500: "non500-isakmp"}


def _protocol(number: int) -> str:
    return _PROTOCOLS.get(number, str(number))


def _ports(low_high: tuple[int, int]) -> str:
    """Return `` eq isakmp``, `` range 1 9`` or nothing."""
    low, high = low_high
    if low_high == ANY_PORT:
        return ""
    return f" eq {_PORTS.get(low, low)}" if low == high else f" range {low} {high}"


def _asa_address(prefix: Prefix) -> str:
    if prefix.length == 0:
        return "any4"
    return f"host {format_ip(prefix.network)}" if prefix.length == 32 else mask(prefix)


def entry_words(entry: AclEntry, platform: str) -> str:
    """Return an access-list line from ``permit`` on, with addresses as the platform writes them."""
    address = _asa_address if platform == "asa" else wildcard
    verb = "permit" if entry.permit else "deny"
    source = f"{address(entry.source)}{_ports(entry.source_ports)}"
    destination = f"{address(entry.destination)}{_ports(entry.destination_ports)}"
    return f"{verb} {_protocol(entry.protocol)} {source} {destination}"


def access_lists(state: DeviceState, args: Args) -> str:
    """``show access-lists [NAME]`` (IOS), ``show access-list [NAME]`` (ASA), with hit counts."""
    wanted = args.get("acl")
    lines: list[str] = []
    if state.platform == "asa" and wanted is None:
        lines += ["access-list cached ACL log flows: total 0, denied 0 (deny-flow-max 4096)"]
        lines += ["            alert-interval 300"]
    for acl in state.settings.acls.values():
        if wanted in (None, acl.name):
            lines += _asa_acl(state, acl) if state.platform == "asa" else _ios_acl(state, acl)
    if wanted is not None and not lines and state.platform == "asa":
        return f"ERROR: access-list <{wanted}> does not exist"
    return "\n".join(lines)


def _ios_acl(state: DeviceState, acl: Acl) -> Iterator[str]:
    """Yield an IOS access list; a numbered one of 1-99 or 1300-1999 is standard."""
    numbered = acl.name.isdigit() and (int(acl.name) < 100 or 1300 <= int(acl.name) < 2000)
    standard = numbered or acl.name in state.settings.standard_acls
    yield f"{'Standard' if standard else 'Extended'} IP access list {acl.name}"
    typed = {line.text: line.sequence for line in state.settings.acl_lines.get(acl.name, ())}
    sequence = 0
    for at, entry in enumerate(acl.entries):
        sequence = typed.get(entry.text) or sequence + 10
        hits = state.acl_hits.get((acl.name, at), 0)
        words = _standard_words(entry) if standard else entry_words(entry, "ios")
        matched = f" ({hits} match{'' if hits == 1 else 'es'})" if hits else ""
        yield f"    {sequence} {words}{matched}"


def _standard_words(entry: AclEntry) -> str:
    verb = "permit" if entry.permit else "deny  "
    if entry.source.length == 0:
        return f"{verb} any"
    text = f"{verb} {format_ip(entry.source.network)}"
    if entry.source.length < 32:
        text += f", wildcard bits {format_ip(entry.source.mask ^ 0xFFFFFFFF)}"
    return text


def _asa_acl(state: DeviceState, acl: Acl) -> Iterator[str]:
    """Yield an ASA access list: a line with objects, then the elements that it stands for, indented."""
    yield f"access-list {acl.name}; {len(acl.entries)} elements; name hash: {_hash(acl.name)}"
    number, before = 0, ""
    for at, entry in enumerate(acl.entries):
        hits = state.acl_hits.get((acl.name, at), 0)
        typed = re.search(r"\b(?:permit|deny)\b.*", entry.text)
        grouped = typed is not None and " object" in typed[0]
        if not (grouped and entry.text == before):
            number, before = number + 1, entry.text
            if typed is not None and grouped:
                together = sum(
                    state.acl_hits.get((acl.name, each), 0)
                    for each, other in enumerate(acl.entries)
                    if other.text == entry.text
                )
                yield _asa_line("", acl.name, number, typed[0].strip(), together)
        yield _asa_line("  " if grouped else "", acl.name, number, entry_words(entry, "asa"), hits)


def _asa_line(indent: str, name: str, number: int, words: str, hits: int) -> str:
    text = f"access-list {name} line {number} extended {words}"
    return f"{indent}{text} (hitcnt={hits}) {_hash(text)} "


def _hash(text: str) -> str:
    """Return the 32-bit label that an ASA gives each line (its own function is not published)."""
    return f"0x{zlib.crc32(text.encode()):08x}"


def interface_brief(state: DeviceState, args: Args) -> str:
    """``show ip interface brief`` and ``show interface ip brief``."""
    lines = ["Interface                  IP-Address      OK? Method Status                Protocol"]
    for each in state.interfaces:
        address = "unassigned" if each.address is None else format_ip(each.address)
        method = "unset" if each.address is None else "CONFIG" if state.platform == "asa" else "NVRAM"
        up = each.up and not each.shutdown
        status = "administratively down" if each.shutdown else "up" if up else "down"
        protocol = "up" if up and each.line_protocol else "down"
        lines.append(f"{each.name:26} {address:15} YES {method:6} {status:21} {protocol:4}")
    return "\n".join(lines)


def version(state: DeviceState, args: Args) -> str:
    """``show version``: says that this is a simulation, then name, uptime and interfaces."""
    up = uptime_words(state.now_us - state.boot_us, state.platform)
    if state.platform == "asa":
        lines = ["Cisco Adaptive Security Appliance, simulated by ipsec_edu", ""]
        lines += ['Config file at boot was "startup-config"', "", f"{state.hostname} up {up}", ""]
        lines += [
            f" {at}: Ext: {each.name:20}: address is {_dotted(each.mac)}, irq 0"
            for at, each in enumerate(state.interfaces)
        ]
        return "\n".join(lines)
    lines = ["Cisco IOS Software, simulated by ipsec_edu", "", f"{state.hostname} uptime is {up}"]
    lines += ["System returned to ROM by power-on", ""]
    real = [each for each in state.interfaces if each.name.startswith(("Gig", "Fast", "Eth", "Ser"))]
    return "\n".join([*lines, f"{len(real)} interfaces"])


def _dotted(mac: str) -> str:
    """Return ``0200.0000.0001`` for ``02:00:00:00:00:01``."""
    digits = mac.replace(":", "") or "0" * 12
    return ".".join(digits[at : at + 4] for at in (0, 4, 8))
