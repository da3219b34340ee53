"""Device states made by hand, so that the text can be compared with numbers that were chosen."""

from __future__ import annotations

from ipsec_edu.config.settings import (
    CryptoMapEntry,
    DeviceSettings,
    InterfaceSettings,
    NatRule,
    PeerKey,
)
from ipsec_edu.core.acl import Acl, AclEntry, Selector
from ipsec_edu.core.addr import Prefix, parse_ip
from ipsec_edu.core.causes import Cause
from ipsec_edu.ike.settings import IkePolicy, TransformSet
from ipsec_edu.show.state import (
    DeviceState,
    FlowState,
    IkeSaState,
    InterfaceState,
    IpsecSaState,
    RouteState,
)
from ipsec_edu.trace.records import LogLine

P = Prefix.parse
IP = parse_ip
AES256 = TransformSet("TS", "aes", 256, "sha1")
AES128 = TransformSet("TS", "aes", 128, "sha1")
LANS = Selector(P("192.168.1.0/24"), P("192.168.2.0/24"))
NOW = 42_500_000
EXEMPT = "nat (INSIDE,OUTSIDE) source static LAN1 LAN1 destination static LAN2 LAN2 no-proxy-arp route-lookup"
RUNNING = """\
hostname ASA1
interface GigabitEthernet0/1
 nameif OUTSIDE
 crypto map CMAP
crypto ikev1 policy 10
 authentication pre-share
crypto map CMAP 10 match address LAN1_LAN2
tunnel-group 203.0.113.2 type ipsec-l2l
tunnel-group 203.0.113.2 ipsec-attributes
 ikev1 pre-shared-key *****"""


def asa(tunnel: bool = True) -> DeviceState:
    """ASA1 of the site-to-site lab, 42.5 s into the run; without `tunnel` before the first packet."""
    settings = DeviceSettings("asa", "ASA1")
    settings.interfaces = {
        "GigabitEthernet0/0": InterfaceSettings(
            "GigabitEthernet0/0", IP("192.168.1.254"), 24, nameif="INSIDE"
        ),
        "GigabitEthernet0/1": InterfaceSettings(
            "GigabitEthernet0/1", IP("203.0.113.1"), 24, nameif="OUTSIDE", crypto_map="CMAP"
        ),
    }
    line = AclEntry(True, 0, LANS.local, LANS.remote, text="extended permit ip object LAN1 object LAN2")
    settings.acls = {"LAN1_LAN2": Acl("LAN1_LAN2", (line,))}
    settings.crypto_maps = {
        "CMAP": {10: CryptoMapEntry("CMAP", 10, "LAN1_LAN2", [IP("203.0.113.2")], ["TS"], lifetime_s=28800)}
    }
    settings.transform_sets = {"TS": AES256}
    settings.nat = [
        NatRule(
            "identity",
            1,
            "INSIDE",
            "OUTSIDE",
            (LANS.local,),
            (LANS.remote,),
            text=EXEMPT,
            source_object="LAN1",
            destination_object="LAN2",
        ),
        NatRule(
            "interface-pat",
            2,
            "INSIDE",
            "OUTSIDE",
            (LANS.local,),
            (P("0.0.0.0/0"),),
            text="nat (INSIDE,OUTSIDE) dynamic interface",
            source_object="LAN1",
        ),
    ]
    state = DeviceState(settings, now_us=NOW, running_config=RUNNING)
    state.interfaces = [
        InterfaceState("GigabitEthernet0/0", IP("192.168.1.254"), 24, nameif="INSIDE", security_level=100),
        InterfaceState("GigabitEthernet0/1", IP("203.0.113.1"), 24, nameif="OUTSIDE", security_level=0),
        InterfaceState("GigabitEthernet0/2", up=False, line_protocol=False, shutdown=True),
    ]
    state.routes = [
        RouteState(P("192.168.1.0/24"), None, "GigabitEthernet0/0", "connected", 0),
        RouteState(P("203.0.113.0/24"), None, "GigabitEthernet0/1", "connected", 0),
        RouteState(P("0.0.0.0/0"), IP("203.0.113.2"), "GigabitEthernet0/1"),
    ]
    state.log = [
        LogLine(1_040_000, "ASA1", "%ASA-5-713119: Group = 203.0.113.2, IP = 203.0.113.2, PHASE 1 COMPLETED")
    ]
    state.drops = {Cause.NO_SA_PENDING: 1, Cause.ACL: 7, Cause.INVALID_SPI: 3, Cause.NAT_REWRITTEN: 2}
    state.nat_hits = {0: (40, 39)}
    state.acl_hits = {("LAN1_LAN2", 0): 41}
    if tunnel:
        state.ike_sas = [
            IkeSaState(
                IP("203.0.113.2"),
                IP("203.0.113.1"),
                True,
                "MM_ACTIVE",
                True,
                encryption="aes",
                key_bits=256,
                hash="sha1",
                group=5,
                remaining_s=86358,
                dpd=True,
                conn_id=1,
                begun_us=1_000_000,
                up_us=1_040_000,
            )
        ]
        state.flows = [asa_flow()]
        state.sessions_total, state.sessions_peak, state.tunnels_total, state.tunnels_peak = 3, 2, 5, 4
    return state


