"""Lesson 04: two access links, the designs and their price, exercises; solutions are in docs/teachers.md."""

from __future__ import annotations

from collections.abc import Sequence

from ipsec_edu.core.addr import parse_ip
from ipsec_edu.core.units import to_s, to_us
from ipsec_edu.lab import Lab
from ipsec_edu.run import Run
from ipsec_edu.teach.anatomy import dump, sniff
from ipsec_edu.teach.answers import Answer
from ipsec_edu.teach.check import Exercise, Verdict, configured, wrong
from ipsec_edu.teach.noticing import negotiation, noticed, outcome_s
from ipsec_edu.teach.panel import Panel, table
from ipsec_edu.teach.show import console
from ipsec_edu.trace.records import Hop
from ipsec_edu.wire.ipv4 import ESP, ICMP

__all__ = [
    "DESIGNS",
    "cover_the_spare",
    "designs",
    "filtered",
    "forms_on",
    "forms_seen",
    "identity_less",
    "leaked",
    "name_the_dropper",
    "one_identity",
    "open_the_filter",
    "uncovered",
    "write_the_identity",
]

CUT_S = 60.0
LINK_1, LINK_2 = "HUB:Ethernet0/1", "HUB:Ethernet0/2"
CUT = f"{CUT_S:g} cut {LINK_1}"
UNTIL_S = 110.0
ENDS = ("HUB", "SPOKE")
FLOW = "PC1>PC2"

DESIGNS = {
    "one link": "single-link",
    "two links, the spoke knows one": "interface-maps",
    "two identities, the first is `default`": "multiple-identities-default",
    "two identities": "multiple-identities",
    "one identity on a loopback": "single-identity",
}
"""The lab's designs in the order in which they get better, in words."""


def designs(mend_s: float = 140.0) -> Panel:
    """Return what the loss of link 1 costs in each design: it is cut at 60 s and mended at `mend_s`."""
    rows = []
    for words, variant in DESIGNS.items():
        lab = Lab.load("access-links").variant(variant)
        played = lab.run(until=mend_s + 30, faults=[CUT, f"{mend_s:g} mend {LINK_1}"])
        by_mend = [m for m in played.messages if m.at_us < to_us(mend_s)]
        seconds = outcome_s(played)
        spent = sum(
            m.exchange in ("main", "quick") and not m.retransmission and m.at_us >= to_us(CUT_S)
            for m in by_mend
        )
        returned = negotiation(played, mend_s)
        peers = {sa.peer for sa in played.sas if sa.node == "SPOKE" and sa.kind == "ike"}
        total = "not over" if seconds is None else f"{seconds:.0f} s"
        rows.append((words, len(peers), total, spent, returned))
    heads = ("design", "peers tried", "pings out", "negotiation: while cut", "after the mend")
    return table(heads, rows)


def forms_on(run: Run, port: str, first_s: float = CUT_S) -> set[str]:
    """Return in which forms packets of the flow left by ``NODE:INTERFACE`` from `first_s` on."""
    since = to_us(first_s)
    return {h.kind for h in run.trace.hops if h.sender == port and h.flow == FLOW and h.left_us >= since}


def forms_seen(run: Run, first_s: float = CUT_S) -> Panel:
    """Return what somebody on each of the hub's links sees of the pings, from `first_s` on."""
    since = to_us(first_s)
    rows = []
    for name, port in (("link 1", LINK_1), ("link 2", LINK_2)):
        mine = [h for h in run.trace.hops if h.flow == FLOW and h.left_us >= since]
        out = [h for h in mine if h.sender == port]
        into = [h for h in mine if h.receiver == port and h.arrived_us is not None]
        rows.append((name, _count(into), _count(out)))
    return table((f"from {first_s:g} s on", "arrives at HUB", "leaves HUB"), rows)


def _count(hops: Sequence[Hop]) -> str:
    """Return how many packets there are of each form, in words."""
    found = {"esp": "in ESP", "clear": "**in clear**"}
    counted = {kind: sum(hop.kind == kind for hop in hops) for kind in found}
    return ", ".join(f"{number} {found[kind]}" for kind, number in counted.items() if number) or "nothing"


def leaked(run: Run, port: str = LINK_2) -> Panel:
    """Return the bytes of the first ping that left by `port` without protection."""
    return dump(sniff(run, port, protocol=ICMP))


# --- networks with something missing ---------------------------------------------------------


