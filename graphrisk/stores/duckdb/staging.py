"""One file laid out in temporary tables, from which the observed tables are filled.

    source       row_at and what the plan's `source` reads, once
    part         row_at, piece, and the columns of one part of the plan
    row_fault    row_at, column_name, value, reason, account_key, whole
    piece_fault  piece

row_at is the row's position in the file, piece the row's in the part: the same unless the part is a list
inside the rows. `whole`: the row yields nothing at all; otherwise only what the fault concerns is left out.
A fault in an element of a list that makes the element worthless stands in piece_fault, and the rest of its
row lives on.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import pyarrow as pa

from graphrisk.flows.plan import FilePlan, Part, RowReject
from graphrisk.model.mapping import LoadLimits
from graphrisk.stores.duckdb.connection import read_number

_SHOWN_CHARS = 200
_VIEWS = ("part", "source")
_TABLES = (
    "part_rows",
    "source_rows",
    "row_fault",
    "piece_fault",
    "faulty",
    "fresh",
    "unseen",
    "keyed",
    "repeated",
    "earlier",
    "reject_errors",
    "reject_scans",
)


@dataclass(frozen=True, slots=True)
class StagedPart:
    """A part laid out as `part`, and where what it says belongs."""

    connection: duckdb.DuckDBPyConnection
    part: Part
    file_id: int
    table_name: str
    limits: LoadLimits

    def execute(self, statement: str, values: dict[str, str | bool] | None = None) -> None:
        self.connection.execute(statement, values or {})

    def any_row(self, relation: str) -> bool:
        """relation: what follows FROM."""
        return len(self.connection.execute(f"SELECT 1 FROM {relation} LIMIT 1").fetchall()) > 0

    def any_value(self, name: str) -> bool:
        """Whether the part's column `name` says anything. A column that is NULL throughout is not read."""
        return not self.part.is_null(name) and self.any_row(f"part WHERE {name} IS NOT NULL")

    def sound(self) -> str:
        """SQL over `part p`: the row yields something, for all that is known of its faults by now."""
        tests = []
        if self.any_row("row_fault WHERE whole"):
            tests.append("p.row_at NOT IN (SELECT row_at FROM row_fault WHERE whole)")
        if self.any_row("piece_fault"):
            tests.append("p.piece NOT IN (SELECT piece FROM piece_fault)")
        return " AND ".join(tests) or "true"

    def read_column(self, query: str) -> pa.Array:
        return self.connection.sql(query).to_arrow_table().column(0).combine_chunks()

    def enter_fault(
        self, column: str, reason: str, rows: str, *, whole: bool, account_key: str = "NULL"
    ) -> None:
        """rows: a SELECT of row_at, piece, value and of what the SQL in `reason` and `account_key` names."""
        self.execute(
            f"""INSERT INTO row_fault
            SELECT row_at, $column, left(value, {_SHOWN_CHARS}), {reason}, {account_key}, $whole FROM
            ({rows})""",
            {"column": column, "whole": whole and self.part.counted},
        )
        if whole and not self.part.counted:
            self.execute(f"INSERT INTO piece_fault SELECT piece FROM ({rows})")


def stage_source(connection: duckdb.DuckDBPyConnection, plan: FilePlan) -> tuple[RowReject, ...]:
    """Lay out `source` and an empty `row_fault`. Returns the records that are no rows."""
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
    position = _position(connection, "source_rows")
    connection.execute(f"CREATE TEMP VIEW source AS SELECT {position} AS row_at, * FROM source_rows")
    return _rejects(connection) if plan.rejects else ()


def stage_part(staged: StagedPart, *, direct: bool) -> int:
    """Lay out `part` and enter its faults. Returns how many rows it has. direct: `source` may be read again
    and again."""
    connection, part = staged.connection, staged.part
    connection.execute("DROP VIEW IF EXISTS temp.part")
    connection.execute("DROP TABLE IF EXISTS temp.part_rows")
    connection.execute("CREATE OR REPLACE TEMP TABLE piece_fault (piece BIGINT)")
    columns = ", ".join(["row_at", *(f"{column.sql} AS {column.name}" for column in part.columns)])
    if direct:
        connection.execute(f"CREATE TEMP VIEW part AS SELECT row_at AS piece, {columns} FROM {part.relation}")
    else:
        connection.execute(f"CREATE TEMP TABLE part_rows AS SELECT {columns} FROM {part.relation}")
        connection.execute(
            f"CREATE TEMP VIEW part AS SELECT {_position(connection, 'part_rows')} AS piece, * FROM part_rows"
        )
        connection.execute("SET preserve_insertion_order = false")
    _enter_faults(staged)
    return read_number(connection, "SELECT count(*) FROM part")


def clear_staging(connection: duckdb.DuckDBPyConnection) -> None:
    for view in _VIEWS:
        connection.execute(f"DROP VIEW IF EXISTS temp.{view}")
    for table in _TABLES:
        connection.execute(f"DROP TABLE IF EXISTS temp.{table}")


def _position(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    """SQL of a row's position from 0. Row ids ascend with the rows, but within a transaction they begin
    somewhere else."""
    return f"rowid - {read_number(connection, f'SELECT min(rowid) FROM {table}')}"


def _enter_faults(staged: StagedPart) -> None:
    values = list(dict.fromkeys(fault.value for fault in staged.part.faults))
    wrong = " OR ".join(f"{value} IS NOT NULL" for value in values)
    if not values or not staged.any_row(f"part WHERE {wrong}"):
        return
    staged.execute(
        f"""CREATE OR REPLACE TEMP TABLE faulty AS
        SELECT row_at, piece, {", ".join(values)} FROM part WHERE {wrong}"""
    )
    for fault in staged.part.faults:
        rows = f"SELECT row_at, piece, {fault.value} AS value FROM faulty WHERE {fault.value} IS NOT NULL"
        staged.enter_fault(fault.column, f"'{fault.reason}'", rows, whole=True)


def _rejects(connection: duckdb.DuckDBPyConnection) -> tuple[RowReject, ...]:
    # One record may have several errors.
    rows = connection.execute(
        f"""SELECT line, min(line_byte_position) - 1, max(strlen(csv_line)), left(max(csv_line),
            {_SHOWN_CHARS})
        FROM reject_errors GROUP BY line ORDER BY line"""
    ).fetchall()
    return tuple(
        RowReject(int(line), int(start or 0), int(size or 0), str(text or ""))
        for line, start, size, text in rows
    )
