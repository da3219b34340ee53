"""Access lists: what a crypto map, a packet filter and a NAT rule have in common."""

from __future__ import annotations

from dataclasses import dataclass

from ipsec_edu.core.addr import ANY, Prefix

__all__ = ["ANY_PORT", "Acl", "AclEntry", "Selector"]

ANY_PORT = (0, 65535)


@dataclass(frozen=True, slots=True)
class Selector:
    """What an SA protects, seen from the device that holds it (RFC 4301, 4.4.1.1).

    A port of 0 and a protocol of 0 mean any. IKE carries it as IDci and IDcr.
    """

    local: Prefix
    remote: Prefix
    protocol: int = 0
    local_port: int = 0
    remote_port: int = 0

    def mirrored(self) -> Selector:
        """Return the same traffic seen from the other end."""
        return Selector(self.remote, self.local, self.protocol, self.remote_port, self.local_port)

    def covers(self, other: Selector) -> bool:
        """Tell whether all traffic of `other` belongs to this selector too."""
        return (
            self.local.covers(other.local)
            and self.remote.covers(other.remote)
            and self.protocol in (0, other.protocol)
            and self.local_port in (0, other.local_port)
            and self.remote_port in (0, other.remote_port)
        )


@dataclass(frozen=True, slots=True)
class AclEntry:
    """One line of an access list; addresses as prefixes, ports as inclusive ranges."""

    permit: bool
    protocol: int = 0
    source: Prefix = ANY
    destination: Prefix = ANY
    source_ports: tuple[int, int] = ANY_PORT
    destination_ports: tuple[int, int] = ANY_PORT
    text: str = ""

    def matches(self, source: int, destination: int, protocol: int, sport: int = 0, dport: int = 0) -> bool:
        """Tell whether a packet with these fields is meant (ports 0 where it has none)."""
        return (
            self.protocol in (0, protocol)
            and self.source.contains(source)
            and self.destination.contains(destination)
            and self.source_ports[0] <= sport <= self.source_ports[1]
            and self.destination_ports[0] <= dport <= self.destination_ports[1]
        )

    def selector(self) -> Selector:
        """Return the line as an SA's selector: source is local, destination is remote."""
        single = [low if low == high else 0 for low, high in (self.source_ports, self.destination_ports)]
        return Selector(self.source, self.destination, self.protocol, single[0], single[1])


@dataclass(frozen=True, slots=True)
class Acl:
    """A named, ordered access list; a packet that meets no line is denied."""

    name: str
    entries: tuple[AclEntry, ...] = ()

    def lookup(
        self, source: int, destination: int, protocol: int, sport: int = 0, dport: int = 0
    ) -> AclEntry | None:
        """Return the first line that matches, or None."""
        for entry in self.entries:
            if entry.matches(source, destination, protocol, sport, dport):
                return entry
        return None
