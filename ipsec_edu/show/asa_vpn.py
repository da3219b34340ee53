"""ASA: the security associations. ``show crypto ikev1 sa`` and ``show crypto ipsec sa``."""

from __future__ import annotations

from collections.abc import Iterator

from ipsec_edu.core.addr import Prefix, format_ip
from ipsec_edu.show.grammar import Args
from ipsec_edu.show.state import DeviceState, FlowState, IkeSaState, IpsecSaState
from ipsec_edu.show.words import (
    asa_ike_cipher,
    asa_transform,
    ipsec_overhead,
    iv_bytes,
    mask,
    proxy,
)

__all__ = ["acl_line", "ikev1_sa", "ipsec_sa", "isakmp_sa"]


def _ike_lines(sas: list[IkeSaState], detail: bool) -> Iterator[str]:
    """Yield the block that lists phase-1 SAs of one IKE version."""
    rekeying = sum(sa.rekeying for sa in sas)
    yield ""
    yield "IKEv1 SAs:"
    yield ""
    yield f"   Active SA: {len(sas) - rekeying}"
    yield f"    Rekey SA: {rekeying} (A tunnel will report 1 Active and 1 Rekey SA during rekey)"
    yield f"Total IKE SA: {len(sas)}"
    for row, sa in enumerate(sas, 1):
        yield ""
        yield f"{row:<3} IKE Peer: {format_ip(sa.peer)}"
        # Until phase 1 is complete the device does not know that a tunnel-group of type L2L will match.
        kind, role = "L2L" if sa.up else "user", "initiator" if sa.initiator else "responder"
        yield f"    Type    : {kind:15} Role    : {role} "
        yield f"    Rekey   : {'yes' if sa.rekeying else 'no':15} State   : {sa.state} "
        if detail:
            cipher = asa_ike_cipher(sa.encryption, sa.key_bits) if sa.encryption else "(none)"
            yield f"    Encrypt : {cipher:15} Hash    : {_ike_hash(sa) or '(none)'}"
            yield f"    Auth    : {_auth(sa):15} Lifetime: {sa.lifetime_s}"
            if sa.up:
                yield f"    Lifetime Remaining: {sa.remaining_s}"


def _ike_hash(sa: IkeSaState) -> str:
    """Return ``SHA``, ``MD5``, ``SHA256``: an ASA drops the 1 of SHA-1."""
    return "SHA" if sa.hash == "sha1" else sa.hash.upper()


def _auth(sa: IkeSaState) -> str:
    return "preshared" if sa.auth == "pre-share" else "rsa"


def _of_version(state: DeviceState, version: int) -> list[IkeSaState]:
    return [sa for sa in state.ike_sas if sa.version == version]


def ikev1_sa(state: DeviceState, args: Args) -> str:
    """``show crypto ikev1 sa [detail]``."""
    sas = _of_version(state, 1)
    if not sas:
        return "\nThere are no IKEv1 SAs"
    return "\n".join(_ike_lines(sas, "detail" in args))


def isakmp_sa(state: DeviceState, args: Args) -> str:
    """``show crypto isakmp sa [detail]``: both versions; `detail` is the one-line table of the reference."""
    sas = _of_version(state, 1)
    if not sas:
        return "\nThere are no IKEv1 SAs\n\nThere are no IKEv2 SAs"
    if "detail" in args:
        return "\n".join(_ike_table(sas)) + "\n\nThere are no IKEv2 SAs"
    return "\n".join(_ike_lines(sas, False)) + "\n\nThere are no IKEv2 SAs"


def _ike_table(sas: list[IkeSaState]) -> Iterator[str]:
    """Yield the one-line form: a heading in front of every SA."""
    for row, sa in enumerate(sas, 1):
        yield "IKE Peer         Type  Dir   Rky  State         Encrypt Hash   Auth    Lifetime"
        cipher = "aes" if sa.encryption == "aes" else sa.encryption or "none"
        yield (
            f"{row} {format_ip(sa.peer):15}{'L2L' if sa.up else 'user':5} "
            f"{'Init' if sa.initiator else 'Resp':5} {'Yes' if sa.rekeying else 'No':4} "
            f"{sa.state:13} {cipher:7} {_ike_hash(sa) or 'none':6} "
            f"{'preshrd' if sa.auth == 'pre-share' else 'rsa':7} {sa.lifetime_s}"
        )


def acl_line(flow: FlowState) -> str:
    """Return the access-list line of a flow, as the device resolves it (no object names)."""
    if flow.acl_text.startswith("access-list ") and " object" not in flow.acl_text:
        return flow.acl_text
    names = {0: "ip", 1: "icmp", 6: "tcp", 17: "udp", 47: "gre"}
    protocol = names.get(flow.selector.protocol, str(flow.selector.protocol))
    sides = [_address(flow.selector.local), _address(flow.selector.remote)]
    return f"access-list {flow.acl_name or '(none)'} extended permit {protocol} {' '.join(sides)}"


def _address(prefix: Prefix) -> str:
    """Return ``any4``, ``host A`` or ``A MASK``, as an ASA prints an access list."""
    if prefix.length == 0:
        return "any4"
    return f"host {format_ip(prefix.network)}" if prefix.length == 32 else mask(prefix)


def ipsec_sa(state: DeviceState, args: Args) -> str:
    """``show crypto ipsec sa [peer A] [detail]``: only flows that have SAs are listed."""
    peer = args.get("ip")
    flows = [
        flow
        for flow in state.flows
        if (flow.inbound or flow.outbound) and peer in (None, format_ip(flow.current_peer or 0))
    ]
    if not flows:
        return "\nThere are no ipsec sas"
    lines: list[str] = []
    shown = None
    for flow in flows:
        if flow.interface != shown:
            lines.append(f"interface: {state.nameif(flow.interface)}")
            shown = flow.interface
        lines += _flow_lines(flow, "detail" in args)
    return "\n".join(lines)


