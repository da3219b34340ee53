"""What the NAT commands of an ASA do to the settings."""

from __future__ import annotations

from ipsec_edu.config.context import Context
from ipsec_edu.config.grammar import Match
from ipsec_edu.config.settings import NatRule
from ipsec_edu.core.addr import ANY, Prefix

__all__ = ["nat", "nat_exempt", "object_nat"]


def _side(name: str) -> str | None:
    return None if name.lower() == "any" else name


def _prefixes(ctx: Context, name: str) -> tuple[Prefix, ...]:
    return (ANY,) if name == "any" else ()  # names are filled in by `resolve`


def _keep(ctx: Context, m: Match) -> None:
    """A rule that translates nothing here is kept as text: a rule of the model would act."""
    if not m.has("inactive"):
        ctx.not_modelled("static NAT to another address")
    ctx.keep(m.text)


def _add_nat(ctx: Context, m: Match, rule: NatRule) -> None:
    rules = ctx.settings.nat
    if m.no:
        rules[:] = [old for old in rules if old.text != rule.text]
        return
    if any(old.text == rule.text for old in rules):
        return
    first = sum(1 for old in rules if old.section < rule.section)
    size = sum(1 for old in rules if old.section == rule.section)
    rules.insert(first + min(m.get("position", size + 1) - 1, size), rule)


def nat(ctx: Context, m: Match) -> None:
    """Twice NAT: the exemption (a thing to itself), or dynamic to the interface's address."""
    inside, outside = m["pair"]
    section = 3 if m.has("after-auto") else 1
    source, target = m["real"], m.get("mapped")
    destination, destination_target = m.get("dmapped"), m.get("dreal")
    options = "".join(
        f" {word}" for word in ("no-proxy-arp", "route-lookup", "unidirectional", "inactive") if m.has(word)
    )
    after = " after-auto" if section == 3 else ""
    aim = f" destination static {destination} {destination_target}" if destination else ""
    if m.has("dynamic"):
        text = f"nat ({inside},{outside}){after} source dynamic {source} interface{aim}{options}"
        kind = "interface-pat"
    else:
        text = f"nat ({inside},{outside}){after} source static {source} {target}{aim}{options}"
        kind = "identity"
    if m.has("inactive") or (
        m.has("static") and not m.has("dynamic") and (source, destination) != (target, destination_target)
    ):
        _keep(ctx, m)
        return
    rule = NatRule(
        kind,
        section,
        _side(inside),
        _side(outside),
        _prefixes(ctx, source),
        _prefixes(ctx, destination or "any"),
        text=text,
        source_object="" if source == "any" else source,
        destination_object="" if destination in (None, "any") else destination,
    )
    _add_nat(ctx, m, rule)


def object_nat(ctx: Context, m: Match) -> None:
    """``nat (inside,outside) dynamic interface`` below an object: one rule per object."""
    name, rules = ctx.target, ctx.settings.nat
    mine = [rule for rule in rules if rule.section == 2 and rule.source_object == name]
    for rule in mine:
        rules.remove(rule)
    if m.no:
        ctx.forget("nat")
        return
    inside, outside = m["pair"]
    if m.has("static"):
        _keep(ctx, m)
        return
    text = f"nat ({inside},{outside}) dynamic interface"
    rule = NatRule(
        "interface-pat", 2, _side(inside), _side(outside), source_object=name, destination=(ANY,), text=text
    )
    _add_nat(ctx, m, rule)


def nat_exempt(ctx: Context, m: Match) -> None:
    """``nat (inside) 0 access-list NONAT``: the exemption before version 8.3."""
    inside = m["pair"][0]
    rule = NatRule(
        "exempt-acl", 1, _side(inside), acl=m["acl"], text=f"nat ({inside}) 0 access-list {m['acl']}"
    )
    _add_nat(ctx, m, rule)
