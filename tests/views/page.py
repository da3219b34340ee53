"""Show a stage in a browser page that is nothing but the stage; also by hand: ``python -m tests.views.page OUT``."""

# ruff: noqa: E501 - records and snippets of script read better on one line

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ipsec_edu.views.assets import standalone_page
from ipsec_edu.views.compare_data import Comparison
from ipsec_edu.views.stage_data import stage_data
from tests.tools import find_browser
from tests.views.fixture_run import run_faults, sample_run

ARGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
SHELL = {
    "light": "",
    "dark": "document.body.dataset.jpThemeLight='false';"
    "document.body.style.setProperty('--jp-layout-color1','#212121');"
    "document.body.style.setProperty('--jp-brand-color1','#2196f3');",
}


@contextmanager
def browser() -> Iterator[Any]:
    """Start Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        chrome = play.chromium.launch(executable_path=find_browser() or None, headless=True, args=list(ARGS))
        try:
            yield chrome
        finally:
            chrome.close()


def open_stage(
    chrome: Any,
    run: Any = None,
    *,
    width: int = 1024,
    height: int = 900,
    theme: str = "light",
    live: bool = True,
    start: float = 0.0,
    data: Any = None,
    answers: Any = run_faults,
    font: str = "",
    compact: bool = False,
    **context: Any,
) -> Any:
    """Open a page with a stage whose kernel is this process; messages of its console are in ``page.complaints``."""
    page = chrome.new_context(viewport={"width": width, "height": height}, **context).new_page()
    page.complaints = []
    page.requests = []
    page.on("console", lambda m: page.complaints.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda e: page.complaints.append(str(e)))

    def ask(request: Any) -> Any:
        page.requests.append(request)
        try:
            made, other = answers(request["faults"]), request.get("compare")
            if other:
                both = Comparison(answers(other["faults"]), made, fork_us=other["fork"])
                return ["data", {**both.data(), "reply": request["id"]}]
            return ["data", {**stage_data(made), "reply": request["id"]}]
        except ValueError as error:
            return [
                "error",
                {"title": "The run failed.", "text": str(error), "hint": "", "reply": request["id"]},
            ]

    page.expose_function("askPython", ask)
    made = data if data is not None else stage_data(run if run is not None else sample_run())
    html = standalone_page(made, live=live, start=start, compact=compact)
    html = html.replace(
        "</html>",
        "<script>window.ask = async (r) => { const [n, v] = await window.askPython(r); window.answer(n, v); };</script></html>",
    )
    page.set_content(html)
    if theme == "dark":
        page.evaluate(SHELL["dark"])
    if font:
        page.evaluate(
            "(f) => { document.body.style.setProperty('--jp-ui-font-family', f); Object.assign(window.stage.fonts, window.stage.readFonts()); window.stage.layout(); }",
            font,
        )
    page.evaluate("document.fonts.ready")
    return page


def seek(page: Any, seconds: float, window: tuple[float, float] | None = None) -> None:
    """Put the playhead somewhere, and the window."""
    if window is not None:
        page.evaluate("(w) => window.stage.setWindow(w)", [window[0] * 1e6, window[1] * 1e6])
    page.evaluate("(t) => window.stage.seek(t)", seconds * 1e6)


def main(folder: str) -> None:
    """Write pictures of the states of the sample run."""
    shots = [
        ("01-negotiating", 1.104, (0.8, 2.2)), ("02-steady", 24.02, None), ("03a-stale", 34.0, None), ("03b-dpd", 41.5, None),
        ("04-mended", 62.1, None), ("14-ping", 24.025, (23.5, 24.5)),
    ]  # fmt: skip
    with browser() as chrome:
        for width in (1024, 1600, 720):
            for theme in ("light", "dark"):
                page = open_stage(chrome, width=width + 24, theme=theme)
                for name, t, window in shots:
                    seek(page, t, window or (0, 120))
                    page.screenshot(path=f"{folder}/{name}-{width}-{theme}.png", full_page=True)
                print(width, theme, page.complaints)


if __name__ == "__main__":
    main(sys.argv[1])
