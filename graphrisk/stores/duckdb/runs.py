"""Writes a finished run: its record and its result tables, in one transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping

import duckdb
import pyarrow as pa

from graphrisk.flows.findings import RunTables
from graphrisk.model.runs import RunRecord
from graphrisk.stores.duckdb.connection import transaction
from graphrisk.stores.duckdb.name_memory import forget_from
from graphrisk.stores.duckdb.schema import RESULT_TABLES


class RunStore:
    """Fits flows.detect.RunWriter."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def write_run(self, record: RunRecord, tables: RunTables) -> None:
        """Replaces an earlier run of the same id, which had the same input and so the same content."""
        content: dict[str, pa.Table] = {name: getattr(tables, name) for name, _ in RESULT_TABLES}
        with transaction(self._connection):
            self._connection.execute("DELETE FROM run WHERE run_id = ?", [record.run_id])
            forget_from(self._connection, record.as_of)
            replace_results(self._connection, record.run_id, content)
            self._connection.execute(
                "INSERT INTO run VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    record.run_id, record.started_at, record.as_of, record.parameters, record.input_digest,
                    record.seed, json.dumps(dict(record.versions)), json.dumps(dict(record.counts)),
                    json.dumps(dict(record.seconds)), record.peak_memory_bytes,
                ],
            )  # fmt: skip


def replace_results(
    connection: duckdb.DuckDBPyConnection, run_id: str, content: Mapping[str, pa.Table]
) -> None:
    """What these tables say of a run, instead of what they said of it before. Within a transaction."""
    for name, table in content.items():
        connection.execute(f"DELETE FROM {name} WHERE run_id = ?", [run_id])
        connection.register("found", table)
        columns = ", ".join(table.column_names)
        connection.execute(f"INSERT INTO {name} (run_id, {columns}) SELECT ?, {columns} FROM found", [run_id])
        connection.unregister("found")
