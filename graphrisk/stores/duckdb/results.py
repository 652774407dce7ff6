"""Reads whole result tables of a run out of the workspace's database, as Arrow."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import duckdb
import pyarrow as pa

from graphrisk.errors import NotFoundError
from graphrisk.flows.export import ACCOUNT_EXPORT, RING_EXPORT
from graphrisk.model.runs import RunRecord
from graphrisk.stores.duckdb.schema import LIKENESS_TABLES, RESULT_TABLES

_ORDERS = {
    "ring": "score DESC, ring_id",
    "ring_member": "ring_id, account_risk DESC, account_id",
    "ring_signal": "ring_id, points DESC, signal",
    "ring_innocence": "ring_id, bits DESC, explanation",
    "ring_tie": "bits DESC, ring_id, other_ring_id",
    "ring_exposure": "ring_id, currency",
    "evidence": "ring_id, account_id, via_account_id, kind, identifier",
    "account_risk": "account_id",
    "belief_source": "account_id, abs(belief) DESC, kind, identifier",
    "belief_seed": "account_id, abs(belief) DESC, seed_id",
    "identifier_risk": "risk DESC, kind, identifier",
    "judgement_held": "judged_at, judgement_id",
    "judged_label": "account_id",
    "ring_event": "ring_id, event, other_ring_id",
    "ring_move": "account_count DESC, earlier_ring_id, ring_id",
    "ring_carrier": "ring_id, account_id",
    "ring_manner": "ring_id, aspect, feature, value",
    "ring_likeness": "probability DESC, ring_id, former_ring_id",
    "likeness_aspect": "ring_id, former_ring_id, bits DESC, aspect",
}


class ResultStore:
    """Fits flows.answer.RunReader and flows.export.ExportReader."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def read_runs(self) -> Sequence[RunRecord]:
        rows = self._connection.execute(
            "SELECT run_id, started_at, as_of, parameters, input_digest, seed, versions, counts, seconds,"
            " peak_memory_bytes FROM run ORDER BY started_at DESC, run_id"
        ).fetchall()
        return [_run_record(*row) for row in rows]

    def read_result(self, run_id: str, name: str) -> pa.Table:
        """One result table of one run with the columns of its schema in model.tables, in a fixed order."""
        schemas = dict((*RESULT_TABLES, *LIKENESS_TABLES))
        if name not in schemas:
            raise NotFoundError("no such result table", value=name, remedy="there are: " + ", ".join(schemas))
        columns = ", ".join(schemas[name].names)
        query = f"SELECT {columns} FROM {name} WHERE run_id = $run ORDER BY {_ORDERS[name]}"
        found: pa.Table = self._connection.sql(query, params={"run": run_id}).to_arrow_table()
        return found.cast(pa.schema([pa.field(field.name, field.type) for field in schemas[name]]))

    def open_ring_export(self, run_id: str) -> pa.RecordBatchReader:
        query = """
            SELECT m.ring_id, m.account_id, r.score AS ring_score, r.innocent, r.innocent_bits,
                   m.account_risk, m.role, m.closeness, m.confidence, m.reasons, m.not_automatic, m.detectors
            FROM ring_member m JOIN ring r ON r.run_id = m.run_id AND r.ring_id = m.ring_id
            WHERE m.run_id = $run
            ORDER BY r.score DESC, m.ring_id, m.account_risk DESC, m.account_id"""
        return self._stream(query, run_id, RING_EXPORT)

    def open_account_export(self, run_id: str) -> pa.RecordBatchReader:
        query = """
            SELECT account_id, risk, risk_low, risk_high FROM account_risk
            WHERE run_id = $run ORDER BY risk DESC, account_id"""
        return self._stream(query, run_id, ACCOUNT_EXPORT)

    def _stream(self, query: str, run_id: str, schema: pa.Schema) -> pa.RecordBatchReader:
        found: pa.RecordBatchReader = self._connection.sql(query, params={"run": run_id}).to_arrow_reader()
        return found.cast(schema)


def _run_record(*row: Any) -> RunRecord:  # the columns of read_runs, in its order
    (
        run_id,
        started_at,
        as_of,
        parameters,
        input_digest,
        seed,
        versions,
        counts,
        seconds,
        peak_memory_bytes,
    ) = row
    return RunRecord(
        run_id=run_id,
        started_at=started_at,
        as_of=as_of,
        parameters=parameters,
        input_digest=input_digest,
        seed=seed,
        versions=tuple(json.loads(versions).items()),
        counts=tuple(json.loads(counts).items()),
        seconds=tuple(json.loads(seconds).items()),
        peak_memory_bytes=peak_memory_bytes,
    )
