"""Whatever the device's state and whatever is typed: an answer, never an exception."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ipsec_edu.core.acl import Selector
from ipsec_edu.core.addr import Prefix
from ipsec_edu.core.causes import Cause
from ipsec_edu.ike.settings import TransformSet
from ipsec_edu.show.command import complete, execute
from ipsec_edu.show.state import DeviceState, EchoResult, FlowState, IkeSaState, IpsecSaState, RouteState
from ipsec_edu.show.tables import TABLES
from tests.show.states import asa, ios

ADDRESS = st.integers(0, 2**32 - 1)
PREFIX = st.builds(Prefix.of, ADDRESS, st.integers(0, 32))
SMALL = st.integers(0, 10**7)
TRANSFORM = st.builds(
    TransformSet,
    st.just("TS"),
    st.sampled_from([None, "des", "3des", "aes", "aes-gcm", "null"]),
    st.sampled_from([0, 128, 192, 256]),
    st.sampled_from([None, "md5", "sha1", "sha256", "sha384", "sha512"]),
    st.sampled_from([None, "md5", "sha1", "sha256"]),
    st.sampled_from(["tunnel", "transport"]),
)
SA = st.builds(
    IpsecSaState,
    spi=st.integers(256, 2**32 - 1),
    transform=TRANSFORM,
    protocol=st.sampled_from(["esp", "ah"]),
    conn_id=SMALL,
    remaining_kb=st.none() | SMALL,
    replay_window=st.sampled_from([0, 32, 64, 1024]),
    replay_bitmap=st.integers(0, 2**1024 - 1),
    pfs_group=st.sampled_from([None, 5]),
    udp_ports=st.sampled_from([None, (4500, 4500)]),
)
FLOW = st.builds(
    FlowState,
    crypto_map=st.just("CMAP"),
    sequence=st.integers(1, 65535),
    interface=st.sampled_from(["GigabitEthernet0/0", "GigabitEthernet0/1", "Tunnel9"]),
    local=ADDRESS,
    selector=st.builds(Selector, PREFIX, PREFIX, st.integers(0, 255), st.integers(0, 65535)),
    current_peer=st.none() | ADDRESS,
    encaps=SMALL,
    errors=st.dictionaries(st.sampled_from(list(Cause)), SMALL),
    inbound=st.lists(SA, max_size=2),
    outbound=st.lists(SA, max_size=2),
    pfs_group=st.sampled_from([None, 14]),
    up_us=st.none() | SMALL,
    originates=st.booleans(),
)
IKE = st.builds(
    IkeSaState,
    peer=ADDRESS,
    local=ADDRESS,
    initiator=st.booleans(),
    state=st.sampled_from(["MM_NO_STATE", "QM_IDLE", "MM_WAIT_MSG6", "AM_ACTIVE"]),
    up=st.booleans(),
    mode=st.sampled_from(["main", "aggressive"]),
    encryption=st.sampled_from(["", "des", "3des", "aes"]),
    key_bits=st.sampled_from([0, 128, 256]),
    hash=st.sampled_from(["", "md5", "sha1", "sha512"]),
    auth=st.sampled_from(["pre-share", "rsa-sig"]),
    dpd=st.booleans(),
    nat_t=st.booleans(),
    conn_id=st.integers(0, 2000),
    status=st.sampled_from(["ACTIVE", "ACTIVE (deleted)"]),
    rekeying=st.booleans(),
    up_us=st.none() | SMALL,
)
ROUTE = st.builds(
    RouteState,
    prefix=PREFIX,
    next_hop=st.none() | ADDRESS,
    interface=st.none() | st.sampled_from(["GigabitEthernet0/0", "Tunnel9"]),
    source=st.sampled_from(["connected", "local", "static", "rri", "ospf", "eigrp", "nhrp", "bgp", "rip"]),
    metric=SMALL,
    since_us=st.integers(0, 10**14),
)
PIECES = ["show", "sh", "crypto", "ip", "|", "include", "?", "do", "a", "ping", "1.2.3.4", "[", "(", "sec"]
VALUES = {
    "ip": "192.168.2.2",
    "number": "8",
    "interface": "g0/1",
    "origin": "g0/0",
    "word": "INSIDE",
    "line": "crypto",
}


def all_lines(platform: str) -> list[str]:
    """Return every command of the table with a value in every slot, and with each of its options."""
    found = []
    for command in TABLES[platform]:
        for option in ("", *command.options):
            words = f"{command.words} {option}".split()
            found.append(
                " ".join(VALUES[word[1:-1].split(":")[-1]] if word[0] == "<" else word for word in words)
            )
    return found


def state_of(
    platform: str, ike: list[IkeSaState], flows: list[FlowState], routes: list[RouteState]
) -> DeviceState:
    state = asa(tunnel=False) if platform == "asa" else ios(tunnel=False)
    state.settings.platform = platform
    state.ike_sas, state.flows, state.routes = ike, flows, routes
    state.drops = dict.fromkeys(Cause, 1)
    state.ping = lambda *_: [EchoResult(None, "U"), EchoResult(1)]
    return state


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    st.sampled_from(["asa", "ios", "linux"]),
    st.lists(IKE, max_size=3),
    st.lists(FLOW, max_size=3),
    st.lists(ROUTE, max_size=6),
)
def test_every_command_answers_in_any_state(
    platform: str, ike: list[IkeSaState], flows: list[FlowState], routes: list[RouteState]
) -> None:
    state = state_of(platform, ike, flows, routes)
    for line in all_lines(platform):
        text = execute(state, line)
        assert "marker" not in text, line
        assert all(len(each) <= 160 for each in text.split("\n")), line


def test_the_table_is_walked_completely() -> None:
    assert len(all_lines("ios")) > 35
    assert "show crypto ipsec sa detail" in all_lines("ios")
    assert "packet-tracer input INSIDE icmp 192.168.2.2 8 8 192.168.2.2 detailed" in all_lines("asa")


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    st.sampled_from(["asa", "ios", "linux"]),
    st.text(max_size=60) | st.lists(st.sampled_from(PIECES), max_size=8).map(" ".join),
)
def test_any_line_is_answered(platform: str, line: str) -> None:
    state = state_of(platform, [], [], [])
    assert isinstance(execute(state, line), str)
    assert isinstance(complete(state, line), list)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.data())
def test_any_beginning_of_a_command_is_that_command_or_ambiguous(data: st.DataObject) -> None:
    state = ios()
    full = data.draw(
        st.sampled_from(["show crypto isakmp sa", "show ip route", "show crypto session detail"])
    )
    short = " ".join(word[: data.draw(st.integers(1, len(word)))] for word in full.split())
    answer = execute(state, short)
    assert answer == execute(state, full) or answer.startswith("% Ambiguous")
