"""Short words for the tests of configuration."""

from __future__ import annotations

import pytest

from ipsec_edu.config import parse
from ipsec_edu.config.settings import DeviceSettings
from ipsec_edu.core.errors import ConfigError, Problem

ASA1 = """\
hostname ASA1
interface GigabitEthernet0/0
 nameif INSIDE
 security-level 100
 ip address 192.168.1.254 255.255.255.0
 no shutdown
interface GigabitEthernet0/1
 nameif OUTSIDE
 security-level 0
 ip address 203.0.113.1 255.255.255.0
 no shutdown
route OUTSIDE 0.0.0.0 0.0.0.0 203.0.113.2
!
object network LAN1
 subnet 192.168.1.0 255.255.255.0
object network LAN2
 subnet 192.168.2.0 255.255.255.0
access-list LAN1_LAN2 extended permit ip object LAN1 object LAN2
!
nat (INSIDE,OUTSIDE) source static LAN1 LAN1 destination static LAN2 LAN2 no-proxy-arp route-lookup
object network LAN1
 nat (INSIDE,OUTSIDE) dynamic interface
!
crypto ikev1 policy 10
 authentication pre-share
 encryption aes-256
 hash sha
 group 5
 lifetime 86400
crypto ikev1 enable OUTSIDE
crypto isakmp identity address
!
crypto ipsec ikev1 transform-set TS esp-aes-256 esp-sha-hmac
crypto map CMAP 10 match address LAN1_LAN2
crypto map CMAP 10 set peer 203.0.113.2
crypto map CMAP 10 set ikev1 transform-set TS
crypto map CMAP 10 set security-association lifetime seconds 28800
crypto map CMAP interface OUTSIDE
!
tunnel-group 203.0.113.2 type ipsec-l2l
tunnel-group 203.0.113.2 ipsec-attributes
 ikev1 pre-shared-key Lab-Only-Key
 isakmp keepalive threshold 10 retry 2
"""

R1 = """\
hostname R1
crypto isakmp policy 10
 encr aes 256
 authentication pre-share
 group 5
crypto isakmp key s3cret address 203.0.113.2
crypto isakmp keepalive 10 3 periodic
crypto ipsec transform-set TS esp-aes 256 esp-sha-hmac
 mode tunnel
crypto map VPN 10 ipsec-isakmp
 set peer 203.0.113.2
 set transform-set TS
 match address 101
interface GigabitEthernet0/0
 ip address 10.1.0.1 255.255.0.0
 ip nat inside
interface GigabitEthernet0/1
 ip address 203.0.113.1 255.255.255.0
 ip nat outside
 crypto map VPN
ip route 0.0.0.0 0.0.0.0 203.0.113.254
ip nat inside source list NAT interface GigabitEthernet0/1 overload
ip access-list extended NAT
 deny ip 10.1.0.0 0.0.255.255 10.2.0.0 0.0.255.255
 permit ip 10.1.0.0 0.0.255.255 any
access-list 101 permit ip 10.1.0.0 0.0.255.255 10.2.0.0 0.0.255.255
"""


def ios(text: str, base: DeviceSettings | None = None) -> DeviceSettings:
    """Return what an IOS router makes of `text`; any error fails the test."""
    return parse(text, "ios", "R1.cfg", base=base).settings


def asa(text: str, base: DeviceSettings | None = None) -> DeviceSettings:
    """Return what an ASA makes of `text`; any error fails the test."""
    return parse(text, "asa", "ASA1.cfg", base=base).settings


def problems(text: str, platform: str, severity: str | None = None) -> list[Problem]:
    """Return what is said about `text`, read leniently."""
    found = parse(text, platform, "x.cfg", lenient=True).problems
    return [problem for problem in found if severity in (None, problem.severity)]


def error(text: str, platform: str) -> Problem:
    """Return the only error that strict reading of `text` raises."""
    with pytest.raises(ConfigError) as caught:
        parse(text, platform, "x.cfg")
    errors = [problem for problem in caught.value.problems if problem.severity == "error"]
    assert len(errors) == 1, caught.value
    return errors[0]


def pointed_at(problem: Problem) -> str:
    """Return the word under the caret."""
    return problem.text[problem.column - 1 :].split(" ")[0]
