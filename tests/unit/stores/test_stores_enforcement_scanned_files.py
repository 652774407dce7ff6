"""Which files are read, and that what they say comes out of every form."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from graphrisk.errors import GraphriskError, NotFoundError
from graphrisk.stores.enforcement.places import EnforcementPlaces
from graphrisk.stores.enforcement.scanned_files import (
    PAGE_LINES,
    list_given_files,
    list_nameless_files,
    read_pages,
)


def write(place: Path, text: str = "") -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text, encoding="utf-8")
    return place


def test_what_carries_identifiers_by_design_is_not_among_the_files_of_a_workspace(tmp_path: Path) -> None:
    places = EnforcementPlaces(tmp_path, tmp_path)
    nameless = [
        places.ledger, places.head, places.dead_letters, places.stop, places.plans / "P-1" / "plan.json",
        places.reversals / "REV-1.json",
        places.packages / "PKG-1" / "manifest.json", places.packages / "PKG-1" / "manifest.sig",
    ]  # fmt: skip
    for path in nameless:
        write(path)
    for name in ("actions.csv", "actions.parquet", "statements/s.json", "actions.sql"):
        write(places.packages / "PKG-1" / name)
    write(places.plans / "P-1" / "rows.parquet")
    write(places.policy)
    assert list_nameless_files(places) == tuple(nameless)


def test_a_workspace_without_enforcement_has_none(tmp_path: Path) -> None:
    assert list_nameless_files(EnforcementPlaces(tmp_path, tmp_path)) == ()


def test_a_folder_stands_for_all_that_is_in_it_and_what_is_not_there_is_told(tmp_path: Path) -> None:
    one, two = write(tmp_path / "logs" / "a" / "b.log"), write(tmp_path / "logs" / "z.log")
    assert list_given_files([tmp_path / "logs", one]) == (one, two, one)
    with pytest.raises(NotFoundError, match=r"nowhere\.log"):
        list_given_files([tmp_path / "nowhere.log"])


def test_lines_have_the_numbers_that_an_editor_shows(tmp_path: Path) -> None:
    path = write(tmp_path / "a.log", "one\n\nthree\\u0041\r\nfour")
    (page,) = read_pages([path])
    assert [(line.number, line.texts) for line in page.lines] == [
        (1, ("one",)), (2, ("",)), (3, ("three\\u0041", "threeA")), (4, ("four",)),
    ]  # fmt: skip


def test_a_long_file_comes_in_pages_and_an_empty_one_as_one_page(tmp_path: Path) -> None:
    long, empty = write(tmp_path / "a.log", "x\n" * (PAGE_LINES + 1)), write(tmp_path / "b.log")
    pages = list(read_pages([long, empty]))
    assert [(page.file, len(page.lines)) for page in pages] == [
        (str(long), PAGE_LINES), (str(long), 1), (str(empty), 0),
    ]  # fmt: skip
    assert pages[1].lines[0].number == PAGE_LINES + 1


def test_a_line_without_end_is_read_in_parts(tmp_path: Path) -> None:
    (page,) = read_pages([write(tmp_path / "a.log", "x" * (1 << 20) + "tail\nnext")])
    assert [(line.number, line.texts[0][-4:]) for line in page.lines] == [
        (1, "xxxx"), (1, "tail"), (2, "next"),
    ]  # fmt: skip


def test_bytes_that_are_no_text_hide_nothing_beside_them(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(b"\xff\xfe acc17 \x00")
    (page,) = read_pages([path])
    assert "acc17" in page.lines[0].texts[0]


def test_texts_of_parquet_are_read_however_deep(tmp_path: Path) -> None:
    rows = [{"a": "x", "b": [{"c": "y", "n": 5}]}, {"a": None, "b": []}, {"a": "z", "b": None}]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "r.parquet")
    (page,) = read_pages([tmp_path / "r.parquet"])
    assert [(line.number, line.texts) for line in page.lines] == [(1, ("x", "y")), (2, ()), (3, ("z",))]


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(GraphriskError, match="cannot be read"):
        list(read_pages([write(tmp_path / "r.parquet", "no parquet")]))
