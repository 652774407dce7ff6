"""Writes a stream of Arrow batches to a file or to stdout as CSV, Parquet or JSON lines.

A file appears whole or not at all: it is written beside its place under another name, synced and renamed.
Parquet and JSON lines carry every string exactly. CSV is for spreadsheets, so two things differ:

- A text cell that a spreadsheet could take for a formula gets an apostrophe in front (see formula_guard),
  and so does what follows a semicolon in it: many spreadsheets split at semicolons. Plain numbers are
  left alone. To undo it, drop the first apostrophe wherever the rest would be guarded (undo_formula_guard).
- A control character is written as its escape (\\n, \\x1b), so that a record is exactly one line.
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from graphrisk.errors import ConfigError, printable
from graphrisk.flows.export import ExportFormat

# What a spreadsheet may start a formula with, after blanks, quotes and invisible characters; full width too.
_START = r"""[\s"'`\p{Z}\p{C}]*[=+\-@|%＝＋－＠﹢﹣﹦﹫−]"""
_FORMULA = rf"^{_START}|^[\t\r\n]"
_FORMULA_IN_NEXT_CELL = f";({_START})"
_PLAIN_NUMBER = r"^[+-]?[0-9]+(\.[0-9]+)?$"
_CONTROL = r"[\x{00}-\x{1f}\x{7f}-\x{9f}]"


class ExportFiles:
    """Fits flows.export.ExportWriter."""

    def write_export(self, batches: pa.RecordBatchReader, form: ExportFormat, out: Path | None) -> int:
        """Returns the number of rows. `out` None is stdout."""
        with _open_whole(out) as sink:
            return _WRITERS[form](batches, sink)


def formula_guard(column: pa.Array) -> pa.Array:
    """The text column as CSV carries it: formulas disarmed, control characters escaped, nulls kept."""
    risky = pc.and_not(
        pc.match_substring_regex(column, _FORMULA), pc.match_substring_regex(column, _PLAIN_NUMBER)
    )
    if pc.any(risky).as_py():
        column = pc.if_else(risky, pc.binary_join_element_wise("'", column, ""), column)
    if pc.any(pc.match_substring(column, ";")).as_py():
        column = pc.replace_substring_regex(column, _FORMULA_IN_NEXT_CELL, r";'\1")
    if pc.any(pc.match_substring_regex(column, _CONTROL)).as_py():
        column = pa.array(
            [text if text is None else _control_free(text) for text in column.to_pylist()], pa.string()
        )
    return column


def undo_formula_guard(cells: Sequence[str]) -> list[str]:
    """What formula_guard made these of, but for control characters, which stay escaped."""
    column = pc.replace_substring_regex(pa.array(cells, pa.string()), f";'({_START})", r";\1")
    rest = pc.utf8_slice_codeunits(column, 1)
    armed = pc.and_not(
        pc.match_substring_regex(rest, _FORMULA), pc.match_substring_regex(rest, _PLAIN_NUMBER)
    )
    was_guarded = pc.and_(pc.starts_with(column, "'"), armed)
    found: list[str] = pc.if_else(was_guarded, rest, column).to_pylist()
    return found


def _control_free(text: str) -> str:
    return "".join(printable(c) if ord(c) < 32 or 127 <= ord(c) < 160 else c for c in text)


def _write_csv(batches: pa.RecordBatchReader, sink: BinaryIO) -> int:
    texts = [index for index, field in enumerate(batches.schema) if pa.types.is_string(field.type)]
    row_count = 0
    with pyarrow.csv.CSVWriter(
        sink, batches.schema, write_options=pyarrow.csv.WriteOptions(quoting_style="needed")
    ) as writer:
        for batch in batches:
            for index in texts:
                batch = batch.set_column(index, batch.schema.field(index), formula_guard(batch.column(index)))  # noqa: PLW2901
            writer.write_batch(batch)
            row_count += batch.num_rows
    return row_count


def _write_parquet(batches: pa.RecordBatchReader, sink: BinaryIO) -> int:
    row_count = 0
    with pq.ParquetWriter(sink, batches.schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)
            row_count += batch.num_rows
    return row_count


def _write_jsonl(batches: pa.RecordBatchReader, sink: BinaryIO) -> int:
    row_count = 0
    with duckdb.connect() as connection:
        connection.register("batches", batches)
        lines = connection.sql("SELECT CAST(to_json(b) AS VARCHAR) FROM batches AS b").to_arrow_reader()
        for batch in lines:
            texts = batch.column(0).to_pylist()
            if texts:
                sink.write(("\n".join(texts) + "\n").encode())
                row_count += len(texts)
    return row_count


_WRITERS = {
    ExportFormat.CSV: _write_csv,
    ExportFormat.PARQUET: _write_parquet,
    ExportFormat.JSONL: _write_jsonl,
}


@contextmanager
def _open_whole(out: Path | None) -> Iterator[BinaryIO]:
    """A sink that takes its place only when the block ends well. Pipes and devices are written directly."""
    if out is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    place = out.resolve()
    if place.is_dir() or not place.parent.is_dir():
        raise ConfigError(
            "an export needs the name of a file in a folder that exists", where="--out", value=str(out)
        )
    if place.exists() and not place.is_file():
        with place.open("wb") as sink:
            yield sink
        return
    part = place.with_name(f".{place.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as sink:
            yield sink
            sink.flush()
            os.fsync(sink.fileno())
        part.replace(place)
    finally:
        part.unlink(missing_ok=True)
