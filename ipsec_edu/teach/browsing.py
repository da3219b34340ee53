"""Leaf through the broken networks: one list, and for each its pings, messages, screens and log."""

from __future__ import annotations

from ipsec_edu.core.units import to_s
from ipsec_edu.teach.panel import Panel, join, preformatted, say
from ipsec_edu.teach.show import console, marks, messages, side_by_side
from ipsec_edu.teach.sightings import FAULTS, HEALTHY, fault_run, observe
from ipsec_edu.teach.widgets import column, page_html, show_widget

__all__ = ["Browser", "browser", "page"]

AT_S = 5.0
"""When the screens are read: negotiation has got as far as it will, nobody has given up."""


def page(name: str) -> Panel:
    """Return what can be seen of the network with the fault `name`."""
    run = fault_run(name)
    screens = side_by_side(
        ("ASA1", "ASA2"), [console(run, AT_S, node, "show crypto ikev1 sa") for node in ("ASA1", "ASA2")]
    )
    log = "\n".join(f"{to_s(line.at_us):8.3f} {line.node}  {line.text}" for line in run.log[:12])
    sights = observe(name)
    return join(
        say(f"R1's pings: `{marks(run, count=20)}`. In clear: {sights['in clear']}. ESP: {sights['ESP']}."),
        messages(run, first=12, caption="ISAKMP messages"),
        screens,
        preformatted(log or "(nobody logged anything)", wrap=True),
    )


class Browser:
    """The list of networks and the page of the chosen one."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names

    def __repr__(self) -> str:
        return "networks: " + ", ".join(self.names)

    def _ipython_display_(self) -> None:
        show_widget(self._widget, repr(self))

    def _widget(self) -> object:
        """Make the list; choosing shows the page (one at a time, made when first wanted)."""
        import ipywidgets as w

        choice = w.Dropdown(options=list(self.names), value=self.names[0], description="network")
        place = w.HTML(value=page_html(page(self.names[0]).html))
        choice.observe(
            lambda change: setattr(place, "value", page_html(page(change["new"]).html)), names="value"
        )
        return column(choice, place)


def browser(*names: str) -> Browser:
    """Return a browser over `names` (default: the healthy network and all fifteen broken ones)."""
    return Browser(names or (HEALTHY, *FAULTS))
