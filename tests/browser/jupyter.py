"""A JupyterLab of our own, and a notebook in it as a person at the keyboard has it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import ConsoleMessage, Locator, Page, Request, WebSocket, expect

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SETTINGS: Mapping[str, Mapping[str, object]] = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    # cells outside the window stay in the document, so that a test sees all outputs
    "notebook-extension/tracker": {"windowingMode": "none"},
}
PLACES = {
    "JUPYTER_CONFIG_DIR": "config",
    "JUPYTER_DATA_DIR": "data",
    "JUPYTER_RUNTIME_DIR": "runtime",
    "JUPYTERLAB_SETTINGS_DIR": "settings",
    "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
    "IPYTHONDIR": "ipython",
    "MPLCONFIGDIR": "matplotlib",
}
"""All that a person's own JupyterLab could bring in, or leave behind."""
WRONG = ", ".join(f'[data-mime-type="application/vnd.jupyter.{kind}"]' for kind in ("error", "stderr"))
NOISE = re.compile(r"favicon|ResizeObserver loop|WebGL|Automatic fallback to software")
"""Console errors that are the browser's own affair."""


def wait_for(what: str, ready: Callable[[], Any], timeout_s: float = 60.0) -> Any:
    """Poll until `ready` returns something true, and return it."""
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        if value := ready():
            return value
        time.sleep(0.05)
    raise TimeoutError(f"{what}: not within {timeout_s:.0f} s")


@dataclass
class LabServer:
    """A JupyterLab on a copy of the notebooks, on a port of its own, with settings of its own."""

    folder: Path
    notebooks: Path
    token: str = "lesson"
    python: str = sys.executable
    """Whose JupyterLab it is."""
    url: str = ""
    process: subprocess.Popen[bytes] | None = None

    def start(self, package: Path) -> None:
        """Start the server; kernels import the package that lies in the folder `package`."""
        home = self.folder / "jupyter"
        for plugin, values in SETTINGS.items():
            file = home / "settings" / "@jupyterlab" / f"{plugin}.jupyterlab-settings"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(values))
        env = {**os.environ, **{name: str(home / place) for name, place in PLACES.items()}}
        env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(package), env.get("PYTHONPATH")]))
        command = [self.python, "-m", "jupyterlab", "--no-browser", "--allow-root"]
        command += ["--ip=127.0.0.1", "--port=0"]
        command += [f"--IdentityProvider.token={self.token}", f"--ServerApp.root_dir={self.notebooks}"]
        with (self.folder / "server.log").open("wb") as log:
            self.process = subprocess.Popen(command, env=env, stdout=log, stderr=log, cwd=self.notebooks)
        runtime = home / "runtime"
        wait_for("JupyterLab", lambda: self.find_url(runtime))

    def find_url(self, runtime: Path) -> bool:
        """Read the address that the server chose, once it answers there."""
        assert self.process is not None
        if self.process.poll() is not None:
            raise RuntimeError((self.folder / "server.log").read_text())
        try:
            (info,) = runtime.glob("jpserver-*.json")
            self.url = json.loads(info.read_text())["url"]
            self.ask("api/status")
        except (ValueError, OSError):
            return False
        return True

    def ask(self, path: str, method: str = "GET") -> Any:
        """Ask the server's interface; the answer is decoded JSON, or None."""
        request = urllib.request.Request(f"{self.url}{path}", method=method)
        request.add_header("Authorization", f"token {self.token}")
        with urllib.request.urlopen(request, timeout=10) as answer:
            body = answer.read()
        return json.loads(body) if body else None

    def end_sessions(self) -> None:
        """End all kernels: they outlive the page, and keep the modules they have imported."""
        for session in self.ask("api/sessions"):
            self.ask(f"api/sessions/{session['id']}", method="DELETE")

    def stop(self) -> None:
        """End the server and its kernels."""
        if self.process is None or self.process.poll() is not None:
            return
        self.end_sessions()
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()


