"""What a live peer is told, and what its IKE core and data plane make of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ipsec_edu.core.acl import Selector
from ipsec_edu.core.addr import Prefix, parse_ip
from ipsec_edu.core.errors import LiveError
from ipsec_edu.ike.settings import ChildPolicy, Dpd, IkePolicy, IkeSettings, PeerSettings, TransformSet
from ipsec_edu.live.proposals import esp_proposal, ike_proposal

__all__ = [
    "IKE_PORT",
    "NAT_T_PORT",
    "PROTECTED",
    "PeerOptions",
    "child_policy",
    "from_words",
    "ike_settings",
    "parse_dpd",
    "parse_endpoint",
    "parse_prefix",
]

IKE_PORT, NAT_T_PORT = 500, 4500
PROTECTED = "net"
"""The name of the one interface that the data plane knows."""
_NAT_T_OFFSET = NAT_T_PORT - IKE_PORT
_DAY_S = 86400
_NO_DPD = Dpd()


@dataclass(frozen=True, slots=True)
class PeerOptions:
    """One end of a tunnel on a real network.

    ESP in UDP needs a second port, which is always the IKE port plus 4000, as 4500 is 500 plus 4000.
    """

    local: int
    remote: int
    psk: bytes
    local_net: Prefix
    remote_net: Prefix
    ike: IkePolicy
    esp: TransformSet
    pfs_group: int | None = None
    local_port: int = IKE_PORT
    remote_port: int = IKE_PORT
    initiator: bool = True
    mode: str = "main"
    """``main`` or ``aggressive``."""
    ping: int | None = None
    """An address of the remote net."""
    dpd: Dpd = _NO_DPD
    rekey_s: int | None = None
    """Renew the IPsec SA after so many seconds (default: after 0.909 of an hour)."""
    for_s: float | None = None
    """How long to stay; None: until the job is done."""

    @property
    def local_ports(self) -> tuple[int, int]:
        """Our ports for IKE and for NAT traversal."""
        return self.local_port, self.local_port + _NAT_T_OFFSET

    @property
    def remote_ports(self) -> tuple[int, int]:
        """The peer's."""
        return self.remote_port, self.remote_port + _NAT_T_OFFSET

    @property
    def inside(self) -> int:
        """The address of the local net that our pings come from: its first host."""
        return self.local_net.network + (self.local_net.length < 31)


def child_policy(options: PeerOptions) -> ChildPolicy:
    """Return the one crypto map entry."""
    return ChildPolicy(
        name="live",
        sequence=1,
        local=options.local,
        interface=PROTECTED,
        peers=(options.remote,),
        selectors=(Selector(options.local_net, options.remote_net),),
        transform_sets=(options.esp,),
        pfs_group=options.pfs_group,
        lifetime_s=3600 if options.rekey_s is None else _lifetime_s(options.rekey_s),
        lifetime_kb=None,
    )


def _lifetime_s(rekey_s: int) -> int:
    """A tenth more than the time of renewal, as strongSwan has it, and long enough to negotiate."""
    return rekey_s + max(5, rekey_s // 10)


def ike_settings(options: PeerOptions) -> IkeSettings:
    """Return what the IKE core is configured with: strongSwan's habits, ESP always in UDP."""
    overrides: dict[str, object] = {"force_encap": True}
    if options.rekey_s is not None:
        left_s = _lifetime_s(options.rekey_s) - options.rekey_s
        overrides |= {"p2_soft_left_s": left_s, "p2_soft_responder_left_s": left_s}
    peer = PeerSettings(Prefix(options.remote, 32), options.psk, options.dpd, options.mode)
    return IkeSettings(
        hostname="ipsec-edu",
        platform="strongswan",
        listening=(options.local,),
        policies=(options.ike,),
        peers=(peer,),
        children=(child_policy(options),),
        overrides=overrides,
    )


def parse_endpoint(text: str, option: str) -> tuple[int, int]:
    """Read ``ADDR`` or ``ADDR:PORT`` (LiveError names the option that is wrong)."""
    address, colon, port = text.partition(":")
    try:
        number = int(port) if colon else IKE_PORT
        if not 1 <= number <= 65535 - _NAT_T_OFFSET:
            raise ValueError(f"a port is 1 to {65535 - _NAT_T_OFFSET} (port + 4000 is for NAT traversal)")
        return parse_ip(address), number
    except ValueError as error:
        raise LiveError(f"{option} {text}: {error}; write ADDR or ADDR:PORT, as 192.0.2.1:10500") from None


def parse_prefix(text: str, option: str) -> Prefix:
    """Read ``10.1.0.0/24`` (LiveError names the option that is wrong)."""
    try:
        return Prefix.parse(text)
    except ValueError as error:
        raise LiveError(f"{option} {text}: {error}; write a prefix, as 10.1.0.0/24") from None


def parse_dpd(text: str) -> Dpd:
    """Read ``DELAY,TIMEOUT`` in seconds."""
    try:
        delay_s, timeout_s = (float(part) for part in text.split(","))
        if not 0 < delay_s < timeout_s:
            raise ValueError
    except ValueError:
        raise LiveError(
            f"--dpd {text}: write DELAY,TIMEOUT in seconds, the timeout above the delay, as 5,15"
        ) from None
    return Dpd("timeout", interval_s=delay_s, timeout_s=timeout_s)


def from_words(words: Mapping[str, Any]) -> PeerOptions:
    """Read what was typed on the command line, by the names of its options.

    Raises
    ------
    LiveError
        The first thing that is wrong.
    """
    local, local_port = parse_endpoint(words["local"], "--local")
    remote, remote_port = parse_endpoint(words["remote"], "--remote")
    for address, option in ((local, "--local"), (remote, "--remote")):
        if not address:
            raise LiveError(
                f"{option} 0.0.0.0 names nobody; IKE identifies an end by its address: write that one"
            )
    local_net = parse_prefix(words["local_net"], "--local-net")
    remote_net = parse_prefix(words["remote_net"], "--remote-net")
    esp, pfs_group = esp_proposal(words["esp"])
    ping = None
    if words["ping"] is not None:
        ping, _ = parse_endpoint(words["ping"], "--ping")
        if not remote_net.contains(ping):
            raise LiveError(
                f"--ping {words['ping']} is not in --remote-net {remote_net}; name an address there"
            )
    for option, value in (("--rekey", words["rekey"]), ("--for", words["for_s"])):
        if value is not None and not 0 < value <= _DAY_S:
            raise LiveError(f"{option} {value:g}: give a number of seconds up to {_DAY_S}")
    return PeerOptions(
        local=local,
        remote=remote,
        psk=words["psk"].encode(),
        local_net=local_net,
        remote_net=remote_net,
        ike=ike_proposal(words["ike"]),
        esp=esp,
        pfs_group=pfs_group,
        local_port=local_port,
        remote_port=remote_port,
        initiator=words["role"] == "initiator",
        mode=words["mode"],
        ping=ping,
        dpd=_NO_DPD if words["dpd"] is None else parse_dpd(words["dpd"]),
        rekey_s=words["rekey"],
        for_s=words["for_s"],
    )
