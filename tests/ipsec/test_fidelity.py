"""One story told three ways: whatever happens on the wire, every fidelity gives the same verdicts."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipsec_edu.ike.settings import TransformSet
from ipsec_edu.ipsec.stack import Accepted, Discard
from ipsec_edu.wire.packet import Packet
from tests.ipsec.helpers import AES_SHA, AH_ESP, AH_SHA256, GCM, NULL_SHA, echo, tunnel

Step = tuple[str, int, int]
steps = st.lists(
    st.tuples(
        st.sampled_from(["send", "send", "deliver", "replay", "flip", "cut", "spi", "nat", "bytes"]),
        st.integers(0, 40),
        st.integers(0, 200),
    ),
    min_size=3,
    max_size=25,
)


def story(transform_set: TransformSet, fidelity: str, script: list[Step]) -> list[object]:
    """Play `script` between two gateways and return every verdict and the receiver's state."""
    lane = tunnel(transform_set, fidelity=fidelity, window=32, udp=transform_set is NULL_SHA)
    sent: list[Packet] = [lane.send(echo(1))]
    told: list[object] = []
    for number, (action, which, where) in enumerate(script, 2):
        if action == "send":
            sent.append(lane.send(echo(number, where)))
            continue
        packet = sent[which % len(sent)].copy()
        body = packet.body()
        place = where % len(body)
        if action == "flip":
            packet = packet.altered(body[:place] + bytes([body[place] ^ 0x10]) + body[place + 1 :])
        elif action == "cut":
            packet = packet.altered(body[:place])
        elif action == "spi":
            packet = packet.altered(bytes(8) + body[8:])
        elif action == "nat":
            packet.source += 1
        elif action == "bytes":
            packet = packet.altered(body)
        outcome = lane.two.inbound(packet, number)
        if isinstance(outcome, Accepted):
            told.append((outcome.packet.pack(), outcome.packet.uid, outcome.packet.flow, outcome.sa.spi))
        else:
            assert isinstance(outcome, Discard)
            told.append((outcome.cause, outcome.spi))
    sas = [
        (sa.window.highest, sa.window.bitmap, sa.packets, sa.bytes) for sa in lane.two.sad.inbound.values()
    ]
    rule = lane.two.spd.rules[0]
    return [*told, sas, rule.decaps, dict(rule.errors), lane.children_of(1)[0].liveness.heard_us]


@pytest.mark.parametrize(
    "transform_set", [AES_SHA, GCM, NULL_SHA, AH_SHA256, AH_ESP], ids=lambda each: each.name
)
@settings(max_examples=25, deadline=None, derandomize=True)
@given(script=steps)
def test_every_fidelity_tells_the_same_story(transform_set: TransformSet, script: list[Step]) -> None:
    lazily = story(transform_set, "bytes", script)
    assert story(transform_set, "eager", script) == lazily
    assert story(transform_set, "model", script) == lazily


def test_the_model_needs_no_cryptography_and_bytes_say_what_is_missing() -> None:
    code = """
import sys
sys.modules["cryptography"] = None
from ipsec_edu.core.errors import IpsecEduError
from tests.ipsec.helpers import ALL, echo, tunnel
for each in ALL:
    lane = tunnel(each, fidelity="model")
    assert lane.there(echo()).pack() == echo().pack()
    assert len(lane.send(echo()).pack()) == lane.send(echo()).size
lane = tunnel(fidelity="bytes")
lane.there(echo())
try:
    lane.send(echo()).pack()
except IpsecEduError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert 'fidelity="model"' in done.stdout


def test_the_stand_in_hides_the_text_but_is_not_the_real_thing() -> None:
    real, model = tunnel(), tunnel(fidelity="model")
    one, two = real.send(echo()).pack(), model.send(echo()).pack()
    assert len(one) == len(two) and one[:28] == two[:28] and one != two
