"""Makes ``docs/truth.md`` out of what the comparisons found as they ran: ``make truth``.

The tests write their findings down (`tests/truth/book.py`); this page is their rows and nothing else. A
comparison that fails leaves the page as it was.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
Rows = list[dict[str, Any]]

HEAD = """# Measured against real daemons

Made by `make truth`, from the runs themselves: change nothing here by hand. Two kinds of comparison: the
project's own IKE and ESP speaking with a daemon over real sockets, and the simulator beside times and
messages that were measured between two daemons (`tests/truth/facts.py`, `tests/truth/facts_routing.py`).
"""
LIMITS = """## What this does not show

- The daemon does ESP in userspace and only in UDP. ESP as an IP protocol of its own, AH and transport
  mode are checked against published vectors and other dissectors, not against a daemon.
- The measured daemon has no trap policy. A crypto map is one: in the simulator the next packet for the
  tunnel begins again, so where the facts say that nothing comes back, the compared run stops its traffic.
- The simulator's routers and daemons take no time to compute: where the measured spread of some hundredths of
  a second is theirs, the simulator says 0.
- The times are strongSwan's habits. Those of IOS and ASA have other sources, named one by one in
  `ipsec_edu/ike/profile.py`.
"""


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table; numbers are rounded to what was measured."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(text, line)) + " |" for line in lines) + "\n"


def text(value: object) -> str:
    """Return a value for people: seconds with two digits at most, no minus zero."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{round(value, 2) + 0.0:g}"
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def tunnels(rows: Rows) -> str:
    """Tunnels that were built with a daemon."""
    versions = ", ".join(dict.fromkeys(row["daemon"] for row in rows))
    body = [
        (
            row["ike"],
            row["esp"],
            row["mode"],
            "we" if row["role"] == "initiator" else "the daemon",
            row["sizes"],
            "not measured" if row["off"] is None else row["off"],
        )
        for row in rows
    ]
    head = ("IKE", "ESP", "mode", "who began", "bytes of the messages", "bytes off two daemons")
    return (
        f"## With {versions}: tunnels\n\nEach came up, carried a ping in ESP in UDP, and was taken down by "
        "Delete; both ends held the same SPIs. Sizes, payloads, order and ports are compared with "
        "what two daemons send each other.\n\n" + table(head, body)
    )


def failures(rows: Rows) -> str:
    """Negotiations that cannot succeed, with a daemon."""
    body = [
        (
            row["name"],
            "we" if row["role"] == "initiator" else "the daemon",
            row["notify"],
            row["stays"],
            row["reason"],
        )
        for row in rows
    ]
    head = ("what differs", "who began", "refused with", "phase 1 stays", "what our end says")
    return "## What cannot work\n\n" + table(head, body)


def life(rows: Rows) -> str:
    """Dead peers and renewal, with a daemon."""
    body = [(row["what"], row["found"]) for row in rows]
    return "## Dead peers and renewal\n\nDead-peer detection with delay 1 s and timeout 3 s.\n\n" + table(
        ("what", "found"), body
    )


def exchanges(rows: Rows) -> str:
    """The simulator's messages beside those of two daemons."""
    body = [(row["ike"], row["esp"], row["name"], row["sizes"], row["off"]) for row in rows]
    head = ("IKE", "ESP", "case", "bytes of the simulator's messages", "bytes off")
    return (
        f"## The simulator beside two {rows[0]['daemon']}: messages\n\nExchange, payloads in order, size, "
        "port and notify of every message.\n\n" + table(head, body)
    )


def timelines(rows: Rows) -> str:
    """The simulator's times beside those of two daemons."""
    parts = [
        f"## The simulator beside two {rows[0]['daemon']}: times\n\nSeconds (or a count). Measured: "
        "one value, or least / median / most of three runs. Off: how far outside of that. The first "
        "R-U-THERE has play, because the age of the last news at the cut differs from run to run.\n"
    ]
    for case in dict.fromkeys(row["case"] for row in rows):
        body = [
            (row["what"], row["measured"], row["simulated"], row["off"], row["allowed"])
            for row in rows
            if row["case"] == case
        ]
        parts.append(f"### {case}\n\n" + table(("what", "measured", "simulated", "off", "allowed"), body))
    return "\n".join(parts)


