"""The forms in which configuration text arrives: printed, typed, pasted, half destroyed."""

from __future__ import annotations

import pytest

from ipsec_edu.config import parse, running_config, split_devices
from tests.config.helpers import ASA1, R1, asa, error, ios, pointed_at, problems


def warnings(text: str, platform: str = "ios") -> str:
    return " | ".join(problem.message for problem in problems(text, platform, "warning"))


@pytest.mark.parametrize(("text", "read"), [(R1, ios), (ASA1, asa)])
def test_no_indentation_at_all(text, read):
    flat = "\n".join(line.strip() for line in text.splitlines())
    assert read(flat) == read(text)


@pytest.mark.parametrize(("text", "read"), [(R1, ios), (ASA1, asa)])
def test_every_line_indented_or_with_tabs_and_many_blanks(text, read):
    assert read("\n".join("   " + line for line in text.splitlines())) == read(text)
    assert read("\n".join("\t" + line.strip().replace(" ", " \t  ") for line in text.splitlines())) == read(
        text
    )


@pytest.mark.parametrize("ending", ["\r\n", "\r", "  \n", "\n\n", "\n!\n", "\n ! comment, interface g0/9\n"])
def test_line_ends_blanks_and_comments_between(ending):
    assert ios(R1.replace("\n", ending)) == ios(R1)


def test_a_comment_line_does_not_end_a_mode():
    assert ios("crypto isakmp policy 1\n! strong\n!\ngroup 14").ike_policies[1].group == 14


def test_a_byte_order_mark_at_the_start_and_in_the_middle():
    assert ios(
        "\ufeff" + R1.replace("interface GigabitEthernet0/1", "\ufeffinterface GigabitEthernet0/1")
    ) == ios(R1)


def test_a_prompt_before_every_line():
    text = "\n".join(f"R1(config-if)#{line.strip()}" for line in R1.splitlines())
    assert ios(text) == ios(R1)
    assert asa("\n".join(f"ASA1/pri/act(config)# {line.strip()}" for line in ASA1.splitlines())) == asa(ASA1)


def test_a_global_command_typed_at_the_prompt_of_another_mode():
    s = ios(
        "R1(config)#crypto isakmp policy 1\nR1(config-isakmp)#group 2\nR1(config-isakmp)#crypto isakmp key "
        "K address 10.0.0.1"
    )
    assert (s.ike_policies[1].group, s.keys[0].key) == (2, "K")


def test_the_header_of_a_printed_configuration():
    text = (
        "R1#sh run\nBuilding configuration...\n\nCurrent configuration : 2049 bytes\n!\n! Last "
        f"configuration change\n{R1}end\n\nR1#"
    )
    assert ios(text) == ios(R1)


def test_header_and_footer_of_an_asa():
    text = (
        f": Saved\n:\n: Serial Number: 123\nASA Version 9.8(2)\n!\n{ASA1}Cryptochecksum:0123456789\n: end\n"
    )
    assert asa(text) == asa(ASA1)


def test_text_after_end_belongs_to_nothing():
    assert "stands after `end`" in error(R1 + "end\nhostname R9", "ios").message
    assert ios(R1 + "end\nconf t\nip cef\nno ip route 0.0.0.0 0.0.0.0").routes == []
    assert "text after `end`" in warnings(R1 + "end\nsome closing words here")


def test_exit_leaves_one_mode():
    s = ios("crypto isakmp policy 1\n group 2\n exit\nexit\nhostname R1")
    assert (s.ike_policies[1].group, s.hostname) == (2, "R1")
    assert "belongs below" in error("crypto isakmp policy 1\nexit\ngroup 2", "ios").message


def test_leaving_one_level_of_an_address_family_only():
    s = ios(
        "router eigrp LAB\n address-family ipv4 unicast autonomous-system 100\n  af-interface Tunnel0\n   "
        "no split-horizon\n"
        "  exit-af-interface\n  network 10.0.0.0\n exit-address-family\ninterface Tunnel0\n no ip address"
    )
    (family,) = s.lines["router eigrp LAB"].values()
    assert "network 10.0.0.0" in family
    assert "no split-horizon" in family["af-interface Tunnel0"]


def test_a_global_command_with_leading_blanks():
    s = ios(
        "interface g0/0\n ip address 10.0.0.1 255.0.0.0\n interface g0/1\n ip address 192.0.2.1 255.255.255.0"
    )
    assert len(s.interfaces) == 2


def test_the_same_interface_opened_twice_is_merged():
    s = ios("interface g0/0\n ip address 10.0.0.1 255.0.0.0\n mtu 1400\ninterface Gi 0/0\n mtu 1300")
    (i,) = s.interfaces.values()
    assert (i.mtu, i.length) == (1300, 8)


def test_exec_commands_and_their_output_in_the_middle():
    text = (
        "hostname R1\ninterface g0/0\n do show ip int brief\nInterface   IP-Address  OK? Method\nGig0/0 "
        "up up manual\n shutdown\nR1#ping 10.0.0.1\n!!!!!\nSuccess rate is 100 percent\n"
    )
    parsed = parse(text, "ios")
    assert parsed.settings.interfaces["GigabitEthernet0/0"].shutdown
    (notice,) = parsed.problems
    assert (notice.severity, notice.line) == ("warning", 3)


