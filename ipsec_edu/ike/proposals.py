"""What is offered, and what is chosen: policies and transform sets to SA payloads and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from ipsec_edu.core.errors import WireError
from ipsec_edu.ike.settings import IkePolicy, TransformSet
from ipsec_edu.wire.isakmp import (
    Attribute,
    Notification,
    Payload,
    Proposal,
    SecurityAssociation,
    Transform,
    unpack_attributes,
)
from ipsec_edu.wire.isakmp_values import (
    AUTH_NUMBER,
    ENCAPSULATION,
    ENCRYPTION_NUMBER,
    ESP_NUMBER,
    HASH_NUMBER,
    INTEGRITY_NUMBER,
    IpsecAttribute,
    Notify,
    OakleyAttribute,
    Protocol,
)

__all__ = [
    "Offer",
    "choose_phase1",
    "choose_phase2",
    "differences",
    "lifetime_attributes",
    "offer_phase1",
    "offer_phase2",
    "offers_of",
    "policy_of",
    "read_lifetimes",
    "told_lifetime",
]

_O, _P = OakleyAttribute, IpsecAttribute
_ENCRYPTION = {number: name for name, number in ENCRYPTION_NUMBER.items()}
_HASH = {number: name for name, number in HASH_NUMBER.items()}
_AUTH = {number: name for name, number in AUTH_NUMBER.items()}
_ESP = {number: name for name, number in ESP_NUMBER.items()}
_INTEGRITY = {number: name for name, number in INTEGRITY_NUMBER.items()}
_AH_TRANSFORM = {"md5": 2, "sha1": 3, "sha256": 5, "sha384": 6, "sha512": 7}
_DEFAULT_LIFETIME_S = 28800
_KEY_IKE = 1
_MAX_COMBINATIONS = 64


def offer_phase1(policies: Iterable[IkePolicy]) -> SecurityAssociation:
    """Return the SA payload that offers `policies`, in their order."""
    transforms = tuple(_phase1_transform(number, policy) for number, policy in enumerate(policies, 1))
    return SecurityAssociation((Proposal(1, Protocol.ISAKMP, b"", transforms),))


def _phase1_transform(number: int, policy: IkePolicy) -> Transform:
    attributes = [Attribute(_O.ENCRYPTION, ENCRYPTION_NUMBER[policy.encryption])]
    if policy.key_bits:
        attributes.append(Attribute(_O.KEY_LENGTH, policy.key_bits))
    attributes += [
        Attribute(_O.HASH, HASH_NUMBER[policy.hash]),
        Attribute(_O.GROUP, policy.group),
        Attribute(_O.AUTHENTICATION, AUTH_NUMBER[policy.authentication]),
        Attribute(_O.LIFE_TYPE, 1),
        Attribute.fitting(_O.LIFE_DURATION, policy.lifetime_s),
    ]
    return Transform(number, _KEY_IKE, tuple(attributes))


def policy_of(transform: Transform) -> IkePolicy:
    """Return what a phase-1 transform says; numbers without a name become ``unknown-n``."""
    seconds, _ = read_lifetimes(transform.attributes, _O.LIFE_TYPE, _O.LIFE_DURATION)
    encryption = transform.get(_O.ENCRYPTION)
    digest, auth = transform.get(_O.HASH), transform.get(_O.AUTHENTICATION)
    return IkePolicy(
        priority=transform.number,
        encryption=_ENCRYPTION.get(encryption, f"unknown-{encryption}"),
        key_bits=transform.get(_O.KEY_LENGTH),
        hash=_HASH.get(digest, f"unknown-{digest}"),
        authentication=_AUTH.get(auth, f"unknown-{auth}"),
        group=transform.get(_O.GROUP),
        lifetime_s=_DEFAULT_LIFETIME_S if seconds is None else seconds,
    )


def differences(offered: IkePolicy, own: IkePolicy, accepts_longer: bool = True) -> tuple[str, ...]:
    """Return in what an offer does not fit a policy."""
    differs = []
    if (offered.encryption, offered.key_bits) != (own.encryption, own.key_bits):
        differs.append("encryption")
    for name in ("hash", "group", "authentication"):
        if getattr(offered, name) != getattr(own, name):
            differs.append(name)
    if offered.lifetime_s > own.lifetime_s and not accepts_longer:
        differs.append("lifetime")
    return tuple(differs)


def choose_phase1(
    sa: SecurityAssociation, policies: Sequence[IkePolicy], accepts_longer: bool = True
) -> tuple[SecurityAssociation, IkePolicy] | tuple[tuple[str, ...], IkePolicy | None, IkePolicy | None]:
    """Choose the first offered transform that fits one of our policies.

    Returns
    -------
    tuple
        Of two: the SA payload of the answer, and the policy agreed on (the shorter lifetime). Of three,
        where nothing fits: in what the nearest pair differs, that offer, that policy.
    """
    nearest: tuple[tuple[str, ...], IkePolicy | None, IkePolicy | None] = (("policy",), None, None)
    for proposal in sa.proposals:
        if proposal.protocol != Protocol.ISAKMP:
            continue
        for transform in proposal.transforms:
            offered = policy_of(transform)
            for own in policies:
                if own.authentication != "pre-share":
                    continue
                differs = differences(offered, own, accepts_longer)
                if not differs:
                    chosen = Proposal(proposal.number, proposal.protocol, proposal.spi, (transform,))
                    agreed = replace(own, lifetime_s=min(own.lifetime_s, offered.lifetime_s))
                    return SecurityAssociation((chosen,), sa.doi, sa.situation), agreed
                if nearest[1] is None or len(differs) < len(nearest[0]):
                    nearest = differs, offered, own
    return nearest


def lifetime_attributes(seconds: int, kilobytes: int | None) -> list[Attribute]:
    """Return the lifetime attributes of phase 2."""
    attributes = [Attribute(_P.LIFE_TYPE, 1), Attribute.fitting(_P.LIFE_DURATION, seconds)]
    if kilobytes is not None:
        attributes += [Attribute(_P.LIFE_TYPE, 2), Attribute.fitting(_P.LIFE_DURATION, kilobytes)]
    return attributes


def read_lifetimes(
    attributes: Iterable[Attribute], type_number: int, duration_number: int
) -> tuple[int | None, int | None]:
    """Return seconds and kilobytes: each duration belongs to the type in front of it."""
    found: dict[int, int] = {}
    kind = 0
    for attribute in attributes:
        if attribute.type == type_number:
            kind = attribute.value
        elif attribute.type == duration_number:
            found[kind] = attribute.value
    return found.get(1), found.get(2)


def told_lifetime(payloads: Iterable[Payload]) -> tuple[int | None, int | None] | None:
    """Return seconds and kilobytes of a RESPONDER-LIFETIME notify (RFC 2407, 4.6.3.1)."""
    for payload in payloads:
        if isinstance(payload, Notification) and payload.notify == Notify.RESPONDER_LIFETIME:
            try:
                attributes = unpack_attributes(payload.data)
            except WireError:
                return None
            return read_lifetimes(attributes, _P.LIFE_TYPE, _P.LIFE_DURATION)
    return None


@dataclass(frozen=True, slots=True)
class Offer:
    """One phase-2 proposal (one number: ESP, AH, or both), as read from an SA payload."""

    parts: tuple[Proposal, ...]
    """The proposals of this number, each with the one transform that is meant."""
    transform: TransformSet
    udp: bool
    pfs_group: int
    """0: none."""
    lifetime_s: int
    lifetime_kb: int | None

    def spi(self, protocol: int) -> int:
        """Return the sender's inbound SPI for `protocol` (0: not part of the offer)."""
        return next((int.from_bytes(part.spi, "big") for part in self.parts if part.protocol == protocol), 0)

    def answer(self, spis: dict[int, int]) -> SecurityAssociation:
        """Return the SA payload that chooses this offer, with our own SPIs."""
        parts = (part._replace(spi=spis[part.protocol].to_bytes(4, "big")) for part in self.parts)
        return SecurityAssociation(tuple(parts))

    def __str__(self) -> str:
        kinds = [f"ah {self.transform.ah_integrity}"] if self.transform.ah_integrity else []
        if self.transform.esp_encryption:
            bits = f" {self.transform.esp_key_bits}" if self.transform.esp_key_bits else ""
            kinds.append(
                f"esp {self.transform.esp_encryption}{bits} {self.transform.esp_integrity or 'no integrity'}"
            )
        return ", ".join(kinds) + f" {self.transform.mode}"


