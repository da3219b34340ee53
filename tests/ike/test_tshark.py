"""Wireshark's dissector, with the key, reads our messages as what they are."""

import shutil
import struct
import subprocess
from dataclasses import replace

import pytest

from ipsec_edu.core.units import SECOND
from ipsec_edu.ike.crypto import RealCrypto
from tests.ike.pair import POLICY, A, B, change_child, change_peer, network, settings, want

pytestmark = pytest.mark.tshark


def pcap(messages):
    """Return a capture (raw IPv4) of datagrams."""
    out = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)]
    for index, message in enumerate(messages):
        udp = struct.pack(">HHHH", message.local_port, message.remote_port, 8 + len(message.data), 0)
        udp += message.data
        ip = struct.pack(
            ">BBHHHBBHII", 0x45, 0, 20 + len(udp), index, 0, 64, 17, 0, message.local, message.remote
        )
        frame = ip + udp
        out.append(struct.pack("<IIII", index, 0, len(frame), len(frame)) + frame)
    return b"".join(out)


def dissect(tmp_path, messages, cookie, key):
    """Return tshark's words about the messages, decrypted with the key."""
    if shutil.which("tshark") is None:
        pytest.fail("tshark is missing: install the package tshark")
    profile = tmp_path / "wireshark"
    profile.mkdir(parents=True)
    (profile / "ikev1_decryption_table").write_text(f"{cookie.hex()},{key.hex()}\n")
    capture = tmp_path / "x.pcap"
    capture.write_bytes(pcap(messages))
    return subprocess.run(
        ["tshark", "-r", str(capture), "-V", "-O", "isakmp"],
        capture_output=True,
        text=True,
        check=True,
        env={"XDG_CONFIG_HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
    ).stdout


def session(mode, cipher, digest):
    policies = (replace(POLICY, encryption=cipher[0], key_bits=cipher[1], hash=digest),)
    a = change_child(change_peer(settings(A), mode=mode), pfs_group=5)
    net = network(replace(a, policies=policies), replace(settings(B), policies=policies), RealCrypto())
    want(net)
    net.run_until(25 * SECOND)
    keys = net.cores[0].ike_sas[0].keys
    net.cores[0].terminate(None, net.now_us)
    net.run_until(26 * SECOND)
    return net, keys


@pytest.mark.parametrize(
    ("mode", "cipher", "digest"),
    [
        ("main", ("3des", 0), "md5"),
        ("aggressive", ("aes", 128), "sha256"),
    ],
)
def test_tshark_decrypts_everything_and_finds_nothing_malformed(tmp_path, mode, cipher, digest):
    net, keys = session(mode, cipher, digest)
    messages = net.messages()
    cookie = messages[0].cookies[0]
    text = dissect(tmp_path / "right", messages, cookie, keys.cipher_key)
    assert text.count("Internet Security Association and Key Management Protocol") == len(messages)
    assert "alformed" not in text and "[Expert Info (Error" not in text
    assert text.count("Payload: Hash (8)") == sum("HASH" in m.payloads for m in messages)
    assert "Transform ID: AES (12)" in text and "ID_IPV4_SUBNET: 255.255.255.0" in text
    assert "R-U-THERE-ACK" in text and "Payload: Delete (12)" in text


def test_with_another_key_nothing_of_quick_mode_is_legible(tmp_path):
    net, keys = session("main", ("aes", 256), "sha1")
    messages = [m for m in net.messages() if m.exchange != "informational"]
    wrong = dissect(tmp_path, messages, messages[0].cookies[0], bytes(len(keys.cipher_key)))
    assert "KEY_IKE" in wrong and "Transform ID: AES (12)" not in wrong
