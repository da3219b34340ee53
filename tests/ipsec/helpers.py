"""Two gateways that share a tunnel, without IKE and without a network."""

from __future__ import annotations

import hashlib
import os
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

from ipsec_edu.core.acl import Selector
from ipsec_edu.core.addr import Prefix, parse_ip
from ipsec_edu.ike.events import ChildSa, Liveness
from ipsec_edu.ike.settings import ChildPolicy, TransformSet
from ipsec_edu.ipsec.spd import Spd
from ipsec_edu.ipsec.stack import Accepted, IpsecStack, Protected
from ipsec_edu.ipsec.transforms import esp_transform
from ipsec_edu.wire.icmp import Echo
from ipsec_edu.wire.packet import ICMP, Packet

GW1, GW2 = parse_ip("192.0.2.1"), parse_ip("198.51.100.2")
HOST1, HOST2 = parse_ip("10.1.0.10"), parse_ip("10.2.0.20")
LANS = Selector(Prefix.parse("10.1.0.0/16"), Prefix.parse("10.2.0.0/16"))
GATEWAYS = Selector(Prefix.of(GW1, 32), Prefix.of(GW2, 32))
OUTSIDE = "outside"

AES_SHA = TransformSet("AES-SHA", "aes", 256, "sha1")
GCM = TransformSet("GCM", "aes-gcm", 256)
TDES_MD5 = TransformSet("3DES-MD5", "3des", 0, "md5")
DES_SHA = TransformSet("DES-SHA", "des", 0, "sha1")
NULL_SHA = TransformSet("NULL-SHA", "null", 0, "sha1")
AH_SHA256 = TransformSet("AH", ah_integrity="sha256")
AH_ESP = TransformSet("AH-ESP", "aes", 128, "sha1", "sha1")
GCM8 = TransformSet("GCM8", "aes-gcm-8", 128)
AES_SHA512 = TransformSet("AES-SHA512", "aes", 192, "sha512")
ALL = (AES_SHA, GCM, TDES_MD5, DES_SHA, NULL_SHA, AH_SHA256, AH_ESP, GCM8, AES_SHA512)


def key(label: str, size: int) -> bytes:
    """Bytes that look like key material and are the same in every run."""
    return hashlib.shake_128(label.encode()).digest(size)


def key_pair(transform_set: TransformSet, protocol: str, label: str) -> tuple[bytes, bytes]:
    if protocol == "ah":
        size = {"md5": 16, "sha1": 20, "sha256": 32}[transform_set.ah_integrity or ""]
        return b"", key(label + "a", size)
    s = transform_set
    esp = esp_transform(s.esp_encryption or "", s.esp_key_bits, s.esp_integrity, s.mode)
    size = esp.integrity.key_size if esp.integrity else 0
    return key(label + "e", esp.encryption.key_size), key(label + "i", size)


def echo(number: int = 1, data: int = 56, source: int = HOST1, destination: int = HOST2) -> Packet:
    packet = Packet(source, destination, ICMP, Echo(True, 7, number, data), ttl=63)
    packet.uid, packet.flow, packet.number = 100 + number, "a>b", number
    return packet


@dataclass
class Tunnel:
    """Both ends; `one` sends to `two` with `send`, `there` does both halves."""

    one: IpsecStack
    two: IpsecStack
    children: dict[str, tuple[ChildSa, ChildSa]]

    def children_of(self, end: int) -> list[ChildSa]:
        return [pair[end] for pair in self.children.values()]

    def send(self, packet: Packet, now_us: int = 0) -> Packet:
        outcome = self.one.outbound(packet, OUTSIDE, now_us)
        assert isinstance(outcome, Protected), outcome
        return outcome.packet

    def there(self, packet: Packet, now_us: int = 0) -> Packet:
        outcome = self.two.inbound(self.send(packet, now_us), now_us)
        assert isinstance(outcome, Accepted), outcome
        return outcome.packet


def policies(
    transform_set: TransformSet, selector: Selector = LANS, **changes: object
) -> tuple[ChildPolicy, ChildPolicy]:
    one = ChildPolicy("VPN", 10, GW1, OUTSIDE, (GW2,), (selector,), (transform_set,))
    two = replace(one, local=GW2, peers=(GW1,), selectors=(selector.mirrored(),))
    return replace(one, **changes), replace(two, **changes)


def children(
    transform_set: TransformSet,
    protocol: str,
    *,
    uid: int = 1,
    selector: Selector = LANS,
    udp: bool = False,
    kb: int | None = 4608000,
) -> tuple[ChildSa, ChildSa]:
    """The same pair of SAs as each end holds it."""
    mine, its = policies(transform_set, selector)
    forth = key_pair(transform_set, protocol, f"forth{uid}")
    back = key_pair(transform_set, protocol, f"back{uid}")
    base = 0x1000 * uid + (0x100 if protocol == "ah" else 0)
    spis = base + 1, base + 2
    ports = (4500, 4500) if udp else None

    def end(
        policy: ChildPolicy, chosen: Selector, spi: tuple[int, int], keys: tuple[tuple[bytes, bytes], ...]
    ) -> ChildSa:
        return ChildSa(
            uid=uid,
            ike_id="ike",
            local=policy.local,
            peer=policy.peers[0],
            initiator=policy is mine,
            policy=policy,
            selector=chosen,
            transform=transform_set,
            inbound_spi=spi[0],
            outbound_spi=spi[1],
            protocol=protocol,
            inbound_keys=keys[0],
            outbound_keys=keys[1],
            lifetime_s=3600,
            lifetime_kb=kb,
            pfs_group=None,
            udp_ports=ports,
            liveness=Liveness(0),
            begun_us=0,
        )

    return (
        end(mine, selector, (spis[0], spis[1]), (back, forth)),
        end(its, selector.mirrored(), (spis[1], spis[0]), (forth, back)),
    )


def tunnel(
    transform_set: TransformSet = AES_SHA,
    *,
    fidelity: str = "bytes",
    mode: str = "tunnel",
    udp: bool = False,
    window: int = 64,
    kb: int | None = 4608000,
    selector: Selector | None = None,
    **options: object,
) -> Tunnel:
    """Two stacks with one established child between them."""
    transform_set = replace(transform_set, mode=mode)
    chosen = selector or (LANS if mode == "tunnel" else GATEWAYS)
    policy = policies(transform_set, chosen)
    ends = [
        IpsecStack(Spd.from_policies([each]), fidelity=fidelity, replay_window=window, **options)  # type: ignore[arg-type]
        for each in policy
    ]
    pairs: dict[str, tuple[ChildSa, ChildSa]] = {}
    for protocol, wanted in (("esp", transform_set.esp_encryption), ("ah", transform_set.ah_integrity)):
        if wanted is not None:
            pairs[protocol] = children(transform_set, protocol, udp=udp, kb=kb, selector=chosen)
            firsts = next(iter(pairs.values()))
            for stack, child, first in zip(ends, pairs[protocol], firsts, strict=True):
                child.liveness = first.liveness
                stack.install(child, "both", 0)
    return Tunnel(ends[0], ends[1], pairs)


def tshark(arguments: list[str], home: Path) -> str:
    """What tshark prints, run without anybody's preferences."""
    environment = {"HOME": str(home), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    done = subprocess.run(["tshark", *arguments], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout
