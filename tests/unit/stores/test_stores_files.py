"""Tables as files: whole or not at all, and equal in every format."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from graphrisk.errors import ConfigError
from graphrisk.stores.files import FileFormat, TableFolder

SCHEMA = pa.schema(
    [("id", pa.string()), ("amount", pa.decimal128(18, 2)), ("at", pa.timestamp("us")), ("flag", pa.bool_())]
)
NOON = datetime(2024, 1, 1, 12)  # noqa: DTZ001 - naive UTC
STRANGE = [
    'a "quoted", name',
    "line\nbreak",
    "=cmd()",
    "'; DROP TABLE x; --",
    "\u202eright to left",
    "Ünïcödé 東京",
    "",
]


def parts() -> Iterator[pa.Table]:
    for start in (0, 4):
        names = STRANGE[start : start + 4]
        yield pa.table(
            [
                pa.array(names),
                pa.array([Decimal("0.01") * n for n in range(len(names))], pa.decimal128(18, 2)),
                pa.array([NOON + timedelta(seconds=n) for n in range(len(names))]),
                pa.array([None, *[True] * (len(names) - 1)], pa.bool_()),
            ],
            schema=SCHEMA,
        )


def read_back(path: Path) -> list[tuple[object, ...]]:
    readers = {
        ".parquet": "read_parquet($path)",
        ".csv": "read_csv($path, allow_quoted_nulls = false)",
        ".jsonl": "read_json($path)",
    }
    columns = 'id, amount::DECIMAL(18, 2), "at"::TIMESTAMP, flag::BOOLEAN'
    query = f"SELECT {columns} FROM {readers[path.suffix]} ORDER BY amount, id"
    with duckdb.connect() as connection:
        return connection.execute(query, {"path": str(path)}).fetchall()


@pytest.mark.parametrize("file_format", list(FileFormat))
def test_strange_values_come_back_as_they_were(tmp_path: Path, file_format: FileFormat) -> None:
    folder = TableFolder(tmp_path / "new" / "folder", file_format)
    assert folder.write_table("t", parts()) == 7
    expected = sorted(
        (row for part in parts() for row in zip(*part.to_pydict().values(), strict=True)),
        key=lambda r: (r[1], r[0]),
    )
    assert read_back(folder.path("t")) == expected


@pytest.mark.parametrize("file_format", list(FileFormat))
def test_a_table_without_rows_is_a_file_without_rows(tmp_path: Path, file_format: FileFormat) -> None:
    folder = TableFolder(tmp_path, file_format)
    assert folder.write_table("t", iter([SCHEMA.empty_table()])) == 0
    assert folder.path("t").exists()


@pytest.mark.parametrize("file_format", list(FileFormat))
def test_equal_tables_are_equal_bytes(tmp_path: Path, file_format: FileFormat) -> None:
    first, second = TableFolder(tmp_path / "a", file_format), TableFolder(tmp_path / "b", file_format)
    first.write_table("t", parts())
    second.write_table("t", parts())
    assert first.path("t").read_bytes() == second.path("t").read_bytes()


@pytest.mark.parametrize("file_format", list(FileFormat))
def test_a_failure_midway_leaves_what_was_there(tmp_path: Path, file_format: FileFormat) -> None:
    def cut() -> Iterator[pa.Table]:
        yield next(parts())
        raise RuntimeError("power cut")

    folder = TableFolder(tmp_path, file_format)
    folder.write_table("t", parts())
    before = folder.path("t").read_bytes()
    with pytest.raises((RuntimeError, duckdb.Error), match="power cut"):
        folder.write_table("t", cut())
    assert folder.path("t").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == [f"t.{file_format}"]


def test_a_table_written_anew_in_another_format_is_there_once(tmp_path: Path) -> None:
    TableFolder(tmp_path, FileFormat.CSV).write_table("t", parts())
    TableFolder(tmp_path, FileFormat.PARQUET).write_table("t", parts())
    assert [path.name for path in tmp_path.iterdir()] == ["t.parquet"]


def test_a_folder_that_cannot_be_made_is_a_configuration_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ConfigError, match="cannot write the table t"):
        TableFolder(tmp_path / "file" / "below", FileFormat.PARQUET).write_table("t", parts())
