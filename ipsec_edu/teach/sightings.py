"""What an engineer can see of a tunnel that does not work: a fixed list of sightings, read off real runs."""

from __future__ import annotations

from collections.abc import Sequence

from ipsec_edu.core.errors import ScenarioError
from ipsec_edu.core.units import to_s
from ipsec_edu.lab import Lab
from ipsec_edu.run import Run
from ipsec_edu.teach.panel import Panel, table
from ipsec_edu.teach.show import marks, message_name, name_of, reversed_flow
from ipsec_edu.trace.records import Message

__all__ = ["FAULTS", "HEALTHY", "LAB", "OBSERVATIONS", "differences", "fault_run", "faults_table", "observe"]

LAB = "site-to-site"
HEALTHY = "healthy"
FAULTS = (
    "psk-mismatch",
    "phase1-encryption",
    "phase1-group",
    "transform-set",
    "acl-not-mirrored",
    "nat-exemption-missing",
    "route-missing",
    "wrong-peer",
    "crypto-map-not-applied",
    "pfs-one-side",
    "lifetimes-differ",
    "ikev1-not-enabled",
    "identity-mismatch",
    "udp-4500-blocked",
    "esp-blocked",
)
"""The broken networks of the lesson, by the name of their variant."""

OBSERVATIONS = {
    "pings": "what becomes of R1's pings",
    "last message": "the last Main or Quick Mode message that anybody sent",
    "refusal": "the notify with which ASA2 refused",
    "port": "the UDP port of the last message",
    "last message arrives": "whether a capture at ASA2's outside interface shows it",
    "ASA1": "ASA1's word for phase 1 when the last message has arrived",
    "ASA2": "ASA2's word at the same moment",
    "ESP": "what ASA1 encrypts and what ASA2 decrypts",
    "in clear": "echoes that leave ASA1's OUTSIDE unprotected",
    "log of ASA1": "the first line of ASA1's log that tells of trouble",
    "log of ASA2": "the same for ASA2",
    "lifetime": "the phase-2 lifetime in the SA, beside the configured one",
    "other way": "whether the tunnel comes up when R2 begins",
}
"""Every observation that a tree may ask for, and what it means."""

UNTIL_S = 30.0
LOST_US = 100_000
"""Where the last message did not arrive, the state words are read so long after it left."""

TROUBLE = ("%ASA-3", "%ASA-4", "%ASA-5-7139", "%ASA-6-110003", "%ASA-5-305013", "%ASA-7-7139")
_cache: dict[tuple[str, int], dict[str, str]] = {}


def fault_run(name: str, *, seed: int = 1, until_s: float = UNTIL_S) -> Run:
    """Return a run of the site-to-site lab with the fault `name` (`HEALTHY`: with none)."""
    if name not in (HEALTHY, *FAULTS):
        raise ScenarioError(f"{name!r} is none of the faults: {', '.join(FAULTS)}")
    return Lab.load(LAB).variant(None if name == HEALTHY else name).run(until=until_s, seed=seed)


def observe(name: str, *, seed: int = 1) -> dict[str, str]:
    """Return every observation of the network with the fault `name`."""
    if (name, seed) not in _cache:
        run = fault_run(name, seed=seed)
        _cache[name, seed] = sightings(run) | {"other way": _other_way(run)}
    return dict(_cache[name, seed])


def sightings(run: Run) -> dict[str, str]:
    """Return the observations that one run allows (all but ``other way``)."""
    sent = [m for m in run.messages if m.exchange != "informational"]
    last = next((m for m in sent if name_of(m) == message_name(run)), None)
    refusals = [
        m.notify for m in run.messages if m.exchange == "informational" and m.sender == "ASA2" and m.notify
    ]
    answers = marks(run, count=None)
    return {
        "pings": "all lost"
        if "!" not in answers
        else "answered"
        if set(answers[-5:]) == {"!"}
        else "some lost",
        "last message": name_of(last) if last else "none",
        "refusal": next((notify for notify in refusals if not notify.startswith("R-U-THERE")), "none"),
        "port": str(last.port) if last else "none",
        "last message arrives": _arrives(last),
        "ASA1": _state(run, "ASA1", last),
        "ASA2": _state(run, "ASA2", last),
        "ESP": _esp(run),
        "in clear": "yes" if _leaves_in_clear(run) else "no",
        "log of ASA1": _log(run, "ASA1"),
        "log of ASA2": _log(run, "ASA2"),
        "lifetime": _lifetime(run),
    }


def differences(one: str, other: str) -> dict[str, tuple[str, str]]:
    """Return the observations in which two faults differ, each with its two values."""
    a, b = observe(one), observe(other)
    return {key: (a[key], b[key]) for key in OBSERVATIONS if a[key] != b[key]}


def faults_table(*observations: str, names: Sequence[str] = FAULTS) -> Panel:
    """Return the faults against chosen observations (default: the first four)."""
    chosen = observations or tuple(OBSERVATIONS)[:4]
    for key in chosen:
        if key not in OBSERVATIONS:
            raise ScenarioError(f"{key!r} is no observation; there are {', '.join(OBSERVATIONS)}")
    rows = [(f"`{name}`", *(observe(name)[key] for key in chosen)) for name in names]
    return table(("network", *chosen), rows)


def _arrives(last: Message | None) -> str:
    """Say whether `last` came as far as the other gateway's interface, listened to or not."""
    if last is None:
        return "no message"
    return "yes" if last.arrived_us is not None or last.where == last.receiver else "no"


def _state(run: Run, node: str, last: Message | None) -> str:
    """Return the word of `node` for phase 1 when the last message has arrived (``no SA``: it holds none)."""
    if last is None:
        return "no SA"
    at_us = last.arrived_us if last.arrived_us is not None else last.at_us + LOST_US
    sas = run.at(to_s(min(at_us, run.until_us))).device(node).ike_sas
    return sas[-1].state if sas else "no SA"


def _esp(run: Run) -> str:
    """Say which gateway's ESP counters rise."""
    end = run.at(to_s(run.until_us))
    out = sum(flow.encaps for flow in end.device("ASA1").flows)
    into = sum(flow.decaps for flow in end.device("ASA2").flows)
    if not out and not into:
        return "none"
    return "both rise" if into else "ASA1 encrypts, nothing arrives"


def _leaves_in_clear(run: Run) -> bool:
    """Tell whether an echo crossed ASA1's outside cable without ESP."""
    return any(
        hop.kind == "clear" and hop.flow and hop.sender == "ASA1:GigabitEthernet0/1" for hop in run.trace.hops
    )


def _log(run: Run, node: str) -> str:
    """Return the first line of trouble without its addresses' detail, or ``quiet``."""
    for line in run.log:
        if line.node == node and any(code in line.text for code in TROUBLE):
            return line.text
    return "quiet"


def _lifetime(run: Run) -> str:
    """Say whether the SA's lifetime is the one that ASA1 is configured with."""
    flows = run.at(to_s(run.until_us)).device("ASA1").flows
    sas = [sa for flow in flows for sa in flow.outbound]
    if not sas:
        return "no SA"
    configured = [
        e.lifetime_s
        for m in run.lab.settings["ASA1"].crypto_maps.values()
        for e in m.values()
        if e.lifetime_s
    ]
    return "as configured" if sas[0].lifetime_s in configured else "the peer's, shorter"


def _other_way(run: Run) -> str:
    """Run the same network with R2 beginning."""
    turned = reversed_flow(run.lab).run(until=to_s(run.until_us), seed=run.seed)
    return "comes up" if "!" in marks(turned, count=None) else "stays down"