@pytest.mark.parametrize(
    "line",
    [
        "write memory",
        "wr",
        "copy run start",
        "reload",
        "show version",
        "sh run | sec eigrp",
        "debug crypto isakmp",
        "un all",
        "clear crypto sa",
        "conf t",
        "en",
    ],
)
def test_commands_of_the_prompt_without_a_prompt(line):
    assert "exec commands" in warnings(f"hostname R1\n{line}\ninterface g0/0")


def test_a_short_word_means_what_its_mode_says():
    assert ios("interface g0/0\n no sh").interfaces["GigabitEthernet0/0"].shutdown is False
    assert ios("interface g0/0\n sh").interfaces["GigabitEthernet0/0"].shutdown is True
    assert ios("crypto isakmp policy 1\n en 3des").ike_policies[1].encryption == "3des"


@pytest.mark.parametrize("quit_line", ["  quit", "quit"])
def test_certificates_are_skipped(quit_line):
    text = (
        "crypto pki certificate chain TP\n certificate self-signed 01\n  30820229 30820192 A0030201 "
        f"02020101\n  300D0609 2A864886\n{quit_line}\nhostname R1"
    )
    s = ios(text)
    assert s.hostname == "R1"
    assert "30820229" in running_config(s)


def test_typographic_characters_are_read_as_plain_ones():
    text = "crypto isakmp key \u201cs3cret\u201d address\u00a0203.0.113.2"
    assert ios(text).keys[0].key == '"s3cret"'
    assert "typographic" in warnings(text)
    assert warnings("interface g0/0\n description \u201cISP\u201d") == ""


def test_remains_of_web_pages():
    text = (
        "<pre>\nhostname&#x20;R1\nip access-list extended VPN\\_LAN\n permit ip any any</code>\n</pre>\n```"
    )
    assert list(ios(text).acls) == ["VPN_LAN"]
    assert "web page" in warnings(text)


def test_characters_outside_ascii_are_named():
    assert ios(
        "interface g0/0\n description caf\u00e9 \u2192 ISP\n! \u043a\u043e\u043c\u043c\u0435\u043d\u0442"
    ).interfaces
    assert "U+00E9" in error("int\u00e9rface g0/0", "ios").message


def test_the_pager_is_stripped():
    assert ios(
        "hostname R1\n --More-- \x08\x08\x08\x08\x08\x08\x08\x08\x08        \x08\x08\x08interface g0/0\n "
        "shutdown"
    ).interfaces
    assert asa("hostname A\n<--- More --->\r              \rinterface g0/0").interfaces


def test_rulers_and_omissions_are_one_warning():
    found = warnings("hostname R1\n...\n------\n<snip>\ninterface g0/0\n")
    assert "3 line(s) are rulers" in found
    assert " | " not in found


@pytest.mark.parametrize("line", ["# Tokyo", "// main router", "#"])
def test_other_people_s_comment_signs(line):
    assert problems(f"{line}\nhostname R1", "ios") == []


def test_a_comment_behind_a_command():
    assert ios("hostname R1 ! main").hostname == "R1"
    assert ios("crypto isakmp key a!b address 10.0.0.1").keys[0].key == "a!b"
    assert ios("crypto isakmp key ! address 10.0.0.1").keys[0].key == "!"
    assert ios("hostname R1 // main").hostname == "R1"
    assert "comment" in warnings("hostname R1 # main")


@pytest.mark.parametrize("word", ["<peer-ip>", "a.a.a.a", "X.X.X.X", "x.x.x.x"])
def test_placeholders_are_called_so(word):
    assert (
        "placeholder, not an address"
        in error(f"crypto map M 1 ipsec-isakmp\n set peer {word}", "ios").message
    )


@pytest.mark.parametrize(
    "text",
    [
        "hostname {{ name }}",
        "crypto isakmp key %s address 10.0.0.1",
        "hostname ${NAME}",
        "ip route 0.0.0.0 0.0.0.0 $NEXT_HOP",
        "<xsl:value-of select='x'/>",
    ],
)
def test_templates_are_called_so(text):
    assert any("template" in problem.message for problem in problems(text, "ios"))


@pytest.mark.parametrize(
    ("system", "text"),
    [
        ("Junos", "set system host-name R1\nset interfaces ge-0/0/0 unit 0"),
        ("NX-OS", "feature ospf\nvrf context management"),
        ("IOS XR", "!! IOS XR Configuration 6.0\nrouter static\n address-family ipv4 unicast"),
        ("Arista EOS", "! device: leaf1 (DCS-7050, EOS-4.20)\ninterface Ethernet1"),
        ("FortiOS", "config system interface\nedit port1"),
        ("FTD", "NGFW Version 6.2\nhostname ftd"),
    ],
)
def test_other_systems_are_named(system, text):
    assert any(f"configuration of {system}" in problem.message for problem in problems(text, "ios"))