def _flow_lines(flow: FlowState, detail: bool) -> Iterator[str]:
    """Yield one flow: proxies, counters, endpoints, SAs."""
    sa = (flow.inbound or flow.outbound)[0]
    local, peer = format_ip(flow.local), format_ip(flow.current_peer or 0)
    yield f"    Crypto map tag: {flow.crypto_map}, seq num: {flow.sequence}, local addr: {local}"
    yield ""
    yield f"      {acl_line(flow)} "
    yield f"      local ident (addr/mask/prot/port): ({proxy(flow.selector, True)})"
    yield f"      remote ident (addr/mask/prot/port): ({proxy(flow.selector, False)})"
    yield f"      current_peer: {peer}"
    yield ""
    yield ""
    yield f"      #pkts encaps: {flow.encaps}, #pkts encrypt: {flow.encrypt}, #pkts digest: {flow.digest}"
    yield f"      #pkts decaps: {flow.decaps}, #pkts decrypt: {flow.decrypt}, #pkts verify: {flow.verify}"
    yield "      #pkts compressed: 0, #pkts decompressed: 0"
    yield f"      #pkts not compressed: {flow.encaps}, #pkts comp failed: 0, #pkts decomp failed: 0"
    yield "      #pre-frag successes: 0, #pre-frag failures: 0, #fragments created: 0"
    yield "      #PMTUs sent: 0, #PMTUs rcvd: 0, #decapsulated frgs needing reassembly: 0"
    yield "      #TFC rcvd: 0, #TFC sent: 0"
    yield "      #Valid ICMP Errors rcvd: 0, #Invalid ICMP Errors rcvd: 0"
    if detail:
        yield from _detail_errors(flow)
    yield f"      #send errors: {flow.send_errors}, #recv errors: {flow.recv_errors}"
    yield ""
    ports = sa.udp_ports or (0, 0)
    yield f"      local crypto endpt.: {local}/{ports[0]}, remote crypto endpt.: {peer}/{ports[1]}"
    total, front = ipsec_overhead(sa.transform, sa.udp_ports is not None)
    yield f"      path mtu {flow.path_mtu}, ipsec overhead {total}({front}), media mtu {flow.media_mtu}"
    yield "      PMTU time remaining (sec): 0, DF policy: copy-df"
    yield "      ICMP error validation: disabled, TFC packets: disabled"
    yield f"      current outbound spi: {flow.outbound[0].spi if flow.outbound else 0:08X}"
    yield f"      current inbound spi : {flow.inbound[0].spi if flow.inbound else 0:08X}"
    yield ""
    for direction, sas in (("inbound", flow.inbound), ("outbound", flow.outbound)):
        for protocol in ("esp", "ah"):
            own = [each for each in sas if each.protocol == protocol]
            if own or protocol == "esp":
                yield f"    {direction} {protocol} sas:"
                for each in own:
                    yield from _sa_lines(each, flow.crypto_map)
    yield ""


def _detail_errors(flow: FlowState) -> Iterator[str]:
    """Yield the error counters of `detail`, one per cause."""
    count = {cause.value: number for cause, number in flow.errors.items()}
    yield (
        f"      #pkts no sa (send): {count.get('no_sa_pending', 0)}, "
        f"#pkts invalid sa (rcv): {count.get('invalid_spi', 0) + count.get('sa_expired', 0)}"
    )
    yield f"      #pkts encaps failed (send): 0, #pkts decaps failed (rcv): {count.get('malformed', 0)}"
    yield f"      #pkts invalid prot (rcv): 0, #pkts verify failed: {count.get('bad_icv', 0)}"
    mismatched, overflowed = count.get("selector_mismatch", 0), count.get("seq_overflow", 0)
    yield f"      #pkts invalid identity (rcv): {mismatched}, #pkts invalid len (rcv): 0"
    yield f"      #pkts replay rollover (send): {overflowed}, #pkts replay rollover (rcv): 0"
    yield f"      #pkts replay failed (rcv): {count.get('replay', 0)}"


def _sa_lines(sa: IpsecSaState, crypto_map: str) -> Iterator[str]:
    """Yield one IPsec SA."""
    yield f"      spi: 0x{sa.spi:08X} ({sa.spi})"
    yield "         SA State: active"
    yield f"         transform: {asa_transform(sa.transform, sa.protocol)} no compression "
    words = ["L2L", "Tunnel" if sa.transform.mode == "tunnel" else "Transport"]
    words += [" NAT-T-Encaps"] if sa.udp_ports else []
    words += [f"PFS Group {sa.pfs_group}"] if sa.pfs_group else []
    yield f"         in use settings ={{{', '.join([*words, 'IKEv1'])}, }}"
    yield f"         slot: 0, conn_id: {sa.conn_id}, crypto-map: {crypto_map}"
    if sa.remaining_kb is None:
        yield f"         sa timing: remaining key lifetime (sec): {sa.remaining_s}"
    else:
        yield f"         sa timing: remaining key lifetime (kB/sec): ({sa.remaining_kb}/{sa.remaining_s})"
    yield f"         IV size: {iv_bytes(sa.transform, sa.protocol)} bytes"
    yield f"         replay detection support: {'Y' if sa.replay_window else 'N'}"
    if sa.replay_window:
        yield "         Anti replay bitmap: "
        words32 = max(2, (sa.replay_window + 31) // 32)
        bits = [sa.replay_bitmap >> 32 * at & 0xFFFFFFFF for at in reversed(range(words32))]
        for at in range(0, len(bits), 2):
            yield "          " + " ".join(f"0x{word:08X}" for word in bits[at : at + 2])
