"""Our own end, as a user starts it: ``ipsec-edu peer``."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

from tests.live.charon import Connection
from tests.live.namespaces import DAEMON, Namespaces, Process, wait_until

__all__ = ["Peer"]


class Peer:
    """A running ``ipsec-edu peer --json`` that fits `connection`, except where `options` say otherwise."""

    def __init__(self, where: Namespaces, connection: Connection, folder: Path, *options: str) -> None:
        octet = connection.octet
        words = {
            "--local": f"192.0.2.{octet}",
            "--remote": DAEMON,
            "--psk": connection.psk,
            "--mode": "aggressive" if connection.aggressive else "main",
            "--ike": connection.ike,
            "--esp": connection.esp,
            "--local-net": f"10.1.{octet}.0/24",
            "--remote-net": "10.2.0.0/24",
        }
        words |= dict(zip(options[::2], options[1::2], strict=True))
        # sudo hands over no variables: what this interpreter can import, that one should too.
        paths = f"PYTHONPATH={os.pathsep.join(filter(None, sys.path))}"
        command = ["env", paths, sys.executable, "-m", "ipsec_edu", "peer", "--json"]
        command += [word for pair in words.items() for word in pair]
        self.process = Process(where.left, command, folder, "peer")

    @property
    def story(self) -> str:
        """What it has told so far."""
        return self.process.err.read_text()

    def wait_for(self, pattern: str, limit_s: float = 10) -> None:
        """Wait until a line of the story matches."""
        wait_until(
            lambda: re.search(pattern, self.story) or self.process.ended(),
            f"{pattern!r} in {self.story}",
            limit_s,
        )
        assert re.search(pattern, self.story), self.story

    def result(self, limit_s: float = 10) -> dict[str, Any]:
        """Wait for its own end; return what it printed."""
        self.process.wait(limit_s)
        text = self.process.out.read_text()
        assert text, self.story
        result: dict[str, Any] = json.loads(text)
        return result

    def finish(self) -> dict[str, Any]:
        """Tell it to take leave; return what it printed."""
        self.process.signal("INT")
        return self.result()
