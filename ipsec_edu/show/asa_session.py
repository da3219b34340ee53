"""ASA: ``show vpn-sessiondb``: sessions (one per peer with a complete phase 1) and their tunnels."""

from __future__ import annotations

from collections.abc import Iterator

from ipsec_edu.core.addr import format_ip
from ipsec_edu.show.grammar import Args
from ipsec_edu.show.state import DeviceState, FlowState, IkeSaState
from ipsec_edu.show.words import asa_duration, asa_session_cipher, asa_session_hash, clock_text, proxy

__all__ = ["session_detail", "session_list", "session_summary"]


def _sessions(state: DeviceState) -> Iterator[tuple[IkeSaState, list[FlowState]]]:
    """Yield each session: a complete phase-1 SA and the flows with SAs towards its peer."""
    seen = set()
    for sa in state.ike_sas:
        if sa.up and sa.peer not in seen:
            seen.add(sa.peer)
            flows = [f for f in state.flows if f.current_peer == sa.peer and (f.inbound or f.outbound)]
            yield sa, flows


_NO_SESSIONS = "INFO: There are presently no active sessions of the type specified\n"


def _transform_of(flow: FlowState) -> tuple[str, str]:
    """Return cipher and hash of a flow's newest SA in the words of the session table."""
    transform = (flow.inbound or flow.outbound)[0].transform
    cipher = asa_session_cipher(transform.esp_encryption, transform.esp_key_bits)
    return cipher, asa_session_hash(transform.esp_integrity or transform.ah_integrity)


def _session_head(state: DeviceState, sa: IkeSaState, flows: list[FlowState]) -> Iterator[str]:
    """Yield the lines that both session listings begin with."""
    peer = format_ip(sa.peer)
    ciphers = [f"IKEv1: (1){asa_session_cipher(sa.encryption, sa.key_bits)}"]
    hashes = [f"IKEv1: (1){asa_session_hash(sa.hash)}"]
    if flows:
        ciphers.append(f"IPsec: ({len(flows)}){_transform_of(flows[0])[0]}")
        hashes.append(f"IPsec: ({len(flows)}){_transform_of(flows[0])[1]}")
    over = "IPsecOverNatT" if sa.nat_t else "IPsec"
    yield f"Connection   : {peer}"
    yield f"Index        : {sa.conn_id:<22} IP Addr      : {peer}"
    yield f"Protocol     : IKEv1{' ' + over if flows else ''}"
    yield f"Encryption   : {'  '.join(ciphers)}"
    yield f"Hashing      : {'  '.join(hashes)}"
    sent, received = sum(f.bytes_out for f in flows), sum(f.bytes_in for f in flows)
    yield f"Bytes Tx     : {sent:<22} Bytes Rx     : {received}"
    since = sa.up_us if sa.up_us is not None else sa.begun_us
    hms, _, rest = clock_text(since).partition(".")
    yield f"Login Time   : {hms} {rest.partition(' ')[2]}"
    yield f"Duration     : {asa_duration(state.now_us - since)}"


def session_list(state: DeviceState, args: Args) -> str:
    """``show vpn-sessiondb l2l``."""
    blocks = ["\n".join(_session_head(state, sa, flows)) for sa, flows in _sessions(state)]
    if not blocks:
        return _NO_SESSIONS
    return "\nSession Type: LAN-to-LAN\n\n" + "\n\n".join(blocks)


def session_detail(state: DeviceState, args: Args) -> str:
    """``show vpn-sessiondb detail l2l``."""
    blocks = ["\n".join(_session_block(state, sa, flows)) for sa, flows in _sessions(state)]
    if not blocks:
        return _NO_SESSIONS
    return "\nSession Type: LAN-to-LAN Detailed\n\n" + "\n\n".join(blocks)


