"""Tables as files of one folder: Parquet, CSV or JSON lines, each written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from enum import StrEnum
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import duckdb
import pyarrow as pa
import pyarrow.csv as pcsv
import pyarrow.parquet as pq

from graphrisk.errors import ConfigError


class FileFormat(StrEnum):
    PARQUET = "parquet"
    CSV = "csv"
    JSONL = "jsonl"


class TableFolder:
    """A folder that holds each table as NAME.FORMAT.

    A table is written beside its place under a name that starts with a dot, then moved there in one step, so
    that a reader never sees half of it; the same table in another format is removed then, lest it be read
    twice.
    """

    def __init__(self, folder: Path, file_format: FileFormat) -> None:
        self._folder = folder
        self._format = file_format

    def path(self, name: str) -> Path:
        return self._folder / f"{name}.{self._format}"

    def write_table(self, name: str, parts: Iterator[pa.Table]) -> int:
        """Parts must have one schema. Returns the number of rows. Raises ConfigError where the folder cannot
        be written.
        """
        target = self.path(name)
        unfinished = target.with_name(f".{target.name}.{os.getpid()}.unfinished")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            count = _WRITERS[self._format](unfinished, parts)
            unfinished.replace(target)
            for other in FileFormat:
                if other != self._format:
                    (self._folder / f"{name}.{other}").unlink(missing_ok=True)
        except (OSError, duckdb.IOException) as error:
            raise ConfigError(
                f"cannot write the table {name}: {error}",
                where=str(self._folder),
                remedy="give a folder that can be written and has room",
            ) from error
        finally:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
        return count


class _ArrowWriter(Protocol):
    def write_table(self, table: pa.Table) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def _write_parquet(path: Path, parts: Iterator[pa.Table]) -> int:
    first = next(parts)
    with pq.ParquetWriter(path, first.schema, compression="zstd") as writer:
        return _write_all(writer, chain([first], parts))


def _write_csv(path: Path, parts: Iterator[pa.Table]) -> int:
    first = next(parts)
    with pcsv.CSVWriter(path, first.schema) as writer:
        return _write_all(writer, chain([first], parts))


def _write_all(writer: _ArrowWriter, parts: Iterator[pa.Table]) -> int:
    count = 0
    for part in parts:
        writer.write_table(part)
        count += part.num_rows
    return count


def _write_jsonl(path: Path, parts: Iterator[pa.Table]) -> int:
    """Times as ISO 8601, decimals as numbers with all their digits, nulls left out of no row."""
    first = next(parts)
    count = 0

    def batches() -> Iterator[pa.RecordBatch]:
        nonlocal count
        for part in chain([first], parts):
            count += part.num_rows
            yield from part.to_batches()

    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        connection.register("part", pa.RecordBatchReader.from_batches(first.schema, batches()))
        connection.execute("COPY (SELECT * FROM part) TO $path (FORMAT json)", {"path": str(path)})
    return count


_WRITERS = {FileFormat.PARQUET: _write_parquet, FileFormat.CSV: _write_csv, FileFormat.JSONL: _write_jsonl}
