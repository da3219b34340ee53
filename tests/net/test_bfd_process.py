"""BFD under OSPF: a silent cut is noticed in a fraction of a second instead of after the dead interval."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

import pytest

from ipsec_edu.core.causes import Cause
from ipsec_edu.core.units import SECOND
from ipsec_edu.net.bfd_process import BfdProcess
from ipsec_edu.run import Run
from ipsec_edu.wire.bfd import BFD_PORT, BfdControl, BfdState
from ipsec_edu.wire.packet import UDP, Packet
from ipsec_edu.wire.udp import UdpDatagram
from tests.net.build import get, pair
from tests.net.ospf_lab import adjacencies, lab, moved, outage, via
from tests.tools import find_tool

FIRST = "Ethernet0/1"
FAST = " ip ospf bfd\n bfd interval 50 min_rx 50 multiplier 3"


@cache
def cut(options: str = FAST, network: str = "point-to-point", fault: str = "cut") -> Run:
    return lab(network, (10, 40), options=options, start_s=48).run(
        until=110, faults=[f"60.01 {fault} gw1:{FIRST}"]
    )


@pytest.mark.parametrize("network", ["point-to-point", "broadcast"])
def test_bfd_reroutes_a_silent_cut_within_its_detection_time(network: str) -> None:
    run = cut(network=network)
    for node in ("gw1", "gw2"):
        late = moved(run, node, 60.01, "Ethernet0/2")
        assert late is not None and 0.1 < late <= 0.15 + 0.06
    assert outage(run, 58) < 0.3
    assert len({sa.id for sa in run.sas if sa.up_us is not None}) == 3


def test_without_bfd_it_takes_the_dead_interval() -> None:
    late = moved(cut(options=""), "gw1", 60.01, "Ethernet0/2")
    assert late is not None and late > 30
    unbound = cut(options=" bfd interval 50 min_rx 50 multiplier 3")
    assert moved(unbound, "gw1", 60.01, "Ethernet0/2") == late, "timers alone watch nobody"


def test_slower_timers_take_longer() -> None:
    run = cut(options=" ip ospf bfd\n bfd interval 300 min_rx 300 multiplier 4")
    late = moved(run, "gw1", 60.01, "Ethernet0/2")
    assert late is not None and 0.9 <= late <= 1.2 + 0.06


def test_the_log_says_who_noticed() -> None:
    lines = [line.text for line in cut().log if line.node == "gw1" and line.at_us > 60 * SECOND]
    assert lines[0].startswith("%BFDFSM-6-BFD_SESS_DOWN: BFD-SYSLOG: BFD session ld:1 handle:1,is going Down")
    assert lines[0].endswith("Reason: DETECT TIMER EXPIRED")
    assert lines[1] == (
        f"%OSPF-5-ADJCHG: Process 1, Nbr 10.255.0.2 on {FIRST} from FULL to DOWN, "
        "Neighbor Down: BFD node down"
    )
    (_, plain), *_ = adjacencies(cut(options=""), "gw1", 60)
    assert plain.endswith("Neighbor Down: Dead timer expired")


def test_one_deaf_end_tells_the_other() -> None:
    run = cut(fault="cut-out")
    assert all((moved(run, node, 60.01, "Ethernet0/2") or 99) < 0.25 for node in ("gw1", "gw2"))
    plain = cut(options="", fault="cut-out")
    assert (moved(plain, "gw2", 60.01, "Ethernet0/2") or 99) > 30


def test_sessions_come_back_with_their_neighbour() -> None:
    faults = [f"60.01 cut gw1:{FIRST}", f"62 mend gw1:{FIRST}"]
    run = lab(timers=(1, 4), options=FAST).run(until=80, faults=faults)
    assert via(run, "gw1", 79) == [FIRST]
    state = run.at(79).device("gw1")
    assert sorted((s.interface, s.state) for s in state.bfd) == [
        (FIRST, BfdState.UP),
        ("Ethernet0/2", BfdState.UP),
    ]
    ups = [line.at_us / SECOND for line in run.log if line.node == "gw1" and "SESS_UP" in line.text]
    assert len(ups) == 3 and 62 < ups[2] < 66
    assert len(run.at(61).device("gw1").bfd) == 1


def test_a_crash_ends_a_session_without_a_word() -> None:
    run = lab(timers=(1, 4), options=FAST).run(until=40, faults=["30.01 crash gw2"])
    assert not [line for line in run.log if line.node == "gw2" and "BFD" in line.text and line.at_us > 30e6]
    assert {hop.kind for hop in run.trace.hops} == {"ospf", "bfd", "esp", "clear", "ike"}


def test_a_packet_that_came_further_than_one_hop_is_refused() -> None:
    world, first, second = pair()
    process = BfdProcess(second, {}, lambda *_: None)
    control = BfdControl(BfdState.DOWN, 3, 1, 0, SECOND, SECOND)
    for ttl, text in ((254, control.pack()), (255, b"nonsense"), (255, control.pack())):
        packet = Packet(
            0,
            second.interfaces["GigabitEthernet0/0"].address or 0,
            UDP,
            UdpDatagram(49152, BFD_PORT, text),
            ttl,
        )
        get(world, "A").send(world.originate(packet))
    world.clock.run_until(SECOND)
    world.check_books()
    assert world.trace.books.dropped == {Cause.MALFORMED: 2}
    assert world.trace.books.delivered == 1
    assert process.core.sessions == {}
    assert first.name == "A"


def test_eager_fidelity_gives_the_same_trace() -> None:
    runs = [
        lab(options=FAST).run(until=40, faults=[f"30 cut gw1:{FIRST}"], fidelity=each)
        for each in ("bytes", "eager")
    ]
    for name in ("hops", "routes", "states", "log", "drops", "probes"):
        assert getattr(runs[0].trace, name) == getattr(runs[1].trace, name), name


@pytest.mark.tshark
def test_a_capture_shows_real_bfd(tmp_path: Path) -> None:
    tool = find_tool("tshark")
    assert tool is not None
    file = tmp_path / "bfd.pcapng"
    lab(options=FAST).run(until=6).capture(f"gw1:{FIRST}", file)

    def ask(*words: str) -> list[str]:
        command = [str(tool), "-r", str(file), *words]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()

    assert ask("-Y", "_ws.malformed || _ws.expert.severity == error") == []
    assert set(ask("-Y", "bfd", "-T", "fields", "-e", "ip.ttl")) == {"255"}
    assert {"0x01", "0x02", "0x03"} == set(ask("-Y", "bfd", "-T", "fields", "-e", "bfd.sta"))