def asa_flow() -> FlowState:
    """The flow between the two LANs, with its pair of SAs."""
    return FlowState(
        "CMAP",
        10,
        "GigabitEthernet0/1",
        IP("203.0.113.1"),
        LANS,
        IP("203.0.113.2"),
        acl_name="LAN1_LAN2",
        encaps=40,
        encrypt=40,
        digest=40,
        decaps=39,
        decrypt=38,
        verify=37,
        send_errors=1,
        recv_errors=2,
        bytes_out=4000,
        bytes_in=3900,
        up_us=1_060_000,
        inbound=[
            IpsecSaState(
                0x5E6F7081,
                AES256,
                conn_id=4096,
                lifetime_s=28800,
                remaining_s=28758,
                remaining_kb=4373999,
                replay_bitmap=0xFF_FFFF_FFFF,
                sequence=39,
            )
        ],
        outbound=[
            IpsecSaState(
                0x1A2B3C4D, AES256, conn_id=4097, lifetime_s=28800, remaining_s=28757, remaining_kb=4373998
            )
        ],
    )


def ios(tunnel: bool = True) -> DeviceState:
    """An IOS gateway with the same tunnel (AES-128, one hour)."""
    settings = DeviceSettings("ios", "R1")
    settings.interfaces = {
        "GigabitEthernet0/1": InterfaceSettings("GigabitEthernet0/1", IP("203.0.113.2"), 24, crypto_map="VPN")
    }
    settings.acls = {"101": Acl("101", (AclEntry(True, 0, LANS.local, LANS.remote),))}
    settings.crypto_maps = {"VPN": {10: CryptoMapEntry("VPN", 10, "101", [IP("198.51.100.2")], ["TS"])}}
    settings.transform_sets = {"TS": AES128}
    settings.ike_policies = {10: IkePolicy(10, "aes", 256, "sha256", "pre-share", 14, 3600)}
    settings.keys = [PeerKey(P("198.51.100.2/32"), "Lab-Only-Key")]
    state = DeviceState(settings, now_us=NOW, running_config=RUNNING)
    state.interfaces = [
        InterfaceState("GigabitEthernet0/0", IP("192.168.1.1"), 24),
        InterfaceState("GigabitEthernet0/1", IP("203.0.113.2"), 24),
        InterfaceState("GigabitEthernet0/2", up=False, line_protocol=False, shutdown=True),
        InterfaceState("GigabitEthernet0/3", IP("10.9.9.1"), 24, up=False, line_protocol=False),
    ]
    state.routes = [
        RouteState(P("192.168.1.0/24"), None, "GigabitEthernet0/0", "connected", 0),
        RouteState(P("203.0.113.0/24"), None, "GigabitEthernet0/1", "connected", 0),
        RouteState(P("0.0.0.0/0"), IP("203.0.113.254"), "GigabitEthernet0/1"),
        RouteState(P("192.168.2.0/24"), IP("198.51.100.2"), None, "rri"),
        RouteState(P("10.1.0.0/16"), IP("203.0.113.3"), "GigabitEthernet0/1", "ospf", 110, 20, 2_000_000),
        RouteState(P("10.1.0.0/16"), IP("203.0.113.4"), "GigabitEthernet0/1", "ospf", 110, 20, 2_000_000),
        RouteState(P("10.2.3.0/24"), IP("203.0.113.3"), "GigabitEthernet0/1", "eigrp", 90, 3072, 2_000_000),
    ]
    if tunnel:
        state.ike_sas = [
            IkeSaState(
                IP("198.51.100.2"),
                IP("203.0.113.2"),
                False,
                "QM_IDLE",
                True,
                encryption="aes",
                key_bits=128,
                hash="sha1",
                group=2,
                remaining_s=86291,
                dpd=True,
                conn_id=1001,
                up_us=1_040_000,
            )
        ]
        state.flows = [ios_flow()]
    return state


def ios_flow() -> FlowState:
    """The flow of `ios`, with an error of every kind."""
    return FlowState(
        "VPN",
        10,
        "GigabitEthernet0/1",
        IP("203.0.113.2"),
        LANS,
        IP("198.51.100.2"),
        acl_name="101",
        encaps=4,
        encrypt=5,
        digest=6,
        decaps=7,
        decrypt=8,
        verify=9,
        send_errors=1,
        up_us=1_060_000,
        errors={
            Cause.NO_SA_PENDING: 11,
            Cause.INVALID_SPI: 12,
            Cause.MALFORMED: 13,
            Cause.BAD_ICV: 14,
            Cause.SELECTOR_MISMATCH: 15,
            Cause.SEQ_OVERFLOW: 16,
            Cause.REPLAY: 17,
            Cause.SA_EXPIRED: 18,
        },
        inbound=[IpsecSaState(0x5E6F7081, AES128, conn_id=2001, remaining_s=3580, remaining_kb=4607999)],
        outbound=[IpsecSaState(0x1A2B3C4D, AES128, conn_id=2002, remaining_s=3579, remaining_kb=4607998)],
    )
