"""Makes the README's pictures from the product itself, a still and an animation: ``make pictures``."""

from __future__ import annotations

import io
import os
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from ipsec_edu import Lab
from ipsec_edu.core.units import to_us

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

STORY = [
    *((1.02 + 0.04 * step, 200) for step in range(9)),
    *((20.0, 700), (29.5, 500), (30.5, 900), (34.0, 900), (36.0, 500), (38.0, 500)),
    *((39.5, 900), (41.5, 900), (43.5, 900), (45.5, 1200), (46.02, 500), (50.0, 700), (54.02, 500)),
    *((58.0, 700), (60.5, 900)),
    *((62.02 + 0.04 * step, 200) for step in range(8)),
    *((63.06, 900), (75.0, 1600)),
]
"""The animation: moments in seconds, and how long each is shown in milliseconds."""


def animation(page: Page, file: Path) -> None:
    """Write the story of a tunnel that dies and comes back as a GIF."""
    stage = page.get_by_role("group", name="Stage: site-to-site")
    page.wait_for_function("Boolean(window.stage && window.stage.seek)")
    frames = []
    for moment_s, _ in STORY:
        page.evaluate("t => window.stage.seek(t)", to_us(moment_s))
        frames.append(Image.open(io.BytesIO(stage.screenshot())).convert("RGB"))
    palette = frames[16].quantize(128)
    pictures = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    shown_ms = [shown for _, shown in STORY]
    pictures[0].save(
        file, save_all=True, append_images=pictures[1:], duration=shown_ms, loop=0, optimize=True
    )


def browser_path() -> str | None:
    """Return the browser to drive: the one named in IPSEC_EDU_BROWSER, or the system's."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("IPSEC_EDU_BROWSER") or next(filter(None, map(shutil.which, names)), None)


def main() -> int:
    """Draw ``docs/stage.png`` and ``docs/stage.gif``; say what is missing if there is no browser."""
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
        small = chrome.new_page(viewport={"width": 900, "height": 720})
        small.goto(page_file.as_uri())
        animation(small, HERE / "stage.gif")
        chrome.close()
    print(f"wrote {HERE / 'stage.png'} and {HERE / 'stage.gif'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
