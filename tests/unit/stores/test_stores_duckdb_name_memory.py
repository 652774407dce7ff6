"""What is kept of names is what all runs say, whatever was made in which order: held against reading all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import duckdb
import pyarrow as pa
import pytest
from ring_histories import Named, Registry
from stored_names import SHORT, START, random_history, write

from graphrisk.model.rings import RingEvent
from graphrisk.registry.lineage import Change
from graphrisk.registry.params import NameParams
from graphrisk.stores.duckdb.connection import open_database
from graphrisk.stores.duckdb.name_memory import MOST_TAKEN_UP
from graphrisk.stores.duckdb.names import NameStore

DAY = timedelta(days=1)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_database(tmp_path / "graphrisk.duckdb") as opened:
        yield opened


def assert_the_same(store: NameStore, before: datetime, params: NameParams = SHORT) -> None:
    kept, whole = store.read_past(before, params), store.read_whole_past(before, params)
    assert kept.names == whole.names
    assert in_order(kept.appearances) == in_order(whole.appearances)


def in_order(rows: pa.Table) -> list[tuple[object, ...]]:
    return sorted(tuple(row.values()) for row in rows.to_pylist())


def kept_before(connection: duckdb.DuckDBPyConnection) -> list[datetime]:
    return [row[0] for row in connection.execute("SELECT before FROM name_state").fetchall()]


@pytest.mark.parametrize("seed", range(12))
def test_reading_what_is_kept_is_reading_all(connection: duckdb.DuckDBPyConnection, seed: int) -> None:
    """Runs of some days come late, days have up to three runs, some are made again, and days are asked for
    in any order."""
    random, runs = Random(seed), random_history(seed).runs
    planned = [(at, run) for at, run in enumerate(runs) for _ in range(random.choice((1, 1, 2, 3)))]
    late = [each for each in planned if random.random() < 0.2]
    store = NameStore(connection)
    for at, run in [*(each for each in planned if each not in late), *late, *planned[:2]]:
        rings = {name: ring for name, ring in run.rings.items() if random.random() < 0.9}
        # Whatever a name merged into was given at that time
        told = [
            each for each in run.changes if each.event is not RingEvent.MERGED or each.other_name in rings
        ]
        told += [
            Change(name, RingEvent.MERGED, min(rings), 0, 3)
            if rings and random.random() < 0.5
            else Change(name, RingEvent.DISSOLVED, None, 0, 3)
            for name in sorted(run.rings.keys() - rings.keys())
            if random.random() < 0.5
        ]
        write(connection, Named(rings, tuple(told)), START + at * DAY, f"RUN-{random.random()}")
        if random.random() < 0.7:
            assert_the_same(store, START + random.choice((at, at + 1, at + 1, len(runs))) * DAY)
    for at in (*range(len(runs) + 2), 0):
        assert_the_same(store, START + at * DAY)


def test_a_time_is_taken_up_by_its_own_rows(connection: duckdb.DuckDBPyConnection) -> None:
    registry, store = Registry(SHORT), NameStore(connection)
    for at in range(3):
        write(connection, registry.run([[1, 2, 3], [4, 5, 6 + at]]), START + at * DAY, f"RUN-{at}")
        store.read_past(START + (at + 1) * DAY, SHORT)
    whole = store.read_whole_past(START + 3 * DAY, SHORT)
    connection.execute("DELETE FROM ring")
    connection.execute("DELETE FROM ring_carrier")
    kept = store.read_past(START + 3 * DAY, SHORT)  # no row of a run is asked for again
    assert kept.names == whole.names
    assert in_order(kept.appearances) == in_order(whole.appearances)


def test_what_is_remembered_does_not_grow_with_the_runs(connection: duckdb.DuckDBPyConnection) -> None:
    registry, store = Registry(SHORT), NameStore(connection)
    rows = []
    for at in range(12):
        run = registry.run([[1, 2, 3], [10 + at, 40 + at, 70 + at]])
        write(connection, run, START + at * DAY, f"RUN-{at}")
        store.read_past(START + (at + 1) * DAY, SHORT)
        rows += connection.execute("SELECT count(*) FROM name_memory").fetchall()
    # three times three of the ring that stays, and three each of those that were missed less than three times
    assert [row[0] for row in rows[4:]] == [18] * 8


def test_a_run_of_a_time_taken_up_makes_all_be_read_again(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    registry, store = Registry(SHORT), NameStore(connection)
    runs = [registry.run([[1, 2, 3]]) for _ in range(3)]
    for at in (0, 2):
        write(connection, runs[at], START + at * DAY, f"RUN-{at}")
    assert_the_same(store, START + 3 * DAY)
    assert kept_before(connection) == [START + 3 * DAY]
    write(connection, replace(runs[1], rings={"RING-X": {1: 0.5, 2: 0.5}}), START + DAY, "RUN-1")
    assert kept_before(connection) == []
    assert_the_same(store, START + 3 * DAY)
    write(connection, runs[2], START + 3 * DAY, "RUN-3")  # of the time that was read for: nothing is lost
    assert kept_before(connection) == [START + 3 * DAY]
    assert_the_same(store, START + 4 * DAY)


def test_an_earlier_time_is_asked_for_and_nothing_is_lost(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    registry, store = Registry(SHORT), NameStore(connection)
    for at in range(MOST_TAKEN_UP + 3):
        write(connection, registry.run([[1, 2, 3], [5, 6, 7 + at % 2]]), START + at * DAY, f"RUN-{at}")
        if at == 0:
            assert_the_same(store, START + DAY)
    assert_the_same(store, START + 20 * DAY)  # more times than are taken up one by one
    assert_the_same(store, START + 2 * DAY)
    assert kept_before(connection) == [START + 20 * DAY]


def test_other_parameters_are_another_memory(connection: duckdb.DuckDBPyConnection) -> None:
    registry, store = Registry(SHORT), NameStore(connection)
    for at in range(6):
        write(connection, registry.run([[1, 2, 3]]), START + at * DAY, f"RUN-{at}")
    for params in (SHORT, NameParams(), SHORT):
        assert_the_same(store, START + 6 * DAY, params)
    assert NameStore(connection).read_past(START + 6 * DAY, NameParams()).appearances.num_rows == 18