def links(rows: Rows) -> str:
    """One identity with routing below it, beside the simulator."""
    return _ways(
        rows,
        f"## The simulator beside {rows[0]['daemon']}: one identity, two links\n\n"
        "Two gateways speak IKE from their loopbacks; OSPF chooses between two links (cost 10 and 20). The "
        "better one is lost and mended: `silent`, frames vanish; `carrier1`, `carrier2`: one gateway or both "
        "lose carrier. No packet asks for an SA here. Seconds: least / median / most of three measured and "
        "of six simulated runs, whose hellos had ages spread over the hello interval at the fault. Off: how "
        "far the simulated ones go beyond the measured (allowed: one hello interval where the age of a hello "
        "decides, because three runs do not fill it). Not reached: how far the measured ones go beyond the "
        "simulated (allowed: 0.3).\n",
    )


def identities(rows: Rows) -> str:
    """Several identities with static routing, beside the simulator."""
    return _ways(
        rows,
        f"## The simulator beside two {rows[0]['daemon']}: two addresses of a peer\n\n"
        "The hub has an address on each of two links, routes are static. `list`: both addresses in one "
        "connection; `updown`: the end of the first connection begins the second; `two`: both tunnels are "
        "up, that of link B was built last. The simulated hub turns its way back to the link that answers "
        "its pings (policies belong to interfaces there, at the daemon they do not). Columns as before; four "
        "simulated runs.\n",
    )


def _ways(rows: Rows, head: str) -> str:
    parts = [head]
    names = ("what", "measured", "simulated", "off", "allowed", "not reached")
    for case in dict.fromkeys(row["case"] for row in rows):
        own = [row for row in rows if row["case"] == case]
        body = [
            (
                row["what"] + (" (differs)" if row["because"] else ""),
                row["measured"],
                row["simulated"],
                row["off"],
                row["allowed"],
                row["unreached"],
            )
            for row in own
        ]
        why = "".join(f"\nDiffers: {row['because']}\n" for row in own if row["because"])
        parts.append(f"### {case}\n\n" + table(names, body) + why)
    inside = sum(not row["off"] and not row["because"] for row in rows)
    differ = sum(bool(row["because"]) for row in rows)
    parts.append(
        f"{len(rows)} facts: in {inside} the simulated runs stay inside the measured spread, in "
        f"{len(rows) - inside - differ} they are within what is allowed, {differ} differ for the "
        "reasons given.\n"
    )
    return "\n".join(parts)


def page(book: dict[str, Rows]) -> str:
    """Return the whole page."""
    makers = (tunnels, failures, life, exchanges, timelines, links, identities)
    parts = [maker(book[maker.__name__]) for maker in makers]
    return "\n".join([HEAD, *parts, LIMITS])


def main() -> int:
    """Run the comparisons; write the page if all of them held."""
    with tempfile.TemporaryDirectory() as folder:
        book = Path(folder) / "book.json"
        command = [sys.executable, "-m", "pytest", "-q", "tests/live", "tests/truth"]
        # A comparison that could not be made must not be missing from the page without a word.
        environment = {**os.environ, "IPSEC_EDU_TRUTH": str(book), "CI": "true"}
        command += ["--deselect", "tests/truth/test_page.py"]
        status = subprocess.run(command, cwd=HERE.parent, env=environment, check=False).returncode
        if status:
            print("a comparison failed: docs/truth.md stays as it was", file=sys.stderr)
            return status
        (HERE / "truth.md").write_text(page(json.loads(book.read_text())), encoding="utf-8")
    print("wrote docs/truth.md")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
