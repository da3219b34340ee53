"""Keys pressed in a form belong to the form.

JupyterLab has commands on single letters and arrows: on a focused button `a` inserts a cell, `d d` deletes
one, and an arrow among choices walks away to another cell. It spares an element that asks for it; ipywidgets
do not ask. The keeper asks for everything that gets the focus in the output where it stands. A slider there
gets the name that is written beside it, which ipywidgets leaves to the eye.
"""

from __future__ import annotations

from functools import cache
from typing import Any

__all__ = ["KEEPER_SCRIPT", "key_keeper"]

KEEPER_SCRIPT = """
function render({ el }) {
  el.style.display = "none";
  const name = (host) => {
    for (const handle of host.querySelectorAll(".noUi-handle:not([aria-label])")) {
      const words = handle.closest(".jupyter-widgets")?.querySelector(".widget-label")?.textContent;
      if (words) handle.setAttribute("aria-label", words);
    }
  };
  let frame = 0, watch = null;
  const claim = () => {
    frame = 0;
    if (!el.isConnected) return void (frame = requestAnimationFrame(claim));
    const host = el.closest(".jp-OutputArea-output") || el.parentElement;
    // The notebook looks at the focused element before it looks at what that stands in.
    host.addEventListener("focusin", (e) => e.target.setAttribute("data-lm-suppress-shortcuts", "true"));
    watch = new MutationObserver(() => name(host));
    watch.observe(host, { childList: true, subtree: true });
    name(host);
  };
  claim();
  return () => { cancelAnimationFrame(frame); watch?.disconnect(); };
}
export default { render };
"""


@cache
def _kind() -> Any:
    """Return the widget class; made when first wanted, because a script needs no notebook."""
    import anywidget

    class KeyKeeper(anywidget.AnyWidget):  # type: ignore[misc,unused-ignore]
        """A widget that nobody sees."""

        _esm = KEEPER_SCRIPT

    return KeyKeeper


def key_keeper() -> Any:
    """Return a widget without a picture that keeps the keys of its output from the notebook."""
    return _kind()()
