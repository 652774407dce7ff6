"""What a RunWriter writes, a ResultReader reads: the contract of run stores, held against DuckDB's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from handmade_shop import result_table

from graphrisk.errors import NotFoundError
from graphrisk.flows.findings import RunTables
from graphrisk.model import tables
from graphrisk.model.runs import RunRecord
from graphrisk.stores.duckdb.connection import open_database
from graphrisk.stores.duckdb.results import ResultStore
from graphrisk.stores.duckdb.runs import RunStore
from graphrisk.stores.duckdb.schema import RESULT_TABLES

NAMES = tuple(name for name, _ in RESULT_TABLES)
FOUND = RunTables(**{name: result_table(name) for name in NAMES})
NOTHING = RunTables(**{name: schema.empty_table() for name, schema in RESULT_TABLES})
RECORD = RunRecord(
    run_id="RUN-1", started_at=datetime(2026, 3, 1, 9, 30, 0, 123456), as_of=datetime(2026, 3, 1),  # noqa: DTZ001
    parameters='{"resolution": 0.02}', input_digest="d" * 64, seed=7,
    versions=(("graphrisk", "0.1.0"), ("duckdb", "1")), counts=(("accounts", 10), ("rings", 2)),
    seconds=(("read", 0.5), ("write", 0.25)), peak_memory_bytes=3 * 2**30,
)  # fmt: skip


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_database(tmp_path / "graphrisk.duckdb") as opened:
        yield opened


def stored(connection: duckdb.DuckDBPyConnection, run_id: str = "RUN-1") -> dict[str, list[str]]:
    """Rows in no order."""
    store = ResultStore(connection)
    return {name: rows_of(store.read_result(run_id, name)) for name in NAMES}


def rows_of(table: pa.Table) -> list[str]:
    return sorted(map(repr, table.to_pylist()))


def written(found: RunTables) -> dict[str, list[str]]:
    return {name: rows_of(getattr(found, name)) for name in NAMES}


def test_what_was_written_is_read_again_unchanged(connection: duckdb.DuckDBPyConnection) -> None:
    RunStore(connection).write_run(RECORD, FOUND)
    assert stored(connection) == written(FOUND)
    assert list(ResultStore(connection).read_runs()) == [RECORD]


def test_columns_come_in_the_order_and_types_of_the_schema(connection: duckdb.DuckDBPyConnection) -> None:
    RunStore(connection).write_run(RECORD, FOUND)
    for name, schema in RESULT_TABLES:
        read = ResultStore(connection).read_result("RUN-1", name).schema
        assert (read.names, read.types) == (schema.names, schema.types)


def test_a_run_of_the_same_id_replaces_the_older_one(connection: duckdb.DuckDBPyConnection) -> None:
    RunStore(connection).write_run(RECORD, FOUND)
    fewer = replace(FOUND, ring_signal=FOUND.ring_signal.slice(0, 1), evidence=tables.EVIDENCE.empty_table())
    later = replace(RECORD, peak_memory_bytes=1)
    RunStore(connection).write_run(later, fewer)
    assert stored(connection) == written(fewer)
    assert list(ResultStore(connection).read_runs()) == [later]


def test_other_runs_stay(connection: duckdb.DuckDBPyConnection) -> None:
    RunStore(connection).write_run(RECORD, FOUND)
    RunStore(connection).write_run(replace(RECORD, run_id="RUN-2"), NOTHING)
    assert stored(connection) == written(FOUND)
    assert stored(connection, "RUN-2") == written(NOTHING)


def test_the_latest_run_is_read_first(connection: duckdb.DuckDBPyConnection) -> None:
    for run_id, hour in (("RUN-1", 9), ("RUN-2", 11), ("RUN-3", 10)):
        record = replace(RECORD, run_id=run_id, started_at=datetime(2026, 3, 1, hour))  # noqa: DTZ001
        RunStore(connection).write_run(record, NOTHING)
    assert [run.run_id for run in ResultStore(connection).read_runs()] == ["RUN-2", "RUN-3", "RUN-1"]


@pytest.mark.parametrize("name", NAMES)
def test_a_write_that_fails_leaves_nothing_of_itself(
    connection: duckdb.DuckDBPyConnection, name: str
) -> None:
    RunStore(connection).write_run(RECORD, FOUND)
    schema = dict(RESULT_TABLES)[name]
    nulls = pa.table({field.name: pa.nulls(1, field.type) for field in schema})
    broken = RunTables(
        **{other: getattr(NOTHING, other) for other in NAMES if other != name}, **{name: nulls}
    )
    for record in (RECORD, replace(RECORD, run_id="RUN-2")):
        with pytest.raises(duckdb.ConstraintException, match="NOT NULL"):
            RunStore(connection).write_run(record, broken)
    assert stored(connection) == written(FOUND)
    assert list(ResultStore(connection).read_runs()) == [RECORD]
    RunStore(connection).write_run(replace(RECORD, run_id="RUN-2"), NOTHING)  # and the store still works
    assert len(ResultStore(connection).read_runs()) == 2


def test_an_unknown_result_table_is_refused(connection: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(NotFoundError, match="no such result table"):
        ResultStore(connection).read_result("RUN-1", "run; DROP TABLE ring")


def test_hostile_run_ids_are_values(connection: duckdb.DuckDBPyConnection) -> None:
    hostile = replace(RECORD, run_id="x'; DELETE FROM run; --")
    RunStore(connection).write_run(RECORD, FOUND)
    RunStore(connection).write_run(hostile, FOUND)
    assert stored(connection, hostile.run_id) == stored(connection) == written(FOUND)
