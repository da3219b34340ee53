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
    ("backbone", None, list(Lab.load("backbone").sequences["flapping"])),
]
"""Runs in which much happens: several generations of SAs, or of routes."""


@pytest.mark.parametrize("width", [1024, 1600])
@pytest.mark.parametrize(
    ("name", "variant", "faults"),
    [*((name, None, []) for name in bundled_labs()), *CROWDED],
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
