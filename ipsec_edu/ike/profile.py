"""How IKE implementations differ, as data: one frozen profile per platform.

The RFCs leave most of this open (how often to retransmit, what dies with phase 1), and outages
depend on it more than on the protocol. Every value has a name, can be overridden
(`IkeSettings.overrides`), and says where it comes from (`SOURCES`); where a source is weak (folklore, one
post, recollection) the note starts with ``weak:`` and the value is typical, not exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from ipsec_edu.core.errors import LabError
from ipsec_edu.ike.settings import IkeSettings

__all__ = ["PROFILES", "SOURCES", "Profile", "profile_of", "retransmission_times_s", "soft_lifetime_s"]


@dataclass(frozen=True, slots=True)
class Profile:
    """One platform's habits. The defaults here are the common ones; platforms change what differs."""

    platform: str

    # retransmission (RFC 2408, 5.1 only asks for a timer with a limit)
    retransmit_s: float = 10
    """Time to the first retransmission."""
    retransmit_base: float = 1.0
    """Factor from one interval to the next."""
    retransmit_tries: int = 5
    responder_retransmits_p1: bool = False
    """Whether a Main Mode responder repeats its message unasked (else the initiator's brings it)."""
    responder_retransmits_p2: bool = True
    half_open_s: float = 60
    """How long a responder keeps an SA that does not complete."""
    max_half_open: int = 256
    dead_attempt_visible_s: float = 0
    """How long ``show`` still lists a failed attempt (IOS: ``MM_NO_STATE ACTIVE (deleted)``)."""

    # what messages look like
    vendor_ids_1: tuple[str, ...] = ()
    """Vendor IDs in the initiator's first message, names of `isakmp_values.VENDOR_IDS`."""
    vendor_ids_2: tuple[str, ...] = ()
    """Vendor IDs in the responder's answer."""
    vendor_ids_3: tuple[str, ...] = ()
    """Vendor IDs beside the public values (messages 3 and 4)."""
    nonce_bytes: int = 32
    id_protocol: int = 17
    id_port: int = 500
    """What the phase-1 ID payload says (0/0 or 17/500 are allowed, RFC 2407, 4.6.2)."""
    full_block_padding: bool = False
    """Whether a message that fills its blocks gets one block of padding more."""
    initial_contact: bool = True
    initial_contact_as_responder: bool = False
    initial_contact_in_aggressive: bool = True
    responder_lifetime_notify: bool = True
    force_encap: bool = False
    """Whether NAT-D of the own address is made up, so that ESP travels in UDP (strongSwan: ``encap``)."""

    # phase 1 and phase 2
    p1_soft_fraction: float = 0.95
    """Part of the lifetime after which the SA's initiator renegotiates phase 1."""
    p1_soft_responder_fraction: float = 0.98
    accepts_longer_p1_lifetime: bool = True
    """Whether an offered lifetime above the own one is accepted (the shorter is used)."""
    p2_soft_left_s: float | None = None
    """Renew when so many seconds are left (None: `p2_soft_fraction`)."""
    p2_soft_responder_left_s: float | None = None
    p2_soft_fraction: float = 0.9
    p2_soft_responder_fraction: float = 0.95
    p2_soft_left_kb: int = 256
    p2_renews_idle: bool = True
    """Whether an SA without traffic is renewed too."""
    delete_rekeyed: bool = False
    """Whether the old SA is deleted as soon as the new one is up (else it lives to its end)."""
    delete_expired: bool = True
    """Whether the end of an IPsec SA's lifetime is told to the peer."""
    p2_dies_with_p1: bool = False
    responder_preinstall_inbound: bool = False
    """Whether a responder can receive from QM2 on, instead of from QM3 on."""
    keeps_p1_after_p2_failure: bool = True
    p2_timeout_ends_p1: bool = True
    transport_between_peers_only: bool = False
    """Whether traffic of hosts behind the gateways gets tunnel mode, even where transport is configured."""

    # refusals
    no_proposal_notify: bool = True
    trusts_clear_refusal: bool = False
    """Whether an unprotected NO-PROPOSAL-CHOSEN ends the attempt (anybody can forge one)."""
    malformed_notify: str = "none"
    """Answer to a message 5 that decrypts to garbage: ``none``, ``clear``, ``encrypted``."""
    authentication_notify: bool = False
    """Whether a refused identity or hash is answered with AUTHENTICATION-FAILED."""
    no_key_stage: int = 1
    """Message at which a missing pre-shared key is noticed: 1, or 3 (a default group lets the offer pass)."""
    invalid_cookie_notify: bool = False

    # dead peers
    dpd_vendor_id_when_off: bool = True
    dpd_same_number: bool = True
    """Whether a repeated R-U-THERE keeps its sequence number."""
    esp_proves_life: bool = True
    delete_on_dpd_death: bool = True
    dead_peer_action: str = "clear"
    """``clear``: wait for traffic; ``restart``: negotiate again at once."""
    keying_tries: int = 1
    """How many times ``restart`` tries; 0 for ever."""
    peer_list_policy: str = "sticky"
    """``sticky``: a dead peer is followed by the next of the list; ``default-first``: by the first, as if
    every entry said ``set peer X default``; ``first-only``: nobody but the first is ever tried."""
    start_action: str = "trap"
    """Who asks for SAs: ``trap``: the first packet; ``start``: the device itself, once, as it boots, and no
    packet; ``none``: nobody here, the peer begins."""

    # unknown SPIs
    invalid_spi_notify: bool = True
    invalid_spi_interval_s: float = 1
    invalid_spi_recovery_interval_s: float = 60


