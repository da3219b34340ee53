"""Whatever arrives, nothing is raised and nothing that counts changes."""

import random

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ipsec_edu.core.units import SECOND
from ipsec_edu.ike.events import ChildDown, IkeDown, Notice, SendDatagram, Stepped
from ipsec_edu.ike.messages import Received
from ipsec_edu.ike.tables import TABLES, DpdInput, DpdState, Phase1Input, QuickInput, QuickState
from ipsec_edu.wire.isakmp import Delete, Header, Notification, pack, unpack_header
from ipsec_edu.wire.isakmp_values import Exchange, Notify, Protocol
from tests.ike.pair import A, B, established, network, want


def snapshot(core):
    return (
        [(sa.ike_id, sa.state, sa.cookies, sa.iv, sa.remote_port, sa.policy) for sa in core.ike_sas],
        [(c.uid, c.inbound_spi, c.outbound_spi) for c in core.children],
    )


@hypothesis_settings(max_examples=150, deadline=None, derandomize=True)
@given(st.binary(max_size=300), st.sampled_from([500, 4500]))
def test_garbage_is_noticed_and_ignored(data, port):
    net = established()
    core = net.cores[1]
    before = snapshot(core)
    core.receive(data, B, port, A, port, net.now_us)
    assert snapshot(core) == before
    assert all(isinstance(event, Notice) for event in core.drain())


def recorded():
    """All messages of a session, with who gets them."""
    net = established()
    net.cores[0].terminate(None, net.now_us)
    net.run_until(2 * SECOND)
    return [(event.data, event.remote) for event in net.messages()]


MESSAGES = recorded()


@pytest.mark.parametrize("seed", range(60))
def test_mutated_messages_in_every_state(seed):
    """A session during which an attacker injects damaged copies of its own messages."""
    rng = random.Random(seed)
    net = network()
    want(net)
    for step in range(12):
        net.run_until(step * 10_000)
        for core in net.cores:
            data, _ = rng.choice(MESSAGES)
            damaged = bytearray(data)
            for _ in range(rng.randint(1, 5)):
                damaged[rng.randrange(len(damaged))] = rng.randrange(256)
            if rng.random() < 0.2:
                damaged = damaged[: rng.randrange(len(damaged))]
            local, remote = (A, B) if core is net.cores[0] else (B, A)
            core.receive(bytes(damaged), local, 500, remote, 500, net.now_us)
    net.run_until(100 * SECOND)
    for core in net.cores:
        assert all(sa.up or sa.failed for sa in core.ike_sas)


@pytest.mark.parametrize("index", [i for i, (data, _) in enumerate(MESSAGES) if data[19] & 1])
def test_one_bit_flipped_in_an_encrypted_message_is_never_accepted(index):
    data, receiver = MESSAGES[index]
    net = established()
    core = net.cores[0] if receiver == A else net.cores[1]
    before = snapshot(core)
    for position in range(28, len(data)):
        damaged = bytearray(data)
        damaged[position] ^= 0x10
        core.receive(bytes(damaged), receiver, 500, B if receiver == A else A, 500, net.now_us)
        core.drain()
    assert snapshot(core) == before


def clear(net, payload, cookies):
    header = Header(*cookies, 0, Exchange.INFORMATIONAL, 0, 0x1234, 0)
    net.cores[1].receive(pack(header, [payload]), B, 500, A, 500, net.now_us)
    return net.cores[1].drain()


