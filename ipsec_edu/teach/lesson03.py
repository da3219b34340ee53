"""Lesson 03: three hammers, modes of dead-peer detection, exercises; solutions are in docs/teachers.md."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from ipsec_edu.config.scenario import FlowSpec
from ipsec_edu.core.units import to_s, to_us
from ipsec_edu.lab import Lab
from ipsec_edu.run import Run
from ipsec_edu.teach.answers import Answer
from ipsec_edu.teach.check import Exercise, Verdict, configured, number, wrong
from ipsec_edu.teach.noticing import gave_up_s, noticed, outcome_s
from ipsec_edu.teach.panel import Panel, table
from ipsec_edu.teach.show import console

__all__ = [
    "CALLS",
    "HAMMERS",
    "answers_at_gw1",
    "calls",
    "deaf_listener",
    "dpd_modes",
    "half_cut",
    "hammer",
    "hammered",
    "keepalive_for",
    "listener",
    "mend_half_cut",
    "wake_the_listener",
]

CUT_S = 60.0
GATEWAYS = ("GW1", "GW2")
LISTENER = "GW2"

HAMMERS = {
    "backbone": ("60 cut P1:Ethernet0/2",),
    "access link": ("60 cut GW2:Ethernet0/1", "92 mend GW2:Ethernet0/1"),
    "gateway": ("60 crash GW2", "92 boot GW2"),
}
"""Where the network is hit, so that PC1 loses the same pings three times."""

CALLS = {
    "show crypto isakmp sa": "show crypto isakmp sa",
    "show logging": "show logging",
    "ping GW2, the peer": "ping 198.51.100.6",
    "ping PE2, the last router before it": "ping 198.51.100.5",
}
"""What an engineer could type on GW1."""


@lru_cache(maxsize=8)
def hammered(name: str, until_s: float = 120.0) -> Run:
    """Return the run of one of `HAMMERS`."""
    return Lab.load("backbone").run(until=until_s, faults=list(HAMMERS[name]))


# --- the modes of dead-peer detection -----------------------------------------------------


def listener(lab: Lab) -> Lab:
    """Return `lab` with one-way traffic: PC1 sends a datagram every second, PC2 answers nothing."""
    start_us = to_us(25.0)
    return lab.with_flows(FlowSpec("PC1>PC2", "PC1", "10.2.0.10", kind="datagram", start_us=start_us))


MODES = {
    "periodic": "crypto isakmp keepalive 10 2 periodic",
    "on demand": "crypto isakmp keepalive 10 2 on-demand",
    "off": "no crypto isakmp keepalive",
}
QUIET_S = (30.0, 60.0)
"""Half a minute before the cut, in which nothing is wrong."""


def dpd_modes() -> Panel:
    """Return what each mode of dead-peer detection costs while all is well, and finds when it is not.

    One-way traffic, a silent cut at 60 s; the ASA's mode on two ASAs, with the same traffic.
    """
    rows = []
    for name, line in MODES.items():
        lab = listener(Lab.load("backbone"))
        for gateway in GATEWAYS:
            lab = lab.configure(gateway, line)
        run = lab.run(until=110, faults=[f"{CUT_S:g} cut GW2:Ethernet0/1"])
        rows.append((f"IOS, {name}", f"`{line}`", *_price_and_use(run, *GATEWAYS)))
    asa = Lab.load("site-to-site")
    one_way = FlowSpec("R1>R2", "R1", "192.168.2.2", kind="datagram", start_us=to_us(1.0))
    run = asa.with_flows(one_way).run(until=110, faults=[f"{CUT_S:g} cut ASA2:GigabitEthernet0/1"])
    line = "isakmp keepalive threshold 10 retry 2"
    rows.append(("ASA", f"`{line}`", *_price_and_use(run, "ASA1", "ASA2")))
    heads = ("mode", "line, on both", "questions, all well", "the sender gives up", "the listener gives up")
    return table(heads, rows)


def _price_and_use(run: Run, sender: str, silent: str) -> tuple[str, str, str]:
    """Return questions of both ends in the quiet half minute, and when each end gave up."""
    first, last = map(to_us, QUIET_S)
    asked = {
        node: sum(
            m.sender == node and m.notify == "R-U-THERE" and first <= m.at_us < last for m in run.messages
        )
        for node in (sender, silent)
    }

    def after(node: str) -> str:
        seconds = gave_up_s(run, node)
        return "never" if seconds is None else f"{seconds:.1f} s after the cut"

    return f"{sender} {asked[sender]}, {silent} {asked[silent]}", after(sender), after(silent)


# --- exercises -------------------------------------------------------------------------------


class Hammer:
    """A broken backbone whose fault is not told; which one depends on who asks.

    Parameters
    ----------
    learner : str
        Any name; the same name gives the same network again.
    """

    def __init__(self, learner: str) -> None:
        digest = hashlib.sha256(f"{learner}/hammer".encode()).digest()
        self._name = tuple(HAMMERS)[digest[0] % len(HAMMERS)]
        self._run = hammered(self._name)

    def show(self, node: str, *commands: str, at_s: float = 70.0) -> Panel:
        """Return what `node` answers to `commands` at `at_s` seconds."""
        return console(self._run, at_s, node, *commands)

    def __repr__(self) -> str:
        return "a broken network: .show(node, command, at_s=70), then .exercise()"

    def exercise(self) -> Exercise:
        """Return the question that goes with the network."""
        return Exercise(
            "03.hammer",
            "Where did the hammer fall?",
            self._judge,
            options=tuple(HAMMERS),
            hints=(
                "Ask from outside to inside: the peer, the router before it, the router before that one.",
                "Silence, an answer and a `U` are three different things.",
            ),
        )

    def _judge(self, answer: Answer) -> Verdict:
        proof = noticed(self._run)
        if answer == self._name:
            return Verdict(True, f"The {self._name}. This is what happened:", proof)
        if answer not in HAMMERS:
            return wrong("Choose one of the three.")
        ping = "ping 198.51.100.5"
        seen = (run.at(70).show("GW1", ping) for run in (self._run, hammered(str(answer))))
        mine, theirs = map(_marks, seen)
        return wrong(
            f"Not the {answer}. There, `ping 198.51.100.5` on GW1 prints `{theirs}` at 70 s; here it prints "
            f"`{mine}`."
        )


def hammer(learner: str = "") -> Hammer:
    """Return a broken backbone for `learner`; see `Hammer`."""
    return Hammer(learner)


LIMIT_S = 30.0


def _luck(interval: int) -> list[tuple[float, float]]:
    """Return (moment of the cut, seconds until GW1 gives up) for the luckiest and the unluckiest cut.

    The one comes right before GW1's next question, the other right after an answer.
    """
    lab = Lab.load("backbone")
    for gateway in GATEWAYS:
        lab = lab.configure(gateway, f"crypto isakmp keepalive {interval} 2 periodic")
    healthy = lab.run(until=CUT_S + 2 * interval, fidelity="model")
    asked = [m for m in healthy.messages if m.sender == "GW1" and m.notify == "R-U-THERE"]
    first = next(m for m in asked if m.at_us > to_us(CUT_S))
    answer = next(m for m in healthy.messages if m.notify == "R-U-THERE-ACK" and m.at_us > first.at_us)
    heard_us = answer.arrived_us or answer.at_us
    cuts = [to_s(first.at_us) - 0.01, to_s(heard_us) + 0.01]
    seen = []
    for cut_s in cuts:
        faults = [f"{cut_s:.3f} cut GW2:Ethernet0/1"]
        run = lab.run(until=cut_s + interval + 15, faults=faults, fidelity="model")
        seen.append((cut_s, gave_up_s(run, "GW1") or float("inf")))
    return seen


def _interval(answer: Answer) -> Verdict:
    """Judge the longest interval that still finds a silent cut in time."""
    seconds = number(answer)
    if seconds != int(seconds):
        return wrong("The device takes whole seconds.")
    if seconds > 120:
        return wrong(f"GW1 would ask every {seconds:g} s. No cut is found within {LIMIT_S:g} s that way.")
    seen = _luck(int(seconds))
    worst = seen[-1][1]
    names = ("right before a question", "right after an answer")
    rows = [(name, f"{at:.2f} s", f"{took:.1f} s") for name, (at, took) in zip(names, seen, strict=True)]
    proof = table(("the cut comes", "at", "GW1 gives up after"), rows)
    line = f"keepalive {seconds:g} 2 periodic"
    if worst > LIMIT_S:
        reason = (
            f"You forgot the questions that follow the first: the interval alone is {LIMIT_S:g} s."
            if seconds == LIMIT_S
            else "Count the interval once and the retry five times."
        )
        return wrong(f"`{line}` needs up to {worst:.1f} s. {reason}", proof)
    if seconds < 20:
        return wrong(
            f"`{line}` is fast enough: {worst:.1f} s at worst. But it asks more often than it must, of every "
            "peer, day and night. There is a longer interval that still does it.",
            proof,
        )
    return Verdict(True, f"`{line}`: at worst {worst:.1f} s, and no question more than needed.", proof)


keepalive_for = Exercise(
    "03.interval",
    "A silent cut must be found within **30 s**, whenever it comes. Retry is 2, the mode periodic. Which is "
    "the **longest** interval that does it?",
    _interval,
    unit="s",
    hints=(
        "The unluckiest cut comes right after an answer.",
        "Then: one whole interval, and five questions, two seconds apart, without an answer.",
    ),
)


def deaf_listener() -> Lab:
    """Return the network in which GW2 only receives, and both gateways ask on demand."""
    lab = listener(Lab.load("backbone"))
    for gateway in GATEWAYS:
        lab = lab.configure(gateway, MODES["on demand"])
    return lab


def _wake(answer: Answer) -> Verdict:
    """Judge the line that lets a silent receiver notice a silent cut."""
    lab = configured(deaf_listener(), answer, GATEWAYS)
    run = lab.run(until=160, faults=[f"{CUT_S:g} cut GW2:Ethernet0/1"])
    proof = noticed(run)
    seconds = gave_up_s(run, LISTENER)
    settings = lab.settings[LISTENER].keepalive
    if seconds is not None and seconds <= LIMIT_S:
        return Verdict(
            True, f"GW2 gives GW1 up after {seconds:.1f} s, without a packet of its own to send.", proof
        )
    if seconds is not None:
        return wrong(f"GW2 notices, but {seconds:.1f} s after the cut. Ask more often.", proof)
    if settings is None:
        return wrong("GW2 does not ask at all now. It did not ask before either, but you wanted more.", proof)
    if settings == deaf_listener().settings[LISTENER].keepalive:
        return wrong(
            "GW2 is as deaf as before. Nothing about dead-peer detection is negotiated: what you set on GW1 "
            "lets GW1 notice, and nobody else.",
            proof,
        )
    return wrong(
        "GW2 still asks *on demand*: only when it has something to send and hears nothing. A listener has "
        "nothing to send, at any interval.",
        proof,
    )


wake_the_listener = Exercise(
    "03.listener",
    "PC1 sends, PC2 listens, the access link is cut silently at 60 s. Type the line that lets **GW2** notice "
    "within 30 s.",
    _wake,
    nodes=GATEWAYS,
    hints=("Which mode asks even if there is nothing to send?", "Whose timer must run?"),
)

HALF_CUT = "60 cut-out P1:Ethernet0/2"


def half_cut(lab: Lab | None = None) -> Run:
    """Return the run in which the fibre from P1 to P2 dies and the one from P2 to P1 lives."""
    return (lab or Lab.load("backbone")).run(until=160, faults=[HALF_CUT])


def _mend_half(answer: Answer) -> Verdict:
    """Judge the line that ends the outage after a one-way cut."""
    lab = configured(Lab.load("backbone"), answer, GATEWAYS)
    run = half_cut(lab)
    seconds, proof = outcome_s(run), noticed(run)
    if any(hop.kind == "clear" and hop.flow and hop.sender == "GW1:Ethernet0/1" for hop in run.trace.hops):
        return wrong("GW1 now sends PC1's pings in clear. That is worse than an outage.", proof)
    refused = run.drops.get("invalid_spi", 0)
    ghosts = [sa for sa in run.sas if (sa.node, sa.kind, sa.down_us) == ("GW1", "esp-out", None)]
    if seconds is None:
        if lab.settings["GW1"].invalid_spi_recovery and not lab.settings["GW2"].invalid_spi_recovery:
            return wrong(
                f"Right words, wrong gateway. {refused} packets came to **GW2** with a number that GW2 does "
                "not know. GW2 is the one who must be allowed to say so.",
                proof,
            )
        if refused and ghosts:
            return wrong(
                f"Still out. OSPF found another way long ago, and {refused} packets reached GW2 by it. GW2 "
                "threw them away: their SPI is one that it has deleted. GW1 does not know that.",
                proof,
            )
        return wrong("Still out at the end of the run.", proof)
    if lab.settings["GW1"].keepalive is None or lab.settings["GW2"].keepalive is None:
        return wrong(
            f"It is over after {seconds:.1f} s, because now nobody gives the peer up: the SAs waited for "
            "OSPF. But when a peer dies for good, nobody notices that either. Look for a line that keeps "
            "dead-peer detection.",
            proof,
        )
    if not lab.settings["GW2"].invalid_spi_recovery:
        return wrong(
            f"Over after {seconds:.1f} s, this time: GW2 was more patient than OSPF, so it deleted nothing. "
            "The first cut that lasts longer brings the ghosts back. Look for a line that lays them.",
            proof,
        )
    return Verdict(
        True,
        f"Over after {seconds:.1f} s. GW2 meets the first unknown SPI, builds a new IKE SA to say so, and "
        "GW1 throws its ghosts away.",
        proof,
    )


mend_half_cut = Exercise(
    "03.half-cut",
    "The fibre from P1 to P2 dies, the one back lives, and the tunnel **never** comes back, although OSPF "
    "goes round. Type the one line that ends it.",
    _mend_half,
    nodes=GATEWAYS,
    hints=(
        "Read the table under your answer: what did GW1 delete when it was told, and what did it keep?",
        "Which gateway receives packets that it cannot place? There is an `invalid-spi-recovery`.",
    ),
)


# --- what GW1 can find out by itself ----------------------------------------------------------


@lru_cache(maxsize=32)
def answers_at_gw1(command: str, at_s: float = 70.0) -> tuple[str, ...]:
    """Return the heart of what GW1 answers to `command` at `at_s` seconds, after each hammer."""
    return tuple(_told(hammered(name), command, at_s) for name in HAMMERS)


def calls(at_s: float = 70.0) -> Panel:
    """Return what GW1 learns from each of `CALLS` at `at_s` seconds, after each hammer."""
    rows = [(words, *answers_at_gw1(command, at_s)) for words, command in CALLS.items()]
    return table((f"typed on GW1 at {at_s:g} s", *HAMMERS), rows)


def _told(run: Run, command: str, at_s: float) -> str:
    """Return the heart of the answer: a state, a ping's marks, what is new in the log."""
    if command.startswith("ping"):
        return f"`{_marks(run.at(at_s).show('GW1', command))}`"
    if command == "show logging":
        new = [line for line in run.log if line.node == "GW1" and to_us(CUT_S) <= line.at_us <= to_us(at_s)]
        return f"new lines: {len(new)}" if new else "nothing new"
    return " ".join(f"`{sa.state}`" for sa in run.at(at_s).device("GW1").ike_sas) or "no SA"


def _marks(answer: str) -> str:
    """Return the marks of a ping as a router prints them."""
    return next((word for word in answer.split() if set(word) <= set("!.U")), "nothing")
