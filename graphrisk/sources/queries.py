"""A SQL query over a database as a table: SQLite or PostgreSQL, streamed through ADBC, every column as
text."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import duckdb
import pyarrow as pa

from graphrisk.errors import InputError
from graphrisk.flows.load import SourceFile
from graphrisk.flows.plan import FilePlan
from graphrisk.model.mapping import Mapping, TableMapping
from graphrisk.sources.cells import Cell
from graphrisk.sources.columns import mapped_columns
from graphrisk.sources.databases import connect_database
from graphrisk.sources.flat import absent_columns, flat_part
from graphrisk.sources.lines import number_rows
from graphrisk.sources.quoting import sql_name


def digest_of_query(table: TableMapping, data: Path) -> SourceFile:
    """The digest is of the result's rows in any order, since a query need not have one. It costs one run of
    the query."""
    with _streamed(table, data, _found_columns(table, data)) as reader:
        columns = ", ".join(sql_name(name) for name in reader.schema.names)
        with duckdb.connect() as connection:
            connection.register("result", reader)
            row = connection.execute(
                f"SELECT count(*), sum(md5_number_lower(concat_ws(chr(31), {columns}))::HUGEINT) FROM result"
            ).fetchone()
    return SourceFile(f"query of {table.name}", hashlib.sha256(repr(row).encode()).hexdigest())


def plan_query(mapping: Mapping, table: TableMapping, file: SourceFile, data: Path, digest: str) -> FilePlan:
    present = _found_columns(table, data)
    wanted = [name for name in mapped_columns(table) if name in present]
    cells = {
        name: Cell(name, f"c{wanted.index(name)}") if name in wanted else Cell(name, "NULL")
        for name in present
    }
    return FilePlan(
        table_name=table.name,
        path=file.path,
        digest=file.digest,
        mapping_digest=digest,
        source="",
        direct=False,
        parts=(flat_part(mapping, table, cells, file.path),),
        timezone=table.timezone,
        lines=number_rows,
        batches=partial(_streamed, table, data, present),
        warnings=absent_columns(table, present, file.path),
    )


def _found_columns(table: TableMapping, data: Path) -> list[str]:
    with connect_database(table, data) as connection, connection.cursor() as cursor:
        try:
            cursor.execute(f"SELECT * FROM ({_query(table)}\n) AS asked LIMIT 0")
            return [str(column[0]) for column in cursor.description or ()]
        except connection.Error as error:
            raise _failed(table, error) from error


@contextmanager
def _streamed(table: TableMapping, data: Path, present: list[str]) -> Iterator[pa.RecordBatchReader]:
    """The mapped columns as text, named c0, c1, ... in the order of the mapping; the database casts, so
    that types never clash."""
    wanted = [name for name in mapped_columns(table) if name in present]
    chosen = (
        ", ".join(f"coalesce(CAST({sql_name(name)} AS TEXT), '') AS c{at}" for at, name in enumerate(wanted))
        or "'' AS c0"
    )
    with connect_database(table, data) as connection, connection.cursor() as cursor:
        try:
            cursor.execute(f"SELECT {chosen} FROM ({_query(table)}\n) AS asked")
            yield cursor.fetch_record_batch()
        except (connection.Error, duckdb.InvalidInputException) as error:
            # The latter: the query failed on a later row, which DuckDB met while it read the stream.
            raise _failed(table, error) from error


def _query(table: TableMapping) -> str:
    return (table.query or "").strip().rstrip(";")


def _failed(table: TableMapping, error: Exception) -> InputError:
    said = str(error).splitlines()[0].rpartition("IOError: ")[2]
    return InputError(f"the query failed: {said}", where=f"table {table.name}")
