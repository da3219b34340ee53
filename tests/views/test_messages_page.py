"""The messages panel in a real browser: the ladder, what opens from it, the keys, and legibility."""

from __future__ import annotations

from typing import Any

import pytest

from ipsec_edu import Lab
from ipsec_edu.views.stage_data import stage_data
from tests.views.page import open_stage, seek

pytestmark = pytest.mark.browser

FAULTS = ["30 cut ASA1:GigabitEthernet0/1", "60 mend ASA1:GigabitEthernet0/1"]
VIEW = "window.stage.panels.current.view"
# Only what can be seen counts: the ladder scrolls, and what is scrolled away is cut off.
TEXT_BOXES = """() => {
  const box = document.querySelector(".ld-scroll").getBoundingClientRect(), bad = [];
  const boxes = [...document.querySelectorAll(".ld-body text")].map((el) => {
    const r = el.getBoundingClientRect(), m = el.getScreenCTM();
    // The letters of a slanted text lie along its line: compare pieces of it.
    const length = el.getComputedTextLength(), b = el.getBBox(), pieces = [];
    for (let at = 0; at < length; at += 8) {
      const corner = (x, share) => new DOMPoint(b.x + x, b.y + b.height * share).matrixTransform(m);
      const p = corner(at, 0.3), q = corner(Math.min(length, at + 8), 0.75);
      const [x, r] = [p.x, q.x].sort((u, v) => u - v), [y, low] = [p.y, q.y].sort((u, v) => u - v);
      pieces.push({ x, r, y, b: low });
    }
    const hidden = !r.width || r.bottom < box.top || r.top > box.bottom;
    return hidden ? null : { text: el.textContent, pieces, x: r.left, r: r.right };
  }).filter(Boolean);
  const touch = (a, c) => a.x < c.r && c.x < a.r && a.y < c.b && c.y < a.b;
  boxes.forEach((p, i) => boxes.slice(i + 1).forEach((q) => {
    if (p.pieces.some((a) => q.pieces.some((c) => touch(a, c)))) bad.push(`${p.text} touches ${q.text}`);
  }));
  for (const p of boxes) if (p.x < box.left - 1 || p.r > box.right + 1) bad.push(`${p.text} is outside`);
  return boxes.length > 8 ? bad : ["hardly any text"];
}"""


@pytest.fixture(scope="module")
def data() -> Any:
    return stage_data(Lab.load("site-to-site").run(faults=FAULTS))


def opened(chrome: Any, data: Any, **options: Any) -> Any:
    page = open_stage(chrome, data=data, height=1400, **options)
    page.get_by_role("button", name="Messages").click()
    return page


def clock(page: Any) -> float:
    return float(page.get_by_role("slider", name="Time").get_attribute("aria-valuenow"))


def row(page: Any, words: str) -> Any:
    return page.locator(f'.ld-body [role=listitem][aria-label*="{words}"]').first


def lit(page: Any) -> list[int]:
    return list(page.eval_on_selector_all(".mg-hex .on", "(c) => c.map((x) => +x.dataset.byte)"))


def scroll_to(page: Any, top: int) -> None:
    """Scroll the ladder and wait until it has drawn what came into sight."""
    page.evaluate(
        """(top) => {
          document.querySelector(".ld-scroll").scrollTop = top;
          return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
        }""",
        top,
    )


def test_the_key_opens_and_closes_the_panel_and_the_focus_comes_back(chrome: Any, data: Any) -> None:
    page = open_stage(chrome, data=data)
    assert page.locator(".ie-messages").count() == 0
    before = page.locator(".ie-axis").bounding_box()
    page.get_by_role("button", name="Play").focus()
    page.keyboard.press("m")
    assert page.get_by_role("button", name="Messages").get_attribute("aria-pressed") == "true"
    assert page.evaluate("document.activeElement.getAttribute('role')") == "listitem"
    assert page.locator(".ie-axis").bounding_box() == before, "nothing above the panel moves"
    page.keyboard.press("Escape")
    assert page.locator(".ie-messages").count() == 0
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Play"
    assert page.complaints == []


def test_a_click_on_a_message_stops_the_clock_and_moves_the_playhead_to_it(chrome: Any, data: Any) -> None:
    page = opened(chrome, data)
    page.get_by_role("button", name="Play").click()
    row(page, "MM5").click()
    assert page.get_by_role("button", name="Play").count() == 1
    assert 1.161 < clock(page) < 1.201
    assert page.locator(".mg-bytes .title").inner_text() == "Main Mode message 5"
    assert "ASA1 → ASA2, sent 1.161 s" in page.locator(".mg-bytes .fate").inner_text()
    assert row(page, "MM5").get_attribute("aria-current") == "true"
    assert row(page, "MM4").get_attribute("aria-current") is None


