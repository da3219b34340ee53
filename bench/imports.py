"""What `import ipsec_edu` costs over a bare interpreter."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from statistics import median

from bench.measure import Row, race

__all__ = ["rows"]

HEAVY = ("scapy", "matplotlib", "networkx", "numpy", "ipywidgets", "cryptography")
EVERYTHING = "import ipsec_edu; [getattr(ipsec_edu, name) for name in ipsec_edu.__all__]"
"""The package and all of its public names, which are loaded on first use."""


def fresh(code: str) -> float:
    """Return the processor seconds of a fresh interpreter that runs `code`."""
    before = os.times()
    subprocess.run([sys.executable, "-c", code], check=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def rows(rounds: int) -> Iterator[Row]:
    """Yield the row of this race."""
    contestants = {
        "bare": lambda: fresh("pass"),
        "package": lambda: fresh("import ipsec_edu"),
        "everything": lambda: fresh(EVERYTHING),
    }
    times = race(contestants, max(rounds, 7))
    over = {
        name: 1000 * median(own - bare for own, bare in zip(values, times["bare"], strict=True))
        for name, values in times.items()
    }
    check = f"{EVERYTHING}; import sys; print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    loaded = subprocess.check_output([sys.executable, "-c", check], text=True).strip()
    detail = f"with all its names {over['everything']:.0f} ms; heavy packages loaded: {loaded or 'none'}"
    yield Row("import ipsec_edu, over bare Python", over["package"], "ms", 100, False, detail)
