"""A value that is written with escapes is read without them."""

from __future__ import annotations

import html
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphrisk.enforce.written_lines import LineForm, read_texts
from graphrisk.errors import printable, visible


def test_of_json_the_strings_are_read_and_the_numbers_are_not() -> None:
    line = '{"seq": 123456, "note": "a \\"b\\" c", "at": null, "deep": ["x", -1.5e3, true]},'
    assert list(read_texts(line, LineForm.JSON)) == ["seq", "note", 'a "b" c', "at", "deep", "x"]


@pytest.mark.parametrize("line", ['{"seq": 1, "note": "cut of', "error: no such file", '"a" b "c"'])
def test_what_is_no_whole_json_is_read_as_text(line: str) -> None:
    assert next(read_texts(line, LineForm.JSON)) == line


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_whatever_way_a_value_was_escaped_it_is_read_as_it_is(value: str) -> None:
    assert value in list(read_texts(json.dumps({"note": value}), LineForm.JSON))
    assert value in list(read_texts(json.dumps(value), LineForm.TEXT))[-1]
    assert value in list(read_texts(quote(value), LineForm.TEXT))
    if "\\" not in value and "%" not in value:
        assert value in list(read_texts(printable(value), LineForm.TEXT))
    if len(value) < 100:
        assert any(value in text for text in read_texts(visible(value), LineForm.TEXT))


def test_html_is_read_as_a_browser_shows_it() -> None:
    assert "<a & 'b'>" in list(read_texts(html.escape("<a & 'b'>"), LineForm.TEXT))


def test_a_backslash_that_escapes_nothing_is_left_alone() -> None:
    assert next(read_texts(r"C:\data\U99999999 \q", LineForm.TEXT)) == r"C:\data\U99999999 \q"
