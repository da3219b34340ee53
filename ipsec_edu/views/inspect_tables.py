"""The inspector's tables of one device at one moment: SAs, policies, routes, and its configuration."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from ipsec_edu.config.running import running_config
from ipsec_edu.core.acl import Selector
from ipsec_edu.core.addr import format_ip
from ipsec_edu.core.errors import IpsecEduError
from ipsec_edu.show.state import DeviceState, FlowState, IpsecSaState

if TYPE_CHECKING:
    from ipsec_edu.lab import Lab
    from ipsec_edu.trace.recorder import Trace

__all__ = ["changed_lines", "config_record", "device_tables"]


def device_tables(state: DeviceState, trace: Trace, node: str, at_us: int) -> dict[str, Any]:
    """Return SAs, policies and routes as the device holds them."""
    if not state.powered:
        return {"powered": False, "held": [], "spd": [], "routes": []}
    return {
        "powered": True,
        "held": [*_ike_rows(state), *_ipsec_rows(state, trace, node, at_us)],
        "spd": [_policy(state, flow) for flow in state.flows],
        "routes": [
            {
                "prefix": str(route.prefix),
                "via": "" if route.next_hop is None else format_ip(route.next_hop),
                "interface": state.nameif(route.interface),
                "source": route.source,
                "cost": f"{route.distance}/{route.metric}",
                "since": route.since_us,
            }
            for route in state.routes
        ],
    }


def _ike_rows(state: DeviceState) -> list[dict[str, Any]]:
    return [
        {
            "kind": "ike",
            "id": "".join(cookie.hex() for cookie in sa.cookies),
            "state": sa.state,
            "peer": format_ip(sa.peer),
            "initiator": sa.initiator,
            "transform": _cipher(sa.encryption, sa.key_bits, f"{sa.hash} group {sa.group}"),
            "seconds": sa.remaining_s,
        }
        for sa in state.ike_sas
    ]


def _cipher(encryption: str, key_bits: int, rest: str) -> str:
    """Return ``aes-256 sha1``; empty while nothing is agreed."""
    name = f"{encryption}-{key_bits}" if key_bits else encryption
    return " ".join(part for part in (name, rest) if part) if encryption or "group" not in rest else ""


def _ipsec_rows(state: DeviceState, trace: Trace, node: str, at_us: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for flow in state.flows:
        for way, sas in (("out", flow.outbound), ("in", flow.inbound)):
            for sa in sas:
                row = _ipsec_row(sa, flow, f"{sa.protocol}-{way}")
                if way == "out":
                    row["lost"] = _lost(trace, node, sa.spi, at_us)
                else:
                    row["window"] = [sa.replay_window, f"{sa.replay_bitmap:x}"]
                rows.append(row)
    return rows


def _ipsec_row(sa: IpsecSaState, flow: FlowState, kind: str) -> dict[str, Any]:
    transform = sa.transform
    return {
        "kind": kind,
        "id": f"0x{sa.spi:08x}",
        "peer": "" if flow.current_peer is None else format_ip(flow.current_peer),
        "transform": _cipher(
            transform.esp_encryption or "",
            transform.esp_key_bits,
            transform.esp_integrity or transform.ah_integrity or "",
        ),
        "local": _side(flow.selector, True),
        "remote": _side(flow.selector, False),
        "packets": sa.packets,
        "sequence": sa.sequence,
        "seconds": sa.remaining_s,
        "kilobytes": -1 if sa.remaining_kb is None else sa.remaining_kb,
    }


def _lost(trace: Trace, node: str, spi: int, at_us: int) -> int:
    """Count the packets that `node` sent with `spi` and that died before anybody opened them.

    This is the stage's knowledge, not the device's: nothing in ESP tells a sender.
    """
    sent = {hop.uid for hop in trace.hops if hop.spi == spi and hop.sender.partition(":")[0] == node}
    return sum(
        drop.at_us <= at_us and drop.kind in ("esp", "ah") and drop.uid in sent for drop in trace.drops
    )


def _policy(state: DeviceState, flow: FlowState) -> dict[str, Any]:
    return {
        "interface": state.nameif(flow.interface),
        "entry": f"{flow.crypto_map} {flow.sequence}",
        "local": _side(flow.selector, True),
        "remote": _side(flow.selector, False),
        "peer": "" if flow.current_peer is None else format_ip(flow.current_peer),
        "sas": len(flow.inbound) + len(flow.outbound),
        "out": flow.encaps,
        "in": flow.decaps,
        "errors": [[cause.words, count] for cause, count in sorted(flow.errors.items())],
    }


def _side(selector: Selector, local: bool) -> str:
    """Return one end of a selector: ``192.168.1.0/24``, ``192.168.1.0/24 udp 53``."""
    prefix, port = (selector.local, selector.local_port) if local else (selector.remote, selector.remote_port)
    words = {1: "icmp", 6: "tcp", 17: "udp"}.get(selector.protocol, str(selector.protocol))
    return " ".join([str(prefix), *([words] if selector.protocol else []), *([str(port)] if port else [])])


# --- configuration -------------------------------------------------------------------------


def config_record(lab: Lab, node: str) -> dict[str, Any]:
    """Return the running configuration, and how it differs from what the lab's folder says."""
    text = running_config(lab.settings[node])
    first = _as_loaded(lab)
    before = running_config(first.settings[node]) if first is not None else text
    return {"text": text, "changed": changed_lines(before, text)}


def _as_loaded(lab: Lab) -> Lab | None:
    """Return the lab as its folder has it, None where there is no folder or it has changed for the worse."""
    if lab.folder is None:
        return None
    try:
        fresh = type(lab).load(lab.folder, lenient=True)
        return fresh.variant(lab.variant_name) if lab.variant_name else fresh
    except IpsecEduError:
        return None


def changed_lines(before: str, after: str) -> list[list[Any]]:
    """Return [line of `after` from 0, what stood there before] of every line that differs.

    The old text is empty for a new line. Lines that are gone are reported at the line that
    follows them, as [line, old text, True].
    """
    old, new = before.split("\n"), after.split("\n")
    found: list[list[Any]] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        paired = min(i2 - i1, j2 - j1)
        found += [[j1 + k, old[i1 + k].strip() if k < paired else ""] for k in range(j2 - j1)]
        found += [[j2, old[i].strip(), True] for i in range(i1 + paired, i2)]
    return found
