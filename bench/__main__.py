"""``python -m bench``: run the races and print one table.

``--markdown`` prints it as the README shows it, ``--only WORD`` runs the rows of one file, ``--rounds N``
sets how often everybody takes his turn, ``--check`` exits with status 1 where a goal is missed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence

from bench import codecs, crowd, endurance, handshake, hops, imports, lab, picture
from bench.measure import Row, machine

__all__ = ["main"]

RACES: dict[str, Callable[[int], Iterator[Row]]] = {
    "hops": hops.rows,
    "codecs": codecs.rows,
    "handshake": handshake.rows,
    "imports": imports.rows,
    "lab": lab.rows,
    "picture": picture.rows,
    "crowd": crowd.rows,
    "endurance": endurance.rows,
}


def as_text(rows: Sequence[Row]) -> str:
    """Return the rows as a table for a terminal."""
    width = max(len(row.what) for row in rows)
    verdict = {True: "ok", False: "MISSED"}
    return "\n".join(
        f"{row.what:{width}}  {row.text:>9}  {row.goal_text:17}  {verdict[row.met]:6}  {row.detail}"
        for row in rows
    )


def as_markdown(rows: Sequence[Row]) -> str:
    """Return the rows as the README shows them."""
    head = ["| what | measured | goal | |", "| --- | ---: | ---: | --- |"]
    body = [f"| {row.what} | {row.text} | {row.goal_text} | {row.detail} |" for row in rows]
    return "\n".join([*head, *body, "", f"Measured on {machine()}."])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the races that were asked for."""
    parser = argparse.ArgumentParser(prog="bench", description="How fast it is, side by side.")
    parser.add_argument("--markdown", action="store_true", help="print the README's table")
    parser.add_argument("--only", action="append", choices=list(RACES), help="run this race only")
    parser.add_argument("--rounds", type=int, default=7, help="turns per contestant (7)")
    parser.add_argument("--check", action="store_true", help="exit with status 1 where a goal is missed")
    options = parser.parse_args(arguments)
    if options.rounds < 1:
        parser.error("--rounds: at least one")
    rows: list[Row] = []
    for name in options.only or RACES:
        print(f"{name} ...", file=sys.stderr, flush=True)
        rows += RACES[name](options.rounds)
    print(as_markdown(rows) if options.markdown else f"{machine()}\n\n{as_text(rows)}")
    return 1 if options.check and not all(row.met for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
