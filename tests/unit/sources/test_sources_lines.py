"""Lines of bad rows, against a reader that goes through the file character by character."""

from __future__ import annotations

import gzip
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from graphrisk.sources import files, lines
from graphrisk.sources.lines import text_lines


def record_lines(text: str) -> list[int]:
    """Where each record that is not empty begins: quotes toggle, a newline outside of them ends it."""
    found, line, begins, content, inside = [], 1, 1, "", False
    for character in text + "\n":
        if character == '"':
            inside = not inside
        if character == "\n":
            line += 1
            if not inside:
                if content.strip("\r"):
                    found.append(begins)
                content, begins = "", line
                continue
        content += character
    return found


cell = st.sampled_from(["", "a", "ü", '"b\nc"', '"d""e"', '"\r\n\n"', '""'])
record = st.lists(cell, min_size=1, max_size=3).map(",".join)
texts = st.builds(
    lambda header, records, end, last: end.join(["h,i", header, *records]) + (end if last else ""),
    record,
    st.lists(record, max_size=12),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)


@settings(max_examples=150, deadline=None)
@given(texts, st.integers(1, 9), st.booleans())
def test_lines_are_those_of_a_slow_reader_whatever_the_chunks(text: str, chunk: int, packed: bool) -> None:
    expected = record_lines(text)[1:]
    content = text.encode()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ("t.csv.gz" if packed else "t.csv")
        path.write_bytes(gzip.compress(content) if packed else content)
        whole, files._CHUNK_BYTES = files._CHUNK_BYTES, chunk
        try:
            found = text_lines(path, np.arange(len(expected)), (), header_records=1)
            mixed = files.mixes_line_ends(path)
        finally:
            files._CHUNK_BYTES = whole
    assert found.tolist() == expected
    assert not mixed


def test_line_ends_that_change_in_the_middle_are_noticed_and_newlines_in_quotes_are_not(
    tmp_path: Path,
) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b'a,b\r\n1,"x\ny"\r\n')
    assert not files.mixes_line_ends(path)
    path.write_bytes(b"a,b\r\n1,x\n2,y\r\n")
    assert files.mixes_line_ends(path)


def test_numbers_of_rows_count_from_one() -> None:
    assert lines.number_rows(np.array([0, 4]), ()).tolist() == [1, 5]