def one_identity() -> Lab:
    """Return the lab: two links, and one loopback that is the identity."""
    return Lab.load("access-links")


def identity_less() -> Lab:
    """Return the lab without the line that makes the loopback the identity."""
    return one_identity().configure("HUB", "no crypto map VPN local-address Loopback0")


def uncovered() -> Lab:
    """Return the lab without the crypto map on the spare link."""
    return one_identity().configure("HUB", "interface Ethernet0/2\n no crypto map VPN")


FILTER = """
ip access-list extended CUSTOMER
 permit ospf any any
 permit ip 203.0.113.4 0.0.0.3 any
interface Ethernet0/1
 ip access-group CUSTOMER in
"""


def filtered() -> Lab:
    """Return the lab with a second provider that lets no strange source address in (BCP 38)."""
    return one_identity().configure("P2", FILTER)


# --- exercises -------------------------------------------------------------------------------


def _answered_before(run: Run) -> int:
    cut = to_us(CUT_S)
    return sum(p.sent_us < cut and p.answered_us is not None for p in run.flows[FLOW])


def _leaks(run: Run) -> bool:
    return "clear" in forms_on(run, LINK_1, 0) | forms_on(run, LINK_2, 0)


def _identity(answer: Answer) -> Verdict:
    """Judge the line that makes the loopback the identity of both interfaces."""
    lab = configured(identity_less(), answer, ENDS)
    run = lab.run(until=UNTIL_S, faults=[CUT])
    chosen = lab.settings["HUB"].crypto_map_local.get("VPN")
    proof = console(run, 30, "HUB", "show crypto ipsec sa | include interface|local addr")
    if _leaks(run):
        return wrong("Now pings leave HUB in clear.", proof)
    if not _answered_before(run):
        if chosen and chosen.startswith("Ethernet"):
            return wrong(
                f"Both interfaces now speak as {chosen}. That is one identity, but it lives on a link that "
                "can die, and it is not the one that SPOKE has as its peer.",
                proof,
            )
        if chosen:
            return wrong(f"HUB has no address on {chosen}, so it cannot speak from there.", proof)
        return wrong(
            "No ping was answered, from the beginning. SPOKE calls 192.0.2.1; HUB still answers with the "
            "policy of an interface that has another address, and finds none that fits. Look at *local addr* "
            "below.",
            proof,
        )
    asked = negotiation(run, CUT_S)
    seconds = outcome_s(run)
    if seconds is None or asked:
        return wrong(
            f"It works, until link 1 dies: {asked} new messages, and the pings are "
            f"{'gone' if seconds is None else f'out for {seconds:.0f} s'}. You tied SPOKE to the address of "
            "one link. HUB should have an address that belongs to none.",
            proof,
        )
    return Verdict(
        True,
        f"Both interfaces speak as one. Link 1 dies: {asked} negotiation messages, and the pings are out for "
        f"{seconds:.0f} s, as long as OSPF needs.",
        proof,
    )


write_the_identity = Exercise(
    "04.identity",
    "In this network SPOKE's peer is 192.0.2.1, HUB's Loopback0, and HUB has its crypto map on both links. "
    "One line is missing, and no ping is answered. Type it.",
    _identity,
    nodes=ENDS,
    hints=(
        "`show crypto ipsec sa` on HUB names a *local addr* for each interface. Which should it be?",
        "It is a global line that begins with `crypto map VPN` and ends with the name of an interface.",
    ),
)


def _cover(answer: Answer) -> Verdict:
    """Judge the repair of the network whose spare link has no crypto map."""
    lab = configured(uncovered(), answer, ENDS)
    run = lab.run(until=UNTIL_S, faults=[CUT])
    proof = forms_seen(run)
    seconds = outcome_s(run)
    if _leaks(run):
        loopback = lab.settings["HUB"].interfaces["Loopback0"]
        if loopback.crypto_map:
            return wrong(
                "The loopback is the identity, but no packet *leaves* by it. A crypto map acts where packets "
                "leave: on Ethernet0/2 they still leave in clear.",
                proof,
            )
        return wrong("The answers still leave by link 2 in clear.", proof)
    if seconds is None or seconds > 10:
        return wrong(
            "Nothing leaks any more, and nothing gets through either: link 2 is no spare now. You want the "
            "packets protected, not stopped.",
            proof,
        )
    return Verdict(True, f"All in ESP, on both links, and out for no more than {seconds:.0f} s.", proof)


