"""The bundled labs as the stage draws them: no text lies on another, at any width that they are made for."""

from __future__ import annotations

from typing import Any

import pytest

from ipsec_edu import Lab, bundled_labs
from tests.views.page import open_stage
from tests.views.test_stage_page import touching

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [1024, 1600])
@pytest.mark.parametrize("name", bundled_labs())
def test_no_two_texts_touch_in_any_bundled_lab(chrome: Any, name: str, width: int) -> None:
    lab = Lab.load(name)
    start = max(flow.start_us for flow in lab.flows) / 1e6
    run = lab.run(until=start + 30)
    page = open_stage(chrome, run, width=width)
    assert touching(page, run, (0.5, start + 0.1, start + 5.5, start + 22.1), zoomed=False) == []
    assert page.complaints == []
    page.close()
