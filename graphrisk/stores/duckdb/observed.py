"""Executes file plans: what the files say becomes rows of the observed tables, one table of the mapping per
transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import duckdb
import numpy as np
import pyarrow as pa

from graphrisk.errors import InputError, TooManyBadRowsError, visible
from graphrisk.flows.load import LoadedFile, WriteResult
from graphrisk.flows.plan import FilePlan, RowReject
from graphrisk.model.mapping import LoadLimits
from graphrisk.stores.duckdb.connection import read_number, transaction
from graphrisk.stores.duckdb.schema import create_views
from graphrisk.stores.duckdb.staging import StagedPart, clear_staging, stage_part, stage_source
from graphrisk.stores.duckdb.yields import find_unknown_accounts, write_part

_OBSERVED_TABLES = (
    "account",
    "account_trait",
    "link",
    "payment",
    "label",
    "identifier_alias",
    "quarantine",
    "loaded_file",
)
_COUNTED = (
    ("accounts", "known_account_key"),
    ("links", "link"),
    ("payments", "payment"),
    ("labels", "label"),
    ("quarantined", "quarantine"),
)
# What DuckDB raises for a file that is not what its name says; others (out of memory, internal) are not the
# file's fault.
_UNREADABLE = (
    duckdb.IOException,
    duckdb.InvalidInputException,
    duckdb.ConversionException,
    duckdb.SerializationException,
)


@dataclass(slots=True)
class _Tally:
    """What a table's files amounted to."""

    row_count: int = 0
    bad_count: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    example: str = ""