def offer_phase2(
    sets: Iterable[TransformSet],
    spis: dict[int, int],
    pfs_group: int | None,
    lifetime_s: int,
    lifetime_kb: int | None,
    udp: bool,
) -> SecurityAssociation:
    """Return the SA payload that offers transform sets, in their order, one proposal number each."""
    proposals = []
    life = lifetime_attributes(lifetime_s, lifetime_kb)
    for number, ts in enumerate(sets, 1):
        common = [Attribute(_P.GROUP, pfs_group)] if pfs_group else []
        common.append(Attribute(_P.ENCAPSULATION, ENCAPSULATION[f"udp-{ts.mode}" if udp else ts.mode]))
        if ts.ah_integrity:
            attributes = [Attribute(_P.AUTHENTICATION, INTEGRITY_NUMBER[ts.ah_integrity]), *common, *life]
            proposals.append(_phase2(number, Protocol.AH, spis, _AH_TRANSFORM[ts.ah_integrity], attributes))
        if ts.esp_encryption:
            attributes = [Attribute(_P.KEY_LENGTH, ts.esp_key_bits)] if ts.esp_key_bits else []
            if ts.esp_integrity:
                attributes.append(Attribute(_P.AUTHENTICATION, INTEGRITY_NUMBER[ts.esp_integrity]))
            attributes += [*common, *life]
            proposals.append(_phase2(number, Protocol.ESP, spis, ESP_NUMBER[ts.esp_encryption], attributes))
    return SecurityAssociation(tuple(proposals))


