"""Makes the README's pictures from the product itself: ``make pictures``."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from ipsec_edu import Lab

HERE = Path(__file__).parent
FAULTS = ["30 cut ASA1:GigabitEthernet0/1", "60 mend ASA1:GigabitEthernet0/1"]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
MOMENT_S = 41.5
"""Two of three R-U-THERE are unanswered: the stage has most to say."""


def browser_path() -> str | None:
    """Return the browser to drive: the one named in IPSEC_EDU_BROWSER, or the system's."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("IPSEC_EDU_BROWSER") or next(filter(None, map(shutil.which, names)), None)


def main() -> int:
    """Draw ``docs/stage.png``; say what is missing if there is no browser."""
    path = browser_path()
    if path is None:
        print("no browser to draw with: sudo apt install chromium", file=sys.stderr)
        return 1
    run = Lab.load("site-to-site").run(faults=FAULTS)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        page_file = Path(folder) / "stage.html"
        run.export_html(page_file, faults=[], start=MOMENT_S)
        chrome = play.chromium.launch(executable_path=path, headless=True, args=FLAGS)
        page = chrome.new_page(viewport={"width": 1100, "height": 760}, device_scale_factor=2)
        page.goto(page_file.as_uri())
        stage = page.get_by_role("group", name="Stage: site-to-site")
        stage.wait_for()
        stage.screenshot(path=HERE / "stage.png")
        chrome.close()
    print(f"wrote {HERE / 'stage.png'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