_BASE_VIDS = ("XAUTH", "DPD")

PROFILES: dict[str, Profile] = {
    "ios": Profile(
        "ios",
        dead_attempt_visible_s=60,
        vendor_ids_1=("NAT-T", "NAT-T-07", "NAT-T-03", "NAT-T-02"),
        vendor_ids_2=("NAT-T",),
        vendor_ids_3=("UNITY", "DPD", "XAUTH"),
        nonce_bytes=20,
        p2_soft_left_s=30,
        p2_soft_responder_left_s=20,
        p2_renews_idle=False,
        transport_between_peers_only=True,
    ),
    "asa": Profile(
        "asa",
        retransmit_s=8,
        retransmit_tries=3,
        half_open_s=32,
        vendor_ids_1=(*_BASE_VIDS, "FRAGMENTATION", "NAT-T", "NAT-T-02"),
        vendor_ids_2=(*_BASE_VIDS, "FRAGMENTATION", "NAT-T"),
        p2_dies_with_p1=True,
        keeps_p1_after_p2_failure=False,
        malformed_notify="clear",
        no_key_stage=3,
        dpd_vendor_id_when_off=False,
        invalid_spi_notify=False,
    ),
    "strongswan": Profile(
        "strongswan",
        retransmit_s=4,
        retransmit_base=1.8,
        half_open_s=30,
        vendor_ids_1=(*_BASE_VIDS, "FRAGMENTATION+", "NAT-T", "NAT-T-02"),
        vendor_ids_2=(*_BASE_VIDS, "FRAGMENTATION+", "NAT-T"),
        id_protocol=0,
        id_port=0,
        full_block_padding=True,
        responder_lifetime_notify=False,
        p1_soft_fraction=0.909,
        p1_soft_responder_fraction=0.95,
        p2_soft_fraction=0.909,
        p2_dies_with_p1=True,
        trusts_clear_refusal=True,
        malformed_notify="encrypted",
        authentication_notify=True,
        initial_contact_in_aggressive=False,
        dpd_same_number=False,
        delete_on_dpd_death=False,
        invalid_spi_notify=False,
    ),
}

