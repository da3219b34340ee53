"""Whole runs, pinned: a change that is meant to alter nothing (speed, structure) alters no byte.

The digest of a run covers its JSON, every hop and every record. A change that is meant to alter
what happens makes them differ; look at what differs, then write the digests anew with
``python -m tests.lab.test_golden``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, replace
from hashlib import sha256
from pathlib import Path

import pytest

from ipsec_edu import Lab
from ipsec_edu.run import Run
from ipsec_edu.trace.recorder import Trace

FILE = Path(__file__).parent.parent / "data" / "golden_runs.json"
OUTSIDE = "ASA1:GigabitEthernet0/1"
CUT = [f"30 cut {OUTSIDE}", f"60 mend {OUTSIDE}"]
MANY = [
    f"5 loss 10% {OUTSIDE}",
    f"20 cut-out {OUTSIDE}",
    f"35 mend {OUTSIDE}",
    "40 crash ASA2",
    "50 boot ASA2",
    "60 clear-ike ASA1",
    "70 shutdown ASA1:GigabitEthernet0/0",
    "75 no-shutdown ASA1:GigabitEthernet0/0",
    "80 down ASA2:GigabitEthernet0/1",
    "85 up ASA2:GigabitEthernet0/1",
]


def busy(kind: str, size: int = 84) -> Lab:
    """The lab with a packet every 50 ms."""
    lab = Lab.load("site-to-site")
    return lab.with_flows(replace(lab.flows[0], kind=kind, every_us=50_000, size=size))


def variant(name: str) -> Callable[[], Run]:
    """The lab with one mistake in it, and a cut."""
    return lambda: Lab.load("site-to-site").variant(name).run(faults=CUT)


RUNS: dict[str, Callable[[], Run]] = {
    "sample": lambda: Lab.load("site-to-site").run(faults=CUT),
    "quiet": lambda: Lab.load("site-to-site").run(),
    "many faults, pings": lambda: busy("ping").run(faults=MANY, seed=3),
    "many faults, datagrams": lambda: busy("datagram").run(faults=MANY, seed=3),
    "fragments": lambda: busy("ping", 1480).run(until=30, faults=MANY),
    "eager": lambda: Lab.load("site-to-site").run(faults=CUT, fidelity="eager"),
    "nat-exemption-missing": variant("nat-exemption-missing"),
    "route-missing": variant("route-missing"),
    "crypto-map-not-applied": variant("crypto-map-not-applied"),
    "acl-not-mirrored": variant("acl-not-mirrored"),
    "udp-4500-blocked": variant("udp-4500-blocked"),
    "esp-blocked": variant("esp-blocked"),
}


def digest(run: Run) -> str:
    """Return one number for everything that the run recorded."""
    records = [repr([tuple(hop) for hop in run.trace.hops])]
    records += [repr(getattr(run.trace, each.name)) for each in fields(Trace) if "hops" not in each.name]
    return sha256("\n".join([run.to_json(), *records]).encode()).hexdigest()


@pytest.mark.parametrize("name", RUNS)
def test_the_run_is_what_it_was(name: str) -> None:
    expected = json.loads(FILE.read_text(encoding="utf-8"))
    assert digest(RUNS[name]()) == expected[name], (
        f"the run {name!r} changed. If it was meant to: python -m tests.lab.test_golden"
    )


def test_a_microsecond_of_difference_shows() -> None:
    run = RUNS["quiet"]()
    before = digest(run)
    hop = run.trace.hops[-1]
    run.trace.hops[-1] = hop._replace(left_us=hop.left_us + 1)
    assert digest(run) != before
    assert digest(Lab.load("site-to-site").run(seed=2)) != before


if __name__ == "__main__":
    FILE.write_text(json.dumps({name: digest(make()) for name, make in RUNS.items()}, indent=1) + "\n")
    print(f"wrote {FILE}")
