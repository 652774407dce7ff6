"""Names that runs gave to rings: what a run may know of earlier ones."""

from __future__ import annotations

from datetime import datetime

import duckdb
import pyarrow as pa

from graphrisk.flows.name import APPEARANCE, PAST_NAME, NamingTables, PastTables
from graphrisk.registry.params import NameParams
from graphrisk.stores.duckdb.results import ResultStore

# Later as-of times first; of one time, the run whose name comes last. One row for each run before $as_of.
_PAST = "past AS (SELECT run_id, as_of FROM run WHERE as_of < $as_of)"

# One row for each name: when it was given first and last, and by how many members
_GIVEN = """given AS (
    SELECT r.ring_id, min(p.as_of) AS born_at, max(p.as_of) AS last_at,
           arg_max(CAST(r.size AS BIGINT), (p.as_of, r.run_id)) AS last_count
    FROM ring r JOIN past p ON p.run_id = r.run_id GROUP BY r.ring_id)"""

# Where its last merger led, if nobody gave the name since; and whether it was given up since
_ENDED = """ended AS (
    SELECT e.ring_id,
           arg_max(e.other_ring_id, (p.as_of, e.run_id)) FILTER (e.event = 'merged') AS merged_into,
           bool_or(e.event = 'dissolved') AS dissolved
    FROM ring_event e JOIN past p ON p.run_id = e.run_id JOIN given g ON g.ring_id = e.ring_id
    WHERE p.as_of > g.last_at GROUP BY e.ring_id)"""

_NAMES = f"""
    WITH {_PAST}, {_GIVEN}, {_ENDED},
    moment AS (SELECT as_of, row_number() OVER (ORDER BY as_of DESC) - 1 AS missed_count
               FROM (SELECT DISTINCT as_of FROM past))
    SELECT g.ring_id, m.missed_count, g.last_count, e.merged_into, coalesce(e.dissolved, false) AS dissolved
    FROM given g JOIN moment m ON m.as_of = g.last_at LEFT JOIN ended e ON e.ring_id = g.ring_id
    ORDER BY g.born_at, g.ring_id"""

_APPEARANCES = f"""
    WITH {_PAST},
    moment AS (SELECT as_of, row_number() OVER (ORDER BY as_of DESC) - 1 AS missed_count
               FROM (SELECT DISTINCT as_of FROM past)),
    seen AS (
        SELECT r.ring_id, r.run_id,
               dense_rank() OVER (PARTITION BY r.ring_id ORDER BY m.as_of DESC) - 1 AS age,
               count(*) OVER (PARTITION BY r.ring_id, m.as_of) AS run_count,
               min(m.missed_count) OVER (PARTITION BY r.ring_id) AS missed_count
        FROM ring r JOIN past p ON p.run_id = r.run_id JOIN moment m ON m.as_of = p.as_of)
    SELECT c.ring_id, c.account_id, s.age, s.run_count, c.weight
    FROM ring_carrier c JOIN seen s ON s.run_id = c.run_id AND s.ring_id = c.ring_id
    WHERE s.age < $memory_count AND s.missed_count < $missed_count"""


class NameStore:
    """Fits flows.name.RingPast."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._results = ResultStore(connection)

    def read_past(self, as_of: datetime, params: NameParams) -> PastTables:
        known = {"as_of": as_of}
        reach = {"memory_count": params.memory_count, "missed_count": params.dissolve_after_count}
        names = self._connection.sql(_NAMES, params=known).to_arrow_table().cast(PAST_NAME)
        seen = self._connection.sql(_APPEARANCES, params={**known, **reach}).to_arrow_table()
        latest = self._connection.execute(
            "SELECT run_id FROM run WHERE as_of < $as_of ORDER BY as_of DESC, run_id DESC LIMIT 1", known
        ).fetchall()
        carriers = self._results.read_result(latest[0][0], "ring_carrier") if latest else None
        return PastTables(_led_on(names), seen.cast(APPEARANCE), carriers)

    def read_naming(self, run_id: str) -> NamingTables | None:
        found = self._connection.execute("SELECT 1 FROM run WHERE run_id = $run", {"run": run_id}).fetchall()
        if not found:
            return None
        read = self._results.read_result
        return NamingTables(
            read(run_id, "ring_event"), read(run_id, "ring_move"), read(run_id, "ring_carrier")
        )


def _led_on(names: pa.Table) -> pa.Table:
    """merged_into led on through later mergers. A name that was merged into was given then, so that its own
    merger came later: this ends."""
    into = dict(zip(names["ring_id"].to_pylist(), names["merged_into"].to_pylist(), strict=True))
    ends = []
    for name in into.values():
        end = name
        while end is not None and into.get(end) is not None:
            end = into[end]
        ends.append(end)
    at = names.schema.get_field_index("merged_into")
    return names.set_column(at, PAST_NAME.field("merged_into"), pa.array(ends, pa.string()))
