"""The data plane of one gateway: what happens to a packet on its way out and in.

Outbound (RFC 4301, 5.1): policy, SA, sequence number, encapsulation. Inbound (5.2): SPI,
replay pre-check, ICV, window update, decapsulation, and only then the question whether the
inner packet belongs to that SA at all. No clock, no socket: the caller passes the time
and moves the packets.
"""

from __future__ import annotations

from ipsec_edu.core.causes import Cause
from ipsec_edu.core.errors import IpsecEduError
from ipsec_edu.ike.events import ChildSa
from ipsec_edu.ipsec import ah as ah_in_flight
from ipsec_edu.ipsec import esp as esp_in_flight
from ipsec_edu.ipsec import pmtu
from ipsec_edu.ipsec.outcome import PASS, Accepted, Acquire, Discard, Outcome, Pass, Protected
from ipsec_edu.ipsec.sa import MAX_SEQUENCE, SOFT_KB, SOFT_SEQUENCE, InboundSa, OutboundSa
from ipsec_edu.ipsec.sad import Sad
from ipsec_edu.ipsec.spd import Match, Spd, SpdRule
from ipsec_edu.ipsec.transforms import protection
from ipsec_edu.ipsec.unwrap import belongs, find, is_ipsec, unwrap
from ipsec_edu.wire.icmp import IcmpError
from ipsec_edu.wire.ipv4 import AH, ESP, UDP
from ipsec_edu.wire.packet import Packet

__all__ = [
    "PASS",
    "Accepted",
    "Acquire",
    "Discard",
    "IpsecStack",
    "Outcome",
    "Pass",
    "Protected",
    "is_ipsec",
]


