"""A package's rows as JSON lines and as SQL. The bytes follow from the rows alone, so that whoever has the
rows of one form can tell whether another form says the same.

The SQL runs on PostgreSQL, SQLite and DuckDB. A row of the table is what a package last said of an action:
only a package of a later position in the ledger changes it, so that packages may be run again and in any
order.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from graphrisk.enforce.package import canonical
from graphrisk.model.enforcement import ACTION

TABLE = "graphrisk_actions"
_ROWS_IN_STATEMENT = 200
_TYPES = {pa.bool_(): "BOOLEAN", pa.timestamp("us"): "TIMESTAMP"}
_POSITION = ("package_id", "ledger_seq")
# A backslash without one that stands before a quote: servers that take it for an escape read the same
_BACKSLASH = "'||substr('\\\\',1,1)||'"


def times_as_text(table: pa.Table, *, between: str, end: str) -> pa.Table:
    """Times as YYYY-MM-DD HH:MM:SS, with a fraction where there is one. between: date and time."""
    for at, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            text = pc.strftime(table.column(at), f"%Y-%m-%d{between}%H:%M:%S")
            text = pc.replace_substring_regex(text, r"\.0+$", "")
            texts = pc.binary_join_element_wise(text, end, "")
            table = table.set_column(at, pa.field(field.name, pa.string(), field.nullable), texts)
    return table


def json_lines(table: pa.Table) -> Iterator[str]:
    for batch in times_as_text(table, between="T", end="Z").to_batches(max_chunksize=10_000):
        for row in batch.to_pylist():
            yield canonical(row)


def sql_statements(table: pa.Table, package_id: str, ledger_seq: int) -> Iterator[str]:
    """One transaction. Texts are exact, but for the character NUL, which no database takes and which is
    written as \\x00."""
    yield f"-- {package_id}, position {ledger_seq} of the ledger; may be run again and in any order"
    yield "BEGIN;"
    yield _create_table()
    position = f",{_quoted(package_id)},{ledger_seq:d})"
    rows = []
    for batch in times_as_text(table, between=" ", end="").to_batches(max_chunksize=10_000):
        for row in batch.to_pylist():
            rows.append("(" + ",".join(map(_literal, row.values())) + position)
            if len(rows) == _ROWS_IN_STATEMENT:
                yield _insert(rows)
                rows = []
    if rows:
        yield _insert(rows)
    yield "COMMIT;"


def _create_table() -> str:
    columns = [
        f"  {field.name} {_TYPES.get(field.type, 'TEXT')}{'' if field.nullable else ' NOT NULL'}"
        for field in ACTION
    ]
    columns[0] += " PRIMARY KEY"
    columns += ["  package_id TEXT NOT NULL", "  ledger_seq BIGINT NOT NULL"]
    return f"CREATE TABLE IF NOT EXISTS {TABLE} (\n" + ",\n".join(columns) + "\n);"


def _insert(rows: list[str]) -> str:
    names = [*ACTION.names, *_POSITION]
    changed = ", ".join(f"{name} = excluded.{name}" for name in names[1:])
    return (
        f"INSERT INTO {TABLE} ({', '.join(names)}) VALUES\n" + ",\n".join(rows)
        + f"\nON CONFLICT (action_id) DO UPDATE SET {changed}"
        f"\nWHERE excluded.ledger_seq > {TABLE}.ledger_seq;"
    )  # fmt: skip


def _literal(value: str | bool | None) -> str:  # noqa: FBT001 - a cell
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return _quoted(value)


def _quoted(text: str) -> str:
    text = text.replace("\0", "\\x00").replace("'", "''")
    return f"'{text.replace(chr(92), _BACKSLASH)}'"
