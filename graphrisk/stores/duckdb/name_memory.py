"""What is remembered of names, kept beside the runs, so that a detection need not read them all again.

Kept is what runs of as-of times before one moment (`name_state.before`) say, and nothing of later ones:

    name_life     a row for each name that they gave: when first and last, how often, and how it ended
    name_memory   who carried it at the last times that it was given, of names that may be carried on

Whoever asks for a later moment first takes up the times in between, each by the rows of its own runs. A run
that is written for a time that was taken up already makes it worthless: it is forgotten, and made anew from
all runs when it is asked for next. So a detection reads what grows with the rings that are alive, and not
with the runs that were ever made.
"""

from __future__ import annotations

from datetime import datetime

import duckdb
import pyarrow as pa

from graphrisk.registry.params import NameParams
from graphrisk.stores.duckdb.connection import transaction
from graphrisk.stores.duckdb.name_queries import APPEARED, ENDED, GIVEN, MOMENT, PAST

MOST_TAKEN_UP = 4  # times in between; of more, all is read again

_STATE = "SELECT before, memory_count, dissolve_after_count FROM name_state"

_LIVES_OF_ALL = f"""
    INSERT INTO name_life
    WITH {PAST}, {GIVEN}, {ENDED}
    SELECT g.ring_id, g.born_at, g.last_at, g.run_count, g.last_count, e.merged_into,
           coalesce(e.dissolved, false)
    FROM given g LEFT JOIN ended e ON e.ring_id = g.ring_id"""

_MEMORY_OF_ALL = f"""
    INSERT INTO name_memory
    WITH {PAST}, {MOMENT}, {APPEARED}
    SELECT c.ring_id, c.account_id, s.as_of, s.run_count, c.weight
    FROM ring_carrier c JOIN seen s ON s.run_id = c.run_id AND s.ring_id = c.ring_id
    WHERE s.age < $memory_count AND s.missed_count < $missed_count"""

_OF_TIME = "(SELECT run_id FROM run WHERE as_of = $at)"

# Of one time, in this order; each as GIVEN and ENDED say it of all
_TAKE_UP = (
    f"""CREATE OR REPLACE TEMP TABLE given_now AS
    SELECT ring_id, count(*) AS run_count, arg_max(CAST(size AS BIGINT), run_id) AS last_count
    FROM ring WHERE run_id IN {_OF_TIME} GROUP BY ring_id""",
    f"""UPDATE name_life SET merged_into = coalesce(e.merged_into, name_life.merged_into),
        dissolved = name_life.dissolved OR e.dissolved
    FROM (
        SELECT ring_id, arg_max(other_ring_id, run_id) FILTER (event = 'merged') AS merged_into,
               bool_or(event = 'dissolved') AS dissolved
        FROM ring_event WHERE run_id IN {_OF_TIME} AND ring_id NOT IN (SELECT ring_id FROM given_now)
        GROUP BY ring_id) e
    WHERE e.ring_id = name_life.ring_id""",
    """UPDATE name_life SET last_at = $at, run_count = name_life.run_count + g.run_count,
        last_count = g.last_count, merged_into = NULL, dissolved = false
    FROM given_now g WHERE g.ring_id = name_life.ring_id""",
    """INSERT INTO name_life
    SELECT g.ring_id, $at, $at, g.run_count, g.last_count, NULL, false
    FROM given_now g ANTI JOIN name_life l ON l.ring_id = g.ring_id""",
    f"""INSERT INTO name_memory
    SELECT c.ring_id, c.account_id, $at, g.run_count, c.weight
    FROM ring_carrier c JOIN given_now g ON g.ring_id = c.ring_id WHERE c.run_id IN {_OF_TIME}""",
)
_FORGET_OLD = """
    DELETE FROM name_memory USING (
        SELECT ring_id, as_of FROM (SELECT DISTINCT ring_id, as_of FROM name_memory)
        QUALIFY row_number() OVER (PARTITION BY ring_id ORDER BY as_of DESC) > $memory_count) o
    WHERE o.ring_id = name_memory.ring_id AND o.as_of = name_memory.as_of"""
_FORGET_GONE = f"""
    DELETE FROM name_memory WHERE ring_id IN (
        WITH {PAST}, {MOMENT}
        SELECT l.ring_id FROM name_life l JOIN moment m ON m.as_of = l.last_at
        WHERE m.missed_count >= $missed_count)"""

