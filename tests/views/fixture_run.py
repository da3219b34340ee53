"""The sample run of the stage, made by hand as trace records: two sites, one tunnel, one silent cut.

R1 pings R2 every second from t = 1 over two ASAs that are 40 ms apart; dead-peer detection
with threshold 10 and retry 2; IKE retransmits every 8 s. The arithmetic is independent of the
simulator, so the screen can be tested against numbers that were worked out on paper.
"""

# ruff: noqa: E501 - records and snippets of script read better on one line

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ipsec_edu.core.addr import parse_ip
from ipsec_edu.core.causes import Cause
from ipsec_edu.trace.recorder import Trace
from ipsec_edu.trace.records import (
    DpdEvent,
    Drop,
    FaultEvent,
    Hop,
    LogLine,
    Message,
    PortChange,
    Probe,
    SaRecord,
)

MS = 1_000
S = 1_000_000
UNTIL = 120 * S
ONE_WAY = 40 * MS
A1, A2 = parse_ip("203.0.113.1"), parse_ip("203.0.113.2")
COOKIES = (
    ("4420823cfde6f1c2", "6b30f90ec7dd01e4"),
    ("a91e57d0117ac3b2", "02c4f6b855e0d911"),
    ("77aa01c2d3e4f506", "8899aabbccddeeff"),
)
SPIS = (0x1A2B3C4D, 0x5E6F7081), (0x3F81A6B5, 0x9C40D2E7), (0x7704E91C, 0x21D5B3F0)
NINE = (
    ("main", 1, ("SA", "VID", "VID", "VID", "VID"), 180),
    ("main", 2, ("SA", "VID", "VID", "VID"), 160),
    ("main", 3, ("KE", "NONCE", "NAT-D", "NAT-D"), 308),
    ("main", 4, ("KE", "NONCE", "NAT-D", "NAT-D"), 308),
    ("main", 5, ("ID", "HASH", "N"), 92),
    ("main", 6, ("ID", "HASH"), 76),
    ("quick", 1, ("HASH", "SA", "NONCE", "ID", "ID"), 188),
    ("quick", 2, ("HASH", "SA", "NONCE", "ID", "ID"), 188),
    ("quick", 3, ("HASH",), 60),
)

LAYOUT: Any = {
    "nodes": {
        "R1": {"x": 0.06, "y": 0.5, "kind": "router", "addresses": ["192.168.1.1"]},
        "ASA1": {"x": 0.265, "y": 0.5, "kind": "firewall", "addresses": ["192.168.1.254", "203.0.113.1"]},
        "internet": {"x": 0.5, "y": 0.5, "kind": "cloud", "label": "Internet"},
        "ASA2": {"x": 0.735, "y": 0.5, "kind": "firewall", "addresses": ["192.168.2.254", "203.0.113.2"]},
        "R2": {"x": 0.94, "y": 0.5, "kind": "router", "addresses": ["192.168.2.2"]},
    },
    "links": [
        {
            "a": {"node": "R1", "interface": "Ethernet0/1", "address": "192.168.1.1"},
            "b": {
                "node": "ASA1",
                "interface": "GigabitEthernet0/0",
                "nameif": "INSIDE",
                "address": "192.168.1.254",
            },
            "delay_us": MS,
        },
        {
            "a": {
                "node": "ASA1",
                "interface": "GigabitEthernet0/1",
                "nameif": "OUTSIDE",
                "address": "203.0.113.1",
            },
            "b": {"node": "internet", "interface": "eth1"},
            "delay_us": 20 * MS,
        },
        {
            "a": {"node": "internet", "interface": "eth2"},
            "b": {
                "node": "ASA2",
                "interface": "GigabitEthernet0/1",
                "nameif": "OUTSIDE",
                "address": "203.0.113.2",
            },
            "delay_us": 20 * MS,
        },
        {
            "a": {
                "node": "ASA2",
                "interface": "GigabitEthernet0/0",
                "nameif": "INSIDE",
                "address": "192.168.2.254",
            },
            "b": {"node": "R2", "interface": "Ethernet0/1", "address": "192.168.2.2"},
            "delay_us": MS,
        },
    ],
    "lans": [
        {"label": "LAN1", "prefix": "192.168.1.0/24", "nodes": ["R1", "ASA1"]},
        {"label": "LAN2", "prefix": "192.168.2.0/24", "nodes": ["ASA2", "R2"]},
    ],
}
FAULTS = ("down", "cut", "cut-out", "shutdown", "loss 20%")
OFFERS = [
    *[
        (action, f"{asa}:GigabitEthernet0/{port}", "")
        for asa in ("ASA1", "ASA2")
        for port in (1, 0)
        for action in FAULTS
    ],
    *[(action, asa, "") for asa in ("ASA1", "ASA2") for action in ("crash", "clear-ike")],
]