@pytest.mark.parametrize(
    "payload",
    [
        Delete(Protocol.ISAKMP, (bytes(16),)),
        Notification(Protocol.ISAKMP, Notify.INITIAL_CONTACT),
        Notification(Protocol.ESP, Notify.INVALID_SPI, b"\1\2\3\4"),
        Notification(Protocol.ISAKMP, Notify.NO_PROPOSAL_CHOSEN),
        Notification(Protocol.ISAKMP, Notify.R_U_THERE_ACK, data=bytes(4)),
    ],
    ids=["delete", "initial-contact", "invalid-spi", "no-proposal", "ack"],
)
def test_unprotected_informational_changes_nothing(payload):
    net = established()
    core = net.cores[1]
    sa = core.ike_sas[0]
    if isinstance(payload, Delete):
        payload = Delete(Protocol.ISAKMP, (sa.spi,))
    before = snapshot(core)
    events = clear(net, payload, sa.cookies)
    assert snapshot(core) == before
    assert [event.code for event in events] == ["unauthenticated_ignored"]


def test_the_same_delete_with_protection_is_obeyed():
    net = established()
    net.cores[0].terminate(None, net.now_us)
    net.run_until(2 * SECOND)
    assert net.events(IkeDown, net.cores[1]) and net.events(ChildDown, net.cores[1])
    assert not net.cores[1].ike_sas


@pytest.mark.parametrize("sender", [B, B + 7], ids=["reflected", "copied by a third party"])
def test_an_offer_with_a_cookie_in_use_begins_nothing(sender):
    net = established()
    core = net.cores[0]
    before = snapshot(core)
    core.receive(net.messages()[0].data, A, 500, sender, 500, net.now_us)
    assert snapshot(core) == before
    assert [event.code for event in core.drain()] == ["unknown_cookie"]


def test_invalid_cookie_is_said_only_where_the_platform_says_it():
    from dataclasses import replace

    from tests.ike.pair import settings

    for says in (False, True):
        net = established(b=replace(settings(B), overrides={"invalid_cookie_notify": says}))
        header = Header(b"\7" * 8, b"\x08" * 8, 0, Exchange.QUICK, 1, 0x1234, 28 + 16)
        from ipsec_edu.wire.isakmp import pack_header

        net.cores[1].receive(pack_header(header) + bytes(16), B, 500, A, 500, net.now_us)
        sent = [e.notify for e in net.cores[1].drain() if isinstance(e, SendDatagram)]
        assert sent == (["INVALID-COOKIE"] if says else [])


def test_unknown_cookies_are_only_noticed():
    net = established()
    events = clear(net, Notification(Protocol.ISAKMP, Notify.R_U_THERE), (b"\7" * 8, b"\x08" * 8))
    assert [event.code for event in events] == ["unknown_cookie"]


def test_a_replayed_informational_is_a_duplicate():
    net = established()
    sent = []
    net.filter = lambda datagram, now: sent.append(datagram) or True
    net.run_until(25 * SECOND)
    probe = next(d for d in sent if d.notify == "R-U-THERE")
    core = net.cores[1] if probe.remote == B else net.cores[0]
    core.drain()
    core.receive(probe.data, probe.remote, 500, probe.local, 500, net.now_us)
    events = core.drain()
    assert [e.code for e in events] == ["duplicate_packet"]
    assert not [e for e in events if isinstance(e, SendDatagram)]


def test_half_open_sas_are_bounded():
    from dataclasses import replace

    from tests.ike.pair import settings

    for limit in (4, 256):
        net = network(b=replace(settings(B), overrides={"max_half_open": limit}))
        want(net)
        first = net.cores[0].drain()
        offer = next(event.data for event in first if isinstance(event, SendDatagram))
        for number in range(1, 41):
            net.cores[1].receive(number.to_bytes(8, "big") + offer[8:], B, 500, A, 500, 0)
        assert len(net.cores[1].ike_sas) == min(limit, 40)


# every state and every input


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_tables_are_sound(table):
    assert table.check() == []
    assert table.to_dot().startswith("digraph") and "<table>" in table.to_html()


def owners():
    from ipsec_edu.ike.dpd import DpdMonitor
    from ipsec_edu.ike.phase1 import Phase1
    from ipsec_edu.ike.phase2 import Quick

    return {Phase1Input: Phase1, QuickInput: Quick, DpdInput: DpdMonitor}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_action_of_a_table_exists(table):
    for (_, symbol), row in table.rows.items():
        assert callable(getattr(owners()[type(symbol)], row.action)), row.action


