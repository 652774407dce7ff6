"""One file laid out in temporary tables: `part` (the rows that the plan's expressions speak of) and `row_fault`.

row_fault: row_at, column_name, value, reason, account_key, whole. `whole`: the row yields nothing; otherwise only what the
fault concerns is left out.
"""

from __future__ import annotations

import duckdb

from graphrisk.flows.load import FilePlan, Part, RowReject

SOUND = "p.row_at NOT IN (SELECT row_at FROM row_fault WHERE whole)"
_SHOWN_CHARS = 200


def stage_source(connection: duckdb.DuckDBPyConnection, plan: FilePlan) -> tuple[RowReject, ...]:
    """Make `source` out of the file, and an empty `row_fault`. Returns the records that are no rows."""
    clear_staging(connection)
    connection.execute(
        "CREATE TEMP TABLE row_fault (row_at BIGINT, column_name VARCHAR, value VARCHAR, reason VARCHAR,"
        " account_key INTEGER, whole BOOLEAN)"
    )
    connection.execute(f"SET TimeZone = '{plan.timezone.replace(chr(39), '')}'")
    connection.execute(f"SET preserve_insertion_order = {str(not plan.direct).lower()}")
    if plan.direct:
        connection.execute(f"CREATE TEMP VIEW source AS {plan.source}")
        return ()
    if plan.batches is not None:
        with plan.batches() as reader:
            connection.register("incoming_batches", reader)
            connection.execute("CREATE TEMP TABLE source_rows AS SELECT * FROM incoming_batches")
            connection.unregister("incoming_batches")
    else:
        connection.execute(f"CREATE TEMP TABLE source_rows AS {plan.source}")
    connection.execute("SET preserve_insertion_order = false")
    # The rows stand in the order of the file. Before a transaction ends, row ids count from somewhere else than 0.
    first = connection.execute("SELECT coalesce(min(rowid), 0) FROM source_rows").fetchone()
    assert first is not None
    connection.execute(
        f"CREATE TEMP VIEW source AS SELECT rowid - {int(first[0])} AS row_at, * FROM source_rows"
    )
    return _rejects(connection) if plan.rejects else ()


def stage_part(connection: duckdb.DuckDBPyConnection, part: Part, *, direct: bool) -> int:
    """Make `part` and enter its faults into `row_fault`. Returns how many rows it has."""
    connection.execute("DROP VIEW IF EXISTS part")
    connection.execute("DROP TABLE IF EXISTS part_rows")
    columns = ", ".join(["row_at", *(f"{column.sql} AS {column.name}" for column in part.columns)])
    if direct:
        connection.execute(f"CREATE TEMP VIEW part AS SELECT {columns} FROM {part.relation}")
    else:
        connection.execute(f"CREATE TEMP TABLE part_rows AS SELECT {columns} FROM {part.relation}")
        connection.execute("CREATE TEMP VIEW part AS SELECT * FROM part_rows")
    if part.faults:
        _enter_faults(connection, part)
    counted = connection.execute("SELECT count(*) FROM part").fetchone()
    assert counted is not None
    return int(counted[0])


def enter_fault(
    connection: duckdb.DuckDBPyConnection,
    column: str,
    reason: str,
    rows: str,
    *,
    whole: bool,
    account_key: str = "NULL",
) -> None:
    """rows: SQL that gives row_at and `value`, and what `account_key` names."""
    connection.execute(
        f"INSERT INTO row_fault SELECT row_at, ?, left(value, {_SHOWN_CHARS}), {reason}, {account_key}, ? FROM ({rows})",
        [column, whole],
    )


def any_row(connection: duckdb.DuckDBPyConnection, query: str) -> bool:
    return connection.execute(f"SELECT 1 FROM ({query}) LIMIT 1").fetchone() is not None


def clear_staging(connection: duckdb.DuckDBPyConnection) -> None:
    for view in ("part", "source"):
        connection.execute(f"DROP VIEW IF EXISTS temp.{view}")
    for table in (
        "part_rows",
        "source_rows",
        "row_fault",
        "fresh",
        "spelling",
        "reject_errors",
        "reject_scans",
    ):
        connection.execute(f"DROP TABLE IF EXISTS temp.{table}")


def _enter_faults(connection: duckdb.DuckDBPyConnection, part: Part) -> None:
    values = list(dict.fromkeys(fault.value for fault in part.faults))
    wrong = " OR ".join(f"{value} IS NOT NULL" for value in values)
    if not any_row(connection, f"FROM part WHERE {wrong}"):
        return
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE faulty AS SELECT row_at, {', '.join(values)} FROM part WHERE {wrong}"
    )
    for fault in part.faults:
        rows = f"SELECT row_at, {fault.value} AS value FROM faulty WHERE {fault.value} IS NOT NULL"
        enter_fault(connection, fault.column, f"'{fault.reason}'", rows, whole=True)
    connection.execute("DROP TABLE faulty")


def _rejects(connection: duckdb.DuckDBPyConnection) -> tuple[RowReject, ...]:
    rows = connection.execute(
        f"SELECT line, min(line_byte_position) - 1, max(strlen(csv_line)), left(max(csv_line), {_SHOWN_CHARS})"
        " FROM reject_errors GROUP BY line ORDER BY line"
    ).fetchall()
    return tuple(
        RowReject(int(line), int(start or 0), int(size or 0), str(text or ""))
        for line, start, size, text in rows
    )
