"""The tunnels that are built with the daemon: one connection each, told apart by our address."""

from __future__ import annotations

from tests.live.charon import Connection

__all__ = ["CONNECTIONS", "TUNNELS"]

AES256, AES128, DES3 = "aes256-sha1-modp1536", "aes128-sha256-modp2048", "3des-md5-modp1024"

TUNNELS = {
    "main": Connection(101),
    "pfs": Connection(102, esp="aes256-sha1-modp1536"),
    "aes128-sha256": Connection(103, AES128, "aes128-sha256"),
    "3des-md5": Connection(104, DES3, "3des-md5"),
    "aggressive": Connection(105, aggressive=True),
}
"""Tunnels that come up, by what is special about them."""

CONNECTIONS = {
    **TUNNELS,
    "psk": Connection(110, psk="only the daemon knows"),
    "ike-proposal": Connection(111, AES128),
    "esp-proposal": Connection(112, esp="3des-md5"),
    "selectors": Connection(113, remote_net="10.99.0.0/24"),
    "dpd": Connection(114, dpd=(1, 3)),
    "dpd-ours": Connection(115),
    "rekey": Connection(116),
    "psk-responder": Connection(117, psk="only the daemon knows"),
}