@dataclass(frozen=True, slots=True)
class ObservedWriter:
    """The writing side of a load; fits flows.load.ObservedStore. has_account_table: accounts are known by
    being told of."""

    connection: duckdb.DuckDBPyConnection
    has_account_table: bool

    def loaded_tables(self) -> Sequence[str]:
        rows = self.connection.execute("SELECT DISTINCT table_name FROM loaded_file ORDER BY 1").fetchall()
        return [str(name) for (name,) in rows]

    def loaded_files(self, table_name: str) -> Sequence[LoadedFile]:
        rows = self.connection.execute(
            "SELECT path, digest, mapping_digest FROM loaded_file WHERE table_name = ? ORDER BY path",
            [table_name],
        ).fetchall()
        return [LoadedFile(*row) for row in rows]

    def write_table(
        self, table_name: str, plans: Sequence[FilePlan], limits: LoadLimits, *, replace: bool
    ) -> WriteResult:
        """All of the table's new files, or nothing. replace: forget first what this table said before.

        Raises TooManyBadRowsError if more rows are bad than the limits allow, InputError if a file cannot
        be read.
        """
        tally = _Tally()
        with transaction(self.connection):
            if replace:
                self._delete_rows(table_name)
            for plan in plans:
                try:
                    self._write_file(plan, limits, tally)
                except _UNREADABLE as error:
                    raise InputError(
                        f"cannot be read: {str(error).splitlines()[0]}",
                        where=plan.path,
                        remedy=f"nothing of table {table_name} was written; mend the file and load again",
                    ) from error
            clear_staging(self.connection)
            _judge(table_name, tally, limits)
        return WriteResult(tally.row_count, tally.bad_count, tuple(tally.reasons.most_common()))

    def settle(self) -> tuple[tuple[str, int], ...]:
        """Bring the views up to date, forget the quarantine of accounts that have arrived, and count what
        is held."""
        with transaction(self.connection):
            create_views(self.connection, has_account_table=self.has_account_table)
            self.connection.execute(
                """DELETE FROM quarantine
                WHERE reason = 'unknown_account' AND account_key IN (SELECT account_key FROM account)"""
            )
        return tuple(
            (words, read_number(self.connection, f"SELECT count(*) FROM {name}")) for words, name in _COUNTED
        )

    def forget_table(self, table_name: str) -> None:
        """Everything that this table's files said; keys stay, for they say nothing."""
        with transaction(self.connection):
            self._delete_rows(table_name)

    def _delete_rows(self, table_name: str) -> None:
        for name in _OBSERVED_TABLES:
            self.connection.execute(
                f"DELETE FROM {name} WHERE file_id IN (SELECT file_id FROM loaded_file WHERE table_name = ?)",
                [table_name],
            )

    def _write_file(self, plan: FilePlan, limits: LoadLimits, tally: _Tally) -> None:
        file_id = _next_file_id(self.connection)
        rejects = stage_source(self.connection, plan) if plan.parts else ()
        row_count = len(rejects)
        for part in plan.parts:
            staged = StagedPart(self.connection, part, file_id, plan.table_name, limits)
            part_count = stage_part(staged, direct=plan.direct)
            row_count += part_count if part.counted else 0
            write_part(staged)
            if self.has_account_table:
                find_unknown_accounts(staged)
        bad_count = self._quarantine(plan, file_id, rejects, tally) if plan.parts else 0
        tally.row_count += row_count
        tally.bad_count += bad_count
        self.connection.execute(
            "INSERT INTO loaded_file VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                file_id,
                plan.table_name,
                plan.path,
                plan.digest,
                plan.mapping_digest,
                row_count,
                bad_count,
                datetime.now(UTC).replace(tzinfo=None),
            ],
        )

    def _quarantine(self, plan: FilePlan, file_id: int, rejects: Sequence[RowReject], tally: _Tally) -> int:
        """Write the file's faults with their lines. Returns the number of bad rows."""
        counted = self.connection.execute(
            "SELECT reason, count(*) FROM row_fault GROUP BY reason ORDER BY reason"
        ).fetchall()
        tally.reasons.update({str(reason): int(count) for reason, count in counted})
        if rejects:
            tally.reasons["malformed_row"] += len(rejects)
        found = self.connection.sql("SELECT DISTINCT row_at FROM row_fault ORDER BY row_at").to_arrow_table()
        rows = found.column("row_at").to_numpy().astype(np.int64)
        if not len(rows) and not rejects:
            return 0
        lines = np.asarray(plan.lines(rows, rejects), dtype=np.int64)
        self.connection.register("row_line", pa.table({"row_at": rows, "line": lines[: len(rows)]}))
        self.connection.execute(
            """INSERT INTO quarantine SELECT DISTINCT $table_name, $file, l.line, f.column_name, f.value,
                f.reason, f.account_key,
            $file_id FROM row_fault f JOIN row_line l ON l.row_at = f.row_at""",
            {"table_name": plan.table_name, "file": plan.path, "file_id": file_id},
        )
        self.connection.unregister("row_line")
        self.connection.register(
            "reject_line",
            pa.table({"line": lines[len(rows) :], "value": pa.array([r.text for r in rejects], pa.string())}),
        )
        self.connection.execute(
            """INSERT INTO quarantine SELECT $table_name, $file, line, NULL, value, 'malformed_row', NULL,
                $file_id
            FROM reject_line""",
            {"table_name": plan.table_name, "file": plan.path, "file_id": file_id},
        )
        self.connection.unregister("reject_line")
        tally.example = tally.example or self._first_example(file_id)
        return len(rows) + len(rejects)

    def _first_example(self, file_id: int) -> str:
        row = self.connection.execute(
            """SELECT file, line, column_name, value, reason FROM quarantine
            WHERE file_id = ? ORDER BY line, reason LIMIT 1""",
            [file_id],
        ).fetchone()
        if row is None:
            return ""
        file, line, column, value, reason = row
        return (
            f"{file}:{line}" + (f" column {column}" if column else "") + f": {reason} {visible(value or '')}"
        )


def _next_file_id(connection: duckdb.DuckDBPyConnection) -> int:
    return read_number(connection, "SELECT max(file_id) FROM loaded_file") + 1


def _judge(table_name: str, tally: _Tally, limits: LoadLimits) -> None:
    none_good = tally.bad_count > 0 and tally.bad_count >= tally.row_count
    too_many = (
        tally.bad_count >= limits.min_bad_rows and tally.bad_count > limits.max_bad_share * tally.row_count
    )
    if not (none_good or too_many):
        return
    counts = ", ".join(f"{reason} {count}" for reason, count in tally.reasons.most_common())
    raise TooManyBadRowsError(
        f"{tally.bad_count} of {tally.row_count} rows are bad ({counts}); the first: {tally.example}",
        where=f"table {table_name}",
        remedy="nothing of it was written. Mend the file or the mapping, or raise max_bad_share"
        f" under [limits] (now {limits.max_bad_share:g})",
    )
