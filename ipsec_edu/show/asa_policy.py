"""ASA: translation rules and drop counters. ``show nat``, ``show asp drop``."""

from __future__ import annotations

import re

from ipsec_edu.config.settings import NatRule
from ipsec_edu.core.causes import Cause
from ipsec_edu.show.grammar import Args
from ipsec_edu.show.state import DeviceState

__all__ = ["asp_drop", "nat"]

_TITLES = {1: "Manual NAT Policies", 2: "Auto NAT Policies", 3: "Manual NAT Policies"}


def nat(state: DeviceState, args: Args) -> str:
    """``show nat``: the rules in the order in which they are tried, with their hits."""
    lines: list[str] = []
    for section, title in _TITLES.items():
        rules = [(at, rule) for at, rule in enumerate(state.settings.nat) if rule.section == section]
        if not rules:
            continue
        lines += ["", f"{title} (Section {section})"] if lines else [f"{title} (Section {section})"]
        for number, (at, rule) in enumerate(rules, 1):
            translated, untranslated = state.nat_hits.get(at, (0, 0))
            lines.append(
                f"{number} ({rule.inside or 'any'}) to ({rule.outside or 'any'}) {_rule_words(rule)}"
            )
            lines.append(f"    translate_hits = {translated}, untranslate_hits = {untranslated}")
    return "\n".join(lines)


def _rule_words(rule: NatRule) -> str:
    """Return a rule from ``source`` on: a twice-NAT line as typed, an object's rule with its object."""
    typed = re.search(r"nat\s*\([^)]*\)\s+(?:after-auto\s+)?(.*)", rule.text)
    words = " ".join(typed[1].split()) if typed else ""
    if words.startswith("source"):
        return words.replace(" destination", "   destination")
    name = rule.source_object or "any"
    if rule.kind == "interface-pat":
        return f"source dynamic {name} interface"
    if rule.kind == "exempt-acl":
        return f"source static any any   access-list {rule.acl}"
    text = f"source static {name} {name}"
    if rule.destination_object:
        text += f"   destination static {rule.destination_object} {rule.destination_object}"
    return text


_FRAME_DROPS: tuple[tuple[str, str, tuple[Cause, ...]], ...] = (
    ("IPSEC tunnel is down", "ipsec-tun-down", (Cause.SA_EXPIRED,)),
    ("Invalid IP header", "invalid-ip-header", (Cause.MALFORMED,)),
    ("No valid adjacency", "no-adjacency", (Cause.NO_NEIGHBOUR,)),
    ("No route to host", "no-route", (Cause.NO_ROUTE,)),
    ("Flow is denied by configured rule", "acl-drop", (Cause.ACL,)),
    ("Invalid SPI", "np-sp-invalid-spi", (Cause.INVALID_SPI,)),
    ("CTM returned error", "ctm-error", (Cause.BAD_ICV, Cause.REPLAY, Cause.SEQ_OVERFLOW)),
    ("Interface is down", "interface-down", (Cause.LINK_DOWN,)),
    ("Fragment reassembly failed", "fragment-reassembly-failed", (Cause.REASSEMBLY,)),
    ("TTL exceeded", "ttl-exceeded", (Cause.TTL,)),
)
_FLOW_DROPS: tuple[tuple[str, str, tuple[Cause, ...]], ...] = (
    ("Need to start IKE negotiation", "need-ike", (Cause.NO_SA_PENDING,)),
    ("VPN decryption missing", "vpn-missing-decrypt", (Cause.CLEAR_MATCHES_SPD,)),
    ("NAT reverse path failed", "nat-rpf-failed", (Cause.NAT_REWRITTEN,)),
    ("IPSec inner policy mismatch failure", "ipsec-selector-failure", (Cause.SELECTOR_MISMATCH,)),
)
"""Title and name of a drop counter of the accelerated path, and the causes that it counts."""


def asp_drop(state: DeviceState, args: Args) -> str:
    """``show asp drop``: counters that are not zero."""
    lines = ["", "Frame drop:", *_counted(state, _FRAME_DROPS), "", "Last clearing: Never", ""]
    lines += ["Flow drop:", *_counted(state, _FLOW_DROPS), "", "Last clearing: Never"]
    return "\n".join(lines)


def _counted(state: DeviceState, table: tuple[tuple[str, str, tuple[Cause, ...]], ...]) -> list[str]:
    lines = []
    for title, name, causes in table:
        count = sum(state.drops.get(cause, 0) for cause in causes)
        if count:
            lines.append(f"  {f'{title} ({name})':60} {count:>18}")
    return lines
