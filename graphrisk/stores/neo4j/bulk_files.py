"""The folder that `neo4j-admin database import` reads: it appears whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from graphrisk.errors import ConfigError
from graphrisk.flows.bulk import SCRIPT, FileSize, PartKind

GROUP_ROWS, GROUP_BYTES = 100_000, 64 << 20  # of a row group: importer and writer hold one at a time
_UNFINISHED = ".unfinished"
_TABLES = tuple(f"{kind}-" for kind in PartKind)


@contextmanager
def open_bulk_folder(folder: Path, *, replace: bool = False) -> Iterator[BulkFolder]:
    """Files are written out of sight and take their places in `folder` when the block ends well, the script
    last: where that stands, everything stands. What a killed process left is removed.

    replace: an earlier folder of files for the importer is emptied; one that holds anything else is refused
    with ConfigError in any case, and so is a place that cannot be written.
    """
    is_new = not folder.exists()
    old = [] if is_new else _earlier_files(folder, replace=replace)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for left in filter(_is_unfinished, folder.iterdir()):
            shutil.rmtree(left)
        made = folder / f".{secrets.token_hex(4)}{_UNFINISHED}"
        made.mkdir()
        try:
            yield BulkFolder(made)
            _move(made, folder, old)
            is_new = False
        finally:
            shutil.rmtree(made, ignore_errors=True)
            if is_new:
                folder.rmdir()
    except OSError as error:
        raise ConfigError(
            f"the files for the importer cannot be written: {error.strerror or error}",
            where=str(folder),
            remedy="give a folder that can be written and has room",
        ) from error


@dataclass(frozen=True, slots=True)
class BulkFolder:
    """Fits flows.bulk.BulkFiles."""

    folder: Path

    def write_table(self, name: str, rows: pa.RecordBatchReader) -> FileSize:
        path, row_count = self.folder / name, 0
        with pq.ParquetWriter(path, rows.schema, compression="zstd", write_statistics=False) as writer:
            for group in _groups(rows):
                writer.write_table(group, row_group_size=group.num_rows)
                row_count += group.num_rows
        if not row_count:
            path.unlink()
            return FileSize(0, 0)
        _sync(path)
        return FileSize(row_count, path.stat().st_size)

    def write_script(self, name: str, text: str) -> None:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        path.chmod(path.stat().st_mode | 0o111)
        _sync(path)


def _groups(rows: pa.RecordBatchReader) -> Iterator[pa.Table]:
    """As few as GROUP_ROWS and GROUP_BYTES allow, batches being whole."""
    waiting: list[pa.RecordBatch] = []
    for batch in rows:
        full = sum(each.nbytes for each in waiting) + batch.nbytes > GROUP_BYTES
        if waiting and (full or sum(each.num_rows for each in waiting) + batch.num_rows > GROUP_ROWS):
            yield pa.Table.from_batches(waiting)
            waiting = []
        waiting.append(batch)
    if waiting:
        yield pa.Table.from_batches(waiting)


def _earlier_files(folder: Path, *, replace: bool) -> list[Path]:
    """The script first."""
    if not folder.is_dir():
        raise ConfigError("the files for the importer need a folder", where=str(folder))
    found = sorted(entry for entry in folder.iterdir() if not _is_unfinished(entry))
    if found and not replace:
        raise ConfigError(
            "the folder for the importer's files is not empty", where=str(folder),
            remedy="name a new folder, or give --force",
        )  # fmt: skip
    strange = [entry.name for entry in found if entry.name != SCRIPT and not _is_table(entry)]
    if strange:
        raise ConfigError(
            "the folder holds other things than files for the importer, and is not emptied",
            where=str(folder), value=strange[0], remedy="name a new folder",
        )  # fmt: skip
    return sorted(found, key=_is_table)


def _move(made: Path, folder: Path, old: list[Path]) -> None:
    for path in old:
        path.unlink()
    for path in sorted(made.iterdir(), key=lambda path: not _is_table(path)):
        path.rename(folder / path.name)
    _sync(folder)


def _is_table(path: Path) -> bool:
    return path.name.startswith(_TABLES) and path.suffix == ".parquet"


def _is_unfinished(path: Path) -> bool:
    return path.name.startswith(".") and path.name.endswith(_UNFINISHED)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
