"""Printing a configuration and loading the print gives the same settings."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipsec_edu.config import parse, running_config
from tests.config.helpers import ASA1, R1, asa, ios

REST = {
    "ios": """\
version 15.5
vrf definition INET
 rd 1:1
crypto keyring KR
 pre-shared-key address 0.0.0.0 0.0.0.0 key any
crypto isakmp identity hostname
crypto isakmp invalid-spi-recovery
crypto isakmp nat keepalive 30
crypto ipsec security-association lifetime kilobytes disable
crypto ipsec security-association replay window-size 512
no crypto ipsec nat-transparency udp-encapsulation
crypto dynamic-map DYN 10
 set transform-set TS
 reverse-route static tag 5
crypto map VPN local-address Loopback0
crypto map VPN 20 ipsec-isakmp dynamic DYN
crypto map VPN 10 ipsec-isakmp
 set reverse-route distance 10
 set pfs group14
interface Loopback0
 ip address 192.0.2.1 255.255.255.255
interface GigabitEthernet0/0.10
 encapsulation dot1Q 10
 duplex auto
 standby 1 ip 10.9.0.1
interface Serial1/1:0
 ip address 10.8.0.1 255.255.255.252
 ip verify unicast source reachable-via rx allow-default
 ip ospf network broadcast
 ip ospf dead-interval minimal hello-multiplier 4
 ip ospf hello-interval 1
 ip ospf priority 0
 ip ospf authentication null
 ip ospf 1 area 0
 ip ospf cost 7
 bfd interval 50 min_rx 50 multiplier 3
interface Serial0:0
 ip ospf network non-broadcast
 ip ospf dead-interval 8
 ip ospf mtu-ignore
 ip ospf bfd disable
track 1 ip sla 1 reachability
 delay down 5 up 30
 default-state up
track 2 interface Serial1/1:0 line-protocol
track 3 ip route 10.0.0.0 255.0.0.0 reachability
track 4 list boolean or
 object 1
 object 2 not
router ospf 1
 router-id 192.0.2.1
 no log-adjacency-changes
 auto-cost reference-bandwidth 1000
 bfd all-interfaces
 timers throttle spf 10 100 1000
 timers throttle lsa all 10 100 1000
 timers lsa arrival 80
 area 1 stub
 redistribute static subnets metric 5 metric-type 1 tag 9 route-map RRI
 redistribute connected
 passive-interface default
 no passive-interface Serial1/1:0
 no passive-interface Serial0:0
 network 10.8.0.0 0.0.0.3 area 0
 network 192.0.2.0 0.0.0.255 area 1
 default-information originate always metric 3 metric-type 1
 default-metric 15
 distance 115
 maximum-paths 2
ip prefix-list P seq 5 permit 10.0.0.0/8 le 24
ip prefix-list P seq 10 deny 0.0.0.0/0 ge 8
ip prefix-list P description why
ip sla 1
 icmp-echo 10.8.0.2 source-interface Serial1/1:0
 timeout 1000
 frequency 3
 tag probe
ip sla schedule 1 life forever start-time now
ip sla 2
 icmp-echo 10.8.0.2 source-ip 10.8.0.1
ip sla schedule 2 start-time after 00:01:30
route-map RRI deny 5
 match ip address prefix-list P
route-map RRI permit 10
 description rest
 match tag 5 6
 match interface Serial0:0
 set metric 10
 set metric-type type-1
 set tag 77
 continue 20
route-map RRI permit 20
 match ip address S 7
ip route 0.0.0.0 0.0.0.0 10.8.0.2 track 1
router eigrp LAB
 address-family ipv4 unicast autonomous-system 100
  af-interface Tunnel0
   no split-horizon
  exit-af-interface
 exit-address-family
object-group network LANS
 10.5.0.0 255.255.0.0
 host 10.6.0.1
ip access-list extended X
 5 permit ip object-group LANS any
 remark text
ip access-list standard S
 permit 10.0.0.0 0.255.255.255
access-list 7 permit any
ip route vrf INET 10.0.0.0 255.0.0.0 Null0 200 name X
banner motd ^C
 interface g0/9
^C
line vty 0 4
 login local
""",
    "asa": """\
interface GigabitEthernet0/2
 description spare
 shutdown
 no nameif
object-group network G
 network-object object LAN1
 network-object host 10.0.0.9