class IpsecStack:
    """Policy, SAs and the processing of packets on one gateway.

    Parameters
    ----------
    spd : Spd
        The policy; empty by default.
    fidelity : str
        ``bytes`` (default), ``eager`` (bytes are made, verified and decrypted for every
        packet), ``model`` (as ``bytes``, with a stand-in for ciphers that needs no
        `cryptography`).
    replay_window : int
        Width of the anti-replay window of new inbound SAs in packets; 0 is off.
    df_policy : str
        Outer DF bit: ``copy``, ``set``, ``clear`` (``crypto ipsec df-bit``).
    prefragment : bool
        Fragment before encryption (``crypto ipsec fragmentation before-encryption``).
    soft_kb : int
        How many kilobytes before the end of its volume an SA asks to be replaced.

    Attributes
    ----------
    soft_expired, hard_expired : list of int
        Uids of children whose volume (or sequence space) is nearly, or quite, used up. The
        driver empties them and tells IKE.
    invalid_spis, recv_errors : int
        Received packets without an SA; all that were refused, those included.
    """

    __slots__ = (
        "_eager",
        "_real",
        "df_policy",
        "fidelity",
        "hard_expired",
        "invalid_spis",
        "prefragment",
        "recv_errors",
        "replay_window",
        "sad",
        "soft_expired",
        "soft_kb",
        "spd",
    )

    def __init__(
        self,
        spd: Spd | None = None,
        *,
        fidelity: str = "bytes",
        replay_window: int = 64,
        df_policy: str = "copy",
        prefragment: bool = True,
        soft_kb: int = SOFT_KB,
    ) -> None:
        if fidelity not in ("bytes", "eager", "model"):
            raise IpsecEduError(f"no fidelity {fidelity!r}; choose bytes, eager or model")
        if df_policy not in ("copy", "set", "clear"):
            raise IpsecEduError(f"no DF policy {df_policy!r}; choose copy, set or clear")
        self.spd = Spd() if spd is None else spd
        self.sad = Sad()
        self.fidelity = fidelity
        self.replay_window = replay_window
        self.df_policy = df_policy
        self.prefragment = prefragment
        self.soft_kb = soft_kb
        self.soft_expired: list[int] = []
        self.hard_expired: list[int] = []
        self.invalid_spis = 0
        self.recv_errors = 0
        self._eager = fidelity == "eager"
        self._real = fidelity != "model"

    # SAs come and go

    def install(self, child: ChildSa, direction: str, now_us: int) -> None:
        """Put the SAs of `child` into the database; `direction` is ``both``, ``in`` or ``out``.

        A bundle (ESP inside AH) is installed by two calls with the same uid and is used
        once it is complete.
        """
        if direction not in ("both", "in", "out"):
            raise IpsecEduError(f"no direction {direction!r}; choose both, in or out")
        rule = self.spd.rule_for(child.policy, child.selector)
        if rule.up_us is None:
            rule.up_us = now_us
        if direction != "out" and child.inbound_spi not in self.sad.inbound:
            self.sad.inbound[child.inbound_spi] = InboundSa(
                child, rule, now_us, self._real, self.replay_window, self.soft_kb
            )
        if direction != "in":
            self._install_outbound(child, rule, now_us)

    def _install_outbound(self, child: ChildSa, rule: SpdRule, now_us: int) -> None:
        chain = self.sad.outbound.setdefault(child.uid, [])
        if any(sa.protocol == child.protocol for sa in chain):
            return
        sa = OutboundSa(child, rule, now_us, self._real, self.soft_kb)
        if sa.protocol == "esp":
            chain.insert(0, sa)  # ESP is applied first: AH stands outside
        else:
            chain.append(sa)
        whole = protection(child.transform)
        if len(chain) == (whole.esp is not None) + (whole.ah is not None):
            rule.chains.append(chain)

    def remove(self, child: ChildSa) -> None:
        """Take all SAs of `child` out of the database."""
        inbound = [sa for sa in self.sad.inbound.values() if sa.child_uid == child.uid]
        for sa in inbound:
            del self.sad.inbound[sa.spi]
        chain = self.sad.outbound.pop(child.uid, [])
        for rule in {id(sa.rule): sa.rule for sa in (*inbound, *chain)}.values():
            rule.chains = [other for other in rule.chains if other is not chain]
            if not any(sa.rule is rule for sa in self.sad):
                rule.up_us = None
                self.spd.forget(rule)

    # out

    def match(self, packet: Packet, interface: str) -> Match | None:
        """Return the policy that claims a packet leaving by `interface`, None for bypass."""
        sport = dport = 0
        if packet.protocol == UDP:
            payload = packet.payload
            sport, dport = getattr(payload, "source_port", 0), getattr(payload, "destination_port", 0)
        return self.spd.lookup_outbound(
            interface, packet.source, packet.destination, packet.protocol, sport, dport
        )

    def outbound(self, packet: Packet, interface: str, now_us: int) -> Outcome:
        """Process a packet that the routing table sends out by `interface`.

        Returns `Pass`, `Protected`, `Acquire` or `Discard` (`Cause.SA_EXPIRED`,
        `Cause.SEQ_OVERFLOW`). The stack keeps `packet` when it protects it: the caller must
        not change it any more.
        """
        match = self.match(packet, interface)
        if match is None:
            return PASS
        rule = match.rule
        if not rule.chains:
            rule.count(Cause.NO_SA_PENDING, True)
            return Acquire(match.policy, match.selector)
        chain = rule.chains[-1]
        for sa in chain:
            if sa.bytes >= sa.soft_bytes or sa.sequence >= SOFT_SEQUENCE:
                refusal = self._near_the_end(sa)
                if refusal is not None:
                    return refusal
        size = packet.size
        for sa in chain:
            sa.sequence += 1
            sa.packets += 1
            sa.bytes += size
            protect = esp_in_flight.protect if sa.protocol == "esp" else ah_in_flight.protect
            packet = protect(sa, packet, self.df_policy)
        rule.encaps += 1
        rule.bytes_out += size
        sa.child.liveness.sent_us = now_us
        return Protected(packet, sa)

    def _near_the_end(self, sa: OutboundSa) -> Discard | None:
        """Ask once for a successor; refuse to send once volume or numbers are used up."""
        self._nearly_used_up(sa)
        if sa.bytes < sa.hard_bytes and sa.sequence < MAX_SEQUENCE:
            return None
        cause = Cause.SA_EXPIRED if sa.bytes >= sa.hard_bytes else Cause.SEQ_OVERFLOW
        sa.rule.count(cause, True)
        self._used_up(sa)
        return Discard(cause, sa.spi, sa)

    def _nearly_used_up(self, sa: InboundSa | OutboundSa) -> None:
        if not sa.soft_reported:
            sa.soft_reported = True
            self.soft_expired.append(sa.child_uid)

    def _used_up(self, sa: InboundSa | OutboundSa) -> None:
        if sa.child_uid not in self.hard_expired:
            self.hard_expired.append(sa.child_uid)

    # in

    def inbound(self, packet: Packet, now_us: int) -> Outcome:
        """Process AH, ESP or ESP in UDP that is addressed to us (`is_ipsec`).

        Returns `Accepted`, or `Discard` with `INVALID_SPI`, `REPLAY`, `BAD_ICV`,
        `MALFORMED`, `SELECTOR_MISMATCH` or `SA_EXPIRED`. A packet whose ICV was not right
        changes nothing but error counters.
        """
        behind_ah: InboundSa | None = None
        while True:
            outcome = self._open(packet, behind_ah)
            if isinstance(outcome, Discard):
                return self._refused(outcome)
            sa = outcome.sa
            if sa.protocol == "esp" or outcome.packet.protocol != ESP or sa.tunnel or behind_ah is not None:
                break
            packet, behind_ah = outcome.packet, sa
        if not belongs(outcome.packet, sa, packet.protocol == UDP and not sa.tunnel):
            return self._refused(Discard(Cause.SELECTOR_MISMATCH, sa.spi, sa))
        rule = sa.rule
        rule.decaps += 1
        rule.bytes_in += outcome.packet.size
        sa.child.liveness.heard_us = now_us
        return outcome

    def _open(self, packet: Packet, behind_ah: InboundSa | None) -> Accepted | Discard:
        """Take one layer off: SPI, replay, ICV, window, content, in this order."""
        found = find(packet, self._eager)
        if found is None:
            return Discard(Cause.MALFORMED)
        spi, sequence, content, data = found
        sa = self.sad.inbound.get(spi)
        if sa is None or (sa.protocol == "ah") != (packet.protocol == AH):
            return Discard(Cause.INVALID_SPI, spi)
        if sa.bytes >= sa.hard_bytes:
            self._used_up(sa)
            return Discard(Cause.SA_EXPIRED, spi, sa)
        if not sa.window.check(sequence):
            return Discard(Cause.REPLAY, spi, sa)
        plain = unwrap(sa, packet, content, data)
        if isinstance(plain, Cause):
            return Discard(plain, spi, sa)
        sa.window.update(sequence)
        if plain is None:
            return Discard(Cause.MALFORMED, spi, sa)
        if sa.needs_ah and (behind_ah is None or behind_ah.child_uid != sa.child_uid):
            return Discard(Cause.SELECTOR_MISMATCH, spi, sa)
        sa.packets += 1
        sa.bytes += plain.size
        if sa.bytes >= sa.soft_bytes:
            self._nearly_used_up(sa)
        return Accepted(plain, sa)

    def _refused(self, outcome: Discard) -> Discard:
        """Count a refused packet where `show` will look for it."""
        self.recv_errors += 1
        sa, cause = outcome.sa, outcome.cause
        if cause is Cause.INVALID_SPI:
            self.invalid_spis += 1
        if isinstance(sa, InboundSa):
            sa.rule.count(cause, False)
            sa.replay_errors += cause is Cause.REPLAY
            sa.icv_errors += cause is Cause.BAD_ICV
            sa.selector_errors += cause is Cause.SELECTOR_MISMATCH
        return outcome

    def clear_allowed(self, packet: Packet, interface: str) -> bool:
        """Tell whether a clear packet may come in by `interface`.

        False where the policy, mirrored, wants it protected (`Cause.CLEAR_MATCHES_SPD`). Not
        to be asked about packets that `inbound` has just unwrapped.
        """
        sport = dport = 0
        if packet.protocol == UDP:
            payload = packet.payload
            sport, dport = getattr(payload, "source_port", 0), getattr(payload, "destination_port", 0)
        # `Spd.protects_inbound`, without the detour: every packet from outside comes by here.
        match = self.spd.lookup_outbound(
            interface, packet.destination, packet.source, packet.protocol, dport, sport
        )
        if match is None:
            return True
        match.rule.count(Cause.CLEAR_MATCHES_SPD, False)
        return False

    # sizes

    def plaintext_mtu(self, packet: Packet, interface: str, path_mtu: int) -> int | None:
        """Return the largest inner packet, in bytes, that `packet`'s SA fits into `path_mtu`.

        None where the packet is not protected, or has no SA yet.
        """
        match = self.match(packet, interface)
        if match is None or not match.rule.chains:
            return None
        return pmtu.plaintext_mtu(match.rule.chains[-1], path_mtu)

    def too_big(self, packet: Packet, interface: str, path_mtu: int) -> int | None:
        """Return the MTU to report where `packet` must be dropped for its size, else None.

        That is so with DF set, unless ``df-bit clear`` overrides it: `Cause.MTU_DF`, and an
        ICMP "fragmentation needed" with this value goes back (RFC 4301, 8.1).
        """
        if not packet.dont_fragment or self.df_policy == "clear":
            return None
        mtu = self.plaintext_mtu(packet, interface, path_mtu)
        return mtu if mtu is not None and packet.size > mtu else None

    def fragment_before(self, packet: Packet, interface: str, path_mtu: int) -> int | None:
        """Return the MTU to cut `packet` to before it is encrypted, None where that is not called for."""
        if not self.prefragment or (packet.dont_fragment and self.df_policy != "clear"):
            return None
        mtu = self.plaintext_mtu(packet, interface, path_mtu)
        return mtu if mtu is not None and packet.size > mtu else None

    def learn_mtu(self, error: IcmpError) -> OutboundSa | None:
        """Take the MTU out of an ICMP error about one of our outer packets (RFC 4301, 8.2.1).

        Returns an SA that it is about, None where the error concerns none. Nothing
        authenticates such a message. The value stays until the SA ends, or until the
        caller, whose clock it is, sets `OutboundSa.path_mtu` to None again.
        """
        meant = pmtu.concerned(self.sad, error)
        for sa in meant:
            sa.path_mtu = error.mtu
        return meant[-1] if meant else None
