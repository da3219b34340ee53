"""The command line: ``ipsec-edu`` and ``python -m ipsec_edu``.

Errors are one line on stderr that names the fix, with exit status 2; a failed claim or
check exits with 1.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ipsec_edu.core.errors import ConfigError, IpsecEduError, ScenarioError
from ipsec_edu.core.units import to_s

if TYPE_CHECKING:
    from ipsec_edu.lab import Lab
    from ipsec_edu.live.notes import PeerResult
    from ipsec_edu.run import Run

__all__ = ["main"]


class _Parser(argparse.ArgumentParser):
    """argparse with the house's form of an error: one line, exit 2."""

    def error(self, message: str) -> None:  # type: ignore[override]
        print(f"{self.prog}: {message}; see '{self.prog} --help'", file=sys.stderr)
        raise SystemExit(2)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status."""
    parser = _build_parser()
    options = parser.parse_args(arguments)
    try:
        return int(options.command(options))
    except ConfigError as error:
        first = next((p for p in error.problems if p.severity == "error"), error.problems[0])
        more = len(error.problems) - 1
        tail = f" (and {more} more: ipsec-edu check lists them)" if more else ""
        print(f"ipsec-edu: {str(first).splitlines()[0]}{tail}", file=sys.stderr)
        return 2
    except IpsecEduError as error:
        print(f"ipsec-edu: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # The reader (head, less) has gone; Python would complain again while it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        if os.environ.get("IPSEC_EDU_DEBUG"):
            raise
        what = f"{type(error).__name__}: {' '.join(str(error).split())}"
        print(
            f"ipsec-edu: a bug in ipsec-edu, please report it ({what}); IPSEC_EDU_DEBUG=1 shows where",
            file=sys.stderr,
        )
        return 2


def _build_parser() -> _Parser:
    parser = _Parser(prog="ipsec-edu", description="A flight simulator for IPsec fault tolerance.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def add(name: str, command: object, help: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=help, description=help)
        sub.set_defaults(command=command)
        return sub

    sub = add("open", _open, "open the notebooks in JupyterLab")
    sub.add_argument("--no-browser", action="store_true", help="only start the server and print its address")
    sub = add("labs", _labs, "list the bundled labs")
    sub.add_argument("--json", action="store_true", help="everything about each lab, as JSON")
    sub = add("run", _run, "run a lab and report what happened")
    _run_options(sub)
    sub.add_argument("--json", action="store_true", help="print the whole run as JSON")
    sub.add_argument("--figure", metavar="FILE", help="write the time axis as a picture (.png, .svg, .pdf)")
    sub.add_argument(
        "--capture", metavar="NODE:INTERFACE=FILE", action="append", default=[], help="write a pcapng"
    )
    sub = add("show", _show, "ask a device at a moment")
    sub.add_argument("lab", metavar="LAB")
    sub.add_argument("node", metavar="NODE")
    sub.add_argument("line", metavar="COMMAND", help='for example "show crypto ipsec sa"')
    sub.add_argument("--at", type=float, metavar="S", help="simulated seconds (default: the end of the run)")
    _run_options(sub, lab=False)
    sub = add("check", _check, "is my own lab folder understood? every problem with file and line")
    sub.add_argument("folder", metavar="FOLDER")
    sub = add("claims", _claims, "the article's statements, each run, measured, judged")
    sub.add_argument("numbers", metavar="NUMBER", nargs="*", help="21, or a range: 8-29 (default: all)")
    sub.add_argument("--json", action="store_true", help="print the results as JSON")
    sub = add("chaos", _chaos, "every single and double failure, ranked by outage, held against the graph")
    _chaos_options(sub)
    sub = add("peer", _peer, "the same IKE core on a real UDP socket, against a real daemon")
    _peer_options(sub)
    return parser


def _peer_options(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "--local", required=True, metavar="ADDR[:PORT]", help="our address; NAT-T uses PORT + 4000"
    )
    sub.add_argument("--remote", required=True, metavar="ADDR[:PORT]", help="the daemon's address")
    sub.add_argument("--psk", required=True, metavar="KEY", help="the pre-shared key")
    sub.add_argument("--role", choices=("initiator", "responder"), default="initiator")
    sub.add_argument("--mode", choices=("main", "aggressive"), default="main")
    sub.add_argument("--ike", default="aes256-sha1-modp1536", metavar="PROPOSAL")
    sub.add_argument(
        "--esp", default="aes256-sha1", metavar="PROPOSAL", help="with a group, as -modp1536: PFS"
    )
    sub.add_argument("--local-net", required=True, metavar="PREFIX", help="what we protect")
    sub.add_argument("--remote-net", required=True, metavar="PREFIX", help="what the daemon protects")
    sub.add_argument("--ping", metavar="ADDR", help="send an echo request through the tunnel")
    sub.add_argument("--dpd", metavar="DELAY,TIMEOUT", help="dead-peer detection, in seconds")
    sub.add_argument("--rekey", type=int, metavar="S", help="renew the IPsec SA after S seconds")
    sub.add_argument("--for", type=float, dest="for_s", metavar="S", help="stay S seconds (else: job done)")
    sub.add_argument("--json", action="store_true", help="print the result as JSON; the story goes to stderr")


def _chaos_options(sub: argparse.ArgumentParser) -> None:
    _lab_options(sub)
    sub.add_argument("--at", type=float, metavar="S", help="when things fail (default: once traffic flows)")
    sub.add_argument(
        "--mode", choices=("cut", "down", "both"), default="cut", help="cables: cut silently, pulled, each"
    )
    sub.add_argument("--singles", action="store_true", help="leave the double failures out")
    sub.add_argument("--all", action="store_true", help="doubles no worse than one of their two, too")
    sub.add_argument("--top", type=int, default=20, metavar="N", help="rows to print (default: 20)")
    sub.add_argument(
        "--executor", choices=("processes", "none"), default="processes", help="none: in this process"
    )
    sub.add_argument("--json", action="store_true", help="print all rows as JSON")


def _run_options(sub: argparse.ArgumentParser, *, lab: bool = True) -> None:
    _lab_options(sub, lab=lab)
    sub.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar='"AT ACTION TARGET"',
        help='as "30 cut ASA1:GigabitEthernet0/1"',
    )
    sub.add_argument("--fidelity", choices=("bytes", "eager", "model"), default="bytes")


def _lab_options(sub: argparse.ArgumentParser, *, lab: bool = True) -> None:
    if lab:
        sub.add_argument("lab", metavar="LAB", help="a bundled lab, or a folder of your own")
    sub.add_argument("--variant", metavar="V", help="a design of the lab")
    sub.add_argument("--until", type=float, metavar="S", help="length of the run in simulated seconds")
    sub.add_argument("--seed", type=int, default=1, metavar="N")
    sub.add_argument(
        "--config",
        action="append",
        default=[],
        metavar='"NODE: LINE"',
        help="a configuration line to type in",
    )


def _make_run(options: argparse.Namespace) -> Run:
    from ipsec_edu.lab import Lab

    lab = _configured(Lab.load(options.lab).variant(options.variant), options.config)
    return lab.run(options.until, options.fault, options.seed, fidelity=options.fidelity)


def _configured(lab: Lab, lines: Sequence[str]) -> Lab:
    """Type the ``NODE: LINE`` options in, all lines of one node together (modes stay open)."""
    typed: dict[str, list[str]] = {}
    for item in lines:
        node, colon, line = item.partition(":")
        if not colon or not line.strip():
            raise ScenarioError(f'--config {item!r}: write "NODE: configuration line"')
        typed.setdefault(node.strip(), []).extend(line.replace("\\n", "\n").split("\n"))
    for node, text in typed.items():
        lab = lab.configure(node, "\n".join(part.strip() for part in text))
    return lab


def _open(options: argparse.Namespace) -> int:
    from ipsec_edu.views.launcher import open_notebooks

    return open_notebooks(browser=not options.no_browser)


def _labs(options: argparse.Namespace) -> int:
    from ipsec_edu.lab import Lab, bundled_labs
    from ipsec_edu.report import lab_to_dict

    labs = [Lab.load(name) for name in bundled_labs()]
    if options.json:
        print(json.dumps([lab_to_dict(lab) for lab in labs], indent=1, ensure_ascii=False))
        return 0
    for lab in labs:
        print(f"{lab.name}: {lab.title}")
        width = max(map(len, lab.variants), default=0)
        for name in lab.variants:
            print(f"  --variant {name:{width}}  {lab.scenario.variants.get(name, '')}")
        for offer in lab.faults:
            print(f'  --fault "AT {offer.action} {offer.target}"  {offer.label}')
    return 0


def _run(options: argparse.Namespace) -> int:
    run = _make_run(options)
    for item in options.capture:
        port, equals, file = item.rpartition("=")
        if not equals or ":" not in port or not file:
            raise ScenarioError(
                f"--capture {item!r}: write NODE:INTERFACE=FILE, as ASA1:GigabitEthernet0/1=outside.pcapng"
            )
        for path in run.capture(port, file):
            print(f"wrote {path}", file=sys.stderr)
    if options.figure:
        _write_figure(run, options.figure)
    print(run.to_json() if options.json else _summary(run))
    return 0


def _write_figure(run: Run, file: str) -> None:
    try:
        run.figure().savefig(file)
    except (ValueError, OSError) as error:
        raise ScenarioError(f"cannot write the figure {file}: {' '.join(str(error).split())}") from None
    print(f"wrote {file}", file=sys.stderr)


def _summary(run: Run) -> str:
    """Return the run in a few lines for people."""
    lines = [f"{run.lab.name}: {to_s(run.until_us):g} s, seed {run.seed}"]
    if run.lab.variant_name:
        lines.append(
            f"variant {run.lab.variant_name}: {run.lab.scenario.variants.get(run.lab.variant_name, '')}"
        )
    lines += [f"fault   {text}" for text in run.faults]
    for name, probes in run.flows.items():
        answered = sum(probe.answered_us is not None for probe in probes)
        lost = sum(probe.lost_us is not None for probe in probes)
        lines.append(f"flow    {name}: {len(probes)} sent, {answered} answered, {lost} lost")
        for outage in run.ledger(name):
            end = "the end" if outage.end_us is None else f"{to_s(outage.end_us):.3f} s"
            parts = " + ".join(f"{part.name} {part.duration_s:.3f}" for part in outage.parts)
            lines.append(f"  outage from {to_s(outage.start_us):.3f} s to {end}, {outage.lost} lost: {parts}")
    lines.append(
        f"IKE     {len(run.messages)} messages, {sum(sa.up_us is not None for sa in run.sas)} SAs came up"
    )
    lines += [f"drop    {count} x {cause}" for cause, count in run.drops.items()]
    lines += [f"{to_s(line.at_us):10.3f}  {line.node}: {line.text}" for line in run.log]
    return "\n".join(lines)


def _show(options: argparse.Namespace) -> int:
    run = _make_run(options)
    at = to_s(run.until_us) if options.at is None else options.at
    print(run.at(at).show(options.node, options.line))
    return 0


def _check(options: argparse.Namespace) -> int:
    from ipsec_edu.checking import check_folder

    problems = check_folder(options.folder)
    for problem in problems:
        print(problem)
    errors = sum(problem.severity == "error" for problem in problems)
    if errors:
        print(f"{errors} error{'s' if errors > 1 else ''}", file=sys.stderr)
    else:
        print("no errors: the lab runs")
    return 1 if errors else 0


def _claims(options: argparse.Namespace) -> int:
    from ipsec_edu.claims import numbers_of
    from ipsec_edu.claims import run as run_claims

    results = run_claims(numbers_of(options.numbers))
    if options.json:
        print(json.dumps([result.to_json() for result in results], indent=1, ensure_ascii=False))
    else:
        print("\n\n".join(result.text() for result in results))
    return 0 if all(result.ok for result in results) else 1


def _chaos(options: argparse.Namespace) -> int:
    from ipsec_edu.lab import Lab
    from ipsec_edu.trials.batch import IN_PROCESS
    from ipsec_edu.trials.chaos import chaos

    if options.top < 1:
        raise ScenarioError(f"--top {options.top}: print at least 1 row")
    words = [options.lab]
    words += ["--variant", options.variant] if options.variant else []
    words += [word for line in options.config for word in ("--config", line)]
    result = chaos(
        _configured(Lab.load(options.lab).variant(options.variant), options.config),
        at=options.at,
        until=options.until,
        seed=options.seed,
        mode=options.mode,
        singles=options.singles,
        executor=IN_PROCESS if options.executor == "none" else None,
        words=words,
    )
    if options.json:
        print(json.dumps(result.to_dict(), indent=1, ensure_ascii=False))
    else:
        print(result.text(options.top, everything=options.all))
    return 0 if result.complete else 130


def _peer(options: argparse.Namespace) -> int:
    import asyncio

    from ipsec_edu.live.options import from_words
    from ipsec_edu.live.peer import LivePeer
    from ipsec_edu.report import peer_to_dict

    story = sys.stderr if options.json else sys.stdout
    wanted = from_words(vars(options))

    async def speak() -> PeerResult:
        return await LivePeer(wanted, lambda line: print(line, file=story, flush=True)).run()

    result = asyncio.run(speak())
    if options.json:
        print(json.dumps(peer_to_dict(result), indent=1, ensure_ascii=False))
    elif not result.established:
        print(f"no tunnel: {result.reason}")
    return 0 if result.ok else 1
