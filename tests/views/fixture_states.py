"""Small made-up traces, one per state that the map can show, and three topologies that are not a line."""

# ruff: noqa: E501 - records and snippets of script read better on one line

from __future__ import annotations

from typing import Any

from ipsec_edu.core.addr import parse_ip
from ipsec_edu.trace.recorder import Trace
from ipsec_edu.trace.records import PortChange, PowerChange, Probe, SaRecord, StateChange
from tests.views.fixture_run import FixtureLab, FixtureRun, S, sample_run

PORT = "ASA1:GigabitEthernet0/1"
IKE = "4420823cfde6f1c26b30f90ec7dd01e4"
OLD, NEW = (0x1A2B3C4D, 0x5E6F7081), (0x3F81A6B5, 0x9C40D2E7)


def _sa(
    node: str,
    kind: str,
    spi: int | str,
    begun: float,
    up: float | None,
    down: float | None = None,
    reason: str | None = None,
) -> SaRecord:
    local, peer = ("203.0.113.1", "203.0.113.2") if node == "ASA1" else ("203.0.113.2", "203.0.113.1")
    ends = [None if t is None else round(t * S) for t in (up, down)]
    sa_id = spi if isinstance(spi, str) else f"0x{spi:08x}"
    return SaRecord(
        node,
        kind,
        parse_ip(local),
        parse_ip(peer),
        sa_id,
        node == "ASA1",
        round(begun * S),
        *ends,
        reason,
        IKE,
        "a b",
    )


def _tunnel(
    spis: tuple[int, int],
    begun: float,
    up: float | None,
    down: float | None = None,
    reason: str | None = None,
) -> list[SaRecord]:
    out, into = spis
    return [
        _sa("ASA1", "esp-out", out, begun, up, down, reason), _sa("ASA1", "esp-in", into, begun, up, down, reason),
        _sa("ASA2", "esp-in", out, begun, up, down, reason), _sa("ASA2", "esp-out", into, begun, up, down, reason),
    ]  # fmt: skip


def _ike(up: float = 1, down: float | None = None) -> list[SaRecord]:
    return [_sa("ASA1", "ike", IKE, up - 0.3, up, down), _sa("ASA2", "ike", IKE, up - 0.3, up, down)]


def state_run(name: str) -> FixtureRun:
    """Return a run of 20 s whose picture at 10 s shows the state called `name`."""
    trace = Trace()
    faults: list[str] = []

    def port(port: str, **values: Any) -> None:
        rest = {"carrier": True, "cut_out": False, "cut_in": False, "loss_percent": 0.0, **values}
        trace.ports.append(PortChange(5 * S, port, **rest))

    if name != "none":
        trace.sas = _ike() + _tunnel(OLD, 0.9, 1)
    if name == "none":
        trace.sas = []
    elif name == "rekey-dots":
        trace.sas += _tunnel(NEW, 9, 11)
    elif name == "rekey-both":
        trace.sas = _ike() + _tunnel(OLD, 0.9, 1, 12, "rekeyed") + _tunnel(NEW, 8, 9)
    elif name == "one-sided":
        trace.sas = [s for s in trace.sas if s.node == "ASA1"] + [
            _sa("ASA2", s.kind, s.id, s.begun_us / S, s.up_us / S, 5, "cleared")
            for s in trace.sas
            if s.node == "ASA2" and s.up_us
        ]
    elif name == "dangling":
        trace.sas = _ike(1, 5) + _tunnel(OLD, 0.9, 1)
    elif name == "pulled":
        faults = [f"5 down {PORT}"]
        port(PORT, carrier=False)
        port("internet:eth1", carrier=False)
    elif name == "silent-cut":
        faults = [f"5 cut {PORT}"]
        port(PORT, cut_out=True, cut_in=True)
    elif name == "one-way":
        faults = [f"5 cut-out {PORT}"]
        port(PORT, cut_out=True)
    elif name == "shut":
        faults = [f"5 shutdown {PORT}"]
        port(PORT, carrier=False)
    elif name == "loss":
        faults = [f"5 loss 20% {PORT}"]
        port(PORT, loss_percent=20.0)
    elif name == "crashed":
        faults = ["5 crash ASA2"]
        trace.power.append(PowerChange(5 * S, "ASA2", False))
        for sa in trace.sas:
            if sa.node == "ASA2":
                sa.down_us, sa.reason = 5 * S, "crash"
    elif name != "up":
        raise ValueError(name)
    trace.probes["R1>R2"] = [Probe("R1>R2", k, k * S, k * S + 84_000) for k in range(2, 20)]
    return FixtureRun(faults, trace, until_us=20 * S)


STATES = (
    "none",
    "up",
    "rekey-dots",
    "rekey-both",
    "one-sided",
    "dangling",
    "pulled",
    "silent-cut",
    "one-way",
    "shut",
    "loss",
    "crashed",
)


def _node(x: float, y: float, kind: str, *addresses: str) -> dict[str, Any]:
    return {"x": x, "y": y, "kind": kind, "addresses": list(addresses)}


def _end(node: str, interface: str, address: str = "", nameif: str = "") -> dict[str, Any]:
    return {
        "node": node,
        "interface": interface,
        **({"address": address} if address else {}),
        **({"nameif": nameif} if nameif else {}),
    }