_MEASURED = "measured: strongSwan 5.9.8 under test"
_WEAK = "weak: recollection of device behaviour"
_COMMON: dict[str, str] = {
    "platform": "the name of the profile",
    "retransmit_s": "ios: a captured debug, 10 s; asa weak: 8 s; strongswan: its defaults, 4 s",
    "retransmit_base": "ios, asa: constant interval; strongswan: its default, 1.8",
    "retransmit_tries": "weak for ios (5) and asa (3: 32 s in all); strongswan: its default, 5 (165.06 s)",
    "responder_retransmits_p1": _WEAK,
    "responder_retransmits_p2": _WEAK,
    "half_open_s": f"weak for ios and asa; strongswan {_MEASURED}",
    "max_half_open": "a bound of this model on memory; devices have one of their own",
    "dead_attempt_visible_s": "weak: about 60 s on ios",
    "vendor_ids_1": f"strongswan {_MEASURED}; ios and asa weak: a typical set",
    "vendor_ids_2": f"strongswan {_MEASURED}; ios and asa weak",
    "vendor_ids_3": "ios weak: debug output names them with messages 3 and 4",
    "nonce_bytes": f"strongswan {_MEASURED}; ios and asa weak",
    "id_protocol": f"RFC 2407 4.6.2 allows 0/0 and 17/500; strongswan {_MEASURED}",
    "id_port": "as id_protocol",
    "full_block_padding": f"strongswan {_MEASURED}",
    "initial_contact": f"RFC 2407 4.6.3.3; strongswan {_MEASURED}",
    "initial_contact_as_responder": f"strongswan {_MEASURED}; others {_WEAK}",
    "initial_contact_in_aggressive": f"strongswan {_MEASURED} (no); others {_WEAK}",
    "delete_expired": _WEAK,
    "responder_lifetime_notify": f"RFC 2407 4.6.3.1; ios {_WEAK}; strongswan {_MEASURED}",
    "force_encap": f"strongswan {_MEASURED} (kernel-libipsec makes it up); others have no such switch",
    "p1_soft_fraction": "weak: renewed shortly before the end; strongswan: 4 h of 4.4 h",
    "p1_soft_responder_fraction": _WEAK,
    "accepts_longer_p1_lifetime": "weak: depends on the release",
    "p2_soft_left_s": "ios: 30 s left, documented for a port of the same code",
    "p2_soft_responder_left_s": "weak: a little later than the initiator, or every renewal would collide",
    "p2_soft_fraction": "asa weak: earlier than the responder; strongswan: 3600 s of 3960 s",
    "p2_soft_responder_fraction": "asa: 27360 s of 28800 s in a log",
    "p2_soft_left_kb": "weak: 256 KB",
    "p2_renews_idle": "ios: documented for a port of the same code",
    "delete_rekeyed": "strongswan: its default; others weak",
    "p2_dies_with_p1": "weak: ios lets children dangle, asa takes them along",
    "responder_preinstall_inbound": f"strongswan {_MEASURED} (no); others weak; draft-jenkins' cure",
    "keeps_p1_after_p2_failure": f"strongswan {_MEASURED}; asa: logs; ios weak",
    "p2_timeout_ends_p1": "strongswan: its retransmission timeout; others weak",
    "transport_between_peers_only": "ios: documented (command mode); asa weak; strongswan: as told",
    "no_proposal_notify": f"strongswan {_MEASURED}; ios, asa: logs",
    "trusts_clear_refusal": f"strongswan {_MEASURED}; ios, asa: logs show repetitions",
    "malformed_notify": f"strongswan {_MEASURED}; asa weak: unprotected, ignored by its receiver; ios weak",
    "authentication_notify": "weak: strongswan only",
    "no_key_stage": "weak: asa falls to its default group, which has no key",
    "invalid_cookie_notify": f"strongswan {_MEASURED} (silent); others weak",
    "dpd_vendor_id_when_off": "asa: documented; others weak",
    "dpd_same_number": f"RFC 3706 section 6; strongswan {_MEASURED}",
    "esp_proves_life": f"RFC 3706 5.4; strongswan {_MEASURED}",
    "delete_on_dpd_death": f"strongswan {_MEASURED} (none); others weak",
    "dead_peer_action": f"strongswan {_MEASURED}; ios, asa: the next packet negotiates",
    "keying_tries": f"strongswan {_MEASURED}",
    "peer_list_policy": f"ios: documented; asa weak; strongswan {_MEASURED}: first-only",
    "start_action": f"ios, asa: a crypto map asks with the first packet; strongswan {_MEASURED}: as told",
    "invalid_spi_notify": f"ios: documented; asa weak; strongswan {_MEASURED} (none)",
    "invalid_spi_interval_s": _WEAK,
    "invalid_spi_recovery_interval_s": "weak: one new IKE SA per peer and minute",
}
SOURCES: Mapping[str, str] = _COMMON
"""Where each value of `Profile` comes from, by field name."""


def profile_of(settings: IkeSettings) -> Profile:
    """Return the platform's profile with the device's overrides applied.

    Raises
    ------
    LabError
        For an unknown platform, or an override that no profile has.
    """
    base = PROFILES.get(settings.platform)
    if base is None:
        raise LabError(f"{settings.platform!r} has no IKE profile; use one of {', '.join(sorted(PROFILES))}")
    unknown = set(settings.overrides) - {field.name for field in fields(Profile)}
    if unknown:
        raise LabError(
            f"IKE profile override {sorted(unknown)[0]!r} does not exist; "
            "the names are those of ipsec_edu.ike.profile.Profile"
        )
    return replace(base, **settings.overrides)  # type: ignore[arg-type]


def retransmission_times_s(profile: Profile) -> tuple[tuple[float, ...], float]:
    """Return when a request is repeated, and when it is given up, in seconds after it was first sent."""
    times, at, interval = [], 0.0, profile.retransmit_s
    for _ in range(profile.retransmit_tries):
        at += interval
        times.append(at)
        interval *= profile.retransmit_base
    return tuple(times), at + interval


def soft_lifetime_s(profile: Profile, lifetime_s: float, initiator: bool) -> float:
    """Return after how many seconds an IPsec SA is renewed."""
    left = profile.p2_soft_left_s if initiator else profile.p2_soft_responder_left_s
    if left is not None and left < lifetime_s:
        return lifetime_s - left
    return lifetime_s * (profile.p2_soft_fraction if initiator else profile.p2_soft_responder_fraction)