@dataclass
class Notebook:
    """A notebook that is open in the browser, with everything that went wrong around it."""

    page: Page
    server: LabServer
    complaints: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    to_kernel: list[str] = field(default_factory=list)
    """What the page has sent to kernels since it was opened, one entry per message."""

    def __post_init__(self) -> None:
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))
        self.page.on("request", self._on_request)
        self.page.on("websocket", self._on_websocket)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not NOISE.search(message.text):
            self.complaints.append(f"{message.text} ({message.location.get('url', '')})")

    def _on_request(self, request: Request) -> None:
        own = (self.server.url, self.server.url.replace("http", "ws", 1), "data:", "blob:")
        if not request.url.startswith(own):
            self.outside.append(request.url)

    def _on_websocket(self, socket: WebSocket) -> None:
        if "/channels" in socket.url:
            socket.on("framesent", lambda frame: self.to_kernel.append(str(frame)[:200]))

    def open(self, name: str, place: str = "lab/tree") -> None:
        """Open a notebook of the server's folder, and wait until its kernel really listens.

        `place` is ``lab/tree`` for JupyterLab, ``notebooks`` for Notebook 7.
        """
        self.page.goto(f"{self.server.url}{place}/{name}?token={self.server.token}&reset")
        self.page.locator(".jp-Notebook").wait_for(timeout=60_000)
        wait_for(f"the kernel of {name}", lambda: self._kernel_listens(name))

    def _kernel_listens(self, name: str) -> bool:
        # The page's own indicator says "idle" before there is a kernel; Run would then ask for one.
        self.page.wait_for_timeout(20)
        kernels = [entry["kernel"] for entry in self.server.ask("api/sessions") if entry["path"] == name]
        return any(kernel["execution_state"] == "idle" and kernel["connections"] > 0 for kernel in kernels)

    def run_all(self, timeout_s: float = 120.0) -> None:
        """Run all cells by the menu; wait for the last one, or for the one that stops the rest."""
        before = self.prompts()
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        counted = re.compile(r"^\[\d+\]:?$")

        def all_have_run() -> bool:
            self.page.wait_for_timeout(50)
            prompts = self.prompts()
            if not prompts or prompts == before or any("*" in prompt for prompt in prompts):
                return False
            return all(counted.match(prompt) for prompt in prompts) or bool(self.errors())

        wait_for("the last cell", all_have_run, timeout_s)

    def prompts(self) -> list[str]:
        """Return ``[1]:`` and so on for each code cell that is not empty; they count up with every run."""
        found: list[str] = self.page.evaluate(
            """() => [...document.querySelectorAll('.jp-CodeCell')]
               .filter(cell => cell.querySelector('.cm-content')?.textContent.trim())
               .map(cell => cell.querySelector('.jp-InputPrompt').textContent.trim())"""
        )
        return found

    def errors(self) -> list[str]:
        """Return the tracebacks and the text on stderr that stand in the outputs."""
        return self.page.locator(WRONG).all_inner_texts()

    def stage(self, number: int = 0) -> Locator:
        """Return the stage: the `number`-th on the page."""
        stage = self.page.get_by_role("group", name=re.compile(r"^Stage: ")).nth(number)
        stage.scroll_into_view_if_needed()
        return stage


def write_notebook(path: Path, *cells: str) -> str:
    """Write a notebook of code cells; return its name."""
    code: list[dict[str, object]] = [
        {"cell_type": "code", "id": f"cell-{i}", "source": cell, "metadata": {}}
        | {"outputs": [], "execution_count": None}
        for i, cell in enumerate(cells)
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = {"cells": code, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(notebook))
    return path.name


def copy_notebooks(source: Path, target: Path) -> Path:
    """Copy the notebooks, because JupyterLab saves by itself."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    return target


__all__ = [
    "CHROMIUM_FLAGS",
    "LabServer",
    "Notebook",
    "copy_notebooks",
    "expect",
    "wait_for",
    "write_notebook",
]
