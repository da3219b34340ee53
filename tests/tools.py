"""The programs that some tests drive, and where they are."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

TOOLS = {
    "tshark": (["tshark"], "tshark"),
    "browser": (["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"], "chromium"),
    "live": (["/usr/lib/ipsec/charon", "/usr/libexec/ipsec/charon"], "strongswan-charon strongswan-swanctl"),
}
"""For a marker: programs of which one is enough, and the Debian packages that bring it."""


def find_tool(marker: str) -> str | None:
    """Return the path of the program that tests with this marker drive, or None."""
    return next((path for path in map(shutil.which, TOOLS[marker][0]) if path), None)


def find_browser() -> str | None:
    """Return a browser: the one named in IPSEC_EDU_BROWSER, the system's, or Playwright's own (\"\")."""
    named = os.environ.get("IPSEC_EDU_BROWSER") or find_tool("browser")
    if named:
        return named
    home = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache/ms-playwright")
    return "" if any(home.glob("chromium-*")) else None
