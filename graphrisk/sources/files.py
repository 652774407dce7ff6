"""Which files a mapping names, what is in them before they are read, and whether they are whole."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from graphrisk.errors import ConfigError, InputError

NEWLINE, RETURN, QUOTE = 10, 13, 34
Bytes: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.uint8]]"

_CHUNK_BYTES = 8 << 20
_HEADER_LIMIT = 1 << 20
_DELIMITERS = (",", "\t", ";", "|")


@dataclass(frozen=True, slots=True)
class TextHeader:
    """The first record of a CSV file. columns empty: the file is empty."""

    columns: tuple[str, ...]
    delimiter: str


def find_files(data: Path, globs: Sequence[str], where: str) -> list[Path]:
    """The files that match, each once, in the order of their paths. A glob may be an absolute path."""
    found: set[Path] = set()
    for pattern in globs:
        base, relative = (
            (Path(pattern).parent, Path(pattern).name) if Path(pattern).is_absolute() else (data, pattern)
        )
        try:
            found.update(path for path in base.glob(relative) if path.is_file())
        except (ValueError, NotImplementedError) as error:
            raise ConfigError(f"not a file pattern: {error}", where=where, value=pattern) from error
    return sorted(found)


def digest_of(path: Path) -> str:
    """SHA-256 of the file's bytes as they lie on disk."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def mixes_line_ends(path: Path) -> bool:
    """Whether records end now in CRLF, now in LF alone. Newlines inside of quotes are no matter.

    Reads to the end, and so raises InputError for a compressed file that is cut short: DuckDB reads a
    truncated Zstandard file up to the cut and says nothing.
    """
    returned = bare = quotes = 0
    last = np.zeros(1, dtype=np.uint8)
    for chunk in read_chunks(path):
        newline, quote = np.flatnonzero(chunk == NEWLINE), np.flatnonzero(chunk == QUOTE)
        ends = newline[(np.searchsorted(quote, newline) + quotes) % 2 == 0]
        after_return = int(np.count_nonzero(np.concatenate([last, chunk])[ends] == RETURN))
        returned += after_return
        bare += len(ends) - after_return
        quotes += len(quote)
        last = chunk[-1:]
    return returned > 0 and bare > 0


def check_whole(path: Path) -> None:
    """Read a compressed file to its end; raises InputError if it is cut short."""
    if compression_of(path) is not None:
        for _ in read_chunks(path):
            pass


def compression_of(path: Path) -> str | None:
    name = path.name.lower()
    if name.endswith(".gz"):
        return "gzip"
    return "zstd" if name.endswith((".zst", ".zstd")) else None


def read_chunks(path: Path) -> Iterator[Bytes]:
    """The decompressed bytes, some megabytes at a time."""
    try:
        with open_text_bytes(path) as stream:
            while data := stream.read(_CHUNK_BYTES):
                yield np.frombuffer(data, dtype=np.uint8)
    except (EOFError, OSError, zlib.error) as error:
        raise InputError(
            f"the {compression_of(path) or 'plain'} file is truncated or damaged: {error}",
            where=str(path),
            remedy="fetch it again; nothing of this table was written",
        ) from error


@contextmanager
def open_text_bytes(path: Path) -> Iterator[BinaryIO]:
    """The decompressed bytes of a CSV or JSON lines file."""
    compression = compression_of(path)
    if compression == "gzip":
        with gzip.open(path, "rb") as file:
            yield file  # type: ignore[misc]  # GzipFile reads like a BinaryIO
    elif compression == "zstd":
        with pa.CompressedInputStream(pa.OSFile(str(path)), "zstd") as stream:
            yield stream
    else:
        with path.open("rb") as plain:
            yield plain


def read_text_header(path: Path, delimiter: str | None, wanted: Sequence[str]) -> TextHeader:
    """The header record. delimiter None: the one that finds most of the `wanted` columns, then the one that
    gives most columns."""
    start = b""
    for chunk in read_chunks(path):
        start = chunk[:_HEADER_LIMIT].tobytes()
        break
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError("the file is UTF-16", where=str(path), remedy="convert it: iconv -f UTF-16 -t UTF-8")
    text = start.decode("utf-8-sig", errors="replace")
    if not text.strip():
        return TextHeader((), delimiter or ",")
    candidates = [delimiter] if delimiter else list(_DELIMITERS)
    headers = [TextHeader(_first_record(text, each), each) for each in candidates]
    return max(headers, key=lambda h: (len(set(wanted) & set(h.columns)), len(h.columns)))


def _first_record(text: str, delimiter: str) -> tuple[str, ...]:
    try:
        return tuple(next(iter(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)), ()))
    except csv.Error:
        return ()


def read_parquet_schema(path: Path) -> pa.Schema:
    try:
        return pq.read_schema(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(
            f"not a whole Parquet file: {str(error).splitlines()[0]}",
            where=str(path),
            remedy="fetch it again; nothing of this table was written",
        ) from error
