"""The bundled labs as the stage draws them: no text lies on another, at the widths that they are made for."""

from __future__ import annotations

from typing import Any

import pytest

from ipsec_edu import Lab, bundled_labs
from tests.views.page import open_stage
from tests.views.test_stage_page import touching

pytestmark = pytest.mark.browser

CROWDED = [
    ("access-links", "multiple-identities", ["30.5 cut HUB:Ethernet0/1", "70.5 mend HUB:Ethernet0/1"]),
    ("asymmetric-routing", "second-sa", []),
    ("asymmetric-routing", "second-sa", ["30 down HUB-A:Ethernet0/1"]),
    ("backbone", None, list(Lab.load("backbone").sequences["flapping"])),
]
"""Runs in which much happens: several generations of SAs, or of routes."""


@pytest.mark.parametrize(
    ("name", "variant", "faults", "width"),
    [
        *((name, None, [], width) for name in bundled_labs() for width in (1024, 1600)),
        *((*run, 1024) for run in CROWDED),  # where there is least room
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_no_two_texts_touch_in_any_bundled_lab(
    chrome: Any, name: str, variant: str | None, faults: list[str], width: int
) -> None:
    lab = Lab.load(name).variant(variant)
    run = lab.run(faults=faults)
    start, end = lab.flows[0].start_us / 1e6, run.until_us / 1e6
    moments = (0.5, start + 0.1, start + 5.5, 50.0, 76.3, end - 1) if faults else (0.5, start + 0.1, 25.5)
    page = open_stage(chrome, run, width=width)
    assert touching(page, run, moments, zoomed=False) == []
    assert page.complaints == []
    page.close()


NAMES = """() => {
  const shown = [...document.querySelectorAll('.m-labels text')]
    .filter((e) => e.style.display !== 'none' && e.getBoundingClientRect().width > 0)
    .map((e) => e.textContent);
  return window.stage.model.data.nodes.filter((n) => n.kind !== 'cloud' && !shown.includes(n.label))
    .map((n) => n.label);
}"""
"""Devices whose name is not on the map."""


@pytest.mark.parametrize("width", [1024, 1600])
@pytest.mark.parametrize(
    ("name", "variant"),
    [
        *((name, None) for name in bundled_labs()),
        ("access-links", "multiple-identities"),
        ("asymmetric-routing", "second-sa"),
    ],
)
def test_every_device_wears_its_name(chrome: Any, name: str, variant: str | None, width: int) -> None:
    page = open_stage(chrome, Lab.load(name).variant(variant).run(), width=width)
    assert page.evaluate(NAMES) == []
    page.close()


def test_an_identity_without_a_port_is_readable(chrome: Any) -> None:
    page = open_stage(chrome, Lab.load("access-links").run(), width=1600)
    texts = page.locator(".m-labels text").all_text_contents()
    assert "Lo0 192.0.2.1" in texts
    page.close()
    page = open_stage(chrome, Lab.load("access-links").run(), width=1024)
    page.locator("g[aria-label^='HUB']").first.hover()
    assert "Lo0 192.0.2.1" in page.locator(".ie-card").inner_text()


def test_tunnels_that_exist_at_the_same_time_have_a_strip_each(chrome: Any) -> None:
    rows = "window.stage.axis.rows.filter((r) => r.key.startsWith('sa')).map((r) => r.height)"
    two = open_stage(chrome, Lab.load("asymmetric-routing").variant("second-sa").run())
    one = open_stage(chrome, Lab.load("asymmetric-routing").run())
    heights = one.evaluate(rows)
    assert two.evaluate(rows) == [height + 15 for height in heights]
