"""``show bfd neighbors [details]`` as IOS prints it."""

from __future__ import annotations

from collections.abc import Iterator

from ipsec_edu.core.addr import format_ip
from ipsec_edu.core.units import MS
from ipsec_edu.routing.bfd import Gaps, Session
from ipsec_edu.show.grammar import Args
from ipsec_edu.show.state import DeviceState
from ipsec_edu.show.words import age, short_interface
from ipsec_edu.wire.bfd import BfdState

__all__ = ["details", "neighbors"]

_STATES = {
    BfdState.ADMIN_DOWN: "AdminDown",
    BfdState.DOWN: "Down",
    BfdState.INIT: "Init",
    BfdState.UP: "Up",
}
_HEAD = "NeighAddr                              LD/RD         RH/RS     State     Int"


def neighbors(state: DeviceState, args: Args) -> str:
    """``show bfd neighbors``; RH/RS is what the neighbour says, ``Down`` while it is not heard."""
    if not state.bfd:
        return ""
    return "\n".join(["", "IPv4 Sessions", _HEAD, *map(_row, state.bfd)])


def _row(each: Session) -> str:
    both = f"{each.discriminator}/{each.remote_discriminator}"
    heard = "Down" if each.heard_us is None else _STATES[each.remote_state]
    own, name = _STATES[each.state], short_interface(each.interface)
    return f"{format_ip(each.peer):35}{both:>12}    {heard:10}{own:10}{name}"


def details(state: DeviceState, args: Args) -> str:
    """``show bfd neighbors details``."""
    if not state.bfd:
        return ""
    return "\n".join(["", "IPv4 Sessions", *(line for each in state.bfd for line in _session(state, each))])


def _session(state: DeviceState, each: Session) -> Iterator[str]:
    yield _HEAD
    yield _row(each)
    yield f"Session state is {_STATES[each.state].upper()} and not using echo function."
    yield f"OurAddr: {format_ip(each.local)}"
    yield f"Handle: {each.discriminator}"
    yield f"Local Diag: {each.diag}, Demand mode: 0, Poll bit: {each.polling:d}"
    yield f"MinTxInt: {each.min_tx_us}, MinRxInt: {each.min_rx_us}, Multiplier: {each.timers.multiplier}"
    received = f"Received MinRxInt: {each.remote_min_rx_us}"
    yield f"{received}, Received Multiplier: {each.remote_multiplier}"
    yield _counted("Rx", each.received, each.rx, state.now_us, each.heard_us)
    yield _counted("Tx", each.sent, each.tx, state.now_us, each.sent_us)
    yield "Registered protocols: OSPF"
    span = age(state.now_us - each.since_us)
    yield f"{'Uptime' if each.state is BfdState.UP else 'Downtime'}: {span}"
    last = each.last
    if last is not None:
        yield f"Last packet: Version: 1                  - Diagnostic: {last.diag}"
        yield f"             State bit: {_STATES[last.state]:14}- Demand bit: 0"
        yield f"             Poll bit: {last.poll:<15d}- Final bit: {last.final:d}"
        yield "             C bit: 0"
        yield f"             Multiplier: {last.multiplier:<13}- Length: 24"
        yield f"             My Discr.: {last.mine:<14}- Your Discr.: {last.yours}"
        yield f"             Min tx interval: {last.min_tx_us:<8}- Min rx interval: {last.min_rx_us}"
        yield f"             Min Echo interval: {last.min_echo_us}"
    yield ""


def _counted(way: str, count: int, gaps: Gaps, now_us: int, last_us: int | None) -> str:
    """Return the line about the packets of one direction."""
    average_us = gaps.total_us // gaps.count if gaps.count else 0
    spans = "/".join(str(span // MS) for span in (gaps.least_us, gaps.most_us, average_us))
    text = f"{way} Count: {count}, {way} Interval (ms) min/max/avg: {spans}"
    return text if last_us is None else f"{text} last: {(now_us - last_us) // MS} ms ago"
