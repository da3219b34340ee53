"""The security policy database (RFC 4301, section 4.4.1) as Cisco devices have it.

A crypto map is attached to an interface; its entries are tried in order of their
sequence. A ``permit`` line of an entry's access list means PROTECT, a ``deny`` line
"not this entry, try the next"; a packet that no entry claims is bypassed. Since the map
belongs to the interface, the routing table decides first which policy a packet meets.

Each permit line is one `SpdRule`: one proxy pair, one pair of SAs at a time. The rule
keeps the counters that `show crypto ipsec sa` prints, across generations of SAs.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ipsec_edu.core.acl import Acl, AclEntry, Selector
from ipsec_edu.core.addr import format_ip
from ipsec_edu.core.causes import Cause
from ipsec_edu.ike.settings import ChildPolicy
from ipsec_edu.ipsec.sa import OutboundSa
from ipsec_edu.wire.ipv4 import AH, ESP, UDP

__all__ = ["Match", "Spd", "SpdRule", "selector_text"]

IKE_PORTS = (500, 4500)
_CACHE_LIMIT = 4096


def selector_text(selector: Selector) -> str:
    """Return ``10.1.0.0/16 > 10.2.0.0/16 proto 17 port 0 > 53`` (protocol and ports where they count)."""
    text = f"{selector.local} > {selector.remote}"
    if selector.protocol:
        text += f" proto {selector.protocol}"
    if selector.local_port or selector.remote_port:
        text += f" port {selector.local_port or 'any'} > {selector.remote_port or 'any'}"
    return text


class SpdRule:
    """One proxy pair of one crypto map entry: its SAs and its counters.

    Attributes
    ----------
    chains : list of list of OutboundSa
        Complete outbound SAs, oldest first; the last one is used.
    encaps, decaps, bytes_out, bytes_in : int
        Packets and plain bytes protected and unprotected since the device booted.
    send_errors, recv_errors : int
        Packets that could not be protected, or were refused.
    errors : dict of Cause to int
        The same by cause.
    up_us : int or None
        When the first SA of the present session came up.
    learned : bool
        True where a peer proposed it (a responder's narrower proxy pair, a dynamic map).
    """

    __slots__ = (
        "_any",
        "_local",
        "_remote",
        "bytes_in",
        "bytes_out",
        "chains",
        "decaps",
        "encaps",
        "errors",
        "learned",
        "policy",
        "recv_errors",
        "selector",
        "send_errors",
        "up_us",
    )

    def __init__(self, policy: ChildPolicy, selector: Selector, learned: bool = False) -> None:
        self.policy = policy
        self.selector = selector
        self.learned = learned
        self.chains: list[list[OutboundSa]] = []
        self.encaps = self.decaps = self.bytes_out = self.bytes_in = 0
        self.send_errors = self.recv_errors = 0
        self.errors: dict[Cause, int] = {}
        self.up_us: int | None = None
        self._local = selector.local.network, selector.local.mask
        self._remote = selector.remote.network, selector.remote.mask
        self._any = not (selector.protocol or selector.local_port or selector.remote_port)

    def covers(self, local: int, remote: int, protocol: int, local_port: int, remote_port: int) -> bool:
        """Tell whether traffic with these fields, seen from here, belongs to the proxy pair."""
        network, mask = self._local
        if local & mask != network:
            return False
        network, mask = self._remote
        if remote & mask != network:
            return False
        selector = self.selector
        return self._any or (
            selector.protocol in (0, protocol)
            and selector.local_port in (0, local_port)
            and selector.remote_port in (0, remote_port)
        )

    def count(self, cause: Cause, outbound: bool) -> None:
        """Note a packet that died here."""
        self.errors[cause] = self.errors.get(cause, 0) + 1
        if outbound:
            self.send_errors += 1
        else:
            self.recv_errors += 1


class Match(NamedTuple):
    """What the policy says about a packet: protect it, as `policy` and `selector` say."""

    policy: ChildPolicy
    selector: Selector
    rule: SpdRule


class _Entry:
    """A crypto map entry on one interface; `learned` rules are tried before the access list's."""

    __slots__ = ("acl", "learned", "policy", "rules")

    def __init__(self, policy: ChildPolicy, acl: Acl) -> None:
        self.policy = policy
        self.acl = acl
        self.rules: dict[AclEntry, SpdRule] = {}
        self.learned: list[SpdRule] = []

    def find(
        self, local: int, remote: int, protocol: int, local_port: int, remote_port: int
    ) -> SpdRule | None:
        for rule in self.learned:
            if rule.covers(local, remote, protocol, local_port, remote_port):
                return rule
        line = self.acl.lookup(local, remote, protocol, local_port, remote_port)
        return None if line is None or not line.permit else self.rules[line]

    def exempt(self, local: int, protocol: int, local_port: int) -> bool:
        """Our own IKE and ESP would otherwise be protected again by a ``permit ip any any``."""
        own = protocol in (ESP, AH) or (protocol == UDP and local_port in IKE_PORTS)
        return own and local == self.policy.local


_Key = tuple[str, int, int, Selector]
_Fields = tuple[str, int, int, int, int, int]


class Spd:
    """The policy of a device.

    Parameters
    ----------
    entries : iterable of (ChildPolicy, Acl)
        Crypto map entries per interface, in the order in which they are tried
        (`config.wiring.crypto_policies`). Entries of one map on several interfaces share
        their rules, and so their SAs, where they share the local address (``crypto map
        NAME local-address``).
    """

    __slots__ = ("_cache", "_entries", "_rules", "guarded")

    def __init__(self, entries: Iterable[tuple[ChildPolicy, Acl]] = ()) -> None:
        self._entries: dict[str, list[_Entry]] = {}
        self.guarded = self._entries.keys()
        """Interfaces with a crypto map."""
        self._rules: dict[_Key, SpdRule] = {}
        self._cache: dict[_Fields, Match | None] = {}
        for policy, acl in entries:
            entry = self._add(policy, acl)
            for line in acl.entries:
                if line.permit:
                    entry.rules[line] = self._shared(policy, line.selector())

    @classmethod
    def from_policies(cls, policies: Iterable[ChildPolicy]) -> Spd:
        """Return an SPD whose access lists are just the policies' selectors."""
        return cls((policy, _acl_of(policy)) for policy in policies)

    def _add(self, policy: ChildPolicy, acl: Acl) -> _Entry:
        entry = _Entry(policy, acl)
        self._entries.setdefault(policy.interface, []).append(entry)
        return entry

    def _shared(self, policy: ChildPolicy, selector: Selector, learned: bool = False) -> SpdRule:
        key = (policy.name, policy.sequence, policy.local, selector)
        if key not in self._rules:
            self._rules[key] = SpdRule(policy, selector, learned)
        return self._rules[key]

    @property
    def rules(self) -> tuple[SpdRule, ...]:
        """Every proxy pair, in the order in which they were configured or learned."""
        return tuple(self._rules.values())

    @property
    def interfaces(self) -> tuple[str, ...]:
        """Interfaces with a crypto map."""
        return tuple(self._entries)

    def rules_of(self, interface: str) -> list[Match]:
        """Return the proxy pairs of `interface`, for ``show crypto ipsec sa``."""
        found: dict[int, Match] = {}
        for entry in self._entries.get(interface, []):
            for rule in (*entry.rules.values(), *entry.learned):
                found.setdefault(id(rule), Match(entry.policy, rule.selector, rule))
        return list(found.values())

    def lookup_outbound(
        self, interface: str, source: int, destination: int, protocol: int, sport: int = 0, dport: int = 0
    ) -> Match | None:
        """Return how a packet that leaves by `interface` is to be protected; None: bypass."""
        fields = (interface, source, destination, protocol, sport, dport)
        try:
            return self._cache[fields]
        except KeyError:
            found = self._search(fields)
        if len(self._cache) >= _CACHE_LIMIT:
            self._cache.clear()
        self._cache[fields] = found
        return found

    def _search(self, fields: _Fields) -> Match | None:
        interface, local, remote, protocol, local_port, remote_port = fields
        for entry in self._entries.get(interface, ()):
            rule = entry.find(local, remote, protocol, local_port, remote_port)
            if rule is not None:
                if entry.exempt(local, protocol, local_port):
                    return None
                return Match(entry.policy, rule.selector, rule)
        return None

    def protects_inbound(
        self, interface: str, source: int, destination: int, protocol: int, sport: int = 0, dport: int = 0
    ) -> Match | None:
        """Return the entry whose mirror image claims a clear packet that came in; None: let it pass."""
        return self.lookup_outbound(interface, destination, source, protocol, dport, sport)

    def rule_for(self, policy: ChildPolicy, selector: Selector) -> SpdRule:
        """Return the rule that an SA of `policy` with `selector` belongs to.

        A pair of proxies that no line of the access list spells is one that a peer
        proposed: it becomes a rule of its own, tried first, for as long as it has SAs.
        """
        key = (policy.name, policy.sequence, policy.local, selector)
        if key in self._rules:
            return self._rules[key]
        rule = self._shared(policy, selector, learned=True)
        known = [each for entries in self._entries.values() for each in entries if _same(each.policy, policy)]
        for entry in known or [self._add(policy, Acl(policy.name))]:
            entry.learned.insert(0, rule)
        self._cache.clear()
        return rule

    def forget(self, rule: SpdRule) -> None:
        """Take a learned rule away again; a configured one stays."""
        if not rule.learned:
            return
        self._rules = {key: other for key, other in self._rules.items() if other is not rule}
        for entries in self._entries.values():
            for entry in entries:
                entry.learned = [other for other in entry.learned if other is not rule]
        self._cache.clear()

    def to_text(self) -> str:
        """Return the whole policy as a table for reading, one line per rule, in order."""
        lines: list[str] = []
        for interface, entries in self._entries.items():
            lines.append(f"interface {interface}")
            for entry in entries:
                lines.extend(_entry_text(entry))
            lines.append("  otherwise        BYPASS")
        return "\n".join(lines) if lines else "no crypto map on any interface: everything is bypassed"


def _same(one: ChildPolicy, other: ChildPolicy) -> bool:
    return (one.name, one.sequence, one.local) == (other.name, other.sequence, other.local)


def _acl_of(policy: ChildPolicy) -> Acl:
    def ports(port: int) -> tuple[int, int]:
        return (port, port) if port else (0, 65535)

    lines = (
        AclEntry(True, s.protocol, s.local, s.remote, ports(s.local_port), ports(s.remote_port))
        for s in policy.selectors
    )
    return Acl(policy.name, tuple(lines))


def _entry_text(entry: _Entry) -> list[str]:
    policy = entry.policy
    peers = " ".join(map(format_ip, policy.peers)) or "any peer"
    sets = " ".join(each.name for each in policy.transform_sets)
    lines = []
    for rule in entry.learned:
        lines.append((rule.selector, "PROTECT", f"to {peers} by {sets} (learned)"))
    for line in entry.acl.entries:
        target = f"to {peers} by {sets}" if line.permit else "try the next entry"
        lines.append((line.selector(), "PROTECT" if line.permit else "leave", target))
    return [
        f"  {policy.name} {policy.sequence:<5} {action:<8} {selector_text(selector)}  {target}"
        for selector, action, target in lines
    ]
