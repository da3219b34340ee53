"""IOS: ``show crypto session`` (phases 1 and 2 of a peer in one word) and ``show crypto engine``."""

from __future__ import annotations

from collections.abc import Iterator

from ipsec_edu.core.acl import Selector
from ipsec_edu.core.addr import Prefix, format_ip
from ipsec_edu.core.units import SECOND
from ipsec_edu.show.grammar import Args
from ipsec_edu.show.ios_crypto import capabilities
from ipsec_edu.show.state import DeviceState, FlowState, IkeSaState, IpsecSaState
from ipsec_edu.show.words import age

__all__ = ["engine", "session"]

_SESSION_CODES = """\
Code: C - IKE Configuration mode, D - Dead Peer Detection
K - Keepalives, N - NAT-traversal, T - cTCP encapsulation
X - IKE Extended Authentication, F - IKE Fragmentation
R - IKE Auto Reconnect
"""


def session(state: DeviceState, args: Args) -> str:
    """``show crypto session [detail]``: one block per interface and peer."""
    detail = "detail" in args
    groups: dict[tuple[str, int], list[FlowState]] = {}
    for flow in state.flows:
        groups.setdefault((flow.interface, flow.current_peer or 0), []).append(flow)
    lines = ["Crypto session current status", ""]
    if detail:
        lines.append(_SESSION_CODES)
    for (interface, peer), flows in groups.items():
        lines += _session_lines(state, interface, peer, flows, detail)
        lines.append("")
    return "\n".join(lines)


def _status(sas: list[IkeSaState], flows: list[FlowState]) -> str:
    """Return the session's word: what of phase 1 and phase 2 is there."""
    up = any(sa.up for sa in sas)
    if any(flow.outbound or flow.inbound for flow in flows):
        return "UP-ACTIVE" if up else "UP-NO-IKE"
    if up:
        return "UP-IDLE"
    return "DOWN-NEGOTIATING" if any("deleted" not in sa.status for sa in sas) else "DOWN"


def _session_lines(
    state: DeviceState, interface: str, peer: int, flows: list[FlowState], detail: bool
) -> Iterator[str]:
    sas = [sa for sa in state.ike_sas if sa.peer == peer]
    port = sas[0].peer_port if sas else 500
    since = [flow.up_us for flow in flows if flow.up_us is not None and (flow.inbound or flow.outbound)]
    yield f"Interface: {interface}"
    if detail and since:
        yield f"Uptime: {age(state.now_us - min(since))}"
    yield f"Session status: {_status(sas, flows)}"
    yield f"Peer: {format_ip(peer)} port {port}" + (" fvrf: (none) ivrf: (none)" if detail else "")
    if detail:
        yield f"      Phase1_id: {format_ip(peer) if any(sa.up for sa in sas) else '(none)'}"
        yield "      Desc: (none)"
    for sa in sas:
        ends = f"{format_ip(sa.local)}/{sa.local_port} remote {format_ip(sa.peer)}/{sa.peer_port}"
        yield "  Session ID: 0"
        yield f"  IKEv1 SA: local {ends} {'Active' if sa.up else 'Inactive'}"
        if detail:
            left = age(sa.remaining_s * SECOND) if sa.up else "0"
            yield (
                f"          Capabilities:{capabilities(sa) or '(none)'} connid:{sa.conn_id} lifetime:{left}"
            )
    for flow in flows:
        yield f"  IPSEC FLOW: permit {_flow_words(flow.selector)}"
        yield f"        Active SAs: {len(flow.inbound) + len(flow.outbound)}, origin: crypto map"
        if detail:
            dropped, life = flow.recv_errors, _life(flow.inbound)
            yield f"        Inbound:  #pkts dec'ed {flow.decaps} drop {dropped} {life}"
            dropped, life = flow.send_errors, _life(flow.outbound)
            yield f"        Outbound: #pkts enc'ed {flow.encaps} drop {dropped} {life}"


def _life(sas: list[IpsecSaState]) -> str:
    """Return what is left of the newest SA."""
    if not sas:
        return "life (KB/Sec) 0/0"
    if sas[0].remaining_kb is None:
        return f"life (KB/Sec) KB Vol Rekey Disabled/{sas[0].remaining_s}"
    return f"life (KB/Sec) {sas[0].remaining_kb}/{sas[0].remaining_s}"


def _flow_words(selector: Selector) -> str:
    """Return ``ip 192.168.1.0/255.255.255.0 host 10.0.0.1``."""
    protocol = {0: "ip", 1: "1"}.get(selector.protocol, str(selector.protocol))
    return f"{protocol} {_side(selector.local)} {_side(selector.remote)}"


def _side(prefix: Prefix) -> str:
    address = format_ip(prefix.network)
    return f"host {address}" if prefix.length == 32 else f"{address}/{format_ip(prefix.mask)}"


def engine(state: DeviceState, args: Args) -> str:
    """``show crypto engine connections active``: one line per SA with its packet counts."""
    lines = ["Crypto Engine Connections", ""]
    lines.append("   ID  Type    Algorithm           Encrypt  Decrypt LastSeqN IP-Address")
    row = "{:5}  {:6}  {:18} {:8} {:8} {:8} {}"
    for sa in state.ike_sas:
        if sa.up:
            name = _algorithm(sa.hash, sa.encryption, sa.key_bits)
            lines.append(row.format(sa.conn_id, "IKE", name, 0, 0, 0, format_ip(sa.local)))
    for flow in state.flows:
        own = format_ip(flow.local)
        for each in flow.inbound:
            counts = (0, flow.decrypt, each.sequence)
            lines.append(row.format(each.conn_id, "IPsec", _child_algorithm(each), *counts, own))
        for each in flow.outbound:
            lines.append(row.format(each.conn_id, "IPsec", _child_algorithm(each), flow.encrypt, 0, 0, own))
    return "\n".join([*lines, ""])


def _algorithm(digest: str, cipher: str, key_bits: int) -> str:
    """Return ``SHA+AES256``."""
    return f"{'SHA' if digest == 'sha1' else digest.upper()}+{cipher.upper()}{key_bits or ''}"


def _child_algorithm(sa: IpsecSaState) -> str:
    """Return ``AES256+SHA``: the other way round, as the device has it."""
    transform = sa.transform
    digest = transform.esp_integrity or transform.ah_integrity
    swapped = _algorithm(digest or "", transform.esp_encryption or "null", transform.esp_key_bits)
    first, _, second = swapped.partition("+")
    return f"{second}+{first}" if first else second
