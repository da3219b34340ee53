"""Where the keys come from: every ingredient of a run's own keys, and who else could see it."""

from __future__ import annotations

from ipsec_edu.core.errors import ScenarioError
from ipsec_edu.core.units import to_s
from ipsec_edu.ike.crypto import crypto_for
from ipsec_edu.ike.sa import IkeSa
from ipsec_edu.run import Run
from ipsec_edu.teach.panel import Panel, preformatted, table
from ipsec_edu.teach.show import name_of, side_by_side
from ipsec_edu.trace.records import Message

__all__ = ["first_sa", "ingredients", "lights_out", "secrets", "shared_secret", "wire_bytes"]

SHOWN = 6
"""Bytes of a value that a table shows; dots stand for the rest."""
PUBLIC, PEERS, ONE = "everybody on the path", "both gateways, before they met", "one gateway only"
BOTH = "both gateways; it never crosses the wire"


def first_sa(run: Run, node: str = "ASA1") -> IkeSa:
    """Return the first phase-1 SA that came up at `node`, as the device itself holds it.

    Raises
    ------
    ScenarioError
        None came up in this run.
    """
    ups = [sa.up_us for sa in run.sas if sa.kind == "ike" and sa.node == node and sa.up_us is not None]
    if not ups:
        raise ScenarioError(f"no phase 1 came up at {node} in this run, so there are no keys to look at")
    gateway = run.at(to_s(min(ups))).simulation.devices[node].gateway
    assert gateway is not None, "a node with SAs is a gateway"
    return next(sa for sa in gateway.core.ike_sas if sa.up)


def shared_secret(run: Run, sa: IkeSa) -> bytes:
    """Return g^xy of an SA, computed from this end's private value and the other end's public one."""
    assert sa.policy is not None, "an SA that is up has agreed on a policy"
    other = sa.public_r if sa.initiator else sa.public_i
    return crypto_for(run.fidelity).dh_shared(sa.policy.group, sa.private, other)


def ingredients(run: Run, node: str = "ASA1") -> list[tuple[str, str, bytes, str]]:
    """Return what the keys are made of: name, where it comes from, value, who knows it."""
    sa = first_sa(run, node)
    assert sa.keys is not None, "an SA that is up has keys"
    both = "both gateways, by computing"
    return [
        ("cookies CKY-I, CKY-R", "headers of MM1, MM2", sa.cookie_i + sa.cookie_r, PUBLIC),
        ("nonces Ni, Nr", "MM3, MM4", sa.nonce_i + sa.nonce_r, PUBLIC),
        ("g^x", "KE in MM3", sa.public_i, PUBLIC),
        ("g^y", "KE in MM4", sa.public_r, PUBLIC),
        ("pre-shared key", "configuration", sa.settings.psk or b"", PEERS),
        ("x or y", "drawn at random", sa.private, ONE),
        ("g^xy", "own x or y, and the other's KE", shared_secret(run, sa), BOTH),
        ("SKEYID", "pre-shared key and nonces", sa.keys.skeyid, both),
        ("SKEYID_d", "SKEYID, g^xy, cookies", sa.keys.skeyid_d, both),
        ("SKEYID_a", "the same, and SKEYID_d", sa.keys.skeyid_a, both),
        ("SKEYID_e", "the same, and SKEYID_a", sa.keys.skeyid_e, both),
        ("key of MM5 and after", "SKEYID_e, stretched", sa.keys.cipher_key, both),
    ]


def secrets(run: Run, node: str = "ASA1") -> Panel:
    """Return `ingredients` as a table."""
    rows = [
        (f"`{name}`", source, f"`{_short(value)}`", len(value), who)
        for name, source, value, who in ingredients(run, node)
    ]
    return table(("value", "comes from", "in this run", "bytes", "who knows it"), rows)


def wire_bytes(message: Message, *, clear: bool = False, first: int = 96, row: int = 16) -> Panel:
    """Return the first bytes of a message as they crossed the wire (or decrypted), in hex and letters.

    `row` is the number of bytes in a line.
    """
    data = message.clear if clear else message.wire
    rows = []
    for at in range(0, min(len(data), first), row):
        chunk = data[at : min(at + row, first)]
        letters = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in chunk)
        rows.append(f"{at:04x}  {chunk.hex(' '):<{3 * row - 1}}  {letters}")
    state = "decrypted" if clear and message.encrypted else "on the wire"
    head = f"{name_of(message)}, {message.sender} > {message.receiver}, {message.size} bytes, {state}"
    rest = [f"({len(data) - first} more bytes)"] if len(data) > first else []
    return preformatted("\n".join([head, *rows, *rest]))


def lights_out(run: Run) -> Panel:
    """Return the last message in clear, the first encrypted one, and what its receiver reads."""
    first = next((message for message in run.messages if message.encrypted), None)
    if first is None:
        raise ScenarioError(
            "no message of this run is encrypted: it ended, or failed, before there was a key"
        )
    before = [m for m in run.messages if m.at_us < first.at_us and m.sender == first.sender][-1]
    name = name_of(first)
    return side_by_side(
        [f"{name_of(before)} on the wire", f"{name} on the wire", f"{name} as {first.receiver} reads it"],
        [wire_bytes(before, row=8), wire_bytes(first, row=8), wire_bytes(first, row=8, clear=True)],
    )


def _short(value: bytes) -> str:
    """Return the beginning of a value in hex."""
    return value[:SHOWN].hex(" ") + (" ..." if len(value) > SHOWN else "")
