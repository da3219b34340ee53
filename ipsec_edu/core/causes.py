"""Why a packet died: a closed list, so that the books can balance."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Cause"]


class Cause(StrEnum):
    """The cause of a packet's end; the value is the key of ``run.drops``.

    `words` says the same to a reader.
    """

    words: str

    def __new__(cls, code: str, words: str) -> Cause:
        """Make a member whose value is `code`."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.words = words
        return member

    NO_SA_PENDING = "no_sa_pending", "no SA yet: the packet woke IKE and was dropped"
    CLEAR_MATCHES_SPD = "clear_matches_spd", "arrived in clear, but the policy says protect"
    INVALID_SPI = "invalid_spi", "nobody here has an SA with this SPI"
    REPLAY = "replay", "sequence number seen before, or left of the window"
    BAD_ICV = "bad_icv", "the integrity check failed"
    SELECTOR_MISMATCH = "selector_mismatch", "the inner packet does not belong to this SA"
    SEQ_OVERFLOW = "seq_overflow", "the sequence number may not wrap"
    SA_EXPIRED = "sa_expired", "the SA is past its lifetime"
    LINK_DOWN = "link_down", "no carrier on the way"
    LINK_CUT = "link_cut", "the frame vanished on a silently cut link"
    LOSS = "loss", "random loss on the link"
    QUEUE_FULL = "queue_full", "the link's queue was full"
    NODE_DOWN = "node_down", "the device has no power"
    NO_ROUTE = "no_route", "no route to the destination"
    NO_NEIGHBOUR = "no_neighbour", "nobody on the segment owns the next hop's address"
    TTL = "ttl", "time to live ran out"
    MTU_DF = "mtu_df", "larger than the MTU, and may not be fragmented"
    ACL = "acl", "an access list or the firewall forbids it"
    NAT_REWRITTEN = "nat_rewritten", "address translation left no return path"
    PORT_CLOSED = "port_closed", "nobody listens here"
    MALFORMED = "malformed", "not a well-formed packet"
    REASSEMBLY = "reassembly", "a fragment was missing"