def test_fields_and_bytes_light_up_together_from_either_side(chrome: Any, data: Any) -> None:
    page = opened(chrome, data)
    row(page, "MM5").click()
    page.locator('.mg-tree [role=treeitem]:has-text("Notify type")').click()
    assert lit(page) == [74, 75]
    page.locator('.mg-hex [data-byte="40"]').click()
    chosen = page.locator(".mg-tree .on")
    assert "Next, length" in chosen.inner_text() and lit(page) == [40, 41, 42, 43]
    page.locator('.mg-hex [data-byte="3"]').click()
    assert "Initiator cookie" in chosen.inner_text(), "a folded header opens for its byte"
    assert lit(page) == list(range(8))
    assert "Initiator cookie" in page.locator('.mg-hex [data-byte="3"]').get_attribute("aria-label")


def test_on_the_wire_only_the_header_can_be_read(chrome: Any, data: Any) -> None:
    page = opened(chrome, data)
    row(page, "MM5").click()
    clear = page.locator(".mg-hex").inner_text()
    shaded = page.locator(".mg-hex .enc")
    assert shaded.count() == 64
    page.get_by_role("button", name="on the wire").click()
    assert page.locator(".mg-hex").inner_text() != clear and shaded.count() == 64
    tree = page.locator(".mg-tree").inner_text()
    assert "64 bytes" in tree and "203.0.113.1" not in tree
    row(page, "MM1").click()
    assert page.get_by_role("button", name="on the wire").count() == 0, "there is nothing to hide in MM1"
    assert shaded.count() == 0


def test_the_ladder_works_without_a_mouse(chrome: Any, data: Any) -> None:
    page = open_stage(chrome, data=data, height=1400)
    page.get_by_role("button", name="Play").focus()
    page.keyboard.press("m")
    for _ in range(4):
        page.keyboard.press("ArrowDown")
    assert clock(page) == 0, "walking the rows leaves the clock alone"
    page.keyboard.press("Enter")
    assert 1.161 < clock(page) < 1.201
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.getAttribute('role')") == "treeitem"
    first = lit(page)
    page.keyboard.press("ArrowDown")
    assert lit(page) and lit(page) != first
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.activeElement.getAttribute('role')") == "listitem"
    assert page.evaluate(
        """[...document.querySelectorAll('.ie-messages :is(button, select, [tabindex])')]
           .every((el) => el.dataset.lmSuppressShortcuts === 'true')"""
    )
    assert page.complaints == []


def test_lost_messages_end_early_and_repeated_ones_say_so(chrome: Any, data: Any) -> None:
    page = opened(chrome, data)
    page.evaluate(f"{VIEW}.show({data['messages'].index(next(m for m in data['messages'] if m['again']))})")
    again, heard = row(page, "54.001 s: MM1"), row(page, "62.001 s: MM1")
    assert "again" in again.inner_html() and "m-cross" in again.inner_html()
    assert "silent cut" in again.inner_html() and "ld-tip" not in again.inner_html()
    assert "again" in heard.inner_html() and "m-cross" not in heard.inner_html()
    page.get_by_role("tab", name="States").click()
    moves = page.locator(".mg-moves").inner_text()
    assert "no answer yet" in moves and "No state machine moves" in moves


def test_states_and_keys_of_a_message(chrome: Any, data: Any) -> None:
    page = opened(chrome, data)
    row(page, "MM5").click()
    page.get_by_role("tab", name="States").click()
    assert page.locator(".mg-fsm .taken").count() == 2
    assert "identity sent" in page.locator(".mg-fsm .taken").first.inner_text()
    page.get_by_role("tab", name="Keys").click()
    panel = page.locator(".mg-body").inner_text()
    keys = data["ladder"]["keys"]["ike"][0]
    for value in (keys["psk"], keys["skeyid"], keys["d"], keys["a"], keys["e"], keys["ka"], keys["iv"]):
        assert value in panel
    assert "no device does" in panel
    row(page, "MM2").click()
    panel = page.locator(".mg-body").inner_text()
    assert "No keys yet" in panel and keys["skeyid"] not in panel


