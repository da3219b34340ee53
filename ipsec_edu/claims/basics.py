"""Statements 2, 3 and 5: what a tunnel is, what goes through it, and what does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ipsec_edu.claims.bench import Wire, answered, gateway, live_sas, scenario, sent, two_routers
from ipsec_edu.claims.registry import HOLDS_IF, MISLEADING, Finding, claim
from ipsec_edu.core.addr import parse_ip
from ipsec_edu.core.units import to_us
from ipsec_edu.wire.packet import UDP, Packet, RawPayload

if TYPE_CHECKING:
    from ipsec_edu.lab import Lab
    from ipsec_edu.net.world import World

__all__ = ["every_packet", "one_tunnel", "two_lans_bridged"]

BOTH_WAYS = scenario(("R1", "192.168.2.2", "datagram"))
LATER = scenario(("R2", "192.168.1.1", "datagram")).partition("\n")[2] + "start_s = 3\n"
"""R2 begins when the tunnel is up: two gateways that begin at once make two tunnels."""
DELETED_S = 10.2


def _one_way(*, delete: bool) -> dict[str, Any]:
    """Send datagrams both ways; take GW2's inbound SA away, and nothing else.

    GW2 would complain to GW1 in an ISAKMP message, and both would mend the tunnel; the
    complaint is spoilt on the wire, so that the half tunnel can be looked at.
    """

    def spoil(packet: Packet, outgoing: bool, now_us: int) -> None:
        if outgoing and packet.protocol == UDP and now_us > to_us(DELETED_S):
            packet.raw = packet.pack()[:-8] + bytes(8)

    def on_world(world: World) -> None:
        if delete:
            world.clock.at(to_us(DELETED_S), gateway(world, "GW2").stack.sad.inbound.clear)
            world.port("GW2:GigabitEthernet0/1").tap(spoil)

    run = two_routers(traffic=BOTH_WAYS + LATER).run(until=20, on_world=on_world)
    held = live_sas(run, "GW1")
    late = {name: [p for p in probes if p.sent_us > to_us(DELETED_S)] for name, probes in run.flows.items()}
    return {
        "SAs at GW1": {kind: sum(sa.kind == kind for sa in held) for kind in ("ike", "esp-in", "esp-out")},
        "lost": {name: sum(p.lost_us is not None for p in probes) for name, probes in late.items()},
        "arrived": {name: sum(p.answered_us is not None for p in probes) for name, probes in late.items()},
        "invalid SPI": run.drops.get("invalid_spi", 0),
    }


def _host_to_host() -> Lab:
    """Return the two routers with transport mode between their own addresses."""
    lab = two_routers(mode="transport", traffic=scenario(("GW1", "203.0.113.2", "ping")))
    for own, far in ((1, 2), (2, 1)):
        lines = f"ip access-list extended SITES\n permit icmp host 203.0.113.{own} host 203.0.113.{far}"
        lab = lab.configure(f"GW{own}", lines)
    return lab


@claim(
    2,
    "IPsec sets up a secure tunnel between two endpoints.",
    HOLDS_IF,
    "in tunnel mode; and a tunnel is two one-way SAs, each of which can be missing alone; transport mode "
    "makes none",
)
def one_tunnel() -> Finding:
    """Count the SAs, take one away, and compare packet lengths in both modes."""
    tunnel, transport = Wire(), Wire()
    two_routers().run(on_world=tunnel)
    _host_to_host().run(on_world=transport)
    measured = _one_way(delete=True)
    measured["bytes of a ping"] = {"tunnel": max(tunnel.sizes), "transport": max(transport.sizes)}
    control = _one_way(delete=False)
    there, back = measured["arrived"].values()
    return Finding(
        measured,
        {"nothing deleted": control},
        ok=measured["SAs at GW1"] == {"ike": 1, "esp-in": 1, "esp-out": 1}
        and there == 0 < back
        and measured["invalid SPI"] > 0
        and max(tunnel.sizes) > max(transport.sizes),
        control_fails=not any(control["lost"].values()),
    )


OUTSIDER = "10.9.9.9"


def _outsider(*, in_acl: bool) -> dict[str, int]:
    """Ping an address behind GW2 that the access list does not (or does) name."""
    lab = two_routers(traffic=scenario(("R1", OUTSIDER, "ping")))
    lab = lab.configure("GW2", f"interface Loopback0\n ip address {OUTSIDER} 255.255.255.255")
    if in_acl:
        lab = lab.configure(
            "GW1", f"ip access-list extended SITES\n permit ip 192.168.1.0 0.0.0.255 host {OUTSIDER}"
        )
        lab = lab.configure(
            "GW2", f"ip access-list extended SITES\n permit ip host {OUTSIDER} 192.168.1.0 0.0.0.255"
        )
    run = lab.run(on_world=(wire := Wire()))
    clear = sum(hop.kind == "clear" and hop.flow != "" and hop.sender == wire.port for hop in run.trace.hops)
    return {"sent": sent(run), "answered": answered(run), "in clear": clear, "encrypted": wire.seen - clear}


@claim(
    3,
    "Each packet that crosses the tunnel's path is authenticated and encrypted.",
    HOLDS_IF,
    "the packet matches the crypto access list; everything else leaves the same interface in clear",
)
def every_packet() -> Finding:
    """Ping a host that the access list forgot, then one that it names."""
    measured, control = _outsider(in_acl=False), _outsider(in_acl=True)
    return Finding(
        measured,
        {"named in the list": control},
        ok=measured["in clear"] > 0 == measured["encrypted"] and measured["answered"] > 0,
        control_fails=control["in clear"] == 0 < control["encrypted"],
    )


HELLOS = {
    "OSPF hello": ("224.0.0.5", 89, 1),
    "broadcast": ("255.255.255.255", 17, 255),
    "subnet broadcast": ("192.168.2.255", 17, 255),
}


def _link_local(destination: str, protocol: int, ttl: int) -> int:
    """Let R1 send one packet that a bridge would carry; count what GW1 encrypts of it."""

    def on_world(world: World) -> None:
        packet = Packet(parse_ip("192.168.1.1"), parse_ip(destination), protocol, RawPayload(bytes(44)), ttl)

        def send() -> None:
            world.originate(packet, "hello", 1)
            world.port("R1:Ethernet0/1").transmit(packet, parse_ip("192.168.1.254"))

        world.clock.at(to_us(10), send)

    run = two_routers().run(on_world=on_world)
    return sum(hop.kind == "esp" and hop.flow == "hello" for hop in run.trace.hops)


def _ttl_at_r2() -> int:
    """Return the TTL with which R1's pings reach R2."""
    seen: list[int] = []

    def on_world(world: World) -> None:
        world.port("R2:Ethernet0/1").tap(
            lambda packet, outgoing, now_us: None if outgoing else seen.append(packet.ttl)
        )

    two_routers().run(on_world=on_world)
    return min(seen)


@claim(
    5,
    "A site-to-site tunnel bridges two LANs.",
    MISLEADING,
    "it routes IP unicast between two subnets; no broadcast, no multicast and no ARP crosses it",
)
def two_lans_bridged() -> Finding:
    """Offer the tunnel what a bridge must carry, and count the routers that a ping passes."""
    encrypted = {name: _link_local(*packet) for name, packet in HELLOS.items() if name != "subnet broadcast"}
    unicast = _link_local("192.168.2.2", 17, 255)
    ttl = _ttl_at_r2()
    return Finding(
        {"encrypted": encrypted, "routers passed": 255 - ttl},
        {"unicast encrypted": unicast},
        ok=not any(encrypted.values()) and ttl < 255,
        control_fails=unicast > 0,
    )
