"""Hangs access lists, the firewall and NAT on a node, in the vendors' order of operation."""

from __future__ import annotations

from ipsec_edu.config.settings import DeviceSettings, NatRule
from ipsec_edu.core.acl import Acl
from ipsec_edu.net.filters import AccessFilter, Firewall
from ipsec_edu.net.nat import Nat, Rule
from ipsec_edu.net.node import Node
from ipsec_edu.net.reverse_path import ReversePath

__all__ = ["hang_filters"]


def hang_filters(node: Node, settings: DeviceSettings) -> tuple[Firewall | AccessFilter | None, Nat | None]:
    """Hang what `settings` asks for on the hooks of `node`; return its filter and NAT, if it has any.

    A list that is referred to and not defined filters nothing, as on the device. Where a packet came from is
    checked behind the access list, before anything translates it.
    """
    inbound = _lists(settings, "in")
    outbound = _lists(settings, "out")
    filtering: Firewall | AccessFilter | None = None
    if settings.platform == "asa":
        filtering = Firewall(
            node,
            inbound,
            outbound,
            permit_vpn=settings.permit_vpn,
            inspect_icmp=settings.inspect_icmp,
            same_security_inter=settings.same_security_inter,
            same_security_intra=settings.same_security_intra,
        )
        node.on_forward.append(filtering.check)
    elif inbound or outbound:
        filtering = AccessFilter(node, inbound, outbound)
        node.on_input.append(filtering.check_input)
        node.on_forward.append(filtering.check_forward)
    checked = {i.name: (i.verify, i.verify_default) for i in settings.interfaces.values() if i.verify}
    if checked:
        node.on_input.append(ReversePath(node, checked).check_input)
    rules = [_rule(settings, rule) for rule in settings.nat]
    if not rules:
        return filtering, None
    nat = Nat(node, rules)
    node.on_input.append(nat.untranslate)
    node.on_forward.append(nat.translate)
    return filtering, nat


def _lists(settings: DeviceSettings, way: str) -> dict[str, Acl]:
    """Return the access list of each interface that has one, in direction `way`."""
    found: dict[str, Acl] = {}
    for interface in settings.interfaces.values():
        name = interface.access_in if way == "in" else interface.access_out
        if name is not None and name in settings.acls:
            found[interface.name] = settings.acls[name]
    return found


def _rule(settings: DeviceSettings, rule: NatRule) -> Rule:
    inside: frozenset[str] | None
    outside: frozenset[str] | None
    if rule.kind == "ios-overload":
        inside = frozenset(i.name for i in settings.interfaces.values() if i.nat == "inside")
        outside = frozenset(
            i.name
            for i in settings.interfaces.values()
            if i.nat == "outside" and rule.interface in (None, i.name)
        )
    else:
        inside, outside = _named(settings, rule.inside), _named(settings, rule.outside)
    return Rule(
        translate=rule.kind in ("interface-pat", "ios-overload"),
        section=0 if rule.kind == "exempt-acl" else rule.section,
        inside=inside,
        outside=outside,
        source=rule.source,
        destination=rule.destination,
        acl=settings.acls.get(rule.acl, Acl(rule.acl)) if rule.acl else None,
        text=rule.text,
    )


def _named(settings: DeviceSettings, nameif: str | None) -> frozenset[str] | None:
    """The interface called `nameif`; None (any) for ``any`` and for no name."""
    if nameif is None or nameif.lower() == "any":
        return None
    return frozenset(
        i.name for i in settings.interfaces.values() if (i.nameif or "").lower() == nameif.lower()
    )