@pytest.mark.parametrize(
    ("width", "font"),
    [(700, "DejaVu Sans"), (1024, "DejaVu Sans"), (1024, "Inter"), (1600, "Liberation Sans")],
)
def test_no_two_texts_of_the_ladder_touch(chrome: Any, data: Any, width: int, font: str) -> None:
    page = opened(chrome, data, width=width + 24, font=font)
    height = page.evaluate("document.querySelector('.ld-scroll').scrollHeight")
    for top in range(0, height, 250):
        scroll_to(page, top)
        assert page.evaluate(TEXT_BOXES) == [], top
    scroll_to(page, 0)
    page.evaluate("""() => {
      const label = document.querySelector(".ld-row text.ld-label");
      label.parentNode.appendChild(label.cloneNode(true));
    }""")
    assert page.evaluate(TEXT_BOXES), "the check sees a text on another"


def test_the_playhead_meets_a_message_where_it_is(chrome: Any, data: Any) -> None:
    page = opened(chrome, data)
    seek(page, 1.181)
    dot = page.locator(".ld-dot:visible")
    line = row(page, "MM5").locator(".ld-line").bounding_box()
    box = dot.bounding_box()
    assert box["x"] + box["width"] / 2 == pytest.approx(line["x"] + line["width"] / 2, abs=2)
    assert box["y"] + box["height"] / 2 == pytest.approx(line["y"] + line["height"] / 2, abs=2)
    seek(page, 20)
    assert dot.count() == 0


def test_a_tag_on_the_map_and_a_line_in_the_lane_open_their_message(chrome: Any, data: Any) -> None:
    page = open_stage(chrome, data=data, height=1400)
    seek(page, 1.104, (0.8, 2.2))
    tag = page.locator(".ie-map .m-tag:visible").bounding_box()
    page.mouse.click(tag["x"] + tag["width"] / 2, tag["y"] + tag["height"] / 2)
    assert page.locator(".mg-bytes .title").inner_text() == "Main Mode message 3"
    page.keyboard.press("Escape")
    assert page.locator(".ie-messages").count() == 0
    item = page.locator('.ie-axis [data-message="5"] .hitbox').bounding_box()
    page.mouse.click(item["x"] + item["width"] / 2, item["y"] + item["height"] / 2)
    assert page.locator(".mg-bytes .title").inner_text() == "Main Mode message 6"


def test_another_run_keeps_the_open_message_and_the_focus(chrome: Any, data: Any) -> None:
    page = opened(chrome, data)
    row(page, "MM5").click()
    other = stage_data(Lab.load("site-to-site").run(faults=["50 cut ASA1:GigabitEthernet0/1"]))
    page.evaluate("(data) => window.answer('data', data)", other)
    assert page.locator(".mg-bytes .title").inner_text() == "Main Mode message 5"
    assert "MM5" in page.evaluate("document.activeElement.getAttribute('aria-label')")
    silent = stage_data(Lab.load("site-to-site").run(faults=["0 down ASA1:GigabitEthernet0/0"], until=3))
    page.evaluate("(data) => window.answer('data', data)", silent)
    assert "nothing asked for a tunnel" in page.locator(".mg-empty").inner_text()
    assert page.complaints == []


def test_with_many_gateways_one_chooses_the_two(chrome: Any, data: Any) -> None:
    # Three messages of the run are given to another device: two pairs.
    made = {**data, "messages": [dict(m) for m in data["messages"]]}
    for message in made["messages"][:3]:
        message["from"], message["to"] = (4 if message[end] == 3 else message[end] for end in ("from", "to"))
    page = opened(chrome, made)
    chooser = page.get_by_role("combobox")
    assert chooser.locator("option").count() == 2
    before = page.locator(".ld-body").get_attribute("aria-label")
    assert opened(chrome, data).get_by_role("combobox").count() == 0, "two devices need no chooser"
    chooser.select_option(index=1)
    assert page.locator(".ld-body").get_attribute("aria-label") != before
    assert page.complaints == []


def test_scrubbing_stays_cheap_with_the_panel_open(chrome: Any, data: Any) -> None:
    page = opened(chrome, data)
    times = page.evaluate("""() => {
      const out = [];
      for (let i = 0; i < 240; i++) {
        const from = performance.now();
        window.stage.seek((i * 0.5 + 0.1) * 1e6);
        out.push(performance.now() - from);
      }
      return out.sort((a, b) => a - b);
    }""")
    assert times[int(len(times) * 0.95)] < 16
