"""The little that lessons need of ipywidgets; imported when something is shown, never before."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from ipsec_edu.teach.keeper import key_keeper

__all__ = ["as_widget", "column", "described", "notice", "page", "page_html", "show_widget"]


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
        from base64 import b64encode
        from io import BytesIO

        buffer = BytesIO()
        save(buffer, format="png", dpi=120, bbox_inches="tight")
        # an Image widget has no words for those who do not see it; as HTML it keeps its own size, too
        source = b64encode(buffer.getvalue()).decode()
        words = escape(described(content), quote=True)
        return w.HTML(f'<img src="data:image/png;base64,{source}" alt="{words}" style="max-width:100%">')
    return page(f"<pre>{escape(str(content))}</pre>")


def described(figure: object) -> str:
    """Return in words what a matplotlib figure draws: each drawing's title, or what is drawn over what."""
    drawings = []
    for axes in getattr(figure, "axes", ()):
        over = " over ".join(filter(None, (axes.get_ylabel(), axes.get_xlabel())))
        drawings.append(": ".join(filter(None, (axes.get_title() or axes.get_title(loc="left"), over))))
    return "Figure. " + "; ".join(filter(None, drawings)) if any(drawings) else "Figure"


def show_widget(make: Callable[[], object], text: str) -> None:
    """Display the widget of `make`, its keys kept from the notebook; print `text` without ipywidgets."""
    try:
        import ipywidgets as w
        from IPython.display import display

        keeper = key_keeper()
    except ImportError:
        print(text)
        return
    place = w.VBox([make(), keeper], layout=w.Layout(width="100%"))
    display(place)  # type: ignore[no-untyped-call]
