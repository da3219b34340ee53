"""What a lesson shows of an attacker: what he did, and what became of it."""

from __future__ import annotations

from ipsec_edu.core.addr import format_ip
from ipsec_edu.core.errors import ScenarioError
from ipsec_edu.core.units import SECOND, to_s
from ipsec_edu.net.attacker import Attacker, Seen
from ipsec_edu.run import Run
from ipsec_edu.teach.panel import Panel, preformatted, table
from ipsec_edu.trace.records import Drop, Tampering
from ipsec_edu.wire.isakmp import HEADER_BYTES, Delete, Header, pack
from ipsec_edu.wire.isakmp_values import Exchange, Protocol
from ipsec_edu.wire.packet import UDP, Packet
from ipsec_edu.wire.udp import UdpDatagram

__all__ = ["attacker", "fates", "outcomes", "sad", "spd", "unsigned_delete"]


def attacker(port: str) -> Attacker:
    """Return an attacker on the cable in front of ``NODE:INTERFACE``, for ``lab.run(on_world=...)``."""
    return Attacker(port)


def fates(run: Run) -> list[tuple[Tampering, Drop | None]]:
    """Return each trick with the death of its packet, None where the packet lived."""
    deaths = {drop.uid: drop for drop in run.trace.drops}
    return [(trick, deaths.get(trick.uid)) for trick in run.trace.tampering]


def outcomes(run: Run, *, first: int | None = None) -> Panel:
    """Return a table of the attacker's tricks in `run` and what became of each."""
    rows = []
    for trick, drop in fates(run)[:first]:
        if drop is not None:
            result = f"**refused** by {drop.where.partition(':')[0]}: {drop.cause.words}"
        elif _is_ike(run, trick):
            result = f"**heard** by {_last_place(run, trick)}'s IKE; {_sas_ended(run, trick)}"
        else:
            result = f"**let in**, and on to {_last_place(run, trick)}"
        rows.append((f"{to_s(trick.at_us):.3f}", trick.trick, result))
    if not rows:
        raise ScenarioError("nobody tampered with this run; hand an attacker to lab.run(on_world=...)")
    return table(("t (s)", "the attacker", "and the network"), rows)


def _last_place(run: Run, trick: Tampering) -> str:
    """Return the device to which the packet of `trick` came at last."""
    places = [
        hop.receiver.partition(":")[0]
        for hop in run.trace.hops
        if hop.uid == trick.uid and hop.arrived_us is not None and not hop.answer
    ]
    return places[-1] if places else trick.port.partition(":")[0]


def _is_ike(run: Run, trick: Tampering) -> bool:
    return any(hop.uid == trick.uid and hop.kind == "ike" for hop in run.trace.hops)


def _sas_ended(run: Run, trick: Tampering) -> str:
    """Say which SAs ended within a second of the trick."""
    soon_us = trick.at_us + SECOND
    ended = [sa for sa in run.sas if sa.down_us is not None and trick.at_us <= sa.down_us <= soon_us]
    return f"{len(ended)} SAs ended" if ended else "no SA ended"


def unsigned_delete(seen: list[Seen]) -> Packet:
    """Forge a Delete for the IKE SA in clear, for `Attacker.forge`: true cookies and addresses, no key.

    Raises
    ------
    ScenarioError
        No ISAKMP message has passed yet whose cookies could be copied.
    """
    heard = [each.packet for each in seen if each.kind == "ike"]
    if not heard:
        raise ScenarioError("the attacker has seen no ISAKMP message yet; let him forge the Delete later")
    last = heard[-1]
    cookies = last.body()[8 : 8 + 16]
    header = Header(cookies[:8], cookies[8:], 0, Exchange.INFORMATIONAL, 0, 0x0BADC0DE, HEADER_BYTES)
    data = pack(header, [Delete(Protocol.ISAKMP, (cookies,))])
    return Packet(last.source, last.destination, UDP, UdpDatagram(500, 500, data))


def spd(run: Run, node: str, at_s: float = 0.0) -> Panel:
    """Return the security policy database of `node`."""
    gateway = run.at(at_s).simulation.devices[_known(run, node)].gateway
    if gateway is None:
        raise ScenarioError(f"{node} does no IPsec, so it has no policy; ask a gateway")
    return preformatted(gateway.stack.spd.to_text())


def sad(run: Run, node: str, at_s: float) -> Panel:
    """Return the security association database of `node` at `at_s` seconds."""
    flows = run.at(at_s).device(_known(run, node)).flows
    rows = []
    for flow in flows:
        for way, group in (("in", flow.inbound), ("out", flow.outbound)):
            for sa in group:
                peer = format_ip(flow.current_peer) if flow.current_peer is not None else ""
                ends = (peer, format_ip(flow.local)) if way == "in" else (format_ip(flow.local), peer)
                window = f"{sa.replay_window}" if way == "in" else ""
                number = "highest seen" if way == "in" else "last sent"
                rows.append(
                    (
                        way,
                        f"`0x{sa.spi:08x}`",
                        sa.protocol.upper(),
                        " > ".join(ends),
                        f"{flow.selector.local} - {flow.selector.remote}",
                        f"{sa.sequence} ({number})",
                        window,
                        sa.packets,
                    )
                )
    headings = ("way", "SPI", "protocol", "ends", "for", "sequence number", "window", "packets")
    return table(headings, rows, f"{node} at {at_s:g} s: {len(rows)} SAs")


def _known(run: Run, node: str) -> str:
    if node not in run.lab.settings:
        raise ScenarioError(f"there is no device {node!r}; there are {', '.join(run.lab.settings)}")
    return node
