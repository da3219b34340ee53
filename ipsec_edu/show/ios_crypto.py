"""IOS: the security associations. ``show crypto isakmp sa`` and ``show crypto ipsec sa``."""

from __future__ import annotations

from collections.abc import Iterator

from ipsec_edu.core.addr import format_ip
from ipsec_edu.core.causes import Cause
from ipsec_edu.core.units import SECOND
from ipsec_edu.show.grammar import Args, find_interface
from ipsec_edu.show.state import DeviceState, FlowState, IkeSaState, IpsecSaState
from ipsec_edu.show.words import age, ios_transform, iv_bytes, plaintext_mtu, proxy

__all__ = ["capabilities", "ipsec_sa", "isakmp_sa"]

_ISAKMP_CODES = """\
Codes: C - IKE configuration mode, D - Dead Peer Detection
       K - Keepalives, N - NAT-traversal
       T - cTCP encapsulation, X - IKE Extended Authentication
       psk - Preshared key, rsig - RSA signature
       renc - RSA encryption"""


def isakmp_sa(state: DeviceState, args: Args) -> str:
    """``show crypto isakmp sa [detail]``: the columns are responder and initiator, not remote and local."""
    if "detail" in args:
        return "\n".join(_isakmp_detail(state))
    lines = ["IPv4 Crypto ISAKMP SA"]
    lines.append("dst             src             state          conn-id status")
    for sa in state.ike_sas:
        source, destination = (sa.local, sa.peer) if sa.initiator else (sa.peer, sa.local)
        ends = f"{format_ip(destination):15} {format_ip(source):15}"
        lines.append(f"{ends} {sa.state:14} {sa.conn_id:7} {sa.status}")
    return "\n".join([*lines, "", "IPv6 Crypto ISAKMP SA", ""])


def _isakmp_detail(state: DeviceState) -> Iterator[str]:
    yield _ISAKMP_CODES
    yield "IPv4 Crypto ISAKMP SA"
    yield ""
    yield "C-id  Local           Remote          I-VRF  Status Encr Hash   Auth DH Lifetime Cap."
    for sa in state.ike_sas:
        ends = f"{format_ip(sa.local):15} {format_ip(sa.peer):15}"
        digest = "sha" if sa.hash == "sha1" else sa.hash
        auth = "psk" if sa.auth == "pre-share" else "rsig"
        left = age(sa.remaining_s * SECOND) if sa.up else "0"
        agreed = f"{sa.encryption:4} {digest:6} {auth:4} {sa.group:<2} {left:8} {capabilities(sa)}"
        status = sa.status.partition(" ")[0]
        yield f"{sa.conn_id:<5} {ends}        {status:6} {agreed}".rstrip()
        if sa.conn_id:
            yield f"       Engine-id:Conn-id =  SW:{sa.conn_id % 1000}"
    yield ""
    yield "IPv6 Crypto ISAKMP SA"
    yield ""


def capabilities(sa: IkeSaState) -> str:
    """Return the letters of what was negotiated: D dead peer detection, N NAT traversal."""
    return ("D" if sa.dpd else "") + ("N" if sa.nat_t else "")


def ipsec_sa(state: DeviceState, args: Args) -> str:
    """``show crypto ipsec sa [detail] [peer A] [interface I]``: flows without SAs are listed too."""
    peer = args.get("ip")
    interface = find_interface(state, args["interface"]) if "interface" in args else None
    lines: list[str] = []
    shown: tuple[str, str, int] | None = None
    for flow in state.flows:
        if peer not in (None, format_ip(flow.current_peer or 0)) or interface not in (None, flow.interface):
            continue
        head = (flow.interface, flow.crypto_map, flow.local)
        if head != shown:
            lines += ["", f"interface: {flow.interface}"]
            lines.append(f"    Crypto map tag: {flow.crypto_map}, local addr {format_ip(flow.local)}")
            shown = head
        lines += _flow_lines(flow, "detail" in args)
    return "\n".join(lines) if lines else "\nNo SAs found"