def test_the_other_platform_is_named():
    assert "configuration of an ASA" in warnings(ASA1, "ios")
    assert "configuration of an IOS router" in warnings(R1, "asa")
    assert "configuration of" not in warnings(R1, "ios") + warnings(ASA1, "asa")


def test_several_devices_in_one_paste():
    text = "hostname R1\ninterface g0/0\n shutdown\nhostname R2\ninterface g0/1\n shutdown\n"
    assert "R1 from line 1, R2 from line 4" in error(text, "ios").message
    cut = split_devices("! lab\n" + text)
    assert [name for name, _ in cut] == ["R1", "R2"]
    assert [list(ios(part).interfaces) for _, part in cut] == [["GigabitEthernet0/0"], ["GigabitEthernet0/1"]]
    assert "".join(part for _, part in cut) == "! lab\n" + text


@pytest.mark.parametrize(
    ("short", "long"),
    [
        (
            "int g0/1\n ip add 10.0.0.1 255.0.0.0\n no shut\n desc x",
            "interface GigabitEthernet0/1\n ip address 10.0.0.1 255.0.0.0\n no shutdown\n description x",
        ),
        (
            "inter gig 0/1\n ip addr 10.0.0.1 255.0.0.0",
            "interface GigabitEthernet0/1\n ip address 10.0.0.1 255.0.0.0",
        ),
        ("host R1", "hostname R1"),
        ("int f0/0.10\n encap dot1q 10", "interface FastEthernet0/0.10\n encapsulation dot1Q 10"),
        (
            "cry isa pol 1\n enc aes 256\n ha md5\n auth pre\n gr 2",
            "crypto isakmp policy 1\n encryption aes 256\n hash md5\n authentication pre-share\n group 2",
        ),
        ("cry isa key K add 10.0.0.1", "crypto isakmp key K address 10.0.0.1"),
        (
            "cry map M 1 ipsec-i\n set pe 10.0.0.1\n set tr T\n mat add 101",
            "crypto map M 1 ipsec-isakmp\n set peer 10.0.0.1\n set transform-set T\n match address 101",
        ),
        ("acc 101 per ip any any", "access-list 101 permit ip any any"),
        ("ip acc ext X\n per ip any any", "ip access-list extended X\n permit ip any any"),
        (
            "rou os 1\n net 10.0.0.0 0.255.255.255 a 0\n pass def",
            "router ospf 1\n network 10.0.0.0 0.255.255.255 area 0\n passive-interface default",
        ),
        (
            "router ospf 1\n redis sta sub\nint g0/0\n ip os 1 ar 0\n ip os net point-to-p\n "
            "ip os dead min hello 4",
            "router ospf 1\n redistribute static subnets\ninterface g0/0\n ip ospf 1 area 0\n "
            "ip ospf network point-to-point\n ip ospf dead-interval minimal hello-multiplier 4",
        ),
        (
            "route-m X per 10\n mat ip add pre P\n set metric-t type-1\nip pref P per 10.0.0.0/8",
            "route-map X permit 10\n match ip address prefix-list P\n set metric-type type-1\n"
            "ip prefix-list P permit 10.0.0.0/8",
        ),
        (
            "ip sla 1\n icmp-e 10.0.0.1 source-i g0/0\n freq 5\nip sla sch 1 li f st n\n"
            "tra 1 ip sla 1 rea\n del d 5 u 3\ntra 4 lis b o\n obj 1",
            "ip sla 1\n icmp-echo 10.0.0.1 source-interface g0/0\n frequency 5\n"
            "ip sla schedule 1 life forever start-time now\n"
            "track 1 ip sla 1 reachability\n delay down 5 up 3\ntrack 4 list boolean or\n object 1",
        ),
        (
            "router eig 100\n net 10.0.0.0\n redis static",
            "router eigrp 100\n network 10.0.0.0\n redistribute static",
        ),
        (
            "int tu0\n tun so e0/0\n tun destin 10.0.0.1\n tun mode gre mul\n tun prot ipsec prof P",
            "interface Tunnel0\n tunnel source Ethernet0/0\n tunnel destination 10.0.0.1\n tunnel mode gre "
            "multipoint\n tunnel protection ipsec profile P",
        ),
        ("int g0/0\n standb 1 pre", "interface g0/0\n standby 1 preempt"),
        ("Interface Gi0/0\nShutdown\nHostname R1", "interface GigabitEthernet0/0\n shutdown\nhostname R1"),
    ],
)
def test_abbreviations_mean_the_whole_word(short, long):
    assert ios(short) == ios(long)


def test_an_ambiguous_beginning_is_refused():
    problem = error("crypto isakmp policy 1\n authentication rsa", "ios")
    assert problem.message.startswith('% Ambiguous command: "authentication rsa"')
    assert "`rsa-encr` or `rsa-sig`" in problem.message
    assert pointed_at(problem) == "rsa"
    assert ios("crypto isakmp policy 1\n authentication rsa-s").ike_policies[1].authentication == "rsa-sig"