def _phase2(
    number: int, protocol: int, spis: dict[int, int], kind: int, attributes: list[Attribute]
) -> Proposal:
    return Proposal(
        number, protocol, spis[protocol].to_bytes(4, "big"), (Transform(1, kind, tuple(attributes)),)
    )


def offers_of(sa: SecurityAssociation) -> Iterator[Offer]:
    """Yield what a phase-2 SA payload offers, in its order; what has no name here is left out."""
    numbers = list(dict.fromkeys(proposal.number for proposal in sa.proposals))
    for number in numbers:
        parts = [proposal for proposal in sa.proposals if proposal.number == number]
        choices = product(*([(part, transform) for transform in part.transforms] for part in parts))
        for _, choice in zip(range(_MAX_COMBINATIONS), choices, strict=False):
            offer = _offer(choice)
            if offer is not None:
                yield offer


def _offer(choice: tuple[tuple[Proposal, Transform], ...]) -> Offer | None:
    """Read one combination; None where it says something unknown or contradictory."""
    ts = TransformSet("")
    modes, groups, seconds, kilobytes = set(), set(), [], []
    for part, transform in choice:
        if len(part.spi) != 4:
            return None
        integrity = _INTEGRITY.get(transform.get(_P.AUTHENTICATION))
        if part.protocol == Protocol.AH and integrity and transform.id == _AH_TRANSFORM[integrity]:
            ts = replace(ts, ah_integrity=integrity)
        elif part.protocol == Protocol.ESP and transform.id in _ESP:
            bits = transform.get(_P.KEY_LENGTH)
            ts = replace(ts, esp_encryption=_ESP[transform.id], esp_key_bits=bits, esp_integrity=integrity)
        else:
            return None
        modes.add(transform.get(_P.ENCAPSULATION))
        groups.add(transform.get(_P.GROUP))
        life_s, life_kb = read_lifetimes(transform.attributes, _P.LIFE_TYPE, _P.LIFE_DURATION)
        seconds.append(_DEFAULT_LIFETIME_S if life_s is None else life_s)
        if life_kb is not None:
            kilobytes.append(life_kb)
    if len(modes) != 1 or len(groups) != 1:
        return None
    mode = modes.pop()
    if mode not in ENCAPSULATION.values():
        return None
    name = next(text for text, value in ENCAPSULATION.items() if value == mode)
    ts = replace(ts, mode=name.removeprefix("udp-"))
    parts = tuple(part._replace(transforms=(transform,)) for part, transform in choice)
    return Offer(parts, ts, name.startswith("udp-"), groups.pop(), min(seconds), min(kilobytes, default=None))


def choose_phase2(
    offers: Iterable[Offer], sets: Sequence[TransformSet], udp: bool
) -> tuple[Offer, TransformSet] | None:
    """Return the first offer that equals one of our transform sets, with that set."""
    for offer in offers:
        for own in sets:
            if replace(own, name="") == offer.transform and offer.udp == udp:
                return offer, own
    return None