access-list OUT extended permit udp any eq 500 any range 500 600 log
access-list OUT extended permit ip object-group G any inactive
access-list OUT remark why
access-group OUT in interface OUTSIDE
nat (INSIDE,OUTSIDE) after-auto source dynamic any interface
mtu OUTSIDE 1400
same-security-traffic permit intra-interface
no sysopt connection permit-vpn
crypto map CMAP 20 set peer 203.0.113.9 203.0.113.10
crypto map CMAP 20 set reverse-route
crypto map CMAP 20 set connection-type originate-only
crypto dynamic-map DYN 10 set pfs group5
crypto map CMAP 65535 ipsec-isakmp dynamic DYN
crypto ipsec ikev1 transform-set T2 esp-aes esp-md5-hmac
crypto ipsec ikev1 transform-set T2 mode transport
crypto ikev1 policy 20
 lifetime none
tunnel-group DefaultL2LGroup ipsec-attributes
 isakmp keepalive disable
 peer-id-validate nocheck
policy-map global_policy
 class inspection_default
  inspect icmp
  inspect ftp
logging enable
router ospf 1
 network 10.0.0.0 255.0.0.0 area 0
""",
}
TEXTS = {"ios": R1 + REST["ios"], "asa": ASA1 + REST["asa"]}


@pytest.mark.parametrize("platform", ["ios", "asa"])
def test_loading_the_print_gives_the_same_settings(platform):
    first = parse(TEXTS[platform], platform).settings
    text = running_config(first, hide_keys=False)
    assert parse(text, platform).settings == first
    assert running_config(parse(text, platform).settings, hide_keys=False) == text


@pytest.mark.parametrize("platform", ["ios", "asa"])
@settings(max_examples=40, deadline=None, derandomize=True)
@given(data=st.data())
def test_so_does_any_part_of_the_text_with_any_lines_negated(platform, data):
    lines = TEXTS[platform].splitlines()
    chosen = [
        f"no {line.strip()}" if no else line
        for line, keep, no in zip(
            lines,
            data.draw(st.lists(st.booleans(), min_size=len(lines), max_size=len(lines))),
            data.draw(
                st.lists(st.sampled_from([False] * 9 + [True]), min_size=len(lines), max_size=len(lines))
            ),
            strict=True,
        )
        if keep
    ]
    merged = parse("\n".join(chosen), platform, lenient=True).settings
    again = parse(running_config(merged, hide_keys=False), platform, lenient=True).settings
    assert again == merged


def test_an_asa_hides_its_keys_and_ios_does_not():
    assert "ikev1 pre-shared-key *****" in running_config(asa(ASA1))
    assert "Lab-Only-Key" not in running_config(asa(ASA1))
    assert "Lab-Only-Key" in running_config(asa(ASA1), hide_keys=False)
    assert "key s3cret" in running_config(ios(R1))
    assert "s3cret" not in running_config(ios(R1), hide_keys=True)


def test_commands_stand_in_the_order_of_the_device():
    text = running_config(ios(TEXTS["ios"]))
    order = [
        "version 15.5",
        "hostname R1",
        "track 1",
        "crypto isakmp policy",
        "crypto isakmp key",
        "crypto ipsec transform-set",
        "crypto map VPN 10",
        "\ninterface",
        "\nrouter ospf",
        "\nip route",
        "ip prefix-list",
        "\nip sla 1",
        "ip sla schedule 1",
        "\nroute-map",
        "line vty",
        "\nend",
    ]
    assert [text.index(part) for part in order] == sorted(text.index(part) for part in order)
    text = running_config(asa(TEXTS["asa"]))
    order = [
        ": Saved",
        "hostname",
        "interface",
        "object network",
        "access-list",
        "nat (",
        "route ",
        "crypto ipsec",
        "crypto map",
        "crypto ikev1",
        "tunnel-group",
        "policy-map",
        ": end",
    ]
    assert [text.index(part) for part in order] == sorted(text.index(part) for part in order)


def test_negated_lines_are_gone_from_the_print():
    assert "crypto map VPN" not in running_config(ios("no crypto map VPN", ios(R1)))
    assert "crypto map VPN" in running_config(ios(R1))
    assert "login local" not in running_config(ios("no line vty 0 4", ios(TEXTS["ios"])))


def test_a_host_prints_its_commands():
    text = (
        "ip addr add 192.168.1.1/24 dev eth1\nip route add default via 192.168.1.254\nip link set eth1 "
        "mtu 1400"
    )
    first = parse(text, "linux").settings
    assert parse(running_config(first), "linux").settings == first
