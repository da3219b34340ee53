"""The keys of a run: what each gateway derived, written down the moment it first uses it.

No device shows these; a simulator can, so that a reader can redo the arithmetic.
"""

from __future__ import annotations

from ipsec_edu.ike.core import IkeCore
from ipsec_edu.ike.crypto import Crypto
from ipsec_edu.ike.events import ChildSa
from ipsec_edu.ike.keys import phase1_iv
from ipsec_edu.trace.recorder import Trace
from ipsec_edu.trace.records import ChildKeys, IkeKeys

__all__ = ["KeyLog"]


class KeyLog:
    """Writes `Trace.ike_keys` and `Trace.child_keys` for one gateway.

    Parameters
    ----------
    trace : Trace
        Where to.
    node : str
        The gateway.
    crypto : Crypto
        Its arithmetic, asked for g^xy.
    """

    def __init__(self, trace: Trace, node: str, crypto: Crypto) -> None:
        self._trace = trace
        self._node = node
        self._crypto = crypto
        self._known: set[bytes] = set()

    def message_sent(self, core: IkeCore, cookie: bytes, now_us: int) -> None:
        """Write down the keys of the IKE SA with this initiator cookie, once it has them."""
        if cookie in self._known:
            return
        for sa in core.ike_sas:
            keys, policy = sa.keys, sa.policy
            if sa.cookie_i != cookie or keys is None or policy is None:
                continue
            self._known.add(cookie)
            theirs = sa.public_r if sa.initiator else sa.public_i
            self._trace.ike_keys.append(
                IkeKeys(
                    at_us=now_us,
                    node=self._node,
                    cookies=sa.cookies,
                    hash_name=keys.hash,
                    cipher=keys.cipher,
                    group=policy.group,
                    psk=sa.settings.psk or b"",
                    nonce_i=sa.nonce_i,
                    nonce_r=sa.nonce_r,
                    public_i=sa.public_i,
                    public_r=sa.public_r,
                    private=sa.private,
                    shared=self._crypto.dh_shared(policy.group, sa.private, theirs),
                    skeyid=keys.skeyid,
                    skeyid_d=keys.skeyid_d,
                    skeyid_a=keys.skeyid_a,
                    skeyid_e=keys.skeyid_e,
                    cipher_key=keys.cipher_key,
                    iv=phase1_iv(keys, sa.public_i, sa.public_r),
                )
            )

    def installed(self, child: ChildSa, now_us: int) -> None:
        """Write down the keys of a child (an IKE SA is known by its initiator's cookie, in hex)."""
        self._trace.child_keys.append(
            ChildKeys(
                now_us,
                self._node,
                bytes.fromhex(child.ike_id[:16]),
                child.protocol,
                child.inbound_spi,
                child.outbound_spi,
                child.inbound_keys,
                child.outbound_keys,
                child.pfs_group,
            )
        )