def reach(role, state):
    """Return a network in which a machine is in `state`, and the machine."""
    from tests.ike.pair import change_peer, settings

    mode = "aggressive" if "AM" in state.name else "main"
    net = network(change_peer(settings(A), mode=mode), change_peer(settings(B), mode=mode))
    want(net)
    core = net.cores[0 if role == "initiator" else 1]
    for tick in range(30):
        net.run_until(tick * 10_000)
        for sa in core.ike_sas:
            if sa.state is state:
                return net, sa.phase1
    return net, None


@pytest.mark.parametrize("role", ["initiator", "responder"])
def test_every_state_and_every_input_follow_the_table(role):
    from ipsec_edu.ike.tables import Phase1State

    visited = 0
    for state in Phase1State:
        net, machine = reach(role, state)
        if machine is None:
            continue
        for symbol in Phase1Input:
            net, machine = reach(role, state)
            net.cores[0].drain(), net.cores[1].drain()
            row = machine.table.get(state, symbol)
            core = machine.core
            sealed = net.log[-1].event
            message = next(e.event for e in reversed(net.log) if isinstance(e.event, SendDatagram)).data
            machine.message = Received(
                message, unpack_header(message), machine.sa.local, 500, machine.sa.peer, 500
            )
            machine.step(symbol, net.now_us)
            steps = [e for e in core.drain() if isinstance(e, Stepped) and e.machine == machine.table.name]
            assert sealed is not None and steps
            if row is None:
                assert machine.state is state and not steps[0].legal
            elif steps[-1].legal and steps[-1].symbol == symbol.name:
                assert machine.state is row.next_state and steps[-1].rule == row.source
            else:
                # the action found something else in the message, which is an input of its own
                assert steps[-1].before == state.name
            visited += 1
    assert visited >= 4 * len(Phase1Input)


def quick_in(state, role):
    """Return a network in which a Quick Mode of one role is in a state, and the exchange."""
    net = network()
    want(net)
    core = net.cores[0 if role == "initiator" else 1]
    for tick in range(30):
        net.run_until(tick * 10_000)
        for sa in core.ike_sas:
            for quick in sa.quick.values():
                if quick.state is state:
                    return net, quick
    return net, None


@pytest.mark.parametrize("role", ["initiator", "responder"])
def test_every_state_and_every_input_of_quick_mode(role):
    visited = 0
    for state in QuickState:
        for symbol in QuickInput:
            net, quick = quick_in(state, role)
            if quick is None:
                continue
            sa, core = quick.sa, quick.core
            data = next(e.event for e in reversed(net.log) if isinstance(e.event, SendDatagram)).data
            quick.message = Received(data, unpack_header(data), sa.local, 500, sa.peer, 500)
            row = quick.table.get(state, symbol)
            core.drain()
            quick.step(symbol, net.now_us)
            steps = [e for e in core.drain() if isinstance(e, Stepped) and e.machine == quick.table.name]
            if row is None:
                assert quick.state is state and not steps[0].legal
            elif steps[-1].symbol == symbol.name:
                assert quick.state is row.next_state and steps[-1].legal
            else:
                assert steps[-1].before == state.name
            visited += 1
    assert visited == 2 * len(QuickInput)


@pytest.mark.parametrize("symbol", DpdInput, ids=lambda symbol: symbol.name)
@pytest.mark.parametrize("state", DpdState, ids=lambda state: state.name)
def test_every_state_and_every_input_of_dead_peer_detection(state, symbol):
    net = established()
    monitor = net.cores[0].ike_sas[0].monitor
    monitor.state = state
    row = monitor.table.get(state, symbol)
    legal = monitor.step(symbol, net.now_us)
    assert legal == (row is not None)
    assert monitor.state is (row.next_state if row else state)
