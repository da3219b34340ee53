"""The tables run: every state takes every input, and what no row knows changes nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipsec_edu.routing.ospf.events import External, Stepped
from ipsec_edu.routing.ospf.interface import Interface
from ipsec_edu.routing.ospf.neighbor import Neighbor
from ipsec_edu.routing.ospf.tables import (
    INTERFACE,
    NEIGHBOR,
    TABLES,
    InterfaceInput,
    InterfaceState,
    NeighborInput,
    NeighborState,
)
from ipsec_edu.wire.ospf import OspfPacket
from tests.routing.ospf.fake_net import lan, office, pair
from tests.wire.test_ospf import packets


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_table_has_no_dead_end_and_names_its_source(table):
    assert table.check() == []
    assert all("RFC 2328" in row.source for row in table.rows.values())
    assert table.to_dot().startswith("digraph") and "<table>" in table.to_html()


def test_every_action_is_a_method_of_the_machine():
    for table, owner in ((INTERFACE, Interface), (NEIGHBOR, Neighbor)):
        actions = {row.action for row in table.rows.values()} - {"stay"}
        assert [action for action in actions if not callable(getattr(owner, action, None))] == []
    assert getattr(Neighbor, "no_such_action", None) is None


def legs(machine, symbol, now_us):
    """Feed an input; return the steps that it led to."""
    machine.core.drain()
    known = machine.step(symbol, now_us)
    return known, [event for event in machine.core.drain() if isinstance(event, Stepped)]


@pytest.mark.parametrize("kind", ["point-to-point", "lan"])
@pytest.mark.parametrize("state", NeighborState)
@pytest.mark.parametrize("symbol", NeighborInput)
def test_a_neighbour_takes_every_input_in_every_state(kind, state, symbol):
    net = (pair() if kind == "point-to-point" else pair(kind=lan)).run(12)
    neighbor = net.neighbor("r1", "a")
    assert neighbor.state is NeighborState.FULL
    neighbor.state = state
    known, steps = legs(neighbor, symbol, net.now_us)
    row = NEIGHBOR.get(state, symbol)
    assert known == (row is not None)
    if row is None:
        assert neighbor.state is state
        assert [(step.legal, step.before, step.after) for step in steps] == [(False, state.name, state.name)]
    elif row.action != "stay":
        assert (steps[0].legal, steps[0].after, steps[0].rule) == (True, row.next_state.name, row.source)
        assert all(step.legal for step in steps)


@pytest.mark.parametrize("state", InterfaceState)
@pytest.mark.parametrize("symbol", InterfaceInput)
def test_an_interface_takes_every_input_in_every_state(state, symbol):
    net = pair(kind=lan).run(12)
    interface = net.cores["r1"].interfaces["a"]
    interface.state = state
    known, steps = legs(interface, symbol, net.now_us)
    assert known == (INTERFACE.get(state, symbol) is not None)
    if not known:
        assert interface.state is state and not steps[0].legal


ACTS = ("receive", "own", "up", "down", "lost", "externals", "expire", "wait")


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 40), packets), max_size=15), st.booleans())
def test_nothing_that_comes_makes_a_core_raise(acts, point_to_point):
    net = pair() if point_to_point else office(3)
    net.run(9)
    core = net.cores["r1"]
    names = [name for name in core.interfaces if name != "lo0"]
    heard = [event.packet for _, who, event in net.sent if who != "r1"]
    for act, number, packet in acts:
        name, now_us = names[number % len(names)], net.now_us
        source = net.port("r2", name).address
        if act == "receive":  # noise from our neighbour, or from a stranger
            packet = OspfPacket(2 if number % 3 else packet.router_id, 0, packet.body)
            core.receive(name, source + number % 2, 0xE0000005, packet, now_us)
        elif act == "own":  # something once said, again
            core.receive(name, source, 0xE0000006, heard[number % len(heard)], now_us)
        elif act == "up":
            core.interface_up(name, now_us)
        elif act == "down":
            core.interface_down(name, now_us)
        elif act == "lost":
            core.neighbor_lost(name, source, "BFD node down", now_us)
        elif act == "externals":
            core.redistribute((External(net_prefix(number)), External(net_prefix(number + 1))), now_us)
        elif act == "expire":
            core.expire(now_us)
        else:
            net.run(number / 10)
        core.drain()
    for name in names:  # and it still works
        core.interface_down(name, net.now_us)
        net.plug("r1", name)
    net.run(30)
    assert all(net.state("r1", name) == "Full" for name in names)


def net_prefix(number):
    from ipsec_edu.core.addr import Prefix

    return Prefix.of(0x0A000000, number % 33)