cover_the_spare = Exercise(
    "04.cover",
    "Repair the leak: when link 1 dies, the answers must take link 2 **in ESP**.",
    _cover,
    nodes=ENDS,
    hints=(
        "Which interface of HUB has no crypto map?",
        "First the interface, then `crypto map` and its name.",
    ),
)


def _dropper(answer: Answer) -> Verdict:
    """Judge at which device the packets of a failed failover end."""
    run = filtered().run(until=UNTIL_S, faults=[CUT])
    late = [d for d in run.trace.drops if d.at_us > to_us(CUT_S + 5) and d.cause.value == "acl"]
    truth = late[0].where.partition(":")[0]
    rows = [(f"{to_s(d.at_us):.3f}", d.where, d.cause.words, f"`{d.text}`") for d in late[:4]]
    proof = table(("t (s)", "where", "cause", "packet"), rows)
    if answer == truth:
        return Verdict(
            True,
            f"At {truth}. Its filter knows the addresses that this provider gave to the customer. The "
            "loopback's is none of them, so what HUB sends from there is taken for a forgery.",
            proof,
        )
    if answer == "HUB":
        return wrong(
            "HUB sends by link 2, with its loopback as source. It does what it was told.", noticed(run)
        )
    if answer == "SPOKE":
        return wrong(
            "SPOKE gives HUB up because it hears nothing. What it sends does arrive at HUB.", noticed(run)
        )
    return wrong(f"Nothing of HUB's comes as far as {answer}. Look one device nearer to HUB.")


name_the_dropper = Exercise(
    "04.dropper",
    "Link 1 dies, OSPF goes round within seconds, and still the pings stay out. At which device do HUB's "
    "packets end?",
    _dropper,
    options=("HUB", "P2", "P3", "SPOKE"),
    hints=(
        'Ask from the middle: `teach.console(closed, 80, "P3", "ping 192.0.2.1")`, then from P2.',
        "`show access-lists` counts. On which device does a counter rise, and which line is missing?",
    ),
)


def _open(answer: Answer) -> Verdict:
    """Judge what is asked of the second provider."""
    lab = configured(filtered(), answer, ("P2", *ENDS))
    run = lab.run(until=UNTIL_S, faults=[CUT])
    proof = noticed(run)
    seconds = outcome_s(run)
    if not _answered_before(run):
        return wrong("Now no ping is answered at all, not even before the cut.", proof)
    if _leaks(run):
        return wrong("Now pings leave HUB in clear.", proof)
    if seconds is None or seconds > 10:
        return wrong(
            "The pings are still out. P2 takes packets from 203.0.113.4/30 and OSPF, nothing else; HUB's "
            "come from 192.0.2.1.",
            proof,
        )
    if lab.settings["P2"].interfaces["Ethernet0/1"].access_in is None:
        return wrong(
            "It works. But now every machine behind this link may send with any source address it likes. No "
            "provider will do that for you, and you should not want it.",
            proof,
        )
    ike = [d for d in run.trace.drops if d.cause.value == "acl" and d.kind == "ike"]
    if ike:
        return wrong(
            f"The pings run. But {len(ike)} ISAKMP messages died at P2: ESP passes, the talk about its keys "
            "does not. It will work until the keys wear out.",
            proof,
        )
    if _lets_pass(lab, "198.51.100.99"):
        return wrong(
            "It works, because the filter lets everything pass now. Name the one address that is yours.",
            proof,
        )
    return Verdict(True, f"Out for {seconds:.0f} s, no new negotiation, and the filter still filters.", proof)


def _lets_pass(lab: Lab, source: str) -> bool:
    """Tell whether P2's filter would let HUB send with a stranger's address."""
    settings = lab.settings["P2"]
    acl = settings.acls.get(settings.interfaces["Ethernet0/1"].access_in or "")
    if acl is None:
        return True
    entry = acl.lookup(parse_ip(source), parse_ip("198.51.100.2"), ESP)
    return entry is not None and entry.permit


open_the_filter = Exercise(
    "04.filter",
    "Write the letter to provider 2 as the lines that P2 should type, so that the failover works and the "
    "filter remains a filter.",
    _open,
    nodes=("P2", *ENDS),
    hints=(
        "The list is called CUSTOMER; `ip access-list extended CUSTOMER` opens it.",
        "One line: permit one host, to anywhere.",
    ),
)
