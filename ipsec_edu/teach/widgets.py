"""The little that lessons need of ipywidgets; imported when something is shown, never before."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

__all__ = ["as_widget", "column", "notice", "page", "page_html", "show_widget"]


def notice(text: str) -> str:
    """Return a message to the learner as HTML that a screen reader announces."""
    return f'<p role="alert" style="border-left:3px solid #bb7400;padding-left:8px">{escape(text)}</p>'


def page_html(html: str) -> str:
    """Return `html` in the clothes of the rest of the notebook: its fonts, its tables, its line height."""
    return f'<div class="jp-RenderedHTMLCommon" style="padding-right:0">{html}</div>'


def page(html: str) -> object:
    """Return a widget that shows `html`."""
    import ipywidgets as w

    return w.HTML(page_html(html))


def column(*children: object) -> object:
    """Return the widgets one below the other."""
    import ipywidgets as w

    return w.VBox(list(children), layout=w.Layout(width="100%"))


def as_widget(content: object) -> object:
    """Return `content` as a widget: a widget as it is, else its HTML, its picture, its text."""
    import ipywidgets as w

    if isinstance(content, w.Widget):
        return content
    save = getattr(content, "savefig", None)  # first: a figure has a _repr_html_ too, and it says None
    html = getattr(content, "_repr_html_", None) if save is None else None
    if html is not None:
        return page(html())
    if save is not None:
        from io import BytesIO

        buffer = BytesIO()
        save(buffer, format="png", dpi=120, bbox_inches="tight")
        # in its own size: a box would stretch it, and make its lettering larger than the page's
        shape = w.Layout(max_width="100%", align_self="flex-start")
        return w.Image(value=buffer.getvalue(), format="png", layout=shape)
    return page(f"<pre>{escape(str(content))}</pre>")


def show_widget(make: Callable[[], object], text: str) -> None:
    """Display the widget that `make` returns; print `text` where ipywidgets is missing."""
    try:
        import ipywidgets  # noqa: F401
        from IPython.display import display
    except ImportError:
        print(text)
        return
    display(make())  # type: ignore[no-untyped-call]