PAIR_LAYOUT: Any = {
    "nodes": {
        "SPOKE": _node(0.07, 0.5, "router", "203.0.113.10"),
        "internet": {**_node(0.36, 0.5, "cloud"), "label": "Internet"},
        "GW1": _node(0.62, 0.22, "router", "198.51.100.1"),
        "GW2": _node(0.62, 0.78, "router", "198.51.100.2"),
        "SW": _node(0.8, 0.5, "switch"),
        "CORE": _node(0.94, 0.5, "router", "10.0.0.1"),
    },
    "links": [
        {
            "a": _end("SPOKE", "Ethernet0/0", "203.0.113.10"),
            "b": _end("internet", "eth1"),
            "delay_us": 10_000,
        },
        {"a": _end("internet", "eth2"), "b": _end("GW1", "Ethernet0/0", "198.51.100.1"), "delay_us": 10_000},
        {"a": _end("internet", "eth3"), "b": _end("GW2", "Ethernet0/0", "198.51.100.2"), "delay_us": 10_000},
        {"a": _end("GW1", "Ethernet0/1", "10.0.0.2"), "b": _end("SW", "eth1"), "delay_us": 100},
        {"a": _end("GW2", "Ethernet0/1", "10.0.0.3"), "b": _end("SW", "eth2"), "delay_us": 100},
        {"a": _end("SW", "eth3"), "b": _end("CORE", "Ethernet0/0", "10.0.0.1"), "delay_us": 100},
    ],
    "gateways": ["SPOKE", "GW1", "GW2"],
}

_SPOKES = {"S1": (0.08, 0.45), "S2": (0.3, 0.86), "S3": (0.7, 0.86), "S4": (0.92, 0.45)}
HUB_LAYOUT: Any = {
    "nodes": {
        "HUB": _node(0.5, 0.16, "router", "203.0.113.1"),
        "internet": {**_node(0.5, 0.52, "cloud"), "label": "Internet"},
        **{
            name: _node(x, y, "router", f"203.0.113.1{i}")
            for i, (name, (x, y)) in enumerate(_SPOKES.items(), 1)
        },
    },
    "links": [
        {"a": _end("HUB", "Ethernet0/0", "203.0.113.1"), "b": _end("internet", "eth0"), "delay_us": 20_000},
        *[
            {
                "a": _end(name, "Ethernet0/0", f"203.0.113.1{i}"),
                "b": _end("internet", f"eth{i}"),
                "delay_us": 20_000,
            }
            for i, name in enumerate(_SPOKES, 1)
        ],
    ],
    "gateways": ["HUB", *_SPOKES],
}


def _mesh(trace: Trace, one: tuple[str, str], other: tuple[str, str], seed: int, up: float = 1.0) -> None:
    """Add an IKE SA and two ESP SAs between two (device, address) ends."""
    for (node, local), (_, peer), first in ((one, other, True), (other, one, False)):
        for kind, sa_id in (
            ("ike", f"{seed:032x}"),
            ("esp-out" if first else "esp-in", f"0x{seed:08x}"),
            ("esp-in" if first else "esp-out", f"0x{seed + 1:08x}"),
        ):
            trace.sas.append(
                SaRecord(
                    node,
                    kind,
                    parse_ip(local),
                    parse_ip(peer),
                    sa_id,
                    first,
                    round((up - 0.3) * S),
                    round(up * S),
                )
            )


def pair_run() -> FixtureRun:
    """Return a run with a spoke, a pair of gateways behind HSRP, and a crash of the active one at 8 s."""
    trace = Trace()
    _mesh(trace, ("SPOKE", "203.0.113.10"), ("GW1", "198.51.100.1"), 0xABCD1234)
    for sa in trace.sas:
        if sa.node == "GW1":
            sa.down_us, sa.reason = 8 * S, "crash"
    _mesh(trace, ("SPOKE", "203.0.113.10"), ("GW2", "198.51.100.2"), 0xBEEF0002, up=14)
    trace.power.append(PowerChange(8 * S, "GW1", False))
    for at, node, before, after in (
        (0, "GW1", "Init", "Active"),
        (0, "GW2", "Init", "Standby"),
        (11 * S, "GW2", "Standby", "Active"),
    ):
        trace.states.append(StateChange(at, node, "HSRP", "1", before, "", "", after, True, ""))
    trace.probes["SPOKE>CORE"] = [
        Probe("SPOKE>CORE", k, k * S, k * S + 41_000)
        if k < 8 or k > 14
        else Probe("SPOKE>CORE", k, k * S, None, k * S + 20_000)
        for k in range(1, 20)
    ]
    return FixtureRun(
        ["8 crash GW1"],
        trace,
        lab=FixtureLab("gateway-pair", "A pair", PAIR_LAYOUT, [("crash", "GW1", "")]),
        until_us=20 * S,
    )


def hub_run() -> FixtureRun:
    """Return a run with a hub and four spokes."""
    trace = Trace()
    for i, name in enumerate(_SPOKES, 1):
        _mesh(trace, ("HUB", "203.0.113.1"), (name, f"203.0.113.1{i}"), 0x11110000 + 16 * i)
    trace.ports.append(PortChange(9 * S, "S3:Ethernet0/0", True, True, True, 0.0))
    for name in ("S1>S3", "S2>S4"):
        trace.probes[name] = [Probe(name, k, k * S, k * S + 80_000) for k in range(1, 20)]
    return FixtureRun(
        ["9 cut S3:Ethernet0/0"],
        trace,
        lab=FixtureLab("hub", "A hub", HUB_LAYOUT, [("cut", "S3:Ethernet0/0", "")]),
        until_us=20 * S,
    )


def busy_run(packets: int = 10_000) -> FixtureRun:
    """Return the sample run with a dense second flow: the most that the axis has to bear."""
    run = sample_run()
    run.trace.probes["R1>busy"] = [
        Probe("R1>busy", k, k * 120 * S // packets, k * 120 * S // packets + 80_000)
        if k % 7
        else Probe("R1>busy", k, k * 120 * S // packets, None, k * 120 * S // packets)
        for k in range(packets)
    ]
    return run
