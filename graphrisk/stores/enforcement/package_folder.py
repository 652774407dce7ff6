"""A package as it was handed to somebody: a folder that anybody may have filled with anything."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from graphrisk.enforce.manifest import PARQUET
from graphrisk.enforce.package import PackageHeader
from graphrisk.errors import NotFoundError, TamperedError
from graphrisk.model.enforcement import ACTION
from graphrisk.stores.enforcement.package_files import render

_CHUNK = _SPARE = 1 << 20  # bytes
_BATCH_ROWS = 1_000
# Links are not followed, and a pipe does not keep us waiting
_PLAINLY = (
    os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
)


class PackageFolder:
    """Fits flows.enforcement.verify.PackageFolder. Raises NotFoundError where there is no folder."""

    def __init__(self, path: Path) -> None:
        if not path.is_dir():
            raise NotFoundError("no such package", value=str(path), remedy="the folder PKG-... is wanted")
        self._path = path

    def entries(self) -> Mapping[str, bool]:
        with os.scandir(self._path) as found:
            return {each.name: each.is_file(follow_symlinks=False) for each in found}

    def size(self, name: str) -> int:
        with self._open(name) as file:
            return os.fstat(file.fileno()).st_size

    def read(self, name: str) -> Iterator[bytes]:
        with self._open(name) as file:
            while chunk := file.read(_CHUNK):
                yield chunk

    def read_actions(self, row_count: int, most_bytes: int) -> pa.Table:
        with self._open(PARQUET) as file:
            try:
                parquet = pq.ParquetFile(file)
                if parquet.metadata.num_rows != row_count:
                    raise ValueError(f"has {parquet.metadata.num_rows:,} rows, not {row_count:,}")
                if not parquet.schema_arrow.equals(ACTION):
                    raise ValueError(f"has other columns than {', '.join(ACTION.names)}")
                return pa.Table.from_batches(_unfold(parquet, most_bytes), ACTION)
            except (pa.ArrowException, OSError) as error:
                raise ValueError("is no Parquet file that can be read") from error

    def render(self, name: str, table: pa.Table, header: PackageHeader) -> Iterator[bytes]:
        return render(name, table, header)

    def _open(self, name: str) -> BinaryIO:
        """Raises TamperedError for what is no plain file of the folder itself: it was one a moment ago."""
        handle = None
        with suppress(OSError):
            handle = os.open(self._path / name, _PLAINLY)
        if handle is not None and stat.S_ISREG(os.fstat(handle).st_mode) and name == Path(name).name:
            return os.fdopen(handle, "rb")
        if handle is not None:
            os.close(handle)
        raise TamperedError(
            "no plain file that can be read", where=f"{self._path.name}/{name}",
            remedy="look at who may write there",
        )  # fmt: skip


def _unfold(parquet: pq.ParquetFile, most_bytes: int) -> Iterator[pa.RecordBatch]:
    """A small file may say a long text very often. Raises ValueError before more than a batch too much is
    in memory."""
    left = most_bytes + _SPARE
    for batch in parquet.iter_batches(_BATCH_ROWS):
        batch.validate(full=True)
        left -= batch.nbytes
        if left < 0:
            raise ValueError(f"unfolds to more than {most_bytes:,} bytes, which the other forms have")
        yield batch
