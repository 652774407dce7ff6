"""What the store tells of earlier runs, held against the slow twin in ring_histories.py."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import duckdb
import pytest
from ring_histories import Registry, content_name
from small_worlds import shared_links, world_of
from stored_names import SHORT, START, random_history, tables_of, write

from graphrisk.flows.follow import RingState
from graphrisk.flows.name import RunMoment
from graphrisk.model.rings import RingEvent
from graphrisk.model.runs import RunRecord
from graphrisk.stores.duckdb.connection import open_database
from graphrisk.stores.duckdb.names import NameStore
from graphrisk.stores.duckdb.runs import RunStore

NO_LINKS = shared_links(world_of(2, {}))


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_database(tmp_path / "graphrisk.duckdb") as opened:
        yield opened


@pytest.mark.parametrize("seed", range(6))
def test_what_is_told_of_the_past_is_what_the_twin_remembers(
    connection: duckdb.DuckDBPyConnection, seed: int
) -> None:
    whole = random_history(seed)
    for at, run in enumerate(whole.runs):
        write(connection, run, START + timedelta(days=at), f"RUN-{Random(at).random()}")
    for count in range(len(whole.runs) + 1):
        known = Registry(SHORT, whole.runs[:count])
        past, told = known.past(), NameStore(connection).read_past(START + timedelta(days=count), SHORT)
        assert told.names["ring_id"].to_pylist() == list(past.names)
        assert told.names["missed_count"].to_pylist() == past.missed_count.tolist()
        assert told.names["last_count"].to_pylist() == past.last_count.tolist()
        assert told.names["dissolved"].to_pylist() == past.dissolved.tolist()
        leads = [None if at < 0 else past.names[at] for at in past.merged_into.tolist()]
        assert told.names["merged_into"].to_pylist() == leads
        rows = [
            (row["ring_id"], row["account_id"], row["age"], row["run_count"], row["weight"])
            for row in told.appearances.to_pylist()
        ]
        expected = [
            (past.names[at], f"acc{account}", age, 1, weight)
            for at, account, age, weight in known.appearances(past)
        ]
        assert sorted(rows) == sorted(expected)


def test_what_other_runs_of_a_time_named_is_what_the_twin_says(connection: duckdb.DuckDBPyConnection) -> None:
    for seed in range(6):
        registry = random_history(seed)
        day = START + timedelta(days=1000 * seed)
        twin = registry.runs.pop()
        for at, run in enumerate(registry.runs):
            write(connection, run, day - timedelta(days=20 - at), f"RUN-{seed}-{at}")
        store, moment = NameStore(connection), RunMoment("RUN-OWN", day, NO_LINKS)
        told = store.read_past(day, SHORT)
        assert store.read_beside(told, moment, SHORT) is None
        write(connection, replace(twin, rings={content_name(range(5)): {0: 1.0}}), day, "RUN-OWN")
        assert store.read_beside(told, moment, SHORT) is None
        write(connection, twin, day, "RUN-TWIN")
        beside, past = store.read_beside(told, moment, SHORT), registry.past_beside(twin)
        assert beside is not None
        assert beside.names["ring_id"].to_pylist() == list(past.names)
        assert beside.names["missed_count"].to_pylist() == past.missed_count.tolist()
        assert beside.names["last_count"].to_pylist() == past.last_count.tolist()
        assert beside.names["dissolved"].to_pylist() == past.dissolved.tolist()
        rows = [tuple(row.values()) for row in beside.appearances.to_pylist()]
        expected = [
            (past.names[at], f"acc{account}", age, 1, weight)
            for at, account, age, weight in registry.appearances(past, twin)
        ]
        assert sorted(rows) == sorted(expected)
        for table in ("run", "ring", "ring_carrier", "ring_event"):
            connection.execute(f"DELETE FROM {table}")


def test_of_two_others_of_a_time_each_counts_by_half(connection: duckdb.DuckDBPyConnection) -> None:
    first = Registry().run([[1, 2, 3]])
    for run_id in ("RUN-A", "RUN-B"):
        write(connection, first, START, run_id)
    store = NameStore(connection)
    told = store.read_beside(store.read_past(START, SHORT), RunMoment("RUN-C", START, NO_LINKS), SHORT)
    assert told is not None
    assert set(told.appearances["run_count"].to_pylist()) == {2}
    assert told.appearances.num_rows == 6


def test_a_run_knows_nothing_of_its_own_time_or_later(connection: duckdb.DuckDBPyConnection) -> None:
    registry = Registry()
    write(connection, registry.run([[1, 2, 3]]), START, "RUN-1")
    store = NameStore(connection)
    assert store.read_past(START, SHORT).names.num_rows == 0
    assert store.read_carriers(START) is None
    assert store.read_past(START + timedelta(microseconds=1), SHORT).names.num_rows == 1


def test_the_latest_earlier_times_are_recalled_while_none_is_later(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    registry, store, day = Registry(), NameStore(connection), timedelta(days=1)
    assert store.read_rings_before(START, "", 2) == []
    for at, ring in enumerate(([1, 2, 3], [1, 2, 4], [1, 2, 5])):
        write(connection, registry.run([ring]), START + at * day, f"RUN-{at}")
    write(connection, registry.runs[2], START + 2 * day, "RUN-2-AGAIN")  # of one time the last id counts
    # There are later ones: who goes back goes alone
    assert [store.read_rings_before(START + at * day, "", 2) for at in (0, 0.5, 1)] == [()] * 3
    for at, limit, recalled in (
        (2, 9, ["RUN-1", "RUN-0"]),  # made again
        (3, 9, ["RUN-2-AGAIN", "RUN-1", "RUN-0"]),
        (3, 2, ["RUN-2-AGAIN", "RUN-1"]),
    ):
        before = store.read_rings_before(START + at * day, "", limit)
        assert [each.run_id for each in before] == recalled
    members = [set(each.carriers["account_id"].to_pylist()) for each in before]
    assert members == [{"acc1", "acc2", "acc5"}, {"acc1", "acc2", "acc4"}]


def test_no_run_is_recalled_that_heeded_other_judgements(connection: duckdb.DuckDBPyConnection) -> None:
    named, store, day = Registry().run([[1, 2, 3]]), NameStore(connection), timedelta(days=1)
    for at, judgements in enumerate(("", "a", "", "b")):
        parameters = f'{{"judgements": "{judgements}"}}'
        record = RunRecord(f"RUN-{at}", START, START + at * day, parameters, "digest", 0, (), (), (), 1)
        RunStore(connection).write_run(record, tables_of(named))
    for judgements, recalled in (("", ["RUN-2", "RUN-0"]), ("a", ["RUN-1"]), ("c", [])):
        before = store.read_rings_before(START + 4 * day, judgements, 8)
        assert [each.run_id for each in before] == recalled


def test_a_run_says_which_runs_it_recalled(connection: duckdb.DuckDBPyConnection) -> None:
    registry, store = Registry(), NameStore(connection)
    write(connection, registry.run([[1, 2, 3]]), START, "RUN-1")
    record = RunRecord("RUN-2", START, START, "{}", "digest", 0, (), (), (), 1)
    assert store.read_recalled(record) == []
    (told,) = store.read_recalled(replace(record, parameters='{"rings_before": ["RUN-1"]}'))
    assert (told.run_id, told.carriers.num_rows) == ("RUN-1", 3)


def test_two_runs_of_one_time_are_one_time_ago(connection: duckdb.DuckDBPyConnection) -> None:
    registry = Registry()
    first = registry.run([[1, 2, 3]])
    for run_id in ("RUN-A", "RUN-B"):
        write(connection, first, START, run_id)
    told = NameStore(connection).read_past(START + timedelta(days=1), SHORT)
    assert told.names["missed_count"].to_pylist() == [0]
    assert set(told.appearances["run_count"].to_pylist()) == {2}
    assert set(told.appearances["age"].to_pylist()) == {0}


def test_an_unknown_run_named_nothing(connection: duckdb.DuckDBPyConnection) -> None:
    assert NameStore(connection).read_naming("x'; DROP TABLE ring; --") is None


def test_lives_and_chapters_tell_every_state(connection: duckdb.DuckDBPyConnection) -> None:
    registry = Registry(SHORT)
    history = [
        [[1, 2, 3], [4, 5, 6, 7], [20, 21, 22]],
        [[1, 2, 3, 4, 5, 6, 7], [30, 31, 32]],
        [[1, 2, 3, 4, 5, 6, 7]],
        [[1, 2, 3, 4, 5, 6, 7]],
    ]
    for at, rings in enumerate(history):
        write(connection, registry.run(rings), START + timedelta(days=at), f"RUN-{at}")
    store = NameStore(connection)
    merged, heavier, gone, away = "RING-01.02.03", "RING-04.05.06.07", "RING-20.21.22", "RING-30.31.32"
    lives = {life.ring_id: life for life in store.read_lives(None)}
    assert {name: life.state for name, life in lives.items()} == {
        heavier: RingState.ACTIVE,
        merged: RingState.MERGED,
        gone: RingState.DISSOLVED,
        away: RingState.DORMANT,
    }
    assert (lives[merged].leads_to, lives[heavier].leads_to) == (heavier, None)
    assert (lives[heavier].run_count, lives[heavier].account_count) == (4, 7)
    assert (lives[away].born_at, lives[away].last_at) == (START + timedelta(days=1),) * 2
    then = {life.ring_id: life.state for life in store.read_lives(START)}
    assert then == dict.fromkeys((merged, heavier, gone), RingState.ACTIVE)
    told = [(each.run_id, each.event, each.other_ring_id) for each in store.read_chapters(merged)]
    assert told == [("RUN-0", RingEvent.BORN, None), ("RUN-1", RingEvent.MERGED, heavier)]
    events = [each.event for each in store.read_chapters(heavier)]
    assert events == [RingEvent.BORN, RingEvent.GREW, None, None]
    assert [each.event for each in store.read_chapters(gone)][1:] == [RingEvent.DORMANT, RingEvent.DISSOLVED]
    assert [life.ring_id for life in store.read_lives(None, "01.02")] == [merged]
    assert [life.ring_id for life in store.read_lives(None, "ring-2")] == [gone]
    assert store.near_lives("RING-01.02.04")[0] == merged
    assert store.read_chapters("%") == []
