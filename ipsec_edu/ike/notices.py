"""The codes of `ike.events.Notice` and what each carries in `details`.

An IKE core says *that* something worth a log line happened, in a word of this list; how an
IOS router or an ASA words it is decided in ``show``. Every notice also has `peer`. The keys
named here are always present. Addresses and SPIs are integers, policies are objects of
`ike.settings`, times are whole numbers of the unit in the name.
"""

from __future__ import annotations

__all__ = ["NOTICES"]

NOTICES: dict[str, tuple[str, tuple[str, ...]]] = {
    # phase 1
    "phase1_started": (
        "we begin phase 1, or somebody began it with us",
        ("ike_id", "initiator", "mode", "rekey"),
    ),
    "phase1_no_proposal": (
        "no transform of the peer's offer fits a policy; `differs` lists what the nearest one lacks "
        "(encryption hash group authentication lifetime), `offered` and `wanted` are IkePolicy",
        ("ike_id", "differs", "offered", "wanted"),
    ),
    "phase1_refused": ("the peer says NO-PROPOSAL-CHOSEN", ("ike_id", "notify", "believed")),
    "no_key_for_peer": ("no pre-shared key is configured for this address", ("ike_id", "stage")),
    "psk_mismatch_suspected": (
        "message 5 or 6 is garbage after decryption: most likely the keys differ",
        ("ike_id", "number", "reason"),
    ),
    "authentication_failed": ("HASH_I or HASH_R is wrong", ("ike_id", "number")),
    "identity_mismatch": (
        "the peer's ID payload is not the one we insist on",
        ("ike_id", "received", "expected"),
    ),
    "nat_detected": ("address translation on the path; `inside` says who is behind it", ("ike_id", "inside")),
    "phase1_up": ("phase 1 complete", ("ike_id", "initiator", "policy", "lifetime_s", "rekey")),
    "phase1_failed": (
        "we gave up; `reason` timeout half-open refused; `last` the last message sent or received",
        ("ike_id", "reason", "retransmissions", "last", "state"),
    ),
    "phase1_down": ("a complete phase 1 is gone; `reason` as in IkeDown", ("ike_id", "reason")),
    "phase1_rekey": ("the lifetime of phase 1 is nearly over: a new one is negotiated", ("ike_id",)),
    "half_open_dropped": ("too many half-open SAs: the oldest one is forgotten", ("ike_id", "limit")),
    "initial_contact_received": (
        "the peer holds no other SA with us: ours with it are stale",
        ("ike_id", "flushed"),
    ),
    # phase 2
    "phase2_started": ("a Quick Mode begins", ("ike_id", "message_id", "initiator", "selector", "rekey")),
    "phase2_no_proposal": (
        "no transform of the offer fits; `offered` is a tuple of texts",
        ("ike_id", "message_id", "local", "remote", "offered"),
    ),
    "phase2_no_selector": (
        "no crypto map entry for these proxies (`local`, `remote` as prefixes, seen from here)",
        ("ike_id", "message_id", "local", "remote"),
    ),
    "pfs_required": (
        "the offer lacks the PFS group that we insist on (0: none offered)",
        ("ike_id", "message_id", "offered", "wanted"),
    ),
    "phase2_refused": ("the peer refuses our Quick Mode", ("ike_id", "message_id", "notify", "selector")),
    "phase2_failed": (
        "a Quick Mode came to nothing; `reason` timeout malformed refused down",
        ("ike_id", "reason", "selector"),
    ),
    "phase2_up": (
        "a pair of IPsec SAs is up",
        (
            "ike_id",
            "message_id",
            "uid",
            "inbound_spi",
            "outbound_spi",
            "selector",
            "initiator",
            "rekey",
            "lifetime_s",
        ),
    ),
    "phase2_down": (
        "a pair of IPsec SAs is gone; `reason` as in ChildDown",
        ("uid", "inbound_spi", "outbound_spi", "selector", "reason"),
    ),
    "phase2_rekey": (
        "the lifetime of an IPsec SA is nearly over; `cause` seconds kilobytes",
        ("uid", "cause", "selector"),
    ),
    "phase2_lapses": ("an IPsec SA without traffic is not renewed", ("uid", "selector")),
    "acquire_ignored": (
        "traffic asks for an SA, but `reason` (answer-only no-key no-peer)",
        ("reason", "selector"),
    ),
    "session_torn_down": ("phase 1 is torn down because phase 2 failed", ("ike_id", "reason")),
    "next_peer": ("the next peer of the list becomes the current one", ("name", "sequence", "current")),
    # the exchange of messages
    "retransmit": ("no answer: sent again", ("ike_id", "exchange", "number", "attempt", "limit")),
    "duplicate_packet": ("the same datagram came again", ("ike_id", "exchange", "answered")),
    "malformed": ("not a well-formed message, or not one for this state", ("reason",)),
    "unknown_cookie": ("a message for an IKE SA that we do not have", ("cookies", "exchange")),
    "unauthenticated_ignored": (
        "a notify or delete without protection changes nothing",
        ("ike_id", "notify"),
    ),
    "not_listening": ("IKE is not enabled on the address that was asked", ("local",)),
    # informational exchanges
    "delete_received": (
        "the peer deleted; `protocol` isakmp esp ah; `spis` a tuple",
        ("ike_id", "protocol", "spis", "known"),
    ),
    "notify_received": ("an authenticated notify without a line of its own", ("ike_id", "notify")),
    "invalid_spi_sent": ("told the peer about an SPI that we do not have", ("ike_id", "spi")),
    "invalid_spi_no_sa": ("an SPI that we do not have, and no IKE SA to say so: a black hole", ("spi",)),
    "invalid_spi_recovery": ("a new IKE SA is built only to report an unknown SPI", ("spi", "provocations")),
    "invalid_spi_received": ("the peer does not have the SPI that we send to", ("ike_id", "spi", "known")),
    "dpd_dead": ("dead-peer detection gave the peer up", ("ike_id", "probes", "silent_us")),
}
"""``code -> (meaning, keys of details)``."""