def _session_block(state: DeviceState, sa: IkeSaState, flows: list[FlowState]) -> Iterator[str]:
    """Yield one session with its tunnels."""
    yield from _session_head(state, sa, flows)
    kind = "IPsecOverNatT" if sa.nat_t else "IPsec"
    yield ""
    yield "IKEv1 Tunnels: 1"
    yield f"{kind} Tunnels: {len(flows)}"
    yield ""
    yield "IKEv1:"
    yield f"  Tunnel ID    : {sa.conn_id}.1"
    yield f"  UDP Src Port : {sa.peer_port:<22} UDP Dst Port : {sa.local_port}"
    mode = "Main" if sa.mode == "main" else "Aggressive"
    auth = "preSharedKeys" if sa.auth == "pre-share" else "rsaCertificate"
    yield f"  IKE Neg Mode : {mode:22} Auth Mode    : {auth}"
    yield (
        f"  Encryption   : {asa_session_cipher(sa.encryption, sa.key_bits):22} "
        f"Hashing      : {asa_session_hash(sa.hash)}"
    )
    yield f"  Rekey Int (T): {f'{sa.lifetime_s} Seconds':22} Rekey Left(T): {sa.remaining_s} Seconds"
    yield f"  D/H Group    : {sa.group}"
    yield "  Filter Name  : "
    for number, flow in enumerate(flows, 2):
        yield ""
        yield f"{kind}:"
        yield f"  Tunnel ID    : {sa.conn_id}.{number}"
        yield from _tunnel_lines(flow)


def _tunnel_lines(flow: FlowState) -> Iterator[str]:
    """Yield one IPsec tunnel of a session.

    The simulation ends no session for being idle, so that timer reads 0 (``vpn-idle-timeout none``).
    """
    sa = (flow.inbound or flow.outbound)[0]
    cipher, digest = _transform_of(flow)
    yield f"  Local Addr   : {proxy(flow.selector, True)}"
    yield f"  Remote Addr  : {proxy(flow.selector, False)}"
    yield f"  Encryption   : {cipher:22} Hashing      : {digest}"
    mode = "Tunnel" if sa.transform.mode == "tunnel" else "Transport"
    yield (
        f"  Encapsulation: {mode:22} PFS Group    : {sa.pfs_group}"
        if sa.pfs_group
        else f"  Encapsulation: {mode}"
    )
    yield f"  Rekey Int (T): {f'{sa.lifetime_s} Seconds':22} Rekey Left(T): {sa.remaining_s} Seconds"
    if sa.lifetime_kb is not None:
        left = sa.remaining_kb or 0
        yield f"  Rekey Int (D): {f'{sa.lifetime_kb} K-Bytes':22} Rekey Left(D): {left} K-Bytes"
    yield f"  Idle Time Out: {'0 Minutes':22} Idle TO Left : 0 Minutes"
    yield f"  Bytes Tx     : {flow.bytes_out:<22} Bytes Rx     : {flow.bytes_in}"
    yield f"  Pkts Tx      : {flow.encaps:<22} Pkts Rx      : {flow.decaps}"


def session_summary(state: DeviceState, args: Args) -> str:
    """``show vpn-sessiondb`` and ``show vpn-sessiondb summary``."""
    sessions = list(_sessions(state))
    active, tunnels = len(sessions), sum(len(flows) for _, flows in sessions)
    if not active and not state.sessions_total:
        return "\nINFO: There are presently no active sessions"
    total, peak = max(state.sessions_total, active), max(state.sessions_peak, active)
    rule = "-" * 75
    row = "{:28} : {:6} : {:10} : {:11}"
    lines = [rule, "VPN Session Summary", rule]
    lines.append(" " * 31 + "Active : Cumulative : Peak Concur : Inactive")
    lines.append(" " * 29 + "-" * 46)
    lines += [row.format(name, active, total, peak) for name in ("Site-to-Site VPN", "  IKEv1 IPsec")]
    lines.append(rule)
    lines.append(f"{'Total Active and Inactive':28} : {active:6}             Total Cumulative : {total:6}")
    lines += [f"{'Device Total VPN Capacity':28} : {_CAPACITY:6}", f"{'Device Load':28} : {_load(active)}%"]
    lines += [rule, "", rule, "Tunnels Summary", rule]
    lines.append(" " * 31 + "Active : Cumulative : Peak Concurrent")
    lines.append(" " * 29 + "-" * 46)
    wide = "{:28} : {:6} : {:10} : {:15}"
    lines.append(wide.format("IKEv1", active, total, peak))
    tunnels_total = max(state.tunnels_total, tunnels)
    lines.append(wide.format("IPsec", tunnels, tunnels_total, max(state.tunnels_peak, tunnels)))
    lines += [rule, f"{'Totals':28} : {active + tunnels:6} : {total + tunnels_total:10}", rule]
    return "\n".join(lines)


_CAPACITY = 250
"""Peers of an ASAv10's licence."""


def _load(active: int) -> int:
    """Return the device load in per cent, as the device rounds it: any session at all is 1 %."""
    return -(-100 * active // _CAPACITY)
