"""Two network namespaces joined by a cable: in one of them a daemon, in the other our peer.

Made with the rights that are there: as root, by ``sudo`` without a password, or in a user
namespace. Nothing outside the namespaces changes, and they end with the processes that hold them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

__all__ = ["DAEMON", "LEFT", "Namespaces", "Process", "wait_until"]

DAEMON = "192.0.2.1"
"""The daemon's address."""
LEFT = range(101, 140)
"""Last octets of the addresses at our end: a scenario has one of its own."""


def wait_until(condition: Callable[[], object], what: str, limit_s: float = 10) -> None:
    """Wait for a condition; fail with what it was."""
    end = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited {limit_s:g} s in vain for {what}")
        time.sleep(0.02)  # between two looks; nothing depends on its length


def _works(*command: str) -> bool:
    return (
        shutil.which(command[0]) is not None and not subprocess.run(command, capture_output=True).returncode
    )


class Process:
    """A program in a namespace whose output goes to files, and whose real pid is known."""

    def __init__(self, enter: Sequence[str], command: Sequence[str], folder: Path, name: str) -> None:
        self.out, self.err = folder / f"{name}.out", folder / f"{name}.err"
        self._pid_file = folder / f"{name}.pid"
        self._enter = enter
        # Should this interpreter be killed, nobody is left to end the program: it asks the kernel to.
        script = 'echo $$ > "$0"; exec setpriv --pdeathsig KILL "$@"'
        start = ["sh", "-c", script, str(self._pid_file), *command]
        with self.out.open("wb") as out, self.err.open("wb") as err:
            self._popen = subprocess.Popen(
                [*enter, *start], stdin=subprocess.PIPE, stdout=out, stderr=err, start_new_session=True
            )
        wait_until(lambda: self._pid_file.exists() and self._pid_file.read_text().strip(), f"{name} to start")
        self.pid = self._pid_file.read_text().strip()

    def signal(self, name: str) -> None:
        """Send a signal, with the rights of whoever runs the program."""
        pids = self.pid
        if name == "CONT":  # sudo stops itself when its child is stopped
            pids += f" {self._popen.pid}"
        subprocess.run([*self._enter, "sh", "-c", f"kill -{name} {pids}"], capture_output=True)

    def ended(self) -> bool:
        return self._popen.poll() is not None

    def wait(self, limit_s: float = 10) -> int:
        """Return the exit status."""
        return self._popen.wait(limit_s)

    def stop(self) -> None:
        """End the program, one way or the other."""
        if self._popen.stdin is not None:
            self._popen.stdin.close()
        for name in ("CONT", "TERM", "KILL"):
            if self.ended():
                return
            self.signal(name)
            try:
                self._popen.wait(0.01 if name == "CONT" else 5)
            except subprocess.TimeoutExpired:
                continue


class Namespaces:
    """The two namespaces; `left` and `right` are the words in front of a command that run it there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._holders: list[Process] = []
        rights, user = self.rights()
        left = Process([*rights, "unshare", *user, "-m", "-n"], ["cat"], folder, "left")
        self._holders.append(left)
        own = ["-U", "--preserve-credentials"] if user else []
        # The second is made from within the first, so that one user namespace owns both.
        within = [*rights, "nsenter", "-t", left.pid, *own]
        right = Process([*within, *([] if user else ["-m"]), "unshare", "-m", "-n"], ["cat"], folder, "right")
        self._holders.append(right)
        self.left = [*rights, "nsenter", "-t", left.pid, *own, "-m", "-n"]
        self.right = [*rights, "nsenter", "-t", right.pid, *own, "-m", "-n"]
        try:
            self._cable(left.pid)
        except BaseException:
            self.close()
            raise

    @staticmethod
    def rights() -> tuple[list[str], list[str]]:
        """Return what to put in front of ``unshare``, and its options, to be allowed to make namespaces.

        RuntimeError says what this machine forbids.
        """
        if not Path("/dev/net/tun").exists():
            raise RuntimeError(
                "no /dev/net/tun: the daemon does ESP in userspace and needs it (modprobe tun)"
            )
        if os.geteuid() == 0 and _works("unshare", "-m", "-n", "true"):
            return [], []
        if _works("sudo", "-n", "unshare", "-m", "-n", "true"):
            return ["sudo", "-n"], []
        if _works("unshare", "-Ur", "-m", "-n", "true"):
            return [], ["-Ur"]
        raise RuntimeError("no namespaces: neither root, nor sudo without password, nor user namespaces")

    def _cable(self, left_pid: str) -> None:
        def run(enter: list[str], text: str) -> None:
            for line in text.strip().splitlines():
                done = subprocess.run([*enter, *line.split()], capture_output=True, text=True)
                if done.returncode:
                    raise RuntimeError(f"{line.strip()}: {done.stderr.strip()}")

        run(
            self.right,
            f"""
            mount -t tmpfs tmpfs /run
            ip link set lo up
            ip link add wire type veth peer name wire netns {left_pid}
            ip addr add {DAEMON}/24 dev wire
            ip addr add 10.2.0.1/32 dev lo
            ip link set wire up
            """,
        )
        addresses = "\n".join(f"ip addr add 192.0.2.{octet}/24 dev wire" for octet in LEFT)
        run(self.left, f"ip link set lo up\nip link set wire up\n{addresses}")

    def close(self) -> None:
        for holder in reversed(self._holders):
            holder.stop()