# Names that were gone for so long that they were forgotten, and are given since: by a run that was made
# before the times in between were, and made again
_CAME_BACK = f"""
    WITH {PAST}, {MOMENT}
    SELECT count(*) FROM name_life l JOIN moment m ON m.as_of = l.last_at
    WHERE m.missed_count >= $missed_count AND l.ring_id IN (
        SELECT ring_id FROM ring WHERE run_id IN (
            SELECT run_id FROM run WHERE as_of >= $before AND as_of < $until))"""

_KEPT_NAMES = f"""
    WITH {PAST}, {MOMENT}
    SELECT l.ring_id, m.missed_count, l.last_count, l.merged_into, l.dissolved, l.born_at, l.last_at,
           l.run_count
    FROM name_life l JOIN moment m ON m.as_of = l.last_at
    ORDER BY l.born_at, l.ring_id"""
_KEPT_APPEARANCES = """
    WITH aged AS (
        SELECT ring_id, as_of, row_number() OVER (PARTITION BY ring_id ORDER BY as_of DESC) - 1 AS age
        FROM (SELECT DISTINCT ring_id, as_of FROM name_memory))
    SELECT m.ring_id, m.account_id, a.age, m.run_count, m.weight
    FROM name_memory m JOIN aged a ON a.ring_id = m.ring_id AND a.as_of = m.as_of"""


def read_remembered(
    connection: duckdb.DuckDBPyConnection, before: datetime, params: NameParams
) -> tuple[pa.Table, pa.Table] | None:
    """Names, with the columns of name_queries.NAMES, and appearances, as the runs before `before` have them.
    Takes up what is not kept yet. None where what is kept reaches beyond `before`."""
    state = connection.execute(_STATE).fetchall()
    reach = (params.memory_count, params.dissolve_after_count)
    if state and state[0][1:] == reach:
        if state[0][0] > before:
            return None
        _take_up(connection, state[0][0], before, params)
    else:
        _read_all_again(connection, before, params)
    return (
        connection.sql(_KEPT_NAMES, params={"before": before}).to_arrow_table(),
        connection.sql(_KEPT_APPEARANCES).to_arrow_table(),
    )


def forget_from(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> None:
    """A run of this time is written. Within a transaction."""
    state = connection.execute(_STATE).fetchall()
    if state and state[0][0] > as_of:
        _clear(connection)


def _take_up(
    connection: duckdb.DuckDBPyConnection, since: datetime, before: datetime, params: NameParams
) -> None:
    times = connection.execute(
        "SELECT DISTINCT as_of FROM run WHERE as_of >= $since AND as_of < $before ORDER BY as_of",
        {"since": since, "before": before},
    ).fetchall()
    reach = {"missed_count": params.dissolve_after_count}
    asked = {"before": since, "until": before, **reach}
    if len(times) > MOST_TAKEN_UP or connection.execute(_CAME_BACK, asked).fetchall()[0][0]:
        _read_all_again(connection, before, params)
        return
    with transaction(connection):
        for (at,) in times:
            for statement in _TAKE_UP:
                named = {"at": at} if "$at" in statement else {}
                connection.execute(statement, named)
        if times:
            connection.execute(_FORGET_OLD, {"memory_count": params.memory_count})
            connection.execute(_FORGET_GONE, {"before": before, **reach})
            connection.execute("DROP TABLE given_now")
        connection.execute("UPDATE name_state SET before = $before", {"before": before})


def _read_all_again(connection: duckdb.DuckDBPyConnection, before: datetime, params: NameParams) -> None:
    reach = {"memory_count": params.memory_count, "missed_count": params.dissolve_after_count}
    with transaction(connection):
        _clear(connection)
        connection.execute(_LIVES_OF_ALL, {"before": before})
        connection.execute(_MEMORY_OF_ALL, {"before": before, **reach})
        connection.execute(
            "INSERT INTO name_state VALUES (?, ?, ?)",
            [before, params.memory_count, params.dissolve_after_count],
        )


def _clear(connection: duckdb.DuckDBPyConnection) -> None:
    for table in ("name_state", "name_life", "name_memory"):
        connection.execute(f"DELETE FROM {table}")
