"""Panels: the same content as HTML and as text, and nothing of a learner's text becomes markup."""

from __future__ import annotations

from ipsec_edu.teach.panel import inline, join, preformatted, say, table


def test_prose_joins_lines_and_parts_paragraphs() -> None:
    panel = say("One\n  two.\n\nThree `show` **now**.")
    assert panel.html == "<p>One two.</p><p>Three <code>show</code> <strong>now</strong>.</p>"
    assert str(panel) == "One two.\n\nThree `show` **now**."


def test_markup_in_the_text_stays_text() -> None:
    assert inline("<b>&") == "&lt;b&gt;&amp;"
    assert "<script" not in preformatted("<script>").html
    assert "<script" not in table(("a",), [("<script>",)]).html


def test_stress_is_no_multiplication() -> None:
    assert inline("the *other* one") == "the <em>other</em> one"
    assert inline("2 * 3 * 4, a*b*c") == "2 * 3 * 4, a*b*c"


def test_a_link_is_a_link() -> None:
    assert inline("[SPI](../docs/glossary.md#spi)") == '<a href="../docs/glossary.md#spi">SPI</a>'


def test_a_table_lines_up_as_text() -> None:
    panel = table(("name", "n"), [("long name", 1), ("x", 23)], "caption")
    assert panel.text.splitlines() == ["caption", "name       n", "long name  1", "x          23"]
    assert panel.html.count("<tr>") == 3


def test_panels_join() -> None:
    both = join(say("a"), say("b"))
    assert (both.html, both.text) == ("<p>a</p><p>b</p>", "a\n\nb")
