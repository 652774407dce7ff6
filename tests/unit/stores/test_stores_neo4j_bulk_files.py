"""The folder for the importer: whole or not at all, and nobody else's files are touched."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from graphrisk.errors import ConfigError
from graphrisk.stores.neo4j.bulk_files import GROUP_BYTES, GROUP_ROWS, open_bulk_folder

SCHEMA = pa.schema([(":ID", pa.int64()), ("name", pa.string())])


def rows(count: int, *, batch_rows: int = 20_000, name: str = "x") -> pa.RecordBatchReader:
    batches = (
        pa.record_batch(
            [range(at, min(at + batch_rows, count)), [name] * min(batch_rows, count - at)], SCHEMA
        )
        for at in range(0, count, batch_rows)
    )
    return pa.RecordBatchReader.from_batches(SCHEMA, batches)


def fill(folder: Path, *, replace: bool = False, count: int = 3) -> None:
    with open_bulk_folder(folder, replace=replace) as files:
        files.write_table("nodes-Account.parquet", rows(count))
        files.write_table("nodes-Ip.parquet", rows(0))
        files.write_script("import.sh", "#!/bin/sh\n")


def fill_and_stop(folder: Path) -> None:
    with open_bulk_folder(folder, replace=True) as files:
        files.write_table("nodes-Account.parquet", rows(5))
        raise KeyboardInterrupt


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_folder_has_its_tables_and_a_script_that_can_be_run(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "files"
    fill(folder)
    assert names(folder) == ["import.sh", "nodes-Account.parquet"]  # none without rows
    assert os.access(folder / "import.sh", os.X_OK)
    assert pq.read_table(folder / "nodes-Account.parquet").num_rows == 3


def test_what_fails_leaves_nothing(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    for folder in (tmp_path / "new", empty):
        with pytest.raises(KeyboardInterrupt):
            fill_and_stop(folder)
    assert names(tmp_path) == ["empty"]
    assert names(empty) == []


def test_what_fails_leaves_the_earlier_files_alone(tmp_path: Path) -> None:
    fill(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        fill_and_stop(tmp_path)
    assert names(tmp_path) == ["import.sh", "nodes-Account.parquet"]
    assert pq.read_table(tmp_path / "nodes-Account.parquet").num_rows == 3


def test_what_a_killed_process_left_is_out_of_sight_and_then_gone(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    program = f"""
import os, sys
from pathlib import Path
from graphrisk.stores.neo4j.bulk_files import open_bulk_folder
with open_bulk_folder(Path({str(folder)!r})) as files:
    files.write_script("import.sh", "")
    os.kill(os.getpid(), 9)
"""
    subprocess.run([sys.executable, "-c", program], check=False)
    assert [name for name in names(folder) if not name.startswith(".")] == []
    assert len(names(folder)) == 1
    fill(folder)
    assert names(folder) == ["import.sh", "nodes-Account.parquet"]


def test_a_folder_that_is_not_empty_is_replaced_only_where_asked_for(tmp_path: Path) -> None:
    fill(tmp_path)
    (tmp_path / "relationships-PAID.parquet").touch()
    with pytest.raises(ConfigError, match="not empty"):
        fill(tmp_path)
    fill(tmp_path, replace=True, count=4)
    assert names(tmp_path) == ["import.sh", "nodes-Account.parquet"]
    assert pq.read_table(tmp_path / "nodes-Account.parquet").num_rows == 4


@pytest.mark.parametrize("name", ["thesis.txt", "accounts.parquet", ".profile", "nodes-Account.csv"])
def test_a_folder_with_anything_else_is_never_emptied(tmp_path: Path, name: str) -> None:
    fill(tmp_path)
    (tmp_path / name).touch()
    with pytest.raises(ConfigError, match="other things"):
        fill(tmp_path, replace=True)
    assert names(tmp_path) == sorted(["import.sh", "nodes-Account.parquet", name])


def test_a_place_that_cannot_be_a_folder_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(ConfigError):
            fill(place)


def test_row_groups_are_bounded_in_rows_and_in_bytes(tmp_path: Path) -> None:
    with open_bulk_folder(tmp_path) as files:
        size = files.write_table("nodes-Account.parquet", rows(2 * GROUP_ROWS + 1))
        files.write_table("nodes-Ip.parquet", rows(4000, batch_rows=500, name="x" * (GROUP_BYTES // 1500)))
    groups = {}
    for path in tmp_path.glob("*.parquet"):
        with pq.ParquetFile(path) as file:
            groups[path.name] = [file.metadata.row_group(at).num_rows for at in range(file.num_row_groups)]
    assert size.row_count == 2 * GROUP_ROWS + 1
    assert groups == {
        "nodes-Account.parquet": [GROUP_ROWS, GROUP_ROWS, 1],
        "nodes-Ip.parquet": [1000, 1000, 1000, 1000],
    }
