"""The script and the style of the stage, as the two strings that a browser gets.

The script is written in sections that share one scope; joined they are one ES module without
imports, so it works without a network and needs no build step.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

__all__ = ["SECTIONS", "script", "standalone_page", "style"]

_COMMENT = re.compile(r"//|/\*.*\*/\Z")
STATIC = Path(__file__).parent / "static"
SECTIONS = (
    "text",
    "text_ladder",
    "text_compare",
    "text_crowd",
    "state",
    "crowd",
    "layout",
    "glyphs",
    "map_base",
    "map_rails",
    "map",
    "grid",
    "lanes",
    "sa_lanes",
    "fault_lane",
    "few_lanes",
    "axis",
    "compare_axis",
    "menu",
    "stored",
    "panels",
    "facts",
    "tables",
    "console",
    "inspect",
    "ladder",
    "message_tabs",
    "messages",
    "transport",
    "compare",
    "several",
    "sketch",
    "breaking",
    "pointer",
    "input",
    "stage",
)
"""Names of the sections in order: a class stands after the one that it extends."""
STYLES = ("stage", "inspect", "messages", "compare", "few")

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>{title}</title>
<style>
body {{ margin: 12px; background: var(--jp-layout-color1, #fff); }}
@media (prefers-color-scheme: dark) {{ body:not([data-jp-theme-light]) {{ background: #212121; }} }}
{style}
</style>
<div id="stage"></div>
<script type="module">
{script}
const values = {{ data: {data}, error: null, request: null, ...{options} }};
const handlers = {{}};
const model = {{
  get: (name) => values[name],
  set: (name, value) => {{ values[name] = value; }},
  on: (name, handler) => (handlers[name] = handlers[name] || []).push(handler),
  off: (name, handler) => {{
    handlers[name] = (handlers[name] || []).filter((h) => h !== handler);
  }},
  save_changes: () => window.ask && window.ask(values.request),
  send: (message) => window.tell && window.tell(message),
}};
const fire = (name, ...what) => (handlers[name] || []).forEach((handler) => handler(...what));
window.answer = (name, value) => {{ values[name] = value; fire("change:" + name); }};
window.told = (message) => fire("msg:custom", message);
render({{ model, el: document.getElementById("stage") }});
window.stage = document.getElementById("stage").stage;
</script>
</html>
"""


@lru_cache(maxsize=1)
def script() -> str:
    """Return the ES module of the stage.

    Indentation and comments stay at home: every page and every saved notebook carries the script.
    """
    lines = "\n".join((STATIC / f"{name}.js").read_text(encoding="utf-8") for name in SECTIONS).splitlines()
    return "\n".join(text for text in map(str.strip, lines) if text and not _COMMENT.match(text))


@lru_cache(maxsize=1)
def style() -> str:
    """Return the style sheet of the stage."""
    return "\n".join((STATIC / f"{name}.css").read_text(encoding="utf-8") for name in STYLES)


def standalone_page(
    data: dict[str, Any], title: str = "", *, live: bool = False, start: float = 0.0, compact: bool = False
) -> str:
    """Return one HTML file that plays and scrubs a run without a kernel or a network.

    Parameters
    ----------
    data : dict
        What `stage_data` returned.
    title : str
        Of the page (default: the lab's title).
    live : bool
        Whether something answers ``window.ask(request)`` with ``window.answer("data", ...)``, and
        ``window.tell(question)`` with ``window.told(answer)``.
    start : float
        Where the playhead stands, in seconds.
    compact : bool
        Three lanes and no map.
    """
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False).replace("</", "<\\/")
    name = (title or data["lab"]["title"]).replace("&", "&amp;").replace("<", "&lt;")
    return _PAGE.format(
        title=name,
        style=style(),
        script=script(),
        data=text,
        options=json.dumps({"live": live, "start": start, "compact": compact}),
    )
