"""Charts as PNG and the page that holds them."""

from __future__ import annotations

import math

import pytest

from graphrisk.report.chart_page import PageTable, Picture, render_chart_page
from graphrisk.report.charts import Bar, Chart, Look, Series, draw_png

LINES = Chart(
    "lines", "A $title", "x", "y", (Series("up", ((0.0, 0.0), (1.0, 1.0)), Look.DOTS), Series("none", ()))
)
BARS = Chart("bars", "Bars", "x", "", bars=(Bar("a\u202e", 0.5, 0.2, 0.7), Bar("b", math.nan, 0.0, 1.0)))


@pytest.mark.parametrize("chart", [LINES, BARS, Chart("empty", "", "", "")])
def test_the_same_chart_gives_the_same_picture(chart: Chart) -> None:
    picture = draw_png(chart)
    assert picture.startswith(b"\x89PNG")
    assert picture == draw_png(chart)


def test_another_chart_gives_another_picture() -> None:
    assert draw_png(LINES) != draw_png(BARS)


def test_everything_on_a_page_is_escaped() -> None:
    hostile = '"><script>x</script>\x1b'
    table = PageTable(hostile, (hostile,), ((hostile,),))
    page = render_chart_page(hostile, [Picture(hostile, b"png")], [table])
    assert "<script" not in page
    assert "\x1b" not in page
    assert page.count("&lt;script&gt;x&lt;/script&gt;\\x1b") == 6


def test_numbers_are_whole_or_have_three_digits_and_what_is_unknown_is_empty() -> None:
    page = render_chart_page("t", [], [PageTable("t", ("a",) * 3, ((1234, 0.12345, math.nan),))])
    assert '<td class="number">1,234</td><td class="number">0.123</td><td class="number"></td>' in page
