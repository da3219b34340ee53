"""strongSwan's charon with a configuration, a control socket and a log of its own."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.live.namespaces import DAEMON, Namespaces, Process, wait_until
from tests.tools import find_tool

__all__ = ["Charon", "Connection"]

# ESP in userspace over a TUN device (kernel-libipsec before kernel-netlink): no kernel has to know ESP.
SETTINGS = """
charon {{
  i_dont_care_about_security_and_use_aggressive_mode_psk = yes
  load = random nonce aes des sha1 sha2 md5 hmac kdf gmp openssl {plugins} socket-default vici updown
  plugins {{
    vici {{
      socket = unix://{socket}
    }}
    kernel-libipsec {{
      load = yes
    }}
  }}
  filelog {{
    log {{
      path = /dev/stdout
      flush_line = yes
      ike_name = yes
      default = 1
      enc = 1
      net = 1
      cfg = 2
    }}
  }}
}}
"""
KERNEL = "kernel-libipsec kernel-netlink"


@dataclass(frozen=True, slots=True)
class Connection:
    """What the daemon is told about the peer at 192.0.2.`octet`; the child protects 10.1.`octet`.0/24."""

    octet: int
    ike: str = "aes256-sha1-modp1536"
    esp: str = "aes256-sha1"
    aggressive: bool = False
    psk: str = "well known"
    dpd: tuple[int, int] | None = None
    remote_net: str | None = None

    def text(self) -> str:
        """Return the section of ``swanctl.conf``."""
        dpd = f"dpd_delay = {self.dpd[0]}s\n  dpd_timeout = {self.dpd[1]}s" if self.dpd else ""
        return f"""
 c{self.octet} {{
  version = 1
  aggressive = {"yes" if self.aggressive else "no"}
  local_addrs = {DAEMON}
  remote_addrs = 192.0.2.{self.octet}
  proposals = {self.ike}
  {dpd}
  local {{
   auth = psk
   id = {DAEMON}
  }}
  remote {{
   auth = psk
   id = 192.0.2.{self.octet}
  }}
  children {{
   n{self.octet} {{
    local_ts = 10.2.0.0/24
    remote_ts = {self.remote_net or f"10.1.{self.octet}.0/24"}
    esp_proposals = {self.esp}
    dpd_action = clear
   }}
  }}
 }}
"""

    def secret(self) -> str:
        return f' ike-{self.octet} {{\n  id = 192.0.2.{self.octet}\n  secret = "{self.psk}"\n }}\n'


class Charon:
    """A running daemon."""

    def __init__(self, where: Namespaces, connections: list[Connection], folder: Path) -> None:
        self.connections = {connection.octet: connection for connection in connections}
        self._enter = where.right
        self._socket = folder / "vici"
        charon = find_tool("live")
        swanctl = shutil.which("swanctl") or shutil.which("swanctl", path="/usr/sbin")
        assert charon is not None and swanctl is not None
        # Copies, because a profile of AppArmor would keep the installed ones from reading this folder.
        self._swanctl = shutil.copy(swanctl, folder / "swanctl")
        program = shutil.copy(charon, folder / "charon")
        settings = folder / "strongswan.conf"
        settings.write_text(SETTINGS.format(socket=self._socket, plugins=KERNEL))
        self._config = folder / "swanctl.conf"
        sections = "".join(connection.text() for connection in connections)
        secrets = "".join(connection.secret() for connection in connections)
        self._config.write_text(f"connections {{{sections}}}\nsecrets {{\n{secrets}}}\n")
        command = ["env", f"STRONGSWAN_CONF={settings}", program]
        self.process = Process(self._enter, command, folder, "charon")
        try:
            wait_until(lambda: self.process.ended() or self._socket.exists(), "charon's socket")
            loaded = self.control("--load-all", "--noprompt", "--file", str(self._config))
            assert "successfully loaded" in loaded, loaded + self.log[-2000:]
        except BaseException:
            self.close()
            raise

    @property
    def log(self) -> str:
        return self.process.out.read_text(errors="replace")

    @property
    def version(self) -> str:
        """What the daemon calls itself: ``strongSwan 5.9.8``."""
        found = re.search(r"\((strongSwan [^,]+),", self.log)
        return found[1] if found else "strongSwan"

    def control(self, *words: str, limit_s: float = 15) -> str:
        """Run ``swanctl``; return all that it said."""
        command = [*self._enter, self._swanctl, *words, "--uri", f"unix://{self._socket}"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit_s)
        return done.stdout + done.stderr

    def initiate(self, octet: int, limit_s: int = 5) -> str:
        """Make the daemon begin; return what it said (after `limit_s` seconds, if it takes longer)."""
        return self.control("--initiate", "--child", f"n{octet}", "--timeout", str(limit_s))

    def sas(self, octet: int) -> str:
        """Return what the daemon lists for the peer: empty where it holds nothing."""
        return self.control("--list-sas", "--ike", f"c{octet}")

    def ping(self, target: str) -> bool:
        """Ping from the daemon's protected address."""
        command = [*self._enter, "ping", "-c", "1", "-W", "3", "-I", "10.2.0.1", target]
        return subprocess.run(command, capture_output=True).returncode == 0

    def wait_for(self, pattern: str, limit_s: float = 10) -> None:
        """Wait until a line of the log matches."""
        wait_until(
            lambda: re.search(pattern, self.log), f"{pattern!r} in charon's log: {self.log[-3000:]}", limit_s
        )

    def close(self) -> None:
        self.process.stop()
