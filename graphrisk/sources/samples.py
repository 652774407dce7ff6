"""A look at a folder of tables: which files belong together, their headers and first rows."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TypeAlias, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from graphrisk.errors import InputError, NotFoundError
from graphrisk.flows.guess import SampledColumn, SampledTable
from graphrisk.model.mapping import TableFormat
from graphrisk.sources.cells import CellType, cell_type
from graphrisk.sources.files import read_chunks, read_text_header

SAMPLED_ROWS = 1000
_ENDINGS = {
    ".csv": TableFormat.CSV,
    ".tsv": TableFormat.CSV,
    ".psv": TableFormat.CSV,
    ".txt": TableFormat.CSV,
    ".parquet": TableFormat.PARQUET,
    ".pq": TableFormat.PARQUET,
    ".jsonl": TableFormat.JSONL,
    ".ndjson": TableFormat.JSONL,
    ".json": TableFormat.JSONL,
}
_COMPRESSIONS = (".gz", ".zst", ".zstd")
# sessions-2024-01.parquet, sessions_0003.parquet, sessions.part-7.parquet: pieces of one table
_PIECE = re.compile(r"([-_.]?(part)?[-_.]?\d[-_.\dT]*)$")

Row = TypeVar("Row")
Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"


def format_of(file_name: str) -> TableFormat | None:
    """The format that a file's ending names; a compression's ending is looked through."""
    return _ENDINGS.get(_split(file_name)[1].removesuffix(".gz").removesuffix(".zst").removesuffix(".zstd"))


def sample_folder(folder: Path) -> tuple[SampledTable, ...]:
    """Every table in the folder itself, by name; folders inside of it are not looked at. Raises
    NotFoundError, InputError."""
    if not folder.is_dir():
        raise NotFoundError("there is no such folder", where=str(folder))
    groups: dict[tuple[str, str, TableFormat], list[Path]] = {}
    for path in sorted(folder.iterdir()):
        (stem, ending), kind = _split(path.name), format_of(path.name)
        if path.is_file() and not path.name.startswith(".") and kind is not None:
            groups.setdefault((_PIECE.sub("", stem) or stem, ending, kind), []).append(path)
    if not groups:
        raise InputError(
            "there are no tables",
            where=str(folder),
            remedy=f"known endings: {', '.join(_ENDINGS)}, each also .gz, .zst",
        )
    taken: set[str] = set()
    return tuple(
        _sample(_free_name(base, taken), kind, base, ending, paths)
        for (base, ending, kind), paths in groups.items()
    )


def _sample(name: str, kind: TableFormat, base: str, ending: str, paths: Sequence[Path]) -> SampledTable:
    """The columns of all its files, the values of the first that has any."""
    columns: dict[str, SampledColumn] = {}
    row_count = 0
    for path in paths:
        count, found = _READERS[kind](path)
        row_count = row_count or count
        for column in found:
            if column.name not in columns or not columns[column.name].values:
                columns[column.name] = column
    files = (f"{base}{ending}", f"{base}[-_.0-9]*{ending}")
    if len(paths) == 1 and paths[0].name != files[0]:
        files = (paths[0].name, f"{base}[-_.0-9]*{ending}")
    return SampledTable(name, files, kind, tuple(columns.values()), row_count)


def _sample_csv(path: Path) -> tuple[int, list[SampledColumn]]:
    header = read_text_header(path, "\t" if ".tsv" in path.name else None, ())
    text = _head(path).decode("utf-8-sig", errors="replace")
    rows = list(
        _some(csv.reader(io.StringIO(text, newline=""), delimiter=header.delimiter), SAMPLED_ROWS + 1)
    )[1:]
    columns = [
        SampledColumn(name, tuple(row[at].strip() for row in rows if at < len(row) and row[at].strip()))
        for at, name in enumerate(header.columns)
        if name
    ]
    return len(rows), columns


def _sample_parquet(path: Path) -> tuple[int, list[SampledColumn]]:
    try:
        with pq.ParquetFile(path) as file:
            schema = file.schema_arrow
            first = next(file.iter_batches(batch_size=SAMPLED_ROWS), None)
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(
            f"not a whole Parquet file: {str(error).splitlines()[0]}", where=str(path)
        ) from error
    times = (CellType.TIME, CellType.ZONED_TIME, CellType.DATE)
    columns = [
        SampledColumn(
            field.name,
            tuple(
                _shown(value)
                for value in (first.column(at).to_pylist() if first is not None else ())
                if value is not None
            ),
            cell_type(field.type) in times,
        )
        for at, field in enumerate(schema)
    ]
    return first.num_rows if first is not None else 0, columns


def _sample_jsonl(path: Path) -> tuple[int, list[SampledColumn]]:
    values: dict[str, list[str]] = {}
    count = 0
    for line in _some(_head(path).decode("utf-8-sig", errors="replace").splitlines(), SAMPLED_ROWS):
        try:
            row: Json = json.loads(line)
        except json.JSONDecodeError:
            continue  # the last line of the head is cut; others are the load's to report
        count += 1
        for name, value in _leaves(row, ""):
            values.setdefault(name, []).append(value)
    return count, [SampledColumn(name, tuple(found)) for name, found in values.items()]


_READERS = {
    TableFormat.CSV: _sample_csv,
    TableFormat.PARQUET: _sample_parquet,
    TableFormat.JSONL: _sample_jsonl,
}


def _leaves(value: Json, place: str) -> Iterable[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, f"{place}.{key}" if place else key)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, f"{place}[]")
    elif value is not None and place:
        yield place, json.dumps(value) if isinstance(value, bool) else str(value)


def _shown(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime | date) else str(value)


def _head(path: Path) -> bytes:
    return next((chunk.tobytes() for chunk in read_chunks(path)), b"")


def _some(rows: Iterable[Row], most: int) -> Iterable[Row]:
    return (row for _, row in zip(range(most), rows, strict=False))


def _split(file_name: str) -> tuple[str, str]:
    """("sessions-2024-01", ".csv.gz"): the ending with its compression, in lower case."""
    lower = file_name.lower()
    compression = next((c for c in _COMPRESSIONS if lower.endswith(c)), "")
    stem = file_name[: len(file_name) - len(compression)]
    dot = stem.rfind(".")
    return (stem, compression) if dot < 0 else (stem[:dot], stem[dot:].lower() + compression)


def _free_name(base: str, taken: set[str]) -> str:
    """A table's name that TOML takes bare and no other table has."""
    name = re.sub(r"[^A-Za-z0-9_-]+", "_", base).strip("_") or "table"
    free, number = name, 2
    while free in taken:
        free, number = f"{name}_{number}", number + 1
    taken.add(free)
    return free