@dataclass
class FixtureLab:
    """The least that the stage asks of a lab."""

    name: str = "site-to-site"
    title: str = "Two sites, one IKEv1 tunnel"
    layout: Any = field(default_factory=lambda: LAYOUT)
    offers: Any = field(default_factory=lambda: OFFERS)


@dataclass
class FixturePart:
    name: str
    start_us: int
    end_us: int


@dataclass
class FixtureOutage:
    flow: str
    start_us: int
    end_us: int | None
    lost: int
    parts: list[FixturePart]


@dataclass
class FixtureRun:
    """The least that the stage asks of a run."""

    faults: list[str]
    trace: Trace
    outages: list[FixtureOutage] = field(default_factory=list)
    lab: Any = field(default_factory=FixtureLab)
    until_us: int = UNTIL
    seed: int = 1

    def ledger(self) -> list[FixtureOutage]:
        return self.outages


class _Maker:
    """Builds the trace of one run with at most one cut and one mend."""

    def __init__(self, cut_us: int | None, mend_us: int | None) -> None:
        self.cut, self.mend = cut_us, mend_us
        self.trace = Trace()
        self.uid = 0
        self.sequence = 0
        self.up: dict[str, SaRecord] = {}
        self.generation = 0
        self.heard: dict[str, int] = {}
        self.busy_until = 0
        self.attempts: list[tuple[int, int | None, int | None]] = []

    def whole(self, t: int) -> bool:
        return self.cut is None or t < self.cut or (self.mend is not None and t >= self.mend)

    def next_uid(self) -> int:
        self.uid += 1
        return self.uid

    def hop(
        self,
        uid: int,
        kind: str,
        number: int,
        answer: bool,
        a: str,
        b: str,
        left: int,
        took: int | None,
        size: int,
        spi: int = 0,
        seq: int = 0,
    ) -> None:
        flow = "R1>R2" if kind in ("clear", "esp") else ""
        arrived = None if took is None else left + took
        self.trace.hops.append(Hop(uid, kind, flow, number, answer, a, b, left, arrived, size, spi, seq))

    def across(
        self,
        uid: int,
        kind: str,
        number: int,
        answer: bool,
        left: int,
        from_a1: bool,
        size: int,
        spi: int = 0,
        seq: int = 0,
    ) -> int | None:
        """Send over the two provider cables; return the arrival, or None where it died on the cut one."""
        ports = ["ASA1:GigabitEthernet0/1", "internet:eth1", "internet:eth2", "ASA2:GigabitEthernet0/1"]
        if not from_a1:
            ports.reverse()
        cut_first = from_a1
        first_ok = self.whole(left) if cut_first else True
        self.hop(
            uid, kind, number, answer, ports[0], ports[1], left, 20 * MS if first_ok else None, size, spi, seq
        )
        if not first_ok:
            return None
        second_ok = True if cut_first else self.whole(left + 20 * MS)
        self.hop(
            uid,
            kind,
            number,
            answer,
            ports[2],
            ports[3],
            left + 20 * MS,
            20 * MS if second_ok else None,
            size,
            spi,
            seq,
        )
        return left + ONE_WAY if second_ok else None

    def message(
        self,
        t: int,
        from_a1: bool,
        exchange: str,
        n: int,
        payloads: tuple[str, ...],
        size: int,
        *,
        notify: str | None = None,
        again: bool = False,
        sequence: int | None = None,
    ) -> Message:
        uid = self.next_uid()
        arrived = self.across(uid, "ike", 0, False, t, from_a1, size + 28)
        cookie_i, cookie_r = COOKIES[self.generation % 3]
        message = Message(
            t,
            "ASA1" if from_a1 else "ASA2",
            "ASA2" if from_a1 else "ASA1",
            A1 if from_a1 else A2,
            A2 if from_a1 else A1,
            exchange,
            n,
            payloads,
            notify,
            size,
            again,
            exchange == "quick" or n > 4 or exchange == "informational",
            (bytes.fromhex(cookie_i), bytes.fromhex(cookie_r) if (exchange, n) != ("main", 1) else bytes(8)),
            0 if exchange == "main" else 77 + self.generation,
            500,
            b"",
            b"",
            uid,
            arrived,
            None if arrived is not None else Cause.LINK_CUT,
            None if arrived is not None else "ASA1:GigabitEthernet0/1",
            sequence,
        )
        self.trace.messages.append(message)
        if arrived is None:
            self.trace.drops.append(
                Drop(
                    t if from_a1 else t + 20 * MS,
                    "ASA1:GigabitEthernet0/1",
                    Cause.LINK_CUT,
                    uid,
                    "ike",
                    "",
                    0,
                    False,
                    notify or f"{exchange} {n}",
                )
            )
        return message

    def open(self, node: str, kind: str, sa_id: str, initiator: bool, begun: int, up: int | None) -> SaRecord:
        local, peer = (A1, A2) if node == "ASA1" else (A2, A1)
        record = SaRecord(
            node,
            kind,
            local,
            peer,
            sa_id,
            initiator,
            begun,
            up,
            None,
            None,
            "".join(COOKIES[self.generation % 3]),
            "192.168.1.0/24 192.168.2.0/24" if node == "ASA1" else "192.168.2.0/24 192.168.1.0/24",
            "aes-256 sha group5" if kind == "ike" else "esp-aes-256 esp-sha-hmac",
        )
        self.trace.sas.append(record)
        return record

    def negotiate(self, woke: int) -> None:
        """Main Mode 1 at `woke`, again every 8 s three times, until one is heard."""
        for k in range(4):
            t = woke + 8 * S * k
            if t >= UNTIL:
                self.attempts.append((woke, None, None))
                return
            if self.whole(t) and self.whole(t + 9 * ONE_WAY):
                break
            self.message(t, True, "main", 1, NINE[0][2], NINE[0][3], again=k > 0)
        else:
            ike = self.open("ASA1", "ike", COOKIES[self.generation % 3][0] + "0" * 16, True, woke, None)
            ike.down_us, ike.reason = woke + 32 * S, "failed"
            self.busy_until = woke + 32 * S
            self.attempts.append((woke, None, None))
            return
        for i, (exchange, n, payloads, size) in enumerate(NINE):
            self.message(t + i * ONE_WAY, i % 2 == 0, exchange, n, payloads, size, again=i == 0 and k > 0)
        both = "".join(COOKIES[self.generation % 3])
        out, into = (f"0x{spi:08x}" for spi in SPIS[self.generation % 3])
        self.up = {
            "ike1": self.open("ASA1", "ike", both, True, woke, t + 6 * ONE_WAY),
            "out1": self.open("ASA1", "esp-out", out, True, t + 6 * ONE_WAY, t + 8 * ONE_WAY),
            "in1": self.open("ASA1", "esp-in", into, True, t + 6 * ONE_WAY, t + 8 * ONE_WAY),
            "ike2": self.open("ASA2", "ike", both, False, t + ONE_WAY, t + 5 * ONE_WAY),
            "in2": self.open("ASA2", "esp-in", out, False, t + 7 * ONE_WAY, t + 7 * ONE_WAY),
            "out2": self.open("ASA2", "esp-out", into, False, t + 7 * ONE_WAY, t + 7 * ONE_WAY),
        }
        self.heard = {"ASA1": t + 8 * ONE_WAY, "ASA2": t + 9 * ONE_WAY}
        self.sequence = 0
        self.busy_until = t + 8 * ONE_WAY
        self.attempts.append((woke, t, t + 8 * ONE_WAY))
        self.trace.log.append(
            LogLine(
                t + 8 * ONE_WAY,
                "ASA1",
                "%ASA-5-713120: Group = 203.0.113.2, IP = 203.0.113.2, PHASE 2 COMPLETED",
            )
        )

    def dpd(self, now: int) -> None:
        """Three probes of each gateway and its end, once its patience has run out before `now`."""
        if not self.up or now < self.heard["ASA1"] + 16 * S:
            return
        for from_a1, node in ((True, "ASA1"), (False, "ASA2")):
            heard = self.heard[node]
            for i in range(3):
                t = heard + (10 + 2 * i) * S
                self.message(
                    t, from_a1, "informational", 1, ("HASH", "N"), 92, notify="R-U-THERE", sequence=100 + i
                )
                self.trace.dpd.append(
                    DpdEvent(t, node, A2 if from_a1 else A1, "probe", i + 1, 3, heard, heard + 16 * S)
                )
            self.trace.dpd.append(
                DpdEvent(heard + 16 * S, node, A2 if from_a1 else A1, "dead", 3, 3, heard, heard + 16 * S)
            )
            for key, record in self.up.items():
                if key.endswith(node[-1]):
                    record.down_us, record.reason = heard + 16 * S, "dpd"
            self.trace.log.append(
                LogLine(
                    heard + 16 * S,
                    node,
                    f"%ASA-3-713123: Group = {'203.0.113.2' if from_a1 else '203.0.113.1'}, IKE lost contact with remote peer, deleting connection (keepalive type: DPD)",
                )
            )
        self.up = {}
        self.generation += 1

    def ping(self, k: int) -> None:
        sent = k * S
        probe = Probe("R1>R2", k, sent)
        self.trace.probes["R1>R2"].append(probe)
        self.dpd(sent)
        uid = self.next_uid()
        at_asa = sent + MS
        self.hop(uid, "clear", k, False, "R1:Ethernet0/1", "ASA1:GigabitEthernet0/0", sent, MS, 100)
        if not (self.up and at_asa >= (self.up["out1"].up_us or 0)):
            probe.lost_us, probe.cause, probe.where = at_asa, Cause.NO_SA_PENDING, "ASA1"
            self.trace.drops.append(
                Drop(at_asa, "ASA1", Cause.NO_SA_PENDING, uid, "clear", "R1>R2", k, False, f"echo {k}")
            )
            if at_asa >= self.busy_until:
                self.negotiate(at_asa)
            return
        self.sequence += 1
        spi_out, spi_in = SPIS[self.generation % 3]
        reached = self.across(uid, "esp", k, False, at_asa, True, 168, spi_out, self.sequence)
        if reached is None:
            self.lose(probe, at_asa, uid, k, False)
            return
        self.heard["ASA2"] = reached
        self.hop(uid, "clear", k, False, "ASA2:GigabitEthernet0/0", "R2:Ethernet0/1", reached, MS, 100)
        back = self.next_uid()
        self.hop(back, "clear", k, True, "R2:Ethernet0/1", "ASA2:GigabitEthernet0/0", reached + MS, MS, 100)
        home = self.across(back, "esp", k, True, reached + 2 * MS, False, 168, spi_in, self.sequence)
        if home is None:
            self.lose(probe, reached + 22 * MS, back, k, True)
            return
        self.heard["ASA1"] = home
        self.hop(back, "clear", k, True, "ASA1:GigabitEthernet0/0", "R1:Ethernet0/1", home, MS, 100)
        probe.answered_us = home + MS

    def lose(self, probe: Probe, at: int, uid: int, k: int, answer: bool) -> None:
        probe.lost_us, probe.cause, probe.where, probe.answer_lost = (
            at,
            Cause.LINK_CUT,
            "ASA1:GigabitEthernet0/1",
            answer,
        )
        self.trace.drops.append(
            Drop(at, "ASA1:GigabitEthernet0/1", Cause.LINK_CUT, uid, "esp", "R1>R2", k, answer, f"echo {k}")
        )

    def faults(self) -> list[str]:
        texts = []
        for at, action in ((self.cut, "cut"), (self.mend, "mend")):
            if at is not None:
                text = f"{at / S:g} {action} ASA1:GigabitEthernet0/1"
                texts.append(text)
                self.trace.faults.append(FaultEvent(at, text))
                cut = action == "cut"
                self.trace.ports.append(PortChange(at, "ASA1:GigabitEthernet0/1", True, cut, cut, 0.0))
        return texts

    def ledger(self) -> list[FixtureOutage]:
        outages: list[FixtureOutage] = []
        open_: FixtureOutage | None = None
        for probe in self.trace.probes["R1>R2"]:
            if probe.answered_us is None:
                if open_ is None:
                    open_ = FixtureOutage("R1>R2", probe.sent_us, None, 0, [])
                    outages.append(open_)
                open_.lost += 1
            elif open_ is not None:
                open_.end_us = probe.sent_us
                open_ = None
        for outage in outages:
            self.split(outage)
        return outages

    def split(self, outage: FixtureOutage) -> None:
        end = outage.end_us if outage.end_us is not None else UNTIL
        dead = next(
            (
                e.at_us
                for e in self.trace.dpd
                if e.event == "dead" and e.node == "ASA1" and outage.start_us < e.at_us < end
            ),
            None,
        )
        won = next(
            (
                (t, u)
                for w, t, u in self.attempts
                if t is not None and u is not None and outage.start_us <= w < end
            ),
            None,
        )
        marks: list[tuple[str, int]] = []
        if dead is not None:
            marks.append(("detect", dead))
        if won is not None:
            marks += [("wait", won[0]), ("negotiate", won[1]), ("first packet", end)]
        else:
            marks.append(("wait" if dead is not None else "detect", end))
        at = outage.start_us
        for name, until in marks:
            if until > at:
                outage.parts.append(FixturePart(name, at, until))
            at = until

    def build(self) -> FixtureRun:
        self.trace.probes["R1>R2"] = []
        texts = self.faults()
        for k in range(1, UNTIL // S):
            self.ping(k)
        self.dpd(UNTIL)
        self.trace.messages.sort(key=lambda m: m.at_us)
        self.trace.hops.sort(key=lambda h: h.left_us)
        self.trace.drops.sort(key=lambda d: d.at_us)
        self.trace.dpd.sort(key=lambda d: d.at_us)
        self.trace.sas.sort(key=lambda s: s.begun_us)
        return FixtureRun(texts, self.trace, self.ledger())


def sample_run(cut_s: float | None = 30.0, mend_s: float | None = 60.0) -> FixtureRun:
    """Return the sample run, with another cut and mend, or none."""
    return _Maker(
        None if cut_s is None else round(cut_s * S), None if mend_s is None else round(mend_s * S)
    ).build()


def run_faults(faults: list[str]) -> FixtureRun:
    """Return the run for fault texts as the stage writes them: the first cut and the first mend after it count."""
    cut = mend = None
    for text in faults:
        at, action, target = text.split()
        if target != "ASA1:GigabitEthernet0/1" or action not in ("cut", "mend"):
            raise ValueError(f"{text}: this fixture knows only cut and mend of ASA1:GigabitEthernet0/1")
        if action == "cut":
            cut = float(at)
        else:
            mend = float(at)
    return sample_run(cut, mend)
