"""Which peer of a crypto map entry is the current one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipsec_edu.core.acl import Selector
from ipsec_edu.ike.settings import ChildPolicy

if TYPE_CHECKING:
    from ipsec_edu.ike.core import IkeCore

__all__ = ["PeerLists"]


class PeerLists:
    """The place in each entry's list of peers: kept until that peer fails."""

    __slots__ = ("_core", "_index", "_known")

    def __init__(self, core: IkeCore) -> None:
        self._core = core
        self._index: dict[tuple[str, int], int] = {}
        self._known = {(policy.name, policy.sequence): policy for policy in core.settings.children}

    def current(self, policy: ChildPolicy, selector: Selector) -> int | None:
        """Return whom to negotiate with; an entry without peers (dynamic) takes the selector's host."""
        if not policy.peers:
            return selector.remote.network if selector.remote.length == 32 else None
        key = policy.name, policy.sequence
        self._known.setdefault(key, policy)
        return policy.peers[self._index.get(key, 0) % len(policy.peers)]

    def failed(self, peer: int, *, died: bool) -> None:
        """Move every entry on whose current peer this is.

        A peer that `died` (dead-peer detection gave up a session) is followed by the entry's default, be it
        the same one; a peer with which no session came up is followed by the next of the list.
        """
        if self._core.profile.peer_list_policy == "first-only":
            return
        for key, policy in self._known.items():
            index = self._index.get(key, 0)
            if len(policy.peers) < 2 or policy.peers[index % len(policy.peers)] != peer:
                continue
            preferred = policy.default_peer or self._core.profile.peer_list_policy == "default-first"
            self._index[key] = 0 if died and preferred else (index + 1) % len(policy.peers)
            self._core.notice(
                "next_peer", peer, name=key[0], sequence=key[1], current=policy.peers[self._index[key]]
            )
