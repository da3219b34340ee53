"""A panel: something to show in a notebook, as HTML, and as text where there is no browser."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

__all__ = ["Panel", "inline", "join", "preformatted", "say", "table"]

_CODE = re.compile(r"`([^`]+)`")
_BOLD = re.compile(r"\*\*([^*]+)\*\*")
_EMPHASIS = re.compile(r"(?<![\w*])\*([^*\s][^*]*)\*(?![\w*])")
_LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")


@dataclass(frozen=True, slots=True)
class Panel:
    """A piece of HTML and the same content as text."""

    html: str
    text: str

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return self.text

    def __str__(self) -> str:
        return self.text


def inline(text: str) -> str:
    """Return `text` as HTML: ``code``, ``**strong**``, ``*stress*``, ``[word](address)``."""
    html = _CODE.sub(r"<code>\1</code>", escape(text, quote=False))
    html = _BOLD.sub(r"<strong>\1</strong>", html)
    html = _EMPHASIS.sub(r"<em>\1</em>", html)
    return _LINK.sub(r'<a href="\2">\1</a>', html)


def say(text: str) -> Panel:
    """Return prose; blank lines part paragraphs. Made for f-strings: numbers are computed in place."""
    paragraphs = [" ".join(part.split()) for part in text.strip().split("\n\n")]
    return Panel("".join(f"<p>{inline(part)}</p>" for part in paragraphs), "\n\n".join(paragraphs))


def preformatted(text: str, *, wrap: bool = False) -> Panel:
    """Return text that keeps its columns, as a terminal shows it; `wrap` breaks long lines."""
    breaks = "white-space:pre-wrap;overflow-wrap:anywhere" if wrap else "overflow-x:auto;white-space:pre"
    style = f"font-size:12px;line-height:1.3;{breaks}"
    return Panel(f'<pre style="{style}">{escape(text, quote=False)}</pre>', text)


def table(headings: Sequence[str], rows: Iterable[Sequence[object]], caption: str = "") -> Panel:
    """Return a table; cells may use the signs of `inline`."""
    cells = [[str(cell) for cell in row] for row in rows]
    head = "".join(f'<th scope="col" style="text-align:left">{inline(name)}</th>' for name in headings)
    body = "".join(
        "<tr>" + "".join(f'<td style="text-align:left">{inline(cell)}</td>' for cell in row) + "</tr>"
        for row in cells
    )
    title = f'<caption style="text-align:left">{inline(caption)}</caption>' if caption else ""
    html = f'<table style="margin-left:0">{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    widths = [max(len(row[i]) for row in [list(headings), *cells]) for i in range(len(headings))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in [list(headings), *cells]
    ]
    return Panel(html, "\n".join([caption, *lines] if caption else lines))


def join(*panels: Panel) -> Panel:
    """Return several panels as one, in order."""
    return Panel("".join(panel.html for panel in panels), "\n\n".join(panel.text for panel in panels))