def _flow_lines(flow: FlowState, detail: bool) -> Iterator[str]:
    """Yield one flow: proxies, counters, endpoints, SAs of both directions."""
    peer = format_ip(flow.current_peer or 0)
    yield ""
    yield "   protected vrf: (none)"
    yield f"   local  ident (addr/mask/prot/port): ({proxy(flow.selector, True)})"
    yield f"   remote ident (addr/mask/prot/port): ({proxy(flow.selector, False)})"
    yield f"   current_peer {peer} port {flow.peer_port}"
    yield f"     PERMIT, flags={{{'origin_is_acl,' if flow.originates else ''}}}"
    yield f"    #pkts encaps: {flow.encaps}, #pkts encrypt: {flow.encrypt}, #pkts digest: {flow.digest}"
    yield f"    #pkts decaps: {flow.decaps}, #pkts decrypt: {flow.decrypt}, #pkts verify: {flow.verify}"
    yield "    #pkts compressed: 0, #pkts decompressed: 0"
    yield "    #pkts not compressed: 0, #pkts compr. failed: 0"
    yield "    #pkts not decompressed: 0, #pkts decompress failed: 0"
    if detail:
        yield from _detail_errors(flow)
    else:
        yield f"    #send errors {flow.send_errors}, #recv errors {flow.recv_errors}"
    yield ""
    yield f"     local crypto endpt.: {format_ip(flow.local)}, remote crypto endpt.: {peer}"
    path, media = flow.path_mtu, flow.media_mtu
    sas = flow.outbound or flow.inbound
    plain = plaintext_mtu(path, sas[0].transform, sas[0].udp_ports is not None) if sas else path
    yield f"     plaintext mtu {plain}, path mtu {path}, ip mtu {media}, ip mtu idb {flow.interface}"
    spi = flow.outbound[0].spi if flow.outbound else 0
    yield f"     current outbound spi: 0x{spi:X}({spi})"
    group = flow.pfs_group
    yield f"     PFS (Y/N): {'Y' if group else 'N'}, DH group: {f'group{group}' if group else 'none'}"
    yield ""
    for direction, sas in (("inbound", flow.inbound), ("outbound", flow.outbound)):
        for protocol in ("esp", "ah", "pcp"):
            yield f"     {direction} {protocol} sas:"
            for sa in sas:
                if sa.protocol == protocol:
                    yield from _sa_lines(sa, flow.crypto_map, detail)
            yield ""


_COUNTERS: tuple[tuple[str, tuple[Cause, ...], str, tuple[Cause, ...]], ...] = (
    ("#pkts no sa (send) ", (Cause.NO_SA_PENDING,), "#pkts invalid sa (rcv) ", (Cause.INVALID_SPI,)),
    ("#pkts encaps failed (send) ", (), "#pkts decaps failed (rcv) ", (Cause.MALFORMED,)),
    ("#pkts invalid prot (recv) ", (), "#pkts verify failed: ", (Cause.BAD_ICV,)),
    ("#pkts invalid identity (recv) ", (Cause.SELECTOR_MISMATCH,), "#pkts invalid len (rcv) ", ()),
    ("#pkts replay rollover (send): ", (Cause.SEQ_OVERFLOW,), "#pkts replay rollover (rcv) ", ()),
    ("##pkts replay failed (rcv): ", (Cause.REPLAY,), "", ()),
    ("#pkts tagged (send): ", (), "#pkts untagged (rcv): ", ()),
    ("#pkts not tagged (send): ", (), "#pkts not untagged (rcv): ", ()),
    ("#pkts internal err (send): ", (), "#pkts internal err (recv) ", (Cause.SA_EXPIRED,)),
)
"""The error counters of ``detail``, two to a line, and the causes that each counts."""


def _detail_errors(flow: FlowState) -> Iterator[str]:
    for left, left_causes, right, right_causes in _COUNTERS:
        text = f"    {left}{sum(flow.errors.get(cause, 0) for cause in left_causes)}"
        if right:
            text += f", {right}{sum(flow.errors.get(cause, 0) for cause in right_causes)}"
        yield text


def _sa_lines(sa: IpsecSaState, crypto_map: str, detail: bool) -> Iterator[str]:
    """Yield one IPsec SA."""
    yield f"      spi: 0x{sa.spi:X}({sa.spi})"
    yield f"        transform: {ios_transform(sa.transform, sa.protocol)} ,"
    mode = sa.transform.mode.capitalize()
    yield (
        f"        in use settings ={{{mode} UDP-Encaps, }}"
        if sa.udp_ports
        else (f"        in use settings ={{{mode}, }}")
    )
    flags = "80000040" if mode == "Tunnel" else "80000000"
    flow_id = f"flow_id: SW:{sa.conn_id % 2000}, sibling_flags {flags}"
    yield f"        conn id: {sa.conn_id}, {flow_id}, crypto map: {crypto_map}"
    if sa.remaining_kb is None:
        yield f"        sa timing: remaining key lifetime (sec): {sa.remaining_s}"
    else:
        yield f"        sa timing: remaining key lifetime (k/sec): ({sa.remaining_kb}/{sa.remaining_s})"
    yield f"        IV size: {iv_bytes(sa.transform, sa.protocol)} bytes"
    window = f"  replay window size: {sa.replay_window}" if detail and sa.replay_window else ""
    yield f"        replay detection support: {'Y' if sa.replay_window else 'N'}{window}"
    yield f"        Status: {sa.status}({sa.status})"
